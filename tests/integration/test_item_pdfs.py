"""The exhibit of what a person added, as typst draws it: every page on a sheet that suits it."""

from datetime import UTC, datetime
from pathlib import Path

import pikepdf

from exhibits.heading import Heading
from exhibits.item_pages import Drawable, PageFile, item_document
from exhibits.story import FiledItem
from exhibits.typeset import prepare_workspace, typeset
from temoin.canonical import sha256
from temoin.items import PIECE, AttachmentFacts, ItemContent
from temoin.records import PieceUse
from tests.attached_files import picture

AT = datetime(2026, 11, 23, 7, 12, tzinfo=UTC)
STANDING, LYING = (595, 842), (842, 595)  # A4, in points


def page(root: Path, width: int, height: int, dpi: int) -> PageFile:
    name = f"{width}-{height}.png"
    (root / name).write_bytes(picture(width, height, colour="silver"))
    return PageFile(path=name, width=width, height=height, dpi=dpi, text="")


def drawable(pages: tuple[PageFile, ...]) -> Drawable:
    facts = AttachmentFacts(
        name="essai.pdf", file="piece-1.pdf", sha256=sha256(b"x"), size=1, media_type="application/pdf"
    )
    content = ItemContent(
        entry=PIECE,
        kind=PieceUse.OTHER,
        at=None,
        timezone="Europe/Paris",
        has_time=False,
        title="Essai",
        text="",
        attachments=(facts,),
    )
    item = FiledItem(sequence=12, recorded_at=AT, digest=sha256(b"y"), content=content)
    return Drawable(item=item, pages=(pages,), emails=(None,))


def test_a_wide_page_lies_on_its_sheet_and_none_runs_over_to_a_second_one(tmp_path: Path) -> None:
    shapes = [
        (2339, 1653, 200, LYING),  # A4 that lies
        (1653, 2339, 200, STANDING),
        (1920, 1080, 96, LYING),  # a screen
        (1080, 2400, 96, STANDING),  # a telephone
        (500, 300, 96, STANDING),  # small: as large as it was on either sheet
        (2339, 60, 200, LYING),  # a strip
        (1000, 1000, 96, STANDING),
        (1653, 2339, 200, STANDING),
    ]
    pages = tuple(page(tmp_path, width, height, dpi) for width, height, dpi, _sheet in shapes)
    heading = Heading(case="K7", draft=True, simulated=True)
    data = item_document(drawable(pages), heading, number=64, shown="64")
    prepare_workspace(tmp_path / "work")
    output = tmp_path / "out.pdf"
    typeset(data, template="item.typ", root=tmp_path, workspace=tmp_path / "work", output=output, at=AT)
    with pikepdf.open(output) as pdf:
        sizes = [(round(float(one.mediabox[2])), round(float(one.mediabox[3]))) for one in pdf.pages]
        pictures = [len(one.get_images()) for one in pdf.pages]
    assert sizes == [STANDING, *(sheet for *_rest, sheet in shapes)]
    assert pictures == [0, *[1] * len(shapes)]
