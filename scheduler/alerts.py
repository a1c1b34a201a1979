"""What must be told (pure): facts come in, alerts go out.

Whether each was told already is not asked here (``scheduler.telling``).

An alert has a key that stays the same as long as what it tells of stays the same, and changes when it happens again:
the number of the slot, of the last attempt before a row of failures, the week. An alert that is no longer found is
mended, or answered: nothing more is said of it.

Case codes, ids of procedures and their addresses only: no name, no text and no title of the journal comes here
(DESIGN §3.6).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import takewhile

from scheduler.missed import InvitationReason
from temoin.records import WITHOUT_VISIT, Mode, Outcome, is_proof

FAILURES = 3  # in a row: two may be chance, and the third is a day later at the latest
UNKNOWN_PAGES = 2  # in a row: the page has changed, and every visit more is lost
UNSERVED = 2  # planned times missed in a row: one is a closed lid
OVERDUE = timedelta(hours=3)  # a comparison is made every hour, and records what is missing by then
LOW_DISK_BYTES = 1_000_000_000  # two thousand attempts
CLOCK_OFF = timedelta(seconds=30)
AUTHORITIES_SILENT = timedelta(days=1)
SLOT_WITHOUT_CASE = timedelta(days=1)  # nobody is there to answer for it
CURRENT = timedelta(days=1)  # what a visit met yesterday is no news any more

SENTENCE_COVERED, BOUNDARY = "sentence_covered", "stopped_at_boundary"  # reasons of records
# Reasons of visits that say nothing of the site: our own trouble, nobody at the window, the person's own doing.
_NOT_THE_PAGE = frozenset({"visit_killed", "visit_crashed", "interrupted", "nobody_there", BOUNDARY})
_NO_TRY = frozenset({"interrupted", "nobody_there"})
# Refusals that pass by themselves, or are told by themselves.
_PASSING = frozenset({"host_stopped", "host_busy", "host_cap", "host_spacing", "procedure_spacing", "daily_cap"})
# Not made, and the person has said so: nothing is told of it.
_PERSONS_WORD = frozenset({InvitationReason.DECLINED, InvitationReason.SNOOZED, InvitationReason.CHANGED})
_NO_REFUSAL = frozenset({*_PASSING, "appointment_obtained"})


class AlertKind(StrEnum):
    """What there is to tell, most pressing first."""

    SLOT_SEEN = "slot_seen"
    SLOT_MAYBE = "slot_maybe"  # the site led past the question: the person must look
    INVITED = "invited"  # an assisted try waits for the person
    NOT_RUNNING = "not_running"  # planned times go by and nobody records them
    HOST_STOPPED = "host_stopped"
    SENTENCE_COVERED = "sentence_covered"
    PAGE_CHANGED = "page_changed"
    FAILING = "failing"
    NOT_FOLLOWED = "not_followed"  # planned times were missed one after the other
    LEFT = "left"  # invitations that nobody followed, one after the other
    DISK_LOW = "disk_low"
    CLOCK_OFF = "clock_off"
    AUTHORITIES_FAILING = "authorities_failing"
    LEVEL_GREEN = "level_green"
    WEEK = "week"
    KEPT = "kept"  # a case was closed long ago, and what is personal in it is still kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One attempt, as far as it matters here."""

    sequence: int
    at: datetime
    mode: Mode
    outcome: Outcome
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcedureFacts:
    """One procedure that is followed: its newest attempts, newest first, and its last good one.

    ``good`` is the sequence of the last proof or slot, 0 before there is any; ``overdue`` are planned times that
    nobody has recorded. ``last_visit`` and ``last_proof`` are ages for people.
    """

    id: str
    url: str
    simulated: bool
    recent: tuple[Seen, ...] = ()
    good: int = 0
    last_visit: datetime | None = None
    last_proof: datetime | None = None
    overdue: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotFacts:
    """A slot that was seen; ``waiting`` are the cases that follow it and have not answered.

    ``followed`` is False where no case was there to answer.
    """

    sequence: int
    at: datetime
    procedure: str
    url: str
    simulated: bool
    waiting: tuple[str, ...]
    followed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class StopFacts:
    """A host, or one procedure on it, that is left alone since it refused a visit."""

    host: str
    procedure: str | None
    until: datetime
    simulated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationFacts:
    """An assisted try that is open from ``due`` until ``closes``; ``cases`` are the codes of those that seek it."""

    procedure: str
    url: str
    simulated: bool
    due: datetime
    closes: datetime
    cases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekFacts:
    """What one case got in the week that has ended; ``week`` is its ISO name, such as 2026-W47.

    ``mark`` stands for the case in what is kept, and leads to nobody once the case is erased. ``by_hand`` counts the
    person's own tries, those that only the journal knows (inside an account) included.
    """

    week: str
    case: str
    mark: str
    attempts: int
    proofs: int
    dysfunctions: int = 0
    refusals: int = 0
    slots: int = 0
    missed: int = 0
    by_hand: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFacts:
    """A case that was closed long ago and is not erased, told with the week; ``mark`` as in ``WeekFacts``."""

    month: str  # such as 2026-11: told once a month
    mark: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GreenFacts:
    """A case whose « preuve des tentatives » is green for a procedure; ``mark`` as in ``WeekFacts``."""

    case: str
    mark: str
    procedure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that is known, at ``now``.

    ``clock_offset`` is what time servers said within ten minutes. ``authorities_silent_since`` is when
    the last timestamp authority to answer began to fail; None while one of them answers, or none is configured.
    """

    now: datetime
    procedures: tuple[ProcedureFacts, ...] = ()
    slots: tuple[SlotFacts, ...] = ()
    stops: tuple[StopFacts, ...] = ()
    invitations: tuple[InvitationFacts, ...] = ()
    free_bytes: int | None = None
    weeks: tuple[WeekFacts, ...] = ()
    kept: tuple[KeptFacts, ...] = ()
    greens: tuple[GreenFacts, ...] = ()
    clock_offset: timedelta | None = None
    authorities_silent_since: datetime | None = None


Subject = ProcedureFacts | SlotFacts | StopFacts | InvitationFacts | WeekFacts | KeptFacts | GreenFacts | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One thing to tell: its key, and what it is about. ``count`` and ``since`` are those of a row of attempts."""

    key: str
    kind: AlertKind
    subject: Subject = None
    count: int = 0
    since: datetime | None = None
    amount: int = 0  # of bytes, of seconds


def find_alerts(facts: Facts) -> tuple[Alert, ...]:
    """Everything that holds now, most pressing first."""
    found = [
        *(_slot(one) for one in facts.slots if _is_open(one, facts.now)),
        *_of_stops(facts),
        *(_invitation(one) for one in facts.invitations),
        *(alert for one in facts.procedures for alert in _of_procedure(one, facts.now)),
        *_of_station(facts),
        *(_green(one) for one in facts.greens),
        *(Alert(key=f"week:{one.week}:{one.mark}", kind=AlertKind.WEEK, subject=one) for one in facts.weeks),
        *(Alert(key=f"kept:{one.month}:{one.mark}", kind=AlertKind.KEPT, subject=one) for one in facts.kept),
    ]
    order = list(AlertKind)
    return tuple(sorted(found, key=lambda alert: order.index(alert.kind)))


def _is_open(slot: SlotFacts, now: datetime) -> bool:
    return bool(slot.waiting) if slot.followed else now - slot.at < SLOT_WITHOUT_CASE


def _slot(slot: SlotFacts) -> Alert:
    return Alert(key=f"slot:{slot.sequence}", kind=AlertKind.SLOT_SEEN, subject=slot, since=slot.at)


def _invitation(one: InvitationFacts) -> Alert:
    key = f"invited:{one.procedure}:{one.due:%Y%m%dT%H%M%S}"
    return Alert(key=key, kind=AlertKind.INVITED, subject=one, since=one.due)


def _green(one: GreenFacts) -> Alert:
    return Alert(key=f"green:{one.mark}:{one.procedure}", kind=AlertKind.LEVEL_GREEN, subject=one)


def _of_stops(facts: Facts) -> Iterator[Alert]:
    for stop in facts.stops:
        key = f"stop:{stop.host}:{stop.procedure or ''}:{stop.until:%Y%m%dT%H%M%S}"
        yield Alert(key=key, kind=AlertKind.HOST_STOPPED, subject=stop)


def _of_station(facts: Facts) -> Iterator[Alert]:
    if facts.free_bytes is not None and facts.free_bytes < LOW_DISK_BYTES:
        yield Alert(key="disk", kind=AlertKind.DISK_LOW, amount=facts.free_bytes)
    if facts.clock_offset is not None and abs(facts.clock_offset) > CLOCK_OFF:
        seconds = round(abs(facts.clock_offset).total_seconds())
        yield Alert(key="clock", kind=AlertKind.CLOCK_OFF, amount=seconds)
    since = facts.authorities_silent_since
    if since is not None and facts.now - since > AUTHORITIES_SILENT:
        yield Alert(key="authorities", kind=AlertKind.AUTHORITIES_FAILING, since=since)


def _of_procedure(one: ProcedureFacts, now: datetime) -> Iterator[Alert]:
    visits = [seen for seen in one.recent if not _is_no_try(seen)]
    newest = visits[0] if visits else None
    if newest is not None and newest.reason == BOUNDARY and now - newest.at < CURRENT:
        yield Alert(key=f"boundary:{newest.sequence}", kind=AlertKind.SLOT_MAYBE, subject=one, count=1, since=newest.at)
    yield from _of_row(one, visits)
    yield from _of_plan(one, now)


def _is_no_try(seen: Seen) -> bool:
    """What neither adds to a row of failures nor ends it."""
    if seen.outcome is Outcome.REFUSED:
        return seen.reason in _NO_REFUSAL
    return seen.outcome is Outcome.MISSED or (seen.reason or "") in _NO_TRY


def _of_row(one: ProcedureFacts, visits: list[Seen]) -> Iterator[Alert]:
    """The row of failures that is going on: of its three names the one that says most."""
    row = _begins(
        visits, lambda seen: not is_proof(seen.outcome, seen.reason) and seen.outcome is not Outcome.SLOT_SEEN
    )
    unknown = _begins(row, lambda seen: seen.outcome is Outcome.UNRECOGNISED and seen.reason not in _NOT_THE_PAGE)
    if row and row[0].reason == SENTENCE_COVERED:
        yield _row_alert(AlertKind.SENTENCE_COVERED, one, row)
    elif len(unknown) >= UNKNOWN_PAGES:
        yield _row_alert(AlertKind.PAGE_CHANGED, one, unknown)
    elif len(row) >= FAILURES:
        yield _row_alert(AlertKind.FAILING, one, row)


def _row_alert(kind: AlertKind, one: ProcedureFacts, row: list[Seen]) -> Alert:
    return Alert(key=f"{kind.value}:{one.id}:{one.good}", kind=kind, subject=one, count=len(row), since=row[-1].at)


def _begins(seen: list[Seen], holds: Callable[[Seen], bool]) -> list[Seen]:
    return list(takewhile(holds, seen))


def _of_plan(one: ProcedureFacts, now: datetime) -> Iterator[Alert]:
    """Planned times that came to nothing: unrecorded, since nobody watches; or missed, one after another."""
    late = [at for at in one.overdue if now - at > OVERDUE]
    if late:
        key = f"not_running:{one.id}:{min(late):%Y%m%dT%H%M%S}"
        yield Alert(key=key, kind=AlertKind.NOT_RUNNING, subject=one, count=len(late), since=min(late))
        return
    missed = _begins(list(one.recent), lambda seen: seen.outcome in WITHOUT_VISIT)
    missed = [seen for seen in missed if seen.outcome is Outcome.MISSED and seen.reason not in _PERSONS_WORD]
    before = next((seen.sequence for seen in one.recent if seen.outcome not in WITHOUT_VISIT), 0)
    left = [seen for seen in missed if seen.reason == InvitationReason.NOT_FOLLOWED]
    others = [seen for seen in missed if seen.reason != InvitationReason.NOT_FOLLOWED]
    for kind, row in ((AlertKind.NOT_FOLLOWED, others), (AlertKind.LEFT, left)):
        if len(row) >= UNSERVED:
            key = f"{kind.value}:{one.id}:{before}"
            yield Alert(key=key, kind=kind, subject=one, count=len(row), since=row[-1].at)
