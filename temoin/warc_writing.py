"""WARC 1.1 as Témoin writes it: one gzip member a record, SHA-256 digests (pure). ``temoin.warc`` reads it again.

Written through warcio, whose own digests would be SHA-1 (docs/adr/0024); apart from reading, since only a visit needs
it. The same records give the same bytes: no clock, no random identifier, no time in the gzip headers.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from temoin.warc import VERSION, labelled

REVISIT_PROFILE = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"

HTTP_TYPES = {
    "response": "application/http; msgtype=response",
    "revisit": "application/http; msgtype=response",
    "request": "application/http; msgtype=request",
}
FIELDS_TYPE = "application/warc-fields"

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRecord:
    """A record to be written. ``start`` and ``http`` are empty for ``warcinfo``, whose fields are the ``payload``.

    ``headers`` are those of the record besides its type, length and digests; ``payload_digest`` is given for a
    ``revisit``, whose payload is not written.
    """

    kind: str
    headers: Headers
    start: str = ""
    http: Headers = ()
    payload: bytes = b""
    payload_digest: str = ""


def write_warc(records: Sequence[NewRecord]) -> bytes:
    """The records, each in a gzip member of its own."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version="1.1")
    for record in records:
        writer.write_record(_built(record))
    return out.getvalue()


def _built(record: NewRecord) -> ArcWarcRecord:
    headers = [("WARC-Type", record.kind), *((name, _one_line(value)) for name, value in record.headers)]
    http = None
    written = b"" if record.kind == "revisit" else record.payload
    block = written
    if record.start:
        first, _space, rest = record.start.partition(" ")
        http = StatusAndHeaders(rest, [(_one_line(n), _one_line(v)) for n, v in record.http], protocol=first)
        http.compute_headers_buffer()
        block = http.headers_buff + written
        headers.append(("WARC-Payload-Digest", record.payload_digest or labelled(record.payload)))
    headers.append(("WARC-Block-Digest", labelled(block)))
    built = ArcWarcRecord(
        "warc",
        record.kind,
        StatusAndHeaders("", headers, protocol=VERSION),
        io.BytesIO(written),
        http,
        HTTP_TYPES.get(record.kind, FIELDS_TYPE),
        len(block),
    )
    built.payload_length = len(written)
    return built


def _one_line(value: str) -> str:
    """A header's value without what would begin another header."""
    return " ".join(value.split("\r")).replace("\n", " ").replace("\0", "")
