"""One change to a store in which people added things, erased some and filed others: the words that tell it."""

import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import keyring
import pytest

from store.store import Store
from store.values import NewFiling
from store.vault import Keys
from store.verify import verify_store
from temoin.canonical import sha256
from temoin.errors import IntegrityError
from temoin.records import Kind, Outcome
from temoin.report import Report, Status
from tests.added import MemoryKeyring, new_item

AT = datetime(2026, 11, 23, 7, 12, 30, tzinfo=UTC)

Change = Callable[[sqlite3.Connection], object]
Tampered = Callable[[Change], Path]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[tuple[str, str], str]]:
    """The store, made once, and what a keyring keeps for it.

    Entries: 1 follow, 2 item with two files, 3 piece that 4 erases, 5 filing, 6 a case that is erased, 7 notice.
    """
    before, backend = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(backend)
    folder = tmp_path_factory.mktemp("added") / "evidence"
    with Store.open(folder, now=lambda: AT) as kept:
        for code in ("C1", "C2"):
            kept.add_case(code, "renewal", AT)
        kept.follow("C1", "creteil", AT)
        kept.ensure_vault(Keys())
        kept.add_item(new_item("C1", "Bonjour", b"%PDF one", b"%PDF two"), AT)
        kept.add_item(new_item("C1", "Au revoir"), AT)
        kept.erase_item(3, AT)
        files = (("data/1.pdf", kept.seal(b"%PDF sealed")), ("data/2.pdf", kept.put(b"%PDF plain")))
        sealed = frozenset({"data/1.pdf"})
        kept.freeze_filing(NewFiling(case="C1", at=AT, first_number=1, numbers=(), files=files, sealed=sealed))
        kept.erase_case("C2", AT)
        record = {"format": 1, "procedure": {"id": "creteil"}, "at": "2026-11-23T07:12:30.000Z", "parts": []}
        kept.append(kind=Kind.NOTICE, at=AT, record=record | {"outcome": Outcome.UNRECOGNISED, "simulated": True})
    keyring.set_keyring(before)
    assert backend.kept
    return folder, backend.kept


@pytest.fixture
def folder(made: tuple[Path, dict[tuple[str, str], str]], tmp_path: Path, memory_keyring: MemoryKeyring) -> Path:
    """A copy to spoil."""
    memory_keyring.kept.update(made[1])
    return Path(shutil.copytree(made[0], tmp_path / "evidence"))


def _failures(report: Report) -> list[str]:
    return [f"{check.name}: {check.detail}" for check in report.checks if check.status is Status.FAILED]


def _rows(folder: Path, query: str) -> list[str]:
    connection = sqlite3.connect(folder / "registre.sqlite")
    try:
        return [row[0] for row in connection.execute(query)]
    finally:
        connection.close()


def _sealed(folder: Path, digest: str) -> Path:
    return folder / "sealed" / digest[:2] / digest[2:]


def test_an_untouched_store_verifies_without_a_key(folder: Path, memory_keyring: MemoryKeyring) -> None:
    memory_keyring.kept.clear()
    report = verify_store(folder, deep=True)
    assert report.status == "passed"
    assert report.checks[5].detail == "1 object; 4 sealed files; entry 3: erased by entry 4"
    assert report.checks[6].detail == ""


# Sealed files

ITEM = "SELECT sha256 FROM item_sealed WHERE sequence = 2 AND position = {}"
FILED = "SELECT sha256 FROM filing_file WHERE path = 'data/1.pdf'"


@pytest.mark.parametrize(
    ("query", "entry"), [(ITEM.format(0), 2), (ITEM.format(1), 2), (ITEM.format(2), 2), (FILED, 5)]
)
def test_a_sealed_file_is_missed_and_its_bytes_are_checked(folder: Path, query: str, entry: int) -> None:
    (digest,) = _rows(folder, query)
    path = _sealed(folder, digest)
    data = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    told = f"6 objects: sealed file {digest} of entry {entry}"
    assert _failures(verify_store(folder)) == [f"{told}: its bytes are not those of its name"]
    path.unlink()
    assert _failures(verify_store(folder)) == [f"{told}: it is missing"]


def test_two_sealed_files_that_changed_places_are_found(folder: Path) -> None:
    first, second = (_sealed(folder, _rows(folder, ITEM.format(place))[0]) for place in (1, 2))
    data = first.read_bytes()
    for path, new in ((first, second.read_bytes()), (second, data)):
        path.chmod(0o600)
        path.write_bytes(new)
    assert len(_failures(verify_store(folder))) == 2


def test_files_that_changed_places_in_the_table_are_found_when_they_are_opened(tampered: Tampered) -> None:
    def change(raw: sqlite3.Connection) -> None:
        for before, after in ((1, 99), (2, 1), (99, 2)):
            raw.execute("UPDATE item_sealed SET position = ? WHERE position = ?", (after, before))

    with Store.open(tampered(change), now=lambda: AT) as kept:
        assert verify_store(kept.folder).status == "passed"  # no key, no opening: the names are all there
        with pytest.raises(IntegrityError, match="What entry 2 stands for was changed"):
            kept.open_item(2, Keys())


def test_a_sealed_file_that_nothing_names_is_told_and_is_no_failure(folder: Path) -> None:
    with Store.open(folder, now=lambda: AT) as kept:
        digest = kept.seal(b"for an entry to come")
    report = verify_store(folder)
    assert report.status == "passed"
    assert report.checks[6].detail == f"1 sealed files that nothing names: {digest}"


# Rows

OTHER_CASE = "UPDATE filing SET case_code = iif(case_code LIKE '0%', '1', '0') || substr(case_code, 2)"


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE item SET kind = 'letter' WHERE sequence = 2", "table item: the row of entry 2 does not say"),
        ("UPDATE item SET entry = 'piece' WHERE sequence = 2", "what the record says: entry"),
        ("UPDATE item SET at = NULL WHERE sequence = 2", "what the record says: at"),
        ("UPDATE item SET recorded_at = 'x' WHERE sequence = 2", "what the record says: recorded_at"),
        ("UPDATE item SET content_sha256 = 'x' WHERE sequence = 2", "what the record says: content_sha256"),
        ("UPDATE item SET case_sha256 = 'x' WHERE sequence = 3", "what the record says: case_sha256"),
        ("UPDATE item SET files = 1 WHERE sequence = 2", "entry 2 has not one row for its content and one for each"),
        ("UPDATE item SET files = 'x' WHERE sequence = 2", "entry 2 has not one row for its content and one for each"),
        ("DELETE FROM item WHERE sequence = 2", "table item: the row of entry 2 is missing"),
        ("DELETE FROM item_sealed WHERE position = 1", "entry 2 has not one row for its content and one for each"),
        ("DELETE FROM item_sealed WHERE position = 2", "entry 2 has not one row for its content and one for each"),
        ("DELETE FROM item_sealed WHERE sequence = 2", "entry 2 has not one row for its content and one for each"),
        (
            "INSERT INTO item VALUES (1, 'x', 'journal', 'email', NULL, 'x', 0, 'x')",
            "table item: a row claims entry 1, which says nothing of the kind",
        ),
        ("INSERT INTO item_sealed VALUES (1, 0, 'x')", "table item_sealed: a row claims entry 1"),
        ("DELETE FROM erasure", "table erasure: the rows of entry 4 do not name what its record names"),
        ("UPDATE erasure SET erased = 2", "table erasure: the rows of entry 4 do not name what its record names"),
        ("INSERT INTO erasure VALUES (2, 4)", "table erasure: the rows of entry 4 do not name"),
        ("INSERT INTO erasure VALUES (2, 6)", "table erasure: the rows of entry 6 do not name"),
        ("INSERT INTO erasure VALUES (2, 1)", "table erasure: a row claims entry 1"),
        ("INSERT INTO filing_sealed VALUES (5, 'data/9.pdf')", "table filing_sealed: filing 5 is not what its record"),
        ("INSERT INTO filing_sealed VALUES (2, 'data/1.pdf')", "table filing_sealed: a row claims entry 2"),
        (OTHER_CASE, "table filing: filing 5 is not what its record"),
        ("UPDATE case_file SET salt = '' WHERE code = 'C1'", "table case_file: filing 5 is not what its record says"),
        ("UPDATE notice SET outcome = 'no_slot'", "table notice: the row of entry 7 does not say what the record says"),
        ("DELETE FROM notice", "table notice: the row of entry 7 is missing"),
        ("DELETE FROM vault", "table vault: to whom files were sealed is missing"),
    ],
)
def test_rows_that_no_longer_say_what_the_records_say_are_found(tampered: Tampered, statement: str, words: str) -> None:
    found = _failures(verify_store(tampered(lambda raw: raw.execute(statement))))
    derived = [failure for failure in found if failure.startswith("5 derived: ")]
    assert len(derived) in (1, 2)
    assert any(words in failure for failure in derived)
    assert all(failure.startswith(("5 derived: ", "6 objects: ")) for failure in found)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DELETE FROM filing_sealed", "object {digest} of entry 5: it is missing"),
        ("INSERT INTO filing_sealed VALUES (5, 'data/2.pdf')", f"sealed file {sha256(b'%PDF plain')} of entry 5"),
    ],
)
def test_a_filed_file_looked_for_in_the_wrong_place_is_missed(
    folder: Path, tampered: Tampered, statement: str, words: str
) -> None:
    (digest,) = _rows(folder, FILED)
    found = _failures(verify_store(tampered(lambda raw: raw.execute(statement))))
    assert len(found) == 1
    assert words.format(digest=digest) in found[0]


def test_an_erasure_that_was_never_recorded_excuses_no_missing_file(folder: Path, tampered: Tampered) -> None:
    for place in range(3):
        _sealed(folder, _rows(folder, ITEM.format(place))[0]).unlink()
    found = _failures(verify_store(tampered(lambda raw: raw.execute("INSERT INTO erasure VALUES (2, 4)"))))
    assert sum("it is missing" in failure for failure in found) == 3
    assert any("table erasure" in failure for failure in found)


@pytest.mark.parametrize("record", [{}, {"erased": "all", "case": None}, {"erased": ["2"], "case": None}])
def test_a_record_that_is_no_erasure_is_found(folder: Path, record: dict[str, object]) -> None:
    with Store.open(folder, now=lambda: AT) as kept:
        kept.append(kind=Kind.ERASURE, record={"format": 1} | record, at=AT)
    assert _failures(verify_store(folder)) == ["4 records: record 8 does not say what its kind must"]


@pytest.mark.parametrize("erased", [1, 7, 8, 50])
def test_an_erasure_of_what_cannot_be_erased_is_found(folder: Path, erased: int) -> None:
    record = {"format": 1, "erased": [erased], "case": None, "why": "by hand"}
    with Store.open(folder, now=lambda: AT) as kept:
        kept.append(kind=Kind.ERASURE, record=record, at=AT)
    found = _failures(verify_store(folder))
    assert f"5 derived: entry 8 erases entry {erased}, which holds nothing that can be erased" in found


def test_an_erasure_before_what_it_erases_is_found(folder: Path) -> None:
    with Store.open(folder, now=lambda: AT) as kept:
        kept.append(kind=Kind.ERASURE, record={"format": 1, "erased": [9], "case": None, "why": "by hand"}, at=AT)
        kept.add_item(new_item("C1", "later"), AT + timedelta(minutes=1))
    assert "5 derived: entry 8 erases entry 9, which holds nothing that can be erased" in _failures(
        verify_store(folder)
    )


def test_a_journal_entry_that_the_store_did_not_make_is_found(folder: Path) -> None:
    with Store.open(folder, now=lambda: AT) as kept:
        kept.append(kind=Kind.JOURNAL, record={"format": 1}, at=AT)
        kept.append(kind=Kind.JOURNAL, record=kept.record(2), at=AT)
    assert _failures(verify_store(folder)) == [
        "4 records: record 8 does not say what its kind must",
        "5 derived: table item: the row of entry 9 is missing",
    ]


# Triggers

REFUSED = [
    (statement.format(table=table), f"{table}: {words}")
    for table in ("notice", "item", "item_sealed", "erasure", "filing_sealed")
    for statement, words in (
        ("REPLACE INTO {table} SELECT * FROM {table}", "this row is already there"),
        ("DELETE FROM {table}", "rows are never changed nor removed"),
    )
] + [
    ("UPDATE item SET at = NULL", "item: rows are never changed nor removed"),
    ("UPDATE item_sealed SET sha256 = 'x'", "item_sealed: rows are never changed nor removed"),
    ("UPDATE erasure SET erased = 2", "erasure: rows are never changed nor removed"),
    ("UPDATE filing_sealed SET path = 'x'", "filing_sealed: rows are never changed nor removed"),
    ("UPDATE notice SET at = 'x'", "notice: rows are never changed nor removed"),
]


@pytest.mark.parametrize(("statement", "words"), REFUSED)
@pytest.mark.parametrize("recursive", ["ON", "OFF"])
def test_the_database_itself_refuses(
    folder: Path, raw: sqlite3.Connection, statement: str, words: str, recursive: str
) -> None:
    raw.execute(f"PRAGMA recursive_triggers={recursive}")
    with pytest.raises(sqlite3.IntegrityError, match=words):
        raw.execute(statement)
    raw.close()
    assert _failures(verify_store(folder)) == []


def test_what_must_be_erasable_is_not_refused(raw: sqlite3.Connection, folder: Path) -> None:
    raw.execute("UPDATE case_file SET kind = 'other' WHERE code = 'C1'")
    raw.execute("DELETE FROM case_detail")
    raw.execute("DELETE FROM sealing")
    raw.close()
    assert _failures(verify_store(folder)) == []
