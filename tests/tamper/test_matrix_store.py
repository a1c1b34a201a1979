"""Every table of a store, column by column: what is evidence cannot be changed unseen, what is none is named here.

The tables are listed by the code itself: a new table or column fails here until it is said which of the two it is.
"""

import os
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from store import tables
from store.pinned import read_pinned, trust_of_others
from store.verify import verify_store
from store.verify_tokens import Roots
from temoin.report import Report, Status
from tests.tamper.conftest import Change
from tests.whole_case import Whole

# Table → the steps that find a change of it, all without --deep.
FINDS = {
    "entry": "3 chain",
    "record": "4 records",
    "station": "3 chain",
    "subject": "8 subjects",
    "attempt": "5 derived",
    "plan": "5 derived",
    "follow": "5 derived",
    "notice": "5 derived",
    "item": "5 derived",
    "item_sealed": "5 derived|6 objects",
    "erasure": "5 derived|6 objects",
    "filing": "5 derived",
    "exhibit_number": "5 derived",
    "filing_file": "5 derived",
    "filing_sealed": "5 derived|6 objects",
    "slot_answer": "5 derived",
    "token": "10 tokens|11 anchors",
    "case_file": "5 derived",
    "vault": "5 derived",
}
# What is no evidence, and why a change of it misleads nobody who reads the evidence.
NO_EVIDENCE = {
    "visit": "leases on a site: which visits took place is in the records",
    "host_stop": "until when a site is left alone",
    "robots": "when robots.txt was read last: each record names the one that held",
    "told": "what was sent to whom: no document speaks of it",
    "stamping": "how requests to authorities went: what they answered is in token",
    "sealing": "sealed files of entries not committed yet",
    "case_detail": "what a person may change of a case",
    "case_file.kind": "what the person asks for, which they may change",
    "case_file.since": "when the code was made: what the case follows, and since when, is in the register",
    "case_file.closed": "what a person may change of a case: the register says what it follows no more",
    "station.key": "the constant 1",
    "station.schedule_secret": "what the draws to come are made from: those that were drawn are in the register",
    "token.asked_at": "told to nobody: the delay is the attested time less the entry's",
    "token.received_at": "told to nobody, as asked_at",
    "token.authority": "the name that the configuration gives: another one has no root, and is not checked",
    "vault.key": "the constant 1",
    "vault.recipient": "a key: what was sealed to another one cannot be opened, and what is opened is checked",
    "vault.kept": "where the key is",
    "vault.wrapped": "the key under the passphrase: without it nothing opens, and nothing else does",
    "slot_answer.attempt": "repeats what the sealed content says, which its digest covers",
}
# Rows that may come or go unseen, in tables that are evidence otherwise.
MAY_COME = {
    "subject": "the secret of a procedure that no entry is about",
    "case_file": "a case that nothing follows and no filing names",
}
MAY_GO = {
    "slot_answer": "stores of before revision 0004 have none; the sealed content says it",
    "case_file": "the only case here is filed: see the columns",
}
EVIDENCE = [
    (name, column.name)
    for name, table in tables.metadata.tables.items()
    for column in table.columns
    if name not in NO_EVIDENCE and f"{name}.{column.name}" not in NO_EVIDENCE
]


def test_every_table_and_column_is_evidence_or_said_to_be_none() -> None:
    every = tables.metadata.tables
    assert {name for name, _column in EVIDENCE} <= FINDS.keys()
    assert FINDS.keys() | {name for name in NO_EVIDENCE if "." not in name} == every.keys()
    named = {tuple(name.split(".")) for name in NO_EVIDENCE if "." in name}
    assert named <= {(name, column.name) for name, table in every.items() for column in table.columns}


def test_the_format_names_the_tables_that_are_no_evidence(repository: Path) -> None:
    text = (repository / "docs" / "format.md").read_text(encoding="utf-8")
    section = text.split("**What is no evidence.**")[1].split("\n\n")[0]
    assert [name for name in NO_EVIDENCE if f"`{name}`" not in section] == []


@dataclass(slots=True, kw_only=True)
class Bench:
    """A copy of the store whose database is put back before each change."""

    folder: Path
    roots: Roots
    database: bytes = b""
    tables: dict[str, sa.Table] = field(default_factory=lambda: dict(tables.metadata.tables))

    def __post_init__(self) -> None:
        with closing(sqlite3.connect(self.path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.database = self.path.read_bytes()

    @property
    def path(self) -> Path:
        return self.folder / "registre.sqlite"

    def put_back(self) -> None:
        """The database as it was."""
        for name in ("registre.sqlite-wal", "registre.sqlite-shm"):
            (self.folder / name).unlink(missing_ok=True)
        self.path.write_bytes(self.database)

    def report(self, change: Change) -> Report:
        """What is found after a change that the owner of the file can make: triggers dropped, then put back."""
        self.put_back()
        with closing(sqlite3.connect(self.path, isolation_level=None)) as raw:
            for pragma in ("journal_mode=DELETE", "synchronous=OFF", "foreign_keys=OFF", "ignore_check_constraints=ON"):
                raw.execute(f"PRAGMA {pragma}")
            triggers = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            raw.execute("BEGIN")
            for name, _sql in triggers:
                raw.execute(f"DROP TRIGGER {name}")
            change(raw)
            for _name, sql in triggers:
                raw.execute(sql)
            raw.execute("COMMIT")
        return verify_store(self.folder, roots=self.roots)

    def rows(self, raw: sqlite3.Connection, table: str) -> list[dict[str, Any]]:
        """Every row by its columns."""
        names = [column.name for column in self.tables[table].columns]
        return [dict(zip(names, row, strict=True)) for row in raw.execute(f"SELECT * FROM {table}")]  # noqa: S608

    def where(self, table: str, row: dict[str, Any]) -> tuple[str, list[Any]]:
        """The clause that finds a row again."""
        keys = [column.name for column in self.tables[table].primary_key]
        return " AND ".join(f"{key} = ?" for key in keys), [row[key] for key in keys]


@pytest.fixture(scope="module")
def bench(whole: Whole, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    folder = Path(shutil.copytree(whole.store, tmp_path_factory.mktemp("matrix") / "evidence"))
    pinned = read_pinned(whole.settings.timestamp.authorities, ())
    bench = Bench(folder=folder, roots=Roots(pinned=pinned, others=trust_of_others(())))
    assert bench.report(lambda _raw: None).status == "passed"
    with closing(sqlite3.connect(bench.path)) as raw:
        assert [name for name in bench.tables if name != "sealing" and not bench.rows(raw, name)] == []
    return bench


def flipped(value: Any) -> Any:
    """One bit of it; of nothing, something."""
    if isinstance(value, bytes):
        return value[: len(value) // 2] + bytes([value[len(value) // 2] ^ 1]) + value[len(value) // 2 + 1 :]
    if isinstance(value, int):
        return value ^ 1
    text = str(value or "")
    half = len(text) // 2
    return f"{text[:half]}{chr(ord(text[half]) ^ 1)}{text[half + 1 :]}" if text else "x"


def flip(bench: Bench, table: str, column: str) -> Change:
    """One bit of the column in the last row that has something there."""

    def change(raw: sqlite3.Connection) -> None:
        rows = bench.rows(raw, table)
        row = next((one for one in reversed(rows) if one[column] is not None), rows[-1])
        keys = {one.name for one in bench.tables[table].primary_key}
        taken, new = {one[column] for one in rows}, flipped(row[column])
        while isinstance(new, int) and new in taken and column in keys:
            new += 1000
        _set(bench, raw, table, row, {column: new})

    return change


def truncate(bench: Bench, table: str, column: str) -> Change:
    """The column emptied of its last half in the first row."""

    def change(raw: sqlite3.Connection) -> None:
        row = bench.rows(raw, table)[0]
        value = row[column]
        cut = value[: len(value) // 2] if isinstance(value, str | bytes) else -1
        _set(bench, raw, table, row, {column: cut})

    return change


def exchange(bench: Bench, table: str, column: str) -> Change | None:
    """The column exchanged between two rows that differ there; None where no two rows do."""
    bench.put_back()
    with closing(sqlite3.connect(bench.path)) as raw:
        rows = bench.rows(raw, table)
    first = rows[0]
    second = next((one for one in rows if one[column] != first[column]), None)
    if second is None or column in {one.name for one in bench.tables[table].primary_key}:
        return None  # rows that exchange their keys are the same as rows that exchange all the rest

    def change(raw: sqlite3.Connection) -> None:
        _set(bench, raw, table, first, {column: second[column]})
        _set(bench, raw, table, second, {column: first[column]})

    return change


def _set(bench: Bench, raw: sqlite3.Connection, table: str, row: dict[str, Any], new: dict[str, Any]) -> None:
    where, keys = bench.where(table, row)
    assignments = ", ".join(f"{name} = ?" for name in new)
    done = raw.execute(f"UPDATE {table} SET {assignments} WHERE {where}", [*new.values(), *keys])  # noqa: S608
    assert done.rowcount == 1


def delete(bench: Bench, table: str) -> Change:
    """The first row."""

    def change(raw: sqlite3.Connection) -> None:
        where, keys = bench.where(table, bench.rows(raw, table)[0])
        raw.execute(f"DELETE FROM {table} WHERE {where}", keys)  # noqa: S608

    return change


def add(bench: Bench, table: str) -> Change:
    """The last row once more, under another key."""

    def change(raw: sqlite3.Connection) -> None:
        row = bench.rows(raw, table)[-1]
        for column in bench.tables[table].primary_key:
            row[column.name] = row[column.name] + 1000 if isinstance(row[column.name], int) else f"{row[column.name]}x"
        raw.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", list(row.values()))  # noqa: S608

    return change


def check_found(bench: Bench, table: str, change: Change) -> None:
    """By one of the table's steps, with words that name the table, or the thing and its number."""
    report = bench.report(change)
    found = [f"{check.name}: {check.detail}" for check in report.checks if check.status is Status.FAILED]
    right = [one for one in found if re.match(FINDS[table], one)]
    assert right, (table, report.status, found)
    things = rf"table {table}\b|the table of the station|(entry|record|token|line|row|anchor|filing) -?\d+"
    assert any(re.search(things, one) for one in right), right


# Of each table, the last column that is evidence; the rest of the product is for ``make soak``.
IN_SHORT = list({name: (name, column) for name, column in EVIDENCE}.values())


@pytest.mark.parametrize(("table", "column"), IN_SHORT)
def test_a_flipped_bit_is_found(bench: Bench, table: str, column: str) -> None:
    check_found(bench, table, flip(bench, table, column))


@pytest.mark.parametrize("table", [name for name in FINDS if name not in MAY_GO])
def test_a_row_that_was_taken_away_is_found(bench: Bench, table: str) -> None:
    check_found(bench, table, delete(bench, table))


@pytest.mark.parametrize("table", [name for name in FINDS if name not in {*MAY_COME, "token"}])
def test_a_row_that_was_added_is_found(bench: Bench, table: str) -> None:
    check_found(bench, table, add(bench, table))


def test_a_token_that_was_added_leaves_a_hole_in_the_numbers(bench: Bench) -> None:
    check_found(bench, "token", add(bench, "token"))


def test_what_is_no_evidence_is_said_to_be_none_because_nothing_finds_it(bench: Bench) -> None:
    """All such changes at once: the day one of them is found, it must leave the list."""

    def change(raw: sqlite3.Connection) -> None:
        for name in NO_EVIDENCE:
            table, _dot, column = name.partition(".")
            if table == "sealing" or name in {"token.authority", "slot_answer.attempt"}:
                continue
            for each in [column] if column else [one.name for one in bench.tables[table].columns]:
                flip(bench, table, each)(raw)
        for table in MAY_COME:
            add(bench, table)(raw)
        delete(bench, "slot_answer")(raw)

    assert bench.report(change).status == "passed"


def test_a_token_under_another_name_is_not_checked_hence_not_passed(bench: Bench) -> None:
    assert bench.report(flip(bench, "token", "authority")).status == "incomplete"


def test_files_changed_in_time_only_are_the_same_files(bench: Bench) -> None:
    """Re-dating: no step reads when a file was written, and none may."""
    for path in bench.folder.rglob("*"):
        os.utime(path, (0, 0))
    assert bench.report(lambda _raw: None).status == "passed"


CHANGES: tuple[Callable[[Bench, str, str], Change | None], ...] = (flip, truncate, exchange)


@pytest.mark.soak
@pytest.mark.parametrize("how", CHANGES)
def test_every_column_of_evidence_in_every_way(
    bench: Bench, how: Callable[[Bench, str, str], Change | None], record_property: Callable[[str, object], None]
) -> None:
    done = 0
    for table, column in EVIDENCE:
        if how is exchange and table == "item_sealed":
            continue  # files that changed places: found when they are opened, which takes the key (test_tamper_added)
        change = how(bench, table, column)
        if change is not None:
            check_found(bench, table, change)
            done += 1
    record_property("found", done)
    assert done >= len(FINDS)
