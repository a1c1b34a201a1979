"""The local page under attack: hostile words in every captured field, other people's forms, paths, floods.

Whatever comes is refused or served: nothing leaks, nothing falls over, and no answer is a 500.
"""

import html.parser
import io
import socket
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from starlette.routing import Route
from typing_extensions import override

from store.store import Store
from temoin.records import Kind, Outcome
from tests.exhibit_case import CASE, CRETEIL, START, Try, build_record_of, part
from tests.page import Page, served
from tests.page_case import NOW, make_site, no_keyring
from web.app import ROUTES
from web.site import Site

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}\u202e\u0001</pre></textarea>"
PATHS = [route for route in ROUTES if "GET" in (route.methods or ())]
CHANGES = [route for route in ROUTES if "POST" in (route.methods or ())]
WAIT_SECONDS = 60.0
TRAVERSALS = ("..", "../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%00", "%2e%2e", "a" * 5000, "-1", "9" * 40, "٣")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A store in which every word that a site or a person may choose is hostile."""
    folder = tmp_path_factory.mktemp("page")
    site = make_site(folder)
    with Store.open(folder / "evidence", now=lambda: NOW) as store:
        add_hostile(store)
    with no_keyring(), served(site) as found:
        yield found


def add_hostile(store: Store) -> None:
    """Attempts whose sentence, label, address and page are HOSTILE, of each outcome that a page can cause."""
    procedure = {**CRETEIL, "prefecture": HOSTILE, "label": HOSTILE, "choices": [HOSTILE]}
    for number, outcome in enumerate((Outcome.NO_SLOT, Outcome.SLOT_SEEN, Outcome.UNRECOGNISED)):
        one = Try(
            at=START + timedelta(days=15, hours=number),
            procedure=procedure,
            outcome=outcome,
            reason=HOSTILE if outcome is Outcome.UNRECOGNISED else None,
            url=f"http://127.0.0.1:9/{HOSTILE}",
            parts=(replace(part(sentence=HOSTILE), label=HOSTILE, outcome=outcome),),
        )
        visit, record = build_record_of(one)
        for shown in visit.parts:
            store.put_all([found.data for found in shown.artefacts])
        store.append(kind=Kind.ATTEMPT, record=record, at=one.at, procedure=procedure["id"])


class Elements(html.parser.HTMLParser):
    """The elements of a page, and the attributes that run something."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.odd: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "script":
            self.scripts.append(values.get("src") or "inline")
        self.odd += [f"{tag} {name}" for name in values if name.startswith("on") or name == "style"]
        if tag == "img" and not (values.get("src") or "").startswith("/"):
            self.odd.append(f"img {values.get('src')}")
        if tag in {"iframe", "object", "embed", "base", "link"} and not (values.get("href") or "").startswith(
            "/static"
        ):
            self.odd.append(tag)


def hostile_pages(page: Page) -> list[str]:
    found = page.get("/captures").text
    sequences = [int(one.split('"')[0]) for one in found.split('href="/captures/')[1:] if one.split('"')[0].isdigit()]
    newest = max(sequences)
    own = ("/", "/captures", "/procedures", f"/procedures/{CRETEIL['id']}", "/cases", f"/cases/{CASE}")
    return [*own, f"/cases/{CASE}/bundle", *(f"/captures/{newest - back}" for back in range(3))]


def test_no_captured_word_becomes_part_of_a_page(page: Page) -> None:
    seen = 0
    for address in hostile_pages(page):
        answer = page.get(address)
        assert answer.status_code == 200, address
        elements = Elements()
        elements.feed(answer.text)
        assert elements.odd == [], address
        assert all(source.startswith("/static/") for source in elements.scripts), address
        assert "49" not in answer.text or "{{7*7}}" in answer.text, address
        seen += answer.text.count("&lt;script&gt;alert(1)")
    assert seen >= 3


def test_what_was_captured_is_sent_as_a_file_or_a_picture_and_never_as_a_page(page: Page) -> None:
    for address in hostile_pages(page)[-3:]:
        shown = page.get(address).text
        files = [f"{address}/files/{one.split(chr(34))[0]}" for one in shown.split(f'href="{address}/files/')[1:]]
        assert files
        for file in [*files, f"{address}/record.json", f"{address}/entry.json"]:
            answer = page.get(file)
            assert answer.status_code == 200
            kind, disposition = answer.headers["content-type"], answer.headers.get("content-disposition", "")
            assert kind == "image/png" or disposition.startswith("attachment"), (file, kind)
            assert "html" not in kind


@pytest.mark.parametrize("route", [route for route in PATHS if "{" in route.path], ids=lambda route: route.path)
def test_no_path_leads_elsewhere(page: Page, route: Route) -> None:
    for text in TRAVERSALS:
        path = fill_path(route.path, text)
        answer = page.get(path)
        assert answer.status_code < 500, path[:200]
        assert "root:" not in answer.text


def fill_path(path: str, text: str) -> str:
    """The route's path with ``text`` in the place of each of its names."""
    pieces = path.replace("{", "\0{").replace("}", "}\0").split("\0")
    return "".join(text if piece.startswith("{") else piece for piece in pieces)


@pytest.mark.parametrize("route", CHANGES, ids=lambda route: route.path)
def test_no_form_of_others_is_acted_upon(page: Page, route: Route) -> None:
    path = fill_path(route.path, "1")
    before = page.site.tasks.running()
    own = {"origin": page.origin}
    for headers, data in (
        ({}, {"secret": page.site.form_secret}),
        ({"origin": "http://127.0.0.1.example.org"}, {"secret": page.site.form_secret}),
        (own, {}),
        (own, {"secret": "x"}),
        (own, {"secret": page.site.session}),
    ):
        answer = page.client.post(path, data=data, headers=headers)
        assert answer.status_code in {403, 404}, path
    assert page.client.get(path).status_code in {200, 303, 400, 401, 404, 405}
    assert page.site.tasks.running() == before


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
def test_other_methods_do_nothing(page: Page, method: str) -> None:
    for path in ("/", "/cases", f"/cases/{CASE}", "/static/style.css"):
        answer = page.client.request(method, path, headers={"origin": page.origin})
        assert answer.status_code in {403, 405}


def archive(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members:
            file.writestr(name, data)
    return out.getvalue()


UPLOADS = {
    "nothing": b"",
    "no archive": b"\x89PNG\r\n\x1a\n" + b"x" * 100,
    "out of its folder": archive(("../../out.txt", b"x")),
    "absolute": archive(("/tmp/out.txt", b"x")),
    "twice": archive(("bag/a.txt", b"x"), ("bag/A.txt", b"y")),
    "a bomb": archive(("bag/a.txt", b"\0" * 60_000_000)),
    "cut off": archive(("bag/bagit.txt", b"BagIt-Version: 1.0\n"))[:-40],
}


@pytest.mark.parametrize("name", UPLOADS)
def test_an_archive_that_is_none_or_that_is_hostile_is_refused_in_a_sentence(
    page: Page, name: str, tmp_path: Path
) -> None:
    file = {"bundle": ("dossier.zip", UPLOADS[name], "application/zip")}
    answer = page.client.post(
        "/verify/bundle", data={"secret": page.site.form_secret}, files=file, headers={"origin": page.origin}
    )
    if answer.status_code == 303:  # what is in it is looked at by another process
        task = page.site.tasks.get(answer.headers["location"].rpartition("/")[2])
        assert task is not None
        until(lambda: not task.is_running)
        assert (task.state, task.result) == ("failed", None)
        answer = page.get(answer.headers["location"])
    else:
        assert answer.status_code in {400, 413}
    assert 'role="alert"' in answer.text
    assert "not expected" not in answer.text
    assert not Path("/tmp/out.txt").exists()
    assert not list(tmp_path.rglob("out.txt"))


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_slow_ones_and_silent_ones_keep_nobody_waiting(page: Page) -> None:
    port = int(page.origin.rpartition(":")[2])
    idle = [socket.create_connection(("127.0.0.1", port)) for _one in range(60)]
    try:
        for number, one in enumerate(idle):
            one.sendall(b"POST /language HTTP/1.1\r\nHost: 127.0.0.1"[: number + 1])
        assert page.get("/cases").status_code == 200
    finally:
        for one in idle:
            one.close()


def test_fifty_at_once_are_all_served(page: Page) -> None:
    addresses = hostile_pages(page)

    def ask(number: int) -> int:
        with httpx.Client(base_url=page.origin, cookies=page.client.cookies, timeout=60) as client:
            return client.get(addresses[number % len(addresses)]).status_code

    with ThreadPoolExecutor(50) as pool:
        assert set(pool.map(ask, range(100))) == {200}


def test_nothing_secret_is_in_an_answer_where_it_does_not_belong(page: Page) -> None:
    for address in (*hostile_pages(page), "/verify", "/nothing"):
        answer = page.get(address)
        assert page.site.token not in answer.text
        assert page.site.session not in answer.text
        assert page.site.token not in str(answer.headers)


def test_a_site_without_a_configuration_stands_the_same(tmp_path: Path) -> None:
    with served(Site(config=tmp_path / "config.toml")) as new:
        for route in PATHS:
            assert new.get(fill_path(route.path, "1")).status_code < 500, route.path
