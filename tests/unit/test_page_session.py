"""Where a page that systemd started finds the desktop."""

import os
from pathlib import Path

import pytest

from temoin.canonical import Json
from web.session import environment

TOLD = """HOME=/home/essai
DISPLAY=:7
XAUTHORITY=/run/user/7/xauth
WAYLAND_DISPLAY=$'odd\\n'
PATH=/nowhere
"""


@pytest.fixture
def systemctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    program = tmp_path / "systemctl"
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{TOLD}END\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("web.session.sys.platform", "linux")
    return program


@pytest.mark.usefixtures("systemctl")
def test_the_desktop_is_asked_of_systemd_and_nothing_else() -> None:
    found = environment("attempt", {})
    assert (found["DISPLAY"], found["XAUTHORITY"]) == (":7", "/run/user/7/xauth")
    assert "WAYLAND_DISPLAY" not in found  # what is quoted is none of a display's
    assert {**found, "DISPLAY": "", "XAUTHORITY": ""} == {**os.environ, "DISPLAY": "", "XAUTHORITY": ""}


@pytest.mark.usefixtures("systemctl")
def test_a_display_of_its_own_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":1")
    assert environment("attempt", {}) == dict(os.environ)


NO_FILING = {"file": False, "supplement": False}


@pytest.mark.usefixtures("systemctl")
@pytest.mark.parametrize(
    ("job", "asked", "told"),
    [
        ("attempt", {}, True),
        ("tour", {}, True),
        ("photo", {}, True),
        ("check", {}, True),
        ("export", {**NO_FILING, "file": True}, True),
        ("export", {**NO_FILING, "supplement": True}, True),
        ("export", NO_FILING, False),
        ("verify", {}, False),
        ("entry", {}, False),
        ("keep_photo", {}, False),
    ],
)
def test_systemd_is_asked_only_for_what_needs_a_window(job: str, asked: Json, *, told: bool) -> None:
    assert ("DISPLAY" in environment(job, asked)) is told


def test_without_systemd_it_is_as_it_was(systemctl: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    systemctl.unlink()
    monkeypatch.setenv("PATH", str(systemctl.parent))
    assert environment("attempt", {}) == dict(os.environ)
