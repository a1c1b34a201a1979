"""« Preuve des tentatives »: how far the proof of one case and one procedure has come, and why (pure; docs/preuve.md).

``assess`` takes the tries that count (made while the case followed the procedure: ``tries_of``); ``assess_tally``
takes them counted. Three groups are never mixed (DESIGN §5): attempts that found no appointment, failures of the
site before its calendar, which have a gauge of their own, and refusals of our tool, which are never pleaded.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from exhibits.gauge import CaseFacts, Gauge, Level, StepsFacts, gauge_of, landmarks_of
from exhibits.reasons import View, build_reasons
from exhibits.tally import Band, Tally, TryFacts, band_of, day_hour_table, tally_of, tries_of, try_of
from temoin.canonical import Json
from temoin.clock import utc_text
from temoin.settings import Coverage

__all__ = [  # one door for documents, screen and local page
    "Assessment",
    "Band",
    "CaseFacts",
    "Gauge",
    "Level",
    "StepsFacts",
    "Subject",
    "TryFacts",
    "assess",
    "assess_tally",
    "band_of",
    "day_hour_table",
    "tally_of",
    "tries_of",
    "try_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Which procedure is assessed; ``following`` is False when the case has stopped to follow it."""

    procedure: str
    following: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What ``status`` says of one case and one procedure; ``why`` has the sentences, most pressing first."""

    case: str
    procedure: str
    tally: Tally
    gauge: Gauge
    dysfunctions: Gauge | None
    why: tuple[str, ...]
    today: date

    @property
    def level(self) -> Level:
        """The level of the attempts that found no appointment."""
        return self.gauge.level

    def to_json(self) -> Json:
        """The object of DESIGN §12, then what more there is."""
        last_visit, last_proof = self.tally.last_visit, self.tally.proofs.last
        return {
            "case": self.case,
            "procedure": self.procedure,
            "attempts": self.tally.visits,
            "by_hand": self.tally.by_hand,
            "proofs": self.tally.proofs.count,
            "dysfunctions": self.tally.dysfunctions.count,
            "tool_refusals": self.tally.tool_refusals,
            "slots_seen": self.tally.slots,
            "distinct_days": self.gauge.distinct_days,
            "iso_weeks": self.gauge.iso_weeks,
            "span_days": self.gauge.span_days,
            "time_bands": self.gauge.time_bands,
            "level": self.level.value,
            "why": list(self.why),
            "last_attempt": None if last_visit is None else utc_text(last_visit),
            "last_proof": None if last_proof is None else utc_text(last_proof),
            "dysfunction_gauge": None if self.dysfunctions is None else _gauge_json(self.dysfunctions),
        }


def _gauge_json(gauge: Gauge) -> Json:
    return {
        "level": gauge.level.value,
        "distinct_days": gauge.distinct_days,
        "iso_weeks": gauge.iso_weeks,
        "span_days": gauge.span_days,
    }


def assess(
    tries: Iterable[TryFacts],
    *,
    case: CaseFacts,
    steps: StepsFacts,
    thresholds: Coverage,
    today: date,
    subject: Subject,
) -> Assessment:
    """How far these tries have come, on the local day ``today``."""
    return assess_tally(tally_of(tries), case=case, steps=steps, thresholds=thresholds, today=today, subject=subject)


def assess_tally(
    tally: Tally, *, case: CaseFacts, steps: StepsFacts, thresholds: Coverage, today: date, subject: Subject
) -> Assessment:
    """The same of tries that have been counted already."""
    landmarks = landmarks_of(case.kind, thresholds)
    accompanied = steps.requested_on is not None and case.reviewed_on is not None
    gauge = gauge_of(tally.proofs, landmarks, accompanied=accompanied)
    failures = None
    if tally.dysfunctions.count:
        failures = gauge_of(tally.dysfunctions, landmarks, accompanied=accompanied, bands=False)
    view = View(
        case=case,
        steps=steps,
        tally=tally,
        landmarks=landmarks,
        gauge=gauge,
        dysfunctions=failures,
        following=subject.following,
        today=today,
    )
    return Assessment(
        case=case.code,
        procedure=subject.procedure,
        tally=tally,
        gauge=gauge,
        dysfunctions=failures,
        why=build_reasons(view),
        today=today,
    )
