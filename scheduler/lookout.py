"""The daemon's eye on the machine: when it was away, whether its clock was moved, and how long to rest after that."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from scheduler.missed import Absence
from scheduler.presence import Presence
from scheduler.watch import ALLOWED, Noticed, Reading, compare_readings, read_uptime
from temoin.clock import Now


@dataclass(slots=True, kw_only=True)
class Lookout:
    """Looks at the clocks every ``waited``, and keeps the diary. The main thread looks, the others only ask."""

    presence: Presence
    now: Now
    waited: timedelta
    allowed: timedelta = ALLOWED
    uptime: Callable[[], timedelta] = read_uptime
    rest_until: datetime | None = None
    _last: Reading = field(init=False)

    def __post_init__(self) -> None:
        """Take the first reading."""
        self._last = self._read()

    @property
    def absences(self) -> Sequence[Absence]:
        """When nothing could be visited, as far as it is known."""
        return self.presence.absences

    def look(self, *, rest: timedelta) -> Noticed:
        """What happened since the last look; after a clock was moved nothing is visited for ``rest``.

        Nobody knows then, by the clock, how long ago the last visit was.
        """
        reading = self._read()
        noticed = self._compared(reading)
        if noticed.absence is not None:
            self.presence.note(noticed.absence)
        if noticed.moved:
            self.rest_until = reading.wall + rest
        elif self.rest_until is not None and self.rest_until <= reading.wall:
            self.rest_until = None
        self._last = reading  # last: until then the other threads find that something happened, and wait
        return noticed

    def may_visit(self, at: datetime) -> bool:
        """Whether nothing happened since the last look, which would have to be heeded first."""
        noticed = self._compared(self._read())
        steady = noticed.absence is None and not noticed.moved
        return steady and (self.rest_until is None or at >= self.rest_until)

    def mark(self) -> None:
        """Give a sign of life, once what was noticed is in the register."""
        self.presence.mark(self.now())

    def _read(self) -> Reading:
        return Reading(wall=self.now(), up=self.uptime())

    def _compared(self, reading: Reading) -> Noticed:
        return compare_readings(self._last, reading, waited=self.waited, allowed=self.allowed)
