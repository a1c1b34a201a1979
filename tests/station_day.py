"""One day of a station whose sites are replicas: procedures on several loopback hosts, a committed plan, daemons.

A loopback host is an address with its port, so that each replica server is a host of its own (DESIGN §3.9: no floor
holds towards them). The day is cut short: its times lie seconds apart. The station's time zone is one where it is
ten in the morning, so that no test meets midnight or the evening's draw.
"""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

from demo.scenario import Page, Procedure
from demo.server import ReplicaServer
from store.store import Store
from store.values import AttemptQuery, AttemptRow
from store.verify import verify_store
from temoin.clock import utc_text
from temoin.records import Kind, Outcome
from temoin.settings import Settings, load_settings
from tests.acceptance.command import TEMOIN, Person

DAEMON = Path(__file__).with_name("busy_daemon.py")
PATIENCE_SECONDS = 600.0  # never reached unless something is broken: the suite runs three tests on two cores
MORNING = 10  # o'clock
FARTHEST_WEST = -12  # hours: of the zones Etc/GMT±N
AWAKE = 20.0  # seconds from the plan until the daemon, started after it, surely fires: what has passed is not caught up
NEVER_MISSED = 3600.0  # seconds: while visits of an earlier daemon may still be going on

STATION = """
[station]
data_dir = "evidence"
timezone = "{zone}"
[browser]
view = "{view}"
[politeness]
attempts_per_day = 0
min_minutes_between_attempts = 0
min_minutes_per_host = {spacing}
"""
FOLLOWED = """
[[procedures]]
id = "{name}"
prefecture = "Préfecture de l'Exemple"
label = "Démarche d'essai"
url = "{url}"
platform = "ezbooking"
terms_read = 2026-11-20
"""


def eventually(what: Callable[[], object], why: str, *, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait for a condition; the limit only keeps a broken test from lasting for ever."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, f"never happened: {why}"
        time.sleep(0.05)


def morning_zone(now: datetime) -> str:
    """A zone where it is between ten and eleven; the sign of these names is that of POSIX, not of ISO 8601."""
    offset = MORNING - now.astimezone(UTC).hour
    offset += 24 if offset < FARTHEST_WEST else 0
    return f"Etc/GMT{-offset:+d}"


@contextmanager
def replica_hosts(hosts: Sequence[Mapping[str, Sequence[Page]]]) -> Iterator[list[ReplicaServer]]:
    """One server for each of ``hosts``: the pages that the successive visits of its procedures meet."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(
                ReplicaServer([Procedure(platform="ezbooking", id=name, pages=tuple(at[name])) for name in at])
            )
            for at in hosts
        ]


@dataclass(kw_only=True)
class StationDay:
    """A person's station, the times planned on it, and the daemons started."""

    person: Person
    planned: dict[str, list[datetime]] = field(default_factory=dict)
    daemons: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def log(self) -> Path:
        return self.person.folder / "daemon.log"

    @property
    def settings(self) -> Settings:
        return load_settings(self.person.config)

    def follow(self, urls: Mapping[str, str], *, spacing: int = 0, view: str = "page") -> None:
        """Write the configuration: one procedure for each address."""
        head = STATION.format(zone=morning_zone(datetime.now(UTC)), view=view, spacing=spacing)
        tables = (FOLLOWED.format(name=name, url=url) for name, url in urls.items())
        self.person.config.write_text(head + "".join(tables), encoding="utf-8")

    def plan(self, seconds: Mapping[str, Sequence[float]]) -> None:
        """Commit one plan of today for each procedure: times so many seconds from now."""
        settings, begin = self.settings, datetime.now(UTC).replace(microsecond=0)
        with self.store() as store:
            for name, offsets in seconds.items():
                times = sorted(begin + timedelta(milliseconds=round(1000 * one)) for one in offsets)
                self.planned[name] = times
                zone = settings.zone_of(settings.procedure(name))
                store.append(kind=Kind.PLAN, record=plan_record(name, times, zone), at=begin, procedure=name)

    def store(self) -> Store:
        return Store.open(self.person.evidence, now=lambda: datetime.now(UTC))

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Start ``command`` (a daemon) with its words in the log."""
        with self.log.open("ab") as log:
            daemon = subprocess.Popen(
                command,
                cwd=self.person.folder,
                env=self.person.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.daemons.append(daemon)
        return daemon

    def start_daemon(self, **pacing: float) -> subprocess.Popen[bytes]:
        """The daemon with shorter waits (seconds)."""
        waits = json.dumps({"look": 0.2, "visit": 150, **pacing})
        return self.start(sys.executable, "-P", str(DAEMON), str(self.person.config), waits)

    def run(self) -> subprocess.Popen[bytes]:
        """The daemon as a person starts it."""
        return self.start(str(TEMOIN), "--lang", "en", "run")

    def said(self, word: str) -> int:
        return self.log.read_text(encoding="utf-8").count(f" {word}: ") if self.log.exists() else 0

    def attempts(self) -> tuple[AttemptRow, ...]:
        with self.store() as store:
            return store.attempts(AttemptQuery())

    def served(self) -> Counter[tuple[str, datetime]]:
        """How many attempts each planned time has."""
        return Counter((row.procedure, row.due) for row in self.attempts() if row.due is not None)

    def passed(self, until: datetime) -> set[tuple[str, datetime]]:
        return {(name, at) for name, times in self.planned.items() for at in times if at < until}

    def passed_all(self) -> set[tuple[str, datetime]]:
        """Every planned time, come or not."""
        return self.passed(datetime.max.replace(tzinfo=UTC))

    def drawn(self) -> set[tuple[str, datetime]]:
        """Every time of a plan in the register: those of this day, and those that made up for what was missed."""
        with self.store() as store:
            plans = [plan for one in self.settings.procedures for plan in store.plans(one.id, date.min, date.max)]
        return {(plan.procedure, at) for plan in plans for at in plan.times}

    def states(self) -> Counter[str]:
        """How ``plan`` names the planned times of the day."""
        done = self.person.run("plan", "--days", "1", "--json")
        assert (done.code, done.err) == (0, "")
        return Counter(time_["state"] for time_ in done.json)

    def verify(self) -> None:
        """The register, its records and its objects agree; no attempt is doubled or belongs to no planned time."""
        report = verify_store(self.person.evidence)
        assert report.status != "failed", report
        served = self.served()
        assert [time_ for time_, count in served.items() if count > 1] == []
        stray = served.keys() - self.drawn()
        assert stray == set(), stray

    def kill_everything(self) -> None:
        """What a power cut leaves: no process of the station, and none had a last word."""
        while running := list(self.person.running()):
            for process, _words in running:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            for daemon in self.daemons:
                daemon.poll()  # else it stays a zombie

    def stop(self, daemon: subprocess.Popen[bytes]) -> None:
        """Politely; the visits in hand are finished."""
        daemon.terminate()
        assert daemon.wait(PATIENCE_SECONDS) == 0, self.log.read_text(encoding="utf-8")[-2000:]

    def grow_old(self) -> None:
        """Make what is left of visits older than the time that an owner has to lock it."""
        for path in self.person.temporary.iterdir():
            os.utime(path, (0, 0))

    def leftovers(self) -> list[str]:
        """Temporary files of visits, and objects half-written."""
        incoming = (self.person.evidence / "objects" / "incoming").glob("*")
        return sorted(path.name for path in (*self.person.temporary.iterdir(), *incoming))


def plan_record(name: str, times: Sequence[datetime], zone: str) -> dict[str, Any]:
    """Today's plan as the daemon records it."""
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - beside its only use

    return {
        "format": 1,
        "procedure": name,
        "day": times[0].astimezone(ZoneInfo(zone)).date().isoformat(),
        "timezone": zone,
        "windows": ["00:00-23:59"],
        "times": [utc_text(at) for at in times],
        "replaces": None,
        "cause": "first_day",
    }


@contextmanager
def station_day(person: Person) -> Iterator[StationDay]:
    """Nothing that the day started outlives it."""
    day = StationDay(person=person)
    try:
        yield day
    finally:
        day.kill_everything()
        for daemon in day.daemons:
            daemon.wait()


def outcomes_of(rows: Sequence[AttemptRow]) -> Counter[str]:
    return Counter(row.outcome.value for row in rows)


def not_missed(rows: Sequence[AttemptRow]) -> list[AttemptRow]:
    return [row for row in rows if row.outcome is not Outcome.MISSED]


def open_files(process: psutil.Process) -> int:
    return int(process.num_fds()) if os.name == "posix" else int(process.num_handles())
