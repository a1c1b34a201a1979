"""Cases, filings, and the mutable tables of politeness."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from store.store import Store
from store.values import HostHistory, HostStop, HostStopRow, NewFiling, NumberRow, PastVisit, RobotsRow, VisitLease
from store.verify import verify_store
from temoin.canonical import Digest, sha256
from temoin.errors import StoreError
from temoin.records import Kind, Mode

AT = datetime(2026, 11, 23, 7, 12, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "evidence", now=lambda: AT) as opened:
        yield opened


# Cases


def test_a_case_follows_a_procedure_from_an_entry_on_once(kept: Store) -> None:
    kept.ensure_case("C1", "first", AT)
    kept.ensure_case("C1", "other", AT + MINUTE)
    for _time in range(2):
        kept.follow("C1", "creteil", AT)
    (row,) = kept.followed("C1")
    assert (row.procedure, row.sequence, row.since, row.until) == ("creteil", 1, AT, None)
    (case,) = kept.cases()
    assert (case.code, case.kind, case.since, case.closed) == ("C1", "first", AT, None)
    assert case.procedures == ("creteil",)
    head = kept.head()
    assert head is not None
    assert (head.sequence, head.kind, head.subject) == (1, Kind.FOLLOW, kept.subject_of("creteil"))


def test_the_ledger_does_not_tell_the_code_of_a_case(kept: Store) -> None:
    for code in ("C1", "C2"):
        kept.ensure_case(code, "first", AT)
        kept.follow(code, "creteil", AT)
    first, second = kept.record(1), kept.record(2)
    assert set(first) == {"format", "case", "procedure"}
    assert first["case"] != second["case"]
    assert first["case"] != sha256(b"C1")
    assert b"C1" not in kept.record_bytes(1)


def test_a_case_that_stops_and_follows_again_has_two_stretches(kept: Store) -> None:
    kept.ensure_case("C1", "first", AT)
    kept.follow("C1", "creteil", AT)
    kept.follow("C1", "lyon", AT)
    for _time in range(2):
        kept.unfollow("C1", "creteil", AT + MINUTE)
    assert kept.cases()[0].procedures == ("lyon",)
    kept.follow("C1", "creteil", AT + 2 * MINUTE)
    found = [(row.procedure, row.sequence, row.until, row.until_sequence) for row in kept.followed("C1")]
    assert found == [("creteil", 1, AT + MINUTE, 3), ("lyon", 2, None, None), ("creteil", 4, None, None)]
    assert verify_store(kept.folder).status == "passed"


def test_a_case_that_was_never_opened_is_said(kept: Store) -> None:
    with pytest.raises(StoreError, match="There is no case C9"):
        kept.followed("C9")
    with pytest.raises(StoreError, match="There is no case C9"):
        kept.follow("C9", "creteil", AT)
    assert kept.head() is None


# Filings


def _filing(kept: Store) -> NewFiling:
    numbers = tuple(
        NumberRow(
            number=number, kind="own_piece", attempt_sequence=None, title=f"Pièce {number}", file="1.pdf", page=number
        )
        for number in (12, 13)
    )
    files = (("data/b.pdf", kept.put(b"b")), ("data/a.pdf", kept.put(b"a")))
    return NewFiling(
        case="C1", at=AT, first_number=12, numbers=numbers, files=files, record={"manifest_sha256": "0" * 64}
    )


def test_a_filing_is_frozen_with_its_numbers_and_files(kept: Store) -> None:
    kept.ensure_case("C1", "first", AT)
    row = kept.freeze_filing(_filing(kept))
    assert (row.filing_id, row.sequence, row.case, row.first_number) == (1, 1, "C1", 12)
    assert kept.filings("C1") == (row,)
    assert [line.number for line in kept.filing_numbers(1)] == [12, 13]
    assert kept.filing_numbers(1) == _filing(kept).numbers
    assert kept.filing_files(1) == (("data/a.pdf", sha256(b"a")), ("data/b.pdf", sha256(b"b")))
    record = kept.record(1)
    assert record["manifest_sha256"] == "0" * 64
    assert "Pièce".encode() not in kept.record_bytes(1)
    assert verify_store(kept.folder).status == "passed"


def test_a_supplement_names_the_filing_that_it_completes(kept: Store) -> None:
    kept.ensure_case("C1", "first", AT)
    first = kept.freeze_filing(_filing(kept))
    second = kept.freeze_filing(replace(_filing(kept), first_number=14, supplement_of=first.filing_id))
    assert [row.supplement_of for row in kept.filings("C1")] == [None, first.filing_id]
    assert kept.record(second.sequence)["supplement_of"] == first.filing_id
    assert verify_store(kept.folder).status == "passed"


def test_a_filing_whose_file_is_not_kept_leaves_nothing(kept: Store) -> None:
    kept.ensure_case("C1", "first", AT)
    filing = replace(_filing(kept), files=(("data/a.pdf", Digest("ab" * 32)),))
    with pytest.raises(StoreError, match="nothing was recorded"):
        kept.freeze_filing(filing)
    assert (kept.head(), kept.filings("C1")) == (None, ())


def test_a_filing_that_fails_midway_leaves_nothing(kept: Store) -> None:
    kept.ensure_case("C1", "first", AT)
    filing = _filing(kept)
    twice = (*filing.files, filing.files[0])
    with pytest.raises(StoreError, match="this row is already there"):
        kept.freeze_filing(replace(filing, files=twice))
    assert (kept.head(), kept.filings("C1")) == (None, ())


# Politeness


@dataclass(frozen=True)
class _Verdict:
    allowed: bool


def _take(
    kept: Store, now: datetime, *, allowed: bool = True, host: str = "h"
) -> tuple[HostHistory, VisitLease | None]:
    seen: list[HostHistory] = []

    def judge(history: HostHistory) -> _Verdict:
        seen.append(history)
        return _Verdict(allowed=allowed)

    verdict, lease = kept.take_visit(host=host, procedure="creteil", mode=Mode.ASSISTED, now=now, judge=judge)
    assert verdict == _Verdict(allowed=allowed)
    return seen[0], lease


def test_a_lease_is_seen_by_the_next_who_asks_and_given_back(kept: Store) -> None:
    history, lease = _take(kept, AT)
    assert history == HostHistory(host="h", visits=(), stops=())
    assert lease is not None
    assert lease.expires_at == AT + 15 * MINUTE
    assert _take(kept, AT + MINUTE, allowed=False)[0].visits == (PastVisit(AT, "creteil", Mode.ASSISTED, None),)
    kept.end_visit(lease, AT + 2 * MINUTE)
    history, refused = _take(kept, AT + 3 * MINUTE, allowed=False)
    assert refused is None
    assert history.visits == ((AT, "creteil", Mode.ASSISTED, AT + 2 * MINUTE),)
    assert _take(kept, AT, allowed=False, host="other")[0].visits == ()


def test_a_lease_never_given_back_ends_when_it_expires(kept: Store) -> None:
    _take(kept, AT)
    assert _take(kept, AT + 14 * MINUTE, allowed=False)[0].visits[0].ended_at is None
    assert _take(kept, AT + 16 * MINUTE, allowed=False)[0].visits[0].ended_at == AT + 15 * MINUTE


def test_a_judge_that_fails_takes_no_lease_and_frees_the_lock(kept: Store) -> None:
    def judge(_history: HostHistory) -> _Verdict:
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        kept.take_visit(host="h", procedure="creteil", mode=Mode.UNATTENDED, now=AT, judge=judge)
    assert _take(kept, AT)[0].visits == ()


def test_the_pace_counts_the_last_hour_day_and_week(kept: Store) -> None:
    ages = (timedelta(), 50 * MINUTE, timedelta(hours=1), timedelta(hours=23), timedelta(days=6), timedelta(days=7))
    for age in reversed(ages):
        lease = _take(kept, AT - age)[1]
        assert lease is not None
        kept.end_visit(lease, AT - age)
    assert kept.pace("h", AT).to_json() == {"hour": 2, "day": 4, "week": 5}
    assert kept.pace("other", AT).to_json() == {"hour": 0, "day": 0, "week": 0}


def test_history_goes_back_eight_days_and_older_visits_are_dropped(kept: Store) -> None:
    _take(kept, AT - timedelta(days=31))
    _take(kept, AT - timedelta(days=9))
    _take(kept, AT - timedelta(days=7))
    assert [visit.started_at for visit in _take(kept, AT)[0].visits] == [AT - timedelta(days=7)]
    with kept._database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM visit").scalar() == 3


def test_a_stop_is_in_force_until_its_end(kept: Store) -> None:
    kept.stop_host(host="h", procedure=None, until=AT + 2 * MINUTE, reason="blocked")
    kept.stop_host(host="h", procedure="creteil", until=AT + MINUTE, reason="retry_after")
    assert kept.host_stops(AT) == (
        HostStopRow("h", AT + MINUTE, "creteil", "retry_after"),
        HostStopRow("h", AT + 2 * MINUTE, None, "blocked"),
    )
    assert _take(kept, AT + MINUTE, allowed=False)[0].stops == (HostStop(AT + 2 * MINUTE, None, "blocked"),)
    assert kept.host_stops(AT + 2 * MINUTE) == ()


def test_the_last_robots_txt_read_is_the_one_that_is_known(kept: Store) -> None:
    assert kept.robots("h") is None
    kept.save_robots(RobotsRow(host="h", fetched_at=AT, status=None, sha256=None))
    row = RobotsRow(host="h", fetched_at=AT + MINUTE, status=200, sha256=kept.put(b"User-agent: *"))
    kept.save_robots(row)
    assert kept.robots("h") == row
    assert verify_store(kept.folder).checks[6].detail == ""
