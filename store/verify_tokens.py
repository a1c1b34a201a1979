"""Steps 10 and 11 of ``verify``: the tokens, each at the time that it attests, and the anchors.

A token is checked over the very bytes of its entry's line, with the roots that the configuration or ``--root`` pins.
A register rewritten from some entry on no longer has the lines that the tokens are over: that is how a chain which
agrees with itself is found out. Without a root nothing is passed: it is not checked, and said.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from store import tables
from store.chain import Entry, parse_line
from store.covered import LATE
from store.ledger import as_bytes
from store.pinned import Pinned
from store.stamp_values import TokenRow
from store.stamps import delay_ms, digest_tokens, read_heads, read_tokens, read_tokens_over
from temoin.canonical import Json, sha256
from temoin.clock import utc_text
from temoin.errors import IntegrityError, TokenError
from temoin.messages import _, n_
from temoin.report import Check, Status, passed_or

if TYPE_CHECKING:
    from store.tokens import Trust

AHEAD = timedelta(seconds=2)  # a clock that is this far ahead is said to be (DESIGN §9, as of the clock)


@dataclass(frozen=True, slots=True, kw_only=True)
class Roots:
    """What tokens are held to: the authorities of the configuration, and roots for those it no longer names."""

    pinned: Sequence[Pinned] = ()
    others: "Trust | None" = None


@dataclass(slots=True)
class _Found:
    """What the tokens gave: what is wrong, what could not be checked, and those that hold."""

    failures: list[str] = field(default_factory=list)
    unchecked: Counter[tuple[str, str]] = field(default_factory=Counter)  # by authority and reason
    good: Counter[str] = field(default_factory=Counter)
    held: list[tuple[int, datetime]] = field(default_factory=list)  # entry and time of each that holds


def check_tokens(name: str, connection: sa.Connection, roots: Roots) -> tuple[Check, ...]:
    """Every token, and how much of the register they cover."""
    found = _Found()
    try:
        _check_each(connection, roots, found)
    except IntegrityError as error:
        found.failures.append(error.message)
    unchecked = [*_unchecked(found), *_uncovered(connection, roots, found)]
    details = "; ".join(_details(connection, roots, found))
    failed = [Check(name=name, status=Status.FAILED, detail=failure) for failure in found.failures]
    if not failed and not unchecked:
        return (Check(name=name, status=Status.PASSED, detail=details),)
    said = [Check(name=name, status=Status.NOT_CHECKED, detail=words) for words in unchecked]
    return (*failed, *said, *([Check(name=name, status=Status.PASSED, detail=details)] if found.held else []))


def check_tokens_over(
    name: str, connection: sa.Connection, roots: Roots, sequences: Sequence[int]
) -> tuple[Check, ...]:
    """The tokens over those entries themselves, each told apart; the chain from an earlier entry to them is not asked.

    Raises:
        IntegrityError: the row of a token was changed.
    """
    checks: list[Check] = []
    for row in read_tokens_over(connection, sequences):
        found = _Found()
        _check_one(connection, roots, row, found)
        told = {"authority": row.authority, "sequence": row.sequence, "at": utc_text(row.gen_time)}
        words = _("{authority}, over entry {sequence}: existed by {at}").format(**told)
        checks += [Check(name=name, status=Status.FAILED, detail=failure) for failure in found.failures]
        checks += [Check(name=name, status=Status.NOT_CHECKED, detail=why) for why in _unchecked(found)]
        checks += [Check(name=name, status=Status.PASSED, detail=words)] * bool(found.held)
    return tuple(checks)


def _check_each(connection: sa.Connection, roots: Roots, found: _Found) -> None:
    last = 0
    for row in read_tokens(connection):
        if row.number != last + 1:
            missing = _("token {number} is missing")
            found.failures += [missing.format(number=number) for number in range(last + 1, row.number)]
        last = row.number
        _check_one(connection, roots, row, found)


def _check_one(connection: sa.Connection, roots: Roots, row: TokenRow, found: _Found) -> None:
    from store.tokens import TokenFault, Trust, check_token  # noqa: PLC0415 - only where there are tokens

    told = _("token {number} of {authority} over entry {sequence}: {why}")
    named = {"number": row.number, "authority": row.authority, "sequence": row.sequence}
    entry = _entry(connection, row.sequence)
    if entry is None:
        found.failures.append(told.format(**named, why=_("there is no such entry")))
        return
    if sha256(row.response) != row.sha256:
        found.failures.append(told.format(**named, why=_("its bytes are not those that came")))
        return
    pinned = next((one for one in roots.pinned if one.name == row.authority), None)
    trust = (roots.others or Trust(roots=())) if pinned is None else pinned.trust
    try:
        token = check_token(row.response, entry.line, trust)
    except TokenError as error:
        if error.reason == TokenFault.NO_ROOT:
            found.unchecked[row.authority, "" if pinned is None else pinned.problem] += 1
        else:
            found.failures.append(told.format(**named, why=error.message))
        return
    if (utc_text(token.gen_time), delay_ms(token.gen_time, entry.at)) != (utc_text(row.gen_time), row.delay_ms):
        found.failures.append(told.format(**named, why=_("the table does not say the time that it gives")))
        return
    found.good[row.authority] += 1
    found.held.append((row.sequence, token.gen_time))


def _entry(connection: sa.Connection, sequence: int) -> Entry | None:
    line = connection.execute(
        sa.select(as_bytes(tables.entry.c.line)).where(tables.entry.c.sequence == sequence)
    ).scalar()
    try:
        return None if line is None else parse_line(line)
    except ValueError:
        return None  # step 3 says so


def _unchecked(found: _Found) -> Iterator[str]:
    for (authority, problem), count in sorted(found.unchecked.items()):
        why = problem or _("the configuration names no root for it; give one with --root")
        told = n_("{count} token of {authority}: {why}", "{count} tokens of {authority}: {why}", count)
        yield told.format(count=count, authority=authority, why=why)


def _uncovered(connection: sa.Connection, roots: Roots, found: _Found) -> Iterator[str]:
    """Entries that wait for a token; only where the configuration names somebody to ask."""
    if not roots.pinned:
        return
    heads = read_heads(connection)
    newest = heads.newest if any(one.loopback for one in roots.pinned) else heads.real
    covered = max((sequence for sequence, _time in found.held), default=0)
    if newest > covered:
        first = _entry(connection, covered + 1)
        told = n_(
            "{count} entry has no timestamp yet, since {at}",
            "{count} entries have no timestamp yet, the first of them since {at}",
            newest - covered,
        )
        yield told.format(count=newest - covered, at="?" if first is None else utc_text(first.at))


def _details(connection: sa.Connection, roots: Roots, found: _Found) -> Iterator[str]:
    if not found.held:
        yield _("no timestamp is kept: the time rests on this machine’s clock")
        return
    qualified = {one.name for one in roots.pinned if one.qualified}
    for authority, count in sorted(found.good.items()):
        told = n_("{count} timestamp of {authority}", "{count} timestamps of {authority}", count)
        words = told.format(count=count, authority=authority)
        yield words if authority in qualified else _("{words} (not qualified)").format(words=words)
    yield _("entries 1 to {last} are covered").format(last=max(sequence for sequence, _time in found.held))
    late, ahead = _count_delays(connection, found.held)
    if late:
        told = n_("{count} attempt was timestamped late", "{count} attempts were timestamped late", late)
        yield _("{words} (over 24 h)").format(words=told.format(count=late))
    if ahead:
        yield n_(
            "{count} attempt says a later time than its timestamp: this computer’s clock was ahead",
            "{count} attempts say a later time than their timestamp: this computer’s clock was ahead",
            ahead,
        ).format(count=ahead)


def _count_delays(connection: sa.Connection, held: Sequence[tuple[int, datetime]]) -> tuple[int, int]:
    """How many attempts have their first token late, and how many say a time that it contradicts."""
    ordered = sorted(held)
    sequences = [sequence for sequence, _time in ordered]
    earliest: list[datetime] = []
    for _sequence, time in reversed(ordered):
        earliest.append(min(time, earliest[-1]) if earliest else time)
    earliest.reverse()
    late = ahead = 0
    columns = tables.attempt.c
    query = sa.select(columns.sequence, columns.at).where(columns.sequence <= sequences[-1])
    for sequence, at in connection.execute(query):
        time = earliest[bisect_left(sequences, sequence)]
        late += utc_text(time - LATE) > at
        ahead += utc_text(time + AHEAD) < at
    return late, ahead


def check_anchors(name: str, connection: sa.Connection, anchors: Sequence[tuple[int, Json]]) -> tuple[Check, ...]:
    """Each anchor names an earlier entry by its digest, and the tokens that came since the anchor before."""
    failures: list[str] = []
    named = 0
    for sequence, record in anchors:
        told = _("anchor {sequence}: {why}")
        try:
            found = list(_anchor_failures(connection, sequence, record, named))
            named = int(record["tokens"]["last"])
        except (KeyError, TypeError, ValueError):
            found = [_("its record does not say what an anchor must")]
        except IntegrityError as error:
            found = [error.message]
        failures += [told.format(sequence=sequence, why=why) for why in found]
    count = len(anchors)
    return passed_or(name, failures, n_("{count} anchor", "{count} anchors", count).format(count=count))


def _anchor_failures(connection: sa.Connection, sequence: int, record: Json, named: int) -> Iterator[str]:
    head, tokens = record["head"], record["tokens"]
    entry = _entry(connection, int(head["sequence"]))
    if entry is None or entry.sequence >= sequence or entry.digest != head["sha256"]:
        yield _("entry {head} is not the one that it names").format(head=head["sequence"])
    first, last = int(tokens["first"]), int(tokens["last"])
    if first != named + 1 or last < named:
        yield _("its tokens do not follow those of the anchor before")
        return
    kept = [row for row in read_tokens(connection, after=named) if row.number <= last] if last > named else []
    if len(kept) != last - named:
        missing = last - named - len(kept)
        yield n_("{count} token that it names is missing", "{count} tokens that it names are missing", missing).format(
            count=missing
        )
    elif (digest_tokens(kept) if kept else None) != tokens["sha256"]:
        yield _("the tokens that it names are not those that are kept")
