"""What lists of procedures show of each: its newest attempts, and which days of late had which outcomes.

A page of procedures is one statement, each procedure being looked for in ``ix_attempt_procedure_at``: the attempts of
the others, and its own older ones, are not read.
"""

import json
from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa

from store import tables
from store.queries import ATTEMPT_COLUMNS, attempt_row
from store.values import AttemptRow, DayRow, NewestOutcome
from temoin.clock import utc_text
from temoin.records import WITHOUT_VISIT, Outcome


def read_newest(connection: sa.Connection, procedures: Sequence[str], *, visited: bool) -> dict[str, AttemptRow]:
    """By procedure, its newest attempt; with ``visited``, its newest that was a visit. None of those without any."""
    columns, inner = tables.attempt.c, tables.attempt.alias("inner")
    asked = _asked(procedures)
    newest = sa.select(inner.c.sequence).where(inner.c.procedure == asked.c.value)
    if visited:
        newest = newest.where(_is_visit(inner.c.outcome))
    newest = newest.order_by(inner.c.at.desc(), inner.c.outcome.desc(), inner.c.sequence.desc()).limit(1)
    statement = (
        sa.select(*ATTEMPT_COLUMNS)
        .select_from(asked)
        .join(tables.attempt, columns.sequence == newest.correlate(asked).scalar_subquery())
    )
    return {row.procedure: row for row in map(attempt_row, connection.execute(statement))}


def read_newest_outcomes(
    connection: sa.Connection, procedures: Sequence[str], *, visited: bool
) -> dict[str, NewestOutcome]:
    """By procedure, what its newest attempt found: out of the index alone, since there may be hundreds.

    With ``visited``, its newest that was a visit.
    """
    inner, asked = tables.attempt.c, _asked(procedures)
    newest = (
        sa.select(inner.outcome.concat(" ").concat(inner.sequence))
        .where(inner.procedure == asked.c.value, *([_is_visit(inner.outcome)] if visited else ()))
        .order_by(inner.at.desc(), inner.outcome.desc(), inner.sequence.desc())
        .limit(1)
        .correlate(asked)
        .scalar_subquery()
    )
    doubted = set(connection.execute(sa.select(inner.sequence).where(tables.DOUBTED)).scalars())
    found: dict[str, NewestOutcome] = {}
    for procedure, text in connection.execute(sa.select(asked.c.value, newest)):
        if text is not None:
            outcome, sequence = text.split(" ")
            found[procedure] = NewestOutcome(outcome=Outcome(outcome), doubted=int(sequence) in doubted)
    return found


def read_days(connection: sa.Connection, procedures: Sequence[str], since: datetime) -> tuple[DayRow, ...]:
    """Which local days since then had attempts of which outcomes, by procedure and day."""
    columns, asked = tables.attempt.c, _asked(procedures)
    day = sa.func.substr(columns.at_local, 1, len("2026-01-31"))
    statement = (
        sa.select(columns.procedure, day, columns.outcome, columns.reason, sa.func.count())
        .select_from(asked)
        .join(tables.attempt, columns.procedure == asked.c.value)
        .where(columns.at >= utc_text(since))
        .group_by(columns.procedure, day, columns.outcome, columns.reason)
        .order_by(columns.procedure, day)
    )
    return tuple(
        DayRow(
            procedure=procedure, day=date.fromisoformat(text), outcome=Outcome(outcome), reason=reason, attempts=count
        )
        for procedure, text, outcome, reason, count in connection.execute(statement)
    )


def _is_visit(outcome: "sa.ColumnElement[str]") -> sa.ColumnElement[bool]:
    return outcome.not_in([one.value for one in WITHOUT_VISIT])


def _asked(procedures: Sequence[str]) -> sa.TableValuedAlias:
    """The procedures as a table: one parameter, however many there are."""
    return sa.func.json_each(json.dumps(list(procedures))).table_valued("value", name="asked")
