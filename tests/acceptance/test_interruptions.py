"""Stopped at any moment, politely or not: nothing half-kept, nothing left running, and the next capture works."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from demo.scenario import Page, Procedure
from demo.server import ReplicaServer
from tests.acceptance.command import ID, Done, Person, finish

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")

SEED = 20261123


@contextmanager
def slow_site() -> Iterator[ReplicaServer]:
    """Its answer comes late, so that a visit can be met in the middle."""
    procedure = Procedure(platform="ezbooking", id=ID, pages=(Page.NO_SLOT_LATE,), late_seconds=20)
    with ReplicaServer([procedure]) as server:
        yield server


def wait_for_result(server: ReplicaServer, process: subprocess.Popen[str]) -> None:
    """Until the visit has come to the page of the answer."""
    while not any(request.path.endswith("/2") for request in server.requests):
        assert process.poll() is None, finish(process)
        time.sleep(0.02)


def signalled(process: subprocess.Popen[str], number: int, *, group: bool) -> Done:
    with suppress(ProcessLookupError):
        (os.killpg if group else os.kill)(process.pid, number)
    return finish(process)


@pytest.mark.parametrize(
    ("number", "group", "view"),
    [(signal.SIGINT, True, "auto"), (signal.SIGTERM, False, "page"), (signal.SIGTERM, True, "auto")],
    ids=["ctrl-c", "sigterm", "sigterm-group"],
)
def test_a_visit_that_is_stopped_leaves_nothing_behind(person: Person, number: int, *, group: bool, view: str) -> None:
    with slow_site() as server:
        person.follow(server, view=view)
        process = person.start("capture")
        wait_for_result(server, process)
        done = signalled(process, number, group=group)
    assert done.code == 130, done
    assert done.err.split("\n") == ["", "Stopped.", "What was committed is kept.", ""]  # after the terminal's own ^C
    assert person.left_running() == []
    if not group:  # else the browser's driver was stopped too, and cannot clean up
        assert [path.name for path in person.temporary.iterdir()] == []
    person.verify()
    (attempt,) = person.attempts()  # the site was visited, so the register says so
    assert (attempt["outcome"], attempt["artefacts"]) == ("unrecognised", [])
    assert person.run("show", str(attempt["sequence"]), "--json").json["record"]["reason"] == "interrupted"


def test_killed_at_any_moment_the_store_is_whole_and_the_next_capture_works(
    person: Person, site: ReplicaServer
) -> None:
    person.follow(site, view="auto")
    assert person.run("capture").code == 0
    draw = random.Random(SEED)  # noqa: S311 - moments, not secrets
    told = 1
    for _round in range(3):  # the daemon is killed more often elsewhere
        process = person.start("capture")
        with suppress(subprocess.TimeoutExpired):
            process.wait(draw.uniform(0.3, 2.5))
        told += signalled(process, signal.SIGKILL, group=True).out.count("no appointment free")
        person.verify()
        assert person.left_running() == []
    assert len(person.attempts()) >= told
    done = person.run("capture")
    assert (done.code, done.err) == (0, "")
    report = person.verify()
    assert {check["status"] for check in report["checks"]} == {"passed"}
    assert list((person.evidence / "objects" / "incoming").glob("*")) == []
