"""The part of the reading of the ledger that is about items, filings and erasures (docs/format.md §6, step 5).

Needs no key: what was added is known by its digests, and what is sealed by the digests of the ciphertext.
"""

import sqlalchemy as sa

from store import cases, filings, tables
from store.chain import Entry, is_digest
from store.items import build_row
from store.walked import FiledCase, NamedObject, Walk, compare_row, left_over, missing_row
from temoin.canonical import Digest, Json
from temoin.clock import utc_text
from temoin.messages import _
from temoin.records import JournalKind, Kind


def compare_added(connection: sa.Connection, walk: Walk, entry: Entry, record: Json) -> None:
    """Compare the rows of an item, a filing or an erasure with its record; nothing for other kinds."""
    match entry.kind:
        case Kind.JOURNAL:
            _compare_item(connection, walk, entry, record)
        case Kind.FILING:
            _compare_filing(connection, walk, entry, record)
        case Kind.ERASURE:
            _compare_erasure(connection, walk, entry, record)
        case _:
            pass


def _no_record_of_its_kind(entry: Entry) -> str:
    return _("record {sequence} does not say what its kind must").format(sequence=entry.sequence)


def _compare_item(connection: sa.Connection, walk: Walk, entry: Entry, record: Json) -> None:
    try:
        expected = build_row(entry.sequence, utc_text(entry.at), record)
    except KeyError:
        walk.records.append(_no_record_of_its_kind(entry))
        return
    item, sealed = tables.item, tables.item_sealed.c
    row = connection.execute(sa.select(item).where(item.c.sequence == entry.sequence)).mappings().first()
    compare_row(walk, item.name, expected, None if row is None else dict(row))
    query = sa.select(sealed.position, sealed.sha256).where(sealed.sequence == entry.sequence)
    found = connection.execute(query.order_by(sealed.position)).all()
    places = [place for place, _digest in found]
    if row is not None and (places != list(range(len(places))) or row["files"] != len(places) - 1):
        walk.derived.append(
            _("table item_sealed: entry {sequence} has not one row for its content and one for each file").format(
                sequence=entry.sequence
            )
        )
    for _place, digest in found:
        walk.sealed.setdefault(digest, []).append(entry.sequence)


def _compare_filing(connection: sa.Connection, walk: Walk, entry: Entry, record: Json) -> None:
    """The frozen numbers and files against the digests in the record."""
    columns = tables.filing.c
    row = connection.execute(sa.select(tables.filing).where(columns.filing_id == entry.sequence)).first()
    if row is None:
        walk.derived.append(missing_row("filing", entry.sequence))
        return
    files = filings.read_files(connection, entry.sequence)
    said = {
        "filing": (row.at, row.first_number, row.supplement_of),
        "exhibit_number": _digest_of_numbers(connection, entry.sequence),
        "filing_file": filings.digest_of_files(files),
    }
    expected = {
        "filing": (utc_text(entry.at), record.get("first_number"), record.get("supplement_of")),
        "exhibit_number": record.get("numbers_sha256"),
        "filing_file": record.get("files_sha256"),
    }
    walk.derived += [_wrong(table, entry.sequence) for table in said if said[table] != expected[table]]
    walk.filed_cases.append(FiledCase(sequence=entry.sequence, recorded=record.get("case"), row=row.case_code))
    sealed = filings.read_sealed(connection, entry.sequence)
    if sealed - {path for path, _digest in files}:
        walk.derived.append(_wrong("filing_sealed", entry.sequence))
    for path, digest in files:
        if path in sealed:
            walk.sealed.setdefault(digest, []).append(entry.sequence)
        else:
            walk.objects.setdefault(digest, NamedObject(sequence=entry.sequence, size=None))


def _wrong(table: str, sequence: int) -> str:
    return _("table {table}: filing {sequence} is not what its record says").format(table=table, sequence=sequence)


def _digest_of_numbers(connection: sa.Connection, filing_id: int) -> Digest | None:
    """None where the places of the lines have a hole, or a value is of another type than we ever write."""
    columns = tables.exhibit_number.c
    query = sa.select(columns.position).where(columns.filing_id == filing_id).order_by(columns.position)
    places = connection.execute(query).scalars().all()
    try:
        numbers = filings.read_numbers(connection, filing_id)
        return filings.digest_of_numbers(numbers) if places == [*range(1, len(places) + 1)] else None
    except ValueError:
        return None


def _compare_erasure(connection: sa.Connection, walk: Walk, entry: Entry, record: Json) -> None:
    erased = record.get("erased")
    if not isinstance(erased, list) or not all(isinstance(one, int) for one in erased) or "case" not in record:
        walk.records.append(_no_record_of_its_kind(entry))
        return
    columns = tables.erasure.c
    query = sa.select(columns.erased).where(columns.sequence == entry.sequence).order_by(columns.erased)
    if list(connection.execute(query).scalars()) != erased:
        walk.derived.append(
            _("table erasure: the rows of entry {sequence} do not name what its record names").format(
                sequence=entry.sequence
            )
        )
    for one in erased:
        walk.erased.setdefault(one, entry.sequence)
    if record["case"] is not None:
        walk.erased_cases.add(record["case"])


def find_added_strays(connection: sa.Connection, walk: Walk) -> None:
    """Rows that claim an entry of another kind, or none."""
    claims = (
        (tables.filing, tables.filing.c.filing_id, Kind.FILING),
        (tables.item, tables.item.c.sequence, Kind.JOURNAL),
        (tables.item_sealed, tables.item_sealed.c.sequence, Kind.JOURNAL),
        (tables.erasure, tables.erasure.c.sequence, Kind.ERASURE),
        (tables.exhibit_number, tables.exhibit_number.c.filing_id, Kind.FILING),
        (tables.filing_file, tables.filing_file.c.filing_id, Kind.FILING),
        (tables.filing_sealed, tables.filing_sealed.c.filing_id, Kind.FILING),
        (tables.slot_answer, tables.slot_answer.c.attempt, Kind.ATTEMPT),
    )
    for table, column, kind in claims:
        behind = sa.select(tables.entry.c.sequence).where(tables.entry.c.kind == kind.value)
        strays = connection.execute(sa.select(column).where(column.not_in(behind)).distinct().order_by(column))
        walk.derived += [left_over(table.name, sequence) for sequence in strays.scalars()]
    answer, answers = tables.slot_answer.c, JournalKind.SLOT_RESPONSE.value
    behind = sa.select(tables.item.c.sequence).where(tables.item.c.kind == answers)
    strays = connection.execute(sa.select(answer.sequence).where(answer.sequence.not_in(behind)))
    walk.derived += [left_over("slot_answer", sequence) for sequence in strays.scalars()]


def settle(connection: sa.Connection, walk: Walk) -> None:
    """What can be judged only when the whole ledger was read, since erasures come after what they erase."""
    holders = {sequence for sequences in walk.sealed.values() for sequence in sequences}
    walk.derived += [
        _("entry {sequence} erases entry {erased}, which holds nothing that can be erased").format(
            sequence=sequence, erased=erased
        )
        for erased, sequence in walk.erased.items()
        if erased not in holders or erased > sequence
    ]
    known = cases.read_digests(connection)
    for filed in walk.filed_cases:
        if is_digest(filed.row) and filed.row != filed.recorded:
            walk.derived.append(_wrong("filing", filed.sequence))
        named = (filed.recorded, known.get(Digest(str(filed.recorded))))  # its digest; its code before revision 0002
        if filed.recorded not in walk.erased_cases and (named[1] is None or filed.row not in named):
            walk.derived.append(_wrong("case_file", filed.sequence))
    vaults = connection.execute(sa.select(tables.vault.c.recipient)).all()
    if walk.sealed and len(vaults) != 1:
        walk.derived.append(_("table vault: to whom files were sealed is missing"))
