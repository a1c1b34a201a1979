"""The captures of a court file: their PDFs, their lines of the inventory; and the few that letters take along."""

from collections.abc import Sequence

from exhibits import model
from exhibits.capture_pdfs import CapturePdf, Captures, draw_capture_pdfs, picture_files
from exhibits.captures import captures_document
from exhibits.content import Content
from exhibits.desk import FOLDER, Desk, placed
from exhibits.inventory import capture_line
from exhibits.order import ExhibitKind
from store.values import NumberRow
from temoin.messages import _


def draw_capture_files(content: Content, desk: Desk) -> None:
    """Draw every capture that this filing numbers, and enter each.

    Raises:
        StoreError: the disk refuses.
        IntegrityError: a picture is not one.
        TemoinError: a document could not be drawn.
    """
    files = model.capture_files(content.order.captures, content.asked.grouping, content.order.width)
    if not files:
        return

    def told(file: model.CaptureFile, place: int, of: int) -> None:
        desk.progress(_("Drawing {file}").format(file=file.file), place, of)

    heading = content.heading
    captures = Captures(
        root=desk.root, folder=FOLDER, draft=heading.draft, voice=heading.voice, paper=content.asked.paper
    )
    for drawn in draw_capture_pdfs(files, captures, desk.press, told):
        _enter(content, desk, drawn)


def _enter(content: Content, desk: Desk, drawn: CapturePdf) -> None:
    file = drawn.file.file
    desk.titles.append((file, drawn.file.title))
    for one in drawn.file.attempts:
        pages, title = drawn.pages(one), model.exhibit_title(one.facts)
        desk.lines.append(capture_line(placed(content, one.number, file, min(pages.values())), one.facts))
        desk.rows += [
            NumberRow(
                number=one.number,
                kind=ExhibitKind.CAPTURE.value,
                attempt_sequence=one.facts.sequence,
                part=part,
                title=title,
                file=file,
                page=page,
            )
            for part, page in pages.items()
        ]


def draw_selection(
    content: Content, desk: Desk, chosen: Sequence[model.Numbered], path: str, *, paper: bool = False
) -> int:
    """Draw some captures into the PDF ``path`` of the bundle; its size in bytes.

    Raises:
        StoreError: the disk refuses.
        IntegrityError: a picture is not one.
        TemoinError: it could not be drawn.
    """
    days = [one.facts.local.date() for one in chosen]
    file = model.CaptureFile(attempts=tuple(chosen), start=min(days), end=max(days), width=content.order.width)
    heading = content.heading
    picture_file = picture_files(desk.root)
    data = captures_document(file, draft=heading.draft, picture_file=picture_file, voice=heading.voice, paper=paper)
    title = f"Captures d’écran choisies, {model.period_text(file)}, dossier {heading.case}"
    desk.draw({**data, "title": title}, "captures.typ", path, content.at)
    return (desk.bundle / path).stat().st_size
