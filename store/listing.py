"""An attempt as ``list`` and ``show`` give it to programs (DESIGN §12)."""

import json
from collections.abc import Iterator

from store.store import Store
from store.values import AttemptRow
from temoin.canonical import Json
from temoin.clock import utc_text
from temoin.errors import UsageError
from temoin.messages import _
from temoin.words import outcome_words


def attempt_json(store: Store, row: AttemptRow) -> Json:
    """One row of ``list --json``; ``path`` is the object's file, which ``sha256sum`` can check.

    Raises:
        StoreDamagedError: its record is not in the store.
    """
    record = store.record(row.sequence)
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
        "timestamp": "none",
        "timestamps": [],
        "artefacts": list(_artefacts(store, record)),
    }


def attempt_cells(row: AttemptRow) -> tuple[str, ...]:
    """One row of ``list`` for people: number, local time, procedure, outcome, the words that decided it."""
    words = row.matched_text or row.reason or ""
    return (str(row.sequence), row.at_local[:16].replace("T", " "), row.procedure, outcome_words(row.outcome), words)


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


def entry_json(store: Store, sequence: int) -> Json:
    """One entry of any kind, as ``show`` gives it: the register's line, the record, the files.

    Raises:
        UsageError: there is no such entry.
    """
    entry = next(store.entries(sequence, sequence), None)
    if entry is None:
        raise UsageError(
            _("There is no entry {sequence} in the register.").format(sequence=sequence),
            remedy=_("“temoin list” gives the numbers."),
        )
    record = store.record(sequence)
    artefacts = list(_artefacts(store, record)) if "parts" in record else []
    return {"entry": json.loads(entry.line), "record": record, "artefacts": artefacts}
