"""A case out of the store: its attempts, notices and what the person added, up to one entry of the register."""

from collections.abc import Iterable, Iterator
from datetime import date

from exhibits import model
from exhibits.content import Material
from exhibits.facts import AttemptFacts, Followed, read_attempt
from exhibits.story import CaseStory, FiledItem, NoticeFacts, case_kind, read_notice
from exhibits.token_files import read_stamps
from store.store import Store
from store.values import AttemptQuery, ItemRow, PlanRow
from store.vault import Keys
from temoin.canonical import sha256
from temoin.errors import UsageError
from temoin.items import read_item
from temoin.messages import _
from temoin.settings import Authority


def check_case(store: Store, code: str) -> None:
    """Refuse a case that there is not.

    Raises:
        UsageError: there is no such case.
    """
    if not store.has_case(code):
        codes = [case.code for case in store.cases()]
        raise UsageError(
            _("There is no case {case}.").format(case=code),
            remedy=_("The cases are: {codes}.").format(codes=", ".join(codes) or "–"),
        )


def only_case(store: Store) -> str:
    """The code of the only open case, which a home machine has without asking.

    Raises:
        UsageError: there are several, or none.
    """
    codes = [case.code for case in store.cases() if case.closed is None] or [case.code for case in store.cases()]
    if len(codes) == 1:
        return codes[0]
    raise UsageError(
        _("There are {count} cases: say which one.").format(count=len(codes)),
        remedy=_("Add --case CODE; the codes are: {codes}.").format(codes=", ".join(codes) or "–"),
    )


def read_followed(store: Store, code: str) -> tuple[Followed, ...]:
    """What the case follows or followed, in the order in which it began to."""
    return tuple(
        Followed(procedure=row.procedure, since=row.sequence, until=row.until_sequence) for row in store.followed(code)
    )


def read_material(store: Store, code: str, *, last: int, keys: Keys, authorities: Iterable[Authority] = ()) -> Material:
    """Everything that the case's court file can be drawn from, up to entry ``last``; what was erased is gone.

    Raises:
        StoreError: the store, or what the person added, cannot be read.
        IntegrityError: an object, a record or a content is not what the register says.
    """
    case = store.case(code)
    followed = read_followed(store, code)
    procedures = tuple(dict.fromkeys(one.procedure for one in followed))
    attempts = tuple(facts for one in procedures for facts in _attempts(store, one, last))
    return Material(
        case=code,
        story=CaseStory(kind=case_kind(case.kind), asked_on=case.asked_on),
        procedures=procedures,
        attempts=attempts,
        notices=tuple(facts for one in procedures for facts in _notices(store, one, last)),
        items=tuple(_open(store, row, keys) for row in live_items(store, code, last)),
        plans=tuple(_plans(store, procedures, last)),
        earlier=frozenset(facts.sequence for facts in attempts if not model.is_followed(facts, followed)),
        stamps=read_stamps(store, authorities, last=last),
    )


def live_items(store: Store, code: str, last: int) -> tuple[ItemRow, ...]:
    """What the person added to the case and did not erase, up to entry ``last``."""
    return tuple(row for row in store.items(code) if row.erased_by is None and row.sequence <= last)


def erasures_of(store: Store, code: str, last: int) -> frozenset[int]:
    """The entries of what was erased from the case, and of the erasures themselves, up to entry ``last``."""
    erased = [row for row in store.items(code) if row.erased_by is not None and row.erased_by <= last]
    return frozenset(one for row in erased for one in (row.sequence, row.erased_by) if one is not None)


def _attempts(store: Store, procedure: str, last: int) -> Iterator[AttemptFacts]:
    for row in store.attempts(AttemptQuery(procedure=procedure, last=last)):
        yield read_attempt(row.sequence, store.record_bytes(row.sequence))


def _notices(store: Store, procedure: str, last: int) -> Iterator[NoticeFacts]:
    for row in store.notices(procedure):
        if row.sequence <= last:
            yield read_notice(row.sequence, store.record_bytes(row.sequence))


def _plans(store: Store, procedures: tuple[str, ...], last: int) -> Iterator[model.Plan]:
    for procedure in procedures:
        for row in store.plans(procedure, date.min, date.max):
            if row.sequence <= last and not _was_put_off(store, row):
                yield model.Plan(sequence=row.sequence, procedure=row.procedure, times=frozenset(row.times))


def _was_put_off(store: Store, row: PlanRow) -> bool:
    """Whether the person chose its time, by putting an invitation off: such a time was not drawn beforehand."""
    return row.replaces is not None and store.record(row.sequence).get("cause") == "snoozed"


def _open(store: Store, row: ItemRow, keys: Keys) -> FiledItem:
    content, _files = store.open_item(row.sequence, keys)
    return FiledItem(
        sequence=row.sequence, recorded_at=row.recorded_at, digest=sha256(content), content=read_item(content)
    )
