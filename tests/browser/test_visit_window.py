"""The window's picture shows the whole page that stood there, as the full-page picture does."""

from io import BytesIO

import pytest
from PIL import Image

from capture.browser import BrowserChoice, BrowserSession
from capture.display import can_have_private_display
from demo.scenario import Page, Procedure
from demo.server import ReplicaServer
from temoin.records import Outcome, Role, Visit
from tests.browser.conftest import MakeVisit

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not can_have_private_display(), reason="needs Xvfb for a window of its own"),
]
DARK = 128  # of 255: letters, arrows, the button
LEAST_SHARE = 0.25  # the sentence alone is a tenth; images may still be on their way to the screen


def _picture(visit: Visit, role: Role) -> Image.Image:
    """The answer's picture; that of the conditions page, which comes first, proves nothing."""
    answer = visit.parts[0].artefacts
    data = next(artefact.data for artefact in answer if artefact.role is role)
    return Image.open(BytesIO(data)).convert("L")


def _ink(picture: Image.Image) -> int:
    return sum(picture.histogram()[:DARK])


def test_each_window_holds_the_page_and_no_part_of_it_alone(chromium_executable: object, make_visit: MakeVisit) -> None:
    """A picture of a part of the page, taken just before, once left that part alone in the window."""
    procedure = Procedure(platform="ezbooking", id="4963", pages=(Page.NO_SLOT,))
    with (
        BrowserSession(BrowserChoice(executable=str(chromium_executable))) as running,
        ReplicaServer([procedure]) as server,
    ):
        visits = [make_visit(server, procedure, session=running) for _number in range(4)]
    # On a busy machine a visit may end unrecognised, which claims nothing; other tests hold the outcome itself.
    recognised = [visit for visit in visits if visit.outcome is Outcome.NO_SLOT]
    assert recognised
    for visit in recognised:
        window, page = _picture(visit, Role.WINDOW), _picture(visit, Role.PAGE)
        height = (visit.environment or {})["viewport"]["height"]
        inside = window.crop((0, window.height - height, page.width, window.height))
        shown = page.crop((0, 0, page.width, height))
        assert _ink(inside) > LEAST_SHARE * _ink(shown)
