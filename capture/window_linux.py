"""The browser's window on an X11 desktop (or under XWayland), by its handle, whole even when covered.

The client window holds the tab strip and the address bar in Chromium's case; the window manager's frame is
left out. The Composite extension keeps the window's content apart from the screen, so that what lies over it
is not photographed and what lies under it is ("Composite Extension", version 0.4: RedirectWindow,
NameWindowPixmap).
"""

import contextlib
import os
import time
import weakref
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

from PIL import Image
from Xlib import X
from Xlib import error as xerror
from Xlib.display import Display
from Xlib.ext import composite
from Xlib.xobject.drawable import Window

from capture.known_browsers import browser_name

MIN_SIDE = 200  # pixels; a browser also owns helper windows of a few pixels
MAX_DEPTH = 4  # root, frame, client, and one for a tabbed window manager
MAX_ANCESTORS = 64  # of a process; only a guard against a loop
REDRAW_SECONDS: Final = 0.5  # after a covered window is redirected it is asked to draw itself anew
TRUE_COLOUR_DEPTHS = (24, 32)


def find_window(browser_pid: int, title_hint: str) -> "XWindow | None":
    """The browser's largest window, or the one with ``title_hint`` in its title; None without an X desktop."""
    if not os.environ.get("DISPLAY"):
        return None
    try:
        display = Display()
    except (xerror.DisplayError, xerror.XError, OSError):
        return None
    found: XWindow | None = None
    try:
        found = _find_on(display, browser_pid, title_hint)
    except (xerror.XError, xerror.ConnectionClosedError, OSError):
        found = None
    if found is None:
        _close(display)
    return found


def _close(display: Display) -> None:
    """Close the connection, and its socket too when the server was the first to go."""
    with contextlib.suppress(xerror.ConnectionClosedError, OSError):
        display.close()
    display.display.socket.close()


def _find_on(display: Display, browser_pid: int, title_hint: str) -> "XWindow | None":
    if not display.has_extension(composite.extname):
        return None
    windows = list(_windows(display, lambda window: _is_the_browsers(display, window, browser_pid)))
    titled = [window for window in windows if title_hint and title_hint in _title(display, window)]
    candidates = titled or windows
    if not candidates:
        return None
    return XWindow(display, max(candidates, key=_area))


def list_browsers() -> list[tuple[str, str, bool, "partial[XWindow]"]]:
    """Title, browser, whether it is active and how to hold it, of each browser window; the foremost first.

    Raises:
        OSError: there is no X desktop, or it does not let windows be photographed.
    """
    if not os.environ.get("DISPLAY"):
        raise OSError("no X desktop")
    try:
        display = Display()
    except (xerror.DisplayError, xerror.XError) as error:
        raise OSError("the X desktop does not answer") from error
    try:
        if not display.has_extension(composite.extname):
            raise OSError("the X desktop has no Composite extension")
        active = _active_family(display)
        return [
            (_title(display, window), _browser(window) or "", window.id in active, partial(_hold, window.id))
            for window in _windows(display, lambda window: _browser(window) is not None and _is_shown(window))
        ]
    except (xerror.XError, xerror.ConnectionClosedError) as error:
        raise OSError("the X desktop does not answer") from error
    finally:
        _close(display)


def _hold(identity: int) -> "XWindow":
    """The window of that number, on a connection of its own, which ends with it."""
    try:
        display = Display()
    except (xerror.DisplayError, xerror.XError) as error:
        raise OSError("the X desktop does not answer") from error
    try:
        return XWindow(display, display.create_resource_object("window", identity))
    except (xerror.XError, xerror.ConnectionClosedError) as error:
        raise OSError("the window is closed or minimised") from error


def _browser(window: Window) -> str | None:
    """The browser that an ordinary window is of: neither a menu nor a dialog of it."""
    names = window.get_wm_class()
    if names is None or window.get_attributes().override_redirect or window.get_wm_transient_for() is not None:
        return None
    return browser_name(names[1]) or browser_name(names[0])


def _active_family(display: Display) -> frozenset[int]:
    """The window in which the person is, and those around it: _NET_ACTIVE_WINDOW (EWMH), or else the focus."""
    root = display.screen().root
    prop = root.get_full_property(display.intern_atom("_NET_ACTIVE_WINDOW"), X.AnyPropertyType)
    window = root if prop is None or not prop.value[0] else display.create_resource_object("window", prop.value[0])
    if window == root:
        window = display.get_input_focus().focus
    family: set[int] = set()
    while isinstance(window, Window) and window != root and len(family) < MAX_ANCESTORS:
        family.add(window.id)
        try:
            window = window.query_tree().parent
        except xerror.BadWindow:
            break  # it closed while we looked
    return frozenset(family)


def _windows(display: Display, wanted: Callable[[Window], bool]) -> Iterator[Window]:
    """The windows that are wanted, the foremost first; none inside one that is."""
    waiting = [(display.screen().root, 0)]
    while waiting:
        window, depth = waiting.pop()
        try:
            if depth and wanted(window):
                yield window
            elif depth < MAX_DEPTH:
                waiting += [(child, depth + 1) for child in window.query_tree().children]
        except (xerror.BadWindow, xerror.BadDrawable):
            continue  # it closed while we looked


def _is_shown(window: Window) -> bool:
    attributes = window.get_attributes()
    if attributes.win_class != X.InputOutput or attributes.map_state != X.IsViewable:
        return False
    return min(_sides(window)) >= MIN_SIDE


def _is_the_browsers(display: Display, window: Window, browser_pid: int) -> bool:
    if not _is_shown(window):
        return False
    owner = window.get_full_property(display.intern_atom("_NET_WM_PID"), X.AnyPropertyType)
    return owner is not None and len(owner.value) == 1 and _descends(int(owner.value[0]), browser_pid)


def _descends(pid: int, ancestor: int) -> bool:
    """Whether ``pid`` is ``ancestor`` or a process it started, however far down."""
    for _step in range(MAX_ANCESTORS):
        if pid == ancestor:
            return True
        try:
            # proc(5): "pid (comm) state ppid"; comm may hold spaces and parentheses
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
            pid = int(stat.rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            return False
    return False


def _title(display: Display, window: Window) -> str:
    prop = window.get_full_property(display.intern_atom("_NET_WM_NAME"), X.AnyPropertyType)
    value = b"" if prop is None else prop.value
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _sides(window: Window) -> tuple[int, int]:
    geometry = window.get_geometry()
    return geometry.width, geometry.height


def _area(window: Window) -> int:
    width, height = _sides(window)
    return width * height


class XWindow:
    """One X window whose content is kept apart from the screen while this object lives."""

    def __init__(self, display: Display, window: Window) -> None:
        """Redirect ``window``, and have it draw the parts that were covered."""
        self._display = display
        self._window = window
        weakref.finalize(self, _close, display)  # with the connection the redirection ends, and costs nothing more
        window.composite_redirect_window(composite.RedirectAutomatic)
        window.clear_area(exposures=True)
        display.sync()
        time.sleep(REDRAW_SECONDS)

    def photograph(self) -> Image.Image:
        """The window's own pixels, without the shadow that some desktops make it draw around itself.

        Raises:
            OSError: the window is closed, minimised, or not in true colour.
        """
        try:
            return self._photograph()
        except (xerror.XError, xerror.ConnectionClosedError) as error:
            raise OSError("the window is closed or minimised") from error

    def _photograph(self) -> Image.Image:
        if self._window.get_attributes().map_state != X.IsViewable:
            raise OSError("the window is minimised")
        width, height = _sides(self._window)
        pixmap = self._window.composite_name_window_pixmap()
        try:
            reply = pixmap.get_image(0, 0, width, height, X.ZPixmap, 0xFFFFFFFF)
        finally:
            pixmap.free()
        if reply.depth not in TRUE_COLOUR_DEPTHS or len(reply.data) != width * height * 4:
            raise OSError(f"the window has {reply.depth} bits a pixel")
        little = self._display.display.info.image_byte_order == X.LSBFirst
        image = Image.frombytes("RGB", (width, height), reply.data, "raw", "BGRX" if little else "XRGB")
        return image.crop(without_shadow(width, height, self._shadow()))

    def _shadow(self) -> tuple[int, ...]:
        name = self._display.intern_atom("_GTK_FRAME_EXTENTS")
        prop = self._window.get_full_property(name, X.AnyPropertyType)
        return () if prop is None else tuple(int(side) for side in prop.value)


def without_shadow(width: int, height: int, shadow: tuple[int, ...]) -> tuple[int, int, int, int]:
    """The box of a window inside the shadow it draws itself: left, right, top, bottom (_GTK_FRAME_EXTENTS)."""
    if len(shadow) != len(("left", "right", "top", "bottom")):
        return (0, 0, width, height)
    left, right, top, bottom = shadow
    if left + right >= width or top + bottom >= height:
        return (0, 0, width, height)
    return (left, top, width - right, height - bottom)
