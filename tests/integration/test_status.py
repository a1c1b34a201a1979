"""``status`` over a real store: SQL counts what the pure tally counts; what people and programs are told."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from exhibits.coverage import Level
from exhibits.facts import Followed, read_attempt
from exhibits.status import read_status, status_json, status_lines, tally_of_rows, zones_of
from exhibits.tally import tally_of, tries_of
from store.coverage_query import cut_pieces
from store.store import Store
from store.values import FollowRow, NewItem
from store.vault import Keys
from temoin.canonical import Json
from temoin.errors import UsageError
from temoin.items import JOURNAL, PIECE, ItemContent, item_bytes
from temoin.records import DOUBTS, JournalKind, Kind, Mode, Outcome, PieceUse, SlotResult
from temoin.settings import Settings
from tests.exhibit_case import CASE, CRETEIL, NANTERRE, Try, build_record_of, fill, open_case, record_attempt

START = datetime(2026, 9, 14, 5, 12, 33, 250_000, tzinfo=UTC)  # a Monday, 07:12 in Paris
NOW = datetime(2026, 9, 30, 12, tzinfo=UTC)
OTHER: Json = {"id": "reunion", "prefecture": "Préfecture de La Réunion", "label": "Renouvellement", "choices": []}


def configuration(folder: Path) -> Settings:
    return Settings.model_validate(
        {
            "path": folder / "config.toml",
            "procedures": [
                {**what, "url": "http://127.0.0.1:9/booking/create/1", "platform": "ezbooking", "choices": ()}
                for what in (CRETEIL, NANTERRE)
            ],
        }
    )


def append(store: Store, one: Try, **changes: Any) -> int:
    """Append the attempt, some of its record changed: what a zone or an answer on the way looks like."""
    _visit, record = build_record_of(one)
    return store.append(
        kind=Kind.ATTEMPT, record={**record, **changes}, at=one.at, procedure=one.procedure["id"]
    ).sequence


def test_the_case_of_two_weeks_is_counted_by_procedure(tmp_path: Path) -> None:
    before = [Try(at=START - timedelta(days=2)), Try(at=START - timedelta(days=1))]
    with open_case(tmp_path, before=before) as store:
        fill(store)
        (case,) = read_status(store, configuration(tmp_path), code=CASE, now=NOW)
    rows = status_json([case])
    assert [(row["case"], row["procedure"]) for row in rows] == [(CASE, CRETEIL["id"]), (CASE, NANTERRE["id"])]
    counted = ("attempts", "by_hand", "proofs", "dysfunctions", "tool_refusals", "slots_seen")
    assert [rows[0][name] for name in counted] == [8, 0, 4, 1, 1, 1]  # the missed one is no attempt
    assert [rows[1][name] for name in counted] == [2, 0, 2, 0, 0, 0]
    spread = ("distinct_days", "iso_weeks", "span_days", "time_bands", "level")
    assert [rows[0][name] for name in spread] == [3, 2, 7, 2, "red"]
    assert rows[0]["last_attempt"] == "2026-09-21T16:12:33.000Z"  # the slot; nobody was there for the one after
    assert rows[0]["last_proof"] == "2026-09-21T05:12:33.000Z"
    assert json.loads(json.dumps(rows)) == rows


def test_only_what_was_recorded_between_follow_and_unfollow_counts(tmp_path: Path) -> None:
    with open_case(tmp_path, before=[Try(at=START)]) as store:
        record_attempt(store, Try(at=START + timedelta(days=1)))
        store.unfollow(CASE, CRETEIL["id"], START + timedelta(days=2))
        record_attempt(store, Try(at=START + timedelta(days=3)))
        (case,) = read_status(store, configuration(tmp_path), code=CASE, now=NOW)
        stopped = case.assessments[0]
        store.follow(CASE, CRETEIL["id"], START + timedelta(days=4))
        record_attempt(store, Try(at=START + timedelta(days=10)))
        (case,) = read_status(store, configuration(tmp_path), code=CASE, now=NOW)
    again = case.assessments[0]
    assert (stopped.tally.proofs.count, again.tally.proofs.count, again.gauge.span_days) == (1, 2, 9)
    assert "The case no longer follows this démarche: nothing is added to it." in stopped.why
    assert "The case no longer follows this démarche: nothing is added to it." not in again.why


def test_an_unreached_site_counts_as_its_failure_only_when_it_had_answered_something(tmp_path: Path) -> None:
    answered = [{"at": "2026-09-14T05:12:33.000Z", "method": "GET", "status": 302, "url": "https://exemple.invalid/"}]
    with open_case(tmp_path) as store:
        for hour, navigation in enumerate(([], answered, [])):
            append(store, Try(at=START + timedelta(hours=hour), outcome=Outcome.UNREACHABLE), navigation=navigation)
        (case,) = read_status(store, configuration(tmp_path), code=CASE, now=NOW)
    tally = case.assessments[0].tally
    assert (tally.visits, tally.dysfunctions.count, tally.unreached) == (3, 1, 2)


def test_an_answer_that_may_have_been_given_to_this_visitor_only_is_a_visit_and_no_proof(tmp_path: Path) -> None:
    with open_case(tmp_path) as store:
        record_attempt(store, Try(at=START))
        for days, reason in enumerate(sorted(DOUBTS), 1):
            record_attempt(store, Try(at=START + timedelta(days=days), reason=reason))
        (case,) = read_status(store, configuration(tmp_path), code=CASE, now=NOW)
    (row, _other) = status_json([case])
    assert [row[name] for name in ("attempts", "proofs", "dysfunctions", "tool_refusals")] == [3, 1, 0, 0]
    assert (row["last_attempt"], row["last_proof"]) == ("2026-09-16T05:12:33.250Z", "2026-09-14T05:12:33.250Z")


def test_a_procedure_far_away_has_the_days_and_hours_of_its_own_clock(tmp_path: Path) -> None:
    evening = datetime(2026, 9, 13, 20, 30, tzinfo=UTC)  # 22:30 of a Sunday in Paris, 00:30 of the Monday over there
    with open_case(tmp_path) as store:
        store.follow(CASE, OTHER["id"], evening - timedelta(hours=2))
        for hours in (-1, 0):
            at = evening + timedelta(hours=hours)
            local = at.astimezone(ZoneInfo("Indian/Reunion")).isoformat(timespec="seconds")
            append(store, Try(at=at, procedure=OTHER), timezone="Indian/Reunion", at_local=local)
        (case,) = read_status(store, configuration(tmp_path), code=CASE, now=NOW)
    gauge = case.assessments[2].gauge
    assert (gauge.distinct_days, gauge.iso_weeks, gauge.time_bands) == (2, 2, 1)


def test_a_case_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with open_case(tmp_path) as store, pytest.raises(UsageError, match=r"^There is no case ZZ\.$"):
        read_status(store, configuration(tmp_path), code="ZZ", now=NOW)


def test_every_case_is_assessed_when_none_is_named_and_none_counts_anothers_attempts(tmp_path: Path) -> None:
    with open_case(tmp_path) as store:
        record_attempt(store, Try(at=START))
        store.ensure_case("B2", "renewal", START)
        store.follow("B2", CRETEIL["id"], START)
        record_attempt(store, Try(at=START + timedelta(days=1)))
        store.ensure_case("C3", "other", START)
        found = read_status(store, configuration(tmp_path), code=None, now=NOW)
    assert [(case.code, [one.tally.proofs.count for one in case.assessments]) for case in found] == [
        ("B2", [1]),
        ("C3", []),
        (CASE, [2, 0]),
    ]


def test_people_are_told_level_ages_and_reasons_without_colour(tmp_path: Path) -> None:
    with open_case(tmp_path) as store:
        for day in (0, 12):
            record_attempt(store, Try(at=START + timedelta(days=day)))
        record_attempt(store, Try(at=START + timedelta(days=15), outcome=Outcome.MAINTENANCE))
        found = read_status(store, configuration(tmp_path), code=CASE, now=NOW)
        lines = list(status_lines(found, configuration(tmp_path)))
    assert lines[:6] == [
        f"Case {CASE}, {CRETEIL['id']} – Préfecture du Val-de-Marne, Première demande de titre de séjour",
        "  ●●○ amber: under way, landmarks or steps are missing",
        "  Last attempt: 1 day ago. Last one that found no appointment: 4 days ago.",
        (
            "  – Attempts that found no appointment: 2, from 14 September 2026 to 26 September 2026. Made by hand, of "
            "all 3 attempts: 0."
        ),
        "  – Full days from the first to the last: 12; 21 are a landmark: on 5 October 2026 at the earliest.",
        "  – Distinct days: 2; 10 are a landmark: on 7 October 2026 at the earliest, with an attempt every day.",
    ]
    second = lines[lines.index("") + 1 :]
    assert second[:3] == [
        f"Case {CASE}, {NANTERRE['id']} – Préfecture des Hauts-de-Seine, Renouvellement d’un titre de séjour",
        "  ●○○ red: over too short a time so far",
        "  Last attempt: never. Last one that found no appointment: never.",
    ]


def own_words(store: Store, folder: Path) -> list[str]:
    """What ``status`` says of the person's own tries and of a look at the page, for the first démarche."""
    lines = list(status_lines(read_status(store, configuration(folder), code=CASE, now=NOW), configuration(folder)))
    block = lines[: lines.index("")] if "" in lines else lines
    return [line for line in block if "by hand this week" in line or "own hand" in line or "own browser" in line]


SUGGESTION = (
    "  – Nobody has tried by hand this week. One try a week is the best answer to “a robot tried, not the person”: "
    f"“temoin photo {CRETEIL['id']}” in your own browser, or “temoin capture {CRETEIL['id']} --assist”."
)


def test_a_try_by_hand_is_suggested_each_week_and_counted(tmp_path: Path) -> None:
    monday = datetime(2026, 9, 27, 22, tzinfo=UTC)  # midnight in Paris, of the week of NOW
    with open_case(tmp_path) as store:
        record_attempt(store, Try(at=monday - timedelta(minutes=1), mode=Mode.PHOTO))
        record_attempt(store, Try(at=monday + timedelta(hours=9)))
        record_attempt(store, Try(at=monday, mode=Mode.PHOTO, procedure=NANTERRE))
        assert own_words(store, tmp_path) == [SUGGESTION]
        record_attempt(store, Try(at=monday, mode=Mode.PHOTO))
        record_attempt(store, Try(at=monday + timedelta(hours=1), mode=Mode.ASSISTED, outcome=Outcome.UNRECOGNISED))
        record_attempt(store, Try(at=monday + timedelta(hours=2), mode=Mode.ASSISTED, outcome=Outcome.MISSED))
        assert own_words(store, tmp_path) == ["  – Tries by your own hand this week: 2. Screenshots in the journal: 0."]
        store.unfollow(CASE, CRETEIL["id"], NOW)
        assert own_words(store, tmp_path) == []


def test_where_temoin_opens_no_window_only_a_photograph_is_suggested(tmp_path: Path) -> None:
    chosen = configuration(tmp_path)
    by_photo = [one.model_copy(update={"mode": Mode.PHOTO}) for one in chosen.procedures]
    with open_case(tmp_path) as store:
        found = read_status(store, chosen, code=CASE, now=NOW)
    lines = list(status_lines(found, chosen.model_copy(update={"procedures": tuple(by_photo)})))
    assert f"  – Nobody has tried this week: “temoin photo {CRETEIL['id']}” in your own browser." in lines
    assert not [line for line in lines if "--assist" in line]


def test_a_screenshot_of_the_journal_is_a_try_by_hand_as_well(tmp_path: Path) -> None:
    with open_case(tmp_path) as store:
        store.ensure_vault(KEYS)
        record_attempt(store, Try(at=START))
        add(store, JournalKind.SCREENSHOT, NOW - timedelta(days=1))
        add(store, JournalKind.EMAIL, NOW - timedelta(days=1))
        assert own_words(store, tmp_path) == ["  – Tries by your own hand this week: 0. Screenshots in the journal: 1."]


@pytest.mark.parametrize(
    ("outcome", "mode", "words"),
    [
        (Outcome.BLOCKED, Mode.UNATTENDED, "the site refused the visit"),
        (Outcome.UNREACHABLE, Mode.UNATTENDED, "the site could not be reached"),
        (Outcome.UNRECOGNISED, Mode.UNATTENDED, "the page was not recognised"),
        (Outcome.UNRECOGNISED, Mode.ASSISTED, ""),
        (Outcome.CAPTCHA_REQUIRED, Mode.UNATTENDED, ""),
        (Outcome.NO_SLOT, Mode.UNATTENDED, ""),
    ],
)
def test_after_a_visit_that_failed_the_person_is_offered_to_look_themselves(
    tmp_path: Path, outcome: Outcome, mode: Mode, words: str
) -> None:
    offered = (
        f"  – The last visit failed: {words}. Look at the page in your own browser: “temoin photo {CRETEIL['id']}” "
        "photographs it there, and “temoin journal add screenshot” takes a screenshot of your own."
    )
    with open_case(tmp_path) as store:
        record_attempt(store, Try(at=START - timedelta(hours=2), outcome=Outcome.OVERLOADED))
        record_attempt(store, Try(at=START - timedelta(hours=1)))
        record_attempt(store, Try(at=START, outcome=outcome, mode=mode))
        record_attempt(store, Try(at=START + timedelta(hours=1), outcome=Outcome.MISSED))
        assert own_words(store, tmp_path) == [*([offered] if words else []), SUGGESTION]


def test_people_are_told_when_there_is_nothing_to_assess(tmp_path: Path) -> None:
    chosen = configuration(tmp_path)
    with Store.open(tmp_path / "empty", now=lambda: START) as store:
        assert list(status_lines(read_status(store, chosen, code=None, now=NOW), chosen)) == [
            "There is no case yet: “temoin case add” opens one."
        ]
        store.ensure_case(CASE, "other", START)
        assert list(status_lines(read_status(store, chosen, code=None, now=NOW), chosen)) == [
            f"Case {CASE} follows no démarche: “temoin case follow” makes it follow one."
        ]


KEYS = Keys(passphrase=lambda: "phrase secrète d’essai", keyring=False)


def add(store: Store, kind: JournalKind | PieceUse, at: datetime | None = START, *, attempt: int | None = None) -> int:
    """Add something to the case, as a person does; its sequence."""
    content = ItemContent(
        entry=JOURNAL if isinstance(kind, JournalKind) else PIECE,
        kind=kind,
        at=at,
        timezone="Europe/Paris",
        has_time=True,
        title="Essai",
        text="",
        attempt=attempt,
        result=None if attempt is None else SlotResult.GONE,
    )
    new = NewItem(case=CASE, entry=content.entry, kind=kind.value, at=at, content=item_bytes(content, "5a" * 32))
    return store.add_item(new, START + timedelta(days=3)).sequence


def three_weeks(store: Store) -> None:
    """Attempts of every day over 22 full days, at three bands; somebody has seen the case."""
    for day in range(23):
        record_attempt(store, Try(at=START + timedelta(days=day, hours=4 * (day % 3))))
    store.ensure_vault(KEYS)
    store.change_case(CASE, reviewed_on=date(2026, 10, 1))


@pytest.mark.parametrize(
    ("kind", "at", "words"),
    [
        (JournalKind.EMAIL, START, "of 14 September 2026."),
        (JournalKind.LETTER, None, "of 17 September 2026."),  # without a date of its own: the day it was added
    ],
)
def test_green_comes_with_a_written_request_and_goes_when_it_is_erased(
    tmp_path: Path, kind: JournalKind, at: datetime | None, words: str
) -> None:
    later = NOW + timedelta(days=9)
    with open_case(tmp_path) as store:
        three_weeks(store)
        before, after, erased = Level.AMBER, Level.GREEN, Level.AMBER
        (case,) = read_status(store, configuration(tmp_path), code=CASE, now=later)
        assert case.assessments[0].level is before
        sequence = add(store, kind, at)
        (case,) = read_status(store, configuration(tmp_path), code=None, now=later)
        assert case.assessments[0].level is after
        assert f"Written request to the préfecture: in the journal, {words}" in case.assessments[0].why
        store.erase_item(sequence, later)
        (case,) = read_status(store, configuration(tmp_path), code=CASE, now=later)
        assert case.assessments[0].level is erased


def test_other_steps_and_pieces_are_no_written_request(tmp_path: Path) -> None:
    with open_case(tmp_path) as store:
        three_weeks(store)
        for kind in (*(set(JournalKind) - {JournalKind.EMAIL, JournalKind.LETTER}), *PieceUse):
            add(store, kind)
        (case,) = read_status(store, configuration(tmp_path), code=CASE, now=NOW + timedelta(days=9))
    assert case.assessments[0].level is Level.AMBER


def test_slots_are_answered_by_the_journal_of_the_case(tmp_path: Path) -> None:
    with open_case(tmp_path) as store:
        store.ensure_vault(KEYS)
        first, second = (
            record_attempt(store, Try(at=START, procedure=procedure, outcome=Outcome.SLOT_SEEN))
            for procedure in (CRETEIL, NANTERRE)
        )
        for words, answered in (
            ("does not say", first),
            ("answers 1 of the 2", first),  # two answers to one slot are one
            ("answers 1 of the 2", second),
            ("says what was done", second),
        ):
            (case,) = read_status(store, configuration(tmp_path), code=CASE, now=NOW)
            told = [sentence for one in case.assessments for sentence in one.why if "showed a slot: 1" in sentence]
            assert [words in sentence for sentence in told] == [True, True]
            add(store, JournalKind.SLOT_RESPONSE, attempt=answered)


def test_what_is_known_of_a_case_is_told_by_its_status(tmp_path: Path) -> None:
    with open_case(tmp_path) as store:
        store.change_case(CASE, kind="renewal", expires_on=date(2026, 10, 31), obtained=NOW)
        store.close_case(CASE, NOW, "obtained")
        (case,) = read_status(store, configuration(tmp_path), code=CASE, now=NOW)
        store.change_case(CASE, obtained=None)
        (open_again,) = read_status(store, configuration(tmp_path), code=CASE, now=NOW)
    assert case.assessments[0].why[0].startswith("An appointment was obtained")
    assert open_again.assessments[0].why[0] == "The case was closed on 30 September 2026; this is what it held."


def test_an_erased_case_has_no_status(tmp_path: Path) -> None:
    with open_case(tmp_path) as store:
        record_attempt(store, Try(at=START))
        store.erase_case(CASE, NOW)
        assert read_status(store, configuration(tmp_path), code=None, now=NOW) == ()


moments = st.integers(min_value=0, max_value=400 * 24 * 3600 * 1000).map(lambda ms: START + timedelta(milliseconds=ms))
entries = st.lists(
    st.one_of(
        st.tuples(
            moments,
            st.sampled_from([CRETEIL, NANTERRE]),
            st.sampled_from(Outcome),
            st.sampled_from(Mode),
            st.booleans(),
            st.sampled_from([None, None, "timeout", *sorted(DOUBTS)]),
        ),
        st.tuples(st.sampled_from(["follow", "unfollow"]), st.sampled_from([CASE, "B2", "C3"])),
    ),
    max_size=14,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=entries)
def test_sql_and_the_pure_tally_count_the_same(
    tmp_path_factory: pytest.TempPathFactory, history: Sequence[Any]
) -> None:
    """Whatever was recorded, in whatever order of time: clocks go back, cases stop following and follow again."""
    with open_case(tmp_path_factory.mktemp("store")) as store:
        for code in ("B2", "C3"):
            store.ensure_case(code, "other", START)
        facts = []
        for one in history:
            if isinstance(one[0], str):
                (store.follow if one[0] == "follow" else store.unfollow)(one[1], CRETEIL["id"], START)
                continue
            at, procedure, outcome, mode, flag, reason = one
            attempt = Try(at=at, procedure=procedure, outcome=outcome, mode=mode, simulated=flag, reason=reason)
            sequence = append(store, attempt, navigation=[{"status": 302}] if flag else [])
            facts.append(read_attempt(sequence, store.record_bytes(sequence)))
        followed = {code: store.followed(code) for code in ("B2", "C3", CASE)}
        counted = store.coverage()
        assert counted == tuple(store.coverage(code)[0] for code in followed)
    for case, (code, rows) in zip(counted, followed.items(), strict=True):
        known = [Followed(procedure=row.procedure, since=row.sequence, until=row.until_sequence) for row in rows]
        assert [one.follow for one in case.stretches] == list(rows), code
        for procedure in (CRETEIL["id"], NANTERRE["id"]):
            stretches = [one for one in case.stretches if one.follow.procedure == procedure]
            expected = tally_of(tries_of(facts, known, procedure))
            assert not stretches or tally_of_rows(stretches, ZoneInfo("Europe/Paris")) == expected


def test_however_many_cases_there_are_the_store_is_asked_the_same_number_of_times(tmp_path: Path) -> None:
    asked: list[str] = []
    with open_case(tmp_path) as store:
        fill(store)
        event.listen(store._database._engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
        read_status(store, configuration(tmp_path), code=None, now=NOW)
        alone, asked[:] = len(asked), []
        for number in range(5):
            store.ensure_case(f"B{number}", "renewal", NOW)
            store.follow(f"B{number}", CRETEIL["id"], NOW)
        asked.clear()
        assert len(read_status(store, configuration(tmp_path), code=None, now=NOW)) == 6
    assert len(asked) == alone


def test_what_several_cases_follow_is_counted_once() -> None:
    def stretch(since: int, until: int | None = None, procedure: str = "p") -> FollowRow:
        return FollowRow(procedure=procedure, since=START, sequence=since, until=None, until_sequence=until)

    never = 2**62
    followed = [stretch(3), stretch(9, 20), stretch(9, 12), stretch(30, procedure="q"), stretch(40, 50, "q")]
    assert cut_pieces(followed) == {
        "p": (("p", 3, 9), ("p", 9, 12), ("p", 12, 20), ("p", 20, never)),
        "q": (("q", 30, 40), ("q", 40, 50), ("q", 50, never)),
    }
    assert cut_pieces([stretch(3, 5), stretch(8, 9)]) == {"p": (("p", 3, 5), ("p", 8, 9))}


def test_each_procedure_has_the_zone_that_the_configuration_gives_it(tmp_path: Path) -> None:
    assert zones_of(configuration(tmp_path)) == dict.fromkeys((CRETEIL["id"], NANTERRE["id"]), ZoneInfo("Europe/Paris"))
