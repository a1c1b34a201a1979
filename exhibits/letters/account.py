"""What happened, told once for every letter: attempts, slots seen, failures, other steps (pure).

Slots are told whatever they do to the plea (DESIGN §3.2); refusals of the tool are counted and never pleaded. Where no
attempt reached a calendar, the failures before it are the attempts that are told (``letters.failures``).
"""

from collections.abc import Mapping, Sequence
from datetime import date, time
from types import MappingProxyType

from exhibits.letters import failures
from exhibits.letters.blocks import TO_CHECK, Block, Bullet, Caution, Paragraph
from exhibits.letters.facts import LetterFacts, ProcedureFacts, SlotSeen, Step
from exhibits.letters.matter import Matter
from exhibits.letters.wording import (
    between_text,
    blank,
    cited,
    day_text,
    days_text,
    hour_text,
    in_words,
    listed,
    many,
    of_the_prefecture,
    plain,
    say,
    upper_first,
)
from temoin.french import WEEKDAYS, french_date, quoted
from temoin.records import JournalKind, SlotResult

MOST_DAYS = 12  # dates told one by one; beyond, the table of the court file tells them
ALL_DAYS = 7

STEPS: Mapping[JournalKind, str] = MappingProxyType(
    {
        JournalKind.EMAIL: "courriel",
        JournalKind.LETTER: "lettre",
        JournalKind.VISIT: "passage au guichet",
        JournalKind.MEDIATOR: "saisine d'un médiateur ou du Défenseur des droits",
        JournalKind.SLOT_RESPONSE: "réponse à un créneau",
        JournalKind.SCREENSHOT: "capture d'écran faite à la main",
        JournalKind.DECISION: "réponse ou décision de la préfecture",
        JournalKind.OTHER: "autre démarche",
    }
)
RESULTS: Mapping[SlotResult, str] = MappingProxyType(
    {
        SlotResult.BOOKED: "Il a été réservé",
        SlotResult.GONE: "Il n'était plus libre au moment de le réserver",
        SlotResult.TOO_FAR: "Sa date était trop lointaine pour être utile",
        SlotResult.UNSUITABLE: "Il ne convenait pas à la demande",
        SlotResult.NOT_TRIED: "Aucun essai de réservation n'a été fait",
        SlotResult.OTHER: "",
    }
)


def site(one: ProcedureFacts) -> str:
    """« le site de réservation de la préfecture du Val-de-Marne, pour la démarche « … » »."""
    return say(
        "le site de réservation {prefecture}, pour la démarche {label}",
        prefecture=of_the_prefecture(one.prefecture),
        label=quoted(plain(one.label)),
    )


def attempts(matter: Matter, *, person: str = "") -> tuple[Block, ...]:
    """Every procedure's attempts, by period; where the association writes, ``person`` is whom it did it for."""
    facts = matter.facts
    found: list[Block] = []
    for before, one in zip((None, *facts.told), facts.told, strict=False):
        found.append(Paragraph(text=_who(matter, one, before, person), keep=True))
        found.append(Paragraph(text=plain(one.address), lead=say("Adresse de la page :"), keep=True))
        found += _spread(one, came_to_nothing(facts, one.count))
        found += failures.what_was_shown(one) if facts.only_failures else _shown(one)
    return (*found, *failures.the_table(facts)) if facts.only_failures else tuple(found)


def _who(matter: Matter, one: ProcedureFacts, before: ProcedureFacts | None, person: str) -> str:
    """Who consulted what, after what was told of ``before``; where each made some, how many each."""
    voice = matter.voice.of(one.by_association, one.count)
    again = before is not None and matter.voice.of(before.by_association, before.count) == voice
    what = site(one)
    told = voice.consulted_for(what, person, again=again) if person else voice.consulted(what, again=again)
    shares = voice.shares(one.by_association, one.count, person or say("moi-même"))
    return f"{told}. {shares}".rstrip(" ")


def _shown(one: ProcedureFacts) -> tuple[Block, ...]:
    """The site's own sentence."""
    if not one.sentence:
        return ()
    return (Paragraph(text=quoted(plain(one.sentence)), lead=say("La page affichait :")),)


def came_to_nothing(facts: LetterFacts, count: int) -> str:
    """What attempts came to, after « une tentative » or « 26 tentatives »."""
    if facts.only_failures:
        return say(f"n'{'a' if count == 1 else 'ont'} pas permis d'arriver jusqu'au calendrier des rendez-vous")
    return say(f"n'{'a' if count == 1 else 'ont'} donné aucun rendez-vous")


def _spread(one: ProcedureFacts, came: str) -> tuple[Block, ...]:
    """How the attempts are spread, which is what the judge looks for, then each period."""
    when = upper_first(between_text(one.first, one.last))
    if one.count == 1:
        return (Paragraph(text=say(f"{when}, une tentative {came}{cited(one.numbers)}.")),)
    words = say(
        f"{when}, {many(one.count, 'tentative')} {came}. Elles ont été faites sur "
        f"{many(one.days, 'jour différent', 'jours différents')} et {many(one.weeks, 'semaine')}, "
        f"{_weekdays(one.weekdays)}, {_hours(one.earliest, one.latest)} (heure de la préfecture) :"
    )
    return (Paragraph(text=words, keep=True), *(Bullet(text=period.text) for period in one.periods))


def _weekdays(days: Sequence[int]) -> str:
    if len(days) == ALL_DAYS:
        return "tous les jours de la semaine"
    return f"{'le' if len(days) == 1 else 'les'} {listed([WEEKDAYS[day] for day in days])}"


def _hours(earliest: time, latest: time) -> str:
    if earliest == latest:
        return f"à {hour_text(earliest)}"
    return f"entre {hour_text(earliest)} et {hour_text(latest)}"


def tool(matter: Matter) -> Paragraph:
    """What made the captures and for whom, told and not left to be found out."""
    facts, voice = matter.facts, matter.voice
    alone = facts.count == 1
    return Paragraph(
        text=say(
            f"{'Cette consultation a été faite' if alone else 'Ces consultations ont été faites'} à l'aide d'un "
            "programme, Témoin, {where}. {does} {hand} {declared} {method}",
            where=voice.where,
            does=_does(facts.declared, facts.count),
            hand=_by_hand(facts.by_hand, facts.count, voice.by_person),
            declared=_declared(facts.declared, facts.count),
            method=_method(facts.fixed.method),
        )
        .replace("  ", " ")
        .strip(" ")
    )


def _does(declared: int, every: int) -> str:
    """What the program does; in a person's own browser it opens no page."""
    if declared == every:
        return say("Il photographie la fenêtre et ne réserve rien.")
    return say("Il ouvre la page comme un visiteur, la photographie et ne réserve rien.")


def _declared(count: int, every: int) -> str:
    """Whose word the result of a photograph is, since the program read nothing there."""
    if not count:
        return ""
    if count == every:
        told = "La page y a été ouverte" if every == 1 else "La page y a chaque fois été ouverte"
    else:
        told = f"Pour {in_words(count, feminine=True)} de celles-ci, la page a été ouverte"
    return say(
        f"{told} dans le navigateur d'une personne, que le programme n'a pas lu : le résultat est celui que cette "
        "personne a déclaré, et l'image permet de le vérifier."
    )


def _by_hand(count: int, every: int, who: str) -> str:
    if not count:
        return say("Elle n'a pas été faite à la main." if every == 1 else "Aucune n'a été faite à la main.")
    if count == every:
        all_ = "Elle a été faite" if every == 1 else "Toutes ont été faites"
        return say(f"{all_} à la main, {who}, dans une fenêtre que le programme a photographiée.")
    have = "a été faite" if count == 1 else "ont été faites"
    return say(f"Parmi elles, {many(count, 'tentative')} {have} à la main, {who}.")


def _method(number: int | None) -> str:
    return say(f"La note de méthode le décrit{cited([number])}.") if number is not None else ""


def slots(matter: Matter) -> tuple[Block, ...]:
    """The slots seen and what was done about them; when there are none, that there are none."""
    facts = matter.facts
    where = f"dans le registre{cited([facts.fixed.register])}" if facts.fixed.register else "dans un registre"
    register = say(f"Toutes les tentatives, quel qu'en soit le résultat, sont {where}.")
    if not facts.slots:
        return (Paragraph(text=say(f"Aucun créneau n'a été affiché. {register}")),)
    count = len(facts.slots)
    seen = "tentative a montré" if count == 1 else "tentatives ont montré"
    words = f"{upper_first(in_words(count, feminine=True))} {seen} au moins un créneau. {register}"
    return (Paragraph(text=say(words), keep=True), *(Bullet(text=slot_text(one)) for one in facts.slots))


def slot_text(one: SlotSeen) -> str:
    """One slot, its line of the register, and the answer."""
    when = f"{french_date(one.at.date())} à {hour_text(one.at.time())}"
    return say(
        f"Le {when}, pour la démarche {{label}} (entrée n° {one.entry} du registre). {{answer}}{cited([one.number])}.",
        label=quoted(plain(one.label)),
        answer=_answer(one),
    )


def _answer(one: SlotSeen) -> str:
    if one.result is None:
        return blank("dites ce que vous avez fait de ce créneau")
    known = say(RESULTS[one.result])
    return known or given_title(one.title)


def given_title(title: str) -> str:
    """The person's own words, between guillemets, or a blank."""
    return quoted(plain(title)) if title else blank("ce qui a été fait")


def dysfunctions(matter: Matter) -> tuple[Block, ...]:
    """Failures before the calendar, in a paragraph of their own; nothing when there was none, or they are all told."""
    found = matter.facts.dysfunctions
    if not found.count or matter.facts.only_failures:
        return ()
    one = found.count == 1
    which = "d'une autre tentative" if one else f"de {many(found.count, 'autre tentative', 'autres tentatives')}"
    apart = "Cet échec n'est pas compté" if one else "Ces échecs ne sont pas comptés"
    return (
        Paragraph(
            text=say(
                f"Le site n'a pas permis d'arriver jusqu'au calendrier lors {which}, {_when(found.days)}"
                f"{cited([found.number])}. {apart} parmi les tentatives qui précèdent."
            )
        ),
    )


def _when(days: Sequence[date]) -> str:
    if not days:
        return f"à des dates que donne le tableau {blank('pièce')}"
    if len(days) <= MOST_DAYS:
        return days_text(days)
    return f"sur {many(len(days), 'jour')}, {between_text(days[0], days[-1])}"


def refusals(matter: Matter) -> tuple[Block, ...]:
    """How often the tool was refused, so that nobody can say that it was hidden; it is no argument."""
    facts = matter.facts
    if not facts.refusals:
        return ()
    reached = "n'a pas atteint" if facts.refusals == 1 else "n'ont pas atteint"
    return (
        Paragraph(
            text=say(
                f"Par ailleurs, {many(facts.refusals, 'visite')} du programme {reached} le calendrier, parce que le "
                "site a refusé le programme ou parce que celui-ci s'est abstenu. Ce ne sont pas des pannes, "
                f"et il n'en est tiré aucun argument{cited([facts.fixed.refusals])}."
            )
        ),
    )


def steps(matter: Matter) -> tuple[Block, ...]:
    """The other steps, by date; a blank and what to do when there is none."""
    found = matter.facts.steps_of(*(kind for kind in STEPS if kind is not JournalKind.SLOT_RESPONSE))
    if found:
        return tuple(Bullet(text=step_text(step)) for step in found)
    if matter.facts.elsewhere:
        words = (
            "les démarches de votre journal sont hors de la période choisie, et ce dossier ne les contient pas. Une "
            "demande écrite à la préfecture est attendue : refaites ce document avec une période qui les comprend."
        )
        return (Caution(text=say(words), lead=TO_CHECK),)
    return (
        Caution(
            text=say(
                "aucune démarche écrite ne figure dans votre journal. Une demande écrite à la préfecture, par courriel "
                "et par lettre recommandée, est attendue. Écrivez-la, ajoutez-la au journal, puis refaites ce document."
            ),
            lead=TO_CHECK,
        ),
    )


def step_text(step: Step) -> str:
    """« Le 22 septembre 2026, courriel : « … » (pièce n° 64) »."""
    when = f"Le {day_text(step.on)}" if step.on else "Sans date"
    number = cited([step.number])
    if not step.title:
        return say(f"{when}, {STEPS[step.kind]}{number}")
    return say(f"{when}, {STEPS[step.kind]} : {{title}}{number}", title=quoted(plain(step.title)))
