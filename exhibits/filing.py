"""Frozen filings: which there are, how one is frozen, and how one is issued again to the byte.

A petition is numbered 1, 2…; its supplements « 1-C1 », « 1-C2 »… What a filing holds is kept in the store: pictures as
the objects they are, everything that was drawn sealed when the person added something to the case, since it may name
them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from exhibits import proofs
from exhibits.content import Content
from exhibits.desk import FOLDER, INVENTORY, Desk
from exhibits.heading import filing_label
from exhibits.inventory import Line, read_inventory
from exhibits.order import ExhibitKind
from exhibits.story import EarlierFiling
from store.store import Store
from store.values import FilingRow, NewFiling
from store.vault import Keys
from temoin.canonical import Digest
from temoin.errors import IntegrityError, UsageError
from temoin.messages import _


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenFiling:
    """A petition (``supplement`` 0) or one of its supplements."""

    row: FilingRow
    number: int
    supplement: int
    day: date

    @property
    def label(self) -> str:
        """« 1 », « 1-C2 »."""
        return filing_label(self.number, self.supplement)

    @property
    def as_earlier(self) -> EarlierFiling:
        """As the documents that come after tell of it."""
        return EarlierFiling(number=self.number, day=self.day, last=self.row.sequence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """Every filing of a case, oldest first."""

    every: tuple[FrozenFiling, ...]

    @property
    def petitions(self) -> tuple[FrozenFiling, ...]:
        """Those that are no supplement."""
        return tuple(one for one in self.every if not one.supplement)

    @property
    def chain(self) -> tuple[FrozenFiling, ...]:
        """The last petition and its supplements."""
        number = len(self.petitions)
        return tuple(one for one in self.every if one.number == number)

    @property
    def as_earlier(self) -> EarlierFiling | None:
        """The last petition as a new one tells of it: what its supplements brought was filed before, too."""
        if not self.chain:
            return None
        petition, last = self.chain[0], self.chain[-1]
        completed = last.day if last.supplement else None
        return replace(petition.as_earlier, last=last.row.sequence, completed=completed)


def read_frozen(store: Store, case: str, *, zone: str) -> Frozen:
    """The filings of a case.

    Raises:
        StoreError: the store cannot be read.
    """
    found: list[FrozenFiling] = []
    numbers: dict[int, int] = {}
    for row in store.filings(case):
        number = numbers[row.supplement_of] if row.supplement_of is not None else len(numbers) + 1
        numbers.setdefault(row.filing_id, number) if row.supplement_of is None else None
        supplement = (
            0 if row.supplement_of is None else 1 + sum(1 for one in found if one.number == number and one.supplement)
        )
        day = row.at.astimezone(ZoneInfo(zone)).date()
        found.append(FrozenFiling(row=row, number=number, supplement=supplement, day=day))
    return Frozen(every=tuple(found))


def named(frozen: Frozen, label: str) -> FrozenFiling:
    """The filing of that name.

    Raises:
        UsageError: there is none.
    """
    for one in frozen.every:
        if one.label == label:
            return one
    labels = ", ".join(one.label for one in frozen.every)
    raise UsageError(
        _("There is no filing {label} of this case.").format(label=label),
        remedy=_("The filings are: {labels}.").format(labels=labels or "–"),
    )


def is_same(store: Store, petition: FrozenFiling, content: Content) -> bool:
    """Whether ``petition`` numbers the very same attempts and items as ``content`` would."""
    kinds = {ExhibitKind.CAPTURE.value, ExhibitKind.JOURNAL.value, ExhibitKind.PIECE.value}
    rows = [row for row in store.filing_numbers(petition.row.filing_id) if row.kind in kinds]
    kept = dict.fromkeys((row.number, row.attempt_sequence) for row in rows)
    order = content.order
    asked = [(one.number, one.facts.sequence) for one in order.captures]
    asked += [(one.number, one.item.sequence) for one in order.items]
    return list(kept) == asked


def freeze(
    store: Store, desk: Desk, content: Content, digests: Mapping[str, Digest], *, at: datetime, expected: int
) -> None:
    """Keep every file of the bundle, then its numbers, in one transaction.

    Raises:
        StoreError: the disk refuses, or another export froze a filing meanwhile.
        OSError: a file of the bundle cannot be read.
    """
    sealed = frozenset(path for path in digests if content.material.items and not _is_object(path))
    kept = []
    for place, path in enumerate(sorted(digests)):
        desk.progress(_("Freezing the filing"), place, len(digests))
        data = (desk.bundle / path).read_bytes()
        kept.append((path, store.seal(data) if path in sealed else store.put(data)))
    before = content.place.before
    store.freeze_filing(
        NewFiling(
            case=content.material.case,
            at=at,
            first_number=content.order.summary,
            numbers=tuple(desk.rows),
            files=tuple(kept),
            sealed=sealed,
            expected=expected,
            supplement_of=_petition_of(store, content) if content.place.supplement and before else None,
        )
    )


def _petition_of(store: Store, content: Content) -> int:
    petitions = [row for row in store.filings(content.material.case) if row.supplement_of is None]
    return petitions[-1].filing_id


def _is_object(path: str) -> bool:
    """Whether a file of the bundle is an entry, a record or an artefact, or made of them: none names anybody."""
    if path == f"{proofs.FOLDER}/{proofs.ARCHIVE}":
        return True
    place = path.removeprefix("data/3_PREUVES/").split("/")
    return path.startswith("data/3_PREUVES/") and place[0].isdecimal() and place[1] != "journal"


def write_again(store: Store, found: FrozenFiling, bundle: Path, keys: Keys) -> None:
    """Write every file of a frozen filing, as it was.

    Raises:
        StoreError: a file is not kept any more, or cannot be opened.
        IntegrityError: its bytes are not those that were frozen.
        OSError: the disk refuses.
    """
    for path, _digest in store.filing_files(found.row.filing_id):
        output = bundle / path
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_bytes(store.filing_file_bytes(found.row.filing_id, path, keys))


def read_lines(store: Store, found: FrozenFiling, keys: Keys) -> tuple[Line, ...]:
    """The inventory of a frozen filing; a supplement's holds the lines of what was filed before it.

    Raises:
        StoreError: it cannot be opened.
        IntegrityError: it is no inventory.
    """
    data = store.filing_file_bytes(found.row.filing_id, f"{FOLDER}/{INVENTORY}.csv", keys)
    lines = read_inventory(data)
    if lines is None:
        raise IntegrityError(
            _("The inventory of filing {label} cannot be read.").format(label=found.label),
            remedy=_("Run `temoin verify`; nothing was changed."),
        )
    return lines


def titles_of(lines: Iterable[Line]) -> dict[int, str]:
    """The wording of each exhibit."""
    return {line.number: line["intitule"] for line in lines}
