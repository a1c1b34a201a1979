"""What each sixth of the windows is owed, out of the register: what the next draws make up for."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from scheduler.drawing import draw_missing_plans
from scheduler.evenness import owed_by_sixth
from scheduler.plan import foreseen_by_sixth
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


def foreseen(store: Store, days: list[date]) -> tuple[int, ...]:
    return foreseen_by_sixth(
        procedure="p0",
        windows=("07:00-22:30",),
        attempts=2,
        min_gap=timedelta(hours=1),
        secret=store.schedule_secret(),
        days=days,
    )


def test_of_the_fortnights_that_a_judge_may_count_what_was_missed_is_owed(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, 1, 1)
    with Store.open(settings.station.data_dir, now=lambda: NOW) as store:
        lost = [day for day in range(1, 25) if day % 6 == 5]  # 17 and 23 are of the block that goes on
        keep(
            store,
            tmp_path,
            {
                datetime(2026, 9, day, HOURS[(day - 1) % 6] - 2, tzinfo=UTC): Outcome.NO_SLOT
                for day in range(1, 25)
                if day not in lost
            },
        )
        assert owed_by_sixth(settings, store, settings.procedures, {"p0": ()}, now=NOW) == {}
        keep(store, tmp_path, {datetime(2026, 9, day, 16, tzinfo=UTC): Outcome.MISSED for day in lost})
        (owed,) = owed_by_sixth(settings, store, settings.procedures, {"p0": ()}, now=NOW).values()
        due = foreseen(store, [date(2026, 9, day) for day in range(1, 25)])
        assert owed == tuple(max(-4, min(4, one - had)) for one, had in zip(due, (4, 4, 4, 4, 0, 4), strict=True))
        (later,) = owed_by_sixth(settings, store, settings.procedures, {"p0": ()}, now=NOW + timedelta(days=1)).values()
        due = foreseen(store, [date(2026, 9, day) for day in range(13, 25)])
        assert later == tuple(max(-2, min(2, one - had)) for one, had in zip(due, (2, 2, 2, 2, 0, 2), strict=True))


def test_the_next_evening_gives_back_what_is_owed(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, 1, 1)
    with Store.open(settings.station.data_dir, now=lambda: NOW) as store:
        asked = foreseen(store, [date(2026, 9, day) for day in range(13, 25)])
        hours = [hour for hour, count in zip(HOURS, asked, strict=True) for _each in range(count)]
        made = {
            datetime(2026, 9, 13 + number // 2, hour - 2, number % 2, tzinfo=UTC): hour
            for number, hour in enumerate(hours)
        }
        keep(
            store, tmp_path, {at: Outcome.MISSED if hour == HOURS[4] else Outcome.NO_SLOT for at, hour in made.items()}
        )
        drawn = draw_missing_plans(settings, store, now=NOW)
    (tomorrow,) = (plan.times for plan in drawn if plan.day == date(2026, 9, 26))
    assert timedelta(hours=15, minutes=20) <= tomorrow[1] - datetime(2026, 9, 26, tzinfo=UTC) < timedelta(hours=17.92)


def test_times_of_other_windows_than_those_of_now_make_no_greater_debt_than_what_was_missed(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, 1, 1)
    with Store.open(settings.station.data_dir, now=lambda: NOW) as store:
        keep(store, tmp_path, {datetime(2026, 9, day, 3, tzinfo=UTC): Outcome.NO_SLOT for day in range(14, 24)})
        keep(store, tmp_path, {datetime(2026, 9, 24, 16, tzinfo=UTC): Outcome.MISSED})
        (owed,) = owed_by_sixth(settings, store, settings.procedures, {"p0": ()}, now=NOW).values()
    assert max(owed) <= 1
