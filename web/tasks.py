"""What takes long (a visit, an export, a verification) is a child process: bounded, stoppable, told line by line.

The child is ``web.worker``. What it is asked, passphrase included, goes through its standard input, which no other
user of the machine can read; what it tells comes back as one JSON object a line.
"""

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock, Thread
from typing import Literal

from scheduler.children import kill
from temoin.canonical import Json
from temoin.clock import utc_now
from temoin.errors import RefusedError, UsageError
from temoin.messages import _, active_language
from web import session

MOST_RUNNING = 4  # at once: each may hold a browser or draw a bundle
MOST_KEPT = 60  # ended ones that are still shown
MOST_LINES = 200
_END_SECONDS = 5.0

State = Literal["running", "done", "failed", "stopped"]


@dataclass(slots=True, kw_only=True)
class Task:
    """One program under way, or ended: what it told so far. ``result`` is what its job gives back."""

    id: str
    job: str
    title: str
    asked: Json
    started: float
    state: State = "running"
    progress: tuple[str, int, int] = ("", 0, 0)  # (what is being done, done, of how many)
    lines: list[str] = field(default_factory=list)
    result: Json | None = None
    error: tuple[str, str] | None = None  # (what is wrong, what to do)
    code: int = 0
    ended: datetime | None = None
    _child: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    @property
    def is_running(self) -> bool:
        """Whether it goes on."""
        return self.state == "running"

    @property
    def is_refused(self) -> bool:
        """Whether nothing was attempted out of politeness: nothing is wrong then."""
        return self.error is not None and self.code == RefusedError.exit_code

    @property
    def procedure(self) -> str:
        """The one démarche that it is about; empty where there is none, or more."""
        names = self.asked.get("procedures", ())
        return str(names[0]) if len(names) == 1 else ""

    def hear(self, told: Json) -> None:
        """Take in one line of the child."""
        if "progress" in told:
            words, done, of = told["progress"]
            self.progress = (words, done, of)
        elif "line" in told:
            self.lines = [*self.lines, told["line"]][-MOST_LINES:]
        elif "result" in told:
            self.result = told["result"]
        elif "error" in told:
            self.error = (told["error"], told["remedy"])


class Tasks:
    """Those of this run of the page, newest first; safe to use from several threads."""

    def __init__(self) -> None:
        """None yet."""
        self._tasks: dict[str, Task] = {}
        self._lock = Lock()

    def start(
        self, job: str, title: str, asked: Json, *, secret: str = "", ended: Callable[[], object] | None = None
    ) -> Task:
        """Start a worker for ``job``; ``secret`` is the passphrase, if it may be needed.

        ``ended`` is called when it has ended, however it did.

        Raises:
            UsageError: too much is under way already, or this very thing is.
        """
        with self._lock:
            running = [task for task in self._tasks.values() if task.is_running]
            twin = next((task for task in running if (task.job, task.asked) == (job, asked)), None)
            if twin is not None:
                return twin
            if len(running) >= MOST_RUNNING:
                raise UsageError(
                    _("Several things are under way already."), remedy=_("Wait until one of them has ended.")
                )
            task = Task(id=secrets.token_urlsafe(9), job=job, title=title, asked=asked, started=time.monotonic())
            self._tasks[task.id] = task
            self._forget_oldest()
        order = {"job": job, "asked": asked, "lang": active_language(), "passphrase": secret}
        child = subprocess.Popen(
            (sys.executable, "-P", "-m", "web.worker"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=session.environment(job, asked),
            start_new_session=os.name == "posix",
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        task._child = child  # noqa: SLF001 - its own value
        Thread(target=_follow, args=(task, child, order, ended), daemon=True, name=f"task {job}").start()
        return task

    def get(self, task: str) -> Task | None:
        """The one of that id."""
        return self._tasks.get(task)

    def running(self) -> tuple[Task, ...]:
        """Those under way, newest first."""
        with self._lock:  # a thread that starts one meanwhile would change what is gone through
            return tuple(task for task in reversed(self._tasks.values()) if task.is_running)

    def of_job(self, job: str) -> tuple[Task, ...]:
        """Those of that job, under way or ended, oldest first."""
        with self._lock:
            return tuple(task for task in self._tasks.values() if task.job == job)

    def stop(self, task: Task) -> None:
        """Ask it to end, then end it; what it recorded is kept."""
        child = task._child  # noqa: SLF001 - as above
        if task.is_running and child is not None:
            task.state = "stopped"
            kill(child, term_seconds=_END_SECONDS)

    def stop_all(self) -> None:
        """As ``stop``, for each."""
        for task in self.running():
            self.stop(task)

    def forget(self, task: Task) -> None:
        """End it, and keep nothing of what it told."""
        self.stop(task)
        with self._lock:
            self._tasks.pop(task.id, None)

    def _forget_oldest(self) -> None:
        ended = [name for name, task in self._tasks.items() if not task.is_running]
        for name in ended[: max(0, len(self._tasks) - MOST_KEPT)]:
            del self._tasks[name]


def _follow(task: Task, child: "subprocess.Popen[bytes]", order: Json, ended: Callable[[], object] | None) -> None:
    """Hear the child to its end."""
    with child, suppress(BrokenPipeError):
        if child.stdin is not None:
            child.stdin.write(json.dumps(order).encode())
            child.stdin.close()
        for told in _lines(child):
            task.hear(told)
    task.code, task.ended = child.returncode, utc_now()
    if task.state == "running":
        task.state = "done" if task.error is None and task.result is not None else "failed"
    if ended is not None:
        ended()


def _lines(child: "subprocess.Popen[bytes]") -> Iterator[Json]:
    """What the child tells; a line that is none of its own words is passed over."""
    for line in child.stdout or ():
        with suppress(ValueError):
            told = json.loads(line)
            if isinstance(told, dict):
                yield told
