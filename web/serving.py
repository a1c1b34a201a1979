"""Running the page: a socket of this machine's own, one line that says where, and an end that leaves nothing behind."""

import socket
from collections.abc import Callable

import uvicorn

from scheduler.served import served_address
from temoin.errors import UsageError
from temoin.messages import _
from web.app import build_app
from web.site import Site

ADDRESS = "127.0.0.1"
USUAL_PORT = 8377
_MOST_AT_ONCE = 200  # connections; a browser opens six
_LEAVE_SECONDS = 3
_BACKLOG = 64


def listen(port: int | None) -> socket.socket:
    """A socket on the loopback: at ``port``, or where none is named at the usual one, or any that is free.

    Raises:
        UsageError: the port that was named is taken.
    """
    for wanted in (USUAL_PORT, 0) if port is None else (port,):
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((ADDRESS, wanted))
        except OSError:
            listening.close()
            continue
        listening.listen(_BACKLOG)
        return listening
    raise UsageError(
        _("Port {port} is taken.").format(port=port), remedy=_("Name another one, or none: a free one is found.")
    )


def open_already(site: Site) -> str | None:
    """Where the page of the site's data folder is open, token included; None where none is, or nothing is set yet.

    Raises:
        ConfigError: the configuration cannot be used.
        StoreError: the folder cannot be read.
    """
    return served_address(site.settings().station.data_dir) if site.is_configured else None


def serve(site: Site, listening: socket.socket, *, ready: Callable[[str], object]) -> None:
    """Serve until stopped; ``ready`` is told the address to open, token included.

    Raises:
        ConfigError: the configuration cannot be used.
        StoreError: the folder cannot be written.
        UsageError: another page has been opened meanwhile for the same data folder.
    """
    port = listening.getsockname()[1]
    site.address = f"http://{ADDRESS}:{port}/?token={site.token}"
    configuration = uvicorn.Config(
        build_app(site, port=port),
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=_MOST_AT_ONCE,
        timeout_graceful_shutdown=_LEAVE_SECONDS,
        proxy_headers=False,
        ws="none",
    )
    try:
        _take_place(site)
        ready(site.address)
        uvicorn.Server(configuration).run(sockets=[listening])
    finally:
        site.tasks.stop_all()
        site.place.leave()
        listening.close()


def _take_place(site: Site) -> None:
    """Make this page that of its data folder; before the first run there is none."""
    if not site.is_configured:
        return
    site.prepare()
    if not site.place.is_held:
        raise UsageError(
            _("The page has just been opened by another program."),
            remedy=_("Run “temoin serve” again: it leads to that one."),
        )
