"""Tokens of timestamp authorities, and how requests to them went, in the database.

A token is over the bytes of one entry's line, and covers every entry before it, since each line holds the digest of
the one before. So what covers an entry is the first token at or after it, and what is still to be asked follows from
the newest one: no queue grows, however long the station is off line.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from store import tables
from store.chain import Entry, parse_line
from store.ledger import as_bytes
from store.stamp_values import Covering, NewToken, StampHeads, StampingRow, TokenRow
from temoin.canonical import Digest, Json, canonical_bytes, sha256
from temoin.clock import parse_instant, utc_text
from temoin.errors import IntegrityError
from temoin.messages import _

_PAGE = 200  # tokens read at a time: each has some kilobytes
_LOOKED_AT = 10_000  # entries among which the newest that is not made up is looked for: the writer's lock is held
_MILLISECOND = timedelta(milliseconds=1)

# Tables that say of an entry whether it is about a made-up visit.
_TOLD = (tables.attempt, tables.notice)


def append_token(connection: sa.Connection, token: NewToken) -> None:
    """Keep a token, in the caller's transaction.

    Raises:
        ValueError: there is no such entry.
    """
    columns = tables.entry.c
    line = connection.execute(sa.select(as_bytes(columns.line)).where(columns.sequence == token.sequence)).scalar()
    if line is None:
        raise ValueError(f"no entry {token.sequence}")
    last = connection.execute(sa.select(sa.func.max(tables.token.c.number))).scalar() or 0
    connection.execute(
        tables.token.insert().values(
            number=last + 1,
            sequence=token.sequence,
            authority=token.authority,
            asked_at=utc_text(token.asked_at),
            received_at=utc_text(token.received_at),
            gen_time=utc_text(token.gen_time),
            delay_ms=delay_ms(token.gen_time, parse_line(line).at),
            sha256=sha256(token.response),
            response=token.response,
        )
    )


def delay_ms(gen_time: datetime, at: datetime) -> int:
    """How long after ``at`` the token's time is; negative where this computer's clock was ahead."""
    return round((gen_time - at) / _MILLISECOND)


def read_tokens(connection: sa.Connection, *, after: int = 0) -> Iterator[TokenRow]:
    """Every token whose number is above ``after``, in the order in which they came."""
    columns = tables.token.c
    while True:
        query = _whole_tokens().where(columns.number > after).order_by(columns.number)
        rows = connection.execute(query.limit(_PAGE)).all()
        yield from map(_token, rows)
        if len(rows) < _PAGE:
            return
        after = rows[-1].number


def read_tokens_over(connection: sa.Connection, sequences: Sequence[int]) -> tuple[TokenRow, ...]:
    """The tokens over those entries themselves, in the order in which they came."""
    columns = tables.token.c
    query = _whole_tokens().where(columns.sequence.in_(sequences))
    return tuple(map(_token, connection.execute(query.order_by(columns.number))))


def _whole_tokens() -> sa.Select[Any]:
    columns = tables.token.c
    return sa.select(*(one for one in columns if one is not columns.response), as_bytes(columns.response).label("kept"))


def _token(row: sa.Row[Any]) -> TokenRow:
    try:
        asked_at, received_at, gen_time = map(parse_instant, (row.asked_at, row.received_at, row.gen_time))
    except (ValueError, TypeError) as error:
        raise IntegrityError(
            _("The row of token {number} was changed: a time in it is none.").format(number=row.number),
            remedy=_("Nothing was changed now. Run `temoin verify`; bring back a backup."),
        ) from error
    return TokenRow(
        number=row.number,
        sequence=row.sequence,
        authority=row.authority,
        asked_at=asked_at,
        received_at=received_at,
        gen_time=gen_time,
        delay_ms=row.delay_ms,
        sha256=Digest(row.sha256),
        response=row.kept,
    )


def build_anchor(head: Entry, tokens: Sequence[TokenRow], *, named: int) -> Json:
    """The record of an anchor after ``head``; ``tokens`` came after the ``named`` ones of earlier anchors.

    By one digest, so that it has the same size however many came (docs/format.md §4.2).
    """
    return {
        "format": 1,
        "head": {"sequence": head.sequence, "sha256": head.digest},
        "tokens": {
            "first": named + 1,
            "last": tokens[-1].number if tokens else named,
            "sha256": digest_tokens(tokens) if tokens else None,
        },
    }


def digest_tokens(tokens: Sequence[TokenRow]) -> Digest:
    """What an anchor names tokens by."""
    listed = [
        {"authority": one.authority, "number": one.number, "sequence": one.sequence, "sha256": one.sha256}
        for one in tokens
    ]
    return sha256(canonical_bytes({"tokens": listed}))


def read_authorities(connection: sa.Connection) -> tuple[str, ...]:
    """The names that tokens are kept under, sorted; a jump per name, however many tokens there are."""
    found = connection.exec_driver_sql(
        "WITH RECURSIVE names(name) AS (SELECT min(authority) FROM token UNION ALL "
        "SELECT (SELECT min(authority) FROM token WHERE authority > name) FROM names WHERE name IS NOT NULL) "
        "SELECT name FROM names WHERE name IS NOT NULL"
    )
    return tuple(found.scalars())


def read_coverings(connection: sa.Connection, first: int, last: int) -> tuple[Covering, ...]:
    """For each authority the tokens that cover entries ``first`` to ``last``, by sequence: in the index alone."""
    columns = tables.token.c
    found: list[Covering] = []
    for name in read_authorities(connection):
        of_name = sa.select(columns.authority, columns.sequence, columns.gen_time).where(columns.authority == name)
        within = of_name.where(columns.sequence >= first, columns.sequence < last)
        beyond = of_name.where(columns.sequence >= last)
        order = (columns.sequence, columns.gen_time)
        rows = [*connection.execute(within.order_by(*order)), *connection.execute(beyond.order_by(*order).limit(1))]
        found += [
            Covering(authority=row.authority, sequence=row.sequence, gen_time=parse_instant(row.gen_time))
            for row in rows
        ]
    return tuple(found)


def read_heads(connection: sa.Connection) -> StampHeads:
    """Where the register stands."""
    entries, tokens = tables.entry.c, tables.token.c
    newest = connection.execute(sa.select(sa.func.max(entries.sequence))).scalar() or 0
    made_up = [sa.exists().where(table.c.sequence == entries.sequence, table.c.simulated) for table in _TOLD]
    near = sa.and_(entries.sequence > newest - _LOOKED_AT, ~sa.or_(*made_up))
    real = sa.select(entries.sequence).where(near).order_by(entries.sequence.desc()).limit(1)
    # The literal lets SQLite use the partial index.
    anchor = connection.execute(sa.select(sa.func.max(entries.sequence)).where(sa.text("kind = 'anchor'"))).scalar()
    covered = {
        name: connection.execute(sa.select(sa.func.max(tokens.sequence)).where(tokens.authority == name)).scalar() or 0
        for name in read_authorities(connection)
    }
    return StampHeads(newest=newest, real=connection.execute(real).scalar() or 0, anchor=anchor or 0, covered=covered)


def read_stampings(connection: sa.Connection) -> dict[str, StampingRow]:
    """How the last requests went, by authority."""
    return {row.authority: _stamping(row) for row in connection.execute(sa.select(tables.stamping))}


def _stamping(row: sa.Row[Any]) -> StampingRow:
    def instant(text: str | None) -> datetime | None:
        return None if text is None else parse_instant(text)

    return StampingRow(
        authority=row.authority,
        asked_at=parse_instant(row.asked_at),
        tries=row.tries,
        next_try=instant(row.next_try),
        failing_since=instant(row.failing_since),
        failure=row.failure,
    )


def save_stampings(connection: sa.Connection, rows: Sequence[StampingRow]) -> None:
    """Remember how requests went."""
    for row in rows:
        values = {
            "asked_at": utc_text(row.asked_at),
            "tries": row.tries,
            "next_try": None if row.next_try is None else utc_text(row.next_try),
            "failing_since": None if row.failing_since is None else utc_text(row.failing_since),
            "failure": row.failure,
        }
        changed = tables.stamping.update().where(tables.stamping.c.authority == row.authority).values(values)
        if not connection.execute(changed).rowcount:
            connection.execute(tables.stamping.insert().values(authority=row.authority, **values))


Choice = Callable[[dict[str, StampingRow], StampHeads], Sequence[StampingRow]]


def claim(connection: sa.Connection, choose: Choice) -> tuple[Sequence[StampingRow], StampHeads]:
    """Ask ``choose`` (pure) whom to ask, and note that they are being asked, in one transaction.

    So two processes never ask the same authority for the same thing.
    """
    heads = read_heads(connection)
    chosen = choose(read_stampings(connection), heads)
    save_stampings(connection, chosen)
    return chosen, heads
