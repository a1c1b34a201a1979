"""One reading of the whole ledger, that gathers what the steps of ``verify`` compare.

Records are read once, in pages, and never kept: what stays in memory is what was found wrong, the digests
that records name, and the times that were planned.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import sqlalchemy as sa

from store import cases, tables
from store.chain import Entry, build_subject, parse_line
from store.derived import Row, derive, find_artefacts, find_objects, procedure_of
from store.ledger import as_bytes, build_case_digest
from temoin.canonical import Digest, Json, is_canonical, sha256
from temoin.errors import StoreError
from temoin.messages import _
from temoin.records import Kind

_PAGE = 500  # entries read at a time
_DERIVED = (tables.attempt, tables.plan, tables.follow, tables.notice)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedObject:
    """An object that the evidence says is kept, and where it says so first."""

    sequence: int
    size: int | None
    media_type: str = ""


@dataclass(slots=True, kw_only=True)
class Walk:
    """What one reading found, by step (docs/format.md §6)."""

    entries: int = 0
    records: list[str] = field(default_factory=list)  # step 4
    derived: list[str] = field(default_factory=list)  # step 5
    objects: dict[Digest, NamedObject] = field(default_factory=dict)  # for steps 6, 7, 10
    subjects: list[str] = field(default_factory=list)  # step 8
    plans: list[str] = field(default_factory=list)  # step 9
    planned: set[tuple[str, str]] = field(default_factory=set)
    late_plans: int = 0


def walk_ledger(connection: sa.Connection) -> Walk:
    """Read every entry with its record and rows, and compare them."""
    walk = Walk()
    secrets = {row.procedure: row.secret for row in connection.execute(sa.select(tables.subject))}
    for page in _pages(connection):
        bodies = _bodies(connection, page)
        rows = {table.name: _by_sequence(connection, table, page) for table in _DERIVED}
        for sequence, line in page:
            walk.entries += 1
            found = _read(walk, sequence, line, bodies.get(sequence))
            if found is not None:
                _compare(connection, walk, secrets, found, rows)
                walk.derived += [_left_over(name, sequence) for name, left in rows.items() if sequence in left]
    _find_strays(connection, walk)
    return walk


def _pages(connection: sa.Connection) -> Iterator[list[tuple[int, bytes]]]:
    column, after = tables.entry.c.sequence, -1
    while True:
        query = sa.select(column, as_bytes(tables.entry.c.line)).where(column > after)
        page = [(row[0], row[1]) for row in connection.execute(query.order_by(column).limit(_PAGE))]
        if not page:
            return
        yield page
        after = page[-1][0]


def _bodies(connection: sa.Connection, page: list[tuple[int, bytes]]) -> dict[int, bytes]:
    columns = tables.record.c
    query = sa.select(columns.sequence, as_bytes(columns.body))
    found = connection.execute(query.where(columns.sequence.between(page[0][0], page[-1][0])))
    return {row[0]: row[1] for row in found}


def _by_sequence(connection: sa.Connection, table: sa.Table, page: list[tuple[int, bytes]]) -> dict[int, Row]:
    query = sa.select(table).where(table.c.sequence.between(page[0][0], page[-1][0]))
    return {row["sequence"]: dict(row) for row in connection.execute(query).mappings()}


def _read(walk: Walk, sequence: int, line: bytes, body: bytes | None) -> tuple[Entry, Json] | None:
    """The entry and its record when both can be trusted to be compared further; step 4 otherwise."""
    try:
        entry = parse_line(line)
    except ValueError:
        return None  # step 3 says so
    if body is None:
        walk.records.append(_("entry {sequence} has no record").format(sequence=sequence))
        return None
    if sha256(body) != entry.record:
        walk.records.append(_("record {sequence}: its digest is not the one its entry gives").format(sequence=sequence))
        return None
    if not is_canonical(body):
        walk.records.append(_("record {sequence} is not in canonical form (RFC 8785)").format(sequence=sequence))
        return None
    record: Json = json.loads(body)
    if record.get("format") != 1:
        walk.records.append(_("record {sequence} has an unknown format").format(sequence=sequence))
        return None
    return entry, record


def _compare(
    connection: sa.Connection,
    walk: Walk,
    secrets: dict[str, str],
    found: tuple[Entry, Json],
    rows: dict[str, dict[int, Row]],
) -> None:
    entry, record = found
    at = json.loads(entry.line)["at"]
    try:
        derived = derive(entry.kind, entry.sequence, at, record)
    except ValueError:
        walk.records.append(_("record {sequence} does not say what its kind must").format(sequence=entry.sequence))
        return
    if derived is not None:
        table, expected = derived
        _compare_row(walk, table.name, expected, rows[table.name].pop(entry.sequence, None))
        _note_plan(walk, entry, expected, at)
    if entry.kind is Kind.FILING:
        _compare_filing(connection, walk, entry, record)
    _compare_subject(walk, secrets, entry, procedure_of(entry.kind, record))
    _note_objects(walk, entry, record)


def _compare_row(walk: Walk, table: str, expected: Row, row: Row | None) -> None:
    sequence = expected["sequence"]
    if row is None:
        walk.derived.append(
            _("table {table}: the row of entry {sequence} is missing").format(table=table, sequence=sequence)
        )
    elif wrong := [name for name, value in expected.items() if row[name] != value]:
        walk.derived.append(
            _("table {table}: the row of entry {sequence} does not say what the record says: {fields}").format(
                table=table, sequence=sequence, fields=", ".join(wrong)
            )
        )


def _left_over(table: str, sequence: int) -> str:
    return _("table {table}: a row claims entry {sequence}, which says nothing of the kind").format(
        table=table, sequence=sequence
    )


def _note_plan(walk: Walk, entry: Entry, row: Row, at: str) -> None:
    if entry.kind is Kind.PLAN:
        times = row["times"].split()
        walk.planned.update((row["procedure"], time) for time in times)
        walk.late_plans += any(time < at for time in times)
    due = row.get("due")
    if due is not None and (row["procedure"], due) not in walk.planned:
        walk.plans.append(
            _("entry {sequence}: no plan before it has the time {due} that it answers").format(
                sequence=entry.sequence, due=due
            )
        )


def _compare_subject(walk: Walk, secrets: dict[str, str], entry: Entry, procedure: str | None) -> None:
    if procedure is None:  # the caller may have said what the record is about
        known = {build_subject(*pair) for pair in secrets.items()} if entry.subject else set()
        expected = entry.subject if entry.subject in known else None
    elif procedure not in secrets:
        walk.subjects.append(
            _("entry {sequence}: the secret of its procedure is missing").format(sequence=entry.sequence)
        )
        return
    else:
        expected = build_subject(procedure, secrets[procedure])
    if entry.subject != expected:
        walk.subjects.append(
            _("entry {sequence}: its subject is not that of its procedure").format(sequence=entry.sequence)
        )


def _note_objects(walk: Walk, entry: Entry, record: Json) -> None:
    media = {item["sha256"]: item.get("media_type", "") for item in find_artefacts(record)}
    for digest, size in find_objects(record):
        named = NamedObject(sequence=entry.sequence, size=size, media_type=media.get(digest, ""))
        walk.objects.setdefault(digest, named)


def _compare_filing(connection: sa.Connection, walk: Walk, entry: Entry, record: Json) -> None:
    """The frozen numbers and files against the digests in the record."""
    try:
        filing = cases.read_filing(connection, entry.sequence)
    except StoreError:
        walk.derived.append(_("table filing: the row of entry {sequence} is missing").format(sequence=entry.sequence))
        return
    files = cases.read_files(connection, entry.sequence)
    salt = cases.read_salt(connection, filing.case)
    said = {
        "filing": (filing.first_number, filing.supplement_of),
        "exhibit_number": _digest_of_numbers(connection, entry.sequence),
        "filing_file": cases.digest_of_files(files),
        "case_file": record.get("case") if salt is None else build_case_digest(filing.case, salt),
    }
    expected = {
        "filing": (record.get("first_number"), record.get("supplement_of")),
        "exhibit_number": record.get("numbers_sha256"),
        "filing_file": record.get("files_sha256"),
        "case_file": record.get("case"),
    }
    walk.derived += [
        _("table {table}: filing {sequence} is not what its record says").format(table=table, sequence=entry.sequence)
        for table in said
        if said[table] != expected[table]
    ]
    for _path, digest in files:
        walk.objects.setdefault(digest, NamedObject(sequence=entry.sequence, size=None))


def _digest_of_numbers(connection: sa.Connection, filing_id: int) -> Digest | None:
    try:
        return cases.digest_of_numbers(cases.read_numbers(connection, filing_id))
    except ValueError:
        return None  # a value of another type than we ever write


def _find_strays(connection: sa.Connection, walk: Walk) -> None:
    """Rows outside the ledger: they claim an entry that is not there."""
    for table, found in ((tables.record, walk.records), *((table, walk.derived) for table in _DERIVED)):
        query = sa.select(table.c.sequence).where(table.c.sequence.not_in(sa.select(tables.entry.c.sequence)))
        strays = connection.execute(query).scalars().all()
        found += [_left_over(table.name, sequence) for sequence in strays]
    filings = set(connection.execute(sa.select(tables.filing.c.filing_id)).scalars())
    filed = connection.execute(sa.select(tables.entry.c.sequence).where(tables.entry.c.kind == Kind.FILING.value))
    walk.derived += [_left_over("filing", sequence) for sequence in sorted(filings - set(filed.scalars()))]
