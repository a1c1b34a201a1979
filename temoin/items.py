"""What the person adds to a case besides the captures: journal entries and pieces of their own (DESIGN §2, §9). Pure.

An item's content is one RFC 8785 object that holds its own salt: its SHA-256, which alone the ledger keeps, says
nothing to whoever tries texts one after the other, and anyone who has the content checks it with ``sha256sum``.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

from temoin.canonical import Digest, Json, canonical_bytes, read_json
from temoin.clock import parse_instant, read_zone, utc_text
from temoin.errors import IntegrityError
from temoin.messages import _
from temoin.records import JournalKind, PieceUse, SlotResult

ITEM_FORMAT = 1
JOURNAL, PIECE = "journal", "piece"
KINDS = {JOURNAL: frozenset(JournalKind), PIECE: frozenset(PieceUse)}


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentFacts:
    """A file that goes with an item; ``file`` is its name in a bundle, ``taken_at`` its EXIF date, local and naive."""

    name: str
    file: str
    sha256: Digest
    size: int
    media_type: str
    taken_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemContent:
    """One item as the person declares it; with ``has_time`` False only the day of ``at`` was given."""

    entry: str
    kind: JournalKind | PieceUse
    at: datetime | None
    timezone: str
    has_time: bool
    title: str
    text: str
    attempt: int | None = None
    result: SlotResult | None = None
    obtained: bool = False
    photographed: bool = False  # Témoin took the picture, of the person's own window, at their asking
    attachments: tuple[AttachmentFacts, ...] = ()

    @property
    def local(self) -> datetime | None:
        """The declared instant as people of the item's zone read it."""
        return None if self.at is None else self.at.astimezone(ZoneInfo(self.timezone))


def item_bytes(content: ItemContent, salt: str) -> bytes:
    """The exact bytes that the ledger's digest is over.

    Raises:
        ValueError: a text that has no canonical form.
    """
    value: Json = {
        "format": ITEM_FORMAT,
        "salt": salt,
        "entry": content.entry,
        "kind": content.kind.value,
        "at": None if content.at is None else utc_text(content.at),
        "timezone": content.timezone,
        "has_time": content.has_time,
        "title": content.title,
        "text": content.text,
        "attempt": content.attempt,
        "result": None if content.result is None else content.result.value,
        "obtained": content.obtained,
        "attachments": [_attachment_json(one) for one in content.attachments],
    }
    if content.photographed:
        value["photographed"] = True  # only then: older contents have no such key
    return canonical_bytes(value)


def _attachment_json(one: AttachmentFacts) -> Json:
    return {
        "name": one.name,
        "file": one.file,
        "sha256": one.sha256,
        "bytes": one.size,
        "media_type": one.media_type,
        "taken_at": one.taken_at,
    }


def read_item(data: bytes) -> ItemContent:
    """The item whose content is ``data``.

    Raises:
        IntegrityError: that is no content of an item, format 1.
    """
    try:
        return _item(read_json(data))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise IntegrityError(
            _("What was added cannot be read: {error}.").format(error=error),
            remedy=_("Run `temoin verify`; nothing was changed."),
        ) from error


def _item(value: Json) -> ItemContent:
    if value["format"] != ITEM_FORMAT:
        raise ValueError(f"format {value['format']!r}")
    entry = value["entry"]
    kind = JournalKind(value["kind"]) if entry == JOURNAL else PieceUse(value["kind"])
    if kind not in KINDS[entry]:
        raise ValueError(f"{kind!r} is no kind of {entry}")
    return ItemContent(
        entry=entry,
        kind=kind,
        at=None if value["at"] is None else parse_instant(value["at"]),
        timezone=read_zone(value["timezone"], None if value["at"] is None else parse_instant(value["at"])),
        has_time=bool(value["has_time"]),
        title=str(value["title"]),
        text=str(value["text"]),
        attempt=None if value["attempt"] is None else int(value["attempt"]),
        result=None if value["result"] is None else SlotResult(value["result"]),
        obtained=bool(value["obtained"]),
        photographed=bool(value.get("photographed", False)),
        attachments=tuple(_attachment(one) for one in value["attachments"]),
    )


def _attachment(value: Json) -> AttachmentFacts:
    file = str(value["file"])
    if PurePosixPath(file).name != file:  # never a path out of the item's folder
        raise ValueError(f"{file!r} is not a file name")
    return AttachmentFacts(
        name=str(value["name"]),
        file=file,
        sha256=Digest(value["sha256"]),
        size=int(value["bytes"]),
        media_type=str(value["media_type"]),
        taken_at=None if value["taken_at"] is None else str(value["taken_at"]),
    )
