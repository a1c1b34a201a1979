"""What was tried, counted: for one case and one procedure, in the procedure's own zone (pure).

``status`` has these figures from SQL, documents from records they have read anyway; both end here, so that no
document counts otherwise than the screen. Days, ISO weeks and bands of the day are those of the local clock
(DESIGN §3.7); the span is a length of time, which no change of the clock makes longer or shorter.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import lru_cache
from itertools import chain
from types import MappingProxyType

from exhibits.facts import AttemptFacts, Followed
from temoin.records import DYSFUNCTIONS, PROOFS, TOOL_REFUSALS, WITHOUT_VISIT, Mode, Outcome


class Band(StrEnum):
    """A part of the day, by the local clock."""

    NIGHT = "night"
    MORNING = "morning"
    MIDDAY = "midday"
    AFTERNOON = "afternoon"
    EVENING = "evening"


# First hour (included) and last (excluded), as they stand in docs/preuve.md; the night goes past midnight.
BANDS: Mapping[Band, tuple[int, int]] = MappingProxyType(
    {
        Band.MORNING: (7, 11),
        Band.MIDDAY: (11, 14),
        Band.AFTERNOON: (14, 18),
        Band.EVENING: (18, 22),
        Band.NIGHT: (22, 7),
    }
)
WEEKDAYS = 7


def band_of(hour: int) -> Band:
    """The band that a local hour (0 to 23) falls in."""
    return _BAND_OF[hour]


_BAND_OF = tuple(
    next((band for band, (start, end) in BANDS.items() if start <= hour < end), Band.NIGHT) for hour in range(24)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TryFacts:
    """One attempt as it is counted; ``at`` is aware, in the procedure's own zone.

    ``doubtful`` is an answer of no appointment that may have been given to this visitor only (docs/adr/0019);
    ``answered`` tells whether the site answered anything: when nothing did, an ``unreachable`` may as well be the
    station's own network, and is no failure of the site.
    """

    at: datetime
    outcome: Outcome
    mode: Mode = Mode.UNATTENDED
    answered: bool = True
    simulated: bool = False
    doubtful: bool = False

    @property
    def is_visit(self) -> bool:
        """Whether the site was visited at all."""
        return self.outcome not in WITHOUT_VISIT

    @property
    def is_proof(self) -> bool:
        """Whether it found no appointment."""
        return self.outcome in PROOFS and not self.doubtful

    @property
    def is_unreached(self) -> bool:
        """Whether nothing answered, so that nothing can be concluded."""
        return self.outcome is Outcome.UNREACHABLE and not self.answered

    @property
    def is_dysfunction(self) -> bool:
        """Whether the site failed before its calendar (CE 453391)."""
        return self.outcome in DYSFUNCTIONS and not self.is_unreached


def try_of(facts: AttemptFacts) -> TryFacts:
    """The attempt of a document, as it is counted."""
    return TryFacts(
        at=facts.local,
        outcome=facts.outcome,
        mode=facts.mode,
        answered=facts.outcome is not Outcome.UNREACHABLE or facts.is_dysfunction,
        simulated=facts.simulated,
        doubtful=facts.outcome in PROOFS and not facts.is_proof,
    )


def tries_of(attempts: Iterable[AttemptFacts], followed: Sequence[Followed], procedure: str) -> tuple[TryFacts, ...]:
    """The attempts of ``procedure`` that were made while the case followed it."""
    stretches = [one for one in followed if one.procedure == procedure]
    return tuple(
        try_of(facts)
        for facts in attempts
        if facts.procedure == procedure and any(one.covers(facts.sequence) for one in stretches)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How tries lie in time: their local days, and the local hours (0 to 23) that they fell in.

    ``first`` and ``last`` are aware, in the procedure's zone; None when there is none.
    """

    count: int = 0
    first: datetime | None = None
    last: datetime | None = None
    days: frozenset[date] = frozenset()
    hours: frozenset[int] = frozenset()

    @property
    def weeks(self) -> frozenset[tuple[int, int]]:
        """The distinct ISO weeks, each as its year and number: the last days of December may be of the next year."""
        return frozenset(map(_week_of, self.days))

    @property
    def bands(self) -> frozenset[Band]:
        """The distinct bands of the day."""
        return frozenset(map(_BAND_OF.__getitem__, self.hours))

    @property
    def span_days(self) -> int:
        """Whole lengths of 24 hours from the first to the last: from the 13th at 10:00 to the 18th at noon, 5.

        In UTC: Python subtracts two times of one zone as their clocks read, an hour wrong across a change of clock.
        """
        if self.first is None or self.last is None:
            return 0
        return (_utc(self.last) - _utc(self.first)).days


@lru_cache(maxsize=10_000)  # the days of one case are those of the others
def _week_of(day: date) -> tuple[int, int]:
    return day.isocalendar()[:2]


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)


def spread_of(times: Iterable[datetime]) -> Spread:
    """How these instants lie in time, each read in the zone it bears."""
    known = sorted(times, key=_utc)
    if not known:
        return Spread()
    return Spread(
        count=len(known),
        first=known[0],
        last=known[-1],
        days=frozenset(at.date() for at in known),
        hours=frozenset(at.hour for at in known),
    )


def merged(spreads: Sequence[Spread]) -> Spread:
    """Several stretches of time taken together."""
    starts = [one.first for one in spreads if one.first is not None]
    ends = [one.last for one in spreads if one.last is not None]
    return Spread(
        count=sum(one.count for one in spreads),
        first=min(starts, key=_utc, default=None),
        last=max(ends, key=_utc, default=None),
        days=frozenset(chain.from_iterable(one.days for one in spreads)),
        hours=frozenset(chain.from_iterable(one.hours for one in spreads)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The figures of one case and one procedure. Refusals of our tool and what reached nothing stand apart."""

    visits: int = 0
    by_hand: int = 0
    tool_refusals: int = 0
    slots: int = 0
    unreached: int = 0
    simulated: int = 0
    last_visit: datetime | None = None
    proofs: Spread = field(default_factory=Spread)
    dysfunctions: Spread = field(default_factory=Spread)


def tally_of(tries: Iterable[TryFacts]) -> Tally:
    """``tries`` counted: those of one case and procedure, made while the case followed it."""
    known = tuple(tries)
    visits = [one for one in known if one.is_visit]
    return Tally(
        visits=len(visits),
        by_hand=sum(one.mode is not Mode.UNATTENDED for one in visits),
        tool_refusals=sum(one.outcome in TOOL_REFUSALS for one in known),
        slots=sum(one.outcome is Outcome.SLOT_SEEN for one in known),
        unreached=sum(one.is_unreached for one in known),
        simulated=sum(one.simulated for one in visits),
        last_visit=spread_of(one.at for one in visits).last,
        proofs=spread_of(one.at for one in known if one.is_proof),
        dysfunctions=spread_of(one.at for one in known if one.is_dysfunction),
    )


def added(tallies: Sequence[Tally]) -> Tally:
    """Several tallies of attempts that are all different, taken together."""
    if len(tallies) == 1:
        return tallies[0]
    visits = [one.last_visit for one in tallies if one.last_visit is not None]
    return Tally(
        visits=sum(one.visits for one in tallies),
        by_hand=sum(one.by_hand for one in tallies),
        tool_refusals=sum(one.tool_refusals for one in tallies),
        slots=sum(one.slots for one in tallies),
        unreached=sum(one.unreached for one in tallies),
        simulated=sum(one.simulated for one in tallies),
        last_visit=max(visits, key=_utc, default=None),
        proofs=merged([one.proofs for one in tallies]),
        dysfunctions=merged([one.dysfunctions for one in tallies]),
    )


def day_hour_table(tries: Iterable[TryFacts]) -> tuple[tuple[Band, tuple[int, ...]], ...]:
    """The small table of days and hours: for each band in the order of the day, how many proofs on Monday to Sunday.

    The hours after midnight count with the night, on the weekday that the clock then shows.
    """
    counts = Counter((band_of(one.at.hour), one.at.weekday()) for one in tries if one.is_proof)
    return tuple((band, tuple(counts[band, weekday] for weekday in range(WEEKDAYS))) for band in BANDS)
