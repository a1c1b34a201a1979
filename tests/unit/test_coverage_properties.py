"""What holds of the gauge whatever was tried: adding a proof never lowers it, and its figures are bounded."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from exhibits.coverage import Assessment, CaseFacts, Level, StepsFacts, Subject, TryFacts, assess, day_hour_table
from exhibits.gauge import days_reached_on, landmarks_of, span_reached_on
from exhibits.tally import added, spread_of, tally_of
from temoin.records import PROOFS, CaseKind, Mode, Outcome
from temoin.settings import Coverage

ZONES = ("Europe/Paris", "Indian/Reunion", "America/Cayenne", "Pacific/Marquesas", "America/Miquelon")
BEGIN = datetime(2025, 12, 1, tzinfo=UTC)  # a year's end of 53 weeks lies in what follows, and three changes of clock
ORDER = (Level.RED, Level.AMBER, Level.GREEN)

zones = st.sampled_from(ZONES).map(ZoneInfo)
instants = st.integers(min_value=0, max_value=500 * 24 * 60).map(lambda minutes: BEGIN + timedelta(minutes=minutes))
thresholds = st.builds(
    Coverage,
    red_days=st.integers(1, 30),
    amber_days=st.integers(1, 60),
    amber_days_first_application=st.integers(1, 90),
    distinct_days=st.integers(1, 15),
    time_bands=st.integers(1, 5),
)
cases = st.builds(
    CaseFacts,
    code=st.just("K7"),
    kind=st.one_of(st.none(), st.sampled_from(CaseKind)),
    reviewed_on=st.one_of(st.none(), st.just(date(2026, 1, 1))),
    expires_on=st.one_of(st.none(), st.dates(date(2026, 1, 1), date(2027, 12, 31))),
)
steps = st.builds(StepsFacts, requested_on=st.one_of(st.none(), st.just(date(2026, 1, 2))))
proofs = st.sampled_from(sorted(PROOFS))


@st.composite
def histories(draw: st.DrawFn, outcomes: st.SearchStrategy[Outcome] = proofs) -> list[TryFacts]:
    """Attempts of one procedure, in its zone, in any order."""
    zone = draw(zones)
    several = draw(st.lists(st.tuples(instants, outcomes, st.sampled_from(Mode), st.booleans()), max_size=25))
    return [
        TryFacts(at=at.astimezone(zone), outcome=outcome, mode=mode, answered=answered)
        for at, outcome, mode, answered in several
    ]


def assessed(
    tries: Sequence[TryFacts], case: CaseFacts, known: StepsFacts, chosen: Coverage, today: date = date(2027, 6, 1)
) -> Assessment:
    subject = Subject(procedure="test")
    return assess(tries, case=case, steps=known, thresholds=chosen, today=today, subject=subject)


@given(histories(), instants, cases, steps, thresholds)
def test_adding_a_proof_never_lowers_the_level(
    tries: list[TryFacts], at: datetime, case: CaseFacts, known: StepsFacts, chosen: Coverage
) -> None:
    zone = tries[0].at.tzinfo if tries else ZoneInfo("Europe/Paris")
    more = [*tries, TryFacts(at=at.astimezone(zone), outcome=Outcome.NO_CALENDAR)]
    before, after = (assessed(several, case, known, chosen) for several in (tries, more))
    assert ORDER.index(after.level) >= ORDER.index(before.level)


@given(histories(st.sampled_from(Outcome)), instants, cases, steps, thresholds)
def test_what_is_no_proof_changes_nothing_of_the_level(
    tries: list[TryFacts], at: datetime, case: CaseFacts, known: StepsFacts, chosen: Coverage
) -> None:
    others = [TryFacts(at=at, outcome=outcome) for outcome in Outcome if outcome not in PROOFS]
    before, after = (assessed(several, case, known, chosen) for several in (tries, [*tries, *others]))
    assert after.gauge == before.gauge


@given(histories(), cases, steps, thresholds)
def test_the_level_is_red_exactly_when_the_span_is_too_short(
    tries: list[TryFacts], case: CaseFacts, known: StepsFacts, chosen: Coverage
) -> None:
    found = assessed(tries, case, known, chosen)
    assert (found.level is Level.RED) == (found.gauge.span_days < chosen.red_days)


@given(histories(), cases, steps, thresholds)
def test_green_has_every_landmark_a_request_and_a_review(
    tries: list[TryFacts], case: CaseFacts, known: StepsFacts, chosen: Coverage
) -> None:
    found, landmarks = assessed(tries, case, known, chosen), landmarks_of(case.kind, chosen)
    green = (
        found.gauge.span_days >= max(landmarks.red_days, landmarks.span_days)
        and found.gauge.distinct_days >= landmarks.distinct_days
        and found.gauge.time_bands >= landmarks.time_bands
        and known.requested_on is not None
        and case.reviewed_on is not None
    )
    assert (found.level is Level.GREEN) == green


@given(histories(st.sampled_from(Outcome)))
def test_figures_are_bounded_by_one_another(tries: list[TryFacts]) -> None:
    found = tally_of(tries)
    days = len(found.proofs.days)
    assert days <= found.proofs.count <= found.visits <= len(tries)
    assert days <= found.proofs.span_days + 2  # a span of some hours may touch two days
    assert len(found.proofs.weeks) <= days <= 7 * len(found.proofs.weeks)
    assert len(found.proofs.weeks) <= found.proofs.span_days // 7 + 2
    assert len(found.proofs.bands) <= min(5, found.proofs.count)
    assert found.by_hand <= found.visits
    groups = found.proofs.count + found.dysfunctions.count + found.unreached + found.tool_refusals + found.slots
    assert groups <= len(tries)


@given(histories(st.sampled_from(Outcome)))
def test_the_order_of_the_attempts_does_not_matter_nor_where_they_are_parted(tries: list[TryFacts]) -> None:
    assert tally_of(reversed(tries)) == tally_of(tries)
    half = len(tries) // 2
    assert added([tally_of(tries[:half]), tally_of(tries[half:])]) == tally_of(tries)


@given(histories(st.sampled_from(Outcome)))
def test_the_table_of_days_and_hours_holds_every_proof_once(tries: list[TryFacts]) -> None:
    table = dict(day_hour_table(tries))
    assert sum(map(sum, table.values())) == tally_of(tries).proofs.count
    assert {band for band, counts in table.items() if any(counts)} == tally_of(tries).proofs.bands


@given(histories(), st.integers(1, 90), st.integers(1, 15), st.integers(0, 30))
def test_a_landmark_is_not_reached_before_the_day_that_is_told_and_can_be_on_it(
    tries: list[TryFacts], days: int, wanted: int, later: int
) -> None:
    spread = tally_of(tries).proofs
    zone = tries[0].at.tzinfo if tries else ZoneInfo("Europe/Paris")
    today = (spread.last or BEGIN.astimezone(zone)).date() + timedelta(days=later)
    if spread.span_days < days and spread.first is not None:
        day = span_reached_on(spread, days, today)
        assert spread_of([spread.first, end_of(day, zone)]).span_days >= days
        before = end_of(day - timedelta(days=1), zone)
        assert day == today or spread_of([spread.first, before]).span_days < days
    if len(spread.days) < wanted:
        day = days_reached_on(spread, wanted, today)
        reached = spread.days | {today + timedelta(days=number) for number in range((day - today).days + 1)}
        assert len(reached) == wanted


def end_of(day: date, zone: object) -> datetime:
    """The last second of a day."""
    known = zone if isinstance(zone, ZoneInfo) else ZoneInfo("Europe/Paris")
    return datetime(day.year, day.month, day.day, 23, 59, 59, 999_999, tzinfo=known)
