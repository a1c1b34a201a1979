"""Dates cut into periods that a reader can follow, and a few captures that stand for many (pure)."""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Generic, Protocol, TypeVar

from exhibits.letters.wording import cited, many, period_text
from temoin.french import NO_BREAK

MOST_WEEKS = 10  # lines of a list; beyond, a reader is better served by months
MINUTES_A_DAY = 1440
_FAR = date.max.toordinal()  # days


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One attempt of a list: its local day and its exhibit number."""

    day: date
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Attempts of one week or month; ``first`` and ``last`` are days with an attempt."""

    first: date
    last: date
    count: int
    numbers: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """« du 14 au 20 septembre 2026 : 13 tentatives (pièces n° 3 à 15) »."""
        words = f"{period_text(self.first, self.last)}{NO_BREAK}: {many(self.count, 'tentative')}"
        return words + cited(self.numbers)


def cut_periods(tries: Iterable[Try]) -> tuple[Period, ...]:
    """``tries`` by ISO week while these are few, by month otherwise, in the order of time; none is left out."""
    ordered = sorted(tries, key=lambda one: one.day)
    weeks = _cut(ordered, months=False)
    return weeks if len(weeks) <= MOST_WEEKS else _cut(ordered, months=True)


def _cut(ordered: Sequence[Try], *, months: bool) -> tuple[Period, ...]:
    def key(one: Try) -> Hashable:
        return (one.day.year, one.day.month) if months else one.day.isocalendar()[:2]

    return tuple(_period(tuple(group)) for _key, group in groupby(ordered, key=key))


def _period(tries: Sequence[Try]) -> Period:
    return Period(
        first=tries[0].day,
        last=tries[-1].day,
        count=len(tries),
        numbers=tuple(sorted(one.number for one in tries if one.number is not None)),
    )


class Timed(Protocol):
    """Something done at a local time; ``sequence`` tells apart what happened in the same minute."""

    @property
    def sequence(self) -> int:
        """Its place in the register."""
        ...

    @property
    def local(self) -> datetime:
        """When, as people there read it."""
        ...


T = TypeVar("T", bound=Timed)


def well_spread(attempts: Iterable[T], most: int) -> tuple[T, ...]:
    """At most ``most`` of ``attempts``, spread over weeks first, then weekdays, then hours; in the order of time.

    The same attempts give the same choice, in whatever order they come. Where there are as many weeks as captures
    to choose, each capture is of a week of its own.
    """
    ordered = sorted(attempts, key=_when)
    slices = _week_slices(ordered, most)
    left = [_Candidate(one, slices[_week(one)]) for one in ordered]
    in_slice, on_weekday = Counter[int](), Counter[int]()
    chosen: list[T] = []
    while left and len(chosen) < most:
        # What adds most: to its slice, its weekday, its hour, its day, in that order; the earliest of equals.
        best = max(left, key=lambda one: (-in_slice[one.slice], -on_weekday[one.weekday], *one.apart))
        left.remove(best)
        chosen.append(best.attempt)
        in_slice[best.slice] += 1
        on_weekday[best.weekday] += 1
        for one in left:
            one.come_near(best)
    return tuple(sorted(chosen, key=_when))


def _when(one: Timed) -> tuple[datetime, int]:
    return one.local, one.sequence


class _Candidate(Generic[T]):
    """An attempt that may be chosen, with what the choice looks at worked out once."""

    __slots__ = ("apart", "attempt", "day", "minute", "slice", "weekday")

    def __init__(self, attempt: T, place: int) -> None:
        local = attempt.local
        self.attempt, self.slice, self.weekday = attempt, place, local.weekday()
        self.day, self.minute = local.toordinal(), local.hour * 60 + local.minute
        self.apart = (MINUTES_A_DAY, _FAR)  # (minutes of the day, days) from the nearest that was chosen

    def come_near(self, other: "_Candidate[T]") -> None:
        """Another one was chosen."""
        minutes = abs(self.minute - other.minute)
        round_the_clock = min(minutes, MINUTES_A_DAY - minutes)
        days = abs(self.day - other.day)
        self.apart = (min(self.apart[0], round_the_clock), min(self.apart[1], days))


def _week(one: Timed) -> tuple[int, int]:
    year, week, _day = one.local.isocalendar()
    return year, week


def _week_slices(attempts: Sequence[Timed], most: int) -> dict[tuple[int, int], int]:
    """The weeks with an attempt, shared out among at most ``most`` slices of equal length."""
    weeks = sorted({_week(one) for one in attempts})
    count = min(most, len(weeks))
    return {week: place * count // len(weeks) for place, week in enumerate(weeks)}
