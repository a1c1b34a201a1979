"""The rows of the local page: what a page of a large station costs at its server, from the question to its last byte.

The server is the real one, in a thread of this process, asked over a socket of the loopback: the client's share, a few
milliseconds, is in the figure. Each page is asked for once before it is measured, as a browser does with the first.
"""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from benchmarks.measure import Row, milliseconds, repeated
from benchmarks.records import Place, procedure_name
from benchmarks.register import fill, open_cases
from store.store import Store
from web.app import build_app
from web.serving import listen
from web.site import Site

ATTEMPTS, FOLLOWED, CASES = 200_000, 500, 300
BUDGET = 200  # ms (issue: the local page)
TIMES = 15
_PROCEDURE = """
[[procedures]]
id = "{id}"
prefecture = "Préfecture d’essai n° {number}"
label = "Démarche d’essai"
url = "http://127.0.0.1:9/booking/create/{number}"
platform = "ezbooking"
terms_read = 2026-01-01
"""
_PAGES = (
    "/",
    "/procedures",
    f"/procedures?after={procedure_name(250)}",
    f"/procedures/{procedure_name(7)}",
    "/cases",
    "/cases/case-007",
    "/cases/case-007/journal",
    "/cases/case-007/bundle",
    "/captures",
    f"/captures?procedure={procedure_name(7)}",
    "/captures?outcome=no_slot",
    f"/captures?before={ATTEMPTS // 2}",
    f"/captures/{ATTEMPTS // 2}",
    "/verify",
)


def rows(folder: Path) -> Iterator[Row]:
    """One row a page: 200,000 attempts, 500 procedures, 300 cases."""
    config = _station(folder)
    now = Place(number=ATTEMPTS).at
    with _served(Site(config=config, now=lambda: now)) as (port, cookie):
        for path in _PAGES:

            def ask(path: str = path) -> float:
                return milliseconds(lambda: _get(port, path, cookie))

            sample = repeated(ask, times=TIMES, unmeasured=1)
            yield Row(what=f"page `{path}` at {ATTEMPTS:,} attempts", unit="ms", limit=BUDGET, ours=sample)


def _station(folder: Path) -> Path:
    fill(folder / "evidence", ATTEMPTS)
    with Store.open(folder / "evidence", now=lambda: Place(number=ATTEMPTS).at) as store:
        open_cases(store, folder / "evidence", {f"case-{number:03d}": (number + 1,) for number in range(CASES)})
    config = folder / "config.toml"
    tables = [_PROCEDURE.format(id=procedure_name(number), number=number) for number in range(FOLLOWED)]
    config.write_text("\n".join(['[station]\ndata_dir = "evidence"', *tables]), encoding="utf-8")
    return config


@contextmanager
def _served(site: Site) -> Iterator[tuple[int, str]]:
    """The page, on a port, and the cookie of somebody who opened it."""
    listening = listen(None)
    port = listening.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(build_app(site, port=port), log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        cookie = _get(port, f"/?token={site.token}", "").getheader("set-cookie", "").partition(";")[0]
        yield port, cookie
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def _get(port: int, path: str, cookie: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
        answer = connection.getresponse()
        answer.read()
        if answer.status != http.client.OK:
            raise SystemExit(f"{path}: {answer.status}")
        return answer
    finally:
        connection.close()
