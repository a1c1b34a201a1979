"""With which machine, in which state: the points of NF Z67-147 that a program can measure, from the records (pure).

Each sentence says on how many visits it rests. A record that lacks a measure (made before there was one, or in the
person's own browser, of which nothing is read) is counted as not measured, never as good.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from exhibits.clock import clock_sentence
from exhibits.facts import AttemptFacts
from exhibits.model import clean, many
from temoin.canonical import Json
from temoin.records import WITHOUT_VISIT, Mode

VIEWS = {"window": "la fenêtre du navigateur, barre d'adresse comprise", "page": "la page seule, sans la fenêtre"}
PROXIES: Mapping[str, str] = {
    "none": "le navigateur a été lancé avec l'option qui écarte tout serveur mandataire (proxy)",
    "system": (
        "le navigateur suivait les réglages de l'ordinateur ; ceux que le programme sait lire ne nomment aucun "
        "serveur mandataire (proxy)"
    ),
    "set": "un serveur mandataire (proxy) était réglé sur l'ordinateur ; son adresse n'est pas conservée",
}
BEYOND = (
    "Ce qu'un programme ne peut pas établir, et qui n'est donc pas affirmé : qu'aucun équipement, entre l'ordinateur "
    "et le site, n'a modifié ou gardé en mémoire ce qui était transmis ; que le système et le navigateur étaient "
    "eux-mêmes intacts. La marque, le modèle et le numéro de série du matériel, ainsi que le type de connexion, "
    "ne sont pas relevés. Les points ci-dessus sont ceux de la norme NF Z67-147 qu'un programme peut mesurer ; cette "
    "norme est un recueil de bonnes pratiques écrit pour les commissaires de justice, et cette note n'est pas un "
    "constat."
)
_SHOWN = 4  # addresses or certificates told by name; the records hold them all


def machine_words(attempts: Sequence[AttemptFacts]) -> list[str]:
    """The items of the note's part about the machine, in order."""
    found = [facts.record.get("environment") or {} for facts in attempts]
    lines = [
        ("Navigateur", _values(found, "browser")),
        ("Système", _values(found, "os")),
        ("Version du système, avec ses correctifs", _values(found, "os_patch")),
        ("Programme", _values(found, "temoin")),
        ("Ce qui est photographié", _views(found)),
        ("Langue", _values(found, "window_language")),
        ("Taille de la page", _values(found, "viewport")),
        ("Bac à sable du navigateur (isolement)", _values(found, "sandbox")),
    ]
    items = [f"{name} : {value}." for name, value in lines if value]
    items.append(clock_sentence([one for one in attempts if one.outcome not in WITHOUT_VISIT] or attempts))
    items.append(
        "Chaque tentative a été faite dans une session neuve, sans historique ni cookie d'une visite précédente, sauf "
        "lorsque la personne a utilisé son propre navigateur."
    )
    visits = [one for one in attempts if one.outcome not in WITHOUT_VISIT and one.mode is not Mode.PHOTO]
    return [*items, *_measured(visits), BEYOND] if visits else items


def _measured(visits: Sequence[AttemptFacts]) -> Iterator[str]:
    found = [facts.record.get("environment") or {} for facts in visits]
    yield from _fresh(found)
    yield from _extensions(found)
    yield from _proxies(found)
    yield from _first_page(visits)
    yield from _connection(visits)
    yield from _public_address(found)


def _fresh(found: Sequence[Json]) -> Iterator[str]:
    """What the browser counted in its own profile before the first request; anything but nothing is told."""
    measured = [environment["fresh"] for environment in found if environment.get("fresh")]
    empty = sum(1 for fresh in measured if all(value == 0 for value in fresh.values()))
    if empty:
        yield (
            "Avant la première requête, le programme a demandé au navigateur ce que contenait la session : aucun "
            "cookie, aucune page d'historique, aucune donnée gardée pour le site (bases, fichiers, programmes "
            f"d'arrière-plan), pour {_of(empty, found)}. Le cache des images et des pages, que le navigateur ne sait "
            "pas compter, est celui d'une session neuve, gardé en mémoire seulement."
        )
    if other := len(measured) - empty:
        yield (
            f"Pour {_of(other, found)}, cette mesure n'est pas complète ou n'est pas nulle : les comptes sont dans les "
            "enregistrements."
        )
    if unmeasured := len(found) - len(measured):
        yield f"Le contenu de la session n'a pas été mesuré pour {_of(unmeasured, found)}."


def _extensions(found: Sequence[Json]) -> Iterator[str]:
    told = [environment["extensions"] for environment in found if environment.get("extensions")]
    off = [one for one in told if one.get("disabled")]
    none = sum(1 for one in off if one.get("running") == 0 and one.get("listed") in {0, None})
    if none:
        yield (
            "Extensions : le navigateur a été lancé avec l'option qui les écarte, et n'en montrait aucune en marche, "
            f"pour {_of(none, found)}."
        )
    if other := len(told) - none:
        yield f"Extensions : leur absence n'est pas établie pour {_of(other, found)}."


def _proxies(found: Sequence[Json]) -> Iterator[str]:
    states = Counter(str(environment["proxy"]) for environment in found if environment.get("proxy"))
    for state, count in sorted(states.items()):
        if state in PROXIES:
            yield f"Connexion : {PROXIES[state]} ({_of(count, found)})."


def _first_page(visits: Sequence[AttemptFacts]) -> Iterator[str]:
    began = sum(1 for one in visits if _first_address(one) == one.record["url"]["asked"])
    if began:
        yield (
            "Première page demandée dans la session neuve : l'adresse de la démarche elle-même, sans moteur de "
            f"recherche, pour {_of(began, visits)}. Les pages parcourues ensuite sont dans les enregistrements, "
            "dans leur ordre, avec l'heure et la réponse du serveur."
        )


def _first_address(one: AttemptFacts) -> str | None:
    steps = one.record.get("navigation") or []
    return str(steps[0]["url"]) if steps else None


def _connection(visits: Sequence[AttemptFacts]) -> Iterator[str]:
    """Who answered: the address and the certificate of the connection that brought the answer page."""
    answers = [facts.record.get("http") or {} for facts in visits]
    if addresses := _named(str(answer["server_address"]) for answer in answers if answer.get("server_address")):
        yield f"Adresse du serveur qui a répondu, telle que le navigateur l'a vue : {addresses}."
    certificates = [answer["tls"] for answer in answers if answer.get("tls")]
    named = (f"{one.get('subject')}, délivré par {one.get('issuer')}" for one in certificates)
    if subjects := _named(named):
        yield (
            f"Certificat présenté sur cette même connexion : {subjects}. Son empreinte est dans les enregistrements "
            f"({_of(len(certificates), visits)})."
        )


def _public_address(found: Sequence[Json]) -> Iterator[str]:
    asked = [environment for environment in found if "public_address" in environment]
    told = [one["public_address"] for one in asked if one["public_address"]]
    if told:
        named = _named(f"{one['address']} selon {one['source']}" for one in told)
        which = _of(len(told), found)
        yield f"Adresse publique du poste, demandée à un service tiers après la visite : {named} ({which})."
    elif not asked:
        yield "L'adresse publique du poste n'a pas été relevée : la personne ne l'a pas demandé."


def _of(count: int, every: Sequence[object]) -> str:
    """« 3 visites sur 4 »; « les 4 visites »."""
    if count == len(every):
        return "la seule visite" if count == 1 else f"les {many(count, 'visite')}"
    return f"{many(count, 'visite')} sur {len(every)}"


def _named(values: Iterable[str]) -> str:
    distinct = list(dict.fromkeys(clean(value) for value in values))
    more = [f"et {len(distinct) - _SHOWN} autres"] if len(distinct) > _SHOWN else []
    return " ; ".join([*distinct[:_SHOWN], *more])


def _views(found: Iterable[Json]) -> str:
    shown = (str(environment.get("view") or "") for environment in found)
    return ", ".join(dict.fromkeys(VIEWS.get(view, clean(view)) for view in shown if view))


def _values(found: Iterable[Json], name: str) -> str:
    """The distinct values of one field, in the order met."""
    shown = (_plain(environment.get(name)) for environment in found)
    return ", ".join(dict.fromkeys(clean(value) for value in shown if value))


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, dict) and {"width", "height"} <= value.keys():
        return f"{value['width']} × {value['height']} pixels"
    if isinstance(value, dict):
        return " ".join(str(one) for one in value.values() if one is not None)
    if isinstance(value, list):
        return " × ".join(str(one) for one in value)
    return str(value)
