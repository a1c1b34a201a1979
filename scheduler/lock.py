"""One daemon per data directory."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from store.files import file_errors, make_folder
from temoin.errors import StoreError
from temoin.messages import _

LOCK_NAME = "daemon.lock"
LOOKED_AT_SECONDS = 2.0  # whoever asks whether it runs holds the lock for a moment (``doctor.running_pid``)
PID_NAME = "daemon.pid"  # beside the lock, since a locked file cannot be read on Windows


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the data directory's daemon lock; the system lets go of it even when the daemon is killed.

    Raises:
        StoreError: another daemon holds it; the folder cannot be written.
    """
    with file_errors(folder):
        make_folder(folder)
        lock = FileLock(folder / LOCK_NAME, mode=0o600)
        try:
            lock.acquire(timeout=LOOKED_AT_SECONDS)
        except Timeout as error:
            raise StoreError(
                _("Another daemon already runs on {folder} (pid {pid}).").format(folder=folder, pid=_read_pid(folder)),
                remedy=_("Stop it first, or let it work: one is enough for all procedures."),
            ) from error
        (folder / PID_NAME).touch(mode=0o600)
        (folder / PID_NAME).write_text(f"{os.getpid()}\n", encoding="ascii")
    try:
        yield
    finally:
        (folder / PID_NAME).unlink(missing_ok=True)
        lock.release()


def is_held(path: Path) -> bool:
    """Whether somebody holds the lock at ``path``; asking takes it for a moment, where nobody does."""
    if not path.exists():
        return False
    lock = FileLock(path, mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False


def _read_pid(folder: Path) -> str:
    try:
        return (folder / PID_NAME).read_text(encoding="ascii").strip() or "?"
    except OSError:
        return "?"
