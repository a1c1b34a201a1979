"""Lists by key: attempts, plans, notices. Each is answered by an index, whatever the size of the ledger."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from store import tables
from store.values import AnnouncedRow, AttemptQuery, AttemptRow, NoticeRow, PlanRow
from temoin.canonical import Digest
from temoin.clock import parse_instant, utc_text
from temoin.errors import IntegrityError
from temoin.messages import _
from temoin.notice import NoticeOutcome
from temoin.records import Mode, Outcome

ATTEMPT_COLUMNS = tuple(column for column in tables.attempt.c if column.name != "terms_sha256")


def read_attempts(connection: sa.Connection, query: AttemptQuery) -> tuple[AttemptRow, ...]:
    """The attempts asked for, in the ledger's order (or the reverse).

    With a limit, the page is chosen by sequence when nothing but sequences bounds it, by time otherwise: each
    has its index.
    """
    keys = _order(query)
    statement = (
        sa.select(*ATTEMPT_COLUMNS)
        .where(*_conditions(query))
        .order_by(*(key.desc() if query.newest_first else key.asc() for key in keys))
        .limit(query.limit)
    )
    rows = [attempt_row(row) for row in connection.execute(statement)]
    return tuple(sorted(rows, key=lambda row: row.sequence, reverse=query.newest_first))


def _order(query: AttemptQuery) -> tuple[sa.Column[Any], ...]:
    """The columns to order by: those of the index that answers the query."""
    columns = tables.attempt.c
    if query.procedure is not None:
        return columns.at, columns.outcome, columns.sequence
    if (query.since, query.until, query.outcome) == (None, None, None):
        return (columns.sequence,)
    return columns.at, columns.sequence


def _conditions(query: AttemptQuery) -> list[sa.ColumnElement[bool]]:
    columns = tables.attempt.c
    found: list[sa.ColumnElement[bool]] = []
    if query.since is not None:
        found.append(columns.at >= utc_text(query.since))
    if query.until is not None:
        found.append(columns.at < utc_text(query.until))
    if query.procedure is not None:
        found.append(columns.procedure == query.procedure)
    if query.outcome is not None:
        # With a procedure, its own index is the narrow one: the plus keeps SQLite from taking the other.
        outcome = columns.outcome if query.procedure is None else sa.literal_column("+attempt.outcome")
        found.append(outcome == query.outcome.value)
    if query.by_hand:
        found.append(columns.mode != Mode.UNATTENDED.value)
    if query.first is not None:
        found.append(columns.sequence >= query.first)
    if query.last is not None:
        found.append(columns.sequence <= query.last)
    return found


def attempt_row(row: sa.Row[*tuple[Any, ...]]) -> AttemptRow:
    """The row of ``ATTEMPT_COLUMNS`` as a value. Raises ``IntegrityError``: it is none that Témoin wrote."""
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name begins with an underscore
    try:
        values["at"] = parse_instant(values["at"])
        values["due"] = None if values["due"] is None else parse_instant(values["due"])
        values["mode"] = Mode(values["mode"])
        values["outcome"] = Outcome(values["outcome"])
    except (ValueError, TypeError, AttributeError) as error:
        raise IntegrityError(
            _("What lists say of entry {sequence} was changed: it is not what is recorded.").format(
                sequence=row.sequence
            ),
            remedy=_("Nothing was changed now. Run `temoin verify`; bring back a backup."),
        ) from error
    return AttemptRow(**values)


def read_page(
    connection: sa.Connection, query: AttemptQuery, *, before: int | None, limit: int
) -> tuple[AttemptRow, ...]:
    """Up to ``limit`` of the attempts asked for, latest first, from the one after the attempt ``before`` on.

    The key of a page is the time and the sequence of its last attempt, in the order of the index that answers.
    """
    columns = tables.attempt.c
    conditions = _conditions(query)
    if before is not None:
        later = sa.select(columns.at, columns.sequence).where(columns.sequence >= before)
        key = connection.execute(later.order_by(columns.sequence).limit(1)).first()
        if key is not None:
            conditions.append(sa.tuple_(columns.at, columns.sequence) < sa.tuple_(*map(sa.literal, key)))
    statement = sa.select(*ATTEMPT_COLUMNS).where(*conditions).order_by(columns.at.desc(), columns.sequence.desc())
    return tuple(map(attempt_row, connection.execute(statement.limit(limit))))


def read_beside(connection: sa.Connection, row: AttemptRow) -> tuple[int | None, int | None]:
    """The attempts of the same procedure just before and just after ``row``, in the order of time."""
    columns = tables.attempt.c
    key, own = (
        sa.tuple_(columns.at, columns.sequence),
        sa.tuple_(sa.literal(utc_text(row.at)), sa.literal(row.sequence)),
    )
    of_it = sa.select(columns.sequence).where(columns.procedure == row.procedure).limit(1)
    earlier = of_it.where(key < own).order_by(columns.at.desc(), columns.sequence.desc())
    later = of_it.where(key > own).order_by(columns.at, columns.sequence)
    return connection.execute(earlier).scalar(), connection.execute(later).scalar()


def find_naming(connection: sa.Connection, digest: Digest, *, among: int) -> int | None:
    """The newest of the last ``among`` entries in whose record the digest stands; None where it stands in none."""
    columns = tables.record.c
    newest = connection.execute(sa.select(sa.func.max(columns.sequence))).scalar() or 0
    query = sa.select(columns.sequence).where(columns.sequence > newest - among)
    holds = sa.func.instr(columns.body, digest.encode()) > 0
    return connection.execute(query.where(holds).order_by(columns.sequence.desc()).limit(1)).scalar()


def read_attempts_by_due(
    connection: sa.Connection, procedure: str, since: datetime, until: datetime
) -> dict[datetime, AttemptRow]:
    """For each time that was due in the interval, the first attempt recorded for it."""
    columns = tables.attempt.c
    statement = (
        sa.select(*ATTEMPT_COLUMNS)
        .where(
            columns.procedure == procedure,
            columns.due.is_not(None),
            columns.due >= utc_text(since),
            columns.due < utc_text(until),
        )
        .order_by(columns.due, columns.sequence)
    )
    found: dict[datetime, AttemptRow] = {}
    for row in map(attempt_row, connection.execute(statement)):
        if row.due is not None:
            found.setdefault(row.due, row)
    return found


def read_latest_terms(connection: sa.Connection, procedure: str, since: date) -> Digest | None:
    """The text of the conditions that the first visit on or after ``since`` (local day) met."""
    columns = tables.attempt.c
    found = connection.execute(
        sa.select(columns.terms_sha256)
        .where(
            columns.procedure == procedure,
            columns.terms_sha256.is_not(None),
            columns.at >= (since - timedelta(days=1)).isoformat(),  # no zone is a day away: an index begins here
            columns.at_local >= since.isoformat(),
        )
        .order_by(columns.at, columns.sequence)
        .limit(1)
    ).scalar()
    return None if found is None else Digest(found)


def read_plans(
    connection: sa.Connection, procedures: Sequence[str], first: date, last: date
) -> dict[str, list[PlanRow]]:
    """For each procedure, its plans of the days from ``first`` to ``last`` included, by day, then as drawn."""
    columns = tables.plan.c
    statement = (
        sa.select(tables.plan)
        .where(
            columns.procedure.in_(procedures),
            columns.day >= first.isoformat(),
            columns.day <= last.isoformat(),
        )
        .order_by(columns.procedure, columns.day, columns.sequence)
    )
    found: dict[str, list[PlanRow]] = {procedure: [] for procedure in procedures}
    for row in connection.execute(statement):
        found[row.procedure].append(
            PlanRow(
                sequence=row.sequence,
                procedure=row.procedure,
                day=date.fromisoformat(row.day),
                times=tuple(parse_instant(text) for text in row.times.split()),
                replaces=row.replaces,
                drawn_at=parse_instant(row.drawn_at),
            )
        )
    return found


def read_dues(
    connection: sa.Connection, procedures: Sequence[str], since: datetime, until: datetime
) -> dict[str, dict[datetime, Outcome]]:
    """For each procedure, the times due in the interval that have an attempt, and the outcome of the first."""
    columns = tables.attempt.c
    statement = (
        sa.select(columns.procedure, columns.due, columns.outcome)
        .where(
            columns.procedure.in_(procedures),
            columns.due.is_not(None),
            columns.due >= utc_text(since),
            columns.due < utc_text(until),
        )
        .order_by(columns.procedure, columns.due, columns.sequence)
    )
    found: dict[str, dict[datetime, Outcome]] = {procedure: {} for procedure in procedures}
    for procedure, due, outcome in connection.execute(statement):
        found[procedure].setdefault(parse_instant(due), Outcome(outcome))
    return found


def read_announced(connection: sa.Connection, since: datetime) -> tuple[AnnouncedRow, ...]:
    """What attempts since then read of coming openings, in the ledger's order; of a damaged record nothing."""
    body = sa.cast(tables.record.c.body, sa.Text)
    opening = sa.case((sa.func.json_valid(body) == 1, sa.func.json_extract(body, "$.announced_opening")))
    columns = tables.attempt.c
    statement = (
        sa.select(columns.sequence, columns.procedure, opening)
        .join(tables.record, tables.record.c.sequence == columns.sequence)
        .where(columns.at >= utc_text(since), opening.is_not(None))
        .order_by(columns.sequence)
    )
    return tuple(
        AnnouncedRow(sequence=sequence, procedure=procedure, opening=parse_instant(text))
        for sequence, procedure, text in connection.execute(statement)
    )


def read_notices(connection: sa.Connection, procedure: str) -> tuple[NoticeRow, ...]:
    """The photographs of the procedure's notice, in the ledger's order."""
    columns = tables.notice.c
    statement = sa.select(tables.notice).where(columns.procedure == procedure).order_by(columns.sequence)
    return tuple(
        NoticeRow(
            sequence=row.sequence,
            procedure=row.procedure,
            at=parse_instant(row.at),
            outcome=NoticeOutcome(row.outcome),
            simulated=row.simulated,
        )
        for row in connection.execute(statement)
    )
