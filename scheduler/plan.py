"""When a procedure is visited: one day's times, drawn by chance, even over weeks (DESIGN §8, docs/adr/0003).

Rules of the structure:

* The day's windows are laid end to end and cut into as many *strata* as attempts: each stratum holds one visit.
* Each stratum is cut into twelve *sub-bands*, six neighbouring pairs. In each 14-day block the days take the
  sub-bands in a secret order: six days with one of each pair, two days with two more pairs (in turn), six days
  with the other of each pair. The order is sorted by HMAC-SHA256 of the station's secret, so whoever lacks the
  secret cannot foresee it, and a restart finds it again.
* Inside its sub-band the time is uniform, from the caller's source of chance.

What follows from it, and is tested: over any 28 days each sixth of the windows has at least half the visits of
the fullest. What does not: nothing here says that a visit *took place*; that is the ledger's.

No clock, disk or network: the same arguments give the same times.
"""

import hmac
import random
import struct
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from hashlib import sha256
from zoneinfo import ZoneInfo

from temoin.errors import ConfigError
from temoin.hours import Window, are_ascending, parse_window
from temoin.messages import _

BLOCK_DAYS = 14  # DESIGN §8: two weeks hold every weekday twice, and twelve sub-bands once
PAIRS = 6  # one for each sixth of the windows that evenness is judged by
SUB_BANDS = 2 * PAIRS  # per stratum: each six-day round takes one of every pair
TRIES = 24  # shuffles tried for two neighbouring visits to stay apart, before they are matched by rank

_MS = timedelta(milliseconds=1)


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
class _Laid:
    """The windows of one day laid end to end: position 0…length, in milliseconds, and the instants they are.

    ``starts`` and ``ends`` are instants in milliseconds since the epoch; ``offsets`` the position of each start.
    """

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    offsets: tuple[int, ...]

    @property
    def length(self) -> int:
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

    def bound(self, index: int, attempts: int) -> int:
        """Where sub-band ``index`` of the whole day begins."""
        return index * self.length // (SUB_BANDS * attempts)


def _laid(windows: tuple[Window, ...], day: date, zone: str) -> _Laid:
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
    return _Laid(tuple(start for start, _ in spans), tuple(end for _, end in spans), tuple(offsets))


def _spans(windows: tuple[Window, ...], day: date, zone: ZoneInfo) -> Iterator[tuple[int, int]]:
    """Each window's first instant and its end; an hour that comes twice belongs whole to the first that holds it."""
    previous = -(2**63)
    for window in windows:
        start = max(_instant(day, window.start, zone, fold=0), previous)
        end = _instant(day, window.end, zone, fold=1)
        if start < end:
            yield start, end
            previous = end


def _instant(day: date, wall: time, zone: ZoneInfo, *, fold: int) -> int:
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


def _shuffled(items: Sequence[int], key: bytes, label: str) -> list[int]:
    """``items`` (at most 16) in the order of the 16-bit words of HMAC-SHA256(``key``, ``label``)."""
    digest = hmac.digest(key, label.encode(), sha256)
    return [item for _, item in sorted(zip(struct.unpack(">16H", digest), items, strict=False))]


def _rounds(key: bytes, procedure: str, block: int, stratum: int) -> tuple[list[int], list[int], list[int]]:
    """The sub-bands of one stratum in one block: six days, two days, six days, each still to be shuffled.

    The two days in the middle take the six pairs in turn, so that neighbouring blocks never favour the same
    pair: this is what holds evenness over *any* 28 days (docs/adr/0003).
    """
    halves = _shuffled(range(16), key, f"{procedure}|{block}|{stratum}|half")
    turn = _shuffled(range(PAIRS), key, f"{procedure}|{stratum}|turn")
    extra = [turn[(2 * block + i) % PAIRS] for i in range(BLOCK_DAYS - SUB_BANDS)]
    first = [2 * pair + halves[pair] % 2 for pair in range(PAIRS)]
    second = [4 * pair + 1 - sub_band for pair, sub_band in enumerate(first)]
    return first, [2 * pair + halves[PAIRS + pair] % 2 for pair in extra], second


def _by_rank(items: Sequence[int], before: Sequence[int]) -> list[int]:
    """``items`` matched to ``before`` smallest to smallest: keeps them apart whenever any order does."""
    days = sorted(range(len(before)), key=lambda day: before[day])
    matched = dict(zip(days, sorted(items), strict=True))
    return [matched[day] for day in range(len(before))]


def _apart_from(items: Sequence[int], before: Sequence[int], slack: int, key: bytes, label: str) -> list[int]:
    """``items`` shuffled so that none lies more than ``slack`` sub-bands earlier in its stratum than ``before``."""
    for number in range(TRIES):
        order = _shuffled(items, key, f"{label}|{number}")
        if all(earlier - later <= slack for earlier, later in zip(before, order, strict=True)):
            return order
    return _by_rank(items, before)


@lru_cache(maxsize=4096)
def _block_order(key: bytes, procedure: str, block: int, slacks: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """The sub-band of every stratum on each of the block's days: one tuple of 14 for each stratum.

    ``slacks[s]`` says how many sub-bands stratum ``s + 1`` may lie behind stratum ``s`` and still be apart.
    """
    orders: list[tuple[int, ...]] = []
    for stratum in range(len(slacks) + 1):
        order: list[int] = []
        for number, items in enumerate(_rounds(key, procedure, block, stratum)):
            label = f"{procedure}|{block}|{stratum}|{number}"
            start = len(order)
            before = orders[-1][start : start + len(items)] if orders else items
            slack = slacks[stratum - 1] if orders else SUB_BANDS
            order += _apart_from(items, before, slack, key, label)
        orders.append(tuple(order))
    return tuple(orders)


def _slack(laid: _Laid, stratum: int, attempts: int, gap: int) -> int:
    """How many sub-bands a visit of the next stratum may lie behind one of ``stratum``, wherever both fall."""
    base = SUB_BANDS * stratum
    ends = [laid.instant(laid.bound(base + i + 1, attempts) - 1) for i in range(2 * SUB_BANDS)]
    for slack in range(SUB_BANDS - 1, 0, -1):
        if all(ends[i + SUB_BANDS - slack] - ends[i] >= gap for i in range(slack, SUB_BANDS)):
            return slack
    return 0


def _latest(laid: _Laid, attempts: int, gap: int) -> list[int]:
    """The last position that each visit may take and leave room for those after it; -1 where none is left."""
    latest = [laid.length - 1]
    for _number in range(attempts - 1):
        latest.append(laid.last_until(laid.instant(latest[-1]) - gap) if latest[-1] >= 0 else -1)
    return latest[::-1]


@lru_cache(maxsize=512)
def _ordinary_day(windows: tuple[str, ...], attempts: int, gap: int) -> tuple[tuple[Window, ...], tuple[int, ...]]:
    """The windows read, and the slacks of an ordinary day: one when clocks change must not change a block's order.

    Raises:
        ConfigError: bad windows, or too short.
    """
    parsed = read_windows(windows)
    laid = _laid(parsed, date(2001, 1, 1), "UTC")
    if _latest(laid, attempts, gap)[0] < 0:
        raise ConfigError(
            _("The windows {windows} are too short for {attempts} attempts {minutes} minutes apart.").format(
                windows=", ".join(windows), attempts=attempts, minutes=gap // 60_000
            ),
            remedy=_("Widen the windows, or lower attempts_per_day."),
        )
    return parsed, tuple(_slack(laid, stratum, attempts, gap) for stratum in range(attempts - 1))


def draw_day(
    *,
    procedure: str,
    day: date,
    zone: str,
    windows: Sequence[str],
    attempts: int,
    min_gap: timedelta,
    secret: bytes,
    rng: random.Random,
    after: datetime | None = None,
) -> tuple[datetime, ...]:
    """The instants of ``day`` at which the procedure is visited, ascending, in UTC, to the millisecond.

    No two are nearer than ``min_gap``, nor is the first to ``after`` (the last visit of the day before). There
    are ``attempts`` of them, unless ``after`` or a clock change leaves no room: then the gap is kept and the
    last is left out.

    Raises:
        ConfigError: the windows are bad, or too short on any day.
    """
    if attempts <= 0:
        return ()
    gap = min_gap // _MS
    parsed, slacks = _ordinary_day(tuple(windows), attempts, gap)
    block, day_of_block = divmod(day.toordinal(), BLOCK_DAYS)
    orders = _block_order(secret, procedure, block, slacks)
    laid = _laid(parsed, day, zone)
    chosen = [SUB_BANDS * stratum + order[day_of_block] for stratum, order in enumerate(orders)]
    previous = None if after is None else _milliseconds(after)
    drawn = _draw(laid, chosen, gap, previous, rng)
    return tuple(datetime.fromtimestamp(instant // 1000, UTC) + instant % 1000 * _MS for instant in drawn)


def _milliseconds(at: datetime) -> int:
    return (at - datetime.fromtimestamp(0, UTC)) // _MS


def _draw(laid: _Laid, chosen: Sequence[int], gap: int, previous: int | None, rng: random.Random) -> Iterator[int]:
    """One instant in each chosen sub-band, moved later where the gap requires it."""
    attempts = len(chosen)
    for index, latest in zip(chosen, _latest(laid, attempts, gap), strict=True):
        start, end = laid.bound(index, attempts), laid.bound(index + 1, attempts)
        earliest = 0 if previous is None else laid.first_from(previous + gap)
        if earliest >= laid.length:
            return
        low = max(earliest, min(start, max(latest, 0)))
        if low >= end:  # pushed out of its sub-band: by chance all the same, not by the gap to the second
            end = low + end - start
        high = max(low + 1, min(end, latest + 1))
        previous = laid.instant(rng.randrange(low, high))
        yield previous
