"""Cases, filings, and the mutable tables of politeness."""

import itertools
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.store import Store
from store.values import (
    CaseRow,
    HostHistory,
    HostStop,
    HostStopRow,
    NewFiling,
    NumberRow,
    PastVisit,
    RobotsRow,
    VisitLease,
)
from store.verify import verify_store
from temoin.canonical import Digest, sha256
from temoin.errors import StoreError, UsageError
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


def test_a_new_case_has_its_dates_and_a_code_of_its_own(kept: Store) -> None:
    kept.add_case("C1", "first_application", AT, asked_on=date(2026, 9, 1), expires_on=date(2027, 1, 31))
    assert kept.case("C1") == CaseRow(
        code="C1",
        kind="first_application",
        since=AT,
        closed=None,
        procedures=(),
        asked_on=date(2026, 9, 1),
        expires_on=date(2027, 1, 31),
    )
    with pytest.raises(UsageError, match="There is a case C1 already, or there was one") as caught:
        kept.add_case("C1", "renewal", AT)
    assert caught.value.remedy.startswith("Give this person another code.")
    assert kept.cases() == (kept.case("C1"),)
    assert kept.head() is None  # nothing of it is in the register before it follows


def test_only_what_is_given_of_a_case_changes(kept: Store) -> None:
    kept.add_case("C1", "other", AT, asked_on=date(2026, 9, 1))
    before = kept.case("C1")
    kept.change_case("C1")
    assert kept.case("C1") == before
    kept.change_case("C1", kind="renewal", reviewed_on=date(2026, 10, 1))
    kept.change_case("C1", obtained=AT, asked_on=None)
    assert kept.case("C1") == replace(before, kind="renewal", reviewed_on=date(2026, 10, 1), obtained=AT, asked_on=None)
    kept.change_case("C1", obtained=None)
    assert kept.case("C1").obtained is None
    with pytest.raises(StoreError, match="There is no case C9"):
        kept.change_case("C9", obtained=AT)


def test_a_closed_case_follows_nothing_and_cannot_begin_again(kept: Store) -> None:
    kept.add_case("C1", "renewal", AT)
    for procedure in ("lyon", "creteil"):
        kept.follow("C1", procedure, AT)
    for why in ("appointment obtained", "said twice"):
        kept.close_case("C1", AT + MINUTE, why)
    row = kept.case("C1")
    assert (row.closed, row.closed_why, row.procedures) == (AT + MINUTE, "appointment obtained", ())
    assert [entry.kind for entry in kept.entries()] == [Kind.FOLLOW] * 2 + [Kind.UNFOLLOW] * 2
    assert {stretch.until for stretch in kept.followed("C1")} == {AT + MINUTE}
    with pytest.raises(UsageError, match="The case C1 is closed: it follows nothing any more") as caught:
        kept.follow("C1", "lyon", AT + MINUTE)
    assert "temoin case add" in caught.value.remedy
    with pytest.raises(StoreError, match="There is no case C9"):
        kept.close_case("C9", AT, "x")
    assert verify_store(kept.folder).status == "passed"


def test_a_case_that_cannot_be_closed_whole_stays_open(kept: Store) -> None:
    kept.add_case("C1", "renewal", AT)
    kept.follow("C1", "lyon", AT)
    with kept._database.writing() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER broken BEFORE UPDATE ON case_file BEGIN SELECT RAISE(ABORT, 'broken'); END"
        )
    with pytest.raises(StoreError, match="broken"):
        kept.close_case("C1", AT, "x")
    assert kept.case("C1").procedures == ("lyon",)
    assert len(list(kept.entries())) == 1


def test_a_procedure_is_idle_when_nobody_waits_for_it_any_more(kept: Store) -> None:
    for code in ("C1", "C2", "C3"):
        kept.add_case(code, "renewal", AT)
    assert kept.idle_procedures() == frozenset()
    for code, procedure in (("C1", "lyon"), ("C2", "lyon"), ("C3", "creteil"), ("C1", "nice")):
        kept.follow(code, procedure, AT)
    kept.unfollow("C1", "nice", AT)
    assert kept.idle_procedures() == {"nice"}
    kept.change_case("C1", obtained=AT)
    assert kept.idle_procedures() == {"nice"}  # C2 still waits for lyon
    kept.close_case("C2", AT, "moved")
    assert kept.idle_procedures() == {"nice", "lyon"}
    kept.erase_case("C3", AT)
    assert kept.idle_procedures() == {"nice", "lyon", "creteil"}
    kept.change_case("C1", obtained=None)
    assert kept.idle_procedures() == {"nice", "creteil"}


CASES, PROCEDURES = ("a", "b"), ("x", "y")
STEPS = st.one_of(
    st.tuples(st.sampled_from(("follow", "unfollow")), st.sampled_from(CASES), st.sampled_from(PROCEDURES)),
    st.tuples(st.sampled_from(("close", "obtain", "erase")), st.sampled_from(CASES), st.just("")),
)


@dataclass
class _Model:
    """What a case should be: the stretches of each procedure, open ones without an end."""

    stretches: dict[str, list[list[int]]]
    is_open: bool = True
    is_waiting: bool = True
    is_erased: bool = False

    def follows(self, procedure: str) -> bool:
        found = self.stretches[procedure]
        return bool(found) and len(found[-1]) == 1

    def stop(self, procedure: str, number: int) -> None:
        if self.follows(procedure):
            self.stretches[procedure][-1].append(number)

    def take(self, action: str, procedure: str, number: int) -> None:
        match action:
            case "follow" if self.is_open and not self.follows(procedure):
                self.stretches[procedure].append([number])
            case "unfollow":
                self.stop(procedure, number)
            case "obtain":
                self.is_waiting = False
            case "close" | "erase":
                for one in PROCEDURES:
                    self.stop(one, number)
                self.is_open = False
                self.is_erased = self.is_erased or action == "erase"
            case _:
                pass


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for every example: each has codes and procedures of its own."""
    with Store.open(tmp_path_factory.mktemp("shared") / "evidence", now=lambda: AT) as opened:
        yield opened


def _do(kept: Store, action: str, code: str, procedure: str, at: datetime) -> None:
    match action:
        case "follow":
            kept.follow(code, procedure, at)
        case "unfollow":
            kept.unfollow(code, procedure, at)
        case "obtain":
            kept.change_case(code, obtained=at)
        case "close":
            kept.close_case(code, at, "x")
        case _:
            kept.erase_case(code, at)


_EXAMPLE = itertools.count()


@settings(max_examples=40, deadline=None)
@given(st.lists(STEPS, max_size=12))
def test_stretches_and_idle_procedures_are_those_of_a_plain_model(
    shared: Store, steps: list[tuple[str, str, str]]
) -> None:
    own = f"{next(_EXAMPLE)}-"
    models = {code: _Model({procedure: [] for procedure in PROCEDURES}) for code in CASES}
    for code in CASES:
        shared.add_case(own + code, "renewal", AT)
    for number, (action, code, procedure) in enumerate(steps):
        model = models[code]
        refused = model.is_erased or (action == "follow" and not model.is_open)
        with pytest.raises((StoreError, UsageError)) if refused else nullcontext():
            _do(shared, action, own + code, own + procedure, AT + number * MINUTE)
        if not refused:
            model.take(action, procedure, number)
    _compare(shared, own, models)


def _compare(shared: Store, own: str, models: dict[str, _Model]) -> None:
    for code, model in models.items():
        if not model.is_erased:
            found = [(row.procedure.removeprefix(own), row.since, row.until) for row in shared.followed(own + code)]
            ends = [
                (procedure, *(AT + number * MINUTE for number in stretch))
                for procedure, stretches in model.stretches.items()
                for stretch in stretches
            ]
            assert sorted(found, key=str) == sorted(((*end, None)[:3] for end in ends), key=str)
    followed = {procedure for model in models.values() for procedure in PROCEDURES if model.stretches[procedure]}
    wanted = {
        procedure
        for model in models.values()
        for procedure in PROCEDURES
        if model.is_waiting and model.follows(procedure)
    }
    idle = {name.removeprefix(own) for name in shared.idle_procedures() if name.startswith(own)}
    assert idle == followed - wanted


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
