"""What a court file tells besides the attempts: the case, what the person added, the préfecture's own page (pure)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from exhibits.facts import PartFacts, read_parts
from temoin.canonical import Digest, Json, read_json
from temoin.clock import parse_instant, read_zone
from temoin.errors import IntegrityError
from temoin.items import JOURNAL, ItemContent
from temoin.messages import _
from temoin.records import CaseKind, JournalKind, Outcome, PieceUse

SHOWN = "shown"  # the outcome of a notice whose page was there

# Own pieces stand in the order in which a petition needs them.
PIECE_ORDER = (PieceUse.IDENTITY, PieceUse.URGENCY, PieceUse.SERIOUSNESS, PieceUse.OTHER)


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledItem:
    """A journal entry or own piece: its entry in the register, when it was written there, what it says."""

    sequence: int
    recorded_at: datetime
    digest: Digest  # of the content, which the register's record names
    content: ItemContent


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFacts:
    """The préfecture's public page that sends people to the booking site, as it was photographed."""

    sequence: int
    at: datetime
    zone: str
    procedure: str
    prefecture: str
    label: str
    url: str
    title: str
    outcome: str
    link_found: bool
    link_text: str
    link_path: tuple[str, ...]
    parts: tuple[PartFacts, ...]
    simulated: bool
    record: Json

    @property
    def local(self) -> datetime:
        """The instant as people of the procedure's zone read it."""
        return self.at.astimezone(ZoneInfo(self.zone))

    @property
    def is_shown(self) -> bool:
        """Whether the page was there, with a picture of it."""
        return self.outcome == SHOWN and any(part.picture for part in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierFiling:
    """A petition that was frozen before: its number, its day, and the last entry that it knew of.

    ``completed`` is the day of its last supplement; ``last`` is then the entry of that one.
    """

    number: int
    day: date
    last: int
    completed: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStory:
    """What is known of the case: never who it is."""

    kind: CaseKind
    asked_on: date | None = None  # when the person asked the association


def read_notice(sequence: int, record: bytes) -> NoticeFacts:
    """The notice whose record is ``record``.

    Raises:
        IntegrityError: the record is not one of a notice, format 1.
    """
    try:
        return _notice(sequence, read_json(record))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise IntegrityError(
            _("The record of entry {sequence} is not that of a notice: {error}.").format(
                sequence=sequence, error=error
            ),
            remedy=_("Run `temoin verify`; nothing was changed."),
        ) from error


def _notice(sequence: int, record: Json) -> NoticeFacts:
    procedure, link = record["procedure"], record["link"]
    return NoticeFacts(
        sequence=sequence,
        at=parse_instant(record["at"]),
        zone=read_zone(record["timezone"], parse_instant(record["at"])),
        procedure=str(procedure["id"]),
        prefecture=str(procedure["prefecture"]),
        label=str(procedure["label"]),
        url=str(record["url"]["final"] or record["url"]["asked"]),
        title=str(record["title"] or ""),
        outcome=str(record["outcome"]),
        link_found=bool(link["found"]),
        link_text=str(link["text"] or ""),
        link_path=tuple(str(one) for one in link["path"]),
        # A page that was shown is no attempt's outcome: its parts are read for their pictures.
        parts=read_parts({"parts": [{**part, "outcome": Outcome.UNRECOGNISED} for part in record["parts"]]}),
        simulated=bool(record["simulated"]),
        record=record,
    )


def in_filing_order(items: Iterable[FiledItem]) -> tuple[FiledItem, ...]:
    """The journal by date, then the person's own pieces by what they are filed for."""
    return tuple(sorted(items, key=_place))


def _place(item: FiledItem) -> tuple[int, int, datetime, int]:
    content = item.content
    use = PIECE_ORDER.index(content.kind) if isinstance(content.kind, PieceUse) else 0
    return (0 if content.entry == JOURNAL else 1, use, content.at or item.recorded_at, item.sequence)


def slot_answers(items: Iterable[FiledItem]) -> dict[int, FiledItem]:
    """What the person did about each slot that was seen, by the slot's entry in the register; the last word counts."""
    answers = [one for one in items if one.content.kind is JournalKind.SLOT_RESPONSE]
    found = sorted(answers, key=lambda one: one.sequence)
    return {one.content.attempt: one for one in found if one.content.attempt is not None}


def case_kind(text: str) -> CaseKind:
    """The kind that a store names; what it does not know is « other », so that no rule is applied by mistake."""
    try:
        return CaseKind(text)
    except ValueError:
        return CaseKind.OTHER
