"""The entry of the system's menu: what it starts is the program with its own words, whatever the folders are called."""

import configparser
import os
import plistlib
import re
import subprocess
from pathlib import Path

import pytest

from scheduler import launcher
from scheduler.service_files import PAGE, Service
from temoin.errors import ConfigError

ODD = 'Mes dossiers $HOME `id` 100% "neuf" l\'été \\ ici'


def page_of(folder: Path, program: str = "/usr/bin/python3") -> Service:
    command = (program, "-P", "-m", "cli", "--config", str(folder / "config.toml"), *PAGE.words)
    return Service(command=command, folder=folder, part=PAGE)


@pytest.fixture(autouse=True)
def _own_menu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.setenv("APPDATA", str(tmp_path / "Roaming"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def read_desktop(text: str) -> dict[str, str]:
    parser = configparser.RawConfigParser(delimiters=("=",), comment_prefixes=("#",), strict=True)
    parser.optionxform = str  # type: ignore[assignment, method-assign] # keys have capitals
    parser.read_string(text)
    return dict(parser["Desktop Entry"])


def words_of(value: str) -> list[str]:
    """Exec as the specification reads it: the string's escapes, then the quotes, then the field codes."""
    text = value.replace("\\\\", "\\")
    quoted = re.findall(r'"((?:[^"\\$`]|\\["`$\\])*)"', text)
    assert " ".join(f'"{word}"' for word in quoted) == text
    return [re.sub(r"\\(.)", r"\1", word).replace("%%", "%") for word in quoted]


def test_the_menu_of_a_linux_desktop_starts_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduler.launcher.sys.platform", "linux")
    service = page_of(tmp_path / ODD)
    place = launcher.install(service)
    assert place == tmp_path / "share/applications/temoin.desktop"
    entry = read_desktop(place.read_text(encoding="utf-8"))
    assert words_of(entry["Exec"]) == [*service.command[:-2], "serve"]
    assert entry["Path"].replace("\\\\", "\\") == str(service.folder)
    assert (entry["Type"], entry["Terminal"], entry["Name"]) == ("Application", "false", "Témoin")
    assert Path(entry["Icon"]).read_bytes().startswith(b"<svg")
    launcher.install(service)  # the same again changes nothing
    launcher.uninstall()
    launcher.uninstall()
    assert list(place.parent.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="runs the script of macOS with sh")
def test_the_application_of_macos_starts_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduler.launcher.sys.platform", "darwin")
    folder = tmp_path / ODD
    folder.mkdir()
    program = folder / "python"
    program.write_text('#!/bin/sh\npwd\nprintf "%s\\n" "$@"\n')
    program.chmod(0o755)
    service = page_of(folder, str(program))
    place = launcher.install(service)
    assert place == tmp_path / "home/Applications/Témoin.app"
    plist = plistlib.loads((place / "Contents/Info.plist").read_bytes())
    script = place / "Contents/MacOS" / plist["CFBundleExecutable"]
    done = subprocess.run([script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [str(folder), *service.command[1:-2], "serve"]
    launcher.uninstall()
    assert not place.exists()


def test_the_start_menu_of_windows_starts_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduler.launcher.sys.platform", "win32")
    service = page_of(tmp_path / "100% été")
    place = launcher.install(service)
    assert place == tmp_path / "Roaming/Microsoft/Windows/Start Menu/Programs/Témoin.cmd"
    lines = place.read_bytes().decode().split("\r\n")
    assert lines[:2] == ["@echo off", "chcp 65001 >nul"]
    doubled = str(service.folder).replace("%", "%%")
    assert lines[2].startswith(f'start "" /d "{doubled}" "/usr/bin/python3" "-P" "-m" "cli" "--config"')
    assert lines[2].endswith(' "serve"')
    launcher.uninstall()
    assert not place.exists()


def test_a_menu_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduler.launcher.sys.platform", "linux")
    (tmp_path / "share").write_text("a file where the folder should be")
    with pytest.raises(ConfigError, match=r"The menu entry .* cannot be written") as caught:
        launcher.install(page_of(tmp_path))
    assert caught.value.remedy == "Everything else is installed; the page opens without it."
