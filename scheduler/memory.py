"""What earlier visits of a procedure met since the person last read its page: conditions, and choices offered."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from store.store import Store
from store.values import AttemptQuery

LOOKED_AT = 50  # attempts: the first one that reaches the question has the answer, and that is nearly always the first


def known_offers(store: Store, procedure: str, *, read: date | None, zone: str) -> frozenset[str] | None:
    """The values that the site offered on the first visit since the day ``read``; None before that visit."""
    if read is None:
        return None
    since = datetime.combine(read, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)
    for row in store.attempts(AttemptQuery(procedure=procedure, since=since, limit=LOOKED_AT)):
        offered = store.record(row.sequence).get("offered") or ()
        if offered:
            return frozenset(str(choice["value"]) for choice in offered)
    return None
