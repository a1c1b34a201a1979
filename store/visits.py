"""The right to visit a host: a lease taken in one transaction by daemon, command line and page alike.

These rows are politeness, not evidence: they change, and old ones are dropped.
"""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

import sqlalchemy as sa

from store import tables
from store.files import process_is_alive
from store.values import (
    HostHistory,
    HostStop,
    HostStopRow,
    MadeVisit,
    Pace,
    PastVisit,
    RobotsRow,
    Verdict,
    VisitLease,
)
from temoin.canonical import Digest
from temoin.clock import parse_instant, utc_text
from temoin.records import Mode

V = TypeVar("V", bound=Verdict)

LEASE = timedelta(minutes=15)  # an unattended visit is bounded to 5, an assisted one gives back by hand
HISTORY = timedelta(days=8)  # a week's counts, and a day for zones and clocks
KEPT = timedelta(days=30)  # after that a visit says nothing to politeness


def take_visit(
    connection: sa.Connection,
    *,
    host: str,
    procedure: str,
    mode: Mode,
    now: datetime,
    judge: Callable[[HostHistory], V],
) -> tuple[V, VisitLease | None]:
    """Ask ``judge`` under the write lock and, if it allows, take the lease."""
    _end_abandoned(connection, host, now)
    verdict = judge(read_history(connection, host, now))
    if not verdict.allowed:
        return verdict, None
    connection.execute(tables.visit.delete().where(tables.visit.c.started_at < utc_text(now - KEPT)))
    result = connection.execute(
        tables.visit.insert().values(
            host=host,
            procedure=procedure,
            mode=mode.value,
            pid=os.getpid(),
            started_at=utc_text(now),
            expires_at=utc_text(now + LEASE),
        )
    )
    number = result.inserted_primary_key[0] if result.inserted_primary_key else 0
    return verdict, VisitLease(
        visit=number, host=host, procedure=procedure, mode=mode, started_at=now, expires_at=now + LEASE
    )


def _end_abandoned(connection: sa.Connection, host: str, now: datetime) -> None:
    """Close the visits whose lease ran out or whose process died without giving it back."""
    columns = tables.visit.c
    going_on = sa.select(tables.visit).where(columns.host == host, columns.ended_at.is_(None))
    for row in connection.execute(going_on).all():
        if row.expires_at <= utc_text(now):
            ended_at = row.expires_at
        elif not process_is_alive(row.pid):
            ended_at = utc_text(now)
        else:
            continue
        connection.execute(tables.visit.update().where(columns.visit == row.visit).values(ended_at=ended_at))


def read_history(connection: sa.Connection, host: str, now: datetime) -> HostHistory:
    """The host's visits of the last 8 days, oldest first, and the stops in force."""
    columns = tables.visit.c
    rows = connection.execute(
        sa.select(tables.visit)
        .where(columns.host == host, columns.started_at >= utc_text(now - HISTORY))
        .order_by(columns.started_at, columns.visit)
    )
    visits = tuple(
        PastVisit(
            started_at=parse_instant(row.started_at),
            procedure=row.procedure,
            mode=Mode(row.mode),
            ended_at=None if row.ended_at is None else parse_instant(row.ended_at),
        )
        for row in rows
    )
    stops = tuple(
        HostStop(until=row.until, procedure=row.procedure, reason=row.reason)
        for row in read_stops(connection, now, host)
    )
    return HostHistory(host=host, visits=visits, stops=stops)


def read_visits(connection: sa.Connection, since: datetime) -> tuple[MadeVisit, ...]:
    """The visits of every host that started since then, oldest first."""
    columns = tables.visit.c
    rows = connection.execute(
        sa.select(columns.host, columns.procedure, columns.mode, columns.started_at)
        .where(columns.started_at >= utc_text(since))
        .order_by(columns.started_at, columns.visit)
    )
    return tuple(MadeVisit(host, procedure, Mode(mode), parse_instant(at)) for host, procedure, mode, at in rows)


def end_visit(connection: sa.Connection, lease: VisitLease, now: datetime) -> None:
    """Give the lease back; nothing when it had already run out and been closed."""
    columns = tables.visit.c
    connection.execute(
        tables.visit.update()
        .where(columns.visit == lease.visit, columns.ended_at.is_(None))
        .values(ended_at=utc_text(now))
    )


def stop_host(connection: sa.Connection, *, host: str, procedure: str | None, until: datetime, reason: str) -> None:
    """Leave a host, or one procedure on it, alone until then."""
    connection.execute(
        tables.host_stop.insert().values(host=host, procedure=procedure, until=utc_text(until), reason=reason)
    )


def read_stops(connection: sa.Connection, now: datetime, host: str | None = None) -> tuple[HostStopRow, ...]:
    """The stops in force, soonest to end first."""
    columns = tables.host_stop.c
    query = sa.select(tables.host_stop).where(columns.until > utc_text(now)).order_by(columns.until)
    rows = connection.execute(query if host is None else query.where(columns.host == host))
    return tuple(
        HostStopRow(host=row.host, until=parse_instant(row.until), procedure=row.procedure, reason=row.reason)
        for row in rows
    )


def read_pace(connection: sa.Connection, host: str, now: datetime) -> Pace:
    """This station's visits to ``host`` in the last hour, day and week; one that goes on counts."""
    started, week = tables.visit.c.started_at, utc_text(now - timedelta(days=7))
    hour, day = utc_text(now - timedelta(hours=1)), utc_text(now - timedelta(days=1))
    row = connection.execute(
        sa.select(
            sa.func.count().filter(started > hour),
            sa.func.count().filter(started > day),
            sa.func.count(),
        ).where(tables.visit.c.host == host, started > week, started <= utc_text(now))
    ).one()
    return Pace(hour=row[0], day=row[1], week=row[2])


def read_robots(connection: sa.Connection, host: str) -> RobotsRow | None:
    """The last robots.txt read of ``host``."""
    row = connection.execute(sa.select(tables.robots).where(tables.robots.c.host == host)).first()
    if row is None:
        return None
    return RobotsRow(
        host=row.host,
        fetched_at=parse_instant(row.fetched_at),
        status=row.status,
        sha256=None if row.sha256 is None else Digest(row.sha256),
    )


def save_robots(connection: sa.Connection, row: RobotsRow) -> None:
    """Remember what was just read, instead of what was read before."""
    connection.execute(tables.robots.delete().where(tables.robots.c.host == row.host))
    connection.execute(
        tables.robots.insert().values(
            host=row.host, fetched_at=utc_text(row.fetched_at), status=row.status, sha256=row.sha256
        )
    )
