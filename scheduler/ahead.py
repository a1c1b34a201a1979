"""What ``plan`` shows: the times drawn, and for the days not drawn yet an example of those to come (DESIGN §8).

A *projected* time is an example: it comes from the same function with a secret and a source of chance of its own, and
foretells nothing.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.book import current, read_book
from scheduler.drawing import draw_one, last_before, share_out
from scheduler.missed import missed_times
from scheduler.planning import MISSED_GRACE, PlannedTime
from scheduler.sought import planned_procedures, sought_procedures
from store.sound import find_record
from store.store import Store
from store.values import PlanRow
from temoin.messages import n_
from temoin.records import Outcome
from temoin.settings import Procedure, Settings

_SECRET = b"example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """Attempts of a drawn day that found no room: on their host, or between its other times."""

    procedure: str
    day: date
    count: int

    def sentence(self) -> str:
        """It in words, in the active language."""
        text = n_(
            "{procedure}, {day}: {count} attempt fewer, its host has no room for it.",
            "{procedure}, {day}: {count} attempts fewer, its host has no room for them.",
            self.count,
        )
        return text.format(procedure=self.procedure, day=self.day.isoformat(), count=self.count)


def upcoming(settings: Settings, store: Store, *, now: datetime, days: int) -> tuple[PlannedTime, ...]:
    """What ``plan`` prints: ``days`` local days from today on, drawn times and, where none are drawn, an example.

    Raises:
        ConfigError: the windows of a procedure are bad.
        StoreError: the store cannot be read.
    """
    found = [
        PlannedTime(procedure=procedure.id, at=at, mode=procedure.mode, state=state)
        for procedure in planned_procedures(settings)
        for at, state in _states(store, procedure.id, _plans(settings, store, procedure, now, days), now)
    ]
    found += _examples(settings, store, now, days)
    return tuple(sorted(found, key=lambda time: (time.at, time.procedure)))


def find_shortfalls(settings: Settings, store: Store, *, now: datetime, days: int) -> tuple[Shortfall, ...]:
    """Which of the drawn days have fewer attempts than were asked for.

    Raises:
        StoreError: the store cannot be read.
    """
    return tuple(
        Shortfall(procedure=procedure.id, day=plan.day, count=count)
        for procedure in planned_procedures(settings)
        for plan in current(_plans(settings, store, procedure, now, days))
        if (count := (find_record(store, plan.sequence) or {}).get("unplaced", 0))
    )


def _days(settings: Settings, procedure: Procedure, now: datetime, days: int) -> list[date]:
    today = now.astimezone(ZoneInfo(settings.zone_of(procedure))).date()
    return [today + timedelta(days=number) for number in range(days)]


def _plans(settings: Settings, store: Store, procedure: Procedure, now: datetime, days: int) -> tuple[PlanRow, ...]:
    wanted = _days(settings, procedure, now, days)
    return store.plans(procedure.id, wanted[0], wanted[-1])


def _examples(settings: Settings, store: Store, now: datetime, days: int) -> Iterator[PlannedTime]:
    book = read_book(settings, store, now=now)
    for procedure in sought_procedures(settings, store):
        drawn = {plan.day for plan in _plans(settings, store, procedure, now, days)}
        wanted = [day for day in _days(settings, procedure, now, days) if day not in drawn]
        rng = random.Random(f"{procedure.id}|{now:%Y-%m-%d}")  # noqa: S311 - an example, on purpose
        shares = share_out(settings, book, {procedure: wanted}, rng)
        after = last_before(book, procedure.id, wanted[-1]) if wanted else None
        for day in wanted:
            share = shares[procedure.id, day]
            for at in draw_one(settings, book, procedure, day, share=share, secret=_SECRET, rng=rng, after=after):
                if at > now:
                    after = at
                    book.host(procedure).add(at)
                    yield PlannedTime(procedure=procedure.id, at=at, mode=procedure.mode, state="projected")


def _states(store: Store, procedure: str, plans: Sequence[PlanRow], now: datetime) -> Iterator[tuple[datetime, str]]:
    times = sorted({at for plan in plans for at in plan.times})
    if not times:
        return
    attempts = store.dues_of([procedure], times[0], times[-1] + timedelta(milliseconds=1))[procedure]
    missed = missed_times(times, attempts.keys(), now=now, grace=MISSED_GRACE)
    for at in times:
        outcome = attempts.get(at)
        if outcome is None:
            yield at, "missed" if at in missed else "due"
        else:
            yield at, "missed" if outcome is Outcome.MISSED else "done"
