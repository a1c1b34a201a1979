"""A day drawn anew on a real store: after a sleep, after a moved clock, when a page announces an opening."""

# ruff: noqa: S311 - chance that can be had again is what a test wants

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from scheduler.comparison import Compared, Surroundings, compare
from scheduler.drawing import LEAD
from scheduler.missed import Absence, MissedReason
from scheduler.opened import is_within
from scheduler.planning import record_without_visit
from scheduler.redraw import redraw_opened
from store.store import Store
from store.values import AttemptQuery, PlanRow
from temoin.clock import utc_text
from temoin.records import Mode, Outcome, Visit
from temoin.settings import Politeness, Procedure, Settings, Station

MONDAY = date(2026, 11, 23)
EVENING = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)  # 20:00 in Paris
MIDNIGHT = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def settings_of(folder: Path, *, attempts: int = 2, **changes: Any) -> Settings:
    usual: dict[str, Any] = {
        "id": "creteil",
        "prefecture": "Préfecture de l'Exemple",
        "label": "Démarche d'essai",
        "url": "https://rdv.exemple.invalid/booking/create/1",  # RFC 2606: nothing is sent to it
        "platform": "generic",
        "no_slot_text": "Aucun rendez-vous.",
        "terms_read": date(2026, 11, 20),
        "windows": ("08:00-20:00",),
    }
    return Settings(
        path=folder / "config.toml",
        station=Station(data_dir=folder / "evidence"),
        politeness=Politeness(attempts_per_day=attempts),
        procedures=(Procedure(**{**usual, **changes}),),
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "evidence", now=lambda: EVENING) as opened:
        yield opened


def at_paris(hour: int, minute: int = 0) -> datetime:
    return MIDNIGHT + timedelta(hours=hour, minutes=minute)


def compared(settings: Settings, store: Store, now: datetime, *away: Absence, **more: Any) -> Compared:
    around = Surroundings(running_since=EVENING, simulated=True, absences=away, **more)
    return compare(settings, store, around, now=now, rng=random.Random(4))


def slept(since: datetime, until: datetime) -> Absence:
    return Absence(since=since, until=until, reason=MissedReason.ASLEEP)


def plans(store: Store) -> tuple[PlanRow, ...]:
    return store.plans("creteil", MONDAY, MONDAY)


def serve(settings: Settings, store: Store, due: datetime, **visit: Any) -> None:
    """The planned visit was made at its time."""
    procedure = settings.procedures[0]
    _verdict, lease = store.take_visit(
        host="rdv.exemple.invalid", procedure="creteil", mode=Mode.UNATTENDED, now=due, judge=lambda _history: _YES
    )
    assert lease is not None
    store.end_visit(lease, due + MINUTE)
    whole = Visit(**{"outcome": Outcome.NO_SLOT, **visit})
    record_without_visit(settings, store, procedure, due=due, now=due, simulated=True, visit=whole)


class _Yes:
    allowed = True


_YES = _Yes()


def missed(store: Store) -> list[tuple[datetime | None, str | None, Any]]:
    rows = store.attempts(AttemptQuery(outcome=Outcome.MISSED))
    return [(row.due, row.reason, store.record(row.sequence).get("away")) for row in rows]


def test_what_a_sleep_took_is_missed_and_drawn_again_in_a_plan_that_cites_the_first(
    tmp_path: Path, store: Store
) -> None:
    settings = settings_of(tmp_path)
    compared(settings, store, EVENING)
    (plan,) = plans(store)
    first, second = plan.times
    away = slept(first - MINUTE, first + MINUTE)
    found = compared(settings, store, away.until, away)
    assert missed(store) == [(first, "asleep", {"from": utc_text(away.since), "until": utc_text(away.until)})]
    before, after = plans(store)
    assert (before, after.replaces) == (plan, plan.sequence)
    assert store.record(after.sequence)["cause"] == "missed"
    assert len(after.times) == 2
    assert second in after.times  # what was committed the evening before stays
    assert min(after.times) >= away.until + LEAD
    assert max(after.times) - min(after.times) >= HOUR
    assert [time.at for time in found.due] == list(after.times)
    again = compared(settings, store, away.until + MINUTE, away)
    assert (again.drawn, again.missed, len(plans(store))) == ((), 0, 2)


@pytest.mark.parametrize("attempts", [1, 2, 3, 4])
@pytest.mark.parametrize("hour", [9, 13, 17, 18, 19])
def test_what_is_made_up_for_is_never_a_burst_and_never_more_than_the_day_s_number(
    tmp_path: Path, store: Store, attempts: int, hour: int
) -> None:
    settings = settings_of(tmp_path, attempts=attempts)
    compared(settings, store, EVENING)
    served = [at for at in plans(store)[0].times if at < at_paris(9)][:1]
    for at in served:
        serve(settings, store, at)
    back = at_paris(hour)
    compared(settings, store, back, slept(at_paris(9), back))
    times = [at for at in plans(store)[-1].times if at >= back]
    assert len(times) + len(served) <= attempts
    assert all(back + LEAD <= at < at_paris(20) for at in times if at not in plans(store)[0].times)
    assert all(later - earlier >= HOUR for earlier, later in pairwise((*served, *times)))
    assert len(times) >= (0 if hour == 19 else 1 - len(served))


def test_a_day_that_is_over_is_not_made_up_for(tmp_path: Path, store: Store) -> None:
    settings = settings_of(tmp_path)
    compared(settings, store, EVENING)
    back = at_paris(21)
    compared(settings, store, back, slept(at_paris(1), back))
    assert len(missed(store)) == 2
    assert len(plans(store)) == 1


def test_after_a_moved_clock_nothing_is_due_until_the_spacing_has_passed(tmp_path: Path, store: Store) -> None:
    settings = settings_of(tmp_path)
    compared(settings, store, EVENING)
    first, second = plans(store)[0].times
    now = first - 5 * MINUTE
    found = compared(settings, store, now, rest_until=now + HOUR)
    _before, after = plans(store)
    assert store.record(after.sequence)["cause"] == "clock_moved"
    assert second in after.times
    assert all(at >= now + HOUR for at in after.times)
    assert [time.at for time in found.due] == list(after.times)
    later = first + HOUR
    compared(settings, store, later)
    assert [(due, reason) for due, reason, _away in missed(store)] == [(first, "redrawn")]


def announce(settings: Settings, store: Store, due: datetime, opening: datetime) -> None:
    serve(settings, store, due, announced_opening=utc_text(opening))


def test_an_opening_announced_after_the_draw_has_one_of_the_day_s_times(tmp_path: Path, store: Store) -> None:
    settings = settings_of(tmp_path)
    compared(settings, store, EVENING)
    (plan,) = plans(store)
    announce(settings, store, plan.times[0], at_paris(19, 30))
    now = plan.times[0] + 2 * MINUTE
    (redrawn,) = redraw_opened(settings, store, now=now, rng=random.Random(1))
    assert (redrawn.cause, redrawn.replaces, len(redrawn.times)) == ("opening", plan.sequence, 1)
    assert is_within(redrawn.times[0], at_paris(19, 30))
    assert store.record(redrawn.sequence)["openings"] == [utc_text(at_paris(19, 30))]
    assert redraw_opened(settings, store, now=now, rng=random.Random(1)) == ()


def test_an_opening_is_worth_no_attempt_more_than_was_asked_for(tmp_path: Path, store: Store) -> None:
    settings = settings_of(tmp_path)
    compared(settings, store, EVENING)
    first, second = plans(store)[0].times
    serve(settings, store, first)
    announce(settings, store, second, at_paris(19, 45))
    assert redraw_opened(settings, store, now=second + MINUTE) == ()
    assert len(plans(store)) == 1


def test_an_opening_announced_for_tomorrow_is_followed_by_tomorrow_s_draw(tmp_path: Path, store: Store) -> None:
    settings, opening = settings_of(tmp_path), at_paris(24 + 12)
    compared(settings, store, EVENING)
    announce(settings, store, plans(store)[0].times[0], opening)
    compared(settings, store, EVENING + timedelta(days=1))
    (tomorrow,) = store.plans("creteil", MONDAY + timedelta(days=1), MONDAY + timedelta(days=1))
    assert sum(is_within(at, opening) for at in tomorrow.times) == 1
    assert len(tomorrow.times) == 2
    assert store.record(tomorrow.sequence)["cause"] == "evening"


def test_plans_of_one_host_lie_apart_and_say_what_has_no_room(tmp_path: Path, store: Store) -> None:
    base = settings_of(tmp_path, windows=("09:00-10:00",), attempts=1)
    many = tuple(base.procedures[0].model_copy(update={"id": f"p{number}"}) for number in range(9))
    settings = base.model_copy(update={"procedures": many})
    drawn = [plan for plan in compared(settings, store, EVENING).drawn if plan.day == MONDAY]
    times = sorted(at for plan in drawn for at in plan.times)
    assert all(later - earlier >= 7 * MINUTE for earlier, later in pairwise(times))
    assert 4 <= len(times) <= 8
    assert sum(plan.unplaced for plan in drawn) == 9 - len(times)
