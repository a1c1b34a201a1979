"""One entry of the register as its page shows it: what its record says, and the files that it names.

What a page said is somebody else's text: it is shown as text, without the characters that steer a screen.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from store.derived import find_artefacts
from store.listing import entry_json
from store.store import Store
from temoin.canonical import Json
from temoin.errors import IntegrityError, StoreError
from temoin.records import FILE_NAMES, Role
from temoin.settings import Settings
from web.exchanged import Exchanged, read_exchange
from web.pictures import PNG

MOST_TEXT, MOST_RECORD, MOST_ROWS = 24_000, 24_000, 80  # characters and rows on one page, over all parts
UNTOUCHED = (Role.WINDOW.value, Role.PAGE.value)
PICTURES = (*UNTOUCHED, Role.EXHIBIT.value)
_KEPT_CONTROLS = "\n\t"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that the record names: what it is, of which part, and its digest and size."""

    role: str
    part: str
    sha256: str
    size: int

    @property
    def is_picture(self) -> bool:
        """Whether it is shown as a picture."""
        return self.role in PICTURES

    def name(self, sequence: int) -> str:
        """The name it is downloaded under: ASCII, whatever the record says."""
        known = {role.value: name for role, name in FILE_NAMES.items()}
        part = "".join(one for one in self.part if one.isascii() and one.isalnum())[:20]
        return "-".join(one for one in (f"capture-{sequence}", part, known.get(self.role, "file.bin")) if one)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of an attempt: what it found, its pictures, its text and its exchange.

    ``damaged`` are the roles of the text and the exchange that were kept and cannot be read as they were recorded.
    """

    label: str
    outcome: str
    words: str
    untouched: tuple[File, ...]
    framed: tuple[File, ...]
    text: str
    cut: bool
    exchanged: Exchanged | None
    damaged: frozenset[Role]

    @property
    def pictures(self) -> tuple[File, ...]:
        """All that is shown as pictures."""
        return (*self.untouched, *self.framed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """All of it."""

    value: Json  # as ``temoin show`` gives it
    parts: tuple[Part, ...]
    files: tuple[File, ...]
    unreadable: frozenset[str]  # digests of pictures that are damaged or not there
    record: str
    record_cut: bool


def read_captured(store: Store, settings: Settings, sequence: int) -> Captured:
    """The entry with all that its page shows.

    Raises:
        UsageError: there is no such entry.
        IntegrityError: its line or its record is damaged.
        StoreError: the store cannot be read.
    """
    value = entry_json(store, sequence, settings.timestamp.authorities)
    record = value["record"]
    recorded = record.get("parts")
    shown = [part for part in recorded if isinstance(part, dict)] if isinstance(recorded, list) else []
    pretty = json.dumps(record, ensure_ascii=False, indent=2)
    parts = tuple(_part(store, part, len(shown)) for part in shown)
    return Captured(
        value=value,
        parts=parts,
        files=tuple(files_of(record)),
        unreadable=frozenset(one.sha256 for part in parts for one in part.pictures if not _is_whole(store, one)),
        record=plain(pretty[:MOST_RECORD]),
        record_cut=len(pretty) > MOST_RECORD,
    )


def files_of(record: Json) -> Iterator[File]:
    """Every file that a record names, once, in its order; those of no part are of the conditions page."""
    seen: set[tuple[str, str]] = set()
    parts = [part for part in record.get("parts") or () if isinstance(part, dict)]
    for name, holder in (*((str(part.get("part", "")), part) for part in parts), ("", record)):
        for one in find_artefacts(holder):
            role, digest, size = str(one.get("role", "")), str(one["sha256"]), one.get("bytes")
            if (role, digest) not in seen:
                seen.add((role, digest))
                yield File(role=role, part=name, sha256=digest, size=size if isinstance(size, int) else 0)


def plain(text: str) -> str:
    """``text`` without the characters that are not to be seen: each stands as a replacement character."""
    return "".join(one if one.isprintable() or one in _KEPT_CONTROLS else _shown(one) for one in text)


def _shown(one: str) -> str:
    return " " if one.isspace() else "\N{REPLACEMENT CHARACTER}"


def words_of(value: object, most: int = 500) -> str:
    """A text of the record for one line, bounded; empty where it is none."""
    text = plain(" ".join(value.split())) if isinstance(value, str) else ""
    return text if len(text) <= most else f"{text[:most]}…"


def _part(store: Store, part: Json, of: int) -> Part:
    files = tuple(files_of({"parts": [part]}))
    kept = {role: _read(store, files, role) for role in (Role.TEXT, Role.EXCHANGE)}
    text = (kept[Role.TEXT] or b"").decode("utf-8", "replace")
    most = MOST_TEXT // max(1, of)
    warc = kept[Role.EXCHANGE]
    matched: Any = part.get("matched")
    return Part(
        label=words_of(part.get("label")),
        outcome=words_of(part.get("outcome")),
        words=words_of(matched.get("text"), 1000) if isinstance(matched, dict) else "",
        untouched=tuple(one for one in files if one.role in UNTOUCHED),
        framed=tuple(one for one in files if one.role == Role.EXHIBIT.value),
        text=plain(text[:most]),
        cut=len(text) > most,
        exchanged=read_exchange(warc, max(10, MOST_ROWS // max(1, of))) if warc else None,
        damaged=frozenset(role for role, data in kept.items() if data is None),
    )


def _is_whole(store: Store, file: File) -> bool:
    """Whether the picture can be shown: it is there, as it was recorded, and a PNG."""
    try:
        return store.read(file.sha256).startswith(PNG)
    except (StoreError, IntegrityError, ValueError):
        return False


def _read(store: Store, files: tuple[File, ...], role: Role) -> bytes | None:
    """The first file of that role; empty where none was kept, None where it is not there as it was recorded."""
    one = next((one for one in files if one.role == role.value), None)
    try:
        return b"" if one is None else store.read(one.sha256)
    except (StoreError, IntegrityError, ValueError):
        return None
