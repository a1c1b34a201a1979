"""What the person adds: one entry, one row and sealed files for each item (docs/format.md §4.2, §5).

The row says what the ledger says, and how many files there are; the content and the files are sealed. Lists
need no key.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from store import tables
from store.cases import change_case, digest_of_case
from store.chain import Entry
from store.erasures import (
    BY_HAND,
    append_erasure,
    build_erasure_record,
    erased_error,
    forget_sealing,
    read_erased_by,
)
from store.ledger import Draft, append, read_record
from store.values import CaseChange, ItemRow, NewItem, SlotAnswerRow
from temoin.canonical import Digest, Json, sha256
from temoin.clock import parse_instant, utc_text
from temoin.errors import IntegrityError, UsageError
from temoin.items import read_item
from temoin.messages import _
from temoin.records import JournalKind, Kind


def check_item(new: NewItem) -> None:
    """Hold what the ledger will say of an item to its content.

    Raises:
        ValueError: they differ, or the files are not those of the content, in its order.
        IntegrityError: the content cannot be read.
    """
    content = read_item(new.content)
    said = (new.entry, new.kind, None if new.at is None else utc_text(new.at))
    if said != (content.entry, content.kind.value, None if content.at is None else utc_text(content.at)):
        raise ValueError(f"the content is of another item than {said}")
    if [file.sha256 for file in content.attachments] != [sha256(data) for data in new.files]:
        raise ValueError("the files are not those of the content")


def append_item(
    connection: sa.Connection, station: str, new: NewItem, sealed: Sequence[Digest], now: datetime
) -> ItemRow:
    """Append the ``journal`` entry, its row and the names of its sealed files, in the caller's transaction.

    An appointment that it says was obtained is noted for the case in that transaction too: a process killed after
    the entry would leave a case for which captures go on.

    Raises:
        StoreError: there is no such case.
    """
    case = digest_of_case(connection, new.case)
    record: Json = {
        "format": 1,
        "case": case,
        "entry": new.entry,
        "kind": new.kind,
        "at": None if new.at is None else utc_text(new.at),
        "content_sha256": sha256(new.content),
    }
    entry = append(connection, station, Draft(kind=Kind.JOURNAL, record=record, at=now))
    row = build_row(entry.sequence, utc_text(entry.at), record)
    connection.execute(tables.item.insert().values(**row, files=len(new.files)))
    rows = [{"sequence": entry.sequence, "position": place, "sha256": digest} for place, digest in enumerate(sealed)]
    connection.execute(tables.item_sealed.insert(), rows)
    forget_sealing(connection, sealed)
    content = read_item(new.content)
    if content.attempt is not None:
        connection.execute(tables.slot_answer.insert().values(sequence=entry.sequence, attempt=content.attempt))
    if content.obtained:
        change_case(connection, new.case, CaseChange(obtained=now))
    return _item_row(
        connection.execute(_select_items().where(tables.item.c.sequence == entry.sequence)).one(), new.case
    )


def build_row(sequence: int, at: str, record: Json) -> dict[str, Any]:
    """What the table ``item`` repeats of the entry ``sequence``, made at ``at``, and its record."""
    return {
        "sequence": sequence,
        "case_sha256": record["case"],
        "entry": record["entry"],
        "kind": record["kind"],
        "at": record["at"],
        "content_sha256": record["content_sha256"],
        "recorded_at": at,
    }


def _select_items() -> sa.Select[Any]:
    joined = tables.item.outerjoin(tables.erasure, tables.erasure.c.erased == tables.item.c.sequence)
    return sa.select(tables.item, tables.erasure.c.sequence.label("erased_by")).select_from(joined)


def read_items(connection: sa.Connection, code: str) -> tuple[ItemRow, ...]:
    """What was added to a case, the erased included, in the ledger's order.

    Raises:
        StoreError: there is no such case.
    """
    query = _select_items().where(tables.item.c.case_sha256 == digest_of_case(connection, code))
    return tuple(_item_row(row, code) for row in connection.execute(query.order_by(tables.item.c.sequence)))


def read_page(
    connection: sa.Connection, code: str, entry: str, *, before: int | None, limit: int
) -> tuple[ItemRow, ...]:
    """At most ``limit`` of a case's journal or pieces, newest first, recorded before the entry ``before``.

    Raises:
        StoreError: there is no such case.
    """
    item = tables.item.c
    query = _select_items().where(item.case_sha256 == digest_of_case(connection, code), item.entry == entry)
    if before is not None:
        query = query.where(item.sequence < before)
    newest = query.order_by(item.sequence.desc()).limit(limit)
    return tuple(_item_row(row, code) for row in connection.execute(newest))


def read_slot_answers(connection: sa.Connection, code: str) -> tuple[SlotAnswerRow, ...]:
    """The answers of a case to slots that were seen, the erased left out, in the ledger's order.

    Raises:
        StoreError: there is no such case.
    """
    query = _slot_answers().where(tables.item.c.case_sha256 == digest_of_case(connection, code))
    return tuple(SlotAnswerRow(sequence=row.sequence, attempt=row.attempt) for row in connection.execute(query))


def read_all_slot_answers(
    connection: sa.Connection, codes: Mapping[Digest, str]
) -> Mapping[str, tuple[SlotAnswerRow, ...]]:
    """The same of every case, by code: one statement, however many cases there are."""
    found: dict[str, list[SlotAnswerRow]] = {}
    for row in connection.execute(_slot_answers()):
        if row.case_sha256 in codes:
            answer = SlotAnswerRow(sequence=row.sequence, attempt=row.attempt)
            found.setdefault(codes[row.case_sha256], []).append(answer)
    return {code: tuple(rows) for code, rows in found.items()}


def _slot_answers() -> sa.Select[tuple[int, int | None, str]]:
    answer, item, erasure = tables.slot_answer.c, tables.item.c, tables.erasure.c
    joined = tables.item.outerjoin(tables.slot_answer, answer.sequence == item.sequence).outerjoin(
        tables.erasure, erasure.erased == item.sequence
    )
    return (
        sa.select(item.sequence, answer.attempt, item.case_sha256)
        .select_from(joined)
        .where(item.kind == JournalKind.SLOT_RESPONSE.value, erasure.erased.is_(None))
        .order_by(item.sequence)
    )


def _item_row(row: sa.Row[Any], code: str) -> ItemRow:
    return ItemRow(
        sequence=row.sequence,
        case=code,
        entry=row.entry,
        kind=row.kind,
        at=None if row.at is None else parse_instant(row.at),
        recorded_at=parse_instant(row.recorded_at),
        erased_by=row.erased_by,
        files=row.files,
    )


def read_sealed(connection: sa.Connection, sequence: int) -> tuple[Digest, ...]:
    """The sealed files of an item: its content, then its attachments.

    Raises:
        UsageError: nothing was added by that entry.
    """
    columns = tables.item_sealed.c
    query = sa.select(columns.sha256).where(columns.sequence == sequence).order_by(columns.position)
    found = tuple(Digest(digest) for digest in connection.execute(query).scalars())
    if not found:
        raise UsageError(
            _("Entry {sequence} is nothing that you added.").format(sequence=sequence),
            remedy=_("“temoin journal list” and “temoin piece list” give the numbers."),
        )
    return found


def read_to_open(connection: sa.Connection, sequence: int) -> tuple[str, tuple[Digest, ...]]:
    """The digest that the ledger gives of an item's content, and its sealed files.

    Raises:
        UsageError: nothing was added by that entry, or it was erased.
        IntegrityError: its record is damaged.
    """
    sealed = _read_kept(connection, sequence)
    return str(read_record(connection, sequence)["content_sha256"]), sealed


def _read_kept(connection: sa.Connection, sequence: int) -> tuple[Digest, ...]:
    """The sealed files of what was added and not erased. Raises ``UsageError``."""
    sealed = read_sealed(connection, sequence)
    if (erasure := read_erased_by(connection, sequence)) is not None:
        raise erased_error(sequence, erasure)
    return sealed


def check_opened(sequence: int, expected: str, content: bytes, files: Sequence[bytes]) -> None:
    """Hold what was opened to what the ledger says.

    Raises:
        IntegrityError: the content is not the one recorded, or a file is not the content's.
    """
    is_whole = sha256(content) == expected
    if is_whole:
        is_whole = [file.sha256 for file in read_item(content).attachments] == [sha256(data) for data in files]
    if not is_whole:
        raise IntegrityError(
            _("What entry {sequence} stands for was changed: it is not what was added.").format(sequence=sequence),
            remedy=_("Nothing was changed now. Run `temoin verify`; bring back a backup."),
        )


def erase_item(connection: sa.Connection, station: str, sequence: int, at: datetime) -> Entry:
    """Append the ``erasure`` entry; the caller removes the files after the commit.

    Raises:
        UsageError: nothing was added by that entry, or it was erased already.
    """
    _read_kept(connection, sequence)  # its record may be damaged: it is erased all the same
    return append_erasure(connection, station, build_erasure_record((sequence,), None, BY_HAND), at)
