"""What ``status`` counts: for every stretch of time over which a case followed a procedure, one row of figures.

Proofs, which are nearly all attempts, are gathered by SQLite, since a station may hold a million; every other attempt
is told by itself, and ``exhibits.tally`` counts it as it counts those of documents. Only rows after ``follow`` and
before ``unfollow`` count, by sequence (DESIGN §9): clocks do not decide. Hours are those of ``at_local``, which each
record keeps in its procedure's own zone.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from store import cases, tables
from store.values import FollowRow
from temoin.clock import parse_instant
from temoin.records import PROOFS, Mode, Outcome

HOUR = 13  # characters of ``2026-09-14T07``: a local hour says its day, its ISO week and its band
_CHUNK = 500  # sequences in one statement
_NEVER = 2**62  # past every sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherRow:
    """An attempt that is no proof; ``at`` bears the offset of its procedure's zone.

    ``answered`` is False when an unreached site answered nothing on the way, which its record alone can say.
    """

    sequence: int
    at: datetime
    outcome: Outcome
    mode: Mode
    simulated: bool
    answered: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageRow:
    """The attempts of one stretch; ``proof_hours`` has the local hour of each proof, as often as there are proofs."""

    case: str
    follow: FollowRow
    proof_hours: tuple[str, ...]
    proofs_by_hand: int
    proofs_simulated: int
    first_proof: datetime | None
    last_proof: datetime | None
    others: tuple[OtherRow, ...]


def read_coverage(connection: sa.Connection, code: str | None) -> tuple[CoverageRow, ...]:
    """One row for each stretch of every case, or of the case ``code``: by case, then in the ledger's order.

    Raises:
        StoreError: there is no such case.
    """
    followed = cases.read_all_followed(connection) if code is None else {code: cases.read_followed(connection, code)}
    found = [_count(connection, case, row) for case, rows in followed.items() for row in rows]
    silent = _find_silent(connection, found)
    return tuple(_marked(row, silent) for row in found)


@cache
def _statement() -> sa.Select[Any]:
    columns = tables.attempt.c
    words = (columns.sequence, columns.outcome, columns.mode, columns.simulated, columns.at, columns.at_local)
    by_hand = sa.case((columns.mode == Mode.UNATTENDED.value, 0), else_=1)
    return sa.select(
        sa.func.sum(by_hand).label("by_hand"),
        sa.func.sum(columns.simulated, type_=sa.Integer).label("simulated"),
        sa.func.min(_of_proofs(columns.at)).label("first_proof"),
        sa.func.max(_of_proofs(columns.at)).label("last_proof"),
        sa.func.group_concat(_of_proofs(sa.func.substr(columns.at_local, 1, HOUR))).label("proof_hours"),
        sa.func.group_concat(_of_proofs(sa.null(), others=_joined(words))).label("others"),
    ).where(
        columns.procedure == sa.bindparam("procedure"),
        columns.sequence > sa.bindparam("since"),
        columns.sequence < sa.bindparam("until"),
    )


def _of_proofs(value: sa.ColumnElement[Any], *, others: sa.ColumnElement[Any] | None = None) -> sa.Case[Any]:
    """``value`` of a proof, ``others`` of any other attempt: one comparison or two for each, it is called often."""
    return sa.case({outcome.value: value for outcome in sorted(PROOFS)}, value=tables.attempt.c.outcome, else_=others)


def _joined(words: Iterable[sa.ColumnElement[Any]]) -> sa.ColumnElement[str]:
    """The words with a space between two; none of them holds a space or a comma."""
    first, *rest = words
    told: sa.ColumnElement[str] = sa.cast(first, sa.Text)
    for word in rest:
        told = told.concat(" ").concat(sa.cast(word, sa.Text))
    return told


def _count(connection: sa.Connection, case: str, row: FollowRow) -> CoverageRow:
    until = _NEVER if row.until_sequence is None else row.until_sequence
    bounds = {"procedure": row.procedure, "since": row.sequence, "until": until}
    figures = connection.execute(_statement(), bounds).one()
    others = tuple(_others(figures.others))
    return CoverageRow(
        case=case,
        follow=row,
        proof_hours=tuple(figures.proof_hours.split(",")) if figures.proof_hours else (),
        proofs_by_hand=(figures.by_hand or 0) - sum(one.mode is not Mode.UNATTENDED for one in others),
        proofs_simulated=(figures.simulated or 0) - sum(one.simulated for one in others),
        first_proof=None if figures.first_proof is None else parse_instant(figures.first_proof),
        last_proof=None if figures.last_proof is None else parse_instant(figures.last_proof),
        others=others,
    )


def _others(text: str | None) -> Iterator[OtherRow]:
    for one in text.split(",") if text else ():
        sequence, outcome, mode, simulated, at, at_local = one.split(" ")
        yield OtherRow(
            sequence=int(sequence),
            at=parse_instant(at).astimezone(datetime.fromisoformat(at_local).tzinfo),
            outcome=Outcome(outcome),
            mode=Mode(mode),
            simulated=simulated == "1",
        )


def _find_silent(connection: sa.Connection, rows: Iterable[CoverageRow]) -> frozenset[int]:
    """The attempts at which nothing answered: only the records of unreached sites can say, and only those are read."""
    unreached = sorted({one.sequence for row in rows for one in row.others if one.outcome is Outcome.UNREACHABLE})
    columns = tables.record.c
    silent = set()
    for start in range(0, len(unreached), _CHUNK):
        asked = columns.sequence.in_(unreached[start : start + _CHUNK])
        for sequence, body in connection.execute(sa.select(columns.sequence, columns.body).where(asked)):
            if not json.loads(body).get("navigation"):
                silent.add(sequence)
    return frozenset(silent)


def _marked(row: CoverageRow, silent: frozenset[int]) -> CoverageRow:
    if silent.isdisjoint(one.sequence for one in row.others):
        return row
    return replace(row, others=tuple(replace(one, answered=one.sequence not in silent) for one in row.others))
