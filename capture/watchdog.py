"""Ends a browser that no longer answers: an endless script hangs whatever drives it, and no time-out bites."""

import os
import signal
import threading
import time
from types import TracebackType
from typing import Self

CHECK_SECONDS = 0.5
GRACE_SECONDS = 15.0  # past a bound, for a picture or a closing that is under way


class Watchdog:
    """Kills the browser when no ``beat`` came for a step's time, or when the whole visit outlives its own."""

    def __init__(self, pid: int, *, step: float, whole: float) -> None:
        """``pid`` is the browser's; ``step`` and ``whole`` are seconds, to which a grace is added."""
        self._pid = pid
        self._step = step + GRACE_SECONDS
        self._whole = whole + GRACE_SECONDS
        self._done = threading.Event()
        self._last = time.monotonic()
        self.fired = False
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def __enter__(self) -> Self:
        """Start watching."""
        self._started = self._last = time.monotonic()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop watching."""
        self._done.set()

    def beat(self) -> None:
        """Say that the visit goes on."""
        self._last = time.monotonic()

    def _watch(self) -> None:
        while not self._done.wait(CHECK_SECONDS):
            now = time.monotonic()
            if now - self._last > self._step or now - self._started > self._whole:
                self.fired = True
                _kill(self._pid)
                return


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
    except ProcessLookupError:
        # It went by itself, which is what was wanted.
        return
