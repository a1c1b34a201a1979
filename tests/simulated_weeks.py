"""Weeks of attempts that no site was asked for: drawn as the daemon draws them, recorded at their times, simulated."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduler.planning import draw_missing_plans, due_times
from scheduler.workshop import procedure_json
from store.store import Store
from temoin.canonical import Json
from temoin.clock import SimulatedClock
from temoin.records import Mode, Outcome
from temoin.settings import Settings
from tests.exhibit_case import Try, part, record_attempt, with_frames

EVENING = time(21)
# What the visits meet, in turn: mostly nothing free, and what a real site also does.
STORY = (*[Outcome.NO_SLOT] * 5, Outcome.OVERLOADED, *[Outcome.NO_SLOT] * 6, Outcome.MAINTENANCE)
_DAY = timedelta(days=1)


def play_weeks(settings: Settings, clock: SimulatedClock, weeks: int, *, slot_at: int) -> int:
    """Play whole days from tomorrow of ``clock`` on, which then stands at the last evening; how many attempts it were.

    The attempt of that place (from 0) sees a slot.
    """
    (procedure,) = settings.procedures
    zone = ZoneInfo(settings.zone_of(procedure))
    begun, made = clock.at.astimezone(zone).date(), 0
    with Store.open(settings.station.data_dir, now=clock.now) as store:
        for number in range(1, weeks * 7 + 1):
            day = begun + number * _DAY
            clock.at = max(clock.at, _at(day - _DAY, EVENING, zone))
            draw_missing_plans(settings, store, now=clock.at)
            for due in _times(settings, store, day, zone):
                clock.at = due
                outcome = Outcome.SLOT_SEEN if made == slot_at else STORY[made % len(STORY)]
                record_attempt(store, _attempt(procedure_json(procedure), procedure.url, due, outcome))
                made += 1
        clock.at = _at(begun + weeks * 7 * _DAY, EVENING, zone)
    return made


def _times(settings: Settings, store: Store, day: date, zone: ZoneInfo) -> Sequence[datetime]:
    since, until = _at(day, time(), zone), _at(day + _DAY, time(), zone)
    return [one.at for one in due_times(settings, store, since=since, until=until)]


def _at(day: date, hour: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, hour, tzinfo=zone).astimezone(UTC)


def _attempt(procedure: Json, url: str, at: datetime, outcome: Outcome) -> Try:
    shown = (part(outcome=outcome),) if outcome is Outcome.NO_SLOT else (part(outcome=outcome, sentence=""),)
    return with_frames(
        Try(at=at, procedure=procedure, outcome=outcome, parts=shown, mode=Mode.UNATTENDED, simulated=True, url=url)
    )
