"""What is uploaded to be verified: kept in a private folder as long as its verification goes on, then removed."""

import os
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import UploadFile

from store.files import file_errors
from store.pinned import read_roots
from temoin.errors import UsageError
from temoin.messages import _
from temoin.scratch import hold, sweep
from web.unpacking import PREFIX, SPARE, BundleRefusedError

MOST_ROOT = 256 * 1024  # bytes of a file of certificates
_PIECE = 1024 * 1024


@dataclass(slots=True, kw_only=True)
class Dropped:
    """The folder of one upload; the lock tells the next run of the page that it is in use."""

    folder: Path
    lock: int | None

    @property
    def archive(self) -> Path:
        """The ZIP."""
        return self.folder / "bundle.zip"

    def remove(self) -> None:
        """Remove it for good."""
        shutil.rmtree(self.folder, ignore_errors=True)
        lock, self.lock = self.lock, None
        if lock is not None:
            os.close(lock)


def new_folder() -> Dropped:
    """A folder that only this user reads; those of pages that were killed are removed first.

    Raises:
        StoreError: the disk refuses.
    """
    is_posix = os.name == "posix"
    if is_posix:
        sweep(PREFIX)
    with file_errors(Path(tempfile.gettempdir())):
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        return Dropped(folder=folder, lock=hold(folder) if is_posix else None)


def keep_archive(dropped: Dropped, upload: UploadFile) -> None:
    """Copy the ZIP into the folder.

    Raises:
        BundleRefusedError: it is no ZIP.
        StoreError: the disk is full.
    """
    upload.file.seek(0, os.SEEK_END)
    size = upload.file.tell()
    upload.file.seek(0)
    if upload.file.read(2) != b"PK" or not zipfile.is_zipfile(upload.file):
        raise BundleRefusedError(_("it is no ZIP file, or it is damaged"))
    upload.file.seek(0)
    with file_errors(dropped.folder):
        if shutil.disk_usage(dropped.folder).free < size + SPARE:
            raise BundleRefusedError(_("the disk has no room for it"))
        with dropped.archive.open("xb") as out:
            shutil.copyfileobj(upload.file, out, _PIECE)


def keep_roots(dropped: Dropped, uploads: Sequence[UploadFile]) -> list[str]:
    """Copy the files of root certificates there; their paths.

    Raises:
        UsageError: one is too large to be one.
        ConfigError: one holds no certificate.
        StoreError: the disk is full.
    """
    kept = []
    for number, upload in enumerate(uploads, 1):
        data = upload.file.read(MOST_ROOT + 1)
        if len(data) > MOST_ROOT:
            raise UsageError(
                _("That file is too large to hold certificates."), remedy=_("Give the root certificate as a PEM file.")
            )
        path = dropped.folder / f"root-{number}.pem"
        with file_errors(dropped.folder):
            path.write_bytes(data)
        read_roots(path)
        kept.append(str(path))
    return kept


def removed_later(dropped: Dropped) -> None:
    """Remove the folder once its verification has ended; a file that is still open on Windows is left to the next."""
    with suppress(OSError):
        dropped.remove()
