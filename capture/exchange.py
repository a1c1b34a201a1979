"""The exchange of one part, as a WARC: what was asked and answered, masked, without any request's body (pure).

``capture.recorder`` gathers the exchanges while the visit goes on; here they become bytes (docs/adr/0024,
docs/format.md §13). A body that an earlier visit of the procedure kept, or that stands earlier in this one, is named by
a ``revisit`` record, unless it is a page. The same exchanges give the same bytes: identifiers are derived, and no clock
is read.
"""

import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from capture.masking import Mask
from temoin import __version__
from temoin.canonical import sha256
from temoin.clock import utc_text
from temoin.records import Artefact, Role
from temoin.warc import Origin, labelled
from temoin.warc_writing import REVISIT_PROFILE, Headers, NewRecord, write_warc

MAX_BODY = 2_000_000  # bytes of one body; of a longer one only the headers are kept
MAX_BODIES = 10_000_000  # bytes of all bodies that one visit reads
MAX_EXCHANGES = 600  # of one visit: what its guard lets through of the longest way
PAGE = "text/html"  # is always kept whole: a viewer shows the date of the record that holds the body
MIN_REVISIT = 512  # bytes; a shorter body weighs less than the record that would name it

FORMAT = "1"  # of what these records hold besides the standard's
RULE = (
    "cookies, and values whose name says token, session, csrf, password or the like, are written over with as many x; "
    "request bodies are not kept; bodies are as the browser decoded them, text in UTF-8"
)
_NAMED = re.compile(r".*(html|json).*", re.IGNORECASE)
_UNDONE = frozenset({"content-encoding", "transfer-encoding", "content-length"})  # true of the wire only
_BODY_OF_REQUEST = frozenset({"content-length", "transfer-encoding"})


@dataclass(slots=True, kw_only=True)
class Exchange:
    """One request and its answer. ``truncated`` is WARC's word for why the body is not all there; empty when it is.

    ``is_text``: the browser gave the body as text, which it had decoded; ``body`` is that text in UTF-8.
    """

    method: str
    url: str
    request_headers: Headers
    has_body: bool
    at: datetime
    status: int
    reason: str
    headers: Headers
    body: bytes = b""
    is_text: bool = False
    truncated: str = "time"

    @property
    def media_type(self) -> str:
        """The answer's media type, without parameters."""
        return self.header("content-type").split(";", 1)[0].strip().lower()

    def header(self, name: str) -> str:
        """A header of the answer; empty where there is none."""
        return next((value for key, value in self.headers if key.lower() == name), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The exchanges of one part, in order, and which of them is the page that answered (None: no page came)."""

    part: str
    exchanges: tuple[Exchange, ...]
    page: Exchange | None


@dataclass(slots=True, kw_only=True)
class Archivist:
    """Writes the WARCs of one visit. ``known`` are the bodies that earlier visits of the procedure kept."""

    attempt: str
    known: Mapping[str, Origin]
    cookies: Iterable[str] = ()
    _kept: dict[str, Origin] = field(default_factory=dict)
    _named: set[tuple[str, str]] = field(default_factory=set)

    def archive(self, parts: Sequence[Taken]) -> dict[str, Artefact]:
        """The artefact of each part that exchanged anything."""
        mask = Mask(self.cookies)
        for part in parts:
            for exchange in part.exchanges:
                _learn(mask, exchange)
        self._kept = dict(self.known)
        found = {}
        for part in parts:
            if part.exchanges:
                data = write_warc(list(self._records(part, mask)))
                found[part.part] = Artefact(role=Role.EXCHANGE, data=data, digest=sha256(data))
        return found

    def _records(self, part: Taken, mask: Mask) -> Iterator[NewRecord]:
        yield self._info(part, mask)
        for place, exchange in enumerate(part.exchanges, 1):
            yield from self._pair(f"{part.part}/{place}", exchange, mask)

    def _info(self, part: Taken, mask: Mask) -> NewRecord:
        fields = {
            "software": f"Temoin/{__version__}",
            "format": "WARC File Format 1.1",
            "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
            "temoin-exchange": FORMAT,
            "temoin-attempt": self.attempt,
            "temoin-part": part.part,
            "temoin-masking": RULE,
        }
        if part.page is not None and not part.page.truncated:
            fields |= {"temoin-page-date": utc_text(part.page.at), "temoin-page-url": mask.url(part.page.url)}
        payload = "".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode()
        headers = (
            ("WARC-Record-ID", self._id(f"{part.part}/0", payload)),
            ("WARC-Date", utc_text(part.exchanges[0].at)),
        )
        return NewRecord(kind="warcinfo", headers=headers, payload=payload)

    def _pair(self, place: str, exchange: Exchange, mask: Mask) -> Iterator[NewRecord]:
        """The answer, then what was asked."""
        url, date = mask.url(exchange.url), utc_text(exchange.at)
        answer = self._answer(place, exchange, mask)
        yield answer
        start = f"{exchange.method} {_target(url)} HTTP/1.1"
        ident = self._id(f"{place}/request", start.encode())
        headers = [
            ("WARC-Record-ID", ident),
            ("WARC-Date", date),
            ("WARC-Target-URI", url),
            ("WARC-Concurrent-To", answer.headers[0][1]),
        ]
        if exchange.has_body:
            headers.append(("WARC-Truncated", "unspecified"))
        asked = [(name, value) for name, value in exchange.request_headers if name.lower() not in _BODY_OF_REQUEST]
        http = (("Host", urlsplit(url).netloc), *_masked(asked, mask))
        yield NewRecord(kind="request", headers=tuple(headers), start=start, http=http)

    def _answer(self, place: str, exchange: Exchange, mask: Mask) -> NewRecord:
        url, date = mask.url(exchange.url), utc_text(exchange.at)
        body = _masked_body(exchange, mask)
        digest = labelled(body)
        ident = self._id(f"{place}/response", digest.encode())
        headers = [("WARC-Record-ID", ident), ("WARC-Date", date), ("WARC-Target-URI", url)]
        start = f"HTTP/1.1 {exchange.status} {exchange.reason}"
        http = tuple(_http(exchange, body, mask))
        if exchange.truncated:
            headers.append(("WARC-Truncated", exchange.truncated))
            return NewRecord(kind="response", headers=tuple(headers), start=start, http=http, payload=body)
        origin = self._kept.get(digest)
        if origin is None or len(body) < MIN_REVISIT or exchange.media_type == PAGE:
            self._keep(digest, Origin(uri=url, date=date, record=ident))
            return NewRecord(kind="response", headers=tuple(headers), start=start, http=http, payload=body)
        headers += [
            ("WARC-Profile", REVISIT_PROFILE),
            ("WARC-Refers-To", origin.record),
            ("WARC-Refers-To-Target-URI", origin.uri),
            ("WARC-Refers-To-Date", origin.date),
        ]
        return NewRecord(kind="revisit", headers=tuple(headers), start=start, http=http, payload_digest=digest)

    def _keep(self, digest: str, origin: Origin) -> None:
        """Let later records refer to this one, if its address and second name no other: viewers look for these."""
        name = (origin.uri, origin.date[:19])
        if name not in self._named:
            self._kept.setdefault(digest, origin)
        self._named.add(name)

    def _id(self, place: str, what: bytes) -> str:
        """An identifier that the same record always has, and no other one."""
        return f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'temoin:{self.attempt}/{place}/{sha256(what)}')}>"


def _target(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _learn(mask: Mask, exchange: Exchange) -> None:
    named = _NAMED.fullmatch(exchange.media_type) is not None
    mask.learn(
        url=exchange.url,
        headers=(*exchange.request_headers, *exchange.headers),
        text=exchange.body.decode("utf-8", "replace") if named and exchange.is_text else "",
    )


def _masked_body(exchange: Exchange, mask: Mask) -> bytes:
    """The body as it is kept: text without its secrets, anything else as it is."""
    if not exchange.is_text:
        return exchange.body
    text = exchange.body.decode("utf-8", "replace")
    return mask.text(text, named=_NAMED.fullmatch(exchange.media_type) is not None).encode()


def _masked(headers: Iterable[tuple[str, str]], mask: Mask) -> Iterator[tuple[str, str]]:
    for name, value in headers:
        for line in value.split("\n"):  # the browser joins headers of one name by line feeds
            yield name, mask.header(name, line.strip())


def _http(exchange: Exchange, body: bytes, mask: Mask) -> Iterator[tuple[str, str]]:
    """The answer's headers: those that are not true of the kept body are renamed, as other archivers do."""
    for name, value in _masked(exchange.headers, mask):
        lower = name.lower()
        if lower in _UNDONE:
            yield f"X-Orig-{name.title()}", value
        elif lower == "content-type" and exchange.is_text and not _says_utf8(value):
            yield f"X-Orig-{name.title()}", value
            yield name, f"{exchange.media_type}; charset=utf-8"
        else:
            yield name, value
    yield "Content-Length", str(len(body))


def _says_utf8(content_type: str) -> bool:
    return re.search(r"charset\s*=\s*[\"']?utf-?8", content_type, re.IGNORECASE) is not None
