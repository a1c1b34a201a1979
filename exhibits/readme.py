"""LISEZ-MOI: what this folder is, what to file and how, what to do afterwards, what stays, how to check (pure).

For somebody who has no lawyer and reads French slowly: short sentences, the next thing to do first. The long version
is ``docs/deposer.md``; the rules are those of the code de justice administrative.
"""

from collections.abc import Sequence

from exhibits.content import Content
from exhibits.heading import Heading
from exhibits.model import many
from exhibits.notes import archive_items, bullet, check_items, limits_words, section, text
from temoin.canonical import Json


def readme_document(content: Content, to_file: Sequence[str]) -> Json:
    """The whole document; ``to_file`` are the files of ``1_A_DEPOSER`` in the order of filing."""
    heading = content.heading
    return {
        "title": f"LISEZ-MOI, dossier {heading.case}",
        "heading": "LISEZ-MOI",
        "provisional": "",
        "band": heading.band,
        "sections": [
            section("Qu'est-ce que c'est ?", *_what(content)),
            section("Avant de déposer", *_before(heading)),
            *_filing(content, to_file),
            section("Les modèles de lettres", *_models(content)),
            section("Ce qui ne se dépose pas", *_kept(content)),
            section("Ce que cela prouve", text(limits_words(content))),
            section("Comment vérifier", *check_items()),
        ],
    }


def _filing(content: Content, to_file: Sequence[str]) -> list[Json]:
    """How to file, and what comes after; where nothing can be pleaded there is no petition, and no word of one."""
    found = [section("Ce qui se dépose, et dans quel ordre", *_filed(content, to_file))]
    if content.can_plead:
        found += [
            section("Déposer par internet : Télérecours citoyens", *_online(content.heading)),
            section("Déposer sur papier", *_paper(content)),
            section("Après le dépôt", *_after()),
        ]
    return found


def _what(content: Content) -> list[Json]:
    heading = content.heading
    items = [
        text(
            f"{heading.state} Ce dossier réunit {_shown(content)}, "
            "numérotées pour être produites devant le tribunal administratif (référé mesures utiles, article "
            "L. 521-3 du code de justice administrative), des modèles de lettres, et de quoi contrôler que rien n'a "
            "été modifié."
        )
    ]
    if heading.draft:
        items.append(
            text(
                "C'est un brouillon : les numéros peuvent encore changer. Pour déposer, faites un dépôt, qui fige les "
                "numéros et les fichiers (avec la commande : « --file »)."
            )
        )
    if heading.supplement:
        items.append(
            text(
                f"C'est un complément à une requête déjà déposée : il ne contient que les pièces nouvelles, et un "
                f"inventaire complété qui remplace le précédent. {many(len(content.place.lines), 'pièce')} ont déjà "
                "été déposées : ne les envoyez pas de nouveau."
            )
        )
    if heading.simulated:
        items.append(text("C'est une simulation, faite sur un site d'essai : elle ne prouve rien et ne se dépose pas."))
    return items


def _shown(content: Content) -> str:
    """What the exhibits show, and no more than that."""
    if any(one.proofs for one in content.figures):
        return "les pièces qui montrent qu'aucun rendez-vous n'était proposé"
    if content.dysfunctions:
        return "les pièces qui montrent que le site n'a pas permis d'arriver jusqu'au calendrier des rendez-vous"
    return "les pièces de la personne (aucune ne montre encore qu'un rendez-vous n'a pas pu être obtenu)"


def _before(heading: Heading) -> list[Json]:
    items = [
        text(
            "Faites relire votre dossier par une association ou un avocat : une requête peut exposer à "
            "un refus de séjour et à une obligation de quitter le territoire (OQTF). L'aide juridictionnelle paie "
            "l'avocat si vos revenus sont faibles : elle se demande au tribunal, avant ou en même temps que la "
            "requête. Sans avocat, la requête est possible aussi : elle est gratuite."
        ),
        text(
            "Ouvrez chaque fichier et regardez-le. Est-ce la bonne préfecture, la bonne démarche, la bonne phrase ? "
            "Complétez les blancs des lettres : ils sont visibles. N'écrivez rien qui ne soit exact."
        ),
    ]
    if heading.voice.is_association:
        visits = "Une partie des visites a été faite" if heading.voice.shared else "Les visites ont été faites"
        items.append(
            text(
                f"{visits} par une association, à la demande de la personne : joignez le mandat "
                "signé (modèle dans 2_MODELES)."
            )
        )
    return items


def _filed(content: Content, to_file: Sequence[str]) -> list[Json]:
    grouped = " : les captures étant groupées par période, il est obligatoire (article R. 414-5)"
    return [
        text(
            "Les fichiers du dossier 1_A_DEPOSER, à joindre à la requête dans cet ordre. Leurs intitulés, à "
            "copier dans Télérecours citoyens, sont dans TITRES.txt. Ne renommez pas les fichiers : leurs noms "
            "portent les numéros des pièces."
        ),
        {"kind": "files", "names": list(to_file)},
        text(
            f"L'inventaire détaillé se dépose toujours{grouped if content.order.captures else ''}. Ses versions "
            ".csv et .docx sont là pour vos calculs et pour y ajouter d'autres pièces."
        ),
    ]


def _online(heading: Heading) -> list[Json]:
    steps = [
        (
            "Ouvrez un compte sur Télérecours citoyens. C'est la seule voie électronique pour qui n'a pas d'avocat, "
            "et les pièces suivantes devront passer par elle aussi (article R. 414-2)."
        ),
        "Choisissez le tribunal administratif du lieu de la préfecture, puis « référé ».",
        (
            "Deux fichiers sont demandés à part : la requête, et un justificatif de l'absence de décision (dans "
            "2_MODELES)."
        ),
        (
            "Ajoutez chaque pièce par un fichier distinct, avec son intitulé : sans cela, la requête peut être rejetée "
            "(article R. 414-5). En référé, le juge n'est pas tenu de vous demander de corriger (article R. 522-2)."
        ),
        "Se connecter à l'application vaut signature (article R. 414-4).",
    ]
    if heading.supplement:
        steps = [
            "Ouvrez l'affaire déjà déposée dans Télérecours citoyens, et ajoutez-y ces fichiers.",
            (
                "Chaque pièce est un fichier distinct, avec son intitulé (article R. 414-5). L'inventaire complété "
                "remplace le précédent."
            ),
        ]
    return [bullet(step) for step in steps]


def _paper(content: Content) -> list[Json]:
    if content.place.supplement:
        return [
            bullet("Imprimez l'inventaire complété et les pièces nouvelles en deux exemplaires."),
            bullet(
                "Joignez une lettre qui cite le numéro de la requête. Écrivez « RÉFÉRÉ » sur l'enveloppe, et envoyez "
                "le tout en lettre recommandée avec avis de réception."
            ),
        ]
    two = "Les captures peuvent s'imprimer à deux par page, avec les mêmes numéros (avec la commande : « --paper »)."
    return [
        bullet("Imprimez la requête, l'inventaire et les pièces en deux exemplaires, dans l'ordre de l'inventaire."),
        bullet(
            "Signez la requête. Écrivez « RÉFÉRÉ » en tête de la requête et sur l'enveloppe, et envoyez le tout en "
            "lettre recommandée avec avis de réception (article R. 522-3)."
        ),
        *([bullet(two)] if content.order.captures else []),
    ]


def _after() -> list[Json]:
    return [
        bullet(
            "Regardez chaque jour Télérecours citoyens : en référé, ce qui y est mis est réputé reçu aussitôt "
            "(article R. 522-10-1). Il peut y avoir une audience, ou aucune : le juge peut aussi décider par écrit."
        ),
        bullet(
            "Continuez les tentatives et les démarches, jusqu'au rendez-vous. Si un créneau paraît, prenez-le, puis "
            "notez-le dans le journal. Les pièces nouvelles partent dans un complément (avec la commande : "
            "« --supplement »)."
        ),
        bullet(
            "Si la requête est rejetée, vous avez quinze jours pour saisir le Conseil d'État (article R. 523-1), avec "
            "un avocat aux Conseils. Une nouvelle requête, avec plus de preuves, est possible aussi."
        ),
        bullet("Si un rendez-vous est donné avant le jugement, dites-le au tribunal : il n'y aura plus à statuer."),
    ]


def _models(content: Content) -> list[Json]:
    heading = content.heading
    if not content.can_plead:
        return [
            text(
                "Aucune tentative n'a encore montré qu'il n'y a pas de rendez-vous, ni que le site ne fonctionne pas : "
                "les lettres à la préfecture et la requête ne diraient rien qui soit prouvé. Le dossier 2_MODELES ne "
                "contient donc que le mandat à donner à une association et l'aide pour l'attestation d'un témoin. Ne "
                "déposez pas encore : les autres lettres y seront dès qu'une tentative montrera l'un ou l'autre."
            )
        ]
    words = (
        "Le dossier 2_MODELES contient des lettres à compléter, en .docx et en .txt. Elles sont remplies avec les "
        "dates, les nombres et les numéros de pièces ; le nom et l'adresse y sont en blanc. "
    )
    if heading.draft:
        words += "Tant que c'est un brouillon, les numéros de pièces qu'elles citent peuvent changer. "
    return [
        text(
            f"{words}Si vous donnez votre nom et votre adresse (avec la commande : « --identity »), les mêmes lettres "
            "sont écrites à votre nom dans un dossier voisin, qui n'entre jamais dans les preuves."
        )
    ]


def _kept(content: Content) -> list[Json]:
    return [
        text(
            "Le dossier 3_PREUVES ne se dépose pas : gardez-le, sans rien y changer, avec tout le reste de ce "
            "dossier, en deux copies dont une ailleurs que chez vous. Il contient les images d'origine, le texte "
            "des pages, le registre, et les originaux de ce que vous avez ajouté. Il permet à quiconque, la préfecture "
            "ou un expert, de tout contrôler."
        ),
        *archive_items(content),
    ]
