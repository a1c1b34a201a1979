"""The ledger in the database: entries and records, appended in the caller's transaction."""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from store import tables
from store.chain import FIRST_PREVIOUS, Entry, EntryFields, build_line, build_subject, parse_line
from store.derived import derive, procedure_of
from temoin.canonical import Digest, Json, canonical_bytes, read_json, sha256
from temoin.clock import utc_text
from temoin.errors import IntegrityError, StoreError
from temoin.messages import _
from temoin.records import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry about to be appended."""

    kind: Kind
    record: Json
    at: datetime
    procedure: str | None = None


def append(connection: sa.Connection, station: str, draft: Draft) -> Entry:
    """Add the next entry, its record and its derived row; the caller's transaction makes them one.

    Raises:
        ValueError: the record has no canonical form, or is not one of its kind.
        IntegrityError: the last entry cannot be read, so that nothing can follow from it.
    """
    (entry,) = append_several(connection, station, [draft])
    return entry


def append_several(connection: sa.Connection, station: str, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
    """Add the next entries as ``append`` does, in this order, with one statement for each table.

    Raises:
        ValueError, IntegrityError: as ``append``; the caller's transaction keeps none of them.
    """
    chain = _Chain(connection=connection, station=station, last=read_head(connection))
    if len(drafts) > 1:
        chain.subjects |= _read_subjects(connection, {draft.procedure for draft in drafts} - {None})
    entries: list[Entry] = []
    rows = defaultdict[sa.Table, list[dict[str, Any]]](list)
    for draft in drafts:
        body = canonical_bytes(draft.record)
        entry = chain.link(draft, body)
        entries.append(entry)
        rows[tables.entry].append({"sequence": entry.sequence, "kind": entry.kind.value, "line": entry.line})
        rows[tables.record].append({"sequence": entry.sequence, "body": body})
        derived = derive(entry.kind, entry.sequence, utc_text(entry.at), draft.record)
        if derived is not None:
            rows[derived[0]].append(derived[1])
    for table, values in rows.items():
        connection.execute(table.insert(), values)
    return tuple(entries)


@dataclass(slots=True, kw_only=True)
class _Chain:
    """The chain as it grows within one transaction; ``subjects`` are those computed so far."""

    connection: sa.Connection
    station: str
    last: Entry | None
    subjects: dict[str, Digest] = field(default_factory=dict)

    def link(self, draft: Draft, body: bytes) -> Entry:
        """The entry that follows the last one, and is the last from then on."""
        named = procedure_of(draft.kind, draft.record)
        if named is not None and draft.procedure not in (None, named):
            raise ValueError(f"the record is about {named!r}, not {draft.procedure!r}")
        procedure, last = draft.procedure or named, self.last
        fields = EntryFields(
            sequence=1 if last is None else last.sequence + 1,
            at=draft.at,
            kind=draft.kind,
            previous=FIRST_PREVIOUS if last is None else last.digest,
            record=sha256(body),
            station=self.station,
            subject=None if procedure is None else self._subject(procedure),
        )
        self.last = parse_line(build_line(fields))
        return self.last

    def _subject(self, procedure: str) -> Digest:
        if procedure not in self.subjects:
            self.subjects[procedure] = build_subject(procedure, ensure_secret(self.connection, procedure))
        return self.subjects[procedure]


def as_bytes(column: sa.Column[bytes]) -> sa.Cast[bytes]:
    """The column's bytes, even where another program left text."""
    return sa.cast(column, sa.LargeBinary)


def read_head(connection: sa.Connection) -> Entry | None:
    """The last entry, found by its key."""
    columns = tables.entry.c
    line = connection.execute(sa.select(as_bytes(columns.line)).order_by(columns.sequence.desc()).limit(1)).scalar()
    return None if line is None else _parse(line)


def read_lines(connection: sa.Connection, first: int, last: int | None, limit: int) -> list[sa.Row[int, bytes]]:
    """Up to ``limit`` rows (sequence, line) from ``first`` on, as they are stored."""
    column = tables.entry.c.sequence
    query = sa.select(column, as_bytes(tables.entry.c.line)).where(column >= first).order_by(column).limit(limit)
    return list(connection.execute(query if last is None else query.where(column <= last)))


def parse_entries(rows: list[sa.Row[int, bytes]]) -> Iterator[Entry]:
    """The entries of stored rows.

    Raises:
        IntegrityError: one of them is not an entry.
    """
    return (_parse(row[1]) for row in rows)


def _parse(line: bytes) -> Entry:
    try:
        return parse_line(line)
    except ValueError as error:
        raise IntegrityError(
            _("An entry of the register was changed: {why}.").format(why=error),
            remedy=_("Nothing was changed now. Run `temoin verify`; bring back a backup."),
        ) from error


def read_record_bytes(connection: sa.Connection, sequence: int) -> bytes:
    """The record's bytes as they stand, whatever they are.

    Raises:
        StoreError: there is no such entry.
    """
    columns = tables.record.c
    body = connection.execute(sa.select(as_bytes(columns.body)).where(columns.sequence == sequence)).scalar()
    if body is None:
        raise _absent(sequence)
    return body


def read_record(connection: sa.Connection, sequence: int) -> Json:
    """The record as it was committed: its bytes are those whose digest the entry gives.

    Raises:
        StoreError: there is no such entry.
        IntegrityError: the record, or the entry that gives its digest, was changed or removed.
    """
    both = sa.select(as_bytes(tables.entry.c.line), as_bytes(tables.record.c.body))
    joined = tables.entry.outerjoin(tables.record, tables.record.c.sequence == tables.entry.c.sequence)
    row = connection.execute(both.select_from(joined).where(tables.entry.c.sequence == sequence)).first()
    if row is None:
        raise _absent(sequence)
    entry, body = _parse(row[0]), row[1]
    if body is None or sha256(body) != entry.record:
        raise _damaged(sequence)
    try:
        record = read_json(body)
        derive(entry.kind, sequence, utc_text(entry.at), record)  # in a rewritten register digests agree with anything
    except ValueError as error:
        raise _damaged(sequence) from error
    if not isinstance(record, dict):
        raise _damaged(sequence)
    return record


def _absent(sequence: int) -> StoreError:
    return StoreError(
        _("There is no entry {sequence} in the register.").format(sequence=sequence),
        remedy=_("`temoin list` shows the entries that there are."),
    )


def _damaged(sequence: int) -> IntegrityError:
    return IntegrityError(
        _("The record of entry {sequence} is damaged: it is not the one whose digest the register gives.").format(
            sequence=sequence
        ),
        remedy=_("Nothing was changed now. Run `temoin verify`; bring back a backup."),
    )


def read_last_station(connection: sa.Connection) -> Json | None:
    """The last ``station`` record, None where it is damaged too; the literal lets SQLite use its partial index."""
    sequence = connection.execute(
        sa.select(sa.func.max(tables.entry.c.sequence)).where(sa.text("kind = 'station'"))
    ).scalar()
    if sequence is None:
        return None
    try:
        return read_record(connection, sequence)
    except IntegrityError:
        return None  # what the station is can be said anew


def read_secret(connection: sa.Connection, procedure: str) -> str | None:
    """The procedure's secret, if an entry ever needed one."""
    return connection.execute(
        sa.select(tables.subject.c.secret).where(tables.subject.c.procedure == procedure)
    ).scalar()


def ensure_secret(connection: sa.Connection, procedure: str) -> str:
    """The procedure's secret, drawn at its first entry and never changed after."""
    secret = read_secret(connection, procedure)
    if secret is None:
        secret = secrets.token_hex(32)
        connection.execute(tables.subject.insert().values(procedure=procedure, secret=secret))
    return secret


def _read_subjects(connection: sa.Connection, procedures: Iterable[str | None]) -> dict[str, Digest]:
    """The subjects of those of the procedures that have a secret, in one go."""
    columns = tables.subject.c
    rows = connection.execute(sa.select(columns.procedure, columns.secret).where(columns.procedure.in_(procedures)))
    return {procedure: build_subject(procedure, secret) for procedure, secret in rows}


def read_procedures(connection: sa.Connection) -> tuple[str, ...]:
    """Every procedure that has a secret, sorted."""
    query = sa.select(tables.subject.c.procedure).order_by(tables.subject.c.procedure)
    return tuple(connection.execute(query).scalars())


def build_case_digest(code: str, salt: str) -> Digest:
    """What stands for a case in the ledger: SHA-256 of ``SALT:CODE``."""
    return sha256(f"{salt}:{code}".encode())
