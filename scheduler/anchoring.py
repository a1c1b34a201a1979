"""The evening's anchor: an entry that all authorities are asked about, once a day (DESIGN §9).

It comes after the draw of the next day, so that the hours drawn are attested by every authority before the first of
them. It names the head of the register, and by one digest all tokens that came since the anchor before: whoever
removes a token must rewrite the register from there on, and the tokens of later anchors then show that.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.drawing import EVENING_HOUR
from scheduler.stamping import askable
from store.chain import Entry
from store.sound import find_record
from store.stamps import build_anchor
from store.store import Store
from temoin.records import Kind
from temoin.settings import Settings

DAY = timedelta(days=1)


def append_anchor(settings: Settings, store: Store, *, now: datetime, simulated: bool) -> Entry | None:
    """Commit the anchor of the last evening, unless it is there, nothing came since, or nobody may be asked about it.

    None either after an anchor that is damaged, until it is brought back.

    Raises:
        StoreError: it could not be committed.
    """
    if not askable(settings, simulated=simulated):
        return None
    heads = store.stamp_heads()
    if heads.newest == heads.anchor:
        return None
    last = next(store.entries(heads.anchor, heads.anchor), None)
    if last is not None and last_evening(now, settings.station.timezone) <= last.at <= now:
        return None
    head = next(store.entries(heads.newest, heads.newest))
    if last is not None and find_record(store, last.sequence) is None:
        return None  # nothing can follow from a damaged anchor, and the station is to go on
    named = 0 if last is None else named_so_far(store, last)
    record = build_anchor(head, store.tokens(after=named), named=named)
    return store.append(kind=Kind.ANCHOR, record=record, at=now)


def named_so_far(store: Store, anchor: Entry) -> int:
    """The number of the last token that ``anchor``, or one before it, names."""
    return int(store.record(anchor.sequence)["tokens"]["last"])


def last_evening(now: datetime, zone: str) -> datetime:
    """The last hour at which the next day is drawn, at or before ``now``."""
    local = now.astimezone(ZoneInfo(zone))
    evening = local.replace(hour=EVENING_HOUR, minute=0, second=0, microsecond=0, fold=0)
    return evening if evening <= local else evening - DAY
