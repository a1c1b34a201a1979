"""Small pictures of captures, made once and kept beside the store for the page alone: they are no evidence.

What one promises: it was made of the very bytes whose SHA-256 is the object's name, and the object's file was not
touched since, as far as its size and its times tell. Who changes the file and sets all of these back is found by the
page of the capture and by the check, which read it whole.

A picture came from a page that nobody vouches for. Its file is read once, its size in pixels before its pixels, one is
decoded at a time, and of a very large one no small picture is made, so that the server's memory stays bounded
(``MOST_FILE`` bytes, ``MOST_PIXELS`` of four bytes each, and some for the result).
"""

import io
import os
import secrets
import struct
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from exhibits.picture_header import read_size
from temoin.canonical import sha256

FOLDER = "page-cache"
WIDTH, HEIGHT = 320, 240  # pixels, at most: of a long page the top is shown
MOST_FILE = 64 * 1024 * 1024  # bytes; what a visit photographs has a few millions
MOST_PIXELS = 24_000_000  # the longest page that a visit photographs has some 16 million
LONGEST_SIDE = 32_767
MOST_KEPT, MOST_BYTES = 5_000, 150 * 1024 * 1024  # files and bytes in the folder
_HEADER = 33  # bytes: signature, and the chunk that says the size (PNG, third edition, §5.2, §11.2.1)
_LEFT = 3 / 4  # of either bound, after the oldest were removed


class NoThumbnailError(Exception):
    """The file is no picture that a small one is made of."""


class DamagedPictureError(NoThumbnailError):
    """The file is not there, or its bytes are not those that were recorded."""


@dataclass(slots=True)
class Thumbnails:
    """Those of one data folder; safe to use from several threads."""

    data_dir: Path
    most_kept: int = MOST_KEPT
    most_bytes: int = MOST_BYTES
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)
    _held: tuple[int, int] | None = field(default=None, init=False, repr=False)  # files and bytes

    def of(self, digest: str, picture: Path) -> bytes:
        """The small PNG of the object ``digest``, whose file is ``picture``.

        Raises:
            DamagedPictureError: the file is not there, or its SHA-256 is not ``digest``.
            NoThumbnailError: it is no PNG, or too large.
        """
        try:
            path = self._path(digest, picture.stat())
        except OSError as error:
            raise DamagedPictureError(str(error)) from error
        with suppress(OSError):
            data = path.read_bytes()
            os.utime(path)  # used lately
            return data
        with self._lock:
            whole, found = _read(picture)
            if sha256(whole) != digest:
                raise DamagedPictureError(digest)
            data = make(whole)
            with suppress(OSError):  # a full disk: it is made again the next time
                self._keep(self._path(digest, found), data)
        return data

    def _path(self, digest: str, found: os.stat_result) -> Path:
        """Where the small picture of the file as it was ``found`` is kept: of a file that was touched there is none."""
        touched = f"{found.st_size:x}-{found.st_mtime_ns:x}-{found.st_ctime_ns:x}"
        return self.data_dir / FOLDER / f"{digest}-{touched}.png"

    def _keep(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        temporary = path.with_name(f".{secrets.token_hex(8)}")
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        files, size = self._held or _held(path.parent)
        self._held = (files + 1, size + len(data))
        if self._held[0] > self.most_kept or self._held[1] > self.most_bytes:
            self._remove_oldest(path.parent)

    def _remove_oldest(self, folder: Path) -> None:
        files, size = _held(folder)
        for path in sorted(folder.iterdir(), key=lambda one: one.stat().st_mtime_ns):
            if files <= self.most_kept * _LEFT and size <= self.most_bytes * _LEFT:
                break
            files, size = files - 1, size - path.stat().st_size
            path.unlink(missing_ok=True)
        self._held = (files, size)


def _held(folder: Path) -> tuple[int, int]:
    sizes = [entry.stat().st_size for entry in os.scandir(folder)]
    return len(sizes), sum(sizes)


def _read(picture: Path) -> tuple[bytes, os.stat_result]:
    """The file's bytes, and how it was found before they were read.

    Raises:
        DamagedPictureError: it cannot be read.
        NoThumbnailError: it is too large.
    """
    try:
        with picture.open("rb") as file:
            found = os.fstat(file.fileno())
            if found.st_size > MOST_FILE:
                raise NoThumbnailError(str(found.st_size))
            return file.read(MOST_FILE), found
    except OSError as error:
        raise DamagedPictureError(str(error)) from error


def make(picture: bytes) -> bytes:
    """The small PNG of a picture.

    Raises:
        NoThumbnailError: it is no PNG, damaged, or too large.
    """
    from PIL import Image  # noqa: PLC0415 - a server that shows no picture does without

    unusable = (OSError, SyntaxError, ValueError, LookupError, TypeError, zlib.error, struct.error, MemoryError)
    bombs = (Image.DecompressionBombError, Image.DecompressionBombWarning)
    try:
        _check_size(read_size(picture[:_HEADER]))
        with Image.open(io.BytesIO(picture), formats=("PNG",)) as image:
            _check_size(image.size)
            image.load()
            top = image.crop((0, 0, image.width, min(image.height, max(1, image.width * HEIGHT // WIDTH))))
        plain = top if top.mode in {"L", "RGB", "RGBA"} else top.convert("RGB")
        width = min(WIDTH, plain.width)
        size = (width, max(1, round(plain.height * width / plain.width)))
        small = plain.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0).convert("RGB")
        out = io.BytesIO()
        small.save(out, "PNG")
        return out.getvalue()
    except (*unusable, *bombs) as error:
        raise NoThumbnailError(str(error)) from error


def _check_size(size: tuple[int, int] | None) -> None:
    if size is None or not 0 < size[0] * size[1] <= MOST_PIXELS or max(size) > LONGEST_SIDE:
        raise NoThumbnailError(str(size))
