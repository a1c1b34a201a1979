"""The store that pages are read from: opened once, since opening it costs more than most questions do."""

import time
from pathlib import Path
from threading import Lock

from store.opening import DATABASE_NAME
from store.store import Store
from temoin.clock import Now

KEPT_SECONDS = 60.0  # what was read of a full disk, where no log can be made, must not be shown for ever
_File = tuple[Path, int, int]  # folder, device and inode of its database


class Reader:
    """A store that stays open for reading, a minute at most, and not when another one has taken its place."""

    def __init__(self) -> None:
        """Nothing is open yet."""
        self._open: tuple[_File, float, Store] | None = None
        self._lock = Lock()

    def store(self, folder: Path, *, now: Now) -> Store:
        """The store of ``folder``; several threads may read it at once.

        Raises:
            StoreError: absent, locked or damaged.
        """
        with self._lock:
            file = _identify(folder)
            if self._open is not None and self._open[0] == file and time.monotonic() < self._open[1]:
                return self._open[2]
            self._let_go()
            store = Store.open(folder, now=now, create=False, read_only=True)
            if file is not None:
                self._open = (file, time.monotonic() + KEPT_SECONDS, store)
            return store

    def close(self) -> None:
        """Let go of it; whoever reads at this moment reads to the end."""
        with self._lock:
            self._let_go()

    def _let_go(self) -> None:
        if self._open is not None:
            self._open[2].close()
            self._open = None


def _identify(folder: Path) -> _File | None:
    try:
        found = (folder / DATABASE_NAME).stat()
    except OSError:
        return None
    return folder, found.st_dev, found.st_ino
