"""The calendar of days and the table of hours: which cell stands where, with which tone and sign (pure)."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.values import DayCount
from temoin.records import Outcome
from web.calendar_svg import LEFT, STEP, TOP, WEEKDAYS, Drawing, build_calendar, build_hours, first_monday, tone_of

MONDAY = date(2026, 9, 14)
TODAY = date(2026, 9, 30)  # a Wednesday


def count(
    day: date, outcome: Outcome = Outcome.NO_SLOT, *, hour: int = 9, tries: int = 1, doubtful: bool = False
) -> DayCount:
    return DayCount(day, hour, outcome, doubtful, tries)


def squares(drawing: Drawing) -> int:
    return sum(group.path.count("M") for group in drawing.groups)


@pytest.mark.parametrize(
    ("found", "tone"),
    [
        (count(MONDAY), "proof"),
        (count(MONDAY, Outcome.NO_CALENDAR), "proof"),
        (count(MONDAY, doubtful=True), "other"),
        (count(MONDAY, Outcome.SLOT_SEEN), "slot"),
        (count(MONDAY, Outcome.UNREACHABLE), "failure"),
        (count(MONDAY, Outcome.BLOCKED), "refusal"),
        (count(MONDAY, Outcome.MISSED), "refusal"),
        (count(MONDAY, Outcome.UNRECOGNISED), "other"),
    ],
)
def test_the_three_groups_are_never_mixed(found: DayCount, tone: str) -> None:
    assert tone_of(found) == tone


def test_weeks_begin_with_the_first_attempt_and_end_today() -> None:
    calendar = build_calendar([count(MONDAY + timedelta(days=1), tries=2)], today=TODAY, weeks=27)
    assert [monday for monday, _days in calendar.weeks] == [MONDAY + timedelta(days=7 * week) for week in range(3)]
    assert [len(days) for _monday, days in calendar.weeks] == [7, 7, 3]
    tuesday = calendar.weeks[0][1][1]
    assert (tuesday.tone, tuesday.sign, tuesday.counts["proof"]) == ("proof", "2", 2)
    assert calendar.totals["proof"] == 2
    assert squares(calendar.drawing) == 17
    (proofs,) = [group for group in calendar.drawing.groups if group.tone == "proof"]
    assert proofs.path == f"M{LEFT} {TOP + STEP}h22v22h-22z"


def test_older_weeks_are_left_out_and_no_attempt_is_this_week_alone() -> None:
    old = count(TODAY - timedelta(weeks=30))
    assert len(build_calendar([old, count(MONDAY)], today=TODAY, weeks=27).weeks) == 3
    (only,) = build_calendar([], today=TODAY, weeks=27).weeks
    assert only[0] == date(2026, 9, 28)
    assert first_monday(TODAY, 1) == only[0]


def test_a_slot_shows_whatever_else_the_day_had_and_many_are_a_plus() -> None:
    counts = [
        count(MONDAY, tries=12),
        count(MONDAY + timedelta(days=1)),
        count(MONDAY + timedelta(days=1), Outcome.SLOT_SEEN),
    ]
    (_monday, days), *_rest = build_calendar(counts, today=TODAY, weeks=5).weeks
    assert [(day.tone, day.sign) for day in days[:3]] == [("proof", "+"), ("slot", "★"), ("none", "")]


def test_hours_are_counted_by_weekday_and_only_those_in_use_are_shown() -> None:
    counts = [
        count(MONDAY, hour=8, tries=2),
        count(MONDAY + timedelta(days=7), hour=8),
        count(MONDAY, hour=10, doubtful=True),
    ]
    hours = build_hours([*counts, count(MONDAY + timedelta(days=6), hour=21)])
    assert (hours.first, hours.last, hours.total) == (8, 21, 4)
    assert hours.rows[0][0] == 3
    assert hours.rows[6][-1] == 1
    assert squares(hours.drawing) == WEEKDAYS * 14
    assert {group.tone for group in hours.drawing.groups} == {"none", "shade1", "shade2"}
    assert build_hours([]).total == 0


DAYS = st.dates(date(2024, 12, 20), TODAY)
COUNTS = st.lists(
    st.builds(DayCount, DAYS, st.integers(0, 23), st.sampled_from(Outcome), st.booleans(), st.integers(1, 12)),
    max_size=30,
)


@given(COUNTS, st.integers(1, 157))
def test_every_attempt_of_the_weeks_shown_is_in_the_table(counts: Sequence[DayCount], weeks: int) -> None:
    calendar = build_calendar(counts, today=TODAY, weeks=weeks)
    start = first_monday(TODAY, weeks)
    shown = sum(sum(day.counts.values()) for _monday, days in calendar.weeks for day in days)
    assert shown == sum(one.tries for one in counts if one.day >= start)
    assert all(monday.weekday() == 0 and days[0].day == monday for monday, days in calendar.weeks)
    assert len(calendar.weeks) <= weeks
    assert squares(calendar.drawing) == sum(len(days) for _monday, days in calendar.weeks)
