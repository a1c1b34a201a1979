"""The summary, first exhibit, on one page: what a tired judge must know before opening anything else (pure).

Facts only: how many visits, on which days and hours, what the person did besides, slots seen and what became of them,
the last result. What does not fit is counted, and the exhibit that holds it is named.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from exhibits.captures import PROVISIONAL
from exhibits.content import Grid
from exhibits.facts import AttemptFacts
from exhibits.figures import Figures, days_of, ranges, span_days_of, weeks_of
from exhibits.heading import NUMBER, Heading
from exhibits.model import clean, many
from exhibits.order import NumberedItem, Order
from exhibits.story import EarlierFiling, FiledItem
from exhibits.tables import doubt_words, what_was_done
from exhibits.voice import Voice, capital
from temoin.canonical import Json
from temoin.french import french_date, french_time, outcome_words, quoted, typeset
from temoin.items import JOURNAL
from temoin.records import JournalKind, Mode, Operator

MOST_PROCEDURES, MOST_STEPS, MOST_SLOTS = 5, 8, 4  # what one page holds
SHORT_LABEL = 110  # characters of a démarche's label in the table

STEP_WORDS = {
    JournalKind.EMAIL: "Courriel",
    JournalKind.LETTER: "Lettre",
    JournalKind.VISIT: "Visite au guichet",
    JournalKind.MEDIATOR: "Saisine du Défenseur des droits ou d'un médiateur",
    JournalKind.SCREENSHOT: "Capture d'écran faite à la main",
    JournalKind.DECISION: "Décision reçue",
    JournalKind.OTHER: "Autre démarche",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Synthesis:
    """What the summary is drawn from; ``answers`` are what was done about slots, ``since`` an earlier petition."""

    figures: Sequence[Figures]
    order: Order
    steps: Sequence[NumberedItem]
    answers: dict[int, FiledItem]
    grid: Grid
    since: EarlierFiling | None = None

    @property
    def proofs(self) -> tuple[AttemptFacts, ...]:
        """Every attempt that found no appointment."""
        return tuple(facts for one in self.figures for facts in one.proofs)

    @property
    def failed(self) -> tuple[AttemptFacts, ...]:
        """Every attempt that the site stopped before its calendar."""
        return tuple(facts for one in self.figures for facts in one.dysfunctions)

    @property
    def only_failures(self) -> bool:
        """Whether these are all that can be pleaded."""
        return bool(self.failed) and not self.proofs


def summary_document(synthesis: Synthesis, heading: Heading) -> Json:
    """The whole page, for ``templates/summary.typ`` to draw."""
    number = synthesis.order.shown(synthesis.order.summary)
    return {
        "title": f"{number} Synthèse, dossier {heading.case}",
        "heading": f"Pièce {NUMBER}{int(number)} – Synthèse",
        "provisional": PROVISIONAL if heading.draft else "",
        "band": heading.band,
        "intro": [typeset(words) for words in _intro(synthesis, heading)],
        "columns": [
            "Préfecture et démarche",
            "Visites du site",
            "Échecs avant le calendrier" if synthesis.only_failures else "Sans rendez-vous",
            "Jours",
            "Du … au …",
            "Pièces",
        ],
        "rows": [_row(one, synthesis) for one in synthesis.figures[:MOST_PROCEDURES]],
        "more": _more(len(synthesis.figures) - MOST_PROCEDURES, "démarche", synthesis.order.register),
        "grid": {
            "heading": typeset("Jours et heures des constats « aucun rendez-vous »"),
            "columns": list(synthesis.grid.columns),
            "rows": [list(row) for row in synthesis.grid.rows],
        },
        "lists": [one for one in _lists(synthesis) if one["items"]],
    }


def _intro(synthesis: Synthesis, heading: Heading) -> list[str]:
    told = [facts for one in synthesis.figures for facts in one.told]
    words = [f"{heading.state} {_consulted(told, synthesis, heading.voice)}"]
    if left := sum(len(one.visits) - len(one.told) for one in synthesis.figures):
        words.append(_left(left, sum(len(one.not_exhibited) for one in synthesis.figures), synthesis.order))
    if synthesis.since is not None:
        words.append(_since(synthesis, synthesis.since))
    return words


def _consulted(told: Sequence[AttemptFacts], synthesis: Synthesis, voice: Voice) -> str:
    """Who consulted what how often, and what was found; where each of two did, how often each."""
    if not told:
        return "Ce dossier ne produit aucune visite du site."
    one = len(synthesis.figures) == 1
    pages = "la page de rendez-vous" if one else "une page de rendez-vous (tableau ci-dessous)"
    theirs = sum(1 for facts in told if facts.record.get("operator") == Operator.ASSOCIATION.value)
    own, asked = voice.as_one(Operator.SELF), voice.as_one(Operator.ASSOCIATION)
    if theirs in {0, len(told)}:
        alone = asked if theirs else own
        return f"{capital(alone.consulted())} {times(len(told))} {pages}. {_found(synthesis, 'elle')}"
    both = f"{capital(own.consulted())} {times(len(told) - theirs)} {pages} ; {asked.consulted()} {times(theirs)}"
    return f"{both} {'cette page' if one else 'une de ces pages'}. {_found(synthesis, 'la page')}"


def _left(count: int, proofs: int, order: Order) -> str:
    """What is no exhibit here, and what was met around it; of the latter, failures are in their own table as well."""
    where = f"le registre (pièce {NUMBER}{order.register})"
    if count == 1:
        return f"Une autre visite sans rendez-vous, qui n'est pas produite ici, est dans {where}."
    if proofs == count:
        return f"{many(count, 'autre')} visites sans rendez-vous, qui ne sont pas produites ici, sont dans {where}."
    hidden = (
        "une sans rendez-vous qui n'est pas produite"
        if proofs == 1
        else f"{proofs} sans rendez-vous qui ne sont pas produites"
    )
    return f"{many(count, 'autre')} visites, dont {hidden} ici, sont dans {where}."


def _found(synthesis: Synthesis, page: str) -> str:
    """What the visits found: no appointment; failing any of those, no calendar; else the register says it."""
    proofs, failed, order = synthesis.proofs, synthesis.failed, synthesis.order
    often = "" if sum(len(one.told) for one in synthesis.figures) == 1 else f"{times(len(proofs or failed))}, "
    if proofs:
        words = f"{often}{page} affichait qu'il n'y avait aucun rendez-vous ou aucun calendrier ouvert"
        return capital(f"{words}{_by_hand(proofs)}")
    if failed:
        words = f"{often}le site n'a pas permis d'arriver jusqu'au calendrier des rendez-vous"
        return capital(f"{words} (pièce {NUMBER}{order.dysfunctions}){_by_hand(failed)}")
    return f"Ce que chaque visite a trouvé est dans le registre (pièce {NUMBER}{order.register})."


def _by_hand(attempts: Sequence[AttemptFacts]) -> str:
    """The end of the sentence."""
    hand = sum(1 for facts in attempts if facts.mode is not Mode.UNATTENDED)
    if not hand:
        return "."
    declared = _declared(sum(1 for facts in attempts if facts.declared), hand)
    if len(attempts) == 1:
        return f" ; cette consultation a été faite à la main{declared}."
    if hand == 1:
        return f" ; une de ces consultations a été faite à la main{declared}."
    return f" ; {hand} de ces consultations ont été faites à la main{declared}."


def _declared(count: int, hand: int) -> str:
    """Whose word the results of photographs are: the program read no page there."""
    if not count:
        return ""
    if count == hand:
        return f", et {'son résultat est déclaré' if hand == 1 else 'leurs résultats sont déclarés'} par la personne"
    words = "le résultat d'une d'elles est déclaré" if count == 1 else f"les résultats de {count} d'elles sont déclarés"
    return f", et {words} par la personne"


def times(count: int) -> str:
    """« une fois », « 180 fois »."""
    return many(count, "fois").removesuffix("s") if count > 1 else "une fois"


def _since(synthesis: Synthesis, since: EarlierFiling) -> str:
    """What was added since the petition before (a new petition after a rejection says so, DESIGN §10)."""
    captures = sum(1 for one in synthesis.order.captures if one.facts.sequence > since.last)
    steps = sum(1 for one in synthesis.steps if one.item.sequence > since.last)
    added = many(captures, "capture") if captures else "aucune capture"
    completed = since.completed
    more = "" if completed is None else f", complété le {french_date(completed, weekday=False)}"
    return (
        f"Depuis la requête précédente (dépôt {NUMBER}{since.number}, préparé le "
        f"{french_date(since.day, weekday=False)}{more}) : {added} et "
        f"{steps or 'aucune'} autre{'s' if steps > 1 else ''} pièce{'s' if steps > 1 else ''} de plus."
    )


def _row(one: Figures, synthesis: Synthesis) -> list[str]:
    label = clean(one.label)
    short = label if len(label) <= SHORT_LABEL else f"{label[: SHORT_LABEL - 1].rstrip()}…"
    shown = one.dysfunctions if synthesis.only_failures else one.proofs
    table = str(synthesis.order.dysfunctions) if synthesis.only_failures and shown else ""
    return [
        f"{clean(one.prefecture)}, {short}",
        str(len(one.told)),
        str(len(shown)),
        typeset(f"{many(len(days_of(shown)), 'jour')}, {many(weeks_of(shown), 'semaine')}") if shown else "–",
        _span(shown),
        table or typeset(ranges(one.numbers)) or "–",
    ]


def _span(attempts: Sequence[AttemptFacts]) -> str:
    """« du 14/09/2026 au 03/10/2026 (19 jours pleins) », « le 14/09/2026 »."""
    days, full = days_of(attempts), span_days_of(attempts)
    if not days:
        return "–"
    if len(days) == 1:
        return f"le {days[0]:%d/%m/%Y}"
    word = "plein" if full < 2 else "pleins"  # noqa: PLR2004 - French plurals begin at two
    return f"du {days[0]:%d/%m/%Y} au {days[-1]:%d/%m/%Y} ({many(full, 'jour')} {word})"


def _lists(synthesis: Synthesis) -> list[Json]:
    return [
        _list("Dernier résultat", _last(synthesis.figures)),
        _list("Autres démarches de la personne", _steps(synthesis)),
        _list("Créneaux vus, et ce qui en a été fait", _slots(synthesis)),
        _list("Ce qui a empêché d'aller jusqu'au calendrier", _failures(synthesis)),
    ]


def _list(heading: str, items: Sequence[str]) -> Json:
    return {"heading": typeset(heading), "items": [typeset(item) for item in items if item]}


def _last(figures: Sequence[Figures]) -> list[str]:
    found = [facts for one in figures for facts in one.visits]
    if not found:
        return []
    last = max(found, key=lambda facts: (facts.at, facts.sequence))
    when = f"{french_date(last.local.date())} à {french_time(last.at, last.zone)}"
    sentence = clean(last.sentence)
    said = f" : {quoted(sentence)}" if sentence else ""
    outcome = outcome_words(last.outcome, declared=last.declared)
    word = " (résultat déclaré par la personne)" if last.declared else ""
    return [f"{when[0].upper()}{when[1:]}, {clean(last.prefecture)} : {outcome}{word}{said}{doubt_words(last)}"]


def _steps(synthesis: Synthesis) -> list[str]:
    steps = [one for one in synthesis.steps if one.item.content.kind is not JournalKind.SLOT_RESPONSE]
    steps = [one for one in steps if one.item.content.entry == JOURNAL]
    shown = [_step(one) for one in steps[:MOST_STEPS]]
    return [*shown, _more(len(steps) - MOST_STEPS, "autre démarche", None)]


def _step(one: NumberedItem) -> str:
    content = one.item.content
    word = STEP_WORDS[JournalKind(content.kind)]
    local = content.local
    when = "" if local is None else f" du {french_date(local.date(), weekday=False)}"
    title = f", {clean(content.title)}" if content.title else ""
    return f"{word}{when}{title} (pièce {NUMBER}{one.number})"


def _slots(synthesis: Synthesis) -> list[str]:
    slots = sorted((facts for one in synthesis.figures for facts in one.slots), key=lambda facts: facts.at)
    pieces = {one.item.sequence: one.number for one in synthesis.steps}
    shown = []
    for facts in slots[-MOST_SLOTS:]:
        answer = synthesis.answers.get(facts.sequence)
        piece = "" if answer is None or answer.sequence not in pieces else f" (pièce {NUMBER}{pieces[answer.sequence]})"
        when = f"{french_date(facts.local.date(), weekday=False)} à {french_time(facts.at, facts.zone)}"
        shown.append(f"{when}, {clean(facts.prefecture)}. {what_was_done(answer)}{piece}")
    return [*shown, _more(len(slots) - MOST_SLOTS, "autre créneau", synthesis.order.register)]


def _failures(synthesis: Synthesis) -> list[str]:
    order = synthesis.order
    dysfunctions = sum(1 for one in synthesis.figures for facts in one.attempts if facts.is_dysfunction)
    found = []
    if dysfunctions and order.dysfunctions:
        counted = many(dysfunctions, "dysfonctionnement")
        found.append(f"{counted} du site avant le calendrier : pièce {NUMBER}{order.dysfunctions}")
    if order.refusals:
        found.append(
            f"Les refus opposés à l'outil, qui ne sont pas invoqués, sont à part : pièce {NUMBER}{order.refusals}"
        )
    return found


def _more(count: int, word: str, number: int | None) -> str:
    """« et 3 autres démarches : pièce n° 68 », or nothing."""
    if count < 1:
        return ""
    plural = {"autre créneau": "autres créneaux", "autre démarche": "autres démarches"}
    shown = f"et {count} {word if count < 2 else plural.get(word, f'{word}s')}"  # noqa: PLR2004 - plurals begin at two
    return typeset(shown if number is None else f"{shown} : voir la pièce {NUMBER}{number}")
