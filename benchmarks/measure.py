"""How things are compared: in turn, several times, the median told with the least and the most.

A machine is never equally fast twice, so that a figure alone says little. Two things done in turn meet the same
machine: the *ratio* of each pair is what a budget is held against, and what another machine can compare with.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

Timed = Callable[[], float]  # does the thing once and gives what it cost, in the row's unit


HEAD = ("| what | ours | against | ratio | at most | kept |", "| --- | --- | --- | --- | --- | --- |")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What several repetitions cost."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The value in the middle."""
        return median(self.values)

    def text(self, unit: str) -> str:
        """Median, least and most, with the unit."""
        if len(self.values) == 1:
            return f"{_number(self.median)} {unit}"
        return f"{_number(self.median)} {unit} ({_number(min(self.values))}–{_number(max(self.values))})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of DESIGN §14. With ``against``, ``limit`` bounds the ratio; without, the cost itself."""

    what: str
    unit: str
    limit: float
    ours: Sample
    peer: str = ""
    against: Sample | None = None

    @property
    def ratios(self) -> Sample | None:
        """Pair by pair, ours to theirs."""
        if self.against is None:
            return None
        return Sample(values=tuple(a / b for a, b in zip(self.ours.values, self.against.values, strict=True)))

    @property
    def kept(self) -> bool:
        """Whether the median stays within the budget."""
        return (self.ratios or self.ours).median <= self.limit

    def line(self) -> str:
        """The row of a Markdown table."""
        ratios = self.ratios
        return _line(
            self.what,
            self.ours.text(self.unit),
            f"{self.peer}: {self.against.text(self.unit)}" if self.against is not None else "–",
            ratios.text("×") if ratios is not None else "–",
            f"{_number(self.limit)} {'×' if ratios is not None else self.unit}",
            "yes" if self.kept else "**no**",
        )


def in_turn(ours: Timed, theirs: Timed, *, times: int, unmeasured: int = 1) -> tuple[Sample, Sample]:
    """Both, in turn, ``times`` each; who goes first alternates. ``unmeasured`` rounds come before."""
    one: list[float] = []
    other: list[float] = []
    for number in range(-unmeasured, times):
        pair = [(ours, one), (theirs, other)]
        for run, found in pair if number % 2 else reversed(pair):
            value = run()
            if number >= 0:
                found.append(value)
    return Sample(values=tuple(one)), Sample(values=tuple(other))


def repeated(run: Timed, *, times: int, unmeasured: int = 1) -> Sample:
    """The same thing, ``times`` over."""
    values = [run() for _number in range(unmeasured + times)]
    return Sample(values=tuple(values[unmeasured:]))


def seconds(run: Callable[[], object]) -> float:
    """How long ``run`` takes, by the clock on the wall."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def milliseconds(run: Callable[[], object]) -> float:
    """How long ``run`` takes, by the clock on the wall."""
    return seconds(run) * 1000


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _number(value: float) -> str:
    """Three figures that mean something."""
    if value >= 100:  # noqa: PLR2004 - three figures
        return f"{value:.0f}"
    return f"{value:.3g}"
