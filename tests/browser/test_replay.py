"""The bundle's web archive in ReplayWeb.page, the program that its reader is told to open it with."""

import http.server
import json
import re
import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Frame, Page, Playwright, Route
from typing_extensions import override

from capture.driver import started_driver
from demo.scenario import Page as Shown
from demo.scenario import Procedure
from demo.server import ReplicaServer
from exhibits.export import ExportRequest, export
from scheduler.job import capture_and_record, open_workshop
from temoin.settings import load_settings

pytestmark = pytest.mark.browser
ARCHIVE = "data/3_PREUVES/captures.wacz"
SENTENCE = "Il n'existe plus de plage horaire libre pour votre demande de rendez-vous"
OPENED = """<!doctype html><html lang=en><script src="/ui.js"></script><body style="margin:0;height:100vh">
<replay-web-page source="/captures.wacz" url="{url}" ts="{ts}" embed="default" replayBase="/replay/"
style="height:100%"></replay-web-page></body></html>"""


@pytest.fixture(scope="module")
def viewer(repository: Path) -> Path:
    """The folder of ReplayWeb.page's two files, as `make test-tools` fetches them."""
    spec = spec_from_file_location("prepare", repository / "tools" / "prepare.py")
    assert spec is not None
    assert spec.loader is not None
    prepare = module_from_spec(spec)
    spec.loader.exec_module(prepare)
    place: Path = prepare.replay_place()
    if not all((place / name).is_file() for name in prepare.REPLAY_FILES):
        pytest.skip(f"{prepare.REPLAY} (npm) is not there: `make test-tools` sees to it")
    return place


@pytest.fixture
def driver() -> Iterator[Playwright]:
    """One driver for the visits and for their reader: a thread has one at a time."""
    with started_driver() as started:
        yield started


@pytest.fixture
def page(driver: Playwright, browser_type_launch_args: dict[str, Any]) -> Iterator[Page]:
    """A page of an ordinary browser, without our guard."""
    with driver.chromium.launch(**browser_type_launch_args) as browser:
        yield browser.new_page()


@pytest.fixture
def archive(loopback_config: Callable[..., Path], tmp_path: Path, driver: Playwright) -> Path:
    """The archive of a bundle of two visits of a replica, which is gone by then."""
    procedure = Procedure(platform="ezbooking", id="4963", pages=(Shown.NO_SLOT,))
    with ReplicaServer([procedure]) as server:
        settings = load_settings(loopback_config(server.address("4963"), more='[browser]\nview = "page"\n'))
        with open_workshop(settings, assisted=False, driver=driver) as workshop:
            for _visit in range(2):
                capture_and_record(workshop, settings.procedures[0])
            request = ExportRequest(case="dossier-1", out=tmp_path / "out")
            made = export(workshop.store, settings, request, now=datetime.now(UTC))
    return made.path / ARCHIVE


class _Viewer(http.server.ThreadingHTTPServer):
    """Serves the viewer and one archive, ranges included, since it reads of an archive only what it shows."""

    daemon_threads = True

    def __init__(self, viewer: Path, archive: Path, opened: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        script = "text/javascript"
        self.files = {
            "/": (opened.encode(), "text/html"),
            "/ui.js": ((viewer / "ui.js").read_bytes(), script),
            "/replay/sw.js": ((viewer / "sw.js").read_bytes(), script),
            "/captures.wacz": (archive.read_bytes(), "application/wacz"),
        }


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Viewer

    def do_GET(self) -> None:
        data, media_type = self.server.files.get(self.path.split("?")[0], (b"", ""))
        found = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        self.send_response(404 if not media_type else 206 if found else 200)
        if found:
            first, last = (int(number) if number else None for number in found.groups())
            start = len(data) - (last or 0) if first is None else first
            end = len(data) if first is None or last is None else min(last + 1, len(data))
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(data)}")
            data = data[start:end]
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    @override
    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def opened(viewer: Path, archive: Path) -> Iterator[str]:
    """The address at which the archive stands open at its last captured page."""
    with zipfile.ZipFile(archive) as packed:
        pages = [json.loads(line) for line in packed.read("pages/pages.jsonl").splitlines()][1:]
        package = json.loads(packed.read("datapackage.json"))
    assert len(pages) == 2
    assert (package["mainPageUrl"], package["mainPageDate"]) == (pages[-1]["url"], pages[-1]["ts"])
    stamp = re.sub(r"\D", "", pages[-1]["ts"])
    with _Viewer(viewer, archive, OPENED.format(url=pages[-1]["url"], ts=stamp)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_the_archive_opens_at_the_captured_page_and_asks_nothing_of_the_site(opened: str, page: Page) -> None:
    strangers: list[str] = []

    def judge(route: Route) -> None:
        if route.request.url.startswith(opened):
            route.continue_()
        else:
            strangers.append(route.request.url)
            route.abort()

    page.context.route("**", judge)
    page.goto(opened)
    replayed = _replayed(page)
    assert SENTENCE in replayed.inner_text("form#FormBookingCreate")
    replayed.wait_for_function("[...document.images].every((image) => image.complete)")
    widths = replayed.evaluate("[...document.images].map((image) => image.naturalWidth)")
    assert widths
    assert all(widths), "pictures that the second visit only referred to are shown"
    assert replayed.evaluate("[...document.styleSheets].some((sheet) => sheet.cssRules.length > 20)")
    assert strangers == []


def _replayed(page: Page) -> Frame:
    """The frame in which the captured page is played again, once it says something."""
    for _try in range(300):
        for frame in page.frames:
            if "mp_/http" in frame.url and frame.query_selector("form#FormBookingCreate"):
                return frame
        page.wait_for_timeout(100)
    raise AssertionError([frame.url for frame in page.frames])
