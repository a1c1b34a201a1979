"""The second picture: the untouched one with its circumstances drawn above it (DESIGN §3.3).

The pixels of the first picture are pasted as they are, at a place the EXIF comment tells (``box``), so that
anyone can cut them out again and compare. A heading says what was seen and when; nothing looks like a part of
the browser. Lengths are shares of the width: printed 17 cm wide on A4, text is 9.5 points high or more,
whatever the size of the picture. The heading stands above, where the eye begins and where a page of
12,000 pixels does not hide it.
"""

import io
import math
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from PIL import Image, ImageDraw

from capture.exif import build_exif, read_exif
from capture.lettering import Line, Style, font, wrap
from capture.png import encode_png
from temoin.canonical import Digest, Json
from temoin.clock import utc_text
from temoin.errors import BrowserError, IntegrityError
from temoin.french import NO_BREAK, french_datetime, outcome_words, quoted
from temoin.messages import _
from temoin.records import Outcome

FORMAT = 1  # of the EXIF comment
HALF = 32  # of a digest's 64 characters: two even lines
STRONG = 1.15  # how much larger what matters most is
MIN_WIDTH = 1000  # pixels; a smaller picture gets a wider margin, not smaller letters
MARGIN_SHARE = 0.018  # of the width
BODY_SHARE = 9.5 / 481.9  # 9.5 points of the 481.9 that 17 cm are
PRINTED_INCHES = 17 / 2.54
LABEL_SHARE = 0.25  # of the width, for the names of the rows
EDGE = 2  # pixels of grey around the picture, outside it

WHITE, BLACK, GREY, EDGE_GREY = 255, 0, 72, 144
# The heading has eight shades of grey: edges of letters stay smooth, and the file is smaller by a third.
SHADES = tuple(round(round(value / 255 * 7) * 255 / 7) for value in range(256))

SIMULATION = "SIMULATION — site fictif, ceci n’est pas une preuve"
BELOW = f"Ci-dessous, l’image telle qu’elle a été prise, sans aucune retouche{NO_BREAK}:"
VIEWS = {
    "window": "Fenêtre du navigateur, avec sa barre d’adresse",
    "page": "Page entière, sans la fenêtre du navigateur",
}
OWN_WINDOW = "Fenêtre du navigateur de la personne, photographiée à sa demande"
UNREADABLE = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caption:
    """What is drawn around a picture. ``digest`` is the SHA-256 of the untouched picture's bytes.

    ``declared``: outcome and address are what the person says, and the window is their own; ``url`` may be empty.
    """

    prefecture: str
    label: str
    part: str
    url: str
    at: datetime
    timezone: str
    outcome: Outcome
    sentence: str | None
    attempt: str
    digest: Digest
    simulated: bool
    view: Literal["window", "page"]
    clock_note: str = ""
    declared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the heading's table."""

    name: str
    value: str
    strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """Where everything stands."""

    width: int
    height: int
    lines: tuple[Line, ...]
    bands: tuple[int, ...]  # tops of the simulation bands
    band_height: int
    box: tuple[int, int, int, int]  # of the picture: left, top, width, height


def frame(picture: bytes, caption: Caption) -> bytes:
    """The PNG of ``picture`` under its heading, with EXIF; the same for the same picture and caption.

    Raises:
        BrowserError: ``picture`` cannot be read.
        ValueError: the caption's time is naive.
    """
    inner = _open(picture)
    sheet = _lay_out(inner.size, caption)
    canvas = _draw(sheet).convert(inner.mode)
    canvas.paste(inner, sheet.box[:2])
    exif = build_exif(
        at=caption.at,
        timezone=caption.timezone,
        description=_description(caption),
        comment=_comment(caption, sheet.box),
        digest=caption.digest,
    )
    return encode_png(canvas, exif=exif, dpi=round(sheet.width / PRINTED_INCHES))


def inner_pixels(exhibit: bytes) -> Image.Image:
    """The untouched picture's pixels, cut out of a framed one.

    Raises:
        IntegrityError: ``exhibit`` is no framed picture of ours, or is damaged.
    """
    box = read_exif(exhibit).comment.get("box")
    try:
        with Image.open(io.BytesIO(exhibit)) as image:
            left, top, width, height = (int(number) for number in box or ())
            if min(left, top, width - 1, height - 1) < 0 or left + width > image.width or top + height > image.height:
                raise ValueError("the box is outside the picture")
            return image.crop((left, top, left + width, top + height))
    except (*UNREADABLE, TypeError) as error:
        raise IntegrityError(
            _("The untouched picture cannot be cut out of the framed one."),
            remedy=_("Keep the file as it is; compare its SHA-256 with the register's."),
        ) from error


def plain_pixels(picture: bytes) -> Image.Image:
    """The pixels of an untouched picture, in the form in which ``inner_pixels`` gives them.

    Raises:
        BrowserError: ``picture`` cannot be read.
    """
    return _open(picture)


def caption_rows(caption: Caption) -> tuple[Row, ...]:
    """The table of the heading, in the order in which a judge asks."""
    by = " déclaré par la personne" if caption.declared else ""
    rows = [
        Row(name="Préfecture", value=caption.prefecture),
        Row(name="Démarche", value=caption.label),
        Row(name="Choix", value=caption.part),
        Row(
            name="Date et heure locales", value=french_datetime(caption.at, caption.timezone, seconds=True), strong=True
        ),
        Row(
            name="Date et heure UTC", value=french_datetime(caption.at, "UTC", seconds=True).replace("UTC+00:00", "UTC")
        ),
        Row(name=f"Résultat{by}", value=_outcome(caption), strong=True),
        Row(name="Phrase affichée par le site", value=_sentence(caption), strong=True),
        Row(name=f"Adresse{by.replace('é par', 'ée par')}", value=caption.url),
        Row(name="Horloge", value=caption.clock_note),
        Row(name="Image", value=OWN_WINDOW if caption.declared else VIEWS[caption.view]),
        Row(name="Tentative", value=caption.attempt),
        Row(name="SHA-256 de l’image non modifiée", value=f"{caption.digest[:HALF]} {caption.digest[HALF:]}"),
    ]
    return tuple(row for row in rows if row.value)


def _open(picture: bytes) -> Image.Image:
    """RGB, unless the picture is see-through somewhere: then RGBA, since its pixels must stay as they are."""
    try:
        with Image.open(io.BytesIO(picture)) as image:
            image.load()
            alpha = image.convert("RGBA").getchannel("A") if image.has_transparency_data else None
            see_through = alpha is not None and alpha.getextrema() != (255, 255)
            return image.convert("RGBA" if see_through else "RGB")
    except UNREADABLE as error:
        raise BrowserError(_("The picture that the browser gave cannot be read."), remedy=_("Try again.")) from error


def _outcome(caption: Caption) -> str:
    return outcome_words(caption.outcome, declared=caption.declared)


def _sentence(caption: Caption) -> str:
    return quoted(caption.sentence.strip()) if caption.sentence and caption.sentence.strip() else ""


def _description(caption: Caption) -> str:
    """One sentence, for programs that show a picture's description."""
    when = french_datetime(caption.at, caption.timezone)
    words = f"{caption.prefecture} – {caption.label} – {when} – {_outcome(caption)}"
    return f"{SIMULATION} – {words}" if caption.simulated else words


def _comment(caption: Caption, box: tuple[int, int, int, int]) -> Json:
    return {
        "temoin": FORMAT,
        "attempt": caption.attempt,
        "sha256": caption.digest,
        "box": list(box),
        "at": utc_text(caption.at),
        "timezone": caption.timezone,
        "outcome": caption.outcome.value,
        "url": caption.url,
        "view": caption.view,
        "declared": caption.declared,
        "simulated": caption.simulated,
    }


def _lay_out(picture: tuple[int, int], caption: Caption) -> _Sheet:
    """The heading above, the picture below it in the middle, simulation bands at both ends."""
    width = max(MIN_WIDTH, round(picture[0] / (1 - 2 * MARGIN_SHARE)))
    margin = round(width * MARGIN_SHARE)
    body = Style(size=math.ceil(width * BODY_SHARE))
    band = 2 * body.line_height if caption.simulated else 0
    lines: list[Line] = []
    top = band + margin
    for row in caption_rows(caption):
        placed = _place_row(row, body, top, width)
        lines += placed
        top = max(line.top + line.style.line_height for line in placed) + body.size // 4
    top += body.size // 2
    small = [Line(left=margin, top=top, text=text, style=body, colour=GREY) for text in wrap(BELOW, body, width)]
    top += body.line_height + body.size // 2
    box = ((width - picture[0]) // 2, top, picture[0], picture[1])
    height = top + picture[1] + margin + band
    bands = (0, height - band) if band else ()
    lines += small + [line for start in bands for line in _band_line(start, band, body, width)]
    return _Sheet(width=width, height=height, lines=tuple(lines), bands=bands, band_height=band, box=box)


def _place_row(row: Row, body: Style, top: int, width: int) -> list[Line]:
    """The name on the left, the value beside it, each in a column of its own however long."""
    margin = round(width * MARGIN_SHARE)
    column = round(width * LABEL_SHARE)
    style = Style(size=round(body.size * STRONG), bold=True) if row.strong else body
    names = wrap(row.name, body, column - 2 * margin)
    values = wrap(row.value, style, width - column - margin)
    sink = style.size - body.size  # both stand on the same line
    return [
        Line(left=margin, top=top + sink + n * body.line_height, text=text, style=body, colour=GREY)
        for n, text in enumerate(names)
    ] + [
        Line(left=column, top=top + n * style.line_height, text=text, style=style, colour=BLACK)
        for n, text in enumerate(values)
    ]


def _band_line(start: int, height: int, body: Style, width: int) -> list[Line]:
    style = Style(size=round(body.size * STRONG), bold=True)
    left = (width - round(font(style).getlength(SIMULATION))) // 2
    return [Line(left=left, top=start + (height - style.line_height) // 2, text=SIMULATION, style=style, colour=WHITE)]


def _draw(sheet: _Sheet) -> Image.Image:
    """The whole sheet without its picture."""
    canvas = Image.new("L", (sheet.width, sheet.height), WHITE)
    draw = ImageDraw.Draw(canvas)
    for top in sheet.bands:
        draw.rectangle((0, top, sheet.width, top + sheet.band_height - 1), fill=BLACK)
    left, top, width, height = sheet.box
    around = (left - EDGE, top - EDGE, left + width + EDGE - 1, top + height + EDGE - 1)
    draw.rectangle(around, outline=EDGE_GREY, width=EDGE)
    for line in sheet.lines:
        draw.text((line.left, line.top), line.text, fill=line.colour, font=font(line.style))
    return canvas.point(SHADES)
