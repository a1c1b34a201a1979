"""Every page of the local page in a real browser: French and English, telephone and large screen, light and dark.

A GET route that neither ``PAGES`` nor ``FILES`` visits fails the first test: a page is added there with its route.
Everybody can use each of them: axe-core finds nothing, and nothing is wider than the screen, with long words too.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import pytest
from playwright.sync_api import Browser, ViewportSize

from tests.exhibit_case import START
from tests.page import Page, served
from tests.page_case import no_keyring
from tests.page_tasks import put_tasks
from tests.page_visitor import PHONE, SCREEN, Visitor, route_of, routes, visiting
from tests.page_world import ALONE, CASE, CLOSED, ELSEWHERE, PASSPHRASE, PHOTO, UNREAD, WITH_YOU, World, make_world
from web.site import Site

pytestmark = pytest.mark.browser

NOW = START + timedelta(days=20, hours=4)  # some minutes past eleven in Paris
TASKS = (
    "running",
    "stopped",
    "refused",
    "broken",
    "attempt",
    "tour",
    "photo",
    "windows",
    "kept",
    "check",
    "verify",
    "entry",
    "export",
    "supplement",
)
Addresses = Callable[[World], tuple[str, ...]]


def at(*addresses: str) -> Addresses:
    return lambda _world: addresses


# Route → what is visited of it.
PAGES: Mapping[str, Addresses] = MappingProxyType(
    {
        "/": at("/"),
        "/procedures": at("/procedures", "/procedures?q=nowhere"),
        "/procedures/new": at("/procedures/new"),
        "/procedures/{procedure}": at(
            *(f"/procedures/{name}" for name in (ALONE, ELSEWHERE, WITH_YOU[0], PHOTO, UNREAD))
        ),
        "/procedures/{procedure}/edit": at(f"/procedures/{ALONE}/edit"),
        "/procedures/{procedure}/look/{sequence:number}": lambda world: (
            f"/procedures/{ALONE}/look/{world.picture}",
            f"/procedures/{ALONE}/look/{world.slot}",
        ),
        "/procedures/{procedure}/photo/{task}": at(f"/procedures/{PHOTO}/photo/photo"),
        "/tour": at(
            "/tour", f"/tour?passed={WITH_YOU[0]}", "&".join(("/tour?last=x", *(f"passed={one}" for one in WITH_YOU)))
        ),
        "/cases": at("/cases", "/cases?q=nobody"),
        "/cases/new": at("/cases/new"),
        "/cases/{code}": at(f"/cases/{CASE}", f"/cases/{CASE}?all=1", f"/cases/{CLOSED}"),
        "/cases/{code}/follow": at(f"/cases/{CASE}/follow"),
        "/cases/{code}/erase": at(f"/cases/{CASE}/erase"),
        "/cases/{code}/journal": lambda world: (f"/cases/{CASE}/journal", f"/cases/{CASE}/journal?slot={world.slot}"),
        "/cases/{code}/journal/open": at(f"/cases/{CASE}/journal/open"),
        "/cases/{code}/journal/{sequence:number}": lambda world: (f"/cases/{CASE}/journal/{world.step}",),
        "/cases/{code}/journal/{sequence:number}/erase": lambda world: (f"/cases/{CASE}/journal/{world.step}/erase",),
        "/cases/{code}/pieces": at(f"/cases/{CASE}/pieces"),
        "/cases/{code}/pieces/open": at(f"/cases/{CASE}/pieces/open"),
        "/cases/{code}/pieces/{sequence:number}": lambda world: (f"/cases/{CASE}/pieces/{world.piece}",),
        "/cases/{code}/pieces/{sequence:number}/erase": lambda world: (f"/cases/{CASE}/pieces/{world.piece}/erase",),
        "/cases/{code}/bundle": at(f"/cases/{CASE}/bundle"),
        "/captures": at("/captures", "/captures?outcome=maintenance"),
        "/captures/{sequence:number}": lambda world: tuple(
            f"/captures/{one}" for one in (world.picture, world.slot, world.missed, world.plan)
        ),
        "/messages": at("/messages"),
        "/verify": at("/verify"),
        "/tasks/{task}": at(*(f"/tasks/{name}" for name in TASKS)),
    }
)
FIRST = "/start"  # visited where there is no configuration yet
# Route → what is fetched of it, and what kind it is: to be kept, or a picture.
KEPT, PICTURE, PIECE = "application/octet-stream", "image/png", "text/html; charset=utf-8"
FILES: Mapping[str, tuple[Addresses, str]] = MappingProxyType(
    {
        "/tasks/{task}/state": (at("/tasks/running/state"), PIECE),
        "/procedures/{procedure}/look/{sequence:number}/picture": (
            lambda world: (f"/procedures/{ALONE}/look/{world.picture}/picture",),
            PICTURE,
        ),
        "/procedures/{procedure}/photo/{task}/picture": (at(f"/procedures/{PHOTO}/photo/photo/picture"), PICTURE),
        "/cases/{code}/journal/{sequence:number}/files/{number:number}": (
            lambda world: (f"/cases/{CASE}/journal/{world.step}/files/1",),
            KEPT,
        ),
        "/cases/{code}/pieces/{sequence:number}/files/{number:number}": (
            lambda world: (f"/cases/{CASE}/pieces/{world.piece}/files/1",),
            KEPT,
        ),
        "/tasks/{task}/made/{what}.zip": (
            at("/tasks/export/made/bundle.zip", "/tasks/export/made/letters.zip"),
            "application/zip",
        ),
        "/tasks/{task}/made/{what}/{number:number}": (
            at(*(f"/tasks/export/made/{what}/1" for what in ("upload", "models", "letters"))),
            KEPT,
        ),
        "/captures/{sequence:number}/record.json": (lambda world: (f"/captures/{world.picture}/record.json",), KEPT),
        "/captures/{sequence:number}/entry.json": (lambda world: (f"/captures/{world.picture}/entry.json",), KEPT),
        "/captures/{sequence:number}/files/{digest}": (
            lambda world: (f"/captures/{world.picture}/files/{world.digest}",),
            PICTURE,
        ),
        "/thumbnails/{digest}": (lambda world: (f"/thumbnails/{world.digest}?of={world.picture}",), PICTURE),
    }
)
# What cannot be had, with its status.
REFUSED = (("/nothing-there", 404), ("/captures?since=hier", 400), ("/tasks/attempt/made/bundle.zip", 410))


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How somebody looks at the pages: language, size of the screen, light or dark."""

    language: str
    viewport: ViewportSize
    scheme: Literal["light", "dark"]

    def name(self) -> str:
        return f"{self.language}-{self.viewport['width']}-{self.scheme}"


# The suite must end within a quarter of an hour; the actions are driven in the first two (test_page_actions).
MORE = (
    Look(language="fr", viewport=SCREEN, scheme="light"),
    Look(language="en", viewport=PHONE, scheme="light"),
    Look(language="fr", viewport=PHONE, scheme="dark"),
)
LOOKS = [
    Look(language="fr", viewport=PHONE, scheme="light"),
    Look(language="en", viewport=SCREEN, scheme="dark"),
    *(pytest.param(one, marks=pytest.mark.soak) for one in MORE),  # as above
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with no_keyring():
        yield make_world(tmp_path_factory.mktemp("walk"), lambda: NOW)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the files for the court lie that the page gives out."""
    return tmp_path_factory.mktemp("made")


@pytest.fixture(scope="module")
def station(world: World) -> Iterator[Page]:
    with served(world.site) as found:
        yield found


@pytest.fixture(scope="module")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with served(Site(config=tmp_path_factory.mktemp("new") / "config.toml")) as found:
        yield found


def test_every_route_that_shows_something_is_visited(world: World) -> None:
    assert {*PAGES, *FILES, FIRST} == routes("GET")
    for route, addresses in {**PAGES, **{name: every for name, (every, _kind) in FILES.items()}}.items():
        assert {route_of("GET", address) for address in addresses(world)} == {route}


@pytest.mark.parametrize("look", LOOKS, ids=Look.name)
def test_every_page_is_whole_in_its_language_and_keeps_nobody_out(
    reader: Browser, station: Page, world: World, made: Path, look: Look
) -> None:
    put_tasks(world, look.language, made)
    world.site.passphrase.remember(PASSPHRASE)
    found: list[str] = []
    with visiting(reader, station, look.language, look.viewport, color_scheme=look.scheme) as visitor:
        for addresses in PAGES.values():
            for address in addresses(world):
                visitor.open(address)
                found += visitor.look_closely()
        for address, status in REFUSED:
            visitor.open(address)
            found += visitor.look_closely(status=status)
        world.site.passphrase.forget()
        visitor.open(f"/cases/{CASE}/bundle")
        found += visitor.look_closely(status=401)
    assert not found, "\n".join(found)


def test_on_a_telephone_an_attempt_without_a_picture_takes_a_line_in_its_place(reader: Browser, station: Page) -> None:
    heights = {}
    for viewport in (PHONE, SCREEN):
        with visiting(reader, station, "fr", viewport) as visitor:
            visitor.open("/captures")
            box = visitor.tab.locator(".shot .none").first.bounding_box()
            assert box is not None
            heights[viewport["width"]] = box["height"]
    assert 3 * heights[PHONE["width"]] < heights[SCREEN["width"]]


@pytest.mark.parametrize("look", LOOKS, ids=Look.name)
def test_the_questions_of_the_first_run_keep_nobody_out(reader: Browser, beginning: Page, look: Look) -> None:
    with visiting(reader, beginning, look.language, look.viewport, color_scheme=look.scheme) as visitor:
        visitor.open(FIRST)
        found = [*visitor.look_closely(), *go_through(visitor)]
        visitor.open("/nothing-there")
        found += visitor.look_closely(status=404)
    assert not found, "\n".join(found)


# What is filled in on each page of questions: fields that are written, and buttons of a choice.
TYPED: tuple[tuple[Mapping[str, str], tuple[str, ...]], ...] = (
    ({}, ("#f-warned",)),
    ({"#f-url": "http://127.0.0.1:9/booking/create/1"}, ()),
    ({"#f-prefecture": "Préfecture de l’Exemple", "#f-label": "Démarche d’essai"}, ()),
    ({}, ("[name=conditions][value=silent]",)),
    ({}, ()),
    ({}, ("[name=channel][value=none]",)),
)


def go_through(visitor: Visitor) -> list[str]:
    """From the warning to the last question, each page looked at; nothing is written."""
    found: list[str] = []
    tab = visitor.tab
    for fields, ticks in TYPED:
        for name, text in fields.items():
            tab.fill(name, text)
        for tick in ticks:
            tab.check(tick)
        if tab.locator("#f-platform").count():
            tab.select_option("#f-platform", "ezbooking")
        tab.click("button[value=next]")
        tab.wait_for_load_state()
        found += visitor.look_closely()
    assert tab.locator("[name=step]").get_attribute("value") == "hours"
    return found


def test_what_is_to_be_kept_is_given_as_a_file_and_pictures_as_pictures(
    station: Page, world: World, made: Path
) -> None:
    put_tasks(world, "fr", made)
    world.site.passphrase.remember(PASSPHRASE)
    for addresses, kind in FILES.values():
        for address in addresses(world):
            answer = station.get(address)
            assert (answer.status_code, answer.headers["content-type"]) == (200, kind), address
            assert answer.content
            is_kept = "attachment" in answer.headers.get("content-disposition", "")
            assert is_kept == (kind not in {PICTURE, PIECE}), address


@pytest.mark.parametrize("language", ["fr", "en"])
def test_whoever_has_not_the_address_reads_what_to_do(reader: Browser, station: Page, language: str) -> None:
    """Of a stranger nothing is known but the language of the browser; an old form is refused as a page of ours."""
    with visiting(reader, station, language, PHONE) as visitor:
        visitor.open("/cases/new")
        visitor.tab.evaluate("document.querySelector('main [name=secret]').value = 'old'")
        with visitor.tab.expect_navigation():
            visitor.tab.click("main form button")
        found = visitor.look(status=403, with_axe=True)
        visitor.tab.context.clear_cookies()
        visitor.open("/cases")
        found += visitor.look(status=403, with_axe=True)
    assert not found, "\n".join(found)
