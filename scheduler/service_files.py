"""What each system is told so that Témoin's two programs start at login and again after a failure: pure texts.

Sources: systemd.service(5) and systemd.exec(5); launchd.plist(5); [MS-TSCH] 2.5, the task's XML.
"""

import plistlib
import subprocess
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from xml.etree import ElementTree as ET

RESTART_SECONDS = 60
MOST_RESTARTS = 255  # the most that a Windows task may have; the other systems need no number
NO_RESTART = "2 3"  # exit codes that a person must see to first: usage, configuration
PRIVATE = 0o077

_TASKS = "http://schemas.microsoft.com/windows/2004/02/mit/task"
_QUOTED = MappingProxyType({"\\": "\\\\", '"': '\\"', "%": "%%"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of the programs that start with the session: its names on each system, and how it is ended.

    ``stopped`` is the exit code of a program that was told to stop, and did.
    """

    words: tuple[str, ...]  # of the command line
    description: str
    unit: str
    label: str
    task: str
    stop_seconds: int
    stopped: int = 0
    reloads: bool = False  # on SIGHUP


DAEMON = Part(
    words=("run",),
    description="Témoin",
    unit="temoin.service",
    label="fr.temoin.run",
    task="Temoin",
    stop_seconds=480,  # a visit in hand may take seven minutes, and is finished (DESIGN §8)
    reloads=True,
)
PAGE = Part(
    words=("serve", "--no-open"),
    description="Témoin, page locale",
    unit="temoin-page.service",
    label="fr.temoin.page",
    task="Temoin page",
    stop_seconds=30,
    stopped=130,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A part for one configuration: the program with its arguments, and the variables that it needs."""

    command: tuple[str, ...]
    folder: Path
    part: Part = DAEMON
    environment: tuple[tuple[str, str], ...] = ()


def systemd_unit(service: Service) -> str:
    """A user unit: it lives as long as the person's session, or always where lingering is on."""
    variables = [f"Environment={_systemd_word(f'{name}={value}')}" for name, value in service.environment]
    part = service.part
    lines = [
        "[Unit]",
        f"Description={part.description}",
        "StartLimitIntervalSec=0",
        "",
        "[Service]",
        "Type=exec",
        f"ExecStart={' '.join(map(_systemd_argument, service.command))}",
        *(["ExecReload=/bin/kill -HUP $MAINPID"] if part.reloads else []),
        f"WorkingDirectory={str(service.folder).replace('%', '%%')}",
        *variables,
        "Restart=on-failure",
        f"RestartSec={RESTART_SECONDS}",
        f"RestartPreventExitStatus={NO_RESTART}",
        *([f"SuccessExitStatus={part.stopped}"] if part.stopped else []),
        "KillMode=mixed",
        f"TimeoutStopSec={part.stop_seconds}",
        f"UMask={PRIVATE:04o}",
        "",
        "[Install]",
        "WantedBy=default.target",
        "",
    ]
    return "\n".join(lines)


def _systemd_word(word: str) -> str:
    """One word as systemd reads it back: quoted, with its specifiers taken out of force."""
    return '"' + "".join(_QUOTED.get(char, char) for char in word) + '"'


def _systemd_argument(word: str) -> str:
    """Only the words of a command have variables, too."""
    return _systemd_word(word).replace("$", "$$")


def launchd_plist(service: Service) -> bytes:
    """A launch agent, which begins with the person's session."""
    return plistlib.dumps(
        {
            "Label": service.part.label,
            "ProgramArguments": list(service.command),
            "EnvironmentVariables": dict(service.environment),
            "WorkingDirectory": str(service.folder),
            "RunAtLoad": True,
            "KeepAlive": {"SuccessfulExit": False},
            "ThrottleInterval": RESTART_SECONDS,
            "ExitTimeOut": service.part.stop_seconds,
            "Umask": PRIVATE,
        }
    )


def task_xml(service: Service, *, user: str) -> bytes:
    """A scheduled task of ``user``, begun when they log on, without further rights; UTF-16, as ``schtasks`` takes it.

    A task has no variables of its own: ``environment`` must be empty.

    Raises:
        ValueError: it is not.
    """
    if service.environment:
        raise ValueError("a scheduled task passes no variables on")
    task = ET.Element("Task", {"version": "1.2", "xmlns": _TASKS})
    _put(task, "RegistrationInfo", {"Description": service.part.description})
    trigger = ET.SubElement(ET.SubElement(task, "Triggers"), "LogonTrigger")
    _fill(trigger, {"Enabled": "true", "UserId": user})
    principal = _put(ET.SubElement(task, "Principals"), "Principal", {"UserId": user})
    principal.set("id", "Author")
    _fill(principal, {"LogonType": "InteractiveToken", "RunLevel": "LeastPrivilege"})
    settings = _put(
        task,
        "Settings",
        {
            "MultipleInstancesPolicy": "IgnoreNew",
            "DisallowStartIfOnBatteries": "false",
            "StopIfGoingOnBatteries": "false",
            "StartWhenAvailable": "true",
            "ExecutionTimeLimit": "PT0S",
        },
    )
    _put(settings, "RestartOnFailure", {"Interval": f"PT{RESTART_SECONDS // 60}M", "Count": str(MOST_RESTARTS)})
    actions = ET.SubElement(task, "Actions", {"Context": "Author"})
    _put(
        actions,
        "Exec",
        {
            "Command": service.command[0],
            "Arguments": subprocess.list2cmdline(service.command[1:]),
            "WorkingDirectory": str(service.folder),
        },
    )
    text = ET.tostring(task, encoding="unicode")
    return ('<?xml version="1.0" encoding="UTF-16"?>\n' + text).encode("utf-16")


def _put(parent: ET.Element, name: str, texts: dict[str, str]) -> ET.Element:
    return _fill(ET.SubElement(parent, name), texts)


def _fill(element: ET.Element, texts: dict[str, str]) -> ET.Element:
    for name, text in texts.items():
        ET.SubElement(element, name).text = text
    return element
