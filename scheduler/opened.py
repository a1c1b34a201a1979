"""When new appointments are said to go on line, as instants, and the visit that follows within ten minutes (pure).

An opening is honoured inside the windows only: the person's hours come first (docs/adr/0018). Where it falls shortly
before they begin, what of its ten minutes lies inside them is used.
"""

import random
from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.laid import MILLISECOND, Laid, Span, instant_of, lay, milliseconds, wall_instant
from temoin.hours import Window, parse_opening

OPENING = timedelta(minutes=10)  # a visit later than this no longer shows what was offered at the opening

_OPENING = OPENING // MILLISECOND

Taken = Callable[[int, int], Iterable[Span]]


def openings_between(openings: Sequence[str], first: date, last: date, zone: str) -> Iterator[datetime]:
    """The instants that the configuration's ``openings`` name on the days from ``first`` to ``last`` included.

    "day 31" is the last day of a shorter month: what is said to open "at the end of the month" is not left out.
    """
    where = ZoneInfo(zone)
    for opening in map(parse_opening, openings):
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            month = monthrange(day.year, day.month)[1]
            if day.weekday() == opening.weekday or (opening.day is not None and day.day == min(opening.day, month)):
                yield instant_of(wall_instant(day, opening.at, where))


def is_within(at: datetime, opening: datetime) -> bool:
    """Whether a visit at ``at`` follows ``opening`` within ten minutes."""
    return opening <= at < opening + OPENING


def is_inside(opening: datetime, windows: tuple[Window, ...], zone: str) -> bool:
    """Whether some of the ten minutes after ``opening`` lies inside the windows of its day."""
    low, high = _range(lay(windows, opening.astimezone(ZoneInfo(zone)).date(), zone), milliseconds(opening))
    return low < high


def places_of(
    openings: Iterable[datetime], windows: tuple[Window, ...], zone: str, block: int, pieces: int
) -> list[tuple[int, int, int]]:
    """For each opening inside the block and the windows: day of the block, which of ``pieces`` of the day, instant."""
    found = []
    for opening in sorted(set(openings)):
        day = opening.astimezone(ZoneInfo(zone)).date()
        number, instant = day.toordinal() - 14 * block, milliseconds(opening)
        if not 0 <= number < 14:  # noqa: PLR2004 - the days of a block
            continue
        laid = lay(windows, day, zone)
        low, high = _range(laid, instant)
        if low < high:
            found.append((number, low * pieces // laid.length, instant))
    return found


def opening_time(laid: Laid, opening: int, *, not_before: int | None, taken: Taken, rng: random.Random) -> int | None:
    """A position within the ten minutes after ``opening``, by chance; None where none is free."""
    low, high = _range(laid, opening)
    if not_before is not None:
        low = max(low, laid.first_from(not_before))
    return laid.pick(low, high, taken(opening, opening + _OPENING), rng) if low < high else None


def _range(laid: Laid, opening: int) -> Span:
    return laid.first_from(opening), laid.last_until(opening + _OPENING - 1) + 1
