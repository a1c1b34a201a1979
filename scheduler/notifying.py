"""The daemon's bells: start a round of notifications when something happened, and every few minutes.

A round is a child process (``commands.notifier``) that decides, sends and notes by itself; the daemon only starts it
and ends it when it takes too long. So no channel holds up a visit, and the daemon imports nothing of theirs. A round
that hangs on one channel holds up no other round: a second one may go on beside it. Rounds of asking for timestamps
(``scheduler.stamps``) are started in the same way, by a bell of their own.
"""

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path

from apscheduler.schedulers.base import BaseScheduler
from apscheduler.triggers.date import DateTrigger

from scheduler import children
from scheduler.children import Child, start_child
from scheduler.saying import Said, words_of_notification_trouble
from temoin.clock import utc_text
from temoin.errors import TemoinError
from temoin.messages import active_language

EVERY = timedelta(minutes=5)  # a reminder comes at most so much late
AFTER_FAILURE = timedelta(hours=1)  # a round that cannot note what it sent would send it again and again
ROUND = timedelta(minutes=3)  # a round bounds itself to less
AT_ONCE = 4  # rounds; one that waits for a channel that hangs leaves room for the others
LEAVING_SECONDS = 20.0  # a slot seen by the last visit is still told

logger = logging.getLogger(__name__)

SpawnRound = Callable[[Path], Child | None]  # None: there is nothing to do this time


def spawn_round(config: Path) -> Child:
    """Start a round with the configuration ``config``.

    Raises:
        StoreError: the machine cannot start another process.
    """
    # Its name is a string: what stands above ``scheduler`` is not imported here.
    program = (sys.executable, "-P", "-m", "commands.notifier")
    return start_child((*program, "--config", str(config), "--lang", active_language()))


class Bell:
    """Starts rounds from a thread of its own; ``ring`` may be called from any other."""

    def __init__(
        self,
        config: Path,
        spawn: SpawnRound | None = spawn_round,
        *,
        every: timedelta = EVERY,
        trouble: Callable[[str], Said] = words_of_notification_trouble,
    ) -> None:
        """Start nothing yet; with no ``spawn`` never. ``trouble`` says that a round ended badly."""
        self._trouble = trouble
        self._config = config
        self._spawn = spawn
        self._every = self._wait = every
        self._changed = threading.Condition()
        self._wanted = False
        self._stopped = False
        self._room = threading.Semaphore(AT_ONCE)
        self._rounds: dict[threading.Thread, Child] = {}
        self._thread = threading.Thread(target=self._work, name="bell", daemon=True)

    def start(self) -> None:
        """From now on: when asked, and every few minutes."""
        if self._spawn is not None:
            self._thread.start()

    def ring(self) -> None:
        """Something happened: see whether anybody must be told."""
        with self._changed:
            self._wanted = True
            self._changed.notify()

    def stop(self, *, at_once: bool) -> None:
        """Start nothing that was not asked for yet, and end the rounds under way, after a while or at once.

        A round that is ended is made again by the next daemon: nothing is lost.
        """
        with self._changed:
            self._stopped = True
            self._wanted = self._wanted and not at_once
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(LEAVING_SECONDS)
        deadline = time.monotonic() + (0.0 if at_once else LEAVING_SECONDS)
        for thread, child in list(self._rounds.items()):
            thread.join(max(0.0, deadline - time.monotonic()))
            if thread.is_alive():
                children.kill(child, term_seconds=0)
                thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._wanted or self._stopped, self._wait.total_seconds())
                wanted, self._wanted = self._wanted, False
                if self._stopped and not wanted:
                    return
            self._begin()

    def _begin(self) -> None:
        """Start a round and see to its end beside this thread; wait for room first."""
        self._room.acquire()
        try:
            child = self._spawn(self._config) if self._spawn is not None else None
        except TemoinError as error:
            child = None
            action, _sentence, _level = self._trouble("")
            logger.log(logging.ERROR, "%s %s", error.message, error.remedy, extra={"action": action})
        if child is None:
            self._room.release()
            return
        thread = threading.Thread(target=self._attend, args=(child,), name="round", daemon=True)
        self._rounds[thread] = child
        thread.start()

    def _attend(self, child: Child) -> None:
        code = children.finish(child, ROUND.total_seconds())
        self._wait = self._every if code == 0 else max(self._every, AFTER_FAILURE)
        if code != 0:
            action, sentence, level = self._trouble("–" if code is None else str(code))
            logger.log(level, "%s", sentence, extra={"action": action})
        self._rounds.pop(threading.current_thread(), None)
        self._room.release()


class Bells:
    """Several bells as one: whatever happened may concern each of their rounds."""

    def __init__(self, *bells: Bell) -> None:
        """Start nothing yet."""
        self._bells = bells

    def start(self) -> None:
        """Start all of them."""
        for bell in self._bells:
            bell.start()

    def ring(self) -> None:
        """Ring all of them."""
        for bell in self._bells:
            bell.ring()

    def stop(self, *, at_once: bool) -> None:
        """Stop them one after the other, as each says."""
        for bell in self._bells:
            bell.stop(at_once=at_once)


def ring_at(scheduler: BaseScheduler, bells: Bells, times: Iterable[datetime]) -> None:
    """Ring at each of ``times``: who is invited for an hour is told at its beginning, not minutes later."""
    for at in times:
        name = f"invited|{utc_text(at)}"
        scheduler.add_job(bells.ring, DateTrigger(at), id=name, replace_existing=True)
