"""The daemon, the served page and its visitors at one store, each a process or a browser of its own, for a while.

What is looked at afterwards: all that was acknowledged is in the store and the configuration, the register is whole,
nobody met a lock or an error of ours, and nothing is left behind.
"""

import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil  # type: ignore[import-untyped]

from demo.scenario import Page
from exhibits.journal import list_page
from store.chain import check_chain
from store.vault import Keys
from temoin.items import JOURNAL
from temoin.settings import load_settings
from tests.acceptance.command import TEMOIN, Person
from tests.load_visitor import CASE, Visitor
from tests.station_day import NEVER_MISSED, StationDay, eventually, open_files, replica_hosts, station_day

NO_KEYRING = "keyring.backends.fail.Keyring"
PASSPHRASE = "une phrase de passe d'essai"  # noqa: S105 - of a made-up case
WRONG_WORDS = ("Traceback", "locked", "busy (", "StoreError", "job_failed", "visit_crashed", "ERROR")
SLOT = "p2"  # the démarche that sees slots, all the time
OWN = ("p1", "p3", "p4", "p5")  # one for each visitor; p4 and p5 are visited when their visitor asks for it
TOLD_TO_WAIT = "Several things are under way already."


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The page's process at one moment."""

    memory: int
    files: int
    threads: int


@dataclass(kw_only=True)
class Load:
    """One mixed load: who takes part, and what was seen of the page's process meanwhile."""

    day: StationDay
    server: subprocess.Popen[bytes]
    visitors: list[Visitor]
    samples: list[Sample] = field(default_factory=list)

    @property
    def log(self) -> str:
        return (self.day.person.folder / "serve.log").read_text(encoding="utf-8")

    def go_on(self, seconds: float, *, enough: Callable[[], bool], every: float) -> None:
        """Let everybody work for so long, and until it is ``enough``."""
        threads = [threading.Thread(target=one.run, daemon=True) for one in self.visitors]
        until = time.monotonic() + seconds
        for thread in threads:
            thread.start()
        process = psutil.Process(self.server.pid)
        while time.monotonic() < until and not any(one.errors for one in self.visitors):
            self.visitors[0].stop.wait(every)
            self.samples.append(look(process))
        eventually(enough, "the daemon makes its visits, and what it saw is answered")
        self.visitors[0].stop.set()  # it is everybody's
        for thread in threads:
            thread.join(90)
        assert not any(thread.is_alive() for thread in threads)
        eventually(lambda: not self.at_work(), "what the page started ends", seconds=200)
        self.samples.append(look(process))

    def answered(self) -> int:
        """How many slots the visitors have said what came of."""
        return sum(len(one.done.slots) for one in self.visitors)

    def at_work(self) -> list[str]:
        """What the page has started and is still there."""
        return [words for _process, words in self.day.person.running() if "web.worker" in words]


def look(process: psutil.Process) -> Sample:
    return Sample(memory=process.memory_info().rss, files=open_files(process), threads=int(process.num_threads()))


@contextmanager
def load(person: Person, times: Mapping[str, Sequence[float]], *, tries: float, pause: float) -> Iterator[Load]:
    """A daemon with those planned times (seconds from now), the page, and four visitors who have not begun."""
    no, slot = (Page.NO_SLOT,), (Page.SLOTS,)
    hosts = [{"1": no, "4": no}, {"2": slot}, {"3": no, "5": no}]
    with replica_hosts(hosts) as servers, station_day(person) as day:
        urls = {f"p{name}": site.address(name) for site, at in zip(servers, hosts, strict=True) for name in at}
        day.follow(urls)
        follow_all(day, sorted(urls))
        day.plan(times)
        daemon = day.start_daemon(missed=NEVER_MISSED)
        server, address = serve(person)
        try:
            stop = threading.Event()
            visitors = [
                Visitor(
                    number=number,
                    person=person,
                    address=address,
                    stop=stop,
                    passphrase=PASSPHRASE,
                    own=own,
                    answers=number == 0,
                    tries=tries if own in {"p4", "p5"} else 0.0,
                    pause=pause,
                )
                for number, own in enumerate(OWN)
            ]
            eventually(lambda: day.said("daemon_started"), "the daemon starts")
            yield Load(day=day, server=server, visitors=visitors)
            day.stop(daemon)
        finally:
            server.send_signal(signal.SIGTERM)
            assert server.wait(60) == 130


def follow_all(day: StationDay, names: list[str]) -> None:
    """One dossier that follows everything."""
    done = day.person.run("case", "add", CASE, *(word for name in names for word in ("--follow", name)))
    assert done.code == 0, done


def serve(person: Person) -> tuple[subprocess.Popen[bytes], str]:
    """``temoin serve`` with its words in a file, and the address that it printed."""
    path = person.folder / "serve.log"
    with path.open("wb") as log:
        server = subprocess.Popen(
            (str(TEMOIN), "--lang", "en", "serve", "--no-open"),
            cwd=person.folder,
            env=person.environment(PYTHONUNBUFFERED="1"),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    eventually(lambda: "\n" in path.read_text(encoding="utf-8"), "the page opens", seconds=120)
    return server, path.read_text(encoding="utf-8").partition("\n")[0].partition(": ")[2]


def statuses_of(found: Load) -> Counter[str]:
    return sum((one.statuses for one in found.visitors), Counter[str]())


def assert_nothing_lost(found: Load) -> None:
    """Every write that the page acknowledged is there, and nothing that nobody asked for."""
    day, done = found.day, [one.done for one in found.visitors]
    assert [error for one in found.visitors for error in one.errors] == []
    settings = load_settings(day.person.config)
    for one in done:
        for name, label in one.labels.items():
            assert settings.procedure(name).label == label
        for name in one.confirmed:
            assert settings.procedure(name).confirmed is not None
    with day.store() as store:
        keys = Keys(passphrase=lambda: PASSPHRASE, keyring=False)
        listed = list_page(store, CASE, JOURNAL, before=None, limit=10**6, keys=keys)
        texts = Counter(item.content.text for item in listed if item.content is not None)
        cases = {row.code: row for row in store.cases()}
        assert list(check_chain(entry.line for entry in store.entries())) == []
        answered = [row.attempt for row in store.slot_answers(CASE)]
    assert texts == Counter(text for one in done for text in one.journal)
    assert Counter(answered) == Counter(slot for one in done for slot in one.slots)
    assert cases.keys() - {CASE} == {code for one in done for code in one.cases}
    for one in done:
        assert {code: cases[code].kind for code in one.cases} == one.cases
        assert {code for code in one.cases if cases[code].closed is not None} == one.closed
    day.verify()


def assert_no_error(found: Load) -> None:
    """No lock, no error of ours, to nobody; what was refused was refused for a reason that is right."""
    odd = [line for one in found.visitors for line in one.odd if TOLD_TO_WAIT not in line]
    assert odd == [], "\n".join(odd)
    daemon = found.day.log.read_text(encoding="utf-8")
    for log in (daemon, found.log):
        assert [word for word in WRONG_WORDS if word in log] == [], log[-3000:]
    assert {row.outcome.value for row in found.day.attempts()} <= {"no_slot", "slot_seen"}


def tell_of(found: Load) -> str:
    done = [one.done for one in found.visitors]
    memory = [one.memory / 1e6 for one in found.samples]
    course = " ".join(f"{one:.0f}" for one in memory[:: max(1, len(memory) // 10)])
    return (
        f"{dict(sorted(statuses_of(found).items()))}; {sum(len(one.journal) for one in done)} entries of the journal, "
        f"{sum(len(one.cases) for one in done)} dossiers, {sum(len(one.slots) for one in done)} answers to slots, "
        f"{sum(len(one.confirmed) for one in done)} confirmations, {len(found.day.attempts())} attempts "
        f"({len(found.day.served())} by the daemon); page {memory[0]:.1f} MB at first, at most {max(memory):.1f}, "
        f"{memory[-1]:.1f} at last ({course}); files {found.samples[0].files} to {found.samples[-1].files}, threads "
        f"{found.samples[0].threads} to {found.samples[-1].threads}\n"
    )


def assert_left_nothing(found: Load) -> None:
    """Once daemon and page have ended."""
    assert found.day.person.left_running() == []
    assert found.day.leftovers() == []
    beside = {path.name for path in found.day.person.folder.iterdir()}
    assert beside == {"config.toml", "evidence", "daemon.log", "serve.log"}
    assert not list((found.day.person.evidence / "page").glob("*"))
    assert not (found.day.person.evidence / "page.address").exists()
