"""Cases, what they follow, and the petitions that were frozen (DESIGN §9, §10)."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from store import tables
from store.ledger import Draft, append, build_case_digest
from store.values import CaseRow, FilingRow, FollowRow, NewFiling, NumberRow
from temoin.canonical import Digest, Json, canonical_bytes, sha256
from temoin.clock import parse_instant, utc_text
from temoin.errors import StoreError
from temoin.messages import _
from temoin.records import Kind


def ensure_case(connection: sa.Connection, code: str, kind: str, at: datetime) -> None:
    """Open the case, once."""
    if read_salt(connection, code) is None:
        connection.execute(
            tables.case_file.insert().values(code=code, kind=kind, salt=secrets.token_hex(32), since=utc_text(at))
        )


def read_salt(connection: sa.Connection, code: str) -> str | None:
    """The salt that hides the case's code in the ledger."""
    return connection.execute(sa.select(tables.case_file.c.salt).where(tables.case_file.c.code == code)).scalar()


def digest_of_case(connection: sa.Connection, code: str) -> Digest:
    """What stands for the case in the ledger.

    Raises:
        StoreError: there is no such case.
    """
    salt = read_salt(connection, code)
    if salt is None:
        raise StoreError(
            _("There is no case {code}.").format(code=code),
            remedy=_("Give the code of a case of this station."),
        )
    return build_case_digest(code, salt)


def read_cases(connection: sa.Connection) -> tuple[CaseRow, ...]:
    """Every case, by code, with what it follows now."""
    rows = connection.execute(sa.select(tables.case_file).order_by(tables.case_file.c.code)).all()
    followed = read_all_followed(connection)
    return tuple(
        CaseRow(
            code=row.code,
            kind=row.kind,
            since=parse_instant(row.since),
            closed=None if row.closed is None else parse_instant(row.closed),
            procedures=tuple(sorted(f.procedure for f in followed[row.code] if f.until is None)),
        )
        for row in rows
    )


def follow(connection: sa.Connection, station: str, code: str, procedure: str, at: datetime) -> None:
    """Append a ``follow`` entry, unless the case follows the procedure already."""
    if not _is_following(connection, code, procedure):
        record = _follow_record(connection, code, procedure)
        append(connection, station, Draft(kind=Kind.FOLLOW, record=record, at=at))


def unfollow(connection: sa.Connection, station: str, code: str, procedure: str, at: datetime) -> None:
    """Append an ``unfollow`` entry, if the case follows the procedure."""
    if _is_following(connection, code, procedure):
        record = _follow_record(connection, code, procedure)
        append(connection, station, Draft(kind=Kind.UNFOLLOW, record=record, at=at))


def _is_following(connection: sa.Connection, code: str, procedure: str) -> bool:
    rows = read_followed(connection, code)
    return any(row.procedure == procedure and row.until is None for row in rows)


def _follow_record(connection: sa.Connection, code: str, procedure: str) -> Json:
    return {"format": 1, "case": digest_of_case(connection, code), "procedure": procedure}


def read_followed(connection: sa.Connection, code: str) -> tuple[FollowRow, ...]:
    """Every stretch of time over which the case followed a procedure, in the ledger's order."""
    digest = digest_of_case(connection, code)
    rows = connection.execute(
        sa.select(tables.follow).where(tables.follow.c.case_sha256 == digest).order_by(tables.follow.c.sequence)
    ).all()
    return build_stretches(rows)


def read_all_followed(connection: sa.Connection) -> Mapping[str, tuple[FollowRow, ...]]:
    """What each case follows or followed, by code: two statements, however many cases there are."""
    columns = tables.follow.c
    rows = connection.execute(sa.select(tables.follow).order_by(columns.case_sha256, columns.sequence)).all()
    by_digest = {digest: tuple(group) for digest, group in groupby(rows, key=lambda row: str(row.case_sha256))}
    known = connection.execute(sa.select(tables.case_file.c.code, tables.case_file.c.salt).order_by("code"))
    return {code: build_stretches(by_digest.get(build_case_digest(code, salt), ())) for code, salt in known}


def build_stretches(rows: Sequence[sa.Row[*tuple[Any, ...]]]) -> tuple[FollowRow, ...]:
    """What one case follows or followed, from its rows of the table ``follow`` in the ledger's order."""
    return tuple(_stretch(row, rows) for row in rows if row.kind == Kind.FOLLOW.value)


def _stretch(start: sa.Row[*tuple[Any, ...]], rows: Sequence[sa.Row[*tuple[Any, ...]]]) -> FollowRow:
    ends = (
        row
        for row in rows
        if row.kind == Kind.UNFOLLOW.value and row.procedure == start.procedure and row.sequence > start.sequence
    )
    end = next(ends, None)
    return FollowRow(
        procedure=start.procedure,
        sequence=start.sequence,
        since=parse_instant(start.at),
        until=None if end is None else parse_instant(end.at),
        until_sequence=None if end is None else end.sequence,
    )


def build_filing_record(new: NewFiling, case: Digest) -> Json:
    """The filing's record: the caller's, and what binds the frozen rows (docs/format.md §4).

    Numbers and files are bound by digest only: a title may name what the person added, and the ledger must
    not.
    """
    return {
        **new.record,
        "format": 1,
        "case": case,
        "first_number": new.first_number,
        "supplement_of": new.supplement_of,
        "numbers_sha256": digest_of_numbers(new.numbers),
        "files_sha256": digest_of_files(new.files),
    }


def digest_of_numbers(numbers: tuple[NumberRow, ...]) -> Digest:
    """The digest over the inventory's lines, in their order."""
    lines = [{name: getattr(row, name) for name in NumberRow.__slots__} for row in numbers]
    return sha256(canonical_bytes({"numbers": lines}))


def digest_of_files(files: tuple[tuple[str, Digest], ...]) -> Digest:
    """The digest over the files of the bag, sorted by path."""
    lines = [{"path": path, "sha256": digest} for path, digest in sorted(files)]
    return sha256(canonical_bytes({"files": lines}))


def freeze_filing(connection: sa.Connection, station: str, new: NewFiling) -> FilingRow:
    """Append the ``filing`` entry and its frozen rows, in the caller's one transaction."""
    record = build_filing_record(new, digest_of_case(connection, new.case))
    entry = append(connection, station, Draft(kind=Kind.FILING, record=record, at=new.at))
    row = {
        "filing_id": entry.sequence,
        "case_code": new.case,
        "at": utc_text(entry.at),
        "first_number": new.first_number,
        "supplement_of": new.supplement_of,
    }
    connection.execute(tables.filing.insert().values(**row))
    for table, rows in ((tables.exhibit_number, _number_rows(new)), (tables.filing_file, _file_rows(new))):
        filed = [{"filing_id": entry.sequence, **values} for values in rows]
        if filed:
            connection.execute(table.insert(), filed)
    return read_filing(connection, entry.sequence)


def _number_rows(new: NewFiling) -> Iterator[dict[str, object]]:
    for position, row in enumerate(new.numbers, 1):
        yield {"position": position, **{name: getattr(row, name) for name in NumberRow.__slots__}}


def _file_rows(new: NewFiling) -> Iterator[dict[str, object]]:
    for path, digest in new.files:
        yield {"path": path, "sha256": digest}


def read_filing(connection: sa.Connection, filing_id: int) -> FilingRow:
    """One frozen petition.

    Raises:
        StoreError: there is no such filing.
    """
    row = connection.execute(sa.select(tables.filing).where(tables.filing.c.filing_id == filing_id)).first()
    if row is None:
        raise StoreError(
            _("There is no filing {number}.").format(number=filing_id),
            remedy=_("`temoin export` shows the filings of a case."),
        )
    return _filing_row(row)


def read_filings(connection: sa.Connection, code: str) -> tuple[FilingRow, ...]:
    """The petitions of a case, oldest first."""
    columns = tables.filing.c
    query = sa.select(tables.filing).where(columns.case_code == code).order_by(columns.filing_id)
    return tuple(_filing_row(row) for row in connection.execute(query))


def _filing_row(row: sa.Row[*tuple[Any, ...]]) -> FilingRow:
    return FilingRow(
        filing_id=row.filing_id,
        sequence=row.filing_id,
        case=row.case_code,
        at=parse_instant(row.at),
        first_number=row.first_number,
        supplement_of=row.supplement_of,
    )


def read_numbers(connection: sa.Connection, filing_id: int) -> tuple[NumberRow, ...]:
    """The inventory's lines of a filing, in their order."""
    columns = tables.exhibit_number.c
    query = sa.select(*(columns[name] for name in NumberRow.__slots__)).where(columns.filing_id == filing_id)
    rows = connection.execute(query.order_by(columns.position))
    return tuple(NumberRow(**row._mapping) for row in rows)  # noqa: SLF001 - SQLAlchemy's public name


def read_files(connection: sa.Connection, filing_id: int) -> tuple[tuple[str, Digest], ...]:
    """(path in the bag, object) of each file of a filing, by path."""
    columns = tables.filing_file.c
    query = sa.select(columns.path, columns.sha256).where(columns.filing_id == filing_id)
    return tuple((row.path, Digest(row.sha256)) for row in connection.execute(query.order_by(columns.path)))
