"""What a framed picture says of itself to any program: EXIF 2.32 tags, read and built by piexif.

The moment in local time with its offset, one sentence, the digest of the untouched picture, and a comment of
JSON that a verifier reads. An allow-list: no host name, user name, serial number or place (DESIGN §3.6).
"""

import io
import json
import struct
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import piexif
import piexif.helper
from PIL import Image

from temoin import __version__
from temoin.canonical import Digest, Json, read_json
from temoin.errors import IntegrityError
from temoin.messages import _

SOFTWARE = f"Temoin {__version__}"
UNIQUE_ID_LENGTH = 32  # EXIF 2.32 §4.6.6 H: 33 ASCII characters, the NUL included
STAMP = "%Y:%m:%d %H:%M:%S"  # EXIF 2.32 §4.6.4 D
PREFIX = b"Exif\x00\x00"  # piexif and JPEG have it, a PNG's eXIf chunk does not
UNREADABLE = (OSError, SyntaxError, ValueError, KeyError, IndexError, TypeError, struct.error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exif:
    """The tags of a framed picture, as values."""

    at: datetime  # aware, with the local offset
    description: str
    comment: Json
    unique_id: str
    software: str


def build_exif(*, at: datetime, timezone: str, description: str, comment: Json, digest: Digest) -> bytes:
    """The EXIF block of a picture taken ``at``, read in ``timezone``; the same for the same values.

    ``description`` is written in UTF-8, which EXIF's ASCII does not foresee and every reader shows;
    ``comment`` is ASCII JSON, which needs no such kindness.

    Raises:
        ValueError: ``at`` is naive.
    """
    if at.tzinfo is None:
        raise ValueError("naive datetime")
    local = at.astimezone(ZoneInfo(timezone))
    stamp = local.strftime(STAMP)
    offset = local.isoformat(timespec="seconds")[19:25]
    text = json.dumps(comment, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    first = {
        piexif.ImageIFD.ImageDescription: description.encode("utf-8", "replace"),
        piexif.ImageIFD.Software: SOFTWARE,
    }
    tags = {
        piexif.ExifIFD.DateTimeOriginal: stamp,
        piexif.ExifIFD.DateTimeDigitized: stamp,
        piexif.ExifIFD.OffsetTimeOriginal: offset,
        piexif.ExifIFD.OffsetTimeDigitized: offset,
        piexif.ExifIFD.SubSecTimeOriginal: f"{local.microsecond // 1000:03d}",
        piexif.ExifIFD.SubSecTimeDigitized: f"{local.microsecond // 1000:03d}",
        piexif.ExifIFD.UserComment: piexif.helper.UserComment.dump(text, encoding="ascii"),
        piexif.ExifIFD.ImageUniqueID: digest[:UNIQUE_ID_LENGTH],
    }
    block: bytes = piexif.dump({"0th": first, "Exif": tags})
    return block


def read_exif(png: bytes) -> Exif:
    """The tags of a framed picture.

    Raises:
        IntegrityError: not a picture of ours, or its EXIF was damaged.
    """
    try:
        with Image.open(io.BytesIO(png)) as image:
            block = bytes(image.info["exif"])
        tags = piexif.load(block if block.startswith(PREFIX) else PREFIX + block)
        return _values(tags["0th"], tags["Exif"])
    except UNREADABLE as error:
        raise IntegrityError(
            _("The framed picture's own description (EXIF) cannot be read."),
            remedy=_("Keep the file as it is; compare its SHA-256 with the register's."),
        ) from error


def _values(first: dict[int, bytes], tags: dict[int, bytes]) -> Exif:
    moment = tags[piexif.ExifIFD.DateTimeOriginal].decode("ascii")
    fraction = tags[piexif.ExifIFD.SubSecTimeOriginal].decode("ascii")
    offset = tags[piexif.ExifIFD.OffsetTimeOriginal].decode("ascii")
    comment = read_json(piexif.helper.UserComment.load(tags[piexif.ExifIFD.UserComment]))
    if not isinstance(comment, dict):
        raise TypeError("the comment is not an object")
    return Exif(
        at=datetime.strptime(f"{moment}.{fraction}{offset}", f"{STAMP}.%f%z"),
        description=first[piexif.ImageIFD.ImageDescription].decode("utf-8"),
        comment=comment,
        unique_id=tags[piexif.ExifIFD.ImageUniqueID].decode("ascii"),
        software=first[piexif.ImageIFD.Software].decode("ascii"),
    )
