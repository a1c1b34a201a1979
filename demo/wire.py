"""HTTP/1.1 on a loopback socket: requests in, answers out, good and bad conduct alike.

One thread per connection, all of them daemons, all of them ended by `Listener.stop`. A client that goes
away, or that never meant well, is nobody's error: nothing is printed.
"""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from typing_extensions import override

from demo.exchange import Answer, Conduct

IDLE_SECONDS = 30.0  # a kept-alive connection without a request
MAX_BODY = 1_000_000  # bytes; no form of these sites comes near
ENDLESS_PAUSE_SECONDS = 0.2
_BAD_REQUEST, _TOO_LARGE, _NO_CONTENT, _NOT_MODIFIED = 400, 413, 204, 304


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, parsed; header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The target without its query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> Mapping[str, str]:
        """The query's fields."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """The fields of an urlencoded form, in order; empty for any other body."""
        if not self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return ()
        return tuple(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    @property
    def cookies(self) -> Mapping[str, str]:
        """The cookies; none when the header cannot be read."""
        jar = SimpleCookie()
        with contextlib.suppress(CookieError):
            jar.load(self.headers.get("cookie", ""))
        return {name: morsel.value for name, morsel in jar.items()}


class Listener:
    """A listening socket and its threads.

    Raises:
        OSError: the address cannot be bound.
    """

    def __init__(
        self, host: str, port: int, *, answer: Callable[[Request], Answer], now: Callable[[], datetime]
    ) -> None:
        """Bind; nothing is accepted yet."""
        self.stopping = threading.Event()
        self._server = _Server(host, port, answer=answer, now=now, stopping=self.stopping)
        # A short poll: the shutdown of a test server is on every test's way.
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def port(self) -> int:
        """The port bound."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Accept connections in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Accept nothing more and close every connection."""
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._server.close_connections()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_port = False  # newer Pythons set it: a taken port must be an error
    request_queue_size = 64

    def __init__(
        self,
        host: str,
        port: int,
        *,
        answer: Callable[[Request], Answer],
        now: Callable[[], datetime],
        stopping: threading.Event,
    ) -> None:
        self.answer = answer
        self.now = now
        self.stopping = stopping
        self._connections: set[socket.socket] = set()
        self._connections_lock = threading.Lock()
        super().__init__((host, port), _Handler)

    @override
    def server_bind(self) -> None:
        """Bind without asking a name server for our own name, as `HTTPServer` does."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    @override
    def process_request(self, request: Any, client_address: Any) -> None:
        with self._connections_lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    @override
    def shutdown_request(self, request: Any) -> None:
        with self._connections_lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that goes away is part of the replica's life."""

    def close_connections(self) -> None:
        with self._connections_lock:
            open_ones = tuple(self._connections)
        for connection in open_ones:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Replica"
    sys_version = ""
    timeout = IDLE_SECONDS
    server: _Server
    disable_nagle_algorithm = True
    wbufsize = -1  # one packet for head and body

    @override
    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return the given clock's time in the format of RFC 9110, section 5.6.7."""
        return format_datetime(self.server.now().astimezone(UTC), usegmt=True)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Write nothing: requests are kept by the server."""

    def _serve(self) -> None:
        body = self._read_body()
        if body is None:
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(method=self.command, target=self.path, headers=headers, body=body)
        self._send(self.server.answer(request))

    def _read_body(self) -> bytes | None:
        """Return the body, or None after refusing one whose end we could not find."""
        length = self.headers.get("Content-Length", "0")
        if self.headers.get("Transfer-Encoding") or not length.isdecimal():
            self.close_connection = True
            self.send_error(_BAD_REQUEST)
            return None
        if int(length) > MAX_BODY:
            self.close_connection = True
            self.send_error(_TOO_LARGE)
            return None
        return self.rfile.read(int(length))

    def _send(self, answer: Answer) -> None:
        if answer.delay_seconds:
            self.server.stopping.wait(answer.delay_seconds)
        if answer.conduct is Conduct.PLAIN:
            self._send_plain(answer)
            return
        self.close_connection = True
        self._misbehave(answer)

    def _send_plain(self, answer: Answer) -> None:
        self._send_head(answer)
        if answer.status not in (_NO_CONTENT, _NOT_MODIFIED):
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
        self.wfile.flush()

    def _send_head(self, answer: Answer) -> None:
        self.send_response(answer.status)
        if answer.body:
            self.send_header("Content-Type", answer.media_type)
        self.send_header("X-Replica", "simulated")
        for name, value in answer.headers:
            self.send_header(name, value)

    def _misbehave(self, answer: Answer) -> None:
        if answer.conduct is Conduct.RESET:
            self._reset()
        elif answer.conduct is Conduct.ENDLESS:
            self._endless(answer)
        else:
            self.server.stopping.wait()

    def _reset(self) -> None:
        # Linger of zero seconds: close sends RST instead of FIN. The file object holds the descriptor too.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()
        self.connection.close()

    def _endless(self, answer: Answer) -> None:
        self._send_head(answer)
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)
        self.wfile.flush()
        while not self.server.stopping.wait(ENDLESS_PAUSE_SECONDS):
            self.wfile.write(b".\n")
            self.wfile.flush()

    # The names are http.server's: one per method.
    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _serve  # noqa: N815
