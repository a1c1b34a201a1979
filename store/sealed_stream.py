"""age over streams: what is written on one side goes through a pipe and a thread, and comes out on the other.

age's library reads from one file and writes to another until it is done; a tar is written and read by calls. A pipe
lies between them, so that a backup of many gigabytes passes through a fixed amount of memory.
"""

import os
import tarfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import IO, TypeVar

from temoin.errors import IntegrityError
from temoin.messages import _

_CHUNK = 1024 * 1024

T = TypeVar("T")


class _Watched:
    """A file for age's library, which tells errors in its own words: the first of the system's is kept."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.error: OSError | None = None

    def read(self, size: int = -1) -> bytes:
        return self._told(lambda: self._file.read(size))

    def write(self, data: bytes) -> int:
        return self._told(lambda: self._file.write(data))

    def flush(self) -> None:
        self._told(self._file.flush)

    def _told(self, action: Callable[[], T]) -> T:
        try:
            return action()
        except OSError as error:
            self.error = self.error or error
            raise


@contextmanager
def encrypting(sink: IO[bytes], recipient: str) -> Iterator[IO[bytes]]:
    """What is written here is in ``sink`` afterwards, as an age file that ``recipient``'s secret opens.

    Raises:
        OSError: what writing to ``sink`` raised.
    """
    from pyrage import encrypt_io, x25519  # noqa: PLC0415 - neither a capture nor the daemon pays for it

    watched = _Watched(sink)
    reader, writer = _pipe()

    def work() -> None:
        with reader:
            encrypt_io(reader, watched, [x25519.Recipient.from_str(recipient)])

    with ThreadPoolExecutor(1, thread_name_prefix="age") as pool:
        done = pool.submit(work)
        try:
            with writer:
                yield writer
        except BrokenPipeError:  # the other side gave up, and says why
            _outcome(done, watched)
            raise
        _outcome(done, watched)


@contextmanager
def decrypting(source: IO[bytes], identity: str) -> Iterator[IO[bytes]]:
    """What the age file ``source`` holds, to be read; at the end all of it was authentic, or the error says not.

    Raises:
        IntegrityError: not an age file of that secret, or changed, or cut short.
        OSError: what reading ``source`` raised.
    """
    from pyrage import decrypt_io, x25519  # noqa: PLC0415 - same

    watched = _Watched(source)
    reader, writer = _pipe()

    def work() -> None:
        with writer:
            decrypt_io(watched, writer, [x25519.Identity.from_str(identity)])

    with ThreadPoolExecutor(1, thread_name_prefix="age") as pool:
        done = pool.submit(work)
        try:
            with reader:
                yield reader
                while reader.read(_CHUNK):  # what the reader of a tar leaves unread is checked too
                    pass
        except (OSError, EOFError, tarfile.TarError):  # cut short: the other side says why
            _authentic(done, watched)
            raise
        _authentic(done, watched)


def _pipe() -> tuple[IO[bytes], IO[bytes]]:
    reader, writer = os.pipe()
    return os.fdopen(reader, "rb"), os.fdopen(writer, "wb")


def _outcome(done: "Future[None]", watched: _Watched) -> None:
    """Wait for the thread, and raise what went wrong with the file rather than what the library made of it."""
    error = done.exception()
    if watched.error is not None:
        raise watched.error
    if error is not None:
        raise error


def _authentic(done: "Future[None]", watched: _Watched) -> None:
    from pyrage import DecryptError  # noqa: PLC0415 - same

    error = done.exception()
    if watched.error is not None:
        raise watched.error
    unsaid = isinstance(error, OSError) and error.errno is None  # what age says of bytes that are not its own
    if unsaid or isinstance(error, DecryptError):
        raise IntegrityError(
            _("The file is damaged, or was changed: what it holds cannot be trusted."),
            remedy=_("Take another copy of it. Nothing was changed."),
        ) from error
    if error is not None and not isinstance(error, BrokenPipeError):
        raise error
