"""Where the person's desktop is, for programs that show them a window or photograph theirs.

A page that systemd started began before the desktop: it has no display in its environment. Desktops tell systemd where
they are once they are up, and systemd tells it to whoever asks.
"""

import os
import subprocess
import sys
from collections.abc import Mapping

_NAMES = ("DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS")
_ASK = ("systemctl", "--user", "show-environment")
_PATIENCE_SECONDS = 5


def environment() -> dict[str, str]:
    """The environment for a program that is started now: ours, and the desktop's place where ours has none."""
    own = dict(os.environ)
    if not sys.platform.startswith("linux") or own.get("DISPLAY") or own.get("WAYLAND_DISPLAY"):
        return own
    return {**_told_by_systemd(), **own}


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
