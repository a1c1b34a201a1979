"""The préfecture's page in the use case: before the attempt, under one lease, once a month, and at filing."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from capture import watchdog
from capture.browser import BrowserChoice, BrowserSession
from capture.request import Timing
from demo.scenario import Page, Procedure
from demo.server import ReplicaServer
from demo.sites import hostile
from exhibits.proofs import find_items
from scheduler.job import Browsers, Workshop, capture_and_record
from scheduler.notices import RecordedNotice, photograph_notice
from scheduler.politeness import host_of
from store.store import Store
from store.verify import verify_store
from temoin.clock import SimulatedClock
from temoin.errors import BrowserError, RefusedError
from temoin.records import FILE_NAMES, Outcome, Role
from temoin.settings import load_settings
from tests.notice_site import NoticeSite, Reply, page

pytestmark = pytest.mark.browser

QUICK = Timing(pace=(0, 0), answer=2, settle=0.2, step=5, visit=15)
START = datetime(2026, 9, 14, 7, 12, 33, tzinfo=UTC)
CONFIG = """
[browser]
view = "page"

[politeness]
min_minutes_between_attempts = {between}
min_minutes_per_host = {host_gap}

[[procedures]]
id = "essai"
prefecture = "Préfecture de l'Exemple"
label = "Démarche d'essai"
url = "{url}"
instructions_url = "{instructions}"
platform = "ezbooking"
terms_read = 2026-09-13
{more}
"""


@dataclass(kw_only=True)
class Desk:
    """A configuration, a clock, and the attempts made with them."""

    folder: Path
    url: str
    instructions: str
    clock: SimulatedClock = field(default_factory=lambda: SimulatedClock(at=START))
    noticed: list[RecordedNotice] = field(default_factory=list)

    def settings(self, *, between: int = 0, host_gap: int = 0, more: str = "") -> Any:
        path = self.folder / "config.toml"
        text = CONFIG.format(
            url=self.url, instructions=self.instructions, between=between, host_gap=host_gap, more=more
        )
        path.write_text(text, encoding="utf-8")
        return load_settings(path)


@dataclass(kw_only=True)
class Opened:
    """The workshop of a desk, while it is open."""

    desk: Desk
    workshop: Workshop

    def attempt(self, at: datetime | None = None, **more: Any) -> Outcome:
        self.desk.clock.at = at or self.desk.clock.at
        procedure = self.workshop.settings.procedure("essai")
        recorded = capture_and_record(self.workshop, procedure, noticed=self.desk.noticed.append, **more)
        return recorded.visit.outcome

    def kinds(self) -> list[str]:
        found = [entry.kind.value for entry in self.workshop.store.entries()]
        assert found[:2] == ["station", "follow"]
        return found[2:]

    def notices(self) -> list[Any]:
        store = self.workshop.store
        return [store.record(row.sequence) for row in store.notices("essai")]

    def visits_of(self, url: str) -> int:
        return self.workshop.store.pace(host_of(url), self.desk.clock.at).week


class Desks:
    """Opens desks, one browser for all of them."""

    def __init__(self, folder: Path, browsers: Browsers) -> None:
        self.folder = folder
        self.browsers = browsers
        self._open: list[Store] = []

    def open(self, url: str, instructions: str, **settings: Any) -> Opened:
        desk = Desk(folder=self.folder, url=url, instructions=instructions)
        made = desk.settings(**settings)
        store = Store.open(made.station.data_dir, now=desk.clock.now)
        self._open.append(store)
        return Opened(
            desk=desk,
            workshop=Workshop(settings=made, store=store, browsers=self.browsers, clock=desk.clock, timing=QUICK),
        )

    def close(self) -> None:
        for store in self._open:
            store.close()


@pytest.fixture(scope="module")
def browsers(chromium_executable: Path) -> Iterator[Browsers]:
    with Browsers(BrowserChoice(view="page", executable=str(chromium_executable))) as running:
        yield running


@pytest.fixture
def desks(tmp_path: Path, browsers: Browsers) -> Iterator[Desks]:
    opened = Desks(tmp_path, browsers)
    yield opened
    opened.close()


@pytest.fixture
def replica() -> Iterator[ReplicaServer]:
    with ReplicaServer([Procedure(platform="ezbooking", id="4963", pages=(Page.NO_SLOT,))]) as server:
        yield server


def paths(server: ReplicaServer) -> list[str]:
    """What was asked for in order, but for what belongs to the pages' looks."""
    found = [f"{request.method} {request.path}" for request in server.requests]
    return [path for path in found if not path.endswith((".css", ".png", ".ico"))]


def test_the_page_comes_just_before_the_first_attempt_and_under_its_lease(desks: Desks, replica: ReplicaServer) -> None:
    opened = desks.open(replica.address("4963"), replica.instructions_address("4963"))
    assert opened.attempt() is Outcome.NO_SLOT
    assert opened.kinds() == ["notice", "attempt"]
    assert paths(replica)[:3] == ["GET /robots.txt", "GET /instructions/4963", "GET /booking/create/4963"]
    assert paths(replica).count("GET /robots.txt") == 1
    assert opened.visits_of(replica.url) == 1  # one lease, taken once
    (record,) = opened.notices()
    assert (record["outcome"], record["reason"], record["simulated"]) == ("shown", None, True)
    assert record["at"] == "2026-09-14T07:12:33.000Z"
    assert record["at_local"] == "2026-09-14T09:12:33+02:00"
    assert record["clock"] == {"source": "simulated", "offset_ms": None}
    assert record["operator"] == "self"
    assert record["procedure"] == {
        "id": "essai",
        "prefecture": "Préfecture de l'Exemple",
        "label": "Démarche d'essai",
        "choices": [],
    }
    assert record["link"]["path"] == [replica.instructions_address("4963"), replica.address("4963")]
    assert record["politeness"]["pace"] == {"hour": 1, "day": 1, "week": 1}
    assert opened.workshop.store.has(record["politeness"]["robots_sha256"])
    (noticed,) = opened.desk.noticed
    assert (noticed.sequence, noticed.notice) == (3, record["notice"])


def test_its_record_is_laid_out_and_verified_as_an_attempts_is(desks: Desks, replica: ReplicaServer) -> None:
    opened = desks.open(replica.address("4963"), replica.instructions_address("4963"))
    opened.attempt()
    store = opened.workshop.store
    (row,) = store.notices("essai")
    items = {item.path: store.read(item.digest) for item in find_items(store.record(row.sequence))}
    expected = {f"1/{FILE_NAMES[role]}" for role in (Role.PAGE, Role.TEXT, Role.HTML)}
    assert set(items) == expected
    entry = next(store.entries(row.sequence, row.sequence))
    assert entry.subject == store.subject_of("essai")
    store.close()
    report = verify_store(store.folder, deep=True)
    assert [check.name for check in report.checks if check.status.value == "failed"] == []


@pytest.mark.soak  # the suite must end within a quarter of an hour
def test_the_page_is_looked_at_once_a_month(desks: Desks, replica: ReplicaServer) -> None:
    opened = desks.open(replica.address("4963"), replica.instructions_address("4963"))
    for day in (0, 1, 29, 30, 31, 59, 60):
        opened.attempt(START + timedelta(days=day))
    looked = [record["at"][:10] for record in opened.notices()]
    assert looked == ["2026-09-14", "2026-10-14", "2026-11-13"]
    assert opened.kinds().count("attempt") == 7


@pytest.mark.soak  # the suite must end within a quarter of an hour
def test_another_page_in_the_configuration_is_looked_at_at_once(desks: Desks, replica: ReplicaServer) -> None:
    with NoticeSite({"/demarche": page("<p>Exclusivement sur rendez-vous</p>")}) as site:
        first = desks.open(replica.address("4963"), replica.instructions_address("4963"))
        first.attempt()
        second = desks.open(replica.address("4963"), site.url())
        second.attempt(START + timedelta(days=1))
        second.attempt(START + timedelta(days=2))
        assert [record["url"]["asked"] for record in second.notices()] == [
            replica.instructions_address("4963"),
            site.url(),
        ]


def test_without_an_address_or_with_the_bookings_own_nothing_is_looked_at(desks: Desks, replica: ReplicaServer) -> None:
    for instructions in ("", f"{replica.address('4963')}/0"):
        opened = desks.open(replica.address("4963"), instructions)
        assert opened.attempt() is Outcome.NO_SLOT
        assert opened.notices() == []


def test_a_page_on_another_host_has_a_lease_of_its_own(desks: Desks, replica: ReplicaServer) -> None:
    with NoticeSite({"/demarche": page("<p>Exclusivement sur rendez-vous</p>")}) as site:
        opened = desks.open(replica.address("4963"), site.url(), host_gap=5)
        assert opened.attempt() is Outcome.NO_SLOT
        assert site.paths() == ["/robots.txt", "/demarche"]
        assert "GET /instructions/4963" not in paths(replica)
        assert (opened.visits_of(site.url()), opened.visits_of(replica.url)) == (1, 1)
    assert opened.kinds() == ["notice", "attempt"]


def test_a_lease_that_is_refused_is_asked_again_at_the_next_attempt(desks: Desks, replica: ReplicaServer) -> None:
    with NoticeSite({"/demarche": page("<p>Exclusivement sur rendez-vous</p>")}) as site:
        opened = desks.open(replica.address("4963"), site.url())
        host = host_of(site.url())
        opened.workshop.store.stop_host(host=host, procedure=None, until=START + timedelta(hours=1), reason="blocked")
        assert opened.attempt() is Outcome.NO_SLOT
        assert (site.asked, opened.kinds()) == ([], ["attempt"])
        opened.attempt(START + timedelta(hours=2))
        assert opened.kinds() == ["attempt", "notice", "attempt"]


@pytest.mark.soak  # the suite must end within a quarter of an hour
def test_robots_txt_that_says_no_is_recorded_and_the_attempt_goes_on(desks: Desks, replica: ReplicaServer) -> None:
    replies = {
        "/robots.txt": Reply(body="User-agent: *\nDisallow: /demarche\n", media_type="text/plain"),
        "/demarche": page("<p>Exclusivement sur rendez-vous</p>"),
    }
    with NoticeSite(replies) as site:
        opened = desks.open(replica.address("4963"), site.url())
        for day in (0, 1, 6, 7):
            assert opened.attempt(START + timedelta(days=day)) is Outcome.NO_SLOT
        assert "/demarche" not in site.paths()
    first, second = opened.notices()  # a week apart: a page that refuses programs is not asked day after day
    assert (first["outcome"], first["reason"], first["parts"]) == ("refused", "robots_rules", [])
    assert (first["navigation"], first["http"], first["environment"]) == ([], None, None)
    assert first["link"] == {"found": False, "href": None, "text": None, "in_sight": False, "path": [site.url()]}
    assert second["at"] == "2026-09-21T07:12:33.000Z"


@pytest.mark.soak  # the suite must end within a quarter of an hour
def test_a_host_that_is_down_is_recorded_and_tried_again_a_day_later(desks: Desks, replica: ReplicaServer) -> None:
    with NoticeSite() as site:
        url = site.url()
    opened = desks.open(replica.address("4963"), url)
    for hours in (0, 2, 24):
        assert opened.attempt(START + timedelta(hours=hours)) is Outcome.NO_SLOT
    found = opened.notices()
    assert [(record["outcome"], record["reason"]) for record in found] == [("unreachable", "connection")] * 2
    assert [record["at"][:10] for record in found] == ["2026-09-14", "2026-09-15"]


FAILED = {403: ("blocked", []), 404: ("unrecognised", []), 429: ("blocked", ["retry_after"])}
FAILED |= {503: ("overloaded", ["retry_after"])}


@pytest.mark.soak  # the suite must end within a quarter of an hour
@pytest.mark.parametrize("status", FAILED)
def test_a_failed_page_elsewhere_stops_at_most_its_own_host(desks: Desks, replica: ReplicaServer, status: int) -> None:
    reply = Reply(body="<h1>Non</h1>", status=status, headers={"Retry-After": "7200"})
    with NoticeSite({"/demarche": reply}) as site:
        opened = desks.open(replica.address("4963"), site.url())
        assert opened.attempt() is Outcome.NO_SLOT
        stops = opened.workshop.store.host_stops(START)
        outcome, reasons = FAILED[status]
        assert [stop.reason for stop in stops] == reasons
        assert {stop.host for stop in stops} <= {host_of(site.url())}
    assert [record["outcome"] for record in opened.notices()] == [outcome]


SAME_HOST = {Page.FORBIDDEN: "blocked", Page.UNAVAILABLE_503: "overloaded", Page.NOT_FOUND: "unrecognised"}


@pytest.mark.parametrize("shown", SAME_HOST, ids=str)
def test_a_failed_page_on_the_bookings_own_host_does_not_stop_the_attempt(desks: Desks, shown: Page) -> None:
    with two_on_one_host(shown) as server:
        opened = desks.open(server.address("4963"), server.address("mairie"))
        assert opened.attempt() is Outcome.NO_SLOT
        assert opened.workshop.store.host_stops(START) == ()
    assert [record["outcome"] for record in opened.notices()] == [SAME_HOST[shown]]


def two_on_one_host(shown: Page) -> ReplicaServer:
    """A booking, and a page of the same host that stands for the préfecture's and shows ``shown``."""
    booking = Procedure(platform="ezbooking", id="4963", pages=(Page.NO_SLOT,))
    return ReplicaServer([booking, Procedure(platform="generic", id="mairie", pages=(shown,))])


def test_a_host_that_asks_for_rest_gets_it_from_the_attempt_as_well(desks: Desks) -> None:
    with two_on_one_host(Page.TOO_MANY) as server:
        opened = desks.open(server.address("4963"), server.address("mairie"))
        with pytest.raises(RefusedError, match=r"asks to be left alone for now"):
            opened.attempt()
        assert opened.kinds() == ["notice"]
        due = START + timedelta(hours=24)
        assert opened.attempt(due, due=due) is Outcome.NO_SLOT  # one that refuses is left alone for a week
        due = START + timedelta(days=8)
        assert opened.attempt(due, due=due) is Outcome.REFUSED
        assert [path for path in paths(server) if "booking/create/4963" in path].count("GET /booking/create/4963") == 1
    assert opened.kinds() == ["notice", "attempt", "notice", "attempt"]
    last = opened.workshop.store.head()
    assert last is not None
    assert opened.workshop.store.record(last.sequence)["reason"] == "host_stopped"


@pytest.mark.soak  # the suite must end within a quarter of an hour
def test_a_browser_that_the_page_took_along_is_started_again_for_the_attempt(
    desks: Desks, replica: ReplicaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchdog, "GRACE_SECONDS", 1.0)
    with NoticeSite({"/demarche": page(hostile.script(Page.FROZEN, entry="/", slot="/"))}) as site:
        opened = desks.open(replica.address("4963"), site.url())
        assert opened.attempt() is Outcome.NO_SLOT
    (record,) = opened.notices()
    assert record["outcome"] == "unrecognised"
    assert record["reason"] in {"page_hung", "browser_stopped"}


@pytest.mark.soak  # the suite must end within a quarter of an hour
def test_a_browser_that_cannot_be_had_for_the_page_does_not_stop_the_attempt(
    desks: Desks, replica: ReplicaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(_self: Browsers) -> BrowserSession:
        raise BrowserError("no display")

    monkeypatch.setattr(Browsers, "unattended", none)
    opened = desks.open(replica.address("4963"), replica.instructions_address("4963"))
    assert opened.attempt() is Outcome.NO_SLOT
    assert opened.kinds() == ["attempt"]


@pytest.mark.parametrize("more", ['automation = "forbidden"\nmode = "assisted"', 'mode = "photo"'])
def test_where_no_program_visits_the_booking_only_another_host_is_looked_at(
    desks: Desks, replica: ReplicaServer, more: str
) -> None:
    with NoticeSite({"/demarche": page("<p>Exclusivement sur rendez-vous</p>")}) as site:
        own = desks.open(replica.address("4963"), replica.instructions_address("4963"), more=more)
        assert photograph_notice(own.workshop, own.workshop.settings.procedure("essai")) is None
        other = desks.open(replica.address("4963"), site.url(), more=more)
        looked = photograph_notice(other.workshop, other.workshop.settings.procedure("essai"))
    assert looked is not None
    assert looked.visit.outcome == "shown"
    assert replica.requests == ()


def test_nothing_but_get_is_sent_for_the_page(desks: Desks, replica: ReplicaServer) -> None:
    opened = desks.open(replica.address("4963"), replica.instructions_address("4963"))
    procedure = opened.workshop.settings.procedure("essai")
    assert photograph_notice(opened.workshop, procedure) is not None
    assert {request.method for request in replica.requests} == {"GET"}
    assert {request.procedure for request in replica.requests} == {None}  # nothing of the booking
    assert photograph_notice(opened.workshop, procedure) is None  # not due any more
    assert photograph_notice(opened.workshop, procedure, at_filing=True) is None  # nor for a filing of that day
