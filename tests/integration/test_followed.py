"""``status`` and ``check`` hold the attempts against the plan."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from scheduler import followed
from scheduler.followed import Followed, ago, find_followed, read_followed
from scheduler.planning import draw_missing_plans, record_without_visit
from store.store import Store
from temoin.records import Outcome, Visit
from temoin.report import Status
from temoin.settings import Procedure, Settings, Station

EVENING = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)  # 20:00 in Paris
HOUR = timedelta(hours=1)
MONDAY = date(2026, 11, 23)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    one = Procedure(
        id="creteil",
        prefecture="Préfecture de l'Exemple",
        label="Démarche d'essai",
        url="http://127.0.0.1:8000/booking/create/1",
        platform="ezbooking",
        terms_read=date(2026, 11, 20),
        windows=("07:00-19:30",),
    )
    by_hand = one.model_copy(update={"id": "bobigny", "terms_read": None})
    return Settings(
        path=tmp_path / "config.toml", station=Station(data_dir=tmp_path / "evidence"), procedures=(one, by_hand)
    )


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with Store.open(settings.station.data_dir, now=lambda: EVENING) as opened:
        yield opened


def record(settings: Settings, store: Store, due: datetime, reason: str | None = None) -> None:
    visit = Visit(outcome=Outcome.NO_SLOT, reason=reason)
    record_without_visit(settings, store, settings.procedures[0], due=due, now=due, simulated=True, visit=visit)


def said(monkeypatch: pytest.MonkeyPatch, settings: Settings, now: datetime) -> list[tuple[Status, str]]:
    monkeypatch.setattr(followed, "utc_now", lambda: now)
    return [(check.status, check.detail) for check in find_followed(settings)]


def test_without_a_store_or_a_plan_nothing_is_said_to_be_well(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    assert said(monkeypatch, settings, EVENING) == []
    with Store.open(settings.station.data_dir, now=lambda: EVENING):
        pass
    ((status, words),) = said(monkeypatch, settings, EVENING)
    assert status is Status.NOT_CHECKED
    assert words.startswith("creteil: last attempt never, last one that found no appointment never.")
    assert words.endswith("No attempt is planned for now: “temoin run” draws each day’s hours the evening before.")


def test_attempts_that_follow_their_plan_are_well_and_those_that_nobody_recorded_are_not(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, store: Store
) -> None:
    draw_missing_plans(settings, store, now=EVENING, rng=random.Random(1))  # noqa: S311 - can be had again
    first, second = (at for plan in store.plans("creteil", MONDAY, MONDAY) for at in plan.times)
    record(settings, store, first)
    ((status, words),) = said(monkeypatch, settings, first + HOUR)
    assert status is Status.PASSED
    assert words.startswith("creteil: last attempt 1 hour ago, last one that found no appointment 1 hour ago. Next")
    ((status, words),) = said(monkeypatch, settings, second + 4 * HOUR)
    assert status is Status.FAILED
    assert "1 planned attempt was neither made nor recorded" in words
    assert read_followed(settings, store, now=second + 2 * HOUR) == {"creteil": Followed()}


def test_a_proof_that_does_not_count_is_an_attempt_and_no_proof(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, store: Store
) -> None:
    record(settings, store, EVENING - 80 * HOUR)
    record(settings, store, EVENING - 2 * HOUR, "control_failed")
    ((_status, words),) = said(monkeypatch, settings, EVENING)
    assert "last attempt 2 hours ago, last one that found no appointment 3 days ago" in words


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(minutes=5), "less than an hour ago"),
        (timedelta(minutes=-5), "less than an hour ago"),
        (HOUR, "1 hour ago"),
        (47 * HOUR, "47 hours ago"),
        (48 * HOUR, "2 days ago"),
    ],
)
def test_ages_are_told_as_people_do(age: timedelta, words: str) -> None:
    assert ago(EVENING - age, EVENING) == words


def test_a_host_that_is_left_alone_is_said_with_the_plan(settings: Settings, store: Store) -> None:
    draw_missing_plans(settings, store, now=EVENING, rng=random.Random(3))  # noqa: S311 - chance that can be had again
    store.stop_host(host="127.0.0.1:8000", procedure=None, until=EVENING + 24 * HOUR, reason="blocked")
    store.stop_host(host="127.0.0.1:8000", procedure="other", until=EVENING + 90 * HOUR, reason="blocked")
    (found,) = read_followed(settings, store, now=EVENING).values()
    words = found.sentence("Europe/Paris")
    assert words.endswith("Its site refused a visit or asked for rest: none before Monday 23 November 2026, 20:00.")
    assert words.startswith("Next planned attempt: ")
