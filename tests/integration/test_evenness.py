"""Visits counted by sixth of the windows, out of the register: what the next draws make up for."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from scheduler.drawing import draw_missing_plans
from scheduler.evenness import visits_by_sixth
from scheduler.planning import draft_without_visit
from store.store import Store
from temoin.clock import utc_text
from temoin.records import Kind, Outcome, Visit
from tests.year import PACE, settings_of

NOW = datetime(2026, 9, 25, 19, tzinfo=UTC)  # 21:00 in Paris; blocks begin on 30 August, 13 and 27 September
HOURS = (8, 10, 13, 15, 18, 21)  # local, one in each sixth of 07:00-22:30


def keep(store: Store, folder: Path, outcomes: dict[datetime, Outcome]) -> None:
    settings = settings_of(folder, 1, 1)
    for due, outcome in outcomes.items():
        day = due.astimezone().date().isoformat()
        plan = {"format": 1, "procedure": "p0", "day": day, "timezone": "Europe/Paris", "windows": ["07:00-22:30"],
                "times": [utc_text(due)], "replaces": None, "cause": "evening"}  # fmt: skip
        store.append(kind=Kind.PLAN, record=plan, at=due - timedelta(hours=12), procedure="p0")
        draft = draft_without_visit(
            settings, settings.procedures[0], due=due, now=due, simulated=True, visit=Visit(outcome=outcome), pace=PACE
        )
        store.append_all([draft])


def test_only_the_fortnights_that_a_judge_may_count_are_counted_and_only_where_times_were_missed(
    tmp_path: Path,
) -> None:
    settings = settings_of(tmp_path, 1, 1)
    one_a_day = {
        datetime(2026, 9, 1 + number, HOURS[number % 6] - 2, tzinfo=UTC): Outcome.NO_SLOT
        for number in range(24)
        if number % 6 != 4
    }
    with Store.open(settings.station.data_dir, now=lambda: NOW) as store:
        keep(store, tmp_path, one_a_day)
        assert visits_by_sixth(settings, store, settings.procedures, {"p0": ()}, now=NOW) == {}
        keep(store, tmp_path, {datetime(2026, 9, day, 16, tzinfo=UTC): Outcome.MISSED for day in (17, 23)})
        assert visits_by_sixth(settings, store, settings.procedures, {"p0": ()}, now=NOW) == {"p0": (4, 4, 4, 4, 0, 4)}
        next_day = NOW + timedelta(days=1)  # the day drawn then begins a block: the fortnight before is whole
        later = visits_by_sixth(settings, store, settings.procedures, {"p0": ()}, now=next_day)
        assert later == {"p0": (2, 2, 2, 2, 0, 2)}
        drawn = draw_missing_plans(settings, store, now=NOW)
    (tomorrow,) = (plan.times for plan in drawn if plan.day == date(2026, 9, 26))
    assert timedelta(hours=15, minutes=20) <= tomorrow[1] - datetime(2026, 9, 26, tzinfo=UTC) < timedelta(hours=17.92)


def test_times_of_other_windows_than_those_of_now_say_nothing(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, 1, 1)
    with Store.open(settings.station.data_dir, now=lambda: NOW) as store:
        keep(store, tmp_path, {datetime(2026, 9, day, 3, tzinfo=UTC): Outcome.NO_SLOT for day in range(18, 23)})
        keep(store, tmp_path, {datetime(2026, 9, day, 16, tzinfo=UTC): Outcome.MISSED for day in (24, 25)})
        counts = visits_by_sixth(settings, store, settings.procedures, {"p0": ()}, now=NOW)
    assert counts == {"p0": (0, 0, 0, 0, 0, 0)}
