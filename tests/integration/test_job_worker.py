"""The use case as other processes make it: the daemon's worker for a planned time, and two commands at once."""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from demo.scenario import Page, Procedure
from demo.server import ReplicaServer
from scheduler.children import ChildTask
from scheduler.planning import draw_missing_plans
from scheduler.politeness import host_of
from store.store import Store
from store.values import HostHistory
from temoin.clock import utc_text
from temoin.errors import RefusedError
from temoin.records import Mode
from temoin.settings import load_settings
from tests.acceptance.command import ID, Done, Person, finish

WORKER = (sys.executable, "-P", "-m", "scheduler.worker")  # as scheduler.children starts it


@pytest.fixture
def person(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    person = Person(folder=tmp_path, temporary=tmp_path_factory.mktemp("t"))
    yield person
    assert person.left_running() == []


def plan(person: Person) -> datetime:
    """A day drawn and committed the evening before; its first time."""
    evening = datetime.now(UTC).replace(hour=21) - timedelta(days=1)
    settings = load_settings(person.config)
    with Store.open(person.evidence, now=lambda: evening) as store:
        draw_missing_plans(settings, store, now=evening)
        return next(due for row in store.plans("essai", date.min, date.max) for due in row.times)


def work(person: Person, due: datetime, *, patience: timedelta = timedelta(0)) -> Done:
    task = ChildTask(config=person.config, procedure="essai", due=due, patient_until=datetime.now(UTC) + patience)
    return finish(person.start(*task.arguments, command=WORKER))


def records(person: Person) -> list[Any]:
    shown = (person.run("show", str(row["sequence"]), "--json") for row in person.attempts())
    return [done.json["record"] for done in shown]


def replica(*, robots: str = "", pages: tuple[Page, ...] = (Page.NO_SLOT,), late_seconds: float = 0.5) -> ReplicaServer:
    return ReplicaServer(
        [Procedure(platform="ezbooking", id=ID, pages=pages, late_seconds=late_seconds)], robots=robots
    )


def test_the_record_of_a_planned_attempt_says_for_when_it_was_planned(person: Person) -> None:
    with replica() as server:
        person.follow(server, per_day=2)
        due = plan(person)
        done = work(person, due)
    assert done.code == 0, done.err
    (record,) = records(person)
    assert (record["due"], record["outcome"], record["reason"]) == (utc_text(due), "no_slot", None)
    person.verify()


@pytest.mark.parametrize(
    ("settings", "robots", "reason"),
    [
        ({"terms": ""}, "", "terms_unread"),
        ({}, "User-agent: *\nDisallow: /booking\n", "robots_rules"),
        ({"terms": 'terms_read = 2026-11-20\nmode = "photo"'}, "", "photo_mode"),
    ],
    ids=["terms", "robots", "photo"],
)
def test_a_planned_attempt_that_may_not_be_made_is_recorded_with_its_reason(
    person: Person, settings: dict[str, Any], robots: str, reason: str
) -> None:
    with replica(robots=robots) as server:
        person.follow(server, per_day=2)
        due = plan(person)
        person.follow(server, **settings)
        done = work(person, due)
        assert {request.path for request in server.requests} <= {"/robots.txt"}
    assert done.code == 0, done.err
    (record,) = records(person)
    assert (record["due"], record["outcome"], record["reason"]) == (utc_text(due), "refused", reason)
    assert record["parts"] == []
    person.verify()


def test_a_worker_without_a_browser_says_so_and_records_nothing(person: Person) -> None:
    with replica() as server:
        person.follow(server, executable="/nowhere/chromium")
        done = work(person, datetime.now(UTC))
    assert done.code == 5
    assert "/nowhere/chromium" in done.err
    assert "Traceback" not in done.err
    assert person.attempts() == []


def test_a_host_where_nobody_answers_is_an_attempt_and_is_left_alone_for_a_while(person: Person) -> None:
    person.configure("http://127.0.0.1:9/booking/create/4963", per_day=2)
    assert work(person, plan(person)).code == 0
    assert person.run("capture").code == RefusedError.exit_code  # robots.txt is not asked again within the hour
    (record,) = records(person)
    assert (record["outcome"], record["reason"], record["navigation"]) == ("unreachable", "connection", [])
    person.verify()


def test_of_two_commands_at_once_only_one_visits(person: Person) -> None:
    with replica(pages=(Page.NO_SLOT_LATE,), late_seconds=3) as server:
        person.follow(server)
        both = [person.start("capture") for _each in range(2)]
        done = [finish(process) for process in both]
        visits = [request for request in server.requests if request.path.endswith(f"/booking/create/{ID}")]
    assert sorted(each.code for each in done) == [0, 20], done
    refused = next(each for each in done if each.code)
    assert refused.err.splitlines()[0] == "Another visit to this host is going on."
    assert len(visits) == 1
    assert [record["outcome"] for record in records(person)] == ["no_slot"]
    assert_chain(person)


def test_a_planned_visit_that_another_process_forestalled_is_left_to_the_daemon_while_it_may_wait(
    person: Person,
) -> None:
    """The daemon saw a free host, and a capture by hand took it before the child could: nothing is refused for that."""
    with replica() as server:
        person.follow(server, per_day=2)
        due = plan(person)
        host = host_of(load_settings(person.config).procedures[0].url)
        with Store.open(person.evidence, now=lambda: datetime.now(UTC)) as store:
            store.take_visit(host=host, procedure="x", mode=Mode.UNATTENDED, now=datetime.now(UTC), judge=_yes)
            patient = work(person, due, patience=timedelta(minutes=10))
            assert (patient.code, person.attempts()) == (RefusedError.exit_code, [])
            assert work(person, due).code == 0
        assert len(server.requests) == 0
    (record,) = records(person)
    assert (record["due"], record["outcome"], record["reason"]) == (utc_text(due), "refused", "host_busy")


class _Yes:
    allowed = True


def _yes(_history: HostHistory) -> _Yes:
    return _Yes()


def assert_chain(person: Person) -> None:
    report = person.verify()
    assert next(check for check in report["checks"] if check["name"] == "3 chain")["status"] == "passed"


def test_two_first_commands_on_a_new_folder_make_one_store(person: Person) -> None:
    """Both create the store, the station's entry and the case, and only one of each may stand."""
    with replica(robots="User-agent: *\nDisallow: /\n") as server:
        person.follow(server)
        both = [person.start("capture") for _each in range(2)]
        assert [finish(process).code for process in both] == [20, 20]
    kinds: list[str] = []
    while (done := person.run("show", str(len(kinds) + 1), "--json")).code == 0:
        kinds.append(json.loads(done.out)["entry"]["kind"])
    assert kinds == ["station", "follow"]
    assert_chain(person)
