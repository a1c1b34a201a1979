"""The petitions that were frozen: their numbers, their files, and which of these are sealed (DESIGN §10)."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from store import tables
from store.cases import digest_of_case, read_salt
from store.erasures import forget_sealing
from store.ledger import Draft, append, build_case_digest
from store.values import FilingRow, NewFiling, NumberRow
from temoin.canonical import Digest, Json, canonical_bytes, sha256
from temoin.clock import parse_instant, utc_text
from temoin.errors import StoreError
from temoin.messages import _
from temoin.records import Kind


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
    """Append the ``filing`` entry and its frozen rows, in the caller's one transaction.

    Raises:
        StoreError: there is no such case, or another export froze a filing of it meanwhile.
    """
    case = digest_of_case(connection, new.case)
    if new.expected not in (None, len(read_filings(connection, new.case))):
        raise StoreError(
            _("Another export has frozen a filing of case {code} in the meantime.").format(code=new.case),
            remedy=_("Look at what it froze, then export again. Nothing was changed by this one."),
        )
    record = build_filing_record(new, case)
    entry = append(connection, station, Draft(kind=Kind.FILING, record=record, at=new.at))
    row = {
        "filing_id": entry.sequence,
        "case_code": case,
        "at": utc_text(entry.at),
        "first_number": new.first_number,
        "supplement_of": new.supplement_of,
    }
    connection.execute(tables.filing.insert().values(**row))
    frozen = (
        (tables.exhibit_number, _number_rows(new)),
        (tables.filing_file, _file_rows(new)),
        (tables.filing_sealed, ({"path": path} for path in sorted(new.sealed))),
    )
    for table, rows in frozen:
        filed = [{"filing_id": entry.sequence, **values} for values in rows]
        if filed:
            connection.execute(table.insert(), filed)
    forget_sealing(connection, [digest for path, digest in new.files if path in new.sealed])
    return _filing_row(connection.execute(_select_filing(entry.sequence)).one(), new.case)


def _number_rows(new: NewFiling) -> Iterator[dict[str, object]]:
    for position, row in enumerate(new.numbers, 1):
        yield {"position": position, **{name: getattr(row, name) for name in NumberRow.__slots__}}


def _file_rows(new: NewFiling) -> Iterator[dict[str, object]]:
    for path, digest in new.files:
        yield {"path": path, "sha256": digest}


def _select_filing(filing_id: int) -> sa.Select[Any]:
    return sa.select(tables.filing).where(tables.filing.c.filing_id == filing_id)


def read_filings(connection: sa.Connection, code: str) -> tuple[FilingRow, ...]:
    """The petitions of a case, oldest first; none when there is no such case, or it was erased."""
    salt = read_salt(connection, code)
    if salt is None:
        return ()
    columns = tables.filing.c
    names = (build_case_digest(code, salt), code)  # the code alone before revision 0002
    query = sa.select(tables.filing).where(columns.case_code.in_(names)).order_by(columns.filing_id)
    return tuple(_filing_row(row, code) for row in connection.execute(query))


def _filing_row(row: sa.Row[*tuple[Any, ...]], code: str) -> FilingRow:
    return FilingRow(
        filing_id=row.filing_id,
        sequence=row.filing_id,
        case=code,
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


def read_sealed(connection: sa.Connection, filing_id: int) -> frozenset[str]:
    """The paths of a filing whose files are sealed."""
    columns = tables.filing_sealed.c
    return frozenset(connection.execute(sa.select(columns.path).where(columns.filing_id == filing_id)).scalars())


def read_file(connection: sa.Connection, filing_id: int, path: str) -> tuple[Digest, bool]:
    """The digest of one file of a filing, and whether it is sealed.

    Raises:
        StoreError: there is no such filing, or no such file in it.
    """
    columns = tables.filing_file.c
    query = sa.select(columns.sha256).where(columns.filing_id == filing_id, columns.path == path)
    digest = connection.execute(query).scalar()
    if digest is None:
        raise StoreError(
            _("There is no file {path} in filing {number}.").format(path=path, number=filing_id),
            remedy=_("`temoin export` shows the filings of a case."),
        )
    return Digest(digest), path in read_sealed(connection, filing_id)
