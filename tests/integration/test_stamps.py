"""Rounds in a process of their own: begun after a commit, waited for at the end, and by the daemon's own bell."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from scheduler.children import Child, start_child
from scheduler.stamper import main
from scheduler.stamping import stamp
from scheduler.stamps import Stamps, stamp_bell
from store.store import Store
from temoin.clock import SystemClock, utc_now
from temoin.errors import StoreError
from temoin.records import Kind
from temoin.settings import Settings, load_settings
from tests.authority import Answers, Authority, Pki

URL = "http://127.0.0.1:9/booking/create/1"
STATION = {"format": 1, "operator": "self", "environment": {}}
PATIENCE_SECONDS = 60.0  # never reached unless something is broken


def one_entry(settings: Settings) -> None:
    with Store.open(settings.station.data_dir, now=utc_now) as store:
        store.append(kind=Kind.STATION, record=STATION, at=utc_now())


def tokens(settings: Settings) -> list[int]:
    with Store.open(settings.station.data_dir, now=utc_now, read_only=True) as store:
        return [token.sequence for token in store.tokens()]


def test_a_round_in_its_own_process_stamps_what_was_committed(pki: Pki, loopback_config: Callable[..., Path]) -> None:
    with Authority(pki=pki) as authority:
        settings = load_settings(loopback_config(URL, more=authority.config()))
        one_entry(settings)
        stamps = Stamps(settings, simulated=True)  # a made-up clock may ask a loopback authority
        stamps.begin()
        stamps.finish()
    assert tokens(settings) == [1]


def test_the_process_says_what_failed_in_one_line(
    pki: Pki, loopback_config: Callable[..., Path], capfd: pytest.CaptureFixture[str]
) -> None:
    with Authority(pki=pki, answers=Answers.FOREIGN) as authority:
        settings = load_settings(loopback_config(URL, more=authority.config()))
        one_entry(settings)
        assert main(["--config", str(settings.path), "--lang", "en"]) == 0
    assert capfd.readouterr().err == (
        "Timestamp authority essai: no timestamp (not_pinned); it is asked again later.\n"
    )
    assert tokens(settings) == []


def test_without_an_authority_no_process_is_started(loopback_config: Callable[..., Path]) -> None:
    settings = load_settings(loopback_config(URL))
    stamps = Stamps(settings, simulated=False, spawn=never)
    stamps.begin()
    stamps.finish()


def never(_config: Path, _simulated: bool) -> Child:  # noqa: FBT001 - the type of a spawn
    raise AssertionError("nothing is to be asked")


def test_a_machine_without_room_keeps_the_commit(
    loopback_config: Callable[..., Path], capfd: pytest.CaptureFixture[str]
) -> None:
    def full(_config: Path, _simulated: bool) -> Child:  # noqa: FBT001
        raise StoreError("A visit could not be started: no room.", remedy="Close other programs.")

    table = '[[timestamp.authorities]]\nname = "a"\nurl = "http://127.0.0.1:9/"\nroots = "r.pem"\n'
    stamps = Stamps(load_settings(loopback_config(URL, more=table)), simulated=False, spawn=full)
    stamps.begin()
    stamps.begin()
    stamps.finish()
    assert capfd.readouterr().err == "A visit could not be started: no room. Close other programs.\n"


def test_what_is_committed_during_a_round_is_asked_about_in_the_next_one(
    loopback_config: Callable[..., Path],
) -> None:
    table = '[[timestamp.authorities]]\nname = "a"\nurl = "http://127.0.0.1:9/"\nroots = "r.pem"\n'
    started: list[Child] = []

    def spawn(_config: Path, _simulated: bool) -> Child:  # noqa: FBT001
        program = "pass" if started else "import time; time.sleep(1)"
        started.append(start_child((sys.executable, "-c", program)))
        return started[-1]

    stamps = Stamps(load_settings(loopback_config(URL, more=table)), simulated=False, spawn=spawn)
    for _commit in range(3):
        stamps.begin()
    assert len(started) == 1
    stamps.finish()
    assert [child.returncode for child in started] == [0, 0]


def test_two_processes_never_ask_for_the_same(pki: Pki, loopback_config: Callable[..., Path]) -> None:
    with Authority(pki=pki) as authority:
        table = authority.config().replace("min_seconds_between = 0", "min_seconds_between = 60")
        settings = load_settings(loopback_config(URL, more=table))
        one_entry(settings)
        with Store.open(settings.station.data_dir, now=utc_now) as store:

            def once() -> None:
                stamp(settings, store, now=utc_now, simulated=False)

            threads = [threading.Thread(target=once) for _one in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert len(authority.asked) == 1
            store.append(kind=Kind.STATION, record={**STATION, "operator": "association"}, at=utc_now())
            assert stamp(settings, store, now=utc_now, simulated=False).granted == ()  # once a minute
            later = lambda: utc_now() + timedelta(seconds=61)  # noqa: E731
            assert stamp(settings, store, now=later, simulated=False).granted == ("essai",)


def test_the_daemons_bell_asks_when_there_is_somebody_to_ask(pki: Pki, loopback_config: Callable[..., Path]) -> None:
    with Authority(pki=pki) as authority:
        settings = load_settings(loopback_config(URL, more=authority.config()))
        one_entry(settings)
        started: list[Child] = []

        def spawn(config: Path, simulated: bool) -> Child:  # noqa: FBT001
            assert not simulated
            started.append(start_child((sys.executable, "-P", "-m", "scheduler.stamper", "--config", str(config))))
            return started[-1]

        with Store.open(settings.station.data_dir, now=utc_now) as store:
            every = timedelta(milliseconds=20)
            bell = stamp_bell(lambda: settings, store, SystemClock(), spawn=spawn, every=every)
            bell.start()
            deadline = time.monotonic() + PATIENCE_SECONDS
            while not store.tokens():
                assert time.monotonic() < deadline
                time.sleep(0.02)
            time.sleep(0.2)
            bell.stop(at_once=False)
            assert [child.returncode for child in started] == [0] * len(started)
            assert len(authority.asked) == 1


def test_the_daemon_imports_nothing_that_checks_timestamps() -> None:
    program = (
        "import sys, scheduler.daemon; "
        "print([n for n in ('rfc3161_client', 'asn1crypto', 'cryptography', 'urllib.request') if n in sys.modules])"
    )
    done = subprocess.run((sys.executable, "-P", "-c", program), capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "[]"
