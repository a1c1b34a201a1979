"""What ``status`` counts: for every stretch of time over which a case followed a procedure, one row of figures.

Proofs, which are nearly all attempts, are gathered by SQLite, since a station may hold a million; every other attempt
is told by itself, and ``exhibits.tally`` counts it as it counts those of documents. Only rows after ``follow`` and
before ``unfollow`` count, by sequence (DESIGN §9): clocks do not decide. Hours are those of ``at_local``, which each
record keeps in its procedure's own zone.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from itertools import chain
from typing import Any

import sqlalchemy as sa

from store import cases, tables
from store.values import CaseRow, FollowRow
from temoin.clock import parse_instant
from temoin.items import JOURNAL
from temoin.records import PROOFS, JournalKind, Mode, Outcome

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

    follow: FollowRow
    proof_hours: tuple[str, ...]
    proofs_by_hand: int
    proofs_simulated: int
    first_proof: datetime | None
    last_proof: datetime | None
    others: tuple[OtherRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """An entry of the journal that was not erased; ``at`` is what the person declares, else when it was recorded."""

    kind: JournalKind
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCoverage:
    """One case, its stretches and its journal in the ledger's order, all of one look at the store."""

    case: CaseRow
    stretches: tuple[CoverageRow, ...]
    steps: tuple[StepRow, ...]


def read_coverage(connection: sa.Connection, code: str | None) -> tuple[CaseCoverage, ...]:
    """Every case by code, or the case ``code``.

    Raises:
        StoreError: there is no such case.
    """
    if code is None:
        rows, followed = cases.read_cases(connection), cases.read_all_followed(connection)
    else:
        rows, followed = (cases.read_case(connection, code),), {code: cases.read_followed(connection, code)}
    counted = {row.code: [_count(connection, one) for one in followed[row.code]] for row in rows}
    silent = _find_silent(connection, chain.from_iterable(counted.values()))
    steps = _read_steps(connection, code)
    return tuple(
        CaseCoverage(
            case=row,
            stretches=tuple(_marked(one, silent) for one in counted[row.code]),
            steps=tuple(steps.get(row.code, ())),
        )
        for row in rows
    )


def _read_steps(connection: sa.Connection, code: str | None) -> Mapping[str, Sequence[StepRow]]:
    """The journal of every case, or of one, by code, without what was erased."""
    known = cases.read_digests(connection) if code is None else {cases.digest_of_case(connection, code): code}
    item, erasure = tables.item.c, tables.erasure.c
    query = (
        sa.select(item.case_sha256, item.kind, item.at, item.recorded_at)
        .select_from(tables.item.outerjoin(tables.erasure, item.sequence == erasure.erased))
        .where(item.entry == JOURNAL, erasure.erased.is_(None))
        .order_by(item.sequence)
    )
    if code is not None:
        query = query.where(item.case_sha256.in_(known))
    found: dict[str, list[StepRow]] = {}
    for row in connection.execute(query):
        if row.case_sha256 in known:
            step = StepRow(kind=JournalKind(row.kind), at=parse_instant(row.at or row.recorded_at))
            found.setdefault(known[row.case_sha256], []).append(step)
    return found


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


def _count(connection: sa.Connection, row: FollowRow) -> CoverageRow:
    until = _NEVER if row.until_sequence is None else row.until_sequence
    bounds = {"procedure": row.procedure, "since": row.sequence, "until": until}
    figures = connection.execute(_statement(), bounds).one()
    others = tuple(_others(figures.others))
    return CoverageRow(
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
