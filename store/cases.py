"""Cases, and what they follow (DESIGN §9).

A case whose salt is gone was erased: its code stays, so that it is never given to somebody else, and nothing
else of it does.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from store import tables
from store.ledger import Draft, append, build_case_digest
from store.values import UNCHANGED, CaseChange, CaseQuery, CaseRow, FollowRow
from temoin.canonical import Digest, Json
from temoin.clock import parse_instant, utc_text
from temoin.errors import StoreError, UsageError
from temoin.messages import _
from temoin.records import Kind

ERASED_SALT = ""


def ensure_case(connection: sa.Connection, code: str, kind: str, at: datetime) -> None:
    """Open the case, once; nothing when there is or was one of that code."""
    if _stored_salt(connection, code) is None:
        values = {"code": code, "kind": kind, "salt": secrets.token_hex(32), "since": utc_text(at)}
        connection.execute(tables.case_file.insert().values(**values))


def add_case(connection: sa.Connection, code: str, kind: str, at: datetime, detail: CaseChange) -> None:
    """Open a new case.

    Raises:
        UsageError: there is or was one of that code.
    """
    if _stored_salt(connection, code) is not None:
        raise UsageError(
            _("There is a case {code} already, or there was one.").format(code=code),
            remedy=_("Give this person another code. “temoin case list” shows those in use."),
        )
    ensure_case(connection, code, kind, at)
    change_case(connection, code, detail)


def change_case(connection: sa.Connection, code: str, change: CaseChange) -> None:
    """Change what is given of a case, and nothing else.

    Raises:
        StoreError: there is no such case.
    """
    digest_of_case(connection, code)
    given = {field.name: getattr(change, field.name) for field in fields(change)}
    given = {name: value for name, value in given.items() if value is not UNCHANGED}
    if (kind := given.pop("kind", None)) is not None:
        connection.execute(tables.case_file.update().where(tables.case_file.c.code == code).values(kind=kind))
    _save_detail(connection, code, {name: _text(value) for name, value in given.items()})


def _text(value: datetime | date | None) -> str | None:
    if isinstance(value, datetime):
        return utc_text(value)
    return None if value is None else value.isoformat()


def _save_detail(connection: sa.Connection, code: str, values: dict[str, str | None]) -> None:
    if values:
        statement = insert(tables.case_detail).values(code=code, **values)
        connection.execute(statement.on_conflict_do_update(index_elements=["code"], set_=values))


def close_case(connection: sa.Connection, station: str, code: str, at: datetime, why: str) -> None:
    """Follow nothing more and say why; nothing when it is closed already.

    Raises:
        StoreError: there is no such case.
    """
    row = read_case(connection, code)
    if row.closed is None:
        for procedure in row.procedures:
            unfollow(connection, station, code, procedure, at)
        columns = tables.case_file.c
        connection.execute(tables.case_file.update().where(columns.code == code).values(closed=utc_text(at)))
        _save_detail(connection, code, {"closed_why": why})


def forget_case(connection: sa.Connection, code: str, at: datetime) -> None:
    """Leave nothing of the case but its code: what stood for it in the ledger leads to nobody any more."""
    emptied = {"kind": "", "salt": ERASED_SALT, "since": utc_text(at), "closed": utc_text(at)}
    connection.execute(tables.case_file.update().where(tables.case_file.c.code == code).values(**emptied))
    connection.execute(tables.case_detail.delete().where(tables.case_detail.c.code == code))


def _stored_salt(connection: sa.Connection, code: str) -> str | None:
    return connection.execute(sa.select(tables.case_file.c.salt).where(tables.case_file.c.code == code)).scalar()


def read_salt(connection: sa.Connection, code: str) -> str | None:
    """The salt that hides the case's code in the ledger; None when there is no such case or it was erased."""
    return _stored_salt(connection, code) or None


def digest_of_case(connection: sa.Connection, code: str) -> Digest:
    """What stands for the case in the ledger.

    Raises:
        StoreError: there is no such case, or it was erased.
    """
    salt = _stored_salt(connection, code)
    if not salt:
        told = _("There is no case {code}.") if salt is None else _("The case {code} was erased.")
        raise StoreError(told.format(code=code), remedy=_("Give the code of a case of this station."))
    return build_case_digest(code, salt)


def read_digests(connection: sa.Connection, named: Sequence[str] | None = None) -> dict[Digest, str]:
    """The code of every case that was not erased, or of those ``named``, by what stands for it in the ledger."""
    query = sa.select(tables.case_file.c.code, tables.case_file.c.salt)
    rows = connection.execute(query if named is None else query.where(tables.case_file.c.code.in_(named)))
    return {build_case_digest(row.code, row.salt): row.code for row in rows if row.salt != ERASED_SALT}


def _select_cases() -> sa.Select[Any]:
    names = [column for column in tables.case_detail.c if column.name != "code"]
    joined = tables.case_file.outerjoin(tables.case_detail)
    return sa.select(tables.case_file, *names).select_from(joined).where(tables.case_file.c.salt != ERASED_SALT)


def read_cases(connection: sa.Connection) -> tuple[CaseRow, ...]:
    """Every case that was not erased, by code, with what it follows now."""
    return read_cases_that(connection, read_all_followed(connection, read_digests(connection)))


def read_cases_that(
    connection: sa.Connection, followed: Mapping[str, Sequence[FollowRow]], *, few: bool = False
) -> tuple[CaseRow, ...]:
    """The same where what each case follows is known already; ``few``: of these cases alone."""
    query = _select_cases().order_by(tables.case_file.c.code)
    rows = connection.execute(query.where(tables.case_file.c.code.in_(followed)) if few else query).all()
    return tuple(_case_row(row, followed[row.code]) for row in rows)


def read_codes(connection: sa.Connection, after: str, limit: int) -> tuple[str, ...]:
    """The codes of at most ``limit`` cases that were not erased, past ``after``, in order."""
    columns = tables.case_file.c
    wanted = columns.code > after, columns.salt != ERASED_SALT
    return tuple(
        connection.execute(sa.select(columns.code).where(*wanted).order_by(columns.code).limit(limit)).scalars()
    )


def find_codes(connection: sa.Connection, wanted: CaseQuery, after: str, limit: int) -> tuple[str, ...]:
    """The same of those that ``wanted`` finds; what a case follows is known by its digest alone, so all are read."""
    codes = read_digests(connection)
    columns = tables.follow.c
    followed = sa.select(columns.case_sha256).where(columns.procedure.in_(wanted.procedures)).distinct()
    following = {codes.get(digest) for digest in connection.execute(followed).scalars()} if wanted.procedures else set()
    part = wanted.part.lower()
    found = (code for code in codes.values() if code > after and (part in code.lower() or code in following))
    return tuple(sorted(found)[:limit])


def read_case(connection: sa.Connection, code: str) -> CaseRow:
    """One case.

    Raises:
        StoreError: there is no such case, or it was erased.
    """
    digest_of_case(connection, code)
    row = connection.execute(_select_cases().where(tables.case_file.c.code == code)).one()
    return _case_row(row, read_followed(connection, code))


def _case_row(row: sa.Row[Any], followed: Sequence[FollowRow]) -> CaseRow:
    return CaseRow(
        code=row.code,
        kind=row.kind,
        since=parse_instant(row.since),
        closed=_instant(row.closed),
        procedures=tuple(sorted(f.procedure for f in followed if f.until is None)),
        closed_why=row.closed_why,
        obtained=_instant(row.obtained),
        asked_on=_date(row.asked_on),
        reviewed_on=_date(row.reviewed_on),
        expires_on=_date(row.expires_on),
    )


def _instant(text: str | None) -> datetime | None:
    return None if text is None else parse_instant(text)


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def follow(connection: sa.Connection, station: str, code: str, procedure: str, at: datetime) -> None:
    """Append a ``follow`` entry, unless the case follows the procedure already.

    Raises:
        StoreError: there is no such case.
        UsageError: it is closed.
    """
    row = read_case(connection, code)
    if row.closed is not None:
        raise UsageError(
            _("The case {code} is closed: it follows nothing any more.").format(code=code),
            remedy=_("Open another case for this person, with “temoin case add”."),
        )
    if procedure not in row.procedures:
        record = _follow_record(connection, code, procedure)
        append(connection, station, Draft(kind=Kind.FOLLOW, record=record, at=at))


def unfollow(connection: sa.Connection, station: str, code: str, procedure: str, at: datetime) -> None:
    """Append an ``unfollow`` entry, if the case follows the procedure."""
    if any(row.procedure == procedure and row.until is None for row in read_followed(connection, code)):
        record = _follow_record(connection, code, procedure)
        append(connection, station, Draft(kind=Kind.UNFOLLOW, record=record, at=at))


def _follow_record(connection: sa.Connection, code: str, procedure: str) -> Json:
    return {"format": 1, "case": digest_of_case(connection, code), "procedure": procedure}


def read_followed(connection: sa.Connection, code: str) -> tuple[FollowRow, ...]:
    """Every stretch of time over which the case followed a procedure, in the ledger's order."""
    digest = digest_of_case(connection, code)
    rows = connection.execute(
        sa.select(tables.follow).where(tables.follow.c.case_sha256 == digest).order_by(tables.follow.c.sequence)
    ).all()
    return _stretches(rows)


def read_all_followed(
    connection: sa.Connection, codes: Mapping[Digest, str], *, few: bool = False
) -> Mapping[str, tuple[FollowRow, ...]]:
    """What each of the cases follows or followed, by code: one statement, however many cases there are.

    ``few``: these are not all, and nothing is read of the others.
    """
    columns = tables.follow.c
    query = sa.select(tables.follow).order_by(columns.case_sha256, columns.sequence)
    rows = connection.execute(query.where(columns.case_sha256.in_(codes)) if few else query).all()
    by_digest = {digest: tuple(group) for digest, group in groupby(rows, key=lambda row: str(row.case_sha256))}
    return {code: _stretches(by_digest.get(digest, ())) for digest, code in codes.items()}


def _stretches(rows: Sequence[sa.Row[*tuple[Any, ...]]]) -> tuple[FollowRow, ...]:
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


def read_idle(connection: sa.Connection) -> frozenset[str]:
    """The procedures that a case followed once and that nobody who still waits for an appointment follows now."""
    columns = tables.follow.c
    rows = connection.execute(
        sa.select(columns.case_sha256, columns.procedure, columns.kind).order_by(columns.sequence)
    )
    follows = {(row.case_sha256, row.procedure): row.kind == Kind.FOLLOW.value for row in rows}
    waiting = {
        build_case_digest(row.code, row.salt)
        for row in connection.execute(_select_cases()).all()
        if row.closed is None and row.obtained is None
    }
    wanted = {procedure for (case, procedure), now in follows.items() if now and case in waiting}
    return frozenset({procedure for _case, procedure in follows} - wanted)
