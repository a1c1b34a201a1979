"""Plans and the ledger: draw what is missing, say what is to come, record what did not happen (DESIGN §8).

Rules of the structure:

* One plan per procedure and day, committed before its first attempt; drawing again changes nothing.
* The times that count are those of the day's last plan; those that it replaced, and that were not kept, are
  missed like the others.
* Only the times of a committed plan are ever fired. A *projected* time is an example: it comes from the same
  function with a secret and a source of chance of its own, and foretells nothing.
"""

import random
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.missed import MissedReason, missed_times
from scheduler.plan import draw_day
from scheduler.politeness import host_of, is_loopback, limits_for
from store.chain import Entry
from store.store import Store
from store.values import PlanRow
from temoin.canonical import Json
from temoin.clock import utc_text
from temoin.records import (
    Automation,
    Context,
    Kind,
    Mode,
    Outcome,
    Visit,
    build_record,
    new_attempt_id,
)
from temoin.settings import Procedure, Settings

PLAN_FORMAT = 1
EVENING_HOUR = 20  # local: late enough that the day is known, early enough that home machines are still on
LEAD = timedelta(minutes=2)  # a time drawn today is committed, and timestamped, before it comes
# After this a visit not recorded is missed: longer than a visit may wait for its host and last (daemon.Pacing).
MISSED_GRACE = timedelta(minutes=45)
LOOK_BACK = timedelta(days=400)  # a machine switched on again after a year still says what it missed


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTime:
    """One time at which a procedure is or would be visited: ``due``, ``done``, ``missed`` or ``projected``."""

    procedure: str
    at: datetime
    mode: Mode
    state: str

    def to_json(self) -> Json:
        """The time as ``plan --json`` prints it (DESIGN §12)."""
        return {
            "procedure": self.procedure,
            "at": utc_text(self.at),
            "mode": self.mode.value,
            "state": self.state,
        }


def planned_procedures(settings: Settings) -> tuple[Procedure, ...]:
    """Those that Témoin visits alone: conditions read by the person, and not forbidding programs (DESIGN §6)."""
    return tuple(
        procedure
        for procedure in settings.procedures
        if procedure.mode is Mode.UNATTENDED
        and procedure.terms_read is not None
        and procedure.automation is not Automation.FORBIDDEN
    )


def sought_procedures(settings: Settings, store: Store) -> tuple[Procedure, ...]:
    """Those that Témoin visits alone and that somebody still seeks an appointment for.

    Raises:
        StoreError: the store cannot be read.
    """
    idle = store.idle_procedures()
    return tuple(procedure for procedure in planned_procedures(settings) if procedure.id not in idle)


def draw_missing_plans(
    settings: Settings, store: Store, *, now: datetime, rng: random.Random | None = None
) -> tuple[PlanRow, ...]:
    """Draw and commit the plans that should exist by now: today's and, from the evening on, tomorrow's.

    Nothing is drawn for a procedure whose cases all have their appointment, or are closed. A day that has a plan is
    left as it is, whatever the configuration became.

    Raises:
        ConfigError: the windows of a procedure are bad.
        StoreError: the plan could not be committed.
    """
    chance = rng or secrets.SystemRandom()
    return tuple(
        _commit(settings, store, procedure, day, now=now, rng=chance)
        for procedure in sought_procedures(settings, store)
        for day in _days_to_draw(store, procedure, now.astimezone(ZoneInfo(settings.zone_of(procedure))))
    )


def _days_to_draw(store: Store, procedure: Procedure, local: datetime) -> tuple[date, ...]:
    today = local.date()
    wanted = (today, today + timedelta(days=1)) if local.hour >= EVENING_HOUR else (today,)
    drawn = {plan.day for plan in store.plans(procedure.id, today, wanted[-1])}
    return tuple(day for day in wanted if day not in drawn)


def _commit(
    settings: Settings,
    store: Store,
    procedure: Procedure,
    day: date,
    *,
    now: datetime,
    rng: random.Random,
) -> PlanRow:
    yesterday = day - timedelta(days=1)
    after = max((at for plan in store.plans(procedure.id, yesterday, yesterday) for at in plan.times), default=None)
    drawn = _draw(settings, procedure, day, secret=store.schedule_secret(), rng=rng, after=after)
    times = tuple(at for at in drawn if at >= now + LEAD)
    record: Json = {
        "format": PLAN_FORMAT,
        "procedure": procedure.id,
        "day": day.isoformat(),
        "timezone": settings.zone_of(procedure),
        "windows": list(procedure.windows),
        "times": [utc_text(at) for at in times],
        "replaces": None,
        "cause": _cause(settings, store, procedure, day, now),
    }
    entry = store.append(kind=Kind.PLAN, record=record, at=now, procedure=procedure.id)
    return PlanRow(sequence=entry.sequence, procedure=procedure.id, day=day, times=times, replaces=None, drawn_at=now)


def _cause(settings: Settings, store: Store, procedure: Procedure, day: date, now: datetime) -> str:
    """Why it is drawn now: only of an ``evening`` plan can nobody say that hours were picked afterwards."""
    if day > now.astimezone(ZoneInfo(settings.zone_of(procedure))).date():
        return "evening"
    earlier = store.plans(procedure.id, day - LOOK_BACK, day - timedelta(days=1))
    return "late" if earlier else "first_day"


def _draw(
    settings: Settings,
    procedure: Procedure,
    day: date,
    *,
    secret: bytes,
    rng: random.Random,
    after: datetime | None,
) -> tuple[datetime, ...]:
    limits = limits_for(settings, procedure)
    return draw_day(
        procedure=procedure.id,
        day=day,
        zone=settings.zone_of(procedure),
        windows=procedure.windows,
        attempts=limits.attempts_per_day or 0,
        min_gap=limits.procedure_gap,
        secret=secret,
        rng=rng,
        after=after,
    )


def due_times(settings: Settings, store: Store, *, since: datetime, until: datetime) -> tuple[PlannedTime, ...]:
    """The times of committed plans in [``since``, ``until``) that have no attempt yet, ascending."""
    found = [
        PlannedTime(procedure=procedure.id, at=at, mode=procedure.mode, state="due")
        for procedure in planned_procedures(settings)
        for at in _open_times(store, procedure.id, since, until)
    ]
    return tuple(sorted(found, key=lambda time: (time.at, time.procedure)))


def due_now(settings: Settings, store: Store, *, now: datetime) -> tuple[PlannedTime, ...]:
    """The times that have come, are not attempted yet and not yet missed."""
    return due_times(settings, store, since=now - MISSED_GRACE, until=now + timedelta(milliseconds=1))


def _open_times(store: Store, procedure: str, since: datetime, until: datetime) -> Iterator[datetime]:
    attempted = store.attempts_by_due(procedure, since, until)
    for plan in _current(_plans_between(store, procedure, since, until)):
        yield from (at for at in plan.times if since <= at < until and at not in attempted)


def _plans_between(store: Store, procedure: str, since: datetime, until: datetime) -> tuple[PlanRow, ...]:
    """The plans whose times may lie in the interval: a local day begins up to 14 hours before UTC's."""
    day = timedelta(days=1)
    return store.plans(procedure, since.astimezone(UTC).date() - day, until.astimezone(UTC).date() + day)


def _current(plans: Sequence[PlanRow]) -> Sequence[PlanRow]:
    """The plans that no later one replaces."""
    replaced = {plan.replaces for plan in plans}
    return [plan for plan in plans if plan.sequence not in replaced]


def upcoming(settings: Settings, store: Store, *, now: datetime, days: int) -> tuple[PlannedTime, ...]:
    """What ``plan`` prints: ``days`` local days from today on, drawn times and, where none are drawn, an example."""
    found = [
        time for procedure in planned_procedures(settings) for time in _upcoming(settings, store, procedure, now, days)
    ]
    return tuple(sorted(found, key=lambda time: (time.at, time.procedure)))


def _upcoming(
    settings: Settings, store: Store, procedure: Procedure, now: datetime, days: int
) -> Iterator[PlannedTime]:
    today, idle = now.astimezone(ZoneInfo(settings.zone_of(procedure))).date(), store.idle_procedures()
    last = today + timedelta(days=days - 1)
    plans = store.plans(procedure.id, today - timedelta(days=1), last)
    drawn = {plan.day for plan in plans}
    states = _states(store, procedure.id, [plan for plan in plans if plan.day >= today], now)
    times = sorted(at for plan in plans for at in plan.times)
    for at, state in states:
        yield PlannedTime(procedure=procedure.id, at=at, mode=procedure.mode, state=state)
    secret, rng = b"example", random.Random(f"{procedure.id}|{today}")  # noqa: S311 - an example, on purpose
    after = times[-1] if times else None
    for day in (today + timedelta(days=number) for number in range(days)):
        if day in drawn or procedure.id in idle:
            continue
        for at in _draw(settings, procedure, day, secret=secret, rng=rng, after=after):
            if at > now:
                after = at
                yield PlannedTime(procedure=procedure.id, at=at, mode=procedure.mode, state="projected")


def _states(store: Store, procedure: str, plans: Sequence[PlanRow], now: datetime) -> Iterator[tuple[datetime, str]]:
    times = sorted({at for plan in plans for at in plan.times})
    if not times:
        return
    attempts = store.attempts_by_due(procedure, times[0], times[-1] + timedelta(milliseconds=1))
    missed = missed_times(times, attempts.keys(), now=now, grace=MISSED_GRACE)
    for at in times:
        attempt = attempts.get(at)
        if attempt is None:
            yield at, "missed" if at in missed else "due"
        else:
            yield at, "missed" if attempt.outcome is Outcome.MISSED else "done"


def record_missed(
    settings: Settings,
    store: Store,
    *,
    now: datetime,
    simulated: bool,
    running_since: datetime,
    look_back: timedelta = LOOK_BACK,
    grace: timedelta = MISSED_GRACE,
) -> int:
    """Write one ``missed`` attempt for each planned time that has gone by without any; how many.

    ``running_since`` is when the daemon started: what was due before it was missed because the station was off.

    Raises:
        StoreError: it could not be committed.
    """
    count = 0
    for procedure in settings.procedures:
        if procedure.mode is Mode.ASSISTED:
            continue  # invitations: they stay open a while, and are missed for reasons of their own
        for at in _missed_of(store, procedure.id, now - look_back, now, grace):
            reason = MissedReason.STATION_OFF if at < running_since else MissedReason.NOT_STARTED
            visit = Visit(outcome=Outcome.MISSED, reason=reason.value)
            record_without_visit(settings, store, procedure, due=at, now=now, simulated=simulated, visit=visit)
            count += 1
    return count


def _missed_of(store: Store, procedure: str, since: datetime, now: datetime, grace: timedelta) -> tuple[datetime, ...]:
    plans = _plans_between(store, procedure, since, now)
    planned = [at for plan in plans for at in plan.times if since <= at < now]
    if not planned:
        return ()
    attempted = store.attempts_by_due(procedure, min(planned), now)
    return missed_times(planned, attempted.keys(), now=now, grace=grace)


def record_without_visit(
    settings: Settings,
    store: Store,
    procedure: Procedure,
    *,
    due: datetime | None,
    now: datetime,
    simulated: bool,
    visit: Visit,
) -> Entry:
    """Commit the attempt of which nothing but its ``visit.outcome`` and reason is known; ``due`` if it was planned.

    Raises:
        StoreError: it could not be committed.
    """
    read = procedure.terms_read
    context = Context(
        attempt=new_attempt_id(now),
        at=now,
        due=due,
        timezone=settings.zone_of(procedure),
        simulated=simulated or is_loopback(procedure.url),  # a loopback address is a replica (DESIGN §3.8)
        mode=procedure.mode,
        declared=False,
        operator=settings.station.operator,
        procedure={
            "id": procedure.id,
            "prefecture": procedure.prefecture,
            "label": procedure.label,
            "choices": list(procedure.choices),
        },
        url_asked=procedure.url,
        clock={"source": "system", "offset_ms": None},
        robots_sha256=None,
        terms={
            "read": None if read is None else read.isoformat(),
            "automation": procedure.automation.value,
        },
        pace=store.pace(host_of(procedure.url), now).to_json(),
    )
    return store.append(kind=Kind.ATTEMPT, record=build_record(context, visit), at=now, procedure=procedure.id)
