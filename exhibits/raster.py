"""PNG and JPEG files as a PDF can hold them: read, never decoded.

A PDF's own filters are those of the two formats: a PNG's rows, deflated behind their filter types, are /FlateDecode
with a PNG predictor (ISO 32000-1 §7.4.4.4), a JPEG is /DCTDecode as it is. So the compressed bytes are carried over
whole, which is lossless, quick, and takes no more memory than the file. What a PDF cannot hold so is told apart
(``Way``): alpha and interlace, which typst decodes, and a JPEG in CMYK, which PDF/A refuses under an sRGB intent.
A JPEG that its EXIF says lies on its side stays as it is, too: the page turns it.
"""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import BinaryIO

PNG_START = b"\x89PNG\r\n\x1a\n"
JPEG_START = b"\xff\xd8\xff"
GREY, RGB, PALETTE = 0, 2, 3  # PNG (third edition) §11.2.1; the others have alpha
ORIENTATION = 0x0112  # EXIF
# By EXIF's number: whether left and right are swapped, then by how much to turn clockwise.
TURNS = (
    (False, 0),  # no such number: as it is
    (False, 0),
    (True, 0),
    (False, 180),
    (True, 180),
    (True, 270),
    (False, 90),
    (True, 90),
    (False, 270),
)
LONGEST_PALETTE = 3 * 256
QUALITY = 95  # of a JPEG converted from CMYK
# A picture that must be decoded costs memory: bytes for each pixel, and for each byte of its file (measured on noise,
# the worst there is). With the 60 MB of a drawing process this keeps it under 300 MB.
PNG_COST, JPEG_COST = (8, 3), (9, 0)
MOST_MEMORY = 230_000_000


class Way(Enum):
    """How a picture comes into a PDF."""

    AS_IS = auto()  # its compressed bytes
    DECODED = auto()  # typst decodes and compresses it: alpha, interlace
    CONVERTED = auto()  # to a JPEG in RGB, from CMYK


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a file says of its picture before the pixels.

    ``palette`` is RGB triples, empty without one. ``mirrored``, then ``turn`` (degrees, clockwise) set it upright.
    """

    way: Way
    width: int
    height: int
    is_png: bool
    is_grey: bool = False
    bits: int = 8
    palette: bytes = b""
    mirrored: bool = False
    turn: int = 0


def read_header(path: Path) -> Header:
    """What the picture is.

    Raises:
        ValueError: neither a PNG nor a JPEG, or one too large to be decoded here.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        start = file.read(len(PNG_START))
        if start == PNG_START:
            return _png_header(file, path)
    if start.startswith(JPEG_START):
        return _jpeg_header(path)
    raise ValueError(f"{path.name} is neither a PNG nor a JPEG picture")


def read_samples(path: Path, header: Header) -> bytes:
    """The picture's compressed bytes, for the PDF's filter.

    Raises:
        ValueError: a PNG cut short, or a JPEG that cannot be converted.
        OSError: it cannot be read.
    """
    if header.way is Way.CONVERTED:
        return _converted(path)
    if not header.is_png:
        return path.read_bytes()
    with path.open("rb") as file:
        file.seek(len(PNG_START))
        return b"".join(data for name, data in _chunks(file, path.name) if name == b"IDAT")


def _chunks(file: BinaryIO, name: str) -> Iterator[tuple[bytes, bytes]]:
    """Chunk names and data, up to the last (PNG §5.3)."""
    while True:
        head = file.read(8)
        length = int.from_bytes(head[:4], "big")
        data = file.read(length)
        if len(head) < 8 or len(data) < length or len(file.read(4)) < 4:  # noqa: PLR2004 - length and name; checksum
            raise ValueError(f"{name} ends in the middle of a chunk")
        yield head[4:], data
        if head[4:] == b"IEND":
            return


def _png_header(file: BinaryIO, path: Path) -> Header:
    width = height = bits = colour = interlace = 0
    palette = transparent = b""
    for chunk, data in _chunks(file, path.name):
        if chunk == b"IHDR":
            width, height, bits, colour, _method, _filter, interlace = struct.unpack(">IIBBBBB", data[:13])
        elif chunk == b"PLTE":
            palette = data[:LONGEST_PALETTE]
        elif chunk == b"tRNS":
            transparent = data
        elif chunk == b"IDAT":
            break
    as_is = colour in {GREY, RGB, PALETTE} and not transparent and not interlace
    if not as_is:
        _check_memory(path, width * height, PNG_COST)
    return Header(
        way=Way.AS_IS if as_is else Way.DECODED,
        width=width,
        height=height,
        is_png=True,
        is_grey=colour == GREY,
        bits=bits,
        palette=palette if colour == PALETTE else b"",
    )


def _jpeg_header(path: Path) -> Header:
    from PIL import Image  # noqa: PLC0415 - only documents with a JPEG load it

    try:
        with Image.open(path, formats=("JPEG", "MPO")) as image:
            (width, height), mode = image.size, image.mode
            orientation = image.getexif().get(ORIENTATION)
    except (SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"{path.name}: {error}") from error
    known = isinstance(orientation, int) and 0 <= orientation < len(TURNS)
    mirrored, turn = TURNS[int(orientation or 0) if known else 0]
    if mode == "CMYK":
        _check_memory(path, width * height, JPEG_COST)
    return Header(
        way=Way.CONVERTED if mode == "CMYK" else Way.AS_IS,
        width=width,
        height=height,
        is_png=False,
        is_grey=mode == "L",
        mirrored=mirrored,
        turn=turn,
    )


def _check_memory(path: Path, pixels: int, cost: tuple[int, int]) -> None:
    for_pixel, for_byte = cost
    size = path.stat().st_size
    if pixels * for_pixel + size * for_byte > MOST_MEMORY:
        raise ValueError(
            f"{path.name} is too large to be decoded: {pixels // 1_000_000} million pixels, {size // 1_000_000} MB"
        )


def _converted(path: Path) -> bytes:
    from PIL import Image  # noqa: PLC0415 - as above

    out = io.BytesIO()
    try:
        with Image.open(path, formats=("JPEG", "MPO")) as image:
            image.convert("RGB").save(out, "JPEG", quality=QUALITY, subsampling=0)
    except SyntaxError as error:
        raise ValueError(f"{path.name}: {error}") from error
    return out.getvalue()
