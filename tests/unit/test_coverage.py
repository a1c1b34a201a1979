"""Known cases against the gauge; every person, place and time of them is made up but for the decided ones."""

import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from exhibits.coverage import (
    Assessment,
    CaseFacts,
    Level,
    StepsFacts,
    Subject,
    TryFacts,
    assess,
    band_of,
    day_hour_table,
    tally_of,
    tries_of,
)
from exhibits.facts import Followed
from exhibits.reasons import day_words
from temoin import messages
from temoin.records import CaseKind, Mode, Outcome
from temoin.settings import Coverage
from tests.exhibit_case import CRETEIL, NANTERRE, Try, build_facts, part

PARIS = ZoneInfo("Europe/Paris")
REUNION = ZoneInfo("Indian/Reunion")
MONDAY = datetime(2026, 9, 7, 9, 30, tzinfo=PARIS)
LETTER = StepsFacts(requested_on=date(2026, 9, 20))


def proofs(*times: datetime, **more: Any) -> list[TryFacts]:
    return [TryFacts(at=at, outcome=Outcome.NO_SLOT, **more) for at in times]


def daily(days: int, *, hours: Sequence[int] = (9, 12, 16), start: datetime = MONDAY) -> list[TryFacts]:
    """One proof a day, at each of the hours in turn."""
    return proofs(*(start.replace(hour=hours[day % len(hours)]) + timedelta(days=day) for day in range(days)))


def case(kind: CaseKind | None = CaseKind.OTHER, **more: Any) -> CaseFacts:
    return CaseFacts(code="K7", kind=kind, **more)


def assessed(
    tries: Iterable[TryFacts],
    *,
    of: CaseFacts | None = None,
    steps: StepsFacts | None = None,
    today: date | None = None,
) -> Assessment:
    known = list(tries)
    last = max((one.at.date() for one in known), default=MONDAY.date())
    return assess(
        known,
        case=of or case(),
        steps=steps or StepsFacts(),
        thresholds=Coverage(),
        today=today or last,
        subject=Subject(procedure="creteil"),
    )


def said(found: Assessment, words: str) -> bool:
    return any(words in sentence for sentence in found.why)


def lost_case() -> list[TryFacts]:
    """CE 435594: four captures between Friday 13 and Wednesday 18 September 2019; their hours are made up."""
    days = ((13, 10), (15, 9), (16, 15), (18, 20))
    return proofs(*(datetime(2019, 9, day, hour, tzinfo=PARIS) for day, hour in days))


def test_the_case_lost_before_the_conseil_d_etat_is_red_letter_and_e_mail_included() -> None:
    steps = StepsFacts(requested_on=date(2019, 9, 16))
    found = assessed(lost_case(), of=case(reviewed_on=date(2019, 9, 18)), steps=steps)
    assert found.level is Level.RED
    assert (found.gauge.span_days, found.gauge.iso_weeks, found.gauge.distinct_days) == (5, 2, 4)
    assert said(
        found,
        "That they lie in 2 calendar weeks is not enough: so did those of the case that lost before the Conseil d’État "
        "(no. 435594).",
    )
    assert said(
        found,
        "Full days from the first to the last: 5. Under 8, the proof is too short, after CE 435594: 8 on 21 September "
        "2019 at the earliest; 21 are a landmark: on 4 October 2019 at the earliest.",
    )


def captures_of_448178() -> list[TryFacts]:
    """CE 448178: 228 captures in June, July, August and October 2020; their days and hours are made up."""
    months = ((6, 30), (7, 31), (8, 31), (10, 22))
    days = [date(2020, month, day) for month, length in months for day in range(1, length + 1)]
    hours = (8, 19)
    return proofs(*(datetime(day.year, day.month, day.day, hour, 5, tzinfo=PARIS) for day in days for hour in hours))


def test_the_shape_of_228_captures_over_four_months_has_every_landmark_but_the_third_band() -> None:
    found = assessed(captures_of_448178())
    assert (found.tally.proofs.count, found.gauge.span_days, found.gauge.distinct_days) == (228, 143, 114)
    assert found.level is Level.AMBER
    assert said(
        found,
        "Bands of the day: 2 (morning, evening); 3 are a landmark: on 22 October 2020 at the earliest, with attempts "
        "at other hours (midday, afternoon, night).",
    )


def test_three_weeks_every_day_are_green_only_with_a_letter_and_a_review() -> None:
    tries = daily(23)
    seen = case(reviewed_on=date(2026, 9, 28))
    assert assessed(tries).level is Level.AMBER
    assert assessed(tries, steps=LETTER).level is Level.AMBER
    assert assessed(tries, of=seen).level is Level.AMBER
    found = assessed(tries, of=seen, steps=LETTER)
    assert found.level is Level.GREEN
    assert said(found, "All landmarks are reached.")
    assert said(found, "no rule of law: the judge weighs the proof freely")
    assert said(found, "Written request to the préfecture: in the journal, of 20 September 2026.")
    assert said(found, "Seen by an association or a lawyer on 28 September 2026.")


def test_what_is_missing_is_told_with_the_day_on_which_it_could_be_there() -> None:
    found = assessed(daily(9, hours=(9,)), today=date(2026, 9, 16))
    assert list(found.why[1:6]) == [
        "Full days from the first to the last: 8; 21 are a landmark: on 28 September 2026 at the earliest.",
        "Distinct days: 9; 10 are a landmark: on 16 September 2026 at the earliest, with an attempt every day.",
        (
            "Bands of the day: 1 (morning); 3 are a landmark: on 16 September 2026 at the earliest, with attempts at "
            "other hours (midday, afternoon, evening, night)."
        ),
        (
            "The journal holds no e-mail and no letter to the préfecture: write one, from 16 September 2026 on, and "
            "add it with “temoin journal add”."
        ),
        (
            "“Seen by an association or a lawyer” is not ticked: have the case looked at, from 16 September 2026 on, "
            "before anything is filed."
        ),
    ]


def test_a_day_that_has_its_attempt_already_counts_once() -> None:
    assert said(assessed(daily(9)), "Distinct days: 9; 10 are a landmark: on 16 September 2026 at the earliest")
    assert said(
        assessed(daily(9), today=date(2026, 9, 20)),
        "Distinct days: 9; 10 are a landmark: on 20 September 2026 at the earliest",
    )


def test_a_landmark_that_one_more_attempt_would_reach_is_told_for_today_never_for_the_past() -> None:
    found = assessed(daily(4), today=date(2026, 11, 2))
    assert said(found, "8 on 2 November 2026 at the earliest; 21 are a landmark: on 2 November 2026 at the earliest.")


def test_no_attempt_at_all_is_red_and_says_when_it_could_be_otherwise() -> None:
    found = assessed([], today=date(2026, 9, 1))
    assert found.level is Level.RED
    assert said(found, "No attempt has found the site without an appointment since the case follows this démarche.")
    assert said(found, "8 on 9 September 2026 at the earliest; 21 are a landmark: on 22 September 2026")
    assert said(found, "10 are a landmark: on 10 September 2026 at the earliest")


@pytest.mark.parametrize(("kind", "days"), [(CaseKind.FIRST_APPLICATION, 60), (CaseKind.RENEWAL, 21)])
def test_a_first_application_asks_for_a_longer_time(kind: CaseKind, days: int) -> None:
    seen = case(kind, reviewed_on=date(2026, 9, 20))
    hours = (9, 12, 16)
    short = daily(days, hours=hours)  # its last is days - 1 later, and perhaps some hours
    enough = [*short, *proofs(MONDAY.replace(hour=17) + timedelta(days=days))]
    assert assessed(short, of=seen, steps=LETTER).level is Level.AMBER
    assert assessed(enough, of=seen, steps=LETTER).level is Level.GREEN


def test_the_span_is_full_days_and_not_a_difference_of_dates() -> None:
    late, early = datetime(2026, 9, 1, 20, tzinfo=PARIS), datetime(2026, 9, 9, 19, 59, tzinfo=PARIS)
    found = assessed(proofs(late, early))
    assert (found.gauge.span_days, found.level) == (7, Level.RED)
    assert assessed(proofs(late, early + timedelta(minutes=1))).level is Level.AMBER


@pytest.mark.parametrize(
    ("first", "last", "span"),
    [
        (datetime(2026, 10, 20, 10, tzinfo=PARIS), datetime(2026, 10, 28, 9, 30, tzinfo=PARIS), 8),  # an hour gained
        (datetime(2026, 3, 25, 10, tzinfo=PARIS), datetime(2026, 4, 2, 10, 30, tzinfo=PARIS), 7),  # an hour lost
    ],
)
def test_a_change_of_the_clock_neither_adds_nor_takes_time(first: datetime, last: datetime, span: int) -> None:
    assert assessed(proofs(first, last)).gauge.span_days == span


def test_the_hour_that_comes_twice_is_one_day_and_one_band() -> None:
    twice = [datetime(2026, 10, 25, 2, 30, fold=fold, tzinfo=PARIS) for fold in (0, 1)]
    found = assessed(proofs(*twice))
    assert found.tally.proofs.first is twice[0]
    assert (found.tally.proofs.count, found.gauge.distinct_days, found.gauge.time_bands) == (2, 1, 1)


def test_midnight_parts_days_and_weeks_but_not_the_night() -> None:
    sunday = datetime(2026, 9, 13, 23, 59, 59, tzinfo=PARIS)
    found = assessed(proofs(sunday, sunday + timedelta(seconds=1)))
    assert (found.gauge.distinct_days, found.gauge.iso_weeks, found.gauge.time_bands) == (2, 2, 1)


def test_days_and_bands_are_those_of_the_procedures_own_zone() -> None:
    instants = [datetime(2026, 9, 13, 19, 30, tzinfo=UTC), datetime(2026, 9, 13, 20, 30, tzinfo=UTC)]
    paris = assessed(proofs(*(at.astimezone(PARIS) for at in instants)))  # 21:30 and 22:30 of a Sunday
    reunion = assessed(proofs(*(at.astimezone(REUNION) for at in instants)))  # 23:30, then 00:30 of the Monday
    assert (paris.gauge.distinct_days, paris.gauge.iso_weeks, paris.gauge.time_bands) == (1, 1, 2)
    assert (reunion.gauge.distinct_days, reunion.gauge.iso_weeks, reunion.gauge.time_bands) == (2, 2, 1)


def test_the_day_of_a_landmark_is_read_in_the_procedures_own_zone() -> None:
    late = datetime(2026, 9, 1, 21, 30, tzinfo=UTC)  # the 1st in Paris, the 2nd in La Réunion
    today = date(2026, 9, 3)
    assert said(assessed(proofs(late.astimezone(PARIS)), today=today), "8 on 9 September 2026 at the earliest")
    assert said(assessed(proofs(late.astimezone(REUNION)), today=today), "8 on 10 September 2026 at the earliest")


def test_the_turn_of_a_year_of_53_weeks_makes_no_week_too_many() -> None:
    days = (date(2026, 12, 28), date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 3), date(2027, 1, 4))
    found = tally_of(proofs(*(datetime(day.year, day.month, day.day, 9, tzinfo=PARIS) for day in days)))
    assert found.proofs.weeks == {(2026, 53), (2027, 1)}


def test_bands_cover_the_day_as_the_documents_say() -> None:
    names = ["night"] * 7 + ["morning"] * 4 + ["midday"] * 3 + ["afternoon"] * 4 + ["evening"] * 4 + ["night"] * 2
    assert [band_of(hour).value for hour in range(24)] == names


EVERY = (
    TryFacts(at=MONDAY, outcome=Outcome.NO_SLOT, mode=Mode.ASSISTED),
    TryFacts(at=MONDAY, outcome=Outcome.NO_CALENDAR, mode=Mode.PHOTO),
    TryFacts(at=MONDAY, outcome=Outcome.SLOT_SEEN),
    TryFacts(at=MONDAY, outcome=Outcome.CAPTCHA_REQUIRED),
    TryFacts(at=MONDAY, outcome=Outcome.SESSION_EXPIRED),
    TryFacts(at=MONDAY, outcome=Outcome.UNRECOGNISED),
    TryFacts(at=MONDAY, outcome=Outcome.BLOCKED),
    TryFacts(at=MONDAY, outcome=Outcome.OVERLOADED),
    TryFacts(at=MONDAY, outcome=Outcome.MAINTENANCE, mode=Mode.ASSISTED),
    TryFacts(at=MONDAY, outcome=Outcome.CLOSED_LINK),
    TryFacts(at=MONDAY, outcome=Outcome.UNREACHABLE, answered=True),
    TryFacts(at=MONDAY, outcome=Outcome.UNREACHABLE, answered=False),
    TryFacts(at=MONDAY, outcome=Outcome.REFUSED),
    TryFacts(at=MONDAY, outcome=Outcome.MISSED, mode=Mode.ASSISTED),
)


def test_the_groups_are_counted_apart_and_what_was_no_visit_is_no_attempt() -> None:
    found = tally_of(EVERY)
    assert (found.visits, found.by_hand, found.proofs.count) == (12, 3, 2)
    assert (found.dysfunctions.count, found.unreached, found.tool_refusals, found.slots) == (4, 1, 2, 1)


def test_the_groups_are_told_apart() -> None:
    found = assessed(EVERY)
    assert said(
        found,
        "Visits that the site refused to Témoin, or that Témoin refrained from: 2. They are told apart, and never "
        "pleaded.",
    )
    assert said(
        found,
        "Attempts in which nothing answered: 1. The computer’s own network may be the cause: they count for nothing.",
    )
    assert said(found, "Made by hand, of all 12 attempts: 3.")


def failures(*days: int, hour: int = 9) -> list[TryFacts]:
    return [TryFacts(at=MONDAY.replace(hour=hour) + timedelta(days=day), outcome=Outcome.OVERLOADED) for day in days]


def test_failures_of_the_site_have_a_gauge_of_their_own() -> None:
    found = assessed([*daily(3), *failures(0, 3, 7)])
    assert found.dysfunctions is not None
    assert (found.level, found.dysfunctions.level) == (Level.RED, Level.RED)
    assert said(
        found,
        "Failures of the site before its calendar: 3 (full days: 7, distinct days: 3, calendar weeks: 2). They are a "
        "ground of their own (CE 453391), still too short: that decision asks for several, not all in one week, here 8 "
        "full days.",
    )
    found = assessed([*daily(3), *failures(0, 8)])
    assert found.dysfunctions is not None
    assert (found.level, found.dysfunctions.level) == (Level.RED, Level.AMBER)
    assert said(found, "with a gauge of its own – amber: under way, landmarks or steps are missing.")


def test_failures_need_no_bands_since_nobody_chooses_their_hour() -> None:
    every_other_day = failures(*range(0, 23, 2))
    found = assessed(every_other_day, of=case(reviewed_on=date(2026, 9, 28)), steps=LETTER)
    assert found.dysfunctions is not None
    assert (found.level, found.dysfunctions.level) == (Level.RED, Level.GREEN)


def test_without_a_failure_there_is_no_gauge_of_failures() -> None:
    found = assessed(daily(3))
    assert found.dysfunctions is None
    assert found.to_json()["dysfunction_gauge"] is None
    assert not said(found, "Failures")


NOW = "See a lawyer or an association now."


@pytest.mark.parametrize("days", [-1, 0, 60])
@pytest.mark.parametrize("tries", [[], daily(3), daily(23)])
def test_a_permit_about_to_expire_never_waits_for_the_gauge(tries: list[TryFacts], days: int) -> None:
    today = date(2026, 10, 1)
    expires = today + timedelta(days=days)
    found = assessed(tries, of=case(CaseKind.RENEWAL, expires_on=expires), today=today)
    assert found.why[0].startswith("Do not wait for this gauge, whatever its level: the permit expire")
    assert found.why[0].endswith(NOW)
    assert f"on {expires.day} " in found.why[0]


def test_a_renewal_whose_date_is_not_known_is_warned_and_one_that_is_far_is_not() -> None:
    assert assessed(daily(3), of=case(CaseKind.RENEWAL)).why[0] == (
        "The day on which the permit expires is not noted. If it is near or past, do not wait for this gauge, whatever "
        f"its level: {NOW[0].lower()}{NOW[1:]}"
    )
    far = case(CaseKind.RENEWAL, expires_on=date(2026, 12, 1))
    assert not said(assessed(daily(3), of=far), "do not wait")
    assert not said(assessed(daily(3), of=case(CaseKind.OTHER)), "expires")


def test_naturalisation_is_told_first_that_urgency_is_almost_never_accepted() -> None:
    found = assessed(daily(23), of=case(CaseKind.NATURALISATION))
    assert found.why[0].startswith("For naturalisation, urgency is almost never accepted, however many attempts")
    assert not said(found, "circumstances")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (CaseKind.RENEWAL, "For a renewal, urgency is recognised in principle (CE 453391)"),
        (CaseKind.FIRST_APPLICATION, "here the person’s own circumstances must be proved"),
        (CaseKind.DCEM, "here the person’s own circumstances must be proved"),
        (None, "here the person’s own circumstances must be proved"),
    ],
)
def test_the_law_of_urgency_is_told_for_the_kind_of_request(kind: CaseKind | None, words: str) -> None:
    assert said(assessed(daily(3), of=case(kind)), words)


def test_an_appointment_obtained_is_told_first_and_nothing_more_is_asked() -> None:
    found = assessed(daily(3), of=case(CaseKind.RENEWAL, obtained=True, closed=date(2026, 9, 12)))
    assert [sentence[:27] for sentence in found.why] == [
        "An appointment was obtained",
        "The case was closed on 12 S",
        "Attempts that found no appo",
    ]


def test_a_slot_that_nobody_answered_is_told() -> None:
    tries = [*daily(3), TryFacts(at=MONDAY + timedelta(days=3), outcome=Outcome.SLOT_SEEN)]
    silent = assessed(tries, steps=StepsFacts(slots=1))
    assert said(silent, "Attempts that showed a slot: 1. The journal does not say what was done about it: add it.")
    partly = assessed(tries, steps=StepsFacts(slots=3, slot_responses=2))
    assert said(partly, "Attempts that showed a slot: 1. The journal answers 2 of the 3 of this case")
    answered = assessed(tries, steps=StepsFacts(slots=1, slot_responses=1))
    assert said(answered, "Attempts that showed a slot: 1. The journal says what was done about it.")


def test_simulated_attempts_are_worth_nothing_and_it_is_said() -> None:
    found = assessed(proofs(MONDAY, MONDAY + timedelta(days=9), simulated=True))
    assert found.why[0] == (
        "Simulated attempts: 2 of 2. They were made on a replica of the site, and are worth nothing before a court."
    )


def test_a_proof_that_grows_old_is_told() -> None:
    assert said(assessed(daily(9), today=date(2026, 9, 23)), "The last of them is 8 days old")
    assert not said(assessed(daily(9), today=date(2026, 9, 22)), "days old")


def test_thresholds_come_from_the_configuration() -> None:
    thresholds = Coverage(red_days=2, amber_days=3, distinct_days=4, time_bands=1)
    found = assess(
        daily(5, hours=(9,)),
        case=case(reviewed_on=date(2026, 9, 20)),
        steps=LETTER,
        thresholds=thresholds,
        today=date(2026, 9, 20),
        subject=Subject(procedure="creteil"),
    )
    assert found.level is Level.GREEN
    assert said(found, "Distinct days: 5; 4 are a landmark, reached.")


def test_json_is_as_the_contract_says_with_what_is_more_at_its_end() -> None:
    found = assessed([*lost_case(), *failures(0)], today=date(2026, 9, 8)).to_json()
    assert list(found) == [
        *("case", "procedure", "attempts", "by_hand", "proofs", "dysfunctions", "tool_refusals", "slots_seen"),
        *("distinct_days", "iso_weeks", "span_days", "time_bands", "level", "why"),
        *("last_attempt", "last_proof", "dysfunction_gauge"),
    ]
    assert (found["level"], found["last_proof"]) == ("red", "2019-09-18T18:00:00.000Z")
    assert found["dysfunction_gauge"] == {"level": "red", "distinct_days": 1, "iso_weeks": 1, "span_days": 0}
    assert json.loads(json.dumps(found)) == found
    assert all(isinstance(sentence, str) for sentence in found["why"])


def test_the_table_of_days_and_hours_has_the_proofs_of_each_weekday_and_band() -> None:
    sunday_night = datetime(2026, 9, 14, 0, 30, tzinfo=PARIS)  # the clock says Monday
    tries = [*daily(8, hours=(9,)), *proofs(sunday_night), *failures(0)]
    table = {band.value: counts for band, counts in day_hour_table(tries)}
    assert list(table) == ["morning", "midday", "afternoon", "evening", "night"]
    assert table["morning"] == (2, 1, 1, 1, 1, 1, 1)
    assert table["night"] == (1, 0, 0, 0, 0, 0, 0)
    assert sum(map(sum, table.values())) == 9


def test_only_attempts_made_while_the_case_followed_the_procedure_are_taken_from_records() -> None:
    shown = (part(),)
    facts = [
        build_facts(sequence, Try(at=MONDAY.astimezone(UTC) + timedelta(hours=sequence), procedure=what, parts=shown))
        for sequence, what in ((4, CRETEIL), (5, CRETEIL), (6, NANTERRE), (8, CRETEIL), (12, CRETEIL))
    ]
    followed = (
        Followed(procedure=CRETEIL["id"], since=4, until=7),
        Followed(procedure=NANTERRE["id"], since=1),
        Followed(procedure=CRETEIL["id"], since=10),
    )
    tries = tries_of(facts, followed, CRETEIL["id"])
    assert [one.at.hour for one in tries] == [14, 21]  # sequences 5 and 12, in Paris
    assert {one.is_proof for one in tries} == {True}


def test_an_unreached_site_of_a_record_counts_as_the_documents_count_it() -> None:
    for navigation, expected in (([], (0, 1)), ([{"status": 302}], (1, 0))):
        facts = build_facts(5, Try(at=MONDAY.astimezone(UTC), outcome=Outcome.UNREACHABLE))
        facts.record["navigation"] = navigation
        found = tally_of(tries_of([facts], [Followed(procedure=CRETEIL["id"], since=1)], CRETEIL["id"]))
        assert (found.dysfunctions.count, found.unreached) == expected


def test_no_sentence_promises_anything() -> None:
    stages = [
        assessed(tries, of=case(kind, **more), steps=steps)
        for tries in ([], list(EVERY), daily(9), daily(70))
        for kind in (*CaseKind, None)
        for more in ({}, {"reviewed_on": date(2026, 9, 20)}, {"obtained": True})
        for steps in (StepsFacts(), LETTER)
    ]
    assert {one.level for one in stages} == set(Level)
    promised = re.compile(r"\bready\b|irrefutable|cannot (lose|be doubted)|enough proof|will win", re.IGNORECASE)
    assert [sentence for one in stages for sentence in one.why if promised.search(sentence)] == []


def test_days_are_written_in_the_language_that_is_spoken() -> None:
    assert day_words(date(2026, 10, 1)) == "1 October 2026"
    messages.use_language("fr")
    assert day_words(date(2026, 10, 1)) == "1er octobre 2026"
