"""Where the page puts what it makes for a download: private folders under the data folder, gone when the page ends.

``DATA/page/<run>/<code>_<any>``. Each run holds a lock in its own folder as long as it lives: what a killed run left is
removed by the next start, and what another page has under way is left alone.
"""

import glob
import os
import shutil
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Thread

from filelock import FileLock, Timeout

from temoin.errors import StoreError
from temoin.messages import _
from temoin.os_words import os_words
from web.tasks import Task

FOLDER = "page"
_LOCK = "lock"
_LOOK_SECONDS = 0.5


@dataclass(slots=True)
class Made:
    """The folders of one run of the page; safe to use from several threads."""

    _run: Path | None = field(default=None, init=False, repr=False)
    _held: FileLock | None = field(default=None, init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def new_folder(self, data_dir: Path, code: str) -> Path:
        """An empty folder for what is made of that case, which no other user can look into.

        Raises:
            StoreError: the disk refuses.
        """
        try:
            with self._lock:
                return Path(tempfile.mkdtemp(prefix=_beginning(code), dir=self._run_folder(data_dir)))  # 0700
        except OSError as error:
            raise StoreError(
                _("Nothing can be written in {folder}: {why}.").format(folder=data_dir, why=os_words(error)),
                remedy=_("Free some disk space, then try again."),
            ) from error

    def _run_folder(self, data_dir: Path) -> Path:
        if self._run is None or self._run.parent.parent != data_dir:
            self._clear()
            shelf = data_dir / FOLDER
            shelf.mkdir(mode=0o700, exist_ok=True)
            run = Path(tempfile.mkdtemp(dir=shelf))
            self._held = FileLock(run / _LOCK, thread_local=False)
            self._held.acquire(timeout=0)
            self._run = run
        return self._run

    def clear(self) -> None:
        """Remove what this run made."""
        with self._lock:
            self._clear()

    def _clear(self) -> None:
        if self._held is not None:
            self._held.release()
        if self._run is not None:
            remove(self._run)
        self._run = self._held = None


def sweep(data_dir: Path) -> None:
    """Remove what runs left that were killed; a folder that cannot be removed now is left to the next start."""
    for run in (data_dir / FOLDER).glob("*"):
        with suppress(Timeout, OSError), FileLock(run / _LOCK, timeout=0):
            remove(run)


def remove(folder: Path) -> None:
    """Remove one folder with all it holds; nothing when it is gone."""
    shutil.rmtree(folder, ignore_errors=True)


def remove_of_case(data_dir: Path, code: str) -> None:
    """Remove what any page made of a case that is erased: a bundle holds what the person added, unsealed."""
    for folder in (data_dir / FOLDER).glob(f"*/{glob.escape(_beginning(code))}*"):
        remove(folder)


def _beginning(code: str) -> str:
    """How the names of a case's folders begin; no code has the sign at its end."""
    return f"{code}_"


def write_private(path: Path, text: str) -> None:
    """Write a file that only this user can read; there is none of that name yet. Raises ``OSError``."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
        file.write(text)


def remove_after(task: Task, path: Path) -> None:
    """Remove a file once ``task`` has ended, however it ends: a child that is killed removes nothing itself."""

    def wait() -> None:
        while task.is_running:
            time.sleep(_LOOK_SECONDS)
        path.unlink(missing_ok=True)

    Thread(target=wait, daemon=True, name="remove after").start()
