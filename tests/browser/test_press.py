"""No click, key or focus of ours gets into a captcha's frame that lies over the button, or comes over it."""

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page

from capture.boundary import Boundary
from capture.browser import BrowserSession
from capture.profile import load_profile
from capture.visit import perform
from temoin.records import Outcome
from tests.captcha_site import COVERING, Site, Told, captcha_site, request_of, told_of

pytestmark = pytest.mark.browser

HERE = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("covering", ["under the pointer", "seen through", "with the focus"])
def test_a_step_presses_its_own_element_and_the_frame_that_comes_over_it_gets_nothing(
    session: BrowserSession, covering: str
) -> None:
    with captcha_site(COVERING[covering]) as site:
        visit = perform(session, request_of(site))
    assert (visit.outcome, visit.reason) == (Outcome.NO_SLOT, None)
    assert told_of(visit) == Told(["page-box-click:false", "page-button-click:false"], _own(covering))
    assert site.posted == [b"condition=on&nextButton=Effectuer+une+demande+de+rendez-vous"]


@pytest.mark.parametrize("covering", ["there from the start", "when the box is checked"])
def test_what_a_person_could_not_press_is_not_pressed_and_the_captcha_is_not_worked_round(
    session: BrowserSession, covering: str
) -> None:
    with captcha_site(COVERING[covering]) as site:
        visit = perform(session, request_of(site))
    assert (visit.outcome, visit.reason) == (Outcome.UNRECOGNISED, "step_covered")
    assert told_of(visit).frame == []
    assert site.posted == []


@pytest.mark.soak  # the suite must end within a quarter of an hour
def test_a_frame_that_comes_and_goes_gets_nothing_whatever_the_moment(session: BrowserSession) -> None:
    with captcha_site(COVERING["now and again"]) as site:
        visit = perform(session, request_of(site))
    assert visit.outcome in {Outcome.NO_SLOT, Outcome.UNRECOGNISED}
    assert told_of(visit).frame == []


@contextmanager
def _page(session: BrowserSession, site: Site) -> Iterator[Page]:
    session.guard.watch(Boundary(profile=load_profile("ezbooking"), asked=site.url))
    with session.page(timezone="Europe/Paris") as page:
        yield page


def _own(covering: str) -> list[str]:
    """What the page itself makes the frame get: the focus, which is no doing of ours."""
    return ["focus:true"] if covering == "with the focus" else []


@pytest.mark.parametrize("covering", ["there from the start", "under the pointer"])
def test_the_frame_would_tell_of_a_click_at_the_buttons_place(session: BrowserSession, covering: str) -> None:
    """So silence proves something; and this is what pressing at a place of the screen would have done."""
    with captcha_site(COVERING[covering]) as site, _page(session, site) as page:
        page.goto(site.url)
        box = page.locator("[name=nextButton]").bounding_box()
        assert box is not None
        for _time in range(2):
            page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            page.wait_for_timeout(200)
        page.keyboard.press("a")
        page.wait_for_function("sessionStorage.vu && sessionStorage.vu.includes('keydown:true')")
        got = page.evaluate("sessionStorage.vu").split()
    assert {"pointerdown:true", "mousedown:true", "click:true", "keydown:true"} <= set(got)


HANDS = {
    *(
        "click",
        "dblclick",
        "check",
        "uncheck",
        "set_checked",
        "fill",
        "tap",
        "type",
        "press",
        "hover",
        "focus",
    ),
    *("press_sequentially", "insert_text", "select_option", "drag_to", "drag_and_drop", "dispatch_event"),
    *("set_input_files", "mouse", "keyboard", "touchscreen", "Input"),
}


@pytest.mark.parametrize("folder", ["capture", "scheduler"])
def test_no_code_of_ours_has_a_hand(folder: str) -> None:
    """Nothing calls what the browser's driver has for a mouse or a keyboard, nor the protocol beneath it."""
    for source in (HERE / folder).rglob("*.py"):
        text = source.read_text(encoding="utf-8")
        calls = [node.func for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
        reached = {part.attr for call in calls for part in ast.walk(call) if isinstance(part, ast.Attribute)}
        assert reached & HANDS == set(), source.name
        assert '"Input.' not in text, source.name
