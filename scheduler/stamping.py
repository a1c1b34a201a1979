"""Timestamps: whom to ask, when, and one round of asking, bounded (DESIGN §9).

Rules of the structure:

* What is to be asked follows from the register and the tokens: the newest entry, unless a token covers it. One token
  covers every entry before it, so a station that was off line for weeks asks once, and nothing has grown.
* The first authority is asked for each entry; the next ones when it fails. For the evening's anchor all of them are.
* A station asks at most once a minute, and each authority no more often than its terms say; a loopback authority as
  often as its table says, 0 included.
* What fails is asked again, later and later, up to once an hour, for as long as it takes.
* A real authority is never asked about a made-up visit, nor by a made-up clock, nor by a station that follows
  loopback addresses only. What it attests covers such entries all the same, when they come before a real one.
* Only a digest leaves the machine. Nothing here holds up an attempt: it was committed before.
"""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from store.stamp_values import NewToken, StampHeads, StampingRow
from store.store import Store
from temoin.errors import TokenError
from temoin.floors import is_loopback
from temoin.settings import Authority, Settings

if TYPE_CHECKING:
    from scheduler.authorities import AuthorityError, Granted

    Answer = Granted | AuthorityError | TokenError

ROUND_SECONDS = 5.0  # of asking, whatever the number of authorities
FIRST_SECONDS = 3.0  # of those, what the first authority has before the next ones are asked
BETWEEN = timedelta(minutes=1)  # between two requests for an entry, towards real authorities
LONGEST_WAIT = timedelta(hours=1)  # between two tries of an authority that fails
_DOUBLINGS = 6  # the wait is the longest by then
_AHEAD = timedelta(hours=2)  # a next try further off than any wait was noted by a clock that was wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whom to ask: the first of ``in_turn`` that answers, and every one of ``all_of``."""

    in_turn: tuple[str, ...] = ()
    all_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamped:
    """What a round brought: the tokens kept, and the stable word of each authority that failed."""

    granted: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()


def askable(settings: Settings, *, simulated: bool) -> tuple[Authority, ...]:
    """The authorities that this station may ask, in the order of the configuration."""
    real = not simulated and any(not is_loopback(procedure.url) for procedure in settings.procedures)
    return tuple(one for one in settings.timestamp.authorities if real or is_loopback(one.url))


def find_wanted(
    authorities: Sequence[Authority], rows: dict[str, StampingRow], heads: StampHeads, now: datetime
) -> Wanted:
    """Whom to ask at ``now``."""
    covered = max((heads.covered.get(one.name, 0) for one in authorities), default=0)
    in_turn: list[str] = []
    all_of: list[str] = []
    for one in authorities:
        row = rows.get(one.name)
        if heads.anchor > heads.covered.get(one.name, 0) and _is_due(one, row, now):
            all_of.append(one.name)
    waits = False  # the first authority that is well is the one to wait for
    for one in authorities:
        row = rows.get(one.name)
        if _target(one, heads) <= covered or one.name in all_of or waits:
            continue
        if _is_due(one, row, now):
            in_turn.append(one.name)
        elif row is None or row.next_try is None:
            waits = True
    return Wanted(in_turn=() if all_of else tuple(in_turn), all_of=tuple(all_of))


def _target(authority: Authority, heads: StampHeads) -> int:
    """The entry that a token is asked over: what it covers before that one it covers too."""
    return heads.newest if is_loopback(authority.url) else heads.real


def _is_due(authority: Authority, row: StampingRow | None, now: datetime) -> bool:
    waiting = row is not None and row.next_try is not None and now < row.next_try <= now + _AHEAD
    minute = timedelta(0) if is_loopback(authority.url) else BETWEEN
    return not (waiting or rests(authority, row, now, least=minute))


def rests(authority: Authority, row: StampingRow | None, now: datetime, *, least: timedelta = timedelta(0)) -> bool:
    """Whether it was asked too short a time ago, by its own terms or by ``least``."""
    spacing = max(timedelta(seconds=authority.min_seconds_between), least)
    return row is not None and timedelta(0) <= now - row.asked_at < spacing


def is_due(settings: Settings, store: Store, *, now: datetime, simulated: bool) -> bool:
    """Whether a round would ask anybody now.

    Raises:
        StoreError: the store cannot be read.
    """
    authorities = askable(settings, simulated=simulated)
    if not authorities:
        return False
    wanted = find_wanted(authorities, store.stampings(), store.stamp_heads(), now)
    return bool(wanted.in_turn or wanted.all_of)


def silent_since(settings: Settings, store: Store) -> datetime | None:
    """Since when no authority that may be asked has answered; None while one of them does, or none was asked.

    Raises:
        StoreError: the store cannot be read.
    """
    authorities = askable(settings, simulated=False)
    rows = store.stampings() if authorities else {}
    since = [rows[one.name].failing_since if one.name in rows else None for one in authorities]
    known = [at for at in since if at is not None]
    return max(known) if known and len(known) == len(since) else None


def stamp(settings: Settings, store: Store, *, now: Callable[[], datetime], simulated: bool) -> Stamped:
    """One round: ask whoever is due, within ``ROUND_SECONDS``; keep the tokens, and note who failed.

    Raises:
        StoreError: the tokens could not be kept.
    """
    authorities = {one.name: one for one in askable(settings, simulated=simulated)}
    if not authorities:
        return Stamped()
    chosen: list[tuple[Wanted, dict[str, StampingRow]]] = []

    def choose(rows: dict[str, StampingRow], heads: StampHeads) -> list[StampingRow]:
        at = now()
        wanted = find_wanted(tuple(authorities.values()), rows, heads, at)
        chosen.append((wanted, rows))
        names = (*wanted.all_of, *wanted.in_turn)
        return [replace(rows.get(name) or StampingRow(authority=name, asked_at=at), asked_at=at) for name in names]

    claimed, heads = store.claim_stamps(choose)
    if not claimed:
        return Stamped()
    (wanted, before) = chosen[-1]
    targets = {name: (one, _target(one, heads)) for name, one in authorities.items()}
    answers = _Round(store, targets).run(wanted)
    rows = {row.authority: row for row in claimed}
    # Whoever was not asked after all, since one before it answered, has not been asked now.
    store.keep_stamps((), [before[name] for name in rows.keys() - answers.keys() if name in before])
    return _keep(store, rows, answers, {name: target for name, (_one, target) in targets.items()}, now())


def _keep(
    store: Store,
    rows: dict[str, StampingRow],
    answers: "dict[str, Answer]",
    targets: dict[str, int],
    at: datetime,
) -> Stamped:
    tokens = [
        NewToken(
            sequence=targets[name],
            authority=name,
            asked_at=answer.asked_at,
            received_at=answer.received_at,
            gen_time=answer.token.gen_time,
            response=answer.response,
        )
        for name, answer in answers.items()
        if not isinstance(answer, Exception)
    ]
    failed = {name: answer.reason for name, answer in answers.items() if isinstance(answer, Exception)}
    well = [StampingRow(authority=one.authority, asked_at=rows[one.authority].asked_at) for one in tokens]
    store.keep_stamps(tokens, [*well, *(_failed(rows[name], why, at) for name, why in failed.items())])
    return Stamped(granted=tuple(one.authority for one in tokens), failed=tuple(sorted(failed.items())))


def _failed(row: StampingRow, reason: str, at: datetime) -> StampingRow:
    wait_for = min(LONGEST_WAIT, BETWEEN * 2 ** min(row.tries, _DOUBLINGS))
    return replace(
        row, tries=row.tries + 1, next_try=at + wait_for, failing_since=row.failing_since or at, failure=reason
    )


class _Round:
    """The requests of one round, each in a thread that is left behind when its time is over."""

    def __init__(self, store: Store, targets: dict[str, tuple[Authority, int]]) -> None:
        from store.pinned import read_pinned  # noqa: PLC0415 - cryptography: only where something is asked

        self._targets = targets
        self._lines = {
            at: next(store.entries(at, at)).line for at in {target for _one, target in targets.values()} - {0}
        }
        self._pinned = {one.name: one for one in read_pinned(one for one, _target in targets.values())}
        self._deadline = time.monotonic() + ROUND_SECONDS
        self._running: dict[str, Future[Granted]] = {}

    def run(self, wanted: Wanted) -> "dict[str, Answer]":
        """Every answer that came, and that those who were given their time are late."""
        from scheduler.authorities import outcome_of  # noqa: PLC0415 - as above

        for name in wanted.all_of:
            self._begin(name)
        wait([self._running[name] for name in wanted.all_of], timeout=self._left())
        self._in_turn(wanted.in_turn)
        given_time = {*wanted.all_of, *wanted.in_turn[:1]} if self._left() else self._running.keys()
        return {
            name: outcome_of(future) for name, future in self._running.items() if future.done() or name in given_time
        }

    def _in_turn(self, names: Sequence[str]) -> None:
        """The first alone; when it has not granted one in its time, all the others at once."""
        if not names:
            return
        self._begin(names[0])
        wait([self._running[names[0]]], timeout=min(FIRST_SECONDS, self._left()))
        if self._has_granted(names):
            return
        for name in names[1:]:
            self._begin(name)
        pending = {self._running[name] for name in names}
        while pending and self._left() and not self._has_granted(names):
            _done, pending = wait(pending, timeout=self._left(), return_when=FIRST_COMPLETED)

    def _has_granted(self, names: Sequence[str]) -> bool:
        begun = [self._running[name] for name in names if name in self._running]
        return any(one.done() and one.exception() is None for one in begun)

    def _left(self) -> float:
        return max(0.0, self._deadline - time.monotonic())

    def _begin(self, name: str) -> None:
        future: Future[Granted] = Future()
        self._running[name] = future
        threading.Thread(target=self._ask, args=(name, future), daemon=True).start()

    def _ask(self, name: str, future: "Future[Granted]") -> None:
        from scheduler.authorities import AuthorityError, ask  # noqa: PLC0415 - as above

        authority, target = self._targets[name]
        try:
            future.set_result(ask(authority, self._pinned[name], self._lines[target], seconds=ROUND_SECONDS))
        except (AuthorityError, TokenError) as error:
            future.set_exception(error)
