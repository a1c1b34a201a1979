"""A damaged database is told in words and never repaired: its bytes and those of its log stay as they were found."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from exhibits.status import read_status
from scheduler.daemon import run_daemon
from store.log_frames import find_unconfirmed
from store.opening import check_sound
from store.place import Moved, find_moved, remember
from store.store import Store
from store.verify import verify_store
from temoin.errors import StoreDamagedError, StoreError
from temoin.records import Kind, Operator
from temoin.settings import Settings, Station
from tests.tamper.conftest import MORNING

DATABASE, LOG = "registre.sqlite", "registre.sqlite-wal"
NOW = datetime(2026, 11, 24, tzinfo=UTC)
PAGE = 4096
FRAME = 24 + PAGE


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]


def zeroed(data: bytes, start: int, size: int = PAGE) -> bytes:
    return data[:start] + bytes(size) + data[start + size :]


@pytest.fixture
def at_rest(folder: Path) -> Path:
    """The store of these tests, all of it in the file itself."""
    with sqlite3.connect(folder / DATABASE) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    assert (folder / DATABASE).stat().st_size > 20 * PAGE
    return folder


@pytest.fixture
def logged(folder: Path, tmp_path: Path) -> Path:
    """A store whose last entries are in the log only, as a killed process leaves it."""
    copy = tmp_path / "killed"
    with Store.open(folder, now=lambda: MORNING) as store:
        store.ensure_station(Operator.ASSOCIATION, {"os": "Linux"})
        for day in range(3):
            record = {"format": 1, "operator": "self", "environment": {"temoin": str(day), "os": "Linux"}}
            store.append(kind=Kind.STATION, record=record, at=MORNING + timedelta(days=day))
        shutil.copytree(folder, copy)
    (copy / f"{DATABASE}-shm").unlink(missing_ok=True)
    assert (copy / LOG).stat().st_size > 3 * FRAME
    assert verify_store(copy).status == "passed"
    return copy


def settings_of(folder: Path) -> Settings:
    return Settings(path=folder.parent / "config.toml", station=Station(data_dir=folder))


def _status(folder: Path) -> object:
    with Store.open(folder, now=lambda: NOW, create=False, read_only=True) as store:
        return read_status(store, settings_of(folder), code=None, now=NOW)


def _list(folder: Path) -> object:
    with Store.open(folder, now=lambda: NOW, create=False, read_only=True) as store:
        return store.attempts()


def _run(folder: Path) -> object:
    return run_daemon(settings_of(folder), notify=None)


def kept(folder: Path) -> Iterator[tuple[str, bytes]]:
    """What they hold; an empty log, which SQLite makes even to read, holds nothing."""
    for name in (DATABASE, LOG):
        if (folder / name).exists() and (data := (folder / name).read_bytes()):
            yield name, data


HEADS: dict[str, Callable[[bytes], bytes]] = {
    "magic": lambda data: flipped(data, 3),
    "first page gone": lambda data: zeroed(data, 0),
    "cut in half": lambda data: data[: len(data) // 2 // PAGE * PAGE],
    "cut to a page": lambda data: data[:PAGE],
    "cut to a hundred bytes": lambda data: data[:100],
    "every page but the first gone": lambda data: data[:PAGE] + bytes(len(data) - PAGE),
    "random": lambda data: bytes((7 * place + 3) % 251 for place in range(len(data))),
}


@pytest.mark.parametrize("damage", HEADS.values(), ids=HEADS.keys())
def test_a_damaged_database_is_told_by_every_command_and_left_as_it_is(
    at_rest: Path, damage: Callable[[bytes], bytes]
) -> None:
    (at_rest / DATABASE).write_bytes(damage((at_rest / DATABASE).read_bytes()))
    before = dict(kept(at_rest))
    report = verify_store(at_rest)
    assert (report.status, report.exit_code) == ("failed", 10)
    for command in (_status, _list, _run):
        with pytest.raises(StoreDamagedError, match=r"is damaged \(.+\); nothing was changed") as told:
            command(at_rest)
        assert told.value.exit_code == StoreError.exit_code == 4
        assert "Keep the whole folder as it is" in told.value.remedy
    assert dict(kept(at_rest)) == before


def test_each_page_that_was_zeroed_is_found_by_verify_and_by_the_daemon_before_it_writes(at_rest: Path) -> None:
    whole = (at_rest / DATABASE).read_bytes()
    for start in range(0, len(whole), PAGE):
        (at_rest / DATABASE).write_bytes(zeroed(whole, start))
        if zeroed(whole, start) == whole:
            continue
        before = dict(kept(at_rest))
        assert verify_store(at_rest).status == "failed", start // PAGE
        with pytest.raises(StoreDamagedError, match="nothing was changed"):
            check_sound(at_rest / DATABASE)
        assert dict(kept(at_rest)) == before


@pytest.mark.parametrize("places", [15, pytest.param(200, marks=pytest.mark.soak)])
def test_a_bit_flipped_anywhere_ends_in_a_report_and_never_in_a_repair(at_rest: Path, places: int) -> None:
    whole, attempts = (at_rest / DATABASE).read_bytes(), _list(at_rest)
    for place in range(40, len(whole), len(whole) // places):
        (at_rest / DATABASE).write_bytes(flipped(whole, place))
        before = dict(kept(at_rest))
        if verify_store(at_rest).status == "passed":  # free space holds nothing
            assert _list(at_rest) == attempts
        with suppress(StoreDamagedError):
            _list(at_rest)
        assert dict(kept(at_rest)) == before


LOGS: dict[str, Callable[[bytes], bytes]] = {
    "a bit of the first page": lambda data: flipped(data, 32 + 24 + 900),
    "a page gone": lambda data: zeroed(data, 32 + FRAME, FRAME),
    "a bit of the head": lambda data: flipped(data, 17),
    "the head gone": lambda data: zeroed(data, 0, 32),
}


@pytest.mark.parametrize("damage", LOGS.values(), ids=LOGS.keys())
def test_a_damaged_log_is_told_before_anything_is_written_over_it(
    logged: Path, damage: Callable[[bytes], bytes]
) -> None:
    assert find_unconfirmed(logged / DATABASE) is None
    (logged / LOG).write_bytes(damage((logged / LOG).read_bytes()))
    before = dict(kept(logged))
    report = verify_store(logged)
    assert (report.status, report.exit_code) == ("failed", 10)
    assert [check for check in report.checks if check.name == "1 database" and "its log" in check.detail]
    with pytest.raises(StoreDamagedError, match=r"is damaged \(.*its log.*\); nothing was changed"):
        _run(logged)
    _list(logged)
    assert dict(kept(logged)) == before


UNFINISHED: dict[str, Callable[[bytes], bytes]] = {
    "a bit of the last page": lambda data: flipped(data, len(data) - 10),
    "the last page gone": lambda data: zeroed(data, len(data) - FRAME, FRAME),
    "cut within a page": lambda data: data[: len(data) - 100],
    "cut between two pages": lambda data: data[: len(data) - FRAME],
}


@pytest.mark.parametrize("damage", UNFINISHED.values(), ids=UNFINISHED.keys())
def test_what_a_power_cut_leaves_of_the_last_write_is_no_damage_but_an_entry_seen_before_is_missed(
    logged: Path, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    seen = tmp_path / "seen"
    shutil.copytree(logged, seen)
    with Store.open(seen, now=lambda: NOW) as store:
        remember(store, state=tmp_path / "state")
    (logged / LOG).write_bytes(damage((logged / LOG).read_bytes()))
    assert find_unconfirmed(logged / DATABASE) is None
    assert verify_store(logged).status == "passed"
    with Store.open(logged, now=lambda: NOW, read_only=True) as store:
        assert find_moved(store, state=tmp_path / "state") is Moved.BEHIND


def test_a_whole_log_an_empty_one_and_none_are_not_doubted(logged: Path) -> None:
    check_sound(logged / DATABASE)
    (logged / LOG).write_bytes(b"")
    assert find_unconfirmed(logged / DATABASE) is None
    (logged / LOG).unlink()
    assert find_unconfirmed(logged / DATABASE) is None
    check_sound(logged / "absent.sqlite")
