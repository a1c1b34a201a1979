"""Attempts counted by local day and hour, for a calendar: one row of figures for many attempts (DESIGN §8, §14)."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

import sqlalchemy as sa

from store import tables
from store.values import DayCount, FollowRow
from temoin.clock import utc_text
from temoin.records import Outcome

_DAY = 10  # characters of ``2026-09-14``
_HOUR = 12  # where the hour begins in ``2026-09-14T07:12``, from 1


def read_day_counts(connection: sa.Connection, stretches: Sequence[FollowRow], since: datetime) -> tuple[DayCount, ...]:
    """The attempts of each stretch from ``since`` on, in the order of days; hours are those of their own clock."""
    return tuple(sorted(found for stretch in stretches for found in _of_stretch(connection, stretch, since)))


def _of_stretch(connection: sa.Connection, stretch: FollowRow, since: datetime) -> Iterator[DayCount]:
    columns, twin = tables.attempt.c, tables.attempt.alias("twin")
    day = sa.func.substr(columns.at_local, 1, _DAY)
    hour = sa.func.substr(columns.at_local, _HOUR, 2)
    doubtful = columns.sequence.in_(sa.select(twin.c.sequence).where(tables.DOUBTED))
    keys = day, hour, columns.outcome, doubtful
    query = sa.select(*keys, sa.func.count()).group_by(*keys)
    query = query.where(
        columns.procedure == stretch.procedure, columns.at >= utc_text(since), columns.sequence > stretch.sequence
    )
    if stretch.until_sequence is not None:
        query = query.where(columns.sequence < stretch.until_sequence)
    for found in connection.execute(query):
        yield DayCount(date.fromisoformat(found[0]), int(found[1]), Outcome(found[2]), bool(found[3]), found[4])
