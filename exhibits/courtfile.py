"""Draws the documents of ``data/1_A_DEPOSER`` in order, giving each its number and learning its pages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from exhibits import model, names, notes, tables
from exhibits.capture_pdfs import Captures, draw_capture_pdfs
from exhibits.facts import AttemptFacts
from exhibits.typeset import Drawn, Typesetter, prepare_workspace, typeset
from exhibits.voice import Voice
from store.values import NumberRow
from temoin.canonical import Json
from temoin.messages import _

FOLDER = "data/1_A_DEPOSER"
README = "data/LISEZ-MOI.pdf"
INVENTORY = "00_Inventaire_detaille"
TITLES = "TITRES.txt"

Progress = Callable[[str, int, int], None]  # (what is being done, done, of how many)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What the court file is made from: all attempts of the case's procedures, and those that count, numbered."""

    attempts: tuple[AttemptFacts, ...]
    numbered: tuple[model.Numbered, ...]
    grouping: model.Grouping
    heading: tables.Heading
    planned: frozenset[int]
    earlier: frozenset[int] = frozenset()

    @property
    def width(self) -> int:
        """Digits of the numbers in file names; the register and the method note come after the attempts."""
        return model.digits(self.numbered[-1].number + 2)

    @property
    def at(self) -> datetime:
        """The instant that the documents bear: that of the last attempt, not the clock's."""
        return model.latest(self.attempts)


@dataclass(slots=True, kw_only=True)
class Desk:
    """Where documents are drawn: ``root`` holds ``bundle/`` and ``work/``."""

    root: Path
    progress: Progress
    rows: list[NumberRow] = field(default_factory=list)
    lines: list[tables.InventoryLine] = field(default_factory=list)
    titles: list[tuple[str, str]] = field(default_factory=list)  # (file, title)

    @property
    def bundle(self) -> Path:
        """The bundle that is being made."""
        return self.root / "bundle"

    def draw(self, data: Json, template: str, path: str, at: datetime) -> Drawn:
        """Draw one PDF of the bundle; ``path`` is in the bundle."""
        output = self.bundle / path
        output.parent.mkdir(parents=True, exist_ok=True)
        return typeset(data, template=template, root=self.root, workspace=self.root / "work", output=output, at=at)


def draw_court_file(content: Content, desk: Desk) -> None:
    """Draw every document; the desk then holds the numbers, the inventory's lines and the titles.

    Raises:
        StoreError: the disk refuses.
        TemoinError: a document could not be drawn.
        OSError: the disk refuses.
    """
    prepare_workspace(desk.root / "work")
    _draw_captures(content, desk)
    desk.progress(_("Drawing the register and the notes"), 0, 4)
    _draw_register(content, desk)
    _draw_method(content, desk)
    _draw_inventory(content, desk)
    _draw_readme(content, desk)
    _write_titles(content, desk)


def _draw_captures(content: Content, desk: Desk) -> None:
    def told(file: model.CaptureFile, place: int, of: int) -> None:
        desk.progress(_("Drawing {file}").format(file=file.file), place, of + 4)

    files = model.capture_files(content.numbered, content.grouping, content.width)
    captures = Captures(root=desk.root, folder=FOLDER, draft=content.heading.draft, voice=Voice())
    with Typesetter(root=desk.root, workspace=desk.root / "work") as press:
        for pdf in draw_capture_pdfs(files, captures, press, told):
            desk.titles.append((pdf.file.file, pdf.file.title))
            for one in pdf.file.attempts:
                _take_numbers(desk, one, pdf.file.file, pdf.pages(one))


def _take_numbers(desk: Desk, one: model.Numbered, file: str, pages: dict[str, int]) -> None:
    facts, title = one.facts, model.exhibit_title(one.facts)
    desk.lines.append(
        tables.InventoryLine(number=one.number, title=title, file=file, page=min(pages.values()), facts=facts)
    )
    desk.rows += [
        NumberRow(
            number=one.number,
            kind="capture",
            attempt_sequence=facts.sequence,
            part=part,
            title=title,
            file=file,
            page=page,
        )
        for part, page in pages.items()
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An exhibit that is a document of its own; summary, letters and tables will come the same way."""

    kind: str
    name: str
    template: str
    data: Json


def _draw_register(content: Content, desk: Desk) -> None:
    number = content.numbered[-1].number + 1
    numbers = {one.facts.sequence: one.number for one in content.numbered}
    register = tables.Register(attempts=content.attempts, numbers=numbers, earlier=content.earlier)
    data = tables.register_document(register, content.heading, _shown(number, content))
    _draw_exhibit(content, desk, number, Document(kind="register", name="Registre", template="table.typ", data=data))


def _draw_method(content: Content, desk: Desk) -> None:
    number = content.numbered[-1].number + 2
    shown, planned = _shown(number, content), len(content.planned)
    data = notes.method_document(content.attempts, content.heading, shown, planned=planned)
    _draw_exhibit(
        content, desk, number, Document(kind="method", name="Note_de_methode", template="note.typ", data=data)
    )


def _shown(number: int, content: Content) -> str:
    return names.number_range(number, number, content.width)


def _draw_exhibit(content: Content, desk: Desk, number: int, document: Document) -> None:
    file = names.file_name(_shown(number, content), document.name)
    desk.draw(document.data, document.template, f"{FOLDER}/{file}", content.at)
    title = document.data["title"].partition(" ")[2]
    desk.titles.append((file, document.data["title"]))
    desk.lines.append(tables.InventoryLine(number=number, title=title, file=file, page=1))
    desk.rows.append(
        NumberRow(number=number, kind=document.kind, attempt_sequence=None, title=title, file=file, page=1)
    )


def _draw_inventory(content: Content, desk: Desk) -> None:
    data = tables.inventory_document(desk.lines, content.heading)
    desk.draw(data, "table.typ", f"{FOLDER}/{INVENTORY}.pdf", content.at)
    (desk.bundle / FOLDER / f"{INVENTORY}.csv").write_bytes(tables.inventory_csv(desk.lines))
    desk.titles.insert(0, (f"{INVENTORY}.pdf", data["title"]))


def _draw_readme(content: Content, desk: Desk) -> None:
    data = notes.readme_document(content.heading, [file for file, _title in desk.titles])
    desk.draw(data, "note.typ", README, content.at)


def _write_titles(content: Content, desk: Desk) -> None:
    (desk.bundle / FOLDER / TITLES).write_bytes(titles_bytes(desk.titles, content.heading))


def titles_bytes(titles: Sequence[tuple[str, str]], heading: tables.Heading) -> bytes:
    """``TITRES.txt``: what to paste in Télérecours citoyens, file by file, in the order of filing."""
    head = [heading.band] if heading.band else []
    head += [heading.state, "Intitulés à copier dans Télérecours citoyens, dans l’ordre du dépôt.", ""]
    body = [line for file, title in titles for line in (file, title, "")]
    return "\r\n".join([*head, *body]).encode("utf-8-sig")  # Windows' own editor reads it so
