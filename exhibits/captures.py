"""The words of a captures PDF: what a judge reads above and under each picture (pure)."""

from collections.abc import Callable

from capture.frame import SIMULATION
from exhibits.clock import clock_doubts
from exhibits.facts import AttemptFacts, PartFacts, Picture
from exhibits.model import NUMBER, CaptureFile, Numbered, clean, page_label, shown_parts
from exhibits.voice import Voice, capital
from temoin.canonical import Digest, Json
from temoin.french import MODES, NO_BREAK, french_datetime, outcome_words, quoted, typeset
from temoin.records import Role

MARK = 8  # characters of the SHA-256 that a page bears; the whole is in the annex
PROVISIONAL = "numéro provisoire"

STRIPS = (
    "Image plus haute que la page : elle est montrée entière, en plusieurs parties qui se recouvrent un peu ; "
    "l'image d'origine, d'un seul tenant, est conservée avec les preuves."
)
STRONG = "Date et heure", "Phrase affichée"
BRIEF = *STRONG, "Horloge", "Adresse", "Empreinte"  # what stands under each of two pictures on a page
BETWEEN = " : "  # the date and the sentence are one line under each of two, since each line makes the pictures smaller

Size = tuple[int, int]  # pixels
PictureFile = Callable[[AttemptFacts, PartFacts, Picture], tuple[str, Size]]


def mark(digest: Digest) -> str:
    """The first characters of the SHA-256 of the untouched picture."""
    return digest[:MARK]


def captures_document(
    file: CaptureFile, *, draft: bool, picture_file: PictureFile, voice: Voice, paper: bool = False
) -> Json:
    """Everything the captures PDF says, for ``templates/captures.typ`` to draw.

    ``picture_file`` gives a picture's path, relative to the root of drawing, and its size. ``voice`` has the day of
    the request to an association; who ran the station is what each record says. With ``paper``, two to a page.
    """
    pages = [
        _page(one, place, part, picture_file, draft=draft, voice=voice.of(one.facts.record))
        for one in file.attempts
        for place, part in enumerate(shown_parts(one.facts))
    ]
    simulated = any(one.facts.simulated for one in file.attempts)
    return {
        "title": file.title,
        "band": SIMULATION if simulated else "",
        "paper": paper,
        "continued": ["image, partie ", " sur "],
        "scaled": typeset("Image réduite pour tenir sur la page ; elle est entière."),
        "strips": typeset(STRIPS),
        "strong": list(STRONG),
        "brief": list(BRIEF),
        "between": typeset(BETWEEN),
        "pages": pages,
    }


def _page(one: Numbered, place: int, part: PartFacts, picture_file: PictureFile, *, draft: bool, voice: Voice) -> Json:
    facts, picture, label = one.facts, part.picture, page_label(one, place)
    if picture is None:
        raise ValueError("a part without a picture has no page")
    path, (width, height) = picture_file(facts, part, picture)
    return {
        "key": f"{facts.sequence}/{part.part}",
        "number": f"Pièce {NUMBER}{label}",
        "provisional": PROVISIONAL if draft else "",
        "prefecture": clean(facts.prefecture),
        "label": clean(facts.label),
        "choice": _choice(facts, part),
        "picture": {"path": path, "width": width, "height": height, "alt": _alt(facts, label)},
        "note": _note(picture),
        "rows": [[name, value] for name, value in _rows(facts, part, picture, voice) if value],
    }


def _alt(facts: AttemptFacts, label: str) -> str:
    """What a screen reader says in the picture's place; what the picture shows is said by the rows under it."""
    return f"Capture d’écran, pièce {NUMBER}{label}, {french_datetime(facts.at, facts.zone)}"


def _choice(facts: AttemptFacts, part: PartFacts) -> str:
    label = clean(part.label)
    return f"Choix{NO_BREAK}: {label}" if label and len(facts.parts) > 1 else ""


def _note(picture: Picture) -> str:
    if picture.role is Role.WINDOW:
        return ""
    return typeset("Image de la page seule, sans la fenêtre du navigateur, qui n'a pas pu être photographiée.")


def _rows(facts: AttemptFacts, part: PartFacts, picture: Picture, voice: Voice) -> list[tuple[str, str]]:
    sentence, doubts = clean(part.sentence), clock_doubts(facts.record)
    return [
        ("Date et heure", french_datetime(facts.at, facts.zone, seconds=True)),
        *([("Horloge", typeset(doubts))] if doubts else []),
        ("Phrase affichée", quoted(sentence) if sentence else _no_sentence(facts)),
        ("Résultat déclaré" if facts.declared else "Résultat", outcome_words(part.outcome, declared=facts.declared)),
        ("Adresse", address_words(facts)),
        ("Manière", voice.manner(facts.mode, declared=facts.declared)),
        ("Tentative", f"{facts.attempt}, entrée {NUMBER}{facts.sequence} du registre"),
        ("Empreinte", f"{mark(picture.digest)} (début du SHA-256 de l’image d’origine)"),
    ]


def _no_sentence(facts: AttemptFacts) -> str:
    if facts.declared:
        return typeset("non relevée par le programme ; elle se lit dans l'image")
    return "aucune phrase reconnue sur la page"


def address_words(facts: AttemptFacts) -> str:
    """The address, and whose word it is: of a photograph the program read none, and draws none."""
    if not facts.declared:
        return clean(facts.url)
    if facts.record["url"]["final"] is None:
        return typeset(f"{clean(facts.url)} (adresse suivie ; celle de la page photographiée n'a pas été déclarée)")
    return f"{clean(facts.url)} (déclarée par la personne)"


def how(facts: AttemptFacts) -> str:
    """Who took the steps, and whether the outcome is what the person declared: for tables, which say once for whom."""
    text = capital(MODES[facts.mode])
    return typeset(f"{text} ; résultat déclaré par la personne" if facts.declared else text)
