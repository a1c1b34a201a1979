"""One visit is one child process: how it is started, waited for, and ended with all that it started.

A child has a session and a process group of its own, so that Ctrl-C at the daemon's terminal does not reach it. The
browser's driver puts the browser in yet another group; those are found among the child's descendants (Linux) before
anything is killed. Elsewhere the browser ends when its driver's pipe closes.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from temoin.clock import utc_text
from temoin.errors import StoreError
from temoin.messages import _, active_language
from temoin.os_words import os_words

TERM_SECONDS = 5.0  # from the polite signal to the last one: a browser closes in less

Child = subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildTask:
    """One visit to make: which procedure, for which planned time, by which configuration.

    Until ``patient_until`` a visit whose host only needs a little rest is asked for again, and not refused.
    """

    config: Path
    procedure: str
    due: datetime
    patient_until: datetime

    @property
    def arguments(self) -> tuple[str, ...]:
        """What the worker is told."""
        due, until = utc_text(self.due), utc_text(self.patient_until)
        return ("--config", str(self.config), "--procedure", self.procedure, "--due", due, "--patient-until", until)


Spawn = Callable[[ChildTask], Child]


def spawn_worker(task: ChildTask) -> Child:
    """Start the worker for ``task``.

    ``-P`` keeps the current folder out of the import path: packages of ours have everyday names (docs/adr/0001).

    Raises:
        StoreError: the machine cannot start another process.
    """
    return start_child((sys.executable, "-P", "-m", "scheduler.worker", *task.arguments, "--lang", active_language()))


def start_child(command: tuple[str, ...]) -> Child:
    """Start ``command`` in a group of its own; its words go where the daemon's go.

    Raises:
        StoreError: the machine cannot start another process.
    """
    new_group = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)  # Windows only
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=os.name == "posix",
            creationflags=new_group,
        )
    except OSError as error:
        raise StoreError(
            _("A visit could not be started: {reason}.").format(reason=os_words(error)),
            remedy=_("Close other programs: the machine has no room for another one."),
        ) from error


def finish(child: Child, seconds: float, *, term_seconds: float = TERM_SECONDS) -> int | None:
    """Wait for ``child`` at most ``seconds``: its exit code, or None when it had to be killed.

    A child that failed may have left its driver behind: its group goes with it.
    """
    with suppress(subprocess.TimeoutExpired):
        code = child.wait(seconds)
        if code != 0:
            _signal(child, {child.pid}, signal.SIGTERM)
        return code
    kill(child, term_seconds=term_seconds)
    return None


def kill(child: Child, *, term_seconds: float = TERM_SECONDS) -> None:
    """End ``child`` and all that it started: asked first, then without appeal."""
    family = {child.pid, *descendants(child.pid)}
    _signal(child, family, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        child.wait(term_seconds)
    _signal(child, family, getattr(signal, "SIGKILL", signal.SIGTERM))
    child.wait()


def _signal(child: Child, family: Iterable[int], number: int) -> None:
    """The signal to each group led by one of ``family``: only leaders, so that no reused number is hit by chance."""
    if os.name != "posix":
        child.kill()
        return
    for pid in family:
        with suppress(ProcessLookupError, PermissionError):
            if pid == child.pid or os.getpgid(pid) == pid:
                os.killpg(pid, number)


def descendants(pid: int) -> frozenset[int]:
    """The processes that ``pid`` started, and those that they started; empty where /proc is not."""
    parents = dict(_parents())
    found: set[int] = set()
    pending = [pid]
    while pending:
        parent = pending.pop()
        children = {child for child, its_parent in parents.items() if its_parent == parent} - found
        found |= children
        pending += children
    return frozenset(found)


def _parents() -> Iterable[tuple[int, int]]:
    """(process, parent) of every process that Linux shows; the name in brackets may hold anything (proc(5))."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError, IndexError):
            stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
            yield int(folder.name), int(stat.rpartition(")")[2].split()[1])
