"""Sites that misbehave, met by the daemon: each visit is bounded, recorded as what it was, the next one is as new."""

import http.server
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from typing_extensions import override

from demo.scenario import Page
from store.values import AttemptRow
from tests.acceptance.command import Person
from tests.station_day import AWAKE, NEVER_MISSED, StationDay, eventually, outcomes_of, replica_hosts, station_day

# Each of these pages has a test of its own in tests/browser; here is what it costs the daemon, in minutes.
pytestmark = [pytest.mark.browser, pytest.mark.soak, pytest.mark.timeout(900)]

GIGABYTE = 1_000_000_000
CHUNK = b"<p>Chargement en cours</p>" * 4000
KEPT_BYTES = 30_000_000  # of one visit, whatever the site sends

# What the first visit of each host meets, and what is said of it; the second visit meets the ordinary page.
BAD: dict[Page, set[tuple[str, str | None]]] = {
    Page.NEVER_ANSWERS: {("unreachable", "timeout")},
    Page.REDIRECT_LOOP: {("unreachable", "redirect_loop")},
    Page.DOWNLOAD_ANSWER: {("unrecognised", "download")},
    # It opens dialogs without end: they are dismissed until the visit's time is up, or the browser is.
    Page.DIALOG: {
        ("no_slot", None),
        *(("unrecognised", why) for why in (None, "timeout", "page_hung", "browser_stopped")),
    },
    # What the page adds is closed or refused, and its answer is read all the same.
    Page.POPUP: {("no_slot", None)},
    Page.DOWNLOAD: {("no_slot", None)},
}


class _Flood(http.server.BaseHTTPRequestHandler):
    """A page of a gigabyte, sent as fast as it is taken; no robots.txt."""

    server: "FloodServer"

    def do_GET(self) -> None:
        page = "/booking/" in self.path
        self.send_response(200 if page else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(GIGABYTE if page else 0))
        self.end_headers()
        with suppress(OSError):
            while page and self.server.sent < GIGABYTE:
                self.wfile.write(CHUNK)
                self.server.sent += len(CHUNK)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class FloodServer(http.server.ThreadingHTTPServer):
    """Counts what it was let send; what a client does to it is no error."""

    daemon_threads = True
    sent = 0

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a visitor that leaves is what is wanted."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/booking/create/4963"


@contextmanager
def flood() -> Iterator[FloodServer]:
    with FloodServer(("127.0.0.1", 0), _Flood) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def name_of(page: Page) -> str:
    return page.value.replace("_", "-")


def rows_of(day: StationDay, name: str) -> list[AttemptRow]:
    return [row for row in day.attempts() if row.procedure == name]


def test_sites_that_misbehave_are_recorded_as_what_they_did_and_harm_no_later_visit(person: Person) -> None:
    ids = {page: str(number) for number, page in enumerate(BAD, 4963)}
    hosts = [{ids[page]: (page, Page.NO_SLOT)} for page in BAD]
    with replica_hosts(hosts) as servers, station_day(person) as day:
        day.follow({name_of(page): server.address(ids[page]) for page, server in zip(BAD, servers, strict=True)})
        day.plan({name_of(page): (AWAKE, AWAKE + 1) for page in BAD})
        daemon = day.start_daemon(missed=NEVER_MISSED)
        eventually(lambda: len(day.attempts()) == 2 * len(BAD), "each site is visited twice")
        day.stop(daemon)
        found = {page: [(row.outcome.value, row.reason) for row in rows_of(day, name_of(page))] for page in BAD}
        sys.stdout.write(f"{found}\n")
        assert {page: rows[1] for page, rows in found.items()} == dict.fromkeys(BAD, ("no_slot", None))
        assert {page: rows[0] for page, rows in found.items() if rows[0] not in BAD[page]} == {}
        assert_nothing_left(day)


def test_a_page_of_a_gigabyte_is_bounded_and_harms_no_other_visit(person: Person) -> None:
    with (
        flood() as server,
        replica_hosts([{"4963": (Page.NO_SLOT,)}]) as (site,),
        station_day(person) as day,
    ):
        day.follow({"flood": server.address, "ordinary": site.address("4963")})
        day.plan({"flood": (AWAKE,), "ordinary": (AWAKE, AWAKE + 5)})
        daemon = day.start_daemon(missed=NEVER_MISSED)
        eventually(lambda: len(day.attempts()) == 3, "every visit is recorded")
        day.stop(daemon)
        (row,) = rows_of(day, "flood")
        sys.stdout.write(f"{row.outcome} {row.reason} after {server.sent / 1e6:.0f} MB\n")
        assert row.outcome.value in {"unrecognised", "unreachable"}
        assert row.reason in {"timeout", "page_hung", "browser_stopped"}
        assert server.sent < GIGABYTE
        assert outcomes_of(rows_of(day, "ordinary")) == {"no_slot": 2}
        assert sum(path.stat().st_size for path in (person.evidence / "objects").rglob("*")) < KEPT_BYTES
        assert_nothing_left(day)


def assert_nothing_left(day: StationDay) -> None:
    assert day.person.left_running() == []
    assert day.leftovers() == []
    day.verify()


def test_pages_that_hang_or_never_end_cost_only_their_own_visit(person: Person) -> None:
    hosts = [{"1": (Page.FROZEN, Page.NO_SLOT)}, {"2": (Page.ENDLESS, Page.NO_SLOT)}]
    with replica_hosts(hosts) as (frozen, endless), station_day(person) as day:
        day.follow({"frozen": frozen.address("1"), "endless": endless.address("2")})
        day.plan({"frozen": (AWAKE, AWAKE + 1), "endless": (AWAKE, AWAKE + 1)})
        daemon = day.start_daemon(missed=NEVER_MISSED)
        eventually(lambda: len(day.attempts()) == 4, "each is visited twice")
        day.stop(daemon)
        for name in ("frozen", "endless"):
            first, second = rows_of(day, name)
            sys.stdout.write(f"{name}: {first.outcome} {first.reason}\n")
            assert first.outcome.value in {"unrecognised", "unreachable"}
            assert (second.outcome.value, second.reason) == ("no_slot", None)
        assert_nothing_left(day)
