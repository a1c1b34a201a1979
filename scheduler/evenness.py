"""How evenly a procedure's visits have fallen over the hours, where some were missed (docs/adr/0003).

What a machine that slept or was off took from one part of the day is given back by the next draws: those of the
fortnight that goes on and of the one before it are counted, as a judge may count them.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.book import current
from scheduler.laid import lay, milliseconds, read_windows
from scheduler.plan import BLOCK_DAYS, SIXTHS
from store.store import Store
from store.values import PlanRow
from temoin.records import WITHOUT_VISIT, Outcome
from temoin.settings import Procedure, Settings

MISSED = 2  # fewer leave the draws as they are: the order of a block is even by itself
_DAY = timedelta(days=1)


def visits_by_sixth(
    settings: Settings,
    store: Store,
    procedures: Collection[Procedure],
    plans: Mapping[str, Sequence[PlanRow]],
    *,
    now: datetime,
) -> dict[str, tuple[int, ...]]:
    """By procedure, how many visits each sixth of its windows had or is to have since the block before this one began.

    This one is that of tomorrow, the day that is drawn in the evening.
    Only of procedures that missed some of their times meanwhile. ``plans`` are those of the days near ``now``.

    Raises:
        ConfigError: the windows of a procedure are bad.
        StoreError: the store cannot be read.
    """
    drawn = now.date() + _DAY
    first = date.fromordinal(BLOCK_DAYS * (drawn.toordinal() // BLOCK_DAYS - 1))
    since = now - (drawn - first) - _DAY
    found: dict[str, tuple[int, ...]] = {}
    for name, dues in store.dues_of([one.id for one in procedures], since, now).items():
        if sum(outcome is Outcome.MISSED for outcome in dues.values()) < MISSED:
            continue
        served = [at for at, outcome in dues.items() if outcome not in WITHOUT_VISIT]
        to_come = [at for plan in current(plans[name]) for at in plan.times if at > now and at not in dues]
        procedure = settings.procedure(name)
        zone = settings.zone_of(procedure)
        found[name] = _count((*served, *to_come), procedure.windows, zone, first)
    return found


def _count(times: Iterable[datetime], windows: Sequence[str], zone: str, first: date) -> tuple[int, ...]:
    """The times from ``first`` on by the sixth of the windows that they lie in; others the windows had other hours."""
    parsed, where = read_windows(windows), ZoneInfo(zone)
    counts = [0] * SIXTHS
    for at in times:
        day, instant = at.astimezone(where).date(), milliseconds(at)
        laid = lay(parsed, day, zone)
        position = laid.first_from(instant)
        if day >= first and position < laid.length and laid.instant(position) == instant:
            counts[position * SIXTHS // laid.length] += 1
    return tuple(counts)
