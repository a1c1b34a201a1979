"""What a PNG or JPEG says of itself before its pixels, read without decoding anything (pure).

Written here rather than asked of Pillow: for a date behind a PNG's pixels Pillow decodes them all, and what a
hostile picture may cost belongs to the converting process, which is bounded.
"""

import struct
import warnings
import zlib
from collections.abc import Iterator
from datetime import datetime

from PIL import ExifTags, Image

from capture.exif import PREFIX, STAMP, UNREADABLE
from exhibits.file_kinds import JPEG_START, PNG_START

DATE_TAGS = (ExifTags.Base.DateTimeOriginal, ExifTags.Base.DateTimeDigitized, ExifTags.Base.DateTime)
# ITU-T T.81 table B.1: markers that begin a frame (SOF), and those that stand alone.
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
SCAN, APP1 = 0xDA, 0xE1
RAW_PROFILES = frozenset({b"Raw profile type exif", b"Raw profile type APP1"})
LONGEST_PROFILE = 300_000  # bytes: digits of the 64 kB that a JPEG's segment can hold, and line feeds


def read_size(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels, as the header declares them; None when there is no such header."""
    if data.startswith(PNG_START):
        for name, content in _chunks(data):
            return _two(">II", content, 0) if name == b"IHDR" else None
    if data.startswith(JPEG_START):
        for marker, content in _segments(data):
            if marker in FRAMES:
                size = _two(">HH", content, 1)
                return None if size is None else (size[1], size[0])
    return None


def is_animated(data: bytes) -> bool:
    """Whether a PNG holds several images (PNG third edition, §4.10.5): a page shows one of them, and which is chance.

    One frame that is the picture itself is a plain picture, as some programs write it. A JPEG is never meant: the
    second image of a telephone's (MPO) is its depth or its brightness.
    """
    frames, framed = 0, False
    for name, content in _chunks(data) if data.startswith(PNG_START) else ():
        if name == b"acTL":
            frames = int.from_bytes(content[:4], "big")
        elif name == b"fcTL":
            framed = True
        elif name == b"IDAT":  # an acTL after it counts for nothing
            break
    return frames > 1 or (frames == 1 and not framed)


def read_taken_at(data: bytes) -> str | None:
    """The date that a picture bears (EXIF 2.32 §4.6.5), local and naive ``YYYY-MM-DDTHH:MM:SS``; None without one.

    When it was taken rather than when it was changed, if it says so. Anybody can write it: it proves nothing alone.
    """
    block = _exif_block(data)
    if block is None:
        return None
    exif = Image.Exif()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's, of a block that is cut short
            exif.load(PREFIX + block)
            inner = exif.get_ifd(ExifTags.IFD.Exif)
            found = [inner.get(tag) or exif.get(tag) for tag in DATE_TAGS]
    except UNREADABLE:
        return None
    return next((at for at in map(_date, found) if at is not None), None)


def _date(value: object) -> str | None:
    try:
        at = datetime.strptime(str(value).strip("\0 "), STAMP)  # noqa: DTZ007 - EXIF knows no zone
    except ValueError:
        return None
    return at.isoformat(timespec="seconds")


def _exif_block(data: bytes) -> bytes | None:
    if data.startswith(PNG_START):
        return _png_exif(data)
    for marker, content in _segments(data):
        if marker == APP1 and content.startswith(PREFIX):
            return content.removeprefix(PREFIX)
    return None


def _png_exif(data: bytes) -> bytes | None:
    """Of a PNG: its own chunk for it, else the text in which older programs put it."""
    found = None
    for name, content in _chunks(data):
        if name == b"eXIf":
            return content
        if found is None and name in {b"tEXt", b"zTXt"}:
            found = _raw_profile(name, content)
    return found


def _raw_profile(name: bytes, content: bytes) -> bytes | None:
    """EXIF as ImageMagick writes it into a PNG's text: the word « exif », a length, then hexadecimal digits."""
    keyword, _end, text = content.partition(b"\0")
    if keyword not in RAW_PROFILES:
        return None
    try:
        if name == b"zTXt":  # one byte first, the method of compression
            text = zlib.decompressobj().decompress(text[1:], LONGEST_PROFILE)
        block = bytes.fromhex(text.split(maxsplit=2)[2].decode("ascii"))
    except (ValueError, IndexError, zlib.error):
        return None
    return block.removeprefix(PREFIX)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """A PNG's chunks (third edition, §5.3), as far as the file goes."""
    place = len(PNG_START)
    while len(head := data[place : place + 8]) == 8:  # noqa: PLR2004 - length and name
        length = int.from_bytes(head[:4], "big")
        yield head[4:], data[place + 8 : place + 8 + length]
        place += 12 + length


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """A JPEG's segments (T.81 annex B) up to the first scan."""
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF:  # noqa: PLR2004 - every marker begins so
        marker = data[place + 1]
        if marker in ALONE or marker == 0xFF:  # noqa: PLR2004 - fill bytes
            place += 1 if marker == 0xFF else 2  # noqa: PLR2004 - as above
            continue
        length = int.from_bytes(data[place + 2 : place + 4], "big")
        if marker == SCAN:
            return
        yield marker, data[place + 4 : place + 2 + length]
        place += 2 + length


def _two(form: str, content: bytes, offset: int) -> tuple[int, int] | None:
    try:
        first, second = struct.unpack_from(form, content, offset)
    except struct.error:
        return None
    return int(first), int(second)
