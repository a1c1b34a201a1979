"""Sleep, and clocks that are moved: noticed by comparing two clocks at each look (DESIGN §8). Pure but the reading.

* ``wall`` is what the machine takes the time to be; anybody may move it.
* ``up`` runs on while the machine sleeps, and nobody moves it: where the wall clock went further or less far, it was
  moved by the difference.
* Between two looks of a daemon that runs lies about what it waits for. Where far more lies between them, by ``up``, the
  machine slept, or was suspended, in between. Where no clock runs on in a sleep, one looks like a clock put forward:
  said to be that, and the times in it are missed all the same.
"""

import sys
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.missed import Absence, MissedReason

ALLOWED = timedelta(seconds=90)  # a busy machine looks late, and time servers correct by seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The clocks at one instant; ``up`` counts from anywhere."""

    wall: datetime
    up: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """What two readings tell: the absence between them, if any, and by how much the clock was moved (0: it was not)."""

    absence: Absence | None
    moved: timedelta


NOTHING = Noticed(absence=None, moved=timedelta(0))


def read_uptime() -> timedelta:
    """How long the machine has been up, sleep included, from anywhere on."""
    if sys.platform == "linux":
        up = time.clock_gettime(time.CLOCK_BOOTTIME)
    elif sys.platform == "darwin":
        up = time.clock_gettime(time.CLOCK_MONOTONIC_RAW)  # Apple's runs on in a sleep; its plain monotonic does not
    else:
        up = time.monotonic()  # Windows: since the start of the system, sleep included
    return timedelta(seconds=up)


def compare_readings(before: Reading, after: Reading, *, waited: timedelta, allowed: timedelta = ALLOWED) -> Noticed:
    """What happened between two looks that lie at most ``waited`` apart when nothing happens."""
    passed = after.up - before.up
    moved = after.wall - before.wall - passed
    if abs(moved) <= allowed:
        moved = timedelta(0)
    if passed > waited + allowed:
        absence = Absence(since=before.wall, until=after.wall, reason=MissedReason.ASLEEP)
        return Noticed(absence=absence if absence.since < absence.until else None, moved=moved)
    if moved > timedelta(0):
        absence = Absence(since=before.wall, until=after.wall, reason=MissedReason.CLOCK_MOVED)
        return Noticed(absence=absence, moved=moved)
    return Noticed(absence=None, moved=moved)
