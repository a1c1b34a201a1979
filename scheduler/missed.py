"""What was planned and did not happen (DESIGN §8). Pure: plan and ledger come in, gaps go out."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from enum import StrEnum


class MissedReason(StrEnum):
    """Why a planned visit did not take place: a stable word; the court's table puts it in French."""

    STATION_OFF = "station_off"  # the daemon did not run at that time
    NOT_STARTED = "not_started"  # the daemon ran, but the machine slept or was too busy to start the visit


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
