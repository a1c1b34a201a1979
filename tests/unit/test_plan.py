# ruff: noqa: S311 - chance that can be had again is what a test wants
"""The draw of a day: even over weeks, apart by an hour, on times that exist, and not to be foreseen."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.plan import draw_day, foreseen_by_sixth
from temoin.errors import ConfigError
from temoin.hours import parse_window

HOUR = timedelta(hours=1)
# Fixed arguments, fixed times: another version of Python or of the draw must not change a block's order unnoticed.
KNOWN = (
    datetime(2026, 11, 23, 8, 5, 38, 564000, tzinfo=UTC),
    datetime(2026, 11, 23, 20, 16, 54, 689000, tzinfo=UTC),
)
USUAL = ("07:00-22:30",)
ZONES = ("Europe/Paris", "Indian/Reunion", "Pacific/Noumea", "America/Cayenne", "Pacific/Marquesas", "UTC")
WINDOWS = (USUAL, ("09:00-13:00",), ("08:00-12:00", "14:00-18:00"), ("00:00-23:59",), ("06:15-11:40", "22:00-23:50"))


def draw(day: date, rng: random.Random, **changes: object) -> tuple[datetime, ...]:
    usual: dict[str, object] = {
        "procedure": "creteil",
        "zone": "Europe/Paris",
        "windows": USUAL,
        "attempts": 2,
        "min_gap": HOUR,
        "secret": b"a secret of thirty-two bytes....",
    }
    return draw_day(**{**usual, **changes}, day=day, rng=rng)  # type: ignore[arg-type]


def days(first: date, count: int, **changes: object) -> Iterator[tuple[datetime, ...]]:
    rng, after = random.Random(7), None
    for number in range(count):
        times = draw(first + timedelta(days=number), rng, after=after, **changes)
        after = times[-1] if times else after
        yield times


def sixth(at: datetime, windows: tuple[str, ...], zone: str) -> int:
    """Which equal sixth of the windows, laid end to end, holds ``at``: counted in another way than the draw's."""
    local = at.astimezone(ZoneInfo(zone))
    seconds = local.hour * 3600 + local.minute * 60 + local.second
    parsed = [parse_window(text) for text in windows]
    before = 0.0
    for window in parsed:
        start = window.start.hour * 3600 + window.start.minute * 60
        if start <= seconds < start + window.minutes * 60:
            return int((before + seconds - start) * 6 / (60 * sum(one.minutes for one in parsed)))
        before += window.minutes * 60
    raise AssertionError(f"{local} is in no window of {windows}")


@pytest.mark.parametrize("attempts", [1, 2, 3, 4])
@pytest.mark.parametrize("windows", WINDOWS)
def test_any_28_days_give_each_sixth_of_the_windows_half_the_visits_of_the_fullest(
    windows: tuple[str, ...], attempts: int
) -> None:
    for number in range(8):
        drawn = list(days(date(2026, 11, 2), 84, procedure=f"p{number}", windows=windows, attempts=attempts))
        sixths = [[sixth(at, windows, "Europe/Paris") for at in times] for times in drawn]
        for start in range(len(sixths) - 27):
            counts = Counter(band for day in sixths[start : start + 28] for band in day)
            assert 2 * min(counts[band] for band in range(6)) >= max(counts.values()), (number, start, counts)


@given(
    procedure=st.text(min_size=1, max_size=12), attempts=st.integers(1, 4), blocks=st.tuples(*2 * [st.integers(0, 40)])
)
@settings(max_examples=150, deadline=None)
def test_any_two_fortnights_are_even_for_every_procedure(
    procedure: str, attempts: int, blocks: tuple[int, int]
) -> None:
    first = date.fromordinal(14 * (date(2026, 1, 1).toordinal() // 14))
    counts = Counter(
        sixth(at, USUAL, "Indian/Reunion")
        for block in blocks
        for times in days(
            first + timedelta(days=14 * block), 14, procedure=procedure, attempts=attempts, zone="Indian/Reunion"
        )
        for at in times
    )
    assert sum(counts.values()) == 28 * attempts
    assert 2 * min(counts[band] for band in range(6)) >= max(counts.values())


@given(
    first=st.dates(date(2024, 1, 1), date(2030, 1, 1)),
    zone=st.sampled_from(ZONES),
    windows=st.sampled_from(WINDOWS),
    attempts=st.integers(1, 4),
    procedure=st.text(max_size=8),
)
@settings(max_examples=150, deadline=None)
def test_every_day_has_its_attempts_an_hour_apart_inside_its_windows(
    first: date, zone: str, windows: tuple[str, ...], attempts: int, procedure: str
) -> None:
    drawn = list(days(first, 20, zone=zone, windows=windows, attempts=attempts, procedure=procedure))
    for number, times in enumerate(drawn):
        assert len(times) == attempts
        assert {at.astimezone(ZoneInfo(zone)).date() for at in times} == {first + timedelta(days=number)}
        assert all(0 <= sixth(at, windows, zone) < 6 for at in times)
    assert all(later - earlier >= HOUR for earlier, later in pairwise(at for times in drawn for at in times))


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
@pytest.mark.parametrize(
    ("windows", "attempts"),
    [(("00:00-05:00",), 4), (("01:30-03:30",), 1), (("02:05-02:55",), 1), (("00:30-02:30", "02:30-04:30"), 3)],
)
def test_no_attempt_is_lost_or_doubled_when_clocks_change(day: date, windows: tuple[str, ...], attempts: int) -> None:
    for seed in range(40):
        times = draw(day, random.Random(seed), windows=windows, attempts=attempts, procedure=f"p{seed}")
        assert len(set(times)) == attempts
        assert all(later - earlier >= HOUR for earlier, later in pairwise(times))
        for at in times:
            local = at.astimezone(ZoneInfo("Europe/Paris"))
            assert local.date() == day
            assert local.astimezone(UTC) == at  # it exists: there and back


def test_a_window_that_does_not_exist_that_day_is_taken_right_after() -> None:
    (at,) = draw(date(2026, 3, 29), random.Random(1), windows=("02:05-02:55",), attempts=1)
    assert datetime(2026, 3, 29, 1, 5, tzinfo=UTC) <= at < datetime(2026, 3, 29, 1, 55, tzinfo=UTC)


def test_the_first_visit_keeps_its_distance_from_the_evening_before() -> None:
    after = datetime(2026, 11, 1, 22, 59, tzinfo=UTC)
    for seed in range(60):
        times = draw(date(2026, 11, 2), random.Random(seed), windows=("00:00-23:59",), attempts=4, after=after)
        assert len(times) == 4
        assert times[0] - after >= HOUR


def test_the_same_secret_and_chance_give_the_same_day_and_another_secret_another_order() -> None:
    day = date(2026, 11, 23)
    again = [draw(day, random.Random(3)) for _ in range(2)]
    assert again[0] == again[1]

    def order(secret: bytes) -> list[int]:
        return [int(times[0].timestamp()) // 2400 % 36 for times in days(day, 28, secret=secret)]

    assert order(b"one") != order(b"two")


def test_procedures_do_not_share_their_order() -> None:
    orders = {
        tuple(sixth(times[0], USUAL, "Europe/Paris") for times in days(date(2026, 11, 2), 28, procedure=name))
        for name in "abcdefgh"
    }
    assert len(orders) == 8


def test_times_are_known_by_heart() -> None:
    assert draw(date(2026, 11, 23), random.Random(1)) == KNOWN


def test_no_attempt_asked_is_no_time_drawn() -> None:
    assert draw(date(2026, 11, 23), random.Random(1), attempts=0) == ()


@pytest.mark.parametrize(
    "windows",
    [
        (),
        ("7:00-22:30",),
        ("22:00-06:00",),
        ("09:00-09:00",),
        ("08:00-12:00", "11:00-13:00"),
        ("25:00-26:00",),
        ("nine",),
    ],
)
def test_windows_that_hold_nothing_are_refused(windows: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError, match="No visit can be planned in these windows of hours") as refused:
        draw(date(2026, 11, 23), random.Random(1), windows=windows)
    assert "07:00-22:30" in refused.value.remedy


def test_windows_too_short_for_their_attempts_are_refused() -> None:
    with pytest.raises(ConfigError, match="too short for 4 attempts 60 minutes apart"):
        draw(date(2026, 11, 23), random.Random(1), windows=("09:00-11:30",), attempts=4)


def test_short_windows_far_apart_hold_their_attempts() -> None:
    for times in days(date(2026, 11, 2), 28, windows=("07:00-07:20", "19:00-19:20"), attempts=2):
        assert len(times) == 2


def test_hours_that_were_missed_are_given_back_and_even_ones_left_as_they_are() -> None:
    first = date(2026, 9, 14)
    drawn, given_back = list(days(first, 28)), list(days(first, 28, owed=(0, 0, 0, 0, 3, 0)))
    assert [sixth(late, USUAL, "Europe/Paris") for _early, late in given_back] == [4] * 28
    assert {sixth(late, USUAL, "Europe/Paris") for _early, late in drawn} == {3, 4, 5}
    assert [sixth(early, USUAL, "Europe/Paris") for early, _late in given_back] == [
        sixth(early, USUAL, "Europe/Paris") for early, _late in drawn
    ]
    assert list(days(first, 28, owed=(0, 1, 0, 0, 0, 1))) == drawn
    assert list(days(first, 28, owed=())) == drawn


@pytest.mark.parametrize("attempts", [1, 2, 3, 4])
def test_what_a_sixth_is_due_is_what_the_days_bring_it(attempts: int) -> None:
    first, count = date(2026, 9, 13), 28  # two whole blocks
    found = [0] * 6
    for times in days(first, count, attempts=attempts):
        for at in times:
            found[sixth(at, USUAL, "Europe/Paris")] += 1
    due = foreseen_by_sixth(
        procedure="creteil",
        windows=USUAL,
        attempts=attempts,
        min_gap=HOUR,
        secret=b"a secret of thirty-two bytes....",
        days=[first + timedelta(days=number) for number in range(count)],
    )
    assert sum(due) == attempts * count
    assert all(abs(one - other) <= 1 for one, other in zip(due, found, strict=True)), (due, found)
