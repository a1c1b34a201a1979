"""Plan and ledger on a real store: drawn once, committed before, compared afterwards."""

# ruff: noqa: S311 - chance that can be had again is what a test wants

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from scheduler.ahead import upcoming
from scheduler.missed import Absence, MissedReason, missed_times
from scheduler.planning import (
    MISSED_GRACE,
    draw_missing_plans,
    due_now,
    due_times,
    record_missed,
    record_without_visit,
)
from scheduler.remarks import find_remarks
from store.store import Store
from store.values import AttemptQuery
from temoin.clock import SimulatedClock, utc_text
from temoin.records import Automation, Kind, Mode, Outcome, Visit
from temoin.settings import Politeness, Procedure, Settings, Station

EVENING = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)  # 20:00 in Paris
MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
HOUR = timedelta(hours=1)


def procedure(name: str = "creteil", **changes: Any) -> Procedure:
    usual: dict[str, Any] = {
        "id": name,
        "prefecture": "Préfecture de l'Exemple",
        "label": "Démarche d'essai",
        "url": f"http://127.0.0.1:8000/booking/create/{name}",
        "platform": "ezbooking",
        "terms_read": date(2026, 11, 20),
        "windows": ("07:00-19:30",),  # over in the evening: of the day of the draw nothing is left
    }
    return Procedure(**{**usual, **changes})


def configured(folder: Path, *procedures: Procedure, attempts: int = 2) -> Settings:
    return Settings(
        path=folder / "config.toml",
        station=Station(data_dir=folder / "evidence"),
        politeness=Politeness(attempts_per_day=attempts),
        procedures=procedures or (procedure(),),
    )


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(at=EVENING)


@pytest.fixture
def store(tmp_path: Path, clock: SimulatedClock) -> Iterator[Store]:
    with Store.open(tmp_path / "evidence", now=clock.now) as opened:
        yield opened


def draw(settings: Settings, store: Store, now: datetime) -> list[date]:
    return [plan.day for plan in draw_missing_plans(settings, store, now=now, rng=random.Random(1))]


def record(settings: Settings, store: Store, due: datetime, outcome: Outcome = Outcome.NO_SLOT) -> None:
    one = settings.procedures[0]
    visit = Visit(outcome=outcome)
    record_without_visit(settings, store, one, due=due, now=due, simulated=True, visit=visit)


def test_before_the_evening_only_today_is_drawn(tmp_path: Path, store: Store) -> None:
    assert draw(configured(tmp_path), store, EVENING - timedelta(minutes=1)) == [date(2026, 11, 22)]


def test_from_the_evening_on_tomorrow_is_drawn_too_and_once(tmp_path: Path, store: Store) -> None:
    settings = configured(tmp_path)
    assert draw(settings, store, EVENING) == [date(2026, 11, 22), MONDAY]
    again = [draw(settings, store, EVENING + timedelta(minutes=minutes)) for minutes in (0, 10, 239)]
    assert again == [[], [], []]
    assert len(store.plans("creteil", MONDAY, MONDAY)) == 1


def test_a_plan_stays_as_it_was_drawn_when_the_configuration_changes(tmp_path: Path, store: Store) -> None:
    draw(configured(tmp_path), store, EVENING)
    before = store.plans("creteil", MONDAY, MONDAY)
    assert draw(configured(tmp_path, procedure(windows=("09:00-13:00",)), attempts=4), store, EVENING) == []
    assert store.plans("creteil", MONDAY, MONDAY) == before


def test_the_record_says_what_was_drawn_when_and_why(tmp_path: Path, store: Store) -> None:
    settings = configured(tmp_path)
    draw(settings, store, EVENING)
    draw(settings, store, EVENING + timedelta(hours=36))  # nobody drew on Monday evening
    records = [store.record(entry.sequence) for entry in store.entries() if entry.kind is Kind.PLAN]
    assert [(one["day"], one["cause"]) for one in records] == [
        ("2026-11-22", "first_day"),
        ("2026-11-23", "evening"),
        ("2026-11-24", "late"),
    ]
    assert records[1].keys() == {
        "format",
        "procedure",
        "day",
        "timezone",
        "windows",
        "times",
        "replaces",
        "cause",
        "openings",
        "unplaced",
    }
    assert len(records[1]["times"]) == 2
    assert all(utc_text(EVENING) < text < "2026-11-23T23" for text in records[1]["times"])


def test_of_the_first_day_only_what_is_left_is_planned(tmp_path: Path, store: Store) -> None:
    noon = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
    settings = configured(tmp_path, *(procedure(f"p{number}") for number in range(20)))
    plans = draw_missing_plans(settings, store, now=noon, rng=random.Random(1))
    assert {plan.day for plan in plans} == {MONDAY}
    assert {len(plan.times) for plan in plans} <= {0, 1, 2}
    assert all(at > noon for plan in plans for at in plan.times)
    assert any(plan.times for plan in plans)


@pytest.mark.parametrize(
    "changes",
    [
        {"terms_read": None},
        {"mode": Mode.ASSISTED},
        {"mode": Mode.PHOTO},
        {"automation": Automation.FORBIDDEN, "mode": Mode.ASSISTED},
    ],
)
def test_nothing_is_planned_where_temoin_may_not_go_alone(
    tmp_path: Path, store: Store, changes: dict[str, Any]
) -> None:
    settings = configured(tmp_path, procedure(**changes))
    assert draw(settings, store, EVENING) == []
    assert upcoming(settings, store, now=EVENING, days=7) == ()


def test_days_are_those_of_the_procedure_own_zone(tmp_path: Path, store: Store) -> None:
    settings = configured(tmp_path, procedure(timezone="Indian/Reunion"))
    reunion_evening = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
    assert draw(settings, store, reunion_evening - timedelta(minutes=1)) == [date(2026, 11, 22)]
    assert draw(settings, store, reunion_evening) == [MONDAY]


def test_the_evening_before_is_kept_away_from(tmp_path: Path, store: Store) -> None:
    settings = configured(tmp_path, procedure(windows=("00:00-23:59",)), attempts=4)
    times: list[datetime] = []
    for number in range(12):
        for plan in draw_missing_plans(settings, store, now=EVENING + timedelta(days=number)):
            times += plan.times
    assert len(times) >= 44
    assert min(later - earlier for earlier, later in pairwise(times)) >= HOUR


def test_a_time_is_due_until_it_is_recorded(tmp_path: Path, store: Store) -> None:
    settings = configured(tmp_path)
    draw(settings, store, EVENING)
    first, second = (at for plan in store.plans("creteil", MONDAY, MONDAY) for at in plan.times)
    day_after = EVENING + timedelta(days=2)
    assert [time.at for time in due_times(settings, store, since=EVENING, until=day_after)] == [first, second]
    assert [time.at for time in due_now(settings, store, now=first)] == [first]
    assert due_now(settings, store, now=first - timedelta(seconds=1)) == ()
    record(settings, store, first)
    assert due_now(settings, store, now=first) == ()
    assert [time.at for time in due_times(settings, store, since=EVENING, until=day_after)] == [second]


def test_a_replaced_plan_is_not_fired_but_its_times_are_missed(tmp_path: Path, store: Store) -> None:
    settings = configured(tmp_path)
    draw(settings, store, EVENING)
    (plan,) = store.plans("creteil", MONDAY, MONDAY)
    later = plan.times[-1] + timedelta(minutes=3)
    replacing = {
        "format": 1,
        "procedure": "creteil",
        "day": "2026-11-23",
        "timezone": "Europe/Paris",
        "windows": ["07:00-19:30"],
        "times": [utc_text(later)],
        "replaces": plan.sequence,
        "cause": "sleep",
    }
    store.append(kind=Kind.PLAN, record=replacing, at=plan.times[0], procedure="creteil")
    due = due_times(settings, store, since=EVENING, until=EVENING + timedelta(days=2))
    assert [time.at for time in due] == [later]
    record(settings, store, later)
    assert record_missed(settings, store, now=later + HOUR, simulated=True, running_since=EVENING) == 2


def test_missed_times_are_recorded_once_with_their_reason(tmp_path: Path, store: Store) -> None:
    settings = configured(tmp_path, procedure(), procedure("bobigny"))
    draw(settings, store, EVENING)
    first, second = (at for plan in store.plans("creteil", MONDAY, MONDAY) for at in plan.times)
    record(settings, store, first)
    now = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    assert record_missed(settings, store, now=now, simulated=True, running_since=now) == 3
    assert record_missed(settings, store, now=now, simulated=True, running_since=now) == 0
    (missed,) = store.attempts(AttemptQuery(procedure="creteil", outcome=Outcome.MISSED))
    assert (missed.due, missed.at, missed.reason) == (second, now, "station_off")
    body = store.record(missed.sequence)
    assert (body["simulated"], body["parts"], body["environment"]) == (True, [], None)
    assert body["politeness"]["terms"]["read"] == "2026-11-20"


def test_a_time_that_may_still_be_served_is_not_missed(tmp_path: Path, store: Store) -> None:
    settings = configured(tmp_path)
    draw(settings, store, EVENING)
    (plan,) = store.plans("creteil", MONDAY, MONDAY)
    almost = plan.times[0] + MISSED_GRACE - timedelta(milliseconds=1)
    assert record_missed(settings, store, now=almost, simulated=True, running_since=EVENING) == 0
    at_last = plan.times[0] + MISSED_GRACE
    assert record_missed(settings, store, now=at_last, simulated=True, running_since=EVENING) == 1
    (missed,) = store.attempts(AttemptQuery(outcome=Outcome.MISSED))
    assert missed.reason == "not_started"


def test_a_station_off_for_months_says_so_when_it_is_back(tmp_path: Path, store: Store) -> None:
    settings = configured(tmp_path)
    draw(settings, store, EVENING)
    back = EVENING + timedelta(days=200)
    assert record_missed(settings, store, now=back, simulated=True, running_since=back) == 2


def test_the_plan_shows_what_is_done_missed_due_and_an_example(tmp_path: Path, store: Store) -> None:
    settings = configured(tmp_path)
    draw(settings, store, EVENING)
    draw(settings, store, EVENING + timedelta(days=1))
    first, second, third, fourth = (at for plan in store.plans("creteil", MONDAY, TUESDAY) for at in plan.times)
    record(settings, store, first)
    record(settings, store, second, Outcome.MISSED)
    shown = upcoming(settings, store, now=second + HOUR, days=4)
    assert [(time.at, time.state) for time in shown[:4]] == [
        (first, "done"),
        (second, "missed"),
        (third, "due"),
        (fourth, "due"),
    ]
    assert [time.state for time in shown[4:]] == ["projected"] * 4
    assert shown[0].to_json() == {
        "procedure": "creteil",
        "at": utc_text(first),
        "mode": "unattended",
        "state": "done",
    }


def test_the_example_foretells_nothing(tmp_path: Path, store: Store) -> None:
    settings = configured(tmp_path)
    shown = {time.at for time in upcoming(settings, store, now=EVENING, days=6)}
    assert shown == {time.at for time in upcoming(settings, store, now=EVENING, days=6)}  # an example does not dance
    drawn = {
        at
        for number in range(4)
        for plan in draw_missing_plans(settings, store, now=EVENING + timedelta(days=number))
        for at in plan.times
    }
    assert not shown & drawn


def test_gaps_are_a_pure_matter_of_plan_ledger_and_time() -> None:
    planned = [EVENING + number * HOUR for number in range(4)]
    gaps = missed_times(reversed(planned), {planned[1]}, now=planned[2] + HOUR, grace=HOUR)
    assert gaps == (planned[0], planned[2])


def test_the_plan_says_which_opening_a_time_follows_and_why_one_was_missed(tmp_path: Path, store: Store) -> None:
    settings = configured(tmp_path, procedure(openings=("mon 09:00",)))
    draw(settings, store, EVENING)
    first, second = (at for plan in store.plans("creteil", MONDAY, MONDAY) for at in plan.times)
    since, until = second - HOUR, second + HOUR
    absence = Absence(since=since, until=until, reason=MissedReason.ASLEEP)
    record(settings, store, first)
    assert record_missed(settings, store, now=until, simulated=True, running_since=EVENING, absences=[absence]) == 1
    times = upcoming(settings, store, now=until, days=1)
    remarks = find_remarks(settings, store, times)
    assert remarks[settings.procedures[0].id, first] == "after the opening of 09:00"
    away = [at.astimezone(ZoneInfo("Europe/Paris")).strftime("%Y-%m-%d %H:%M") for at in (since, until)]
    assert remarks["creteil", second] == f"computer asleep from {away[0]} to {away[1]}"
    assert find_remarks(settings, store, ()) == {}
