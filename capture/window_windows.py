"""The browser's window on Windows, by its handle: PrintWindow with its full content, even when covered.

Never tried on a real Windows so far (README). Constants are those of WinUser.h, WinGDI.h, TlHelp32.h and
dwmapi.h. A native alert is a window that the browser's window owns; it is drawn where it stands on it.
"""

# mypy: no-warn-unreachable
import sys

if sys.platform != "win32":
    raise ImportError("only on Windows")

import ctypes
from ctypes import wintypes
from functools import partial

from PIL import Image

from capture.known_browsers import browser_name

MIN_SIDE = 200  # pixels; a browser also owns helper windows of a few pixels
GW_OWNER = 4
PW_RENDERFULLCONTENT = 2
DWMWA_EXTENDED_FRAME_BOUNDS = 9
DWMWA_CLOAKED = 14
TH32CS_SNAPPROCESS = 2
PER_MONITOR_AWARE_V2 = -4  # sizes in real pixels, whatever the screen's scale
BITS_PER_PIXEL = 32
DIB_RGB_COLORS = 0
INVALID_HANDLE = ctypes.c_void_p(-1).value

user32 = ctypes.WinDLL("user32", use_last_error=True)
gdi32 = ctypes.WinDLL("gdi32", use_last_error=True)
kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
dwmapi = ctypes.WinDLL("dwmapi")
user32.SetThreadDpiAwarenessContext.argtypes = [ctypes.c_void_p]
user32.SetThreadDpiAwarenessContext.restype = ctypes.c_void_p
user32.GetWindow.argtypes = [wintypes.HWND, wintypes.UINT]
user32.GetWindow.restype = wintypes.HWND
user32.GetForegroundWindow.restype = wintypes.HWND
user32.GetWindowDC.argtypes = [wintypes.HWND]
user32.GetWindowDC.restype = wintypes.HDC
user32.ReleaseDC.argtypes = [wintypes.HWND, wintypes.HDC]
user32.PrintWindow.argtypes = [wintypes.HWND, wintypes.HDC, wintypes.UINT]
gdi32.CreateCompatibleDC.argtypes = [wintypes.HDC]
gdi32.CreateCompatibleDC.restype = wintypes.HDC
gdi32.CreateCompatibleBitmap.argtypes = [wintypes.HDC, ctypes.c_int, ctypes.c_int]
gdi32.CreateCompatibleBitmap.restype = wintypes.HBITMAP
gdi32.SelectObject.argtypes = [wintypes.HDC, wintypes.HGDIOBJ]
gdi32.SelectObject.restype = wintypes.HGDIOBJ
gdi32.DeleteObject.argtypes = [wintypes.HGDIOBJ]
gdi32.DeleteDC.argtypes = [wintypes.HDC]
kernel32.CreateToolhelp32Snapshot.restype = wintypes.HANDLE
kernel32.CloseHandle.argtypes = [wintypes.HANDLE]
dwmapi.DwmGetWindowAttribute.argtypes = [wintypes.HWND, wintypes.DWORD, ctypes.c_void_p, wintypes.DWORD]

EnumProc = ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.HWND, wintypes.LPARAM)


class ProcessEntry(ctypes.Structure):
    """PROCESSENTRY32W."""

    _fields_ = (
        ("size", wintypes.DWORD),
        ("usage", wintypes.DWORD),
        ("pid", wintypes.DWORD),
        ("heap", ctypes.c_size_t),
        ("module", wintypes.DWORD),
        ("threads", wintypes.DWORD),
        ("parent", wintypes.DWORD),
        ("priority", wintypes.LONG),
        ("flags", wintypes.DWORD),
        ("name", wintypes.WCHAR * 260),
    )


class BitmapHeader(ctypes.Structure):
    """BITMAPINFOHEADER."""

    _fields_ = (
        ("size", wintypes.DWORD),
        ("width", wintypes.LONG),
        ("height", wintypes.LONG),
        ("planes", wintypes.WORD),
        ("bits", wintypes.WORD),
        ("compression", wintypes.DWORD),
        ("image_size", wintypes.DWORD),
        ("x_per_metre", wintypes.LONG),
        ("y_per_metre", wintypes.LONG),
        ("used", wintypes.DWORD),
        ("important", wintypes.DWORD),
    )


def find_window(browser_pid: int, title_hint: str) -> "WindowsWindow | None":
    """The browser's largest window, or the one with ``title_hint`` in its title; None when it has none."""
    user32.SetThreadDpiAwarenessContext(PER_MONITOR_AWARE_V2)
    pids = _family(browser_pid)
    windows = [w for w in _visible_windows() if _pid(w) in pids and not user32.GetWindow(w, GW_OWNER)]
    windows = [window for window in windows if min(_size(_frame(window))) >= MIN_SIDE]
    titled = [window for window in windows if title_hint and title_hint in _title(window)]
    candidates = titled or windows
    if not candidates:
        return None
    return WindowsWindow(max(candidates, key=lambda window: _area(_frame(window))))


def list_browsers() -> list[tuple[str, str, bool, "partial[WindowsWindow]"]]:
    """Title, browser, whether it is active and how to hold it, of each browser window; the foremost first."""
    user32.SetThreadDpiAwarenessContext(PER_MONITOR_AWARE_V2)
    programs = {pid: browser_name(program) for pid, (_parent, program) in _processes().items()}
    active = user32.GetForegroundWindow()
    return [
        (_title(window), name, window == active, partial(WindowsWindow, window))
        for window in _visible_windows()
        if not user32.GetWindow(window, GW_OWNER) and min(_size(_frame(window))) >= MIN_SIDE
        if (name := programs.get(_pid(window)))
    ]


class WindowsWindow:
    """One top-level window."""

    def __init__(self, handle: int) -> None:
        """Remember the handle."""
        self._handle = handle

    def photograph(self) -> Image.Image:
        """The window without its invisible borders, with the dialogs it owns on it.

        Raises:
            OSError: the window is closed, minimised, or will not be drawn.
        """
        if not user32.IsWindow(self._handle) or user32.IsIconic(self._handle):
            raise OSError("the window is closed or minimised")
        frame = _frame(self._handle)
        picture = _print(self._handle)
        owned = [w for w in _visible_windows() if user32.GetWindow(w, GW_OWNER) == self._handle]
        for window in reversed(owned):  # EnumWindows goes from the top down
            place = _frame(window)
            picture.paste(_print(window), (place.left - frame.left, place.top - frame.top))
        return picture


def _family(root: int) -> set[int]:
    """``root`` and every process it started, however far down."""
    processes = _processes()
    family = {root}
    grown = True
    while grown:
        children = {pid for pid, (parent, _program) in processes.items() if parent in family} - family
        family |= children
        grown = bool(children)
    return family


def _processes() -> dict[int, tuple[int, str]]:
    """The parent and the program's file of each process."""
    snapshot = kernel32.CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0)
    if snapshot == INVALID_HANDLE:
        return {}
    entry = ProcessEntry(size=ctypes.sizeof(ProcessEntry))
    processes: dict[int, tuple[int, str]] = {}
    try:
        more = kernel32.Process32FirstW(wintypes.HANDLE(snapshot), ctypes.byref(entry))
        while more:
            processes[int(entry.pid)] = (int(entry.parent), str(entry.name))
            more = kernel32.Process32NextW(wintypes.HANDLE(snapshot), ctypes.byref(entry))
    finally:
        kernel32.CloseHandle(snapshot)
    return processes


def _visible_windows() -> list[int]:
    """The top-level windows that stand on this desktop, from the top down."""
    found: list[int] = []

    def keep(window: int, _extra: int) -> bool:
        if user32.IsWindowVisible(window) and not user32.IsIconic(window) and not _is_cloaked(window):
            found.append(window)
        return True

    user32.EnumWindows(EnumProc(keep), 0)
    return found


def _is_cloaked(window: int) -> bool:
    """Whether Windows keeps it out of sight (another virtual desktop)."""
    cloaked = wintypes.DWORD(0)
    dwmapi.DwmGetWindowAttribute(window, DWMWA_CLOAKED, ctypes.byref(cloaked), ctypes.sizeof(cloaked))
    return bool(cloaked.value)


def _pid(window: int) -> int:
    pid = wintypes.DWORD(0)
    user32.GetWindowThreadProcessId(wintypes.HWND(window), ctypes.byref(pid))
    return int(pid.value)


def _title(window: int) -> str:
    text = ctypes.create_unicode_buffer(512)
    user32.GetWindowTextW(wintypes.HWND(window), text, len(text))
    return text.value


def _frame(window: int) -> wintypes.RECT:
    """What is seen of the window: GetWindowRect also counts its invisible borders."""
    rect = wintypes.RECT()
    size = ctypes.sizeof(rect)
    if dwmapi.DwmGetWindowAttribute(window, DWMWA_EXTENDED_FRAME_BOUNDS, ctypes.byref(rect), size) != 0:
        user32.GetWindowRect(wintypes.HWND(window), ctypes.byref(rect))
    return rect


def _size(rect: wintypes.RECT) -> tuple[int, int]:
    return rect.right - rect.left, rect.bottom - rect.top


def _area(rect: wintypes.RECT) -> int:
    width, height = _size(rect)
    return int(width * height)


def _print(window: int) -> Image.Image:
    """PrintWindow into a bitmap of our own, cut to what is seen of the window."""
    outer = wintypes.RECT()
    if not user32.GetWindowRect(wintypes.HWND(window), ctypes.byref(outer)):
        raise OSError("the window is closed")
    width, height = _size(outer)
    source = user32.GetWindowDC(window)
    canvas = gdi32.CreateCompatibleDC(source)
    bitmap = gdi32.CreateCompatibleBitmap(source, width, height)
    before = gdi32.SelectObject(canvas, bitmap)
    try:
        if not user32.PrintWindow(window, canvas, PW_RENDERFULLCONTENT):
            raise OSError("Windows would not draw the window")
        gdi32.SelectObject(canvas, before)  # GetDIBits wants the bitmap free
        image = _read_bitmap(canvas, bitmap, width, height)
    finally:
        gdi32.DeleteObject(bitmap)
        gdi32.DeleteDC(canvas)
        user32.ReleaseDC(window, source)
    seen = _frame(window)
    box = (seen.left - outer.left, seen.top - outer.top, seen.right - outer.left, seen.bottom - outer.top)
    return image.crop(box)


def _read_bitmap(canvas: int, bitmap: int, width: int, height: int) -> Image.Image:
    header = BitmapHeader(size=ctypes.sizeof(BitmapHeader), width=width, height=-height, planes=1, bits=BITS_PER_PIXEL)
    pixels = ctypes.create_string_buffer(width * height * 4)
    lines = gdi32.GetDIBits(
        wintypes.HDC(canvas),
        wintypes.HBITMAP(bitmap),
        0,
        height,
        pixels,
        ctypes.byref(header),
        DIB_RGB_COLORS,
    )
    if lines != height:
        raise OSError("Windows would not give the window's pixels")
    return Image.frombytes("RGB", (width, height), pixels.raw, "raw", "BGRX")
