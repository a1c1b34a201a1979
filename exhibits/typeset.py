"""Draws PDFs in processes of their own (``exhibits.draw``), which are few, small and bounded (DESIGN §8).

Starting such a process takes ten times as long as drawing a document, so one draws many; it is replaced after
``MOST_JOBS`` or when its memory has grown past ``MOST_MEMORY``, since typst keeps what it has once laid out. A
``Typesetter`` has up to two at work at once. What comes out depends on the job alone, not on who drew it.
"""

import json
import queue
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from temoin.canonical import Json
from temoin.errors import StoreError, TemoinError
from temoin.messages import _
from temoin.os_words import os_words

TIMEOUT_SECONDS = 300.0  # for one document; a file of captures takes a second
GRACE_SECONDS = 5  # after which a process whose asker is gone ends itself
PROCESSES = 2
MOST_JOBS = 40
MOST_MEMORY = 120_000_000  # bytes; DESIGN allows 300 MB, and a file of captures takes some 100 MB more


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One document: what it says, with which template, where to, and the instant that it bears."""

    data: Json
    template: str
    output: Path
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What was drawn: how many pages, and the first page of each key that the document marks.

    ``memory`` is the most that the drawing process had in use so far, in bytes; 0 where that is not known.
    """

    pages: int
    page_of: dict[str, int]
    memory: int = 0


def prepare_workspace(folder: Path) -> None:
    """Put the templates into ``folder``, where jobs are drawn.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for template in files("exhibits").joinpath("templates").iterdir():
        if template.name.endswith(".typ"):
            (folder / template.name).write_bytes(template.read_bytes())


def typeset(data: Json, *, template: str, root: Path, workspace: Path, output: Path, at: datetime) -> Drawn:
    """Draw one document, in a process for it alone; paths of pictures in ``data`` are relative to ``root``.

    Raises:
        StoreError: the disk refused the file.
        TemoinError: the document could not be drawn.
    """
    painter = _Painter(folder=workspace, root=root)
    try:
        return painter.draw(Job(data=data, template=template, output=output, at=at))
    finally:
        painter.close()


class Typesetter:
    """A context in which documents are drawn, by as many processes as are asked for, started when first needed.

    ``root`` is what pictures' paths are relative to; ``workspace``, inside it, gets a folder for each process.
    """

    def __init__(self, *, root: Path, workspace: Path, processes: int = PROCESSES) -> None:
        """Start nothing yet."""
        self._painters = [
            _Painter(folder=workspace / f"drawing-{number}", root=root) for number in range(1, processes + 1)
        ]
        self._free: queue.LifoQueue[_Painter] = queue.LifoQueue()  # the last one used first: it runs already
        self._threads = ThreadPoolExecutor(max_workers=processes)

    def __enter__(self) -> Self:
        """Make the folders.

        Raises:
            OSError: the workspace cannot be written.
        """
        for painter in reversed(self._painters):
            prepare_workspace(painter.folder)
            self._free.put(painter)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the processes, at once: what was drawn is whole on the disk, what was not is of no use."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._close_all()
        self._threads.shutdown(wait=True)
        self._close_all()  # a thread may have started one meanwhile

    def _close_all(self) -> None:
        for painter in self._painters:
            painter.close()

    def draw(self, job: Job) -> Drawn:
        """Draw one document.

        Raises:
            StoreError: the disk refused the file.
            TemoinError: the document could not be drawn.
        """
        painter = self._free.get()
        try:
            return painter.draw(job)
        finally:
            self._free.put(painter)

    def draw_all(self, jobs: Iterable[Job]) -> Iterator[Drawn]:
        """Draw documents, several at once; what was drawn of each, in the order of ``jobs``.

        A job is taken from ``jobs`` when a process is about to be free: memory does not grow with their number.

        Raises:
            StoreError: the disk refused a file.
            TemoinError: a document could not be drawn.
        """
        begun: deque[Future[Drawn]] = deque()
        for job in jobs:
            begun.append(self._threads.submit(self.draw, job))
            if len(begun) > len(self._painters):
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()


class _Painter:
    """One drawing process at a time, its workspace ``folder``, and its replacement when it is worn."""

    def __init__(self, *, folder: Path, root: Path) -> None:
        self.folder = folder
        self._root = root
        self._child: _Child | None = None

    def draw(self, job: Job) -> Drawn:
        answer = self._answer(job)
        if answer.get("failed") == "disk":
            why = os_words(OSError(*answer["why"]))
            raise StoreError(
                _("{file} could not be written: {why}.").format(file=job.output.name, why=why),
                remedy=_("Free some disk space, then start again."),
            )
        if "failed" in answer:
            raise TemoinError(
                _("{file} could not be drawn: {why}").format(file=job.output.name, why=answer["why"][-2000:]),
                remedy=_("Please report this; the register and the pictures are unharmed."),
            )
        return Drawn(pages=answer["pages"], page_of=answer["page_of"], memory=answer["memory"])

    def _answer(self, job: Job) -> Json:
        if self._child is not None and self._child.is_worn:
            self.close()
        if self._child is None:
            self._child = _Child()
        asked = {
            "data": job.data,
            "folder": str(self.folder),
            "template": job.template,
            "root": str(self._root),
            "output": str(job.output),
            "timestamp": int(job.at.timestamp()),
        }
        try:
            return self._child.ask(asked, TIMEOUT_SECONDS)
        except TemoinError:
            self.close()
            raise
        except _EndedError as error:
            self.close()
            return {"failed": "document", "why": str(error)}

    def close(self) -> None:
        """End the process, whatever it does; the next document starts another."""
        child, self._child = self._child, None
        if child is not None:
            child.end()


class _EndedError(Exception):
    """The drawing process ended without an answer."""


class _Child:
    """A running drawing process."""

    def __init__(self) -> None:
        self._said: IO[str] = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115 - in end()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "exhibits.draw"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            encoding="utf-8",
        )
        self._jobs = 0
        self._memory = 0

    @property
    def is_worn(self) -> bool:
        return self._jobs >= MOST_JOBS or self._memory > MOST_MEMORY

    def ask(self, job: Json, seconds: float) -> Json:
        """The answer to one job.

        Raises:
            _EndedError: the process ended first; what it said is in it.
            TemoinError: it took too long, and was ended.
        """
        late = threading.Event()
        clock = threading.Timer(seconds, self._stop, [late])
        clock.daemon = True
        clock.start()
        try:
            line = self._exchange(json.dumps({**job, "seconds": int(seconds) + GRACE_SECONDS}))
        finally:
            clock.cancel()
        if late.is_set():
            raise TemoinError(
                _("Drawing a document took more than {seconds} seconds.").format(seconds=int(seconds)),
                remedy=_("Export a shorter period."),
            )
        if not line.endswith("\n"):
            raise _EndedError(self._last_words())
        answer: Json = json.loads(line)
        self._jobs += 1
        self._memory = answer.get("memory", 0)
        return answer

    def _exchange(self, line: str) -> str:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise _EndedError("no pipe")
        try:
            stdin.write(f"{line}\n")
            stdin.flush()
            return stdout.readline()
        except (OSError, ValueError):  # the pipe broke, or end() closed it
            return ""

    def _stop(self, late: threading.Event) -> None:
        late.set()
        self._process.kill()

    def _last_words(self) -> str:
        code = self._process.wait()
        self._said.seek(0)
        return self._said.read().strip()[-2000:] or f"the drawing process ended with {code}"

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._said):
            try:
                if pipe is not None:
                    pipe.close()
            except OSError:
                continue  # half a job was in the pipe
