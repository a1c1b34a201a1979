"""Rows of tables as XML: python-docx's own take seconds for an inventory of five hundred lines."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement

from exhibits.letters.wording import plain

TWIPS_PER_CM = 567
EMPTY = "FFF2CC"  # behind what is to be filled in
HEAD = "E7E6E6"  # behind titles of columns
BLANKS = re.compile(r"(…{4,}(?:\u00a0\([^)]*\))?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class TableShape:
    """What all rows of a table share: centimetres, points, and whether the first column is what titles would be."""

    widths: tuple[float, ...]
    points: float
    bold_first: bool


def table_row(cells: Sequence[str], shape: TableShape, *, head: bool = False) -> BaseOxmlElement:
    """One row of ``cells``; ``head`` repeats on each page.

    Raises:
        ValueError: a cell too few or too many.
    """
    row, properties = OxmlElement("w:tr"), OxmlElement("w:trPr")
    properties.append(OxmlElement("w:cantSplit"))
    if head:
        properties.append(OxmlElement("w:tblHeader"))
    row.append(properties)
    for place, (text, width) in enumerate(zip(cells, shape.widths, strict=True)):
        cell = _cell(width, fill=HEAD if head else "")
        cell.append(_cell_paragraph(text, shape.points, bold=head or (shape.bold_first and place == 0)))
        row.append(cell)
    return row


def _cell(width: float, *, fill: str) -> BaseOxmlElement:
    cell, properties, size = OxmlElement("w:tc"), OxmlElement("w:tcPr"), OxmlElement("w:tcW")
    size.set(qn("w:w"), str(round(width * TWIPS_PER_CM)))
    size.set(qn("w:type"), "dxa")
    properties.append(size)
    if fill:
        properties.append(shading(fill))
    cell.append(properties)
    return cell


def _cell_paragraph(text: str, points: float, *, bold: bool) -> BaseOxmlElement:
    paragraph, properties, spacing = OxmlElement("w:p"), OxmlElement("w:pPr"), OxmlElement("w:spacing")
    for name, value in (("before", "30"), ("after", "30"), ("line", "240"), ("lineRule", "auto")):
        spacing.set(qn(f"w:{name}"), value)
    properties.append(spacing)
    paragraph.append(properties)
    for piece in BLANKS.split(plain(text)):
        if piece:
            paragraph.append(_cell_run(piece, points, bold=bold))
    return paragraph


def _cell_run(piece: str, points: float, *, bold: bool) -> BaseOxmlElement:
    run, properties = OxmlElement("w:r"), OxmlElement("w:rPr")
    if bold:
        properties.append(OxmlElement("w:b"))
    for tag in ("w:sz", "w:szCs"):
        size = OxmlElement(tag)
        size.set(qn("w:val"), str(round(points * 2)))  # half points
        properties.append(size)
    if BLANKS.fullmatch(piece):
        properties.append(shading(EMPTY))
    words = OxmlElement("w:t")
    words.text = piece
    words.set(qn("xml:space"), "preserve")
    run.append(properties)
    run.append(words)
    return run


def shading(fill: str) -> BaseOxmlElement:
    """A colour behind a run, a paragraph or a cell."""
    element = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", fill)):
        element.set(qn(f"w:{name}"), value)
    return element
