"""``temoin service`` towards a made-up ``systemctl`` that notes what it is told: a test has no session of systemd's."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commands.service import service as commands
from scheduler.lock import only_one
from scheduler.served import Place
from scheduler.service import Launchd, Systemd, TaskScheduler, install_all, manager_here, service_of, uninstall_all
from scheduler.service_files import PAGE
from temoin.errors import ConfigError
from temoin.settings import load_settings

Run = Callable[..., Result]


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the made-up ``systemctl`` notes its arguments; it refuses while a file ``refuse`` stands beside."""
    program = tmp_path / "bin" / "systemctl"
    program.parent.mkdir()
    notes = tmp_path / "told"
    program.write_text(
        f'#!/bin/sh\nif [ -e {tmp_path}/refuse ]; then echo "Failed to connect to bus" >&2; exit 1; fi\n'
        f'echo "$*" >> {notes}\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.delenv("TEMOIN_DATA_DIR", raising=False)
    monkeypatch.setattr("scheduler.service.sys.platform", "linux")
    notes.touch()
    return notes


@pytest.fixture
def run(loopback_config: Callable[..., Path]) -> Run:
    config = loopback_config("http://127.0.0.1:9/booking/create/1")

    def invoke(*words: str, path: Path = config) -> Result:
        return CliRunner().invoke(commands, words, obj={"config": path})

    return invoke


def test_installed_it_starts_now_and_at_every_login(run: Run, told: Path, tmp_path: Path) -> None:
    for _again in range(2):  # the same again changes nothing
        done = run("install")
        assert done.exit_code == 0, done.output
        assert "starts with your session" in done.output
        assert told.read_text().splitlines() == [
            f"--user {words}"
            for unit in ("temoin.service", "temoin-page.service")
            for words in ("show-environment", "daemon-reload", f"enable {unit}", f"restart {unit}")
        ]
        for unit, words in (("temoin", '"run"'), ("temoin-page", '"serve" "--no-open"')):
            text = (tmp_path / f"home/systemd/user/{unit}.service").read_text()
            assert f'"--config" "{tmp_path}/config.toml" {words}\n' in text
        menu = (tmp_path / "share/applications/temoin.desktop").read_text(encoding="utf-8")
        assert f'"--config" "{tmp_path}/config.toml" "serve"\n' in menu
        told.write_text("")


def test_uninstalled_nothing_of_it_is_left(run: Run, told: Path, tmp_path: Path) -> None:
    assert run("uninstall").exit_code == 0  # nothing was installed, and nothing is told
    assert told.read_text() == ""
    run("install")
    told.write_text("")
    assert run("uninstall").exit_code == 0
    assert told.read_text().splitlines() == [
        "--user disable --now temoin.service",
        "--user daemon-reload",
        "--user disable --now temoin-page.service",
        "--user daemon-reload",
    ]
    assert list((tmp_path / "home/systemd/user").iterdir()) == []
    assert list((tmp_path / "share/applications").iterdir()) == []


def test_the_page_that_asks_for_it_is_not_ended_over_it(run: Run, told: Path, tmp_path: Path) -> None:
    settings = load_settings(tmp_path / "config.toml")
    install_all(settings, from_page=True)
    assert "--user start temoin-page.service" in told.read_text()
    assert "--user restart temoin-page.service" not in told.read_text()
    told.write_text("")
    uninstall_all(settings, from_page=True)
    assert "--user disable temoin-page.service\n" in told.read_text()
    assert "--user disable --now temoin.service\n" in told.read_text()
    assert "The page is closed" in run("status").output


def launchctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """A made-up ``launchctl`` in place of ``systemctl``; what it was told since the last call."""
    (tmp_path / "bin/launchctl").write_text((tmp_path / "bin/systemctl").read_text())
    (tmp_path / "bin/launchctl").chmod(0o755)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    notes = tmp_path / "told"

    def said() -> list[str]:
        lines = notes.read_text().splitlines()
        notes.write_text("")
        return [line.partition(" ")[0] for line in lines]

    return said


@pytest.mark.usefixtures("run", "told")
def test_launchd_keeps_the_page_that_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = launchctl(tmp_path, monkeypatch)
    settings, manager = load_settings(tmp_path / "config.toml"), Launchd(PAGE)
    for spared, words in ((False, ["bootstrap"]), (False, ["bootout", "bootstrap"]), (True, ["bootstrap"])):
        manager.install(service_of(settings, PAGE), spared=spared)
        assert said() == words
    assert Path(manager.place).name == "fr.temoin.page.plist"
    manager.uninstall(spared=True)
    assert (said(), manager.read()) == ([], None)
    manager.uninstall()
    assert said() == ["bootout"]


def test_the_state_is_what_is_there(run: Run, told: Path, tmp_path: Path) -> None:
    assert told.exists()
    unit = f"{tmp_path}/home/systemd/user/temoin.service"
    page = {"installed": False, "open": False}
    nothing = {"installed": False, "place": unit, "running": False, "pid": None, "page": page}
    assert json.loads(run("status", "--json").output) == nothing
    assert "not installed" in run("status").output
    run("install")
    with only_one(tmp_path / "evidence"):
        found = json.loads(run("status", "--json").output)
        page = {"installed": True, "open": False}
        assert found == {"installed": True, "place": unit, "running": True, "pid": str(os.getpid()), "page": page}
    place = Place()
    assert place.take(tmp_path / "evidence", "http://127.0.0.1:8377/?token=abc")
    assert json.loads(run("status", "--json").output)["page"] == {"installed": True, "open": True}
    assert "The page is open" in run("status").output
    assert "abc" not in run("status").output
    place.leave()


def test_a_service_of_another_configuration_is_not_replaced(run: Run, told: Path, tmp_path: Path) -> None:
    run("install")
    told.write_text("")
    other = tmp_path / "other" / "config.toml"
    other.parent.mkdir()
    other.write_text((tmp_path / "config.toml").read_text())
    done = run("install", path=other)
    assert isinstance(done.exception, ConfigError)
    assert "for another configuration" in done.exception.message
    assert told.read_text() == ""


def test_without_a_session_nothing_is_written_and_it_is_said(run: Run, told: Path, tmp_path: Path) -> None:
    (tmp_path / "refuse").touch()
    done = run("install")
    assert isinstance(done.exception, ConfigError)
    assert done.exception.message == (
        "The system did not take the service: systemctl --user show-environment: Failed to connect to bus."
    )
    assert told.read_text() == ""
    assert not (tmp_path / "home").exists()


def test_without_the_system_s_command_it_is_said(run: Run, told: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told.exists()
    monkeypatch.setenv("PATH", "")
    done = run("install")
    assert isinstance(done.exception, ConfigError)
    assert "this command is not there" in done.exception.message


def test_a_folder_of_the_moment_is_handed_on(
    loopback_config: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = loopback_config("http://127.0.0.1:9/booking/create/1")
    monkeypatch.setenv("TEMOIN_DATA_DIR", str(tmp_path / "elsewhere"))
    settings = load_settings(config, data_dir=tmp_path / "elsewhere")
    service = service_of(settings)
    assert service.environment == (("TEMOIN_DATA_DIR", str(tmp_path / "elsewhere")),)
    assert f'Environment="TEMOIN_DATA_DIR={tmp_path}/elsewhere"' in Systemd().written(service).decode()
    with pytest.raises(ConfigError, match="cannot pass TEMOIN_DATA_DIR on"):
        TaskScheduler().install(service)


@pytest.mark.parametrize(
    ("platform", "name"), [("linux", "Systemd"), ("darwin", "Launchd"), ("win32", "TaskScheduler")]
)
def test_each_system_has_its_manager(monkeypatch: pytest.MonkeyPatch, platform: str, name: str) -> None:
    monkeypatch.setattr("scheduler.service.sys.platform", platform)
    assert type(manager_here()).__name__ == name


def test_an_unknown_system_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduler.service.sys.platform", "haiku")
    with pytest.raises(ConfigError, match="no way to start by itself"):
        manager_here()
