"""The row about drawing the times of many procedures, the visits of each host apart from one another."""

import random
from datetime import date, datetime, timedelta
from itertools import product

from benchmarks.measure import Row, repeated, seconds
from benchmarks.records import PROCEDURES, procedure_name
from scheduler.hosts import HostTimes
from scheduler.opened import openings_between
from scheduler.plan import draw_day
from scheduler.politeness import Limits
from temoin.canonical import sha256

DAYS, HOSTS = 30, 120
LIMITS = Limits(
    attempts_per_day=2,
    procedure_gap=timedelta(hours=1),
    host_gap=timedelta(minutes=5),
    assisted_host_gap=timedelta(minutes=1),
    host_per_day=120,
    zone="Europe/Paris",
)


def plan_row() -> Row:
    """Drawing a month of times for a thousand procedures."""
    sample = repeated(lambda: seconds(_plan), times=5)
    return Row(what=f"plan {PROCEDURES:,} procedures × {DAYS} days", unit="s", limit=2.0, ours=sample)


def _plan() -> None:
    """As the evenings draw them: each host's procedures beside each other, one procedure in seven with openings."""
    first, chance = date(2026, 11, 23), random.Random(1)  # noqa: S311 - the same times every run
    secret = sha256(b"benchmark").encode()
    hosts = [HostTimes(LIMITS) for _number in range(HOSTS)]
    openings = list(openings_between(["mon 09:00"], first, first + timedelta(days=DAYS), "Europe/Paris"))
    last: dict[int, datetime] = {}
    for day, number in product(range(DAYS), range(PROCEDURES)):
        drawn = draw_day(
            procedure=procedure_name(number),
            day=first + timedelta(days=day),
            zone="Europe/Paris",
            windows=("07:00-22:30",),
            attempts=2,
            min_gap=LIMITS.procedure_gap,
            secret=secret,
            rng=chance,
            after=last.get(number),
            openings=openings if number % 7 == 0 else (),
            host=hosts[number % HOSTS],
        )
        for at in drawn:
            hosts[number % HOSTS].add(at)
        last[number] = drawn[-1]
