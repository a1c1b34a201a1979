"""The daemon's bell: it starts rounds, more than one at once, and never holds the daemon up."""

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest
from apscheduler.schedulers.background import BackgroundScheduler

from scheduler.children import Child, start_child
from scheduler.notifying import Bell, Bells, ring_at
from scheduler.planning import record_without_visit
from store.store import Store
from temoin.errors import StoreError
from temoin.records import Outcome, Visit
from temoin.settings import load_settings
from tests.notify_hook import listening_hook

NEVER = timedelta(days=1)
PATIENCE_SECONDS = 60.0  # never reached unless something is broken
SHORT = "pass"
LONG = f"import time; time.sleep({2 * PATIENCE_SECONDS})"
TEMOIN = Path(sys.executable).with_name("temoin")


class Rounds:
    """Stands in for what starts a round; each is a real process that runs ``program``."""

    def __init__(self, program: str = SHORT) -> None:
        self.program = program
        self.started: list[Child] = []
        self.more = threading.Semaphore(0)

    def __call__(self, config: Path) -> Child:
        assert config == Path("config.toml")
        child = start_child((sys.executable, "-c", self.program))
        self.started.append(child)
        self.more.release()
        return child

    def wait_for(self, count: int) -> None:
        for _one in range(count):
            assert self.more.acquire(timeout=PATIENCE_SECONDS)


def bell(rounds: Rounds, *, every: timedelta = NEVER) -> Bell:
    made = Bell(Path("config.toml"), rounds, every=every)
    made.start()
    return made


def test_a_round_is_started_when_an_invitation_begins() -> None:
    rounds = Rounds()
    rung = bell(rounds)
    scheduler = BackgroundScheduler(timezone=UTC)
    at = datetime.now(UTC) + timedelta(seconds=1)
    for _comparison in range(2):
        ring_at(scheduler, Bells(rung), [at, at + NEVER])
    scheduler.start()
    assert [job.next_run_time for job in scheduler.get_jobs()] == [at, at + NEVER]
    rounds.wait_for(1)
    assert datetime.now(UTC) >= at
    scheduler.shutdown()
    rung.stop(at_once=False)
    assert len(rounds.started) == 1


def test_a_round_is_started_when_something_happened_and_every_few_minutes() -> None:
    rounds = Rounds()
    rung = bell(rounds)
    rung.ring()
    rounds.wait_for(1)
    rung.stop(at_once=False)
    often = bell(rounds, every=timedelta(milliseconds=20))
    rounds.wait_for(2)
    often.stop(at_once=False)
    assert {child.returncode for child in rounds.started} == {0}


def test_a_round_that_hangs_holds_up_no_other() -> None:
    rounds = Rounds(LONG)
    rung = bell(rounds)
    rung.ring()
    rounds.wait_for(1)
    rounds.program = SHORT
    rung.ring()
    rounds.wait_for(1)
    assert rounds.started[1].wait(PATIENCE_SECONDS) == 0
    assert rounds.started[0].poll() is None
    rung.stop(at_once=True)
    assert rounds.started[0].poll() is not None


def test_what_the_last_visit_asked_for_is_still_told() -> None:
    rounds = Rounds()
    rung = bell(rounds)
    rung.ring()
    rung.stop(at_once=False)
    assert [child.returncode for child in rounds.started] == [0]


def test_nothing_is_started_when_the_daemon_leaves_at_once_or_nobody_is_to_be_told() -> None:
    rounds = Rounds()
    idle = Bell(Path("config.toml"), rounds)
    idle.ring()
    idle.stop(at_once=True)
    silent = Bell(Path("config.toml"), None)
    silent.start()
    silent.ring()
    silent.stop(at_once=False)
    assert rounds.started == []


def test_a_round_that_fails_is_said_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def refuse(_config: Path) -> Child:
        raise StoreError("No room.", remedy="Close something.")

    for spawn in (Rounds("raise SystemExit(4)"), refuse):
        with caplog.at_level(logging.WARNING):
            rung = Bell(Path("config.toml"), spawn, every=NEVER)
            rung.start()
            rung.ring()
            rung.stop(at_once=False)
    assert [record.getMessage() for record in caplog.records] == [
        "A round of notifications ended badly (4).",
        "No room. Close something.",
    ]


@pytest.mark.skipif(os.name != "posix", reason="the daemon is told to stop by a signal")
def test_the_daemon_tells_and_leaves_nothing_behind(loopback_config: Callable[..., Path], tmp_path: Path) -> None:
    with listening_hook() as hook:
        text = f'[notify]\ndesktop = false\nurls = ["{hook.url}"]\n'
        path = loopback_config("http://127.0.0.1:9/booking", more=text)
        _see_slot(path)
        log = tmp_path / "log"
        with log.open("wb") as err:
            daemon = subprocess.Popen([TEMOIN, "--lang", "en", "--config", path, "run"], stderr=err)
        assert hook.arrived.wait(PATIENCE_SECONDS)
        children = psutil.Process(daemon.pid).children(recursive=True)
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(PATIENCE_SECONDS) == 0
        assert [child for child in children if child.is_running()] == []
    assert hook.titles == ["SIMULATION: An appointment may be free"]
    told = log.read_text()
    assert "urls[1] (json): told: SIMULATION: An appointment may be free" in told
    assert "sesame" not in told


def _see_slot(path: Path) -> None:
    """A slot that was seen, and that nobody has been told of."""
    settings, now = load_settings(path), datetime.now(UTC)
    with Store.open(settings.station.data_dir, now=lambda: now) as store:
        visit = Visit(outcome=Outcome.SLOT_SEEN)
        one = settings.procedures[0]
        record_without_visit(settings, store, one, due=None, now=now, simulated=True, visit=visit)
