"""The calendar of days and table of hours of one dossier and procedure: where each sign stands, and its tone (pure).

Templates draw it (``svg.html``) and give the same figures as a table. A tone is never a colour alone: a proof shows how
many there were, a slot ★, a failure of the site « ! », what was refused or missed « – ».
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import MappingProxyType

from store.values import DayCount
from temoin.records import DYSFUNCTIONS, PROOFS, TOOL_REFUSALS, Outcome

CELL, GAP = 22, 2  # px
STEP = CELL + GAP
LEFT, TOP = 40, 20  # px, for the names of days and months
HEAD_WIDTH = 48  # px, of a month’s name
WEEKDAYS, HOURS = 7, 24
PROOF, SLOT, FAILURE, REFUSAL, OTHER, NONE = "proof", "slot", "failure", "refusal", "other", "none"
TONES = (SLOT, PROOF, FAILURE, REFUSAL, OTHER)  # the first that a day has is the day's
SIGNS: Mapping[str, str] = MappingProxyType({SLOT: "★", FAILURE: "!", REFUSAL: "–", OTHER: "?"})
MOST_SHOWN = 9  # proofs of one cell in figures: more is « + », and the table has the number
SHADES = (1, 2, 4, 7)  # proofs from which on an hour is shown darker


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A word of the drawing, in px from its top left."""

    x: int
    y: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The cells of one tone: the path of their squares, and what stands in them."""

    tone: str
    path: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A whole drawing; ``heads`` are the words above, ``sides`` the rows on the left (``text``: a place, from 0).

    ``left``: how much of the width is for the latter, which stay where they are when the rest is scrolled.
    """

    left: int
    width: int
    height: int
    groups: tuple[Group, ...]
    heads: tuple[Mark, ...]
    sides: tuple[Mark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One cell: its tone, and how many attempts of each there were."""

    day: date
    tone: str
    counts: Mapping[str, int]

    @property
    def sign(self) -> str:
        """What stands in the cell."""
        if self.tone == PROOF:
            return figure(self.counts[PROOF])
        return SIGNS.get(self.tone, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Days in columns of ISO weeks; ``weeks`` has each Monday with its seven days, those to come left out."""

    drawing: Drawing
    weeks: tuple[tuple[date, tuple[Day, ...]], ...]
    totals: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Proofs by weekday (Monday first) and hour; ``first`` and ``last`` are the hours shown, both included."""

    drawing: Drawing
    first: int
    last: int
    rows: tuple[tuple[int, ...], ...]
    total: int


def tone_of(found: DayCount) -> str:
    """The tone of an attempt: a proof that may have been given to this visitor only is none (docs/adr/0019)."""
    if found.outcome in PROOFS:
        return OTHER if found.doubtful else PROOF
    if found.outcome is Outcome.SLOT_SEEN:
        return SLOT
    if found.outcome in DYSFUNCTIONS:
        return FAILURE
    return REFUSAL if found.outcome in TOOL_REFUSALS or found.outcome is Outcome.MISSED else OTHER


def figure(count: int) -> str:
    """A number in one sign."""
    return str(count) if count <= MOST_SHOWN else "+"


def first_monday(today: date, weeks: int) -> date:
    """The Monday with which ``weeks`` ISO weeks begin whose last one has ``today``."""
    return today - timedelta(days=today.weekday(), weeks=weeks - 1)


def build_calendar(counts: Sequence[DayCount], *, today: date, weeks: int) -> Calendar:
    """The calendar of the weeks that end with ``today``'s; weeks before the first attempt are left out."""
    start = first_monday(today, weeks)
    shown = [one for one in counts if start <= one.day]
    if shown:
        begun = min(one.day for one in shown)
        start = max(start, begun - timedelta(days=begun.weekday()))
    else:
        start = first_monday(today, 1)
    end = max([today, *(one.day for one in shown)])
    by_day: dict[date, Counter[str]] = {}
    for one in shown:
        by_day.setdefault(one.day, Counter())[tone_of(one)] += one.tries
    days = [_day(start + timedelta(days=number), by_day) for number in range((end - start).days + 1)]
    rows = tuple((days[place].day, tuple(days[place : place + WEEKDAYS])) for place in range(0, len(days), WEEKDAYS))
    totals = sum(by_day.values(), Counter())
    return Calendar(drawing=_draw_days(days, start), weeks=rows, totals=totals)


def _day(day: date, by_day: Mapping[date, Counter[str]]) -> Day:
    counts = by_day.get(day, Counter())
    return Day(day=day, tone=next((tone for tone in TONES if counts[tone]), NONE), counts=counts)


def _draw_days(days: Sequence[Day], start: date) -> Drawing:
    cells = [((one.day - start).days // WEEKDAYS, one.day.weekday(), one.tone, one.sign) for one in days]
    columns = cells[-1][0] + 1
    months = [one.day for one in days if one.day.day == 1 or one.day == start]
    if len(months) > 1 and (months[1] - months[0]).days < 3 * WEEKDAYS:  # its name would run into the next
        months = months[1:]
    heads = tuple(
        Mark(x=LEFT + (day - start).days // WEEKDAYS * STEP, y=TOP - 7, text=f"{day:%Y-%m}") for day in months
    )
    drawn = _drawing(columns, WEEKDAYS, cells, heads)
    return replace(drawn, width=max(drawn.width, *(head.x + HEAD_WIDTH for head in heads)))


def build_hours(counts: Iterable[DayCount]) -> Hours:
    """How many proofs fell on each weekday and hour; hours before the first and after the last are left out."""
    found: Counter[tuple[int, int]] = Counter()
    for one in counts:
        if tone_of(one) == PROOF:
            found[one.day.weekday(), one.hour] += one.tries
    hours = [hour for _day, hour in found] or [0, HOURS - 1]
    first, last = min(hours), max(hours)
    rows = tuple(tuple(found[day, hour] for hour in range(first, last + 1)) for day in range(WEEKDAYS))
    cells = [
        (place, day, _shade(count), figure(count) if count else "")
        for day, row in enumerate(rows)
        for place, count in enumerate(row)
    ]
    heads = tuple(
        Mark(x=LEFT + place * STEP + CELL // 2, y=TOP - 7, text=str(first + place)) for place in range(last - first + 1)
    )
    drawing = _drawing(last - first + 1, WEEKDAYS, cells, heads)
    return Hours(drawing=drawing, first=first, last=last, rows=rows, total=found.total())


def _shade(count: int) -> str:
    return f"shade{sum(count >= least for least in SHADES)}" if count else NONE


def _drawing(columns: int, rows: int, cells: Iterable[tuple[int, int, str, str]], heads: tuple[Mark, ...]) -> Drawing:
    """``cells`` are (column, row, tone, sign)."""
    paths: dict[str, list[str]] = {}
    marks: dict[str, list[Mark]] = {}
    for column, row, tone, sign in cells:
        x, y = LEFT + column * STEP, TOP + row * STEP
        paths.setdefault(tone, []).append(f"M{x} {y}h{CELL}v{CELL}h-{CELL}z")
        if sign:
            marks.setdefault(tone, []).append(Mark(x=x + CELL // 2, y=y + 15, text=sign))
    groups = tuple(
        Group(tone=tone, path="".join(path), marks=tuple(marks.get(tone, ()))) for tone, path in sorted(paths.items())
    )
    sides = tuple(Mark(x=0, y=TOP + row * STEP + 15, text=str(row)) for row in range(rows))
    width, height = LEFT + columns * STEP, TOP + rows * STEP
    return Drawing(left=LEFT, width=width, height=height, groups=groups, heads=heads, sides=sides)
