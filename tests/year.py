"""A year of a station, simulated: the functions that the daemon calls, real SQLite, and a clock nobody may trust.

Two times run beside each other: the true one, which only the simulation knows, and the one that the machine shows. The
station is switched off, sleeps, loses its network and has its clock moved; the daemon's own eye (``scheduler.lookout``)
has to find out. Floors are then checked in *true* time, which is what the sites feel.
"""

import heapq
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from typing_extensions import override

from scheduler.comparison import Surroundings, compare
from scheduler.lookout import Lookout
from scheduler.planning import LOOK_BACK, draft_without_visit
from scheduler.politeness import Verdict, host_of, judge, limits_for
from scheduler.presence import Presence
from scheduler.resting import WAITABLE
from scheduler.watch import NOTHING
from store.store import Store
from store.values import HostHistory, MadeVisit, Pace, PastVisit
from temoin.records import Mode, Outcome, Visit
from temoin.settings import Politeness, Procedure, Settings, Station

if TYPE_CHECKING:
    from store.ledger import Draft

LOOK = timedelta(seconds=30)
MISFIRE = timedelta(minutes=10)
WAIT = timedelta(minutes=30)
HOURLY = timedelta(hours=1)
KEPT_VISITS = 300  # of a host: two days of its cap and more
RECENT = timedelta(days=3)
ZONE = "Europe/Paris"
PARIS = ZoneInfo(ZONE)
PACE = Pace(hour=1, day=1, week=1)
WINDOWS = (("07:00-22:30",), ("08:00-12:30", "13:30-20:00"), ("06:00-23:30",))


OPENINGS: tuple[tuple[str, ...], ...] = ((), (), (), (), ("mon 09:00",), (), ("day 1 14:00", "day 15 14:00"))


def settings_of(folder: Path, procedures: int, hosts: int) -> Settings:
    """So many procedures on so many hosts that do not exist (RFC 2606): nothing is ever sent to any."""
    return Settings(
        path=folder / "config.toml",
        station=Station(data_dir=folder / "evidence"),
        politeness=Politeness(attempts_per_day=2),
        procedures=tuple(
            Procedure(
                id=f"p{number}",
                prefecture="Préfecture de l'Exemple",
                label="Démarche d'essai",
                url=f"https://site{number % hosts}.exemple.invalid/rdv/{number}",
                platform="generic",
                no_slot_text="Aucun rendez-vous.",
                terms_read=date(2026, 1, 1),
                windows=WINDOWS[number % len(WINDOWS)],
                openings=OPENINGS[number % len(OPENINGS)],
            )
            for number in range(procedures)
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Trouble:
    """From ``at`` (true time) on, for ``length``: ``off``, ``sleep`` or ``network``; ``clock`` moves by ``length``."""

    at: datetime
    kind: str
    length: timedelta


def troubles(start: datetime, days: int, rng: random.Random) -> list[Trouble]:
    """A sleep in about one night and one day of three weeks, reboots, a week without network, the clock moved."""
    found = [Trouble(at=start + timedelta(days=days // 2), kind="network", length=timedelta(days=7))]
    for week in range(days // 7):
        base = start + timedelta(days=7 * week)
        found.append(Trouble(at=base + rng.random() * timedelta(days=3), kind="off", length=timedelta(minutes=4)))
        if week % 3 == 1:
            hours = timedelta(hours=rng.uniform(0.2, 5))
            found.append(
                Trouble(at=base + timedelta(days=4) + rng.random() * timedelta(hours=12), kind="sleep", length=hours)
            )
        if week % 10 == 5:
            found.append(
                Trouble(at=base + timedelta(days=5, hours=9), kind="clock", length=timedelta(hours=rng.choice((-2, 2))))
            )
            found.append(Trouble(at=base + timedelta(days=6, hours=9), kind="off", length=timedelta(hours=30)))
    return sorted(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """How long, and of how much."""

    start: datetime
    days: int
    procedures: int
    hosts: int


@dataclass(slots=True)
class Machine:
    """True time, and what the machine's clock makes of it."""

    true: datetime
    skew: timedelta = timedelta(0)
    simulated: bool = True

    def now(self) -> datetime:
        return self.true + self.skew

    def uptime(self) -> timedelta:
        return self.true - datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Made:
    """A visit as the site felt it."""

    true: datetime
    shown: datetime
    ended: datetime
    procedure: str
    host: str


class YearStore(Store):
    """A store whose visits may be kept in mind: two transactions less for each of many hundred thousand."""

    kept: list[MadeVisit] | None = None

    @override
    def visits(self, since: datetime) -> tuple[MadeVisit, ...]:
        if self.kept is None:
            return super().visits(since)
        self.kept = [one for one in self.kept if one.started_at > since - timedelta(days=3)]
        return tuple(one for one in self.kept if one.started_at >= since)


@dataclass
class Year:
    """The simulation; ``run`` plays it, ``check`` says what was broken."""

    settings: Settings
    store: YearStore
    machine: Machine
    rng: random.Random
    leases: bool  # taken in the database and each record committed by itself, as in life; slower
    every: timedelta = HOURLY  # between two comparisons of plan and ledger
    made: list[Made] = field(default_factory=list)
    suffered: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.store.kept = None if self.leases else []
        self._jobs: list[tuple[datetime, str, datetime]] = []
        self._waiting: set[tuple[str, datetime]] = set()
        self._drafts: list[Draft] = []
        self._history = defaultdict[str, list[PastVisit]](list)
        self._offline_until = self.machine.true
        self._procedures = {one.id: one for one in self.settings.procedures}
        self._limits = {one.id: limits_for(self.settings, one) for one in self.settings.procedures}
        self._switch_on()

    def _switch_on(self) -> None:
        """A new daemon: it knows what is on the disk, and nothing else."""
        now = self.machine.now()
        presence = Presence(self.settings.station.data_dir, now=now)
        self._started = now
        self._look_back = LOOK_BACK if presence.last is None else max(timedelta(0), now - presence.last) + RECENT
        self._lookout = Lookout(presence=presence, now=self.machine.now, waited=LOOK, uptime=self.machine.uptime)
        self._jobs, self._waiting, self._looked = [], set(), self.machine.true
        self._compare()
        self._lookout.mark()

    def _compare(self) -> None:
        self.flush()
        now = self.machine.now()
        around = Surroundings(
            running_since=self._started,
            simulated=True,
            absences=self._lookout.absences,
            busy=frozenset(one for one in self._waiting if now < one[1] + WAIT + MISFIRE),
            rest_until=self._lookout.rest_until,
            look_back=self._look_back,
        )
        found = compare(self.settings, self.store, around, now=now, rng=self.rng)
        self._look_back = RECENT
        due = {(one.procedure, one.at) for one in found.due}
        self._jobs = [job for job in self._jobs if (job[1], job[2]) in due or (job[1], job[2]) in self._waiting]
        heapq.heapify(self._jobs)
        for procedure, at in sorted(due - {(job[1], job[2]) for job in self._jobs}):
            heapq.heappush(self._jobs, (at, procedure, at))

    def run(self, until: datetime, plagues: Sequence[Trouble]) -> None:
        """Live on until then, in true time."""
        coming = list(plagues)
        comparison = self._next_comparison()
        while self.machine.true < until:
            job = self._jobs[0][0] - self.machine.skew if self._jobs else until
            trouble = coming[0].at if coming else until
            moment = min(max(job, self.machine.true), comparison, max(trouble, self.machine.true), until)
            self._pass(moment)
            if coming and moment >= trouble:
                self._suffer(coming.pop(0))
                comparison = self._next_comparison()
            elif moment == comparison:
                self._compare()
                self._lookout.mark()
                comparison = self._next_comparison()
            elif self._jobs and moment >= job:
                self._visit(*heapq.heappop(self._jobs))
        self.flush()

    def _next_comparison(self) -> datetime:
        """In an hour, or shortly after the evening begins, in true time."""
        local = self.machine.now().astimezone(PARIS)
        evening = local.replace(hour=20, minute=0, second=5, microsecond=0)
        evening += timedelta(days=1 if evening <= local else 0)
        return min(self.machine.true + self.every, evening.astimezone(UTC) - self.machine.skew)

    def _pass(self, moment: datetime) -> None:
        """Time goes by, with a look every half minute."""
        while self._looked + LOOK <= moment:
            self._looked += LOOK
            self.machine.true = self._looked
            noticed = self._lookout.look(rest=timedelta(hours=1))
            assert noticed == NOTHING
        self.machine.true = moment

    def _suffer(self, trouble: Trouble) -> None:
        self.suffered[trouble.kind] += 1
        if trouble.kind == "network":
            self._offline_until = trouble.at + trouble.length
        elif trouble.kind == "clock":
            self.machine.skew += trouble.length
            self._look()
        elif trouble.kind == "sleep":
            self.machine.true += trouble.length
            self._look()
        else:
            self._lookout.mark()
            self.machine.true += trouble.length
            self._switch_on()

    def _look(self) -> None:
        noticed, self._looked = self._lookout.look(rest=timedelta(hours=1)), self.machine.true
        assert noticed.absence is not None or noticed.moved
        self._compare()
        self._lookout.mark()

    def _visit(self, at: datetime, name: str, due: datetime) -> None:
        now, procedure = self.machine.now(), self._procedures[name]
        if now > at + MISFIRE or not self._lookout.may_visit(now):
            return
        host, limits = host_of(procedure.url), self._limits[name]

        def ask(history: HostHistory) -> Verdict:
            return judge(history, procedure=name, mode=Mode.UNATTENDED, limits=limits, now=now)

        self._waiting.discard((name, due))
        lasts = timedelta(seconds=self.rng.randrange(8, 100))
        verdict = self._take(host, name, now, lasts, ask)
        if verdict.allowed:
            offline = self.machine.true < self._offline_until
            self.record(procedure, due, Outcome.UNREACHABLE if offline else Outcome.NO_SLOT)
            self.made.append(Made(self.machine.true, now, self.machine.true + lasts, name, host))
            return
        self.refused[verdict.reason] += 1
        again = verdict.not_before
        if verdict.reason in WAITABLE and again is not None and again <= due + WAIT:
            self._waiting.add((name, due))
            heapq.heappush(self._jobs, (again + timedelta(seconds=1), name, due))
            return
        self.record(procedure, due, Outcome.REFUSED, verdict.reason)

    def _take(
        self, host: str, name: str, now: datetime, lasts: timedelta, ask: Callable[[HostHistory], Verdict]
    ) -> Verdict:
        """The right to visit, by the database or, where speed matters, by the same judge over visits kept in mind."""
        if self.leases:
            verdict, lease = self.store.take_visit(host=host, procedure=name, mode=Mode.UNATTENDED, now=now, judge=ask)
            if lease is not None:
                self.store.end_visit(lease, now + lasts)
            return verdict
        visits = self._history[host]
        verdict = ask(HostHistory(host=host, visits=tuple(visits), stops=()))
        if verdict.allowed:
            visits.append(PastVisit(now, name, Mode.UNATTENDED, now + lasts))
            del visits[:-KEPT_VISITS]
            if self.store.kept is not None:
                self.store.kept.append(MadeVisit(host, name, Mode.UNATTENDED, now))
        return verdict

    def record(self, procedure: Procedure, due: datetime, outcome: Outcome, reason: str | None = None) -> None:
        """Have an attempt in the register: at once where each has a transaction of its own."""
        visit = Visit(outcome=outcome, reason=reason)
        draft = draft_without_visit(
            self.settings, procedure, due=due, now=self.machine.now(), simulated=True, visit=visit, pace=PACE
        )
        self._drafts.append(draft)
        if self.leases:
            self.flush()

    def flush(self) -> None:
        """Have what was kept back in the register."""
        if self._drafts:
            self.store.append_all(self._drafts)
            self._drafts.clear()


@contextmanager
def play(folder: Path, length: Length, *, leases: bool, every: timedelta) -> Iterator[Year]:
    """A year that has gone by, with its store still open."""
    settings, machine = settings_of(folder, length.procedures, length.hosts), Machine(length.start)
    rng = random.Random(length.days)  # noqa: S311 - chance that can be had again is what a test wants
    with YearStore.open(settings.station.data_dir, now=machine.now) as store:
        year = Year(settings, store, machine, rng, leases=leases, every=every)
        year.run(length.start + timedelta(days=length.days), troubles(length.start, length.days, rng))
        yield year
