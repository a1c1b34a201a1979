"""Hours as the configuration writes them: windows of the day, and the moments when sites are said to open.

Wall-clock times of the procedure's own zone (DESIGN §3.7); what they are on a given day is the plan's affair.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from itertools import pairwise

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_WINDOW = re.compile(r"(\d\d:\d\d)-(\d\d:\d\d)")
_OPENING = re.compile(r"(?:(mon|tue|wed|thu|fri|sat|sun)|day ([1-9]|[12]\d|3[01])) (\d\d:\d\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Hours of a day in which attempts may fall: ``start`` belongs to it, ``end`` does not."""

    start: time
    end: time

    @property
    def minutes(self) -> int:
        """How long the window is."""
        return _minutes(self.end) - _minutes(self.start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """When new appointments are said to go on line: on a weekday (0 is Monday) or a day of the month."""

    weekday: int | None
    day: int | None
    at: time


def parse_window(text: str) -> Window:
    """The window that ``"07:00-22:30"`` names.

    Raises:
        ValueError: not of that form, no such hour, or an end that is not after the start.
    """
    found = _WINDOW.fullmatch(text)
    if found is None:
        raise ValueError(f"not a window: {text!r}")
    start, end = (time.fromisoformat(part) for part in found.groups())
    if start >= end:
        raise ValueError(f"ends before it starts: {text!r}")
    return Window(start=start, end=end)


def parse_opening(text: str) -> Opening:
    """The moment that ``"mon 09:00"`` or ``"day 1 09:00"`` names.

    Raises:
        ValueError: not of that form, or no such hour.
    """
    found = _OPENING.fullmatch(text)
    if found is None:
        raise ValueError(f"not an opening: {text!r}")
    weekday, day, at = found.groups()
    return Opening(
        weekday=WEEKDAYS.index(weekday) if weekday else None,
        day=int(day) if day else None,
        at=time.fromisoformat(at),
    )


def are_ascending(windows: Sequence[Window]) -> bool:
    """Whether each window starts when the one before has ended, or later."""
    return all(first.end <= second.start for first, second in pairwise(windows))


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute
