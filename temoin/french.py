"""The French that court documents, framed pictures and exhibits share: words, dates, typography.

Pure, and in one place: a picture, a page and an inventory never call one thing by two names. Not
translated: a court document is in French (DESIGN §10). Spacing: U+202F before
``; ! ?`` and in hours, U+00A0 before ``:`` and inside guillemets; apostrophes are typographic.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from temoin.records import Mode, Outcome

NARROW = "\u202f"  # narrow no-break space
NO_BREAK = "\u00a0"

# What the visit found, as a judge reads it: facts only, no plea (DESIGN §3.10).
OUTCOMES: Mapping[Outcome, str] = MappingProxyType(
    {
        Outcome.NO_SLOT: "Aucun rendez-vous proposé par le site",
        Outcome.NO_CALENDAR: "Aucun calendrier ouvert à la réservation",
        Outcome.SLOT_SEEN: "Au moins un créneau affiché",
        Outcome.CAPTCHA_REQUIRED: "Arrêt devant un test anti-robot (captcha), calendrier non consulté",
        Outcome.SESSION_EXPIRED: "Session expirée, calendrier non consulté",
        Outcome.BLOCKED: "Accès refusé par le site à l’outil de constat",
        Outcome.OVERLOADED: "Service surchargé, calendrier inaccessible",
        Outcome.MAINTENANCE: "Site en maintenance, calendrier inaccessible",
        Outcome.CLOSED_LINK: "Lien de réservation fermé ou introuvable",
        Outcome.UNREACHABLE: "Site injoignable",
        Outcome.UNRECOGNISED: "Page non reconnue, aucune conclusion tirée",
        Outcome.REFUSED: "Tentative non effectuée, l’outil s’en étant abstenu",
        Outcome.MISSED: "Tentative prévue et non effectuée",
    }
)

# Of a photograph, whose outcome the person declares: the program read no page.
_DECLARED: Mapping[Outcome, str] = MappingProxyType(
    {**OUTCOMES, Outcome.UNRECOGNISED: "Autre réponse, dont il n’est rien conclu"}
)

MODES: Mapping[Mode, str] = MappingProxyType(
    {
        Mode.UNATTENDED: "par le programme seul",
        Mode.ASSISTED: "à la main, dans la fenêtre ouverte par le programme",
        Mode.PHOTO: "à la main, dans le navigateur de la personne",
    }
)

# Why it was found, after the outcome and in brackets: the record's stable words (docs/format.md §4.1).
_CAUSES: Mapping[str, str] = MappingProxyType(
    {
        "appointment_obtained": "plus personne ne cherche ce rendez-vous",
        "browser_stopped": "le navigateur s’est arrêté",
        "choice_missing": "un choix suivi n’est plus proposé",
        "choice_new": "un nouveau choix est proposé",
        "connection": "connexion refusée ou interrompue",
        "daily_cap": "nombre de visites du jour atteint",
        "dns": "nom du site introuvable",
        "download": "la page a envoyé un fichier à télécharger",
        "host_busy": "une autre visite du même site était en cours",
        "host_cap": "nombre de visites de ce site atteint",
        "host_spacing": "visite précédente du même site trop proche",
        "host_stopped": "site laissé en repos après un refus ou à sa demande",
        "interrupted": "visite interrompue sur l’ordinateur",
        "needs_person": "le site demande une personne",
        "no_network": "ordinateur sans réseau",
        "nobody_there": "personne n’a répondu devant la fenêtre",
        "page_changing": "la page changeait pendant qu’elle était photographiée",
        "page_hung": "la page ne répondait plus",
        "photo_mode": "démarche photographiée par la personne elle-même",
        "procedure_spacing": "visite précédente de la même démarche trop proche",
        "redirect_loop": "renvois sans fin d’une page à l’autre",
        "robots_rules": "le fichier robots.txt du site ne permet pas cette visite à un programme",
        "robots_server_error": "le fichier robots.txt du site n’a pas pu être lu",
        "robots_unreachable": "le fichier robots.txt du site n’a pas pu être lu",
        "sentence_covered": "la phrase était couverte sur l’image",
        "stopped_at_boundary": "la page demandait ce que le programme ne fait pas",
        "terms_changed": "les conditions du site ont changé",
        "terms_not_found": "texte des conditions introuvable",
        "terms_unread": "conditions du site pas encore lues par la personne",
        "timeout": "délai d’attente dépassé",
        "tls": "certificat du site refusé par le navigateur",
        "too_many_requests": "la page faisait des demandes sans fin",
        "window_closed": "la fenêtre a été fermée",
    }
)

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)

_ARTICLE = re.compile(r"\b([LR])\. (?=\d)")  # « R. 414-5 » stays on one line
_SPACES = (
    (" ;", f"{NARROW};"),
    (" !", f"{NARROW}!"),
    (" ?", f"{NARROW}?"),
    (" :", f"{NO_BREAK}:"),
    ("« ", f"«{NO_BREAK}"),
    (" »", f"{NO_BREAK}»"),
)


def outcome_words(outcome: Outcome, *, declared: bool) -> str:
    """What the visit found; ``declared`` when it is the person who says so."""
    return (_DECLARED if declared else OUTCOMES)[outcome]


def cause_words(reason: str) -> str:
    """Why a visit found what it found: the record's stable word in French; the word itself where it has no French."""
    if reason.startswith("http_"):
        return f"réponse HTTP{NO_BREAK}{reason.removeprefix('http_')}"
    if reason.startswith("step_"):
        return "une étape du site n’a pas pu être suivie"
    return _CAUSES.get(reason, reason)


def french_date(day: date, *, weekday: bool = True) -> str:
    """``day`` as « lundi 14 septembre 2026 », the first of a month as « 1er »."""
    number = "1er" if day.day == 1 else str(day.day)
    text = f"{number} {MONTHS[day.month - 1]} {day.year}"
    return f"{WEEKDAYS[day.weekday()]} {text}" if weekday else text


def french_time(at: datetime, zone: str, *, seconds: bool = False) -> str:
    """The hour of ``at`` in ``zone``, « 09 h 12 » or « 09 h 12 min 33 s ».

    Raises:
        ValueError: ``at`` is naive.
    """
    local = _in_zone(at, zone)
    text = f"{local:%H}{NARROW}h{NARROW}{local:%M}"
    return f"{text}{NARROW}min{NARROW}{local:%S}{NARROW}s" if seconds else text


def french_offset(at: datetime, zone: str) -> str:
    """The distance of ``zone`` from UTC at that instant, « UTC+02:00 ».

    Raises:
        ValueError: ``at`` is naive.
    """
    offset = _in_zone(at, zone).isoformat(timespec="seconds")[19:]
    return f"UTC{offset[:6]}"


def french_datetime(at: datetime, zone: str, *, seconds: bool = False) -> str:
    """``at`` as read on the spot: « lundi 14 septembre 2026 à 09 h 12 (UTC+02:00) ».

    Raises:
        ValueError: ``at`` is naive.
    """
    local = _in_zone(at, zone)
    hour = french_time(at, zone, seconds=seconds)
    return f"{french_date(local.date())} à {hour} ({french_offset(at, zone)})"


def _in_zone(at: datetime, zone: str) -> datetime:
    if at.tzinfo is None:
        raise ValueError("naive datetime")
    return at.astimezone(ZoneInfo(zone))


def quoted(text: str) -> str:
    """``text`` between guillemets, which a line break cannot part from it."""
    return f"«{NO_BREAK}{text}{NO_BREAK}»"


def typeset(text: str) -> str:
    """Our own French ``text`` with typographic apostrophes, no-break spaces and guillemets.

    Never for words that a site displayed: those are quoted as they stood.
    """
    text = _ARTICLE.sub(f"\\1.{NO_BREAK}", text.replace("'", "’")).replace("n° ", f"n°{NO_BREAK}")
    text = text.replace("article ", f"article{NO_BREAK}")
    for plain, set_right in _SPACES:
        text = text.replace(plain, set_right)
    return text
