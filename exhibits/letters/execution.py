"""An order was made and not carried out: the request of articles L. 911-4 and L. 911-7 CJA (pure).

L. 911-4: the court that decided sees to the execution, may set a delay and a penalty. R. 921-1-1: for an emergency
measure at once, but not before the delay that the order itself gave has run out. L. 911-7: a penalty already ordered is
liquidated.
"""

from exhibits.letters import account
from exhibits.letters.blocks import BEFORE_SENDING, Align, Block, Bullet, Caution, Heading, Letter, Paragraph
from exhibits.letters.matter import Matter, field_line
from exhibits.letters.petition import ASTREINTE
from exhibits.letters.wording import blank, cited, day_text, say

CODE = "du code de justice administrative"


def not_carried_out(matter: Matter) -> Letter:
    """What was ordered, what was not done, what is asked."""
    blocks: tuple[Block, ...] = (
        *_before_sending(),
        *matter.sender(),
        *matter.to_the_court(),
        Paragraph(text=say("Demande d'exécution d'une ordonnance"), align=Align.CENTER, strong=True, tight=True),
        Paragraph(text=say(f"articles L. 911-4 et L. 911-7 {CODE}"), align=Align.CENTER),
        field_line("Ordonnance", say(f"n° {blank('numéro')}, du {blank('date')}")),
        field_line("Notifiée le", blank("date de la notification")),
        field_line("Contre", matter.prefet),
        Paragraph(text=matter.today, lead=say("Date :")),
        Heading(text=say("Les faits")),
        *_facts(matter),
        Heading(text=say("Ce que je demande")),
        *_conclusions(),
        *matter.dated(),
        Paragraph(
            text=say("l'ordonnance ; la preuve de sa notification ; ma lettre à la préfecture et sa preuve d'envoi."),
            lead=say("Pièces jointes :"),
        ),
    )
    return Letter(
        name="demande_apres_ordonnance_inexecutee",
        title=matter.titled("Demande d'exécution d'une ordonnance"),
        blocks=blocks,
    )


def _before_sending() -> tuple[Block, ...]:
    """When it may be sent, and what comes first."""
    return (
        Caution(
            text=say(
                "cette demande ne se fait qu'après la fin du délai que l'ordonnance a donné à la préfecture (article "
                f"R. 921-1-1 {CODE}). Écrivez d'abord à la préfecture, en joignant l'ordonnance, et gardez la preuve. "
                "Un avocat peut aussi vous conseiller de demander au juge des référés de modifier son ordonnance "
                "(article L. 521-4 du même code)."
            ),
            lead=BEFORE_SENDING,
        ),
    )


def _facts(matter: Matter) -> tuple[Block, ...]:
    """What was ordered and not done: only the person knows."""
    return (
        Paragraph(
            text=say(
                f"Par cette ordonnance, le juge des référés a enjoint {{prefet}} de "
                f"{blank('ce que le juge a ordonné')}, dans un délai de {blank('délai')}. Ce délai a pris fin le "
                f"{blank('date')}.",
                prefet=matter.to_prefet,
            )
        ),
        Paragraph(
            text=say(
                f"À ce jour, l'ordonnance n'a pas été exécutée : {blank('ce qui n’a pas été fait')}. J'ai "
                f"écrit à la préfecture le {blank('date')} pour demander l'exécution. Réponse : "
                f"{blank('réponse, ou aucune')}."
            )
        ),
        *_since(matter),
    )


def _conclusions() -> tuple[Block, ...]:
    """Execution, and the penalty."""
    return (
        Paragraph(
            text=say(
                f"En cas d'inexécution d'une décision, la juridiction peut en assurer l'exécution, fixer un délai et "
                f"prononcer une astreinte (article L. 911-4 {CODE}). Je demande donc au tribunal :"
            ),
            keep=True,
        ),
        Bullet(
            text=say(
                f"d'assurer l'exécution de l'ordonnance, dans un délai de {blank('délai demandé')}, sous astreinte de "
                f"{ASTREINTE} ;"
            )
        ),
        Bullet(
            text=say(
                "si l'ordonnance avait déjà prononcé une astreinte, de la liquider pour la période écoulée (article "
                "L. 911-7 du même code)."
            )
        ),
    )


def _since(matter: Matter) -> tuple[Block, ...]:
    """The last attempt, as it is: whether it came after the order, only the person can say."""
    facts = matter.facts
    numbers: list[int | None]
    numbers = [number for one in facts.procedures if one.last == facts.last for number in one.numbers[-1:]]
    day, came = day_text(facts.last), account.came_to_nothing(facts, 1)
    if facts.only_failures:
        numbers = [facts.dysfunctions.number]
        return (Paragraph(text=say(f"Le {day}, une tentative sur le site {came}{cited(numbers)}.")),)
    words = f"La dernière tentative de ce dossier sur le site, le {day}, {came}{cited(numbers)}."
    return (Paragraph(text=say(words)),)
