"""The clock: asked of servers that are right, wrong, silent; kept for ten minutes; said where it matters."""

import json
from contextlib import ExitStack
from pathlib import Path

import pytest

from capture.look import date_offset_ms
from scheduler import ntp
from scheduler.doctor import _clock
from scheduler.ntp import ask, last_reading, read_offset
from temoin.settings import ClockServers, Settings
from tests.time_server import time_server

TOLERANCE_MS = 1_000  # the machine may be busy between two lines; offsets told apart are far larger


def _near(found: ntp.Reading | None, seconds: float) -> bool:
    return found is not None and abs(found.offset_ms - seconds * 1000) < TOLERANCE_MS


@pytest.mark.parametrize("ahead", [0.0, 90.0, -3600.0])
def test_one_server_tells_how_far_this_clock_is(ahead: float) -> None:
    with time_server(ahead=ahead) as server:
        found = ask([server.address], patience=10)
    assert _near(found, ahead)
    assert found is not None
    assert found.server == server.address


@pytest.mark.parametrize(
    ("aheads", "expected"), [((0.0, 50.0, 100.0), 50.0), ((0.0, -7200.0, 0.0), 0.0), ((0.0, 50.0), 50.0)]
)
def test_the_middle_answer_counts_and_of_two_the_more_doubtful(aheads: tuple[float, ...], expected: float) -> None:
    with ExitStack() as stack:
        servers = [stack.enter_context(time_server(ahead=ahead)).address for ahead in aheads]
        assert _near(ask(servers, patience=10), expected)


def test_silent_refusing_and_unsynchronised_servers_do_not_count() -> None:
    with (
        time_server(silent=True) as silent,
        time_server(stratum=0) as refusing,
        time_server(leap=3) as lost,
        time_server(ahead=40.0) as right,
    ):
        bad = [silent.address, refusing.address, lost.address, "127.0.0.1:1", "no-such-host.invalid"]
        assert ask(bad, patience=0.5) is None
        assert _near(ask([*bad, right.address], patience=3), 40.0)
        assert silent.asked == 2


def test_what_was_found_is_kept_until_it_is_old_or_the_clock_was_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ntp, "PATIENCE_SECONDS", 10.0)
    with time_server(ahead=5.0) as server:
        servers = [server.address]
        assert read_offset([], tmp_path) is None
        assert last_reading(tmp_path) is None
        first = read_offset(servers, tmp_path)
        assert _near(first, 5.0)
        assert read_offset(servers, tmp_path) == first == last_reading(tmp_path)
        assert server.asked == 1
        path = tmp_path / "clock.json"
        for change in ({"steady": -700.0, "wall": -700.0}, {"wall": -3.0}, {"steady": 5.0, "wall": 5.0}):
            kept = json.loads(path.read_text())
            moved = {name: kept[name] + change.get(name, 0.0) for name in ("steady", "wall")}
            path.write_text(json.dumps({**kept, **moved}))
            assert last_reading(tmp_path) is None
            before = server.asked
            assert _near(read_offset(servers, tmp_path), 5.0)
            assert server.asked == before + 1
        path.write_text("not json")
        assert _near(read_offset(servers, tmp_path), 5.0)
        with time_server(ahead=0.0) as other:  # the configuration names another now
            assert _near(read_offset([other.address], tmp_path), 0.0)
    assert [path.name for path in tmp_path.iterdir()] == ["clock.json"]


@pytest.mark.parametrize(
    ("ahead", "status", "words"),
    [(0.2, "passed", "s off 127.0.0.1"), (10.0, "not_checked", "each exhibit will say so"), (90.0, "failed", "s off")],
)
def test_check_says_how_far_the_clock_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ahead: float, status: str, words: str
) -> None:
    monkeypatch.setattr(ntp, "PATIENCE_SECONDS", 10.0)
    with time_server(ahead=ahead) as server:
        found = _clock(Settings(path=tmp_path / "config.toml", clock=ClockServers(servers=(server.address,))))
    assert found.status == status
    assert words in found.detail


def test_check_says_when_no_server_answers(tmp_path: Path) -> None:
    found = _clock(Settings(path=tmp_path / "config.toml", clock=ClockServers(servers=("127.0.0.1:1",))))
    assert (found.status, "No time server answered" in found.detail) == ("not_checked", True)
    none = _clock(Settings(path=tmp_path / "config.toml"))
    assert (none.status, "is not compared" in none.detail) == ("not_checked", True)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Mon, 23 Nov 2026 07:12:33 GMT", 500),  # the middle of the second that it names
        ("Mon, 23 Nov 2026 07:12:43 GMT", 10_500),
        ("Mon, 23 Nov 2026 07:12:30 GMT", -2_500),
        ("Monday, 23-Nov-26 07:12:33 GMT", 500),  # RFC 9110 has recipients read the old form
        ("Mon, 23 Nov 2026 07:12:33 -0000", None),  # of an unknown place
        ("hier", None),
        ("", None),
        (None, None),
    ],
)
def test_the_sites_own_hour_is_held_against_the_clock(header: str | None, expected: int | None) -> None:
    assert date_offset_ms(header, 1_795_417_953_000.0) == expected
