"""The browser's window on macOS, by its number: ``screencapture -l``, even when covered.

Never tried on a real macOS so far (README). The number comes from CGWindowListCopyWindowInfo (CoreGraphics),
read through ctypes. Without the "screen recording" permission macOS gives the wallpaper in place of the
window, so that without it there is no window picture.
"""

# mypy: no-warn-unreachable
import sys

if sys.platform != "darwin":
    raise ImportError("only on macOS")

import ctypes
import subprocess
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PIL import Image

from capture.known_browsers import browser_name

MIN_SIDE = 200  # points; a browser also owns helper windows of a few points
ON_SCREEN_ONLY = 1  # kCGWindowListOptionOnScreenOnly
NO_DESKTOP = 16  # kCGWindowListExcludeDesktopElements
NORMAL_LAYER = 0
SINT64 = 4  # kCFNumberSInt64Type
UTF8 = 0x08000100  # kCFStringEncodingUTF8
SCREENCAPTURE_SECONDS = 20
SYSTEM = "/System/Library/Frameworks"

_graphics = ctypes.CDLL(f"{SYSTEM}/CoreGraphics.framework/CoreGraphics")
_core = ctypes.CDLL(f"{SYSTEM}/CoreFoundation.framework/CoreFoundation")
_graphics.CGWindowListCopyWindowInfo.restype = ctypes.c_void_p
_graphics.CGWindowListCopyWindowInfo.argtypes = [ctypes.c_uint32, ctypes.c_uint32]
_graphics.CGPreflightScreenCaptureAccess.restype = ctypes.c_bool
_graphics.CGRectMakeWithDictionaryRepresentation.restype = ctypes.c_bool
_graphics.CGRectMakeWithDictionaryRepresentation.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
_core.CFArrayGetCount.restype = ctypes.c_long
_core.CFArrayGetCount.argtypes = [ctypes.c_void_p]
_core.CFArrayGetValueAtIndex.restype = ctypes.c_void_p
_core.CFArrayGetValueAtIndex.argtypes = [ctypes.c_void_p, ctypes.c_long]
_core.CFDictionaryGetValue.restype = ctypes.c_void_p
_core.CFDictionaryGetValue.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
_core.CFNumberGetValue.argtypes = [ctypes.c_void_p, ctypes.c_long, ctypes.c_void_p]
_core.CFStringGetCString.restype = ctypes.c_bool
_core.CFStringGetCString.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_long, ctypes.c_uint32]
_core.CFRelease.argtypes = [ctypes.c_void_p]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Info:
    """What macOS says of one window."""

    number: int
    pid: int
    layer: int
    title: str
    owner: str
    width: float
    height: float


def find_window(browser_pid: int, title_hint: str) -> "MacWindow | None":
    """The browser's largest window, or the one with ``title_hint`` in its title; None without permission."""
    if not _graphics.CGPreflightScreenCaptureAccess():
        return None
    pids = _family(browser_pid)
    windows = [info for info in _windows() if info.pid in pids and info.layer == NORMAL_LAYER]
    windows = [info for info in windows if min(info.width, info.height) >= MIN_SIDE]
    titled = [info for info in windows if title_hint and title_hint in info.title]
    candidates = titled or windows
    if not candidates:
        return None
    return MacWindow(max(candidates, key=lambda info: info.width * info.height).number)


def list_browsers() -> list[tuple[str, str, bool, "partial[MacWindow]"]]:
    """Title, browser, whether it is active and how to hold it, of each browser window; the foremost first.

    The window server tells them from the front to the back, so that the first of all is the active one.

    Raises:
        OSError: macOS does not let windows be photographed.
    """
    if not _graphics.CGPreflightScreenCaptureAccess():
        raise OSError("no permission to record the screen")
    windows = [info for info in _windows() if info.layer == NORMAL_LAYER and min(info.width, info.height) >= MIN_SIDE]
    return [
        (info.title, name, place == 0, partial(MacWindow, info.number))
        for place, info in enumerate(windows)
        if (name := browser_name(info.owner))
    ]


class MacWindow:
    """One window, by the window server's number."""

    def __init__(self, number: int) -> None:
        """Remember the number."""
        self._number = number

    def photograph(self) -> Image.Image:
        """The window without its shadow, at the screen's own resolution.

        Raises:
            OSError: the window is closed, minimised, or macOS refuses.
        """
        with tempfile.TemporaryDirectory(prefix="temoin-window-") as folder:
            path = Path(folder) / "window.png"
            try:
                subprocess.run(
                    ["/usr/sbin/screencapture", "-x", "-o", f"-l{self._number}", str(path)],
                    check=True,
                    capture_output=True,
                    timeout=SCREENCAPTURE_SECONDS,
                )
            except subprocess.SubprocessError as error:
                raise OSError("macOS would not photograph the window") from error
            with Image.open(path) as image:
                return image.convert("RGB")


def _family(root: int) -> set[int]:
    """``root`` and every process it started, however far down."""
    try:
        listing = subprocess.run(
            ["/bin/ps", "-axo", "pid=,ppid="], check=True, capture_output=True, text=True, timeout=5
        ).stdout
    except (subprocess.SubprocessError, OSError):
        return {root}
    pairs = [tuple(map(int, line.split())) for line in listing.splitlines() if line.strip()]
    family = {root}
    grown = True
    while grown:
        children = {pid for pid, parent in pairs if parent in family} - family
        family |= children
        grown = bool(children)
    return family


def _windows() -> list[_Info]:
    array = _graphics.CGWindowListCopyWindowInfo(ON_SCREEN_ONLY | NO_DESKTOP, 0)
    if not array:
        return []
    try:
        count = _core.CFArrayGetCount(array)
        return [_info(_core.CFArrayGetValueAtIndex(array, index)) for index in range(count)]
    finally:
        _core.CFRelease(array)


def _info(entry: int) -> _Info:
    rect = (ctypes.c_double * 4)()
    bounds = _value(entry, "kCGWindowBounds")
    if bounds:
        _graphics.CGRectMakeWithDictionaryRepresentation(bounds, ctypes.byref(rect))
    return _Info(
        number=_number(entry, "kCGWindowNumber"),
        pid=_number(entry, "kCGWindowOwnerPID"),
        layer=_number(entry, "kCGWindowLayer"),
        title=_text(entry, "kCGWindowName"),
        owner=_text(entry, "kCGWindowOwnerName"),
        width=rect[2],
        height=rect[3],
    )


def _value(entry: int, key: str) -> int | None:
    name = ctypes.c_void_p.in_dll(_graphics, key)
    value: int | None = _core.CFDictionaryGetValue(entry, name)
    return value


def _number(entry: int, key: str) -> int:
    value = _value(entry, key)
    number = ctypes.c_int64(-1)
    if value:
        _core.CFNumberGetValue(value, SINT64, ctypes.byref(number))
    return number.value


def _text(entry: int, key: str) -> str:
    """The string under ``key``; empty where macOS does not tell it."""
    value = _value(entry, key)
    buffer = ctypes.create_string_buffer(1024)
    if not value or not _core.CFStringGetCString(value, buffer, len(buffer), UTF8):
        return ""
    return buffer.value.decode("utf-8", "replace")
