"""Verify a store, step by step, by the numbers of docs/format.md §6. Reads only; tells everything; repairs nothing.

1 database · 2 schema · 3 chain · 4 records · 5 derived · 6 objects · 7 unnamed · 8 subjects · 9 plans ·
10 tokens · 11 anchors · 12 pictures (deep) · 13 exchanges (deep)
"""

import hashlib
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from store import tables
from store.chain import check_chain, is_digest
from store.database import Database, read_revision
from store.files import file_errors
from store.ledger import as_bytes
from store.log_frames import find_unconfirmed
from store.objects import Objects
from store.opening import DATABASE_NAME, OBJECTS_NAME, SEALED_NAME
from store.verify_tokens import Roots, check_anchors, check_tokens
from store.walk import walk_ledger
from store.walked import NamedObject, Walk
from temoin.canonical import Digest
from temoin.errors import IntegrityError, StoreError
from temoin.messages import _, n_
from temoin.os_words import os_words
from temoin.report import Check, Report, Status, passed_or

Progress = Callable[[int, int], None]
_PAGE = 1000  # entries read at a time
_SHOWN = 20  # unnamed objects told by name; the rest by number


@dataclass(slots=True, kw_only=True)
class _Evidence:
    """What the steps read, and what earlier steps leave to later ones."""

    connection: sa.Connection
    objects: Objects
    sealed: Objects
    deep: bool
    progress: Progress | None
    roots: Roots
    log: str | None  # what is wrong with SQLite's log
    walk: Walk = field(default_factory=Walk)


def verify_store(
    folder: Path,
    *,
    deep: bool = False,
    progress: Progress | None = None,
    roots: Roots = Roots(),  # noqa: B008 - frozen
) -> Report:
    """Every finding about the store in ``folder``; ``progress`` is told (done, total) of the objects.

    Timestamps are held to ``roots``, and to no certificate that came with them.

    Raises:
        StoreError: there is no store there.
    """
    path = folder / DATABASE_NAME
    if not path.is_file():
        raise StoreError(
            _("There is no store in {folder}.").format(folder=folder),
            remedy=_("Check data_dir in the configuration, or give the path of a bundle."),
        )
    checks: list[Check] = []
    with file_errors(path):
        log = find_unconfirmed(path)  # before SQLite opens it
    steps = STEPS if deep else STEPS[:-DEEP]
    try:
        with Database(path, read_only=True) as database, database.reading() as connection:
            evidence = _Evidence(
                connection=connection,
                objects=Objects(folder / OBJECTS_NAME),
                sealed=Objects(folder / SEALED_NAME),
                deep=deep,
                progress=progress,
                roots=roots,
                log=log,
            )
            for name, step in steps:
                checks += step(name, evidence)
                if step is _check_schema and checks[-1].status is Status.NOT_CHECKED:
                    break  # the tables are not those that the next steps read
    except StoreError as error:
        checks.append(Check(name=steps[_done(checks)][0], status=Status.FAILED, detail=error.message))
    detail = _("not reached: an earlier step could not read the store")
    left = [name for name, _step in steps[_done(checks) :]]
    return Report(checks=(*checks, *(Check(name=name, status=Status.NOT_CHECKED, detail=detail) for name in left)))


def _done(checks: list[Check]) -> int:
    """How many steps have answered; one that failed may answer several times."""
    return len({check.name for check in checks})


# 1


def _check_database(name: str, evidence: _Evidence) -> tuple[Check, ...]:
    pragma = "integrity_check" if evidence.deep else "quick_check"
    rows = evidence.connection.exec_driver_sql(f"PRAGMA {pragma}").scalars().all()
    found = [str(row) for row in rows if row != "ok"]
    return passed_or(name, [*found, *([evidence.log] if evidence.log else [])], pragma)


# 2


def _check_schema(name: str, evidence: _Evidence) -> tuple[Check, ...]:
    revision = read_revision(evidence.connection)
    if revision in tables.REVISIONS[:-1]:
        detail = _("its revision is {found}, of an older Témoin: any command that records brings it up to date")
        return (Check(name=name, status=Status.NOT_CHECKED, detail=detail.format(found=revision)),)
    if revision != tables.HEAD:
        detail = _("its revision is {found}; this version reads {expected}").format(
            found=revision or _("none"), expected=tables.HEAD
        )
        return (Check(name=name, status=Status.FAILED, detail=detail),)
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        tables.create_all(connection)
        expected = tables.read_schema(connection)
    engine.dispose()
    found = tables.read_schema(evidence.connection)
    return passed_or(name, _compare_schemas(expected, found), _("revision {found}").format(found=revision))


def _compare_schemas(expected: dict[str, str], found: dict[str, str]) -> Iterator[str]:
    for name in sorted(expected.keys() - found.keys()):
        yield _("{name} is missing: something removed it").format(name=name)
    for name in sorted(found.keys() - expected.keys()):
        yield _("{name} was added: it is not of this version").format(name=name)
    for name in sorted(expected.keys() & found.keys()):
        if expected[name] != found[name]:
            yield _("{name} was changed: it is not that of this version").format(name=name)


# 3


def _check_chain(name: str, evidence: _Evidence) -> tuple[Check, ...]:
    count = [0]
    keys: list[str] = []
    findings = [f.message for f in check_chain(_lines(evidence.connection, count, keys))]
    findings += _foreign_station(evidence.connection)
    head = n_("{count} entry", "{count} entries", count[0]).format(count=count[0])
    return passed_or(name, findings + keys, head)


def _foreign_station(connection: sa.Connection) -> Iterator[str]:
    """The station that the database names must be the one of its own entries."""
    stations = connection.execute(sa.select(tables.station.c.station)).scalars().all()
    last = connection.execute(
        sa.select(as_bytes(tables.entry.c.line)).order_by(tables.entry.c.sequence.desc()).limit(1)
    ).scalar()
    if len(stations) != 1:
        yield _("the table of the station holds {count} rows instead of one").format(count=len(stations))
    elif last is not None and f'"station":"{stations[0]}"'.encode() not in last:
        yield _("the table of the station names another station than the register")


def _lines(connection: sa.Connection, count: list[int], keys: list[str]) -> Iterator[bytes]:
    """Every line, in the order of the table's key; a key or kind that is not the line's goes to ``keys``."""
    columns, after = tables.entry.c, -(2**62)
    query = sa.select(columns.sequence, columns.kind, as_bytes(columns.line)).order_by(columns.sequence)
    while rows := connection.execute(query.where(columns.sequence > after).limit(_PAGE)).all():
        for sequence, kind, line in rows:
            count[0] += 1
            said = (f'"sequence":{sequence},'.encode(), f'"kind":"{kind}"'.encode())
            if not all(part in line for part in said):
                keys.append(_("row {sequence} of the table is not the entry it holds").format(sequence=sequence))
            yield line
        after = rows[-1].sequence


# 4, 5, 8, 9: one reading of the records


def _check_records(name: str, evidence: _Evidence) -> tuple[Check, ...]:
    evidence.walk = walk_ledger(evidence.connection)
    count = evidence.walk.entries
    return passed_or(name, evidence.walk.records, n_("{count} record", "{count} records", count).format(count=count))


def _check_derived(name: str, evidence: _Evidence) -> tuple[Check, ...]:
    return passed_or(name, evidence.walk.derived)


def _check_subjects(name: str, evidence: _Evidence) -> tuple[Check, ...]:
    return passed_or(name, evidence.walk.subjects)


def _check_plans(name: str, evidence: _Evidence) -> tuple[Check, ...]:
    late = evidence.walk.late_plans
    detail = _("{count} plans were recorded after one of their times").format(count=late) if late else ""
    return passed_or(name, evidence.walk.plans, detail)


# 6


def _check_objects(name: str, evidence: _Evidence) -> tuple[Check, ...]:
    named, sealed = evidence.walk.objects, evidence.walk.sealed
    failures = []
    for done, (digest, what) in enumerate(sorted(named.items()), 1):
        why = find_object_failure(evidence.objects, digest, what)
        if why is not None:
            failures.append(
                _("object {digest} of entry {sequence}: {why}").format(digest=digest, sequence=what.sequence, why=why)
            )
        if evidence.progress is not None:
            evidence.progress(done, len(named) + len(sealed))
    failures += _sealed_failures(evidence)
    details = [n_("{count} object", "{count} objects", len(named)).format(count=len(named)), *_sealed_details(evidence)]
    return passed_or(name, failures, "; ".join(details))


def _sealed_failures(evidence: _Evidence) -> Iterator[str]:
    """Sealed files are held to their names, without any key; a file whose entries were all erased is not missed."""
    walk = evidence.walk
    for done, (digest, sequences) in enumerate(sorted(walk.sealed.items()), len(walk.objects) + 1):
        kept_for = [sequence for sequence in sequences if sequence not in walk.erased]
        if kept_for:
            why = find_object_failure(evidence.sealed, digest, NamedObject(sequence=kept_for[0], size=None))
            if why is not None:
                yield _("sealed file {digest} of entry {sequence}: {why}").format(
                    digest=digest, sequence=kept_for[0], why=why
                )
        if evidence.progress is not None:
            evidence.progress(done, len(walk.objects) + len(walk.sealed))


def _sealed_details(evidence: _Evidence) -> Iterator[str]:
    walk = evidence.walk
    gone = [digest for digest, sequences in walk.sealed.items() if walk.erased.keys() >= set(sequences)]
    if kept := len(walk.sealed) - len(gone):
        yield n_("{count} sealed file", "{count} sealed files", kept).format(count=kept)
    for sequence, erasure in sorted(walk.erased.items())[:_SHOWN]:
        yield _("entry {sequence}: erased by entry {erasure}").format(sequence=sequence, erasure=erasure)
    if len(walk.erased) > _SHOWN:
        yield "…"
    if left := sum(is_digest(digest) and evidence.sealed.has(digest) for digest in gone):
        yield n_(
            "{count} erased file is still on the disk: the next command that records removes it",
            "{count} erased files are still on the disk: the next command that records removes them",
            left,
        ).format(count=left)


def find_object_failure(objects: Objects, digest: Digest, what: NamedObject) -> str | None:
    """What is wrong with the file of an object, in words; None where it is the one that was recorded."""
    try:
        path = objects.path_of(digest)
    except ValueError:
        return _("that is not a digest")
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
    except FileNotFoundError:
        return _("it is missing")
    except OSError as error:
        return _("it cannot be read: {why}").format(why=os_words(error))
    if what.size is not None and size != what.size:
        return _("it has {found} bytes instead of {expected}").format(found=size, expected=what.size)
    return None if found == digest else _("its bytes are not those of its name")


# 7


def _check_unnamed(name: str, evidence: _Evidence) -> tuple[Check, ...]:
    named = set(evidence.walk.objects)
    robots = evidence.connection.execute(sa.select(tables.robots.c.sha256)).scalars()
    named |= {Digest(digest) for digest in robots if digest is not None}
    found = (
        (_("{count} objects that nothing names: {some}"), evidence.objects, named),
        (_("{count} sealed files that nothing names: {some}"), evidence.sealed, set(evidence.walk.sealed)),
    )
    details = []
    for words, kept, names in found:
        unnamed = [digest for digest in kept.walk() if digest not in names]
        if unnamed:
            some = ", ".join(unnamed[:_SHOWN]) + (" …" if len(unnamed) > _SHOWN else "")
            details.append(words.format(count=len(unnamed), some=some))
    return (Check(name=name, status=Status.PASSED, detail="; ".join(details)),)


# 10, 11


def _check_tokens(name: str, evidence: _Evidence) -> tuple[Check, ...]:
    return check_tokens(name, evidence.connection, evidence.roots)


def _check_anchors(name: str, evidence: _Evidence) -> tuple[Check, ...]:
    return check_anchors(name, evidence.connection, evidence.walk.anchors)


# 12


def _check_pictures(name: str, evidence: _Evidence) -> tuple[Check, ...]:
    pictures = [d for d, what in evidence.walk.objects.items() if what.media_type.startswith("image/")]
    failures = [
        _("picture {digest} of entry {sequence} cannot be decoded").format(
            digest=digest, sequence=evidence.walk.objects[digest].sequence
        )
        for digest in sorted(pictures)
        if not _can_be_decoded(evidence.objects.path_of(digest))
    ]
    count = len(pictures)
    return passed_or(name, failures, n_("{count} picture", "{count} pictures", count).format(count=count))


def _can_be_decoded(path: Path) -> bool:
    from PIL import Image  # noqa: PLC0415 - only deep verification needs it

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # a long page is no attack here
        try:
            with Image.open(path) as picture:
                picture.load()
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
            return False
    return True


# 13


def _check_exchanges(name: str, evidence: _Evidence) -> tuple[Check, ...]:
    """A body that a visit did not keep again is in an earlier visit of the same procedure."""
    from temoin.warc import Origin, check_warc  # noqa: PLC0415 - only deep verification needs it

    kept: dict[str, set[tuple[str, Origin]]] = {}
    failures = []
    for sequence, procedure, digest in evidence.walk.exchanges:
        try:
            data = evidence.objects.read(digest)
        except (StoreError, IntegrityError, ValueError):
            continue  # step 6 tells of it
        failures += [
            _("WARC of entry {sequence}: {problem}").format(sequence=sequence, problem=problem)
            for problem in check_warc(data, kept.setdefault(procedure, set()))
        ]
    count = len(evidence.walk.exchanges)
    return passed_or(name, failures, n_("{count} WARC", "{count} WARCs", count).format(count=count))


Step = tuple[str, Callable[[str, _Evidence], tuple[Check, ...]]]
STEPS: tuple[Step, ...] = (
    ("1 database", _check_database),
    ("2 schema", _check_schema),
    ("3 chain", _check_chain),
    ("4 records", _check_records),
    ("5 derived", _check_derived),
    ("6 objects", _check_objects),
    ("7 unnamed", _check_unnamed),
    ("8 subjects", _check_subjects),
    ("9 plans", _check_plans),
    ("10 tokens", _check_tokens),
    ("11 anchors", _check_anchors),
    ("12 pictures", _check_pictures),
    ("13 exchanges", _check_exchanges),
)
DEEP = 2  # steps at the end that only ``--deep`` takes
