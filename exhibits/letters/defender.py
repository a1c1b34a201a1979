"""The request to the Défenseur des droits (organic law n° 2011-333 of 29 March 2011) (pure)."""

from exhibits.letters import account, failures
from exhibits.letters.blocks import BEFORE_SENDING, Blank, Block, Caution, Heading, Letter, Paragraph
from exhibits.letters.facts import LetterFacts
from exhibits.letters.matter import Matter, address_lines
from exhibits.letters.wording import blank, captures_text, say


def defender(matter: Matter) -> Letter:
    """What happened, which steps were taken before, what is asked."""
    facts = matter.facts
    blocks: tuple[Block, ...] = (
        *_before_sending(facts),
        *matter.sender(),
        *address_lines("Défenseur des droits", blank("nom et adresse du délégué, ou du siège")),
        Paragraph(text=say("saisine au sujet d'un rendez-vous en préfecture"), lead=say("Objet :")),
        Paragraph(text=say("Madame, Monsieur,")),
        Paragraph(
            text=say(
                "Je vous saisis parce que je n'arrive pas à obtenir un rendez-vous auprès d'un service de l'État "
                "(article 4, 1°, de la loi organique n° 2011-333 du 29 mars 2011). Je demande {asked}.",
                asked=matter.asked,
            )
        ),
        *_facts(matter),
        Heading(text=say("Ce que je vous demande"), level=2),
        Paragraph(
            text=say(
                "Je vous demande d'intervenir auprès {prefet}, pour que j'obtienne une date de rendez-vous proche, et "
                "pour qu'il existe un autre moyen que le site de la demander.",
                prefet=matter.of_prefet,
            )
        ),
        Paragraph(text=say("Voici mes coordonnées :"), keep=True),
        *matter.identity_lines(),
        *matter.closing(),
        Paragraph(
            text=say("{what} ; copies de mes courriels et de mes lettres à la préfecture.", what=_proof(facts)),
            lead=say("Pièces jointes :"),
        ),
    )
    return Letter(
        name="saisine_Defenseur_des_droits", title=matter.titled("Saisine du Défenseur des droits"), blocks=blocks
    )


def _proof(facts: LetterFacts) -> str:
    """What shows the attempts: captures; where no attempt reached a calendar, the table of failures."""
    if facts.only_failures:
        return failures.table_text(facts)
    return captures_text(facts.count, facts.first, facts.last)


def _before_sending(facts: LetterFacts) -> tuple[Block, ...]:
    """What it costs, what it needs, what it does not do."""
    table = f" Le tableau à joindre est le fichier de 1_A_DEPOSER dont le nom contient « {failures.TABLE_FILE} »."
    return (
        Caution(
            text=say(
                "la saisine est gratuite. Elle se fait sur le site du Défenseur des droits, par courrier, ou auprès "
                "d'un délégué dans votre département. Elle suppose des démarches déjà faites auprès de la préfecture : "
                f"joignez-en la preuve.{table if facts.only_failures else ''} Elle ne suspend aucun délai et n'empêche "
                "pas de saisir le juge. Ajoutez-la au journal de votre dossier, dans Témoin."
            ),
            lead=BEFORE_SENDING,
        ),
    )


def _facts(matter: Matter) -> tuple[Block, ...]:
    """Attempts, other steps, and lines for what only the person can say."""
    return (
        Heading(text=say("Les tentatives sur le site"), level=2),
        *account.attempts(matter),
        account.tool(matter),
        *account.dysfunctions(matter),
        *account.slots(matter),
        Heading(text=say("Mes autres démarches"), level=2),
        *account.steps(matter),
        Heading(text=say("Les conséquences pour moi"), level=2),
        Caution(
            text=say("dites en quelques phrases ce que cette attente change pour vous. N'écrivez que ce qui est vrai.")
        ),
        Blank(lines=3),
    )
