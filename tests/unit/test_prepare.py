"""Preparation installs once per lock file, asks nothing of the system without root, and stops what hangs."""

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def prepare(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, working on an empty checkout."""
    spec = importlib.util.spec_from_file_location("prepare_under_test", repository / "tools" / "prepare.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, path in {"ROOT": "", "VENV": ".venv", "STAMP": ".venv/.prepared", "LOCK": "requirements.lock"}.items():
        monkeypatch.setattr(module, name, tmp_path / path)
    (tmp_path / "requirements.lock").write_text("a==1\n")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    python: Path = module.python_of(tmp_path / ".venv")
    python.parent.mkdir(parents=True)
    python.touch()
    return module


@pytest.fixture
def started(prepare: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that the script would have run; all of them end well."""
    commands: list[list[str]] = []

    def run(command: list[str | Path], **_options: object) -> bool:
        commands.append([str(part) for part in command])
        return True

    monkeypatch.setattr(prepare, "run", run)
    return commands


def test_a_second_preparation_starts_nothing(prepare: ModuleType, started: list[list[str]]) -> None:
    assert prepare.prepare_venv() == 0
    assert [command[1:4] for command in started[1:]] == [["-m", "pip", "install"]] * 2
    started.clear()
    assert prepare.prepare_venv() == 0
    assert started == []


@pytest.mark.parametrize("file", ["requirements.lock", "pyproject.toml"])
def test_a_changed_file_is_installed_anew(
    prepare: ModuleType, started: list[list[str]], tmp_path: Path, file: str
) -> None:
    prepare.prepare_venv()
    started.clear()
    (tmp_path / file).write_text("b==2\n")
    prepare.prepare_venv()
    assert len(started) == 3


def test_an_installation_that_failed_is_not_taken_for_done(
    prepare: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(prepare, "run", lambda command, **_options: "pip" not in command)
    assert prepare.prepare_venv() == 1
    assert not prepare.is_prepared()
    assert "The dependencies could not be installed: is a package index within reach?" in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="Windows has neither root nor apt")
def test_debian_packages_are_never_tried_without_root(
    prepare: ModuleType, started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepare.os, "geteuid", lambda: 1000)
    assert prepare.install_debian(["chromium"]) is False
    assert started == []


@pytest.mark.skipif(sys.platform != "linux", reason="apt is Linux's")
def test_the_list_of_packages_is_fetched_once(
    prepare: ModuleType, started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepare.os, "geteuid", lambda: 0)
    monkeypatch.setattr(prepare.shutil, "which", lambda _name: "/usr/bin/apt-get")
    assert prepare.install_debian(["xvfb"])
    assert prepare.install_debian(["qpdf", "openssl"])
    assert [command[1] for command in started] == ["update", "install", "install"]
    assert started[-1][-2:] == ["qpdf", "openssl"]


def test_a_download_that_hangs_is_given_up(prepare: ModuleType) -> None:
    assert prepare.run([sys.executable, "-c", "import time; time.sleep(600)"], seconds=0.2) is False
    assert prepare.run([sys.executable, "-c", ""], seconds=60) is True
