"""The order and the numbers of a court file (pure): one integer for each exhibit, continuous and rising (R.412-2 CJA).

Order (DESIGN §10): summary, proof that the site is the only way in, attempts, journal and own pieces, table of
dysfunctions, table of refusals of the tool, register, method note. What there is nothing to say of has no number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from exhibits import names
from exhibits.facts import AttemptFacts
from exhibits.model import Numbered, digits
from exhibits.story import FiledItem


class ExhibitKind(StrEnum):
    """What an exhibit is, as ``exhibit_number.kind`` and ``dossier.json`` say it."""

    SUMMARY = "summary"
    ONLY_WAY = "only_way"
    CAPTURE = "capture"
    JOURNAL = "journal"
    PIECE = "piece"
    DYSFUNCTIONS = "dysfunctions"
    REFUSALS = "refusals"
    REGISTER = "register"
    METHOD = "method"


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """Which of the documents that may be absent are there."""

    only_way: bool
    dysfunctions: bool
    refusals: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedItem:
    """A journal entry or a piece of the person's own, and its integer."""

    number: int
    item: FiledItem


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Every exhibit's number; None for a document that there is not."""

    summary: int
    only_way: int | None
    captures: tuple[Numbered, ...]
    items: tuple[NumberedItem, ...]
    dysfunctions: int | None
    refusals: int | None
    register: int
    method: int

    @property
    def width(self) -> int:
        """Digits of the numbers in file names, so that files sort as numbers do."""
        return digits(self.method)

    def shown(self, number: int) -> str:
        """``number`` as a file name begins with it."""
        return names.number_range(number, number, self.width)


def put_in_order(
    captures: Sequence[AttemptFacts], items: Sequence[FiledItem], presence: Presence, *, first: int
) -> Order:
    """Give every exhibit its number, from ``first`` on, without a hole."""
    summary = first
    only_way = first + 1 if presence.only_way else None
    after = first + 1 + presence.only_way
    numbered = tuple(Numbered(number=after + place, facts=facts) for place, facts in enumerate(captures))
    after += len(captures)
    numbered_items = tuple(NumberedItem(number=after + place, item=item) for place, item in enumerate(items))
    after += len(items)
    dysfunctions = after if presence.dysfunctions else None
    after += presence.dysfunctions
    refusals = after if presence.refusals else None
    after += presence.refusals
    return Order(
        summary=summary,
        only_way=only_way,
        captures=numbered,
        items=numbered_items,
        dysfunctions=dysfunctions,
        refusals=refusals,
        register=after,
        method=after + 1,
    )
