"""What the store, the plan and the machine say that somebody may have to be told (``scheduler.alerts.Facts``)."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduler.alerts import (
    Facts,
    GreenFacts,
    InvitationFacts,
    KeptFacts,
    ProcedureFacts,
    Seen,
    SlotFacts,
    StopFacts,
    WeekFacts,
)
from scheduler.invitations import MISSED_AFTER, due_invitations
from scheduler.missed import InvitationReason
from scheduler.ntp import last_reading
from scheduler.planning import LOOK_BACK, MISSED_GRACE
from scheduler.retention import kept_too_long, retention_sentence
from scheduler.stamping import silent_since
from scheduler.unrecorded import unrecorded_invitations, unrecorded_visits
from store.store import Store
from store.values import AttemptQuery, AttemptRow, CaseRow, FollowRow, NewestOutcome, SlotAnswerRow
from temoin.floors import is_loopback
from temoin.records import (
    DOUBTS,
    DYSFUNCTIONS,
    PROOFS,
    TOOL_REFUSALS,
    WITHOUT_VISIT,
    JournalKind,
    Mode,
    Outcome,
    is_proof,
)
from temoin.settings import Procedure, Settings

RECENT = 30  # attempts of a procedure: a row of failures that is longer is told as one of thirty
GOOD = (Outcome.NO_SLOT, Outcome.NO_CALENDAR, Outcome.SLOT_SEEN)
UNRECORDED = timedelta(days=7)  # planned times that are older and unrecorded say nothing more
WEEK_HOUR = 8  # of Monday, local: the week's summary
WEEK_DAYS = 3  # until Wednesday evening: a computer may be off on Monday
DAYS_OF_WEEK = 7


def read_facts(
    settings: Settings, store: Store, *, now: datetime, watched: bool, greens: tuple[GreenFacts, ...] = ()
) -> Facts:
    """All of it as it stands at ``now``; ``watched`` tells whether a daemon runs, which records what is missed.

    Raises:
        StoreError: the store cannot be read.
    """
    cases, idle = _read_cases(store), store.idle_procedures()
    overdue = _overdue_times(settings, store, now, idle, watched=watched)
    followed = _watched_over(settings, idle)
    return replace(
        _of_station(settings, store, cases, now, idle),
        procedures=tuple(_procedure(store, one, overdue.get(one.id, ())) for one in followed),
        weeks=tuple(_weeks(settings, store, cases, now)),
        greens=greens,
    )


def read_pressing(
    settings: Settings, store: Store, *, now: datetime, watched: bool, most: int, idle: frozenset[str]
) -> Facts:
    """What a page shows at once, of however many procedures: no week, and of procedures those in trouble only.

    In trouble is one whose newest attempt found neither answer nor slot, or that has times that nobody recorded; of
    more than ``most`` of these the others are left out. ``idle`` is ``store.idle_procedures()``.

    Raises:
        StoreError: the store cannot be read.
    """
    overdue = _overdue_times(settings, store, now, idle, watched=watched)
    followed = _watched_over(settings, idle)
    newest = store.newest_outcomes([one.id for one in followed])
    troubled = [one for one in followed if one.id in overdue or not _is_well(newest.get(one.id))]
    facts = _of_station(settings, store, _read_cases(store), now, idle)
    return replace(facts, procedures=tuple(_procedure(store, one, overdue.get(one.id, ())) for one in troubled[:most]))


def _is_well(newest: NewestOutcome | None) -> bool:
    """Whether nothing can be said against the procedure of that newest attempt; of none there is nothing to say."""
    return newest is None or newest.outcome is Outcome.SLOT_SEEN or (newest.outcome in PROOFS and not newest.doubted)


def _of_station(
    settings: Settings, store: Store, cases: "Sequence[_Case]", now: datetime, idle: frozenset[str]
) -> Facts:
    """All but the procedures, the weeks and what is green."""
    clock = last_reading(store.folder)
    return Facts(
        now=now,
        slots=tuple(_slots(store, cases, now)),
        stops=tuple(
            StopFacts(
                host=stop.host,
                procedure=stop.procedure,
                until=stop.until,
                simulated=is_loopback(f"http://{stop.host}"),
            )
            for stop in store.host_stops(now)
            if stop.reason == "blocked"  # a site that says when to come back has refused nobody
        ),
        invitations=tuple(_invitations(settings, store, cases, now, idle)),
        free_bytes=shutil.disk_usage(store.folder).free,
        kept=tuple(_kept(settings, store, cases, now)),
        authorities_silent_since=silent_since(settings, store),
        clock_offset=None if clock is None else timedelta(milliseconds=clock.offset_ms),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A case, the stretches over which it followed procedures, and what it answered to slots."""

    row: CaseRow
    followed: tuple[FollowRow, ...]
    answers: tuple[SlotAnswerRow, ...]

    @property
    def seeks(self) -> bool:
        """Whether an appointment is still sought."""
        return self.row.closed is None and self.row.obtained is None

    def covers(self, attempt: AttemptRow) -> bool:
        """Whether the attempt was made while the case followed its procedure."""
        return any(
            stretch.procedure == attempt.procedure
            and stretch.sequence < attempt.sequence < (stretch.until_sequence or attempt.sequence + 1)
            for stretch in self.followed
        )

    def has_answered(self, attempt: AttemptRow) -> bool:
        """Whether the journal has an answer to this slot.

        Of an answer of an earlier version only the seal knows the slot: it stands for all that were seen before it.
        """
        return any(
            attempt.sequence < one.sequence if one.attempt is None else one.attempt == attempt.sequence
            for one in self.answers
        )


def _read_cases(store: Store) -> tuple[_Case, ...]:
    (rows, followed), answers = store.cases_and_followed(), store.all_slot_answers()
    return tuple(_Case(row=row, followed=followed[row.code], answers=answers.get(row.code, ())) for row in rows)


def mark_of(store: Store, code: str) -> str:
    """What stands for a case in the keys of what was told."""
    return store.case_digest(code)[:16]


def _watched_over(settings: Settings, idle: frozenset[str]) -> tuple[Procedure, ...]:
    """Those that may be tried and that somebody still seeks an appointment for."""
    return tuple(one for one in settings.procedures if one.id not in idle and one.terms_read is not None)


def _overdue_times(
    settings: Settings, store: Store, now: datetime, idle: frozenset[str], *, watched: bool
) -> Mapping[str, tuple[datetime, ...]]:
    """By procedure the planned times that nobody has recorded; none where a daemon runs, which will."""
    if watched:
        return {}
    overdue: dict[str, list[datetime]] = {}
    since = now - UNRECORDED
    for planned in (
        *unrecorded_visits(settings, store, since=since, until=now - MISSED_GRACE),
        *unrecorded_invitations(settings, store, since=since, until=now - MISSED_AFTER, idle=idle),
    ):
        overdue.setdefault(planned.procedure, []).append(planned.at)
    return {procedure: tuple(times) for procedure, times in overdue.items()}


def _procedure(store: Store, procedure: Procedure, overdue: tuple[datetime, ...]) -> ProcedureFacts:
    recent = store.attempts(AttemptQuery(procedure=procedure.id, limit=RECENT, newest_first=True))
    good = [found for outcome in GOOD for found in _newest(store, procedure.id, outcome)]
    visits = [row.at for row in recent if row.outcome not in WITHOUT_VISIT]
    return ProcedureFacts(
        id=procedure.id,
        url=procedure.url,
        simulated=is_loopback(procedure.url),
        recent=tuple(
            Seen(sequence=row.sequence, at=row.at, mode=row.mode, outcome=row.outcome, reason=row.reason)
            for row in recent
        ),
        good=max((row.sequence for row in good), default=0),
        last_visit=visits[0] if visits else None,
        last_proof=max((row.at for row in good if is_proof(row.outcome, row.reason)), default=None),
        overdue=overdue,
    )


def _newest(store: Store, procedure: str, outcome: Outcome) -> Sequence[AttemptRow]:
    """The last one, those that are kept and not counted left out."""
    found = store.attempts(AttemptQuery(procedure=procedure, outcome=outcome, limit=RECENT, newest_first=True))
    return [row for row in found if row.reason not in DOUBTS][:1]


def _slots(store: Store, cases: Sequence[_Case], now: datetime) -> Iterator[SlotFacts]:
    interested: dict[str, list[_Case]] = {}
    for case in cases:
        for name in {stretch.procedure for stretch in case.followed}:
            interested.setdefault(name, []).append(case)
    for row in store.attempts(AttemptQuery(outcome=Outcome.SLOT_SEEN, since=now - LOOK_BACK)):
        following = [case for case in interested.get(row.procedure, ()) if case.covers(row)]
        yield SlotFacts(
            sequence=row.sequence,
            at=row.at,
            procedure=row.procedure,
            url=row.url,
            simulated=row.simulated,
            waiting=tuple(case.row.code for case in following if case.seeks and not case.has_answered(row)),
            followed=bool(following),
        )


def _invitations(
    settings: Settings, store: Store, cases: Sequence[_Case], now: datetime, idle: frozenset[str]
) -> Iterator[InvitationFacts]:
    for one in due_invitations(settings, store, now, idle=idle):
        procedure = one.procedure
        yield InvitationFacts(
            procedure=procedure.id,
            url=procedure.url,
            simulated=is_loopback(procedure.url),
            due=one.due,
            closes=one.closes,
            cases=tuple(case.row.code for case in cases if case.seeks and procedure.id in case.row.procedures),
        )


def _kept(settings: Settings, store: Store, cases: Sequence[_Case], now: datetime) -> Iterator[KeptFacts]:
    """The cases closed long ago, in the days when the week is told."""
    local = now.astimezone(ZoneInfo(settings.station.timezone))
    if _is_told_now(local):
        for row in kept_too_long((case.row for case in cases), settings, now):
            sentence = retention_sentence(row, settings)
            yield KeptFacts(month=f"{local:%Y-%m}", mark=mark_of(store, row.code), sentence=sentence)


def _is_told_now(local: datetime) -> bool:
    """Whether it is the time of the week's summary."""
    return local.weekday() < WEEK_DAYS and (local.weekday() > 0 or local.hour >= WEEK_HOUR)


def _weeks(settings: Settings, store: Store, cases: Sequence[_Case], now: datetime) -> Iterator[WeekFacts]:
    """What each case got in the ISO week before this one, in the first days of this one."""
    zone = ZoneInfo(settings.station.timezone)
    local = now.astimezone(zone)
    monday = datetime.combine(local.date() - timedelta(days=local.weekday()), time(), tzinfo=zone)
    if not _is_told_now(local):
        return
    began = datetime.combine(monday.date() - timedelta(days=DAYS_OF_WEEK), time(), tzinfo=zone)
    year, week, _day = began.isocalendar()
    rows = store.attempts(AttemptQuery(since=began.astimezone(UTC), until=monday.astimezone(UTC)))
    by_procedure: dict[str, list[AttemptRow]] = {}
    for row in rows:
        by_procedure.setdefault(row.procedure, []).append(row)
    for case in cases:
        if case.seeks and case.row.procedures and case.row.since < monday:
            names = {stretch.procedure for stretch in case.followed}
            covered = [row for name in names for row in by_procedure.get(name, ()) if case.covers(row)]
            sealed = _screenshots(store, case.row.code, began, monday)
            yield _week(case, f"{year}-W{week:02}", mark_of(store, case.row.code), covered, sealed)


def _screenshots(store: Store, code: str, since: datetime, until: datetime) -> int:
    """Tries that only the journal knows: a picture that the person made or had made, inside an account for one."""
    return sum(
        row.kind == JournalKind.SCREENSHOT.value
        and row.erased_by is None
        and since <= (row.at or row.recorded_at) < until
        for row in store.items(code)
    )


def _week(case: _Case, week: str, mark: str, rows: Sequence[AttemptRow], screenshots: int) -> WeekFacts:
    outcomes = [row.outcome for row in rows]
    by_hand = sum(row.mode is not Mode.UNATTENDED and row.outcome not in WITHOUT_VISIT for row in rows)
    return WeekFacts(
        week=week,
        case=case.row.code,
        mark=mark,
        attempts=sum(one not in WITHOUT_VISIT for one in outcomes),
        proofs=sum(is_proof(row.outcome, row.reason) for row in rows),
        # Without the unreachable: whether that was the site or this station's own network, the record alone can say.
        dysfunctions=sum(one in DYSFUNCTIONS and one is not Outcome.UNREACHABLE for one in outcomes),
        refusals=sum(one in TOOL_REFUSALS for one in outcomes),
        slots=outcomes.count(Outcome.SLOT_SEEN),
        # One that was put off was open again later that day, and is counted there.
        missed=sum(row.outcome is Outcome.MISSED and row.reason != InvitationReason.SNOOZED for row in rows),
        by_hand=by_hand + screenshots,
    )
