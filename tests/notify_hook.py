"""A service on loopback that takes the messages of an apprise ``json://`` address, and can be told to misbehave."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from typing_extensions import override


class Hook:
    """What came in; ``status`` is what is answered, ``first`` is called before that, ``hangs`` never answers."""

    def __init__(self, port: int) -> None:
        self.url = f"json://me:sesame@127.0.0.1:{port}/hook"
        self.status = 200
        self.hangs = False
        self.first: Callable[[], object] = lambda: None
        self.got: list[dict[str, Any]] = []
        self.arrived = threading.Event()
        self.released = threading.Event()

    @property
    def titles(self) -> list[str]:
        return [message["title"] for message in self.got]


@contextmanager
def listening_hook() -> Iterator[Hook]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hook.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            hook.arrived.set()
            if hook.hangs:
                # A byte now and then, so that no time-out of the client's own ends it.
                self.wfile.write(b"HTTP/1.0 200 OK\r\nX-Slow: ")
                while not hook.released.wait(0.5):
                    self.wfile.write(b".")
                    self.wfile.flush()
                return
            hook.first()
            self.send_response(hook.status)
            self.end_headers()

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        @override
        def handle_error(self, request: object, client_address: object) -> None:
            """A client that was killed is no error here."""

    server = Server(("127.0.0.1", 0), Handler)
    hook = Hook(server.server_port)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield hook
    finally:
        hook.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
