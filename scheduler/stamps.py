"""Starts rounds of asking for timestamps, and sees to their end; imports nothing of what they need.

A round is a child process (``scheduler.stamper``): begun right after a commit, it goes on beside whatever else is to be
done, and is waited for at the end. So a slot is told at once, and an authority that is slow costs a visit nothing.
"""

import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from scheduler import children
from scheduler.children import Child, start_child
from scheduler.notifying import Bell
from scheduler.saying import words_of_stamping_trouble
from scheduler.stamping import ROUND_SECONDS, askable, is_due
from store.store import Store
from temoin.clock import Clock
from temoin.errors import TemoinError
from temoin.messages import active_language
from temoin.settings import Settings

# Of a round: what it asks, and what the process itself takes to start on a busy machine.
PATIENCE_SECONDS = ROUND_SECONDS + 10.0

SpawnStamper = Callable[[Path, bool], Child]


def spawn_stamper(config: Path, simulated: bool) -> Child:  # noqa: FBT001 - the type of what tests put in its place
    """Start a round with the configuration ``config``.

    Raises:
        StoreError: the machine cannot start another process.
    """
    made_up = ("--simulated",) if simulated else ()
    program = (sys.executable, "-P", "-m", "scheduler.stamper", "--config", str(config))
    return start_child((*program, *made_up, "--lang", active_language()))


class Stamps:
    """The rounds of one command; nothing where no authority may be asked. Never raises: a commit stays a commit."""

    def __init__(self, settings: Settings, *, simulated: bool, spawn: SpawnStamper = spawn_stamper) -> None:
        """Start nothing yet."""
        self._config = settings.path
        self._simulated = simulated
        self._spawn = spawn
        self._wanted = bool(askable(settings, simulated=simulated))
        self._child: Child | None = None
        self._again = False

    def begin(self) -> None:
        """An entry was committed: ask for its timestamp; while one round goes on, another one follows it."""
        if not self._wanted:
            return
        if self._child is not None and self._child.poll() is None:
            self._again = True
            return
        try:
            self._child = self._spawn(self._config, self._simulated)
        except TemoinError as error:
            self._wanted = False
            sys.stderr.write(f"{error.message} {error.remedy}\n")

    def finish(self) -> None:
        """Wait for the round that goes on, and for the one that follows it; one that takes too long is ended."""
        while self._child is not None:
            children.finish(self._child, PATIENCE_SECONDS)
            self._child = None
            if self._again:
                self._again = False
                self.begin()


def stamp_bell(
    settings: Callable[[], Settings], store: Store, clock: Clock, *, spawn: SpawnStamper, every: timedelta
) -> Bell:
    """The daemon's rounds: when rung, and whenever there is somebody to ask; ``settings`` may be read again."""
    last: list[Child] = []  # one at a time: the next look comes soon

    def begin(config: Path) -> Child | None:
        if (last and last[-1].poll() is None) or not is_due(
            settings(), store, now=clock.now(), simulated=clock.simulated
        ):
            return None
        last[:] = [spawn(config, clock.simulated)]
        return last[-1]

    return Bell(settings().path, begin, every=every, trouble=words_of_stamping_trouble)
