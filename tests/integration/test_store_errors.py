"""What the store says when the machine will not: one sentence, what to do, and nothing lost."""

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from store import database
from store.store import Store
from store.verify import verify_store
from temoin.errors import StoreDamagedError, StoreError
from temoin.records import Kind

AT = datetime(2026, 11, 23, 7, 12, 30, tzinfo=UTC)
RECORD = {"format": 1, "procedure": "lyon"}


def _open(folder: Path, *, create: bool = True, read_only: bool = False) -> Store:
    return Store.open(folder, now=lambda: AT, create=create, read_only=read_only)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "evidence"
    with _open(folder) as kept:
        kept.put(b"picture")
        for _number in range(5):
            kept.append(kind=Kind.HANDOVER, record=RECORD, at=AT)
    return folder


def _mount(folder: Path, *options: str) -> Callable[[], object]:
    done = subprocess.run(["mount", *options, str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"mounting needs root and a kernel that lets it: {done.stderr.strip()}")
    return lambda: subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    unmount = _mount(folder, "-t", "tmpfs", "-o", "size=600k", "tmpfs")
    yield folder
    unmount()


@pytest.fixture
def read_only_disk(folder: Path) -> Iterator[Path]:
    """For root a mount, since the permission bits of a folder do not stop root."""
    if os.geteuid():
        folder.chmod(0o500)
        (folder / "registre.sqlite").chmod(0o400)
        yield folder
        folder.chmod(0o700)
        return
    unmount = _mount(folder, "--bind", str(folder))
    subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)
    yield folder
    unmount()


# Full disk


def _fill_with_objects(kept: Store) -> None:
    for number in range(100):
        kept.put(bytes([number]) * 50_000)


def _fill_with_entries(kept: Store) -> None:
    for number in range(1000):
        kept.append(kind=Kind.HANDOVER, record=RECORD | {"text": "x" * 5000, "n": number}, at=AT)


def test_a_full_disk_is_said_and_loses_nothing(small_disk: Path) -> None:
    evidence = small_disk / "evidence"
    with _open(evidence) as kept:
        kept.append(kind=Kind.HANDOVER, record=RECORD, at=AT)
        with pytest.raises(StoreError, match="The disk is full: nothing more can be kept in") as caught:
            _fill_with_objects(kept)
        assert caught.value.exit_code == 4
        assert "Free some space" in caught.value.remedy
        assert list((evidence / "objects" / "incoming").iterdir()) == []
        with pytest.raises(StoreError, match="The disk is full"):
            _fill_with_entries(kept)
        count = len(list(kept.entries()))
    report = verify_store(evidence)
    assert report.status == "passed", report
    next(path for path in (evidence / "objects").glob("??/*")).unlink()
    with _open(evidence) as kept:
        assert kept.append(kind=Kind.HANDOVER, record=RECORD, at=AT).sequence == count + 1


def test_a_store_cannot_begin_on_a_full_disk(small_disk: Path) -> None:
    (small_disk / "film").write_bytes(b"x" * 600 * 1024)
    with pytest.raises(StoreError, match="The disk is full"):
        _open(small_disk / "evidence")


def test_a_file_that_may_not_grow_is_told_as_a_full_disk(folder: Path) -> None:
    """Without root: the limit on file size gives EFBIG, as a quota gives EDQUOT."""
    script = (
        "import sys, resource; from pathlib import Path; from datetime import *; from store.store import Store;"
        "from temoin.errors import StoreError\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "with Store.open(Path(sys.argv[1]), now=lambda: datetime.now(UTC)) as kept:\n"
        "    try: kept.put(b'x' * 300_000)\n"
        "    except StoreError as error: print(error.message)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(folder)], capture_output=True, text=True, check=True, timeout=60
    )
    assert run.stdout.startswith("The disk is full: nothing more can be kept in")
    assert list((folder / "objects" / "incoming").iterdir()) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_at_the_last_moment_leaves_no_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    with _open(folder) as kept:
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(StoreError, match="The disk is full"):
            kept.put(b"another picture")
        monkeypatch.undo()
        assert list((folder / "objects" / "incoming").iterdir()) == []
        assert kept.read(kept.put(b"another picture")) == b"another picture"


# Read-only


def test_a_read_only_folder_is_said(read_only_disk: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written to") as caught, _open(read_only_disk) as kept:
        kept.append(kind=Kind.HANDOVER, record=RECORD, at=AT)
    assert "data_dir" in caught.value.remedy


def test_a_read_only_folder_can_still_be_read_and_verified(read_only_disk: Path) -> None:
    with _open(read_only_disk, read_only=True) as kept:
        assert len(list(kept.entries())) == 5
    assert verify_store(read_only_disk).status == "passed"


def test_a_store_opened_for_reading_writes_nothing(folder: Path) -> None:
    with _open(folder, read_only=True) as kept:
        with pytest.raises(StoreError, match="opened for reading only"):
            kept.put(b"x")
        with pytest.raises(StoreError, match="cannot be written to"):
            kept.append(kind=Kind.HANDOVER, record=RECORD, at=AT)
        head = kept.head()
    assert head is not None
    assert head.sequence == 5


def test_no_store_is_created_where_a_read_was_asked(tmp_path: Path) -> None:
    for options in ({"create": False}, {"read_only": True}):
        with pytest.raises(StoreError, match="There is no store in"):
            _open(tmp_path / "none", **options)
    with pytest.raises(StoreError, match="There is no store in"):
        verify_store(tmp_path / "none")
    assert list(tmp_path.iterdir()) == []


# Damaged


def _is_unchanged_after(path: Path, action: Callable[[], object]) -> bool:
    before = path.read_bytes()
    action()
    return path.read_bytes() == before


def test_a_file_that_is_no_database_is_said_and_kept(folder: Path) -> None:
    path = folder / "registre.sqlite"
    path.write_bytes(b"this is not a database" * 500)

    def open_it() -> None:
        with pytest.raises(StoreDamagedError, match=r"is damaged .*; nothing was changed") as caught:
            _open(folder)
        assert "bring back a backup" in caught.value.remedy

    assert _is_unchanged_after(path, open_it)
    report = verify_store(folder)
    assert report.exit_code == 10
    assert "is damaged (file is not a database)" in report.checks[0].detail
    assert {check.status.value for check in report.checks[1:]} == {"not_checked"}


def test_overwritten_pages_are_said(folder: Path) -> None:
    path = folder / "registre.sqlite"
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096))

    def use_it() -> None:
        with pytest.raises(StoreDamagedError, match=r"is damaged .*; nothing was changed"), _open(folder) as kept:
            kept.append(kind=Kind.HANDOVER, record=RECORD, at=AT)

    assert _is_unchanged_after(path, use_it)
    report = verify_store(folder)
    assert report.status == "failed"
    assert report.checks[0].status.value == "failed"


@pytest.mark.parametrize("left", [0, None], ids=["emptied", "removed"])
def test_a_database_gone_while_objects_remain_is_never_begun_afresh(folder: Path, left: int | None) -> None:
    path = folder / "registre.sqlite"
    path.unlink() if left is None else path.write_bytes(b"")
    with pytest.raises(StoreDamagedError, match="missing or empty although evidence was kept here"):
        _open(folder)


def test_a_truncated_database_is_said(folder: Path) -> None:
    path = folder / "registre.sqlite"
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(StoreDamagedError, match="nothing was changed"), _open(folder) as kept:
        kept.append(kind=Kind.HANDOVER, record=RECORD, at=AT)
    assert verify_store(folder).status == "failed"


# Locked, newer, foreign


def test_a_database_locked_too_long_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    other = sqlite3.connect(folder / "registre.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with _open(folder) as kept:
        with pytest.raises(StoreError, match="has been locked for 0 s by another program") as caught:
            kept.append(kind=Kind.HANDOVER, record=RECORD, at=AT)
        assert "Close other programs" in caught.value.remedy
        other.execute("ROLLBACK")
        other.close()
        assert kept.append(kind=Kind.HANDOVER, record=RECORD, at=AT).sequence == 6


def test_people_wait_thirty_seconds_for_a_lock() -> None:
    assert database.BUSY_SECONDS == 30


@pytest.mark.parametrize("statement", ["UPDATE alembic_version SET version_num = '9999'", "DROP TABLE alembic_version"])
def test_a_store_of_a_newer_or_other_program_is_left_alone(folder: Path, statement: str) -> None:
    other = sqlite3.connect(folder / "registre.sqlite")
    other.execute(statement)
    other.commit()
    other.close()
    with pytest.raises(StoreError, match="made by a newer Témoin, or by another program") as caught:
        _open(folder)
    assert caught.value.remedy == "Install the newest Témoin. Nothing was changed."
    report = verify_store(folder)
    assert next(check.name for check in report.checks if check.status.value == "failed") == "2 schema"


def test_an_artefact_that_is_not_kept_is_refused_before_anything_is_written(folder: Path) -> None:
    with _open(folder) as kept:
        record = RECORD | {"parts": [{"artefacts": [{"sha256": "ab" * 32, "bytes": 3}]}]}
        with pytest.raises(StoreError, match="is not kept, or not whole: nothing was recorded"):
            kept.append(kind=Kind.HANDOVER, record=record, at=AT)
        wrong = RECORD | {"artefacts": [{"sha256": kept.put(b"picture"), "bytes": 3}]}
        with pytest.raises(StoreError, match="is not kept, or not whole: nothing was recorded"):
            kept.append(kind=Kind.HANDOVER, record=wrong, at=AT)
        head = kept.head()
    assert head is not None
    assert head.sequence == 5


def test_a_folder_can_be_moved_as_it_stands(folder: Path, tmp_path: Path) -> None:
    moved = tmp_path / "50 % à part"
    shutil.copytree(folder, moved)
    with _open(moved) as kept:
        assert kept.append(kind=Kind.HANDOVER, record=RECORD, at=AT).sequence == 6
    assert verify_store(moved).status == "passed"
