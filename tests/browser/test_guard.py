"""What leaves the browser, proved by what arrives: nothing that no profile lists, whatever a page tries."""

import http.server
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from typing_extensions import override

from capture.boundary import Boundary
from capture.browser import BrowserSession
from capture.profile import load_profile
from capture.request import Timing, VisitRequest
from capture.visit import perform
from demo.scenario import Page, Procedure
from demo.server import LoggedRequest, ReplicaServer
from temoin.records import Mode, Outcome, Visit

pytestmark = pytest.mark.browser

MakeVisit = Callable[..., Visit]
# What ends these visits is the answer's bound; the others are for a slow machine, on which no browser may be ended.
HASTY = Timing(pace=(0, 0), answer=2.5, step=30, visit=90)
PATIENT = replace(HASTY, answer=20)
# What a page can try, one file each; $SLOT is a slot's link, and whatever must not arrive says "interdit".
PAGES = Path(__file__).parent / "test_guard_pages"
TRICKS = sorted(PAGES.glob("staying/*.html"))
LEAVING = sorted(PAGES.glob("leaving/*.html"))
RUNS = 3  # of what is a race: once would prove little
SLOT = "/booking/create/4963/5/20678/1765000000"
LISTED = {
    ("condition", "on"),
    ("nextButton", "Effectuer une demande de rendez-vous"),
    ("nextButton", "Etape suivante"),
}


def forbidden(requests: tuple[LoggedRequest, ...]) -> list[str]:
    """What should not have arrived; a worker's script may, whatever it is told to do."""
    return [
        f"{request.method} {request.path}"
        for request in requests
        if ("interdit" in unquote(request.path) and not request.path.startswith(("/assets/worker.js",)))
        or b"interdit" in request.body
    ]


HOSTILE = (Page.POPUP, Page.SERVICE_WORKER, Page.SCRIPT_SUBMIT, Page.SCRIPT_TAMPER, Page.DOWNLOAD, Page.DOWNLOAD_ANSWER)


@pytest.mark.parametrize(
    ("platform", "shown"),
    [
        *(("ezbooking", shown) for shown in HOSTILE),
        *((name, Page.SCRIPT_SUBMIT) for name in ("rdv-prefecture", "rdv-service-public", "generic")),
        ("rdv-prefecture", Page.POPUP),
    ],
)
def test_a_hostile_page_sends_nothing_of_its_own(make_visit: MakeVisit, platform: str, shown: Page) -> None:
    procedure = Procedure(platform=platform, id="4963", pages=(shown,))
    with ReplicaServer([procedure]) as server:
        visit = make_visit(server, procedure, timing=HASTY)
        time.sleep(0.2)
        requests = server.requests
    assert forbidden(requests) == []
    assert {request.method for request in requests} <= {"GET", "POST"}
    assert {field for request in requests for field in request.fields} <= LISTED
    assert visit.outcome in {Outcome.NO_SLOT, Outcome.CAPTCHA_REQUIRED, Outcome.UNRECOGNISED}
    for stopped in visit.guard_stopped:
        assert set(stopped) == {"url", "method", "reason"}


RULES = '{"prefetch": [{"source": "list", "urls": ["/inconnu?interdit=x", "$SLOT?interdit=y"]}]}'


class Rogue(http.server.ThreadingHTTPServer):
    """One page, `html`, at any address of the démarche; what it was asked for is in `asked`."""

    daemon_threads = True

    def __init__(self, html: str, headers: dict[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), _RogueHandler)
        self.html = html
        self.headers = headers
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/booking/create/4963"

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away is no error."""


class _RogueHandler(http.server.BaseHTTPRequestHandler):
    server: Rogue

    def do_GET(self) -> None:
        self.server.asked.append(f"{self.command} {unquote(self.path)}")
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        page = self.path.startswith("/booking/create/4963")
        body = self.server.html.encode() if page else RULES.replace("$SLOT", SLOT).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8" if page else "application/speculationrules+json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_HEAD = do_OPTIONS = do_GET  # noqa: N815 - the names are http.server's

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Write nothing."""


@pytest.fixture
def rogue() -> Iterator[Callable[..., Rogue]]:
    servers: list[Rogue] = []

    def start(html: str, headers: dict[str, str] | None = None) -> Rogue:
        server = Rogue(f"<!DOCTYPE html><html><body>{html}</body></html>", headers or {})
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def visit_rogue(session: BrowserSession, server: Rogue, timing: Timing = HASTY, **more: Any) -> Visit:
    asked = VisitRequest(
        attempt="20261123-071233-7f3a",
        at=datetime(2026, 11, 23, 7, 12, 33, tzinfo=UTC),
        url=server.url,
        profile=load_profile("ezbooking"),
        prefecture="Préfecture de l'Exemple",
        label="Démarche d'essai",
        timezone="Europe/Paris",
        simulated=True,
        mode=Mode.UNATTENDED,
        timing=timing,
        **more,
    )
    return perform(session, asked)


SENTENCE = (
    "Il n'existe plus de plage horaire libre pour votre demande de rendez-vous. Veuillez recommencer ultérieurement."
)
# The answer comes late, so that every trick has had its time.
ANSWER = f"""<div id="inner_Booking"><form id="FormBookingCreate">…</form></div>
<script>
setTimeout(() => {{ document.getElementById('FormBookingCreate').textContent = "{SENTENCE}"; }}, 700);
</script>"""


# Several tricks a visit, for speed; each names itself in what it sends, and files that share a name stand apart.
@pytest.mark.parametrize("group", range(4))
def test_no_trick_of_a_page_reaches_the_site_nor_hides_the_answer(
    session: BrowserSession, rogue: Callable[..., Rogue], group: int
) -> None:
    tricks = TRICKS[group::4]
    assert len(tricks) > 4
    server = rogue("".join(trick.read_text().replace("$SLOT", SLOT) for trick in tricks) + ANSWER)
    visit = visit_rogue(session, server)
    time.sleep(0.2)
    assert [line for line in server.asked if "interdit" in line] == []
    assert visit.outcome is Outcome.NO_SLOT
    assert visit.url_final in {server.url, f"{server.url}/2"}
    assert visit.guard_stopped


def test_rules_that_come_by_a_header_are_not_followed(session: BrowserSession, rogue: Callable[..., Rogue]) -> None:
    server = rogue(ANSWER, {"Speculation-Rules": '"/regles.json?interdit=regles"'})
    visit = visit_rogue(session, server)
    time.sleep(0.2)
    assert [line for line in server.asked if "interdit" in line] == []
    assert visit.outcome is Outcome.NO_SLOT


@pytest.mark.parametrize("trick", LEAVING, ids=lambda path: path.stem)
def test_a_page_that_drives_itself_away_is_stopped_and_proves_nothing(
    session: BrowserSession, rogue: Callable[..., Rogue], trick: Path
) -> None:
    server = rogue(trick.read_text().replace("$SLOT", SLOT) + ANSWER)
    visit = visit_rogue(session, server, PATIENT)
    assert [line for line in server.asked if "interdit" in line] == []
    assert [line for line in server.asked if line.startswith("POST")] == []
    assert visit.outcome is Outcome.UNRECOGNISED
    # On a slow machine it may be looked at just while it leaves: then that is what is said.
    assert visit.reason in {"stopped_at_boundary", "page_changing"}
    assert visit.guard_stopped[0]["reason"] in {"past_availability", "form", "address"}


NOISY = """<script>
let n = 0;
setInterval(() => {
  n += 1;
  fetch('/ezjscore/call/bookingserver::planning::assign::4963::1::' + n).catch(() => 0);
  new Image().src = '/image.png?' + n;
}, 30);
addEventListener('pagehide', () => navigator.sendBeacon('/inconnu?interdit=depart'));
</script>"""
STOPS = {
    "slot": ('<table><tr><td class="status-1 free">09:30 <a href="#">libre</a></td></tr></table>', Outcome.SLOT_SEEN),
    "captcha": ('<div class="g-recaptcha">Je ne suis pas un robot</div>', Outcome.CAPTCHA_REQUIRED),
    "block": ("<p>Request forbidden by administrative rules.</p>", Outcome.BLOCKED),
}


@pytest.mark.parametrize("name", STOPS)
def test_after_a_slot_a_captcha_or_a_block_nothing_more_is_asked(
    session: BrowserSession, rogue: Callable[..., Rogue], name: str
) -> None:
    html, outcome = STOPS[name]
    server = rogue(f"<div id=z></div><script>setTimeout(() => {{ z.innerHTML = `{html}`; }}, 400);</script>{NOISY}")
    counts: list[int] = []
    visit = visit_rogue(session, server)
    counts.append(len(server.asked))
    time.sleep(0.3)
    counts.append(len(server.asked))
    assert visit.outcome is outcome
    assert counts[0] == counts[1]
    assert "closed" in {stopped["reason"] for stopped in visit.guard_stopped}
    assert [line for line in server.asked if "interdit" in line] == []


def test_nothing_of_a_path_that_robots_refuses_is_asked_for(make_visit: MakeVisit) -> None:
    procedure = Procedure(platform="ezbooking", id="4963", pages=(Page.NO_SLOT,))
    with ReplicaServer([procedure]) as server:
        visit = make_visit(server, procedure, allows_robot=lambda url: "/booking/create/" in url)
        assert {request.path.split("/")[1] for request in server.requests} == {"booking"}  # no style, picture, icon
    assert visit.outcome is Outcome.NO_SLOT
    assert "robots" in {stopped["reason"] for stopped in visit.guard_stopped}


def test_a_procedure_that_robots_refuses_is_not_asked_for_at_all(make_visit: MakeVisit) -> None:
    procedure = Procedure(platform="ezbooking", id="4963", pages=(Page.NO_SLOT,))
    with ReplicaServer([procedure]) as server:
        visit = make_visit(server, procedure, allows_robot=lambda _url: False)
        assert server.requests == ()
    assert visit.outcome is Outcome.UNRECOGNISED
    assert visit.guard_stopped[0]["reason"] == "robots"


def test_a_redirect_towards_a_slot_stops_at_the_boundary(make_visit: MakeVisit) -> None:
    procedure = Procedure(platform="ezbooking", id="4963", pages=(Page.REDIRECT_TO_SLOT,))
    with ReplicaServer([procedure]) as server:
        visit = make_visit(server, procedure)
        assert not [request for request in server.requests if "/5/" in request.path]
    assert (visit.outcome, visit.reason) == (Outcome.UNRECOGNISED, "stopped_at_boundary")
    assert [(s["method"], s["reason"]) for s in visit.guard_stopped][-1] == ("GET", "past_availability")
    assert "/5/" in visit.guard_stopped[-1]["url"]


def test_a_browser_without_a_visit_asks_for_nothing(session: BrowserSession, rogue: Callable[..., Rogue]) -> None:
    server = rogue("Bonjour")
    session.guard.watch(Boundary(profile=load_profile("ezbooking"), asked=server.url))
    session.guard.close()
    with session.page(timezone="Europe/Paris") as page:
        page.set_content(f'<img src="{server.url}"><script>fetch("{server.url}").catch(() => 0)</script>')
        page.wait_for_timeout(200)
    assert server.asked == []
