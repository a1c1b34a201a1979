"""Everything that the letters say of a case, in one frozen value: whoever fills it decides nothing about words.

Days are local days of the procedure's zone. Numbers are those of the court file; None where the exhibit is missing.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time

from exhibits.facts import AttemptFacts
from exhibits.letters.periods import Period, Try, cut_periods
from temoin.records import CaseKind, JournalKind, Mode, Operator, Outcome, PieceUse, SlotResult


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcedureFacts:
    """Attempts on one procedure: those that showed no appointment, or those that the site stopped before its calendar.

    Only the former have exhibit numbers of their own (``counting``); the latter stand in one table.
    """

    prefecture: str
    label: str
    address: str
    count: int
    first: date
    last: date
    periods: tuple[Period, ...]
    days: int  # distinct days
    weeks: int  # distinct ISO weeks
    weekdays: tuple[int, ...]  # 0 is Monday; those with an attempt
    earliest: time
    latest: time
    by_hand: int  # among count
    by_association: int = 0  # among count
    declared: int = 0  # among by_hand: photographed in the person's own browser, where the program read no page
    sentence: str = ""  # what the page showed, as it showed it, the last time
    outcomes: tuple[tuple[Outcome, int], ...] = ()  # what was found, how often, the most frequent first

    @property
    def numbers(self) -> tuple[int, ...]:
        """The exhibit numbers of all its attempts."""
        return tuple(number for period in self.periods for number in period.numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A procedure as a mandate and an attestation name it."""

    prefecture: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the journal besides answers to slots; ``on`` is None when the person gave no day."""

    kind: JournalKind
    on: date | None
    title: str
    number: int | None
    obtained: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotSeen:
    """An attempt that showed a slot; ``entry`` is its line of the register; the rest is the answer, if there is one."""

    at: datetime  # local, aware
    prefecture: str
    label: str
    entry: int
    result: SlotResult | None = None  # None: the journal says nothing of it
    title: str = ""  # the person's own words in the journal
    number: int | None = None  # the exhibit of the journal's entry
    obtained: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Dysfunctions:
    """Failures before the calendar (CE 453391), told apart from attempts and from refusals.

    ``pictured`` are those whose page could be photographed, by day: what may be enclosed as captures.
    """

    count: int
    days: tuple[date, ...]  # distinct, rising
    number: int | None
    pictured: tuple[date, ...] = ()  # rising, a day as often as it has pictured failures


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedNumbers:
    """The exhibits that a court file has once, by their numbers."""

    summary: int | None = None
    only_way: int | None = None
    dysfunctions: int | None = None
    refusals: int | None = None
    register: int | None = None
    method: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExhibitLine:
    """One file of the court file: the numbers it holds, its title, its name."""

    first: int
    last: int
    title: str
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPiece:
    """A piece of the person's own and what it is filed for."""

    use: PieceUse
    title: str
    number: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviousFiling:
    """The petition before this one, and what came since."""

    number: int
    on: date
    attempts: int  # that showed no appointment
    first: date | None  # of those attempts
    last: date | None
    steps: tuple[Step, ...]
    completed: date | None = None  # the day of its last supplement: what came since is what came after that
    failures: int = 0  # that the site stopped before its calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """The captures chosen to be printed with the letter: how many, and the days of the first and the last."""

    count: int
    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFacts:
    """A case as its letters tell it. The clock is never read.

    ``today`` is the day of the last thing that the file knows: letters leave the day of their signature blank.
    """

    case: str
    kind: CaseKind
    operator: Operator
    shared: bool = field(default=False, kw_only=True)  # some attempts were the association's, some the person's own
    asked_on: date | None  # when the person asked the association
    today: date
    draft: bool
    simulated: bool
    procedures: tuple[ProcedureFacts, ...]  # where attempts showed no appointment
    failed: tuple[ProcedureFacts, ...] = ()  # where the site stopped attempts before its calendar
    sites: tuple[Site, ...] = ()  # every one that was tried for the case, whatever came of it
    steps: tuple[Step, ...] = ()
    elsewhere: tuple[Step, ...] = ()  # of the journal, outside the period that was asked for: no exhibits
    slots: tuple[SlotSeen, ...] = ()
    dysfunctions: Dysfunctions = field(default_factory=lambda: Dysfunctions(count=0, days=(), number=None))
    refusals: int = 0
    pieces: tuple[OwnPiece, ...] = ()
    fixed: FixedNumbers = field(default_factory=FixedNumbers)
    exhibits: tuple[ExhibitLine, ...] = ()
    previous: PreviousFiling | None = None
    printed: Printed | None = None  # None: all of them

    @property
    def only_failures(self) -> bool:
        """Whether no attempt reached a calendar: then failures before it are all that can be pleaded (CE 453391)."""
        return bool(self.failed) and not self.procedures

    @property
    def told(self) -> tuple[ProcedureFacts, ...]:
        """The attempts that the letters rest on: those that showed no appointment; failing these, the failures.

        None where nothing can be pleaded: letters that tell of attempts cannot be written then (``draw``).
        """
        return self.procedures or self.failed

    @property
    def count(self) -> int:
        """The attempts that the letters rest on, over all procedures."""
        return sum(one.count for one in self.told)

    @property
    def by_hand(self) -> int:
        """Those among them that a person made, at the window."""
        return sum(one.by_hand for one in self.told)

    @property
    def declared(self) -> int:
        """Those among them whose result a person declared."""
        return sum(one.declared for one in self.told)

    @property
    def by_association(self) -> int:
        """Those among them that the association made."""
        return sum(one.by_association for one in self.told)

    @property
    def first(self) -> date:
        """The day of the first of them."""
        return min(one.first for one in self.told)

    @property
    def last(self) -> date:
        """The day of the last of them."""
        return max(one.last for one in self.told)

    @property
    def span_days(self) -> int:
        """Full days between the first and the last."""
        return (self.last - self.first).days

    def steps_of(self, *kinds: JournalKind) -> tuple[Step, ...]:
        """The steps of those kinds, by date, those without one last."""
        found = (step for step in self.steps if step.kind in kinds)
        return tuple(sorted(found, key=lambda step: (step.on or date.max, step.title)))

    def pieces_for(self, use: PieceUse) -> tuple[OwnPiece, ...]:
        """The person's own pieces for ``use``."""
        return tuple(piece for piece in self.pieces if piece.use is use)

    @property
    def obtained(self) -> bool:
        """Whether the journal says that an appointment was obtained."""
        return any(step.obtained for step in (*self.steps, *self.elsewhere)) or any(
            slot.obtained for slot in self.slots
        )


def without_numbers(facts: LetterFacts) -> LetterFacts:
    """The same facts, no exhibit numbered: for letters to those who do not have the court file."""
    procedures = tuple(
        replace(one, periods=tuple(replace(period, numbers=()) for period in one.periods)) for one in facts.procedures
    )
    return replace(
        facts,
        procedures=procedures,
        steps=tuple(replace(step, number=None) for step in facts.steps),
        slots=tuple(replace(slot, number=None) for slot in facts.slots),
        dysfunctions=replace(facts.dysfunctions, number=None),
        pieces=tuple(replace(piece, number=None) for piece in facts.pieces),
        fixed=FixedNumbers(),
        exhibits=(),
    )


def procedure_facts(attempts: Sequence[AttemptFacts], numbers: Mapping[int, int]) -> ProcedureFacts:
    """What letters say of ``attempts``, those of one procedure that count; ``numbers`` by sequence.

    Raises:
        ValueError: no attempt, or attempts of several procedures.
    """
    if len({one.procedure for one in attempts}) != 1:
        raise ValueError("attempts of one procedure are needed")
    ordered = sorted(attempts, key=lambda one: (one.at, one.sequence))
    locals_ = [one.local for one in ordered]
    times = [local.time().replace(second=0, microsecond=0) for local in locals_]
    last = ordered[-1]
    return ProcedureFacts(
        prefecture=last.prefecture,
        label=last.label,
        address=last.url,
        count=len(ordered),
        first=locals_[0].date(),
        last=locals_[-1].date(),
        periods=cut_periods([Try(day=one.local.date(), number=numbers.get(one.sequence)) for one in ordered]),
        days=len({local.date() for local in locals_}),
        weeks=len({local.isocalendar()[:2] for local in locals_}),
        weekdays=tuple(sorted({local.weekday() for local in locals_})),
        earliest=min(times),
        latest=max(times),
        by_hand=sum(1 for one in ordered if one.mode is not Mode.UNATTENDED),
        declared=sum(1 for one in ordered if one.declared),
        by_association=sum(1 for one in ordered if one.record.get("operator") == Operator.ASSOCIATION.value),
        sentence=next((one.sentence for one in reversed(ordered) if one.sentence), ""),
        outcomes=tuple(Counter(one.outcome for one in ordered).most_common()),
    )
