"""The detailed inventory (R.412-2 CJA): every exhibit, one line each; as a spreadsheet, a PDF and a Word file (pure).

One value, ``Line``, is what all three say, and what ``verify`` compares them with. In a supplement the lines of what
was filed before stand first, as they were filed.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from exhibits.captures import PROVISIONAL
from exhibits.facts import AttemptFacts
from exhibits.heading import Heading
from exhibits.model import clean, exhibit_title, many, shown_parts
from exhibits.story import FiledItem
from temoin.canonical import Json
from temoin.french import french_offset, outcome_words, typeset

CSV_COLUMNS = (
    "numero",
    "intitule",
    "date",
    "heure",
    "fuseau",
    "prefecture",
    "demarche",
    "resultat",
    "adresse",
    "fichier",
    "page",
    "sequence",
    "empreinte",
    "depot",
)
# A spreadsheet would run a cell that begins so as a formula (OWASP, CSV injection).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One exhibit; ``cells`` are those of ``CSV_COLUMNS``, none of which a spreadsheet would run."""

    cells: tuple[str, ...]

    def __getitem__(self, column: str) -> str:
        """The cell of ``column``."""
        return self.cells[CSV_COLUMNS.index(column)]

    @property
    def number(self) -> int:
        """The exhibit's integer."""
        return int(self["numero"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where an exhibit stands: its number, the file and first page that hold it, the filing that carries it."""

    number: int
    file: str
    page: int
    filing: str


def capture_line(placed: Placed, facts: AttemptFacts) -> Line:
    """The line of an attempt."""
    local = facts.local
    return _line(
        placed,
        intitule=exhibit_title(facts),
        date=local.date().isoformat(),
        heure=local.strftime("%H:%M:%S"),
        fuseau=f"{facts.zone} ({french_offset(facts.at, facts.zone)})",
        prefecture=clean(facts.prefecture),
        demarche=clean(facts.label),
        resultat=outcome_words(facts.outcome, declared=facts.declared),
        adresse=clean(facts.url),
        sequence=str(facts.sequence),
        empreinte=" ".join(part.picture.digest for part in shown_parts(facts) if part.picture),
    )


def item_line(placed: Placed, item: FiledItem, title: str) -> Line:
    """The line of a journal entry or of a piece of the person's own; date and hour are the declared ones."""
    local, content = item.content.local, item.content
    dated: dict[str, str] = {}
    if local is not None and content.at is not None:
        dated = {"date": local.date().isoformat()}
        if content.has_time:
            dated |= {
                "heure": local.strftime("%H:%M"),
                "fuseau": f"{content.timezone} ({french_offset(content.at, content.timezone)})",
            }
    return _line(placed, intitule=clean(title), sequence=str(item.sequence), empreinte=item.digest, **dated)


def document_line(placed: Placed, title: str) -> Line:
    """The line of a document that is neither: summary, tables, register, notes."""
    return _line(placed, intitule=clean(title))


def _line(placed: Placed, **known: str) -> Line:
    whole = {
        **dict.fromkeys(CSV_COLUMNS, ""),
        **known,
        "numero": str(placed.number),
        "fichier": placed.file,
        "page": str(placed.page),
        "depot": placed.filing,
    }
    return Line(cells=tuple(_harmless(whole[column]) for column in CSV_COLUMNS))


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def inventory_csv(lines: Iterable[Line]) -> bytes:
    """The inventory for a spreadsheet: UTF-8 with its mark, « ; » between columns, as French Excel reads it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    for line in lines:
        writer.writerow(line.cells)
    return text.getvalue().encode("utf-8-sig")


def read_inventory(data: bytes) -> tuple[Line, ...] | None:
    """The lines of an inventory; None when that is none."""
    try:
        reader = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";", strict=True)
        rows = [tuple(row) for row in reader]
    except (UnicodeDecodeError, csv.Error):
        return None
    if len(rows) < 2 or rows[0] != CSV_COLUMNS or any(len(row) != len(CSV_COLUMNS) for row in rows):  # noqa: PLR2004 - head and a line
        return None
    return tuple(Line(cells=row) for row in rows[1:])


# What people read: the wording holds date, hour, préfecture, démarche and result (R.412-2, « suffisamment explicite »).
SHOWN = (("N°", "numero", 12), ("Intitulé", "intitule", 0), ("Adresse", "adresse", 58), ("Fichier", "fichier", 64))
PAGE = ("Page", "page", 12)
FILING = ("Dépôt", "depot", 18)


def shown_columns(heading: Heading) -> tuple[tuple[str, str, int], ...]:
    """Name, cell and width (mm; 0 takes what is left) of each column that people read."""
    return (*SHOWN, PAGE, FILING) if heading.supplement else (*SHOWN, PAGE)


def shown_cells(line: Line, heading: Heading) -> list[str]:
    """One line as people read it."""
    return [line[column] for _name, column, _width in shown_columns(heading)]


def inventory_document(lines: Sequence[Line], heading: Heading) -> Json:
    """The inventory as a PDF: every exhibit, in order."""
    return {
        "title": f"00 Inventaire détaillé des pièces, dossier {heading.case}",
        "heading": "Inventaire détaillé des pièces" + (" complété" if heading.supplement else ""),
        "provisional": PROVISIONAL.replace("numéro", "numéros").replace("provisoire", "provisoires")
        if heading.draft
        else "",
        "band": heading.band,
        "intro": list(inventory_intro(lines, heading)),
        "sections": [
            {
                "heading": "",
                "notes": [],
                "columns": [{"name": name, "width": width} for name, _cell, width in shown_columns(heading)],
                "rows": [shown_cells(line, heading) for line in lines],
            }
        ],
    }


def inventory_intro(lines: Sequence[Line], heading: Heading) -> tuple[str, ...]:
    """What stands above the table."""
    first, last = lines[0].number, lines[-1].number
    words = [
        (
            f"{heading.state} {many(len(lines), 'pièce')}, numérotées de {first} à {last} "
            "sans interruption (article R. 412-2 du code de justice administrative). Les captures d'une "
            "même démarche sont réunies dans un fichier par période, dans l'ordre de cet inventaire "
            "(article R. 414-5, série homogène)."
        )
    ]
    if heading.supplement:
        words.append(
            "Cet inventaire complète et remplace le précédent : les pièces déjà déposées y gardent leur numéro, et "
            "ne sont pas jointes de nouveau. La dernière colonne dit avec quel dépôt chaque pièce a été produite."
        )
    return tuple(typeset(text) for text in words)
