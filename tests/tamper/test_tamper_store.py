"""One change to a valid store, and the words that tell it."""

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from store.store import Store
from store.verify import verify_store
from temoin.canonical import canonical_bytes, sha256
from temoin.errors import IntegrityError
from temoin.records import Kind
from temoin.report import Status

MORNING = datetime(2026, 11, 23, 7, 12, 30, tzinfo=UTC)

Change = Callable[[sqlite3.Connection], object]
Tampered = Callable[[Change], Path]


def _failures(folder: Path, *, deep: bool = False) -> list[str]:
    report = verify_store(folder, deep=deep)
    return [f"{check.name}: {check.detail}" for check in report.checks if check.status is Status.FAILED]


def _object(folder: Path, data: bytes) -> Path:
    digest = sha256(data)
    return folder / "objects" / digest[:2] / digest[2:]


def _overwrite(path: Path, data: bytes) -> None:
    path.chmod(0o600)
    path.write_bytes(data)


def test_an_untouched_store_verifies(folder: Path) -> None:
    report = verify_store(folder, deep=True)
    assert report.status == "passed"
    assert [check.name for check in report.checks] == [
        "1 database",
        "2 schema",
        "3 chain",
        "4 records",
        "5 derived",
        "6 objects",
        "7 unnamed",
        "8 subjects",
        "9 plans",
        "10 tokens",
        "11 anchors",
        "12 pictures",
        "13 exchanges",
    ]
    assert report.checks[2].detail == "7 entries"


# Entries


def _edit_line(old: str, new: str, sequence: int = 5) -> Change:
    def change(raw: sqlite3.Connection) -> None:
        found = raw.execute("SELECT line FROM entry WHERE sequence = ?", (sequence,)).fetchone()[0]
        edited = found.replace(old.encode(), new.encode())
        assert edited != found
        raw.execute("UPDATE entry SET line = ? WHERE sequence = ?", (edited, sequence))

    return change


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"at":"2026-11-23T08', '"at":"2026-11-23T09', "entry 6 does not follow from the line before it"),
        ('"format":1', '"format":2', "line 5: wrong value of format"),
        ('"kind":"attempt"', '"kind":"journal"', "row 5 of the table is not the entry it holds"),
        ('"previous":"', '"previous":"0', "line 5: wrong value of previous"),
        ('"record":"', '"record":"g', "line 5: wrong value of record"),
        ('"sequence":5', '"sequence":9', "sequence 9 stands where 5 was expected"),
        ('"station":"', '"station":"0', "line 5: wrong value of station"),
        ('"subject":"', '"subject":"0', "line 5: wrong value of subject"),
        ('{"at"', '{"a":1,"at"', "line 5: its fields are not those of an entry"),
        ('{"at"', '{ "at"', "line 5: it is not in canonical form"),
    ],
)
def test_each_field_of_an_entry_is_covered(tampered: Tampered, old: str, new: str, words: str) -> None:
    found = _failures(tampered(_edit_line(old, new)))
    assert any(failure.startswith("3 chain: ") and words in failure for failure in found)


@pytest.mark.parametrize("field", ["previous", "record", "station", "subject"])
def test_one_other_digit_in_a_digest_is_found(tampered: Tampered, field: str) -> None:
    def change(raw: sqlite3.Connection) -> None:
        line = json.loads(raw.execute("SELECT line FROM entry WHERE sequence = 5").fetchone()[0])
        line[field] = ("0" if line[field][0] != "0" else "1") + line[field][1:]
        raw.execute("UPDATE entry SET line = ? WHERE sequence = 5", (canonical_bytes(line),))

    found = _failures(tampered(change))
    assert "3 chain: line 6: entry 6 does not follow from the line before it" in found


def test_a_subject_changed_in_the_last_entry_about_it_is_found(tampered: Tampered) -> None:
    def change(raw: sqlite3.Connection) -> None:
        raw.execute("UPDATE subject SET secret = ?", ("0" * 64,))

    found = _failures(tampered(change))
    assert "8 subjects: entry 4: its subject is not that of its procedure" in found
    assert all(failure.startswith("8 subjects") for failure in found)


def test_a_removed_secret_is_found(tampered: Tampered) -> None:
    found = _failures(tampered(lambda raw: raw.execute("DELETE FROM subject")))
    assert "8 subjects: entry 4: the secret of its procedure is missing" in found


def test_entries_that_changed_places_are_found(tampered: Tampered) -> None:
    def change(raw: sqlite3.Connection) -> None:
        for before, after in ((4, 99), (5, 4), (99, 5)):
            raw.execute("UPDATE entry SET sequence = ? WHERE sequence = ?", (after, before))

    found = _failures(tampered(change))
    assert "3 chain: line 4: sequence 5 stands where 4 was expected" in found
    assert "3 chain: row 4 of the table is not the entry it holds" in found


def test_a_deleted_middle_entry_is_found(tampered: Tampered) -> None:
    def change(raw: sqlite3.Connection) -> None:
        for table in ("entry", "record", "attempt"):
            raw.execute(f"DELETE FROM {table} WHERE sequence = 5")  # noqa: S608 - literal names

    assert _failures(tampered(change)) == [
        "3 chain: line 5: sequence 6 stands where 5 was expected",
        "3 chain: line 5: entry 6 does not follow from the line before it",
    ]


def test_a_register_chained_again_from_the_middle_is_found_by_a_kept_digest_only(
    tampered: Tampered, folder: Path
) -> None:
    """Step 3 cannot tell (docs/format.md §3); the last digest, kept elsewhere, can."""
    with Store.open(folder, now=_never, read_only=True) as kept:
        before = [entry.digest for entry in kept.entries()]

    def change(raw: sqlite3.Connection) -> None:
        record = json.loads(raw.execute("SELECT body FROM record WHERE sequence = 5").fetchone()[0])
        record["simulated"] = False
        body = canonical_bytes(record)
        raw.execute("UPDATE record SET body = ? WHERE sequence = 5", (body,))
        raw.execute("UPDATE attempt SET simulated = 0 WHERE sequence = 5")
        _chain_again(raw, sha256(body))

    assert _failures(tampered(change)) == []
    with Store.open(folder, now=_never, read_only=True) as kept:
        after = [entry.digest for entry in kept.entries()]
    assert [a == b for a, b in zip(before, after, strict=True)] == [True] * 4 + [False] * 3


def _chain_again(raw: sqlite3.Connection, record: str) -> None:
    previous = ""
    for sequence, line in raw.execute("SELECT sequence, line FROM entry ORDER BY sequence").fetchall():
        value = json.loads(line)
        if sequence == 5:
            value["record"] = record
        if sequence > 5:
            value["previous"] = previous
        changed = canonical_bytes(value)
        raw.execute("UPDATE entry SET line = ? WHERE sequence = ?", (changed, sequence))
        previous = sha256(changed)


def _never() -> datetime:
    raise AssertionError("reading asks no clock")


def test_appending_to_a_changed_last_entry_is_refused(tampered: Tampered) -> None:
    folder = tampered(_edit_line('"format":1', '"format":3', sequence=7))
    with Store.open(folder, now=_never) as kept, pytest.raises(IntegrityError, match="register was changed"):
        kept.head()


# Records and rows


def test_a_changed_record_is_found(tampered: Tampered) -> None:
    def change(raw: sqlite3.Connection) -> None:
        raw.execute("UPDATE record SET body = replace(body, 'no_slot', 'slot_seen') WHERE sequence = 5")

    assert "4 records: record 5: its digest is not the one its entry gives" in _failures(tampered(change))


def test_a_removed_record_is_found(tampered: Tampered) -> None:
    found = _failures(tampered(lambda raw: raw.execute("DELETE FROM record WHERE sequence = 5")))
    assert "4 records: entry 5 has no record" in found


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE attempt SET outcome = 'slot_seen' WHERE sequence = 5", "what the record says: outcome"),
        ("UPDATE attempt SET due = NULL, reason = 'x' WHERE sequence = 5", "what the record says: due, reason"),
        ("DELETE FROM attempt WHERE sequence = 5", "table attempt: the row of entry 5 is missing"),
        ("UPDATE plan SET times = '' WHERE sequence = 3", "table plan: the row of entry 3"),
        ("DELETE FROM follow", "table follow: the row of entry 2 is missing"),
        ("UPDATE exhibit_number SET number = 2", "table exhibit_number: filing 7 is not what its record says"),
        ("UPDATE filing_file SET path = 'x'", "table filing_file: filing 7 is not what its record says"),
        ("UPDATE filing SET first_number = 9", "table filing: filing 7 is not what its record says"),
        ("DELETE FROM filing", "table filing: the row of entry 7 is missing"),
        ("UPDATE case_file SET salt = 'x'", "table case_file: filing 7 is not what its record says"),
        (
            "INSERT INTO follow VALUES (3, 'follow', 'x', 'creteil', '2026')",
            "table follow: a row claims entry 3, which says nothing of the kind",
        ),
        (
            "INSERT INTO plan VALUES (50, 'creteil', '2026-11-23', '', NULL, '2026')",
            "table plan: a row claims entry 50",
        ),
    ],
)
def test_rows_that_no_longer_say_what_the_records_say_are_found(tampered: Tampered, statement: str, words: str) -> None:
    found = _failures(tampered(lambda raw: raw.execute(statement)))
    assert len(found) == 1
    assert found[0].startswith("5 derived: ")
    assert words in found[0]


def test_an_attempt_whose_plan_came_after_it_is_found(folder: Path) -> None:
    with Store.open(folder, now=_never) as kept:
        record = kept.record(4) | {"due": "2026-11-23T20:00:00.000Z"}
        kept.append(kind=Kind.ATTEMPT, record=record, at=MORNING)
    assert _failures(folder) == [
        "9 plans: entry 8: no plan before it has the time 2026-11-23T20:00:00.000Z that it answers"
    ]


# Objects


def test_a_flipped_bit_of_an_object_is_found(folder: Path) -> None:
    path = _object(folder, b"page 1")
    _overwrite(path, b"page 0")
    digest = sha256(b"page 1")
    assert _failures(folder) == [f"6 objects: object {digest} of entry 5: its bytes are not those of its name"]
    with Store.open(folder, now=_never) as kept, pytest.raises(IntegrityError, match=f"{digest} was changed"):
        kept.read(digest)


def test_a_truncated_object_is_found(folder: Path) -> None:
    path = _object(folder, b"page 1")
    _overwrite(path, b"page")
    assert _failures(folder) == [f"6 objects: object {sha256(b'page 1')} of entry 5: it has 4 bytes instead of 6"]
    with Store.open(folder, now=_never) as kept, pytest.raises(IntegrityError, match="was changed"):
        kept.put(b"page 1")
    assert path.read_bytes() == b"page"  # nothing is repaired behind one's back


@pytest.mark.parametrize(("data", "entry"), [(b"page 2", 6), (b"%PDF", 7)])
def test_a_deleted_object_is_found(folder: Path, data: bytes, entry: int) -> None:
    _object(folder, data).unlink()
    assert _failures(folder) == [f"6 objects: object {sha256(data)} of entry {entry}: it is missing"]


def test_an_object_that_nothing_names_is_told_and_is_no_failure(folder: Path) -> None:
    with Store.open(folder, now=_never) as kept:
        digest = kept.put(b"left by a killed process")
    report = verify_store(folder)
    assert report.status == "passed"
    assert report.checks[6].detail == f"1 objects that nothing names: {digest}"


# Triggers and schema

REFUSED = [
    ("UPDATE entry SET line = 'x'", "entry: rows are never changed nor removed"),
    ("DELETE FROM entry WHERE sequence = 7", "entry: rows are never changed nor removed"),
    ("INSERT INTO entry VALUES (9, 'plan', 'x')", "entry: only the next sequence can be added"),
    ("INSERT INTO entry VALUES (5, 'plan', 'x')", "entry: only the next sequence can be added"),
    ("INSERT OR REPLACE INTO entry VALUES (5, 'plan', 'x')", "entry: only the next sequence can be added"),
    ("REPLACE INTO entry VALUES (7, 'plan', 'x')", "entry: only the next sequence can be added"),
    ("UPDATE OR REPLACE entry SET sequence = 5 WHERE sequence = 6", "rows are never changed nor removed"),
    ("INSERT OR REPLACE INTO record VALUES (5, 'x')", "record: this row is already there"),
    ("UPDATE record SET body = 'x'", "record: rows are never changed nor removed"),
    ("REPLACE INTO attempt SELECT * FROM attempt", "attempt: this row is already there"),
    ("DELETE FROM attempt", "attempt: rows are never changed nor removed"),
    ("REPLACE INTO plan SELECT * FROM plan", "plan: this row is already there"),
    ("REPLACE INTO follow SELECT * FROM follow", "follow: this row is already there"),
    ("REPLACE INTO subject VALUES ('creteil', 'x')", "subject: this row is already there"),
    ("REPLACE INTO station VALUES (1, 'x', 'x')", "station: this row is already there"),
    ("REPLACE INTO filing SELECT * FROM filing", "filing: this row is already there"),
    ("UPDATE exhibit_number SET number = 2", "exhibit_number: rows are never changed nor removed"),
    ("REPLACE INTO exhibit_number SELECT * FROM exhibit_number", "exhibit_number: this row is already there"),
    ("REPLACE INTO filing_file SELECT * FROM filing_file", "filing_file: this row is already there"),
    ("DELETE FROM filing_file", "filing_file: rows are never changed nor removed"),
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
    assert _failures(folder) == []


def test_a_hidden_row_number_lets_no_replacement_past(raw: sqlite3.Connection) -> None:
    for table in ("subject", "exhibit_number", "filing_file"):
        with pytest.raises(sqlite3.OperationalError, match="no such column: rowid"):
            raw.execute(f"SELECT rowid FROM {table}")  # noqa: S608 - literal names


def test_a_dropped_trigger_is_found(raw: sqlite3.Connection, folder: Path) -> None:
    raw.execute("DROP TRIGGER entry_no_update")
    assert _failures(folder) == ["2 schema: entry_no_update is missing: something removed it"]


def test_an_added_or_softened_trigger_is_found(raw: sqlite3.Connection, folder: Path) -> None:
    raw.execute("CREATE TRIGGER quiet AFTER INSERT ON entry BEGIN SELECT 1; END")
    raw.execute("DROP TRIGGER entry_no_delete")
    raw.execute("CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry BEGIN SELECT 1; END")
    assert _failures(folder) == [
        "2 schema: quiet was added: it is not of this version",
        "2 schema: entry_no_delete was changed: it is not that of this version",
    ]


def test_a_picture_that_is_none_is_found_by_the_deep_steps_only(folder: Path) -> None:
    with Store.open(folder, now=_never) as kept:
        record = kept.record(4)
        picture = {"role": "window", "sha256": kept.put(b"no picture"), "bytes": 10, "media_type": "image/png"}
        record["parts"][0]["artefacts"] = [picture]
        kept.append(kind=Kind.ATTEMPT, record=record, at=MORNING)
    assert _failures(folder) == []
    assert _failures(folder, deep=True) == [f"12 pictures: picture {picture['sha256']} of entry 8 cannot be decoded"]
