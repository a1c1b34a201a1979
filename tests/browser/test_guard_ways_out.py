"""Ways out that do not pass where the guard holds requests, and what one visit may ask for in all."""

import socket
from collections.abc import Callable, Iterator

import pytest

from capture.browser import BrowserSession
from temoin.records import Outcome
from tests.browser.test_guard import ANSWER, PATIENT, RUNS, Rogue, rogue, visit_rogue

__all__ = ["rogue"]  # the fixture

pytestmark = pytest.mark.browser

MakeRogue = Callable[..., Rogue]
STUN = 20  # bytes of the shortest question to a STUN server (RFC 8489 §5)


def interdicted(server: Rogue) -> list[str]:
    return [line for line in server.asked if "interdit" in line]


def test_no_socket_is_opened_from_a_sandboxed_frame(session: BrowserSession, rogue: MakeRogue) -> None:
    code = (
        "const to = document.baseURI.replace('http', 'ws').split('/').slice(0, 3).join('/') + '/ws?interdit=';"
        "new WebSocket(to + 'cadre');"
        "new Worker(URL.createObjectURL(new Blob([`new WebSocket('${to}ouvrier')`])));"
    )
    frames = "".join(f'<iframe sandbox="allow-scripts" srcdoc="<script>{code}</script>"></iframe>' for _ in range(3))
    for _run in range(RUNS):
        server = rogue(frames + ANSWER)
        visit = visit_rogue(session, server)
        assert interdicted(server) == []
        assert visit.outcome is Outcome.NO_SLOT
        assert "websocket" in {stopped["reason"] for stopped in visit.guard_stopped}


@pytest.fixture
def ear() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as heard:
        heard.bind(("127.0.0.1", 0))
        heard.settimeout(0)
        yield heard


def test_no_datagram_leaves_by_a_peer_connection(session: BrowserSession, rogue: MakeRogue, ear: socket.socket) -> None:
    where = f"stun:127.0.0.1:{ear.getsockname()[1]}"
    server = rogue(
        f"""<iframe id=f></iframe><script>
const names = ['RTCPeerConnection', 'webkitRTCPeerConnection'];
for (const from of [window, f.contentWindow]) for (const name of names) try {{
  const peer = new from[name]({{iceServers: [{{urls: '{where}'}}]}});
  peer.createDataChannel('x');
  peer.createOffer().then((offer) => peer.setLocalDescription(offer));
}} catch (refused) {{}}
</script>{ANSWER}"""
    )
    visit_rogue(session, server)
    with pytest.raises(BlockingIOError):
        ear.recv(STUN)


def test_what_one_visit_sends_at_its_end_is_not_told_of_the_next(
    living_session: Callable[[], BrowserSession], rogue: MakeRogue
) -> None:
    first = rogue(
        """<div class="g-recaptcha">Je ne suis pas un robot</div><iframe srcdoc="<script>
addEventListener('pagehide', () => navigator.sendBeacon('/inconnu?interdit=cadre'))</script>"></iframe><script>
setInterval(() => { new Image().src = '/image?interdit-tard=' + Math.random(); }, 20);
addEventListener('pagehide', () => {
  navigator.sendBeacon('/inconnu?interdit=balise'); new Image().src = '/inconnu?interdit=image';
  fetch('/inconnu?interdit=garde', {method: 'POST', keepalive: true, body: 'x'}).catch(() => 0);
});</script>"""
    )
    second = rogue(ANSWER)
    for _run in range(RUNS):
        assert visit_rogue(living_session(), first, PATIENT).outcome is Outcome.CAPTCHA_REQUIRED
        asked = len(first.asked)
        # On a slow machine the page may have cost the browser: the next visit has another one, as in the product.
        visit = visit_rogue(living_session(), second, PATIENT)
        assert [stopped for stopped in visit.guard_stopped if first.url.split("/")[2] in stopped["url"]] == []
        assert len(first.asked) == asked
    assert [line for line in first.asked if "interdit=" in line] == []


LATE = ANSWER.replace("700", "15000")  # after all that it asks for, on a slow machine too
LOOPS = {
    "refresh": "<meta http-equiv=refresh content=0>",
    "form": """<form id=z method=post action="/booking/create/4963"><input name=condition value=on>
<input name=nextButton value="Effectuer une demande de rendez-vous"></form><script>z.submit()</script>""",
    "pictures": "<script>for (let n = 0; n < 900; n += 1) new Image().src = '/image.png?' + n;</script>" + LATE,
}


@pytest.mark.parametrize("name", LOOPS)
def test_a_page_that_asks_without_end_ends_the_visit(session: BrowserSession, rogue: MakeRogue, name: str) -> None:
    server = rogue(LOOPS[name])
    visit = visit_rogue(session, server, PATIENT)
    documents = [line for line in server.asked if "/booking/" in line]
    assert len(documents) <= 12
    assert len(server.asked) <= 300
    assert (visit.outcome, visit.reason) == (Outcome.UNRECOGNISED, "too_many_requests")
    assert "budget" in {stopped["reason"] for stopped in visit.guard_stopped}


COUNTER = """<div id=inner_Booking><form id=FormBookingCreate method=post action="/booking/create/4963/1">
<fieldset id=fchoix_Booking><p><input type=radio name=planning id=planning990 value=990>
<label for=planning990>Guichet 1</label></p></fieldset>
<input type=submit name=nextButton value="Etape suivante"></form></div>"""


@pytest.mark.parametrize(
    "trick",
    [
        "planning990.value = 777",
        "const more = planning990.cloneNode(); more.type = 'hidden'; event.target.append(more)",
    ],
)
def test_no_counter_is_sent_but_the_chosen_one_once(session: BrowserSession, rogue: MakeRogue, trick: str) -> None:
    server = rogue(f"{COUNTER}<script>document.forms[0].addEventListener('submit', (event) => {{ {trick} }})</script>")
    visit = visit_rogue(session, server, choices=("990",))
    assert [line for line in server.asked if line.startswith("POST")] == []
    assert (visit.outcome, visit.reason) == (Outcome.UNRECOGNISED, "stopped_at_boundary")
    assert visit.guard_stopped[-1]["reason"] == "form"


def test_the_chosen_counter_is_sent(session: BrowserSession, rogue: MakeRogue) -> None:
    server = rogue(COUNTER)
    visit_rogue(session, server, choices=("990",))
    assert [line for line in server.asked if line.startswith("POST")][:1] == ["POST /booking/create/4963/1"]
