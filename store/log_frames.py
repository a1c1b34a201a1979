"""SQLite's log (``-wal``), read as bytes: does it hold pages that its own checksums do not confirm?

SQLite reads the log up to the first page whose checksum is wrong and takes the rest for the remains of a write that a
power cut ended; at the next write it is gone. Entries that were committed there would then be missing without a word.
So ``verify``, and the daemon before it writes, look first. Format: https://www.sqlite.org/fileformat2.html#walformat

What this cannot see: damage to the last write alone, which is what a power cut leaves of a write that nobody was told
of; a log that was cut, or taken away. ``store.place`` remembers the last entry seen, and notices that.
"""

import struct
import sys
import time
from array import array
from collections.abc import Iterator
from pathlib import Path

from temoin.messages import _, n_

HEADER_BYTES, FRAME_HEADER_BYTES = 32, 24
_MAGIC_LITTLE, _MAGIC_BIG = 0x377F0682, 0x377F0683
_LOOKS, _PAUSE_SECONDS = 3, 0.2  # a page that another process is writing just now is whole a moment later
_MASK = 0xFFFFFFFF
_USUAL_PAGE = 4096  # where the head does not say it

_Sums = tuple[int, int]


def find_unconfirmed(database: Path) -> str | None:
    """What is wrong with the log beside ``database``, in words; None when nothing is, or there is none.

    Reads only, and looks again where another process may be writing.

    Raises:
        OSError: the log is there and cannot be read.
    """
    path = database.with_name(f"{database.name}-wal")
    found: str | None = None
    for look in range(_LOOKS):
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        found = _judge(data)
        if found is None:
            return None
        if look < _LOOKS - 1:
            time.sleep(_PAUSE_SECONDS)
    return found


def _judge(data: bytes) -> str | None:
    if len(data) <= HEADER_BYTES:
        return None  # no page was ever written
    magic, _version, page_size, _number, *rest = struct.unpack(">8I", data[:HEADER_BYTES])
    frames = list(_frames(data, page_size))
    big, sums = magic == _MAGIC_BIG, (rest[2], rest[3])
    if magic not in {_MAGIC_LITTLE, _MAGIC_BIG} or _added(data[:24], (0, 0), big=big) != sums:
        frames = list(_frames(data, _USUAL_PAGE))
        if _lost(frames, frames[0][8:16]):
            return _("the head of its log is damaged: what the log holds cannot be read")
        return None
    lost = _lost(frames[_confirmed(frames, data[16:24], sums, big=big) :], data[16:24])
    if lost:
        return n_(
            "its log holds {count} page that its own checksum does not confirm: entries may be lost",
            "its log holds {count} pages that their own checksums do not confirm: entries may be lost",
            lost,
        ).format(count=lost)
    return None


def _lost(frames: list[bytes], salts: bytes) -> int:
    """How many of the pages, none of which is confirmed, were on the disk for certain before the last write began.

    The last write may have been ended by a power cut or a full disk, and nobody was told of it: it is no loss.
    """
    mine = [place for place, frame in enumerate(frames) if frame[8:16] == salts]
    ends = [place for place in mine if frames[place][4:8] != bytes(4)]  # a size there ends a write
    earlier = [place for place in ends if place < mine[-1]]
    return 0 if not earlier else sum(1 for place in mine if place <= earlier[-1])


def _frames(data: bytes, page_size: int) -> Iterator[bytes]:
    """The pages with their heads; the last may be cut."""
    size = FRAME_HEADER_BYTES + max(page_size, 512)
    for start in range(HEADER_BYTES, len(data), size):
        yield data[start : start + size]


def _confirmed(frames: list[bytes], salts: bytes, sums: _Sums, *, big: bool) -> int:
    """How many pages from the first are as they were written."""
    for place, frame in enumerate(frames):
        if len(frame) < FRAME_HEADER_BYTES or len(frame) != len(frames[0]):
            return place
        sums = _added(frame[FRAME_HEADER_BYTES:], _added(frame[:8], sums, big=big), big=big)
        if frame[8:16] != salts or struct.unpack(">2I", frame[16:FRAME_HEADER_BYTES]) != sums:
            return place
    return len(frames)


def _added(data: bytes, sums: _Sums, *, big: bool) -> _Sums:
    """SQLite's running checksum over ``data``, whose length is a multiple of 8."""
    words = array("I", data[: len(data) // 8 * 8])
    if big != (sys.byteorder == "big"):
        words.byteswap()
    first, second = sums
    numbers = iter(words)
    for one, two in zip(numbers, numbers, strict=False):
        first = (first + one + second) & _MASK
        second = (second + two + first) & _MASK
    return first, second
