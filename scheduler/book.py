"""What draws go by, read once for all procedures: plans, visits made, hosts, and what pages said of openings."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.hosts import HostTimes
from scheduler.opened import openings_between
from scheduler.plan import BLOCK_DAYS
from scheduler.politeness import host_of, limits_for
from scheduler.sought import planned_procedures
from store.store import Store
from store.values import AnnouncedRow, PlanRow
from temoin.records import Mode
from temoin.settings import Procedure, Settings

DAY = timedelta(days=1)
NEAR = 2 * DAY  # plans and visits this near to a day bear upon its draw, whatever the zones
WAITING = timedelta(hours=1)  # a time gone by that is not recorded may still be waiting for its host
ANNOUNCED = (BLOCK_DAYS + 1) * DAY  # openings of the block's days before, which the others make even


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """Read at one instant; the hosts' times grow as plans are drawn."""

    now: datetime
    plans: Mapping[str, Sequence[PlanRow]]  # by procedure: those of the days near
    visits: Mapping[str, Sequence[datetime]]  # by procedure: those that Témoin made alone of late
    hosts: Mapping[str, HostTimes]
    announced: Mapping[str, Sequence[datetime]]

    def host(self, procedure: Procedure) -> HostTimes:
        """The times of the procedure's host."""
        return self.hosts[host_of(procedure.url)]

    def made_on(self, procedure: str, day: date, zone: str) -> list[datetime]:
        """The visits that Témoin made alone on that local day."""
        where = ZoneInfo(zone)
        return [at for at in self.visits.get(procedure, ()) if at.astimezone(where).date() == day]

    def openings(self, procedure: Procedure, day: date, zone: str) -> tuple[datetime, ...]:
        """The openings of the block of ``day``, those that the person knows and those that pages announced."""
        first = date.fromordinal(BLOCK_DAYS * (day.toordinal() // BLOCK_DAYS))
        known = openings_between(procedure.openings, first, first + (BLOCK_DAYS - 1) * DAY, zone)
        return (*known, *self.announced.get(procedure.id, ()))


def read_plans(store: Store, procedures: Collection[Procedure], now: datetime) -> dict[str, list[PlanRow]]:
    """The plans of the days near ``now``, by procedure."""
    today = now.astimezone(UTC).date()
    return store.plans_of([procedure.id for procedure in procedures], today - NEAR, today + NEAR)


def read_book(settings: Settings, store: Store, *, now: datetime) -> Book:
    """Everything that a draw at ``now`` goes by.

    Raises:
        StoreError: the store cannot be read.
    """
    procedures = planned_procedures(settings)
    plans, visits = read_plans(store, procedures, now), store.visits(now - NEAR)
    alone = defaultdict[str, list[datetime]](list)
    times = defaultdict[str, list[datetime]](list)
    for visit in visits:
        times[visit.host].append(visit.started_at)
        if visit.mode is Mode.UNATTENDED:
            alone[visit.procedure].append(visit.started_at)
    for procedure in procedures:
        made = set(alone[procedure.id])
        for at in (at for plan in current(plans[procedure.id]) for at in plan.times):
            if at > now - WAITING and not any(at <= one < at + WAITING for one in made):
                times[host_of(procedure.url)].append(at)
    hosts = {
        (host := host_of(procedure.url)): HostTimes(limits_for(settings, procedure), times[host])
        for procedure in procedures
    }
    announced = read_announced(store.announced(now - ANNOUNCED), now)
    return Book(now=now, plans=plans, visits=alone, hosts=hosts, announced=announced)


def read_announced(rows: Iterable[AnnouncedRow], now: datetime) -> dict[str, list[datetime]]:
    """The openings that pages announced, by procedure: of those to come the last one named, since they may be moved."""
    last: dict[str, datetime] = {}
    past = defaultdict[str, list[datetime]](list)
    for row in rows:
        last[row.procedure] = row.opening
        if row.opening <= now:
            past[row.procedure].append(row.opening)
    return {procedure: sorted({*past[procedure], opening}) for procedure, opening in last.items()}


def current(plans: Sequence[PlanRow]) -> list[PlanRow]:
    """The plans that no later one replaces."""
    replaced = {plan.replaces for plan in plans}
    return [plan for plan in plans if plan.sequence not in replaced]
