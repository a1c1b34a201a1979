"""Daemon and page as services of the person's own session: installed, asked after, taken away (nobody else is needed).

Each system has one ``Manager``. What it is told is in ``scheduler.service_files``; here it is put in place, by the
system's own command, and every refusal of that becomes a sentence. There is one of each on a machine: installing it
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

from scheduler import launcher
from scheduler.doctor import running_pid
from scheduler.served import served_address
from scheduler.service_files import DAEMON, PAGE, Part, Service, launchd_plist, systemd_unit, task_xml
from temoin.canonical import Json
from temoin.errors import ConfigError
from temoin.messages import _
from temoin.os_words import os_words
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


@dataclass(frozen=True, slots=True, kw_only=True)
class PageState:
    """Whether the local page starts with the session, and whether one is open now."""

    installed: bool
    open: bool

    def to_json(self) -> Json:
        """As ``service status --json`` prints it: the address is a secret, and ``temoin serve`` gives it."""
        return {"installed": self.installed, "open": self.open}


class Manager(ABC):
    """How one system is told of one part."""

    def __init__(self, part: Part = DAEMON) -> None:
        """Nothing is asked of the system yet."""
        self.part = part

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
    def install(self, service: Service, *, spared: bool = False) -> None:
        """Write it and start it anew; ``spared``: what runs of it goes on.

        Raises:
            ConfigError: the system refuses.
        """

    @abstractmethod
    def uninstall(self, *, spared: bool = False) -> None:
        """Stop it and take it away; ``spared``: what runs of it goes on until the session ends.

        Raises:
            ConfigError: the system refuses.
        """


def service_of(settings: Settings, part: Part = DAEMON) -> Service:
    """That part for this configuration, as the system must start it: no folder of the moment, no shell."""
    variables = ((DATA_DIR, str(settings.station.data_dir)),) if os.environ.get(DATA_DIR) else ()
    program = Path(sys.executable)
    if sys.platform == "win32" and program.with_name("pythonw.exe").exists():
        program = program.with_name("pythonw.exe")  # no console window that somebody would close
    return Service(
        command=(str(program), "-P", "-m", "cli", "--config", str(settings.path), *part.words),
        folder=settings.path.parent,
        part=part,
        environment=variables,
    )


def manager_here(part: Part = DAEMON) -> Manager:
    """The one of this system, for that part.

    Raises:
        ConfigError: there is none that Témoin knows.
    """
    if sys.platform == "darwin":
        return Launchd(part)
    if sys.platform == "win32":
        return TaskScheduler(part)
    if sys.platform.startswith("linux"):
        return Systemd(part)
    raise ConfigError(
        _("Témoin knows no way to start by itself on this system."),
        remedy=_("Let “temoin run” start with your session by the system's own means."),
    )


def install(settings: Settings, manager: Manager, *, spared: bool = False) -> State:
    """Let the manager's part start at every login, and now; the same again changes nothing.

    Raises:
        ConfigError: it is installed for another configuration; the system refuses.
    """
    service = service_of(settings, manager.part)
    present = manager.read()
    if present is not None and not _is_of(settings, present):
        raise ConfigError(
            _("The service is installed already, for another configuration: {place}.").format(place=manager.place),
            remedy=_("Put all démarches into one config.toml, or run “temoin service uninstall” first."),
        )
    manager.install(service, spared=spared)
    return state(settings, manager)


def install_all(settings: Settings, *, from_page: bool = False) -> State:
    """Let daemon and page start at every login, and now, and put the page into the menu; what is known of the daemon's.

    ``from_page``: the page asks for it, and is not ended over it.

    Raises:
        ConfigError: as ``install``.
    """
    found = install(settings, manager_here())
    install(settings, manager_here(PAGE), spared=from_page)
    launcher.install(service_of(settings, PAGE))
    return found


def uninstall_all(settings: Settings, *, from_page: bool = False) -> State:
    """The contrary of ``install_all``. Raises ``ConfigError``."""
    found = uninstall(settings, manager_here())
    uninstall(settings, manager_here(PAGE), spared=from_page)
    launcher.uninstall()
    return found


def _is_of(settings: Settings, present: bytes) -> bool:
    """Whether what is written there names this configuration, in whichever coding."""
    named = str(settings.path)
    words = (named, named.replace("%", "%%").replace("\\", "\\\\"), named.replace("&", "&amp;"))
    return any(word.encode(coding) in present for word in words for coding in ("utf-8", "utf-16-le"))


def uninstall(settings: Settings, manager: Manager, *, spared: bool = False) -> State:
    """Stop the part (a visit in hand is finished) and start it no more; nothing when it is not installed.

    Raises:
        ConfigError: the system refuses.
    """
    if manager.read() is not None:
        manager.uninstall(spared=spared)
    return state(settings, manager)


def state(settings: Settings, manager: Manager) -> State:
    """What is known of it now."""
    return State(installed=manager.read() is not None, place=manager.place, pid=running_pid(settings.station.data_dir))


def page_state(settings: Settings) -> PageState:
    """What is known of the page now. Raises ``ConfigError``, ``StoreError``."""
    installed = manager_here(PAGE).read() is not None
    return PageState(installed=installed, open=served_address(settings.station.data_dir) is not None)


class Systemd(Manager):
    """A user unit of systemd."""

    def __init__(self, part: Part = DAEMON) -> None:
        """Nothing is asked of systemd yet."""
        super().__init__(part)
        home = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
        self._path = Path(home) / "systemd" / "user" / part.unit

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
    def install(self, service: Service, *, spared: bool = False) -> None:
        _systemctl("show-environment")  # is there a session of systemd at all? Before anything is written
        _write(self._path, self.written(service))
        _systemctl("daemon-reload")
        _systemctl("enable", self.part.unit)
        _systemctl("start" if spared else "restart", self.part.unit)

    @override
    def uninstall(self, *, spared: bool = False) -> None:
        _systemctl("disable", *(() if spared else ("--now",)), self.part.unit)
        self._path.unlink(missing_ok=True)
        _systemctl("daemon-reload")


class Launchd(Manager):
    """A launch agent of macOS."""

    def __init__(self, part: Part = DAEMON) -> None:
        """Nothing is asked of launchd yet."""
        super().__init__(part)
        self._path = Path.home() / "Library" / "LaunchAgents" / f"{part.label}.plist"

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
    def install(self, service: Service, *, spared: bool = False) -> None:
        known = self.read() is not None
        _write(self._path, self.written(service))
        if known and not spared:
            self._end()
        _tell(["launchctl", "bootstrap", self._domain(), str(self._path)], may_fail=spared)  # it may be loaded still

    @override
    def uninstall(self, *, spared: bool = False) -> None:
        if not spared:
            self._end()
        self._path.unlink(missing_ok=True)

    def _end(self) -> None:
        _tell(["launchctl", "bootout", f"{self._domain()}/{self.part.label}"], may_fail=True)  # it may not be loaded

    @staticmethod
    def _domain() -> str:
        return f"gui/{os.getuid()}" if sys.platform != "win32" else ""


class TaskScheduler(Manager):
    """A scheduled task of Windows."""

    @property
    @override
    def place(self) -> str:
        return f"Task Scheduler, {self.part.task}"

    @override
    def read(self) -> bytes | None:
        done = _ask(["schtasks", "/Query", "/TN", self.part.task, "/XML"])
        return done.stdout if done.returncode == 0 else None

    @override
    def written(self, service: Service) -> bytes:
        user = "\\".join(filter(None, (os.environ.get("USERDOMAIN"), os.environ.get("USERNAME"))))
        return task_xml(service, user=user)

    @override
    def install(self, service: Service, *, spared: bool = False) -> None:
        if service.environment:
            raise ConfigError(
                _("On Windows the service cannot pass {name} on.").format(name=DATA_DIR),
                remedy=_("Write data_dir under [station] of config.toml instead."),
            )
        with tempfile.TemporaryDirectory(prefix="temoin-service-") as folder:
            file = Path(folder) / "task.xml"
            file.write_bytes(self.written(service))
            _tell(["schtasks", "/Create", "/TN", self.part.task, "/XML", str(file), "/F"])
        _tell(["schtasks", "/Run", "/TN", self.part.task])

    @override
    def uninstall(self, *, spared: bool = False) -> None:
        if not spared:
            _tell(["schtasks", "/End", "/TN", self.part.task], may_fail=True)
        _tell(["schtasks", "/Delete", "/TN", self.part.task, "/F"])


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
        raise _refused(str(path), os_words(error)) from error


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all: a half-written unit would be read at the next login."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f"{path.name}.new")
        new.write_bytes(data)
        new.replace(path)
    except OSError as error:
        raise _refused(str(path), os_words(error)) from error
