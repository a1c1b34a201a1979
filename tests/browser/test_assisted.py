"""Assisted visits: the installed command, a real window on a desktop of the test's own, and a person beside it."""

import json
import os
import pty
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from capture.display import PrivateDisplay, can_have_private_display
from demo.scenario import Page, Procedure
from demo.server import LoggedRequest, ReplicaServer
from store.store import Store
from temoin.clock import utc_text
from temoin.records import Kind
from temoin.settings import load_settings
from temoin.warc import ReadRecord, read_warc

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not can_have_private_display(), reason="needs Xvfb as the person's desktop"),
]
PERSON = Path(__file__).with_name("person.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A desktop with Témoin's command on it, and a person who can reach its browser window."""

    config: Path
    environment: dict[str, str]
    port: int
    started: list[subprocess.Popen[str]]

    def temoin(self, *arguments: str, stdin: int | None = None) -> subprocess.Popen[str]:
        command = [str(Path(sys.executable).with_name("temoin")), "--lang", "en", "--config", str(self.config)]
        return self._start([*command, *arguments], stdin)

    def _start(self, command: list[str], stdin: int | None = None) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            command, env=self.environment, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.started.append(process)
        return process

    def person(self, code: str, *moves: str) -> subprocess.Popen[str]:
        address = f"http://127.0.0.1:{self.port}"
        return self._start([sys.executable, str(PERSON), address, code, *moves])

    def read(self, *arguments: str) -> Any:
        done = self.temoin(*arguments, "--json")
        out, _err = done.communicate(timeout=60)
        return json.loads(out)


@pytest.fixture
def desk(tmp_path: Path, chromium_executable: Path) -> Iterator[Callable[[ReplicaServer], Desk]]:
    with socket.socket() as probe, PrivateDisplay(width=1400, height=1050) as display:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        wrapper = tmp_path / "browser.sh"
        wrapper.write_text(f'#!/bin/sh\nexec "{chromium_executable}" --remote-debugging-port={port} "$@"\n')
        wrapper.chmod(0o700)

        def make(server: ReplicaServer) -> Desk:
            config = tmp_path / "config.toml"
            config.write_text(CONFIG.format(url=server.address("4963"), browser=wrapper), encoding="utf-8")
            return Desk(config=config, environment={**os.environ, **display.env}, port=port, started=started)

        probe.close()
        started: list[subprocess.Popen[str]] = []
        yield make
        for process in started:  # only after a failed test is anything still running
            process.kill()
            process.communicate()


CONFIG = """
[browser]
executable = "{browser}"
[politeness]
min_minutes_between_attempts = 0
min_minutes_per_host = 0
[[procedures]]
id = "essai"
prefecture = "Préfecture de l'Exemple"
label = "Démarche d'essai"
url = "{url}"
platform = "rdv-prefecture"
terms_read = 2026-11-01
"""


def _replica(page: Page) -> ReplicaServer:
    return ReplicaServer([Procedure(platform="rdv-prefecture", id="4963", pages=(page,))])


def _finish(process: subprocess.Popen[str]) -> tuple[str, str]:
    out, err = process.communicate(timeout=90)
    assert process.returncode == 0, (out, err)
    return out, err


def test_unattended_stops_at_the_captcha_and_asks_for_nothing_more(desk: Callable[[ReplicaServer], Desk]) -> None:
    with _replica(Page.RP_NO_SLOT) as server:
        here = desk(server)
        out, _err = _finish(here.temoin("capture"))
        assert "A captcha stands before the answer" in out
        assert here.read("list")[0]["outcome"] == "captcha_required"
        # Styles and the icon are part of the captcha's own page, and may still be under way when it is recognised.
        asked = [request for request in server.requests if "/demarche/" in request.path]
        assert asked[-1].path.endswith("/cgu/")
        assert not [r for r in server.requests if r.method != "GET" or "captcha-endpoint" in r.path]


def test_assisted_no_slot_is_photographed_while_only_the_person_touches_the_page(
    desk: Callable[[ReplicaServer], Desk],
) -> None:
    with _replica(Page.RP_NO_SLOT) as server:
        here = desk(server)
        command = here.temoin("capture", "--assist")
        _finish(here.person(server.captcha_code, "accept", "solve"))
        _finish(command)
        attempt = here.read("list")[0]
        assert (attempt["outcome"], attempt["mode"]) == ("no_slot", "assisted")
        assert attempt["matched_text"] == "Aucun créneau disponible"
        assert {"window", "exhibit"} <= {artefact["role"] for artefact in attempt["artefacts"]}
        assert _answers(server.requests) == [server.captcha_code]
        exchange = _exchange(attempt)
        assert [record.uri.rpartition("/demarche/")[2] for record in _pages(exchange)] == ["4963/creneau/"]
        kept = b"\n".join(record.block for record in exchange)
        assert "Aucun créneau disponible".encode() in kept
        for of_the_way in (server.captcha_code.encode(), b"captcha-endpoint", b"captchaUsercode="):
            assert of_the_way not in kept
        assert not any("/cgu/" in record.uri for record in exchange)


def _exchange(attempt: Any) -> list[ReadRecord]:
    """The records of the attempt's only WARC."""
    (path,) = [artefact["path"] for artefact in attempt["artefacts"] if artefact["role"] == "exchange"]
    return list(read_warc(Path(path).read_bytes()))


def _pages(exchange: list[ReadRecord]) -> list[ReadRecord]:
    return [record for record in exchange if record.kind == "response" and "html" in record.http("content-type")]


@pytest.mark.soak  # the suite must end within a quarter of an hour
def test_the_prefectures_page_is_looked_at_before_the_persons_window_opens(
    desk: Callable[[ReplicaServer], Desk],
) -> None:
    with _replica(Page.RP_NO_SLOT) as server:
        here = desk(server)
        with here.config.open("a", encoding="utf-8") as config:
            config.write(f'instructions_url = "{server.instructions_address("4963")}"\n')
        command = here.temoin("capture", "--assist")
        assert command.stdout is not None
        told = [command.stdout.readline() for _line in range(2)]
        assert told[1] == "essai: n° 3, the préfecture’s page and its link to the booking.\n"
        assert {request.method for request in server.requests} == {"GET"}
        _finish(here.person(server.captcha_code, "accept", "solve"))
        _finish(command)
        notice = here.read("show", "3")
        attempt = here.read("show", "4")
    assert (notice["entry"]["kind"], notice["record"]["outcome"]) == ("notice", "shown")
    assert (attempt["record"]["mode"], attempt["record"]["outcome"]) == ("assisted", "no_slot")
    assert [artefact["role"] for artefact in notice["artefacts"]] == ["window", "page", "text", "html"]


def test_a_slot_is_photographed_then_the_window_is_the_persons_own(desk: Callable[[ReplicaServer], Desk]) -> None:
    with _replica(Page.RP_SLOTS) as server:
        here = desk(server)
        command = here.temoin("capture", "--assist")
        _finish(here.person(server.captcha_code, "accept", "solve", "pick", "close"))
        out, _err = _finish(command)
        assert "An appointment may be free" in out
        attempts = here.read("list")
        assert [attempt["outcome"] for attempt in attempts] == ["slot_seen"]
        assert any("/vosinfos/" in request.path for request in server.requests), "the person's click went through"
        sequence = attempts[0]["sequence"]
        handover = here.read("show", str(sequence + 1))
        assert handover["entry"]["kind"] == "handover"
        assert handover["record"]["attempt"] == attempts[0]["attempt"]
        texts = [Path(a["path"]).read_text() for a in attempts[0]["artefacts"] if a["role"] == "text"]
        assert texts, "the answer page itself is kept"
        assert all("Choisissez votre créneau" in text for text in texts), "and nothing after the hand-over"
        exchange = _exchange(attempts[0])
        assert [record.uri.rpartition("/demarche/")[2] for record in _pages(exchange)] == ["4963/creneau/"]
        assert not any("/vosinfos/" in record.uri for record in exchange)
        with pytest.raises(StopIteration):
            next(iter(_after(here, sequence + 1)))


@pytest.mark.soak  # the suite must end within a quarter of an hour
def test_nobody_at_the_window_is_recorded_as_what_the_page_last_showed(desk: Callable[[ReplicaServer], Desk]) -> None:
    with _replica(Page.RP_NO_SLOT) as server:
        here = desk(server)
        command = here.temoin("capture", "--assist")
        _finish(here.person(server.captcha_code, "accept", "close"))
        _finish(command)
        attempt = here.read("list")[0]
        record = here.read("show", str(attempt["sequence"]))["record"]
        assert attempt["outcome"] == "unrecognised"
        assert record["reason"] == "window_closed"
        assert "exchange" not in {artefact["role"] for artefact in attempt["artefacts"]}


def test_a_round_follows_the_invitation_and_the_register_says_which(desk: Callable[[ReplicaServer], Desk]) -> None:
    with _replica(Page.RP_NO_SLOT) as server:
        here = desk(server)
        with here.config.open("a", encoding="utf-8") as config:
            config.write('mode = "assisted"\n')
        due = _invite(here)
        controller, terminal = pty.openpty()
        command = here.temoin("tour", stdin=terminal)
        os.close(terminal)
        os.write(controller, b"o\n")
        _finish(here.person(server.captcha_code, "accept", "solve"))
        out, _err = _finish(command)
        os.close(controller)
        assert "1 attempt recorded in this round." in out
        (attempt,) = here.read("list")
        record = here.read("show", str(attempt["sequence"]))["record"]
        assert (attempt["mode"], attempt["outcome"], record["due"]) == ("assisted", "no_slot", utc_text(due))
        assert "No try that needs you is due." in _finish(here.temoin("tour"))[0]


def _invite(here: Desk) -> datetime:
    """A plan of the evening before, whose time came five minutes ago."""
    due = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)
    record = {
        "format": 1,
        "procedure": "essai",
        "day": due.astimezone(ZoneInfo("Europe/Paris")).date().isoformat(),
        "timezone": "Europe/Paris",
        "windows": ["07:00-22:30"],
        "times": [utc_text(due)],
        "replaces": None,
        "cause": "evening",
        "mode": "assisted",
    }
    folder = load_settings(here.config).station.data_dir
    with Store.open(folder, now=lambda: due) as store:
        store.append(kind=Kind.PLAN, record=record, at=due - timedelta(hours=12), procedure="essai")
    return due


def _answers(requests: tuple[LoggedRequest, ...]) -> list[str]:
    """The captcha answers that arrived: the person's, and nobody else's."""
    return [value for request in requests for name, value in request.fields if name == "captchaUsercode"]


def _after(here: Desk, sequence: int) -> Iterator[str]:
    done = here.temoin("show", str(sequence + 1))
    _out, err = done.communicate(timeout=60)
    if done.returncode == 0:
        yield err
