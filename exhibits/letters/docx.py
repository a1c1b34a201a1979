"""Letters and tables as .docx that people edit: A4, real styles, French, no author; the same words, the same bytes.

python-docx writes the time of day into the zip and the names of its own template into the properties: the package is
written again, in a fixed order and with fixed dates.
"""

import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.image.image import Image as ImageFacts
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Cm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph as DocxParagraph

from exhibits.letters.blocks import (
    Align,
    Blank,
    Block,
    Bullet,
    Caution,
    Column,
    Heading,
    Image,
    Letter,
    Paragraph,
    Signature,
    Table,
)
from exhibits.letters.rows import BLANKS, EMPTY, TableShape, shading, table_row
from exhibits.letters.text import DOTTED
from exhibits.letters.wording import plain

FONT = "Arial"  # present on Windows and macOS; LibreOffice puts Liberation Sans, of the same widths, in its place
MARGIN_CM = 2.5
PAGE_CM = (21.0, 29.7)
BODY_PT, TABLE_PT, WIDE_TABLE_PT, SMALL_PT = 10.5, 9.0, 8.0, 8.5
ADDRESS_CM = 8.0  # from the left margin
NARROWEST_CM = 1.5
SIGNATURE_PT = 48.0
AFTER_LIST_PT = 8.0
ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the first that a zip can hold
FIRST = "[Content_Types].xml"  # readers expect it first (ECMA-376, part 2)
PROPERTIES = "docProps/app.xml"
PROPERTIES_XML = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    b'<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
    b"<Application>Temoin</Application></Properties>"
)


def letter_docx(letter: Letter, *, at: date) -> bytes:
    """The file of ``letter``, dated ``at``; the same letter gives the same bytes."""
    document = _new_document(letter.title, letter.band, at)
    around = (None, *letter.blocks, None, None)
    for place, block in enumerate(letter.blocks, 1):
        _add(document, block)
        _join(document, around[place - 1], block, around[place + 1 : place + 3])
    return _packed(document)


def _join(document: Document, before: Block | None, block: Block, following: Sequence[Block | None]) -> None:
    """What a page break must not part: the last paragraph of ``block`` and what follows it; and room after a list."""
    after = following[0]
    keep = isinstance(after, Paragraph) and after.with_previous
    if isinstance(block, Caution):
        keep = keep or isinstance(after, Blank)  # the lines to write on, and the box that asks for them
    if isinstance(block, Bullet) and isinstance(after, Bullet):
        keep = not isinstance(before, Bullet) or not isinstance(following[1], Bullet)  # no item alone on a page
    shape = document.paragraphs[-1].paragraph_format
    if keep:
        shape.keep_with_next = True
    if isinstance(block, Bullet) and not isinstance(after, Bullet):
        shape.space_after = Pt(AFTER_LIST_PT)


def table_docx(
    title: str,
    intro: Sequence[str],
    columns: Sequence[Column],
    rows: Iterable[Sequence[str]],
    *,
    at: date,
    band: str,
    landscape: bool = True,
) -> bytes:
    """A titled table, its line of titles repeated on each page; texts are already set right."""
    document = _new_document(title, band, at, landscape=landscape)
    document.add_paragraph(plain(title), style="Title").alignment = WD_ALIGN_PARAGRAPH.LEFT
    for words in intro:
        document.add_paragraph(plain(words))
    _table(document, tuple(columns), rows, size=WIDE_TABLE_PT)
    return _packed(document)


def _new_document(title: str, band: str, at: date, *, landscape: bool = False) -> Document:
    document = docx.Document()
    _set_page(document.sections[0], landscape=landscape)
    _set_styles(document)
    _set_properties(document, title, at)
    _head_and_foot(document.sections[0], band)
    return document


def _set_page(section: Section, *, landscape: bool) -> None:
    width, height = PAGE_CM[::-1] if landscape else PAGE_CM
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Cm(width), Cm(height)
    margin = Cm(1.5 if landscape else MARGIN_CM)
    section.left_margin = section.right_margin = margin
    section.top_margin = section.bottom_margin = margin
    section.header_distance = section.footer_distance = Cm(0.8)


def _set_styles(document: Document) -> None:
    """One font everywhere, French, black titles; the template's theme fonts win unless they are taken out."""
    root = document.styles.element
    for fonts in root.iter(qn("w:rFonts")):
        for name in [name for name in fonts.attrib if "Theme" in str(name)]:
            del fonts.attrib[name]
        for name in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
            fonts.set(qn(name), FONT)
    for language in root.iter(qn("w:lang")):
        language.set(qn("w:val"), "fr-FR")
    for language in document.settings.element.iter(qn("w:themeFontLang")):
        language.set(qn("w:val"), "fr-FR")
    _style(document, "Normal", size=BODY_PT, after=6)
    _style(document, "Title", size=14, bold=True, after=6, keep=True)
    _style(document, "Heading 1", size=13, bold=True, before=14, after=6, keep=True)
    _style(document, "Heading 2", size=11, bold=True, before=10, after=4, keep=True)
    _style(document, "List Bullet", size=BODY_PT, after=3)
    _style(document, "Header", size=SMALL_PT, bold=True)
    _style(document, "Footer", size=SMALL_PT)


def _style(
    document: Document,
    name: str,
    *,
    size: float,
    bold: bool = False,
    before: float = 0,
    after: float = 0,
    keep: bool = False,
) -> None:
    style = document.styles[name]
    if not isinstance(style, ParagraphStyle):
        raise TypeError(f"{name} is not a style of paragraphs")
    style.font.name, style.font.size, style.font.bold = FONT, Pt(size), bold
    style.font.color.rgb = RGBColor(0, 0, 0)
    shape = style.paragraph_format
    shape.space_before, shape.space_after, shape.line_spacing = Pt(before), Pt(after), 1.1
    shape.widow_control, shape.keep_with_next = True, keep
    borders = style.element.find(f"{qn('w:pPr')}/{qn('w:pBdr')}")
    if borders is not None:  # the template underlines its titles in blue
        borders.getparent().remove(borders)


def _set_properties(document: Document, title: str, at: date) -> None:
    """A title and a date; nobody's name, no time of day."""
    found = document.core_properties
    moment = datetime.combine(at, time(), tzinfo=UTC)
    found.title, found.language = plain(title), "fr-FR"
    found.author = found.last_modified_by = found.comments = found.keywords = ""
    found.created = found.modified = moment
    found.revision = 1
    for key, relation in list(document.part.package.rels.items()):
        if relation.reltype.endswith("/thumbnail"):  # a picture of the template
            del document.part.package.rels[key]


def _head_and_foot(section: Section, band: str) -> None:
    head = section.header.paragraphs[0]
    head.text, head.alignment = band, WD_ALIGN_PARAGRAPH.CENTER
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    foot.add_run("Page ")
    _field(foot, "PAGE")
    foot.add_run(" sur ")
    _field(foot, "NUMPAGES")


def _field(paragraph: DocxParagraph, instruction: str) -> None:
    """A number that the reader's program counts."""
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), instruction)
    run, text = OxmlElement("w:r"), OxmlElement("w:t")
    text.text = "1"
    run.append(text)
    field.append(run)
    paragraph._p.append(field)  # noqa: SLF001 - the library has no fields


def _add(document: Document, block: Block) -> None:
    match block:
        case Paragraph():
            _paragraph(document, block)
        case Heading():
            shape = document.add_paragraph(block.text, style=f"Heading {block.level}").paragraph_format
            shape.page_break_before = block.new_page or None
        case Bullet():
            _write(document.add_paragraph(style="List Bullet"), block.text)
        case Caution():
            _caution(document, block)
        case Blank():
            for line in range(block.lines):
                shape = _write(document.add_paragraph(), DOTTED).paragraph_format
                shape.keep_with_next = line < block.lines - 1
        case Table():
            _table(document, block.columns, block.rows, size=TABLE_PT)
            document.add_paragraph().paragraph_format.space_after = Pt(0)
        case Signature():
            _signature(document, block)
        case Image():
            _image(document, block)


def _paragraph(document: Document, block: Paragraph) -> None:
    titled = block.strong and block.align is Align.CENTER
    paragraph = document.add_paragraph(style="Title" if titled else None)
    if block.lead:
        paragraph.add_run(f"{block.lead} ").bold = True
    _write(paragraph, block.text, strong=block.strong)
    shape = paragraph.paragraph_format
    if block.align is Align.CENTER:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if block.align is Align.ADDRESS:
        shape.left_indent = Cm(ADDRESS_CM)
    if block.tight:
        shape.space_after = Pt(1)
    if block.keep:
        shape.keep_with_next = True


def _write(paragraph: DocxParagraph, text: str, *, strong: bool = False) -> DocxParagraph:
    """``text`` with its blanks made visible."""
    for piece in BLANKS.split(text):
        if not piece:
            continue
        run = paragraph.add_run(piece)
        run.bold = strong or None
        if BLANKS.fullmatch(piece):
            run._r.get_or_add_rPr().append(shading(EMPTY))  # noqa: SLF001 - the library has no shading
    return paragraph


def _caution(document: Document, block: Caution) -> None:
    paragraph = document.add_paragraph()
    paragraph.add_run(f"{block.lead}\u00a0: ").bold = True
    paragraph.add_run(block.text)
    shape = paragraph.paragraph_format
    shape.left_indent = shape.right_indent = Cm(0.2)
    shape.space_before, shape.space_after = Pt(6), Pt(8)
    shape.keep_together = True
    properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001 - the library has no borders
    borders = OxmlElement("w:pBdr")
    for side in ("top", "left", "bottom", "right"):
        border = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "8"), ("space", "4"), ("color", "7F6000")):
            border.set(qn(f"w:{name}"), value)
        borders.append(border)
    properties.insert_element_before(borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr")
    properties.insert_element_before(shading(EMPTY), "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr")


def _signature(document: Document, block: Signature) -> None:
    """The words, and room below them that no page break takes away."""
    words = document.add_paragraph(f"{block.text}\t{block.beside}" if block.beside else block.text)
    words.paragraph_format.tab_stops.add_tab_stop(Cm(ADDRESS_CM))
    words.paragraph_format.keep_with_next = True
    shape = document.add_paragraph().paragraph_format
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(SIGNATURE_PT)


def _image(document: Document, block: Image) -> None:
    facts = ImageFacts.from_blob(block.data)
    widest = PAGE_CM[0] - 2 * MARGIN_CM
    width = min(widest, block.height * facts.px_width / facts.px_height)
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    shape = paragraph.add_run().add_picture(io.BytesIO(block.data), width=Cm(width))
    shape._inline.docPr.set("descr", block.caption)  # noqa: SLF001 - the library has no alternative text
    paragraph.paragraph_format.keep_with_next = True
    caption = document.add_paragraph(block.caption)
    caption.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _table(document: Document, columns: Sequence[Column], rows: Iterable[Sequence[str]], *, size: float) -> None:
    """A grid of fixed widths; when no column has a title, the first column is what titles would be."""
    section = document.sections[0]
    room = (section.page_width or Cm(PAGE_CM[0])).cm - 2 * (section.left_margin or Cm(MARGIN_CM)).cm
    widths = _widths(columns, room)
    table = document.add_table(rows=0, cols=len(columns), style="Table Grid")
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
    titled = any(column.name for column in columns)
    shape = TableShape(widths=widths, points=size, bold_first=not titled)
    body = table._tbl  # noqa: SLF001 - rows are written as XML, see ``rows``
    if titled:
        body.append(table_row([column.name for column in columns], shape, head=True))
    for row in rows:
        body.append(table_row(row, shape))


def _widths(columns: Sequence[Column], room: float) -> tuple[float, ...]:
    """Centimetres; columns without a width share what the others leave."""
    free = sum(1 for column in columns if not column.width)
    left = room - sum(column.width for column in columns)
    share = max(left / free, NARROWEST_CM) if free else 0.0
    return tuple(column.width or share for column in columns)


def _packed(document: Document) -> bytes:
    """The document's parts in a zip of fixed order and dates."""
    written = io.BytesIO()
    document.save(written)
    packed = io.BytesIO()
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(source.namelist(), key=lambda name: (name != FIRST, name)):
            data = PROPERTIES_XML if name == PROPERTIES else source.read(name)
            entry = zipfile.ZipInfo(name, ZIP_DATE)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
            target.writestr(entry, data)
    return packed.getvalue()
