"""The rows about a large register: appending at its end, lists, and status."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.measure import Row, in_turn, milliseconds, repeated
from benchmarks.records import PROCEDURES, START, ZONE, Place, attempt_record, procedure_name
from exhibits.status import read_status, status_json
from store.chain import FIRST_PREVIOUS, EntryFields, build_line
from store.derived import derive
from store.ledger import build_case_digest
from store.opening import DATABASE_NAME
from store.store import Store
from store.values import AttemptQuery
from temoin.canonical import Digest, canonical_bytes, sha256
from temoin.clock import local_text, utc_text
from temoin.records import CaseKind, Kind
from temoin.settings import Settings

SMALL, LARGE = 1_000, 1_000_000
BATCH = 20_000  # entries in one transaction while filling
APPENDS = 300
LISTS = 40
PAGE = 50
CASES, FOLLOWED, QUARTER = 300, 3, LARGE * 3 // 4
ONE_CASE = "one"

MARKED = Place(number=123_456_789)  # no other has its id, time or procedure
MARKED_SEQUENCE = 987_654_321

Filled = tuple[int, str, bytes, bytes, Mapping[str, Any]]  # sequence, kind, line, record, derived row


def append_row(small: Path, large: Path) -> Row:
    """Committing one attempt at the end of a large register, against the same at the end of a small one."""
    with _opened(small) as little, _opened(large) as much:
        ours, theirs = in_turn(_appending(much), _appending(little), times=APPENDS, unmeasured=10)
    return Row(
        what=f"append at {LARGE:,} entries", unit="ms", limit=1.2, ours=ours, peer=f"at {SMALL:,}", against=theirs
    )


def list_rows(large: Path) -> Iterator[Row]:
    """One page of a list, newest first: of everything, and of one procedure."""
    queries = {
        "": AttemptQuery(limit=PAGE, newest_first=True),
        " of one procedure": AttemptQuery(limit=PAGE, newest_first=True, procedure=procedure_name(7)),
    }
    for whose, query in queries.items():
        with _opened(large) as store:

            def ask(store: Store = store, query: AttemptQuery = query) -> float:
                return milliseconds(lambda: _page(store, query))

            sample = repeated(ask, times=LISTS)
        yield Row(what=f"`list` page{whose} at {LARGE:,} entries", unit="ms", limit=150, ours=sample)


def status_rows(large: Path) -> Iterator[Row]:
    """``status`` of one case that follows some procedures from the first entry on, and of all the station's cases.

    Most of these have followed one procedure over the last quarter of the register: three months, what a case lasts.
    """
    with _opened(large) as store:
        open_cases(store, large, {ONE_CASE: range(1, 1 + FOLLOWED)})
        open_cases(store, large, {f"case-{number:03d}": (QUARTER + number,) for number in range(CASES)})
        for code, whose in ((ONE_CASE, f"one case, {FOLLOWED} procedures"), (None, f"{CASES + 1} cases")):

            def ask(store: Store = store, code: str | None = code) -> float:
                return milliseconds(lambda: _status(store, code))

            sample = repeated(ask, times=LISTS)
            yield Row(what=f"`status` of {whose} at {LARGE:,} entries", unit="ms", limit=150, ours=sample)


def fill(folder: Path, count: int) -> None:
    """A store of ``count`` attempts whose chain is whole: each row is what ``Store.append`` would have written.

    The triggers stay on; what is saved is a transaction, and its wait for the disk, for every entry.
    """
    with _opened(folder) as store:
        station = store.station
        attempt_record(Place(number=0), keep=store.put)
        subjects = {name: store.subject_of(name) for name in map(procedure_name, range(min(count, PROCEDURES)))}
    with closing(sqlite3.connect(folder / DATABASE_NAME, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        rows = _rows(count, station, subjects)
        while batch := list(islice(rows, BATCH)):
            _insert(connection, batch)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _opened(folder: Path) -> Store:
    return Store.open(folder, now=lambda: START)


def _appending(store: Store) -> Any:  # noqa: ANN401 - a Timed
    numbers = iter(range(LARGE * 2, LARGE * 3))

    def append() -> float:
        place = Place(number=next(numbers))
        record = attempt_record(place)
        return milliseconds(lambda: store.append(kind=Kind.ATTEMPT, record=record, at=place.at))

    return append


def _page(store: Store, query: AttemptQuery) -> None:
    if len(store.attempts(query)) != PAGE:
        raise RuntimeError("the page is not full: it measures nothing")


def open_cases(store: Store, folder: Path, follows: Mapping[str, Iterable[int]]) -> None:
    """Cases that follow, each from those entries on, the procedures of those entries.

    Only the derived rows are made, since ``status`` reads no others; the chain would have to be made anew from there.
    """
    for code in follows:
        store.ensure_case(code, CaseKind.RENEWAL.value, START)
    with closing(sqlite3.connect(folder / DATABASE_NAME, isolation_level=None)) as connection:
        salts = dict(connection.execute("SELECT code, salt FROM case_file"))
        rows = [
            (sequence, build_case_digest(code, salts[code]), Place(number=sequence - 1).procedure, utc_text(START))
            for code, sequences in follows.items()
            for sequence in sequences
        ]
        connection.executemany(
            "INSERT INTO follow (sequence, kind, case_sha256, procedure, at) VALUES (?, 'follow', ?, ?, ?)", rows
        )


def _status(store: Store, code: str | None) -> None:
    now = Place(number=LARGE).at
    found = read_status(store, Settings(path=store.folder / "config.toml"), code=code, now=now)
    if not all(one.gauge.distinct_days for case in found for one in case.assessments):
        raise RuntimeError("a case has no attempt: it measures nothing")
    status_json(found)


def _rows(count: int, station: str, subjects: Mapping[str, Digest]) -> Iterator[Filled]:
    """Every entry in order, each following from the one before.

    The canonical form is worked out once, with marks where entries differ: of a million it would take half an hour.
    """
    record = attempt_record(MARKED)
    body, line = canonical_bytes(record).decode(), build_line(_marked_fields(station)).decode()
    derived = derive(Kind.ATTEMPT, MARKED_SEQUENCE, utc_text(MARKED.at), record)
    if derived is None:
        raise RuntimeError("an attempt has no row of its own any more")
    without = dict.fromkeys(_changes(MARKED), "")
    differing = {name: str(value) for name, value in derived[1].items() if _changed(str(value), without) != str(value)}
    previous = str(FIRST_PREVIOUS)
    for number in range(count):
        changes = _changes(Place(number=number))
        filled = _changed(body, changes).encode()
        entry = {**changes, "P" * 64: previous, "R" * 64: sha256(filled), "S" * 64: subjects[changes[MARKED.procedure]]}
        entry[str(MARKED_SEQUENCE)] = str(number + 1)
        written = _changed(line, entry).encode()
        row = {name: _changed(value, changes) for name, value in differing.items()}
        previous = sha256(written)
        yield number + 1, Kind.ATTEMPT.value, written, filled, {**derived[1], **row, "sequence": number + 1}


def _marked_fields(station: str) -> EntryFields:
    return EntryFields(
        sequence=MARKED_SEQUENCE,
        at=MARKED.at,
        kind=Kind.ATTEMPT,
        previous=Digest("P" * 64),
        record=Digest("R" * 64),
        station=station,
        subject=Digest("S" * 64),
    )


def _changes(place: Place) -> dict[str, str]:
    """What stands in the place of the marks."""
    return {
        MARKED.attempt: place.attempt,
        utc_text(MARKED.at): utc_text(place.at),
        local_text(MARKED.at, ZONE): local_text(place.at, ZONE),
        MARKED.procedure: place.procedure,
    }


def _changed(text: str, changes: Mapping[str, str]) -> str:
    for mark, value in changes.items():
        text = text.replace(mark, value)
    return text


def _insert(connection: sqlite3.Connection, batch: list[Filled]) -> None:
    names = list(batch[0][4])
    marks = ", ".join(f":{name}" for name in names)
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany("INSERT INTO entry (sequence, kind, line) VALUES (?, ?, ?)", [row[:3] for row in batch])
    connection.executemany("INSERT INTO record (sequence, body) VALUES (?, ?)", [(row[0], row[3]) for row in batch])
    connection.executemany(
        f"INSERT INTO attempt ({', '.join(names)}) VALUES ({marks})",  # noqa: S608 - our own column names
        [row[4] for row in batch],
    )
    connection.execute("COMMIT")
