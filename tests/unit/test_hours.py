"""Windows and openings are read as the configuration writes them, and nothing else is."""

from datetime import time

import pytest

from temoin.floors import is_loopback
from temoin.hours import Opening, Window, are_ascending, parse_opening, parse_window


def test_a_window_has_a_start_an_end_and_a_length() -> None:
    window = parse_window("07:00-22:30")
    assert window == Window(start=time(7), end=time(22, 30))
    assert window.minutes == 930


@pytest.mark.parametrize(
    "text", ["", "07:00", "07:00-07:00", "22:00-06:00", "7:00-8:00", "07:00 - 08:00", "07:60-09:00"]
)
def test_what_is_no_window_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"window|starts|minute"):
        parse_window(text)


def test_windows_may_touch_but_not_overlap() -> None:
    morning, noon, day = (parse_window(text) for text in ("08:00-12:00", "12:00-14:00", "08:00-18:00"))
    assert are_ascending([morning, noon])
    assert not are_ascending([noon, morning])
    assert not are_ascending([day, noon])


def test_an_opening_is_a_weekday_or_a_day_of_the_month() -> None:
    assert parse_opening("sun 09:00") == Opening(weekday=6, day=None, at=time(9))
    assert parse_opening("day 31 00:05") == Opening(weekday=None, day=31, at=time(0, 5))


@pytest.mark.parametrize("text", ["", "09:00", "day 0 09:00", "day 32 09:00", "monday 09:00", "mon 9:00", "mon 24:00"])
def test_what_is_no_opening_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"opening|hour"):
        parse_opening(text)


LOOPBACK = {
    "http://127.0.0.1:8000/": True,
    "http://127.200.1.1/": True,
    "http://[::1]/": True,
    "http://LOCALHOST/": True,
    "http://prefecture.localhost/": True,
    "http://localhost.example.invalid/": False,
    "http://127.0.0.1@example.invalid/": False,
    "http://example.invalid/127.0.0.1": False,
    "http://2130706433/": False,
    "http://[broken": False,
    "": False,
}


@pytest.mark.parametrize(("url", "expected"), LOOPBACK.items())
def test_the_floors_hold_wherever_loopback_is_not_plain(url: str, expected: bool) -> None:  # noqa: FBT001
    assert is_loopback(url) is expected
