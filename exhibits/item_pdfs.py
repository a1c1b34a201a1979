"""Draws what the person added: each item's files turned into pages, then its exhibit, then its line."""

from pathlib import Path

from exhibits import proofs
from exhibits.content import Content
from exhibits.conversion import convert
from exhibits.desk import FOLDER, Desk, placed
from exhibits.email_text import EmailText
from exhibits.file_kinds import PDF
from exhibits.inventory import item_line
from exhibits.item_pages import Drawable, PageFile, item_document, item_file, item_title, neutral_title
from exhibits.order import ExhibitKind, NumberedItem
from exhibits.page_pictures import DPI
from exhibits.story import FiledItem
from store.values import NumberRow
from temoin.items import JOURNAL, AttachmentFacts
from temoin.messages import _

SCREEN_DPI = 96  # at which a picture is as large as it was on a screen, whatever it says itself


def draw_items(content: Content, desk: Desk) -> None:
    """Draw every journal entry and own piece of this filing.

    Raises:
        StoreError: the disk refuses.
        TemoinError: a file cannot be turned into pages, or an exhibit not be drawn.
        OSError: the disk refuses.
    """
    for place, one in enumerate(content.order.items):
        desk.progress(_("Drawing the journal and your own pieces"), place, len(content.order.items))
        _draw_item(content, desk, one)


def _draw_item(content: Content, desk: Desk, one: NumberedItem) -> None:
    told, shown = one.item.content, content.order.shown(one.number)
    file = item_file(shown, told)
    data = item_document(_drawable(desk, one.item), content.heading, number=one.number, shown=shown)
    desk.draw(data, "item.typ", f"{FOLDER}/{file}", content.at)
    desk.titles.append((file, data["title"]))
    desk.lines.append(item_line(placed(content, one.number, file), one.item, item_title(told)))
    kind = ExhibitKind.JOURNAL if told.entry == JOURNAL else ExhibitKind.PIECE
    desk.rows.append(
        NumberRow(
            number=one.number,
            kind=kind.value,
            attempt_sequence=one.item.sequence,
            title=neutral_title(told),
            file=file,
            page=1,
        )
    )


def _drawable(desk: Desk, item: FiledItem) -> Drawable:
    converted = [_convert(desk, item, facts) for facts in item.content.attachments]
    return Drawable(
        item=item,
        pages=tuple(pages for pages, _email in converted),
        emails=tuple(email for _pages, email in converted),
    )


def _convert(desk: Desk, item: FiledItem, facts: AttachmentFacts) -> tuple[tuple[PageFile, ...], EmailText | None]:
    source = desk.bundle / proofs.FOLDER / str(item.sequence) / proofs.ADDED / facts.file
    folder = desk.work / "items" / str(item.sequence) / facts.file.replace(".", "-")
    folder.mkdir(parents=True, exist_ok=True)
    found = convert(facts, source.read_bytes(), folder)
    pages = tuple(
        PageFile(
            path=Path(page.path).relative_to(desk.root).as_posix(),
            width=page.width,
            height=page.height,
            dpi=DPI if facts.media_type == PDF else SCREEN_DPI,
            text=page.text,
        )
        for page in found.pages
    )
    return pages, found.email
