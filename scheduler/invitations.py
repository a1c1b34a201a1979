"""Assisted tries as invitations: a time drawn in the person's own hours, open a while, followed or not (DESIGN §7, §8).

Rules:

* Days of each ISO week are drawn with the station's secret, and one time in each day's windows (``scheduler.invited``);
  the plan is committed like any other, with ``mode: assisted``. Nothing is fired: a person answers, or nobody does.
* Plan and ledger alone tell what it is. It is *open* from its time on, for ``WAITING``, until an attempt answers it.
  Declined or left, it is a ``missed`` attempt that says which.
* Put off, it gets a second plan of that day, which cites the first (``cause: snoozed``); the first time is ``missed``.
"""

import random
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from scheduler.book import ANNOUNCED, read_announced
from scheduler.drawing import EVENING_HOUR, LEAD, LOOK_BACK, PLAN_FORMAT
from scheduler.invited import WEEK, Invited, invited
from scheduler.missed import InvitationReason, MissedReason
from scheduler.opened import is_within
from scheduler.plan import draw_day
from scheduler.planning import PlannedTime, record_without_visit
from scheduler.redraw import OPENED
from store.sound import find_record
from store.store import Store
from store.values import PlanRow
from temoin.clock import utc_text
from temoin.errors import UsageError
from temoin.messages import _
from temoin.records import Kind, Mode, Outcome, Visit
from temoin.settings import Procedure, Settings

if TYPE_CHECKING:
    from temoin.canonical import Json

WAITING = timedelta(minutes=60)  # how long an invitation is open
# A try begun in its last minute stands in the register only after the préfecture's page was looked at (5 minutes at
# most) and a person was waited for (15; both capture.request).
MISSED_AFTER = WAITING + timedelta(minutes=30)
SNOOZE = timedelta(minutes=60)
SNOOZED = "snoozed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """One that is open: its procedure, the time drawn, and the plan that it stands in."""

    procedure: Procedure
    due: datetime
    plan: PlanRow

    @property
    def closes(self) -> datetime:
        """When it is too late to follow it."""
        return self.due + WAITING


def invited_procedures(
    settings: Settings, store: Store, *, idle: frozenset[str] | None = None
) -> tuple[Procedure, ...]:
    """Those that a person tries in Témoin's window: conditions read, and an appointment still sought.

    ``idle`` is ``store.idle_procedures()``, where the caller has asked already.

    Raises:
        StoreError: the store cannot be read.
    """
    idle = store.idle_procedures() if idle is None else idle
    return tuple(
        procedure
        for procedure in settings.procedures
        if procedure.mode is Mode.ASSISTED and procedure.terms_read is not None and procedure.id not in idle
    )


def draw_invitations(
    settings: Settings, store: Store, *, now: datetime, rng: random.Random | None = None
) -> tuple[PlanRow, ...]:
    """Draw and commit the invitations that should exist by now: today's and, from the evening on, tomorrow's.

    Raises:
        ConfigError: the windows of a procedure are bad.
        StoreError: a plan could not be committed.
    """
    chance = rng or secrets.SystemRandom()
    plans: list[PlanRow] = []
    for one in _every_invited(settings, store, now):
        plans += _follow_openings(settings, store, one, now=now, rng=chance)
        days = _days_to_draw(settings, store, one, now)
        plans += [_commit(settings, store, one, day, now=now, rng=chance) for day in days]
    return tuple(plans)


def _every_invited(settings: Settings, store: Store, now: datetime) -> tuple[Invited, ...]:
    """What decides the days of each; what pages announced is read only where somebody is invited at all."""
    procedures = invited_procedures(settings, store)
    announced = read_announced(store.announced(now - ANNOUNCED), now) if procedures else {}
    return tuple(_invited(settings, procedure, announced) for procedure in procedures)


def _invited(settings: Settings, procedure: Procedure, announced: Mapping[str, Sequence[datetime]]) -> Invited:
    per_week = settings.politeness.assisted_per_week
    return invited(procedure, zone=settings.zone_of(procedure), per_week=per_week, announced=announced)


def _days_to_draw(settings: Settings, store: Store, one: Invited, now: datetime) -> tuple[date, ...]:
    local = _local(settings, one.procedure, now)
    wanted = [local.date() + timedelta(days=ahead) for ahead in range(2 if local.hour >= EVENING_HOUR else 1)]
    plans = store.plans(one.procedure.id, wanted[0] - timedelta(days=WEEK), wanted[-1])
    drawn, filled = {plan.day for plan in plans}, {plan.day for plan in plans if plan.times}
    secret = store.schedule_secret()
    return tuple(day for day in wanted if day not in drawn and one.includes(day, secret=secret, drawn=filled))


def _follow_openings(
    settings: Settings, store: Store, one: Invited, *, now: datetime, rng: random.Random
) -> Iterator[PlanRow]:
    """Where an opening was announced for a day drawn already, its invitation follows it; one that is open stays."""
    today = _local(settings, one.procedure, now).date()
    for plan in _current(store.plans(one.procedure.id, today, today + timedelta(days=1))):
        openings = one.openings(plan.day, plan.day)
        if _followed(plan.times, openings) or not _is_movable(store, plan, now):
            continue
        times = _times(one, plan.day, store.schedule_secret(), rng, first=now + LEAD)
        if _followed(times, openings):
            yield _append(store, one, plan.day, times, cause=OPENED, replaces=plan.sequence, now=now)
            for at in plan.times:
                _miss(settings, store, one.procedure, at, MissedReason.REDRAWN.value, now=now)


def _followed(times: Sequence[datetime], openings: Sequence[datetime]) -> tuple[datetime, ...]:
    return tuple(opening for opening in openings if any(is_within(at, opening) for at in times))


def _local(settings: Settings, procedure: Procedure, at: datetime) -> datetime:
    return at.astimezone(ZoneInfo(settings.zone_of(procedure)))


def _times(one: Invited, day: date, secret: bytes, rng: random.Random, *, first: datetime) -> tuple[datetime, ...]:
    times = draw_day(
        procedure=one.procedure.id,
        day=day,
        zone=one.zone,
        windows=one.procedure.windows,
        attempts=1,
        min_gap=timedelta(0),
        secret=secret,
        rng=rng,
        openings=[opening for opening in one.openings(day, day) if opening >= first],
    )
    return tuple(at for at in times if at >= first)


def _commit(settings: Settings, store: Store, one: Invited, day: date, *, now: datetime, rng: random.Random) -> PlanRow:
    times = _times(one, day, store.schedule_secret(), rng, first=now + LEAD)
    if day > _local(settings, one.procedure, now).date():
        cause = "evening"
    else:
        earlier = store.plans(one.procedure.id, day - LOOK_BACK, day - timedelta(days=1))
        cause = "late" if earlier else "first_day"
    return _append(store, one, day, times, cause=cause, replaces=None, now=now)


def _append(
    store: Store,
    one: Invited,
    day: date,
    times: tuple[datetime, ...],
    *,
    cause: str,
    replaces: int | None,
    now: datetime,
) -> PlanRow:
    procedure = one.procedure
    record: Json = {
        "format": PLAN_FORMAT,
        "procedure": procedure.id,
        "day": day.isoformat(),
        "timezone": one.zone,
        "windows": list(procedure.windows),
        "times": [utc_text(at) for at in times],
        "openings": [utc_text(at) for at in _followed(times, one.openings(day, day))],
        "replaces": replaces,
        "cause": cause,
        "mode": Mode.ASSISTED.value,
    }
    entry = store.append(kind=Kind.PLAN, record=record, at=now, procedure=procedure.id)
    return PlanRow(
        sequence=entry.sequence, procedure=procedure.id, day=day, times=times, replaces=replaces, drawn_at=now
    )


def due_invitations(
    settings: Settings, store: Store, now: datetime, *, idle: frozenset[str] | None = None
) -> tuple[Invitation, ...]:
    """The invitations that are open at ``now``, the oldest first: what a notification tells and a tour does.

    Raises:
        StoreError: the store cannot be read.
    """
    found = (
        open_invitation(settings, store, procedure, now=now) for procedure in _maybe_open(settings, store, now, idle)
    )
    return tuple(sorted((one for one in found if one is not None), key=lambda one: (one.due, one.procedure.id)))


def _maybe_open(settings: Settings, store: Store, now: datetime, idle: frozenset[str] | None) -> Iterator[Procedure]:
    """Those of which some plan has a time within the hour before: the others are told apart in one question for all."""
    procedures = invited_procedures(settings, store, idle=idle)
    day, today = timedelta(days=1), now.astimezone(UTC).date()
    plans = store.plans_of([one.id for one in procedures], today - 2 * day, today + day)
    for one in procedures:
        if any(now - WAITING < at <= now for plan in plans[one.id] for at in plan.times):
            yield one


def open_invitation(settings: Settings, store: Store, procedure: Procedure, *, now: datetime) -> Invitation | None:
    """The one that an attempt made now would answer; None where none is open.

    Raises:
        StoreError: the store cannot be read.
    """
    if procedure.mode is not Mode.ASSISTED:
        return None
    today = _local(settings, procedure, now).date()
    plans = _current(store.plans(procedure.id, today - timedelta(days=1), today))
    answered = store.attempts_by_due(procedure.id, now - WAITING, now + timedelta(milliseconds=1))
    for plan in plans:
        for at in plan.times:
            if now - WAITING < at <= now and at not in answered and _invites(store, plan):
                return Invitation(procedure=procedure, due=at, plan=plan)
    return None


def _is_movable(store: Store, plan: PlanRow, now: datetime) -> bool:
    """Whether it is an invitation to come, at a time that was drawn: one that the person put off is theirs."""
    to_come = bool(plan.times) and min(plan.times) > now
    return to_come and _invites(store, plan) and (find_record(store, plan.sequence) or {}).get("cause") != SNOOZED


def _invites(store: Store, plan: PlanRow) -> bool:
    """Whether the plan is of invitations: one of the day on which the mode was changed may not be."""
    return (find_record(store, plan.sequence) or {}).get("mode") == Mode.ASSISTED.value


def _current(plans: Sequence[PlanRow]) -> Sequence[PlanRow]:
    replaced = {plan.replaces for plan in plans}
    return [plan for plan in plans if plan.sequence not in replaced]


def snooze(
    settings: Settings, store: Store, invitation: Invitation, *, now: datetime, by: timedelta = SNOOZE
) -> datetime:
    """Put it off; the time at which it opens again.

    Raises:
        UsageError: that would be another day, which has its own plan.
        StoreError: it could not be committed.
    """
    again = now + by
    if _local(settings, invitation.procedure, again).date() != invitation.plan.day:
        raise UsageError(
            _("It cannot be put off to another day."),
            remedy=_("Follow it now, or decline it: other invitations will come."),
        )
    again = again.replace(microsecond=again.microsecond // 1000 * 1000)
    _append(
        store,
        _invited(settings, invitation.procedure, {}),
        invitation.plan.day,
        (again,),
        cause=SNOOZED,
        replaces=invitation.plan.sequence,
        now=now,
    )
    _miss(settings, store, invitation.procedure, invitation.due, InvitationReason.SNOOZED.value, now=now)
    return again


def decline(settings: Settings, store: Store, invitation: Invitation, *, now: datetime) -> None:
    """Record that the person will not follow it.

    Raises:
        StoreError: it could not be committed.
    """
    _miss(settings, store, invitation.procedure, invitation.due, InvitationReason.DECLINED.value, now=now)


def _miss(
    settings: Settings,
    store: Store,
    procedure: Procedure,
    due: datetime,
    reason: str,
    *,
    now: datetime,
    simulated: bool = False,
) -> None:
    visit = Visit(outcome=Outcome.MISSED, reason=reason)
    record_without_visit(settings, store, procedure, due=due, now=now, simulated=simulated, visit=visit)


def record_unfollowed(
    settings: Settings,
    store: Store,
    *,
    now: datetime,
    simulated: bool,
    running_since: datetime,
    look_back: timedelta = LOOK_BACK,
) -> int:
    """Write one ``missed`` attempt for each invitation that closed unanswered; how many.

    Where Témoin did not run in all of the time that it was open, nobody was invited: the station was off.

    Raises:
        StoreError: it could not be committed.
    """
    count = 0
    for procedure in settings.procedures:
        if procedure.mode is not Mode.ASSISTED:
            continue
        for at, plan in unanswered(store, procedure.id, now - look_back, now - MISSED_AFTER):
            reason = _why_missed(store, plan, at, running_since)
            _miss(settings, store, procedure, at, reason, now=now, simulated=simulated)
            count += 1
    return count


def _why_missed(store: Store, plan: PlanRow, at: datetime, running_since: datetime) -> str:
    if not _invites(store, plan):
        return InvitationReason.CHANGED.value
    off = at + WAITING <= running_since
    return MissedReason.STATION_OFF.value if off else InvitationReason.NOT_FOLLOWED.value


def unanswered(store: Store, procedure: str, since: datetime, until: datetime) -> tuple[tuple[datetime, PlanRow], ...]:
    """The times drawn in [``since``, ``until``] that have no attempt, ascending, each with its last plan.

    Raises:
        StoreError: the store cannot be read.
    """
    day = timedelta(days=1)
    plans = store.plans(procedure, since.astimezone(UTC).date() - day, until.astimezone(UTC).date() + day)
    times = {at: plan for plan in plans for at in plan.times if since <= at <= until}
    if not times:
        return ()
    answered = store.attempts_by_due(procedure, min(times), max(times) + timedelta(milliseconds=1))
    return tuple((at, times[at]) for at in sorted(times.keys() - answered.keys()))


def upcoming_invitations(settings: Settings, store: Store, *, now: datetime, days: int) -> tuple[PlannedTime, ...]:
    """What ``plan`` prints of invitations: those drawn, from today on, and an example of those to come."""
    found = [
        time for one in _every_invited(settings, store, now) for time in _upcoming(settings, store, one, now, days)
    ]
    return tuple(sorted(found, key=lambda time: (time.at, time.procedure)))


def invitations_to_come(settings: Settings, store: Store, *, now: datetime) -> tuple[datetime, ...]:
    """When, today and tomorrow, somebody is to be told that they are invited.

    Raises:
        StoreError: the store cannot be read.
    """
    drawn = upcoming_invitations(settings, store, now=now, days=2)
    return tuple(one.at for one in drawn if one.state == "due" and one.at > now)


def _upcoming(settings: Settings, store: Store, one: Invited, now: datetime, days: int) -> Iterator[PlannedTime]:
    name, today = one.procedure.id, _local(settings, one.procedure, now).date()
    plans = store.plans(name, today - timedelta(days=WEEK), today + timedelta(days=days - 1))
    for at, state in _states(store, name, [plan for plan in plans if plan.day >= today], now):
        yield PlannedTime(procedure=name, at=at, mode=Mode.ASSISTED, state=state)
    drawn, filled = {plan.day for plan in plans}, {plan.day for plan in plans if plan.times}
    secret, rng = b"example", random.Random(f"{name}|{today}")  # noqa: S311 - an example, on purpose
    for day in (today + timedelta(days=number) for number in range(days)):
        if day in drawn or not one.includes(day, secret=secret, drawn=filled):
            continue
        filled.add(day)
        for at in _times(one, day, secret, rng, first=now):
            yield PlannedTime(procedure=name, at=at, mode=Mode.ASSISTED, state="projected")


def _states(store: Store, procedure: str, plans: Sequence[PlanRow], now: datetime) -> Iterator[tuple[datetime, str]]:
    times = sorted({at for plan in plans for at in plan.times})
    if not times:
        return
    attempts = store.attempts_by_due(procedure, times[0], times[-1] + timedelta(milliseconds=1))
    for at in times:
        attempt = attempts.get(at)
        if attempt is None:
            yield at, "due" if now < at + WAITING else "missed"
        else:
            yield at, "missed" if attempt.outcome is Outcome.MISSED else "done"
