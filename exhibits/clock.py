"""What the documents say of the clock: how far it was from a time server, and from the site's own hour (pure)."""

from collections.abc import Sequence

from exhibits.facts import AttemptFacts
from exhibits.model import many
from temoin.canonical import Json

BEYOND_MS = 2_000  # an offset that a page mentions (DESIGN §9 asks for the attested hour; nobody is late by less)
_DATE_STEP_MS = 500  # the site's header has no fractions of a second: half of one is unknown either way


def clock_doubts(record: Json) -> str:
    """« en retard de 3,4 s sur un serveur de temps », or nothing; never of a replica, whose hour is made up."""
    if record.get("simulated"):
        return ""
    offset = (record.get("clock") or {}).get("offset_ms")
    site = (record.get("http") or {}).get("date_offset_ms")
    found = []
    if offset is not None and abs(offset) > BEYOND_MS:
        found.append(f"{_words(offset)} sur un serveur de temps")
    if site is not None and abs(site) > BEYOND_MS + _DATE_STEP_MS:
        found.append(f"{_words(site)} sur l'heure que donne le site")
    return f"horloge de l'ordinateur {', et '.join(found)}" if found else ""


def clock_sentence(attempts: Sequence[AttemptFacts]) -> str:
    """What the method note says of all of them."""
    offsets = [(facts.record.get("clock") or {}).get("offset_ms") for facts in attempts]
    known = [offset for offset in offsets if offset is not None]
    if not known:
        return "Horloge : celle de la machine ; elle n'a pas été comparée à un serveur de temps."
    if len(known) == len(attempts):
        compared = "comparée à un serveur de temps (NTP) lors de chaque tentative"
    else:
        compared = f"comparée à un serveur de temps (NTP) pour {many(len(known), 'tentative')} sur {len(attempts)}"
    widest = max(known, key=abs)
    return f"Horloge : {compared} ; écart d'au plus {_seconds(widest)} ; il est inscrit avec chacune."


def _words(offset_ms: int) -> str:
    """The server is ahead when the machine's clock is late."""
    return f"{'en retard' if offset_ms > 0 else 'en avance'} de {_seconds(offset_ms)}"


def _seconds(offset_ms: int) -> str:
    if abs(offset_ms) < 100:  # noqa: PLR2004 - shown to a tenth of a second
        return "0,1 s"
    return f"{abs(offset_ms) / 1000:.1f} s".replace(".", ",")
