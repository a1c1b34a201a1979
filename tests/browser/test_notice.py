"""One look at the préfecture's page: what is seen is kept, whatever it is, and nothing else is ever asked for."""

import gzip
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import TimeoutError as BrowserTimeout

from capture import pictures
from capture.browser import BrowserSession
from capture.notice import look_at_notice, page_profile
from capture.request import Timing, VisitRequest
from demo.scenario import Page, Procedure
from demo.server import ReplicaServer
from demo.sites import hostile
from temoin.notice import NoticeLink, NoticeVisit
from temoin.records import Mode, Role
from tests.notice_site import NoticeSite, Reply, moved, page

pytestmark = pytest.mark.browser

AT = datetime(2026, 11, 23, 7, 12, 33, tzinfo=UTC)
QUICK = Timing(pace=(0, 0), answer=2, settle=0.2, step=5, visit=15)
SHORT = Timing(pace=(0, 0), answer=0.6, settle=0.2, step=1.5, visit=6)
BOOKING = "https://rdv.exemple.gouv.fr/booking/create/4963"  # never resolved: nothing of it may be asked for
WORDS = "La demande se fait exclusivement sur rendez-vous, pris en ligne."
LINK = f'<p>{WORDS}</p><p><a href="{BOOKING}/">Prendre rendez-vous</a></p>'
CAPTCHA = '<div class="g-recaptcha" style="width:300px; height:80px; background:#eee">Je ne suis pas un robot</div>'


def look(
    session: BrowserSession,
    url: str,
    *,
    booking: str = BOOKING,
    timing: Timing = QUICK,
    allows: Callable[[str], bool] = lambda _url: True,
) -> NoticeVisit:
    request = VisitRequest(
        attempt="20261123-071233-7f3a",
        at=AT,
        url=url,
        profile=page_profile(),
        prefecture="Préfecture de l'Exemple",
        label="Démarche d'essai",
        timezone="Europe/Paris",
        simulated=True,
        mode=Mode.UNATTENDED,
        allows_robot=allows,
        timing=timing,
    )
    return look_at_notice(session, request, booking=booking)


def kept(visit: NoticeVisit) -> dict[Role, bytes]:
    for artefact in visit.artefacts:
        assert artefact.digest == hashlib.sha256(artefact.data).hexdigest()
    return {artefact.role: artefact.data for artefact in visit.artefacts}


def test_the_page_its_words_and_its_link_to_the_booking_are_kept(session: BrowserSession) -> None:
    procedure = Procedure(platform="ezbooking", id="4963", pages=(Page.NO_SLOT,))
    with ReplicaServer([procedure], now=lambda: AT) as server:
        url, booking = server.instructions_address("4963"), server.address("4963")
        visit = look(session, url, booking=booking)
        asked = [(request.method, request.path) for request in server.requests]
        agents = {request.headers["user-agent"] for request in server.requests}
        cookies = [request for request in server.requests if "cookie" in request.headers]
    assert (visit.outcome, visit.reason, visit.url_final) == ("shown", None, url)
    assert visit.title == "Première demande de titre de séjour - démarche"
    assert visit.link == NoticeLink(
        found=True,
        href=booking,
        text="Accéder à la prise de rendez-vous en ligne",
        in_sight=True,
        path=(url, booking),
    )
    assert [(step["method"], step["status"], step["url"]) for step in visit.navigation] == [("GET", 200, url)]
    assert visit.http is not None
    assert (visit.status, visit.http["date_header"]) == (200, "Mon, 23 Nov 2026 07:12:33 GMT")
    assert visit.environment is not None
    assert set(visit.environment) == {
        "temoin", "browser", "os", "os_patch", "extensions", "fresh", "proxy",
        "view", "window_language", "viewport", "locale", "sandbox",
    }  # fmt: skip
    assert visit.guard_stopped == ()
    assert set(asked) == {("GET", "/instructions/4963"), ("GET", "/assets/replica.css"), ("GET", "/favicon.ico")}
    assert asked.count(("GET", "/instructions/4963")) == 1
    assert [" Temoin/" in agent for agent in agents] == [True]
    assert cookies == []
    files = kept(visit)
    assert set(files) == {Role.PAGE, Role.TEXT, Role.HTML}  # page view: no window is claimed, none is framed
    assert files[Role.PAGE].startswith(b"\x89PNG")
    assert "exclusivement sur rendez-vous" in files[Role.TEXT].decode()
    assert booking.rpartition("127.0.0.1")[2].partition("/")[2] in gzip.decompress(files[Role.HTML]).decode()


def test_the_booking_may_be_on_another_host(session: BrowserSession) -> None:
    with NoticeSite({"/demarche": page(LINK)}) as site:
        visit = look(session, site.url())
        assert site.paths() == ["/demarche"]
    assert visit.link.path == (site.url(), BOOKING)
    assert (visit.link.href, visit.link.text) == (f"{BOOKING}/", "Prendre rendez-vous")


UNLINKED = {
    "nothing": "",
    "another démarche": '<a href="https://rdv.exemple.gouv.fr/booking/create/4964">Prendre rendez-vous</a>',
    "a button": f"<button onclick=\"location.href='{BOOKING}'\">Prendre rendez-vous</button>",
    "words": f"<p>{BOOKING}</p>",
}


@pytest.mark.parametrize("name", UNLINKED)
def test_a_page_without_a_direct_link_is_shown_and_says_that_there_is_none(session: BrowserSession, name: str) -> None:
    with NoticeSite({"/demarche": page(f"<p>{WORDS}</p>{UNLINKED[name]}")}) as site:
        visit = look(session, site.url())
    assert (visit.outcome, visit.link) == ("shown", NoticeLink(path=(site.url(),)))


def test_a_link_in_a_folded_part_of_the_page_is_found_and_said_to_be_folded(session: BrowserSession) -> None:
    content = f'<details><summary>Rendez-vous</summary><a href="{BOOKING}">Prendre rendez-vous</a></details>'
    with NoticeSite({"/demarche": page(content)}) as site:
        visit = look(session, site.url())
    assert (visit.link.found, visit.link.in_sight) == (True, False)


def test_a_redirect_on_the_same_host_is_followed_and_told(session: BrowserSession) -> None:
    with NoticeSite({"/demarche": moved("/nouvelle"), "/nouvelle": page(LINK)}) as site:
        visit = look(session, site.url())
    assert (visit.outcome, visit.url_final) == ("shown", site.url("/nouvelle"))
    assert [(step["status"], step["url"]) for step in visit.navigation] == [
        (302, site.url()),
        (200, site.url("/nouvelle")),
    ]
    assert visit.link.path == (site.url("/nouvelle"), BOOKING)


def test_a_redirect_to_another_host_or_to_the_booking_is_not_followed(session: BrowserSession) -> None:
    with NoticeSite({"/demarche": page(LINK)}) as other, NoticeSite({"/demarche": moved(other.url())}) as site:
        elsewhere = look(session, site.url())
        site.replies["/demarche"] = moved("/booking/create/4963")
        booking = look(session, site.url(), booking=site.url("/booking/create/4963"))
        assert (other.asked, site.paths()) == ([], ["/demarche", "/demarche"])
    assert (elsewhere.outcome, elsewhere.reason) == ("unrecognised", "stopped_at_boundary")
    assert elsewhere.guard_stopped == ({"url": other.url(), "method": "GET", "reason": "address"},)
    assert (booking.outcome, booking.reason) == ("unrecognised", "stopped_at_boundary")
    assert [stopped["reason"] for stopped in booking.guard_stopped] == ["past_availability"]
    assert booking.link == NoticeLink(path=(site.url(),))


BROKEN = {
    "never answers": (Reply(never=True), "unreachable", "timeout"),
    "never ends": (Reply(body=page(LINK).body, endless=True), "unrecognised", "still_loading"),
    "turns in a circle": (moved("/demarche"), "unreachable", "redirect_loop"),
    "is a file": (
        Reply(body="x", headers={"Content-Disposition": 'attachment; filename="a.pdf"'}, media_type="application/pdf"),
        "unrecognised",
        "download",
    ),
    "is not there": (Reply(body=page("Introuvable").body, status=404), "unrecognised", "http_404"),
    "is refused": (Reply(body=page("Non").body, status=403), "blocked", "http_403"),
    "is refused by a wall": (
        Reply(body="<html><title>Attention Required! | Cloudflare</title><body>Sorry</body></html>"),
        "blocked",
        None,
    ),
    "is overloaded": (Reply(body="<h1>503 Service Unavailable</h1>", status=503), "overloaded", None),
    "is empty": (Reply(body="<html><body></body></html>"), "unrecognised", "blank"),
    "asks for a captcha": (page(CAPTCHA), "captcha_required", None),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_stands_in_the_pages_place_is_recorded_as_seen(session: BrowserSession, name: str) -> None:
    reply, outcome, reason = BROKEN[name]
    with NoticeSite({"/demarche": reply}) as site:
        visit = look(session, site.url(), timing=SHORT)
        assert set(site.paths()) == {"/demarche"}
        site.replies["/demarche"] = page(LINK)
        after = look(session, site.url())
    assert (visit.outcome, visit.reason) == (outcome, reason)
    assert visit.link == NoticeLink(path=(site.url(),))
    assert visit.duration_ms < 20_000
    if name not in {"never answers", "turns in a circle", "is a file"}:
        assert Role.PAGE in kept(visit)
    assert after.outcome == "shown"
    json.dumps([*visit.navigation, visit.http, visit.environment, *visit.guard_stopped])


def test_a_host_where_nobody_answers_is_told(session: BrowserSession) -> None:
    with NoticeSite() as site:
        url = site.url()
    visit = look(session, url, timing=SHORT)
    assert (visit.outcome, visit.reason, visit.status) == ("unreachable", "connection", None)


def test_an_error_page_that_is_never_drawn_takes_nothing_from_what_happened(
    session: BrowserSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen on a busy machine: the browser's own page, asked for its picture, never answers."""

    def never(_page: object, *, timeout_ms: int) -> bytes:
        raise BrowserTimeout(f"Page.screenshot: Timeout {timeout_ms}ms exceeded.")

    monkeypatch.setattr(pictures, "_whole", never)
    with NoticeSite() as site:
        url = site.url()
    visit = look(session, url, timing=SHORT)
    assert (visit.outcome, visit.reason, visit.status) == ("unreachable", "connection", None)
    assert Role.PAGE not in kept(visit)


def test_a_captcha_beneath_a_contact_form_does_not_hide_the_page(session: BrowserSession) -> None:
    with NoticeSite({"/demarche": page(LINK + CAPTCHA)}) as site:
        visit = look(session, site.url())
    assert (visit.outcome, visit.link.found) == ("shown", True)


SENDING = [Page.SCRIPT_SUBMIT, Page.POPUP, Page.SERVICE_WORKER, Page.DOWNLOAD]


@pytest.mark.parametrize("what", SENDING)
def test_a_page_whose_scripts_send_sends_nothing(session: BrowserSession, what: Page) -> None:
    slot = "/booking/create/4963/5/1"
    script = hostile.script(what, entry="/booking/create/4963", slot=slot)
    with NoticeSite({"/demarche": page(LINK + script)}) as site:
        visit = look(session, site.url(), booking=site.url("/booking/create/4963"))
        assert {method for method, _path in site.asked} == {"GET"}
        assert [path for path in site.paths() if path.startswith(("/booking", hostile.SERVICE_WORKER))] == []
    assert visit.outcome == "shown"
    reasons = {stopped["reason"] for stopped in visit.guard_stopped}
    assert reasons <= {"past_availability", "method", "popup", "websocket", "closed"}
    assert bool(reasons) is (what in {Page.SCRIPT_SUBMIT, Page.POPUP})  # the others have no way to ask at all


def test_a_page_that_goes_on_to_the_booking_by_itself_stays_where_it_is(session: BrowserSession) -> None:
    head = '<meta http-equiv="refresh" content="0; url=/booking/create/4963">'
    prefetch = '<link rel="prefetch" href="/booking/create/4963"><link rel="prerender" href="/booking/create/4963">'
    with NoticeSite({"/demarche": page(LINK, head=head + prefetch)}) as site:
        visit = look(session, site.url(), booking=site.url("/booking/create/4963"))
        assert [path for path in site.paths() if path.startswith("/booking")] == []
    assert visit.outcome != "shown"  # the browser puts an error page where the page stood
    assert {stopped["reason"] for stopped in visit.guard_stopped} == {"past_availability"}


def test_what_robots_txt_refuses_on_the_way_is_not_asked_for(session: BrowserSession) -> None:
    with NoticeSite({"/demarche": page(LINK + '<img src="/prive/photo.png">')}) as site:
        visit = look(session, site.url(), allows=lambda url: "/prive" not in url)
        assert site.paths() == ["/demarche"]
    assert visit.outcome == "shown"
    assert [stopped["reason"] for stopped in visit.guard_stopped] == ["robots"]


def test_a_page_that_its_own_scripts_write_is_waited_for(session: BrowserSession) -> None:
    script = "<script>fetch('/contenu').then((r) => r.text()).then((t) => { document.body.innerHTML += t; });</script>"
    with NoticeSite({"/demarche": page(script), "/contenu": Reply(body=LINK)}) as site:
        visit = look(session, site.url())
        assert site.paths() == ["/demarche", "/contenu"]
    assert (visit.outcome, visit.link.found) == ("shown", True)


def test_a_page_that_changes_all_the_time_proves_nothing(session: BrowserSession) -> None:
    script = (
        f'<p><a id=a href="{BOOKING}">Prendre rendez-vous</a></p>'
        "<script>let n = 0; setInterval(() => { a.textContent = 'Lien ' + (n += 1); }, 5);</script>"
    )
    with NoticeSite({"/demarche": page(script)}) as site:
        visit = look(session, site.url())
    assert (visit.outcome, visit.reason) == ("unrecognised", "page_changing")
    assert visit.link == NoticeLink(path=(site.url(),))
