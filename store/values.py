"""What goes into the store's queries and what comes out: frozen values, no SQL."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import NamedTuple, Protocol

from temoin.canonical import Digest, Json
from temoin.notice import NoticeOutcome
from temoin.records import Mode, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptQuery:
    """Which attempts: ``since`` included, ``until`` excluded, ``first`` and ``last`` sequences included.

    ``by_hand``: only those that a person made.
    """

    since: datetime | None = None
    until: datetime | None = None
    procedure: str | None = None
    outcome: Outcome | None = None
    by_hand: bool = False
    first: int | None = None
    last: int | None = None
    limit: int | None = None
    newest_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseQuery:
    """Which cases: those whose code has ``part`` in it, in capitals or not, and those that followed a procedure."""

    part: str
    procedures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRow:
    """One attempt as lists show it; ``url`` is the address that was asked."""

    sequence: int
    attempt: str
    procedure: str
    host: str
    at: datetime
    at_local: str
    due: datetime | None
    mode: Mode
    outcome: Outcome
    reason: str | None
    url: str
    matched_text: str | None
    simulated: bool


class DayCount(NamedTuple):
    """How many attempts of one local day and hour (0 to 23) ended so; ``doubtful``: a proof that is not counted."""

    day: date
    hour: int
    outcome: Outcome
    doubtful: bool
    tries: int


class NewestOutcome(NamedTuple):
    """What the newest attempt of a procedure found; ``doubted``: it is kept, and not counted as a proof."""

    outcome: Outcome
    doubted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRow:
    """How many attempts of a procedure had one outcome, for one reason, on one local day."""

    procedure: str
    day: date
    outcome: Outcome
    reason: str | None
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """The times drawn for a procedure and day; ``replaces`` is the sequence of the plan that it corrects."""

    sequence: int
    procedure: str
    day: date
    times: tuple[datetime, ...]
    replaces: int | None
    drawn_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncedRow:
    """What the page of one attempt said of when new appointments go on line."""

    sequence: int
    procedure: str
    opening: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """One photograph of the préfecture's page that sends people to the booking site."""

    sequence: int
    procedure: str
    at: datetime
    outcome: NoticeOutcome
    simulated: bool


class PastVisit(NamedTuple):
    """A visit to a host; ``ended_at`` is None while it goes on."""

    started_at: datetime
    procedure: str
    mode: Mode
    ended_at: datetime | None


class MadeVisit(NamedTuple):
    """A visit of any host, whatever came of it."""

    host: str
    procedure: str
    mode: Mode
    started_at: datetime


class HostStop(NamedTuple):
    """Until when a host (or one procedure on it) is left alone, and why."""

    until: datetime
    procedure: str | None
    reason: str


class HostStopRow(NamedTuple):
    """A stop in force, with its host."""

    host: str
    until: datetime
    procedure: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HostHistory:
    """What the right to visit is judged on: visits of the last 8 days, oldest first, and stops in force."""

    host: str
    visits: tuple[PastVisit, ...]
    stops: tuple[HostStop, ...]


class Verdict(Protocol):
    """What a judge of visits gives back."""

    @property
    def allowed(self) -> bool:
        """Whether the visit may start now."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitLease:
    """The right to visit a host, from ``started_at`` until given back or ``expires_at``."""

    visit: int
    host: str
    procedure: str
    mode: Mode
    started_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """This station's visits to one host in the last hour, day and week; one that goes on counts."""

    hour: int
    day: int
    week: int

    def to_json(self) -> Json:
        """The pace as the record holds it."""
        return {"hour": self.hour, "day": self.day, "week": self.week}


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsRow:
    """The last robots.txt read of a host: its HTTP status (None: no answer) and the object that keeps it."""

    host: str
    fetched_at: datetime
    status: int | None
    sha256: Digest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """One person's file, under an opaque code; ``procedures`` are those it follows now.

    ``obtained``: when an appointment was obtained; ``asked_on``: when the person asked the association;
    ``reviewed_on``: when an association or a lawyer saw the file; ``expires_on``: when the person's permit ends.
    """

    code: str
    kind: str
    since: datetime
    closed: datetime | None
    procedures: tuple[str, ...]
    closed_why: str | None = None
    obtained: datetime | None = None
    asked_on: date | None = None
    reviewed_on: date | None = None
    expires_on: date | None = None


class Unchanged(Enum):
    """What ``Store.change_case`` is given for what stays as it is; None empties it."""

    UNCHANGED = "unchanged"


UNCHANGED = Unchanged.UNCHANGED


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseChange:
    """What is to change of a case."""

    kind: str | Unchanged = UNCHANGED
    obtained: datetime | Unchanged | None = UNCHANGED
    asked_on: date | Unchanged | None = UNCHANGED
    reviewed_on: date | Unchanged | None = UNCHANGED
    expires_on: date | Unchanged | None = UNCHANGED


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowRow:
    """From which entry on a case follows a procedure, and until when, if it stopped."""

    procedure: str
    sequence: int
    since: datetime
    until: datetime | None
    until_sequence: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """What the person adds: ``content`` is ``temoin.items.item_bytes``, ``files`` its attachments in its order."""

    case: str
    entry: str
    kind: str
    at: datetime | None
    content: bytes = field(repr=False)
    files: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """What the person added, as far as it is known without a key; ``at`` is what they declare.

    ``files`` counts its attachments; ``erased_by`` is the entry that erased it.
    """

    sequence: int
    case: str
    entry: str
    kind: str
    at: datetime | None
    recorded_at: datetime
    erased_by: int | None
    files: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotAnswerRow:
    """An answer to a slot that was not erased; ``attempt`` is the slot's entry, None where only the seal knows it."""

    sequence: int
    attempt: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldRow:
    """One try to tell something: ``key`` says what, ``failure`` is a stable word and None when it was sent."""

    key: str
    channel: str
    at: datetime
    failure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRow:
    """One line of a filing's inventory: its number, what it is, and where it stands."""

    number: int
    kind: str
    attempt_sequence: int | None
    part: str | None = None
    title: str
    file: str
    page: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFiling:
    """A petition about to be frozen; the objects of ``files`` are already kept.

    Paths in ``sealed`` are kept by ``Store.seal``: their digest in ``files`` is that of the ciphertext.
    ``expected`` is how many filings the case had when this one was numbered; None does not ask.
    """

    case: str
    at: datetime
    first_number: int
    numbers: tuple[NumberRow, ...]
    files: tuple[tuple[str, Digest], ...]  # (path in the bag, object)
    record: Json = field(default_factory=dict)
    supplement_of: int | None = None
    sealed: frozenset[str] = frozenset()
    expected: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FilingRow:
    """A frozen petition; ``filing_id`` is the sequence of its entry."""

    filing_id: int
    sequence: int
    case: str
    at: datetime
    first_number: int
    supplement_of: int | None
