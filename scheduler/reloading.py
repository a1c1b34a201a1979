"""Telling a daemon that runs to read the configuration again, after something else has written it."""

import os
import signal
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from scheduler.doctor import running_pid
from scheduler.signals import RELOAD_SIGNALS


class Reloaded(StrEnum):
    """What came of it: nobody runs, it was told, or it cannot be told and must be started anew."""

    OFF = "off"
    TOLD = "told"
    BY_HAND = "by_hand"


def reload_daemon(folder: Path) -> Reloaded:
    """Have the daemon of that data folder, if one runs, read its configuration again."""
    pid = running_pid(folder)
    if pid is None:
        return Reloaded.OFF
    known = [getattr(signal, name) for name in RELOAD_SIGNALS if hasattr(signal, name)]  # none on Windows
    with suppress(ProcessLookupError, PermissionError, ValueError):  # it has just ended, or has not said who it is yet
        for number in known:
            os.kill(int(pid), number)
            return Reloaded.TOLD
    return Reloaded.BY_HAND
