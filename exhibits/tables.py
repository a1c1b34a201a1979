"""The words of the register and of the tables of failures: tables that leave nothing out (pure)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from exhibits.absences import missed_words
from exhibits.captures import PROVISIONAL, how
from exhibits.facts import AttemptFacts
from exhibits.heading import NUMBER, Heading
from exhibits.model import clean, many
from exhibits.stamps import Stamps, stamp_words
from exhibits.story import FiledItem
from temoin.canonical import Json
from temoin.french import (
    NARROW,
    NO_BREAK,
    cause_words,
    french_date,
    french_offset,
    french_time,
    outcome_words,
    quoted,
    typeset,
)
from temoin.records import (
    CONTROL_FAILED,
    DYSFUNCTIONS,
    PROOFS,
    STEPS_NOT_SERVED,
    TOOL_REFUSALS,
    Outcome,
    SlotResult,
)

EARLIER = "hors de la période où le dossier suit cette démarche"


DOUBTFUL = "Réponses conservées et non comptées"

# The groups are told apart and never added up (DESIGN §5).
GROUPS: tuple[tuple[str, frozenset[Outcome], str], ...] = (
    (
        "Aucun rendez-vous proposé",
        PROOFS,
        "Le site a répondu, et la page affichait qu'il n'y avait pas de rendez-vous ou pas de calendrier ouvert.",
    ),
    (
        DOUBTFUL,
        frozenset(),
        (
            "La page affichait qu'il n'y avait pas de rendez-vous, mais rien ne dit que le site ait répondu à ce "
            "visiteur comme aux autres. Ces tentatives sont conservées, et ne sont pas comptées."
        ),
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
    if facts.outcome in PROOFS and not facts.is_proof:
        return DOUBTFUL
    return next((name for name, outcomes, _note in GROUPS if facts.outcome in outcomes), GROUPS[-1][0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """Every attempt of the case's procedures; ``numbers`` by sequence; ``earlier`` were made before the case."""

    attempts: Sequence[AttemptFacts]
    numbers: Mapping[int, str]
    earlier: frozenset[int] = frozenset()
    answers: Mapping[int, FiledItem] = field(default_factory=dict)  # to slots, by the slot's entry
    stamps: Stamps = field(default_factory=Stamps)


def register_document(register: Register, heading: Heading, number: str) -> Json:
    """The register of every attempt, slots seen, refused and missed ones included."""
    attempts = sorted(register.attempts, key=lambda facts: facts.sequence)
    every = [(name, note, [a for a in attempts if group_of(a) == name]) for name, _outcomes, note in GROUPS]
    groups = [one for one in every if one[2] or one[0] != DOUBTFUL]
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
        return {"heading": title, "notes": [typeset("Néant.")], "columns": [], "rows": []}
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
        "rows": [register_row(facts, register) for facts in found],
    }


def register_row(facts: AttemptFacts, register: Register) -> list[str]:
    """One attempt: entry, when, where, what was found, how, and its exhibit."""
    day = french_date(facts.local.date())
    hour = f"{french_time(facts.at, facts.zone)} ({french_offset(facts.at, facts.zone)})"
    found = outcome_words(facts.outcome, declared=facts.declared)
    sentence = clean(facts.sentence)
    if sentence:
        found = f"{found}{NO_BREAK}: {quoted(sentence)}{doubt_words(facts)}"
    elif facts.outcome is Outcome.MISSED:
        found = f"{found}{NO_BREAK}: {words}" if (words := missed_words(facts)) else found
    elif words := doubt_words(facts):
        found = f"{found}{words}"
    elif facts.reason:
        found = f"{found} ({cause_words(clean(facts.reason))})"
    if facts.sequence in register.earlier:
        found = f"{found} – {EARLIER}"
    if facts.outcome is Outcome.SLOT_SEEN:
        found = f"{found}. {what_was_done(register.answers.get(facts.sequence))}"
    stamped = (
        f"{NARROW}; {stamp_words(register.stamps.covers(facts.sequence, facts.at))}" if register.stamps.names else ""
    )
    return [
        str(facts.sequence),
        f"{day}, {hour}{stamped}",
        f"{clean(facts.prefecture)}, {clean(facts.label)}",
        found,
        "–" if facts.outcome is Outcome.MISSED else how(facts),  # nobody took any step
        register.numbers.get(facts.sequence, "–"),
    ]


def doubt_words(facts: AttemptFacts) -> str:
    """Why an answer of no appointment is not counted; empty where it is, or is none."""
    words = _DOUBTS.get(facts.reason, "") if facts.outcome in PROOFS else ""
    return typeset(f", non compté : {words}") if words else ""


_DOUBTS: Mapping[str, str] = MappingProxyType(
    {
        CONTROL_FAILED: "au cours de la même visite, le site n'a pas servi normalement une autre de ses pages",
        STEPS_NOT_SERVED: "une page précédente de la même visite n'a pas été servie normalement",
    }
)

RESULTS: Mapping[SlotResult | None, str] = MappingProxyType(
    {
        SlotResult.BOOKED: "rendez-vous pris",
        SlotResult.GONE: "le créneau n'était plus libre quand la personne a essayé de le prendre",
        SlotResult.TOO_FAR: "la date proposée était trop lointaine pour être utile",
        SlotResult.UNSUITABLE: "le créneau ne convenait pas à cette demande",
        SlotResult.NOT_TRIED: "la personne n'a pas essayé de le prendre",
        SlotResult.OTHER: "suite décrite dans la pièce",
        None: "suite décrite dans la pièce",
    }
)


def what_was_done(answer: FiledItem | None) -> str:
    """What the person did about a slot that was seen, or that nothing is said of it."""
    if answer is None:
        return typeset("Suite donnée : non renseignée.")
    local = answer.content.local
    when = "" if local is None else f", le {french_date(local.date(), weekday=False)}"
    return typeset(f"Suite donnée : {RESULTS[answer.content.result]}{when}.")
