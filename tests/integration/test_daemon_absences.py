"""The daemon as a real process that is suspended, whose clock is moved, and that visits several hosts at once."""

import json
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from store.values import AttemptQuery, PlanRow
from temoin.clock import utc_text
from tests.integration.test_daemon import PATIENCE_SECONDS, PROCEDURE, Station, eventually

NEVER = 3600.0  # seconds between two comparisons: what happens sooner happens for another reason


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    one = Station(tmp_path)
    try:
        yield one
    finally:
        one.end()


def plans_of_today(station: Station) -> list[PlanRow]:
    today = datetime.now(UTC).astimezone(ZoneInfo("Europe/Paris")).date()
    with station.store() as store:
        return list(store.plans("creteil", today, today))


def test_what_a_suspended_daemon_slept_through_is_missed_at_once_and_drawn_again(station: Station) -> None:
    (due,) = station.plan(8)
    daemon = station.start(allowed=1, compare=NEVER)
    daemon.send_signal(signal.SIGSTOP)
    eventually(lambda: datetime.now(UTC) > due + timedelta(seconds=2), "the time goes by")
    daemon.send_signal(signal.SIGCONT)
    eventually(lambda: station.said("visits_missed"), "the sleep is noticed and heeded")
    assert station.said("machine_slept") == 1
    assert station.outcomes() == [(due, "missed", "asleep")]
    assert station.started() == []
    with station.store() as store:
        (row,) = store.attempts(AttemptQuery())
        away = store.record(row.sequence)["away"]
    assert away["from"] <= utc_text(due) < away["until"]
    plans = plans_of_today(station)
    assert station.said("plan_redrawn") == len(plans) - 1  # none, where the day is nearly over
    assert all(plan.replaces == plans[0].sequence and min(plan.times) > due for plan in plans[1:])
    said = [
        json.loads(line)["action"] for line in (station.folder / "evidence" / "daemon.log").read_text().splitlines()
    ]
    assert {"daemon_started", "machine_slept", "visits_missed"} <= set(said)


@pytest.mark.parametrize("seconds", [-40, 40])
@pytest.mark.soak  # the suite must end within a quarter of an hour
def test_after_its_clock_was_moved_the_daemon_visits_nothing_for_its_spacing(station: Station, seconds: int) -> None:
    text = station.config.read_text()
    station.config.write_text(text.replace("min_minutes_between_attempts = 0", "min_minutes_between_attempts = 60"))
    (due,) = station.plan(seconds + 20)
    daemon = station.start(allowed=5, compare=NEVER)
    (station.folder / "moved").write_text(str(seconds))
    eventually(lambda: station.said("clock_moved"), "it is noticed")
    eventually(lambda: datetime.now(UTC) + timedelta(seconds=seconds - 3) > due, "the time goes by, by that clock")
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(PATIENCE_SECONDS) == 0
    assert station.started() == []
    assert all(min(plan.times, default=due) >= due for plan in plans_of_today(station)[1:])


def test_hosts_are_visited_at_once_and_each_of_them_once_at_a_time(station: Station) -> None:
    names = ("creteil", "bobigny", "nanterre")
    hosts = {"creteil": "127.0.0.1:9", "bobigny": "127.0.0.2:9", "nanterre": "127.0.0.1:9"}
    text = station.config.read_text().split("[[procedures]]")[0]
    several = "".join(PROCEDURE.format(name=name, url=f"http://{hosts[name]}/booking") for name in names)
    station.config.write_text(text + several)
    station.behave("lease 6")
    for name in names:
        station.plan(8, name=name)
    station.start(wait=60)
    eventually(lambda: len(station.attempts()) == len(names), "all three are recorded")
    assert {row.outcome.value for row in station.attempts()} == {"no_slot"}
    visits = (station.folder / "visits").read_text().splitlines()
    assert [line for line in visits if line.startswith("127.0.0.1")] == ["127.0.0.1:9 begins", "127.0.0.1:9 ends"] * 2
    assert sorted(visits[:2]) == ["127.0.0.1:9 begins", "127.0.0.2:9 begins"]
