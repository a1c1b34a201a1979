"""The boundary, put under the page: every request of the browser is held until ``capture.boundary`` has judged it.

CDP ``Fetch`` is enabled on the *browser* session before any page exists, so its interceptor is the one closest to
the network: the target of a redirect, a frame of another site, a pop-up's first request, workers, service workers,
beacons and prefetches all pass here (tried; Playwright's ``route`` never sees the target of a redirect). What it
stops is recorded. Web sockets do not pass through ``Fetch``: pages get none (``capture.browser``).
"""

import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from playwright.sync_api import CDPSession, Error

from capture.boundary import Boundary, Outgoing, Reason
from temoin.canonical import Json

MAX_STOPPED = 200  # entries kept in the record; a hostile page could ask for ever
MAX_URL = 500  # characters of an address kept in the record

# What a visit may ask for in all (DESIGN §3.1: one reading, not a load). Every form may be answered by a redirect,
# which is a document too. A person sees a page that loops, and closes it.
MAX_DOCUMENTS, DOCUMENTS_PER_CHOICE = 12, 6
MAX_REQUESTS, REQUESTS_PER_CHOICE = 300, 150

_ERROR = "BlockedByClient"
# An aborted navigation leaves the page standing, where a blocked one would put an error page in its place: a person
# who clicks on a slot before it is photographed keeps it, and clicks again once the window is theirs.
_ERROR_FOR_A_PERSON = "Aborted"


class Guard:
    """Holds and judges the requests of one browser. ``lift`` is final: the window is then the person's own."""

    def __init__(self, session: CDPSession) -> None:
        """Put the guard under the browser of ``session``; everything is stopped until ``watch`` names a boundary."""
        self._session = session
        self._boundary: Boundary | None = None
        self._main_target = ""
        self._popups: set[str] = set()
        self._closed = False
        self._lifted = False
        self._stopped: list[Json] = []
        self._frames: set[str] = set()  # that asked for something in this visit
        self._past: set[str] = set()  # and in those before it
        self._count(documents=MAX_DOCUMENTS, requests=MAX_REQUESTS)
        session.on("Fetch.requestPaused", self._on_paused)
        session.on("Target.targetCreated", self._on_target)
        session.send("Fetch.enable", {"patterns": [{"urlPattern": "*"}]})
        session.send("Target.setDiscoverTargets", {"discover": True})
        session.send("Browser.setDownloadBehavior", {"behavior": "deny"})

    @property
    def stopped(self) -> tuple[Json, ...]:
        """What was stopped since ``watch``, in order: ``{url, method, reason}``."""
        return tuple(self._stopped)

    @property
    def lifted(self) -> bool:
        """Whether the person drives alone."""
        return self._lifted

    def watch(self, boundary: Boundary) -> None:
        """Judge by ``boundary`` from now on; the page that opens next is the visit's own."""
        self._boundary = boundary
        self._main_target = ""
        self._popups.clear()
        self._stopped = []
        self._closed = False
        self._count(documents=MAX_DOCUMENTS, requests=MAX_REQUESTS)

    def own(self, target: str) -> None:
        """Name the CDP target of the visit's page: any other page is a pop-up."""
        self._main_target = target
        self._popups.discard(target)
        self._frames.add(target)

    def choose(self, value: str) -> None:
        """Let ``value``, and no other, leave as the choice that the visit makes now."""
        if self._boundary is not None:
            self._boundary = replace(self._boundary, chosen=value)
        self._documents += DOCUMENTS_PER_CHOICE
        self._requests += REQUESTS_PER_CHOICE

    def control(self, url: str) -> None:
        """Let the control page, and no other, be asked for besides; it has an allowance of its own."""
        if self._boundary is not None:
            self._boundary = replace(self._boundary, control=url)
        self._documents += DOCUMENTS_PER_CHOICE
        self._requests += REQUESTS_PER_CHOICE

    @property
    def spent(self) -> bool:
        """Whether the visit asked for more than any answer needs; nothing leaves any more."""
        return self._spent

    def _count(self, *, documents: int, requests: int) -> None:
        self._documents, self._requests, self._spent = documents, requests, False

    def close(self) -> None:
        """Stop everything from now on: the answer is known, nothing more is asked of the site."""
        self._closed = True

    def leave(self) -> None:
        """The visit's pages are closed: what they still send at their end is refused, and is nobody's record."""
        self._boundary = None
        if not self._lifted:
            self._answer("Browser.getVersion", {})  # a round trip: what was paused before it has been judged
        self._past |= self._frames | self._popups
        self._frames.clear()

    def lift(self) -> None:
        """Let everything pass: the person drives alone. Nothing is observed after this."""
        self._lifted = True
        self._session.send("Fetch.disable")
        self._session.send("Browser.setDownloadBehavior", {"behavior": "default"})

    def note(self, url: str, reason: str) -> None:
        """Record something stopped elsewhere (a web socket, a download)."""
        self._keep(url, "GET", reason)

    def _on_target(self, event: Mapping[str, Any]) -> None:
        info = event["targetInfo"]
        if info["type"] == "page" and info.get("openerId") and info["targetId"] != self._main_target:
            self._popups.add(info["targetId"])

    def _on_paused(self, event: Mapping[str, Any]) -> None:
        if self._lifted:
            self._continue(event["requestId"])
            return
        request = event["request"]
        mine = self._is_mine(event.get("frameId", ""))
        reason = self._judge(event) if mine else "closed"
        if reason is None:
            self._continue(event["requestId"])
            return
        if mine:
            self._keep(request["url"], request["method"], reason)
        error = _ERROR_FOR_A_PERSON if self._is_persons_step(event) else _ERROR
        self._answer("Fetch.failRequest", {"requestId": event["requestId"], "errorReason": error})

    def _is_persons_step(self, event: Mapping[str, Any]) -> bool:
        person = self._boundary is not None and self._boundary.human
        return person and event.get("frameId", "") == self._main_target and event["resourceType"] == "Document"

    def _continue(self, request: str) -> None:
        self._answer("Fetch.continueRequest", {"requestId": request})

    def _is_mine(self, frame: str) -> bool:
        """Whether the frame is the present visit's: none is between two visits, nor one that an earlier visit knew."""
        if self._boundary is None:
            self._past |= {frame} - {""}
            return False
        if frame and frame not in self._past:
            self._frames.add(frame)
        return frame not in self._past

    def _judge(self, event: Mapping[str, Any]) -> Reason | None:
        inner = event["request"]["url"].startswith(("data:", "blob:", "about:"))
        if self._closed or self._boundary is None:
            return None if inner else "closed"
        if self._spent:
            return None if inner else "budget"
        reason = self._boundary.judge(self._outgoing(event))
        if reason is None and not inner and not self._boundary.human:
            return self._spend(document=event["resourceType"] == "Document")
        return reason

    def _spend(self, *, document: bool) -> Reason | None:
        self._requests -= 1
        self._documents -= document
        self._spent = self._requests < 0 or self._documents < 0
        return "budget" if self._spent else None

    def _outgoing(self, event: Mapping[str, Any]) -> Outgoing:
        request = event["request"]
        frame = event.get("frameId", "")
        return Outgoing(
            url=request["url"],
            method=request["method"],
            kind=event["resourceType"],
            headers=request["headers"],
            has_body=bool(request.get("hasPostData")),
            body=_body(request),
            popup=frame in self._popups,
            main_frame=frame == self._main_target,
        )

    def _answer(self, command: str, arguments: dict[str, Any]) -> None:
        try:
            self._session.send(command, arguments)
        except Error:
            # The request or the browser is gone; there is nothing left to let through.
            return

    def _keep(self, url: str, method: str, reason: str) -> None:
        if len(self._stopped) < MAX_STOPPED:
            self._stopped.append({"url": url[:MAX_URL], "method": method, "reason": reason})


def _body(request: Mapping[str, Any]) -> bytes | None:
    entries = request.get("postDataEntries")
    if entries:
        if any("bytes" not in entry for entry in entries):
            return None  # a file or a blob: not a form we know
        return b"".join(base64.b64decode(entry["bytes"]) for entry in entries)
    text = request.get("postData")
    return None if text is None else str(text).encode()
