"""A loopback site of a few pages, for what a préfecture's own site may do: each address answers as it is told to."""

import http.server
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from typing_extensions import override

ENDLESS_SECONDS = 60.0  # longer than any look lasts


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What an address answers. ``never``: the request is read, nothing comes; ``endless``: the page never ends."""

    body: str = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "text/html; charset=utf-8"
    never: bool = False
    endless: bool = False


def page(content: str, *, title: str = "Première demande", head: str = "") -> Reply:
    """A whole French page."""
    return Reply(
        body=f"<!DOCTYPE html><html lang=fr><head><meta charset=utf-8><title>{title}</title>{head}</head>"
        f"<body><p>Réplique de démonstration</p>{content}</body></html>"
    )


def moved(location: str, status: int = 302) -> Reply:
    """A redirect."""
    return Reply(status=status, headers={"Location": location})


class NoticeSite:
    """The site, between ``__enter__`` and ``__exit__``; ``asked`` is the log of what it was asked for."""

    def __init__(self, replies: Mapping[str, Reply] | None = None) -> None:
        """Prepare it; nothing listens yet."""
        self.replies = {"/robots.txt": Reply(status=404), **(replies or {})}
        self.asked: list[tuple[str, str]] = []
        self.agents: set[str] = set()
        self._over = threading.Event()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def url(self, path: str = "/demarche") -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}{path}"

    def paths(self, method: str = "GET") -> list[str]:
        return [path for asked, path in self.asked if asked == method and path != "/favicon.ico"]

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def _answer(self) -> None:
                site.asked.append((self.command, self.path))
                site.agents.add(self.headers.get("User-Agent", ""))
                site.answer(self, site.replies.get(self.path, Reply(status=404)))

            do_GET = do_POST = do_HEAD = do_PUT = do_OPTIONS = _answer  # noqa: N815 - the library's names

            @override
            def log_message(self, *_arguments: Any) -> None:
                """Write nothing."""

        return Handler

    def answer(self, handler: http.server.BaseHTTPRequestHandler, reply: Reply) -> None:
        """Send ``reply``, or what there is of it."""
        if reply.never:
            self._over.wait(ENDLESS_SECONDS)
            return
        body = reply.body.encode()
        handler.send_response(reply.status)
        handler.send_header("Content-Type", reply.media_type)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        if not reply.endless:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
        if reply.endless:
            handler.wfile.flush()
            self._over.wait(ENDLESS_SECONDS)
