"""A small time server on loopback (RFC 5905, an answer of 48 bytes), which can be wrong, silent or unsynchronised."""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_SINCE_1900 = 2_208_988_800  # seconds from NTP's beginning to 1970


@dataclass
class TimeServer:
    """Ahead of this machine by ``ahead`` seconds."""

    address: str
    ahead: float = 0.0
    silent: bool = False
    leap: int = 0
    stratum: int = 2
    asked: int = field(default=0)

    def answer(self, request: bytes) -> bytes:
        """What the server says to ``request``."""
        now = time.time() + self.ahead + _SINCE_1900
        stamp = struct.pack("!II", int(now), int(now % 1 * 2**32))
        head = struct.pack("!BBbb", self.leap << 6 | 4 << 3 | 4, self.stratum, 6, -20)
        return head + bytes(8) + b"TEST" + stamp + request[40:48] + stamp + stamp


@contextmanager
def time_server(**how: object) -> Iterator[TimeServer]:
    """A server that runs for the block."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        udp.settimeout(0.1)
        server = TimeServer(address=f"127.0.0.1:{udp.getsockname()[1]}", **how)  # type: ignore[arg-type]
        stop = threading.Event()

        def serve() -> None:
            while not stop.is_set():
                try:
                    request, sender = udp.recvfrom(1024)
                except TimeoutError:
                    continue
                server.asked += 1
                if not server.silent:
                    udp.sendto(server.answer(request), sender)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server
        finally:
            stop.set()
            thread.join()
