"""Small pictures drawn here, so that nothing is copied: the captcha's and the booking steps' arrows."""

import io
from functools import cache

from PIL import Image, ImageDraw, ImageFont

CAPTCHA_SIZE = (200, 70)  # pixels, as recorded in 2025
ARROW_SIZE = (172, 38)
_FINER = 4  # drawn larger, then reduced: Pillow's polygons have ragged edges
_INK = (38, 50, 88)
_NOISE = (170, 178, 200)
_BLUE = (58, 98, 160)
_RED = (192, 42, 42)


@cache
def captcha_png(code: str) -> bytes:
    """Return a picture in which a human reads `code`."""
    image = Image.new("RGB", CAPTCHA_SIZE, (246, 247, 250))
    draw = ImageDraw.Draw(image)
    for start in range(-60, CAPTCHA_SIZE[0], 18):
        draw.line((start, CAPTCHA_SIZE[1], start + 60, 0), fill=_NOISE, width=1)
    width = CAPTCHA_SIZE[0] // (len(code) + 1)
    for index, letter in enumerate(code):
        font = ImageFont.load_default(size=34 + 4 * (index % 2))
        draw.text((width // 2 + index * width, 14 if index % 2 else 20), letter, fill=_INK, font=font)
    return _png(image)


@cache
def arrow_png(*, current: bool) -> bytes:
    """Return the arrow of a booking step: red for the current one, blue for the others."""
    width, height = (side * _FINER for side in ARROW_SIZE)
    image = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    tip = 12 * _FINER
    shape = (
        (0, 0),
        (width - tip, 0),
        (width - 1, height // 2),
        (width - tip, height),
        (0, height),
        (tip, height // 2),
    )
    ImageDraw.Draw(image).polygon(shape, fill=_RED if current else _BLUE)
    return _png(image.resize(ARROW_SIZE, Image.Resampling.LANCZOS))


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    return buffer.getvalue()
