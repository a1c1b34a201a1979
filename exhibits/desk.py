"""The desk on which a bundle is made: where it lies, and what its inventory will say of what was drawn."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from exhibits import inventory, names
from exhibits.content import Content
from exhibits.inventory import Line, Placed
from exhibits.order import ExhibitKind
from exhibits.typeset import Drawn, Job, Typesetter
from store.values import NumberRow
from temoin.canonical import Json

FOLDER = "data/1_A_DEPOSER"
MODELS = "data/2_MODELES"
README = "data/LISEZ-MOI.pdf"
INVENTORY = "00_Inventaire_detaille"
TITLES = "TITRES.txt"

Progress = Callable[[str, int, int], None]  # (what is being done, done, of how many)


@dataclass(slots=True, kw_only=True)
class Desk:
    """Where documents are drawn: ``root`` holds ``bundle/`` and ``work/``."""

    root: Path
    press: Typesetter
    progress: Progress
    rows: list[NumberRow] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    titles: list[tuple[str, str]] = field(default_factory=list)  # (file, title)

    @property
    def bundle(self) -> Path:
        """The bundle that is being made."""
        return self.root / "bundle"

    @property
    def work(self) -> Path:
        """Where templates and pictures made for the documents are."""
        return self.root / "work"

    def draw(self, data: Json, template: str, path: str, at: datetime) -> Drawn:
        """Draw one PDF of the bundle; ``path`` is in the bundle."""
        output = self.bundle / path
        output.parent.mkdir(parents=True, exist_ok=True)
        return self.press.draw(Job(data=data, template=template, output=output, at=at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An exhibit that is a document of its own: its number, what it is, its file's name, what is drawn."""

    number: int
    kind: ExhibitKind
    name: str
    template: str
    data: Json


def draw_document(content: Content, desk: Desk, document: Document) -> None:
    """Draw an exhibit that is a document of its own, and enter it.

    Raises:
        StoreError: the disk refuses.
        TemoinError: it could not be drawn.
    """
    file = names.file_name(content.order.shown(document.number), document.name)
    desk.draw(document.data, document.template, f"{FOLDER}/{file}", content.at)
    enter_document(content, desk, document, file)


def enter_document(content: Content, desk: Desk, document: Document, file: str) -> None:
    """Give a drawn document its line of the inventory, its row of the filing, its title."""
    title = document.data["title"].partition(" ")[2]
    desk.titles.append((file, document.data["title"]))
    desk.lines.append(inventory.document_line(placed(content, document.number, file), title))
    desk.rows.append(
        NumberRow(
            number=document.number, kind=document.kind.value, attempt_sequence=None, title=title, file=file, page=1
        )
    )


def placed(content: Content, number: int, file: str, page: int = 1) -> Placed:
    """Where an exhibit of this filing stands."""
    return Placed(number=number, file=file, page=page, filing=content.heading.label)
