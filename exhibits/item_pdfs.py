"""Draws what the person added: each item's files turned into pages, then its exhibit, then its line."""

from exhibits import proofs
from exhibits.content import Content
from exhibits.conversion import Converted, convert
from exhibits.desk import FOLDER, Desk, placed
from exhibits.file_kinds import PDF
from exhibits.inventory import item_line
from exhibits.item_pages import Drawable, PageFile, item_document, item_file, item_title, neutral_title
from exhibits.order import ExhibitKind, NumberedItem
from exhibits.page_pictures import DPI, PagePicture
from exhibits.page_weight import ANY, fitted
from exhibits.picture_header import is_animated
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
    attachments = item.content.attachments
    converted = [_convert(desk, item, facts) for facts in attachments]
    files = fitted([one.pages for one, _animated in converted], ANY)
    return Drawable(
        item=item,
        pages=tuple(
            tuple(_page_file(desk, page, facts, animated=animated) for page in pages)
            for facts, pages, (_one, animated) in zip(attachments, files, converted, strict=True)
        ),
        emails=tuple(one.email for one, _animated in converted),
    )


def _convert(desk: Desk, item: FiledItem, facts: AttachmentFacts) -> tuple[Converted, bool]:
    """What a file became, and whether it holds more images than the one that is shown."""
    source = desk.bundle / proofs.FOLDER / str(item.sequence) / proofs.ADDED / facts.file
    folder = desk.work / "items" / str(item.sequence) / facts.file.replace(".", "-")
    folder.mkdir(parents=True, exist_ok=True)
    data = source.read_bytes()
    return convert(facts, data, folder), is_animated(data)


def _page_file(desk: Desk, page: PagePicture, facts: AttachmentFacts, *, animated: bool) -> PageFile:
    dpi = DPI if facts.media_type == PDF else SCREEN_DPI
    return PageFile(
        path=page.path.relative_to(desk.root).as_posix(),
        width=page.width,
        height=page.height,
        dpi=round(dpi * page.scale),  # drawn smaller, it is shown as large
        text=page.text,
        smaller=page.scale < 1,
        one_of_several=animated,
    )
