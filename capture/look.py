"""Looking at the page: what it shows now, how one got there, what failed. Reads only."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from playwright.sync_api import Dialog, Error, Frame, Page, Request, Response

from capture.facts import READ_PAGE, PageFacts, build_facts, page_arguments
from capture.profile import SiteProfile
from capture.window import WindowGrabber
from temoin.canonical import Json, sha256
from temoin.clock import utc_now, utc_text
from temoin.errors import BrowserError

MAX_NAVIGATION = 60  # steps of the way kept in the record
MAX_DIALOGS = 20  # native dialogs kept; a hostile page could open them for ever
MAX_DIALOG_TEXT = 2_000
MAX_PENDING = 500
_ANSWERING = frozenset({"document", "script", "xhr", "fetch"})  # a picture that is late changes no answer
ERROR_SCHEME = "chrome-error"
_WATCHED_TYPES = frozenset({"alert", "confirm", "prompt"})


@dataclass(slots=True, kw_only=True)
class SeenDialog:
    """A native dialog: its words, when it stood, and the window with it when that could be photographed."""

    type: str
    message: str
    at: datetime
    picture: bytes | None = None


def date_offset_ms(header: str | None, received_ms: float) -> int | None:
    """How far the server's ``Date`` (RFC 9110 §6.6.1) is ahead of this machine's clock, to half a second.

    ``received_ms`` is when the answer began to come in, in milliseconds since 1970 by this clock. None without a
    date that can be read. The header has whole seconds: the middle of its second is taken.
    """
    try:
        said = parsedate_to_datetime(header or "")
    except ValueError:
        return None
    return None if said.tzinfo is None else round(said.timestamp() * 1000 + 500 - received_ms)


@dataclass(kw_only=True)  # no slots: Playwright keeps its own mark on the listeners' owner
class Looker:
    """The eyes of one visit. ``leave_dialogs`` is for an assisted visit: the person answers, not Témoin."""

    page: Page
    profile: SiteProfile
    grabber: WindowGrabber | None = None
    leave_dialogs: bool = False
    now: Callable[[], datetime] = utc_now
    navigation: list[Json] = field(default_factory=list)
    dialogs: list[SeenDialog] = field(default_factory=list)
    failure: str | None = None
    _statuses: dict[Frame, Response] = field(default_factory=dict)
    _pending: list[Request] = field(default_factory=list)  # what may still change the answer

    def attach(self) -> None:
        """Listen to the page from now on."""
        self.page.on("request", self._on_request)
        self.page.on("requestfinished", self._on_finished)
        self.page.on("response", self._on_response)
        self.page.on("requestfailed", self._on_failed)
        self.page.on("dialog", self._on_dialog)

    def detach(self) -> None:
        """Stop listening: nothing after this is observed."""
        self.page.remove_listener("request", self._on_request)
        self.page.remove_listener("requestfinished", self._on_finished)
        self.page.remove_listener("response", self._on_response)
        self.page.remove_listener("requestfailed", self._on_failed)
        self.page.remove_listener("dialog", self._on_dialog)

    def look(self) -> PageFacts | None:
        """What the page shows now, with the document around it; None while it is between two documents."""
        frame, main = self.frame(), self.page.main_frame
        if frame is main:
            return self._read(main)
        outer = self._read(main)
        return None if outer is None else self._read(frame, outer=outer)

    def _read(self, frame: Frame, *, outer: PageFacts | None = None) -> PageFacts | None:
        if frame.url.startswith(ERROR_SCHEME):
            return None
        response = self._statuses.get(frame)
        profile = self.profile
        arguments = page_arguments(profile.selectors, profile.wanted, whole=profile.terms)
        try:
            raw = frame.evaluate(READ_PAGE, arguments)
        except Error:
            return None
        return build_facts(
            raw,
            status=None if response is None else response.status,
            dialogs=tuple(dialog.message for dialog in self.dialogs),
            navigated="" if response is None else response.url,
            busy=bool(self._pending),
            outer=outer,
        )

    def dialog_facts(self) -> PageFacts | None:
        """The facts while a native dialog stands that the person has not answered: its words and no element."""
        if not self.leave_dialogs or not self.dialogs:
            return None
        words = tuple(dialog.message for dialog in self.dialogs)
        return PageFacts(url=self.page.url, status=None, dialogs=words)

    def frame(self) -> Frame:
        """The frame that holds the booking: the page itself, or the frame of the iframe variant (facts §1.1)."""
        main = self.page.main_frame
        inner = [frame for frame in self.page.frames if frame is not main and self.profile.knows(frame.url)]
        return inner[-1] if inner and self.profile.path else main

    def http(self) -> Json | None:
        """The answer page's own exchange: status, the server's Date, its address and certificate."""
        response = self._statuses.get(self.frame())
        if response is None:
            return None
        try:
            address = response.server_addr()
            security = response.security_details()
            date_header = response.header_value("date")
            timing = response.request.timing
        except Error:
            unknown = {"date_header": None, "date_offset_ms": None, "server_address": None, "tls": None}
            return {"status": response.status, **unknown}
        return {
            "status": response.status,
            "date_header": date_header,
            "date_offset_ms": date_offset_ms(date_header, timing["startTime"] + max(timing["responseStart"], 0)),
            "server_address": None if address is None else address["ipAddress"],
            "tls": self._tls(response.url, dict(security or {})),
        }

    def retry_after(self) -> str | None:
        """The answer's ``Retry-After`` header, if it has one (RFC 9110 §10.2.3)."""
        response = self._statuses.get(self.frame())
        try:
            return None if response is None else response.header_value("retry-after")
        except Error:
            return None

    def _tls(self, url: str, security: Json) -> Json | None:
        parts = urlsplit(url)
        if parts.scheme != "https":
            return None
        return {
            "issuer": security.get("issuer"),
            "subject": security.get("subjectName"),
            "fingerprint": self._fingerprint(f"https://{parts.netloc}"),
        }

    def _fingerprint(self, origin: str) -> str | None:
        """SHA-256 of the certificate of this very connection, never of a second one."""
        try:
            session = self.page.context.new_cdp_session(self.page)
            chain = session.send("Network.getCertificate", {"origin": origin})["tableNames"]
            session.detach()
        except Error:
            return None
        return sha256(_der(chain[0])) if chain else None

    def _on_request(self, request: Request) -> None:
        if request.resource_type in _ANSWERING and self._booking(request.url) and len(self._pending) < MAX_PENDING:
            self._pending.append(request)

    def _on_finished(self, request: Request) -> None:
        if request in self._pending:
            self._pending.remove(request)

    def _booking(self, url: str) -> bool:
        """Whether ``url`` is of the booking host: that of the page, or of the frame that holds the booking."""
        hosts = {urlsplit(address).netloc for address in (self.page.url, self.frame().url)}
        return urlsplit(url).netloc in hosts or self.profile.knows(url)

    def _on_response(self, response: Response) -> None:
        request = response.request
        if not request.is_navigation_request():
            return
        if response.frame is self.page.main_frame:  # what the page before was still waiting for is nobody's any more
            self._pending = [request] if request in self._pending else []
        self._statuses[response.frame] = response
        self.failure = None
        if response.frame is self.page.main_frame or self.profile.knows(response.url):
            self._keep(method=request.method, url=response.url, status=response.status)

    def _on_failed(self, request: Request) -> None:
        self._on_finished(request)
        # A navigation that failed is the visit's failure; a blocked beacon is the guard's own affair.
        if request.is_navigation_request() and request.frame is self.page.main_frame:
            self.failure = request.failure or "net::ERR_FAILED"

    def _on_dialog(self, dialog: Dialog) -> None:
        if dialog.type in _WATCHED_TYPES and len(self.dialogs) < MAX_DIALOGS:
            seen = SeenDialog(
                type=dialog.type, message=dialog.message[:MAX_DIALOG_TEXT], at=self.now(), picture=self._grab()
            )
            self.dialogs.append(seen)
        if self.leave_dialogs:
            return
        try:
            dialog.dismiss()
        except Error:
            return

    def _grab(self) -> bytes | None:
        if self.grabber is None:
            return None
        time.sleep(0.3)  # the dialog is announced before the desktop has drawn it
        try:
            return self.grabber.grab()
        except BrowserError:
            return None

    def _keep(self, *, method: str, url: str, status: int) -> None:
        if len(self.navigation) < MAX_NAVIGATION:
            self.navigation.append({"at": utc_text(self.now()), "method": method, "status": status, "url": url})


def _der(text: str) -> bytes:
    import base64  # noqa: PLC0415 - only for https, which a replica never is

    return base64.b64decode(text)
