"""An attempt as ``list`` and ``show`` give it to programs (DESIGN §12)."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import datetime

from store import tables
from store.covered import Coverage, build_coverage, stamp_words, state_of
from store.derived import derive
from store.sound import find_record
from store.store import Store
from store.values import AttemptRow
from temoin.canonical import Json
from temoin.clock import utc_text
from temoin.errors import UsageError
from temoin.messages import _
from temoin.records import Kind
from temoin.settings import Authority
from temoin.words import outcome_words, reason_words


def coverage_of(store: Store, rows: Sequence[AttemptRow], authorities: Sequence[Authority]) -> Coverage:
    """The timestamps of those attempts, read at once.

    Raises:
        StoreError: the store cannot be read.
    """
    sequences = [row.sequence for row in rows]
    found = store.coverings(min(sequences), max(sequences)) if sequences else ()
    return build_coverage(authorities, found)


def attempt_json(store: Store, row: AttemptRow, coverage: Coverage) -> Json:
    """One row of ``list --json``; ``path`` is the object's file, which ``sha256sum`` can check.

    ``artefacts`` is null where the record is damaged: the row is what the tables say, and the others are listed too.

    Raises:
        StoreError: the store cannot be read.
    """
    record = find_record(store, row.sequence)
    stamps = coverage.stamps_of(row.sequence, row.at, simulated=row.simulated)
    return {
        "sequence": row.sequence,
        "attempt": row.attempt,
        "at": utc_text(row.at),
        "procedure": row.procedure,
        "mode": row.mode.value,
        "outcome": row.outcome.value,
        "url": row.url,
        "matched_text": row.matched_text,
        "simulated": row.simulated,
        "timestamp": state_of(stamps).value,
        "timestamps": [one.to_json() for one in stamps],
        "artefacts": None if record is None else list(_artefacts(store, record)),
    }


def attempt_heads(coverage: Coverage) -> tuple[str, ...]:
    """The heads of ``list`` for people; timestamps where there are any, or are to be."""
    stamped = (_("timestamp"),) if coverage.authorities or coverage.sequences else ()
    return ("n°", _("time"), _("procedure"), _("outcome"), *stamped, _("words on the page"))


def attempt_cells(row: AttemptRow, coverage: Coverage) -> tuple[str, ...]:
    """One row of ``list`` for people: number, local time, procedure, outcome, timestamp, the words that decided it."""
    words = row.matched_text or reason_words(row.reason or "")
    time = row.at_local[:16].replace("T", " ")
    stamped: tuple[str, ...] = ()
    if coverage.authorities or coverage.sequences:
        stamped = (stamp_words(coverage.stamps_of(row.sequence, row.at, simulated=row.simulated)),)
    return (str(row.sequence), time, row.procedure, outcome_words(row.outcome), *stamped, words)


def _artefacts(store: Store, record: Json) -> Iterator[Json]:
    for part in record["parts"]:
        for artefact in part["artefacts"]:
            yield {
                "role": artefact["role"],
                "part": part["part"],
                "sha256": artefact["sha256"],
                "bytes": artefact["bytes"],
                "path": str(store.path_of(artefact["sha256"])),
            }


def says_otherwise(value: Json, row: AttemptRow | None) -> bool:
    """Whether the ``row`` that lists show of an entry is not that of its record; ``value`` is its ``entry_json``."""
    entry = value["entry"]
    derived = derive(Kind(entry["kind"]), entry["sequence"], entry["at"], value["record"])
    expected = derived[1] if derived is not None and derived[0] is tables.attempt else None
    if row is None or expected is None:
        return (row is None) != (expected is None)
    return any(_stored(getattr(row, one.name)) != expected[one.name] for one in fields(row))


def _stored(value: object) -> object:
    """A value of a row as its column holds it."""
    return utc_text(value) if isinstance(value, datetime) else value


def entry_json(store: Store, sequence: int, authorities: Sequence[Authority] = ()) -> Json:
    """One entry of any kind, as ``show`` gives it: the register's line, the record, the files, the timestamps.

    Raises:
        UsageError: there is no such entry.
        IntegrityError: its line or its record is damaged.
    """
    entry = next(store.entries(sequence, sequence), None)
    if entry is None:
        raise UsageError(
            _("There is no entry {sequence} in the register.").format(sequence=sequence),
            remedy=_("“temoin list” gives the numbers."),
        )
    record = store.record(sequence)
    artefacts = list(_artefacts(store, record)) if "parts" in record else []
    coverage = build_coverage(authorities, store.coverings(sequence, sequence))
    stamps = coverage.stamps_of(sequence, entry.at, simulated=record.get("simulated") is True)
    return {
        "entry": json.loads(entry.line),
        "record": record,
        "artefacts": artefacts,
        "timestamps": [one.to_full_json() for one in stamps],
    }
