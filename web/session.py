"""Where the person's desktop is, for programs that show them a window or photograph theirs.

A page that systemd started began before the desktop: it has no display in its environment. Desktops tell systemd where
they are once they are up, and systemd tells it to whoever asks.
"""

import os
import subprocess
import sys
from collections.abc import Mapping

from temoin.canonical import Json

_NAMES = ("DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS")
_ASK = ("systemctl", "--user", "show-environment")
_PATIENCE_SECONDS = 5
_WITH_WINDOW = frozenset(
    {"attempt", "tour", "photo", "check"}
)  # jobs that open a window, photograph one, or look for it


def environment(job: str, asked: Json) -> dict[str, str]:
    """The environment for a program that does ``job``: ours, and the desktop's place where it needs one ours lacks."""
    own = dict(os.environ)
    has_desktop = own.get("DISPLAY") or own.get("WAYLAND_DISPLAY")
    if has_desktop or not sys.platform.startswith("linux") or not _needs_window(job, asked):
        return own
    return {**_told_by_systemd(), **own}


def _needs_window(job: str, asked: Json) -> bool:
    """Whether it does; what is filed shows the préfecture's own page as it is that day."""
    return job in _WITH_WINDOW or (job == "export" and bool(asked["file"] or asked["supplement"]))


def _told_by_systemd() -> Mapping[str, str]:
    """Nothing where there is no systemd, or it knows of no desktop."""
    try:
        done = subprocess.run(
            _ASK,
            capture_output=True,
            check=False,
            timeout=_PATIENCE_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return {}
    lines = (line.partition("=") for line in done.stdout.decode("utf-8", "replace").splitlines())
    return {name: value for name, _is, value in lines if name in _NAMES and value and not value.startswith("$'")}
