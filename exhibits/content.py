"""Everything that a court file is drawn from, whether it was read from the store or from a finished bundle (pure).

``dossier.json`` holds what is neither in the records nor in what the person added, so that a verifier draws the very
same documents again.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from exhibits import model
from exhibits.facts import AttemptFacts, Followed
from exhibits.figures import Figures, dysfunctions_of, figures_of, refusals_of
from exhibits.heading import Heading
from exhibits.inventory import Line
from exhibits.order import NumberedItem, Order, Presence, put_in_order
from exhibits.stamps import Stamps
from exhibits.story import CaseStory, EarlierFiling, FiledItem, NoticeFacts, in_filing_order, slot_answers
from exhibits.tally import Band, day_hour_table, try_of
from exhibits.voice import Voice
from temoin.canonical import Json
from temoin.french import WEEKDAYS
from temoin.records import WITHOUT_VISIT, Operator

# The bands of the day, as docs/preuve.md has them.
BAND_WORDS: Mapping[Band, str] = MappingProxyType(
    {
        Band.MORNING: "matin (7 h – 11 h)",
        Band.MIDDAY: "midi (11 h – 14 h)",
        Band.AFTERNOON: "après-midi (14 h – 18 h)",
        Band.EVENING: "soir (18 h – 22 h)",
        Band.NIGHT: "nuit (22 h – 7 h)",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A small table of days and hours; ``rows`` begin with the band of the day."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the person asked of the export; ``since`` and ``until`` are local days, both included."""

    grouping: model.Grouping = model.Grouping.WEEK
    paper: bool = False
    first_number: int = 1
    since: date | None = None
    until: date | None = None

    def includes(self, day: date) -> bool:
        """Whether a local day is within the period."""
        return (self.since is None or day >= self.since) and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which filing this is: a draft (None), a petition, or a supplement of one (from 1)."""

    filing: int | None = None
    supplement: int = 0
    before: EarlierFiling | None = None  # the petition before this one, if any
    lines: tuple[Line, ...] = ()  # the inventory of what was filed before, for a supplement


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What was found: all of it, whether it becomes an exhibit or not."""

    case: str
    story: CaseStory
    procedures: tuple[str, ...]
    attempts: tuple[AttemptFacts, ...]
    notices: tuple[NoticeFacts, ...]
    items: tuple[FiledItem, ...]
    plans: tuple[model.Plan, ...]
    earlier: frozenset[int]
    stamps: Stamps = field(default_factory=Stamps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The court file to draw: the material, and what of it is newly numbered."""

    material: Material
    asked: Asked
    place: Place
    order: Order
    shown_notices: tuple[NoticeFacts, ...]

    @property
    def heading(self) -> Heading:
        """What every document says of itself."""
        return Heading(
            case=model.clean(self.material.case),
            draft=self.place.filing is None,
            simulated=is_simulated(self.material.attempts, self.material.notices),
            filing=self.place.filing,
            supplement=self.place.supplement,
            voice=voice_of(self.material),
        )

    @property
    def figures(self) -> tuple[Figures, ...]:
        """The figures of each procedure; the numbers are those of this filing and of those before."""
        return figures_of(
            self.material.attempts, self.numbers, self.material.earlier, (self.asked.since, self.asked.until)
        )

    @property
    def dysfunctions(self) -> tuple[AttemptFacts, ...]:
        """The attempts that the site stopped before its calendar."""
        return dysfunctions_of(self.material.attempts, self.material.earlier)

    @property
    def can_plead(self) -> bool:
        """Whether an attempt found no appointment, or a failure of the site before its calendar."""
        return bool(self.dysfunctions) or any(one.proofs for one in self.figures)

    @property
    def refusals(self) -> tuple[AttemptFacts, ...]:
        """The attempts that were refused to the tool."""
        return refusals_of(self.material.attempts, self.material.earlier)

    @property
    def grid(self) -> Grid:
        """How many constats fall on each weekday and in each band of the day."""
        proofs = [try_of(facts) for one in self.figures for facts in one.proofs]
        rows = tuple(
            (BAND_WORDS[band], *(str(count) if count else "–" for count in counts))
            for band, counts in day_hour_table(proofs)
            if band is not Band.NIGHT or any(counts)
        )
        return Grid(columns=("", *(day[:3] + "." for day in WEEKDAYS)), rows=rows) if proofs else Grid()

    @property
    def planned(self) -> frozenset[int]:
        """The attempts whose time stands in a plan that the register holds before them."""
        return model.planned_before(self.material.attempts, self.material.plans)

    @property
    def answers(self) -> dict[int, FiledItem]:
        """What was done about each slot that was seen."""
        return slot_answers(self.material.items)

    @property
    def since(self) -> EarlierFiling | None:
        """The petition before this new one; a supplement belongs to its petition, which is not before it."""
        return None if self.place.supplement else self.place.before

    @property
    def numbers(self) -> Mapping[int, str]:
        """The exhibit of each entry of the register that has one, in this filing or in those before."""
        before = {int(line["sequence"]): line["numero"] for line in self.place.lines if line["sequence"]}
        captures = {one.facts.sequence: str(one.number) for one in self.order.captures}
        return {**before, **captures, **{one.item.sequence: str(one.number) for one in self.order.items}}

    @property
    def steps(self) -> tuple[NumberedItem, ...]:
        """Everything the person added, with its number in this filing or in those before."""
        numbers = self.numbers
        items = (one for one in in_filing_order(self.material.items) if one.sequence in numbers)
        return tuple(NumberedItem(number=int(numbers[one.sequence]), item=one) for one in items)

    @property
    def at(self) -> datetime:
        """The instant that the documents bear: that of the last thing they tell, not the clock's."""
        material = self.material
        times = [*(one.at for one in material.attempts), *(one.at for one in material.notices)]
        return max([*times, *(item.recorded_at for item in material.items)])

    @property
    def today(self) -> date:
        """The day of that instant where the last attempt was made: the day that letters bear."""
        zone = self.material.attempts[-1].zone if self.material.attempts else "Europe/Paris"
        return self.at.astimezone(ZoneInfo(zone)).date()


def is_simulated(attempts: Iterable[AttemptFacts], notices: Iterable[NoticeFacts]) -> bool:
    """Whether anything of it was made up (DESIGN §3.8): then every page says so."""
    return any(one.simulated for one in attempts) or any(one.simulated for one in notices)


def voice_of(material: Material) -> Voice:
    """Who speaks in the documents: the person, the association that they asked, or both where each made some."""
    visits = [facts for facts in material.attempts if facts.outcome not in WITHOUT_VISIT]
    counted = [facts for facts in visits if facts.sequence not in material.earlier] or visits or material.attempts
    operators = {facts.record.get("operator") for facts in counted}
    association = Operator.ASSOCIATION.value in operators
    return Voice(
        operator=Operator.ASSOCIATION if association else Operator.SELF,
        asked_on=material.story.asked_on,
        shared=len(operators) > 1,
    )


def compose(material: Material, followed: Iterable[Followed], asked: Asked, place: Place) -> Content | None:
    """The court file of ``material``; None when nothing new would be numbered.

    In a supplement, what was filed before keeps its number and is not numbered again.
    """
    filed = {int(line["sequence"]) for line in place.lines if line["sequence"]}
    counted = model.counting(material.attempts, tuple(followed), since=asked.since, until=asked.until)
    captures = tuple(facts for facts in counted if facts.sequence not in filed)
    items = in_filing_order(one for one in material.items if one.sequence not in filed and _within(one, asked))
    told = items if asked.since is None and asked.until is None else tuple(one for one in items if _is_of(one, asked))
    if not captures and not told and not _has_new_failures(material, asked, place):
        return None
    return arrange(material, asked, place, captures, items)


def arrange(
    material: Material,
    asked: Asked,
    place: Place,
    captures: tuple[AttemptFacts, ...],
    items: tuple[FiledItem, ...],
) -> Content:
    """The court file whose newly numbered captures and items are already known, in their order."""
    notices = new_notices(material.notices, place)
    presence = Presence(
        only_way=bool(notices),
        dysfunctions=bool(dysfunctions_of(material.attempts, material.earlier)),
        refusals=bool(refusals_of(material.attempts, material.earlier)),
    )
    first = place.lines[-1].number + 1 if place.lines else asked.first_number
    order = put_in_order(captures, items, presence, first=first)
    return Content(material=material, asked=asked, place=place, order=order, shown_notices=notices)


def new_notices(notices: Iterable[NoticeFacts], place: Place) -> tuple[NoticeFacts, ...]:
    """The photographs of the préfecture's page that become an exhibit: of each procedure the first, and the last."""
    of: dict[str, list[NoticeFacts]] = {}
    for one in notices:
        if one.is_shown and (not place.lines or place.before is None or one.sequence > place.before.last):
            of.setdefault(one.procedure, []).append(one)
    return tuple(one for found in of.values() for one in (found[:1] if len(found) == 1 else (found[0], found[-1])))


def _has_new_failures(material: Material, asked: Asked, place: Place) -> bool:
    """Whether dysfunctions of the period alone give something to file that was not filed before."""
    after = place.before.last if place.lines and place.before is not None else 0
    failed = dysfunctions_of(material.attempts, material.earlier)
    return any(one.sequence > after and asked.includes(one.local.date()) for one in failed)


def _is_of(item: FiledItem, asked: Asked) -> bool:
    """Whether the item itself is of the period, not only let in with what is."""
    local = item.content.local
    return local is not None and asked.includes(local.date())


def _within(item: FiledItem, asked: Asked) -> bool:
    local = item.content.local
    if local is None or item.content.attempt is not None:
        return True  # a piece without a date belongs to every period; what was done about a slot is never left out
    return asked.includes(local.date())


def describe(content: Content, makers: Collection[str]) -> Json:
    """``dossier.json``: what the documents are drawn from besides records and added contents (docs/format.md §10)."""
    material, asked, place = content.material, content.asked, content.place
    before = place.before
    return {
        "format": 1,
        "made_by": list(makers),
        "case": material.case,
        "kind": material.story.kind.value,
        "asked_on": None if material.story.asked_on is None else material.story.asked_on.isoformat(),
        "filing": place.filing,
        "supplement": place.supplement,
        "before": None if before is None else _describe_before(before),
        "filed_before": [list(line.cells) for line in place.lines],
        "grouping": asked.grouping.value,
        "paper": asked.paper,
        "first_number": asked.first_number,
        "procedures": list(material.procedures),
        "earlier": sorted(material.earlier),
        "exhibits": [[one.number, one.facts.sequence] for one in content.order.captures],
        "items": [[one.number, one.item.sequence] for one in content.order.items],
        "authorities": [{"name": name, "qualified": is_one} for name, is_one in material.stamps.qualified.items()],
    }


def _describe_before(before: EarlierFiling) -> Json:
    completed = None if before.completed is None else before.completed.isoformat()
    return {"number": before.number, "day": before.day.isoformat(), "last": before.last, "completed": completed}
