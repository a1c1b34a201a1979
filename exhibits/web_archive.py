"""``captures.wacz``: a bundle's WARCs as one web archive that ReplayWeb.page opens (WACZ 1.1.1, docs/format.md §13).

The WARCs are those of the entries' folders, to the byte; what is added is an index of them, the list of captured pages
and the digests. Everything is stored, not compressed, and no clock is read: the same WARCs and records give the same
bytes, so that ``verify --deep`` makes it again and compares.

A ``revisit`` only ever refers to an earlier visit of the same procedure, all of which are in the bundle: the archive
needs nothing besides itself.
"""

import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from exhibits import proofs
from store.chain import Entry
from temoin import __version__
from temoin.canonical import Json, sha256
from temoin.errors import IntegrityError
from temoin.messages import _
from temoin.records import FILE_NAMES, PROOFS, Kind, Outcome, Role
from temoin.warc import ReadRecord, read_warc

WACZ_VERSION = "1.1.1"
DATE = (1980, 1, 1, 0, 0, 0)  # the first that a ZIP can hold: when it was packed says nothing
MAX_TEXT = 100_000  # characters of a page's text in the list, by which a viewer searches
PORTS = {"http": 80, "https": 443}

Read = Callable[[str], bytes | None]


class _Part(NamedTuple):
    """One part of an attempt and the path of its WARC in the attempt's folder."""

    sequence: int
    record: Json
    item: str

    @property
    def folder(self) -> str:
        """The part's own folder."""
        return self.item.partition("/")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Indexed:
    """One answer of the archive, as its index names it."""

    key: str
    stamp: str
    file: str
    record: ReadRecord

    def line(self) -> str:
        record = self.record
        mime = "warc/revisit" if record.kind == "revisit" else record.http("content-type").split(";")[0].strip()
        told = {
            "url": record.uri,
            "mime": mime or "application/octet-stream",
            "status": str(record.status),
            "digest": record.payload_digest,
            "length": str(record.length),
            "offset": str(record.offset),
            "filename": self.file,
        }
        return f"{self.key} {self.stamp} {json.dumps(told)}\n"


@dataclass(slots=True, kw_only=True)
class _Archive:
    """What is gathered while the WARCs are put in."""

    zip: zipfile.ZipFile
    resources: list[Json] = field(default_factory=list)
    index: list[_Indexed] = field(default_factory=list)
    pages: list[Json] = field(default_factory=list)
    proofs: list[Json] = field(default_factory=list)  # those of the pages that show that there was no appointment
    last: str = ""

    def put(self, path: str, data: bytes) -> None:
        self._store(path, data)
        name = path.rpartition("/")[2]
        self.resources.append({"name": name, "path": path, "hash": f"sha256:{sha256(data)}", "bytes": len(data)})

    def _store(self, path: str, data: bytes) -> None:
        member = zipfile.ZipInfo(path, DATE)
        member.create_system = 3  # Unix, wherever it is made
        member.external_attr = 0o644 << 16
        self.zip.writestr(member, data, zipfile.ZIP_STORED)

    def finish(self) -> None:
        # Of answers to one address in one second a viewer takes the last: an index tells no more than seconds.
        lines = (one.line() for one in sorted(self.index, key=lambda one: (one.key, one.stamp)))
        self.put("indexes/index.cdx", "".join(lines).encode())
        head = {"format": "json-pages-1.0", "id": "pages", "title": "Captures", "hasText": True}
        rows = (json.dumps(row, ensure_ascii=False) for row in (head, *self.pages))
        self.put("pages/pages.jsonl", "".join(f"{row}\n" for row in rows).encode())
        package = json.dumps(self._package(), indent=1, ensure_ascii=False).encode()
        self._store("datapackage.json", package)
        digest = {"path": "datapackage.json", "hash": f"sha256:{sha256(package)}"}
        self._store("datapackage-digest.json", json.dumps(digest, indent=1).encode())

    def _package(self) -> Json:
        shown = (self.proofs or self.pages)[-1:]
        main = {"mainPageUrl": shown[0]["url"], "mainPageDate": shown[0]["ts"]} if shown else {}
        return {
            "profile": "data-package",
            "wacz_version": WACZ_VERSION,
            "title": "Témoin : pages capturées",
            "software": f"Temoin/{__version__}",
            "created": self.last,
            **main,
            "resources": self.resources,
        }


def write_archive(records: Iterable[tuple[int, Json]], read: Read, target: Path) -> bool:
    """Write the archive of the attempts ``records`` (by sequence); False, and no file, where none has an exchange.

    ``read`` gives a file of ``3_PREUVES`` by its path there; what it does not have is left out.

    Raises:
        IntegrityError: a WARC cannot be read.
        OSError: the disk refuses.
    """
    found = (_Part(sequence, record, item) for sequence, record in records for item in _exchanges(record))
    held = ((part, data) for part in found if (data := read(f"{part.sequence}/{part.item}")))
    archive: _Archive | None = None
    try:
        for part, data in held:
            archive = archive or _Archive(zip=zipfile.ZipFile(target, "w", zipfile.ZIP_STORED))
            _add(archive, part, data, read)
        if archive is not None:
            archive.finish()
    except ValueError as error:
        raise IntegrityError(
            _("A WARC of this case cannot be read: {why}.").format(why=error),
            remedy=_("Run `temoin verify --deep`; nothing was changed."),
        ) from error
    finally:
        if archive is not None:
            archive.zip.close()
    return archive is not None


def _exchanges(record: Json) -> Iterator[str]:
    """The paths of an attempt's WARCs in its folder: ``1/exchange.warc.gz``."""
    for item in proofs.find_items(record):
        if item.role is Role.EXCHANGE:
            yield item.path


def has_exchange(record: Json) -> bool:
    """Whether the record names a WARC, so that its pages are in the bundle's archive."""
    return next(_exchanges(record), None) is not None


def _add(archive: _Archive, part: _Part, data: bytes, read: Read) -> None:
    name = f"{part.sequence}-{part.folder}.warc.gz"
    archive.put(f"archive/{name}", data)
    for one in read_warc(data):
        if one.kind in {"response", "revisit"}:
            indexed = _Indexed(key=sort_key(one.uri), stamp=_stamp(one.date), file=name, record=one)
            archive.index.append(indexed)
            archive.last = max(archive.last, one.date)
        elif one.kind == "warcinfo" and "temoin-page-url" in (fields := one.fields()):
            _add_page(archive, part, fields, read(f"{part.sequence}/{part.folder}/{FILE_NAMES[Role.TEXT]}") or b"")


def _add_page(archive: _Archive, part: _Part, fields: dict[str, str], text: bytes) -> None:
    told = {one["part"]: one for one in part.record["parts"]}[part.folder]
    page = {
        "id": f"{part.sequence}-{part.folder}",
        "url": fields["temoin-page-url"],
        # To the second, as the index has it: a viewer looks for that very time.
        "ts": fields["temoin-page-date"][:19] + "Z",
        "title": _title(part.sequence, part.record, told),
        "text": text.decode("utf-8", "replace")[:MAX_TEXT],
    }
    archive.pages.append(page)
    if Outcome(told["outcome"]) in PROOFS:
        archive.proofs.append(page)


def _title(sequence: int, record: Json, part: dict[str, Any]) -> str:
    """What tells one capture from another: its time, its place, its entry in the register."""
    local = record["at_local"].replace("T", " ")[:16]
    place = " – ".join(text for text in (record["procedure"]["prefecture"], part["label"]) if text)
    return f"{local} – {place} (inscription {sequence})"


def _stamp(date: str) -> str:
    """``2026-11-23T07:12:33.481Z`` as an index writes it, ``20261123071233``."""
    return "".join(letter for letter in date[:19] if letter.isdigit())


def sort_key(url: str) -> str:
    """The address as indexes sort it (SURT): the host from its end, in lower case."""
    parts = urlsplit(url.lower())
    host = parts.hostname or ""
    labels = [host] if _is_address(host) else host.split(".")[::-1]
    port = parts.port if parts.port not in {None, PORTS.get(parts.scheme)} else None
    where = ",".join(labels) + (f":{port}" if port else "")
    return f"{where}){parts.path or '/'}" + (f"?{parts.query}" if parts.query else "")


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


def write_of_bundle(bundle: Path, entries: Iterable[Entry]) -> bool:
    """Write the archive of the bundle whose entries have their folders already.

    Raises:
        IntegrityError, OSError: as ``write_archive``.
    """
    root = bundle / proofs.FOLDER
    attempts = (entry.sequence for entry in entries if entry.kind is Kind.ATTEMPT)
    records = ((number, json.loads((root / str(number) / proofs.RECORD).read_bytes())) for number in attempts)
    return write_archive(records, lambda path: _read_file(root / path), root / proofs.ARCHIVE)


def _read_file(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
