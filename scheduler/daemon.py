"""The daemon: fires the planned times, one child process per visit, and keeps plan and ledger together.

Rules of the structure (DESIGN §8):

* It imports no browser, imaging or notification library; whatever needs one runs in a child.
* A time that has gone by is never fired late by a restart: what is neither recorded nor still going on 45 minutes
  after it was due is ``missed``. So a restart repeats nothing, loses nothing and never bursts.
* Whoever started a visit sees to its record: when a child dies without one, the daemon writes it.
* A visit whose host is resting waits a while rather than being refused; the lease itself is taken by the child.
* Plan and ledger are compared at the start, every hour, and after each evening's draw.

The broad catch of the job boundary is APScheduler's: it survives any error of a job and tells it to
``_on_event``; the time that was not served is then recorded by the next comparison.
"""

import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger
from filelock import FileLock, Timeout

from scheduler import children
from scheduler.children import Child, ChildTask, Spawn, spawn_worker
from scheduler.invitations import draw_invitations, record_unfollowed
from scheduler.notifying import Bell, SpawnRound, spawn_round
from scheduler.planning import (
    EVENING_HOUR,
    MISSED_GRACE,
    draw_missing_plans,
    due_times,
    planned_procedures,
    record_missed,
    record_without_visit,
)
from scheduler.politeness import Verdict, host_of, judge, limits_for
from scheduler.signals import Requests, listening
from store.files import file_errors, make_folder
from store.store import Store
from store.values import HostHistory
from temoin.clock import Clock, SystemClock, utc_text
from temoin.errors import StoreError, TemoinError
from temoin.messages import _
from temoin.records import Outcome, Visit
from temoin.settings import Procedure, Settings, load_settings

LOCK_NAME = "daemon.lock"
PID_NAME = "daemon.pid"  # beside the lock, since a locked file cannot be read on Windows
DONE, INTERRUPTED = 0, 130
LINE = "%(asctime)s %(levelname)s %(action)s: %(message)s"  # a stable word, then a sentence
AHEAD = timedelta(days=2)  # no plan reaches further than tomorrow
WAITABLE = frozenset({"host_spacing", "host_busy", "procedure_spacing"})  # these pass by themselves, and soon

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """How long things may take. MISSED must exceed MISFIRE or WAIT, whichever is longer, plus one visit."""

    # An attempt bounds itself to 5 minutes (DESIGN §7), the préfecture's page before it to one; then killed.
    visit: timedelta = timedelta(minutes=7)
    misfire: timedelta = timedelta(minutes=10)  # a time that comes later than this (a sleep) is not fired
    wait: timedelta = timedelta(minutes=30)  # how long a visit may wait for its host to be free
    missed: timedelta = MISSED_GRACE
    compare: timedelta = timedelta(hours=1)
    look: timedelta = timedelta(seconds=30)  # the timers of a machine that slept run late: look at the clock again
    visits_at_once: int = 2  # a browser takes a core and half a gigabyte


@dataclass(frozen=True, slots=True, kw_only=True)
class _Peek:
    """A judge's answer asked out of turn: never takes the lease."""

    verdict: Verdict
    allowed: bool = False


def run_daemon(
    settings: Settings,
    *,
    clock: Clock | None = None,
    spawn: Spawn = spawn_worker,
    pacing: Pacing | None = None,
    notify: SpawnRound | None = spawn_round,
    reload: Callable[[], Settings] | None = None,
) -> int:
    """Run until told to stop: 0 after finishing the visits in hand, 130 when told twice.

    Raises:
        StoreError: another daemon runs on this data directory; it cannot be written.
        ConfigError: no plan can be drawn.
    """
    _log_to_stderr()
    clock = clock or SystemClock()
    folder = settings.station.data_dir
    with only_one(folder), Store.open(folder, now=clock.now) as store, listening() as requests:
        daemon = _Daemon(
            settings=settings,
            clock=clock,
            store=store,
            spawn=spawn,
            pacing=pacing or Pacing(),
            requests=requests,
            bell=Bell(settings.path, notify),
        )
        return daemon.run(reload or (lambda: load_settings(settings.path, data_dir=folder)))


class _Daemon:
    """The composition root. Jobs run in APScheduler's threads, signals in the main one."""

    def __init__(
        self,
        *,
        settings: Settings,
        clock: Clock,
        store: Store,
        spawn: Spawn,
        pacing: Pacing,
        requests: Requests,
        bell: Bell,
    ) -> None:
        self._bell = bell
        self._settings = settings
        self._clock = clock
        self._store = store
        self._spawn = spawn
        self._pacing = pacing
        self._requests = requests
        self._started = clock.now()
        self._comparing = threading.Lock()
        self._guard = threading.Lock()
        self._in_hand: dict[ChildTask, Child | None] = {}
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={
                "default": ThreadPoolExecutor(max_workers=1),
                "visits": ThreadPoolExecutor(max_workers=pacing.visits_at_once),
            },
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._scheduler.add_listener(self._on_event, EVENT_JOB_MISSED | EVENT_JOB_ERROR)

    def run(self, reload: Callable[[], Settings]) -> int:
        """Everything, from the first comparison to the last visit."""
        self._say("daemon_started", _("Témoin watches over {count} procedures.").format(count=self._watched()))
        self._compare()
        self._bell.start()
        evening = CronTrigger(hour=EVENING_HOUR, minute=0, second=5, timezone=self._settings.station.timezone)
        self._scheduler.add_job(self._compare, evening, id="evening")
        every = IntervalTrigger(seconds=int(self._pacing.compare.total_seconds()) or 1, timezone=UTC)
        self._scheduler.add_job(self._compare, every, id="compare")
        self._scheduler.start()
        try:
            while not self._requests.stops:
                self._requests.wait(self._pacing.look.total_seconds())
                if self._requests.take_reload():
                    self._reload(reload)
                self._scheduler.wakeup()
        finally:
            code = self._leave()
        return code

    def _watched(self) -> int:
        return len(planned_procedures(self._settings))

    def _compare(self) -> None:
        """Draw what is missing, fire what is to come, record what was missed."""
        with self._comparing:
            settings, now = self._settings, self._clock.now()
            plans = draw_missing_plans(settings, self._store, now=now)
            for plan in (*plans, *draw_invitations(settings, self._store, now=now)):
                sentence = _("{procedure}: {count} times drawn for {day}.")
                sentence = sentence.format(procedure=plan.procedure, count=len(plan.times), day=plan.day)
                self._say("plan_drawn", sentence)
            for time_ in due_times(settings, self._store, since=now, until=now + AHEAD):
                self._fire(ChildTask(config=settings.path, procedure=time_.procedure, due=time_.at), time_.at)
            missed = record_missed(
                settings,
                self._store,
                now=now,
                simulated=self._clock.simulated,
                running_since=self._started,
                grace=self._pacing.missed,
            )
            unfollowed = record_unfollowed(
                settings, self._store, now=now, simulated=self._clock.simulated, running_since=self._started
            )
        if unfollowed:
            sentence = _("{count} invitations were not followed.").format(count=unfollowed)
            self._say("invitations_missed", sentence)
        self._bell.ring()
        if missed:
            self._say("visits_missed", _("{count} planned visits did not take place.").format(count=missed))

    def _fire(self, task: ChildTask, at: datetime) -> None:
        """Make the visit at ``at``; a task that waits already keeps its own time."""
        name = f"{task.procedure}|{utc_text(task.due)}"
        with self._guard:
            if self._requests.stops or task in self._in_hand or self._scheduler.get_job(name):
                return
            self._scheduler.add_job(
                self._visit,
                DateTrigger(at),
                args=(task,),
                id=name,
                executor="visits",
                misfire_grace_time=max(1, int(self._pacing.misfire.total_seconds())),
            )

    def _visit(self, task: ChildTask) -> None:
        """One planned time, from the check that it is still open to the check that it is recorded."""
        procedure = self._open_procedure(task)
        if procedure is None:
            return
        again = self._wait_until(task, procedure)
        if again is not None:
            self._say("visit_waits", _("{procedure}: its host rests.").format(procedure=task.procedure))
            self._fire(task, again)
            return
        with self._guard:
            if self._requests.stops:
                return
            self._in_hand[task] = None
        try:
            self._make_visit(task, procedure)
        finally:
            with self._guard:
                del self._in_hand[task]
            self._bell.ring()
            self._requests.wake()

    def _open_procedure(self, task: ChildTask) -> Procedure | None:
        """The task's procedure, unless it is no longer followed or its time is served already."""
        if self._requests.stops or self._is_recorded(task):
            return None
        watched = {procedure.id: procedure for procedure in planned_procedures(self._settings)}
        return watched.get(task.procedure)

    def _is_recorded(self, task: ChildTask) -> bool:
        until = task.due + timedelta(milliseconds=1)
        return task.due in self._store.attempts_by_due(task.procedure, task.due, until)

    def _wait_until(self, task: ChildTask, procedure: Procedure) -> datetime | None:
        """When to ask again, where the host only needs a little rest; None: go, be it to be refused."""
        now = self._clock.now()
        limits = limits_for(self._settings, procedure)

        def peek(history: HostHistory) -> _Peek:
            return _Peek(verdict=judge(history, procedure=procedure.id, mode=procedure.mode, limits=limits, now=now))

        asked, _lease = self._store.take_visit(
            host=host_of(procedure.url), procedure=procedure.id, mode=procedure.mode, now=now, judge=peek
        )
        verdict = asked.verdict
        if verdict.allowed or verdict.reason not in WAITABLE or verdict.not_before is None:
            return None
        again = max(verdict.not_before, now) + timedelta(seconds=1)
        return again if again <= task.due + self._pacing.wait else None

    def _make_visit(self, task: ChildTask, procedure: Procedure) -> None:
        child = self._spawn(task)
        with self._guard:
            self._in_hand[task] = child
        self._say("visit_started", _("{procedure}: visit started.").format(procedure=task.procedure))
        if self._requests.stops > 1:  # asked while the child was being started
            children.kill(child, term_seconds=0)
        code = children.finish(child, self._pacing.visit.total_seconds())
        killed = code is None or self._requests.stops > 1
        if self._is_recorded(task):
            self._say("visit_recorded", _("{procedure}: visit recorded.").format(procedure=task.procedure))
            return
        reason = "visit_killed" if killed else "visit_crashed"
        record_without_visit(
            self._settings,
            self._store,
            procedure,
            due=task.due,
            now=self._clock.now(),
            simulated=self._clock.simulated,
            # Our own trouble: never told as the site's outage (DESIGN §5).
            visit=Visit(outcome=Outcome.UNRECOGNISED, reason=reason),
        )
        sentence = _("{procedure}: the visit ended without a record; its failure was recorded.")
        self._say(reason, sentence.format(procedure=task.procedure), logging.WARNING)

    def _reload(self, reload: Callable[[], Settings]) -> None:
        """Take the configuration as it is now; when it cannot be used, keep the one in force."""
        try:
            settings = reload()
        except TemoinError as error:
            self._say("configuration_refused", f"{error.message} {error.remedy}", logging.ERROR)
            return
        if settings.station.data_dir != self._settings.station.data_dir:
            sentence = _("The data directory changed: stop and start the daemon for that. Nothing was changed.")
            self._say("configuration_refused", sentence, logging.ERROR)
            return
        self._settings = settings
        self._scheduler.modify_job("compare", next_run_time=datetime.now(UTC))
        sentence = _("Configuration read again: {count} procedures.").format(count=self._watched())
        self._say("configuration_read", sentence)

    def _leave(self) -> int:
        """Start nothing more and finish the visits in hand; asked again, end them at once."""
        self._scheduler.pause()
        if self._children():
            self._say("daemon_finishing", _("Finishing the visit in hand; ask again to leave at once."))
        while self._children() and self._requests.stops < 2:  # noqa: PLR2004 - the second request
            self._requests.wait(self._pacing.look.total_seconds())
        for child in self._children():
            if child is not None:
                children.kill(child, term_seconds=0)
        self._scheduler.shutdown(wait=True)
        self._bell.stop(at_once=self._requests.stops > 1)
        self._say("daemon_stopped", _("Témoin has stopped watching."))
        return DONE if self._requests.stops < 2 else INTERRUPTED  # noqa: PLR2004 - the second request

    def _children(self) -> list[Child | None]:
        with self._guard:
            return list(self._in_hand.values())

    def _on_event(self, event: Any) -> None:  # noqa: ANN401 - APScheduler ships no types
        """What APScheduler could not do: said here, recorded by the next comparison."""
        if event.code == EVENT_JOB_MISSED:
            self._say("job_missed", _("{job}: its time had passed.").format(job=event.job_id), logging.WARNING)
            return
        error = event.exception
        words = f"{error.message} {error.remedy}" if isinstance(error, TemoinError) else repr(error)
        self._say("job_failed", _("{job}: {why}").format(job=event.job_id, why=words), logging.ERROR)

    @staticmethod
    def _say(action: str, sentence: str, level: int = logging.INFO) -> None:
        logger.log(level, "%s", sentence, extra={"action": action})


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the data directory's daemon lock; the system lets go of it even when the daemon is killed.

    Raises:
        StoreError: another daemon holds it; the folder cannot be written.
    """
    with file_errors(folder):
        make_folder(folder)
        lock = FileLock(folder / LOCK_NAME, mode=0o600)
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise StoreError(
                _("Another daemon already runs on {folder} (pid {pid}).").format(folder=folder, pid=_read_pid(folder)),
                remedy=_("Stop it first, or let it work: one is enough for all procedures."),
            ) from error
        (folder / PID_NAME).write_text(f"{os.getpid()}\n", encoding="ascii")
    try:
        yield
    finally:
        (folder / PID_NAME).unlink(missing_ok=True)
        lock.release()


def _read_pid(folder: Path) -> str:
    try:
        return (folder / PID_NAME).read_text(encoding="ascii").strip() or "?"
    except OSError:
        return "?"


def _log_to_stderr() -> None:
    """Let the daemon be heard, unless the program that calls it has arranged for that already."""
    package = logging.getLogger("scheduler")
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # what it would say, ``_on_event`` says
    if package.hasHandlers():
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(LINE, defaults={"action": "-"}))
    package.addHandler(handler)
    package.setLevel(logging.INFO)
