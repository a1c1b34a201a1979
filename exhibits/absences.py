"""Why a planned attempt did not take place, in the French of the register (pure).

The record holds a stable word and, where it is known, from when until when the machine was away (docs/format.md §4.1).
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from exhibits.facts import AttemptFacts
from exhibits.model import clean
from temoin.clock import parse_instant
from temoin.french import NARROW, french_date, french_time

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
        "invitation_not_followed": "invitation non suivie",
        "invitation_declined": "invitation déclinée",
        "invitation_snoozed": "invitation remise à plus tard dans la journée",
        "followed_otherwise": "démarche suivie depuis par la personne elle-même",
    }
)


def missed_words(facts: AttemptFacts) -> str:
    """« prévue le … ; poste éteint du … au … »; a reason without words is given as it is recorded.

    The row's own hour is when it was noticed: on the next day, where the machine was off.
    """
    due = "" if facts.due is None else f"prévue le {_hour(facts.due, facts.zone)}"
    return f"{NARROW}; ".join(words for words in (due, _why(facts)) if words)


def _why(facts: AttemptFacts) -> str:
    away = facts.record.get("away")
    if facts.reason in _SINCE and isinstance(away, dict):
        since, until = (_hour(parse_instant(away[key]), facts.zone) for key in ("from", "until"))
        return f"{_SINCE[facts.reason]} du {since} au {until}"
    return _PLAIN.get(facts.reason, clean(facts.reason))


def _hour(at: datetime, zone: str) -> str:
    return f"{french_date(at.astimezone(ZoneInfo(zone)).date(), weekday=False)} à {french_time(at, zone)}"
