"""The daemon: fires the planned times, one child process per visit, and keeps plan and ledger together.

Rules of the structure (DESIGN §8):

* It imports no browser, imaging or notification library; whatever needs one runs in a child.
* A time that has gone by is never fired late by a restart: what is neither recorded nor still going on 45 minutes
  after it was due is ``missed``. So a restart repeats nothing, loses nothing and never bursts.
* Whoever started a visit sees to its record: when a child dies without one, the daemon writes it.
* A visit whose host is resting waits a while rather than being refused. The lease itself is taken by the child: where
  another process took the host a moment before, the child records nothing and the visit waits all the same.
* Plan and ledger are compared at the start, every hour, after each evening's draw, and when the machine has slept or
  its clock was moved (``scheduler.comparison``). A plan is never corrected while a visit is being claimed.

The broad catch of the job boundary is APScheduler's: it survives any error of a job and tells it to
``_on_event``; the time that was not served is then recorded by the next comparison.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from scheduler import children, saying
from scheduler.children import Child, ChildTask, Spawn, spawn_worker
from scheduler.comparison import Surroundings, compare
from scheduler.invitations import draw_invitations, invitations_to_come, record_unfollowed
from scheduler.lock import only_one
from scheduler.logs import logging_to
from scheduler.lookout import Lookout
from scheduler.missed import replaced_times
from scheduler.notifying import Bell, Bells, SpawnRound, ring_at, spawn_round
from scheduler.placed import note_place, sound_store
from scheduler.planning import (
    EVENING_HOUR,
    LOOK_BACK,
    MISSED_GRACE,
    PlannedTime,
    plans_between,
    record_without_visit,
)
from scheduler.politeness import host_of, limits_for
from scheduler.presence import Presence
from scheduler.redraw import redraw_opened
from scheduler.resting import SOON, wait_until
from scheduler.signals import Requests, listening
from scheduler.sought import planned_procedures
from scheduler.stamps import SpawnStamper, spawn_stamper, stamp_bell
from scheduler.watch import ALLOWED
from store.store import Store
from temoin.clock import Clock, SystemClock, utc_text
from temoin.errors import RefusedError, TemoinError
from temoin.messages import _
from temoin.records import Outcome, Visit
from temoin.settings import Procedure, Settings, load_settings

DONE, INTERRUPTED = 0, 130
RECENT = timedelta(days=3)  # the days whose times may still be missed at a comparison, absences apart
ZERO = timedelta(0)

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
    allowed: timedelta = ALLOWED  # how much the clocks may differ at a look before something is said to have happened
    stamps: timedelta = timedelta(minutes=1)  # between two looks at whether a timestamp is to be asked for
    visits_at_once: int = 2  # a browser takes a core and half a gigabyte


def run_daemon(
    settings: Settings,
    *,
    clock: Clock | None = None,
    spawn: Spawn = spawn_worker,
    pacing: Pacing | None = None,
    notify: SpawnRound | None = spawn_round,
    stamper: SpawnStamper = spawn_stamper,
    reload: Callable[[], Settings] | None = None,
) -> int:
    """Run until told to stop: 0 after finishing the visits in hand, 130 when told twice.

    Raises:
        StoreError: another daemon runs on this data directory; it cannot be written; the database is damaged.
        ConfigError: no plan can be drawn.
    """
    clock = clock or SystemClock()
    folder = settings.station.data_dir
    # Signals first: once the folder names this process, others may tell it to read the configuration again.
    with listening() as requests, only_one(folder), logging_to(folder), sound_store(folder, now=clock.now) as store:
        daemon = _Daemon(
            settings=settings,
            clock=clock,
            store=store,
            spawn=spawn,
            pacing=pacing or Pacing(),
            requests=requests,
            bell=Bell(settings.path, notify),
            stamper=stamper,
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
        stamper: SpawnStamper,
    ) -> None:
        self._settings = settings
        stamps = stamp_bell(lambda: self._settings, store, clock, spawn=stamper, every=pacing.stamps)
        self._bell = Bells(bell, stamps)
        self._clock = clock
        self._store = store
        self._spawn = spawn
        self._pacing = pacing
        self._requests = requests
        self._started = clock.now()
        self._comparing = threading.Lock()
        self._guard = threading.Lock()
        self._in_hand: dict[ChildTask, Child | None] = {}
        self._waiting: set[ChildTask] = set()
        folder = settings.station.data_dir
        presence = Presence(folder, now=self._started)
        # What was missed before the last sign of life is in the register: each comparison had looked.
        self._unseen = LOOK_BACK if presence.last is None else max(timedelta(0), self._started - presence.last) + RECENT
        self._lookout = Lookout(presence=presence, now=clock.now, waited=pacing.look, allowed=pacing.allowed)
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
        self._tell(saying.words_of_start(self._settings, note_place(self._settings, self._store)))
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
                self._look()
                self._scheduler.wakeup()
        finally:
            code = self._leave()
        return code

    def _look(self) -> None:
        """Notice a sleep or a clock that was moved, and heed it before anything else is visited."""
        gap = max((limits_for(self._settings, one).procedure_gap for one in self._settings.procedures), default=ZERO)
        noticed = self._lookout.look(rest=gap)
        self._tell(saying.words_of_machine(noticed, self._settings.station.timezone))
        if noticed.absence is not None or noticed.moved:
            self._compare()
        self._lookout.mark()

    def _compare(self) -> None:
        """Record what was missed, draw what is missing, fire what is to come."""
        with self._comparing:
            settings, now = self._settings, self._clock.now()
            found = compare(settings, self._store, self._surroundings(now), now=now)
            self._unseen = RECENT
            for time_ in found.due:
                self._fire(self._task(time_), time_.at)
            invitations = draw_invitations(settings, self._store, now=now)
            ring_at(self._scheduler, self._bell, invitations_to_come(settings, self._store, now=now))
            unfollowed = record_unfollowed(
                settings, self._store, now=now, simulated=self._clock.simulated, running_since=self._started
            )
        self._bell.ring()
        self._tell(saying.words_of_plans(found.drawn))
        self._tell(saying.words_of_anchor(found.anchor))
        self._tell(saying.words_of_invitations(invitations, unfollowed))
        if found.missed:
            self._say("visits_missed", _("{count} planned visits did not take place.").format(count=found.missed))

    def _task(self, time_: PlannedTime) -> ChildTask:
        until = time_.at + self._pacing.wait
        return ChildTask(config=self._settings.path, procedure=time_.procedure, due=time_.at, patient_until=until)

    def _surroundings(self, now: datetime) -> Surroundings:
        with self._guard:
            patience = self._pacing.wait + self._pacing.misfire
            self._waiting = {task for task in self._waiting if now < task.due + patience}
            busy = frozenset((task.procedure, task.due) for task in (*self._in_hand, *self._waiting))
        return Surroundings(
            running_since=self._started,
            simulated=self._clock.simulated,
            absences=self._lookout.absences,
            busy=busy,
            rest_until=self._lookout.rest_until,
            grace=self._pacing.missed,
            look_back=self._unseen,
        )

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
        with self._comparing:  # a plan that is being corrected is corrected first
            procedure = self._claimed(task)
        if procedure is None:
            return
        waits = False
        try:
            waits = self._make_visit(task, procedure)
        finally:
            with self._guard:
                del self._in_hand[task]
                if waits:
                    self._waiting.add(task)
            self._bell.ring()
            self._requests.wake()
        if waits:
            self._wait(task, self._clock.now() + SOON)
            return
        self._heed_opening()

    def _claimed(self, task: ChildTask) -> Procedure | None:
        """The task's procedure, if its visit is to be made now; it is in hand from then on."""
        procedure = self._open_procedure(task)
        again = None
        if procedure is not None:
            now, hosts = self._clock.now(), self._hosts_in_hand()
            again = wait_until(self._settings, self._store, procedure, now=now, in_hand=hosts)
            again = again if again is None or again <= task.patient_until else None
        with self._guard:
            self._waiting.discard(task)
            if again is not None:
                self._waiting.add(task)
            elif procedure is not None and not self._requests.stops:
                self._in_hand[task] = None
                return procedure
        if again is not None:
            self._wait(task, again)
        return None

    def _wait(self, task: ChildTask, again: datetime) -> None:
        self._say("visit_waits", _("{procedure}: its host rests.").format(procedure=task.procedure))
        self._fire(task, again)

    def _hosts_in_hand(self) -> frozenset[str]:
        """The hosts that are being visited: one visit at a time for each, several hosts at once."""
        with self._guard:
            names = {task.procedure for task in self._in_hand}
        return frozenset(host_of(one.url) for one in self._settings.procedures if one.id in names)

    def _heed_opening(self) -> None:
        """Where the page has just announced an opening on a day drawn already, have a visit follow it."""
        with self._comparing:
            now = self._clock.now()
            redrawn = redraw_opened(self._settings, self._store, now=now, busy=self._surroundings(now).busy)
        self._tell(saying.words_of_plans(redrawn))
        if redrawn:
            self._compare()

    def _open_procedure(self, task: ChildTask) -> Procedure | None:
        """The task's procedure, unless it is no longer followed or its time is served, replaced or to be rested in."""
        if self._requests.stops or not self._lookout.may_visit(self._clock.now()) or self._is_recorded(task):
            return None
        watched = {procedure.id: procedure for procedure in planned_procedures(self._settings)}
        procedure = watched.get(task.procedure)
        if procedure is None:
            return None
        plans = plans_between(self._store, [procedure], task.due, task.due)[procedure.id]
        return None if task.due in replaced_times(plans) else procedure

    def _is_recorded(self, task: ChildTask) -> bool:
        until = task.due + timedelta(milliseconds=1)
        return task.due in self._store.attempts_by_due(task.procedure, task.due, until)

    def _make_visit(self, task: ChildTask, procedure: Procedure) -> bool:
        """The visit, recorded by its child or, where that left no record, here; True: it is to be asked for again."""
        child = self._spawn(task)
        with self._guard:
            self._in_hand[task] = child
        self._say("visit_started", _("{procedure}: visit started.").format(procedure=task.procedure))
        if self._requests.stops > 1:  # asked while the child was being started
            children.kill(child, term_seconds=0)
        code = children.finish(child, self._pacing.visit.total_seconds())
        if self._is_recorded(task):
            self._say("visit_recorded", _("{procedure}: visit recorded.").format(procedure=task.procedure))
            return False
        reason = "visit_killed" if code is None or self._requests.stops > 1 else "visit_crashed"
        if code == RefusedError.exit_code and reason != "visit_killed":
            return True
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
        return False

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
        self._tell(saying.words_of_reading(settings))

    def _leave(self) -> int:
        """Start nothing more and finish the visits in hand; asked again, end them at once."""
        self._scheduler.pause()
        if self._children():
            self._say("daemon_finishing", _("Finishing the visit in hand; ask again to leave at once."))
        while self._children() and self._requests.stops < 2:  # noqa: PLR2004 - the second request
            self._requests.wait(self._pacing.look.total_seconds())
        for child in filter(None, self._children()):
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

    def _tell(self, several: Iterable[saying.Said]) -> None:
        for action, sentence, level in several:
            self._say(action, sentence, level)

    @staticmethod
    def _say(action: str, sentence: str, level: int = logging.INFO) -> None:
        logger.log(level, "%s", sentence, extra={"action": action})
