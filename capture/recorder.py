"""Listens to what a visit's page asks and is answered, and takes the answers' bodies out of the browser, within bounds.

The guard (``capture.guard``) judges requests and is not touched: bodies are read out of the browser's memory once it
has them, so that the page waits for nothing (docs/adr/0024). Never by Playwright's ``Response.body``: where the browser
holds nothing any more it asks the site again, past the guard (tried: 300 pictures became 540 requests).

Cookies are not among the headers that come this way, and what a request sends is not looked at.

In a person's hands (``person``) nothing is read before the answer: what is remembered is which answers the present
document was made of, and all of it is forgotten when another document comes.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from playwright.sync_api import CDPSession, Error, Page

from capture.exchange import MAX_BODIES, MAX_BODY, MAX_EXCHANGES, Archivist, Exchange, Taken
from capture.look import ERROR_SCHEME
from temoin.records import Artefact
from temoin.warc import Origin

# What a page is made of. In a person's hands nothing else is kept: a script's own requests carry what they typed.
STATIC = frozenset({"Document", "Stylesheet", "Image", "Font", "Script"})
WITHOUT_BODY = frozenset({204, 304})  # RFC 9110 §15
MAX_PENDING = 2_000  # requests remembered until they are answered; a hostile page asks without end

Event = Mapping[str, Any]


@dataclass(slots=True, kw_only=True)
class _Asked:
    """A request that is not answered yet."""

    request: Event
    kind: str
    frame: str
    loader: str


@dataclass(slots=True, kw_only=True)
class _Seen:
    """An answer, and how far its body has come: ``size`` in bytes, unpacked."""

    exchange: Exchange
    loader: str
    size: int = 0
    finished: bool = False


@dataclass(kw_only=True)  # no slots: Playwright keeps its own mark on the listeners' owner
class Recorder:
    """The exchanges of one page, in the order of their answers. ``target`` is the page's, hence its main frame's."""

    page: Page
    session: CDPSession
    target: str
    now: Callable[[], datetime]
    person: bool = False
    _asked: dict[str, _Asked] = field(default_factory=dict)
    _seen: dict[str, _Seen] = field(default_factory=dict)
    _past: set[str] = field(default_factory=set)  # loaders of documents that are gone, of a person's visit
    _parts: list[Taken] = field(default_factory=list)
    _document: str = ""
    _cookies: tuple[str, ...] = ()
    _listening: bool = False
    _read: int = 0
    _cut: int = 0

    def attach(self) -> None:
        """Listen to the page from now on.

        Raises:
            playwright.sync_api.Error: the browser is gone.
        """
        self._listening = True
        for name, listener in self._listeners().items():
            self.session.on(name, listener)
        room = {"maxTotalBufferSize": 2 * MAX_BODIES, "maxResourceBufferSize": MAX_BODY + 1, "maxPostDataSize": 1}
        self.session.send("Network.enable", room)

    def detach(self) -> None:
        """Stop listening: nothing after this is observed."""
        if not self._listening:
            return
        self._listening = False
        for name, listener in self._listeners().items():
            self.session.remove_listener(name, listener)
        self._ask("Network.disable", {})

    def _listeners(self) -> dict[str, Callable[[Event], None]]:
        return {
            "Network.requestWillBeSent": self._on_request,
            "Network.requestServedFromCache": self._on_cached,
            "Network.responseReceived": self._on_response,
            "Network.dataReceived": self._on_data,
            "Network.loadingFinished": self._on_finished,
            "Network.loadingFailed": self._on_failed,
        }

    def end_part(self, part: str) -> None:
        """What was exchanged since the part before is this part's; its page is the one that stands there now."""
        exchanges = tuple(seen.exchange for seen in self._seen.values())
        document = None if self.page.url.startswith(ERROR_SCHEME) else self._seen.get(self._document)
        page = None if document is None else document.exchange
        self._parts.append(Taken(part=part, exchanges=exchanges[self._cut :], page=page))
        self._cut = len(exchanges)

    def take_answer(self, part: str) -> None:
        """Read what the present document is made of, and stop listening (a person's visit)."""
        for ident, seen in list(self._seen.items()):
            if seen.finished:
                self._take(ident, seen)
        self.detach()
        self.end_part(part)

    def archive(self, attempt: str, known: Callable[[], Mapping[str, Origin]]) -> dict[str, Artefact]:
        """The WARC of each part; what came after the last one (a control page) is its."""
        if not self._parts:
            return {}
        left = tuple(seen.exchange for seen in self._seen.values())[self._cut :]
        last = self._parts[-1]
        parts = [*self._parts[:-1], Taken(part=last.part, exchanges=last.exchanges + left, page=last.page)]
        return Archivist(attempt=attempt, known=known(), cookies=self._cookies).archive(parts)

    def read_cookies(self) -> None:
        """Ask the browser for the values of its cookies, so that they are masked wherever they stand."""
        try:
            self._cookies = tuple(cookie["value"] for cookie in self.page.context.cookies())
        except Error:
            return  # the browser is gone; what it told us of cookies was never among the headers

    def _on_request(self, event: Event) -> None:
        ident = event["requestId"]
        if "redirectResponse" in event and ident in self._asked:
            hop = self._answer(f"{ident}/{len(self._seen)}", self._asked[ident], event["redirectResponse"])
            if hop is not None:
                _without_body(hop.exchange)
        if len(self._asked) < MAX_PENDING and event["request"]["url"].startswith(("http:", "https:")):
            self._asked[ident] = _Asked(
                request=event["request"],
                kind=event.get("type", ""),
                frame=event.get("frameId", ""),
                loader=event.get("loaderId", ""),
            )

    def _on_cached(self, event: Event) -> None:
        """What the browser had already was asked of nobody; of a person's page it is kept, since it is part of it."""
        if not self.person:
            self._asked.pop(event["requestId"], None)

    def _on_response(self, event: Event) -> None:
        asked = self._asked.pop(event["requestId"], None)
        if asked is None or (event["response"].get("fromDiskCache") and not self.person):
            return
        if event["type"] == "Document" and asked.frame == self.target:
            self._begin(event["requestId"], asked)
        self._answer(event["requestId"], asked, event["response"])

    def _begin(self, document: str, asked: _Asked) -> None:
        """Another document: in a person's hands all that was before it is forgotten."""
        self._document = document
        if self.person:
            self._past |= {seen.loader for seen in self._seen.values()} - {asked.loader}
            self._seen.clear()

    def _answer(self, ident: str, asked: _Asked, response: Event) -> _Seen | None:
        if len(self._seen) >= MAX_EXCHANGES:
            return None
        if self.person and (asked.kind not in STATIC or asked.loader in self._past):
            return None
        seen = _Seen(exchange=_exchange(asked.request, response, self.now()), loader=asked.loader)
        self._seen[ident] = seen
        return seen

    def _on_data(self, event: Event) -> None:
        seen = self._seen.get(event["requestId"])
        if seen is not None:
            seen.size += max(event["dataLength"], event.get("encodedDataLength", 0))

    def _on_failed(self, event: Event) -> None:
        self._asked.pop(event["requestId"], None)
        seen = self._seen.get(event["requestId"])
        if seen is not None:
            seen.exchange.truncated = "disconnect"

    def _on_finished(self, event: Event) -> None:
        seen = self._seen.get(event["requestId"])
        if seen is None:
            return
        seen.finished = True
        seen.size = max(seen.size, int(event.get("encodedDataLength", 0)))
        if not self.person:
            self._take(event["requestId"], seen)

    def _take(self, ident: str, seen: _Seen) -> None:
        """Read the body of an answer that is whole, unless it is longer than what is kept."""
        exchange = seen.exchange
        if exchange.status in WITHOUT_BODY or exchange.method == "HEAD":
            _without_body(exchange)
            return
        if seen.size > MAX_BODY or self._read + seen.size > MAX_BODIES:
            exchange.truncated = "length"
            return
        found = self._ask("Network.getResponseBody", {"requestId": ident})
        if found is None:  # another document came, and the browser let go of it
            exchange.truncated = "unspecified"
            return
        exchange.is_text = not found["base64Encoded"]
        body = found["body"].encode("utf-8", "replace") if exchange.is_text else base64.b64decode(found["body"])
        self._read += len(body)
        if len(body) > MAX_BODY:
            exchange.truncated = "length"
            return
        exchange.body = body
        exchange.truncated = "unspecified" if _is_cut(exchange) else ""

    def _ask(self, command: str, arguments: dict[str, Any]) -> Event | None:
        try:
            answer: Event = self.session.send(command, arguments)
        except Error:
            return None  # the page is gone, or what was asked for is
        return answer


def _is_cut(exchange: Exchange) -> bool:
    """Whether the browser stopped reading before the end, as it does of a picture that cannot be drawn."""
    length = exchange.header("content-length")
    as_sent = not exchange.is_text and not exchange.header("content-encoding")
    return as_sent and length.isdecimal() and int(length) > len(exchange.body)


def _without_body(exchange: Exchange) -> None:
    """A redirect's body is never given, and some answers have none."""
    exchange.truncated = "" if exchange.header("content-length") in {"", "0"} else "unspecified"


def _exchange(request: Event, response: Event, at: datetime) -> Exchange:
    return Exchange(
        method=request["method"],
        url=response["url"].split("#", 1)[0],
        request_headers=tuple(request["headers"].items()),
        has_body=bool(request.get("hasPostData")),
        at=at,
        status=int(response["status"]),
        reason=response["statusText"],
        headers=tuple(response["headers"].items()),
    )
