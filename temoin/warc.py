"""WARC 1.1 (ISO 28500:2017), read again and held to its digests (pure); ``temoin.warc_writing`` writes it.

Read strictly: what is read may come from a bundle that somebody changed, so every length is bounded and the only error
is ``ValueError``. warcio's reader writes to stderr, and raises what its decompressor raises (docs/adr/0024).
"""

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from temoin.canonical import sha256
from temoin.messages import _

VERSION = "WARC/1.1"
MAX_RECORD = 8_000_000  # bytes of one record, unpacked: twice the longest that a visit keeps, with its headers
BLOCK = 1 << 16  # bytes unpacked at a time


def labelled(data: bytes) -> str:
    """The digest of ``data`` as WARC headers write it."""
    return f"sha256:{sha256(data)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRecord:
    """A record as it was read; ``offset`` and ``length`` are those of its gzip member. Header names in lower case."""

    offset: int
    length: int
    headers: dict[str, str]
    block: bytes

    @property
    def kind(self) -> str:
        """What it is: ``warcinfo``, ``request``, ``response`` or ``revisit``."""
        return self.headers.get("warc-type", "")

    @property
    def uri(self) -> str:
        """The address that the record is of."""
        return self.headers.get("warc-target-uri", "")

    @property
    def date(self) -> str:
        """When, as the record writes it."""
        return self.headers.get("warc-date", "")

    @property
    def payload_digest(self) -> str:
        """The digest of the body, ``sha256:…``; empty where the record has none."""
        return self.headers.get("warc-payload-digest", "")

    @property
    def status(self) -> int:
        """The status of the answer.

        Raises:
            ValueError: the record holds no answer.
        """
        found = re.match(rb"HTTP/[\d.]+ (\d{3})\b", self.block)
        if found is None:
            raise ValueError("no status line")
        return int(found[1])

    @property
    def payload(self) -> bytes:
        """The body, after the HTTP headers."""
        return self.block.partition(b"\r\n\r\n")[2]

    def http(self, name: str) -> str:
        """An HTTP header of the record; empty where there is none."""
        return _fields(self.block.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]).get(name.lower(), "")

    def fields(self) -> dict[str, str]:
        """The fields of a ``warcinfo`` record.

        Raises:
            ValueError: a line is no field.
        """
        return _fields(line for line in self.block.split(b"\r\n") if line)


def read_warc(data: bytes) -> Iterator[ReadRecord]:
    """Every record, in order.

    Raises:
        ValueError: this is no WARC as Témoin writes it.
    """
    view, offset = memoryview(data), 0
    while offset < len(data):
        raw, end = _member(view, offset)
        yield _parsed(raw, offset, end - offset)
        offset = end


def _member(data: memoryview, offset: int) -> tuple[bytes, int]:
    """One gzip member unpacked, and where the next one begins."""
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
    found: list[bytes] = []
    size, at = 0, offset
    while not inflater.eof:
        if at >= len(data):
            raise ValueError("the last record is cut")
        piece = data[at : at + BLOCK]
        at += len(piece)
        try:
            found.append(inflater.decompress(piece, MAX_RECORD + 1 - size))
        except zlib.error as error:
            raise ValueError(f"at {offset}: {error}") from error
        size += len(found[-1])
        if size > MAX_RECORD:
            raise ValueError(f"at {offset}: the record is too long")
    return b"".join(found), at - len(inflater.unused_data)


def _parsed(raw: bytes, offset: int, length: int) -> ReadRecord:
    head, _blank, rest = raw.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    if lines[0] != VERSION.encode():
        raise ValueError(f"at {offset}: no record of {VERSION}")
    headers = _fields(lines[1:])
    size = headers.get("content-length", "")
    if not size.isdecimal() or len(rest) != int(size) + 4 or not rest.endswith(b"\r\n\r\n"):
        raise ValueError(f"at {offset}: the record has not the length that it says")
    return ReadRecord(offset=offset, length=length, headers=headers, block=rest[:-4])


def _fields(lines: Iterator[bytes] | Sequence[bytes]) -> dict[str, str]:
    found = {}
    for line in lines:
        name, colon, value = line.decode("utf-8").partition(":")
        if not colon:
            raise ValueError(f"no header: {line[:40]!r}")
        found[name.lower()] = value.strip()
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a body is kept: the ``response`` record that a ``revisit`` names."""

    uri: str
    date: str
    record: str


def find_bodies(data: bytes) -> dict[str, Origin]:
    """Where each body that the WARC holds or refers to is kept, by payload digest.

    Raises:
        ValueError: this is no WARC of ours.
    """
    found: dict[str, Origin] = {}
    named: set[tuple[str, str]] = set()  # an address and a second name one answer only, the first
    for record in read_warc(data):
        if record.kind == "response":
            name = (record.uri, record.date[:19])
            if name not in named and "warc-truncated" not in record.headers:
                found.setdefault(record.payload_digest, _own_origin(record))
            named.add(name)
        elif record.kind == "revisit":
            found.setdefault(record.payload_digest, _named_origin(record))
    return found


def _own_origin(record: ReadRecord) -> Origin:
    return Origin(uri=record.uri, date=record.date, record=record.headers.get("warc-record-id", ""))


def _named_origin(record: ReadRecord) -> Origin:
    headers = record.headers
    return Origin(
        uri=headers.get("warc-refers-to-target-uri", ""),
        date=headers.get("warc-refers-to-date", ""),
        record=headers.get("warc-refers-to", ""),
    )


def check_warc(data: bytes, kept: set[tuple[str, Origin]]) -> Iterator[str]:
    """What is wrong with a WARC: a digest that is not that of its bytes, a body that was never kept.

    ``kept`` are the bodies of the WARCs before it; those of this one are added.
    """
    try:
        for number, record in enumerate(read_warc(data), 1):
            for problem in _problems(record, kept):
                yield _("record {number}: {problem}").format(number=number, problem=problem)
    except ValueError as error:
        yield _("it cannot be read as a WARC: {why}").format(why=error)


def _problems(record: ReadRecord, kept: set[tuple[str, Origin]]) -> Iterator[str]:
    if record.headers.get("warc-block-digest") != labelled(record.block):
        yield _("its bytes are not those of its WARC-Block-Digest")
    if record.kind == "response":
        if record.payload_digest != labelled(record.payload):
            yield _("its body is not that of its WARC-Payload-Digest")
        kept.add((record.payload_digest, _own_origin(record)))
    elif record.kind == "revisit" and (record.payload_digest, _named_origin(record)) not in kept:
        yield _("no record before it holds the body that it refers to")
