"""The hearing sheet: one page to speak from, with the latest capture (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from exhibits.letters.account import RESULTS, STEPS
from exhibits.letters.blocks import Block, Caution, Column, Image, Letter, Paragraph, Table
from exhibits.letters.discussion import CATEGORY
from exhibits.letters.facts import LetterFacts, ProcedureFacts, Step
from exhibits.letters.matter import Matter, title_line
from exhibits.letters.petition import ASTREINTE, DELAY
from exhibits.letters.wording import (
    blank,
    cited,
    day_text,
    exhibits_text,
    many,
    period_text,
    plain,
    say,
    the_prefecture,
    upper_first,
)
from temoin.french import french_date, quoted
from temoin.records import CaseKind, JournalKind

MOST_LINES = 3  # of one kind: the sheet is one page
PICTURE_HEIGHT = 7.0  # centimetres, so that it stays one page


@dataclass(frozen=True, slots=True, kw_only=True)
class HearingPicture:
    """The latest capture, PNG or JPEG; ``caption`` says what it shows, in French set right."""

    data: bytes = field(repr=False)
    at: datetime  # aware
    zone: str
    caption: str


def hearing(matter: Matter, picture: HearingPicture | None) -> Letter:
    """One page: who, what, the figures, the exhibits, what is asked."""
    facts = matter.facts
    rows = (
        ("Requérant", matter.full_name),
        ("Défendeur", matter.prefet),
        ("Ma demande", matter.asked),
        *_tries(facts),
        ("Autres démarches", _steps(facts)),
        ("Urgence", _urgency(matter)),
        ("Pièces à montrer", _exhibits(facts)),
        (
            "Je demande au juge",
            say(f"une date de rendez-vous dans un délai de {DELAY}, sous astreinte de {ASTREINTE}."),
        ),
    )
    blocks: tuple[Block, ...] = (
        title_line("Fiche d'audience"),
        Table(
            columns=(Column(name="", width=4.2), Column(name="")),
            rows=tuple((say(name), value) for name, value in rows),
        ),
        Caution(
            text=say(
                "il n'y a pas toujours d'audience. S'il y en a une, apportez la convocation, une pièce d'identité, la "
                "requête et les originaux des pièces. Dites l'essentiel en deux minutes, puis répondez aux questions."
            ),
            lead="À SAVOIR",
        ),
        *_picture(picture),
    )
    return Letter(name="fiche_audience", title=matter.titled("Fiche d'audience"), blocks=blocks)


def _tries(facts: LetterFacts) -> tuple[tuple[str, str], ...]:
    """What the site answered; where no attempt reached a calendar, no line says that any did."""
    by_hand = ("Dont à la main", str(facts.by_hand) if facts.by_hand else "Aucune.")
    slots = ("Créneaux vus", _slots(facts))
    if facts.only_failures:
        table = f"Tableau{cited([facts.dysfunctions.number])}.{_pleadable(facts.dysfunctions.days)}"
        told = f"{_attempts(facts)} {say(table)}"
        return (("Échecs avant le calendrier", told), by_hand, slots)
    failed = ("Échecs avant le calendrier", _failures(facts))
    return (("Tentatives sans rendez-vous", _attempts(facts)), by_hand, slots, failed)


def _pleadable(days: Sequence[date]) -> str:
    """The decision asks for several attempts that were not made in one week (CE 453391)."""
    weeks = {day.isocalendar()[:2] for day in days}
    return f" Ces échecs peuvent être invoqués ({CATEGORY})." if len(weeks) > 1 else ""


def _attempts(facts: LetterFacts) -> str:
    shown = [_attempts_of(one) for one in facts.told[:MOST_LINES]]
    return " ".join([*shown, *_more(len(facts.told))])


def _attempts_of(one: ProcedureFacts) -> str:
    days = f", sur {many(one.days, 'jour')}" if one.count > 1 else ""
    return say(
        f"{{prefecture}}, {{label}} : {many(one.count, 'tentative')}, {period_text(one.first, one.last)}{days}"
        f"{cited(one.numbers)}.",
        prefecture=upper_first(the_prefecture(one.prefecture)),
        label=quoted(plain(one.label)),
    )


def _more(count: int) -> list[str]:
    """« Et 2 autres. » when not all are shown."""
    left = count - MOST_LINES
    return [] if left <= 0 else [f"Et {many(left, 'autre')}."]


def _slots(facts: LetterFacts) -> str:
    if not facts.slots:
        return "Aucun."
    shown = []
    for one in facts.slots[:MOST_LINES]:
        known = say(RESULTS[one.result]) if one.result else ""
        answer = known[:1].lower() + known[1:] or blank("ce qui a été fait")
        shown.append(say(f"Le {french_date(one.at.date())} : {{answer}}{cited([one.number])}.", answer=answer))
    return " ".join([*shown, *_more(len(facts.slots))])


def _failures(facts: LetterFacts) -> str:
    found = facts.dysfunctions
    return f"{found.count}{cited([found.number])}" if found.count else "Aucun."


def _steps(facts: LetterFacts) -> str:
    found = facts.steps_of(*(kind for kind in STEPS if kind is not JournalKind.SLOT_RESPONSE))
    if not found:
        return blank("courriel, lettre, passage au guichet")
    return " ".join([*(_step(one) for one in found[:MOST_LINES]), *_more(len(found))])


def _step(one: Step) -> str:
    when = f"le {day_text(one.on)}" if one.on else "sans date"
    return say(f"{upper_first(STEPS[one.kind])}, {when}{cited([one.number])}.")


def _urgency(matter: Matter) -> str:
    if matter.facts.kind is not CaseKind.RENEWAL:
        return blank("vos circonstances, en une phrase")
    expires = matter.identity.titre.expire_le
    day = day_text(expires) if expires else blank("date d'expiration")
    return say(f"en principe reconnue pour un renouvellement ({CATEGORY}). Mon titre expire le {day}.")


def _exhibits(facts: LetterFacts) -> str:
    named = (
        ("synthèse", facts.fixed.summary),
        ("site seule voie", facts.fixed.only_way),
        ("échecs", facts.fixed.dysfunctions if facts.only_failures else None),
        ("registre", facts.fixed.register),
        ("note de méthode", facts.fixed.method),
    )
    shown = [f"{name}, {exhibits_text([number])}" for name, number in named if number is not None]
    return say(" ; ".join(shown)) if shown else blank("numéros")


def _picture(picture: HearingPicture | None) -> tuple[Block, ...]:
    """The last capture, saying its date, so that it is never taken for one of the day of the hearing; or none."""
    if picture is None:
        return (Paragraph(text=say("Aucune capture ne peut être montrée ici.")),)
    day = picture.at.astimezone(ZoneInfo(picture.zone)).date()
    head = f"Capture du {french_date(day)}, la dernière de ce dossier"
    caption = say(f"{head} : {{caption}}", caption=picture.caption)
    return (Image(data=picture.data, caption=caption, height=PICTURE_HEIGHT),)
