"""Draws the documents of a bundle in order, each with its number, and learns their pages on the way.

Everything to be filed is in ``data/1_A_DEPOSER``; what is to be copied and sent is in ``data/2_MODELES``.
"""

from collections.abc import Sequence

from exhibits import failures, inventory, notes, readme, summary, tables
from exhibits.capture_exhibits import draw_capture_files
from exhibits.capture_pdfs import picture_files
from exhibits.content import Content
from exhibits.desk import FOLDER, INVENTORY, README, TITLES, Desk, Document, draw_document
from exhibits.heading import Heading
from exhibits.inventory import Line
from exhibits.item_pdfs import draw_items
from exhibits.model_letters import draw_models
from exhibits.only_way import draw_only_way
from exhibits.order import ExhibitKind
from temoin.messages import _


def draw_court_file(content: Content, desk: Desk) -> None:
    """Draw every document; the desk then holds the numbers, the inventory's lines and the titles.

    Raises:
        StoreError: the disk refuses.
        TemoinError: a document could not be drawn.
        OSError: the disk refuses.
    """
    draw_document(content, desk, _summary(content))
    draw_only_way(content, desk)
    draw_capture_files(content, desk)
    draw_items(content, desk)
    desk.progress(_("Drawing the register and the notes"), 0, 1)
    for document in _tables(content, desk):
        draw_document(content, desk, document)
    _draw_inventory(content, desk)
    _write_titles(content, desk)
    _draw_readme(content, desk)
    draw_models(content, desk)


def _summary(content: Content) -> Document:
    synthesis = summary.Synthesis(
        figures=content.figures,
        order=content.order,
        steps=content.steps,
        answers=content.answers,
        grid=content.grid,
        since=content.since,
    )
    data = summary.summary_document(synthesis, content.heading)
    number = content.order.summary
    return Document(number=number, kind=ExhibitKind.SUMMARY, name="Synthese", template="summary.typ", data=data)


def _tables(content: Content, desk: Desk) -> list[Document]:
    order, heading = content.order, content.heading
    found = [_dysfunctions(content, desk, order.dysfunctions), _refusals(content, order.refusals)]
    register = tables.Register(
        attempts=content.material.attempts,
        numbers=content.numbers,
        earlier=content.material.earlier,
        answers=content.answers,
        stamps=content.material.stamps,
    )
    data = tables.register_document(register, heading, order.shown(order.register))
    method = notes.method_document(content, order.shown(order.method))
    return [
        *(document for document in found if document is not None),
        Document(number=order.register, kind=ExhibitKind.REGISTER, name="Registre", template="table.typ", data=data),
        Document(
            number=order.method, kind=ExhibitKind.METHOD, name="Note_de_methode", template="note.typ", data=method
        ),
    ]


def _dysfunctions(content: Content, desk: Desk, number: int | None) -> Document | None:
    if number is None:
        return None
    data = failures.failures_document(
        content.dysfunctions,
        content.heading,
        content.order.shown(number),
        failures.DYSFUNCTION_TABLE,
        picture_files(desk.root),
    )
    kind = ExhibitKind.DYSFUNCTIONS
    return Document(number=number, kind=kind, name="Dysfonctionnements", template="failures.typ", data=data)


def _refusals(content: Content, number: int | None) -> Document | None:
    if number is None:
        return None
    data = failures.failures_document(
        content.refusals, content.heading, content.order.shown(number), failures.REFUSAL_TABLE
    )
    kind = ExhibitKind.REFUSALS
    return Document(number=number, kind=kind, name="Refus_opposes_a_l_outil", template="failures.typ", data=data)


def _draw_inventory(content: Content, desk: Desk) -> None:
    lines = (*content.place.lines, *desk.lines)
    data = inventory.inventory_document(lines, content.heading)
    desk.draw(data, "table.typ", f"{FOLDER}/{INVENTORY}.pdf", content.at)
    folder = desk.bundle / FOLDER
    (folder / f"{INVENTORY}.csv").write_bytes(inventory.inventory_csv(lines))
    (folder / f"{INVENTORY}.docx").write_bytes(inventory_docx(lines, content))
    desk.titles.insert(0, (f"{INVENTORY}.pdf", data["title"]))


def inventory_docx(lines: Sequence[Line], content: Content) -> bytes:
    """The inventory that can be edited, with the very cells of the PDF."""
    from exhibits.letters.blocks import Column  # noqa: PLC0415 - as the next
    from exhibits.letters.docx import table_docx  # noqa: PLC0415 - slow to import

    heading = content.heading
    data = inventory.inventory_document(lines, heading)
    return table_docx(
        data["heading"],
        data["intro"],
        [Column(name=name, width=width / 10) for name, _cell, width in inventory.shown_columns(heading)],
        [inventory.shown_cells(line, heading) for line in lines],
        at=content.at.date(),
        band=heading.band,
    )


def _draw_readme(content: Content, desk: Desk) -> None:
    data = readme.readme_document(content, [file for file, _title in desk.titles])
    desk.draw(data, "note.typ", README, content.at)


def _write_titles(content: Content, desk: Desk) -> None:
    (desk.bundle / FOLDER / TITLES).write_bytes(titles_bytes(desk.titles, content.heading))


def titles_bytes(titles: Sequence[tuple[str, str]], heading: Heading) -> bytes:
    """``TITRES.txt``: what to paste in Télérecours citoyens, file by file, in the order of filing."""
    head = [heading.band] if heading.band else []
    head += [heading.state, "Intitulés à copier dans Télérecours citoyens, dans l’ordre du dépôt.", ""]
    body = [line for file, title in titles for line in (file, title, "")]
    return "\r\n".join([*head, *body]).encode("utf-8-sig")  # Windows' own editor reads it so
