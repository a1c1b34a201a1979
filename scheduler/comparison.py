"""Plan and ledger compared: what the daemon does at its start, every hour, after a sleep and after a clock was moved.

One function, without threads, processes or a clock of its own: the simulation of a year calls the same.

Order: what was missed is recorded first, so that what is drawn anew knows it; then the plans that are lacking, then
those that correct another; then the evening's anchor over all of it; what is due comes last, out of what is
committed by then.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.anchoring import append_anchor
from scheduler.drawing import DrawnPlan, draw_missing_plans
from scheduler.missed import Absence, Busy
from scheduler.planning import LOOK_BACK, MISSED_GRACE, PlannedTime, due_times, record_missed
from scheduler.redraw import redraw_missed, redraw_opened
from store.chain import Entry
from store.store import Store
from temoin.settings import Settings

AHEAD = timedelta(days=2)  # no plan reaches further than tomorrow


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the daemon knows besides the store: since when it runs, when it was away, and what goes on.

    ``rest_until``: nothing may be visited before, since the clock was moved.
    """

    running_since: datetime
    simulated: bool
    absences: Sequence[Absence] = ()
    busy: Busy = frozenset()
    rest_until: datetime | None = None
    grace: timedelta = MISSED_GRACE
    look_back: timedelta = LOOK_BACK


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What a comparison wrote, and what is due from then on."""

    drawn: tuple[DrawnPlan, ...]
    missed: int
    due: tuple[PlannedTime, ...]
    anchor: Entry | None = None


def compare(
    settings: Settings, store: Store, around: Surroundings, *, now: datetime, rng: random.Random | None = None
) -> Compared:
    """Record what was missed, draw what is missing, correct what must be, and say what is due.

    Raises:
        ConfigError: the windows of a procedure are bad.
        StoreError: something could not be committed; what was committed stays.
    """
    missed = record_missed(
        settings,
        store,
        now=now,
        simulated=around.simulated,
        running_since=around.running_since,
        look_back=around.look_back,
        grace=around.grace,
        absences=around.absences,
        busy=around.busy,
    )
    drawn = draw_missing_plans(settings, store, now=now, rng=rng)
    again = redraw_missed(settings, store, now=now, busy=around.busy, rest_until=around.rest_until, rng=rng)
    opened = redraw_opened(settings, store, now=now, busy=around.busy, rng=rng)
    anchor = append_anchor(settings, store, now=now, simulated=around.simulated)
    due = due_times(settings, store, since=max(now, around.rest_until or now), until=now + AHEAD)
    return Compared(drawn=(*drawn, *again, *opened), missed=missed, due=due, anchor=anchor)
