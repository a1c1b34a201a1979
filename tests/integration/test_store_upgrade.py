"""A store of the first revision, made by its own statements, and what becomes of it."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from store import tables
from store.chain import FIRST_PREVIOUS, EntryFields, build_line
from store.filings import build_filing_record
from store.ledger import build_case_digest
from store.migrations.versions import r0001_first
from store.opening import DATABASE_NAME
from store.store import Store
from store.values import NewFiling
from store.verify import verify_store
from temoin.canonical import canonical_bytes, sha256
from temoin.errors import StoreError
from temoin.records import Kind
from temoin.report import Status

AT = datetime(2026, 11, 23, 7, 12, 30, tzinfo=UTC)
NOW = "2026-11-23T07:12:30.000Z"
SALT = "5a" * 32
FILING = NewFiling(case="C1", at=AT, first_number=1, numbers=(), files=())


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A case that froze a filing (entry 1); its row names the case by its code, as the first revision did."""
    folder = tmp_path / "evidence"
    folder.mkdir()
    record = canonical_bytes(build_filing_record(FILING, build_case_digest("C1", SALT)))
    line = build_line(
        EntryFields(
            sequence=1,
            at=AT,
            kind=Kind.FILING,
            previous=FIRST_PREVIOUS,
            record=sha256(record),
            station="00c0ffee00c0ffee",
            subject=None,
        )
    )
    raw = sqlite3.connect(folder / DATABASE_NAME)
    raw.execute("PRAGMA journal_mode=WAL")
    for statement in (*r0001_first.STATEMENTS, "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"):
        raw.execute(statement)
    raw.execute("INSERT INTO alembic_version VALUES ('0001')")
    raw.execute("INSERT INTO station VALUES (1, '00c0ffee00c0ffee', x'00')")
    raw.execute("INSERT INTO case_file VALUES ('C1', 'first', ?, ?, NULL)", (SALT, NOW))
    raw.execute("INSERT INTO entry VALUES (1, 'filing', ?)", (line,))
    raw.execute("INSERT INTO record VALUES (1, ?)", (record,))
    raw.execute("INSERT INTO filing VALUES (1, 'C1', ?, 1, NULL)", (NOW,))
    raw.commit()
    raw.close()
    return folder


def test_a_store_of_the_first_revision_is_brought_up_to_date_when_it_is_written_to(old: Path) -> None:
    with Store.open(old, now=lambda: AT) as kept:
        assert kept.station == "00c0ffee00c0ffee"
        (filing,) = kept.filings("C1")
        assert (filing.filing_id, filing.case, filing.at) == (1, "C1", AT)
        kept.freeze_filing(FILING)
        assert [row.filing_id for row in kept.filings("C1")] == [1, 2]
        kept.change_case("C1", obtained=AT)
        assert kept.case("C1").obtained == AT
    assert verify_store(old).status == "passed"
    raw = sqlite3.connect(old / DATABASE_NAME)
    assert raw.execute("SELECT version_num FROM alembic_version").fetchall() == [(tables.HEAD,)]
    raw.close()


def test_a_case_of_the_first_revision_is_erased_like_another(old: Path) -> None:
    with Store.open(old, now=lambda: AT) as kept:
        kept.erase_case("C1", AT)
        assert kept.filings("C1") == ()
    assert verify_store(old).status == "passed"


def test_a_filing_given_to_another_case_before_the_upgrade_is_found(old: Path) -> None:
    raw = sqlite3.connect(old / DATABASE_NAME)
    raw.execute("INSERT INTO case_file VALUES ('C2', 'first', ?, ?, NULL)", ("6b" * 32, NOW))
    raw.execute("DROP TRIGGER filing_no_update")
    raw.execute("UPDATE filing SET case_code = 'C2'")
    for statement in r0001_first.STATEMENTS:
        if statement.startswith("CREATE TRIGGER filing_no_update"):
            raw.execute(statement)
    raw.commit()
    raw.close()
    with Store.open(old, now=lambda: AT):
        pass
    failed = [check.detail for check in verify_store(old).checks if check.status is Status.FAILED]
    assert failed == ["table case_file: filing 1 is not what its record says"]


def test_a_store_of_the_first_revision_opened_for_reading_says_so_and_stays(old: Path) -> None:
    before = (old / DATABASE_NAME).read_bytes()
    with pytest.raises(StoreError, match="is of an older Témoin and was opened for reading only") as caught:
        Store.open(old, now=lambda: AT, read_only=True)
    assert caught.value.remedy == "Run any command that records, once; it brings the store up to date."
    assert (old / DATABASE_NAME).read_bytes() == before


def test_a_store_of_the_first_revision_is_not_called_damaged(old: Path) -> None:
    report = verify_store(old)
    assert report.status == "incomplete"
    assert [check.status for check in report.checks] == [Status.PASSED] + [Status.NOT_CHECKED] * 10
    told = "its revision is 0001, of an older Témoin: any command that records brings it up to date"
    assert report.checks[1].detail == told


def test_an_upgrade_that_fails_halfway_leaves_the_store_as_it_was(old: Path) -> None:
    raw = sqlite3.connect(old / DATABASE_NAME)
    raw.execute("CREATE TABLE vault (key)")  # the revision's own statement now fails halfway
    raw.commit()
    raw.close()
    with pytest.raises(StoreError, match="table vault already exists"):
        Store.open(old, now=lambda: AT)
    raw = sqlite3.connect(old / DATABASE_NAME)
    names = {name for (name,) in raw.execute("SELECT name FROM sqlite_master")}
    assert "notice" not in names
    assert raw.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]
    raw.close()
