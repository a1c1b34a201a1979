"""The store that pages are read from stays open, and is never an old one."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from store.store import Store
from temoin.clock import utc_now
from temoin.errors import StoreError
from web import reader
from web.reader import Reader


def make(folder: Path, *cases: str) -> Path:
    with Store.open(folder, now=utc_now) as store:
        for code in cases:
            store.add_case(code, "other", utc_now())
    return folder


def codes(read: Reader, folder: Path) -> list[str]:
    return [row.code for row in read.store(folder, now=utc_now).cases()]


def test_it_stays_open_and_shows_what_others_write(tmp_path: Path) -> None:
    folder, read = make(tmp_path / "evidence", "A"), Reader()
    first = read.store(folder, now=utc_now)
    make(folder, "B")
    assert read.store(folder, now=utc_now) is first
    assert codes(read, folder) == ["A", "B"]
    read.close()


def test_another_store_in_its_place_is_read_at_once(tmp_path: Path) -> None:
    folder, read = make(tmp_path / "evidence", "A"), Reader()
    assert codes(read, folder) == ["A"]
    shutil.rmtree(folder)
    make(tmp_path / "other", "C").rename(folder)
    assert codes(read, folder) == ["C"]
    shutil.rmtree(folder)
    with pytest.raises(StoreError):
        read.store(folder, now=utc_now)
    read.close()


def test_it_is_opened_anew_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, read = make(tmp_path / "evidence"), Reader()
    monkeypatch.setattr(reader, "KEPT_SECONDS", 0.0)
    assert read.store(folder, now=utc_now) is not read.store(folder, now=utc_now)
    read.close()


def test_many_threads_read_at_once_and_within_one_another(tmp_path: Path) -> None:
    folder, read = make(tmp_path / "evidence", "A"), Reader()

    def nested(_number: int) -> int:
        store = read.store(folder, now=utc_now)
        return sum(len(store.cases()) for _entry in (*store.entries(), None))

    with ThreadPoolExecutor(40) as pool:
        assert set(pool.map(nested, range(200))) == {1}
    read.close()
