"""Which planned times nothing is recorded for: asked in one statement, since plans and attempts are many.

The times of a plan stand in one text; they are taken apart by SQLite, and each is looked for in ``ix_attempt_due``.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from store import tables
from temoin.clock import parse_instant, utc_text

_DAY = timedelta(days=1)


def read_unrecorded(
    connection: sa.Connection, procedures: Sequence[str], since: datetime, until: datetime, *, replaced: bool
) -> tuple[tuple[str, datetime], ...]:
    """The times in [``since``, ``until``) of plans of the procedures that have no attempt, by time, then procedure.

    Those of plans that another one replaced are left out unless ``replaced``.
    """
    columns, later, done = tables.plan.c, tables.plan.alias("later"), tables.attempt.c
    asked = sa.func.json_each(json.dumps(list(procedures))).table_valued("value", name="asked")
    texts = sa.literal('["').concat(sa.func.replace(columns.times, " ", '","')).concat('"]')
    time = sa.func.json_each(texts).table_valued("value", name="time")
    first, last = since.astimezone(UTC).date() - _DAY, until.astimezone(UTC).date() + _DAY  # a local day is not UTC's
    recorded = sa.select(done.sequence).where(done.procedure == columns.procedure, done.due == time.c.value)
    statement = (
        sa.select(columns.procedure, time.c.value)
        .distinct()
        .select_from(asked)
        .join(tables.plan, columns.procedure == asked.c.value)
        .join(time, sa.true())
        .where(columns.day >= first.isoformat(), columns.day <= last.isoformat(), columns.times != "")
        .where(time.c.value >= utc_text(since), time.c.value < utc_text(until), ~recorded.exists())
        .order_by(time.c.value, columns.procedure)
    )
    if not replaced:
        same_day = later.c.procedure == columns.procedure, later.c.day == columns.day
        statement = statement.where(~sa.exists().where(*same_day, later.c.replaces == columns.sequence))
    return tuple((procedure, parse_instant(text)) for procedure, text in connection.execute(statement))
