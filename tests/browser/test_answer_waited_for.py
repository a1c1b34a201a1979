"""An answer that goes while it is photographed is waited for: a slow computer must not make it unrecognised."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from PIL import Image
from playwright.sync_api import Page

from capture.assisted import assist
from capture.boundary import Boundary
from capture.browser import BrowserSession
from capture.look import Looker
from capture.png import encode_png
from capture.profile import generic_profile, load_profile
from capture.request import Timing, VisitRequest
from capture.visit import perform
from capture.watchdog import Watchdog
from capture.way import Way, note_terms
from demo.scenario import Page as Shown
from demo.scenario import Procedure
from demo.server import ReplicaServer
from temoin.records import Mode, Outcome, Part, Role, Visit
from tests.notice_site import NoticeSite, page

pytestmark = pytest.mark.browser

AT = datetime(2026, 11, 23, 7, 12, 33, tzinfo=UTC)
PATIENT = Timing(pace=(0, 0), answer=10, settle=0.2, step=10, visit=60, person=60)
SENTENCE = "Aucun rendez-vous n'est disponible actuellement pour cette démarche."

# What each does, once, at the moment when the words are brought into the window to be photographed.
ONCE = {
    "replaced by a word of waiting": (
        "const words = p.textContent; p.textContent = 'Chargement en cours';"
        "setTimeout(() => { p.textContent = words; }, 1200);"
    ),
    "loaded again": "location.reload();",
}


def _going(what: str) -> str:
    script = f"if (!sessionStorage.gone) {{ sessionStorage.gone = 1; {what} }}"
    return f"<p id=p>{SENTENCE}</p><script>p.scrollIntoView = () => {{ {script} }};</script>"


def _request(url: str, mode: Mode) -> VisitRequest:
    return VisitRequest(
        attempt="20261123-071233-7f3a",
        at=AT,
        url=url,
        profile=generic_profile(url=url, sentence=SENTENCE),
        prefecture="Préfecture de l'Exemple",
        label="Démarche d'essai",
        timezone="Europe/Paris",
        simulated=True,
        mode=mode,
        timing=PATIENT,
    )


def _assisted(session: BrowserSession, request: VisitRequest) -> Visit:
    with assist(session, request) as visit:
        return visit.watch()


VISITS: dict[Mode, Callable[[BrowserSession, VisitRequest], Visit]] = {
    Mode.UNATTENDED: perform,
    Mode.ASSISTED: _assisted,
}


@pytest.mark.parametrize("mode", VISITS, ids=str)
@pytest.mark.parametrize("what", ONCE)
def test_an_answer_that_goes_while_it_is_photographed_is_waited_for(
    session: BrowserSession, what: str, mode: Mode
) -> None:
    with NoticeSite({"/rendez-vous": page(_going(ONCE[what]))}) as site:
        visit = VISITS[mode](session, _request(site.url("/rendez-vous"), mode))
    assert (visit.outcome, visit.reason) == (Outcome.NO_SLOT, None)
    (part,) = visit.parts
    assert SENTENCE in _text(part)


def _text(part: Part) -> str:
    return next(artefact.data for artefact in part.artefacts if artefact.role is Role.TEXT).decode()


@pytest.mark.parametrize("mode", VISITS, ids=str)
def test_an_answer_that_goes_and_never_comes_back_is_none(session: BrowserSession, mode: Mode) -> None:
    script = "<script>p.scrollIntoView = () => { p.textContent = 'Chargement en cours'; };</script>"
    with NoticeSite({"/rendez-vous": page(f"<p id=p>{SENTENCE}</p>{script}")}) as site:
        request = _request(site.url("/rendez-vous"), mode)
        short = Timing(pace=(0, 0), answer=1, settle=0.2, step=5, visit=15, person=4)
        visit = VISITS[mode](session, replace(request, timing=short))
    assert visit.outcome is Outcome.UNRECOGNISED
    assert [part.matched for part in visit.parts] == [None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _GoingOn:
    """A window that is photographed so slowly that the person has gone on to the next page meanwhile."""

    page: Page

    def grab(self) -> bytes:
        self.page.goto("about:blank")
        return encode_png(Image.new("RGB", (200, 200), "navy"))


def test_a_person_who_goes_on_while_the_conditions_are_photographed_leaves_their_text(session: BrowserSession) -> None:
    """The visit goes on, and no picture of the next page is kept as that of the conditions."""
    procedure = Procedure(platform="ezbooking", id="4963", pages=(Shown.NO_SLOT,))
    profile = load_profile("ezbooking")
    with ReplicaServer([procedure]) as server, session.page(timezone="Europe/Paris") as tab:
        request = replace(_request(server.address("4963"), Mode.ASSISTED), profile=profile)
        session.guard.watch(Boundary(profile=profile, asked=request.url, human=True))
        tab.goto(request.url)
        looker = Looker(page=tab, profile=profile, grabber=_GoingOn(page=tab))
        watchdog = Watchdog(session.pid, step=30, whole=60)
        way = Way(session=session, request=request, looker=looker, watchdog=watchdog, deadline=0)
        facts = looker.look()
        assert facts is not None
        note_terms(way, facts)
    assert [artefact.role for artefact in way.terms_artefacts] == [Role.TEXT]
    assert way.terms_digest == way.terms_artefacts[0].digest
