"""Sleep, moved clocks and what was missed because of them; the daemon's diary and its log."""

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from exhibits.absences import missed_words
from scheduler import logs
from scheduler.lookout import Lookout
from scheduler.missed import Absence, MissedReason, find_gaps
from scheduler.presence import PRESENCE_NAME, Presence
from scheduler.watch import NOTHING, Reading, compare_readings
from store.values import PlanRow
from temoin.records import Outcome
from tests.exhibit_case import START, Try, build_facts

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SECOND = timedelta(seconds=1)


def reading(wall: timedelta, up: timedelta) -> Reading:
    return Reading(wall=NOON + wall, up=up)


@pytest.mark.parametrize(
    ("wall", "up", "reason", "moved"),
    [
        (30 * SECOND, 30 * SECOND, None, 0),
        (100 * SECOND, 100 * SECOND, None, 0),  # a busy machine
        (3 * HOUR, 3 * HOUR, MissedReason.ASLEEP, 0),
        (2 * HOUR, 30 * SECOND, MissedReason.CLOCK_MOVED, 7170),
        (-2 * HOUR, 30 * SECOND, None, -7230),
        (5 * HOUR, 3 * HOUR, MissedReason.ASLEEP, 7200),  # slept, and woke with another clock
        (-HOUR, 3 * HOUR, None, -14400),
        (80 * SECOND, 30 * SECOND, None, 0),  # a time server's correction
    ],
)
def test_two_clocks_tell_a_sleep_from_a_clock_that_was_moved(
    wall: timedelta, up: timedelta, reason: MissedReason | None, moved: int
) -> None:
    noticed = compare_readings(reading(0 * SECOND, 0 * SECOND), reading(wall, up), waited=30 * SECOND)
    assert (noticed.absence and noticed.absence.reason, noticed.moved) == (reason, timedelta(seconds=moved))
    assert noticed.absence is None or (noticed.absence.since, noticed.absence.until) == (NOON, NOON + wall)


class Clocks:
    def __init__(self) -> None:
        self.wall, self.up = NOON, timedelta(days=3)

    def now(self) -> datetime:
        return self.wall

    def uptime(self) -> timedelta:
        return self.up


def test_until_the_lookout_has_heeded_a_sleep_nothing_is_visited(tmp_path: Path) -> None:
    clocks = Clocks()
    presence = Presence(tmp_path, now=NOON)
    lookout = Lookout(presence=presence, now=clocks.now, waited=30 * SECOND, uptime=clocks.uptime)
    assert lookout.may_visit(clocks.wall)
    clocks.wall, clocks.up = clocks.wall + HOUR, clocks.up + HOUR
    assert not lookout.may_visit(clocks.wall)
    assert lookout.look(rest=HOUR).absence is not None
    assert lookout.may_visit(clocks.wall)
    clocks.wall -= 2 * HOUR
    assert not lookout.may_visit(clocks.wall)
    assert lookout.look(rest=HOUR).moved == -2 * HOUR
    assert not lookout.may_visit(clocks.wall)
    for _number in range(130):
        clocks.wall, clocks.up = clocks.wall + 30 * SECOND, clocks.up + 30 * SECOND
        assert lookout.look(rest=HOUR) == NOTHING
    assert lookout.may_visit(clocks.wall)


def test_the_next_daemon_knows_since_when_nobody_was_there(tmp_path: Path) -> None:
    first = Presence(tmp_path, now=NOON)
    assert (first.last, first.absences) == (None, ())
    first.note(Absence(since=NOON, until=NOON + MINUTE, reason=MissedReason.ASLEEP))
    first.mark(NOON + HOUR)
    second = Presence(tmp_path, now=NOON + 3 * HOUR)
    assert second.absences == (
        Absence(since=NOON, until=NOON + MINUTE, reason=MissedReason.ASLEEP),
        Absence(since=NOON + HOUR, until=NOON + 3 * HOUR, reason=MissedReason.STATION_OFF),
    )
    second.mark(NOON + timedelta(days=9))
    assert Presence(tmp_path, now=NOON + timedelta(days=9)).absences == ()  # in the register long since
    (tmp_path / PRESENCE_NAME).write_text("{}")
    assert Presence(tmp_path, now=NOON).last is None


def plan(sequence: int, drawn: timedelta, *times: timedelta, replaces: int | None = None) -> PlanRow:
    at = tuple(NOON + one for one in times)
    return PlanRow(
        sequence=sequence, procedure="p", day=NOON.date(), times=at, replaces=replaces, drawn_at=NOON + drawn
    )


def gaps(*plans: PlanRow, now: timedelta, **more: Any) -> list[tuple[timedelta, str]]:
    usual: dict[str, Any] = {"attempted": (), "absences": (), "busy": (), "running_since": NOON, "grace": 45 * MINUTE}
    found = find_gaps(plans, now=NOON + now, **{**usual, **more})
    return [(gap.at - NOON, gap.reason.value) for gap in found]


def test_each_missed_time_has_the_reason_that_holds() -> None:
    absence = Absence(since=NOON + 3 * HOUR, until=NOON + 5 * HOUR, reason=MissedReason.ASLEEP)
    one = plan(1, -HOUR, -MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 6 * HOUR)
    assert gaps(one, now=5 * HOUR, absences=[absence], attempted=[NOON + HOUR]) == [
        (-MINUTE, "station_off"),
        (2 * HOUR, "not_started"),
        (4 * HOUR, "asleep"),  # at once: nothing could still serve it
    ]
    assert gaps(one, now=5 * HOUR, absences=[absence], busy={("p", NOON + 4 * HOUR)}) == [
        (-MINUTE, "station_off"),
        (HOUR, "not_started"),
        (2 * HOUR, "not_started"),
    ]


def test_a_time_that_was_replaced_before_it_came_was_redrawn_and_one_replaced_after_was_missed_itself() -> None:
    first, second = plan(1, -HOUR, HOUR, 4 * HOUR), plan(2, 2 * HOUR, 5 * HOUR, replaces=1)
    assert gaps(first, second, now=4 * HOUR + 45 * MINUTE) == [(HOUR, "not_started"), (4 * HOUR, "redrawn")]


def test_the_register_says_from_when_until_when_in_the_procedure_s_own_time() -> None:
    away = {"from": "2026-09-14T06:00:00.000Z", "until": "2026-09-15T05:30:00.000Z"}
    one = build_facts(7, Try(at=START, outcome=Outcome.MISSED, reason="station_off"))
    one.record["away"] = away
    away_words = "poste éteint du 14 septembre 2026 à 08\u202fh\u202f00 au 15 septembre 2026 à 07\u202fh\u202f30"
    assert missed_words(one) == f"prévue le 14 septembre 2026 à 07\u202fh\u202f12\u202f; {away_words}"
    assert missed_words(replace(one, due=None)) == away_words
    known = {"asleep": "poste en veille", "invitation_not_followed": "invitation non suivie", "else": "else"}
    for reason, words in known.items():
        other = build_facts(7, Try(at=START, outcome=Outcome.MISSED, reason=reason))
        assert missed_words(replace(other, due=None)) == words


def test_what_the_daemon_says_is_kept_as_lines_of_json_that_are_rotated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "SIZE", 2_000)
    with logs.logging_to(tmp_path):
        for number in range(100):
            logging.getLogger("scheduler.daemon").info("%s", f"n° {number}", extra={"action": "plan_drawn"})
    kept = sorted(tmp_path.glob("daemon.log*"))
    assert len(kept) == 1 + logs.KEPT
    assert all(path.stat().st_size <= 2_000 for path in kept)
    last = json.loads((tmp_path / "daemon.log").read_text(encoding="utf-8").splitlines()[-1])
    assert (last["action"], last["level"], last["message"]) == ("plan_drawn", "INFO", "n° 99")
    assert [path.stat().st_mode & 0o077 for path in kept] == [0] * len(kept)


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "daemon.log").mkdir()
    with logs.logging_to(tmp_path):
        logging.getLogger("scheduler.daemon").info("heard all the same")
