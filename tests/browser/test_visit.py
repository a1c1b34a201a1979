"""One visit: it ends whatever the page does, and says what it saw, no more."""

import gzip
import hashlib
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from playwright.sync_api import TimeoutError as BrowserTimeout
from typing_extensions import override

from capture import pictures
from capture.profile import generic_profile, load_profile
from capture.request import Timing
from demo.scenario import Page, Procedure
from demo.server import ReplicaServer
from temoin.records import Outcome, Role, Visit

pytestmark = pytest.mark.browser

MakeVisit = Callable[..., Visit]
SHORT = Timing(pace=(0, 0), answer=0.6, settle=0.2, step=1.5, visit=6)
NO_SLOT = (
    "Il n'existe plus de plage horaire libre pour votre demande de rendez-vous. Veuillez recommencer ultérieurement."
)


def _ezbooking(*pages: Page, **more: object) -> Procedure:
    return Procedure(platform="ezbooking", id="4963", pages=pages, **more)  # type: ignore[arg-type]


BROKEN = {
    Page.NEVER_ANSWERS: (Outcome.UNREACHABLE, "timeout"),
    Page.REDIRECT_LOOP: (Outcome.UNREACHABLE, "redirect_loop"),
    Page.RESET: (Outcome.UNREACHABLE, "connection"),
    Page.DOWNLOAD_ANSWER: (Outcome.UNRECOGNISED, "download"),
    Page.ENDLESS: (Outcome.UNRECOGNISED, None),
}


@pytest.mark.parametrize("shown", BROKEN, ids=str)
def test_a_broken_page_ends_the_visit_and_not_the_browser(make_visit: MakeVisit, shown: Page) -> None:
    procedure = _ezbooking(shown)
    with ReplicaServer([procedure]) as server:
        # Only what never ends must be ended by the bounds; a slow machine gets the others to their end.
        stalls = shown in {Page.NEVER_ANSWERS, Page.ENDLESS}
        broken = make_visit(server, procedure, timing=SHORT if stalls else replace(SHORT, answer=5, step=20, visit=60))
        server.set_pages("4963", [Page.NO_SLOT])
        after = make_visit(server, procedure)
    assert (broken.outcome, broken.reason) == BROKEN[shown]
    assert broken.duration_ms < 90_000
    assert after.outcome is Outcome.NO_SLOT


def test_an_error_page_that_is_never_drawn_takes_nothing_from_what_happened(
    make_visit: MakeVisit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(_page: object, *, timeout_ms: int) -> bytes:
        raise BrowserTimeout(f"Page.screenshot: Timeout {timeout_ms}ms exceeded.")

    monkeypatch.setattr(pictures, "_whole", never)
    procedure = _ezbooking(Page.RESET)
    with ReplicaServer([procedure]) as server:
        visit = make_visit(server, procedure, timing=SHORT)
    assert (visit.outcome, visit.reason) == (Outcome.UNREACHABLE, "connection")
    assert {artefact.role for artefact in visit.artefacts} == {Role.TEXT, Role.HTML}


def test_the_visit_of_a_conditions_page_a_choice_and_an_answer_is_recorded_whole(make_visit: MakeVisit) -> None:
    now = datetime(2026, 11, 23, 7, 12, 33, tzinfo=UTC)
    procedure = _ezbooking(Page.NO_SLOT, plannings=(("20678", "Guichet 21"),))
    with ReplicaServer([procedure], now=lambda: now) as server:
        visit = make_visit(server, procedure)
        address = server.address("4963")
    assert visit.outcome is Outcome.NO_SLOT
    assert visit.url_final == f"{address}/2"
    assert [(step["method"], step["status"], step["url"].removeprefix(address)) for step in visit.navigation] == [
        ("GET", 200, ""),
        ("POST", 302, "/0"),
        ("GET", 200, "/1"),
        ("POST", 302, "/1"),
        ("GET", 200, "/2"),
    ]
    assert visit.http is not None
    assert (visit.http["status"], visit.http["date_header"]) == (200, "Mon, 23 Nov 2026 07:12:33 GMT")
    assert (visit.http["server_address"], visit.http["tls"]) == ("127.0.0.1", None)
    profile = load_profile("ezbooking")
    assert visit.profile == {"name": "ezbooking", "sha256": profile.digest, "confirmed": None}
    assert visit.environment is not None
    assert set(visit.environment) == {
        "temoin", "browser", "os", "os_patch", "extensions", "fresh", "proxy",
        "view", "window_language", "viewport", "locale", "sandbox",
    }  # fmt: skip
    assert (visit.environment["view"], visit.environment["locale"]) == ("page", "fr-FR")
    assert visit.environment["fresh"] == {"cookies": 0, "history": 0, "storage_bytes": 0, "service_worker_bytes": 0}
    assert visit.environment["extensions"]["disabled"] is True
    assert visit.environment["extensions"]["running"] == 0
    assert visit.environment["proxy"] in {"system", "set"}
    (part,) = visit.parts
    assert (part.part, part.label, part.outcome) == ("1", "Guichet 21", Outcome.NO_SLOT)
    assert part.matched is not None
    assert (part.matched.text, part.matched.selector) == (NO_SLOT, "form#FormBookingCreate")
    json.dumps([*visit.navigation, visit.http, visit.environment, *visit.guard_stopped])


def test_the_artefacts_are_these_and_their_digests_are_theirs(make_visit: MakeVisit) -> None:
    procedure = _ezbooking(Page.NO_SLOT)
    with ReplicaServer([procedure]) as server:
        visit = make_visit(server, procedure)
    found = {artefact.role: artefact for artefact in visit.parts[0].artefacts}
    assert set(found) >= {Role.PAGE, Role.EXHIBIT, Role.TEXT, Role.HTML}
    assert Role.WINDOW not in found  # page view: a window that was not photographed is not claimed
    assert Role.DIALOG not in found
    for artefact in visit.artefacts:
        assert artefact.digest == hashlib.sha256(artefact.data).hexdigest()
    assert NO_SLOT in found[Role.TEXT].data.decode()
    assert NO_SLOT in gzip.decompress(found[Role.HTML].data).decode()
    assert found[Role.PAGE].data.startswith(b"\x89PNG")
    assert {artefact.role for artefact in visit.terms_artefacts} == {Role.PAGE, Role.TEXT}


def test_a_refused_user_agent_is_not_disguised(make_visit: MakeVisit) -> None:
    procedure = _ezbooking(Page.NO_SLOT)
    with ReplicaServer([procedure]) as server:
        make_visit(server, procedure)
        agents = {request.headers["user-agent"] for request in server.requests}
        languages = {request.headers.get("accept-language", "").split(",")[0] for request in server.requests}
    assert len(agents) == 1
    assert " Temoin/" in agents.pop()
    assert languages == {"fr-FR"}


def test_each_visit_is_a_new_visitor(make_visit: MakeVisit) -> None:
    procedure = _ezbooking(Page.NO_SLOT, cookie_banner="tarteaucitron")
    with ReplicaServer([procedure]) as server:
        make_visit(server, procedure)
        server.clear()
        make_visit(server, procedure)
        assert "cookie" not in server.requests[0].headers


def test_the_conditions_text_keeps_its_digest_until_it_changes(make_visit: MakeVisit) -> None:
    procedure = _ezbooking(Page.NO_SLOT, Page.SLOTS, Page.CHANGED_TERMS)
    with ReplicaServer([procedure]) as server:
        first = make_visit(server, procedure)
        second = make_visit(server, procedure, terms_expected=first.terms_text_sha256)
        server.clear()
        third = make_visit(server, procedure, terms_expected=first.terms_text_sha256)
        assert not [request for request in server.requests if request.method == "POST"]
    assert first.terms_text_sha256 == second.terms_text_sha256
    assert first.terms_artefacts
    assert not second.terms_artefacts  # kept once, the first time
    assert second.outcome is Outcome.SLOT_SEEN
    assert third.terms_text_sha256 not in {None, first.terms_text_sha256}
    assert (third.outcome, third.reason) == (Outcome.REFUSED, "terms_changed")


def test_a_retry_after_is_handed_on(make_visit: MakeVisit) -> None:
    procedure = _ezbooking(Page.TOO_MANY)
    with ReplicaServer([procedure]) as server:
        visit = make_visit(server, procedure, timing=SHORT)
    assert (visit.outcome, visit.retry_after) == (Outcome.BLOCKED, "120")


def test_a_page_that_never_stops_talking_ends_and_its_words_are_kept(make_visit: MakeVisit) -> None:
    procedure = _ezbooking(Page.DIALOG)
    with ReplicaServer([procedure]) as server:
        visit = make_visit(server, procedure, timing=replace(SHORT, step=4))
        server.set_pages("4963", [Page.NO_SLOT])
        after = make_visit(server, procedure)
    assert visit.outcome in {Outcome.NO_SLOT, Outcome.UNRECOGNISED}
    kept = [artefact for artefact in visit.artefacts if artefact.role is Role.DIALOG]
    seen = json.loads(kept[0].data)
    assert {dialog["type"] for dialog in seen} <= {"alert", "confirm"}
    assert seen[0]["message"] == "Message sans importance n° 1"
    assert len(seen) <= 20
    assert after.outcome is Outcome.NO_SLOT


SENTENCE = "Aucun rendez-vous n'est disponible actuellement pour cette démarche."
OWN = Procedure(platform="generic", id="essai", pages=(Page.GENERIC_NO_SLOT,), sentence=SENTENCE)


@pytest.fixture
def show() -> Iterator[Callable[[str], str]]:
    """Serve one page of our own and give its address."""
    pages: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages[-1].encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Write nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def give(html: str) -> str:
        pages.append(f"<!DOCTYPE html><html lang=fr><body>{html}</body></html>")
        return f"http://127.0.0.1:{server.server_address[1]}/rendez-vous"

    yield give
    server.shutdown()
    server.server_close()


OWN_PAGES = {
    "in sight": (f"<p>{SENTENCE}</p>", Outcome.NO_SLOT, None),
    "far down": (f"<div style='height:4000px'></div><p>{SENTENCE}</p>", Outcome.NO_SLOT, None),
    "covered": (
        f"<p>{SENTENCE}</p><div style='position:fixed; inset:0; background:#fff'>Bienvenue</div>",
        Outcome.UNRECOGNISED,
        "sentence_covered",
    ),
    "under what lets the pointer through": (
        f"<p>{SENTENCE}</p><div style='position:fixed; inset:0; background:#fff; pointer-events:none'>Choisissez</div>",
        Outcome.UNRECOGNISED,
        "sentence_covered",
    ),
    "under its own child": (
        f"<p style='position:relative'>{SENTENCE}<i style='position:absolute; inset:0; background:#fff'></i></p>",
        Outcome.UNRECOGNISED,
        "sentence_covered",
    ),
    "under a drawn cover of its own": (
        (
            "<style>p::after { content:''; position:absolute; inset:0; background:red }</style>"
            f"<p style=position:relative>{SENTENCE}</p>"
        ),
        Outcome.UNRECOGNISED,
        "sentence_covered",
    ),
    "under a banner, the rest of its block free": (
        (
            "<div style='position:fixed; top:0; left:0; right:0; height:480px; background:#dde'>Cookies</div>"
            f"<section><p>{SENTENCE}</p><div style='height:880px'></div></section>"
        ),
        Outcome.UNRECOGNISED,
        "sentence_covered",
    ),
    "under a banner": (
        f"<p>{SENTENCE}</p><div style='position:fixed; bottom:0; width:100%; background:#eee'>Cookies</div>",
        Outcome.NO_SLOT,
        None,
    ),
}


@pytest.mark.parametrize("name", OWN_PAGES)
def test_a_proof_is_only_what_the_picture_shows(make_visit: MakeVisit, show: Callable[[str], str], name: str) -> None:
    html, outcome, reason = OWN_PAGES[name]
    url = show(html)
    profile = generic_profile(url=url, sentence=SENTENCE)
    with ReplicaServer([OWN]) as server:
        visit = make_visit(server, OWN, url=url, profile=profile, timing=SHORT)
    assert (visit.outcome, visit.reason) == (outcome, reason)


def test_a_page_that_turns_into_another_under_the_photograph_is_no_proof(
    make_visit: MakeVisit, show: Callable[[str], str]
) -> None:
    # The sentence is there when it is read, and has gone each time the picture is taken.
    url = show(
        f"<p id=p>{SENTENCE}</p>"
        "<script>p.scrollIntoView = () => { p.textContent = 'Un rendez-vous est libre'; };</script>"
    )
    with ReplicaServer([OWN]) as server:
        visit = make_visit(server, OWN, url=url, profile=generic_profile(url=url, sentence=SENTENCE), timing=SHORT)
    assert visit.outcome is Outcome.UNRECOGNISED
    assert all(part.matched is None for part in visit.parts)


EZ_FORM = f'<div id="inner_Booking"><form id="FormBookingCreate">{NO_SLOT}</form></div>'
FREE = '<table><tr><td class="status-1 free">09:30 libre</td></tr></table>'
CONDITIONS = (
    '<div><form id="FormBookingCreate" method="post"><p>Conditions</p>'
    '<input type="checkbox" id="condition" name="condition"></form></div>'
)
ANSWERS = {
    "as it is": (EZ_FORM, Outcome.NO_SLOT, None),
    "another address put in its place": (
        f"{EZ_FORM}<script>history.replaceState(null, '', '/booking/create/9999/2')</script>",
        Outcome.UNRECOGNISED,
        "other_procedure",
    ),
    "replaced by free hours a moment later": (
        f"{EZ_FORM}<script>setTimeout(() => {{ document.body.innerHTML = '{FREE}'; }}, 700)</script>",
        Outcome.SLOT_SEEN,
        None,
    ),
    "conditions that are nowhere": (CONDITIONS, Outcome.UNRECOGNISED, "terms_not_found"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_the_answer_must_stay_and_be_of_the_demarche_asked(
    make_visit: MakeVisit, show: Callable[[str], str], name: str
) -> None:
    html, outcome, reason = ANSWERS[name]
    url = show(html).replace("/rendez-vous", "/booking/create/4963")
    timing = replace(SHORT, settle=1.0)
    with ReplicaServer([OWN]) as server:
        visit = make_visit(server, OWN, url=url, profile=load_profile("ezbooking"), timing=timing)
    assert (visit.outcome, visit.reason) == (outcome, reason)
    assert visit.terms_text_sha256 is None
