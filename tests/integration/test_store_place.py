"""A store that was moved, copied, brought back, cut or continued elsewhere is noticed, told, and recorded."""

import errno
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from exhibits.compared import compared
from scheduler.placed import note_place
from store.place import Moved, find_moved, mark_restored, remember
from store.store import Store
from store.verify import verify_store
from temoin.errors import UsageError
from temoin.records import Kind, Operator
from temoin.report import Check, Report, Status
from temoin.settings import Settings, Station

AT = datetime(2026, 11, 23, 7, tzinfo=UTC)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the system for what programs remember, of this test alone."""
    found = tmp_path / "state"
    monkeypatch.setattr("store.place.state_folder", lambda: found)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store of one entry, remembered where it is."""
    with opened(tmp_path / "data") as store:
        store.ensure_station(Operator.SELF, {"temoin": "1", "os": "Linux"})
        remember(store)
    return tmp_path / "data"


def opened(folder: Path) -> Store:
    return Store.open(folder, now=lambda: AT)


def another(store: Store, day: int) -> None:
    """One entry more."""
    record = {"format": 1, "operator": "self", "environment": {"temoin": str(day), "os": "Linux"}}
    store.append(kind=Kind.STATION, record=record, at=AT + timedelta(days=day))


def found(folder: Path) -> Moved | None:
    with opened(folder) as store:
        return find_moved(store)


def test_a_store_that_stays_where_it_is_is_not_noticed(folder: Path) -> None:
    with opened(folder) as store:
        another(store, 1)
    assert found(folder) is None


def test_a_new_store_and_one_that_was_never_remembered_are_not_noticed(folder: Path, state: Path) -> None:
    shutil.rmtree(state)
    (folder / "place.json").unlink()
    assert found(folder) is None
    assert found(folder.with_name("new")) is None


def test_a_folder_that_was_renamed_is_told_as_moved(folder: Path) -> None:
    assert found(folder.rename(folder.with_name("elsewhere"))) is Moved.MOVED


def test_a_copy_beside_the_first_is_told_as_a_copy(folder: Path) -> None:
    shutil.copytree(folder, folder.with_name("copy"))
    assert found(folder.with_name("copy")) is Moved.COPIED
    assert found(folder) is None


def test_another_computer_or_user_knows_nothing_of_it_and_says_so(folder: Path, state: Path) -> None:
    shutil.rmtree(state)
    assert found(folder) is Moved.MOVED


def test_a_store_brought_back_is_told_here_and_elsewhere(folder: Path, state: Path) -> None:
    mark_restored(folder)
    assert found(folder) is Moved.RESTORED
    shutil.rmtree(state)
    assert found(folder) is Moved.RESTORED


def test_an_older_copy_put_in_the_place_of_the_store_is_noticed(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "older")
    with opened(folder) as store:
        another(store, 1)
        remember(store)
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "older", folder)
    assert found(folder) is Moved.BEHIND
    with opened(folder) as store:
        another(store, 2)
    assert found(folder) is Moved.FORKED


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"token": 1}', b"\xff", b"[" * 100_000])
def test_what_was_remembered_and_cannot_be_read_hinders_nothing(folder: Path, state: Path, damage: bytes) -> None:
    (kept,) = state.iterdir()
    kept.write_bytes(damage)
    (folder / "place.json").write_bytes(damage)
    with opened(folder) as store:
        assert find_moved(store) is None
        remember(store)
        assert find_moved(store) is None


def test_it_is_told_once_and_stands_once_in_the_register(folder: Path) -> None:
    moved = folder.rename(folder.with_name("elsewhere"))
    settings = Settings(path=moved, station=Station(data_dir=moved))
    with opened(moved) as store:
        (sentence,) = note_place(settings, store)
        assert sentence.startswith("This store was moved here")
        assert note_place(settings, store) == ()
        store.ensure_station(Operator.SELF, store.record(2)["environment"])
        assert [store.record(sequence).get("place") for sequence in (1, 2)] == [None, "moved"]
        assert store.head() is not None
        assert store.head() == next(store.entries(2))
    assert verify_store(moved).status == "passed"


def test_what_is_kept_inside_names_no_machine_folder_or_person(folder: Path) -> None:
    inside = (folder / "place.json").read_text(encoding="utf-8")
    assert str(folder) not in inside
    assert os.uname().nodename not in inside


@pytest.fixture
def branches(folder: Path, tmp_path: Path) -> tuple[Path, Path]:
    """The store and a copy, each of them gone on by itself."""
    with opened(folder) as store:
        another(store, 1)
    shutil.copytree(folder, tmp_path / "copy")
    for day, place in ((2, folder), (3, tmp_path / "copy")):
        with opened(place) as store:
            another(store, day)
    return folder, tmp_path / "copy"


def _only(one: Path, other: Path) -> Check:
    (check,) = compared(Report(checks=()), one, other).checks
    return check


def test_two_branches_of_one_register_are_whole_and_part_at_an_entry(branches: tuple[Path, Path]) -> None:
    assert [verify_store(place).status for place in branches] == ["passed", "passed"]
    check = _only(*branches)
    assert check.status is Status.FAILED
    assert check.detail.startswith("the two registers part at entry 3, after 2 in common: one was continued")


def test_a_register_that_is_the_beginning_of_the_other_is_said_to_be(folder: Path, tmp_path: Path) -> None:
    with opened(folder) as store:
        (tmp_path / "registre.jsonl").write_bytes(b"".join(entry.line + b"\n" for entry in store.entries()))
        another(store, 1)
    check = _only(tmp_path / "registre.jsonl", folder)
    assert (check.status, check.detail) == (
        Status.PASSED,
        f"entries in common: 1; the register of {folder} then goes on",
    )
    assert _only(folder, folder).detail == "entries in common, and no other: 2"


def test_registers_of_two_stations_are_not_compared_and_none_is_a_usage_error(folder: Path, tmp_path: Path) -> None:
    with opened(tmp_path / "foreign") as store:
        another(store, 1)
    assert _only(folder, tmp_path / "foreign").status is Status.NOT_CHECKED
    with pytest.raises(UsageError, match=r"There is no register in"):
        _only(folder, tmp_path)


def test_on_a_full_disk_nothing_half_written_is_left(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = sorted(path.name for path in folder.iterdir())

    def full(*_given: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("store.place.json.dump", full)
    mark_restored(folder)
    assert sorted(path.name for path in folder.iterdir()) == before
