"""Erasures: the register says that something went, and when; what went is not in it (docs/adr/0011).

The entry is committed first, then the sealed files are removed: a process killed between the two leaves files
that an erasure covers, and the next opening for writing removes them (``mend``). Files sealed for an entry that
was never committed belong to nobody: the table ``sealing`` says whose they were, and ``mend`` removes those of
processes that are gone.
"""

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime

import sqlalchemy as sa

from store import cases, tables
from store.chain import Entry
from store.database import Database
from store.files import process_is_alive
from store.ledger import Draft, append
from store.objects import Objects
from temoin.canonical import Digest, Json
from temoin.errors import StoreError, UsageError
from temoin.messages import _
from temoin.records import Kind

BY_HAND, CASE_ERASED = "by hand", "case erased"


def read_erased_by(connection: sa.Connection, sequence: int) -> int | None:
    """The entry that erased what the entry ``sequence`` stands for."""
    columns = tables.erasure.c
    return connection.execute(sa.select(columns.sequence).where(columns.erased == sequence)).scalar()


def erased_error(sequence: int, erasure: int) -> UsageError:
    """What was asked for is gone, on purpose."""
    return UsageError(
        _("What entry {sequence} stands for was erased by entry {erasure}.").format(sequence=sequence, erasure=erasure),
        remedy=_("It cannot be brought back. The register keeps that it was there, and when it went."),
    )


def append_erasure(connection: sa.Connection, station: str, record: Json, at: datetime) -> Entry:
    """Append the ``erasure`` entry and a row for each entry whose sealed files go."""
    entry = append(connection, station, Draft(kind=Kind.ERASURE, record=record, at=at))
    rows = [{"erased": erased, "sequence": entry.sequence} for erased in record["erased"]]
    if rows:
        connection.execute(tables.erasure.insert(), rows)
    return entry


def build_erasure_record(erased: Iterable[int], case: Digest | None, why: str) -> Json:
    """The record of an erasure: which entries, by sequence; the case when all of it goes; nothing personal."""
    return {"format": 1, "erased": sorted(erased), "case": case, "why": why}


def erase_case(connection: sa.Connection, station: str, code: str, at: datetime) -> Entry:
    """Close the case, say what goes, and forget the case; the caller removes the files after the commit.

    Raises:
        StoreError: there is no such case, or it was erased already.
    """
    digest = cases.digest_of_case(connection, code)
    cases.close_case(connection, station, code, at, CASE_ERASED)
    gone = sa.select(tables.erasure.c.erased)
    items = sa.select(tables.item.c.sequence).where(tables.item.c.case_sha256 == digest)
    sealed = sa.select(tables.filing_sealed.c.filing_id)
    filings = sa.select(tables.filing.c.filing_id).where(
        tables.filing.c.case_code.in_((digest, code)), tables.filing.c.filing_id.in_(sealed)
    )
    erased = [
        sequence
        for column, query in ((tables.item.c.sequence, items), (tables.filing.c.filing_id, filings))
        for sequence in connection.execute(query.where(column.not_in(gone))).scalars()
    ]
    entry = append_erasure(connection, station, build_erasure_record(erased, digest, CASE_ERASED), at)
    cases.forget_case(connection, code, at)
    return entry


def read_condemned(connection: sa.Connection) -> tuple[Digest, ...]:
    """The sealed files that erasures cover and that nothing else names."""
    if connection.execute(sa.select(tables.erasure.c.erased).limit(1)).first() is None:
        return ()
    gone = sa.select(tables.erasure.c.erased)
    item, file = tables.item_sealed.c, _sealed_files().subquery().c
    covered = sa.union(
        sa.select(item.sha256).where(item.sequence.in_(gone)),
        sa.select(file.sha256).where(file.filing_id.in_(gone)),
    )
    named = sa.union(
        sa.select(item.sha256).where(item.sequence.not_in(gone)),
        sa.select(file.sha256).where(file.filing_id.not_in(gone)),
    )
    query = sa.except_(sa.select(covered.subquery()), sa.select(named.subquery()))
    return tuple(Digest(digest) for digest in connection.execute(query).scalars())


def _sealed_files() -> sa.Select[tuple[int, str]]:
    file, sealed = tables.filing_file, tables.filing_sealed
    same = sa.and_(file.c.filing_id == sealed.c.filing_id, file.c.path == sealed.c.path)
    return sa.select(file.c.filing_id, file.c.sha256).select_from(file.join(sealed, same))


def note_sealing(connection: sa.Connection, digests: Iterable[Digest]) -> None:
    """Remember that this process is about to keep these sealed files for an entry to come."""
    connection.execute(tables.sealing.insert(), [{"sha256": digest, "pid": os.getpid()} for digest in digests])


def forget_sealing(connection: sa.Connection, digests: Sequence[Digest]) -> None:
    """An entry names them now, in this very transaction; or they are gone."""
    if digests:
        connection.execute(tables.sealing.delete().where(tables.sealing.c.sha256.in_(digests)))


def mend(database: Database, sealed: Objects) -> None:
    """Remove the sealed files that erasures cover, and those of processes that died before their entry.

    What the machine does not let go now is for the next opening: an erasure that cannot be finished hinders
    no recording.
    """
    with database.reading() as connection:
        condemned = read_condemned(connection)
        rows = connection.execute(sa.select(tables.sealing)).all()
    left = [Digest(row.sha256) for row in rows if not process_is_alive(row.pid)]
    with suppress(StoreError):
        for digest in (*condemned, *left):
            sealed.remove(digest)
        if left:
            with database.writing() as connection:
                forget_sealing(connection, left)
