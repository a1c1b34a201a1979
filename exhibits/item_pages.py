"""The exhibit of what the person added: a first page that says what it is, then each page of its files (pure).

What the person declares and what the files say of themselves stand apart. A screenshot made by hand is marked as one:
it was not taken by the program, and nothing checks it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from exhibits import names
from exhibits.captures import PROVISIONAL, mark
from exhibits.email_text import EmailText, sent_at
from exhibits.file_kinds import PICTURES
from exhibits.heading import NUMBER, Heading
from exhibits.model import UNDRAWABLE, clean
from exhibits.story import FiledItem
from exhibits.tables import RESULTS
from temoin.canonical import Json
from temoin.clock import comes_twice
from temoin.french import NARROW, french_date, french_datetime, french_offset, french_time, typeset
from temoin.items import PIECE, ItemContent
from temoin.records import JournalKind, PieceUse

# What it is, as a title begins and as a file is named. Two tables: both kinds have an « other », which are equal.
JOURNAL_WORDS: Mapping[JournalKind, tuple[str, str]] = MappingProxyType(
    {
        JournalKind.EMAIL: ("Courriel", "Courriel"),
        JournalKind.LETTER: ("Lettre", "Lettre"),
        JournalKind.VISIT: ("Visite au guichet", "Visite_au_guichet"),
        JournalKind.MEDIATOR: ("Saisine du Défenseur des droits ou d'un médiateur", "Saisine_mediateur"),
        JournalKind.SLOT_RESPONSE: ("Suite donnée à un créneau vu", "Suite_donnee_a_un_creneau"),
        JournalKind.SCREENSHOT: ("Capture d'écran faite à la main", "Capture_faite_a_la_main"),
        JournalKind.DECISION: ("Décision reçue", "Decision"),
        JournalKind.OTHER: ("Autre démarche", "Autre_demarche"),
    }
)
PIECE_WORDS: Mapping[PieceUse, tuple[str, str]] = MappingProxyType(
    {
        PieceUse.IDENTITY: ("Justificatif d'identité", "Identite"),
        PieceUse.URGENCY: ("Pièce sur l'urgence", "Urgence"),
        PieceUse.SERIOUSNESS: ("Pièce sur le sérieux de la demande", "Serieux_de_la_demande"),
        PieceUse.OTHER: ("Autre pièce", "Autre_piece"),
    }
)
BY_HAND = (
    "Cette image a été faite à la main par la personne, hors du programme : celui-ci ne l'a pas prise et n'en garantit "
    "rien. L'original du fichier est conservé avec les preuves."
)
IN_ACCOUNT = (
    "Cette image est celle de la fenêtre du navigateur de la personne, dans son compte : le programme l'a prise "
    "à sa demande, sans la retoucher. Il n'a rien lu de la page : ce qui en est dit est ce que la personne déclare."
)
AS_STATED = "Ces indications sont celles que le message porte ; rien ne les vérifie ici."
SMALLER = "réduite, pour que le fichier puisse être déposé ; l'original est conservé, tel que remis, avec les preuves"
ONE_OF_SEVERAL = "première image seulement : le fichier en contient plusieurs, il est conservé avec les preuves"
NO_DATE = "(date ou fuseau horaire illisible)"


def words_of(content: ItemContent) -> tuple[str, str]:
    """How a title begins, and what a file is named."""
    if content.entry == PIECE:
        return PIECE_WORDS[PieceUse(content.kind)]
    return JOURNAL_WORDS[JournalKind(content.kind)]


def item_title(content: ItemContent) -> str:
    """The explicit wording of the inventory: « Courriel du 22 septembre 2026 à 14 h 30, relance »."""
    word = typeset(words_of(content)[0])
    title = f", {clean(content.title)}" if content.title.strip() else ""
    return f"{word}{_when(content)}{title}"


def neutral_title(content: ItemContent) -> str:
    """Kind and day, no word of the person's: for rows of the store that cannot be erased."""
    return f"{typeset(words_of(content)[0])}{_when(content)}"


def _when(content: ItemContent) -> str:
    local = content.local
    if local is None or content.at is None:
        return ""
    hour = f" à {french_time(content.at, content.timezone)}" if content.has_time else ""
    return f" du {french_date(local.date(), weekday=False)}{hour}"


def item_file(number: str, content: ItemContent) -> str:
    """``64_Courriel_2026-09-22.pdf``, ``70_Identite.pdf``: no word of the person's."""
    local = content.local
    tail = "" if local is None else local.date().isoformat()
    return names.file_name(number, words_of(content)[1], tail)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFile:
    """A picture of a page of a file, where typst finds it; ``text`` is what can be read on it."""

    path: str
    width: int
    height: int
    dpi: int
    text: str
    smaller: bool = False  # than it would be, were the whole not too heavy
    one_of_several: bool = False  # images of an animated file, which is refused by now


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawable:
    """An item and what its files became: for each, the pages and, for a message, its text."""

    item: FiledItem
    pages: tuple[tuple[PageFile, ...], ...]
    emails: tuple[EmailText | None, ...]


def item_document(drawable: Drawable, heading: Heading, *, number: int, shown: str) -> Json:
    """Everything the exhibit says, for ``templates/item.typ`` to draw."""
    item, content = drawable.item, drawable.item.content
    return {
        "title": f"{shown} {item_title(content)}",
        "band": heading.band,
        "number": f"Pièce {NUMBER}{number}",
        "provisional": PROVISIONAL if heading.draft else "",
        "kind": typeset(words_of(content)[0]),
        "subject": clean(content.title),
        "warning": _warning(content),
        "rows": [[name, value] for name, value in _rows(item) if value],
        "text": _paragraphs(content.text),
        "files": [[name, value] for name, value in _files(drawable)],
        "emails": [
            _email(one, place, content.timezone) for place, one in enumerate(drawable.emails, 1) if one is not None
        ],
        "pages": list(_pages(drawable, number)),
    }


def _has_boxes(item: FiledItem) -> bool:
    return UNDRAWABLE in clean(item.content.text + item.content.title)


def _warning(content: ItemContent) -> str:
    if content.kind is not JournalKind.SCREENSHOT:
        return ""
    return typeset(IN_ACCOUNT if content.photographed else BY_HAND)


def _rows(item: FiledItem) -> Iterator[tuple[str, str]]:
    content = item.content
    declared = "Date déclarée" if content.entry == PIECE else "Date et heure déclarées"
    yield declared, _declared(content)
    if content.attempt is not None:
        yield "Créneau", f"vu par la tentative inscrite au registre sous l’entrée {NUMBER}{content.attempt}"
        yield "Suite donnée", typeset(RESULTS[content.result])
    yield (
        "Inscrit au registre",
        f"{french_datetime(item.recorded_at, content.timezone)}, entrée {NUMBER}{item.sequence}",
    )
    yield "Empreinte", f"{mark(item.digest)} (début du SHA-256 de ce qui a été inscrit)"
    if _has_boxes(item):
        yield (
            "Signe □",
            typeset("un caractère que ce document ne peut pas montrer ; le texte d'origine est avec les preuves"),
        )


def _declared(content: ItemContent) -> str:
    local = content.local
    if local is None or content.at is None:
        return "aucune" if content.entry != PIECE else ""
    day = french_date(local.date())
    if not content.has_time:
        return f"{day}, sans heure, selon la personne"
    hour = f"{french_time(content.at, content.timezone)} ({french_offset(content.at, content.timezone)})"
    return f"{day} à {hour}, selon la personne{_twice(content)}"


def _twice(content: ItemContent) -> str:
    """What to add where the clocks were put back: the hour alone names two instants."""
    local = content.local
    if local is None or not comes_twice(local, content.timezone):
        return ""
    which = "seconde" if local.fold else "première"
    return typeset(f" ; cette heure a eu lieu deux fois ce jour-là, la {which} est retenue")


def _files(drawable: Drawable) -> Iterator[tuple[str, str]]:
    content = drawable.item.content
    for place, (one, pages) in enumerate(zip(content.attachments, drawable.pages, strict=True), 1):
        yield f"Pièce jointe {place}", f"{clean(one.name)} ({mark(one.sha256)}, début du SHA-256)"
        if one.media_type in PICTURES:
            yield "Date que porte l’image (EXIF)", _taken(one.taken_at, content)
        if any(page.smaller for page in pages):
            yield "Reproduction", typeset(SMALLER)
        if any(page.one_of_several for page in pages):
            yield "Reproduction", typeset(ONE_OF_SEVERAL)


def _taken(taken: str | None, content: ItemContent) -> str:
    """The date that a picture itself bears: apart from the declared one, since anybody can write either."""
    if taken is None:
        return "aucune date lisible"
    at, local = datetime.fromisoformat(taken), content.local
    shown = f"{french_date(at.date())} à {at:%H}{NARROW}h{NARROW}{at:%M}, à l’heure de l’appareil, que rien ne vérifie"
    # Of a photograph of a document, the declared date is the document's: only a screenshot has both in common.
    differs = content.kind is JournalKind.SCREENSHOT and local is not None and at.date() != local.date()
    return typeset(f"{shown} ; elle diffère de la date déclarée" if differs else shown)


def _email(one: EmailText, place: int, zone: str) -> Json:
    return {
        "heading": f"Le message (pièce jointe {place})",
        "note": typeset(AS_STATED),
        "rows": [[name, clean(value)] for name, value in _heads(one, zone) if value],
        "text": _paragraphs(one.body),
        "files": [
            clean(f"{name} ({kind}, {size} octets)" if size else f"{name} ({kind})")
            + (typeset(" : non reproduit ici") if place in one.not_shown else "")
            for place, (name, kind, size) in enumerate(one.attachments)
        ],
    }


def _heads(one: EmailText, zone: str) -> Iterator[tuple[str, str]]:
    yield from (("De", one.sender), ("À", one.to), ("Copie", one.cc))
    sent = sent_at(one.date)
    if sent is not None:
        yield "Date", french_datetime(sent, zone)
    yield "Date, telle qu’écrite", one.date if sent is not None or not one.date else f"{one.date} {NO_DATE}"
    yield from (("Objet", one.subject), ("Message-ID", one.message_id))


def _paragraphs(text: str) -> list[str]:
    """The text line by line, as it was written, in characters that a page can show."""
    lines = [clean(line) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _pages(drawable: Drawable, number: int) -> Iterator[Json]:
    for place, (facts, pages) in enumerate(zip(drawable.item.content.attachments, drawable.pages, strict=True), 1):
        for index, page in enumerate(pages, 1):
            head = f"Pièce {NUMBER}{number}, pièce jointe {place}, page {index} sur {len(pages)}"
            alt = clean(page.text) or f"{head}, {clean(facts.name)}"
            yield {
                "heading": head,
                "name": clean(facts.name),
                "dpi": page.dpi,
                "picture": {"path": page.path, "width": page.width, "height": page.height, "alt": alt},
            }
