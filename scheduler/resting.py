"""How long a planned visit waits for its host, rather than being refused."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.politeness import Verdict, host_of, judge, limits_for
from store.store import Store
from store.values import HostHistory
from temoin.settings import Procedure, Settings

WAITABLE = frozenset({"host_spacing", "host_busy", "procedure_spacing"})  # these pass by themselves, and soon
SOON = timedelta(seconds=5)  # a replica needs no rest, and its visits take about as long


@dataclass(frozen=True, slots=True, kw_only=True)
class _Peek:
    """A judge's answer asked out of turn: never takes the lease."""

    verdict: Verdict
    allowed: bool = False


def wait_until(
    settings: Settings, store: Store, procedure: Procedure, *, now: datetime, in_hand: Collection[str] = ()
) -> datetime | None:
    """When to ask again, where the host only needs a little rest; None: go, be it to be refused.

    ``in_hand`` are the hosts whose visits have been started: their children may not have taken the lease yet.

    Raises:
        StoreError: the store cannot be asked.
    """
    limits = limits_for(settings, procedure)
    if host_of(procedure.url) in in_hand:
        return now + max(limits.host_gap, SOON)

    def peek(history: HostHistory) -> _Peek:
        return _Peek(verdict=judge(history, procedure=procedure.id, mode=procedure.mode, limits=limits, now=now))

    asked, _lease = store.take_visit(
        host=host_of(procedure.url), procedure=procedure.id, mode=procedure.mode, now=now, judge=peek
    )
    verdict = asked.verdict
    if verdict.allowed or verdict.reason not in WAITABLE or verdict.not_before is None:
        return None
    return max(verdict.not_before, now) + timedelta(seconds=1)
