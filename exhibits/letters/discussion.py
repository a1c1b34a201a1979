"""The discussion in law of the petition: urgency, usefulness, no obstacle, seriousness (pure).

The law is that of facts read in 2026: L. 521-3, L. 911-1, L. 911-3, L. 761-1 CJA; R. 431-2 and R. 431-3 CESEDA; CE
10 June 2020 n° 435594, 21 April 2021 n° 448178, 3 June 2022 n° 452798 and opinion n° 461694, 9 June 2022 n° 453391.
These decisions are about residence permits: for other requests the petition says so and leaves the rest to a lawyer.
Urgency is presumed for a renewal only; for anything else nothing is written that the person did not write.
"""

from exhibits.letters import account
from exhibits.letters.blocks import TO_CHECK, TO_FILL, Blank, Block, Caution, Heading, Paragraph
from exhibits.letters.facts import OwnPiece
from exhibits.letters.matter import PERMITS, Matter
from exhibits.letters.wording import cited, many, say
from temoin.records import CaseKind, PieceUse

CATEGORY = "CE, 9 juin 2022, n° 453391"
SEVERAL = "CE, 10 juin 2020, n° 435594"
ANONYMOUS = "CE, 21 avril 2021, n° 448178"
TELESERVICE = "CE, 3 juin 2022, n° 452798 et avis n° 461694"
REASONABLE = "CE, avis, 1er juillet 2020, n° 436288"
SPAN_DAYS = 8  # full days, see petition.ENOUGH_DAYS


def discussion(matter: Matter) -> tuple[Block, ...]:
    """The four conditions of article L. 521-3, in the order a judge reads them."""
    return (
        Heading(text=say("A. L'urgence"), level=2),
        *_urgency(matter),
        Heading(text=say("B. L'utilité de la mesure"), level=2),
        *_usefulness(matter),
        Heading(text=say("C. Aucun obstacle à l'exécution d'une décision administrative"), level=2),
        *_no_obstacle(),
        Heading(text=say("D. Le caractère sérieux de la demande"), level=2),
        *_seriousness(matter),
    )


def _urgency(matter: Matter) -> tuple[Block, ...]:
    """By kind of request: presumed in principle for a renewal, the person's own circumstances otherwise."""
    if matter.facts.kind is CaseKind.RENEWAL:
        return _presumed(matter)
    head: tuple[Block, ...] = ()
    if matter.facts.kind is CaseKind.NATURALISATION:
        head = (
            Caution(
                text=say(
                    "pour une demande de naturalisation, l'urgence n'est presque jamais admise. Voyez un avocat avant "
                    "de déposer cette requête."
                ),
                lead=TO_CHECK,
            ),
        )
    return (*head, *_circumstances(matter))


def _presumed(matter: Matter) -> tuple[Block, ...]:
    return (
        Paragraph(
            text=say(
                "Ma demande est une demande de renouvellement de titre de séjour. Dans ce cas, l'urgence est en "
                f"principe reconnue ({CATEGORY})."
            )
        ),
        Paragraph(text=_shown(matter.facts.pieces_for(PieceUse.URGENCY), "Pièces sur l'urgence")),
        Caution(
            text=say(
                "ajoutez vos propres circonstances, même si l'urgence est en principe reconnue : date d'expiration du "
                "titre, travail, droits sociaux, études. N'écrivez que ce qui est vrai, et joignez la preuve."
            )
        ),
        Blank(lines=3),
    )


def _circumstances(matter: Matter) -> tuple[Block, ...]:
    """Blanks under a warning: for anything but a renewal, urgency is a fact that only the person knows."""
    about = (
        "En dehors du renouvellement d'un titre de séjour, l'urgence n'est pas reconnue en principe : il faut "
        f"justifier de circonstances particulières ({CATEGORY}). Voici les miennes."
    )
    return (
        Paragraph(text=say(about), keep=True),
        Caution(
            text=say(
                "sans circonstances particulières prouvées, la requête sera rejetée. Écrivez pourquoi vous ne pouvez "
                "pas attendre, par exemple : un travail ou une formation, la santé, la famille, un droit perdu. "
                "N'écrivez que ce qui est vrai, et citez la pièce qui le montre."
            ),
            lead=TO_FILL,
        ),
        Blank(lines=8),
        Paragraph(text=_shown(matter.facts.pieces_for(PieceUse.URGENCY), "Pièces sur l'urgence")),
    )


def _shown(pieces: tuple[OwnPiece, ...], what: str) -> str:
    """The person's own pieces for one condition, or that there is none yet."""
    words = cited(piece.number for piece in pieces)
    if not words:
        return say(f"{what} : aucune n'est encore dans le dossier.")
    return say(f"{what} :{words.replace('(', '').replace(')', '')}.")


def _usefulness(matter: Matter) -> tuple[Block, ...]:
    if matter.facts.only_failures:
        return (_rule(matter), _failing_rule(), *_spread(matter), *_nameless(matter), *_online(matter))
    return (_rule(matter), *_spread(matter), *_anonymous(matter), *_before_calendar(matter), *_online(matter))


def _rule(matter: Matter) -> Block:
    about = "" if matter.facts.kind in PERMITS else " Cette règle a été posée pour les titres de séjour."
    return Paragraph(
        text=say(
            "Lorsque le rendez-vous ne peut être demandé que sur internet, l'étranger qui établit n'avoir pu "
            "l'obtenir, malgré plusieurs tentatives qui n'ont pas été faites la même semaine, peut demander au juge "
            f"des référés d'ordonner au préfet de le convoquer ({SEVERAL}). L'administration doit le recevoir et "
            f"enregistrer sa demande dans un délai raisonnable ({REASONABLE}).{about}"
        )
    )


def _spread(matter: Matter) -> tuple[Block, ...]:
    """The rule held against the facts; where they fall short, a box instead of a claim."""
    facts = matter.facts
    found = [facts.dysfunctions.number] if facts.only_failures else [n for one in facts.told for n in one.numbers]
    if facts.span_days < SPAN_DAYS:
        return (
            Caution(
                text=say(
                    f"vos tentatives s'étendent sur {many(facts.span_days + 1, 'jour')} seulement. Ne dites pas "
                    "qu'elles n'ont pas été faites la même semaine avant d'en avoir fait davantage."
                ),
                lead=TO_CHECK,
            ),
        )
    return (
        Paragraph(
            text=say(
                f"C'est mon cas : {many(facts.count, 'tentative')} en {many(facts.span_days + 1, 'jour')}, "
                f"{_over(matter)} {account.came_to_nothing(facts, facts.count)}{cited(found)}."
            )
        ),
    )


def _over(matter: Matter) -> str:
    """Over how many weeks, days and hours, as far as the attempts were spread."""
    found = matter.facts.told
    words = f"sur {many(found[0].weeks, 'semaine')}," if len(found) == 1 else ""
    if any(len(one.weekdays) > 1 and one.earliest != one.latest for one in found):
        words += " à des jours et à des heures différents,"
    return words.strip() or "au total,"


def _anonymous(matter: Matter) -> tuple[Block, ...]:
    return (
        Paragraph(
            text=say(
                "Les captures ne portent pas mon nom. La page qui annonce qu'il n'y a plus de rendez-vous est toujours "
                "anonyme, car elle s'affiche avant toute saisie de données personnelles. Le Conseil d'État a jugé que "
                f"rejeter une requête pour cette raison dénature les pièces du dossier ({ANONYMOUS}). {{who}}",
                who=matter.voice.tied,
            )
        ),
    )


def _nameless(matter: Matter) -> tuple[Block, ...]:
    """The same where no page of that kind was met: the decision is said to be about another page."""
    return (
        Paragraph(
            text=say(
                "Les pièces qui montrent ces échecs ne portent pas mon nom : le site s'est arrêté avant toute saisie "
                "de données personnelles. Le Conseil d'État a jugé, au sujet de la page qui annonce qu'il n'y a plus "
                "de rendez-vous, que rejeter une requête parce que les captures sont anonymes dénature les pièces du "
                f"dossier, puisque cette page s'affiche avant cette saisie ({ANONYMOUS}). La même raison vaut ici. "
                "{who}",
                who=matter.voice.tied_attempts,
            )
        ),
    )


BEFORE_CALENDAR = (
    "Il en va de même lorsque le site ne fonctionne pas avant l'affichage du calendrier, si cela est constaté lors de "
    f"plusieurs tentatives qui n'ont pas été faites la même semaine ({CATEGORY})."
)


def _failing_rule() -> Block:
    return Paragraph(text=say(BEFORE_CALENDAR))


def _before_calendar(matter: Matter) -> tuple[Block, ...]:
    """CE 453391, when the file has such failures: they count too, but apart."""
    found = matter.facts.dysfunctions
    if not found.count:
        return ()
    have = "a échoué" if found.count == 1 else "ont échoué"
    return (
        Paragraph(
            text=say(f"{BEFORE_CALENDAR} Ici, {many(found.count, 'tentative')} {have} ainsi{cited([found.number])}.")
        ),
    )


def _online(matter: Matter) -> tuple[Block, ...]:
    """The téléservice rules of the CESEDA, which are about residence permits."""
    if matter.facts.kind not in PERMITS:
        return (
            Caution(
                text=say(
                    "les décisions citées ici concernent les titres de séjour. Demandez à un avocat si elles valent "
                    "pour votre demande, et quel texte règle la façon de la déposer."
                ),
                lead=TO_CHECK,
            ),
        )
    return (
        Paragraph(
            text=say(
                "Un module de prise de rendez-vous en ligne est un téléservice. Il ne peut être imposé que pour les "
                "titres de la liste prévue à l'article R. 431-2 du code de l'entrée et du séjour des étrangers et du "
                "droit d'asile, avec un accompagnement et une solution de substitution. Pour les autres titres, la "
                "demande est faite à la préfecture ou à la sous-préfecture, ou par voie postale si le préfet l'a prévu "
                f"(article R. 431-3 du même code), et le préfet ne peut pas rendre le téléservice obligatoire "
                f"({TELESERVICE}). Dans les deux cas, je dois pouvoir déposer ma demande."
            )
        ),
        Caution(
            text=say(
                "si votre titre est dans la liste de l'article R. 431-2 (site ANEF), montrez aussi que vous avez "
                "demandé de l'aide au centre de contact citoyen ou à un point d'accueil numérique."
            ),
            lead=TO_CHECK,
        ),
    )


def _no_obstacle() -> tuple[Block, ...]:
    return (
        Paragraph(
            text=say(
                "La mesure demandée est une date de rendez-vous. Elle ne préjuge pas de la réponse à ma demande et ne "
                "fait obstacle à l'exécution d'aucune décision administrative."
            )
        ),
        Caution(
            text=say(
                "si une décision vous concerne (refus, OQTF), cette phrase peut être fausse. Voyez un avocat avant de "
                "déposer."
            ),
            lead=TO_CHECK,
        ),
    )


def _seriousness(matter: Matter) -> tuple[Block, ...]:
    return (
        Paragraph(
            text=say(
                "Je demande {asked}. Texte qui m'y donne droit : {why}.",
                asked=matter.asked,
                why=matter.ground,
            )
        ),
        Paragraph(text=_shown(matter.facts.pieces_for(PieceUse.SERIOUSNESS), "Pièces sur le sérieux de la demande")),
        Caution(
            text=say(
                "dites en quelques phrases pourquoi vous remplissez les conditions de ce titre, et citez les pièces. "
                "N'écrivez que ce qui est vrai."
            )
        ),
        Blank(lines=4),
    )
