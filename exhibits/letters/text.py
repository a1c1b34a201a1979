"""A letter as plain text that any editor opens: UTF-8 with its mark, lines of 76 characters, CRLF (pure)."""

import textwrap
from collections.abc import Iterator

from exhibits.letters.blocks import (
    Align,
    Blank,
    Block,
    Bullet,
    Caution,
    Heading,
    Image,
    Letter,
    Paragraph,
    Signature,
    Table,
)

WIDTH = 76
ADDRESS_INDENT = " " * 36
DOTTED = "…" * 40  # one empty line to write on, in both forms
SIGNATURE_LINES = 3
CELLS = " | "


def letter_text(letter: Letter) -> bytes:
    """The file of ``letter``; the same letter gives the same bytes."""
    lines = _centred(letter.band)
    for before, block in zip((None, *letter.blocks), letter.blocks, strict=False):
        if not _joined(before, block):
            lines.append("")
        lines += _lines(block)
    text = "\n".join(lines).strip("\n") + "\n"
    return text.replace("\n", "\r\n").encode("utf-8-sig")


def _joined(before: Block | None, block: Block) -> bool:
    """Whether no empty line parts the two: items of a list, lines of an address."""
    if isinstance(before, Bullet):
        return isinstance(block, Bullet)
    return isinstance(before, Paragraph) and before.tight and isinstance(block, Paragraph)


def caution_text(block: Caution) -> str:
    """The words of a box, its lead first."""
    return f"{block.lead}\u00a0: {block.text}"


def paragraph_text(block: Paragraph) -> str:
    """The words of a paragraph, its lead first."""
    return f"{block.lead} {block.text}".strip(" ") if block.lead else block.text


def _lines(block: Block) -> list[str]:  # noqa: PLR0911 - one return for each kind of block
    match block:
        case Paragraph():
            return _paragraph(block)
        case Heading():
            return _heading(block)
        case Bullet():
            return _wrapped(block.text, first="- ", rest="  ")
        case Caution():
            return _wrapped(caution_text(block), first="> ", rest="> ")
        case Blank():
            return [DOTTED] * block.lines
        case Table():
            return list(_table(block))
        case Signature():
            both = f"{block.text:<{WIDTH // 2}}{block.beside}".rstrip(" ")
            return [*_wrapped(block.text if not block.beside else both), *([""] * SIGNATURE_LINES)]
        case Image():
            return _wrapped(block.caption)


def _heading(block: Heading) -> list[str]:
    rule = "=" if block.level == 1 else "-"
    shown = _wrapped(block.text)
    above = ["_" * WIDTH, ""] if block.new_page else []
    return [*above, *shown, rule * max(len(line) for line in shown)]


def _paragraph(block: Paragraph) -> list[str]:
    text = paragraph_text(block)
    match block.align:
        case Align.CENTER:
            return _centred(text)
        case Align.ADDRESS:
            return _wrapped(text, first=ADDRESS_INDENT, rest=ADDRESS_INDENT)
        case Align.LEFT:
            return _wrapped(text)


def _wrapped(text: str, *, first: str = "", rest: str = "") -> list[str]:
    """``text`` in lines; an address longer than a line stays whole, so that it can be copied."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _centred(text: str) -> list[str]:
    return [line.center(WIDTH).rstrip() for line in _wrapped(text)]


def _table(block: Table) -> Iterator[str]:
    titles = tuple(column.name for column in block.columns)
    if any(titles):
        yield from _wrapped(CELLS.join(titles))
    for row in block.rows:
        yield from _wrapped(CELLS.join(cell for cell in row if cell), rest="    ")
