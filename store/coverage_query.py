"""What ``status`` counts: for every stretch of time over which a case followed a procedure, one row of figures.

Counted by SQLite, since a station may hold a million attempts; ``exhibits.tally`` counts the same of attempts that
were read one by one, and a test holds the two together. Only rows after ``follow`` and before ``unfollow`` count,
by sequence (DESIGN §9): clocks do not decide. Hours are those of ``at_local``, which each record keeps in its
procedure's own zone.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from store import cases, tables
from store.values import FollowRow
from temoin.clock import parse_instant
from temoin.records import DYSFUNCTIONS, PROOFS, TOOL_REFUSALS, WITHOUT_VISIT, Mode, Outcome

HOUR = 13  # characters of ``2026-09-14T07``: a local hour says its day, its ISO week and its band
_CHUNK = 500  # sequences in one statement
_NEVER = 2**62  # past every sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRow:
    """An attempt that met a failure; ``answered`` tells whether the site answered anything on the way."""

    sequence: int
    outcome: Outcome
    at_local: str
    answered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageRow:
    """The attempts of one stretch; ``proof_hours`` has the local hour of each proof, as often as there are proofs."""

    case: str
    follow: FollowRow
    visits: int
    by_hand: int
    tool_refusals: int
    slots: int
    simulated: int
    last_visit: datetime | None
    first_proof: datetime | None
    last_proof: datetime | None
    proof_hours: tuple[str, ...]
    failures: tuple[FailureRow, ...]


def read_coverage(connection: sa.Connection, code: str | None) -> tuple[CoverageRow, ...]:
    """One row for each stretch of every case, or of the case ``code``: by case, then in the ledger's order.

    Raises:
        StoreError: there is no such case.
    """
    followed = cases.read_all_followed(connection) if code is None else {code: cases.read_followed(connection, code)}
    counted = [(case, row, _count(connection, row)) for case, rows in followed.items() for row in rows]
    failures = [list(_split_failures(figures.failures)) for _case, _row, figures in counted]
    silent = _find_silent(connection, failures)
    return tuple(
        _coverage_row(case, row, figures, _failure_rows(failed, silent))
        for (case, row, figures), failed in zip(counted, failures, strict=True)
    )


def _in(outcomes: Iterable[Outcome]) -> sa.ColumnElement[bool]:
    # In the text of the statement: as parameters they would be bound anew for each of several hundred stretches.
    return tables.attempt.c.outcome.in_([sa.literal_column(f"'{outcome.value}'") for outcome in sorted(outcomes)])


@cache
def _statement() -> sa.Select[Any]:
    columns = tables.attempt.c
    visit, proof = sa.not_(_in(WITHOUT_VISIT)), _in(PROOFS)
    by_hand = columns.mode != sa.literal_column(f"'{Mode.UNATTENDED.value}'")
    failure = columns.sequence.concat(" ").concat(columns.outcome).concat(" ").concat(columns.at_local)
    return sa.select(
        sa.func.count().filter(visit).label("visits"),
        sa.func.count().filter(visit, by_hand).label("by_hand"),
        sa.func.count().filter(_in(TOOL_REFUSALS)).label("tool_refusals"),
        sa.func.count().filter(_in({Outcome.SLOT_SEEN})).label("slots"),
        sa.func.count().filter(visit, columns.simulated).label("simulated"),
        sa.func.max(columns.at).filter(visit).label("last_visit"),
        sa.func.min(columns.at).filter(proof).label("first_proof"),
        sa.func.max(columns.at).filter(proof).label("last_proof"),
        sa.func.group_concat(sa.func.substr(columns.at_local, 1, HOUR)).filter(proof).label("proof_hours"),
        sa.func.group_concat(failure).filter(_in(DYSFUNCTIONS)).label("failures"),
    ).where(
        columns.procedure == sa.bindparam("procedure"),
        columns.sequence > sa.bindparam("since"),
        columns.sequence < sa.bindparam("until"),
    )


def _count(connection: sa.Connection, row: FollowRow) -> sa.Row[Any]:
    until = _NEVER if row.until_sequence is None else row.until_sequence
    return connection.execute(_statement(), {"procedure": row.procedure, "since": row.sequence, "until": until}).one()


def _split_failures(text: str | None) -> Iterator[tuple[int, Outcome, str]]:
    for one in (text or "").split(",") if text else ():
        sequence, outcome, at_local = one.split(" ")
        yield int(sequence), Outcome(outcome), at_local


def _find_silent(connection: sa.Connection, failures: Iterable[Sequence[tuple[int, Outcome, str]]]) -> frozenset[int]:
    """The failures in which nothing answered: only the records of unreached sites can say, and only those are read."""
    unreached = sorted(
        {sequence for several in failures for sequence, outcome, _at_local in several if outcome is Outcome.UNREACHABLE}
    )
    columns = tables.record.c
    silent = set()
    for start in range(0, len(unreached), _CHUNK):
        asked = columns.sequence.in_(unreached[start : start + _CHUNK])
        for sequence, body in connection.execute(sa.select(columns.sequence, columns.body).where(asked)):
            if not json.loads(body).get("navigation"):
                silent.add(sequence)
    return frozenset(silent)


def _failure_rows(failures: Iterable[tuple[int, Outcome, str]], silent: frozenset[int]) -> tuple[FailureRow, ...]:
    return tuple(
        FailureRow(sequence=sequence, outcome=outcome, at_local=at_local, answered=sequence not in silent)
        for sequence, outcome, at_local in failures
    )


def _coverage_row(case: str, row: FollowRow, figures: sa.Row[Any], failures: tuple[FailureRow, ...]) -> CoverageRow:
    return CoverageRow(
        case=case,
        follow=row,
        visits=figures.visits,
        by_hand=figures.by_hand,
        tool_refusals=figures.tool_refusals,
        slots=figures.slots,
        simulated=figures.simulated,
        last_visit=_instant(figures.last_visit),
        first_proof=_instant(figures.first_proof),
        last_proof=_instant(figures.last_proof),
        proof_hours=tuple(figures.proof_hours.split(",")) if figures.proof_hours else (),
        failures=failures,
    )


def _instant(text: str | None) -> datetime | None:
    return None if text is None else parse_instant(text)
