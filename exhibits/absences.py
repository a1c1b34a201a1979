"""Why a planned attempt did not take place, in the French of the register (pure).

The record holds a stable word and, where it is known, from when until when the machine was away (docs/format.md §4.1).
"""

from collections.abc import Mapping
from types import MappingProxyType
from zoneinfo import ZoneInfo

from exhibits.facts import AttemptFacts
from exhibits.model import clean
from temoin.clock import parse_instant
from temoin.french import french_date, french_time

_SINCE: Mapping[str, str] = MappingProxyType(
    {
        "station_off": "poste éteint",
        "asleep": "poste en veille",
        "clock_moved": "horloge du poste déplacée",
    }
)
_PLAIN: Mapping[str, str] = MappingProxyType(
    {
        **_SINCE,
        "redrawn": "horaire remplacé le jour même par un autre, tiré au sort",
        "not_started": "visite non lancée par le poste",
    }
)


def missed_words(facts: AttemptFacts) -> str:
    """« poste éteint du … au … », or the reason as it is recorded where it has no words; empty when there is none."""
    away = facts.record.get("away")
    if facts.reason in _SINCE and isinstance(away, dict):
        since, until = (_hour(away[key], facts.zone) for key in ("from", "until"))
        return f"{_SINCE[facts.reason]} du {since} au {until}"
    return _PLAIN.get(facts.reason, clean(facts.reason))


def _hour(text: str, zone: str) -> str:
    at = parse_instant(text)
    return f"{french_date(at.astimezone(ZoneInfo(zone)).date(), weekday=False)} à {french_time(at, zone)}"
