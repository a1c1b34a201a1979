"""The daemon as real processes: killed, stopped, doubled, and every planned time accounted for once."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from scheduler import daemon as daemons
from scheduler.lock import PID_NAME
from scheduler.politeness import host_of
from store.store import Store
from store.values import AttemptQuery, AttemptRow, HostHistory
from temoin.clock import utc_text
from temoin.errors import StoreError
from temoin.records import Kind, Mode
from temoin.settings import load_settings

PARTS = Path(__file__).with_name("daemon_parts.py")
PATIENCE_SECONDS = 60.0  # never reached unless something is broken
URL = "http://127.0.0.1:9/booking"  # nothing listens there, nothing is sent there

CONFIG = """
[station]
data_dir = "evidence"
[politeness]
attempts_per_day = 0
min_minutes_between_attempts = 0
min_minutes_per_host = 0
"""

PROCEDURE = """
[[procedures]]
id = "{name}"
prefecture = "Préfecture de l'Exemple"
label = "Démarche d'essai"
url = "{url}/{name}"
platform = "ezbooking"
terms_read = 2026-11-20
"""


def eventually(what: Callable[[], object], why: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not what():
        assert time.monotonic() < deadline, f"never happened: {why}"
        time.sleep(0.03)


class Station:
    """One data directory, its plans, and the daemons started on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "config.toml"
        self.daemons: list[subprocess.Popen[bytes]] = []
        self.log = folder / "log"
        self.configure("creteil")
        self.behave("record 0")

    def configure(self, *names: str, extra: str = "") -> None:
        self.config.write_text(CONFIG + "".join(PROCEDURE.format(name=name, url=URL) for name in names) + extra)

    def behave(self, behaviour: str) -> None:
        (self.folder / "behaviour").write_text(behaviour)

    def store(self) -> Store:
        return Store.open(self.folder / "evidence", now=lambda: datetime.now(UTC))

    def plan(self, *seconds: float, name: str = "creteil") -> list[datetime]:
        """A committed plan of times so many seconds from now, and plans of the days on which none is drawn."""
        now = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
        times = [now + timedelta(seconds=one) for one in seconds]
        local = datetime.now(UTC).astimezone().date()
        with self.store() as store:
            for day in (local, local + timedelta(days=1), local - timedelta(days=1)):
                self._plan_day(store, name, day, times if day == local else [])
        return times

    def _plan_day(self, store: Store, name: str, day: date, times: list[datetime]) -> None:
        record = {
            "format": 1,
            "procedure": name,
            "day": day.isoformat(),
            "timezone": "Europe/Paris",
            "windows": ["00:00-23:59"],
            "times": [utc_text(at) for at in times],
            "replaces": None,
            "cause": "evening",
        }
        store.append(kind=Kind.PLAN, record=record, at=datetime.now(UTC), procedure=name)

    def start(self, **pacing: float) -> subprocess.Popen[bytes]:
        command = [
            sys.executable,
            str(PARTS),
            "run",
            str(self.config),
            json.dumps({"look": 0.1, "compare": 1, **pacing}),
        ]
        with self.log.open("ab") as log:
            daemon = subprocess.Popen(command, stderr=log, start_new_session=True)
        self.daemons.append(daemon)
        before = self.said("daemon_started")
        eventually(lambda: self.said("daemon_started") > before or daemon.poll() is not None, "the daemon starts")
        return daemon

    def said(self, word: str) -> int:
        return self.log.read_text().count(f" {word}: ")

    def started(self) -> list[str]:
        """The visits started so far."""
        path = self.folder / "started"
        return path.read_text().splitlines() if path.exists() else []

    def attempts(self) -> list[AttemptRow]:
        with self.store() as store:
            return list(store.attempts(AttemptQuery()))

    def outcomes(self) -> list[tuple[datetime | None, str, str | None]]:
        return sorted((row.due, row.outcome.value, row.reason) for row in self.attempts() if row.due)

    def end(self) -> None:
        for daemon in self.daemons:
            for process in (*psutil.Process(daemon.pid).children(recursive=True),) if daemon.poll() is None else ():
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            if daemon.poll() is None:
                daemon.kill()
            daemon.wait()


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    one = Station(tmp_path)
    try:
        yield one
    finally:
        one.end()


def test_each_planned_time_is_visited_once_and_sigterm_ends_the_daemon(station: Station) -> None:
    daemon = station.start()
    first, second = station.plan(2, 3)
    eventually(lambda: len(station.attempts()) == 2, "both times are recorded")
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(PATIENCE_SECONDS) == 0
    assert station.outcomes() == [(first, "no_slot", None), (second, "no_slot", None)]
    assert station.started() == [f"creteil {utc_text(first)}", f"creteil {utc_text(second)}"]
    assert station.said("visit_started") == station.said("visit_recorded") == 2
    assert station.said("daemon_stopped") == 1


def test_a_daemon_killed_during_a_visit_repeats_nothing_and_loses_nothing(station: Station) -> None:
    station.behave("record 3")
    daemon = station.start()
    first, second = station.plan(2, 8)
    eventually(lambda: len(station.started()) == 1, "the first visit starts")
    daemon.kill()
    daemon.wait()
    again = station.start()
    eventually(lambda: len(station.attempts()) == 2, "both times are recorded")
    again.send_signal(signal.SIGTERM)
    assert again.wait(PATIENCE_SECONDS) == 0
    assert station.outcomes() == [(first, "no_slot", None), (second, "no_slot", None)]
    assert len(station.started()) == 2


def test_a_time_during_which_the_station_was_off_is_missed_and_not_caught_up(station: Station) -> None:
    (due,) = station.plan(-3)
    daemon = station.start(missed=1)
    eventually(station.attempts, "the gap is recorded")
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(PATIENCE_SECONDS) == 0
    assert station.outcomes() == [(due, "missed", "station_off")]
    assert station.started() == []


def test_daemon_and_visit_killed_together_leave_a_missed_time(station: Station) -> None:
    station.behave("hang")
    daemon = station.start()
    (due,) = station.plan(2)
    eventually(station.started, "the visit starts")
    for process in psutil.Process(daemon.pid).children(recursive=True):
        process.kill()
    daemon.kill()
    daemon.wait()
    if not station.attempts():  # unless the daemon was quick enough to see its child die
        eventually(lambda: datetime.now(UTC) > due + timedelta(seconds=1), "the grace passes")
        station.start(missed=1)
        eventually(station.attempts, "the gap is recorded")
    assert [(row.due, row.outcome.value) for row in station.attempts()] in (
        [(due, "missed")],
        [(due, "unrecognised")],
    )


def test_sigterm_finishes_the_visit_in_hand_and_starts_no_other(station: Station) -> None:
    station.behave("record 4")
    daemon = station.start()
    first, _second = station.plan(2, 5)
    eventually(station.started, "the visit starts")
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(PATIENCE_SECONDS) == 0
    assert station.outcomes() == [(first, "no_slot", None)]
    assert len(station.started()) == 1
    assert station.said("daemon_finishing") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_the_visit_and_leaves_with_130(station: Station, number: signal.Signals) -> None:
    station.behave("hang")
    daemon = station.start()
    (due,) = station.plan(2)
    eventually(station.started, "the visit starts")
    daemon.send_signal(number)
    eventually(lambda: station.said("daemon_finishing"), "the first signal is heard")
    daemon.send_signal(number)
    assert daemon.wait(PATIENCE_SECONDS) == 130
    assert station.outcomes() == [(due, "unrecognised", "visit_killed")]
    eventually(lambda: not is_running(station), "what the visit started elsewhere is ended too")


def test_a_visit_that_takes_too_long_is_killed_with_all_it_started_and_recorded(station: Station) -> None:
    station.behave("hang")
    station.start(visit=6)  # longer than the worker takes to begin to hang
    (due,) = station.plan(2)
    eventually(station.attempts, "the failure is recorded")
    assert station.outcomes() == [(due, "unrecognised", "visit_killed")]
    eventually(lambda: not is_running(station), "what the visit started elsewhere is ended too")


def is_running(station: Station) -> bool:
    pid = int((station.folder / "away").read_text())
    return bool(psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)


def test_a_visit_that_dies_without_a_record_is_recorded_by_the_daemon(station: Station) -> None:
    station.behave("crash")
    station.start()
    (due,) = station.plan(2)
    eventually(station.attempts, "the failure is recorded")
    assert station.outcomes() == [(due, "unrecognised", "visit_crashed")]
    eventually(lambda: station.said("visit_crashed") == 1, "it is said")


def test_a_second_daemon_is_refused_and_the_first_goes_on(station: Station) -> None:
    station.plan()
    first = station.start()
    second = station.start()
    assert second.wait(PATIENCE_SECONDS) == StoreError.exit_code == 4
    assert f"Another daemon already runs on {station.folder / 'evidence'} (pid {first.pid})." in station.log.read_text()
    assert "Stop it first" in station.log.read_text()
    assert first.poll() is None
    first.kill()
    first.wait()
    assert station.start().poll() is None  # a killed daemon leaves no lock behind


def test_sighup_reads_the_configuration_again_and_keeps_the_plan(station: Station) -> None:
    station.plan(name="bobigny")
    daemon = station.start()
    (due,) = station.plan(4)
    station.config.write_text("nonsense =")
    daemon.send_signal(signal.SIGHUP)
    eventually(lambda: station.said("configuration_refused"), "the bad file is refused")
    station.configure("creteil", "bobigny")
    daemon.send_signal(signal.SIGHUP)
    eventually(lambda: station.said("configuration_read"), "the good file is read")
    assert "Configuration read again: 2 procedures." in station.log.read_text()
    eventually(station.attempts, "the planned time is served all the same")
    assert station.outcomes() == [(due, "no_slot", None)]


def test_sighup_while_it_is_still_beginning_does_not_end_it(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its pid stands in the folder already, so that the page may tell it of a change."""

    def told(folder: Path, **_more: object) -> None:
        assert (folder / PID_NAME).read_text() == f"{os.getpid()}\n"
        os.kill(os.getpid(), signal.SIGHUP)  # unheard, this would be the end of these tests
        raise StoreError("the store is not opened here", remedy="none")

    monkeypatch.setattr(daemons, "sound_store", told)
    with pytest.raises(StoreError, match="not opened here"):
        daemons.run_daemon(load_settings(station.config), notify=None)


def test_a_procedure_no_longer_followed_is_not_visited(station: Station) -> None:
    station.configure("creteil", "bobigny")
    daemon = station.start()
    station.plan(3)
    (due,) = station.plan(3.5, name="bobigny")
    station.configure("bobigny")
    daemon.send_signal(signal.SIGHUP)
    eventually(station.attempts, "the other one is visited")
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(PATIENCE_SECONDS) == 0
    assert station.started() == [f"bobigny {utc_text(due)}"]


class _Yes:
    allowed = True


def test_a_visit_waits_for_a_host_that_is_busy_and_is_not_recorded_as_refused(station: Station) -> None:
    settings = load_settings(station.config)
    with station.store() as store:
        host = host_of(settings.procedures[0].url)
        _, lease = store.take_visit(
            host=host, procedure="other", mode=Mode.UNATTENDED, now=datetime.now(UTC), judge=_yes
        )
        assert lease is not None
        station.start()
        station.plan(2)
        eventually(lambda: station.said("visit_waits"), "the visit waits")
        assert station.started() == []
        assert station.attempts() == []


def test_a_visit_that_cannot_wait_any_longer_goes_to_be_refused(station: Station) -> None:
    settings = load_settings(station.config)
    with station.store() as store:
        host = host_of(settings.procedures[0].url)
        store.take_visit(host=host, procedure="other", mode=Mode.UNATTENDED, now=datetime.now(UTC), judge=_yes)
        station.start(wait=0)
        station.plan(2)
        eventually(lambda: len(station.started()) == 1, "the child is started, which says why not")


def test_a_visit_whose_child_was_forestalled_is_asked_for_again_and_made(station: Station) -> None:
    station.behave("forestalled")
    daemon = station.start()
    (due,) = station.plan(2)
    eventually(lambda: station.said("visit_waits"), "the child ends without a record, and the visit waits")
    assert station.attempts() == []
    station.behave("record 0")
    eventually(station.attempts, "it is made")
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(PATIENCE_SECONDS) == 0
    assert station.outcomes() == [(due, "no_slot", None)]
    assert set(station.started()) == {f"creteil {utc_text(due)}"}
    assert station.said("visit_crashed") == 0


def _yes(_history: HostHistory) -> _Yes:
    return _Yes()


def test_the_daemon_knows_no_browser_imaging_or_typesetting() -> None:
    heavy = ["playwright", "PIL", "typst", "piexif", "Xlib", "bagit", "rich", "click", "capture", "exhibits", "demo"]
    script = f"import sys, scheduler.daemon; print(sorted(set({heavy!r}) & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"
