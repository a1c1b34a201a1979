"""What ``plan`` says beside a time: the opening that it follows, or why it was missed. Read for people only."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.opened import is_within
from scheduler.planning import PlannedTime, plans_between
from store.sound import find_record
from store.store import Store
from store.values import AttemptQuery
from temoin.clock import parse_instant
from temoin.messages import _
from temoin.records import Outcome
from temoin.settings import Settings
from temoin.words import reason_words

MINUTES = "%Y-%m-%d %H:%M"

Key = tuple[str, datetime]


def find_remarks(settings: Settings, store: Store, times: Sequence[PlannedTime]) -> Mapping[Key, str]:
    """By procedure and time, what there is to say of it, in the active language and the procedure's own time.

    Raises:
        StoreError: the store cannot be read.
    """
    if not times:
        return {}
    zones = {procedure.id: ZoneInfo(settings.zone_of(procedure)) for procedure in settings.procedures}
    found = dict(_openings(settings, store, times, zones))
    return found | dict(_missed(store, times, zones))


def _openings(
    settings: Settings, store: Store, times: Sequence[PlannedTime], zones: Mapping[str, ZoneInfo]
) -> Iterator[tuple[Key, str]]:
    plans = plans_between(store, settings.procedures, times[0].at, times[-1].at)
    for procedure, drawn in plans.items():
        for plan in drawn:
            openings = (find_record(store, plan.sequence) or {}).get("openings", ())  # older plans say nothing
            for opening in map(parse_instant, openings):
                words = _("after the opening of {time}").format(
                    time=opening.astimezone(zones[procedure]).strftime("%H:%M")
                )
                yield from (((procedure, at), words) for at in plan.times if is_within(at, opening))


def _missed(store: Store, times: Sequence[PlannedTime], zones: Mapping[str, ZoneInfo]) -> Iterator[tuple[Key, str]]:
    wanted = {(time.procedure, time.at) for time in times if time.state == "missed"}
    if not wanted:
        return
    query = AttemptQuery(outcome=Outcome.MISSED, since=times[0].at - timedelta(days=1))
    for row in store.attempts(query):
        if row.due is not None and (row.procedure, row.due) in wanted:
            away = (find_record(store, row.sequence) or {}).get("away")
            yield (row.procedure, row.due), missed_words(row.reason or "", away, zones[row.procedure])


def missed_words(reason: str, away: Mapping[str, str] | None, zone: ZoneInfo) -> str:
    """Why a planned visit did not take place; the reason as it is recorded, where it has no words."""
    words = reason_words(reason)
    if away is None:
        return words
    since, until = (parse_instant(away[name]).astimezone(zone).strftime(MINUTES) for name in ("from", "until"))
    return _("{why} from {since} to {until}").format(why=words, since=since, until=until)
