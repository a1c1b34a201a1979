"""The tables of what failed: dysfunctions of the site before its calendar, refusals of our tool, never mixed (pure).

The first is pleaded (CE 453391), and shows the pages that were met. The second never is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from exhibits.captures import PROVISIONAL, PictureFile, address_words, mark
from exhibits.facts import AttemptFacts
from exhibits.heading import NUMBER, Heading
from exhibits.letters.periods import well_spread
from exhibits.model import clean, many, shown_parts
from exhibits.tables import Register, register_row
from temoin.canonical import Json
from temoin.french import french_datetime, outcome_words, typeset

MOST_SHOWN = 40  # pictures: twenty pages; all of them are with the proofs

REGISTER_COLUMNS = (
    ("Entrée", 15),
    ("Date et heure", 52),
    ("Préfecture et démarche", 62),
    ("Ce qui a été constaté", 0),
    ("Manière", 40),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """What a table of failures is called, and what is said above it."""

    title: str
    notes: tuple[str, ...]


def failures_document(
    attempts: Sequence[AttemptFacts],
    heading: Heading,
    number: str,
    table: Failures,
    picture_file: PictureFile | None = None,
) -> Json:
    """A table of attempts that failed in one way; the register says the same of each. Then pictures, two a page."""
    shown = well_spread([one for one in attempts if shown_parts(one)], MOST_SHOWN) if picture_file else ()
    days = len({facts.local.date() for facts in attempts})
    weeks = len({facts.local.isocalendar()[:2] for facts in attempts})
    counted = f"{many(len(attempts), 'tentative')}, sur {many(days, 'jour')} et {many(weeks, 'semaine')} du calendrier."
    register = Register(attempts=attempts, numbers={})
    return {
        "title": f"{number} {table.title}, dossier {heading.case}",
        "heading": f"Pièce {NUMBER}{int(number)} – {table.title}",
        "provisional": PROVISIONAL if heading.draft else "",
        "band": heading.band,
        "intro": [
            typeset(f"{heading.state} {counted}"),
            *(typeset(note) for note in table.notes),
            *([_how_many(len(shown), attempts)] if shown else []),
        ],
        "sections": [
            {
                "heading": "",
                "notes": [],
                "columns": [{"name": name, "width": width} for name, width in REGISTER_COLUMNS],
                "rows": [register_row(facts, register)[:-1] for facts in attempts],
            }
        ],
        "pictures": [_picture(facts, picture_file) for facts in shown if picture_file],
    }


def _how_many(shown: int, attempts: Sequence[AttemptFacts]) -> str:
    pictured = sum(1 for one in attempts if shown_parts(one))
    if shown == pictured:
        return typeset("L'image de chaque page qui a pu être photographiée suit le tableau.")
    return typeset(
        f"{shown} images sur {pictured}, réparties sur toute la période, suivent le tableau ; toutes sont conservées "
        "avec les preuves."
    )


def _picture(facts: AttemptFacts, picture_file: PictureFile) -> Json:
    part = shown_parts(facts)[0]
    picture = part.picture
    if picture is None:
        raise ValueError("a part without a picture has no image to show")
    path, (width, height) = picture_file(facts, part, picture)
    when = french_datetime(facts.at, facts.zone, seconds=True)
    return {
        "heading": f"{when} – {outcome_words(facts.outcome, declared=facts.declared)}",
        "where": f"{clean(facts.prefecture)}, {clean(facts.label)}",
        "under": f"{address_words(facts)} – entrée {NUMBER}{facts.sequence}, empreinte {mark(picture.digest)}",
        "picture": {"path": path, "width": width, "height": height, "alt": f"Page affichée, {when}"},
    }


DYSFUNCTION_TABLE = Failures(
    title="Dysfonctionnements avant le calendrier",
    notes=(
        (
            "Le site a répondu, mais n'a pas permis d'aller jusqu'au calendrier des rendez-vous : service "
            "surchargé, maintenance, lien fermé. Le Conseil d'État admet qu'un tel dysfonctionnement, constaté "
            "lors de plusieurs tentatives qui n'ont pas été faites la même semaine, soit invoqué comme l'absence "
            "de rendez-vous (9 juin 2022, n° 453391)."
        ),
        (
            "N'y figurent ni les refus opposés au programme, ni les visites où rien n'a répondu, qui peuvent venir du "
            "réseau de l'ordinateur."
        ),
    ),
)
REFUSAL_TABLE = Failures(
    title="Refus opposés à l’outil",
    notes=(
        (
            "Le site a refusé le programme, ou le programme s'est abstenu par égard pour le site (règles de "
            "politesse, fichier robots.txt, conditions d'utilisation). Ce ne sont pas des pannes : ces refus ne sont "
            "pas invoqués, et ne sont donnés que pour que rien ne manque."
        ),
    ),
)
