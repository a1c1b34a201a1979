"""The local page without a mouse: Tab reaches all that can be used, in the order of the page, and is always seen."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.exhibit_case import START
from tests.page import Page, served
from tests.page_case import no_keyring
from tests.page_tasks import put_tasks
from tests.page_visitor import PHONE, SCREEN, Visitor, visiting
from tests.page_world import ALONE, CASE, World, make_world
from web.site import Site

pytestmark = pytest.mark.browser

NOW = START + timedelta(days=20, hours=4)
MOST_STOPS = 250  # of Tab on one page; a date has several
# Everything that a person may use and that is seen; of a group of buttons of which one is chosen, that one.
_MARKED = """() => {
  const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')];
  const group = (one) => [...document.getElementsByName(one.name)];
  const reached = all.filter((one) => one.type !== 'hidden' && one.tabIndex >= 0 && one.checkVisibility() &&
    (one.type !== 'radio' || one.checked || (!group(one).some((each) => each.checked) && group(one)[0] === one)));
  reached.forEach((one, place) => one.setAttribute('data-stop', place));
  return reached.map((one) => one.outerHTML.slice(0, 100));
}"""
_FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const style = getComputedStyle(one), box = one.getBoundingClientRect();
  return {
    stop: Number(one.getAttribute('data-stop') ?? -1), html: one.outerHTML.slice(0, 100),
    seen: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 && box.width > 0 && box.left >= 0
      && box.left < innerWidth && box.bottom > 0 && box.top < innerHeight,
  };
}"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with no_keyring():
        found = make_world(tmp_path_factory.mktemp("keys"), lambda: NOW)
        put_tasks(found, "en", tmp_path_factory.mktemp("made"))
        yield found


@pytest.fixture(scope="module")
def station(world: World) -> Iterator[Page]:
    with served(world.site) as found:
        yield found


@pytest.fixture(scope="module")
def visitor(reader: Browser, station: Page) -> Iterator[Visitor]:
    with visiting(reader, station, "en", SCREEN) as found:
        yield found


def stops(visitor: Visitor) -> list[dict[str, Any]]:
    """Where Tab goes from the top of the page until it leaves it, each stop once."""
    found: list[dict[str, Any]] = []
    for _press in range(MOST_STOPS):
        visitor.tab.keyboard.press("Tab")
        focused = visitor.tab.evaluate(_FOCUSED)
        if focused is None or (found and focused["stop"] == 0):
            return found
        if not found or found[-1]["stop"] != focused["stop"]:
            found.append(focused)
    raise AssertionError("Tab never leaves the page")


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/procedures/new",
        f"/procedures/{ALONE}",
        f"/procedures/{ALONE}/edit",
        "/cases",
        f"/cases/{CASE}",
        f"/cases/{CASE}/journal",
        f"/cases/{CASE}/erase",
        "/captures?outcome=slot_seen",
        "/verify",
        "/tasks/export",
        "/nothing-there",
    ],
)
def test_tab_reaches_all_that_can_be_used_and_where_it_is_is_seen(visitor: Visitor, address: str) -> None:
    visitor.open(address)
    expected = visitor.tab.evaluate(_MARKED)
    found = stops(visitor)
    assert [one["html"] for one in found if not one["seen"]] == []
    assert [one["stop"] for one in found] == list(range(len(expected))), [one["html"] for one in found]


def test_the_first_stop_leads_past_the_menu(visitor: Visitor) -> None:
    visitor.open("/cases")
    tab = visitor.tab
    tab.keyboard.press("Tab")
    skip = tab.locator(".skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    tab.keyboard.press("Enter")
    expect(tab.locator("main")).to_be_focused()
    tab.keyboard.press("Tab")
    expect(tab.locator('main a[href="/cases/new"]')).to_be_focused()
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", level=1)).to_have_text("Open a dossier")


def test_what_is_folded_opens_and_closes_and_a_title_to_copy_is_chosen_whole(visitor: Visitor) -> None:
    tab = visitor.tab
    visitor.open("/verify")
    summary = tab.locator("summary").first
    summary.focus()
    for key, is_open in (("Enter", True), ("Space", False), ("Enter", True), ("Enter", False)):
        tab.keyboard.press(key)
        assert summary.evaluate("one => one.parentElement.open") is is_open
    visitor.open("/tasks/export")
    tab.locator("#t-1").focus()
    assert tab.evaluate("getSelection().toString()") == tab.locator("#t-1").input_value()


def test_a_first_run_begins_without_a_mouse(reader: Browser, tmp_path: Path) -> None:
    """A box is ticked with Space, Enter sends the page, an answer is chosen with the arrows."""
    with (
        served(Site(config=tmp_path / "config.toml"), language="fr") as page,
        visiting(reader, page, "fr", PHONE) as visitor,
    ):
        tab = visitor.tab
        tab.keyboard.press("Tab")
        tab.keyboard.press("Enter")  # past the menu
        tab.keyboard.press("Tab")
        tab.keyboard.press("Space")
        tab.keyboard.press("Tab")
        expect(tab.get_by_role("button", name="Continuer")).to_be_focused()
        tab.keyboard.press("Enter")
        expect(tab.get_by_role("heading", level=1)).to_have_text("L’adresse")
        tab.locator("#f-url").focus()
        tab.keyboard.type("http://127.0.0.1:9/booking/create/1")
        tab.keyboard.press("Enter")
        tab.locator("#f-platform").focus()
        tab.keyboard.type("ezb")
        for field, text in (("#f-prefecture", "Préfecture de l’Exemple"), ("#f-label", "Démarche d’essai")):
            tab.locator(field).focus()
            tab.keyboard.type(text)
        tab.keyboard.press("Enter")
        expect(tab.get_by_role("heading", level=1)).to_have_text("Les conditions du site")
        tab.locator("[name=conditions]").first.focus()
        tab.keyboard.press("ArrowDown")
        expect(tab.locator("[name=conditions]").nth(1)).to_be_checked()
        tab.keyboard.press("Enter")
        expect(tab.get_by_role("heading", level=1)).to_have_text("Qui regarde la page ?")
