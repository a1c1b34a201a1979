"""The rows of the local page: what a page of a large station costs at its server, from the question to its last byte.

The server is the real one, in a thread of this process, asked over a socket of the loopback: the client's share, a few
milliseconds, is in the figure. Each page is asked for once before it is measured, as a browser does with the first.
"""

import http.client
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn
from PIL import Image

from benchmarks.measure import Row, milliseconds, repeated
from benchmarks.records import Place, procedure_name
from benchmarks.register import fill, open_cases
from exhibits.journal import NewStep, add_step
from store.store import Store
from temoin.records import JournalKind, PieceUse
from web.app import ROUTES, build_app
from web.serving import listen
from web.site import Site

ATTEMPTS, FOLLOWED, CASES = 200_000, 500, 300
BUDGET = 200  # ms (issue: the local page)
TIMES = 15
MIDDLE = 100_008  # an attempt of procedure 7: the first entry is one of procedure 0
_PROCEDURE = """
[[procedures]]
id = "{id}"
prefecture = "Préfecture d’essai n° {number}"
label = "Démarche d’essai"
url = "http://127.0.0.1:9/booking/create/{number}"
platform = "ezbooking"
terms_read = 2026-01-01
"""
_CASE = "/cases/case-007"
_STEPS = 200  # of its journal, and as many own pieces
# Not asked: what is under way or was made, which is read from this process alone and needs a program that told it;
# the first run, which there is no more.
_OF_TASKS, _FIRST_RUN = "{task}", "/start"


def rows(folder: Path) -> Iterator[Row]:
    """One row for each address that is read: 200,000 attempts, 500 procedures, 300 cases, 400 added things."""
    config = _station(folder)
    now = Place(number=ATTEMPTS).at
    site = Site(config=config, now=lambda: now)
    site.passphrase.remember("une phrase de passe d’essai")
    pages = _pages(*_add(site))
    _check_all(pages)
    with _served(site) as (port, cookie):
        for path, words in pages.items():

            def ask(path: str = path) -> float:
                return milliseconds(lambda: _get(port, path, cookie))

            sample = repeated(ask, times=TIMES, unmeasured=1)
            yield Row(what=f"page {words} at {ATTEMPTS:,} attempts", unit="ms", limit=BUDGET, ours=sample)


def _pages(step: int, piece: int, digest: str) -> dict[str, str]:
    """Every address that is read, and what to call it; first those that everybody sees."""
    middle, one = MIDDLE, procedure_name(7)
    capture, journal, pieces = f"/captures/{middle}", f"{_CASE}/journal", f"{_CASE}/pieces"
    paths = (
        *("/", "/procedures", f"/procedures?after={procedure_name(250)}", f"/procedures/{one}", "/procedures/new"),
        *(f"/procedures/{one}/edit", "/tour", "/messages", "/procedures?q=essai+444", "/procedures?q=aucune"),
        *(
            "/cases",
            "/cases?after=case-150",
            "/cases?q=27",
            "/cases?q=essai+44",
            "/cases/new",
            _CASE,
            f"{_CASE}/follow",
            f"{_CASE}/erase",
        ),
        *(journal, f"{journal}/open", f"{journal}/{step}", f"{journal}/{step}/files/1", f"{journal}/{step}/erase"),
        *(pieces, f"{pieces}/open", f"{pieces}/{piece}", f"{pieces}/{piece}/files/1", f"{pieces}/{piece}/erase"),
        f"{_CASE}/bundle",
        *("/captures", f"/captures?procedure={one}", "/captures?outcome=no_slot", "/captures?outcome=captcha_required"),
        *(f"/captures?before={middle}", "/captures?since=2026-01-20&until=2026-01-21"),
        *(capture, f"{capture}/record.json", f"{capture}/entry.json", f"{capture}/files/{digest}"),
        *(f"/thumbnails/{digest}", *(f"/procedures/{one}/look/{middle}", f"/procedures/{one}/look/{middle}/picture")),
        "/verify",
    )
    shown = {str(middle): "N", str(step): "N", str(piece): "N", digest: "DIGEST"}
    return {path: f"`{_shown(path, shown)}`" for path in paths}


def _shown(path: str, names: Mapping[str, str]) -> str:
    return "/".join(names.get(part, part) for part in path.split("/"))


def _check_all(paths: Iterable[str]) -> None:
    """Stop where a page exists that is not asked for: a new one must have its figure."""
    read = [route for route in ROUTES if "GET" in (route.methods or ())]
    asked = {next(one.path for one in read if one.path_regex.match(urlsplit(path).path)) for path in paths}
    left = sorted({one.path for one in read if _OF_TASKS not in one.path} - {*asked, _FIRST_RUN})
    if left:
        raise SystemExit(f"not measured: {' '.join(left)}")


def _add(site: Site) -> tuple[int, int, str]:
    """A journal and own pieces: the newest entry of either, and the digest of a picture."""
    settings, keys = site.settings(), site.passphrase.keys()
    picture = site.config.with_name("preuve.png")
    Image.new("RGB", (60, 40), "white").save(picture)
    with site.writing() as store:
        newest = [
            add_step(
                store,
                settings,
                NewStep(kind=kind, on=site.now().date(), title="Essai", text="Texte d’essai. " * 20, files=(picture,)),
                code=_CASE.rpartition("/")[2],
                keys=keys,
                now=site.now(),
            ).sequence
            for kind in (JournalKind.EMAIL, PieceUse.OTHER)
            for _number in range(_STEPS)
        ]
        parts = store.record(MIDDLE)["parts"]
    return newest[_STEPS - 1], newest[-1], str(parts[0]["artefacts"][0]["sha256"])


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
