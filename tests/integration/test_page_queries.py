"""What the dossiers' pages ask of the store: a page of cases by code, attempts by day and hour, whether a key opens."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from store.store import Store
from store.values import CaseQuery
from store.vault import Keys
from temoin.errors import StoreError
from temoin.records import DOUBTS, Outcome
from tests.exhibit_case import (
    CASE,
    CRETEIL,
    NANTERRE,
    START,
    Try,
    attempts_of_two_weeks,
    fill,
    open_case,
    record_attempt,
)

EVER = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_case(tmp_path, before=[Try(at=START - timedelta(days=2))]) as opened:
        fill(opened)
        yield opened


def test_a_page_of_cases_is_that_of_all_and_reads_no_other(store: Store) -> None:
    for number in range(9):
        store.add_case(f"A{number}", "renewal", START)
        store.follow(f"A{number}", CRETEIL["id"], START)
    store.erase_case("A3", START)
    every = store.coverage()
    pages, after = [], ""
    while page := store.coverage_page(after=after, limit=4):
        pages.append(page)
        after = page[-1].case.code
    assert [one for page in pages for one in page] == list(every)
    assert [len(page) for page in pages] == [4, 4, 1]
    assert store.coverage_page(after="Z", limit=9) == ()
    assert store.has_case("A4")
    assert not store.has_case("A3")
    assert not store.has_case("Z")


def test_cases_are_found_by_a_part_of_their_code_or_by_what_they_followed(store: Store) -> None:
    for code in ("A10", "A11", "B10", "C-a1", "gone1"):
        store.add_case(code, "renewal", START)
    store.follow("B10", CRETEIL["id"], START)
    store.unfollow("B10", CRETEIL["id"], START + timedelta(hours=1))
    store.erase_case("gone1", START)

    def found(part: str, *procedures: str, after: str = "", limit: int = 9) -> list[str]:
        wanted = CaseQuery(part=part, procedures=procedures)
        return [one.case.code for one in store.coverage_page(after=after, limit=limit, wanted=wanted)]

    assert found("a1") == ["A10", "A11", "C-a1"]
    assert found("A1", after="A10", limit=1) == ["A11"]
    assert found("a1", after="A11") == ["C-a1"]
    assert found("gone") == found("%") == found("_") == []
    assert found("c-a", CRETEIL["id"]) == ["B10", "C-a1", CASE]


def test_a_page_of_cases_takes_as_many_questions_whatever_it_holds(store: Store) -> None:
    asked: list[str] = []
    for number in range(30):
        store.add_case(f"A{number:02}", "renewal", START)
        store.follow(f"A{number:02}", NANTERRE["id"], START)
    event.listen(store._database._engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    store.coverage_page(after="", limit=1)
    few = len(asked)
    store.coverage_page(after="", limit=30)
    assert len(asked) == 2 * few > 0


def test_days_are_counted_over_the_stretches_of_a_case_only(store: Store) -> None:
    stretches = [one for one in store.followed(CASE) if one.procedure == CRETEIL["id"]]
    found = store.day_counts(stretches, EVER)
    expected = Counter(one.outcome for one in attempts_of_two_weeks() if one.procedure is CRETEIL)
    counted: Counter[Outcome] = Counter()
    for one in found:
        counted[one.outcome] += one.tries
    assert counted == expected
    assert (found[0].day.isoformat(), found[0].hour) == ("2026-09-14", 7)  # in Paris
    late = store.day_counts(stretches, START + timedelta(days=7))
    assert min(one.day.isoformat() for one in late) == "2026-09-21"
    store.unfollow(CASE, CRETEIL["id"], START + timedelta(days=20))
    record_attempt(store, Try(at=START + timedelta(days=21)))
    ended = [one for one in store.followed(CASE) if one.procedure == CRETEIL["id"]]
    assert store.day_counts(ended, EVER) == found


def test_a_doubted_proof_is_told_apart(store: Store) -> None:
    at = START + timedelta(days=12)
    for reason in (None, *sorted(DOUBTS)):
        record_attempt(store, Try(at=at, reason=reason))
    found = store.day_counts(store.followed(CASE), at)
    assert {(one.doubtful, one.tries) for one in found} == {(False, 1), (True, 2)}


def test_the_vault_says_where_its_key_is_and_whether_a_passphrase_opens_it(store: Store) -> None:
    right = Keys(passphrase=lambda: "une phrase d'essai", keyring=False)
    assert store.vault_place() is None
    store.unlock(right)  # nothing to open
    store.ensure_vault(right)
    assert store.vault_place() == "passphrase"
    store.unlock(Keys(passphrase=lambda: "une phrase d'essai", keyring=False))
    with pytest.raises(StoreError, match="not the passphrase"):
        store.unlock(Keys(passphrase=lambda: "une autre", keyring=False))
