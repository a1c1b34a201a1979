"""The home machine's one case: opened by the first capture, never opened or followed again behind a person's back."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scheduler.job import DEFAULT_CASE, prepare_store
from store.store import Store
from temoin.settings import Politeness, Procedure, Settings, Station

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "evidence", now=lambda: NOW) as opened:
        yield opened


def prepare(store: Store, *procedures: str) -> dict[str, tuple[str, ...]]:
    """Each case that is open after ``prepare_store``, and what it follows."""
    configured = tuple(
        Procedure(
            id=name,
            prefecture="Préfecture de l'Exemple",
            label="Démarche d'essai",
            url=f"http://127.0.0.1:8000/booking/create/{name}",
            platform="ezbooking",
        )
        for name in procedures
    )
    settings = Settings(
        path=Path("config.toml"),
        station=Station(data_dir=Path("evidence")),
        politeness=Politeness(),
        procedures=configured,
    )
    prepare_store(settings, store, now=NOW)
    return {case.code: tuple(case.procedures) for case in store.cases() if case.closed is None}


def test_the_first_capture_opens_a_case_that_follows_everything(store: Store) -> None:
    assert prepare(store, "un") == {DEFAULT_CASE: ("un",)}
    head = store.head()
    assert prepare(store, "un") == {DEFAULT_CASE: ("un",)}
    assert store.head() == head  # nothing was written the second time
    assert prepare(store, "un", "deux") == {DEFAULT_CASE: ("deux", "un")}


def test_a_closed_case_is_not_replaced_by_one_that_follows_again(store: Store) -> None:
    prepare(store, "un")
    store.close_case(DEFAULT_CASE, NOW, "obtained")
    assert prepare(store, "un") == {}
    assert store.idle_procedures() == {"un"}


def test_an_erased_case_is_not_replaced_either(store: Store) -> None:
    prepare(store, "un")
    store.close_case(DEFAULT_CASE, NOW, "left")
    store.erase_case(DEFAULT_CASE, NOW)
    assert prepare(store, "un") == {}
    assert store.idle_procedures() == {"un"}


def test_what_the_case_left_it_does_not_follow_again(store: Store) -> None:
    prepare(store, "un", "deux")
    store.unfollow(DEFAULT_CASE, "un", NOW)
    assert prepare(store, "un", "deux") == {DEFAULT_CASE: ("deux",)}


def test_with_several_cases_each_follows_what_it_was_told(store: Store) -> None:
    prepare(store, "un")
    store.ensure_case("K9X", "renewal", NOW)
    assert prepare(store, "un", "deux") == {DEFAULT_CASE: ("un",), "K9X": ()}


def test_after_one_of_two_is_closed_the_other_does_not_take_over_what_it_followed(store: Store) -> None:
    prepare(store, "un")
    store.ensure_case("K9X", "renewal", NOW)
    store.close_case(DEFAULT_CASE, NOW, "left")
    assert prepare(store, "un", "deux") == {"K9X": ()}
