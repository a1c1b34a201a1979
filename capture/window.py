"""The picture of the browser's window, address bar included, and of nothing else (DESIGN §9).

Two ways: the whole of a private display, on which only the browser is; or, on the person's own desktop, the
window's own content by its handle. Never a region of a screen, which could hold anything: where a handle
cannot be had the answer is None, and the caller takes the page view and says so. Each platform has its
module: ``window_linux`` (X11, XWayland), ``window_windows`` and ``window_macos``.
"""

import sys
from typing import Protocol

from PIL import Image

from capture.display import PrivateDisplay
from capture.png import encode_png, is_one_colour
from temoin.errors import BrowserError
from temoin.messages import _


class WindowError(BrowserError):
    """The browser's window could not be photographed, or its picture shows nothing."""


class WindowGrabber(Protocol):
    """Photographs one browser window, as often as it is asked."""

    def grab(self) -> bytes:
        """The window as it stands, as PNG.

        Raises:
            WindowError: the window is gone, minimised, or nothing is drawn in it.
        """
        ...


def private_display_grabber(display: PrivateDisplay) -> WindowGrabber:
    """Photographs the whole of ``display``, which must be running."""
    return _DisplayGrabber(display)


def window_grabber(browser_pid: int, *, title_hint: str = "") -> WindowGrabber | None:
    """Photographs the window of ``browser_pid``, or of a process it started, on the person's own desktop.

    Of several windows the one whose title holds ``title_hint`` is taken, else the largest. None where no
    window can be had by its handle: Wayland without XWayland, no desktop, no permission.
    """
    if sys.platform == "win32":
        from capture.window_windows import find_window  # noqa: PLC0415  (each platform its own)
    elif sys.platform == "darwin":
        from capture.window_macos import find_window  # noqa: PLC0415
    else:
        from capture.window_linux import find_window  # noqa: PLC0415
    source = find_window(browser_pid, title_hint)
    return None if source is None else _HandleGrabber(source)


def grabber_of(source: "WindowSource") -> WindowGrabber:
    """Photographs the one window that ``source`` has the handle of."""
    return _HandleGrabber(source)


class WindowSource(Protocol):
    """What a platform's module gives: the pixels of one window."""

    def photograph(self) -> Image.Image:
        """The window as it stands.

        Raises:
            OSError: the window is gone, minimised or cannot be read.
        """
        ...


class _DisplayGrabber:
    """The whole of a private display."""

    def __init__(self, display: PrivateDisplay) -> None:
        self._display = display

    def grab(self) -> bytes:
        from capture.x11 import photograph  # noqa: PLC0415  (Linux only)

        try:
            image = photograph(self._display)
        except OSError as error:
            raise _gone(error) from error
        return _encode_drawn(image)


class _HandleGrabber:
    """One window, by its handle."""

    def __init__(self, source: WindowSource) -> None:
        self._source = source

    def grab(self) -> bytes:
        try:
            image = self._source.photograph()
        except OSError as error:
            raise _gone(error) from error
        return _encode_drawn(image)


def _gone(error: OSError) -> WindowError:
    return WindowError(
        _("The browser's window could not be photographed ({reason}).").format(reason=error),
        remedy=_('Keep the window open and not minimised, or set view = "page" under [browser] in config.toml.'),
    )


def _encode_drawn(image: Image.Image) -> bytes:
    """PNG bytes of a picture that shows something: an empty one would be an exhibit without its sentence."""
    if is_one_colour(image):
        raise WindowError(
            _("The picture of the browser's window is one single colour: nothing was drawn in it."),
            remedy=_('Try again; if it comes back, set view = "page" under [browser] in config.toml.'),
        )
    return encode_png(image)
