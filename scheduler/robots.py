"""robots.txt by RFC 9309: who may be visited where (DESIGN §7).

===========================  ==========================================================
the host answers             so
===========================  ==========================================================
2xx                          its rules hold, even when the body is no robots.txt (§2.2)
4xx, too many redirects      everything is allowed (§2.3.1.2, §2.3.1.3)
429                          nothing is allowed: the host asks for rest, it does not say yes
5xx, nothing, unreadable     nothing is allowed (§2.3.1.4)
===========================  ==========================================================

An answer is good for a day and its body is kept as an object, so that each record can cite it; "nothing is
allowed" for want of an answer is asked again after an hour. Reading goes through parameters: ``fetch_robots`` is
the one function here that touches the network, and it is called only under the host's lease.
"""

import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import Protocol
from urllib.parse import urlsplit

from protego import Protego

from scheduler.politeness import host_of, is_loopback
from store.values import RobotsRow
from temoin import __version__
from temoin.canonical import Digest

PRODUCT_TOKEN = "Temoin"  # noqa: S105 - RFC 9309 §2.2.1, the name that robots.txt may call us by
USER_AGENT = f"{PRODUCT_TOKEN}/{__version__}"
MAX_AGE = timedelta(hours=24)  # RFC 9309 §2.4
RETRY = timedelta(hours=1)  # a failed read is no read; an hour is also what separates two attempts
MAX_BYTES = 500 * 1024  # RFC 9309 §2.5: at least this much is parsed; more is cut
MAX_REDIRECTS = 5  # RFC 9309 §2.3.1.2
TIMEOUT_SECONDS = 10.0
CHUNK_BYTES = 16 * 1024

_REDIRECTS = range(300, 400)
_REFUSALS = range(400, 500)
_SUCCESSES = range(200, 300)
_TOO_MANY_REQUESTS = 429


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsAnswer:
    """What the host said; ``status`` is None when it could not be reached or its body could not be read.

    ``failure`` is ``connection`` or ``timeout`` when nobody was there: no connection at all came about.
    """

    status: int | None
    body: bytes = b""
    failure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsRules:
    """What a host allows. ``read`` says whether it answered at all: not read is not allowed.

    ``reason`` is a stable word: ``rules``, ``absent`` (everything allowed), ``server_error``, ``unreachable``.
    ``failure`` is that of the answer just asked for: the host was down, for any visitor.
    """

    reason: str
    sha256: Digest | None
    failure: str = ""
    _rules: Protego | None = field(default=None, repr=False)

    @property
    def read(self) -> bool:
        """Whether the host said something that holds."""
        return self.reason in ("rules", "absent")

    def allows(self, url: str) -> bool:
        """Whether ``url``, on this host, may be asked for."""
        if self.reason == "rules" and self._rules is not None:
            return bool(self._rules.can_fetch(url, PRODUCT_TOKEN))
        return self.reason == "absent"


class RobotsStore(Protocol):
    """The part of the store that is needed here."""

    def put(self, data: bytes) -> Digest:
        """Keep the body."""
        ...

    def read(self, digest: str) -> bytes:
        """The body again."""
        ...

    def robots(self, host: str) -> RobotsRow | None:
        """The last one read of the host."""
        ...

    def save_robots(self, row: RobotsRow) -> None:
        """Remember the one just read."""
        ...


def robots_url(url: str) -> str:
    """Where the rules of ``url`` are: the same scheme, host and port (RFC 9309 §2.3)."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/robots.txt"


def robots_for(url: str, *, store: RobotsStore, fetch: Callable[[str], RobotsAnswer], now: datetime) -> RobotsRules:
    """The rules that hold for ``url`` now, asked of the host at most once a day.

    Raises:
        StoreError: the body could not be kept.
        IntegrityError: a body kept earlier is damaged.
    """
    host = host_of(url)
    row, failure = store.robots(host), ""
    if row is None or not _is_fresh(row, now):
        answer = fetch(robots_url(url))
        failure = answer.failure
        kept = store.put(answer.body) if answer.status in _SUCCESSES else None
        row = RobotsRow(host=host, fetched_at=now, status=answer.status, sha256=kept)
        store.save_robots(row)
    body = b"" if row.sha256 is None else store.read(row.sha256)
    return replace(build_rules(row.status, body, row.sha256), failure=failure)


def _is_fresh(row: RobotsRow, now: datetime) -> bool:
    """Whether the answer still holds; one from the future (the clock was put back) does not."""
    age = now - row.fetched_at
    read = build_rules(row.status, b"", row.sha256).read
    return timedelta(0) <= age < (MAX_AGE if read else RETRY)


def build_rules(status: int | None, body: bytes, sha256: Digest | None = None) -> RobotsRules:
    """What an answer means, by the table at the top."""
    if status in _SUCCESSES:
        return RobotsRules(reason="rules", sha256=sha256, _rules=Protego.parse(_text(body)))
    if status in _REDIRECTS or (status in _REFUSALS and status != _TOO_MANY_REQUESTS):
        return RobotsRules(reason="absent", sha256=sha256)
    return RobotsRules(reason="unreachable" if status is None else "server_error", sha256=sha256)


def _text(body: bytes) -> str:
    """The body as text: UTF-8 whatever it is (§2.3), a byte-order mark left out.

    A body that was cut loses its last line: half a rule could forbid or allow more than the whole.
    """
    if len(body) >= MAX_BYTES:
        body = body[: body.rfind(b"\n") + 1]
    return body.decode("utf-8-sig", errors="replace").replace("\x00", "")


class _Redirects(urllib.request.HTTPRedirectHandler):
    max_redirections = MAX_REDIRECTS
    max_repeats = MAX_REDIRECTS


def fetch_robots(
    url: str, *, timeout_seconds: float = TIMEOUT_SECONDS, monotonic: Callable[[], float] = time.monotonic
) -> RobotsAnswer:
    """Ask for ``url`` with an honest User-Agent, through the system's proxy if there is one (never for loopback).

    Whatever goes wrong is an answer too: ``status`` None. Bounded in time and size.
    """
    request = urllib.request.Request(url)  # noqa: S310 - the opener knows HTTP and HTTPS only
    try:
        with _opener(url).open(request, timeout=timeout_seconds) as response:
            if response.headers.get("Content-Encoding", "identity").lower() != "identity":
                return RobotsAnswer(status=None)  # none was asked for, so what it says cannot be read
            body = _read_bounded(response.read1, monotonic() + timeout_seconds, monotonic)
            whole = len(body) == MAX_BYTES or not response.length  # what Content-Length still promises
            return RobotsAnswer(status=response.status, body=body) if whole else RobotsAnswer(status=None)
    except urllib.error.HTTPError as error:
        error.close()
        return RobotsAnswer(status=error.code)
    except urllib.error.URLError as error:
        # A proxy that is down is our own trouble; a host that sent us on to another was there itself.
        elsewhere = request.has_proxy() or hasattr(request, "redirect_dict")
        return RobotsAnswer(status=None, failure="" if elsewhere else _failure(error.reason))
    except (OSError, HTTPException, ValueError):
        return RobotsAnswer(status=None)


def _failure(reason: object) -> str:
    """Why no connection came about; "" where it may be this machine's network, or a dislike of programs."""
    if isinstance(reason, ConnectionRefusedError):
        return "connection"
    return "timeout" if isinstance(reason, TimeoutError) else ""


def _opener(url: str) -> urllib.request.OpenerDirector:
    """HTTP and HTTPS only: a redirect to another scheme finds nobody to open it."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler({} if is_loopback(url) else None),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        _Redirects(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    opener.addheaders = [("User-Agent", USER_AGENT), ("Accept", "text/plain, */*;q=0.1")]
    return opener


def _read_bounded(read: Callable[[int], bytes], deadline: float, monotonic: Callable[[], float]) -> bytes:
    """At most ``MAX_BYTES``. Raises ``TimeoutError`` when a host that trickles is not done by ``deadline``."""
    body = b""
    while len(body) < MAX_BYTES and (chunk := read(min(CHUNK_BYTES, MAX_BYTES - len(body)))):
        body += chunk
        if monotonic() > deadline:
            raise TimeoutError
    return body
