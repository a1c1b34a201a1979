"""A window that is not drawn yet is photographed again; one that never is, is not kept beside a page that is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Page

from capture import pictures
from capture.browser import BrowserSession
from capture.look import Looker
from capture.pictures import photograph_as_it_stands
from capture.png import encode_png
from capture.profile import load_profile
from temoin.records import Role

pytestmark = pytest.mark.browser

BARS = 90
WORDS = "<h1>Préfecture de l'Exemple</h1><p>La demande se fait exclusivement sur rendez-vous.</p>"
Change = Callable[[Image.Image], None]


@dataclass(slots=True, kw_only=True)
class Window:
    """A window under the bars of which the page is drawn, but for what the first grabs still lack."""

    page: Page
    lacking: tuple[Change, ...] = ()
    always: Change | None = None
    given: list[bytes] = field(default_factory=list)

    def grab(self) -> bytes:
        with Image.open(BytesIO(self.page.screenshot())) as picture:
            inside = picture.convert("RGB")
        number = len(self.given)
        change = self.always or (self.lacking[number] if number < len(self.lacking) else None)
        if change is not None:
            change(inside)
        window = Image.new("RGB", (inside.width, inside.height + BARS), "lightblue")
        window.paste(inside, (0, BARS))
        self.given.append(encode_png(window))
        return self.given[-1]


def _empty(inside: Image.Image) -> None:
    inside.paste("white", (0, 0, *inside.size))


def _without_the_upper_part(inside: Image.Image) -> None:
    inside.paste("white", (0, 0, inside.width, 60))


@pytest.fixture(autouse=True)
def _few_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "DRAWN_TRIES", 4)


@pytest.fixture
def tab(session: BrowserSession) -> Iterator[Page]:
    with session.page(timezone="Europe/Paris") as page:
        page.set_content(f"<!DOCTYPE html><html lang=fr><body>{WORDS}</body></html>")
        yield page


def _photographed(window: Window) -> dict[Role, bytes]:
    looker = Looker(page=window.page, profile=load_profile("ezbooking"), grabber=window)
    return {artefact.role: artefact.data for artefact in photograph_as_it_stands(looker)}


@pytest.mark.parametrize("lacking", [(), (_empty,), (_empty, _without_the_upper_part, _without_the_upper_part)])
def test_a_window_is_taken_again_until_all_of_the_page_is_in_it(tab: Page, lacking: tuple[Change, ...]) -> None:
    window = Window(page=tab, lacking=lacking)
    found = _photographed(window)
    assert len(window.given) == len(lacking) + 1
    assert found[Role.WINDOW] == window.given[-1]


def test_a_window_that_stays_empty_is_not_kept(tab: Page) -> None:
    found = _photographed(Window(page=tab, always=_empty))
    assert set(found) == {Role.PAGE, Role.TEXT, Role.HTML}


def test_a_window_that_never_shows_all_of_the_page_is_kept_as_it_is(tab: Page) -> None:
    window = Window(page=tab, always=_without_the_upper_part)
    assert _photographed(window)[Role.WINDOW] == window.given[-1]


def test_the_window_of_an_empty_page_is_kept_and_taken_once(tab: Page) -> None:
    tab.set_content("<!DOCTYPE html><html lang=fr><body></body></html>")
    window = Window(page=tab)
    assert _photographed(window)[Role.WINDOW] == window.given[0]
    assert len(window.given) == 1
