"""What the system asks of the daemon: stop after the visit in hand, stop at once, read the configuration again.

The handlers only take note and wake the main thread, which acts at a point where nothing is half done. They wake it
by a byte in a socket: a lock that the interrupted main thread might hold itself would hang both.
"""

import select
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

STOP_SIGNALS = ("SIGTERM", "SIGINT", "SIGBREAK")  # the last on Windows: Ctrl-Break, and a closed console
RELOAD_SIGNALS = ("SIGHUP",)  # not on Windows


class Requests:
    """What was asked so far. ``stops`` counts: the second means at once."""

    def __init__(self) -> None:
        """Nothing was asked."""
        self.stops = 0
        self._reload = False
        self._reader, self._writer = socket.socketpair()
        self._reader.settimeout(0)
        self._writer.settimeout(0)

    def close(self) -> None:
        """Let go of the sockets."""
        self._reader.close()
        self._writer.close()

    def ask_stop(self) -> None:
        """Stop: after the visit in hand, or at once when asked again."""
        self.stops += 1
        self.wake()

    def ask_reload(self) -> None:
        """Read the configuration again."""
        self._reload = True
        self.wake()

    def take_reload(self) -> bool:
        """Whether a reload was asked since the last call."""
        asked, self._reload = self._reload, False
        return asked

    def wake(self) -> None:
        """End a ``wait``, from any thread or handler."""
        with suppress(BlockingIOError):  # full: it will wake anyway
            self._writer.send(b".")

    def wait(self, seconds: float) -> None:
        """Sleep until something is asked, at most ``seconds``."""
        if select.select([self._reader], [], [], seconds)[0]:
            with suppress(BlockingIOError):
                self._reader.recv(4096)


@contextmanager
def listening() -> Iterator[Requests]:
    """Take the signals down while inside; the handlers from before come back after. Main thread only."""
    requests = Requests()

    def stop(_number: int, _frame: FrameType | None) -> None:
        requests.ask_stop()

    def reload(_number: int, _frame: FrameType | None) -> None:
        requests.ask_reload()

    wanted = dict.fromkeys(STOP_SIGNALS, stop) | dict.fromkeys(RELOAD_SIGNALS, reload)
    present = {getattr(signal, name): handler for name, handler in wanted.items() if hasattr(signal, name)}
    before = {number: signal.signal(number, handler) for number, handler in present.items()}
    try:
        yield requests
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        requests.close()
