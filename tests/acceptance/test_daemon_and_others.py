"""The daemon, `capture` and readers at one store at once: no host twice within its spacing, no write lost."""

import time
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from demo.scenario import Page
from demo.server import ReplicaServer
from store.chain import check_chain
from tests.acceptance.command import Done, Person, finish
from tests.station_day import (
    AWAKE,
    NEVER_MISSED,
    PATIENCE_SECONDS,
    StationDay,
    eventually,
    outcomes_of,
    replica_hosts,
    station_day,
)

# Two spacings of a minute, at the least: too long for every run.
pytestmark = [pytest.mark.browser, pytest.mark.soak, pytest.mark.timeout(900)]

ENTRY = "/booking/create/"
SPACED = ("1", "2")  # on one host, a minute apart
SPACING = timedelta(minutes=1)  # the shortest that a configuration can name, but none
ALONE = "4"  # on a host of its own
PAUSE_SECONDS = 8.0  # between two rounds of the others: other tests need the processors too
LEAST_VISITS = 2  # one on each host: how many more is a matter of who was first
WRONG_WORDS = ("Traceback", "locked", "busy (", "StoreError", "job_failed", "visit_crashed")


def visits(server: ReplicaServer) -> list[tuple[datetime, datetime]]:
    """The first and last request of each visit: a visit begins with its procedure's own address."""
    found: list[tuple[datetime, datetime]] = []
    for request in server.requests:
        if not request.path.startswith(ENTRY):
            continue
        begins = request.method == "GET" and request.path.count("/") == ENTRY.count("/")
        found = [*found, (request.at, request.at)] if begins else [*found[:-1], (found[-1][0], request.at)]
    return found


def others_at_work(day: StationDay, captured: Counter[int], read: list[Done]) -> None:
    """One round of the others: two captures and two readers, all started at once."""
    person = day.person
    captures = [person.start("capture", "p1"), person.start("capture", "p4")]
    readers = [person.start("list", "--json"), person.start("status"), person.start("plan", "--json")]
    read += [finish(reader) for reader in readers]
    for capture in captures:
        done = finish(capture, seconds=200)
        assert done.code in {0, 20}, done  # 20: the host rests; never a lock, never a crash
        assert not any(word in done.err for word in WRONG_WORDS), done
        captured[done.code] += 1


def test_daemon_captures_and_readers_at_once_keep_the_spacing_and_every_write(person: Person) -> None:
    hosts = [dict.fromkeys(SPACED, (Page.NO_SLOT,)), {ALONE: (Page.NO_SLOT,)}]
    with replica_hosts(hosts) as servers, station_day(person) as day:
        urls = {f"p{name}": site.address(name) for site, at in zip(servers, hosts, strict=True) for name in at}
        day.follow(urls, spacing=1)
        day.plan({"p1": (AWAKE,), "p2": (AWAKE,), "p4": (AWAKE,)})
        daemon = day.start_daemon(missed=NEVER_MISSED)
        eventually(lambda: day.said("daemon_started"), "the daemon starts")
        captured, read = Counter[int](), list[Done]()
        deadline = time.monotonic() + PATIENCE_SECONDS  # never reached unless something is broken
        while day.served().keys() != day.passed_all() or any(len(visits(server)) < 2 for server in servers):
            assert time.monotonic() < deadline, day.log.read_text(encoding="utf-8")[-2000:]
            others_at_work(day, captured, read)
            time.sleep(PAUSE_SECONDS)
        day.stop(daemon)
        assert_whole(day, captured, read)
        for server in servers:
            assert_spaced(server)


def assert_whole(day: StationDay, captured: Counter[int], read: list[Done]) -> None:
    day.verify()
    rows = day.attempts()
    by_hand = [row for row in rows if row.due is None]
    assert len(by_hand) == captured[0]  # what was told as recorded is there, and nothing else
    # A child of the daemon may find that a capture took the host meanwhile: then it waits, and is not refused.
    assert {(row.outcome.value, row.reason) for row in rows if row.outcome.value != "no_slot"} == set()
    assert {row.outcome.value for row in by_hand} <= {"no_slot"}
    assert outcomes_of(rows)["no_slot"] >= LEAST_VISITS
    assert [(done.code, done.err) for done in read if (done.code, done.err) != (0, "")] == []
    with day.store() as store:
        entries = list(store.entries())
    assert list(check_chain(entry.line for entry in entries)) == []
    log = day.log.read_text(encoding="utf-8")
    assert [word for word in WRONG_WORDS if word in log] == []


def assert_spaced(server: ReplicaServer) -> None:
    """As the site saw it: from the last request of one visit to the first of the next."""
    found = visits(server)
    assert len(found) > 1
    assert [after[0] - before[1] for before, after in pairwise(found) if after[0] - before[1] < SPACING] == []
