"""Temporary folders whose owner may be killed at any moment: locked as long as it lives, swept by the next one.

Nobody else would remove them: what the browser and its driver keep for one visit is some megabytes, and a machine
whose power fails each evening has a year's worth of them. POSIX only, as the locks are.
"""

import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

LOCK_NAME = "lock"
YOUNG_SECONDS = 60  # a folder is not swept before its owner had time to lock it
VISIT_PREFIX = "temoin-visit-"
_LONGEST_SOCKET = 107  # bytes of a socket's path on Linux
_BELOW = len("/org.chromium.Chromium.XXXXXX/SingletonSocket")  # Chromium's, in the folder for temporary files


def hold(folder: Path) -> int:
    """A lock that ends with this process, however it ends; it tells the next one that ``folder`` is in use.

    Raises:
        OSError: another process holds it, or the folder is gone.
    """
    import fcntl  # noqa: PLC0415  (POSIX only, and this module is imported everywhere)

    descriptor = os.open(folder / LOCK_NAME, os.O_WRONLY | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return descriptor


def sweep(prefix: str) -> None:
    """Remove the folders, named ``prefix``…, of owners that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        with contextlib.suppress(OSError):  # another's, in use, or gone meanwhile
            if folder.lstat().st_uid == os.getuid() and time.time() - folder.lstat().st_mtime > YOUNG_SECONDS:
                os.close(hold(folder))
                shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def temporary_files_of_a_visit() -> Iterator[None]:
    """Let all that this process and its children keep for a while be in one folder, removed at the end (Linux).

    Elsewhere nothing changes: the paths of macOS leave too little room for the browser's socket, Windows has none.
    """
    if sys.platform != "linux":
        yield
        return
    sweep(VISIT_PREFIX)
    before = os.environ.get("TMPDIR")
    folder = Path(tempfile.mkdtemp(prefix=VISIT_PREFIX))  # 0700
    if len(os.fsencode(folder)) + _BELOW > _LONGEST_SOCKET:  # the browser would not start: better no folder of its own
        folder.rmdir()
        yield
        return
    lock = hold(folder)
    try:
        _keep_in(str(folder))
        yield
    finally:
        _keep_in(before)
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _keep_in(folder: str | None) -> None:
    if folder is None:
        os.environ.pop("TMPDIR", None)
    else:
        os.environ["TMPDIR"] = folder
    tempfile.tempdir = None  # asked again, from the environment
