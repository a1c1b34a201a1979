"""Help sheets for attestations (art. 202 CPC): what to write by hand. Never an attestation typed for someone (pure)."""

from exhibits.letters import account
from exhibits.letters.blocks import TO_CHECK, Block, Bullet, Caution, Heading, Letter, Paragraph
from exhibits.letters.matter import Matter, title_line
from exhibits.letters.wording import between_text, blank, cited, many, of_the_prefecture, plain, say
from temoin.french import quoted
from temoin.records import JournalKind, Operator

FORM = "cerfa n° 11527*03"
SENTENCE = (
    "Cette attestation est établie en vue de sa production en justice. J'ai connaissance qu'une fausse attestation de "
    "ma part m'expose à des sanctions pénales."
)
WHO_YOU_ARE = "vos nom, prénoms, date et lieu de naissance, adresse et profession ;"
ENDING = (
    "la date et votre signature ;",
    "avec l'attestation, la copie d'une pièce d'identité ou d'un titre de séjour qui porte votre signature.",
)


def witness_sheet(matter: Matter) -> Letter:
    """For whoever came along to the counter."""
    visits = matter.facts.steps_of(JournalKind.VISIT)
    noted: tuple[Block, ...] = ()
    if visits:
        noted = (
            Paragraph(text=say("Le journal du dossier note ces passages au guichet :"), keep=True),
            *(Bullet(text=account.step_text(step)) for step in visits),
        )
    blocks = (
        title_line("Aide pour l'attestation d'un témoin"),
        *_what_it_is("vous êtes allé(e) au guichet avec la personne, ou si vous avez vu ce qu'elle a fait"),
        Heading(text=say("Ce que vous écrivez, à la main"), level=2),
        *_bullets(
            WHO_YOU_ARE,
            "votre lien avec la personne : parent, ami, voisin, collègue, bénévole, ou aucun lien ;",
            "ce que vous avez vu ou entendu vous-même, et rien d'autre : le jour et l'heure, le lieu, avec qui, ce que "
            "la personne a demandé, ce qui a été répondu et par qui, comment cela s'est terminé ;",
            "la phrase qui suit, recopiée en entier :",
        ),
        Paragraph(text=say(f"« {SENTENCE} »"), strong=True),
        *_bullets(*ENDING),
        *noted,
        *_honest(),
    )
    return Letter(
        name="aide_attestation_temoin", title=matter.titled("Aide pour l'attestation d'un témoin"), blocks=blocks
    )


def operator_sheet(matter: Matter) -> Letter:
    """For whoever runs the program: the link with the person declared, the machine described."""
    blocks = (
        title_line("Aide pour l'attestation de l'opérateur du programme"),
        *_what_it_is("vous faites fonctionner le programme qui a consulté le site"),
        *_own_case(matter),
        Heading(text=say("Ce que vous écrivez, à la main"), level=2),
        *_bullets(
            WHO_YOU_ARE,
            "votre lien avec la personne : dites si vous êtes bénévole ou salarié(e) de l'association, parent ou ami. "
            "Si vous aidez la personne à obtenir son rendez-vous, c'est une communauté d'intérêts : déclarez-la ;",
            "ce que vous avez fait vous-même, avec les renseignements de la liste qui suit, s'ils sont vrais ;",
            "cette phrase, recopiée en entier :",
        ),
        Paragraph(text=say(f"« {SENTENCE} »"), strong=True),
        *_bullets(*ENDING),
        Heading(text=say("Ce que vous pouvez dire, si c'est vrai"), level=2),
        *(Bullet(text=words) for words in _what_was_done(matter)),
        *_honest(),
    )
    return Letter(
        name="aide_attestation_operateur", title=matter.titled("Aide pour l'attestation de l'opérateur"), blocks=blocks
    )


def _what_it_is(when: str) -> tuple[Block, ...]:
    return (
        Caution(
            text=say(
                "ceci n'est pas une attestation. C'est une aide. L'attestation est écrite, datée et signée de votre "
                "main (article 202 du code de procédure civile). N'employez pas un texte tout fait, mais vos mots."
            ),
            lead="ATTENTION",
        ),
        Paragraph(
            text=say(
                f"Cette feuille est pour vous si {when}. Écrivez sur une feuille blanche, ou remplissez à la main le "
                f"formulaire {FORM}."
            )
        ),
    )


def _own_case(matter: Matter) -> tuple[Block, ...]:
    voice = matter.voice
    if voice.operator is Operator.ASSOCIATION and not voice.shared:
        return ()
    also = "aussi " if voice.shared else ""
    return (
        Caution(
            text=say(
                f"dans ce dossier, le programme est {also}sur l'ordinateur de la personne qui demande le rendez-vous. "
                "Si c'est vous, n'attestez pas pour vous-même : dites ces choses dans la requête. Cette feuille est "
                "pour un proche ou un bénévole qui a fait fonctionner le programme."
            ),
            lead=TO_CHECK,
        ),
    )


def _what_was_done(matter: Matter) -> tuple[str, ...]:
    """The machine, the schedule, no alteration: what is in the file, blanks for the rest."""
    facts = matter.facts
    method = cited([facts.fixed.method])
    register = cited([facts.fixed.register])
    sites = tuple(
        say(
            "le site consulté : celui {prefecture}, démarche {label} ;",
            prefecture=of_the_prefecture(one.prefecture),
            label=quoted(plain(one.label)),
        )
        for one in facts.sites
    )
    came = "arrêtées avant le calendrier" if facts.only_failures else "sans rendez-vous"
    came = came.replace("arrêtées", "arrêtée") if facts.count == 1 else came
    what = "tentatives" if facts.only_failures else "captures"
    one = facts.count == 1
    hours = (
        "à une heure tirée au sort par le programme ou choisie"
        if one
        else "à des heures tirées au sort par le programme ou choisies"
    )
    return (
        say(
            f"la machine : un ordinateur {blank('marque et modèle')}, placé à {blank('lieu')}, relié à internet par "
            f"{blank('fibre, ADSL, 4G')} ; le navigateur et le système sont dans la note de méthode{method} ;"
        ),
        *sites,
        say(
            f"les horaires : {many(facts.count, 'tentative')} {came}, "
            f"{between_text(facts.first, facts.last)}, {hours} par "
            f"une personne ; aucun choix n'a été fait ensuite parmi les {what} ;"
        ),
        say(f"tout est gardé : le registre contient toutes les tentatives, quel qu'en soit le résultat{register} ;"),
        say(
            "aucune modification : vous n'avez ni retouché, ni supprimé, ni ajouté d'image, et vous n'avez pas changé "
            "l'heure de l'ordinateur ;"
        ),
        _by_hand(facts.by_hand),
        say("pour qui et à la demande de qui vous l'avez fait, depuis quand, et si vous avez été payé(e) pour cela."),
    )


def _by_hand(count: int) -> str:
    if not count:
        return say("les tentatives faites à la main : aucune ;")
    return say(f"les tentatives faites à la main : {count} ; dites celles que vous avez faites vous-même ;")


def _honest() -> tuple[Block, ...]:
    return (
        Heading(text=say("Restez exact(e)"), level=2),
        Paragraph(
            text=say(
                "N'écrivez que ce que vous avez vu ou fait vous-même. Une date dont vous n'êtes pas sûr(e) : dites-le. "
                "Une fausse attestation est punie d'un an de prison et de 15 000 € d'amende (article 441-7 du code "
                "pénal). Le juge apprécie librement ce que vaut une attestation."
            )
        ),
    )


def _bullets(*words: str) -> tuple[Block, ...]:
    return tuple(Bullet(text=say(one)) for one in words)
