"""The installed ``temoin`` at a real terminal, and a person who reads what it says and types."""

import os
import pty
import select
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.acceptance.command import TEMOIN, Person

WAIT_SECONDS = 60.0
PRESS_SECONDS = 5.0


class Terminal:
    """A command under a pseudo-terminal; ``read`` is all that it said so far, in the terminal's own line ends."""

    def __init__(self, person: Person, *arguments: str | Path, lang: str, **changes: str | None) -> None:
        self._command = [str(part) for part in (TEMOIN, "--lang", lang, *arguments)]
        self._person = person
        self._changes = changes
        self._seen = 0
        self.read = ""

    def __enter__(self) -> Self:
        self._ours, theirs = pty.openpty()
        environment = self._person.environment(DISPLAY=None, WAYLAND_DISPLAY=None, **self._changes)
        self._process = subprocess.Popen(
            self._command,
            cwd=self._person.folder,
            env=environment,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._ours)

    def answer(self, question: str, *answer: str) -> None:
        """Wait for ``question`` after what was read before, and type ``answer``, each followed by Enter."""
        self.wait_for(question)
        for line in answer:
            os.write(self._ours, f"{line}\n".encode())

    def wait_for(self, words: str) -> None:
        """Until ``words`` were said, after what was waited for before."""
        until = time.monotonic() + WAIT_SECONDS
        while words not in self.read[self._seen :]:
            assert time.monotonic() < until, f"never said: {words}\n{self.read}"
            assert self._more(), f"ended without: {words}\n{self.read}"
        self._seen = self.read.index(words, self._seen) + len(words)

    def interrupt(self, words: str) -> None:
        """Ctrl-C, until ``words`` are said.

        The terminal signals whoever is in front. Python's ``input`` misses a signal that comes between its prompt and
        its wait for a key, until the next key or signal comes; people press again.
        """
        for _press in range(10):
            os.killpg(self._process.pid, signal.SIGINT)
            until = time.monotonic() + PRESS_SECONDS
            while time.monotonic() < until:
                if words in self.read[self._seen :]:
                    return
                self._more()
        self.wait_for(words)

    def end(self) -> int:
        """Read to the end; the exit code."""
        while self._more():
            pass
        return self._process.wait(timeout=WAIT_SECONDS)

    def _more(self) -> bool:
        """Read what there is; False when the command has closed the terminal."""
        ready, _written, _odd = select.select([self._ours], [], [], 1.0)
        if not ready:
            return True
        try:
            data = os.read(self._ours, 65536)
        except OSError:  # Linux says so when nobody holds the other end
            return False
        self._bytes = getattr(self, "_bytes", b"") + data
        self.read = self._bytes.decode(errors="ignore").replace("\r\n", "\n")
        return bool(data)
