"""The method note: plain French, drawn from the records, claiming no more than they do (pure)."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any

from exhibits.captures import PROVISIONAL
from exhibits.content import Content, Grid
from exhibits.facts import AttemptFacts
from exhibits.heading import NUMBER, Heading
from exhibits.machine import machine_words
from exhibits.model import many
from exhibits.stamps import stamp_sentences
from exhibits.tables import EARLIER
from exhibits.voice import capital
from temoin.canonical import Json
from temoin.french import MODES, french_date, french_datetime, typeset
from temoin.records import PROOFS, WITHOUT_VISIT, Mode, Role

PHOTOGRAPHED = (
    "Lorsque la personne a consulté le site dans son propre navigateur, le programme n'a rien lu de la page : à sa "
    "demande, il a photographié la fenêtre, et elle seule, et a inscrit le résultat et l'adresse qu'elle a déclarés. "
    "L'image permet de les comparer à ce qui était affiché."
)
SHELL = "cd data/3_PREUVES\nsh verifier.sh.txt"
POWERSHELL = 'powershell -ExecutionPolicy Bypass -Command "Get-Content -Raw verifier.ps1.txt | Invoke-Expression"'


def limits_words(content: Content) -> str:
    """What none of this shows, and what lets a third party see a change (DESIGN §3.10)."""
    kept = "une copie en est gardée ailleurs ou a déjà été remise"
    if content.material.stamps.names:
        kept += ", ou si un horodatage d'avant le changement l'atteste"
    return (
        "Rien ici ne prouve ce que le site a envoyé ; les empreintes montrent seulement que le dossier n'a pas "
        f"changé depuis que chaque capture a été inscrite au registre, et ne le montrent à un tiers que si {kept}."
    )


def text(words: str) -> Json:
    """A paragraph of our own words."""
    return {"kind": "text", "text": typeset(words)}


def bullet(words: str) -> Json:
    """One item of a list."""
    return {"kind": "bullet", "text": typeset(words)}


def command(words: str) -> Json:
    """What is to be typed, as it is."""
    return {"kind": "command", "text": words}


def section(heading: str, *items: Json) -> Json:
    """A titled part of a note."""
    return {"heading": typeset(heading), "items": list(items)}


def method_document(content: Content, number: str) -> Json:
    """How the captures were made, by what, for whom, and what they do and do not prove (DESIGN §3.10)."""
    heading, every = content.heading, content.material.attempts
    attempts = tuple(facts for facts in every if facts.sequence not in content.material.earlier)
    context = len(every) - len(attempts)
    return {
        "title": f"{number} Note de méthode, dossier {heading.case}",
        "heading": f"Pièce {NUMBER}{int(number)} – Note de méthode",
        "provisional": PROVISIONAL if heading.draft else "",
        "band": heading.band,
        "sections": [
            section("Qui a pris les images, et pour qui", *_who(attempts, heading)),
            section("Quand", *_when(attempts, content.planned), *_context(context), table_of(content.grid)),
            section("Avec quelle machine", *map(bullet, machine_words(attempts))),
            section("À quel rythme", *_pace(attempts)),
            section("Horodatage par un tiers", *_stamped(content, attempts)),
            section("Ce qui est prouvé, et ce qui ne l'est pas", *_proved(content), *archive_items(content)),
            section("Comment vérifier", *check_items()),
        ],
    }


def table_of(grid: Grid) -> Json:
    """The small table of days and hours."""
    return {"kind": "table", "columns": list(grid.columns), "rows": [list(row) for row in grid.rows]}


def _who(attempts: Sequence[AttemptFacts], heading: Heading) -> list[Json]:
    modes = Counter(facts.mode for facts in attempts if facts.outcome not in WITHOUT_VISIT)
    items = [
        text(
            f"Les images ont été prises par un programme, Témoin, {heading.voice.where}, pour le dossier "
            f"{heading.case}. {capital(heading.voice.did('lancé le programme'))}. Le "
            "nom de la personne ne figure pas ici : la page de rendez-vous est consultée avant toute saisie "
            "d'identité, et le programme n'en connaît pas. Le programme va jusqu'à la réponse sur les "
            "disponibilités, et s'arrête là : il ne choisit aucun créneau, n'écrit dans aucun champ, ne répond à "
            "aucun test anti-robot, et se présente au site sous son nom."
        ),
        *_conditions(attempts),
    ]
    items += [bullet(f"{many(modes[mode], 'tentative')} {MODES[mode]}.") for mode in Mode if modes[mode]]
    if not modes[Mode.ASSISTED] and not modes[Mode.PHOTO]:
        items.append(bullet("Aucune tentative faite à la main."))
    if modes[Mode.PHOTO]:
        items.append(text(PHOTOGRAPHED))
    return items


def _conditions(attempts: Sequence[AttemptFacts]) -> list[Json]:
    """Who accepted the site's conditions, and when: a program ticked the box, after a person had read them."""
    terms = [(facts.record.get("politeness") or {}).get("terms") or {} for facts in attempts]
    days = sorted({str(found["read"]) for found in terms if found.get("read")})
    if not days:
        return []
    read = " et le ".join(french_date(date.fromisoformat(day), weekday=False) for day in days)
    return [
        text(
            f"Les conditions d'utilisation du site ont été lues par une personne le {read}. Lorsque le site le "
            "demande, le programme coche ensuite à chaque visite la case qui les accepte, choisit le motif ou le "
            "guichet suivi et presse le bouton qui mène à la réponse ; si leur texte change, il s'arrête. Dans la "
            "fenêtre ouverte à une personne, c'est elle qui les accepte."
        )
    ]


def _when(attempts: Sequence[AttemptFacts], known: Collection[int]) -> list[Json]:
    if not attempts:
        return [text("Aucune tentative.")]
    visits = [facts for facts in attempts if facts.outcome not in WITHOUT_VISIT]
    unvisited = len(attempts) - len(visits)
    drawn = sum(1 for facts in attempts if facts.record.get("due"))
    planned = sum(1 for facts in attempts if facts.sequence in known)
    items = [
        text(
            f"{_told(attempts)} Les heures sont celles du lieu de la préfecture, avec leur décalage par rapport au "
            "temps universel (UTC)."
        )
    ]
    if unvisited:
        which = "Elle est" if len(attempts) == 1 else f"Parmi elles, {many(unvisited, 'tentative')}"
        items.append(
            text(
                f"{which} sans visite du site : rien n'a été consulté à l'heure prévue, ou le programme s'est "
                "abstenu. Le registre donne toutes les tentatives, et la raison de celles-ci lorsqu'elle est connue."
            )
        )
    if planned:
        items.append(
            text(
                f"Pour {many(planned, 'tentative')}, l'heure avait été tirée au sort à l'avance dans les plages "
                "horaires choisies, et ce tirage inscrit au registre avant la tentative : elle n'a pas été "
                "choisie après coup."
            )
        )
    invited = sum(1 for facts in visits if facts.record.get("due") and facts.mode is not Mode.UNATTENDED)
    if invited:
        items.append(
            text(
                f"Parmi les tentatives dont l'heure était prévue, {many(invited, 'tentative')} à la main : l'heure "
                "prévue est alors celle d'une invitation, que la personne a suivie dans les soixante minutes, ou "
                "qu'elle a d'abord remise à plus tard."
            )
        )
    if drawn - planned:
        items.append(
            text(
                f"Pour {many(drawn - planned, 'tentative')}, l'heure avait été prévue, sans que le registre montre "
                "que ce fût à l'avance."
            )
        )
    if len(attempts) - drawn:
        items.append(text(f"{many(len(attempts) - drawn, 'tentative')} à un moment choisi par une personne."))
    return items


def _told(attempts: Sequence[AttemptFacts]) -> str:
    """How many attempts from when to when; of a single one, when it was."""
    first, last = min(attempts, key=_at), max(attempts, key=_at)
    if len(attempts) == 1:
        return f"Une tentative, le {french_datetime(first.at, first.zone)}."
    days = len({facts.local.date() for facts in attempts})
    return (
        f"{many(len(attempts), 'tentative')}, du {french_datetime(first.at, first.zone)} au "
        f"{french_datetime(last.at, last.zone)}, sur {many(days, 'jour')}."
    )


def _context(count: int) -> list[Json]:
    """What the register has besides, made while the case did not follow the procedure (DESIGN §9)."""
    if not count:
        return []
    made = "faite" if count == 1 else "faites"
    told = "Elle n'est pas comptée ici." if count == 1 else "Elles ne sont pas comptées ici."
    return [text(f"Le registre contient aussi {many(count, 'tentative')} {made} {EARLIER}. {told}")]


def _at(facts: AttemptFacts) -> Any:  # noqa: ANN401 - a sort key
    return facts.at


def _pace(attempts: Sequence[AttemptFacts]) -> list[Json]:
    paces = [facts.record["politeness"]["pace"] for facts in attempts if facts.record["politeness"]["pace"]]
    items = [
        text(
            "Le programme n'insiste pas : quelques tentatives par jour au plus, espacées, et il s'arrête quand le "
            "site le lui demande. Un site peut répondre autrement à un visiteur trop pressé : c'est pourquoi le "
            "rythme est inscrit avec chaque tentative."
        )
    ]
    if paces:
        day = max(pace["day"] for pace in paces)
        week = max(pace["week"] for pace in paces)
        items.append(
            text(
                "Au plus fort, ce poste avait fait au même site, toutes démarches et tous dossiers confondus, "
                f"{many(day, 'visite')} dans les vingt-quatre heures et {week} dans les sept jours."
            )
        )
    return [*items, *_controls(attempts)]


def _controls(attempts: Sequence[AttemptFacts]) -> Iterator[Json]:
    """What was asked of the host besides the answer, and which answers are not counted (docs/adr/0019)."""
    found = [facts.record["politeness"].get("control") for facts in attempts]
    states = Counter(str(control["state"]) for control in found if control)
    if states:
        yield text(
            f"Après {many(sum(states.values()), 'réponse')}, une autre page du même site a été demandée dans la même "
            f"visite : servie {states['served']} fois, refusée ou non servie {states['failed']} fois. Qu'elle soit "
            "servie montre seulement que le site répondait à ce visiteur."
        )
    doubtful = sum(facts.outcome in PROOFS and not facts.is_proof for facts in attempts)
    if doubtful:
        count = "ne compte pas" if doubtful == 1 else "ne comptent pas"
        yield text(
            f"{many(doubtful, 'réponse')} « aucun rendez-vous » {count} : au cours de la même visite, une autre page "
            "n'a pas été servie normalement. Le registre le dit pour chacune."
        )


def _stamped(content: Content, attempts: Sequence[AttemptFacts]) -> list[Json]:
    entries = [(facts.sequence, facts.at) for facts in attempts]
    return [text(words) for words in stamp_sentences(content.material.stamps, entries)]


def _proved(content: Content) -> list[Json]:
    held = "celui qui s'en sert."
    shown = "tant qu'une copie du registre, ou un dossier déjà remis, existe ailleurs"
    if content.material.stamps.names:
        shown += ", ou qu'un horodatage a été donné avant le changement"
    else:
        held += " Les heures sont celles de la machine ; ce dossier ne contient pas d'horodatage par un tiers."
    return [
        text(
            "Ce qui est montré : chaque image a été inscrite au registre avec son empreinte (SHA-256), le programme "
            "n'en retouche aucune, et chaque inscription dépend de toutes les précédentes. Une image, une heure ou "
            f"un résultat changés, retirés ou ajoutés après coup se voient, {shown}. Le registre "
            "contient toutes les tentatives que le programme a faites pour ces démarches."
        ),
        text(
            "Ce qui ne l'est pas : les empreintes ne prouvent pas ce que le site a envoyé, et le registre est "
            f"tenu par {held}"
        ),
    ]


def archive_items(content: Content) -> list[Json]:
    """What the web archive shows, and what it does not; nothing where no visit left one."""
    attempts = [facts for facts in content.material.attempts if facts.outcome not in WITHOUT_VISIT]
    held = sum(Role.EXCHANGE in facts.roles for facts in attempts)
    if not held:
        return []
    words = (
        "Le fichier captures.wacz s'ouvre avec ReplayWeb.page (https://replayweb.page, ou le programme du même nom, "
        "sans internet) : il rejoue les pages telles que le navigateur les a reçues, sans les cookies, les jetons ni "
        "ce que le formulaire a envoyé. Il ne prouve pas à lui seul ce que le site a envoyé : il vient du même "
        "programme que les images."
    )
    if left := len(attempts) - held:
        words += f" {many(left, 'tentative')} n'y {'figure' if left == 1 else 'figurent'} pas : rien n'en a été gardé."
    return [text(words)]


def check_items() -> list[Json]:
    """How anyone checks the bundle."""
    return [
        text("Le dossier se vérifie sans Témoin, avec les outils ordinaires d'un ordinateur, depuis sa racine :"),
        command(SHELL),
        text("sous Windows, dans le dossier data\\3_PREUVES :"),
        command(POWERSHELL),
        text(
            "Le fichier manifest-sha256.txt suit la norme BagIt 1.0 (RFC 8493). Avec Témoin, « temoin verify » "
            "suivi du chemin du dossier fait les mêmes contrôles, et d'autres."
        ),
    ]
