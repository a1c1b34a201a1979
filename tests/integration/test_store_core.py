"""The store at work: what it keeps, what it gives back, and who may read it."""

import json
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import event

from store import database, tables
from store.chain import build_subject, check_chain
from store.store import Store
from store.values import AttemptQuery
from store.verify import _compare_schemas, verify_store
from temoin.canonical import Digest, Json, sha256
from temoin.clock import utc_text
from temoin.errors import StoreError
from temoin.notice import NoticeOutcome
from temoin.records import (
    Artefact,
    Context,
    Kind,
    Matched,
    Mode,
    Operator,
    Outcome,
    Part,
    Role,
    Visit,
    build_record,
)

AT = datetime(2026, 11, 23, 7, 12, 30, tzinfo=UTC)
SENTENCE = "Il n'existe plus de plage horaire libre pour votre demande de rendez-vous"


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "evidence", now=lambda: AT) as opened:
        yield opened


def _context(at: datetime, procedure: str = "creteil", due: datetime | None = None) -> Context:
    return Context(
        attempt=f"{at:%Y%m%d-%H%M%S}-0000",
        at=at,
        due=due,
        timezone="Europe/Paris",
        simulated=True,
        mode=Mode.UNATTENDED,
        declared=False,
        operator=Operator.SELF,
        procedure={"id": procedure, "prefecture": "P", "label": "L", "choices": []},
        url_asked="http://127.0.0.1:8000/booking/create/1",
        clock={"source": "simulated", "offset_ms": None},
        robots_sha256=None,
        terms={"read": None, "automation": "silent"},
        pace={"hour": 1, "day": 1, "week": 1},
    )


def _attempt(kept: Store, at: datetime, outcome: Outcome = Outcome.NO_SLOT, **options: Any) -> int:
    terms = options.pop("terms", None)
    data = f"page of {at}".encode()
    artefact = Artefact(role=Role.TEXT, data=data, digest=kept.put(data))
    part = Part(
        part="1", label="", outcome=outcome, matched=Matched(text=SENTENCE, selector="p"), artefacts=(artefact,)
    )
    visit = Visit(outcome=outcome, parts=(part,), terms_text_sha256=terms)
    record = build_record(_context(at, **options), visit)
    return kept.append(kind=Kind.ATTEMPT, record=record, at=at).sequence


def _plan(times: list[datetime], day: str = "2026-11-23", replaces: int | None = None) -> Json:
    return {
        "format": 1,
        "procedure": "creteil",
        "day": day,
        "timezone": "Europe/Paris",
        "times": [utc_text(at) for at in times],
        "windows": ["07:00-22:30"],
        "replaces": replaces,
        "cause": "evening",
    }


# Objects


def test_an_object_is_a_read_only_file_that_sha256sum_knows(kept: Store) -> None:
    digest = kept.put(b"abc")
    assert digest == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    path = kept.path_of(digest)
    assert path.relative_to(kept.folder).as_posix() == f"objects/ba/{digest[2:]}"
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    assert (kept.read(digest), kept.has(digest), kept.has("0" * 64)) == (b"abc", True, False)


def test_the_same_bytes_are_written_once(kept: Store) -> None:
    path = kept.path_of(kept.put(b"abc"))
    before = path.stat()
    kept.put(b"abc")
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_several_objects_are_kept_at_once_the_same_bytes_twice_included(kept: Store) -> None:
    several = [b"window", b"page", b"exhibit", b"page", b"text", b"html", b"dialog"]
    kept.put_all(several)
    assert [kept.read(sha256(data)) for data in several] == several
    assert not list((kept.path_of(sha256(b"page")).parent.parent / "incoming").iterdir())


def test_an_object_that_is_not_kept_is_said(kept: Store) -> None:
    with pytest.raises(StoreError, match=r"The object 0{64} is not in the store"):
        kept.read("0" * 64)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "AB" * 32, "ab" * 31 + "/."])
def test_nothing_but_a_digest_becomes_a_path(kept: Store, name: str) -> None:
    with pytest.raises(ValueError, match="not a SHA-256"):
        kept.path_of(name)


def test_everything_is_for_its_owner_only(kept: Store) -> None:
    kept.put(b"abc")
    kept.ensure_station(Operator.SELF, {})
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in kept.folder.rglob("*")}
    assert {mode for name, mode in modes.items() if name.startswith("registre.sqlite")} == {0o600}
    assert modes["objects"] == modes["incoming"] == modes["ba"] == 0o700
    assert stat.S_IMODE(kept.folder.stat().st_mode) == 0o700


# Ledger


def test_a_station_entry_is_written_when_what_it_says_changes(kept: Store) -> None:
    first = kept.ensure_station(Operator.SELF, {"os": "Linux"})
    assert first is not None
    assert (first.sequence, first.kind, first.subject, first.station) == (1, Kind.STATION, None, kept.station)
    assert kept.ensure_station(Operator.SELF, {"os": "Linux"}) is None
    assert kept.ensure_station(Operator.ASSOCIATION, {"os": "Linux"}) is not None
    assert kept.record(2) == {"format": 1, "operator": "association", "environment": {"os": "Linux"}}


def test_a_station_may_not_tell_a_host_name(kept: Store) -> None:
    with pytest.raises(ValueError, match=r"allow-list of the environment: \['hostname'\]"):
        kept.ensure_station(Operator.SELF, {"hostname": "pc-de-marie"})


def test_entries_follow_one_another_over_several_openings(tmp_path: Path) -> None:
    stations, entry = set(), None
    for _opening in range(3):
        with Store.open(tmp_path / "e", now=lambda: AT) as kept:
            stations.add(kept.station)
            entry = kept.append(kind=Kind.HANDOVER, record={"format": 1, "procedure": "lyon"}, at=AT)
            assert kept.head() == entry
    with Store.open(tmp_path / "e", now=lambda: AT, read_only=True) as kept:
        assert [entry.sequence for entry in kept.entries()] == [1, 2, 3]
        assert [entry.sequence for entry in kept.entries(2, 2)] == [2]
        assert list(check_chain(entry.line for entry in kept.entries())) == []
        assert entry is not None
        assert sha256(kept.record_bytes(3)) == entry.record
    assert len(stations) == 1


def test_the_subject_is_made_of_the_secret_and_the_procedure(kept: Store) -> None:
    entry = kept.append(kind=Kind.HANDOVER, record={"format": 1, "procedure": "lyon"}, at=AT)
    secret = kept.secret_of("lyon")
    assert (len(secret), kept.secret_of("lyon")) == (64, secret)
    assert entry.subject == kept.subject_of("lyon") == build_subject("lyon", secret)
    assert kept.subject_of("paris") != entry.subject
    assert kept.procedures() == ("lyon", "paris")
    assert len(kept.schedule_secret()) == 32


def test_a_record_about_another_procedure_than_said_is_refused(kept: Store) -> None:
    with pytest.raises(ValueError, match="the record is about 'lyon', not 'paris'"):
        kept.append(kind=Kind.HANDOVER, record={"format": 1, "procedure": "lyon"}, at=AT, procedure="paris")
    assert kept.head() is None


@pytest.mark.parametrize("kind", [Kind.ATTEMPT, Kind.PLAN, Kind.FOLLOW])
def test_a_record_that_does_not_say_what_its_kind_must_is_refused_whole(kept: Store, kind: Kind) -> None:
    with pytest.raises(ValueError, match=f"not a record of kind {kind.value}"):
        kept.append(kind=kind, record={"format": 1}, at=AT)
    assert kept.head() is None
    assert kept.procedures() == ()


def test_an_entry_that_does_not_exist_is_said(kept: Store) -> None:
    with pytest.raises(StoreError, match="There is no entry 9 in the register"):
        kept.record(9)


# Lists


def test_an_attempt_is_listed_as_it_was_recorded(kept: Store) -> None:
    sequence = _attempt(kept, AT, due=AT)
    (row,) = kept.attempts()
    assert (row.sequence, row.attempt, row.procedure) == (sequence, "20261123-071230-0000", "creteil")
    assert (row.host, row.url) == ("127.0.0.1", "http://127.0.0.1:8000/booking/create/1")
    assert (row.at, row.at_local, row.due) == (AT, "2026-11-23T08:12:30+01:00", AT)
    assert (row.mode, row.outcome, row.reason) == (Mode.UNATTENDED, Outcome.NO_SLOT, None)
    assert (row.matched_text, row.simulated) == (SENTENCE, True)


def test_attempts_are_found_by_time_procedure_outcome_and_sequence(kept: Store) -> None:
    hours = [AT + timedelta(hours=number) for number in range(6)]
    for number, at in enumerate(hours):
        outcome = Outcome.SLOT_SEEN if number == 4 else Outcome.NO_SLOT
        _attempt(kept, at, outcome, procedure="lyon" if number % 2 else "creteil")

    def found(**options: Any) -> list[int]:
        return [row.sequence for row in kept.attempts(AttemptQuery(**options))]

    assert found() == [1, 2, 3, 4, 5, 6]
    assert found(newest_first=True, limit=2) == [6, 5]
    assert found(limit=2) == [1, 2]
    assert found(since=hours[1], until=hours[3]) == [2, 3]
    assert found(since=hours[1], until=hours[5], limit=1, newest_first=True) == [5]
    assert found(procedure="lyon") == [2, 4, 6]
    assert found(procedure="lyon", since=hours[2]) == [4, 6]
    assert found(outcome=Outcome.SLOT_SEEN) == [5]
    assert found(outcome=Outcome.NO_SLOT, procedure="creteil") == [1, 3]
    assert found(first=2, last=4) == [2, 3, 4]
    assert found(first=3, limit=2) == [3, 4]
    assert found(procedure="paris") == []


def test_plans_are_given_by_day_then_in_the_order_drawn(kept: Store) -> None:
    first = kept.append(kind=Kind.PLAN, record=_plan([AT, AT + timedelta(hours=6)]), at=AT - timedelta(hours=9))
    kept.append(kind=Kind.PLAN, record=_plan([], day="2026-11-24"), at=AT)
    redrawn = _plan([AT + timedelta(hours=7)], replaces=first.sequence)
    kept.append(kind=Kind.PLAN, record=redrawn, at=AT + timedelta(hours=5))
    rows = kept.plans("creteil", date(2026, 11, 23), date(2026, 11, 24))
    assert [(row.sequence, row.day.day, row.replaces, len(row.times)) for row in rows] == [
        (1, 23, None, 2),
        (3, 23, 1, 1),
        (2, 24, None, 0),
    ]
    assert rows[0].times == (AT, AT + timedelta(hours=6))
    assert rows[0].drawn_at == AT - timedelta(hours=9)
    assert kept.plans("lyon", date(2026, 11, 23), date(2026, 11, 24)) == ()


def test_attempts_are_found_by_the_time_that_they_answer(kept: Store) -> None:
    due = [AT, AT + timedelta(hours=2)]
    kept.append(kind=Kind.PLAN, record=_plan(due), at=AT - timedelta(hours=9))
    first = _attempt(kept, AT + timedelta(seconds=3), due=due[0])
    _attempt(kept, AT + timedelta(minutes=3), due=due[0])
    _attempt(kept, AT + timedelta(minutes=5))
    second = _attempt(kept, due[1], due=due[1])
    found = kept.attempts_by_due("creteil", AT, AT + timedelta(days=1))
    assert {at: row.sequence for at, row in found.items()} == {due[0]: first, due[1]: second}
    assert list(kept.attempts_by_due("creteil", AT, due[1])) == [due[0]]
    assert verify_store(kept.folder).status == "passed"


def test_the_first_text_of_the_conditions_met_since_they_were_read_is_the_one_that_holds(kept: Store) -> None:
    texts = [Digest(letter * 64) for letter in "abc"]
    _attempt(kept, AT - timedelta(days=2), terms=texts[0])
    _attempt(kept, AT - timedelta(hours=1))
    _attempt(kept, AT, terms=texts[1])
    _attempt(kept, AT + timedelta(hours=1), terms=texts[2])
    assert kept.latest_terms("creteil", date(2026, 11, 22)) == texts[1]
    assert kept.latest_terms("creteil", date(2026, 11, 1)) == texts[0]
    assert kept.latest_terms("creteil", date(2026, 11, 24)) is None
    assert kept.latest_terms("lyon", date(2026, 11, 1)) is None


@pytest.mark.parametrize(
    "query",
    [
        AttemptQuery(newest_first=True, limit=50),
        AttemptQuery(limit=50),
        AttemptQuery(since=AT, limit=50),
        AttemptQuery(until=AT, limit=50, newest_first=True),
        AttemptQuery(procedure="creteil", limit=50),
        AttemptQuery(procedure="creteil", since=AT, limit=50),
        AttemptQuery(outcome=Outcome.SLOT_SEEN, limit=50),
        AttemptQuery(procedure="creteil", outcome=Outcome.SLOT_SEEN, limit=50, newest_first=True),
        AttemptQuery(first=10, limit=50),
    ],
)
def test_a_page_of_the_list_is_answered_by_a_key_without_sorting(kept: Store, query: AttemptQuery) -> None:
    statements: list[tuple[str, Any]] = []
    raw = sqlite3.connect(kept.folder / "registre.sqlite")
    engine = kept._database._engine

    event.listen(engine, "before_cursor_execute", lambda *args: statements.append((args[2], args[3])))
    kept.attempts(query)
    statement, parameters = statements[-1]
    plan = [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    raw.close()
    assert len(plan) == 1
    assert "USING INDEX" in plan[0] or "INTEGER PRIMARY KEY" in plan[0] or plan[0] == "SCAN attempt"
    assert "TEMP B-TREE" not in plan[0]


def test_notices_are_given_by_procedure_in_the_order_recorded(kept: Store) -> None:
    for procedure, at in (("creteil", AT), ("lyon", AT), ("creteil", AT + timedelta(days=30))):
        record = build_record(_context(at, procedure), Visit(outcome=Outcome.UNRECOGNISED))
        kept.append(kind=Kind.NOTICE, record=record, at=at)
    found = kept.notices("creteil")
    assert [(row.sequence, row.at, row.outcome, row.simulated) for row in found] == [
        (1, AT, NoticeOutcome.UNRECOGNISED, True),
        (3, AT + timedelta(days=30), NoticeOutcome.UNRECOGNISED, True),
    ]
    assert next(kept.entries(1, 1)).subject == kept.subject_of("creteil")
    assert verify_store(kept.folder).status == "passed"


# The schema, and the cost of opening


def test_all_revisions_together_give_the_tables_of_the_code(kept: Store) -> None:

    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        tables.create_all(connection)
        expected = tables.read_schema(connection)
    engine.dispose()
    with kept._database.reading() as connection:
        found = tables.read_schema(connection)
    assert list(_compare_schemas(expected, found)) == []
    assert len(expected) > 50


def test_the_code_knows_the_newest_revision() -> None:

    config = Config()
    config.set_main_option("script_location", str(database._MIGRATIONS))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    assert script.get_current_head() == tables.HEAD
    assert {revision.revision for revision in script.walk_revisions()} == set(tables.REVISIONS)


def test_an_existing_store_opens_without_alembic_or_imaging(kept: Store) -> None:
    script = (
        "import sys, json; from pathlib import Path; from datetime import *; from store.store import Store\n"
        "with Store.open(Path(sys.argv[1]), now=lambda: datetime.now(UTC)) as kept: kept.head()\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(kept.folder)], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = {name.split(".")[0] for name in json.loads(run.stdout)}
    assert "sqlalchemy" in loaded
    assert loaded.isdisjoint({"alembic", "PIL", "filelock", "playwright", "pydantic", "sqlalchemy.orm"})


def test_a_connection_has_every_safety_that_the_format_promises(kept: Store) -> None:
    with kept._database.reading() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers", "busy_timeout")
        }
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "recursive_triggers": 1,
        "busy_timeout": 30_000,
    }
