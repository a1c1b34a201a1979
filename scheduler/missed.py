"""What was planned and did not happen, and why (DESIGN §8). Pure: plans, ledger and absences come in, gaps go out."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from store.values import PlanRow
from temoin.clock import utc_text

if TYPE_CHECKING:
    from temoin.canonical import Json

Busy = Collection[tuple[str, datetime]]  # procedure and time of the visits that go on, or wait for their host


class MissedReason(StrEnum):
    """Why a planned visit did not take place: a stable word; the court's table puts it in French."""

    STATION_OFF = "station_off"  # the daemon did not run at that time
    ASLEEP = "asleep"  # the daemon ran, but the machine slept or was suspended
    CLOCK_MOVED = "clock_moved"  # the machine's clock was put past that time
    REDRAWN = "redrawn"  # another time was drawn in its place before it came
    NOT_STARTED = "not_started"  # the daemon ran, but the machine was too busy to start the visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """From when until when nothing could be visited, and why."""

    since: datetime
    until: datetime
    reason: MissedReason

    def covers(self, at: datetime) -> bool:
        """Whether a time fell into it."""
        return self.since <= at < self.until

    def to_json(self) -> "Json":
        """The absence as a ``missed`` record holds it."""
        return {"from": utc_text(self.since), "until": utc_text(self.until)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A planned time that was missed; ``absence`` where it is known."""

    at: datetime
    reason: MissedReason
    absence: Absence | None = None


class InvitationReason(StrEnum):
    """Why no attempt came of an invitation: a stable word; the court's table puts it in French."""

    NOT_FOLLOWED = "invitation_not_followed"
    DECLINED = "invitation_declined"
    SNOOZED = "invitation_snoozed"
    CHANGED = "followed_otherwise"  # drawn for a visit of Témoin's own, before the procedure was followed by hand


def missed_times(
    planned: Iterable[datetime], attempted: Collection[datetime], *, now: datetime, grace: timedelta
) -> tuple[datetime, ...]:
    """The planned times, ascending, that have no attempt although ``grace`` has passed since.

    ``grace`` must be longer than the longest that a visit may still wait and last, or one that goes on would be
    said to be missed.
    """
    return tuple(sorted(at for at in set(planned) if at not in attempted and at + grace <= now))


def find_gaps(
    plans: Sequence[PlanRow],
    attempted: Collection[datetime],
    *,
    absences: Sequence[Absence],
    busy: Busy,
    running_since: datetime,
    now: datetime,
    grace: timedelta,
) -> tuple[Gap, ...]:
    """The times of one procedure's ``plans`` that were missed, ascending, each with its reason.

    A time that the machine slept through, or that its clock jumped over, is missed at once, unless its visit goes on
    all the same: nothing else could still serve it.
    """
    gaps, replaced = [], replaced_times(plans)
    for at in sorted({at for plan in plans for at in plan.times if at < now and at not in attempted}):
        reason, absence = _reason(at, replaced, absences, running_since)
        at_once = reason in (MissedReason.ASLEEP, MissedReason.CLOCK_MOVED)
        name = plans[0].procedure, at
        if name not in busy and (at_once or at + grace <= now):
            gaps.append(Gap(at=at, reason=reason, absence=absence))
    return tuple(gaps)


def _reason(
    at: datetime, replaced: Collection[datetime], absences: Sequence[Absence], running_since: datetime
) -> tuple[MissedReason, Absence | None]:
    if at in replaced:
        return MissedReason.REDRAWN, None
    absence = next((one for one in reversed(absences) if one.covers(at)), None)
    if absence is not None:
        return absence.reason, absence
    return (MissedReason.STATION_OFF if at < running_since else MissedReason.NOT_STARTED), None


def replaced_times(plans: Sequence[PlanRow]) -> frozenset[datetime]:
    """The times that a later plan of their day, drawn before they came, went without."""
    known = {plan.sequence: plan for plan in plans}
    return frozenset(
        at
        for plan in plans
        if plan.replaces is not None and plan.replaces in known
        for at in known[plan.replaces].times
        if at not in plan.times and plan.drawn_at <= at
    )
