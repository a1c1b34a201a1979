"""A private X display for one unattended browser session, on Linux (DESIGN §9, "The window picture").

Nothing but the browser is ever on it, so photographing the whole of it shows nothing of the person's own
desktop. It listens on no network, takes only clients that hold its cookie, and ends with its owner: at the
end of the ``with`` block, or by the kernel's hand when the owner is killed. The kernel counts the thread that
started it as the owner (prctl(2), PR_SET_PDEATHSIG): that thread must outlive the block.
"""

import contextlib
import ctypes
import os
import secrets
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from temoin.errors import BrowserError
from temoin.messages import _
from temoin.scratch import hold, sweep

COOKIE_NAME = b"MIT-MAGIC-COOKIE-1"
COOKIE_BYTES = 16
FAMILY_LOCAL = 256  # Xauth.h: the entry names this host
FAMILY_WILD = 65535  # Xauth.h: the entry fits any address
# Display numbers are drawn here: low ones belong to people's own sessions, which may start after us, and Xvfb's
# own search for a free one takes them (and takes no lock, so that a session in a container could follow it).
FIRST_NUMBER = 1000
LAST_NUMBER = 59999
START_TRIES = 3
START_SECONDS = 15  # Xvfb answers within one; a machine that has just woken may need more
STOP_SECONDS = 3  # then SIGKILL
FOLDER_PREFIX = "temoin-display-"
PR_SET_PDEATHSIG = 1  # linux/prctl.h


def can_have_private_display() -> bool:
    """Whether this machine has what a private display needs: Linux and Xvfb."""
    return sys.platform == "linux" and shutil.which("Xvfb") is not None


class PrivateDisplay:
    """A context manager around one Xvfb; ``name`` and ``env`` are for the browser that is to be on it."""

    def __init__(self, *, width: int = 1280, height: int = 1000) -> None:
        """Remember the size; nothing is started before the ``with`` block is entered."""
        self.width = width
        self.height = height
        self.name = ""
        self.env: dict[str, str] = {}
        self.cookie = secrets.token_bytes(COOKIE_BYTES)
        self._folder: Path | None = None
        self._lock: int | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start the display and wait until it takes clients.

        Raises:
            BrowserError: Xvfb is missing, or did not start.
        """
        program = shutil.which("Xvfb")
        if sys.platform != "linux" or program is None:
            raise BrowserError(
                _("No private display for the browser's window: Xvfb is not installed."), remedy=_remedy()
            )
        try:
            self._start(program)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the display and whatever shares its process group; remove its cookie."""
        self._stop()

    def _start(self, program: str) -> None:
        sweep(FOLDER_PREFIX)
        self._folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX))  # 0700
        self._lock = hold(self._folder)
        authority = self._folder / "Xauthority"
        _write_authority(authority, self.cookie)
        for _try in range(START_TRIES):
            name = f":{FIRST_NUMBER + secrets.randbelow(LAST_NUMBER - FIRST_NUMBER + 1)}"
            if self._takes_clients(program, name, authority):
                self.name = name
                self.env = {"DISPLAY": name, "XAUTHORITY": str(authority)}
                return
        raise self._failed_start()

    def _takes_clients(self, program: str, name: str, authority: Path) -> bool:
        """Start a server called ``name``; whether it is ready, as it says itself on a pipe."""
        read_end, write_end = os.pipe()
        try:
            try:
                self._process = self._spawn(program, name, authority, write_end)
            finally:
                os.close(write_end)  # ours, so that the pipe ends when the server does
            ready = _is_announced(read_end)
        finally:
            os.close(read_end)
        if not ready:
            _end_group(self._process)
            self._process = None
        return ready

    def _spawn(self, program: str, name: str, authority: Path, pipe: int) -> subprocess.Popen[bytes]:
        screen = ["-screen", "0", f"{self.width}x{self.height}x24"]
        arguments = [name, "-displayfd", str(pipe), *screen, "-nolisten", "tcp", "-auth", str(authority)]
        with (self._in_folder("stderr")).open("wb") as complaints:
            try:
                return subprocess.Popen(
                    [program, *arguments, "-noreset", "-nocursor"],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=complaints,
                    pass_fds=[pipe],
                    start_new_session=True,  # a process group of its own
                    preexec_fn=_die_with(os.getpid()),  # noqa: PLW1509  (two system calls, prepared before the fork)
                )
            except OSError as error:
                raise self._failed_start() from error

    def _in_folder(self, name: str) -> Path:
        return (self._folder or Path(tempfile.gettempdir())) / name

    def _failed_start(self) -> BrowserError:
        complaint = ""
        with contextlib.suppress(OSError):
            lines = self._in_folder("stderr").read_text(encoding="utf-8", errors="replace").split("\n")
            complaint = next((line.strip() for line in lines if line.strip(" \t()E")), "")
        words = _("The private display for the browser's window did not start ({complaint}).")
        return BrowserError(words.format(complaint=complaint or _("no word from Xvfb")), remedy=_remedy())

    def _stop(self) -> None:
        if self._process is not None:
            _end_group(self._process)
            self._process = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _remedy() -> str:
    return _('Install Xvfb (Debian, Ubuntu: apt install xvfb), or set view = "page" under [browser] in config.toml.')


def _write_authority(path: Path, cookie: bytes) -> None:
    """The .Xauthority of the display (mode 0600), for any display number of this host.

    Two entries, since libX11 takes the wild one and python-xlib only the one that names the host.
    """
    host = socket.gethostname().encode()
    entries = _entry(FAMILY_LOCAL, host, cookie) + _entry(FAMILY_WILD, b"", cookie)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(entries)


def _entry(family: int, address: bytes, cookie: bytes) -> bytes:
    fields = (address, b"", COOKIE_NAME, cookie)  # the empty one is the display number: any
    return struct.pack(">H", family) + b"".join(struct.pack(">H", len(f)) + f for f in fields)


def _is_announced(pipe: int) -> bool:
    """Whether Xvfb said its number, which it does when it takes clients; not when it ended or took too long.

    Read to the line feed, which it writes apart: a pipe closed between the two ends it ("Cannot write display
    number", seen in one start out of three).
    """
    said = b""
    deadline = time.monotonic() + START_SECONDS
    while not said.endswith(b"\n"):
        ready, _writable, _failed = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))
        chunk = os.read(pipe, 16) if ready else b""
        if not chunk:
            return False
        said += chunk
    return True


def _die_with(parent: int) -> Callable[[], None]:
    """What the child does between fork and exec: no core file, and to be ended when ``parent`` dies."""
    import resource  # noqa: PLC0415  (POSIX only, and this module is imported everywhere)

    prctl = ctypes.CDLL(None).prctl

    def prepare() -> None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)

    return prepare


def _end_group(process: subprocess.Popen[bytes]) -> None:
    for how, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, None)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=seconds)
            return
