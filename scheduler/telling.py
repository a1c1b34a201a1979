"""When each alert is told on each channel (pure): once, and again at stated intervals until answered or mended.

Every channel is judged by itself: what one was told says nothing of another, and one that fails waits alone, longer
and longer. What was tried comes from the store, so that a restart neither repeats nor loses. A process killed between
sending and noting sends again: told twice is better than not told.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from types import MappingProxyType

from scheduler.alerts import Alert, AlertKind
from store.values import ToldRow

_DAY = timedelta(days=1)
_UNTIL_MENDED = (_DAY, 3 * _DAY, 7 * _DAY)  # to be remembered, not to be muted

# How long after each telling comes the next; the last one goes on. Empty: told once.
AGAIN: Mapping[AlertKind, tuple[timedelta, ...]] = MappingProxyType(
    {
        AlertKind.SLOT_SEEN: (timedelta(minutes=15), timedelta(minutes=45), _DAY),
        AlertKind.SLOT_MAYBE: (),
        AlertKind.INVITED: (timedelta(minutes=30),),  # it is open for an hour: once more before it is over
        AlertKind.NOT_RUNNING: (_DAY,),
        AlertKind.HOST_STOPPED: (),
        AlertKind.SENTENCE_COVERED: _UNTIL_MENDED,
        AlertKind.PAGE_CHANGED: _UNTIL_MENDED,
        AlertKind.FAILING: _UNTIL_MENDED,
        AlertKind.NOT_FOLLOWED: _UNTIL_MENDED,
        AlertKind.LEFT: _UNTIL_MENDED,
        AlertKind.DISK_LOW: (_DAY,),
        AlertKind.CLOCK_OFF: (_DAY,),
        AlertKind.AUTHORITIES_FAILING: (_DAY,),
        AlertKind.LEVEL_GREEN: (),
        AlertKind.WEEK: (),
        AlertKind.KEPT: (),
    }
)
URGENT = frozenset({AlertKind.SLOT_SEEN, AlertKind.SLOT_MAYBE})
PROMPT = URGENT | {AlertKind.INVITED}  # never waits long for a channel that failed before: it would be over
# A channel that fails is tried again after as long as it has failed already: minutes at first, then hours.
RETRY_FIRST, RETRY_LONGEST = timedelta(minutes=1), timedelta(hours=4)
RETRY_URGENT = timedelta(minutes=5)  # the longest that a slot or an invitation waits for a channel
LAST_TRIES = 50  # of a channel: enough to know how long it has failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """An alert to be told now; ``times`` is how often it was told on this channel."""

    alert: Alert
    times: int


def due_alerts(
    alerts: Iterable[Alert], told: Sequence[ToldRow], last: Sequence[ToldRow], *, channel: str, now: datetime
) -> tuple[Due, ...]:
    """The alerts that ``channel`` must be sent now, in their order.

    ``told`` are the tries to tell these alerts, oldest first; ``last`` those of the channel, newest first.
    """
    tries: dict[str, list[ToldRow]] = {}
    for row in told:
        if row.channel == channel:
            tries.setdefault(row.key, []).append(row)
    rests = _rests(last, now)
    found = ((alert, tries.get(alert.key, [])) for alert in alerts)
    return tuple(
        Due(alert=alert, times=sum(row.failure is None for row in own))
        for alert, own in found
        if _is_due(alert, own, rests=rests, now=now)
    )


def _rests(last: Sequence[ToldRow], now: datetime) -> bool:
    until = retry_at(last)
    return until is not None and last[0].at <= now < until  # a clock that was set back keeps nobody waiting


def retry_at(last: Sequence[ToldRow]) -> datetime | None:
    """When a channel that failed is tried again; None when its last try went well, or there was none."""
    failed = [at for at, _failed in takewhile(lambda one: one[1], _moments(last))]
    if not failed:
        return None
    return failed[0] + min(max(failed[0] - failed[-1], RETRY_FIRST), RETRY_LONGEST)


def _moments(last: Sequence[ToldRow]) -> Iterable[tuple[datetime, bool]]:
    """Each sending and whether it failed, newest first; messages that were sent together are one."""
    seen: dict[datetime, bool] = {}
    for row in last:
        seen[row.at] = seen.get(row.at, True) and row.failure is not None
    return seen.items()


def _is_due(alert: Alert, tries: Sequence[ToldRow], *, rests: bool, now: datetime) -> bool:
    if rests and not _may_not_wait(alert, tries, now):
        return False
    sent = [row.at for row in tries if row.failure is None]
    if not sent:
        return True
    gaps = AGAIN[alert.kind]
    return bool(gaps) and not sent[-1] <= now < sent[-1] + gaps[min(len(sent), len(gaps)) - 1]


def _may_not_wait(alert: Alert, tries: Sequence[ToldRow], now: datetime) -> bool:
    failed = [row.at for row in tries if row.failure is not None]
    return alert.kind in PROMPT and (not failed or now >= failed[-1] + RETRY_URGENT)
