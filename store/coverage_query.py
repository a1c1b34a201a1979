"""What ``status`` counts: for every stretch of time over which a case followed a procedure, one row of figures.

One statement for all cases. The cases that follow one procedure share its attempts: their stretches are cut where one
of them begins or ends, and each piece is counted once, whoever it counts for. SQLite puts each attempt of a piece in
a few characters, all of them in one text: rows of a million entries would cost more to hand over than to find. Proofs,
which are nearly all attempts, are counted from these; every other attempt is told by itself, and ``exhibits.tally``
counts it as it counts those of documents.

Only rows after ``follow`` and before ``unfollow`` count, by sequence (DESIGN §9): clocks do not decide. Days and hours
are those of ``at_local``, which each record keeps in its procedure's own zone.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache, lru_cache
from itertools import chain, pairwise
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

import sqlalchemy as sa

from store import cases, tables
from store.ledger import as_bytes
from store.values import CaseRow, FollowRow
from temoin.canonical import Digest, read_json
from temoin.clock import parse_instant
from temoin.items import JOURNAL
from temoin.records import PROOFS, JournalKind, Mode, Outcome

_INSTANT = 24  # characters of ``2026-09-14T05:12:33.250Z``, as ``temoin.clock.utc_text`` writes every instant
_DAY, _HOUR = 10, 13  # of ``2026-09-14T07``: what is kept of a local time
_OTHER = "!"  # begins what is told of an attempt that is no proof
_SIMULATED = "#"  # before the last character of what is told of a proof: 1 when it was simulated
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
class ProofCount:
    """Proofs, counted; ``days`` and ``hours`` are those of their local clock, each once."""

    count: int = 0
    by_hand: int = 0
    simulated: int = 0
    first: datetime | None = None
    last: datetime | None = None
    days: frozenset[date] = frozenset()
    hours: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageRow:
    """The attempts of one stretch: proofs counted, all others in the ledger's order."""

    follow: FollowRow
    proofs: ProofCount
    others: tuple[OtherRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """An entry of the journal that was not erased; ``at`` is what the person declares, else when it was recorded.

    ``attempt`` is the slot that it answers, where that is known without a key.
    """

    kind: JournalKind
    at: datetime
    attempt: int | None = None


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
    if code is not None:
        return read_coverage_of(connection, (code,))
    codes = cases.read_digests(connection)
    followed = cases.read_all_followed(connection, codes)
    return _read(connection, codes, cases.read_cases_that(connection, followed), followed)


def read_coverage_of(connection: sa.Connection, named: Sequence[str]) -> tuple[CaseCoverage, ...]:
    """Those cases by code: nothing is read of any other.

    Raises:
        StoreError: there is no such case.
    """
    codes = cases.read_digests(connection, named)
    for code in set(named) - set(codes.values()):
        cases.digest_of_case(connection, code)  # says what is wrong
    followed = cases.read_all_followed(connection, codes, few=True)
    return _read(connection, codes, cases.read_cases_that(connection, followed, few=True), followed, few=True)


def _read(
    connection: sa.Connection,
    codes: Mapping[Digest, str],
    rows: Sequence[CaseRow],
    followed: Mapping[str, Sequence[FollowRow]],
    *,
    few: bool = False,
) -> tuple[CaseCoverage, ...]:
    pieces = cut_pieces(chain.from_iterable(followed.values()))
    counted = _count(connection, pieces)
    silent = _find_silent(connection, counted.values())
    steps = _read_steps(connection, codes, few=few)
    return tuple(
        CaseCoverage(
            case=row,
            stretches=tuple(_row(one, pieces[one.procedure], counted, silent) for one in followed[row.code]),
            steps=tuple(steps.get(row.code, ())),
        )
        for row in rows
    )


def _read_steps(
    connection: sa.Connection, known: Mapping[Digest, str], *, few: bool
) -> Mapping[str, Sequence[StepRow]]:
    """The journal of the known cases, by code, without what was erased; ``few``: not of every case."""
    item, erasure, answer = tables.item.c, tables.erasure.c, tables.slot_answer.c
    query = (
        sa.select(item.case_sha256, item.kind, item.at, item.recorded_at, answer.attempt)
        .select_from(
            tables.item.outerjoin(tables.erasure, item.sequence == erasure.erased).outerjoin(
                tables.slot_answer, item.sequence == answer.sequence
            )
        )
        .where(item.entry == JOURNAL, erasure.erased.is_(None))
        .order_by(item.sequence)
    )
    if few:
        query = query.where(item.case_sha256.in_(known))
    found: dict[str, list[StepRow]] = {}
    for row in connection.execute(query):
        if row.case_sha256 in known:
            at = parse_instant(row.at or row.recorded_at)
            step = StepRow(kind=JournalKind(row.kind), at=at, attempt=row.attempt)
            found.setdefault(known[row.case_sha256], []).append(step)
    return found


class Piece(NamedTuple):
    """The attempts of a procedure between two entries, both left out; no case begins or ends to follow in between."""

    procedure: str
    since: int
    until: int


def cut_pieces(followed: Iterable[FollowRow]) -> Mapping[str, tuple[Piece, ...]]:
    """By procedure, what the stretches of all cases have in common, in order; pieces that nobody follows left out."""
    of: dict[str, list[tuple[int, int]]] = {}
    for row in followed:
        of.setdefault(row.procedure, []).append((row.sequence, _end(row)))
    return {procedure: tuple(_pieces(procedure, stretches)) for procedure, stretches in of.items()}


def _end(row: FollowRow) -> int:
    return _NEVER if row.until_sequence is None else row.until_sequence


def _pieces(procedure: str, stretches: Sequence[tuple[int, int]]) -> Iterator[Piece]:
    changes = Counter({at: 0 for stretch in stretches for at in stretch})
    for since, until in stretches:
        changes[since] += 1
        changes[until] -= 1
    following, cuts = 0, sorted(changes)
    for since, until in pairwise(cuts):
        following += changes[since]
        if following:
            yield Piece(procedure, since, until)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    """What one piece holds."""

    proofs: ProofCount
    others: tuple[OtherRow, ...]


def _count(connection: sa.Connection, pieces: Mapping[str, Sequence[Piece]]) -> Mapping[Piece, _Counted]:
    every = tuple(chain.from_iterable(pieces.values()))
    doubted = connection.execute(sa.select(tables.attempt.c.sequence).where(tables.DOUBTED).limit(1)).first()
    rows = connection.execute(_statement(doubted=doubted is not None), {"pieces": json.dumps(every)})
    return {every[place]: _counted(told) for place, told in rows}


@cache
def _statement(*, doubted: bool) -> sa.Select[Any]:
    """The question; ``doubted``: some proofs are kept and not counted, and are told by themselves."""
    given = sa.func.json_each(sa.bindparam("pieces", type_=sa.Text)).table_valued("key", "value")
    named = ("procedure", "since", "until")
    fields = [sa.func.json_extract(given.c.value, f"$[{place}]").label(name) for place, name in enumerate(named)]
    # Materialized, or SQLite would read the JSON again for each attempt that it looks at.
    piece = sa.select(given.c.key.label("place"), *fields).cte("piece").prefix_with("MATERIALIZED")
    columns = tables.attempt.c
    told = sa.select(sa.func.group_concat(_told(doubted=doubted))).where(
        columns.procedure == piece.c.procedure,
        columns.sequence > piece.c.since,
        columns.sequence < piece.c.until,
    )
    return sa.select(piece.c.place, told.scalar_subquery())


def _told(*, doubted: bool) -> sa.ColumnElement[str]:
    """A proof as its instant, local hour, mode and whether it was simulated; of any other attempt all that is asked.

    Nothing of it holds a comma, which comes between two attempts.
    """
    columns = tables.attempt.c
    likely_first = sorted(PROOFS, key=lambda one: one is not Outcome.NO_SLOT)  # tried in this order for each
    is_proof = sa.or_(*(columns.outcome == one.value for one in likely_first))
    if doubted:
        twin = tables.attempt.alias("twin")
        is_proof = sa.and_(is_proof, columns.sequence.not_in(sa.select(twin.c.sequence).where(tables.DOUBTED)))
    hour = sa.func.substr(columns.at_local, 1, _HOUR)
    proof = _joined("", columns.at, hour, columns.mode, sa.literal(_SIMULATED), columns.simulated)
    words = (columns.outcome, columns.mode, columns.simulated, columns.at, columns.at_local)
    return sa.case((is_proof, proof), else_=sa.literal(_OTHER).concat(_joined(" ", columns.sequence, *words)))


def _joined(between: str, *words: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """The words one after another; SQLite makes texts of numbers."""
    first, *rest = (sa.type_coerce(word, sa.Text) for word in words)
    told: sa.ColumnElement[str] = first
    for word in rest:
        told = told.concat(sa.literal(between)).concat(word) if between else told.concat(word)
    return told


def _counted(text: str | None) -> _Counted:
    told = text.split(",") if text else []
    others: tuple[OtherRow, ...] = ()
    if text and _OTHER in text:
        others = tuple(sorted(map(_other, (one for one in told if one[0] == _OTHER)), key=attrgetter("sequence")))
        told = [one for one in told if one[0] != _OTHER]
    if not text or not told:
        return _Counted(proofs=ProofCount(), others=others)
    proofs = ProofCount(
        count=len(told),
        by_hand=len(told) - text.count(Mode.UNATTENDED.value + _SIMULATED),
        simulated=text.count(f"{_SIMULATED}1"),
        first=parse_instant(min(told)[:_INSTANT]),
        last=parse_instant(max(told)[:_INSTANT]),
        days=frozenset(map(_day, set(map(_DAY_OF, told)))),
        hours=frozenset(map(int, set(map(_HOUR_OF, told)))),
    )
    return _Counted(proofs=proofs, others=others)


_DAY_OF = itemgetter(slice(_INSTANT, _INSTANT + _DAY))
_HOUR_OF = itemgetter(slice(_INSTANT + _DAY + 1, _INSTANT + _HOUR))


@lru_cache(maxsize=10_000)  # the days of one procedure are those of the others
def _day(text: str) -> date:
    return date.fromisoformat(text)


def _other(text: str) -> OtherRow:
    sequence, outcome, mode, simulated, at, at_local = text.removeprefix(_OTHER).split(" ")
    return OtherRow(
        sequence=int(sequence),
        at=parse_instant(at).astimezone(datetime.fromisoformat(at_local).tzinfo),
        outcome=Outcome(outcome),
        mode=Mode(mode),
        simulated=simulated == "1",
    )


def _row(
    follow: FollowRow, pieces: Sequence[Piece], counted: Mapping[Piece, _Counted], silent: frozenset[int]
) -> CoverageRow:
    """The pieces that make up one stretch, taken together again."""
    found = [counted[one] for one in pieces if one.since >= follow.sequence and one.until <= _end(follow)]
    return CoverageRow(
        follow=follow,
        proofs=_together([one.proofs for one in found]),
        others=tuple(
            replace(other, answered=False) if other.sequence in silent else other
            for one in found
            for other in one.others
        ),
    )


def _together(counts: Sequence[ProofCount]) -> ProofCount:
    if len(counts) == 1:
        return counts[0]
    return ProofCount(
        count=sum(one.count for one in counts),
        by_hand=sum(one.by_hand for one in counts),
        simulated=sum(one.simulated for one in counts),
        first=min((one.first for one in counts if one.first is not None), default=None),
        last=max((one.last for one in counts if one.last is not None), default=None),
        days=frozenset(chain.from_iterable(one.days for one in counts)),
        hours=frozenset(chain.from_iterable(one.hours for one in counts)),
    )


def _find_silent(connection: sa.Connection, counted: Iterable[_Counted]) -> frozenset[int]:
    """The attempts at which nothing answered: only the records of unreached sites can say, and only those are read.

    Of a damaged record nothing is concluded either.
    """
    unreached = sorted(
        {other.sequence for one in counted for other in one.others if other.outcome is Outcome.UNREACHABLE}
    )
    columns = tables.record.c
    silent = set()
    for start in range(0, len(unreached), _CHUNK):
        asked = columns.sequence.in_(unreached[start : start + _CHUNK])
        for sequence, body in connection.execute(sa.select(columns.sequence, as_bytes(columns.body)).where(asked)):
            if not _has_navigation(body):
                silent.add(sequence)
    return frozenset(silent)


def _has_navigation(body: bytes) -> bool:
    try:
        record = read_json(body)
    except ValueError:
        return False
    return isinstance(record, dict) and bool(record.get("navigation"))
