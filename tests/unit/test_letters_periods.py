"""Dates cut into periods, and a few captures that stand for many."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exhibits.facts import AttemptFacts
from exhibits.letters.facts import procedure_facts
from exhibits.letters.periods import MOST_WEEKS, Try, cut_periods, well_spread
from temoin.records import Mode, Outcome

PARIS = ZoneInfo("Europe/Paris")
REUNION = "Indian/Reunion"
MONDAY = date(2026, 9, 14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    sequence: int
    local: datetime


DAYS = st.dates(date(2025, 11, 1), date(2026, 12, 31))
MOMENTS = st.datetimes(datetime(2025, 12, 1), datetime(2026, 3, 31))  # noqa: DTZ001 - a zone is added below
SHOTS = st.lists(MOMENTS, max_size=60).map(
    lambda moments: [Shot(sequence=place, local=one.replace(tzinfo=PARIS)) for place, one in enumerate(moments)]
)


def test_a_week_of_attempts_is_told_with_its_exhibits() -> None:
    tries = [Try(day=MONDAY + timedelta(days=place % 7), number=3 + place) for place in range(13)]
    (period,) = cut_periods(tries)
    assert period.text.replace("\u00a0", " ") == "du 14 au 20 septembre 2026 : 13 tentatives (pièces n° 3 à 15)"


def test_a_period_of_one_attempt_is_told_by_its_day() -> None:
    (period,) = cut_periods([Try(day=MONDAY)])
    assert period.text.replace("\u00a0", " ") == "le 14 septembre 2026 : 1 tentative"


def test_the_last_days_of_a_year_share_the_iso_week_of_the_next() -> None:
    periods = cut_periods([Try(day=date(2025, 12, 29)), Try(day=date(2026, 1, 4)), Try(day=date(2026, 1, 5))])
    assert [(one.first, one.last) for one in periods] == [
        (date(2025, 12, 29), date(2026, 1, 4)),
        (date(2026, 1, 5), date(2026, 1, 5)),
    ]


def test_many_weeks_are_told_by_month() -> None:
    tries = [Try(day=MONDAY + timedelta(days=7 * place)) for place in range(MOST_WEEKS + 1)]
    assert [one.first.month for one in cut_periods(tries)] == [9, 10, 11]
    assert len(cut_periods(tries[:-1])) == MOST_WEEKS


@given(st.lists(DAYS, max_size=80))
def test_periods_hold_every_attempt_once_in_the_order_of_time(days: list[date]) -> None:
    periods = cut_periods(Try(day=day, number=place) for place, day in enumerate(days))
    assert sum(one.count for one in periods) == len(days)
    assert sorted(number for one in periods for number in one.numbers) == list(range(len(days)))
    assert all(one.first <= one.last for one in periods)
    assert all(before.last < after.first for before, after in pairwise(periods))


@given(SHOTS, st.integers(0, 8), st.randoms(use_true_random=False))
def test_the_choice_does_not_depend_on_the_order_and_is_never_too_many(
    shots: list[Shot], most: int, random: Random
) -> None:
    chosen = well_spread(shots, most)
    shuffled = list(shots)
    random.shuffle(shuffled)
    assert well_spread(shuffled, most) == chosen
    assert len(chosen) == min(most, len(shots))
    assert set(chosen) <= set(shots)
    assert [one.local for one in chosen] == sorted(one.local for one in chosen)


@given(SHOTS, st.integers(1, 8))
def test_each_chosen_capture_has_a_week_of_its_own_where_there_are_enough_weeks(shots: list[Shot], most: int) -> None:
    weeks = {one.local.isocalendar()[:2] for one in shots}
    chosen = {one.local.isocalendar()[:2] for one in well_spread(shots, most)}
    assert len(chosen) == min(most, len(weeks))


def test_five_of_three_months_fall_on_five_weekdays_and_at_far_hours() -> None:
    start = datetime(2026, 9, 14, 7, 0, tzinfo=PARIS)
    shots = [Shot(sequence=place, local=start + timedelta(days=place, hours=(place * 5) % 15)) for place in range(90)]
    chosen = well_spread(shots, 5)
    assert len({one.local.weekday() for one in chosen}) == 5
    hours = [one.local.hour for one in chosen]
    assert max(hours) - min(hours) >= 6
    assert (chosen[-1].local - chosen[0].local).days > 60


def attempt(sequence: int, at: str, mode: Mode = Mode.UNATTENDED, procedure: str = "a") -> AttemptFacts:
    return AttemptFacts(
        sequence=sequence,
        attempt="20260914-071233-7f3a",
        at=datetime.fromisoformat(at),
        due=None,
        zone=REUNION,
        procedure=procedure,
        prefecture="Préfecture de l’Exemple",
        label="Démarche d’essai",
        url="https://www.exemple.invalid/",
        outcome=Outcome.NO_SLOT,
        reason="",
        mode=mode,
        declared=False,
        simulated=False,
        parts=(),
        record={},
    )


def test_a_procedure_is_told_in_the_days_and_hours_of_its_own_zone() -> None:
    attempts = (
        attempt(9, "2026-09-20T21:30:00+00:00", Mode.PHOTO),  # already Monday 01:30 in La Réunion
        attempt(4, "2026-09-14T05:00:59+00:00"),
        attempt(7, "2026-09-15T05:00:00+00:00", Mode.ASSISTED),
    )
    facts = procedure_facts(attempts, {4: 3, 7: 4, 9: 5})
    assert (facts.count, facts.first, facts.last) == (3, date(2026, 9, 14), date(2026, 9, 21))
    assert (facts.days, facts.weeks, facts.weekdays, facts.by_hand) == (3, 2, (0, 1), 2)
    assert (facts.earliest.isoformat(), facts.latest.isoformat()) == ("01:30:00", "09:00:00")
    assert facts.numbers == (3, 4, 5)


def test_attempts_of_two_procedures_are_not_told_as_one() -> None:
    with pytest.raises(ValueError, match="of one procedure"):
        procedure_facts(
            [attempt(1, "2026-09-14T05:00:00+00:00"), attempt(2, "2026-09-14T06:00:00+00:00", procedure="b")], {}
        )
