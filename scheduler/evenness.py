"""How evenly a procedure's visits have fallen over the hours, where some were missed (docs/adr/0003).

What a machine that slept or was off took from one part of the day is given back by the next draws: those of the
fortnight that goes on and of the one before it are counted, as a judge may count them.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.book import current
from scheduler.laid import lay, milliseconds, read_windows
from scheduler.plan import BLOCK_DAYS, SIXTHS, foreseen_by_sixth
from scheduler.politeness import limits_for
from store.store import Store
from store.values import PlanRow
from temoin.records import WITHOUT_VISIT, Outcome
from temoin.settings import Procedure, Settings

_DAY = timedelta(days=1)


def owed_by_sixth(
    settings: Settings,
    store: Store,
    procedures: Collection[Procedure],
    plans: Mapping[str, Sequence[PlanRow]],
    *,
    now: datetime,
) -> dict[str, tuple[int, ...]]:
    """By procedure, how many visits each sixth of its windows should have had or be to have, and has not.

    Counted since the block before this one began, this one being that of tomorrow, which is drawn in the evening. Only
    of procedures that missed some of their times meanwhile; never more than those, so that other windows or another
    number of attempts than today's make no debt. ``plans`` are those of the days near ``now``.

    Raises:
        ConfigError: the windows of a procedure are bad.
        StoreError: the store cannot be read.
    """
    drawn = now.date() + _DAY
    first = date.fromordinal(BLOCK_DAYS * (drawn.toordinal() // BLOCK_DAYS - 1))
    since, secret = now - (drawn - first) - _DAY, store.schedule_secret()
    found: dict[str, tuple[int, ...]] = {}
    for name, dues in store.dues_of([one.id for one in procedures], since, now).items():
        procedure = settings.procedure(name)
        zone, limits = settings.zone_of(procedure), limits_for(settings, procedure)
        missed = sum(outcome is Outcome.MISSED for outcome in dues.values())
        if not missed or not limits.attempts_per_day:
            continue
        served = [at for at, outcome in dues.items() if outcome not in WITHOUT_VISIT]
        to_come = [at for plan in current(plans[name]) for at in plan.times if at > now and at not in dues]
        counts = _count((*served, *to_come), procedure.windows, zone, first)
        days = {at.astimezone(ZoneInfo(zone)).date() for at in (*dues, *to_come)}
        foreseen = foreseen_by_sixth(
            procedure=name,
            windows=procedure.windows,
            attempts=limits.attempts_per_day,
            min_gap=limits.procedure_gap,
            secret=secret,
            days=[day for day in days if day >= first],
        )
        found[name] = tuple(max(-missed, min(missed, due - count)) for due, count in zip(foreseen, counts, strict=True))
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
