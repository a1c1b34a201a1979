"""One reading of the whole ledger, that gathers what the steps of ``verify`` compare.

Records are read once, in pages, and never kept: what stays in memory is what was found wrong, the digests
that records name, and the times that were planned.
"""

import json
from collections.abc import Iterator
from datetime import date, timedelta

import sqlalchemy as sa

from store import tables
from store.chain import Entry, build_subject, parse_line
from store.derived import Row, derive, find_artefacts, find_objects, procedure_of
from store.ledger import as_bytes
from store.walk_added import compare_added, find_added_strays, settle
from store.walked import NamedObject, Walk, compare_row, left_over
from temoin.canonical import Digest, Json, is_canonical, read_json, sha256
from temoin.messages import _
from temoin.records import Kind, Role

_PAGE = 500  # entries read at a time
_DERIVED = (tables.attempt, tables.plan, tables.follow, tables.notice)


def walk_ledger(connection: sa.Connection) -> Walk:
    """Read every entry with its record and rows, and compare them."""
    walk = Walk()
    secrets = {row.procedure: row.secret for row in connection.execute(sa.select(tables.subject))}
    for page in _pages(connection):
        _take(connection, walk, secrets, page)
    _find_strays(connection, walk)
    settle(connection, walk)
    return walk


def walk_entry(connection: sa.Connection, sequence: int, line: bytes) -> Walk:
    """Read one entry with its record and rows, and compare them; what other entries must say first is left out.

    Of an attempt for a planned time, that time is in ``planned`` where an earlier plan of its procedure has it.
    """
    walk = Walk()
    due = connection.execute(sa.select(*_DUE).where(tables.attempt.c.sequence == sequence)).first()
    if due is not None and due.due is not None and _was_planned(connection, sequence, due.procedure, due.due):
        walk.planned.add((due.procedure, due.due))
    secrets = {row.procedure: row.secret for row in connection.execute(sa.select(tables.subject))}
    _take(connection, walk, secrets, [(sequence, line)])
    return walk


_DUE = (tables.attempt.c.procedure, tables.attempt.c.due)


def _was_planned(connection: sa.Connection, sequence: int, procedure: str, due: str) -> bool:
    columns = tables.plan.c
    day = date.fromisoformat(due[:10])  # in UTC: the plan's own is that day, or the one before or after it
    near = columns.day.between((day - timedelta(days=1)).isoformat(), (day + timedelta(days=1)).isoformat())
    query = sa.select(columns.times).where(columns.procedure == procedure, near, columns.sequence < sequence)
    return any(due in times.split() for times in connection.execute(query).scalars())


def _take(connection: sa.Connection, walk: Walk, secrets: dict[str, str], page: list[tuple[int, bytes]]) -> None:
    """Compare the entries of a page with their records and rows."""
    bodies = _bodies(connection, page)
    rows = {table.name: _by_sequence(connection, table, page) for table in _DERIVED}
    for sequence, line in page:
        walk.entries += 1
        found = _read(walk, sequence, line, bodies.get(sequence))
        if found is not None:
            _compare(connection, walk, secrets, found, rows)
            walk.derived += [left_over(name, sequence) for name, left in rows.items() if sequence in left]


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
    record: Json = read_json(body)
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
        compare_row(walk, table.name, expected, rows[table.name].pop(entry.sequence, None))
        _note_plan(walk, entry, expected, at)
    if entry.kind is Kind.ANCHOR:
        walk.anchors.append((entry.sequence, record))
    compare_added(connection, walk, entry, record)
    _compare_subject(walk, secrets, entry, procedure_of(entry.kind, record))
    _note_objects(walk, entry, record)


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
    found = [one["sha256"] for one in find_artefacts(record) if one.get("role") == Role.EXCHANGE.value]
    walk.exchanges += [(entry.sequence, procedure_of(entry.kind, record) or "", Digest(one)) for one in found]


def _find_strays(connection: sa.Connection, walk: Walk) -> None:
    """Rows outside the ledger: they claim an entry that is not there."""
    for table, found in ((tables.record, walk.records), *((table, walk.derived) for table in _DERIVED)):
        query = sa.select(table.c.sequence).where(table.c.sequence.not_in(sa.select(tables.entry.c.sequence)))
        strays = connection.execute(query).scalars().all()
        found += [left_over(table.name, sequence) for sequence in strays]
    find_added_strays(connection, walk)
