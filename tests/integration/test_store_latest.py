"""What pages of many procedures ask the store: right answers, each found by an index."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from store import latest, planned
from store.opening import DATABASE_NAME
from store.store import Store
from store.values import DayRow, NewestOutcome
from temoin.clock import utc_text
from temoin.records import CONTROL_FAILED, Kind, Outcome
from tests.exhibit_case import CRETEIL, NANTERRE, Try, record_attempt

if TYPE_CHECKING:
    from temoin.canonical import Json

NOON = datetime(2026, 11, 16, 11, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIRST, SECOND = CRETEIL["id"], NANTERRE["id"]
NAMES = [FIRST, SECOND, "nobody"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "evidence", now=lambda: NOON) as opened:
        yield opened


def test_the_newest_attempt_of_each_and_the_newest_that_was_a_visit(store: Store) -> None:
    record_attempt(store, Try(at=NOON - DAY))
    seen = record_attempt(store, Try(at=NOON))
    missed = record_attempt(store, Try(at=NOON + HOUR, outcome=Outcome.MISSED, reason="asleep"))
    doubted = record_attempt(store, Try(at=NOON, procedure=NANTERRE, reason=CONTROL_FAILED))
    assert {name: row.sequence for name, row in store.newest_attempts(NAMES).items()} == {
        FIRST: missed,
        SECOND: doubted,
    }
    assert store.newest_attempts(NAMES, visited=True)[FIRST].sequence == seen
    visits = store.newest_outcomes(NAMES, visited=True)
    assert {name: found.outcome for name, found in visits.items()} == dict.fromkeys((FIRST, SECOND), Outcome.NO_SLOT)
    assert store.newest_attempts([]) == {}
    assert store.newest_outcomes(NAMES) == {
        FIRST: NewestOutcome(outcome=Outcome.MISSED, doubted=False),
        SECOND: NewestOutcome(outcome=Outcome.NO_SLOT, doubted=True),
    }


def test_days_are_those_of_the_place_and_count_each_outcome(store: Store) -> None:
    for hours in (0, 1, 12):  # the last one is after midnight in Paris
        record_attempt(store, Try(at=NOON + hours * HOUR))
    record_attempt(store, Try(at=NOON - 2 * DAY))
    rows = store.outcome_days([FIRST], NOON - DAY)
    assert rows == (
        DayRow(procedure=FIRST, day=date(2026, 11, 16), outcome=Outcome.NO_SLOT, reason=None, attempts=2),
        DayRow(procedure=FIRST, day=date(2026, 11, 17), outcome=Outcome.NO_SLOT, reason=None, attempts=1),
    )


def plan(store: Store, *times: datetime, replaces: int | None = None) -> int:
    record: Json = {
        "format": 1,
        "procedure": FIRST,
        "day": "2026-11-16",
        "timezone": "Europe/Paris",
        "windows": ["07:00-22:30"],
        "times": [utc_text(at) for at in times],
        "openings": [],
        "unplaced": 0,
        "replaces": replaces,
        "cause": "evening",
    }
    return store.append(kind=Kind.PLAN, record=record, at=NOON - DAY, procedure=FIRST).sequence


def test_planned_times_without_an_attempt_are_told(store: Store) -> None:
    replaced = plan(store, NOON, NOON + HOUR, NOON + 2 * HOUR)
    plan(store, NOON + HOUR, NOON + 3 * HOUR, replaces=replaced)
    plan(store)
    record_attempt(store, Try(at=NOON + HOUR))
    span = (NOON, NOON + 3 * HOUR)
    assert store.unrecorded(NAMES, *span) == ()
    assert store.unrecorded(NAMES, NOON, NOON + 4 * HOUR) == ((FIRST, NOON + 3 * HOUR),)
    assert store.unrecorded(NAMES, *span, replaced=True) == ((FIRST, NOON), (FIRST, NOON + 2 * HOUR))
    assert store.unrecorded([SECOND], NOON, NOON + 4 * HOUR) == ()


def test_no_such_question_reads_a_whole_table(store: Store) -> None:
    asked: list[str] = []

    def told(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    with store._database.reading() as connection:
        sa.event.listen(connection.engine, "before_cursor_execute", told)
        latest.read_newest(connection, NAMES, visited=True)
        latest.read_newest_outcomes(connection, NAMES, visited=False)
        latest.read_newest_outcomes(connection, NAMES, visited=True)
        latest.read_days(connection, NAMES, NOON)
        planned.read_unrecorded(connection, NAMES, NOON, NOON + DAY, replaced=False)
    with closing(sqlite3.connect(store.folder / DATABASE_NAME)) as connection_:
        for statement in asked:
            marks = ["[]"] * statement.count("?")
            steps = [row[3] for row in connection_.execute(f"EXPLAIN QUERY PLAN {statement}", marks)]
            scans = [step for step in steps if step.startswith("SCAN") and "VIRTUAL TABLE" not in step]
            assert all("USING" in step and "INDEX" in step for step in scans), steps
    assert len(asked) == 7
