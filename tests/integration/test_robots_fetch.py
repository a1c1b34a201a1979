"""robots.txt asked of a real server on this machine, whatever it answers."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import ClassVar

import pytest
from typing_extensions import override

from scheduler.robots import MAX_BYTES, RobotsAnswer, build_rules, fetch_robots
from temoin import __version__

RULES = b"User-agent: *\nDisallow: /private\n"


class Site(BaseHTTPRequestHandler):
    """Answers by path: /hops/3/robots.txt needs three redirects, and so on."""

    seen: ClassVar[list[tuple[str, str | None]]] = []
    release: ClassVar[threading.Event] = threading.Event()

    def do_GET(self) -> None:
        self.seen.append((self.path, self.headers.get("User-Agent")))
        _, kind, *rest = self.path.split("/")
        getattr(self, f"answer_{kind}")(rest[0])

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer_status(self, text: str) -> None:
        self.answer(int(text), RULES)

    def answer_hops(self, text: str) -> None:
        left = int(text)
        if left:
            self.answer(302, Location=f"/hops/{left - 1}/robots.txt")
        else:
            self.answer(200, RULES)

    def answer_to(self, scheme: str) -> None:
        self.answer(302, Location=f"{scheme}://127.0.0.1:1/robots.txt")

    def answer_endless(self, _text: str) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            for _number in count():
                self.wfile.write(b"# " + b"x" * 4094)
        except OSError:
            return

    def answer_silent(self, _text: str) -> None:
        self.release.wait(60)

    def answer_trickle(self, _text: str) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        while not self.release.wait(0.05):
            try:
                self.wfile.write(b"#")
            except OSError:
                return

    def answer_packed(self, _text: str) -> None:
        self.answer(200, b"\x1f\x8b", Content_Encoding="gzip")

    def answer_short(self, _text: str) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(RULES)

    def answer_garbage(self, _text: str) -> None:
        self.wfile.write(b"\x00\x01 this is no HTTP\r\n\r\n")

    @override
    def log_message(self, *_arguments: object) -> None:
        """Quiet."""


@pytest.fixture
def site() -> Iterator[str]:
    Site.seen.clear()
    Site.release.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        Site.release.set()
        server.shutdown()
        thread.join()
        server.server_close()


def test_we_say_who_we_are(site: str) -> None:
    assert fetch_robots(f"{site}/status/200/robots.txt") == RobotsAnswer(status=200, body=RULES)
    assert Site.seen == [("/status/200/robots.txt", f"Temoin/{__version__}")]


@pytest.mark.parametrize("status", [403, 404, 429, 500, 503])
def test_a_refusal_is_an_answer(site: str, status: int) -> None:
    assert fetch_robots(f"{site}/status/{status}/robots.txt") == RobotsAnswer(status=status)


def test_five_redirects_are_followed_and_no_more(site: str) -> None:
    assert fetch_robots(f"{site}/hops/5/robots.txt") == RobotsAnswer(status=200, body=RULES)
    Site.seen.clear()
    assert fetch_robots(f"{site}/hops/6/robots.txt") == RobotsAnswer(status=302)
    assert len(Site.seen) == 6


def test_an_endless_body_is_cut(site: str) -> None:
    answer = fetch_robots(f"{site}/endless/x/robots.txt")
    assert (answer.status, len(answer.body)) == (200, MAX_BYTES)


@pytest.mark.parametrize("kind", ["silent", "trickle"])
def test_a_host_that_does_not_finish_is_left(site: str, kind: str) -> None:
    assert fetch_robots(f"{site}/{kind}/x/robots.txt", timeout_seconds=0.3) == RobotsAnswer(status=None)


@pytest.mark.parametrize("kind", ["packed", "garbage"])
def test_what_cannot_be_read_is_not_a_yes(site: str, kind: str) -> None:
    answer = fetch_robots(f"{site}/{kind}/x/robots.txt")
    assert not build_rules(answer.status, answer.body).allows(f"{site}/public")


def test_a_body_that_breaks_off_is_not_a_yes(site: str) -> None:
    answer = fetch_robots(f"{site}/short/x/robots.txt")
    assert not build_rules(answer.status, answer.body).allows(f"{site}/public")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_nobody_there_is_not_a_yes(site: str, scheme: str) -> None:
    assert fetch_robots(f"{site}/to/{scheme}/robots.txt") == RobotsAnswer(status=None)


@pytest.mark.parametrize("scheme", ["ftp", "file"])
def test_no_other_scheme_is_followed(site: str, scheme: str) -> None:
    answer = fetch_robots(f"{site}/to/{scheme}/robots.txt")
    assert answer.body == b""
    assert len(Site.seen) == 1


def test_no_proxy_stands_between_us_and_this_machine(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    assert fetch_robots(f"{site}/status/200/robots.txt").status == 200
