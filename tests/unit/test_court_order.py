"""Random histories of a case: every exhibit has one number, whatever the grouping, the filing and the calendar."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from exhibits import model, names
from exhibits.content import Asked, Content, Material, Place, compose
from exhibits.facts import AttemptFacts, Followed, read_attempt
from exhibits.figures import ranges
from exhibits.inventory import Line, Placed, capture_line, document_line, inventory_csv, item_line, read_inventory
from exhibits.story import CaseStory, EarlierFiling, FiledItem
from temoin.canonical import canonical_bytes, sha256
from temoin.items import JOURNAL, PIECE, ItemContent
from temoin.records import CaseKind, JournalKind, Outcome, PieceUse
from tests.exhibit_case import CRETEIL, NANTERRE, Try, build_record_of, part

REUNION = {**CRETEIL, "id": "saint-denis", "prefecture": "Préfecture de La Réunion", "label": "Titre / séjour & visa"}
PROCEDURES = ((CRETEIL, "Europe/Paris"), (NANTERRE, "Europe/Paris"), (REUNION, "Indian/Reunion"))
SHOWN = part(salt="one picture for all: numbers are looked at here")
# Year end with week 53, both changes of hour of 2026, a leap day: where calendars go wrong.
BORDERS = (
    datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC),
    datetime(2027, 1, 1, 0, 0, tzinfo=UTC),
    datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    datetime(2026, 9, 20, 21, 59, 59, tzinfo=UTC),
    datetime(2026, 9, 20, 20, 0, 0, tzinfo=UTC),
    datetime(2028, 2, 29, 12, 0, tzinfo=UTC),
)
instants = st.one_of(
    st.sampled_from(BORDERS),
    st.integers(0, 500 * 24 * 60).map(lambda minutes: datetime(2026, 8, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
)
outcomes = st.sampled_from([Outcome.NO_SLOT] * 5 + [*Outcome])
tries = st.lists(st.tuples(instants, st.integers(0, 2), outcomes), min_size=1, max_size=40)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A made-up case: its attempts in the register's order, and what was added."""

    attempts: tuple[AttemptFacts, ...]
    items: tuple[FiledItem, ...]


def make_attempt(sequence: int, at: datetime, which: int, outcome: Outcome) -> AttemptFacts:
    procedure, zone = PROCEDURES[which]
    shown = (SHOWN,) if outcome in {Outcome.NO_SLOT, Outcome.NO_CALENDAR, Outcome.SLOT_SEEN} else ()
    _visit, record = build_record_of(Try(at=at, procedure=procedure, outcome=outcome, parts=shown))
    return read_attempt(sequence, canonical_bytes({**record, "timezone": zone}))


def make_item(sequence: int, at: datetime, kind: JournalKind | PieceUse) -> FiledItem:
    content = ItemContent(
        entry=JOURNAL if isinstance(kind, JournalKind) else PIECE,
        kind=kind,
        at=at,
        timezone="Europe/Paris",
        has_time=True,
        title="",
        text="texte",
    )
    return FiledItem(sequence=sequence, recorded_at=at, digest=sha256(str(sequence).encode()), content=content)


kinds: st.SearchStrategy[JournalKind | PieceUse] = st.one_of(st.sampled_from(JournalKind), st.sampled_from(PieceUse))


@st.composite
def histories(draw: st.DrawFn) -> History:
    drawn = sorted(draw(tries), key=lambda one: one[0])
    attempts = tuple(make_attempt(place, *one) for place, one in enumerate(drawn, 10))
    added = draw(st.lists(st.tuples(instants, kinds), max_size=8))
    items = tuple(make_item(1000 + place, at, kind) for place, (at, kind) in enumerate(added))
    return History(attempts=attempts, items=items)


def material(history: History, *, upto: int = 10_000) -> Material:
    return Material(
        case="K7",
        story=CaseStory(kind=CaseKind.RENEWAL),
        procedures=tuple(procedure["id"] for procedure, _zone in PROCEDURES),
        attempts=tuple(one for one in history.attempts if one.sequence < upto),
        notices=(),
        items=tuple(one for one in history.items if one.sequence < 1000 or one.sequence - 1000 < upto),
        plans=(),
        earlier=frozenset(),
    )


FOLLOWED = tuple(Followed(procedure=procedure["id"], since=1) for procedure, _zone in PROCEDURES)


def numbers_of(content: Content) -> list[int]:
    """Every number of the court file, in its order."""
    order = content.order
    fixed = (order.dysfunctions, order.refusals, order.register, order.method)
    return [
        order.summary,
        *([] if order.only_way is None else [order.only_way]),
        *(one.number for one in order.captures),
        *(one.number for one in order.items),
        *(one for one in fixed if one is not None),
    ]


@given(histories(), st.integers(1, 400))
@settings(max_examples=60, deadline=None)
def test_numbers_run_without_a_hole_from_the_first_one(history: History, first: int) -> None:
    content = compose(material(history), FOLLOWED, Asked(first_number=first), Place())
    if content is None:
        assert not any(one.is_proof or one.is_dysfunction for one in history.attempts)
        assert history.items == ()
        return
    numbers = numbers_of(content)
    assert numbers == list(range(first, first + len(numbers)))


@given(histories())
@settings(max_examples=60, deadline=None)
def test_every_attempt_that_counts_has_one_number_and_no_other_has(history: History) -> None:
    content = compose(material(history), FOLLOWED, Asked(), Place())
    counted = [one.sequence for one in history.attempts if one.outcome in {Outcome.NO_SLOT, Outcome.NO_CALENDAR}]
    numbered = [] if content is None else [one.facts.sequence for one in content.order.captures]
    assert sorted(numbered) == counted
    placed = [] if content is None else [one.item.sequence for one in content.order.items]
    assert sorted(placed) == [one.sequence for one in history.items]


@given(histories())
@settings(max_examples=60, deadline=None)
def test_files_hold_consecutive_numbers_of_one_procedure_and_period(history: History) -> None:
    content = compose(material(history), FOLLOWED, Asked(), Place())
    captures = () if content is None else content.order.captures
    for grouping in model.Grouping:
        files = model.capture_files(captures, grouping, 3)
        assert [one for file in files for one in file.attempts] == list(captures)
        for file in files:
            assert len({one.facts.procedure for one in file.attempts}) == 1
            assert all(file.start <= one.facts.local.date() <= file.end for one in file.attempts)
            assert names.check_name(file.file) is None
            assert names.numbers_of(file.file) == (file.attempts[0].number, file.attempts[-1].number)
            if grouping is model.Grouping.WEEK:
                assert len({one.facts.local.isocalendar()[:2] for one in file.attempts}) == 1


def lines_of(content: Content) -> tuple[Line, ...]:
    """An inventory of everything that ``content`` numbers, in made-up files."""
    order = content.order
    captures = {one.number: one for one in order.captures}
    items = {one.number: one for one in order.items}
    found = []
    for number in numbers_of(content):
        placed = Placed(number=number, file=f"{number:02d}_x.pdf", page=1, filing=content.heading.label)
        if number in captures:
            found.append(capture_line(placed, captures[number].facts))
        elif number in items:
            found.append(item_line(placed, items[number].item, "Courriel"))
        else:
            found.append(document_line(placed, "Document"))
    return (*content.place.lines, *found)


@given(histories(), st.integers(1, 60))
@settings(max_examples=60, deadline=None)
def test_a_supplement_numbers_only_what_is_new_and_goes_on_where_the_petition_ended(history: History, cut: int) -> None:
    early, whole = material(history, upto=cut), material(history)
    petition = compose(early, FOLLOWED, Asked(), Place(filing=1))
    if petition is None:
        return
    lines = lines_of(petition)
    before = EarlierFiling(number=1, day=date(2026, 9, 1), last=cut - 1)
    supplement = compose(whole, FOLLOWED, Asked(), Place(filing=1, supplement=1, before=before, lines=lines))
    if supplement is None:
        assert {one.sequence for one in whole.items} == {one.sequence for one in early.items}
        return
    assert numbers_of(supplement)[0] == lines[-1].number + 1
    every = lines_of(supplement)
    assert [line.number for line in every] == list(range(1, len(every) + 1))
    sequences = [line["sequence"] for line in every if line["sequence"]]
    assert len(sequences) == len(set(sequences))
    counted = {str(one.sequence) for one in whole.attempts if one.is_proof}
    assert set(sequences) == counted | {str(one.sequence) for one in whole.items}
    assert read_inventory(inventory_csv(every)) == every


def test_the_journal_comes_by_date_then_own_pieces_by_what_they_are_for() -> None:
    at = datetime(2026, 9, 22, 12, tzinfo=UTC)
    items = (
        make_item(1000, at, PieceUse.OTHER),
        make_item(1001, at, PieceUse.IDENTITY),
        make_item(1002, at, JournalKind.LETTER),
        make_item(1003, at - timedelta(days=2), JournalKind.EMAIL),
        make_item(1004, at, PieceUse.URGENCY),
    )
    content = compose(material(History(attempts=(), items=items)), FOLLOWED, Asked(), Place())
    assert content is not None
    assert [one.item.sequence for one in content.order.items] == [1003, 1002, 1001, 1004, 1000]


@given(st.lists(st.integers(1, 60), max_size=30))
def test_ranges_name_every_number_once(numbers: Sequence[int]) -> None:
    text = ranges(numbers).replace(" et ", ", ")
    found: list[int] = []
    for run in filter(None, text.split(", ")):
        first, _separator, last = run.partition(" à ")
        found += range(int(first), int(last or first) + 1)
    assert found == sorted(set(numbers))


def test_ranges_are_said_as_people_say_them() -> None:
    assert ranges([3, 4, 5, 9, 11, 12]) == "3 à 5, 9, 11 et 12"
    assert ranges([7]) == "7"
    assert ranges([]) == ""
