"""What a visit keeps of its exchange: the answers, masked and bounded; no cookie, no token, no request's body."""

import http.server
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from typing_extensions import override

from capture.boundary import Boundary
from capture.browser import BrowserSession
from capture.exchange import MAX_BODY
from capture.profile import generic_profile
from capture.recorder import Recorder
from capture.request import Timing
from demo.scenario import Page, Procedure
from demo.server import ReplicaServer
from temoin.records import Artefact, Outcome, Role, Visit
from temoin.warc import ReadRecord, check_warc, find_bodies, read_warc

pytestmark = pytest.mark.browser

MakeVisit = Callable[..., Visit]
QUICK = Timing(pace=(0, 0), answer=20, settle=0.2, step=30, visit=90)
SENTENCE = "Aucun rendez-vous n'est disponible."
SECRETS = ("cookie-4f5e6d7c8b", "url-1a2b3c4d5e", "form-9e8d7c6b5a", "meta-0f1e2d3c4b", "json-7a6b5c4d3e")
PAGE = f"""<!doctype html><html lang=fr><head><meta charset=utf-8><meta name=csrf-token content="{SECRETS[3]}">
<link rel=stylesheet href="/style.css?token={SECRETS[1]}"></head><body><p>{SENTENCE}</p>
<input type=hidden name=_token value="{SECRETS[2]}"><img src="/long.png"><img src="/endless.png"><img src="/cut.png">
<script>const etat = {{"sessionId": "{SECRETS[4]}"}}; document.title = document.cookie</script></body></html>"""


DRAWN = bytes.fromhex("00000000000000104944415478da63606060600000000500015e0c3b2a0000000049454e44ae426082")


def _picture(comment: int) -> bytes:
    """The beginning of a PNG that has a comment of so many bytes: the browser reads on until it can draw something."""
    header = b"IHDR" + struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    first = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return first + struct.pack(">I", comment) + b"tEXt"


class Site(http.server.ThreadingHTTPServer):
    """One page full of secrets, a picture longer than what is kept, and one without end."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/rdv?sid={SECRETS[1]}"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        name = self.path.split("?")[0]
        if name in {"/endless.png", "/cut.png"}:  # the second cannot be drawn: the browser reads no further
            begin = _picture(1_000_000_000) if name == "/endless.png" else b"\x89PNG"
            self._send("image/png", begin, length=1_000_000_000)
            with self._gone():
                while True:
                    self.wfile.write(bytes(100_000))
                    time.sleep(0.01)
        elif name == "/long.png":
            self._send("image/png", _picture(MAX_BODY) + bytes(MAX_BODY) + DRAWN)
        elif name == "/style.css":
            self._send("text/css; charset=iso-8859-1", 'p { content: "été" }'.encode("latin-1"))
        elif name == "/rdv":
            self._send("text/html; charset=utf-8", PAGE.encode())
        else:
            self.send_error(404)

    @contextmanager
    def _gone(self) -> Iterator[None]:
        try:
            yield
        except OSError:  # the visit is over
            return

    def _send(self, media_type: str, body: bytes, *, length: int | None = None) -> None:
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(length or len(body)))
        self.send_header("Set-Cookie", f"numero={SECRETS[0]}; Path=/")
        self.send_header("X-Auth-Token", SECRETS[4])
        self.end_headers()
        with self._gone():
            self.wfile.write(body)

    @override
    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def _exchange(visit: Visit) -> Artefact:
    (found,) = [artefact for artefact in visit.parts[0].artefacts if artefact.role is Role.EXCHANGE]
    return found


def _answers(artefact: Artefact) -> dict[str, ReadRecord]:
    """The last answer of each path."""
    found = [record for record in read_warc(artefact.data) if record.kind in {"response", "revisit"}]
    return {record.uri.split("?")[0].rpartition("/")[2]: record for record in found}


def test_no_secret_of_a_page_is_kept_and_bodies_are_bounded(make_visit: MakeVisit, site: Site) -> None:
    procedure = Procedure(platform="generic", id="rdv", pages=(Page.GENERIC_NO_SLOT,))
    profile = generic_profile(url=site.url, sentence=SENTENCE)
    visit = make_visit(site, procedure, url=site.url, profile=profile, timing=QUICK)
    assert visit.outcome is Outcome.NO_SLOT
    artefact = _exchange(visit)
    kept = b"\n".join(record.block + str(record.headers).encode() for record in read_warc(artefact.data))
    assert [secret for secret in SECRETS if secret.encode() in kept] == []
    answers = _answers(artefact)
    assert SENTENCE in answers["rdv"].payload.decode()
    assert answers["rdv"].uri == site.url.replace(SECRETS[1], "x" * len(SECRETS[1]))
    assert len(answers["rdv"].payload) == len(PAGE.encode())
    assert answers["style.css"].payload.decode() == 'p { content: "été" }'
    assert answers["style.css"].http("content-type") == "text/css; charset=utf-8"
    truncated = {name: record.headers.get("warc-truncated") for name, record in answers.items()}
    assert {name: truncated[name] for name in ("rdv", "style.css", "long.png", "cut.png", "endless.png")} == {
        "rdv": None,
        "style.css": None,
        "long.png": "length",
        "cut.png": "unspecified",
        "endless.png": "time",
    }
    assert len(artefact.data) < 20_000
    assert list(check_warc(artefact.data, set())) == []
    assert len(site.asked) == len(set(site.asked)), "nothing was asked for a second time to be kept"


def test_the_next_visit_refers_to_what_the_first_one_kept_and_no_form_is_kept(make_visit: MakeVisit) -> None:
    procedure = Procedure(platform="ezbooking", id="4963", pages=(Page.NO_SLOT,))
    with ReplicaServer([procedure]) as server:
        first = _exchange(make_visit(server, procedure))
        cookies = {value for request in server.requests for value in request.headers.get("cookie", "").split("=")[1:]}
        known = find_bodies(first.data)
        second = _exchange(make_visit(server, procedure, known_bodies=lambda: known))
    for artefact in (first, second):
        kept = b"\n".join(record.block for record in read_warc(artefact.data))
        assert b"Il n'existe plus de plage horaire libre" in kept
        assert cookies
        assert not [one for one in (*cookies, "condition=on", "nextButton=") if one.encode() in kept]
    posted = [record for record in read_warc(first.data) if record.block.startswith(b"POST ")]
    assert [(record.payload, record.headers["warc-truncated"]) for record in posted] == [(b"", "unspecified")]
    assert _answers(second)["replica.css"].kind == "revisit"
    assert _answers(second)["replica.css"].headers["warc-refers-to-date"] == known_date(first)
    kept_before: set[object] = set()
    assert list(check_warc(first.data, kept_before)) == []  # type: ignore[arg-type]
    assert list(check_warc(second.data, kept_before)) == []  # type: ignore[arg-type]
    assert len(second.data) < len(first.data)


def known_date(artefact: Artefact) -> str:
    """When the style sheet was kept."""
    found = (record for record in read_warc(artefact.data) if record.kind == "response")
    return next(record.date for record in found if record.uri.endswith("replica.css"))


def test_in_a_persons_hands_only_the_document_that_answers_is_kept(session: BrowserSession, site: Site) -> None:
    now = datetime(2026, 11, 23, 7, 12, 33, tzinfo=UTC)
    profile = generic_profile(url=site.url, sentence=SENTENCE)
    session.guard.watch(Boundary(profile=profile, asked=site.url, human=True))
    with session.page(timezone="Europe/Paris") as page:
        recorder = Recorder(
            page=page, session=session.page_session, target=session.page_target, now=lambda: now, person=True
        )
        recorder.attach()
        page.goto(site.url, wait_until="commit")
        page.evaluate("fetch('/rdv?saisie=du-captcha').then((answer) => answer.text())")
        page.goto(site.url, wait_until="commit")
        page.wait_for_function("document.querySelector('p') && document.styleSheets.length")
        page.evaluate("fetch('/rdv?saisie=apres').then((answer) => answer.text())")
        recorder.take_answer("1")
        page.evaluate("fetch('/rdv?saisie=plus-tard').then((answer) => answer.text())")
    kept = recorder.archive("20261123-071233-7f3a", dict)["1"]
    addresses = [record.uri.split("/", 3)[3] for record in read_warc(kept.data) if record.kind == "response"]
    masked = "x" * len(SECRETS[1])
    assert addresses[0] == f"rdv?sid={masked}"
    assert set(addresses) <= {f"rdv?sid={masked}", f"style.css?token={masked}", "long.png", "cut.png", "endless.png"}
    assert len(addresses) == len(set(addresses)), "of the two documents the last one only"
    assert SENTENCE in _answers(kept)["rdv"].payload.decode()
