"""« Prochaine mise en ligne de nouveaux rendez-vous : le 23/11/2026 à 09:00 » (RDV-Préfecture, facts §2.3)."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

_ANNOUNCED = re.compile(
    r"Prochaine mise en ligne de nouveaux rendez-vous\s*:\s*le\s+(\d{2})/(\d{2})/(\d{4})\s+à\s+(\d{1,2})[:hH](\d{2})"
)


def find_announced(body: str, zone: str) -> str | None:
    """When the page says that new appointments go on line: RFC 3339 with the offset of ``zone``, or None."""
    found = _ANNOUNCED.search(body)
    if found is None:
        return None
    day, month, year, hour, minute = (int(text) for text in found.groups())
    try:
        at = datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone))
    except ValueError:
        return None
    return at.isoformat(timespec="seconds")
