"""The petition of article L. 521-3 CJA: parties, facts, conclusions, list of exhibits (pure).

The discussion in law is in ``discussion``. Facts that only the person knows are blanks with a box that says so.
"""

import re

from exhibits.letters import account, discussion, failures
from exhibits.letters.blocks import (
    TO_CHECK,
    Align,
    Blank,
    Block,
    Bullet,
    Caution,
    Column,
    Heading,
    Letter,
    Paragraph,
    Table,
)
from exhibits.letters.facts import ExhibitLine, PreviousFiling
from exhibits.letters.matter import PERMITS, Matter, field_line, title_line
from exhibits.letters.wording import (
    between_text,
    blank,
    cited,
    day_text,
    exhibits_text,
    given,
    listed,
    many,
    of_the_prefecture,
    plain,
    say,
)
from temoin.french import NO_BREAK
from temoin.records import CaseKind, JournalKind, PieceUse

L_521_3 = (
    "« En cas d'urgence et sur simple requête qui sera recevable même en l'absence de décision administrative "
    "préalable, le juge des référés peut ordonner toutes autres mesures utiles sans faire obstacle à l'exécution "
    "d'aucune décision administrative. »"
)
ENOUGH_DAYS = 8  # full days; 13 to 18 September 2019 was not enough (CE, 435594)
ASTREINTE = "100 € par jour de retard"
DELAY = "quinze jours"


def petition(matter: Matter) -> Letter:
    """The petition, its page on the absence of a decision last."""
    blocks = (
        *_before_filing(matter),
        *_parties(matter),
        Heading(text=say("I. Les faits et la procédure")),
        *_facts(matter),
        Heading(text=say("II. Discussion")),
        *discussion.discussion(matter),
        Heading(text=say("III. Conclusions")),
        *_conclusions(matter),
        Heading(text=say("IV. Pièces jointes")),
        *_enclosed(matter),
        *_no_decision(matter),
    )
    return Letter(name="requete_refere", title=matter.titled("Requête en référé mesures utiles"), blocks=blocks)


def no_decision(matter: Matter) -> Letter:
    """The last page of the petition as a document of its own: Télérecours citoyens asks for one."""
    return Letter(
        name="absence_de_decision",
        title=matter.titled("Absence de décision attaquée"),
        blocks=_no_decision(matter),
    )


def _before_filing(matter: Matter) -> tuple[Block, ...]:
    """What stops or changes a petition: told before its first line."""
    facts = matter.facts
    found = [
        say(
            "faites relire cette requête par une association ou un avocat. Si un refus de séjour ou une obligation de "
            "quitter le territoire (OQTF) vous a été notifié, parlez-en à un avocat avant de déposer. Remplissez les "
            "pointillés, puis effacez les encadrés."
        )
    ]
    if facts.kind is CaseKind.NATURALISATION:
        found.append(
            say(
                "pour une demande de naturalisation, l'urgence n'est presque jamais admise par le juge des référés. "
                "Sans urgence, la requête est rejetée."
            )
        )
    if facts.only_failures:
        found.append(say(failures.BEFORE_FILING))
    if facts.span_days < ENOUGH_DAYS:
        found.append(
            say(
                f"vos tentatives s'étendent sur {many(facts.span_days + 1, 'jour')} seulement. Le Conseil d'État "
                "demande des tentatives qui n'ont pas été faites la même semaine (10 juin 2020, n° 435594). Dans cette "
                "affaire, des captures du 13 au 18 septembre n'ont pas suffi. Il vaut mieux continuer, sauf si votre "
                "titre expire bientôt : dans ce cas, voyez un avocat sans attendre."
            )
        )
    if facts.obtained:
        found.append(
            say(
                "votre journal dit qu'un rendez-vous a été obtenu. Ne déposez pas cette requête sans en parler à un "
                "avocat : le juge pourrait n'avoir plus rien à ordonner."
            )
        )
    return tuple(Caution(text=words, lead="AVANT DE DÉPOSER (à effacer ensuite)") for words in found)


def _parties(matter: Matter) -> tuple[Block, ...]:
    one = matter.identity
    lawyer: tuple[Block, ...] = ()
    if one.avocat.nom:
        address = f", {plain(one.avocat.adresse)}" if one.avocat.adresse else ""
        lawyer = (field_line("Ayant pour avocat", f"{plain(one.avocat.nom)}{address}"),)
    return (
        title_line("RÉFÉRÉ"),
        Paragraph(text=say("Requête en référé mesures utiles"), align=Align.CENTER, strong=True, tight=True),
        Paragraph(text=say("article L. 521-3 du code de justice administrative"), align=Align.CENTER),
        *matter.to_the_court(),
        Heading(text="POUR", level=2),
        *matter.identity_lines(),
        *lawyer,
        Heading(text="CONTRE", level=2),
        field_line("Défendeur", matter.prefet),
        field_line("Adresse", given(one.prefet.adresse, "adresse de la préfecture")),
        Paragraph(text=matter.today, lead=say("Date :")),
    )


def _facts(matter: Matter) -> tuple[Block, ...]:
    """The numbered points; the one on failures is that on attempts where no attempt went further."""
    points = (
        ("Ma situation et ma demande", _situation(matter)),
        ("Le site internet est le seul moyen d'obtenir un rendez-vous", _only_way(matter)),
        *_attempts(matter),
        ("Les autres démarches", account.steps(matter)),
        ("Les conséquences pour moi", _consequences()),
    )
    return (*_previous(matter), *(block for place, point in enumerate(points, 1) for block in _point(place, *point)))


def _point(place: int, title: str, blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    return (Heading(text=say(f"{place}. {title}"), level=2), *blocks)


def _attempts(matter: Matter) -> tuple[tuple[str, tuple[Block, ...]], ...]:
    """What the site answered, point by point."""
    facts = matter.facts
    told = (*account.attempts(matter), account.tool(matter), *_summary(facts.fixed.summary))
    slots = ("Les créneaux vus", account.slots(matter))
    if facts.only_failures:
        return (("Les échecs avant le calendrier", (*told, *account.refusals(matter))), slots)
    return (("Les tentatives", told), slots, ("Les échecs avant le calendrier", _failures(matter)))


def _consequences() -> tuple[Block, ...]:
    return (
        Caution(
            text=say(
                "dites en quelques phrases ce que l'absence de rendez-vous change dans votre vie. N'écrivez que ce qui "
                "est vrai, et citez la pièce qui le montre."
            )
        ),
        Blank(lines=4),
    )


def _failures(matter: Matter) -> tuple[Block, ...]:
    found = account.dysfunctions(matter) or (Paragraph(text=say("Aucun échec avant le calendrier n'a été constaté.")),)
    return (*found, *account.refusals(matter))


def _previous(matter: Matter) -> tuple[Block, ...]:
    """A new petition says that it is one, and what is new in it."""
    before = matter.facts.previous
    if before is None:
        return ()
    more = f" et complété le {day_text(before.completed)}" if before.completed else ""
    return (
        Heading(text=say("Une nouvelle requête"), level=2),
        Paragraph(
            text=say(
                f"Un dossier précédent avait été arrêté le {day_text(before.on)} (dépôt n° {before.number}){more}. "
                f"Suite qui lui a été donnée : {blank('rejet ou autre, date et numéro de l’ordonnance')}."
            )
        ),
        Paragraph(text=_since(before)),
        *(Bullet(text=account.step_text(step)) for step in before.steps),
    )


def _since(before: PreviousFiling) -> str:
    found = []
    if before.attempts and before.first and before.last:
        have = "n'a donné" if before.attempts == 1 else "n'ont donné"
        found.append(f"{_new(before.attempts)} {have} aucun rendez-vous, {between_text(before.first, before.last)}.")
    if before.failures:
        have = "s'est arrêtée" if before.failures == 1 else "se sont arrêtées"
        found.append(f"{_new(before.failures)} {have} avant le calendrier.")
    words = " ".join(["Depuis,", *(found or ["le dossier ne contient pas de nouvelle tentative."])])
    if not before.steps:
        return say(words)
    more = "une nouvelle démarche a été faite" if len(before.steps) == 1 else "de nouvelles démarches ont été faites"
    return say(f"{words} En outre, {more} :")


def _new(count: int) -> str:
    return many(count, "nouvelle tentative", "nouvelles tentatives")


def _situation(matter: Matter) -> tuple[Block, ...]:
    one = matter.identity
    pieces = matter.facts.pieces_for(PieceUse.IDENTITY)
    found: list[Block] = [
        Paragraph(
            text=say(
                f"Je suis de nationalité {{nationality}}, né(e) {{born}}{cited(piece.number for piece in pieces)}. "
                "Je demande {asked}.",
                nationality=given(one.nationalite, "nationalité"),
                born=matter.born,
                asked=matter.asked,
            )
        )
    ]
    if matter.facts.kind is CaseKind.RENEWAL or one.titre.nature:
        found.append(
            Paragraph(
                text=say(
                    "J'ai {nature}, qui expire le {day}.",
                    nature=given(one.titre.nature, "nature de votre titre actuel"),
                    day=day_text(one.titre.expire_le) if one.titre.expire_le else blank("date d'expiration"),
                )
            )
        )
    found.append(
        Caution(text=say("dites depuis quand vous vivez en France, et depuis quand vous cherchez ce rendez-vous."))
    )
    found.append(Blank(lines=2))
    return tuple(found)


def _only_way(matter: Matter) -> tuple[Block, ...]:
    """The exhibit that shows it, or a box that asks for it; and what only the person can confirm."""
    number = matter.facts.fixed.only_way
    offices = dict.fromkeys(of_the_prefecture(one.prefecture) for one in matter.facts.told)
    if number is None:
        return (
            Caution(
                text=say(
                    "la page de la préfecture qui impose de prendre rendez-vous sur internet manque dans ce dossier. "
                    "Joignez-la, donnez son numéro, et dites si un autre moyen existe."
                )
            ),
            Paragraph(
                text=say(
                    f"La page d'information {{offices}} qui renvoie au site est la pièce n° {blank('numéro')}.",
                    offices=listed(list(offices)),
                )
            ),
            Blank(lines=2),
        )
    return (
        Paragraph(
            text=say(
                f"La page d'information {{offices}} renvoie à la prise de rendez-vous sur internet{cited([number])}. À "
                "ma connaissance, il n'existe pas d'autre moyen d'obtenir ce rendez-vous.",
                offices=listed(list(offices)),
            )
        ),
        Caution(
            text=say(
                "effacez la deuxième phrase si la préfecture accepte aussi un courriel, une lettre ou un passage au "
                "guichet."
            ),
            lead=TO_CHECK,
        ),
    )


def _summary(number: int | None) -> tuple[Block, ...]:
    if number is None:
        return ()
    return (Paragraph(text=say(f"Une synthèse d'une page résume ces tentatives{cited([number])}.")),)


def _conclusions(matter: Matter) -> tuple[Block, ...]:
    what = "déposer ma demande de titre de séjour" if matter.facts.kind in PERMITS else "déposer ma demande"
    return (
        Paragraph(text=say("Par ces motifs, je demande au juge des référés du {tribunal} :", tribunal=matter.tribunal)),
        Bullet(
            text=say(
                f"d'enjoindre {{prefet}} de me convoquer à un rendez-vous pour {what}, dans un délai de {DELAY} à "
                "compter de la notification de l'ordonnance, ou dans tout autre délai que le juge fixera (articles "
                "L. 911-1 et L. 521-3 du code de justice administrative) ;",
                prefet=matter.to_prefet,
            )
        ),
        Bullet(
            text=say(f"d'assortir cette injonction d'une astreinte de {ASTREINTE} (article L. 911-3 du même code) ;")
        ),
        Bullet(
            text=say(
                "de mettre à la charge de l'État la somme de 500 €, ou toute autre somme que le juge fixera, au titre "
                "des frais de l'instance (article L. 761-1 du même code)."
            )
        ),
        *matter.dated("Signature du requérant (article R. 431-4 du code de justice administrative) :"),
        Paragraph(
            text=say(
                "Par Télérecours citoyens, l'identification dans l'application vaut signature (article R. 414-4 du "
                "même code)."
            )
        ),
    )


def _enclosed(matter: Matter) -> tuple[Block, ...]:
    lines = matter.facts.exhibits
    if not lines:
        return (Caution(text=say("joignez l'inventaire détaillé et les pièces (article R. 412-2 du code).")),)
    return (
        Paragraph(
            text=say(
                "L'inventaire détaillé est joint (article R. 412-2 du code de justice administrative). Il donne chaque "
                "pièce avec son numéro, sa date et son fichier."
            ),
            keep=True,
        ),
        Table(
            columns=(Column(name="Pièces", width=2.9), Column(name="Intitulé"), Column(name="Fichier", width=6.4)),
            rows=tuple((_range(line), _bare(line), plain(line.file)) for line in lines),
        ),
    )


def _range(line: ExhibitLine) -> str:
    return exhibits_text(range(line.first, line.last + 1)).split(NO_BREAK, 1)[1]


def _bare(line: ExhibitLine) -> str:
    """The title without the numbers it begins with in Télérecours: they have a column of their own."""
    found = re.match(r"(\d+)(?:-(\d+))? ", line.title)
    same = found is not None and (int(found[1]), int(found[2] or found[1])) == (line.first, line.last)
    return plain(line.title[found.end() :] if found is not None and same else line.title)


def _no_decision(matter: Matter) -> tuple[Block, ...]:
    elsewhere = [step for step in matter.facts.elsewhere if step.kind is JournalKind.DECISION]
    decisions = [*matter.facts.steps_of(JournalKind.DECISION), *elsewhere]
    checks: tuple[Block, ...] = ()
    if decisions:
        checks = (
            Caution(
                text=say(
                    "votre journal contient une réponse ou une décision de la préfecture"
                    f"{cited(step.number for step in decisions)}. S'il s'agit d'un refus, cette page ne convient pas : "
                    "voyez un avocat avant de déposer."
                ),
                lead=TO_CHECK,
            ),
        )
    return (
        Heading(text=say("Absence de décision attaquée"), new_page=True),
        *checks,
        field_line("Requérant", matter.full_name),
        field_line("Défendeur", matter.prefet),
        field_line("Juridiction", say("juge des référés du {tribunal}", tribunal=matter.tribunal)),
        Paragraph(text=matter.today, lead=say("Date :")),
        Paragraph(
            text=say(
                "Cette page est jointe à la place de la décision attaquée. Il n'y a pas de décision à joindre : la "
                "requête n'est dirigée contre aucune décision. Elle est fondée sur l'article L. 521-3 du code de "
                "justice administrative, qui dispose :"
            )
        ),
        Paragraph(text=say(L_521_3)),
        Paragraph(
            text=say(
                "La requête est donc recevable sans décision préalable. Elle demande une date de rendez-vous, que le "
                "site de la préfecture n'a pas permis d'obtenir."
            )
        ),
        *matter.dated(),
    )
