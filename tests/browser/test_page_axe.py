"""The local page for those who do not see it, cannot use a mouse or have a small screen: axe-core finds nothing.

A page must also fit its screen, with long words too: nothing is wider than it but what scrolls by itself.
"""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ViewportSize

from tests.exhibit_case import CASE, CRETEIL
from tests.page import Page, served
from tests.page_case import make_site, no_keyring
from tests.page_width import stretch, too_wide
from web.site import Site

pytestmark = pytest.mark.browser

PHONE, SCREEN = ViewportSize(width=360, height=740), ViewportSize(width=1280, height=800)
PROCEDURE = CRETEIL["id"]
ADDRESSES = (
    "/",
    "/procedures",
    "/procedures/new",
    f"/procedures/{PROCEDURE}",
    f"/procedures/{PROCEDURE}/edit",
    "/cases",
    "/cases/new",
    f"/cases/{CASE}",
    f"/cases/{CASE}/follow",
    f"/cases/{CASE}/erase",
    f"/cases/{CASE}/journal",
    f"/cases/{CASE}/pieces",
    f"/cases/{CASE}/bundle",
    "/captures",
    "/captures?outcome=slot_seen",
    "/verify",
    "/nothing-there",
)


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with no_keyring(), served(make_site(tmp_path_factory.mktemp("page"))) as found:
        yield found


@pytest.fixture(scope="module")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with served(Site(config=tmp_path_factory.mktemp("new") / "config.toml")) as found:
        yield found


def violations(browser: Browser, page: Page, addresses: tuple[str, ...], **look: object) -> list[str]:
    """What axe finds on each page, and each page that is wider than its screen."""
    found: list[str] = []
    context = browser.new_context(**look)  # type: ignore[arg-type] # as the test names them
    try:
        opened = context.new_page()
        opened.goto(page.opened)
        opened.wait_for_url(re.compile(rf"^{page.origin}/(start)?$"))
        for address in addresses:
            opened.goto(page.origin + address)
            assert opened.locator("html").get_attribute("lang") == str(look["locale"])[:2]
            result = Axe().run(opened)
            found += [
                f"{address}: {one['id']} {one['nodes'][0]['html'][:200]}" for one in result.response["violations"]
            ]
            found += too_wide(opened)
            stretch(opened)
            found += too_wide(opened)
    finally:
        context.close()
    return found


@pytest.mark.parametrize(
    ("locale", "viewport", "scheme"),
    [
        ("fr-FR", PHONE, "light"),
        ("en-GB", SCREEN, "dark"),
        pytest.param("fr-FR", SCREEN, "dark", marks=pytest.mark.soak),  # the suite must end within a quarter of an hour
        pytest.param("en-GB", PHONE, "light", marks=pytest.mark.soak),
    ],
)
def test_no_page_keeps_anybody_out(
    reader: Browser, station: Page, locale: str, viewport: ViewportSize, scheme: str
) -> None:
    shown = station.get("/captures").text
    capture = re.search(r'href="(/captures/\d+)"', shown)
    assert capture is not None
    addresses = (*ADDRESSES, capture[1])
    look = {"locale": locale, "viewport": viewport, "color_scheme": scheme}
    assert violations(reader, station, addresses, **look) == []


@pytest.mark.parametrize(("locale", "viewport"), [("fr-FR", PHONE), ("en-GB", SCREEN)])
def test_the_first_page_of_all_keeps_nobody_out(
    reader: Browser, beginning: Page, locale: str, viewport: ViewportSize
) -> None:
    assert violations(reader, beginning, ("/start", "/nothing-there"), locale=locale, viewport=viewport) == []
