"""What an association signs: the mandate it receives, and its voluntary intervention before the court (pure)."""

from collections.abc import Sequence

from exhibits.letters import account
from exhibits.letters.blocks import (
    BEFORE_SENDING,
    TO_FILL,
    Align,
    Blank,
    Block,
    Bullet,
    Caution,
    Heading,
    Letter,
    Paragraph,
)
from exhibits.letters.facts import Site
from exhibits.letters.matter import Matter, field_line, title_line
from exhibits.letters.wording import blank, cited, day_text, given, of_the_prefecture, plain, say
from temoin.french import quoted
from temoin.records import Operator


def mandate(matter: Matter) -> Letter:
    """The person asks the association to make the attempts; no more than that."""
    blocks: tuple[Block, ...] = (
        title_line("Mandat donné à une association"),
        *_two_parties(matter),
        Heading(text=say("Ce que je demande à l'association"), level=2),
        *_what_is_asked(matter),
        Heading(text=say("Ce que ce mandat ne permet pas"), level=2),
        *_points(
            "réserver un rendez-vous à ma place ou remplir un formulaire en mon nom ;",
            "signer une requête pour moi, ou me représenter devant le tribunal : une association ne le peut pas "
            "(article R. 431-5 du code de justice administrative) ;",
            "me demander de l'argent : ce service est gratuit.",
        ),
        Heading(text=say("Mes données"), level=2),
        *_data(matter),
        Paragraph(text=say("Je peux mettre fin à ce mandat à tout moment, par un simple écrit.")),
        *matter.dated("Signature de la personne :", "Signature pour l'association :"),
    )
    return Letter(name="mandat", title=matter.titled("Mandat"), blocks=blocks)


def _two_parties(matter: Matter) -> tuple[Block, ...]:
    """Who asks, who is asked."""
    one = matter.identity.association
    return (
        Paragraph(text=say("La personne :"), strong=True, keep=True),
        *matter.identity_lines(),
        Paragraph(text=say("L'association :"), strong=True, keep=True),
        field_line("Nom", given(one.nom, "nom de l'association")),
        field_line("Adresse", given(one.adresse, "adresse de l'association")),
        field_line("Représentée par", given(one.representant, "nom et qualité")),
    )


def _what_is_asked(matter: Matter) -> tuple[Block, ...]:
    """Attempts, pictures, a warning when a slot shows."""
    return (
        *_sites(matter.facts.sites),
        *_points(
            "de photographier les pages qui s'affichent, avec le programme Témoin, quel que soit le résultat ;",
            "de garder ces captures et leur registre, et de me les remettre pour que je les produise en justice ;",
            "de me prévenir sans attendre si un créneau s'affiche.",
        ),
        Paragraph(text=say("Cette demande vaut à partir du {day}.", day=_asked_on(matter))),
    )


def _sites(sites: Sequence[Site]) -> tuple[Block, ...]:
    """Each site that the association consults; a blank where none was tried yet."""
    words = "de consulter pour moi le site de réservation {prefecture}, pour la démarche {label} ;"
    if not sites:
        return (Bullet(text=say(words, prefecture=f"de {blank('la préfecture')}", label=blank("intitulé"))),)
    return tuple(
        Bullet(text=say(words, prefecture=of_the_prefecture(one.prefecture), label=quoted(plain(one.label))))
        for one in sites
    )


def _data(matter: Matter) -> tuple[Block, ...]:
    """What becomes of personal data."""
    return (
        Paragraph(
            text=say(
                "Les captures et le registre ne contiennent pas mon nom : mon dossier y porte le code {case}. Les "
                "papiers que je confie à l'association servent à ce dossier seulement. Je peux les consulter, les "
                f"faire corriger ou effacer en écrivant à {blank('contact de l’association')}. Ils sont effacés "
                f"{blank('durée')} après la fin de l'affaire.",
                case=matter.facts.case,
            )
        ),
    )


def _asked_on(matter: Matter) -> str:
    day = matter.facts.asked_on
    return day_text(day) if day else blank("date")


def intervention(matter: Matter) -> Letter:
    """The association beside the applicant, by a brief of its own (R. 632-1 CJA)."""
    person = matter.full_name
    blocks: tuple[Block, ...] = (
        *_before_filing(),
        *_head(matter),
        Heading(text=say("I. L'intérêt de l'association à intervenir")),
        *_interest(),
        Heading(text=say(_whose(matter))),
        *account.attempts(matter, person=person),
        *account.dysfunctions(matter),
        *account.slots(matter),
        *account.refusals(matter),
        *_how(matter),
        Heading(text=say("III. Ce que l'association demande")),
        Paragraph(text=say("L'association demande au juge des référés :"), keep=True),
        *_points("d'admettre son intervention ;", "de faire droit aux conclusions de la requête."),
        *matter.dated("Signature du représentant de l'association :"),
        *_enclosed(),
    )
    return Letter(
        name="intervention_volontaire", title=matter.titled("Intervention volontaire de l'association"), blocks=blocks
    )


def _before_filing() -> tuple[Block, ...]:
    """Who may sign, and what an intervention is not."""
    return (
        Caution(
            text=say(
                "le représentant doit avoir le pouvoir d'agir en justice, d'après les statuts ou une délibération. Le "
                "mémoire est distinct de la requête. L'association n'est pas partie : elle soutient la requête, et ne "
                "demande pas de frais pour elle-même. Une intervention ne retarde pas le jugement : déposez-la vite."
            ),
            lead=BEFORE_SENDING,
        ),
    )


def _head(matter: Matter) -> tuple[Block, ...]:
    """Court, case, and who comes in beside whom."""
    one = matter.identity.association
    return (
        title_line("RÉFÉRÉ"),
        Paragraph(text=say("Mémoire en intervention volontaire"), align=Align.CENTER, strong=True, tight=True),
        Paragraph(text=say("article R. 632-1 du code de justice administrative"), align=Align.CENTER),
        *matter.to_the_court(),
        field_line(
            "Requête", say(f"n° {blank('numéro de la requête')} (article L. 521-3 du code de justice administrative)")
        ),
        field_line("Pour", given(one.nom, "nom de l'association")),
        field_line("Adresse", given(one.adresse, "adresse de l'association")),
        field_line("Représentée par", given(one.representant, "nom et qualité")),
        field_line("Au soutien de", matter.full_name),
        field_line("Contre", matter.prefet),
        Paragraph(text=matter.today, lead=say("Date :")),
    )


def _interest() -> tuple[Block, ...]:
    """Lines for what the statutes say."""
    return (
        Caution(
            text=say("recopiez l'objet de l'association, tel qu'il est dans ses statuts, et dites ce qu'elle fait."),
            lead=TO_FILL,
        ),
        Blank(lines=4),
        Paragraph(
            text=say(
                "Cet objet donne à l'association un intérêt suffisant pour soutenir une demande de rendez-vous en "
                "préfecture."
            )
        ),
    )


def _enclosed() -> tuple[Block, ...]:
    """What shows that the association may act."""
    return (
        Paragraph(text=say("Pièces jointes :"), strong=True, keep=True),
        *_points(
            f"les statuts de l'association et le récépissé de sa déclaration : {blank('à joindre')} ;",
            f"la délibération ou la disposition des statuts qui autorise le représentant : {blank('à joindre')} ;",
            f"le mandat signé par la personne, s'il y en a un : {blank('à joindre')}.",
        ),
    )


def _whose(matter: Matter) -> str:
    voice = matter.voice
    if voice.shared:
        return "II. Ce que l'association et la personne ont constaté"
    mine = voice.operator is Operator.ASSOCIATION
    return "II. Ce que l'association a constaté" if mine else "II. Ce que la personne a constaté"


def _how(matter: Matter) -> tuple[Block, ...]:
    facts = matter.facts
    what = "Les captures sont jointes à la requête. Leur registre"
    if facts.only_failures:
        what = f"Le tableau de ces échecs est joint à la requête{cited([facts.dysfunctions.number])}. Le registre"
    numbers = [facts.fixed.register, facts.fixed.method]
    return (
        Paragraph(
            text=say(
                f"{what} et la note qui décrit la méthode le sont aussi{cited(numbers)}. Le programme n'a rien réservé."
            )
        ),
    )


def _points(*words: str) -> tuple[Block, ...]:
    return tuple(Bullet(text=say(one)) for one in words)
