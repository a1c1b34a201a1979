"""Which attempts become exhibits, under which numbers, in which files, with which words (pure).

Rules (facts/court-rules.md §4, R.412-2 and R.414-5 CJA): each attempt that counts has its own integer,
continuous and rising; files hold consecutive numbers in the inventory's order; the same numbers come out
whatever the grouping. Order: by procedure, as the case began to follow them, then by time.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby

from exhibits import names
from exhibits.facts import AttemptFacts, Followed, PartFacts
from temoin.french import NARROW, NO_BREAK, french_date, french_time, outcome_words

NUMBER = f"n°{NO_BREAK}"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
UNDRAWABLE = "□"
INVISIBLE = frozenset({0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF})  # soft hyphen, zero-width characters
# Code points that both cuts of the documents' font (temoin.fonts) draw: Latin, Greek, Cyrillic, punctuation,
# currencies. Narrower than the font on purpose; a test draws every one of them.
DRAWABLE = (
    (0x20, 0x7E),
    (0xA0, 0x148),
    (0x14A, 0x1C3),
    (0x1C5, 0x24F),
    (0x300, 0x31E),
    (0x3A3, 0x3E1),
    (0x400, 0x49D),
    (0x2010, 0x2027),
    (0x202F, 0x205E),
    (0x20A0, 0x20BF),
    (0x2116, 0x2116),
    (0x2122, 0x2122),
    (0x2192, 0x2192),
    (0x25A1, 0x25A1),
)


class Grouping(StrEnum):
    """How captures share files; the numbers are the same whatever it is."""

    WEEK = "week"
    MONTH = "month"
    ALL = "all"
    SINGLE = "single"


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """An attempt and the integer it has in the court file."""

    number: int
    facts: AttemptFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureFile:
    """Consecutive exhibits of one procedure that share a PDF; ``start`` and ``end`` name the period."""

    attempts: tuple[Numbered, ...]
    start: date
    end: date
    width: int

    @property
    def numbers(self) -> str:
        """``03-23``."""
        return names.number_range(self.attempts[0].number, self.attempts[-1].number, self.width)

    @property
    def file(self) -> str:
        """The PDF's name."""
        facts = self.attempts[0].facts
        word = "Capture" if len(self.attempts) == 1 else "Captures"
        period = str(self.start) if self.start == self.end else f"{self.start}_au_{self.end}"
        return names.file_name(self.numbers, f"{word}_RDV_{names.place_of(facts.prefecture)}", period)

    @property
    def title(self) -> str:
        """The PDF's title, which begins with its numbers (R.414-5, al. 3)."""
        facts = self.attempts[0].facts
        word = "Capture" if len(self.attempts) == 1 else "Captures"
        return f"{self.numbers} {word} d’écran, {clean(facts.prefecture)}, {clean(facts.label)}, {period_text(self)}"


def period_text(file: CaptureFile) -> str:
    """« du 14 au 20 septembre 2026 »."""
    start, end = file.start, file.end
    if start == end:
        return f"le {french_date(start, weekday=False)}"
    first = french_date(start, weekday=False)
    if start.year == end.year:
        first = first.rsplit(" ", 1)[0]
        if start.month == end.month:
            first = first.rsplit(" ", 1)[0]
    return f"du {first} au {french_date(end, weekday=False)}"


def counting(
    attempts: Iterable[AttemptFacts],
    followed: Sequence[Followed],
    *,
    since: date | None = None,
    until: date | None = None,
) -> tuple[AttemptFacts, ...]:
    """The attempts that become exhibits, in the court file's order.

    An attempt counts when it found no appointment, has a picture, was made while the case followed the
    procedure (DESIGN §9), and its local day is within ``since`` and ``until``, both included.
    """
    order = {one.procedure: place for place, one in reversed(list(enumerate(followed)))}
    kept = (
        facts
        for facts in attempts
        if facts.is_proof
        and any(part.picture for part in facts.parts)
        and is_followed(facts, followed)
        and (since is None or facts.local.date() >= since)
        and (until is None or facts.local.date() <= until)
    )
    return tuple(sorted(kept, key=lambda facts: (order[facts.procedure], facts.at, facts.sequence)))


def is_followed(facts: AttemptFacts, followed: Sequence[Followed]) -> bool:
    """Whether the attempt was made while the case followed its procedure."""
    return any(one.procedure == facts.procedure and one.covers(facts.sequence) for one in followed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The times drawn for a procedure, as a ``plan`` entry of the register gives them."""

    sequence: int
    procedure: str
    times: frozenset[datetime]


def planned_before(attempts: Iterable[AttemptFacts], plans: Iterable[Plan]) -> frozenset[int]:
    """The attempts whose time stands in a plan that the register holds before them."""
    first: dict[tuple[str, datetime], int] = {}
    for plan in sorted(plans, key=lambda plan: plan.sequence, reverse=True):
        first.update({(plan.procedure, at): plan.sequence for at in plan.times})
    return frozenset(
        facts.sequence
        for facts in attempts
        if facts.due is not None and first.get((facts.procedure, facts.due), facts.sequence) < facts.sequence
    )


def number(attempts: Sequence[AttemptFacts], first: int) -> tuple[Numbered, ...]:
    """``attempts`` with consecutive numbers from ``first``."""
    return tuple(Numbered(number=first + place, facts=facts) for place, facts in enumerate(attempts))


def capture_files(numbered: Sequence[Numbered], grouping: Grouping, width: int) -> tuple[CaptureFile, ...]:
    """The PDFs that hold ``numbered``: one for each procedure and period."""
    files = []
    for _procedure, of_procedure in groupby(numbered, key=lambda one: one.facts.procedure):
        same = tuple(of_procedure)
        for (start, end, _alone), group in groupby(same, key=_period(same, grouping)):
            files.append(CaptureFile(attempts=tuple(group), start=start, end=end, width=width))
    return tuple(files)


def _period(same: Sequence[Numbered], grouping: Grouping) -> Callable[[Numbered], tuple[date, date, int]]:
    """What tells apart the files of one procedure: first day, last day, and the number when it is alone."""
    first, last = _day(same[0]), _day(same[-1])  # in the order of time
    match grouping:
        case Grouping.WEEK:
            return lambda one: (*iso_week(_day(one)), 0)
        case Grouping.MONTH:
            return lambda one: (*month(_day(one)), 0)
        case Grouping.ALL:
            return lambda _one: (first, last, 0)
        case Grouping.SINGLE:
            return lambda one: (_day(one), _day(one), one.number)


def _day(one: Numbered) -> date:
    return one.facts.local.date()


def month(day: date) -> tuple[date, date]:
    """The first and the last day of the month of ``day``."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def iso_week(day: date) -> tuple[date, date]:
    """The Monday and the Sunday of the ISO week of ``day``; the caller reads the day in the right zone."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def digits(last: int) -> int:
    """How many digits numbers take in file names, so that they sort: two at least."""
    return max(2, len(str(last)))


def page_label(one: Numbered, place: int) -> str:
    """« 12 », or « 12a », « 12b »… when the attempt has several parts."""
    shown = shown_parts(one.facts)
    return str(one.number) if len(shown) == 1 else f"{one.number}{_letter(place)}"


def _letter(place: int) -> str:
    if place < len(LETTERS):
        return LETTERS[place]
    return _letter(place // len(LETTERS) - 1) + LETTERS[place % len(LETTERS)]


def shown_parts(facts: AttemptFacts) -> tuple[PartFacts, ...]:
    """The parts that have a picture to show."""
    return tuple(part for part in facts.parts if part.picture is not None)


def exhibit_title(facts: AttemptFacts) -> str:
    """The wording of an exhibit in the inventory, explicit enough by itself (R.412-2)."""
    when = f"{french_date(facts.local.date())} à {french_time(facts.at, facts.zone)}"
    found = outcome_words(facts.outcome, declared=facts.declared)
    found = found[0].lower() + found[1:]
    return f"Capture d’écran du {when}, {clean(facts.prefecture)}, {clean(facts.label)}{NO_BREAK}: {found}"


def clean(text: str) -> str:
    """``text`` on one line, in characters that a page can show, for words that come from a site or a file.

    What the documents' font cannot draw (PDF/A refuses a missing glyph) and what would change the direction of
    reading is shown as « □ »; the text as it was is in the attempt's own files.
    """
    shown = "".join(_shown(char) for char in text if ord(char) not in INVISIBLE)
    return re.sub(r"[ \n]+", " ", shown).strip()


def _shown(char: str) -> str:
    if char.isspace():
        return char if char in {NARROW, NO_BREAK} else " "
    code = ord(char)
    return char if any(first <= code <= last for first, last in DRAWABLE) else UNDRAWABLE


def many(count: int, word: str) -> str:
    """« 1 tentative », « 12 345 tentatives »."""
    shown = f"{count:,}".replace(",", NARROW)
    return f"{shown} {word}" if count < 2 else f"{shown} {word}s"  # noqa: PLR2004 - French plurals begin at two


def latest(attempts: Iterable[AttemptFacts]) -> datetime:
    """The last instant of ``attempts``: the date that a document bears."""
    return max(facts.at for facts in attempts)
