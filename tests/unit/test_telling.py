"""When an alert is told again, on which channel, and how long one that fails waits."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.alerts import Alert, AlertKind
from scheduler.telling import AGAIN, due_alerts, retry_at
from store.values import ToldRow

START = datetime(2026, 11, 23, 9, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LONG = timedelta(days=15)


def alert(kind: AlertKind, key: str = "k") -> Alert:
    return Alert(key=key, kind=kind)


def row(at: datetime, *, key: str = "k", channel: str = "desktop", failure: str | None = None) -> ToldRow:
    return ToldRow(key=key, channel=channel, at=at, failure=failure)


def due(kind: AlertKind, told: list[ToldRow], now: datetime, channel: str = "desktop") -> bool:
    last = [one for one in reversed(told) if one.channel == channel]
    return bool(due_alerts([alert(kind)], told, last, channel=channel, now=now))


def tellings(kind: AlertKind, *, every: timedelta, long: timedelta) -> list[timedelta]:
    """When it is told, looking ``every`` so often, on a channel that always works."""
    told: list[ToldRow] = []
    now = START
    while now <= START + long:
        if due(kind, told, now):
            told.append(row(now))
        now += every
    return [one.at - START for one in told]


def test_a_slot_is_told_at_once_after_a_quarter_of_an_hour_after_an_hour_then_daily() -> None:
    found = tellings(AlertKind.SLOT_SEEN, every=5 * MINUTE, long=3 * DAY)
    assert found == [timedelta(0), 15 * MINUTE, HOUR, DAY + HOUR, 2 * DAY + HOUR]


@pytest.mark.parametrize("kind", [AlertKind.FAILING, AlertKind.PAGE_CHANGED, AlertKind.SENTENCE_COVERED])
def test_what_must_be_mended_is_told_again_more_and_more_rarely(kind: AlertKind) -> None:
    assert tellings(kind, every=HOUR, long=LONG) == [timedelta(0), DAY, 4 * DAY, 11 * DAY]


@pytest.mark.parametrize("kind", [AlertKind.WEEK, AlertKind.LEVEL_GREEN, AlertKind.HOST_STOPPED, AlertKind.SLOT_MAYBE])
def test_news_is_told_once(kind: AlertKind) -> None:
    assert tellings(kind, every=HOUR, long=LONG) == [timedelta(0)]


def test_an_invitation_is_told_once_more_before_it_is_over_and_does_not_wait_for_a_channel_that_failed() -> None:
    assert tellings(AlertKind.INVITED, every=5 * MINUTE, long=59 * MINUTE) == [timedelta(0), 30 * MINUTE]
    rests = [row(START - 2 * HOUR, failure="timeout", key="other"), row(START, failure="timeout", key="other")]
    assert due(AlertKind.INVITED, rests, START + MINUTE)
    assert not due(AlertKind.FAILING, rests, START + MINUTE)


@pytest.mark.parametrize("kind", [AlertKind.DISK_LOW, AlertKind.NOT_RUNNING, AlertKind.CLOCK_OFF])
def test_a_trouble_of_the_machine_is_told_daily(kind: AlertKind) -> None:
    assert tellings(kind, every=HOUR, long=2 * DAY) == [timedelta(0), DAY, 2 * DAY]


def test_every_kind_says_whether_it_is_told_again() -> None:
    assert set(AGAIN) == set(AlertKind)


def test_how_often_it_was_told_is_known() -> None:
    (first,) = due_alerts([alert(AlertKind.SLOT_SEEN)], [], [], channel="desktop", now=START)
    told = [row(START), row(START + MINUTE, failure="timeout"), row(START, channel="url-0")]
    later = due_alerts([alert(AlertKind.SLOT_SEEN)], told, [], channel="desktop", now=START + HOUR)
    assert (first.times, [one.times for one in later]) == (0, [1])


def test_a_channel_that_was_told_says_nothing_of_another() -> None:
    told = [row(START)]
    assert not due(AlertKind.WEEK, told, START + HOUR)
    assert due(AlertKind.WEEK, told, START + HOUR, channel="url-0")


def test_a_channel_that_fails_waits_longer_and_longer() -> None:
    told: list[ToldRow] = []
    now = START
    while now <= START + DAY:
        if due(AlertKind.WEEK, told, now):
            told.append(row(now, failure="refused"))
        now += MINUTE
    found = [(one.at - START) // MINUTE for one in told]
    assert found == [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 496, 736, 976, 1216]


def test_a_channel_that_works_again_is_told_what_it_missed_once() -> None:
    told = [row(START, failure="refused")]
    assert not due(AlertKind.WEEK, told, START + 30 * timedelta(seconds=1))
    assert due(AlertKind.WEEK, told, START + MINUTE)
    told.append(row(START + MINUTE))
    assert not due(AlertKind.WEEK, told, START + DAY)


def test_a_slot_does_not_wait_for_a_channel_that_failed_for_something_else() -> None:
    last = [row(START - place * 2 * HOUR, key="other", failure="timeout") for place in range(5)]
    alerts = [alert(AlertKind.SLOT_SEEN), alert(AlertKind.WEEK, "week")]
    found = due_alerts(alerts, [], last, channel="desktop", now=START + MINUTE)
    assert [one.alert.kind for one in found] == [AlertKind.SLOT_SEEN]


def test_a_slot_is_tried_every_five_minutes_on_a_channel_that_fails() -> None:
    told = [row(START - HOUR * (4 - place), failure="timeout") for place in range(5)]
    assert not due(AlertKind.SLOT_SEEN, told, told[-1].at + 4 * MINUTE)
    assert due(AlertKind.SLOT_SEEN, told, told[-1].at + 5 * MINUTE)


def test_many_failures_within_a_minute_make_nobody_wait_for_hours() -> None:
    last = [row(START - timedelta(seconds=10 * place), failure="refused") for place in range(6)]
    assert retry_at(last) == START + MINUTE


def test_messages_that_failed_together_are_one_failure() -> None:
    last = [row(START, key=str(number), failure="timeout") for number in range(6)]
    assert retry_at(last) == START + MINUTE
    assert retry_at([row(START), *last]) is None
    assert retry_at([]) is None


def test_a_message_that_went_through_among_others_shows_that_the_channel_works() -> None:
    assert retry_at([row(START, key="a", failure="refused"), row(START, key="b")]) is None


def test_a_clock_that_was_set_back_keeps_nothing_waiting() -> None:
    future = START + 400 * DAY
    assert due(AlertKind.SLOT_SEEN, [row(future)], START)
    assert due(AlertKind.WEEK, [row(future, failure="timeout")], START)
    assert not due(AlertKind.WEEK, [row(future)], START)
