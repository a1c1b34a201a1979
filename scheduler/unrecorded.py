"""Planned times that nothing is recorded for, of every procedure in one question: gone by, or still to come."""

from datetime import datetime

from scheduler.invitations import invited_procedures
from scheduler.planning import PlannedTime
from scheduler.sought import planned_procedures
from store.store import Store
from temoin.records import Mode
from temoin.settings import Settings


def unrecorded_visits(settings: Settings, store: Store, *, since: datetime, until: datetime) -> tuple[PlannedTime, ...]:
    """Those in [``since``, ``until``) at which Témoin was, or is, to visit alone, ascending. Raises ``StoreError``."""
    modes = {one.id: one.mode for one in planned_procedures(settings)}
    found = store.unrecorded(tuple(modes), since, until)
    return tuple(PlannedTime(procedure=name, at=at, mode=modes[name], state="due") for name, at in found)


def unrecorded_invitations(
    settings: Settings, store: Store, *, since: datetime, until: datetime, idle: frozenset[str] | None = None
) -> tuple[PlannedTime, ...]:
    """Those in [``since``, ``until``) to which a person was, or is, invited, ascending. Raises ``StoreError``."""
    names = [one.id for one in invited_procedures(settings, store, idle=idle)]
    found = store.unrecorded(names, since, until, replaced=True)
    return tuple(PlannedTime(procedure=name, at=at, mode=Mode.ASSISTED, state="due") for name, at in found)
