"""A capture on paper: what it tells, whole, and nothing that can only be pressed."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.page import served
from tests.page_case import no_keyring, write_config
from tests.page_store import make_page_store
from tests.page_visitor import PHONE
from web.site import Site

pytestmark = pytest.mark.browser

# What is printed though it is of no use there; what is cut; which pictures have not come.
WRONG = """() => {
  const pressed = [...document.querySelectorAll("nav, button, footer, input, a.button")];
  const shown = pressed.filter(one => one.checkVisibility());
  const cut = [...document.querySelectorAll(".wide, pre")].filter(one => one.scrollHeight > one.clientHeight + 2);
  const missing = [...document.images].filter(one => !one.complete || !one.naturalWidth);
  return [...shown, ...cut, ...missing].map(one => one.outerHTML.slice(0, 80));
}"""


def test_a_capture_is_printed_whole_and_without_what_is_pressed(reader: Browser, tmp_path: Path) -> None:
    made = make_page_store(write_config(tmp_path))
    with (
        no_keyring(),
        served(Site(config=made.config)) as page,
        reader.new_context(viewport=PHONE, color_scheme="dark") as context,
    ):
        tab = context.new_page()
        tab.goto(page.opened)
        tab.wait_for_url(f"{page.origin}/")  # the address leads on by itself
        tab.goto(f"{page.origin}/captures/{made.ordinary}")
        assert tab.evaluate(WRONG) != []  # the navigation, at least
        tab.emulate_media(media="print")
        assert tab.evaluate(WRONG) == []
        assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
