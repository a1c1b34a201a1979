# ruff: noqa: S311 - chance that can be had again is what a test wants
"""Announced openings: a visit within the ten minutes after, no floor broken, and the other hours as even as ever."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from scheduler.hosts import HostTimes
from scheduler.opened import OPENING, is_within, openings_between
from scheduler.plan import BLOCK_DAYS, draw_day
from scheduler.politeness import Limits

HOUR = timedelta(hours=1)
PARIS = ZoneInfo("Europe/Paris")
MONDAY = date(2026, 11, 23)
LIMITS = Limits(
    attempts_per_day=2,
    procedure_gap=HOUR,
    host_gap=timedelta(minutes=5),
    assisted_host_gap=timedelta(minutes=1),
    host_per_day=120,
    zone="Europe/Paris",
)


def draw(day: date, openings: Sequence[datetime], seed: int = 1, **changes: object) -> tuple[datetime, ...]:
    usual: dict[str, object] = {
        "procedure": "creteil",
        "zone": "Europe/Paris",
        "windows": ("07:00-22:30",),
        "attempts": 2,
        "min_gap": HOUR,
        "secret": b"a secret of thirty-two bytes....",
    }
    return draw_day(**{**usual, **changes}, day=day, rng=random.Random(seed), openings=openings)  # type: ignore[arg-type]


def at(hour: int, minute: int = 0, day: date = MONDAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=PARIS).astimezone(UTC)


@pytest.mark.parametrize("attempts", [1, 2, 3, 4])
@pytest.mark.parametrize("hour", [7, 9, 12, 14, 15, 22])
def test_one_of_the_day_s_visits_falls_within_ten_minutes_after_an_opening(attempts: int, hour: int) -> None:
    opening, seconds = at(hour), set[int]()
    for seed in range(40):
        times = draw(MONDAY, [opening], seed, attempts=attempts, procedure=f"p{seed}")
        assert len(times) == attempts
        (found,) = (time for time in times if is_within(time, opening))
        assert all(later - earlier >= HOUR for earlier, later in pairwise(times))
        seconds.add((found - opening).seconds)
    assert len(seconds) > 30  # nobody can tell when inside the ten minutes


def test_without_an_opening_that_day_nothing_changes() -> None:
    assert draw(MONDAY, [at(9, day=date(2027, 3, 1))]) == draw(MONDAY, [])


@pytest.mark.parametrize("hour", [5, 13, 23])
def test_an_opening_outside_the_person_s_hours_is_left_alone(hour: int) -> None:
    times = draw(MONDAY, [at(hour)], windows=("07:00-12:00", "14:00-22:30"))
    assert times == draw(MONDAY, [], windows=("07:00-12:00", "14:00-22:30"))


def test_what_of_the_ten_minutes_lies_inside_the_hours_is_used() -> None:
    for seed in range(30):
        times = draw(MONDAY, [at(6, 55)], seed)
        assert at(7) <= times[0] < at(7, 5)
        times = draw(MONDAY, [at(22, 25)], seed)
        assert at(22, 25) <= times[-1] < at(22, 30)


def test_two_openings_of_a_day_have_a_visit_each_and_a_third_has_none_left() -> None:
    openings = [at(9), at(11), at(18)]
    for seed in range(20):
        times = draw(MONDAY, openings, seed)
        assert [any(is_within(time, opening) for time in times) for opening in openings] == [True, True, False]
        assert len(times) == 2


def test_of_two_openings_within_an_hour_one_is_served() -> None:
    times = draw(MONDAY, [at(9), at(9, 30)])
    assert len(times) == 2
    assert is_within(times[0], at(9))
    assert times[1] - times[0] >= HOUR


def test_the_evening_before_keeps_its_distance_from_an_opening() -> None:
    after = datetime(2026, 11, 22, 22, 45, tzinfo=UTC)  # 23:45 in Paris
    times = draw(MONDAY, [at(0, 30)], windows=("00:00-23:59",), after=after)
    assert len(times) == 2
    assert times[0] - after >= HOUR


def test_a_visit_after_an_opening_keeps_the_distance_of_the_host() -> None:
    host = HostTimes(LIMITS, [at(9, 1), at(9, 9)])
    for seed in range(20):
        assert not any(is_within(time, at(9)) for time in draw(MONDAY, [at(9)], seed, host=host))
    host = HostTimes(LIMITS, [at(9, 1)])
    for seed in range(20):
        (found,) = (time for time in draw(MONDAY, [at(9)], seed, host=host) if is_within(time, at(9)))
        assert found >= at(9, 8)


@pytest.mark.parametrize("attempts", [1, 2, 3, 4])
def test_openings_of_every_week_leave_the_six_bands_of_every_fortnight_even(attempts: int) -> None:
    first = date.fromordinal(BLOCK_DAYS * (MONDAY.toordinal() // BLOCK_DAYS))
    openings = list(openings_between(["mon 09:00"], first, first + timedelta(days=84), "Europe/Paris"))
    for number in range(20):
        blocks = []
        after = None
        for start in range(0, 84, BLOCK_DAYS):
            bands = Counter[int]()
            for day in (first + timedelta(days=start + one) for one in range(BLOCK_DAYS)):
                times = draw(day, openings, start, attempts=attempts, procedure=f"p{number}", after=after)
                after = times[-1]
                assert len(times) == attempts
                local = [time.astimezone(PARIS) for time in times]
                bands.update(int((one.hour * 60 + one.minute - 420) * 6 / 930) for one in local)
                assert (day.weekday() == 0) <= any(is_within(time, at(9, day=day)) for time in times)
            blocks.append(bands)
        for earlier, later in pairwise(blocks):
            counts = earlier + later
            assert 2 * min(counts[band] for band in range(6)) >= max(counts.values()), (number, counts)


def test_openings_are_named_by_weekday_and_day_of_the_month_in_the_procedure_s_zone() -> None:
    found = openings_between(
        ["mon 09:00", "day 1 10:30", "day 31 08:00"], date(2026, 11, 23), date(2026, 12, 2), "Indian/Reunion"
    )
    assert sorted(found) == [
        datetime(2026, 11, 23, 5, 0, tzinfo=UTC),
        datetime(2026, 11, 30, 4, 0, tzinfo=UTC),  # the 31st of a month of 30 days
        datetime(2026, 11, 30, 5, 0, tzinfo=UTC),
        datetime(2026, 12, 1, 6, 30, tzinfo=UTC),
    ]


def test_an_opening_that_clocks_jump_over_is_when_they_jump() -> None:
    (found,) = openings_between(["sun 02:30"], date(2026, 3, 29), date(2026, 3, 29), "Europe/Paris")
    assert found == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert timedelta(minutes=10) == OPENING
