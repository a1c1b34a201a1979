"""Pictures of pages, for exhibits: a PDF drawn at 200 dpi, a photograph set upright, opaque, without metadata.

Only the converting process works here. Large pictures are brought down band by band, and a JPEG is decoded at a
fraction of its size where it can be, so that sixty million pixels stay under 300 MB.
"""

import io
import math
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import ExifTags, Image, ImageOps

from capture.png import LEVEL, encode_png
from temoin.canonical import Json

DPI = 200
POINTS = 72  # in an inch
A4 = (1654, 2339)  # pixels at 200 dpi
MOST_PIXELS = 60_000_000  # of a picture that is added; a telephone's best has fifty million
LONGEST_SIDE = 65_535  # pixels: what a JPEG can say; a band of a wider picture would be too large
MOST_COEFFICIENTS = 185_000_000  # bytes: a progressive JPEG keeps them all until its last scan (T.81 annex G)
LIGHT = 400_000  # bytes: a page that is heavier as PNG is kept as JPEG
QUALITY = 88
LONGEST_TEXT = 2_000  # characters of a page's text, said in the picture's place by a screen reader
BAND_PIXELS = 500_000  # of the picture that is brought down, at a time
LANCZOS_REACH = 3  # pixels on either side, times the reduction
# A picture this much taller than wide is a page that was scrolled through: shown whole, nobody could read it.
TALL = 2.6  # telephones' screens go up to 2.4
TALL_PAGE = 1.3  # height of each part, a little less than A4's 1.414, with some lines shown twice
OVERLAP = 0.06
MOST_PARTS = 30
SIDEWAYS = frozenset({5, 6, 7, 8})  # EXIF orientations that swap width and height
UPRIGHT = 1
PASSWORD_CODES = frozenset({4, 5})  # pdfium: FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY


class RefusedFileError(Exception):
    """The file cannot be turned into pages; the message is a stable word (``exhibits.conversion`` has the sentences).

    locked, broken, cut, empty, pages, pixels, files.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePicture:
    """A picture of a page, PNG or JPEG, and the text that is on it, as far as the file says.

    ``scale`` is below 1 when it was drawn smaller than ``exhibits.conversion`` does (``exhibits.page_weight``).
    """

    path: Path
    width: int
    height: int
    text: str = ""
    scale: float = 1.0

    def to_json(self) -> Json:
        """As one process tells it to another."""
        return {"path": str(self.path), "width": self.width, "height": self.height, "text": self.text}


def pdf_pages(source: Path, folder: Path, *, prefix: str, most: int) -> list[PagePicture]:
    """Every page of a PDF, in order, with what was filled into its form.

    One that opens without a password is drawn, whatever it forbids: the person only shows it.

    Raises:
        RefusedFileError: locked, broken, cut short, empty, or of too many pages.
        OSError: a page cannot be written.
    """
    import pypdfium2 as pdfium  # noqa: PLC0415 - only the converting process needs it

    if _is_cut(source.read_bytes()):
        raise RefusedFileError("cut")
    try:
        document = pdfium.PdfDocument(source)
    except pdfium.PdfiumError as error:
        raise RefusedFileError("locked" if error.err_code in PASSWORD_CODES else "broken") from error
    try:
        if not len(document):
            raise RefusedFileError("empty")
        if len(document) > most:
            raise RefusedFileError("pages")
        document.init_forms()
        return [_pdf_page(document, place, folder / f"{prefix}{place + 1}") for place in range(len(document))]
    except pdfium.PdfiumError as error:
        raise RefusedFileError("broken") from error
    finally:
        document.close()


def _is_cut(data: bytes) -> bool:
    """Whether the file ends in the middle: pdfium would draw what is left of it, and pages would be lost unsaid."""
    end = data.rfind(b"%%EOF")
    return end >= 0 and b" obj" in data[end:] or end < 0  # noqa: RUF021 - reads as it is said


def _pdf_page(document: Any, place: int, stem: Path) -> PagePicture:  # noqa: ANN401 - pypdfium2 ships no types
    page = document[place]
    width, height = page.get_size()  # points
    if not (width > 0 and height > 0):
        raise RefusedFileError("broken")
    across, down = _paper(width, height)
    scale = min(DPI / POINTS, (across - 0.5) / width, (down - 0.5) / height)  # pdfium's sizes are rounded up
    bitmap = page.render(scale=scale, draw_annots=True, may_draw_forms=True)
    image = bitmap.to_pil().convert("RGB")
    words = page.get_textpage()
    text = words.get_text_range(0, min(words.count_chars(), LONGEST_TEXT)) if words.count_chars() > 0 else ""
    for part in (words, bitmap, page):
        part.close()
    return _write(_encoded(image), image.size, stem, text=text.encode("utf-8", "ignore").decode("utf-8")[:LONGEST_TEXT])


def picture_pages(source: Path, folder: Path, *, prefix: str) -> list[PagePicture]:
    """A picture, upright, opaque, at most as large as A4 at 200 dpi, never enlarged; a very tall one in parts.

    Raises:
        RefusedFileError: broken, or of too many pixels.
        OSError: the page cannot be written.
    """
    encoded, last = _drawn(source)
    encoded.append((last.size, _encoded(last)))  # the picture is gone by now: both at once would be too much
    return [_write(page, size, folder / f"{prefix}{place}") for place, (size, page) in enumerate(encoded, 1)]


def _drawn(source: Path) -> tuple[list[tuple[tuple[int, int], tuple[bytes, str]]], Image.Image]:
    """The parts of a picture, all but the last one encoded."""
    with _opened(source) as image:
        encoded: list[tuple[tuple[int, int], tuple[bytes, str]]] = []
        parts = _parts(image)
        last = next(parts)
        for part in parts:
            encoded.append((last.size, _encoded(last)))
            last = part
    return encoded, last


def picture_size(source: Path) -> tuple[int, int]:
    """Width and height by the header.

    Raises:
        RefusedFileError: broken, or of too many pixels.
    """
    with _opened(source) as image:
        return image.size


@contextmanager
def _opened(source: Path) -> Iterator[Image.Image]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of size, bounded below, and of odd metadata, which is dropped
            with Image.open(source, formats=("PNG", "JPEG")) as image:
                if image.width * image.height > MOST_PIXELS or max(image.size) > LONGEST_SIDE:
                    raise RefusedFileError("pixels")
                yield image
    except Image.DecompressionBombError as error:
        raise RefusedFileError("pixels") from error
    except (OSError, SyntaxError, ValueError, IndexError, KeyError, TypeError, EOFError, zlib.error) as error:
        raise RefusedFileError("broken") from error


def _parts(image: Image.Image) -> Iterator[Image.Image]:
    _check_coefficients(image)
    orientation = image.getexif().get(ExifTags.Base.Orientation, UPRIGHT)
    if orientation in SIDEWAYS:
        high, wide = _fitted(image.height, image.width)
        yield _turned(_brought_down(image, (0, image.height), (wide, high)), orientation)
        return
    for top, bottom in _cuts(*image.size) if orientation == UPRIGHT else [(0, image.height)]:
        page = _brought_down(image, (top, bottom), _fitted(image.width, bottom - top))
        yield _turned(page, orientation)


def _cuts(wide: int, high: int) -> list[tuple[int, int]]:
    """The rows of each part of a picture: all of them, unless it is very tall."""
    part = max(1, round(wide * TALL_PAGE))
    step = max(1, part - round(part * OVERLAP))
    count = math.ceil((high - part) / step) + 1
    if high <= wide * TALL or count > MOST_PARTS:
        return [(0, high)]
    return [(place * step, min(place * step + part, high)) for place in range(count)]


def _paper(width: float, height: float) -> tuple[int, int]:
    """A4, lying when the page lies."""
    return (A4[1], A4[0]) if width > height else A4


def _fitted(wide: int, high: int) -> tuple[int, int]:
    across, down = _paper(wide, high)
    scale = min(1.0, across / wide, down / high)
    return max(1, round(wide * scale)), max(1, round(high * scale))


def _brought_down(image: Image.Image, rows: tuple[int, int], size: tuple[int, int]) -> Image.Image:
    """``rows`` of a picture at ``size``, as Pillow would reduce the whole at once, in bands."""
    top, bottom = rows
    if image.format in {"JPEG", "MPO"} and bottom - top == image.height:
        image.draft(None, size)  # decoded at a half, a quarter or an eighth: as large as ``size`` at least
        bottom = image.height
    factor = (bottom - top) / size[1]
    reach = math.ceil(LANCZOS_REACH * max(1.0, factor)) + 1
    band = max(1, int(BAND_PIXELS / (max(1.0, factor) * image.width)))
    page = Image.new("RGB", size)
    for first in range(0, size[1], band):
        last = min(first + band, size[1])
        start, end = top + first * factor, top + last * factor
        upper, lower = max(top, math.floor(start) - reach), min(bottom, math.ceil(end) + reach)
        strip = _flattened(image.crop((0, upper, image.width, lower)))
        box = (0.0, start - upper, float(image.width), min(end - upper, float(lower - upper)))
        page.paste(strip.resize((size[0], last - first), Image.Resampling.LANCZOS, box=box), (0, first))
    return page


def _check_coefficients(image: Any) -> None:  # noqa: ANN401 - of Pillow's JPEG class, whose layers it has no type for
    if "progressive" not in image.info or not hasattr(image, "layer"):
        return
    samples = [across * down for _name, across, down, _table in image.layer]
    largest = max(samples, default=1)
    if image.width * image.height * 2 * sum(samples) / max(1, largest) > MOST_COEFFICIENTS:
        raise RefusedFileError("pixels")


def _flattened(image: Image.Image) -> Image.Image:
    """Opaque RGB of eight bits: what is transparent stands on white, as on paper."""
    if image.mode.startswith("I"):  # sixteen bits of grey, which Pillow would cut off at 255
        return image.convert("I").point(lambda value: value / 256).convert("L").convert("RGB")
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        layer = image.convert("RGBA")
        paper = Image.new("RGBA", layer.size, "white")
        paper.alpha_composite(layer)
        return paper.convert("RGB")
    return image.convert("RGB")


def _turned(page: Image.Image, orientation: int) -> Image.Image:
    """``page`` as the camera says it was held."""
    if orientation not in SIDEWAYS | {2, 3, 4}:
        return page
    page.getexif()[ExifTags.Base.Orientation] = orientation
    turned = ImageOps.exif_transpose(page)
    plain = Image.new("RGB", turned.size)  # no metadata
    plain.paste(turned)
    return plain


def _encoded(image: Image.Image) -> tuple[bytes, str]:
    """PNG when that is light, since letters stay sharp; JPEG otherwise; no metadata in either."""
    if _is_light(image):
        return encode_png(image), "png"
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY)
    return out.getvalue(), "jpg"


def _write(encoded: tuple[bytes, str], size: tuple[int, int], stem: Path, *, text: str = "") -> PagePicture:
    data, ending = encoded
    path = stem.with_name(f"{stem.name}.{ending}")
    path.write_bytes(data)
    return PagePicture(path=path, width=size[0], height=size[1], text=text)


def _is_light(image: Image.Image) -> bool:
    """Whether its PNG stays under ``LIGHT``: given up as soon as it does not, since a photograph's takes long."""
    packer, total, rows = zlib.compressobj(LEVEL), 0, 64
    for top in range(0, image.height, rows):
        strip = image.crop((0, top, image.width, min(top + rows, image.height)))
        total += len(packer.compress(strip.tobytes()))
        if total > LIGHT:
            return False
    return total + len(packer.flush()) <= LIGHT
