"""Notifications for real: a child process sends them to a service on loopback, and the store remembers."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from filelock import FileLock

from scheduler.alert_words import Message, build_test
from scheduler.channels import Channel, channels_of
from scheduler.notify import Round, Sent, describe, tell_all, try_channels
from scheduler.planning import record_without_visit
from scheduler.post import post
from store.store import Store
from temoin.records import Outcome, Visit
from temoin.settings import Settings, load_settings
from tests.notify_hook import Hook, listening_hook

START = datetime(2026, 11, 26, 9, tzinfo=UTC)  # a Thursday: no week's summary
NOBODY = "json://me:sesame@127.0.0.1:9/hook"  # nothing listens there
URL = "http://127.0.0.1:9/booking"
SLOT_TITLE = "SIMULATION: An appointment may be free"
BOUND_SECONDS = 3.0

LoopbackConfig = Callable[..., Path]


@pytest.fixture
def hook() -> Iterator[Hook]:
    with listening_hook() as listening:
        yield listening


class Station:
    """A store with one case and a slot that was seen, its configuration and its clock."""

    def __init__(self, config: LoopbackConfig) -> None:
        self.config = config
        self.now = START
        self.configure()
        with self.store() as store:
            store.add_case("A1", "renewal", START - timedelta(days=1))
            store.follow("A1", "test", START - timedelta(days=1))

    def configure(self, *urls: str) -> None:
        listed = ", ".join(f'"{url}"' for url in urls)
        self.path = self.config(URL, more=f"[notify]\ndesktop = false\nurls = [{listed}]\n")
        self.settings: Settings = load_settings(self.path)

    def store(self) -> Store:
        return Store.open(self.settings.station.data_dir, now=lambda: self.now)

    def see(self, outcome: Outcome = Outcome.SLOT_SEEN) -> None:
        with self.store() as store:
            record_without_visit(
                self.settings,
                store,
                self.settings.procedure("test"),
                due=None,
                now=self.now,
                simulated=True,
                visit=Visit(outcome=outcome),
            )

    def tell(self, *, seconds: float = 30.0) -> tuple[Sent, ...]:
        """One round, as the daemon's child makes it, bounded to ``seconds`` for each channel."""
        with self.store() as store:
            send = partial(post, seconds=seconds)
            work = Round(settings=self.settings, store=store, now=lambda: self.now, post=send)
            return tell_all(work, watched=True)


@pytest.fixture
def station(loopback_config: LoopbackConfig) -> Station:
    return Station(loopback_config)


def outcome_of(sent: Sequence[Sent]) -> list[tuple[str, str | None]]:
    return [(one.channel.name, one.failure) for one in sent]


def test_a_slot_reaches_the_person_once_and_again_after_a_quarter_of_an_hour(station: Station, hook: Hook) -> None:
    station.configure(hook.url)
    station.see()
    assert outcome_of(station.tell()) == [("urls[1] (json)", None)]
    assert station.tell() == ()
    station.now += timedelta(minutes=15)
    station.tell()
    assert hook.titles == [SLOT_TITLE, "SIMULATION: Reminder: an appointment may be free"]
    assert hook.got[0]["message"].splitlines()[1] == URL


def test_a_channel_that_refuses_or_is_not_there_keeps_nothing_from_another(station: Station, hook: Hook) -> None:
    with listening_hook() as broken:
        broken.status = 500
        station.configure(NOBODY, broken.url, hook.url)
        station.see()
        found = outcome_of(station.tell())
    assert found == [("urls[1] (json)", "refused"), ("urls[2] (json)", "refused"), ("urls[3] (json)", None)]
    assert hook.titles == [SLOT_TITLE]


def test_a_channel_that_hangs_is_ended_and_keeps_nothing_from_another(station: Station, hook: Hook) -> None:
    with listening_hook() as slow:
        slow.hangs = True
        station.configure(slow.url, hook.url)
        station.see()
        found = outcome_of(station.tell(seconds=BOUND_SECONDS))
    assert found == [("urls[1] (json)", "timeout"), ("urls[2] (json)", None)]
    assert hook.titles == [SLOT_TITLE]


def test_what_could_not_be_told_is_told_when_the_channel_works_again(station: Station, hook: Hook) -> None:
    hook.status = 500
    station.configure(hook.url)
    station.see()
    (sent,) = station.tell()
    assert describe(sent, "Europe/Paris") == (
        f"urls[1] (json): not told: {SLOT_TITLE} (the service did not take the message). "
        "Tried again from 2026-11-26 at 10:01 on."
    )
    hook.status = 200
    assert station.tell() == ()
    station.now += timedelta(minutes=5)
    assert outcome_of(station.tell()) == [("urls[1] (json)", None)]


def test_a_channel_that_somebody_else_works_is_left_to_them(
    station: Station, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.configure(hook.url)
    station.see()
    monkeypatch.setattr("scheduler.notify.LOCK_SECONDS", 0)
    with station.store() as store:
        (channel,) = channels_of(station.settings.notify, store.schedule_secret())
    with FileLock(station.settings.station.data_dir / f"notify-{channel.id}.lock"):
        assert station.tell() == ()
    assert len(station.tell()) == 1


def test_an_answer_in_the_journal_ends_it(station: Station, hook: Hook) -> None:
    station.configure(hook.url)
    station.see()
    station.tell()
    with station.store() as store:
        store.change_case("A1", obtained=station.now)
    station.now += timedelta(days=2)
    assert station.tell() == ()


def test_failures_are_told_until_an_attempt_goes_well(station: Station, hook: Hook) -> None:
    station.configure(hook.url)
    for _time in range(3):
        station.see(Outcome.OVERLOADED)
    station.tell()
    station.now += timedelta(days=1)
    station.tell()
    station.see(Outcome.NO_SLOT)
    station.now += timedelta(days=5)
    station.tell()
    assert hook.titles == ["SIMULATION: Attempts fail", "SIMULATION: Attempts fail", "The past week"]


def test_no_channel_is_no_round(station: Station) -> None:
    station.see()
    assert station.tell() == ()


# The process that decides, sends and notes: killed, and what it says


def notifier(station: Station) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-P", "-m", "commands.notifier", "--config", str(station.path), "--lang", "en"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)


def test_a_round_killed_between_sending_and_noting_tells_again_and_no_more(station: Station, hook: Hook) -> None:
    station.now = datetime.now(UTC)
    station.configure(hook.url)
    station.see()
    killed = notifier(station)
    hook.first = killed.kill  # the message is here, and nobody is left to note it
    killed.communicate()
    hook.first = lambda: None
    for _time in range(2):
        again = notifier(station)
        _out, told = again.communicate()
        assert again.returncode == 0, told
    assert hook.titles == [SLOT_TITLE] * 2


def test_no_secret_of_an_address_is_said_noted_or_seen_by_other_programs(station: Station, hook: Hook) -> None:
    import psutil  # type: ignore[import-untyped] # noqa: PLC0415 - ships no types

    station.now = datetime.now(UTC)
    station.configure(hook.url, NOBODY, "pover://sesame@")
    station.see()
    seen: list[list[str]] = []
    child = notifier(station)
    hook.first = lambda: seen.extend(one.cmdline() for one in psutil.Process(child.pid).children(recursive=True))
    out, told = child.communicate()
    assert b"urls[2] (json): not told" in told
    assert b"urls[3] (pover): not told: SIMULATION: An appointment may be free (Apprise does not" in told
    assert seen
    folder = station.settings.station.data_dir
    kept = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
    assert b"sesame" not in out + told + kept + repr(seen).encode()


# The test message, and the program of the desktop


def test_trying_the_channels_says_of_each_whether_it_works(station: Station, hook: Hook) -> None:
    station.configure(hook.url, NOBODY)
    found = try_channels(station.settings, now=lambda: START)
    assert outcome_of(found) == [("urls[1] (json)", None), ("urls[2] (json)", "refused")]
    assert hook.titles == ["Témoin: test"]
    with station.store() as store:
        last = [store.last_told(one.channel.id, 5) for one in found]
    assert [[(row.key, row.failure) for row in rows] for rows in last] == [[("test", None)], [("test", "refused")]]


@pytest.mark.skipif(sys.platform != "linux", reason="stands in for the program of Linux desktops")
@pytest.mark.parametrize(("code", "failure"), [(0, None), (1, "refused")])
def test_the_desktop_is_told_by_arguments_and_no_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, failure: str | None
) -> None:
    program = tmp_path / "notify-send"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/told\nexit {code}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    message = Message(keys=(), title="-t $(id)", body="a & b\n<c>", urgent=True)
    assert post(Channel(id="desktop", name="desktop"), [message]) == (failure,)
    expected = ["--app-name=Témoin", "--urgency=critical", "--", "-t $(id)", "a &amp; b", "&lt;c&gt;"]
    assert (tmp_path / "told").read_text().splitlines() == expected


def test_a_desktop_without_its_program_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert post(Channel(id="desktop", name="desktop"), [build_test()]) == ("no_program",)


def test_a_sender_that_ends_badly_is_told_from_one_that_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduler.post.SENDER", (sys.executable, "-c", "raise SystemExit(1)"))
    assert post(Channel(id="desktop", name="desktop"), [build_test()] * 2) == ("crashed", "crashed")


def test_a_message_that_went_through_before_the_end_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    program = 'print(\'{"place": 0, "failure": null}\\n{"pla\', end=""); raise SystemExit(1)'
    monkeypatch.setattr("scheduler.post.SENDER", (sys.executable, "-c", program))
    assert post(Channel(id="desktop", name="desktop"), [build_test()] * 2) == (None, "crashed")
