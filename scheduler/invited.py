"""On which days a person is invited, and which opening the invitation of a day follows (pure).

A day on which new appointments are said to go on line, in the person's own hours, takes the place of the day that its
part of the week would have: the best chance of a slot is not left to chance, and nobody is invited more often than was
asked for. Only where the week's invitations are spent already does an opening bring one more.
"""

import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from scheduler.laid import read_windows
from scheduler.opened import is_inside, openings_between
from temoin.settings import Procedure

WEEK = 7


def invitation_days(
    secret: bytes, procedure: str, monday: date, count: int, openings: Collection[date] = ()
) -> tuple[date, ...]:
    """The days of that week on which a person is invited: one in each ``count``-th of it, at most one a day.

    The days of ``openings`` come first, ``count`` of them at most.
    """
    many = min(count, WEEK)
    opened = sorted({day for day in openings if 0 <= (day - monday).days < WEEK})[:many]
    others = []
    for number in range(many):
        first, end = number * WEEK // many, (number + 1) * WEEK // many
        drawn = hmac.digest(secret, f"{procedure}|{monday.isoformat()}|{number}|invited".encode(), sha256)
        if not any(first <= (day - monday).days < end for day in opened):
            others.append(monday + timedelta(days=first + int.from_bytes(drawn[:8], "big") % (end - first)))
    return tuple(sorted((*opened, *others[: many - len(opened)])))


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """What decides the days of one procedure: ``announced`` are the openings that its pages named."""

    procedure: Procedure
    zone: str
    per_week: int
    announced: Sequence[datetime]

    def openings(self, first: date, last: date) -> tuple[datetime, ...]:
        """Those from ``first`` to ``last`` that leave some of their ten minutes inside the windows, ascending."""
        windows, where = read_windows(self.procedure.windows), ZoneInfo(self.zone)
        known = openings_between(self.procedure.openings, first, last, self.zone)
        near = (at for at in self.announced if first <= at.astimezone(where).date() <= last)
        return tuple(sorted(at for at in {*known, *near} if is_inside(at, windows, self.zone)))

    def includes(self, day: date, *, secret: bytes, drawn: Collection[date]) -> bool:
        """Whether the person is invited on ``day``; ``drawn`` are the days of its week that have an invitation."""
        monday = day - timedelta(days=day.weekday())
        sunday = monday + timedelta(days=WEEK - 1)
        opened = {at.astimezone(ZoneInfo(self.zone)).date() for at in self.openings(monday, sunday)}
        if day not in invitation_days(secret, self.procedure.id, monday, self.per_week, opened):
            return False
        taken = {one for one in (*drawn, *opened) if monday <= one <= sunday and one != day}
        return day in opened or len(taken) < self.per_week


def invited(procedure: Procedure, *, zone: str, per_week: int, announced: Mapping[str, Sequence[datetime]]) -> Invited:
    """What decides the days of ``procedure``, ``announced`` being by procedure."""
    return Invited(procedure=procedure, zone=zone, per_week=per_week, announced=announced.get(procedure.id, ()))
