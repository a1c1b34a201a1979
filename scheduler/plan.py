"""When a procedure is visited: one day's times, drawn by chance, even over weeks (DESIGN §8, docs/adr/0003).

Rules of the structure:

* The day's windows are laid end to end and cut into as many *strata* as attempts: each stratum holds one visit.
* Each stratum is cut into twelve *sub-bands*, six neighbouring pairs. In each 14-day block the days take the
  sub-bands in a secret order: six days with one of each pair, two days with two more pairs (in turn), six days
  with the other of each pair. The order is sorted by HMAC-SHA256 of the station's secret, so whoever lacks the
  secret cannot foresee it, and a restart finds it again.
* Inside its sub-band the time is uniform, from the caller's source of chance, where the host has room; else inside
  its sixth of the windows, else inside its stratum.
* Where appointments are said to go on line that day, the visit of that stratum falls within the ten minutes after
  (docs/adr/0018); its sub-band goes to another day of the block, so that the sixths stay even.

* Where visits were missed, a stratum whose sixth of the windows is owed two visits less than another of its sixths
  takes that other instead: what a sleeping machine took from some hours is given back to them.

What follows from it, and is tested: over any 28 days each sixth of the windows has at least half the visits of
the fullest. What does not: nothing here says that a visit *took place*; that is the ledger's.

No clock, disk or network: the same arguments give the same times.
"""

import hmac
import random
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256

from scheduler.hosts import HostTimes
from scheduler.laid import MILLISECOND, Laid, Span, instant_of, lay, milliseconds, read_windows
from scheduler.opened import opening_time, places_of
from temoin.errors import ConfigError
from temoin.hours import Window
from temoin.messages import _

BLOCK_DAYS = 14  # DESIGN §8: two weeks hold every weekday twice, and twelve sub-bands once
SIXTHS = 6  # of the windows: what evenness is judged by
PAIRS = SIXTHS
SUB_BANDS = 2 * PAIRS  # per stratum: each six-day round takes one of every pair
OWED = 2  # visits that a sixth is owed more than another of its stratum before it is preferred
TRIES = 24  # shuffles tried for two neighbouring visits to stay apart, before they are matched by rank


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


def _bound(laid: Laid, index: int, attempts: int) -> int:
    """Where sub-band ``index`` of the whole day begins."""
    return index * laid.length // (SUB_BANDS * attempts)


def _slack(laid: Laid, stratum: int, attempts: int, gap: int) -> int:
    """How many sub-bands a visit of the next stratum may lie behind one of ``stratum``, wherever both fall."""
    base = SUB_BANDS * stratum
    ends = [laid.instant(_bound(laid, base + i + 1, attempts) - 1) for i in range(2 * SUB_BANDS)]
    for slack in range(SUB_BANDS - 1, 0, -1):
        if all(ends[i + SUB_BANDS - slack] - ends[i] >= gap for i in range(slack, SUB_BANDS)):
            return slack
    return 0


def _latest(laid: Laid, attempts: int, gap: int, fixed: Mapping[int, int] | None = None) -> list[int]:
    """The last position that each visit may take and leave room for those after it; -1 where none is left.

    ``fixed`` are strata whose position is settled already.
    """
    latest: list[int] = []
    limit = laid.length - 1
    for stratum in reversed(range(attempts)):
        latest.append((fixed or {}).get(stratum, limit))
        limit = laid.last_until(laid.instant(latest[-1]) - gap) if latest[-1] >= 0 else -1
    return latest[::-1]


@lru_cache(maxsize=512)
def _ordinary_day(windows: tuple[str, ...], attempts: int, gap: int) -> tuple[tuple[Window, ...], tuple[int, ...]]:
    """The windows read, and the slacks of an ordinary day: one when clocks change must not change a block's order.

    Raises:
        ConfigError: bad windows, or too short.
    """
    parsed = read_windows(windows)
    laid = lay(parsed, date(2001, 1, 1), "UTC")
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
    openings: Sequence[datetime] = (),
    host: HostTimes | None = None,
    owed: Sequence[int] = (),
) -> tuple[datetime, ...]:
    """The instants of ``day`` at which the procedure is visited, ascending, in UTC, to the millisecond.

    No two are nearer than ``min_gap``, nor is the first to ``after`` (the last visit of the day before). There
    are ``attempts`` of them, unless ``after``, a clock change or the host's other visits leave no room: then the
    distances are kept and the attempt is left out. ``openings`` are those of the day's block that are known; the
    times drawn are not added to ``host``. ``owed``, where some were missed, are the visits that each sixth of
    the windows should have had of late and has not (``scheduler.evenness``).

    Raises:
        ConfigError: the windows are bad, or too short on any day.
    """
    if attempts <= 0:
        return ()
    gap = min_gap // MILLISECOND
    parsed, slacks = _ordinary_day(tuple(windows), attempts, gap)
    block, day_of_block = divmod(day.toordinal(), BLOCK_DAYS)
    orders = _block_order(secret, procedure, block, slacks)
    laid = lay(parsed, day, zone)
    drawing = _Drawing(laid=laid, attempts=attempts, gap=gap, host=host, rng=rng)
    fixed: dict[int, int] = {}
    previous = None if after is None else milliseconds(after)
    if openings:
        places = places_of(openings, parsed, zone, block, SUB_BANDS * attempts)
        orders = _exchanged(orders, places)
        fixed = drawing.fix((at for number, _index, at in places if number == day_of_block), previous)
    chosen = [SUB_BANDS * stratum + order[day_of_block] for stratum, order in enumerate(orders)]
    if owed:
        chosen = [
            index if stratum in fixed else _given_back(stratum, index, owed, attempts, rng)
            for stratum, index in enumerate(chosen)
        ]
    return tuple(instant_of(instant) for instant in drawing.draw(chosen, fixed, previous))


def _given_back(stratum: int, index: int, owed: Sequence[int], attempts: int, rng: random.Random) -> int:
    """Sub-band ``index``, or one of the stratum's sixth that is owed far more visits than the one it lies in."""
    sixths = {number: number // (2 * attempts) for number in range(SUB_BANDS * stratum, SUB_BANDS * (stratum + 1))}
    most = max(sixths.values(), key=lambda sixth: owed[sixth])
    if owed[most] - owed[sixths[index]] < OWED:
        return index
    return rng.choice([number for number, sixth in sixths.items() if sixth == most])


def foreseen_by_sixth(
    *, procedure: str, windows: Sequence[str], attempts: int, min_gap: timedelta, secret: bytes, days: Iterable[date]
) -> tuple[int, ...]:
    """How many visits each sixth of the windows has on those days by the blocks' orders, were none ever missed.

    Raises:
        ConfigError: the windows are bad, or too short on any day.
    """
    _parsed, slacks = _ordinary_day(tuple(windows), attempts, min_gap // MILLISECOND)
    counts = [0] * SIXTHS
    for day in days:
        block, day_of_block = divmod(day.toordinal(), BLOCK_DAYS)
        for stratum, order in enumerate(_block_order(secret, procedure, block, slacks)):
            counts[(SUB_BANDS * stratum + order[day_of_block]) // (2 * attempts)] += 1
    return tuple(counts)


def _exchanged(
    orders: tuple[tuple[int, ...], ...], places: Iterable[tuple[int, int, int]]
) -> tuple[tuple[int, ...], ...]:
    """``orders`` in which the days of openings have the pairs of sub-bands that the openings fall in.

    Each exchanges with a day of its own run of the block where one has that pair, else with any day of the block:
    what an opening takes from the other sixths it gives back within the fortnight.
    """
    found, used = [list(order) for order in orders], set[tuple[int, int]]()
    for day, index, _at in places:
        order, pair = found[index // SUB_BANDS], index % SUB_BANDS // 2
        used.add((index // SUB_BANDS, day))
        runs = (range(6), range(6, 8), range(8, BLOCK_DAYS))
        near = next(run for run in runs if day in run)
        if order[day] // 2 == pair:
            continue
        for other in (*near, *range(BLOCK_DAYS)):
            if order[other] // 2 == pair and (index // SUB_BANDS, other) not in used:
                order[day], order[other] = order[other], order[day]
                break
    return tuple(tuple(order) for order in found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawing:
    """The draw of one day: where, how many, how far apart, beside what other visits of the host."""

    laid: Laid
    attempts: int
    gap: int
    host: HostTimes | None
    rng: random.Random

    def fix(self, openings: Iterable[int], previous: int | None) -> dict[int, int]:
        """The positions of the visits that follow an opening, by the stratum whose visit each is."""
        found: list[int] = []
        for opening in sorted(openings):
            low = None if previous is None else previous + self.gap
            position = opening_time(self.laid, opening, not_before=low, taken=self._taken, rng=self.rng)
            if position is None or len(found) == self.attempts:
                continue
            found.append(position)
            previous = self.laid.instant(position)
        strata: list[int] = []
        for number, position in enumerate(found):
            own = position * self.attempts // self.laid.length
            least = strata[-1] + 1 if strata else 0
            strata.append(min(max(own, least), self.attempts - len(found) + number))
        return dict(zip(strata, found, strict=True))

    def draw(self, chosen: Sequence[int], fixed: Mapping[int, int], previous: int | None) -> Iterator[int]:
        """One instant for each stratum, ascending; none where the distances leave no room."""
        latest = _latest(self.laid, self.attempts, self.gap, fixed)
        for stratum, index in enumerate(chosen):
            position: int | None = fixed.get(stratum)
            if position is None:
                earliest = 0 if previous is None else self.laid.first_from(previous + self.gap)
                last = latest[stratum] if any(later > stratum for later in fixed) else self.laid.length - 1
                position = self._place(index, earliest, latest[stratum], last)
            if position is not None:
                previous = self.laid.instant(position)
                yield previous

    def _place(self, index: int, earliest: int, latest: int, last: int) -> int | None:
        """A position for sub-band ``index``, from ``earliest`` on and, to leave the others room, up to ``latest``.

        ``last`` is never passed: a visit that is settled comes after it.
        """
        for low, high in self._ranges(index, earliest, latest):
            top = min(high, last + 1)
            if low >= top:
                continue
            if self.host is None:
                return self.rng.randrange(low, top)
            taken = self._taken(self.laid.instant(low), self.laid.instant(top - 1) + 1)
            position = self.laid.pick(low, top, taken, self.rng)
            if position is not None:
                return position
        return None

    def _ranges(self, index: int, earliest: int, latest: int) -> Iterator[Span]:
        """Where the visit may fall, the best first: its sub-band, its sixth of the windows, its stratum, anywhere."""
        start, end = (_bound(self.laid, number, self.attempts) for number in (index, index + 1))
        if earliest >= self.laid.length:
            return
        low = start if start <= latest else max(0, latest + start - end)  # likewise where later visits need the room
        low = max(earliest, low)
        if low >= end:  # pushed out of its sub-band: by chance all the same, not by the gap to the second
            end = low + end - start
        yield low, max(low + 1, min(end, latest + 1))
        sixth = index // (2 * self.attempts)
        yield max(earliest, self._sixth(sixth)), min(self._sixth(sixth + 1), latest + 1)
        stratum = SUB_BANDS * (index // SUB_BANDS)
        first, after = (_bound(self.laid, number, self.attempts) for number in (stratum, stratum + SUB_BANDS))
        yield max(earliest, first), min(after, latest + 1)
        yield earliest, latest + 1

    def _sixth(self, number: int) -> int:
        return _bound(self.laid, 2 * self.attempts * number, self.attempts)

    def _taken(self, start: int, end: int) -> Iterable[Span]:
        return () if self.host is None else self.host.taken(start, end)
