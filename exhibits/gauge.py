"""How far the proof has come, against landmarks (docs/preuve.md): red, amber, green, and when at the earliest (pure).

The landmarks come from published decisions and from practice; none is a rule of law, and green promises nothing.
Adding a try never lowers a level: what is compared only grows.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from exhibits.tally import Spread
from temoin.records import CaseKind
from temoin.settings import Coverage


class Level(StrEnum):
    """What the gauge shows; never the word "ready"."""

    RED = "red"
    AMBER = "amber"
    GREEN = "green"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """What is known of the case itself; days are local. ``kind`` is None when the store has a word we do not know."""

    code: str
    kind: CaseKind | None
    closed: date | None = None
    obtained: bool = False
    reviewed_on: date | None = None
    expires_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepsFacts:
    """What the journal of the case says: the first written request, the answers to slots; ``slots`` is the case's."""

    requested_on: date | None = None
    slots: int = 0
    slot_responses: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Landmarks:
    """What is compared with, for one kind of request; days are lengths of 24 hours but for ``distinct_days``."""

    red_days: int
    span_days: int
    distinct_days: int
    time_bands: int


def landmarks_of(kind: CaseKind | None, thresholds: Coverage) -> Landmarks:
    """The landmarks of a kind of request: a first application asks for a longer time."""
    first = kind is CaseKind.FIRST_APPLICATION
    return Landmarks(
        red_days=thresholds.red_days,
        span_days=thresholds.amber_days_first_application if first else thresholds.amber_days,
        distinct_days=thresholds.distinct_days,
        time_bands=thresholds.time_bands,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """The level of some tries, with the figures it was read from."""

    level: Level
    span_days: int
    distinct_days: int
    iso_weeks: int
    time_bands: int


def gauge_of(spread: Spread, landmarks: Landmarks, *, accompanied: bool, bands: bool = True) -> Gauge:
    """The level of ``spread``; ``accompanied`` when a written request was made and somebody has seen the case.

    ``bands`` is False for failures of the site: nobody chooses at what hour a site fails.
    """
    return Gauge(
        level=_level(spread, landmarks, accompanied=accompanied, bands=bands),
        span_days=spread.span_days,
        distinct_days=len(spread.days),
        iso_weeks=len(spread.weeks),
        time_bands=len(spread.bands),
    )


def _level(spread: Spread, landmarks: Landmarks, *, accompanied: bool, bands: bool) -> Level:
    if spread.span_days < landmarks.red_days:
        return Level.RED
    reached = (
        spread.span_days >= landmarks.span_days
        and len(spread.days) >= landmarks.distinct_days
        and (len(spread.bands) >= landmarks.time_bands or not bands)
    )
    return Level.GREEN if reached and accompanied else Level.AMBER


def span_reached_on(spread: Spread, days: int, today: date) -> date:
    """The first local day on which one more try could make the span ``days`` long; never before ``today``."""
    if spread.first is None:
        return today + timedelta(days=days)  # of a first try made today
    reached: datetime = spread.first.astimezone(UTC) + timedelta(days=days)
    return max(today, reached.astimezone(spread.first.tzinfo).date())


def days_reached_on(spread: Spread, wanted: int, today: date) -> date:
    """The first day on which there could be ``wanted`` distinct days, with a try every day from ``today`` on."""
    missing = max(0, wanted - len(spread.days))
    begins = 1 if today in spread.days else 0
    return today + timedelta(days=max(0, missing + begins - 1))
