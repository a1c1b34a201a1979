# ruff: noqa: S311 - chance that can be had again is what a test wants
"""Many procedures of one host: planned apart, never over the cap, and what has no room is left out."""

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from scheduler.hosts import VISIT_LENGTH, HostTimes, fair_shares
from scheduler.laid import around, milliseconds
from scheduler.plan import draw_day
from scheduler.politeness import MAX_VISITS_HOST_PER_DAY, Limits

LIMITS = Limits(
    attempts_per_day=2,
    procedure_gap=timedelta(hours=1),
    host_gap=timedelta(minutes=5),
    assisted_host_gap=timedelta(minutes=1),
    host_per_day=120,
    zone="Europe/Paris",
)
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def month(procedures: int, days: int = 28, attempts: int = 2) -> dict[str, list[datetime]]:
    """``days`` of so many procedures on one host."""
    host, rng = HostTimes(LIMITS), random.Random(5)
    drawn: dict[str, list[datetime]] = {f"p{number}": [] for number in range(procedures)}
    for day in range(days):
        for name in rng.sample(sorted(drawn), procedures):
            times = draw_day(
                procedure=name,
                day=date(2026, 11, 2) + timedelta(days=day),
                zone="Europe/Paris",
                windows=("07:00-22:30",),
                attempts=attempts,
                min_gap=LIMITS.procedure_gap,
                secret=b"s" * 32,
                rng=rng,
                after=drawn[name][-1] if drawn[name] else None,
                host=host,
            )
            for at in times:
                host.add(at)
            drawn[name] += times
    return drawn


def check_host(drawn: dict[str, list[datetime]], cap: int) -> None:
    together = sorted(at for times in drawn.values() for at in times)
    assert all(later - earlier >= LIMITS.host_gap + VISIT_LENGTH for earlier, later in pairwise(together))
    assert all(last - first >= DAY for first, last in zip(together, together[cap:], strict=False))
    for times in drawn.values():
        assert all(later - earlier >= LIMITS.procedure_gap for earlier, later in pairwise(times))


def test_a_host_of_thirty_procedures_has_room_for_all_of_them_as_evenly_as_alone() -> None:
    drawn = month(30)
    check_host(drawn, 108)
    assert {len(times) for times in drawn.values()} == {56}
    for times in drawn.values():
        minutes = [(at + timedelta(hours=1)).hour * 60 + at.minute - 420 for at in times]  # winter: UTC+1
        counts = Counter(minute * 6 // 930 for minute in minutes)
        assert 2 * min(counts[band] for band in range(6)) >= max(counts.values()), counts


def test_a_host_of_too_many_procedures_is_visited_up_to_its_cap_and_no_more() -> None:
    drawn = month(80, days=5)
    check_host(drawn, 108)
    assert 5 * 80 < sum(len(times) for times in drawn.values()) < 5 * 108


def test_where_there_is_no_room_for_all_nobody_is_left_out_while_others_have_two() -> None:
    wanted = dict.fromkeys(map(str, range(80)), 2) | {"four": 4}
    shares = [fair_shares(wanted, 99, random.Random(seed)) for seed in range(20)]
    assert {sum(one.values()) for one in shares} == {99}
    assert {frozenset(one.values()) for one in shares} == {frozenset({1, 2})}
    assert len({name for one in shares for name, share in one.items() if share == 2}) > 60  # not always the same
    assert fair_shares(wanted, 164, random.Random(1)) == wanted
    assert fair_shares(wanted, None, random.Random(1)) == wanted
    assert set(fair_shares(wanted, 0, random.Random(1)).values()) == {0}


def test_the_room_of_a_day_is_that_of_its_cap_and_of_its_windows() -> None:
    assert HostTimes(LIMITS).room(930) == 93
    assert HostTimes(LIMITS).room(1439) == 108
    assert HostTimes(LIMITS).room(60) == 6
    assert HostTimes(replace(LIMITS, host_gap=timedelta(0), host_per_day=None)).room(60) is None


def test_a_tenth_of_the_cap_is_left_to_visits_that_nobody_plans() -> None:
    times = [NOON + timedelta(minutes=13 * number) for number in range(107)]
    quiet = milliseconds(NOON - timedelta(minutes=30))
    assert list(HostTimes(LIMITS, times).taken(quiet, quiet + 1)) == []
    full = HostTimes(LIMITS, [*times, NOON + timedelta(minutes=13 * 107)])
    spans = list(full.taken(quiet, quiet + 1))
    last = milliseconds(NOON + timedelta(minutes=13 * 107))
    assert spans == [(last - DAY // timedelta(milliseconds=1) + 1, milliseconds(NOON + DAY))]
    assert MAX_VISITS_HOST_PER_DAY == 120


def test_a_time_taken_back_leaves_its_room() -> None:
    host = HostTimes(LIMITS, [NOON])
    span = around(milliseconds(NOON), 7 * 60_000)
    assert list(host.taken(*span)) == [span]
    host.remove(NOON + timedelta(milliseconds=1))  # none was counted with
    host.remove(NOON)
    assert list(host.taken(*span)) == []


def test_a_replica_without_spacing_and_cap_has_room_for_everything() -> None:
    free = replace(LIMITS, host_gap=timedelta(0), host_per_day=None)
    host = HostTimes(free, [NOON] * 500)
    assert list(host.taken(milliseconds(NOON - DAY), milliseconds(NOON + DAY))) == []
