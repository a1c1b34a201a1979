"""What the store says that somebody may have to be told."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduler.alert_facts import mark_of, read_facts
from scheduler.alerts import Facts, StopFacts, WeekFacts, find_alerts
from store.store import Store
from store.values import NewItem
from store.vault import Keys
from temoin.clock import utc_text
from temoin.errors import StoreError
from temoin.items import item_bytes, read_item
from temoin.records import JournalKind, Kind, Mode, Outcome
from temoin.settings import Settings
from tests.added import SALT, MemoryKeyring, new_item
from tests.exhibit_case import CRETEIL, NANTERRE, Try, record_attempt

MONDAY = datetime(2026, 11, 16, 8, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NAME = CRETEIL["id"]


@pytest.fixture
def store(tmp_path: Path, memory_keyring: MemoryKeyring) -> Iterator[Store]:
    """Two cases that follow one procedure."""
    assert memory_keyring.kept == {}
    with Store.open(tmp_path / "evidence", now=lambda: MONDAY) as opened:
        opened.ensure_vault(Keys())
        for code in ("A1", "B2"):
            opened.add_case(code, "renewal", MONDAY - DAY)
            opened.follow(code, NAME, MONDAY - DAY)
        yield opened


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    tables = [
        {**what, "url": f"http://127.0.0.1:9/{what['id']}", "platform": "ezbooking", "choices": ()}
        for what in (CRETEIL, NANTERRE)
    ]
    dated = [{**table, "terms_read": datetime(2026, 11, 1, tzinfo=UTC).date()} for table in tables]
    return Settings.model_validate({"path": tmp_path / "config.toml", "procedures": dated})


def answer(code: str, attempt: int | None) -> NewItem:
    new = new_item(code, "Plus libre.", kind=JournalKind.SLOT_RESPONSE)
    return replace(new, content=item_bytes(replace(read_item(new.content), attempt=attempt), SALT))


def screenshot(at: datetime) -> NewItem:
    new = new_item("A1", "Dans mon compte.", kind=JournalKind.SCREENSHOT)
    return replace(new, at=at, content=item_bytes(replace(read_item(new.content), at=at), SALT))


def facts(settings: Settings, store: Store, now: datetime = MONDAY + DAY, *, watched: bool = True) -> Facts:
    return read_facts(settings, store, now=now, watched=watched)


def waiting(settings: Settings, store: Store) -> dict[int, tuple[str, ...]]:
    return {slot.sequence: slot.waiting for slot in facts(settings, store).slots}


def slot(store: Store, hours: int = 0) -> int:
    return record_attempt(store, Try(at=MONDAY + hours * HOUR, outcome=Outcome.SLOT_SEEN))


def test_a_slot_waits_for_the_answer_of_each_case_that_followed_it(settings: Settings, store: Store) -> None:
    first, second = slot(store), slot(store, 1)
    item = store.add_item(answer("A1", second), MONDAY)
    assert waiting(settings, store) == {first: ("A1", "B2"), second: ("B2",)}
    store.erase_item(item.sequence, MONDAY)
    assert waiting(settings, store) == {first: ("A1", "B2"), second: ("A1", "B2")}


def test_an_answer_whose_slot_only_the_seal_knows_stands_for_all_before_it(settings: Settings, store: Store) -> None:
    before = slot(store)
    store.add_item(answer("A1", None), MONDAY)
    after = slot(store, 1)
    assert waiting(settings, store) == {before: ("B2",), after: ("A1", "B2")}


def test_who_has_an_appointment_or_closed_the_case_is_asked_nothing(settings: Settings, store: Store) -> None:
    seen = slot(store)
    store.change_case("A1", obtained=MONDAY)
    store.close_case("B2", MONDAY, "other")
    (found,) = facts(settings, store).slots
    assert (found.sequence, found.waiting, found.followed) == (seen, (), True)


def test_a_slot_seen_before_anybody_followed_is_nobodys(settings: Settings, store: Store) -> None:
    record_attempt(store, Try(at=MONDAY, outcome=Outcome.SLOT_SEEN, procedure=NANTERRE))
    store.follow("A1", NANTERRE["id"], MONDAY)
    (found,) = facts(settings, store).slots
    assert (found.waiting, found.followed) == ((), False)


def test_a_procedure_has_its_newest_attempts_and_the_last_that_went_well(settings: Settings, store: Store) -> None:
    outcomes = (Outcome.NO_SLOT, Outcome.SLOT_SEEN, Outcome.OVERLOADED, Outcome.MISSED)
    sequences = [
        record_attempt(store, Try(at=MONDAY + hour * HOUR, outcome=outcome)) for hour, outcome in enumerate(outcomes)
    ]
    found = facts(settings, store).procedures[0]
    assert [seen.sequence for seen in found.recent] == sequences[::-1]
    assert (found.id, found.good, found.simulated) == (NAME, sequences[1], True)
    assert (found.last_visit, found.last_proof) == (MONDAY + 2 * HOUR, MONDAY)


def test_nobody_is_told_of_what_nobody_seeks(settings: Settings, store: Store) -> None:
    for code in ("A1", "B2"):
        store.change_case(code, obtained=MONDAY)
    assert [one.id for one in facts(settings, store).procedures] == [NANTERRE["id"]]


def test_a_host_that_refused_is_told_and_one_that_said_when_to_come_back_is_not(
    settings: Settings, store: Store
) -> None:
    until = MONDAY + 2 * DAY
    store.stop_host(host="rdv.exemple.invalid", procedure=None, until=until, reason="blocked")
    store.stop_host(host="autre.exemple.invalid", procedure=None, until=until, reason="retry_after")
    store.stop_host(host="fini.exemple.invalid", procedure=None, until=MONDAY, reason="blocked")
    assert facts(settings, store).stops == (StopFacts(host="rdv.exemple.invalid", procedure=None, until=until),)


def test_planned_times_that_nobody_recorded_count_where_no_daemon_runs(settings: Settings, store: Store) -> None:
    due = MONDAY + HOUR
    record = {
        "format": 1,
        "procedure": NAME,
        "day": "2026-11-16",
        "timezone": "Europe/Paris",
        "windows": ["07:00-22:30"],
        "times": [utc_text(due), utc_text(MONDAY + 23.9 * HOUR)],
        "replaces": None,
        "cause": "evening",
    }
    store.append(kind=Kind.PLAN, record=record, at=MONDAY, procedure=NAME)
    assert facts(settings, store, watched=False).procedures[0].overdue == (due,)
    assert facts(settings, store, watched=True).procedures[0].overdue == ()


def test_the_week_of_each_case_is_told_from_monday_to_wednesday(settings: Settings, store: Store) -> None:
    kinds = (Outcome.NO_SLOT, Outcome.NO_CALENDAR, Outcome.OVERLOADED, Outcome.UNREACHABLE, Outcome.BLOCKED)
    for hour, outcome in enumerate((*kinds, Outcome.MISSED, Outcome.SLOT_SEEN)):
        mode = Mode.ASSISTED if outcome is Outcome.NO_CALENDAR else Mode.UNATTENDED
        record_attempt(store, Try(at=MONDAY + hour * HOUR, outcome=outcome, mode=mode))
    for at in (MONDAY + HOUR, MONDAY - DAY):  # of the week, and of the one before
        store.add_item(screenshot(at), MONDAY + 2 * DAY)
    store.erase_item(store.add_item(screenshot(MONDAY), MONDAY + 2 * DAY).sequence, MONDAY + 2 * DAY)
    store.unfollow("B2", NAME, MONDAY)
    next_monday = MONDAY + 7 * DAY  # 09:00 in Paris
    record_attempt(store, Try(at=next_monday, outcome=Outcome.NO_SLOT))
    expected = WeekFacts(
        week="2026-W47",
        case="A1",
        mark=mark_of(store, "A1"),
        attempts=6,
        proofs=2,
        dysfunctions=1,
        refusals=1,
        slots=1,
        missed=1,
        by_hand=2,
    )
    assert facts(settings, store, next_monday).weeks == (expected,)
    assert facts(settings, store, next_monday + 2 * DAY).weeks == (expected,)
    assert facts(settings, store, next_monday - 2 * HOUR).weeks == ()
    assert facts(settings, store, next_monday + 3 * DAY).weeks == ()


def test_what_was_told_of_a_case_leads_to_nobody_once_it_is_erased(settings: Settings, store: Store) -> None:
    (alert, _other) = find_alerts(facts(settings, store, MONDAY + 7 * DAY))
    assert alert.key == f"week:2026-W47:{mark_of(store, 'A1')}"
    store.erase_case("A1", MONDAY + 7 * DAY)
    with pytest.raises(StoreError, match="The case A1 was erased"):
        mark_of(store, "A1")


def test_a_case_closed_long_ago_is_named_with_the_command_once_a_month_until_it_is_erased(
    settings: Settings, store: Store
) -> None:
    store.close_case("A1", MONDAY, "appointment")  # 2026-11-16, so until 2027-02-16 it may wait
    assert facts(settings, store, datetime(2027, 2, 15, 12, tzinfo=UTC)).kept == ()
    (kept,) = facts(settings, store, datetime(2027, 2, 16, 12, tzinfo=UTC)).kept
    assert kept.sentence.startswith("Case A1 has been closed since Monday 16 November 2026, longer than the 3 months")
    assert "“temoin case erase A1”" in kept.sentence
    assert "Nothing is erased by itself." in kept.sentence
    assert kept.month == "2027-02"
    assert facts(settings, store, datetime(2027, 2, 19, 12, tzinfo=UTC)).kept == ()  # a Friday: with the week only
    never = settings.model_copy(update={"station": settings.station.model_copy(update={"retention_months": 0})})
    assert facts(never, store, datetime(2027, 2, 16, 12, tzinfo=UTC)).kept == ()
    store.erase_case("A1", datetime(2027, 2, 16, 13, tzinfo=UTC))
    assert facts(settings, store, datetime(2027, 2, 16, 14, tzinfo=UTC)).kept == ()


def test_a_case_opened_since_has_no_week_behind_it(settings: Settings, store: Store) -> None:
    store.add_case("C3", "renewal", MONDAY + 7 * DAY)
    store.follow("C3", NAME, MONDAY + 7 * DAY)
    assert [week.case for week in facts(settings, store, MONDAY + 7 * DAY).weeks] == ["A1", "B2"]
