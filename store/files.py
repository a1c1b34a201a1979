"""How the store writes files, and what is said when the machine will not."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from temoin.durable import sync_folder
from temoin.errors import StoreError
from temoin.messages import _
from temoin.os_words import os_words

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_LOCK_SECONDS = 180  # longer than another process waits for its keyring, or for somebody who types
_REFUSED = (errno.EROFS, errno.EACCES, errno.EPERM)


def full_disk_error(path: Path) -> StoreError:
    """There is no room left where the evidence is kept."""
    return StoreError(
        _("The disk is full: nothing more can be kept in {path}.").format(path=path),
        remedy=_("Free some space, then try again. What was already recorded is intact."),
    )


def read_only_error(path: Path) -> StoreError:
    """The folder of the evidence does not let us write."""
    return StoreError(
        _("The folder {path} cannot be written to.").format(path=path),
        remedy=_("Give yourself the right to write there, or set another data_dir. Nothing was changed."),
    )


@contextmanager
def file_errors(path: Path) -> Iterator[None]:
    """Say in our words what the operating system answers.

    Raises:
        StoreError: disk full, folder read-only, or any other refusal.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise full_disk_error(path) from error
        if error.errno in _REFUSED:
            raise read_only_error(path) from error
        raise StoreError(
            _("The file {path} cannot be used: {why}.").format(path=path, why=os_words(error)),
            remedy=_("Check the disk, then try again. What was already recorded is intact."),
        ) from error


def make_folder(folder: Path) -> None:
    """Create ``folder`` for its owner only, durably; nothing when it is there."""
    if folder.is_dir():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):  # another process was faster
        folder.mkdir(mode=0o700)
    sync_folder(folder.parent)


def process_is_alive(pid: int) -> bool:
    """Whether a process of that number runs; True when it cannot be known.

    Never asked on Windows, where signal 0 would end the process.
    """
    if sys.platform == "win32":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


@contextmanager
def one_at_a_time(folder: Path, name: str) -> Iterator[None]:
    """One process at a time in here, by the lock ``name`` in ``folder``: others wait for it.

    Raises:
        StoreError: it was not to be had in time; the machine cannot write.
    """
    from filelock import FileLock, Timeout  # noqa: PLC0415 - needed once in a store's life

    lock = FileLock(folder / name, timeout=_LOCK_SECONDS, mode=0o600)
    try:
        with file_errors(folder):
            lock.acquire()
    except Timeout as error:
        raise StoreError(
            _("Another program is preparing the store in {folder}.").format(folder=folder),
            remedy=_("Wait for it, then try again."),
        ) from error
    try:
        yield
    finally:
        lock.release()
