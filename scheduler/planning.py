"""Plans and the ledger: say what is due, record what did not happen (DESIGN §8).

Rules of the structure:

* The times that count are those of the day's last plan; those that it replaced, and that were not kept, are
  missed like the others.
* Only the times of a committed plan are ever fired.
* A time that was missed is recorded with its reason and, where it is known, from when until when the machine was away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from scheduler.book import current
from scheduler.drawing import EVENING_HOUR, LOOK_BACK, draw_missing_plans
from scheduler.missed import Absence, Busy, Gap, find_gaps
from scheduler.politeness import host_of, is_loopback
from scheduler.sought import planned_procedures, sought_procedures
from store.chain import Entry
from store.ledger import Draft
from store.store import Store
from store.values import Pace, PlanRow
from temoin.canonical import Json
from temoin.clock import utc_text
from temoin.records import Context, Kind, Mode, Outcome, Visit, build_record, new_attempt_id
from temoin.settings import Procedure, Settings

__all__ = [
    "EVENING_HOUR",
    "LOOK_BACK",
    "MISSED_GRACE",
    "PlannedTime",
    "draw_missing_plans",
    "due_now",
    "due_times",
    "planned_procedures",
    "plans_between",
    "record_missed",
    "record_without_visit",
    "sought_procedures",
]

# After this a visit not recorded is missed: longer than a visit may wait for its host and last (daemon.Pacing).
MISSED_GRACE = timedelta(minutes=45)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTime:
    """One time at which a procedure is or would be visited: ``due``, ``done``, ``missed`` or ``projected``."""

    procedure: str
    at: datetime
    mode: Mode
    state: str

    def to_json(self) -> Json:
        """The time as ``plan --json`` prints it (DESIGN §12)."""
        return {
            "procedure": self.procedure,
            "at": utc_text(self.at),
            "mode": self.mode.value,
            "state": self.state,
        }


def due_times(settings: Settings, store: Store, *, since: datetime, until: datetime) -> tuple[PlannedTime, ...]:
    """The times of committed plans in [``since``, ``until``) that have no attempt yet, ascending."""
    procedures = planned_procedures(settings)
    plans = plans_between(store, procedures, since, until)
    dues = store.dues_of([procedure.id for procedure in procedures], since, until)
    found = [
        PlannedTime(procedure=procedure.id, at=at, mode=procedure.mode, state="due")
        for procedure in procedures
        for plan in current(plans[procedure.id])
        for at in plan.times
        if since <= at < until and at not in dues[procedure.id]
    ]
    return tuple(sorted(found, key=lambda time: (time.at, time.procedure)))


def due_now(settings: Settings, store: Store, *, now: datetime) -> tuple[PlannedTime, ...]:
    """The times that have come, are not attempted yet and not yet missed."""
    return due_times(settings, store, since=now - MISSED_GRACE, until=now + timedelta(milliseconds=1))


def plans_between(
    store: Store, procedures: Sequence[Procedure], since: datetime, until: datetime
) -> dict[str, list[PlanRow]]:
    """The plans whose times may lie in the interval: a local day begins up to 14 hours before UTC's."""
    day = timedelta(days=1)
    names = [procedure.id for procedure in procedures]
    return store.plans_of(names, since.astimezone(UTC).date() - day, until.astimezone(UTC).date() + day)


def record_missed(
    settings: Settings,
    store: Store,
    *,
    now: datetime,
    simulated: bool,
    running_since: datetime,
    look_back: timedelta = LOOK_BACK,
    grace: timedelta = MISSED_GRACE,
    absences: Sequence[Absence] = (),
    busy: Busy = frozenset(),
) -> int:
    """Write one ``missed`` attempt for each planned time that has gone by without any; how many.

    ``running_since`` is when the daemon started: what was due before it, and in no known absence, was missed because
    the station was off. ``busy`` are the times whose visits go on.

    Raises:
        StoreError: they could not be committed.
    """
    since = now - look_back
    procedures = [one for one in settings.procedures if one.mode is not Mode.ASSISTED]  # those are invitations
    plans = plans_between(store, procedures, since, now)
    dues = store.dues_of([procedure.id for procedure in procedures], since - timedelta(days=1), now)
    drafts = [
        draft_without_visit(
            settings,
            procedure,
            due=gap.at,
            now=now,
            simulated=simulated,
            visit=_missed(gap),
            pace=store.pace(host_of(procedure.url), now),
        )
        for procedure in procedures
        for gap in find_gaps(
            plans[procedure.id],
            dues[procedure.id],
            absences=absences,
            busy=busy,
            running_since=running_since,
            now=now,
            grace=grace,
        )
        if gap.at >= since
    ]
    if drafts:
        store.append_all(drafts)
    return len(drafts)


def _missed(gap: Gap) -> Visit:
    away = None if gap.absence is None else gap.absence.to_json()
    return Visit(outcome=Outcome.MISSED, reason=gap.reason.value, away=away)


def record_without_visit(
    settings: Settings,
    store: Store,
    procedure: Procedure,
    *,
    due: datetime | None,
    now: datetime,
    simulated: bool,
    visit: Visit,
) -> Entry:
    """Commit the attempt of which nothing but its ``visit.outcome`` and reason is known; ``due`` if it was planned.

    Raises:
        StoreError: it could not be committed.
    """
    pace = store.pace(host_of(procedure.url), now)
    draft = draft_without_visit(settings, procedure, due=due, now=now, simulated=simulated, visit=visit, pace=pace)
    return store.append(kind=draft.kind, record=draft.record, at=draft.at, procedure=draft.procedure)


def draft_without_visit(
    settings: Settings,
    procedure: Procedure,
    *,
    due: datetime | None,
    now: datetime,
    simulated: bool,
    visit: Visit,
    pace: Pace,
) -> Draft:
    """The entry of an attempt of which nothing but its outcome and reason is known, to be committed with others."""
    read = procedure.terms_read
    context = Context(
        attempt=new_attempt_id(now),
        at=now,
        due=due,
        timezone=settings.zone_of(procedure),
        simulated=simulated or is_loopback(procedure.url),  # a loopback address is a replica (DESIGN §3.8)
        mode=procedure.mode,
        declared=False,
        operator=settings.station.operator,
        procedure={
            "id": procedure.id,
            "prefecture": procedure.prefecture,
            "label": procedure.label,
            "choices": list(procedure.choices),
        },
        url_asked=procedure.url,
        clock={"source": "system", "offset_ms": None},
        robots_sha256=None,
        terms={
            "read": None if read is None else read.isoformat(),
            "automation": procedure.automation.value,
        },
        pace=pace.to_json(),
    )
    return Draft(kind=Kind.ATTEMPT, record=build_record(context, visit), at=now, procedure=procedure.id)
