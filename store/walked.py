"""What one reading of the ledger found; steps of ``verify`` look here."""

from dataclasses import dataclass, field
from typing import Any

from temoin.canonical import Digest, Json
from temoin.messages import _


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedObject:
    """An object that the evidence says is kept, and where it says so first."""

    sequence: int
    size: int | None
    media_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledCase:
    """Which case a filing is of: as its record says, and as its row does."""

    sequence: int
    recorded: object
    row: str


@dataclass(slots=True, kw_only=True)
class Walk:
    """What one reading found, by step (docs/format.md §6)."""

    entries: int = 0
    records: list[str] = field(default_factory=list)  # step 4
    derived: list[str] = field(default_factory=list)  # step 5
    objects: dict[Digest, NamedObject] = field(default_factory=dict)  # for steps 6, 7, 12
    subjects: list[str] = field(default_factory=list)  # step 8
    plans: list[str] = field(default_factory=list)  # step 9
    sealed: dict[Digest, list[int]] = field(default_factory=dict)  # for steps 6, 7: the entries that name each
    erased: dict[int, int] = field(default_factory=dict)  # which entry erased the sealed files of which
    erased_cases: set[str] = field(default_factory=set)
    filed_cases: list[FiledCase] = field(default_factory=list)
    exchanges: list[tuple[int, str, Digest]] = field(default_factory=list)  # step 13: entry, procedure, WARC
    planned: set[tuple[str, str]] = field(default_factory=set)
    late_plans: int = 0
    anchors: list[tuple[int, Json]] = field(default_factory=list)  # for step 11: the entry, and its record


def left_over(table: str, sequence: int) -> str:
    """A row that no entry stands behind."""
    return _("table {table}: a row claims entry {sequence}, which says nothing of the kind").format(
        table=table, sequence=sequence
    )


def compare_row(walk: Walk, table: str, expected: dict[str, Any], row: dict[str, Any] | None) -> None:
    """Note what the row of a table does not say as the record does."""
    sequence = expected["sequence"]
    if row is None:
        walk.derived.append(missing_row(table, sequence))
    elif wrong := [name for name, value in expected.items() if row[name] != value]:
        walk.derived.append(
            _("table {table}: the row of entry {sequence} does not say what the record says: {fields}").format(
                table=table, sequence=sequence, fields=", ".join(wrong)
            )
        )


def missing_row(table: str, sequence: int) -> str:
    """An entry without its row."""
    return _("table {table}: the row of entry {sequence} is missing").format(table=table, sequence=sequence)
