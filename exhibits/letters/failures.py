"""A case without any attempt that found no appointment: what is told instead, the failures before the calendar (pure).

Failures of the site before its calendar can be pleaded too (CE, 9 June 2022, n° 453391). Nothing here says that a page
showed that there was no appointment left, and nothing is announced as enclosed that there is not.
"""

from collections.abc import Mapping
from types import MappingProxyType

from exhibits.letters.blocks import Block, Paragraph
from exhibits.letters.facts import LetterFacts, ProcedureFacts
from exhibits.letters.wording import captures_text, cited, many, plain, say
from temoin.french import NO_BREAK, quoted
from temoin.records import DYSFUNCTIONS, Outcome

# An unreached site is counted only when it had answered something on the way (``AttemptFacts.is_dysfunction``).
FOUND: Mapping[Outcome, str] = MappingProxyType(
    {
        Outcome.OVERLOADED: "service surchargé",
        Outcome.MAINTENANCE: "site en maintenance",
        Outcome.CLOSED_LINK: "lien de réservation fermé ou introuvable",
        Outcome.UNREACHABLE: "page de réservation injoignable après une première réponse du site",
    }
)
BEFORE_FILING = (
    "dans ce dossier, aucune capture ne montre qu'il n'y a plus de rendez-vous. La requête repose sur les échecs du "
    "site avant le calendrier, que le Conseil d'État admet s'ils ont été constatés lors de plusieurs tentatives qui "
    "n'ont pas été faites la même semaine (9 juin 2022, n° 453391). Essayez aussi vous-même, d'un autre ordinateur et "
    "par un autre réseau, et notez-le dans votre journal : la préfecture peut répondre que la panne venait de chez "
    "vous."
)
OF_FAILURES = " de ces échecs,"  # what captures are of, where they show no calendar
OF_FAILURE = " de cet échec,"
TABLE_FILE = "Dysfonctionnements"  # in the name of the exhibit's file, whatever its number


def what_was_shown(one: ProcedureFacts) -> tuple[Block, ...]:
    """What was found instead of a calendar, how often; then the site's own sentence, if there was one."""
    known = [(FOUND[outcome], count) for outcome, count in one.outcomes if outcome in DYSFUNCTIONS]
    found: list[Block] = []
    if known:
        words = (
            known[0][0] if len(known) == 1 else " ; ".join(f"{word}, {count}{NO_BREAK}fois" for word, count in known)
        )
        found.append(Paragraph(text=say(f"{words}."), lead=say("Ce qui a été constaté :")))
    if one.sentence:
        lead = "La page affichait :" if len(known) == 1 else "L'une de ces pages affichait :"
        found.append(Paragraph(text=quoted(plain(one.sentence)), lead=say(lead)))
    return tuple(found)


def the_table(facts: LetterFacts) -> tuple[Block, ...]:
    """Which exhibit has them all; nothing in letters to those who do not have the exhibits."""
    found = facts.dysfunctions
    if found.number is None:
        return ()
    which = "Cet échec figure" if found.count == 1 else "Chacun de ces échecs figure"
    pages = ", suivi d'images des pages affichées" if found.pictured else ""
    return (Paragraph(text=say(f"{which} dans un tableau, avec sa date et son heure{pages}{cited([found.number])}.")),)


def all_captures(facts: LetterFacts) -> str:
    """« douze captures d’écran de ces échecs, réalisées entre … et … »; empty when there is none."""
    days = facts.dysfunctions.pictured
    of = OF_FAILURE if facts.dysfunctions.count == 1 else OF_FAILURES
    return captures_text(len(days), days[0], days[-1], of=of) if days else ""


def table_text(facts: LetterFacts) -> str:
    """« le tableau de ces 12 échecs, avec leurs dates et leurs heures »."""
    count = facts.dysfunctions.count
    if count == 1:
        return say("le tableau de cet échec, avec sa date et son heure")
    return say(f"le tableau de ces {many(count, 'échec')}, avec leurs dates et leurs heures")
