"""What people were told: one row for each try on each channel, inserted once.

A row holds a key that names nobody, never a text nor an address: those of channels hold secrets. What could not be
sent is kept too, so that a restart neither repeats nor loses, and waits as long as it should.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from store import tables
from store.values import ToldRow
from temoin.clock import parse_instant, utc_text

_CHUNK = 500  # keys in one statement


def append_told(connection: sa.Connection, rows: Sequence[ToldRow]) -> None:
    """Add the rows in their order, in the caller's transaction."""
    last = connection.execute(sa.select(sa.func.max(tables.told.c.number))).scalar() or 0
    values = [
        {"number": last + place, "key": row.key, "channel": row.channel, "at": utc_text(row.at), "failure": row.failure}
        for place, row in enumerate(rows, start=1)
    ]
    if values:
        connection.execute(tables.told.insert(), values)


def read_told(connection: sa.Connection, keys: Sequence[str]) -> tuple[ToldRow, ...]:
    """Every try to tell one of ``keys``, oldest first."""
    found: list[sa.Row[Any]] = []
    for start in range(0, len(keys), _CHUNK):
        asked = tables.told.c.key.in_(keys[start : start + _CHUNK])
        found += connection.execute(sa.select(tables.told).where(asked)).all()
    return tuple(_row(row) for row in sorted(found, key=lambda row: int(row.number)))


def read_last(connection: sa.Connection, channel: str, limit: int) -> tuple[ToldRow, ...]:
    """The last tries on a channel, newest first."""
    columns = tables.told.c
    query = sa.select(tables.told).where(columns.channel == channel).order_by(columns.number.desc()).limit(limit)
    return tuple(map(_row, connection.execute(query)))


def _row(row: sa.Row[Any]) -> ToldRow:
    return ToldRow(key=row.key, channel=row.channel, at=parse_instant(row.at), failure=row.failure)
