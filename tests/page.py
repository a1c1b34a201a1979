"""The local page as a browser meets it: a real server on the loopback, and a client that opened its address."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn

from web.app import build_app
from web.serving import listen
from web.site import Site

START_SECONDS = 30
# What no page may ask of a person: a command, one of its options, a variable, a file to be written by hand, one of the
# project's.
NAMES_A_COMMAND = re.compile(
    r"\btemoin [a-z]+|(?<![\w-])--[a-z]+|config\.toml|\bdocs/|\[browser\]|[Rr]un any command|\bcommand that\b"
    r"|\bRun this\b|\bthis command\b|\bthe command\b|\bvariables?\b|\b[A-Z]{4,}_[A-Z]+\b|\bDISPLAY\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page that is served: its run, its origin, the address that opens it, and somebody who opened it."""

    site: Site
    origin: str
    opened: str
    client: httpx.Client

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.client.get(path, **more)

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> httpx.Response:
        """As a form of our own sends it."""
        return self.client.post(
            path, data={"secret": self.site.form_secret, **(data or {})}, headers={"origin": self.origin}, **more
        )


@contextmanager
def served(site: Site, *, language: str = "en") -> Iterator[Page]:
    listening = listen_anywhere()
    port = listening.getsockname()[1]
    origin = f"http://127.0.0.1:{port}"
    configuration = uvicorn.Config(build_app(site, port=port), log_config=None, access_log=False, lifespan="on")
    server = uvicorn.Server(configuration)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    opened = f"{origin}/?token={site.token}"
    try:
        with httpx.Client(base_url=origin, headers={"accept-language": language}, timeout=START_SECONDS) as client:
            assert client.get("/", params={"token": site.token}).status_code == 200
            yield Page(site=site, origin=origin, opened=opened, client=client)
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)
        listening.close()


def listen_anywhere() -> socket.socket:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return listen(port)
