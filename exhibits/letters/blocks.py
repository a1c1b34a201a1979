"""What a letter is made of, before it is a page: one model, drawn as .docx and as .txt, so that both say the same.

Texts are already set right (``wording.say``); a run of « … » in them is a blank that a person fills in, and is made
visible wherever it stands.
"""

from dataclasses import dataclass, field
from enum import StrEnum

TO_FILL = "À COMPLÉTER PAR VOUS"
TO_CHECK = "À VÉRIFIER PAR VOUS"
BEFORE_SENDING = "AVANT D’ENVOYER (à effacer ensuite)"


class Align(StrEnum):
    """Where a paragraph stands."""

    LEFT = "left"
    CENTER = "center"
    ADDRESS = "address"  # the addressee's half of the page


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Words; ``lead`` comes first, in bold; ``keep`` holds it on the page of what follows."""

    text: str
    lead: str = ""
    align: Align = Align.LEFT
    strong: bool = False
    tight: bool = False  # no space after: the lines of an address
    keep: bool = False
    with_previous: bool = False  # the same, seen from the other side


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A title of level 1 or 2 inside the letter."""

    text: str
    level: int = 1
    new_page: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bullet:
    """One item of a list."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Caution:
    """A box that no reader overlooks: what the person must add, check or do; never a fact of the case."""

    text: str
    lead: str = TO_FILL


@dataclass(frozen=True, slots=True, kw_only=True)
class Blank:
    """Empty lines to write on."""

    lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column; ``width`` in centimetres, 0 for a share of what remains."""

    name: str
    width: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under a line of titles, which is repeated on each page; titles that are all empty are not drawn."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Room to sign, under words that say who signs; ``beside`` is who signs on the same line."""

    text: str
    beside: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture, PNG or JPEG; its caption, in the text too, says what it shows."""

    data: bytes = field(repr=False)
    caption: str
    height: float = 9.0  # centimetres at most; the width is the page's at most


Block = Paragraph | Heading | Bullet | Caution | Blank | Table | Signature | Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One document: ``name`` is its file's, without extension; ``band`` is said on every page."""

    name: str
    title: str
    blocks: tuple[Block, ...]
    band: str = ""
