"""The words of the inventory and of the register: tables that leave nothing out (pure)."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from capture.frame import SIMULATION
from exhibits.captures import PROVISIONAL, how
from exhibits.facts import AttemptFacts
from exhibits.model import NUMBER, clean, many
from temoin.canonical import Json
from temoin.french import NO_BREAK, OUTCOMES, french_date, french_offset, french_time, quoted, typeset
from temoin.records import DYSFUNCTIONS, PROOFS, TOOL_REFUSALS, Outcome

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
)
# A spreadsheet would run a cell that begins so as a formula (OWASP, CSV injection).
EARLIER = "hors de la période où le dossier suit cette démarche"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryLine:
    """One exhibit of the inventory; ``facts`` is None for a document that is not an attempt."""

    number: int
    title: str
    file: str
    page: int
    facts: AttemptFacts | None = None


def inventory_csv(lines: Iterable[InventoryLine]) -> bytes:
    """The inventory for a spreadsheet: UTF-8 with its mark, « ; » between columns, as French Excel reads it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    for line in lines:
        writer.writerow(csv_cells(line))
    return text.getvalue().encode("utf-8-sig")


def csv_cells(line: InventoryLine) -> tuple[str, ...]:
    """The cells of one exhibit, in the order of ``CSV_COLUMNS``, none of which a spreadsheet would run."""
    return tuple(_harmless(cell) for cell in _cells(line))


def _cells(line: InventoryLine) -> tuple[str, ...]:
    facts = line.facts
    if facts is None:
        middle = ("", "", "", "", "", "", "")
        last = ("", "")
    else:
        local = facts.local
        middle = (
            local.date().isoformat(),
            local.strftime("%H:%M:%S"),
            f"{facts.zone} ({french_offset(facts.at, facts.zone)})",
            clean(facts.prefecture),
            clean(facts.label),
            OUTCOMES[facts.outcome],
            clean(facts.url),
        )
        pictures = (part.picture for part in facts.parts)
        last = (str(facts.sequence), " ".join(picture.digest for picture in pictures if picture))
    return (str(line.number), clean(line.title), *middle, line.file, str(line.page), *last)


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What every document of a bundle says of itself."""

    case: str
    draft: bool
    simulated: bool
    filing: int | None = None

    @property
    def band(self) -> str:
        """The band on every page of a simulation."""
        return SIMULATION if self.simulated else ""

    @property
    def state(self) -> str:
        """« Dossier K7, dépôt n° 2 », or that it is a draft."""
        what = "brouillon, numéros provisoires" if self.draft else f"dépôt {NUMBER}{self.filing}"
        return f"Dossier {self.case}, {what}."


def inventory_document(lines: Sequence[InventoryLine], heading: Heading) -> Json:
    """The detailed inventory (R.412-2 CJA): every exhibit, in order, with an explicit wording."""
    return {
        "title": f"00 Inventaire détaillé des pièces, dossier {heading.case}",
        "heading": "Inventaire détaillé des pièces",
        "provisional": PROVISIONAL.replace("numéro", "numéros").replace("provisoire", "provisoires")
        if heading.draft
        else "",
        "band": heading.band,
        "intro": [
            typeset(
                f"{heading.state} {many(len(lines), 'pièce')}, numérotées de {lines[0].number} à {lines[-1].number} "
                "sans interruption (article R. 412-2 du code de justice administrative). Les captures d'une "
                "même démarche sont réunies dans un fichier par période, dans l'ordre de cet inventaire "
                "(article R. 414-5, série homogène)."
            )
        ],
        "sections": [
            {
                "heading": "",
                "notes": [],
                "columns": [
                    {"name": "N°", "width": 12},
                    {"name": "Intitulé", "width": 0},
                    {"name": "Adresse", "width": 62},
                    {"name": "Fichier", "width": 68},
                    {"name": "Page", "width": 12},
                ],
                "rows": [
                    [
                        str(line.number),
                        clean(line.title),
                        clean(line.facts.url) if line.facts else "",
                        line.file,
                        str(line.page),
                    ]
                    for line in lines
                ],
            }
        ],
    }


# The groups are told apart and never added up (DESIGN §5).
GROUPS: tuple[tuple[str, frozenset[Outcome], str], ...] = (
    (
        "Aucun rendez-vous proposé",
        PROOFS,
        "Le site a répondu, et la page affichait qu'il n'y avait pas de rendez-vous ou pas de calendrier ouvert.",
    ),
    (
        "Créneaux vus",
        frozenset({Outcome.SLOT_SEEN}),
        "La page montrait au moins un créneau, ou l'annonçait. Le programme ne réserve jamais.",
    ),
    (
        "Dysfonctionnements avant le calendrier",
        DYSFUNCTIONS,
        "Le site a répondu, mais n'a pas permis d'aller jusqu'au calendrier.",
    ),
    (
        "Refus opposés à l'outil",
        TOOL_REFUSALS,
        (
            "Le site a refusé le programme, ou le programme s'est abstenu par égard pour le site. Ce ne sont pas des "
            "pannes, et elles ne sont pas présentées comme telles."
        ),
    ),
    (
        "Autres tentatives, dont il n'est rien conclu",
        frozenset({Outcome.CAPTCHA_REQUIRED, Outcome.SESSION_EXPIRED, Outcome.UNRECOGNISED, Outcome.MISSED}),
        (
            "Tentatives arrêtées devant un test anti-robot, interrompues, manquées, dont la page n'a pas été "
            "reconnue, ou faites sans que le site réponde, ce "
            "qui peut venir du réseau de l'ordinateur. Elles ne sont invoquées ni dans un sens ni dans l'autre."
        ),
    ),
)


def group_of(facts: AttemptFacts) -> str:
    """The name of the group that ``facts`` belong to."""
    if facts.outcome in DYSFUNCTIONS and not facts.is_dysfunction:
        return GROUPS[-1][0]
    return next((name for name, outcomes, _note in GROUPS if facts.outcome in outcomes), GROUPS[-1][0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """Every attempt of the case's procedures; ``numbers`` by sequence; ``earlier`` were made before the case."""

    attempts: Sequence[AttemptFacts]
    numbers: Mapping[int, int]
    earlier: frozenset[int] = frozenset()


def register_document(register: Register, heading: Heading, number: str) -> Json:
    """The register of every attempt, slots seen, refused and missed ones included."""
    attempts = sorted(register.attempts, key=lambda facts: facts.sequence)
    groups = [(name, note, [a for a in attempts if group_of(a) == name]) for name, _outcomes, note in GROUPS]
    counts = " ; ".join(f"{name[0].lower()}{name[1:]} : {len(found)}" for name, _note, found in groups)
    return {
        "title": f"{number} Registre de toutes les tentatives, dossier {heading.case}",
        "heading": f"Pièce {NUMBER}{int(number)} – Registre de toutes les tentatives",
        "provisional": PROVISIONAL if heading.draft else "",
        "band": heading.band,
        "intro": [
            typeset(
                f"{heading.state} Ce registre donne toutes les tentatives faites pour les démarches du dossier, "
                "quel qu'en ait été le résultat, y compris celles qui n'ont rien montré. "
                f"{many(len(attempts), 'tentative')} : {counts}."
            )
        ],
        "sections": [_group(name, note, found, register) for name, note, found in groups],
    }


def _group(name: str, note: str, found: Sequence[AttemptFacts], register: Register) -> Json:
    title = typeset(f"{name} ({len(found)})")
    if not found:
        return {"heading": title, "notes": [typeset("Aucune.")], "columns": [], "rows": []}
    return {
        "heading": title,
        "notes": [typeset(note)],
        "columns": [
            {"name": "Entrée", "width": 15},
            {"name": "Date et heure", "width": 52},
            {"name": "Préfecture et démarche", "width": 62},
            {"name": "Ce qui a été constaté", "width": 0},
            {"name": "Manière", "width": 40},
            {"name": "Pièce", "width": 14},
        ],
        "rows": [_register_row(facts, register) for facts in found],
    }


def _register_row(facts: AttemptFacts, register: Register) -> list[str]:
    day = french_date(facts.local.date())
    hour = f"{french_time(facts.at, facts.zone)} ({french_offset(facts.at, facts.zone)})"
    found = OUTCOMES[facts.outcome]
    sentence = clean(facts.sentence)
    if sentence:
        found = f"{found}{NO_BREAK}: {quoted(sentence)}"
    elif facts.reason:
        found = f"{found} ({clean(facts.reason)})"
    if facts.sequence in register.earlier:
        found = f"{found} – {EARLIER}"
    number = register.numbers.get(facts.sequence)
    return [
        str(facts.sequence),
        f"{day}, {hour}",
        f"{clean(facts.prefecture)}, {clean(facts.label)}",
        found,
        how(facts),
        "–" if number is None else str(number),
    ]
