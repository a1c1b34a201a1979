"""The daemon as a service of the person's own session: installed, asked after, taken away (no administrator needed).

Each system has one ``Manager``. What it is told is in ``scheduler.service_files``; here it is put in place, by the
system's own command, and every refusal of that becomes a sentence. There is one service on a machine: installing it
for a second configuration is refused rather than taking the first one's place.
"""

import os
import subprocess
import sys
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from typing_extensions import override

from scheduler.doctor import running_pid
from scheduler.service_files import LABEL, TASK, UNIT, Service, launchd_plist, systemd_unit, task_xml
from temoin.canonical import Json
from temoin.errors import ConfigError
from temoin.messages import _
from temoin.settings import Settings

COMMAND_SECONDS = 60
DATA_DIR = "TEMOIN_DATA_DIR"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What is known of the service: whether it is installed, for which file, and whether a daemon runs (its pid)."""

    installed: bool
    place: str
    pid: str | None

    def to_json(self) -> Json:
        """As ``service status --json`` prints it."""
        return {"installed": self.installed, "place": self.place, "running": self.pid is not None, "pid": self.pid}


class Manager(ABC):
    """How one system is told."""

    @property
    @abstractmethod
    def place(self) -> str:
        """Where the service is written down, for people."""

    @abstractmethod
    def read(self) -> bytes | None:
        """What is written there now; None when it is not installed."""

    @abstractmethod
    def written(self, service: Service) -> bytes:
        """What ``install`` would write."""

    @abstractmethod
    def install(self, service: Service) -> None:
        """Write it and start it.

        Raises:
            ConfigError: the system refuses.
        """

    @abstractmethod
    def uninstall(self) -> None:
        """Stop it and take it away.

        Raises:
            ConfigError: the system refuses.
        """


def service_of(settings: Settings) -> Service:
    """The daemon of this configuration, as the system must start it: no folder of the moment, no shell."""
    variables = ((DATA_DIR, str(settings.station.data_dir)),) if os.environ.get(DATA_DIR) else ()
    program = Path(sys.executable)
    if sys.platform == "win32" and program.with_name("pythonw.exe").exists():
        program = program.with_name("pythonw.exe")  # no console window that somebody would close
    return Service(
        command=(str(program), "-P", "-m", "cli", "--config", str(settings.path), "run"),
        folder=settings.path.parent,
        environment=variables,
    )


def manager_here() -> Manager:
    """The one of this system.

    Raises:
        ConfigError: there is none that Témoin knows.
    """
    if sys.platform == "darwin":
        return Launchd()
    if sys.platform == "win32":
        return TaskScheduler()
    if sys.platform.startswith("linux"):
        return Systemd()
    raise ConfigError(
        _("Témoin knows no way to start by itself on this system."),
        remedy=_("Let “temoin run” start with your session by the system's own means."),
    )


def install(settings: Settings, manager: Manager) -> State:
    """Let the daemon start at every login, and now; the same again changes nothing.

    Raises:
        ConfigError: it is installed for another configuration; the system refuses.
    """
    service = service_of(settings)
    present = manager.read()
    if present is not None and not _is_of(settings, present):
        raise ConfigError(
            _("The service is installed already, for another configuration: {place}.").format(place=manager.place),
            remedy=_("Put all démarches into one config.toml, or run “temoin service uninstall” first."),
        )
    manager.install(service)
    return state(settings, manager)


def _is_of(settings: Settings, present: bytes) -> bool:
    """Whether what is written there names this configuration, in whichever coding."""
    named = str(settings.path)
    words = (named, named.replace("%", "%%").replace("\\", "\\\\"), named.replace("&", "&amp;"))
    return any(word.encode(coding) in present for word in words for coding in ("utf-8", "utf-16-le"))


def uninstall(settings: Settings, manager: Manager) -> State:
    """Stop the daemon (the visit in hand is finished) and start it no more; nothing when it is not installed.

    Raises:
        ConfigError: the system refuses.
    """
    if manager.read() is not None:
        manager.uninstall()
    return state(settings, manager)


def state(settings: Settings, manager: Manager) -> State:
    """What is known of it now."""
    return State(installed=manager.read() is not None, place=manager.place, pid=running_pid(settings.station.data_dir))


class Systemd(Manager):
    """A user unit of systemd."""

    def __init__(self) -> None:
        """Nothing is asked of systemd yet."""
        home = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
        self._path = Path(home) / "systemd" / "user" / UNIT

    @property
    @override
    def place(self) -> str:
        return str(self._path)

    @override
    def read(self) -> bytes | None:
        return _bytes_of(self._path)

    @override
    def written(self, service: Service) -> bytes:
        return systemd_unit(service).encode()

    @override
    def install(self, service: Service) -> None:
        _systemctl("show-environment")  # is there a session of systemd at all? Before anything is written
        _write(self._path, self.written(service))
        _systemctl("daemon-reload")
        _systemctl("enable", UNIT)
        _systemctl("restart", UNIT)

    @override
    def uninstall(self) -> None:
        _systemctl("disable", "--now", UNIT)
        self._path.unlink(missing_ok=True)
        _systemctl("daemon-reload")


class Launchd(Manager):
    """A launch agent of macOS."""

    def __init__(self) -> None:
        """Nothing is asked of launchd yet."""
        self._path = Path.home() / "Library" / "LaunchAgents" / f"{LABEL}.plist"

    @property
    @override
    def place(self) -> str:
        return str(self._path)

    @override
    def read(self) -> bytes | None:
        return _bytes_of(self._path)

    @override
    def written(self, service: Service) -> bytes:
        return launchd_plist(service)

    @override
    def install(self, service: Service) -> None:
        known = self.read() is not None
        _write(self._path, self.written(service))
        if known:
            _tell(["launchctl", "bootout", f"{self._domain()}/{LABEL}"], may_fail=True)  # it may not be loaded
        _tell(["launchctl", "bootstrap", self._domain(), str(self._path)])

    @override
    def uninstall(self) -> None:
        _tell(["launchctl", "bootout", f"{self._domain()}/{LABEL}"], may_fail=True)
        self._path.unlink(missing_ok=True)

    @staticmethod
    def _domain() -> str:
        return f"gui/{os.getuid()}" if sys.platform != "win32" else ""


class TaskScheduler(Manager):
    """A scheduled task of Windows."""

    @property
    @override
    def place(self) -> str:
        return f"Task Scheduler, {TASK}"

    @override
    def read(self) -> bytes | None:
        done = _ask(["schtasks", "/Query", "/TN", TASK, "/XML"])
        return done.stdout if done.returncode == 0 else None

    @override
    def written(self, service: Service) -> bytes:
        user = "\\".join(filter(None, (os.environ.get("USERDOMAIN"), os.environ.get("USERNAME"))))
        return task_xml(service, user=user)

    @override
    def install(self, service: Service) -> None:
        if service.environment:
            raise ConfigError(
                _("On Windows the service cannot pass {name} on.").format(name=DATA_DIR),
                remedy=_("Write data_dir under [station] of config.toml instead."),
            )
        with tempfile.TemporaryDirectory(prefix="temoin-service-") as folder:
            file = Path(folder) / "task.xml"
            file.write_bytes(self.written(service))
            _tell(["schtasks", "/Create", "/TN", TASK, "/XML", str(file), "/F"])
        _tell(["schtasks", "/Run", "/TN", TASK])

    @override
    def uninstall(self) -> None:
        _tell(["schtasks", "/End", "/TN", TASK], may_fail=True)
        _tell(["schtasks", "/Delete", "/TN", TASK, "/F"])


def _systemctl(*words: str) -> None:
    _tell(["systemctl", "--user", *words])


def _tell(command: Sequence[str], *, may_fail: bool = False) -> None:
    done = _ask(command)
    if done.returncode != 0 and not may_fail:
        said = (done.stderr or done.stdout).decode("utf-8", "replace").strip().split("\n")[0]
        raise _refused(" ".join(command), said or f"{_('exit code')} {done.returncode}")


def _ask(command: Sequence[str]) -> "subprocess.CompletedProcess[bytes]":
    try:
        return subprocess.run(
            command, capture_output=True, check=False, timeout=COMMAND_SECONDS, stdin=subprocess.DEVNULL
        )
    except FileNotFoundError as error:
        raise _refused(" ".join(command), _("this command is not there")) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _refused(" ".join(command), str(error)) from error


def _refused(command: str, why: str) -> ConfigError:
    return ConfigError(
        _("The system did not take the service: {command}: {why}.").format(command=command, why=why.rstrip(".")),
        remedy=_(
            "Run this in your own desktop session, not as another user. If it fails there too, let “temoin run” start "
            "with your session by the system's own means."
        ),
    )


def _bytes_of(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _refused(str(path), error.strerror or str(error)) from error


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all: a half-written unit would be read at the next login."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f"{path.name}.new")
        new.write_bytes(data)
        new.replace(path)
    except OSError as error:
        raise _refused(str(path), error.strerror or str(error)) from error
