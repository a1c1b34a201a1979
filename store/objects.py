"""Objects: files named by the SHA-256 of their bytes, ``objects/ab/cdef…`` (docs/format.md §5).

The same bytes are kept once. A file under its final name is complete, durable and read-only: it was written
under a temporary name in ``objects/incoming``, synced, then renamed, and the folder synced. Whatever stays in
``incoming`` belongs to nobody and is cleared when its process is gone.

Sealed files (``store.vault``) are kept in the same manner in a folder of their own, ``sealed``, under the digest
of their ciphertext; they alone are ever removed.
"""

import os
import secrets
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from store.chain import is_digest
from store.files import file_errors, make_folder, process_is_alive
from temoin.canonical import Digest, sha256
from temoin.durable import sync_folder
from temoin.errors import IntegrityError, StoreError
from temoin.messages import _

WRITERS = 6  # an attempt has about as many artefacts
_O_BINARY = getattr(os, "O_BINARY", 0)  # Windows would translate line feeds


class Objects:
    """The folder of objects."""

    def __init__(self, folder: Path) -> None:
        """Take ``folder`` as it is; nothing is created before the first ``put``."""
        self._folder = folder
        self._incoming = folder / "incoming"

    def path_of(self, digest: str) -> Path:
        """Where the object is, or would be.

        Raises:
            ValueError: not a digest (nothing else ever becomes a path).
        """
        if not is_digest(digest):
            raise ValueError(f"not a SHA-256: {digest!r}")
        return self._folder / digest[:2] / digest[2:]

    def has(self, digest: str) -> bool:
        """Whether the object is kept."""
        return self.path_of(digest).is_file()

    def size_of(self, digest: str) -> int | None:
        """How many bytes the kept object has, or None."""
        try:
            return self.path_of(digest).stat().st_size
        except FileNotFoundError:
            return None

    def put(self, data: bytes) -> Digest:
        """Keep ``data``; when this returns, a power cut does not lose it.

        Raises:
            StoreError: the machine cannot write.
            IntegrityError: an object of that name is there with another size.
        """
        digest = sha256(data)
        path = self.path_of(digest)
        with file_errors(path):
            size = self.size_of(digest)
            if size is None:
                self._write(path, data)
            elif size != len(data):
                raise _changed(digest)
            # Also when it was there: whoever wrote it may have died before this line.
            sync_folder(path.parent)
        return digest

    def put_all(self, several: Sequence[bytes]) -> None:
        """Keep all of them; when this returns, a power cut loses none.

        Each waits for the disk in a thread of its own: the disk makes several durable in the time of one.

        Raises:
            StoreError, IntegrityError: as ``put``, of the first that failed; the others may be kept.
        """
        with ThreadPoolExecutor(max_workers=WRITERS, thread_name_prefix="objects") as writers:
            for _digest in writers.map(self.put, several):
                pass

    def _write(self, path: Path, data: bytes) -> None:
        for folder in (self._folder, self._incoming, path.parent):
            make_folder(folder)
        temporary = self._incoming / f"{os.getpid()}-{secrets.token_hex(8)}"
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _O_BINARY, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(0o400)
            temporary.replace(path)
        except OSError:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise

    def read(self, digest: str) -> bytes:
        """The object's bytes, checked against its name.

        Raises:
            StoreError: it is not kept, or cannot be read.
            IntegrityError: its bytes are no longer those of its name.
        """
        path = self.path_of(digest)
        with file_errors(path):
            try:
                data = path.read_bytes()
            except FileNotFoundError as error:
                raise StoreError(
                    _("The object {digest} is not in the store.").format(digest=digest),
                    remedy=_("Run `temoin verify`; bring the file back from a backup."),
                ) from error
        if sha256(data) != digest:
            raise _changed(digest)
        return data

    def remove(self, digest: str) -> None:
        """Remove the file for good; nothing when it is not there. Only for what an erasure covers.

        Raises:
            StoreError: the machine will not.
        """
        path = self.path_of(digest)
        with file_errors(path):
            if not path.is_file():
                return
            path.chmod(0o600)  # Windows removes no read-only file
            path.unlink(missing_ok=True)
            sync_folder(path.parent)

    def walk(self) -> Iterator[Digest]:
        """The digest of every object kept, in order."""
        if not self._folder.is_dir():
            return
        for folder in sorted(self._folder.iterdir()):
            if folder == self._incoming or not folder.is_dir():
                continue
            for path in sorted(folder.iterdir()):
                if is_digest(folder.name + path.name):
                    yield Digest(folder.name + path.name)

    def is_empty(self) -> bool:
        """Whether no object was ever kept here."""
        return next(self.walk(), None) is None

    def clear_leftovers(self) -> None:
        """Remove what processes that are gone left half-written.

        A live process still writes under its own number, hence only the dead are cleared after.
        """
        if not self._incoming.is_dir():
            return
        for path in self._incoming.iterdir():
            pid = path.name.partition("-")[0]
            if pid.isdecimal() and not process_is_alive(int(pid)):
                with suppress(OSError):
                    path.unlink(missing_ok=True)


def _changed(digest: str) -> IntegrityError:
    return IntegrityError(
        _("The object {digest} was changed: its bytes are not those of its name.").format(digest=digest),
        remedy=_("Nothing was changed now. Run `temoin verify`; bring the file back from a backup."),
    )
