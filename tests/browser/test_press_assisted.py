"""With a person at the window Témoin has no hand at all: neither the page nor a captcha's frame gets anything of it."""

from pathlib import Path
from typing import Literal

import pytest

from capture.assisted import assist
from capture.browser import BrowserChoice, BrowserSession
from capture.display import can_have_private_display
from temoin.records import Mode, Outcome
from tests.captcha_site import Told, captcha_site, request_of, told_of

pytestmark = pytest.mark.browser

ANSWER = (
    "document.querySelector('#inner_Booking').remove();"
    "document.querySelector('#FormBookingCreate').innerHTML = '<p>Il n’existe plus de plage horaire libre pour votre "
    "demande de rendez-vous. Veuillez recommencer ultérieurement.</p>';"
)


@pytest.mark.parametrize("view", ["page", "window"])
def test_in_a_persons_window_neither_the_page_nor_the_frame_gets_anything(
    view: Literal["page", "window"], chromium_executable: Path
) -> None:
    """Opened, watched, photographed, read again: the answer comes from the page's own script, under the frame."""
    if view == "window" and not can_have_private_display():
        pytest.skip("needs Xvfb")
    script = ("lay(); cover.style.inset = '50% 0 0 0'; setTimeout(() => { $ANSWER }, 700);").replace("$ANSWER", ANSWER)
    with (
        captcha_site(script) as site,
        BrowserSession(BrowserChoice(view=view, executable=str(chromium_executable))) as own,
        assist(own, request_of(site, Mode.ASSISTED)) as visiting,
    ):
        visit = visiting.watch()
    assert visit.outcome is Outcome.NO_SLOT, visit.reason
    assert told_of(visit) == Told([], [])
    assert site.posted == []
