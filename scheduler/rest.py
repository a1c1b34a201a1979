"""What is left of a day, drawn anew (DESIGN §8): new times beside those that stay (pure).

A time that was lost is drawn again in its own sixth of the windows while that lasts, so that the hours stay even, else
anywhere in what is left. Each keeps its distance from the procedure's other times and from its host's: never a burst.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scheduler.hosts import HostTimes
from scheduler.laid import MILLISECOND, Laid, Span, around, instant_of, lay, milliseconds, read_windows
from scheduler.opened import is_within, opening_time
from scheduler.plan import SIXTHS


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """What is left of one day of a procedure. ``own`` are its other times, made and to come."""

    day: date
    zone: str
    windows: Sequence[str]
    not_before: datetime
    own: Sequence[datetime]
    min_gap: timedelta
    host: HostTimes


def draw_rest(
    rest: Rest, lost: Sequence[datetime], *, openings: Sequence[datetime] = (), rng: random.Random
) -> tuple[datetime, ...]:
    """At most one new time for each that was ``lost``, ascending; fewer where no room is left.

    An opening still to come that none of the procedure's times follows is served first.

    Raises:
        ConfigError: the windows are bad.
    """
    drawing = _Rest(rest, rng)
    drawn: list[datetime] = []
    for opening in sorted(openings):
        if len(drawn) < len(lost) and not any(is_within(at, opening) for at in (*rest.own, *drawn)):
            drawn += drawing.after(opening, drawn)
    for at in sorted(lost)[: len(lost) - len(drawn)]:
        drawn += drawing.again(at, drawn)
    return tuple(sorted(drawn))


class _Rest:
    def __init__(self, rest: Rest, rng: random.Random) -> None:
        self._rest = rest
        self._rng = rng
        self._laid: Laid = lay(read_windows(rest.windows), rest.day, rest.zone)
        self._first = self._laid.first_from(milliseconds(rest.not_before))

    def after(self, opening: datetime, drawn: Sequence[datetime]) -> Iterator[datetime]:
        """A time within ten minutes after ``opening``, if there is room."""
        position = opening_time(
            self._laid,
            milliseconds(opening),
            not_before=milliseconds(self._rest.not_before),
            taken=lambda start, end: self._taken(start, end, drawn),
            rng=self._rng,
        )
        if position is not None:
            yield instant_of(self._laid.instant(position))

    def again(self, lost: datetime, drawn: Sequence[datetime]) -> Iterator[datetime]:
        """A time in the place of ``lost``, if there is room."""
        length = self._laid.length
        at = min(self._laid.first_from(milliseconds(lost)), length - 1)
        sixth = at * SIXTHS // length
        for low, high in (
            (max(self._first, sixth * length // SIXTHS), (sixth + 1) * length // SIXTHS),
            (self._first, length),
        ):
            if low >= high:
                continue
            taken = self._taken(self._laid.instant(low), self._laid.instant(high - 1) + 1, drawn)
            position = self._laid.pick(low, high, taken, self._rng)
            if position is not None:
                yield instant_of(self._laid.instant(position))
                return

    def _taken(self, start: int, end: int, drawn: Sequence[datetime]) -> Iterator[Span]:
        gap = self._rest.min_gap // MILLISECOND
        yield from (around(milliseconds(at), gap) for at in (*self._rest.own, *drawn))
        yield from self._rest.host.taken(start, end)
        distance = self._rest.host.distance
        yield from (around(milliseconds(at), distance) for at in drawn if distance)
