"""The window's picture shows the whole page that stood there, as the full-page picture does."""

from io import BytesIO

import pytest
from PIL import Image

from capture.browser import BrowserChoice, BrowserSession
from capture.display import can_have_private_display
from demo.scenario import Page, Procedure
from demo.server import ReplicaServer
from temoin.records import Artefact, Outcome, Role, Visit
from tests.browser.conftest import MakeVisit

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not can_have_private_display(), reason="needs Xvfb for a window of its own"),
]
DARK = 128  # of 255: letters, arrows, the button
LEAST_SHARE = 0.25  # the sentence alone is a tenth; images may still be on their way to the screen


def _picture(artefacts: tuple[Artefact, ...], role: Role) -> Image.Image:
    data = next(artefact.data for artefact in artefacts if artefact.role is role)
    return Image.open(BytesIO(data)).convert("L")


def _holds_its_page(artefacts: tuple[Artefact, ...], visit: Visit) -> bool:
    window, page = _picture(artefacts, Role.WINDOW), _picture(artefacts, Role.PAGE)
    height = (visit.environment or {})["viewport"]["height"]
    inside = window.crop((0, window.height - height, page.width, window.height))
    return _ink(inside) > LEAST_SHARE * _ink(page.crop((0, 0, page.width, height)))


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
    # The conditions come first, in a browser that was only just started: their window was once an empty one.
    conditions = [visit for visit in visits if visit.terms_artefacts]
    assert conditions
    assert [visit for visit in conditions if not _holds_its_page(visit.terms_artefacts, visit)] == []
    # On a busy machine a visit may end unrecognised, which claims nothing; other tests hold the outcome itself.
    recognised = [visit for visit in visits if visit.outcome is Outcome.NO_SLOT]
    assert recognised
    assert [visit for visit in recognised if not _holds_its_page(visit.parts[0].artefacts, visit)] == []
