"""The forty lines of X11 that photograph a private display, over its socket and with its own cookie.

Xlib and libxcb find the cookie through the environment of the whole process; a visit must not change that.
The protocol is the X Consortium's "X Window System Protocol, X Version 11", section 8 (connection setup) and
GetImage; only a local display of ours is ever spoken to.
"""

import socket
import struct
from dataclasses import dataclass

from PIL import Image

from capture.display import COOKIE_NAME, PrivateDisplay

GET_IMAGE = 73
Z_PIXMAP = 2
ALL_PLANES = 0xFFFFFFFF
REPLY_BYTES = 32  # of every reply, event and error
TIMEOUT_SECONDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Root:
    """What the connection setup says of the first screen."""

    window: int
    width: int
    height: int
    big_endian: bool


def photograph(display: PrivateDisplay) -> Image.Image:
    """The whole of ``display`` as it stands.

    Raises:
        OSError: the display does not answer, or answers nonsense.
    """
    with _connect(display.name) as connection:
        root = _set_up(connection, display.cookie)
        request = struct.pack(
            "<BBHIhhHHI", GET_IMAGE, Z_PIXMAP, 5, root.window, 0, 0, root.width, root.height, ALL_PLANES
        )
        connection.sendall(request)
        data = _read_reply(connection)
    if len(data) != root.width * root.height * 4:
        raise OSError("the display's picture has an unexpected size")
    layout = "XRGB" if root.big_endian else "BGRX"
    return Image.frombytes("RGB", (root.width, root.height), data, "raw", layout)


def _connect(name: str) -> socket.socket:
    """The abstract socket first, as libxcb does: a file can be replaced by another program's."""
    path = f"/tmp/.X11-unix/X{name[1:]}"  # noqa: S108  (where X11 puts its sockets)
    try:
        return _open(f"\0{path}")
    except ConnectionError:
        return _open(path)


def _open(address: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(TIMEOUT_SECONDS)
    try:
        connection.connect(address)
    except OSError:
        connection.close()
        raise
    return connection


def _set_up(connection: socket.socket, cookie: bytes) -> _Root:
    """Section 8: little-endian, protocol 11.0, the cookie; the answer's first screen."""
    name = COOKIE_NAME + bytes(-len(COOKIE_NAME) % 4)
    hello = struct.pack("<BxHHHHxx", ord("l"), 11, 0, len(COOKIE_NAME), len(cookie))
    connection.sendall(hello + name + cookie + bytes(-len(cookie) % 4))
    accepted, _reason, words = struct.unpack("<BB4xH", _read(connection, 8))
    answer = _read(connection, words * 4)
    if accepted != 1:
        raise OSError("the display refused the connection")
    vendor_bytes, formats, big_endian = struct.unpack_from("<16xHxxxBB", answer)
    screen = 32 + vendor_bytes + (-vendor_bytes % 4) + formats * 8
    window, width, height = struct.unpack_from("<I16xHH", answer, screen)
    return _Root(window=window, width=width, height=height, big_endian=bool(big_endian))


def _read_reply(connection: socket.socket) -> bytes:
    """The data of the one reply that is awaited; events sent to every client are passed over."""
    while True:
        head = _read(connection, REPLY_BYTES)
        if head[0] == 0:
            raise OSError(f"the display answered error {head[1]}")
        if head[0] == 1:
            return _read(connection, struct.unpack_from("<I", head, 4)[0] * 4)


def _read(connection: socket.socket, count: int) -> bytes:
    data = bytearray(count)
    view = memoryview(data)
    while view:
        received = connection.recv_into(view)
        if not received:
            raise OSError("the display closed the connection")
        view = view[received:]
    return bytes(data)
