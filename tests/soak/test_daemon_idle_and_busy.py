"""The daemon for a long time: idle it is small, busy it leaks nothing. ``SOAK_MINUTES`` shortens a first try."""

import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import psutil  # type: ignore[import-untyped]
import pytest

from demo.scenario import Page
from tests.acceptance.command import Person
from tests.acceptance.conftest import make_person, person  # noqa: F401 - fixtures
from tests.station_day import AWAKE, StationDay, eventually, open_files, outcomes_of, replica_hosts, station_day

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the figures are of Linux: resident memory, /proc"),
]

IDLE_MINUTES, BUSY_MINUTES = 10.0, 15.0
IDLE_BYTES = 90_000_000
GROWTH_BYTES = 8_000_000  # of the daemon alone, from its first visits to its last
PROCEDURES, HOSTS = 200, 10
EVERY_SECONDS = 10.0
BROWSERS = ("chrom", "edge", "xvfb", "node", "playwright")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The daemon at one moment: its memory, and what it holds."""

    memory: int
    files: int
    threads: int
    family: int  # processes of the station, itself included
    scratch: int  # entries of the temporary folder


def minutes(usual: float) -> float:
    return float(os.environ.get("SOAK_MINUTES", usual))


def look(day: StationDay, daemon: psutil.Process) -> Sample:
    return Sample(
        memory=daemon.memory_info().rss,
        files=open_files(daemon),
        threads=daemon.num_threads(),
        family=len(list(day.person.running())),
        scratch=len(list(day.person.temporary.iterdir())),
    )


def watch(seconds: float, sample: Callable[[], Sample]) -> Iterator[Sample]:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        yield sample()
        time.sleep(EVERY_SECONDS)


def names_of_family(day: StationDay) -> list[str]:
    found = []
    for process, _words in day.person.running():
        with suppress(psutil.Error):
            found.append(process.name().lower())
    return found


def test_the_idle_daemon_is_small_and_has_no_browser(person: Person) -> None:  # noqa: F811
    """Two hundred procedures with a plan, nothing due: as the command ``run`` is nearly all day."""
    with station_day(person) as day:
        day.follow({f"p{number}": f"http://127.0.0.1:9/booking/create/{number}" for number in range(PROCEDURES)})
        day.plan({f"p{number}": (40_000,) for number in range(PROCEDURES)})
        daemon = psutil.Process(day.run().pid)
        eventually(lambda: day.said("daemon_started"), "the daemon starts")
        samples, names = [], Counter[str]()
        for sample in watch(60 * minutes(IDLE_MINUTES), lambda: look(day, daemon)):
            samples.append(sample)
            names.update(names_of_family(day))
        memory = [sample.memory / 1e6 for sample in samples]
        sys.stdout.write(
            f"idle for {minutes(IDLE_MINUTES):g} minutes: {min(memory):.1f} to {max(memory):.1f} MB, "
            f"{samples[-1].files} files, {samples[-1].threads} threads; processes seen: {dict(names)}\n"
        )
        assert max(sample.memory for sample in samples) < IDLE_BYTES
        assert [name for name in names if any(browser in name for browser in BROWSERS)] == []
        day.stop(day.daemons[0])


def test_two_hundred_procedures_leave_nothing_behind(person: Person) -> None:  # noqa: F811
    per_host = PROCEDURES // HOSTS
    seconds = 60 * minutes(BUSY_MINUTES)
    hosts = [{f"{host}{number:02d}": (Page.NO_SLOT,) for number in range(per_host)} for host in range(HOSTS)]
    with replica_hosts(hosts) as servers, station_day(person) as day:
        urls = {f"p{name}": site.address(name) for site, at in zip(servers, hosts, strict=True) for name in at}
        day.follow(urls, view="auto")
        in_turn = sorted(urls, key=lambda name: name[-2:])  # one host after the other, so that two are visited at once
        planned = round(PROCEDURES * minutes(BUSY_MINUTES) / BUSY_MINUTES)  # as many a minute, however long
        day.plan(
            {name: (AWAKE + number * (seconds - AWAKE) / planned,) for number, name in enumerate(in_turn[:planned])}
        )
        started = day.run()
        daemon = psutil.Process(started.pid)
        eventually(lambda: len(day.attempts()) >= 6, "the first visits are made")
        samples = list(watch(seconds - 30, lambda: look(day, daemon)))
        eventually(lambda: day.served().keys() >= day.passed_all(), "every planned visit is recorded", seconds=900)
        eventually(lambda: len(list(day.person.running())) == 1, "the last visit ends with all it started")
        last = look(day, daemon)
        tell_of(day, samples, last)
        day.stop(started)
        assert outcomes_of(day.attempts()) == {"no_slot": planned}
        assert last.memory - samples[0].memory < GROWTH_BYTES
        # Each of the daemon's threads opens its connection to the register when it first wants one, and keeps it.
        assert last.files <= max(sample.files for sample in samples[: len(samples) // 3])
        assert last.scratch == 0
        assert day.person.left_running() == []
        assert day.leftovers() == []
        day.verify()


def tell_of(day: StationDay, samples: list[Sample], last: Sample) -> None:
    memory, files = [sample.memory / 1e6 for sample in samples], [sample.files for sample in samples[::9]]
    sys.stdout.write(
        f"{len(day.attempts())} visits in {minutes(BUSY_MINUTES):g} minutes: daemon {memory[0]:.1f} MB at first, "
        f"at most {max(memory):.1f}, {last.memory / 1e6:.1f} at last; files {files} to {last.files}, "
        f"threads {samples[0].threads} to {last.threads}; at most {max(one.family for one in samples)} processes, "
        f"{last.family} at last; {last.scratch} temporary files at last; {dict(outcomes_of(day.attempts()))}\n"
    )
