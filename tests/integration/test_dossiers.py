"""What is kept of a dossier: a day of what was done is never to come, a permit may end on one."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from exhibits.dossiers import Change, NewCase, change_case, open_case
from store.store import Store
from temoin.errors import UsageError
from temoin.records import CaseKind
from temoin.settings import Settings

NIGHT = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # the 24th in Paris, half past midnight
TODAY, TOMORROW = date(2026, 11, 24), date(2026, 11, 25)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "evidence", now=lambda: NIGHT) as opened:
        opened.add_case("K7", "renewal", NIGHT)
        yield opened


def change(store: Store, **days: date) -> str:
    settings = Settings(path=Path("config.toml"))
    return change_case(store, settings, "K7", Change(kind=None, days=days, still_looking=False), now=NIGHT)


@pytest.mark.parametrize("name", ["asked_on", "reviewed_on"])
def test_a_day_to_come_is_refused_and_today_where_the_station_is_is_taken(store: Store, name: str) -> None:
    with pytest.raises(UsageError, match="Wednesday 25 November 2026 is still to come: only what was") as caught:
        change(store, **{name: TOMORROW, "expires_on": date(2027, 1, 31)})
    assert caught.value.exit_code == 2
    assert store.case("K7").expires_on is None
    assert change(store, **{name: TODAY}) == "Noted for case K7."
    assert getattr(store.case("K7"), name) == TODAY


def test_a_permit_may_end_on_a_day_to_come(store: Store) -> None:
    change(store, expires_on=date(2027, 1, 31))
    assert store.case("K7").expires_on == date(2027, 1, 31)


def test_a_dossier_is_not_opened_with_a_mandate_to_come(store: Store) -> None:
    new = NewCase(code="K8", kind=CaseKind.RENEWAL, asked_on=TOMORROW, expires_on=date(2027, 1, 31))
    with pytest.raises(UsageError, match="still to come"):
        open_case(store, Settings(path=Path("config.toml")), new, now=NIGHT)
    assert [case.code for case in store.cases()] == ["K7"]
