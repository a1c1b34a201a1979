"""The windows of one day laid end to end, as instants (DESIGN §8, docs/adr/0003): what a draw takes its times from.

Only instants that exist: when clocks go back a window holds the repeated hour once in each reading, when they go
forward the hour that does not exist is left out. Positions and instants are whole milliseconds. Pure.
"""

import random
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from temoin.errors import ConfigError
from temoin.hours import Window, are_ascending, parse_window
from temoin.messages import _

Span = tuple[int, int]  # from the first, included, to the second, excluded

MILLISECOND = timedelta(milliseconds=1)
EPOCH = datetime.fromtimestamp(0, UTC)


def milliseconds(at: datetime) -> int:
    """``at`` in whole milliseconds since the epoch."""
    return (at - EPOCH) // MILLISECOND


def instant_of(number: int) -> datetime:
    """The aware UTC instant that is so many milliseconds after the epoch."""
    return datetime.fromtimestamp(number // 1000, UTC) + number % 1000 * MILLISECOND


def around(number: int, distance: int) -> Span:
    """The instants nearer than ``distance`` to that one; none where the distance is 0."""
    return number - max(distance - 1, 0), number + distance


def read_windows(windows: Sequence[str]) -> tuple[Window, ...]:
    """The windows of a day, in order.

    Raises:
        ConfigError: none, unreadable, past midnight, or two that overlap.
    """
    try:
        parsed = tuple(parse_window(text) for text in windows)
    except ValueError as error:
        raise _windows_error(windows) from error
    if not parsed or not are_ascending(parsed):
        raise _windows_error(windows)
    return parsed


def _windows_error(windows: Sequence[str]) -> ConfigError:
    return ConfigError(
        _("No visit can be planned in these windows of hours: {windows}.").format(windows=", ".join(windows)),
        remedy=_('Write them as "07:00-22:30", one after the other, each within one day.'),
    )


@dataclass(frozen=True, slots=True)
class Laid:
    """The windows of one day laid end to end: position 0…length, in milliseconds, and the instants they are.

    ``starts`` and ``ends`` are instants in milliseconds since the epoch; ``offsets`` the position of each start.
    """

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    offsets: tuple[int, ...]

    @property
    def length(self) -> int:
        """How long the windows are together."""
        return self.offsets[-1] + self.ends[-1] - self.starts[-1]

    def instant(self, position: int) -> int:
        """The instant at ``position`` (0 ≤ position < length)."""
        index = bisect_right(self.offsets, position) - 1
        return self.starts[index] + position - self.offsets[index]

    def first_from(self, instant: int) -> int:
        """The first position at ``instant`` or later; ``length`` where the windows are over."""
        for start, end, offset in zip(self.starts, self.ends, self.offsets, strict=True):
            if instant < end:
                return offset + max(0, instant - start)
        return self.length

    def last_until(self, instant: int) -> int:
        """The last position at ``instant`` or earlier; -1 where the windows have not begun."""
        found = -1
        for start, end, offset in zip(self.starts, self.ends, self.offsets, strict=True):
            if start <= instant:
                found = offset + min(instant, end - 1) - start
        return found

    def pick(self, low: int, high: int, avoid: Iterable[Span], rng: random.Random) -> int | None:
        """A position of [``low``, ``high``) by chance, in none of the spans of instants; None where none is free."""
        free = tuple(self._free(low, high, sorted(avoid)))
        at = rng.randrange(sum(end - start for start, end in free)) if free else 0
        for start, end in free:
            if at < end - start:
                return start + at
            at -= end - start
        return None

    def _free(self, low: int, high: int, avoid: Sequence[Span]) -> Iterator[Span]:
        """What of the positions [``low``, ``high``) lies in none of the ascending spans of instants."""
        for start, end in avoid:
            until = min(self.first_from(start), high)
            if low < until:
                yield low, until
            low = max(low, self.first_from(end))
        if low < high:
            yield low, high


@lru_cache(maxsize=512)  # most procedures have the same windows, and are drawn for the same days
def lay(windows: tuple[Window, ...], day: date, zone: str) -> Laid:
    """The windows of ``day``, as instants.

    When clocks go back, a window holds the repeated hour once in each reading; when they go forward, the hour
    that does not exist is left out. A day whose windows all lie in that hour takes them right after it, so that
    no attempt is lost.
    """
    where = ZoneInfo(zone)
    spans = list(_spans(windows, day, where))
    if not spans:
        first, last = windows[0], windows[-1]
        spans = [(_shifted(day, first.start, where, fold=0), _shifted(day, last.end, where, fold=0))]
    offsets = [0]
    for start, end in spans[:-1]:
        offsets.append(offsets[-1] + end - start)
    return Laid(tuple(start for start, _ in spans), tuple(end for _, end in spans), tuple(offsets))


def _spans(windows: tuple[Window, ...], day: date, zone: ZoneInfo) -> Iterator[tuple[int, int]]:
    """Each window's first instant and its end; an hour that comes twice belongs whole to the first that holds it."""
    previous = -(2**63)
    for window in windows:
        start = max(wall_instant(day, window.start, zone, fold=0), previous)
        end = wall_instant(day, window.end, zone, fold=1)
        if start < end:
            yield start, end
            previous = end


def wall_instant(day: date, wall: time, zone: ZoneInfo, *, fold: int = 0) -> int:
    """The wall time as milliseconds since the epoch; ``fold`` says which where it comes twice (PEP 495).

    One that does not exist is the instant when the clocks jumped over it.
    """
    early, late = _shifted(day, wall, zone, fold=1), _shifted(day, wall, zone, fold=0)
    if early >= late:  # it exists, once or (late first) twice
        return early if fold else late
    before = _offset(early, zone)
    return bisect_left(range(early, late), True, key=lambda at: _offset(at, zone) != before) + early  # noqa: FBT003


def _shifted(day: date, wall: time, zone: ZoneInfo, *, fold: int) -> int:
    return int(datetime.combine(day, wall.replace(fold=fold), zone).timestamp() * 1000)


def _offset(instant: int, zone: ZoneInfo) -> timedelta | None:
    return datetime.fromtimestamp(instant / 1000, zone).utcoffset()
