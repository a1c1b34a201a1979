"""Verify one entry of the register: the steps of ``store.verify`` that concern it, each told in full. Reads only.

1 chain (with its neighbours, and on to the tokens that cover it) · 2 record · 3 subject · 4 derived · 5 artefacts ·
6 plans · 7 timestamps. What this does **not** show is what the whole chain shows: that no other entry was left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from store import tables
from store.chain import FIRST_PREVIOUS, check_chain
from store.database import Database, read_revision
from store.derived import find_artefacts
from store.ledger import as_bytes
from store.objects import Objects
from store.opening import DATABASE_NAME, OBJECTS_NAME
from store.stamp_values import Covering
from store.stamps import read_coverings
from store.verify import find_object_failure
from store.verify_tokens import Roots, check_tokens_over
from store.walk import walk_entry
from store.walked import Walk
from temoin.canonical import Json, read_json, sha256
from temoin.errors import StoreError, UsageError
from temoin.messages import _, n_
from temoin.report import Check, Report, Status, passed_or
from temoin.words import role_words

_PAGE = 1000  # entries read at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """What the steps look at."""

    connection: sa.Connection
    objects: Objects
    roots: Roots
    sequence: int
    line: bytes
    walk: Walk


def check_entry(folder: Path, sequence: int, roots: Roots = Roots()) -> Report:  # noqa: B008 - frozen
    """Every finding about one entry of the store in ``folder``; its timestamps are held to ``roots``.

    Raises:
        StoreError: there is no store there, or none that this version reads.
        UsageError: there is no such entry.
    """
    path = folder / DATABASE_NAME
    if not path.is_file():
        raise StoreError(_("There is no store in {folder}.").format(folder=folder), remedy=_("Check data_dir."))
    with Database(path, read_only=True) as database, database.reading() as connection:
        if read_revision(connection) != tables.HEAD:
            raise StoreError(
                _("The store in {folder} is not of this version of Témoin.").format(folder=folder),
                remedy=_("Run any command that records, once; it brings the store up to date."),
            )
        line = next(_lines(connection, sequence, sequence), None)
        if line is None:
            raise UsageError(
                _("There is no entry {sequence} in the register.").format(sequence=sequence),
                remedy=_("“temoin list” gives the numbers."),
            )
        looked = _Looked(
            connection=connection,
            objects=Objects(folder / OBJECTS_NAME),
            roots=roots,
            sequence=sequence,
            line=line,
            walk=walk_entry(connection, sequence, line),
        )
        return Report(checks=tuple(check for name, step in _STEPS for check in step(name, looked)))


def _check_chain(name: str, looked: _Looked) -> tuple[Check, ...]:
    """Its line is one to the byte, follows from the one before, and leads to the one after and to its tokens."""
    last = max((one.sequence for one in _coverings(looked)), default=looked.sequence)
    last = max(last, looked.sequence + 1)
    before = next(_lines(looked.connection, looked.sequence - 1, looked.sequence - 1), None)
    missing = before is None and looked.sequence > 1
    failures = [_("the entry before it is missing")] if missing else []
    previous = FIRST_PREVIOUS if before is None else sha256(before)
    lines = _lines(looked.connection, looked.sequence, last)
    failures += [found.message for found in check_chain(lines, first=looked.sequence, previous=previous)]
    newest = looked.connection.execute(sa.select(sa.func.max(tables.entry.c.sequence))).scalar() or 0
    return passed_or(name, failures, "; ".join(_place_words(looked, is_last=newest <= looked.sequence)))


def _place_words(looked: _Looked, *, is_last: bool) -> Iterator[str]:
    yield _("its digest is {digest}").format(digest=sha256(looked.line))
    if looked.sequence == 1:
        yield _("it is the first entry")
    else:
        yield _("it follows from entry {sequence}").format(sequence=looked.sequence - 1)
    if is_last:
        yield _("none has come after it yet")
    else:
        yield _("entry {sequence} follows from it").format(sequence=looked.sequence + 1)


def _check_record(name: str, looked: _Looked) -> tuple[Check, ...]:
    body = _body(looked) or b""
    detail = _("its {size} bytes are those whose digest the entry gives").format(size=len(body))
    return passed_or(name, looked.walk.records, detail)


def _check_subject(name: str, looked: _Looked) -> tuple[Check, ...]:
    return passed_or(name, looked.walk.subjects, _("the entry is about the procedure that the record names"))


def _check_derived(name: str, looked: _Looked) -> tuple[Check, ...]:
    return passed_or(name, looked.walk.derived, _("lists say what the record says"))


def _check_artefacts(name: str, looked: _Looked) -> tuple[Check, ...]:
    """One answer for each file that the record names."""
    told = _words_by_digest(looked)
    checks: list[Check] = []
    for digest, what in looked.walk.objects.items():
        why = find_object_failure(looked.objects, digest, what)
        words = f"{told.get(digest, 'robots.txt')} – {digest}"
        if why is None:
            checks.append(Check(name=name, status=Status.PASSED, detail=words))
        else:
            detail = _("{name}: {detail}").format(name=words, detail=why)
            checks.append(Check(name=name, status=Status.FAILED, detail=detail))
    return tuple(checks) or (Check(name=name, status=Status.PASSED, detail=_("its record names no file")),)


def _words_by_digest(looked: _Looked) -> dict[str, str]:
    body = _body(looked)
    record: Json = {} if body is None or looked.walk.records else read_json(body)
    return {one["sha256"]: role_words(str(one.get("role", ""))) for one in find_artefacts(record)}


def _check_plans(name: str, looked: _Looked) -> tuple[Check, ...]:
    detail = _("its time had been planned before") if looked.walk.planned else _("it answers no planned time")
    return passed_or(name, looked.walk.plans, detail)


def _check_timestamps(name: str, looked: _Looked) -> tuple[Check, ...]:
    """The first token of each authority at or after the entry; a token covers every entry before it."""
    over = sorted({one.sequence for one in _coverings(looked)})
    found = check_tokens_over(name, looked.connection, looked.roots, over)
    if found:
        return found
    waits = n_(
        "no timestamp covers it yet: {count} authority is to be asked",
        "no timestamp covers it yet: {count} authorities are to be asked",
        len(looked.roots.pinned),
    )
    nobody = _("no timestamp covers it, and nobody is to be asked: the time rests on this machine’s clock")
    detail = waits.format(count=len(looked.roots.pinned)) if looked.roots.pinned else nobody
    return (Check(name=name, status=Status.NOT_CHECKED, detail=detail),)


_STEPS = (
    ("1 chain", _check_chain),
    ("2 record", _check_record),
    ("3 subject", _check_subject),
    ("4 derived", _check_derived),
    ("5 artefacts", _check_artefacts),
    ("6 plans", _check_plans),
    ("7 timestamps", _check_timestamps),
)


def _coverings(looked: _Looked) -> tuple[Covering, ...]:
    return read_coverings(looked.connection, looked.sequence, looked.sequence)


def _body(looked: _Looked) -> bytes | None:
    columns = tables.record.c
    return looked.connection.execute(
        sa.select(as_bytes(columns.body)).where(columns.sequence == looked.sequence)
    ).scalar()


def _lines(connection: sa.Connection, first: int, last: int) -> Iterator[bytes]:
    """The lines from ``first`` to ``last``, as they are stored."""
    columns = tables.entry.c
    while first <= last:
        query = sa.select(columns.sequence, as_bytes(columns.line)).where(columns.sequence.between(first, last))
        rows = connection.execute(query.order_by(columns.sequence).limit(_PAGE)).all()
        yield from (row[1] for row in rows)
        if len(rows) < _PAGE:
            return
        first = rows[-1][0] + 1
