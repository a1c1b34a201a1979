"""The invitations of every procedure, asked for in one question however many there are."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from scheduler.invitations import invited_procedures
from scheduler.planning import PlannedTime
from store.store import Store
from temoin.records import Mode
from temoin.settings import Settings


def unanswered_of_all(
    settings: Settings, store: Store, since: datetime, until: datetime
) -> Iterator[tuple[str, datetime]]:
    """As ``unanswered``, of every procedure that somebody is invited to, with its id. Raises ``StoreError``."""
    names = [one.id for one in invited_procedures(settings, store)]
    dues = store.dues_of(names, since, until + timedelta(milliseconds=1))
    for name, times in _drawn(store, names, since, until).items():
        yield from ((name, at) for at in sorted(times - dues[name].keys()))


def due_invitations_to_come(
    settings: Settings, store: Store, *, since: datetime, until: datetime
) -> tuple[PlannedTime, ...]:
    """The invitations drawn in [``since``, ``until``] that nothing answers yet, ascending. Raises ``StoreError``."""
    found = [
        PlannedTime(procedure=name, at=at, mode=Mode.ASSISTED, state="due")
        for name, at in unanswered_of_all(settings, store, since, until)
    ]
    return tuple(sorted(found, key=lambda time: (time.at, time.procedure)))


def _drawn(store: Store, procedures: Sequence[str], since: datetime, until: datetime) -> dict[str, set[datetime]]:
    """The times of plans in [``since``, ``until``], by procedure."""
    day = timedelta(days=1)
    plans = store.plans_of(procedures, since.astimezone(UTC).date() - day, until.astimezone(UTC).date() + day)
    return {name: {at for plan in found for at in plan.times if since <= at <= until} for name, found in plans.items()}
