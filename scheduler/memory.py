"""What earlier visits of a procedure met: the choices offered since the person read its page, the bodies kept."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from store.sound import find_record
from store.store import Store
from store.values import AttemptQuery
from temoin.canonical import Json
from temoin.errors import IntegrityError
from temoin.records import Role
from temoin.warc import Origin, find_bodies

EXCHANGES_READ = 3  # visits whose WARCs are read: one that went astray met few bodies
LOOKED_AT = 50  # attempts: the first one that reaches the question has the answer, and that is nearly always the first


def known_offers(store: Store, procedure: str, *, read: date | None, zone: str) -> frozenset[str] | None:
    """The values that the site offered on the first visit since the day ``read``; None before that visit."""
    if read is None:
        return None
    since = datetime.combine(read, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)
    for row in store.attempts(AttemptQuery(procedure=procedure, since=since, limit=LOOKED_AT)):
        offered = (find_record(store, row.sequence) or {}).get("offered") or ()
        if offered:
            return frozenset(str(choice["value"]) for choice in offered)
    return None


def known_bodies(store: Store, procedure: str) -> dict[str, Origin]:
    """Where the bodies are kept that the last visits of the procedure met, by payload digest (docs/adr/0024).

    A WARC names every body that its visit met, those that an earlier one kept included: the last few know all that
    the site still sends. One that was changed since is not referred to; ``verify`` tells of it.

    Raises:
        StoreError: the store cannot be read.
    """
    found: dict[str, Origin] = {}
    with_exchange = 0
    for row in store.attempts(AttemptQuery(procedure=procedure, limit=LOOKED_AT, newest_first=True)):
        digests = _exchanges(find_record(store, row.sequence) or {})
        for digest in digests:
            try:
                bodies = find_bodies(store.read(digest))
            except (IntegrityError, ValueError):
                continue
            found = bodies | found
        with_exchange += bool(digests)
        if with_exchange == EXCHANGES_READ:
            break
    return found


def _exchanges(record: Json) -> list[str]:
    """The digests of an attempt's WARCs."""
    artefacts = [one for part in record.get("parts", ()) for one in part["artefacts"]]
    return [one["sha256"] for one in artefacts if one["role"] == Role.EXCHANGE.value]
