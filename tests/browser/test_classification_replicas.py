"""Every recorded page of the replicas, visited by a real browser: each has its outcome."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import pytest
from playwright.sync_api import Page as BrowserPage

from capture.announced import find_announced
from capture.boundary import Boundary
from capture.browser import BrowserSession
from capture.look import Looker
from capture.outcome import classify
from capture.profile import SiteProfile, load_profile
from capture.request import Timing
from demo.scenario import Page, Procedure
from demo.server import ReplicaServer
from temoin.records import Outcome, Visit

pytestmark = pytest.mark.browser

MakeVisit = Callable[..., Visit]
HASTY = Timing(pace=(0, 0), answer=0.9, settle=0.2, step=5, visit=15)  # for pages that never say anything

NO_SLOT = (
    "Il n'existe plus de plage horaire libre pour votre demande de rendez-vous. Veuillez recommencer ultérieurement."
)
PLANNINGS = (("20678", "Guichet 21 - Novembre 2026"), ("20682", "Calendrier - guichets 1, 2, 3 et 4"))

# What a visit of an EZBooking démarche must come to, page by page (facts/booking-sites.md §1).
EZBOOKING: Mapping[Page, tuple[Outcome, str | None]] = MappingProxyType(
    {
        Page.NO_SLOT: (Outcome.NO_SLOT, None),
        Page.NO_SLOT_LATE: (Outcome.NO_SLOT, None),
        Page.NO_CALENDAR: (Outcome.NO_CALENDAR, None),
        Page.SLOTS: (Outcome.SLOT_SEEN, None),
        Page.WEEK_FULL: (Outcome.SLOT_SEEN, None),  # the description step is shown only when there is availability
        Page.CLOSED_LINK: (Outcome.CLOSED_LINK, None),
        Page.BACK_ON_CHOICES: (Outcome.UNRECOGNISED, None),
        Page.CAPTCHA_AT_ENTRY: (Outcome.CAPTCHA_REQUIRED, None),
        Page.HELP_QUOTES_SENTENCE: (Outcome.UNRECOGNISED, None),
        Page.REDIRECT_TO_SLOT: (Outcome.UNRECOGNISED, "stopped_at_boundary"),
    }
)
FAILURES: Mapping[Page, tuple[Outcome, str | None]] = MappingProxyType(
    {
        Page.OVERLOADED: (Outcome.OVERLOADED, None),
        Page.FORBIDDEN: (Outcome.BLOCKED, None),
        Page.BAD_GATEWAY: (Outcome.OVERLOADED, None),
        Page.ERROR_500: (Outcome.UNRECOGNISED, "http_500"),
        Page.UNAVAILABLE_503: (Outcome.OVERLOADED, None),
        Page.TIMEOUT_504: (Outcome.OVERLOADED, None),
        Page.ERROR_400: (Outcome.UNRECOGNISED, "http_400"),
        Page.ERROR_401: (Outcome.UNRECOGNISED, "http_401"),
        Page.NOT_FOUND: (Outcome.UNRECOGNISED, "http_404"),
        Page.TOO_MANY: (Outcome.BLOCKED, "http_429"),
        Page.MAINTENANCE: (Outcome.MAINTENANCE, None),
        Page.UNKNOWN: (Outcome.UNRECOGNISED, None),
        Page.UNKNOWN_ENTRY: (Outcome.UNRECOGNISED, None),
    }
)


def _ezbooking(page: Page, **more: Any) -> Procedure:
    return Procedure(platform="ezbooking", id="4963", pages=(page,), **more)


@pytest.mark.parametrize("shown", EZBOOKING, ids=str)
def test_each_ezbooking_page_has_its_outcome(make_visit: MakeVisit, shown: Page) -> None:
    procedure = _ezbooking(shown)
    with ReplicaServer([procedure]) as server:
        visit = make_visit(server, procedure, timing=HASTY)
    assert (visit.outcome, visit.reason) == EZBOOKING[shown]


@pytest.mark.parametrize("shown", FAILURES, ids=str)
def test_each_failure_at_the_entry_has_its_outcome(make_visit: MakeVisit, shown: Page) -> None:
    procedure = _ezbooking(shown)
    with ReplicaServer([procedure]) as server:
        visit = make_visit(server, procedure, timing=HASTY)
    assert (visit.outcome, visit.reason) == FAILURES[shown]


@pytest.mark.parametrize(
    "shown",
    [Page.OVERLOADED, Page.FORBIDDEN, Page.ERROR_500, Page.UNKNOWN],
    ids=str,
)
def test_each_failure_after_the_conditions_has_its_outcome(make_visit: MakeVisit, shown: Page) -> None:
    procedure = _ezbooking(shown, failures_at="result")
    with ReplicaServer([procedure]) as server:
        visit = make_visit(server, procedure, timing=HASTY)
    assert (visit.outcome, visit.reason) == FAILURES[shown]
    assert len(visit.navigation) > 1


@pytest.mark.parametrize("platform", ["rdv-prefecture", "rdv-service-public", "generic"])
@pytest.mark.parametrize("shown", [Page.OVERLOADED, Page.FORBIDDEN], ids=str)
def test_a_failing_site_of_any_platform_is_no_answer(make_visit: MakeVisit, platform: str, shown: Page) -> None:
    procedure = Procedure(platform=platform, id="2458", pages=(shown,))
    with ReplicaServer([procedure]) as server:
        visit = make_visit(server, procedure, timing=HASTY)
    assert visit.outcome is FAILURES[shown][0]


@pytest.mark.parametrize(
    "more",
    [
        {"layout": "old", "cookie_banner": "old"},
        {"layout": "dsfr", "cookie_banner": "tarteaucitron"},
        {"iframe": True},
        {"result_step": 1, "plannings": PLANNINGS[:1]},
    ],
    ids=str,
)
def test_the_same_sentence_is_found_in_every_layout(make_visit: MakeVisit, more: Mapping[str, Any]) -> None:
    procedure = _ezbooking(Page.NO_SLOT, **more)
    with ReplicaServer([procedure]) as server:
        visit = make_visit(server, procedure)
    assert (visit.outcome, visit.reason) == (Outcome.NO_SLOT, None)
    (part,) = visit.parts
    assert part.matched is not None
    assert part.matched.text == NO_SLOT


@pytest.mark.parametrize(
    ("second", "outcome"),
    [
        (Page.NO_SLOT, Outcome.NO_SLOT),
        (Page.NO_CALENDAR, Outcome.NO_SLOT),
        (Page.SLOTS, Outcome.SLOT_SEEN),
        (Page.UNKNOWN, Outcome.UNRECOGNISED),
        (Page.BAD_GATEWAY, Outcome.OVERLOADED),
    ],
    ids=str,
)
def test_every_counter_is_asked_and_one_empty_counter_proves_nothing(
    make_visit: MakeVisit, second: Page, outcome: Outcome
) -> None:
    procedure = _ezbooking(Page.NO_SLOT, plannings=PLANNINGS, planning_pages={"20682": second})
    with ReplicaServer([procedure]) as server:
        visit = make_visit(server, procedure, timing=HASTY)
        sent = [
            request.fields for request in server.requests if request.path.endswith("/1") and request.method == "POST"
        ]
    assert visit.outcome is outcome
    assert visit.parts[0].outcome is Outcome.NO_SLOT
    assert [part.label for part in visit.parts] == [label for _key, label in PLANNINGS]
    assert [fields[0] for fields in sent] == [("planning", "20678"), ("planning", "20682")]


def test_only_the_followed_counter_is_asked(make_visit: MakeVisit) -> None:
    procedure = _ezbooking(Page.NO_SLOT, plannings=PLANNINGS, planning_pages={"20682": Page.SLOTS})
    with ReplicaServer([procedure]) as server:
        visit = make_visit(server, procedure, choices=("Guichet 21*",))
        posted = [request.fields for request in server.requests if request.method == "POST"]
    assert visit.outcome is Outcome.NO_SLOT
    assert [part.label for part in visit.parts] == [PLANNINGS[0][1]]
    assert posted[-1] == (("planning", "20678"), ("nextButton", "Etape suivante"))


def test_a_followed_counter_that_is_gone_makes_the_visit_unrecognised(make_visit: MakeVisit) -> None:
    procedure = _ezbooking(Page.NO_SLOT, plannings=PLANNINGS)
    with ReplicaServer([procedure]) as server:
        visit = make_visit(server, procedure, choices=("20678", "Guichet 22*"))
        assert not [request for request in server.requests if request.path.endswith("/1") and request.method == "POST"]
    assert (visit.outcome, visit.reason) == (Outcome.UNRECOGNISED, "choice_missing")


RDV_SERVICE_PUBLIC = {
    Page.RSP_NO_SLOT: Outcome.NO_SLOT,
    Page.RSP_INVITATION_NO_SLOT: Outcome.NO_SLOT,
    Page.RSP_SLOTS: Outcome.SLOT_SEEN,
    Page.RSP_NEXT_AVAILABILITY: Outcome.SLOT_SEEN,
    Page.RSP_DATE_CLOSED: Outcome.UNRECOGNISED,
    Page.RSP_REFERENT_NO_SLOT: Outcome.UNRECOGNISED,  # only the beginning of that sentence was recorded
    Page.RSP_MAINTENANCE: Outcome.MAINTENANCE,
    Page.RSP_API_LIMIT: Outcome.BLOCKED,
}


@pytest.mark.parametrize("shown", RDV_SERVICE_PUBLIC, ids=str)
def test_each_page_of_rdv_service_public_has_its_outcome(make_visit: MakeVisit, shown: Page) -> None:
    procedure = Procedure(platform="rdv-service-public", id="2458", pages=(shown,))
    with ReplicaServer([procedure]) as server:
        visit = make_visit(server, procedure, timing=HASTY)
        assert not [request for request in server.requests if request.method != "GET" or "/users/" in request.path]
    assert visit.outcome is RDV_SERVICE_PUBLIC[shown]


@pytest.mark.parametrize(
    ("shown", "outcome"),
    [(Page.GENERIC_NO_SLOT, Outcome.NO_SLOT), (Page.GENERIC_SLOTS, Outcome.UNRECOGNISED)],
    ids=str,
)
def test_a_page_whose_sentence_the_person_gave(make_visit: MakeVisit, shown: Page, outcome: Outcome) -> None:
    procedure = Procedure(platform="generic", id="exemple", pages=(shown,))
    with ReplicaServer([procedure]) as server:
        visit = make_visit(server, procedure, timing=HASTY)
        assert not [request for request in server.requests if "reserver" in request.path]
    assert visit.outcome is outcome


@pytest.mark.parametrize("captcha", ["captchetat", "inline", "recaptcha"])
def test_rdv_prefecture_alone_stops_at_the_captcha_and_asks_nothing_more(make_visit: MakeVisit, captcha: str) -> None:
    procedure = Procedure(platform="rdv-prefecture", id="11800", pages=(Page.RP_SLOTS,), captcha=captcha)
    with ReplicaServer([procedure]) as server:
        visit = make_visit(server, procedure)
        paths = [request.path for request in server.requests if not request.path.startswith(("/assets/", "/favicon"))]
        methods = {request.method for request in server.requests}
    assert visit.outcome is Outcome.CAPTCHA_REQUIRED
    assert paths == ["/rdvpref/reservation/demarche/11800/", "/rdvpref/reservation/demarche/11800/cgu/"]
    assert methods == {"GET"}


@pytest.mark.parametrize(
    ("shown", "outcome"),
    [(Page.RP_CLOUDFLARE_BLOCK, Outcome.BLOCKED), (Page.RP_CHALLENGE, Outcome.CAPTCHA_REQUIRED)],
    ids=str,
)
def test_the_shield_of_rdv_prefecture_ends_the_visit_at_once(
    make_visit: MakeVisit, shown: Page, outcome: Outcome
) -> None:
    procedure = Procedure(platform="rdv-prefecture", id="11800", pages=(shown,))
    with ReplicaServer([procedure]) as server:
        visit = make_visit(server, procedure)
        paths = [request.path for request in server.requests if not request.path.startswith(("/assets/", "/favicon"))]
    assert visit.outcome is outcome
    assert paths == ["/rdvpref/reservation/demarche/11800/"]


RDV_PREFECTURE = {
    Page.RP_NO_SLOT: Outcome.NO_SLOT,
    Page.RP_NO_SLOT_ANNOUNCED: Outcome.NO_SLOT,
    Page.RP_END_OF_CALENDAR: Outcome.UNRECOGNISED,
    Page.RP_EMPTY_WEEK: Outcome.UNRECOGNISED,
    Page.RP_EMPTY_WEEK_NEXT: Outcome.SLOT_SEEN,
    Page.RP_MOBILE_DAY: Outcome.UNRECOGNISED,
    Page.RP_SLOTS: Outcome.SLOT_SEEN,
    Page.RP_SESSION_EXPIRED: Outcome.CAPTCHA_REQUIRED,  # sent back to the captcha, whose sign comes first
}


@pytest.mark.parametrize("shown", RDV_PREFECTURE, ids=str)
def test_behind_the_captcha_that_a_person_solved_one_page_is_a_proof(session: BrowserSession, shown: Page) -> None:
    procedure = Procedure(platform="rdv-prefecture", id="11800", pages=(shown,))
    profile = load_profile("rdv-prefecture")
    with ReplicaServer([procedure]) as server, _person_at(session, server, profile) as page:
        page.click("a.q-btn.bg-primary")
        page.fill("#captchaFormulaireExtInput", server.captcha_code)
        looker = Looker(page=page, profile=profile)
        looker.attach()
        page.click("button[formaction*='_validerCaptcha']")
        page.wait_for_load_state()
        facts = looker.look()
        assert facts is not None
        assert classify(facts, profile).outcome is RDV_PREFECTURE[shown]
        announced = find_announced(facts.body, "Europe/Paris")
        assert (announced is not None) is (shown is Page.RP_NO_SLOT_ANNOUNCED)


@contextmanager
def _person_at(session: BrowserSession, server: ReplicaServer, profile: SiteProfile) -> Iterator[BrowserPage]:
    """A page of the guarded browser in the hands of a person, who is this test."""
    asked = server.address("11800")
    session.guard.watch(Boundary(profile=profile, asked=asked, human=True))
    with session.page(timezone="Europe/Paris") as page:
        page.goto(asked)
        yield page
