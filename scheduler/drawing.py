"""Drawing the plans of days and committing them, all of an evening in one transaction (DESIGN §8).

Rules of the structure:

* One plan per procedure and day, committed before its first attempt; drawing again changes nothing.
* Of one host all procedures are drawn beside each other, in an order that chance gives: spacing and cap hold in the
  plan, not only when the time comes. What finds no room is said in the record (``unplaced``; docs/adr/0018).
"""

import random
import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from scheduler.book import Book, current, read_book, read_plans
from scheduler.evenness import owed_by_sixth
from scheduler.hosts import fair_shares
from scheduler.opened import is_within
from scheduler.plan import draw_day
from scheduler.politeness import host_of, limits_for
from scheduler.sought import sought_procedures
from store.ledger import Draft
from store.store import Store
from store.values import PlanRow
from temoin.clock import utc_text
from temoin.hours import parse_window
from temoin.records import Kind
from temoin.settings import Procedure, Settings

if TYPE_CHECKING:
    from temoin.canonical import Json

PLAN_FORMAT = 1
EVENING_HOUR = 20  # local: late enough that the day is known, early enough that home machines are still on
LEAD = timedelta(minutes=2)  # a time drawn today is committed, and timestamped, before it comes
LOOK_BACK = timedelta(days=400)  # a machine switched on again after a year still says what it missed


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPlan:
    """A plan to be committed. ``unplaced``: attempts that found no room; ``openings``: those that a time follows."""

    procedure: Procedure
    day: date
    zone: str
    times: tuple[datetime, ...]
    cause: str
    openings: tuple[datetime, ...] = ()
    unplaced: int = 0
    replaces: int | None = None

    def draft(self, now: datetime) -> Draft:
        """The entry to be (docs/format.md §4.2)."""
        record: Json = {
            "format": PLAN_FORMAT,
            "procedure": self.procedure.id,
            "day": self.day.isoformat(),
            "timezone": self.zone,
            "windows": list(self.procedure.windows),
            "times": [utc_text(at) for at in self.times],
            "openings": [utc_text(at) for at in self.openings],
            "unplaced": self.unplaced,
            "replaces": self.replaces,
            "cause": self.cause,
        }
        return Draft(kind=Kind.PLAN, record=record, at=now, procedure=self.procedure.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnPlan:
    """A plan that is in the register."""

    sequence: int
    procedure: str
    day: date
    times: tuple[datetime, ...]
    cause: str
    unplaced: int
    replaces: int | None


def draw_missing_plans(
    settings: Settings, store: Store, *, now: datetime, rng: random.Random | None = None
) -> tuple[DrawnPlan, ...]:
    """Draw and commit the plans that should exist by now: today's and, from the evening on, tomorrow's.

    Nothing is drawn for a procedure whose cases all have their appointment, or are closed. A day that has a plan is
    left as it is, whatever the configuration became.

    Raises:
        ConfigError: the windows of a procedure are bad.
        StoreError: the plans could not be committed.
    """
    procedures = sought_procedures(settings, store)
    plans = read_plans(store, procedures, now)
    wanted = {procedure: days for procedure in procedures if (days := _days_to_draw(settings, procedure, plans, now))}
    if not wanted:
        return ()
    chance = rng or secrets.SystemRandom()
    book, secret = read_book(settings, store, now=now), store.schedule_secret()
    owed = owed_by_sixth(settings, store, wanted, plans, now=now)
    shares = share_out(settings, book, wanted, chance)
    order = list(wanted)
    chance.shuffle(order)  # so that nobody's times are always those that the others left
    new = []
    for procedure in order:
        after = last_before(book, procedure.id, wanted[procedure][0])
        for day in wanted[procedure]:
            share = shares[procedure.id, day]
            drawn = draw_one(
                settings,
                book,
                procedure,
                day,
                share=share,
                secret=secret,
                rng=chance,
                after=after,
                owed=owed.get(procedure.id, ()),
            )
            new.append(_as_plan(settings, store, book, procedure, day, drawn=drawn, now=now))
            for at in new[-1].times:
                book.host(procedure).add(at)
            after = max((after, *drawn), key=_instant)
    return commit(store, new, now)


def _instant(at: datetime | None) -> float:
    return 0.0 if at is None else at.timestamp()


def commit(store: Store, new: Sequence[NewPlan], now: datetime) -> tuple[DrawnPlan, ...]:
    """The plans in the register: all of them, in one transaction.

    Raises:
        StoreError: they could not be committed.
    """
    entries = store.append_all([plan.draft(now) for plan in new]) if new else ()
    return tuple(
        DrawnPlan(
            sequence=entry.sequence,
            procedure=plan.procedure.id,
            day=plan.day,
            times=plan.times,
            cause=plan.cause,
            unplaced=plan.unplaced,
            replaces=plan.replaces,
        )
        for plan, entry in zip(new, entries, strict=True)
    )


def _days_to_draw(
    settings: Settings, procedure: Procedure, plans: Mapping[str, Sequence[PlanRow]], now: datetime
) -> tuple[date, ...]:
    local = now.astimezone(ZoneInfo(settings.zone_of(procedure)))
    today = local.date()
    wanted = (today, today + timedelta(days=1)) if local.hour >= EVENING_HOUR else (today,)
    drawn = {plan.day for plan in plans[procedure.id]}
    return tuple(day for day in wanted if day not in drawn)


def share_out(
    settings: Settings, book: Book, wanted: Mapping[Procedure, Sequence[date]], rng: random.Random
) -> dict[tuple[str, date], int]:
    """How many attempts each procedure has on each of its days, where a host has no room for all."""
    asked = defaultdict[tuple[str, date], dict[str, int]](dict)
    minutes: dict[tuple[str, date], int] = {}
    for procedure, days in wanted.items():
        length = sum(parse_window(text).minutes for text in procedure.windows)
        for day in days:
            key = host_of(procedure.url), day
            asked[key][procedure.id] = limits_for(settings, procedure).attempts_per_day or 0
            minutes[key] = max(length, minutes.get(key, 0))
    found: dict[tuple[str, date], int] = {}
    for (host, day), counts in asked.items():
        times = book.hosts[host]
        room = times.room(minutes[host, day])
        shares = fair_shares(counts, None if room is None else room - times.count_on(day), rng)
        found |= {(procedure, day): share for procedure, share in shares.items()}
    return found


def last_before(book: Book, procedure: str, day: date) -> datetime | None:
    """The last time planned for the days before, or visit made; the next one keeps its distance."""
    planned = [at for plan in book.plans.get(procedure, ()) if plan.day < day for at in plan.times]
    return max((*planned, *book.visits.get(procedure, ())), default=None)


def draw_one(
    settings: Settings,
    book: Book,
    procedure: Procedure,
    day: date,
    *,
    share: int,
    secret: bytes,
    rng: random.Random,
    after: datetime | None,
    owed: Sequence[int] = (),
) -> tuple[datetime, ...]:
    """The times of one procedure on one day, beside those of its host; ``owed`` as ``scheduler.evenness`` has it.

    Raises:
        ConfigError: the windows are bad, or too short.
    """
    zone = settings.zone_of(procedure)
    return draw_day(
        procedure=procedure.id,
        day=day,
        zone=zone,
        windows=procedure.windows,
        attempts=share,
        min_gap=limits_for(settings, procedure).procedure_gap,
        secret=secret,
        rng=rng,
        after=after,
        openings=book.openings(procedure, day, zone),
        host=book.host(procedure),
        owed=owed,
    )


def _as_plan(
    settings: Settings,
    store: Store,
    book: Book,
    procedure: Procedure,
    day: date,
    *,
    drawn: tuple[datetime, ...],
    now: datetime,
) -> NewPlan:
    """What of the draw is still to come and within the day's cap, and what found no room."""
    zone, limits = settings.zone_of(procedure), limits_for(settings, procedure)
    asked = limits.attempts_per_day or 0
    left = max(0, asked - len(book.made_on(procedure.id, day, zone)))
    times = tuple(at for at in drawn if at >= now + LEAD)[:left]
    openings = {one for one in book.openings(procedure, day, zone) if any(is_within(at, one) for at in times)}
    return NewPlan(
        procedure=procedure,
        day=day,
        zone=zone,
        times=times,
        cause=_cause(store, book, procedure.id, day, now.astimezone(ZoneInfo(zone)).date()),
        openings=tuple(sorted(openings)),
        unplaced=asked - len(drawn),
    )


def _cause(store: Store, book: Book, procedure: str, day: date, today: date) -> str:
    """Why it is drawn now: only of an ``evening`` plan can nobody say that hours were picked afterwards."""
    if day > today:
        return "evening"
    near = any(plan.day < day for plan in current(book.plans[procedure]))
    earlier = near or store.plans(procedure, day - LOOK_BACK, day - timedelta(days=1))
    return "late" if earlier else "first_day"
