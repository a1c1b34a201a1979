"""The local page that is open for a data folder: there is one, and whoever asks for another is led to it.

Two would write one configuration without knowing of each other, and what is under way in the one would not be seen in
the other. The address holds the secret that opens the page, so its file is the person's alone; it lies beside the lock,
since a locked file cannot be read on Windows, and means nothing once nobody holds the lock.
"""

import os
import time
from contextlib import suppress
from pathlib import Path
from threading import Lock

from filelock import FileLock, Timeout

from scheduler.lock import LOOKED_AT_SECONDS, is_held
from store.files import file_errors, make_folder

LOCK_NAME = "page.lock"
ADDRESS_NAME = "page.address"
_WRITING_SECONDS = 2.0  # between the lock and the address of a page that is just opening


class Place:
    """What a page holds while it is open: nothing yet, or the lock of its data folder."""

    def __init__(self) -> None:
        """Nothing is held."""
        self._held: tuple[Path, FileLock] | None = None
        self._guard = Lock()

    def take(self, folder: Path, address: str) -> bool:
        """Say that the page of ``folder`` is open at ``address``; False where another page has said so already.

        Raises:
            StoreError: the folder cannot be written.
        """
        with self._guard, file_errors(folder):
            if self._held is not None:
                return True
            make_folder(folder)
            lock = FileLock(folder / LOCK_NAME, mode=0o600, thread_local=False)
            try:
                lock.acquire(timeout=LOOKED_AT_SECONDS)
            except Timeout:
                return False
            self._held = (folder, lock)
            _write(folder / ADDRESS_NAME, address)
            return True

    @property
    def is_held(self) -> bool:
        """Whether this page is the one."""
        return self._held is not None

    def leave(self) -> None:
        """Say that it is open no more."""
        with self._guard:
            if self._held is not None:
                folder, lock = self._held
                with suppress(OSError):  # a medium that was taken out: the lock says enough
                    (folder / ADDRESS_NAME).unlink(missing_ok=True)
                lock.release()
                self._held = None


def served_address(folder: Path) -> str | None:
    """Where the page of ``folder`` is open, secret included; None where none is.

    Raises:
        StoreError: the folder cannot be read.
    """
    with file_errors(folder):
        return _read(folder / ADDRESS_NAME) if is_held(folder / LOCK_NAME) else None


def _write(path: Path, address: str) -> None:
    path.unlink(missing_ok=True)  # of a page that was killed
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{address}\n")


def _read(path: Path) -> str | None:
    until = time.monotonic() + _WRITING_SECONDS
    while True:
        with suppress(FileNotFoundError):
            text = path.read_text(encoding="ascii")
            if text.endswith("\n"):
                return text.strip()
        if time.monotonic() > until:
            return None
        time.sleep(0.05)
