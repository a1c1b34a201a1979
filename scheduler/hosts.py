"""The times at which one host is visited, by all procedures together: where there is room for one more (pure).

Two planned times lie as far apart as the host's spacing and an ordinary visit together, and a tenth of what the
host may be visited in 24 hours is left to what nobody plans (visits by hand, the préfecture's page): so what was
planned need not be refused when its time comes (docs/adr/0018).
"""

import random
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta

from scheduler.laid import MILLISECOND, Span, around, milliseconds
from scheduler.politeness import HOST_CAP_PERIOD, Limits

VISIT_LENGTH = timedelta(minutes=2)  # longer than nearly all visits; one that lasts makes the next one wait a little
SPARED = 10  # one visit in ten of the host's cap is not planned

FILLED = 0.7  # of the visits that windows could hold in a row, how many find room when they fall by chance

_PERIOD = HOST_CAP_PERIOD // MILLISECOND


class HostTimes:
    """The visits of one host, made and planned; grows as times are drawn."""

    def __init__(self, limits: Limits, times: Iterable[datetime] = ()) -> None:
        """No time but ``times``, under the host's spacing and cap of ``limits``."""
        gap = limits.host_gap // MILLISECOND
        self.distance = gap + VISIT_LENGTH // MILLISECOND if gap else 0
        self._cap = None if limits.host_per_day is None else limits.host_per_day - limits.host_per_day // SPARED
        self._times = sorted(milliseconds(at) for at in times)

    def room(self, minutes: int) -> int | None:
        """About how many visits a day may be planned within so many minutes of windows; None: any number."""
        rooms = [] if self._cap is None else [self._cap]
        if self.distance:
            rooms.append(int(FILLED * minutes * 60_000 / self.distance))
        return min(rooms, default=None)

    def count_on(self, day: date) -> int:
        """How many visits the host has on that day, from midnight to midnight in UTC: near enough to share out."""
        start = milliseconds(datetime(day.year, day.month, day.day, tzinfo=UTC))
        return bisect_left(self._times, start + _PERIOD) - bisect_left(self._times, start)

    def add(self, at: datetime) -> None:
        """Count with a visit at ``at``."""
        insort(self._times, milliseconds(at))

    def remove(self, at: datetime) -> None:
        """Count no longer with a visit at ``at``, if any was counted with."""
        number = milliseconds(at)
        index = bisect_left(self._times, number)
        if self._times[index : index + 1] == [number]:
            del self._times[index]

    def taken(self, start: int, end: int) -> Iterator[Span]:
        """The spans of instants, of those that touch [``start``, ``end``), where a visit more has no room."""
        if self.distance:
            first = bisect_right(self._times, start - self.distance)
            last = bisect_left(self._times, end + self.distance)
            yield from (around(at, self.distance) for at in self._times[first:last])
        if self._cap is not None:
            yield from self._full(start, end, self._cap)

    def _full(self, start: int, end: int, cap: int) -> Iterator[Span]:
        """Where a visit more would make some 24 hours hold more than the cap."""
        first = bisect_right(self._times, start - _PERIOD)
        last = bisect_left(self._times, end + _PERIOD)
        for index in range(first, last - cap + 1):
            earliest, latest = self._times[index], self._times[index + cap - 1]
            if latest - earliest < _PERIOD:
                yield latest - _PERIOD + 1, earliest + _PERIOD


def fair_shares(wanted: Mapping[str, int], room: int | None, rng: random.Random) -> dict[str, int]:
    """How many attempts each procedure of a host has, where there may be no room for all.

    Those who want most go short first, and among equals chance decides: nobody is left out while others have two.
    """
    shares = dict(wanted)
    for _number in range(0 if room is None else sum(wanted.values()) - max(room, 0)):
        most = max(shares.values())
        shares[rng.choice([name for name, share in shares.items() if share == most])] -= 1
    return shares
