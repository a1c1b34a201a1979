"""Words as lines of a given width, in the one font family (temoin.fonts), whatever the words are.

Text from a web page may hold anything. Here it is put into a form that can be drawn: one line, composed
letters, no control, direction or invisible characters, and a box for what the font lacks. The record keeps
the words as they were.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from PIL import ImageFont

from temoin import fonts

MISSING = "□"
NEVER_A_LETTER = "\U0010ffff"  # a code point that no font has: shows what the font draws for want of a glyph
INVISIBLE = frozenset({"Cc", "Cf"})
BREAKING_SPACES = re.compile(r"[ \t-\r\x85\u1680\u2000-\u2006\u2008-\u200a\u2028\u2029\u205f\u3000]+")
LINE_HEIGHT = 1.32  # of the letters' size
THIN = 6  # no letter is thinner than this part of its size; measuring more of a word would be in vain
MAX_CHARACTERS = 8000  # of one value; what is left out is said


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """A size in pixels and a weight."""

    size: int
    bold: bool = False

    @property
    def line_height(self) -> int:
        """From one line to the next, in pixels."""
        return round(self.size * LINE_HEIGHT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Words at their place: the left end of the line and the top of its letters."""

    left: int
    top: int
    text: str
    style: Style
    colour: int  # 0 black, 255 white


@lru_cache(maxsize=32)
def font(style: Style) -> ImageFont.FreeTypeFont:
    """The font of ``style``; Pillow's own layout, so that every machine sets the same line."""
    path = fonts.BOLD if style.bold else fonts.REGULAR
    return ImageFont.truetype(path, style.size, layout_engine=ImageFont.Layout.BASIC)


def wrap(text: str, style: Style, width: int) -> list[str]:
    """``text`` as lines at most ``width`` pixels wide, broken at spaces, and within a word only if it must."""
    words = [piece for word in displayable(text, style).split(" ") for piece in _pieces(word, style, width)]
    lines: list[str] = []
    for word, follows in words:
        longer = f"{lines[-1]} {word}" if lines and not follows else word
        if lines and not follows and font(style).getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def displayable(text: str, style: Style) -> str:
    """``text`` as the font can draw it, on one line, and not longer than a page can hold."""
    text = BREAKING_SPACES.sub(" ", unicodedata.normalize("NFC", text[: 2 * MAX_CHARACTERS])).strip(" ")
    if len(text) > MAX_CHARACTERS:
        text = f"{text[:MAX_CHARACTERS]} […]"
    return "".join(_drawn(character, style) for character in text)


def _pieces(word: str, style: Style, width: int) -> Iterator[tuple[str, bool]]:
    """``word`` cut so that each piece fits, and whether a piece goes on from the one before."""
    follows = False
    reach = max(1, width * THIN // style.size)
    while len(word) > reach or (font(style).getlength(word) > width and len(word) > 1):
        end = _fitting(word[:reach], style, width)
        yield word[:end], follows
        word, follows = word[end:], True
    yield word, follows


def _fitting(word: str, style: Style, width: int) -> int:
    """How many of its characters fit, one at least."""
    low, high = 1, len(word)
    while low < high:
        middle = (low + high + 1) // 2
        if font(style).getlength(word[:middle]) <= width:
            low = middle
        else:
            high = middle - 1
    return low


def _drawn(character: str, style: Style) -> str:
    if character.isascii() and character.isprintable():
        return character
    if unicodedata.category(character) in INVISIBLE:
        return ""
    return character if _has_glyph(character, style.bold) else MISSING


@lru_cache(maxsize=4096)
def _has_glyph(character: str, bold: bool) -> bool:  # noqa: FBT001  (a cache key)
    if unicodedata.category(character) == "Cs":  # half of a pair: no character at all
        return False
    face = font(Style(size=24, bold=bold))
    return _mark(face, character) != _mark(face, NEVER_A_LETTER)


def _mark(face: ImageFont.FreeTypeFont, character: str) -> tuple[tuple[int, int], bytes]:
    mask = face.getmask(character)
    return mask.size, bytes(mask) if all(mask.size) else b""
