"""Will it run when the lid is closed? A machine that sleeps visits nothing; the person is told beforehand."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from temoin.messages import _
from temoin.report import Check, Status

NAME = "lid"
LIDS = Path("/proc/acpi/button/lid")
ASK_SECONDS = 10
AWAKE = frozenset({"ignore", "lock"})  # what logind may do that lets a machine work on

_LOGIND = ("org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager", "HandleLidSwitch")


def lid_finding() -> Check:
    """One finding of ``check``: passed where closing the lid stops nothing, else what to do."""
    if sys.platform == "darwin":
        return _finding(laptop=_said("sysctl", "-n", "hw.model").startswith("MacBook"), action="sleep")
    if sys.platform == "win32":
        return _finding(laptop=True, action=windows_action(_said(*_POWERCFG)))
    if not LIDS.is_dir():
        return _finding(laptop=False, action="")
    return _finding(laptop=True, action=logind_action(_said("busctl", "get-property", *_LOGIND)))


_POWERCFG = ("powercfg", "/query", "SCHEME_CURRENT", "SUB_BUTTONS", "LIDACTION")


def logind_action(answer: str) -> str:
    """What ``busctl`` answered, « s "suspend" »; empty where it said nothing."""
    found = re.fullmatch(r's "([a-z-]+)"', answer.strip())
    return found[1] if found else ""


def windows_action(answer: str) -> str:
    """What ``powercfg`` answered, in whichever language: its last two numbers are for mains and battery."""
    numbers = [int(text, 16) for text in re.findall(r"0x([0-9a-fA-F]{8})\s*$", answer, re.MULTILINE)]
    if len(numbers) < 2:  # noqa: PLR2004 - mains and battery
        return ""
    return "ignore" if numbers[-2:] == [0, 0] else "sleep"


def _finding(*, laptop: bool, action: str) -> Check:
    if not laptop:
        return Check(name=NAME, status=Status.PASSED, detail=_("No lid: only sleep and switching off stop the visits."))
    if action in AWAKE:
        words = _("This computer works on when its lid is closed; keep it plugged in.")
        return Check(name=NAME, status=Status.PASSED, detail=words)
    if not action:
        words = _("Whether this computer sleeps when its lid is closed could not be found out: leave it open.")
    else:
        words = _(
            "This computer sleeps when its lid is closed, and a computer that sleeps visits nothing: leave it open and "
            "plugged in, or change what closing the lid does in the system's settings."
        )
    return Check(name=NAME, status=Status.NOT_CHECKED, detail=words)


def _said(*command: str) -> str:
    """What a command of the system printed; nothing when it is missing, slow or refuses."""
    program = shutil.which(command[0])
    if program is None:
        return ""
    try:
        done = subprocess.run(
            [program, *command[1:]], capture_output=True, text=True, errors="replace", check=False, timeout=ASK_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
