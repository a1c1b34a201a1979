"""A day's plan corrected by a second one that cites it (DESIGN §8, docs/adr/0018).

Two occasions: times were missed today (the machine slept or was off, its clock was moved), or a page announced an
opening after the day was drawn. What is still to come stays as it was committed, except where a distance forbids it;
what is new is drawn by chance in what is left of the day. Nothing is written where nothing new finds room.
"""

import random
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.book import Book, current, read_book, read_plans
from scheduler.drawing import LEAD, DrawnPlan, NewPlan, commit
from scheduler.missed import Busy
from scheduler.opened import OPENING, is_within
from scheduler.politeness import Limits, limits_for
from scheduler.rest import Rest, draw_rest
from scheduler.sought import planned_procedures, sought_procedures
from store.store import Store
from store.values import PlanRow
from temoin.records import WITHOUT_VISIT, Outcome
from temoin.settings import Procedure, Settings

OPENED = "opening"  # the cause of a plan that follows an announcement
_NEAR = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Day:
    """One procedure's day as it stands: its plan, what became of its times, and the limits that hold."""

    procedure: Procedure
    zone: str
    limits: Limits
    plan: PlanRow
    dues: dict[datetime, Outcome]
    made: Sequence[datetime]  # visits of that day
    others: Sequence[datetime]  # times of the days around
    kept: Sequence[datetime]  # times of the plan that are still to be served

    @property
    def lost(self) -> list[datetime]:
        """The times of the plan that were missed."""
        return [at for at in self.plan.times if self.dues.get(at) is Outcome.MISSED]

    @property
    def left(self) -> int | None:
        """How many attempts more the day may have, those to come included; None: any number."""
        cap, where = self.limits.attempts_per_day, ZoneInfo(self.zone)
        visited = [at for at, outcome in self.dues.items() if outcome not in WITHOUT_VISIT]
        served = sum(at.astimezone(where).date() == self.plan.day for at in visited)
        return None if cap is None else max(0, cap - max(len(self.made), served))


def redraw_missed(
    settings: Settings,
    store: Store,
    *,
    now: datetime,
    busy: Busy = frozenset(),
    rest_until: datetime | None = None,
    rng: random.Random | None = None,
) -> tuple[DrawnPlan, ...]:
    """New times for those of today that were missed, in what is left of the day.

    Until ``rest_until`` nothing may be visited, since nobody knows how long ago the last visit was (the clock was
    moved): the times that would come before are drawn anew too.

    Raises:
        StoreError: they could not be committed.
    """
    names = [procedure.id for procedure in planned_procedures(settings)]
    dues = store.dues_of(names, now - _NEAR, now + _NEAR)
    if rest_until is None and not any(Outcome.MISSED in one.values() for one in dues.values()):
        return ()
    chance, book = rng or secrets.SystemRandom(), read_book(settings, store, now=now)
    first = max(now + LEAD, rest_until or now)
    new: list[NewPlan] = []
    for day in _days(settings, store, book, now, busy):
        if day.plan.day != now.astimezone(ZoneInfo(day.zone)).date():
            continue
        early = [at for at in day.kept if now < at < first and rest_until is not None]
        plan = _made_up(book, day, early, first, chance)
        if plan is not None:
            new.append(plan)
    return commit(store, new, now)


def _made_up(book: Book, day: _Day, early: Sequence[datetime], first: datetime, rng: random.Random) -> NewPlan | None:
    """The plan that makes up for what was missed; None where there is nothing, or no room."""
    host, kept = book.host(day.procedure), [at for at in day.kept if at not in early]
    lost = [*early, *day.lost]
    if day.left is not None:
        lost = lost[: max(0, day.left - len(kept))]
    if not lost and not early:
        return None
    for at in early:
        host.remove(at)
    openings = book.openings(day.procedure, day.plan.day, day.zone)
    drawn = draw_rest(_rest(book, day, kept, first), lost, openings=openings, rng=rng)
    for at in drawn:
        host.add(at)
    if not drawn and not early:
        return None
    return _new_plan(book, day, [*kept, *drawn], cause="clock_moved" if early else "missed")


def redraw_opened(
    settings: Settings,
    store: Store,
    *,
    now: datetime,
    busy: Busy = frozenset(),
    rng: random.Random | None = None,
) -> tuple[DrawnPlan, ...]:
    """The days drawn already on which a page has announced an opening since: one of their times follows it now.

    A day whose attempts are all made stays as it is: no opening is worth one more than was asked for.

    Raises:
        StoreError: they could not be committed.
    """
    unserved = _unserved(settings, store, now)
    if not unserved:
        return ()
    chance, book = rng or secrets.SystemRandom(), read_book(settings, store, now=now)
    new: list[NewPlan] = []
    for day in _days(settings, store, book, now, busy):
        opening = unserved.get((day.procedure.id, day.plan.day))
        if opening is not None:
            new += _opened(book, day, opening, now + LEAD, chance)
    return commit(store, new, now)


def _unserved(settings: Settings, store: Store, now: datetime) -> dict[tuple[str, date], datetime]:
    """By procedure and local day, the openings to come that were announced last and that no planned time follows."""
    last = {row.procedure: row.opening for row in store.announced(now - _NEAR)}
    procedures = [procedure for procedure in planned_procedures(settings) if procedure.id in last]
    plans = read_plans(store, procedures, now)
    found: dict[tuple[str, date], datetime] = {}
    for procedure in procedures:
        opening = last[procedure.id]
        times = [at for plan in current(plans[procedure.id]) for at in plan.times]
        if opening + OPENING > now + LEAD and not any(is_within(at, opening) for at in times):
            found[procedure.id, opening.astimezone(ZoneInfo(settings.zone_of(procedure))).date()] = opening
    return found


def _opened(book: Book, day: _Day, opening: datetime, first: datetime, rng: random.Random) -> Iterator[NewPlan]:
    """The plan in which one time follows ``opening``, if there is room for it; the nearest of the others gives way."""
    if any(is_within(at, opening) for at in (*day.made, *day.dues, *day.kept)):
        return
    movable = [at for at in day.kept if at >= first]
    settled = [at for at in day.kept if at < first]
    room = len(movable) + 1 if day.left is None else day.left - len(settled)
    host = book.host(day.procedure)
    for at in movable:
        host.remove(at)
    found = (
        draw_rest(_rest(book, day, settled, first), [opening][:room], openings=[opening], rng=rng) if room > 0 else ()
    )
    served = [at for at in found if is_within(at, opening)]
    if not served:
        for at in movable:
            host.add(at)
        return
    apart = [at for at in movable if abs(at - served[0]) >= day.limits.procedure_gap]
    kept = sorted(apart, key=lambda at: abs(at - served[0]), reverse=True)[: room - 1]
    for at in (*kept, *served):
        host.add(at)
    lost = [at for at in movable if at not in kept][1:]
    more = draw_rest(_rest(book, day, [*settled, *kept, *served], first), lost[: room - 1 - len(kept)], rng=rng)
    for at in more:
        host.add(at)
    yield _new_plan(book, day, [*settled, *kept, *served, *more], cause=OPENED)


def _rest(book: Book, day: _Day, kept: Sequence[datetime], first: datetime) -> Rest:
    return Rest(
        day=day.plan.day,
        zone=day.zone,
        windows=day.procedure.windows,
        not_before=first,
        own=(*day.others, *day.made, *kept),
        min_gap=day.limits.procedure_gap,
        host=book.host(day.procedure),
    )


def _new_plan(book: Book, day: _Day, times: Sequence[datetime], *, cause: str) -> NewPlan:
    openings = {
        one for one in book.openings(day.procedure, day.plan.day, day.zone) if any(is_within(at, one) for at in times)
    }
    return NewPlan(
        procedure=day.procedure,
        day=day.plan.day,
        zone=day.zone,
        times=tuple(sorted(at for at in times if at > book.now)),  # one that is being served stays in the first plan
        cause=cause,
        openings=tuple(sorted(openings)),
        unplaced=0 if day.left is None else max(0, day.left - len(times)),
        replaces=day.plan.sequence,
    )


def _days(settings: Settings, store: Store, book: Book, now: datetime, busy: Busy) -> Iterator[_Day]:
    """The days drawn and not over, of every procedure that somebody still seeks an appointment for."""
    procedures = sought_procedures(settings, store)
    dues = store.dues_of([procedure.id for procedure in procedures], now - _NEAR, now + _NEAR)
    for procedure in procedures:
        zone, plans = settings.zone_of(procedure), book.plans[procedure.id]
        today = now.astimezone(ZoneInfo(zone)).date()
        for plan in current(plans):
            if plan.day >= today:
                yield _day(settings, book, procedure, plan, dues=dues[procedure.id], busy=busy, now=now)


def _day(
    settings: Settings,
    book: Book,
    procedure: Procedure,
    plan: PlanRow,
    *,
    dues: dict[datetime, Outcome],
    busy: Busy,
    now: datetime,
) -> _Day:
    zone = settings.zone_of(procedure)
    going_on = {due for name, due in busy if name == procedure.id}
    kept = [at for at in plan.times if at not in dues and (at > now or at in going_on)]
    return _Day(
        procedure=procedure,
        zone=zone,
        limits=limits_for(settings, procedure),
        plan=plan,
        dues=dues,
        made=book.made_on(procedure.id, plan.day, zone),
        others=[at for other in book.plans[procedure.id] if other.day != plan.day for at in other.times],
        kept=kept,
    )
