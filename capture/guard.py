"""The boundary, put under the page: every request of the browser is held until ``capture.boundary`` has judged it.

CDP ``Fetch`` is enabled on the *browser* session before any page exists, so its interceptor is the one closest to
the network: the target of a redirect, a frame of another site, a pop-up's first request, workers, service workers,
beacons and prefetches all pass here (tried; Playwright's ``route`` never sees the target of a redirect). What it
stops is recorded. Web sockets do not pass through ``Fetch``: pages get none (``capture.browser``).
"""

import base64
from collections.abc import Mapping
from typing import Any

from playwright.sync_api import CDPSession, Error

from capture.boundary import Boundary, Outgoing, Reason
from temoin.canonical import Json

MAX_STOPPED = 200  # entries kept in the record; a hostile page could ask for ever
MAX_URL = 500  # characters of an address kept in the record

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

    def own(self, target: str) -> None:
        """Name the CDP target of the visit's page: any other page is a pop-up."""
        self._main_target = target
        self._popups.discard(target)

    def close(self) -> None:
        """Stop everything from now on: the answer is known, nothing more is asked of the site."""
        self._closed = True

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
        reason = self._judge(event)
        if reason is None:
            self._continue(event["requestId"])
            return
        self._keep(request["url"], request["method"], reason)
        error = _ERROR_FOR_A_PERSON if self._is_persons_step(event) else _ERROR
        self._answer("Fetch.failRequest", {"requestId": event["requestId"], "errorReason": error})

    def _is_persons_step(self, event: Mapping[str, Any]) -> bool:
        person = self._boundary is not None and self._boundary.human
        return person and event.get("frameId", "") == self._main_target and event["resourceType"] == "Document"

    def _continue(self, request: str) -> None:
        self._answer("Fetch.continueRequest", {"requestId": request})

    def _judge(self, event: Mapping[str, Any]) -> Reason | None:
        if self._closed or self._boundary is None:
            return None if event["request"]["url"].startswith(("data:", "blob:", "about:")) else "closed"
        return self._boundary.judge(self._outgoing(event))

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
