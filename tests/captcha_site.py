"""A booking page with a captcha's frame over the button that a step presses, and what the frame tells of it.

The frame tells of every event it gets to the page, which keeps it in the session's storage and writes it under the
answer, so that the visit's own text has it: whatever of ours got in there can be read afterwards.
"""

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from typing_extensions import override

from capture.profile import load_profile
from capture.request import Timing, VisitRequest
from temoin.records import Mode, Role, Visit

QUICK = Timing(pace=(0, 0), answer=1.0, settle=0.2, step=1.5, visit=15, person=20)
PATH = "/booking/create/4963"
EVENTS = (
    "pointerdown pointerup pointermove pointerover pointerenter mousedown mouseup mousemove mouseover mouseenter click "
    "dblclick auxclick contextmenu touchstart touchend keydown keyup keypress beforeinput input change paste focus "
    "focusin wheel dragstart"
)
FRAME = """<!DOCTYPE html><title>Replique de captcha</title><body style="margin:0;height:100%">
<label>Je ne suis pas un robot <input type="checkbox"></label><input id="code" autocomplete="off">
<script>
for (const name of '$EVENTS'.split(' ')) {
  addEventListener(name, (e) => parent.postMessage(`${name}:${e.isTrusted}`, '*'), true);
}
</script>"""
# What lies over the button, and when; `lay()` lays the frame over it, `lift()` takes it away.
COVERING = {
    "there from the start": "lay();",
    "under the pointer": "for (const w of ['pointerover', 'pointermove', 'mousemove', 'pointerdown', 'focus'])"
    " button.addEventListener(w, lay, true);",
    "now and again": "setInterval(() => { lay(); setTimeout(lift, 2); }, 4);",
    "when the box is checked": "box.addEventListener('change', lay);",
    "seen through": "lay(); cover.style.pointerEvents = 'none';",
    "with the focus": "cover.style.cssText += 'inset:auto 0 0 auto;width:20em;height:4em'; lay();"
    " cover.onload = () => cover.focus();",
}
PAGE = """<!DOCTYPE html><html lang="fr"><head><title>Essai</title></head><body>
<div id="inner_Booking"><p>Conditions d'essai, sans objet.</p></div>
<form id="FormBookingCreate" method="post" action="$PATH/0">
  <label>J'accepte <input type="checkbox" id="condition" name="condition" value="on"></label>
  <p id="submit_Booking"><input type="submit" name="nextButton" value="Effectuer une demande de rendez-vous"></p>
</form>
<p id="vu">rien</p>
<script>
const button = document.querySelector('[name=nextButton]'), box = document.querySelector('#condition');
const cover = document.createElement('iframe');
cover.sandbox = 'allow-scripts';  // of no origin of the page's, as a captcha's is
cover.srcdoc = $FRAME;
cover.style = 'position:fixed;inset:0;width:100%;height:100%;border:0;opacity:.6;background:#eee';
const lay = () => { if (!cover.isConnected) document.body.append(cover); };
const lift = () => cover.remove();
const keep = (what) => {
  sessionStorage.vu = `${sessionStorage.vu || ''} ${what}`;
  document.querySelector('#vu').textContent = `vu :${sessionStorage.vu}`;
};
addEventListener('message', (e) => keep(e.data));
box.addEventListener('click', (e) => keep(`page-box-click:${e.isTrusted}`));
button.addEventListener('click', (e) => keep(`page-button-click:${e.isTrusted}`));
$SCRIPT
</script></body></html>"""
ANSWER = """<!DOCTYPE html><html lang="fr"><head><title>Essai</title></head><body>
<form id="FormBookingCreate"><p>Il n'existe plus de plage horaire libre pour votre demande de rendez-vous. Veuillez
 recommencer ultérieurement.</p></form>
<p id="vu"></p><script>document.querySelector('#vu').textContent = `vu :${sessionStorage.vu || ' rien'}`</script>
</body></html>"""


class Site(http.server.ThreadingHTTPServer):
    """The booking page with ``script`` in it and the captcha's frame, and the answer once the form has come."""

    daemon_threads = True

    def __init__(self, script: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        frame = json.dumps(FRAME.replace("$EVENTS", EVENTS)).replace("</", "<\\/")
        self.page = PAGE.replace("$PATH", PATH).replace("$SCRIPT", script).replace("$FRAME", frame)
        self.posted: list[bytes] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{PATH}"

    @override
    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that goes away is no error."""


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self._send(self.server.page)

    def do_POST(self) -> None:
        self.server.posted.append(self.rfile.read(int(self.headers["Content-Length"])))
        self._send(ANSWER)

    def _send(self, text: str) -> None:
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Write nothing."""


@contextmanager
def captcha_site(script: str) -> Iterator[Site]:
    """The site, running."""
    site = Site(script)
    threading.Thread(target=site.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield site
    finally:
        site.shutdown()
        site.server_close()


def request_of(site: Site, mode: Mode = Mode.UNATTENDED) -> VisitRequest:
    """One visit of it."""
    return VisitRequest(
        attempt="20261123-071233-7f3a",
        at=datetime(2026, 11, 23, 7, 12, 33, tzinfo=UTC),
        url=site.url,
        profile=load_profile("ezbooking"),
        prefecture="Préfecture de l'Exemple",
        label="Démarche d'essai",
        timezone="Europe/Paris",
        simulated=True,
        mode=mode,
        timing=QUICK,
    )


@dataclass(frozen=True, slots=True)
class Told:
    """What the page and the frame in it were told to have got."""

    page: list[str]
    frame: list[str]


def told_of(visit: Visit) -> Told:
    """Out of the text of the answer."""
    (part,) = visit.parts
    (text,) = (artefact.data.decode() for artefact in part.artefacts if artefact.role is Role.TEXT)
    (line,) = [line for line in text.splitlines() if line.startswith("vu")] or ["vu : rien"]
    events = [word for word in line.split()[2:] if word != "rien"]
    return Told([e for e in events if e.startswith("page-")], [e for e in events if not e.startswith("page-")])
