"""Which alerts are raised, and when each ends: from facts alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scheduler.alerts import (
    Alert,
    AlertKind,
    Facts,
    GreenFacts,
    InvitationFacts,
    ProcedureFacts,
    Seen,
    SlotFacts,
    StopFacts,
    WeekFacts,
    find_alerts,
)
from temoin.records import Mode, Outcome

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
URL = "http://127.0.0.1:9/booking"


def seen(*outcomes: Outcome | tuple[Outcome, str]) -> tuple[Seen, ...]:
    """Attempts, newest first, an hour apart; their sequences end at 100."""
    pairs = [one if isinstance(one, tuple) else (one, None) for one in outcomes]
    return tuple(
        Seen(sequence=100 - place, at=NOW - (place + 1) * HOUR, mode=Mode.UNATTENDED, outcome=outcome, reason=reason)
        for place, (outcome, reason) in enumerate(pairs)
    )


def procedure(*outcomes: Outcome | tuple[Outcome, str], **changes: Any) -> ProcedureFacts:
    return ProcedureFacts(id="creteil", url=URL, simulated=True, recent=seen(*outcomes), **changes)


def raised(*procedures: ProcedureFacts, **facts: Any) -> list[Alert]:
    return list(find_alerts(Facts(now=NOW, procedures=procedures, **facts)))


def kinds(*outcomes: Outcome | tuple[Outcome, str], **changes: Any) -> list[AlertKind]:
    return [alert.kind for alert in raised(procedure(*outcomes, **changes))]


def slot(**changes: Any) -> SlotFacts:
    given = {"sequence": 7, "at": NOW - DAY, "procedure": "creteil", "url": URL, "simulated": True, "waiting": ("A1",)}
    return SlotFacts(**{**given, **changes})


NO, OVER, UNKNOWN = Outcome.NO_SLOT, Outcome.OVERLOADED, Outcome.UNRECOGNISED
MISSED, REFUSED = Outcome.MISSED, Outcome.REFUSED


def test_nothing_is_told_while_all_goes_well() -> None:
    assert raised(procedure(NO, Outcome.NO_CALENDAR, NO), free_bytes=10**12) == []
    assert raised(procedure()) == []


def test_a_slot_is_told_until_every_case_that_follows_it_has_answered() -> None:
    (alert,) = raised(slots=(slot(waiting=("A1", "B2")),))
    assert (alert.key, alert.kind) == ("slot:7", AlertKind.SLOT_SEEN)
    assert raised(slots=(slot(waiting=("B2",)),))[0].key == "slot:7"
    assert raised(slots=(slot(waiting=()),)) == []


def test_a_slot_that_nobody_can_answer_for_is_told_for_a_day() -> None:
    assert [alert.key for alert in raised(slots=(slot(at=NOW - HOUR, waiting=(), followed=False),))] == ["slot:7"]
    assert raised(slots=(slot(at=NOW - DAY, waiting=(), followed=False),)) == []


def test_a_site_that_led_past_the_question_is_told_on_the_day() -> None:
    assert kinds((UNKNOWN, "stopped_at_boundary")) == [AlertKind.SLOT_MAYBE]
    assert kinds(NO, (UNKNOWN, "stopped_at_boundary")) == []
    old = (Seen(sequence=9, at=NOW - DAY, mode=Mode.UNATTENDED, outcome=UNKNOWN, reason="stopped_at_boundary"),)
    assert raised(ProcedureFacts(id="creteil", url=URL, simulated=True, recent=old)) == []


def test_three_failures_in_a_row_are_told_and_two_are_not() -> None:
    (alert,) = raised(procedure(OVER, Outcome.UNREACHABLE, OVER, NO, OVER, good=97))
    assert (alert.key, alert.count, alert.since) == ("failing:creteil:97", 3, NOW - 3 * HOUR)
    assert kinds(OVER, OVER, NO, OVER) == []


@pytest.mark.parametrize("good", [NO, Outcome.NO_CALENDAR, Outcome.SLOT_SEEN])
def test_an_attempt_that_goes_well_mends_a_row_of_failures(good: Outcome) -> None:
    assert kinds(good, OVER, OVER, OVER, OVER) == []


def test_the_next_row_of_failures_is_another_one() -> None:
    first = raised(procedure(OVER, OVER, OVER, good=41))[0].key
    again = raised(procedure(OVER, OVER, OVER, good=60))[0].key
    assert first != again


@pytest.mark.parametrize(
    "between",
    [
        (MISSED, "station_off"),
        (REFUSED, "host_stopped"),
        (REFUSED, "daily_cap"),
        (UNKNOWN, "interrupted"),
        (UNKNOWN, "nobody_there"),
    ],
)
def test_what_is_no_try_neither_ends_a_row_nor_adds_to_it(between: tuple[Outcome, str]) -> None:
    assert kinds(OVER, between, OVER) == []
    assert kinds(OVER, between, OVER, OVER) == [AlertKind.FAILING]


def test_refusals_of_conditions_and_of_robots_are_failures() -> None:
    assert kinds((REFUSED, "terms_changed"), (REFUSED, "robots_rules"), OVER) == [AlertKind.FAILING]


def test_a_page_not_recognised_twice_in_a_row_has_changed() -> None:
    (alert,) = raised(procedure(UNKNOWN, UNKNOWN, NO, good=98))
    assert (alert.key, alert.count) == ("page_changed:creteil:98", 2)
    assert kinds(UNKNOWN, NO, UNKNOWN) == []
    assert kinds(UNKNOWN, UNKNOWN, UNKNOWN) == [AlertKind.PAGE_CHANGED]  # told once, not as failures too


@pytest.mark.parametrize("reason", ["visit_killed", "visit_crashed"])
def test_our_own_trouble_is_no_change_of_the_page(reason: str) -> None:
    assert kinds((UNKNOWN, reason), (UNKNOWN, reason)) == []
    assert kinds((UNKNOWN, reason), (UNKNOWN, reason), OVER) == [AlertKind.FAILING]


def test_a_picture_without_its_sentence_is_told_at_once() -> None:
    (alert,) = raised(procedure((UNKNOWN, "sentence_covered"), NO, good=99))
    assert (alert.key, alert.kind, alert.count) == ("sentence_covered:creteil:99", AlertKind.SENTENCE_COVERED, 1)
    assert kinds(NO, (UNKNOWN, "sentence_covered")) == []


def test_a_host_that_stopped_us_is_told_once_for_each_stop() -> None:
    first = StopFacts(host="rdv.exemple.invalid", procedure=None, until=NOW + DAY)
    keys = {alert.key for alert in raised(stops=(first,)) + raised(stops=(first,))}
    assert keys == {"stop:rdv.exemple.invalid::20261124T090000"}
    later = StopFacts(host="rdv.exemple.invalid", procedure=None, until=NOW + 2 * DAY)
    assert raised(stops=(later,))[0].key not in keys


def test_planned_times_that_nobody_records_are_told_after_three_hours() -> None:
    (alert,) = raised(procedure(NO, overdue=(NOW - 5 * HOUR, NOW - 2 * HOUR)))
    assert (alert.key, alert.kind, alert.count) == ("not_running:creteil:20261123T040000", AlertKind.NOT_RUNNING, 1)
    assert kinds(NO, overdue=(NOW - 3 * HOUR,)) == []


def test_an_assisted_try_is_told_while_it_is_open_and_each_one_by_itself() -> None:
    first = InvitationFacts(procedure="creteil", url=URL, simulated=True, due=NOW, closes=NOW + HOUR)
    again = InvitationFacts(procedure="creteil", url=URL, simulated=True, due=NOW + HOUR, closes=NOW + 2 * HOUR)
    keys = [alert.key for alert in raised(invitations=(first, again))]
    assert keys == ["invited:creteil:20261123T090000", "invited:creteil:20261123T100000"]
    assert raised(invitations=()) == []


LEFT = (MISSED, "invitation_not_followed")


def test_invitations_that_nobody_followed_are_told_and_are_no_fault_of_the_computers() -> None:
    assert kinds(LEFT, LEFT, NO) == [AlertKind.LEFT]
    assert kinds(LEFT, NO, LEFT) == []
    assert kinds(LEFT, (MISSED, "station_off"), LEFT, (MISSED, "station_off")) == [
        AlertKind.NOT_FOLLOWED,
        AlertKind.LEFT,
    ]


@pytest.mark.parametrize("word", ["invitation_declined", "invitation_snoozed", "followed_otherwise"])
def test_nobody_is_reminded_of_what_they_said_themselves(word: str) -> None:
    assert kinds(*[(MISSED, word)] * 4, NO) == []
    assert kinds(LEFT, (MISSED, word), LEFT, NO) == [AlertKind.LEFT]


def test_two_planned_times_missed_in_a_row_are_told_and_a_visit_mends_it() -> None:
    off = (MISSED, "station_off")
    (alert,) = raised(procedure(off, off, NO))
    assert (alert.key, alert.count, alert.since) == ("not_followed:creteil:98", 2, NOW - 2 * HOUR)
    assert kinds(off, NO) == []
    assert kinds(NO, off, off) == []


def test_a_disk_that_is_nearly_full_is_told() -> None:
    assert [(alert.key, alert.amount) for alert in raised(free_bytes=999_999_999)] == [("disk", 999_999_999)]
    assert raised(free_bytes=1_000_000_000) == []


def test_what_is_not_measured_raises_nothing() -> None:
    assert raised(clock_offset=None, authorities_silent_since=None, free_bytes=None) == []


def test_a_clock_that_is_off_and_authorities_that_are_silent_have_their_place() -> None:
    found = raised(clock_offset=timedelta(seconds=-45), authorities_silent_since=NOW - 2 * DAY)
    assert [(alert.kind, alert.amount) for alert in found] == [
        (AlertKind.CLOCK_OFF, 45),
        (AlertKind.AUTHORITIES_FAILING, 0),
    ]
    assert raised(clock_offset=timedelta(seconds=2), authorities_silent_since=NOW - HOUR) == []


def test_weeks_and_levels_are_told_by_case_and_kept_without_its_code() -> None:
    found = raised(
        weeks=(WeekFacts(week="2026-W47", case="A1", mark="5a5a", attempts=14, proofs=12),),
        greens=(GreenFacts(case="A1", mark="5a5a", procedure="creteil"),),
    )
    assert [alert.key for alert in found] == ["green:5a5a:creteil", "week:2026-W47:5a5a"]


def test_the_most_pressing_comes_first() -> None:
    found = raised(procedure(OVER, OVER, OVER), free_bytes=1, slots=(slot(),))
    assert [alert.kind for alert in found] == [AlertKind.SLOT_SEEN, AlertKind.FAILING, AlertKind.DISK_LOW]
