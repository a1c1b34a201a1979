"""The person's own browser windows on their desktop, for photo mode (DESIGN §4, §9).

Only windows of a known browser are looked at (``capture.known_browsers``), and one is photographed by its handle
alone, never as a region of the screen. Témoin opens nothing here, sends nothing and touches no window.
"""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from capture.window import WindowError, WindowSource, grabber_of
from temoin.errors import BrowserError
from temoin.messages import _


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWindow:
    """A browser window that stands on the desktop; its title is for the person only, and is never recorded."""

    title: str
    browser: str
    active: bool
    source: Callable[[], WindowSource]

    def photograph(self) -> bytes:
        """The window as it stands, as PNG.

        Raises:
            BrowserError: it is gone, minimised, or nothing is drawn in it.
        """
        try:
            return grabber_of(self.source()).grab()
        except (WindowError, OSError) as error:
            why = error.message if isinstance(error, WindowError) else _("The window could not be photographed.")
            raise BrowserError(
                why,
                remedy=_("Leave it open and not minimised, and try again; or else: {other}").format(other=other_way()),
            ) from error


def open_windows() -> tuple[OpenWindow, ...]:
    """The browser windows that are open and not minimised, the foremost first.

    Raises:
        BrowserError: there is no desktop to look at, it does not let programs look, or no browser is open.
    """
    if sys.platform == "win32":
        from capture.window_windows import list_browsers  # noqa: PLC0415  (each platform its own)
    elif sys.platform == "darwin":
        from capture.window_macos import list_browsers  # noqa: PLC0415
    else:
        from capture.window_linux import list_browsers  # noqa: PLC0415
    try:
        found = list_browsers()
    except OSError as error:
        raise _no_desktop() from error
    if not found:
        raise _no_browser()
    return tuple(OpenWindow(title=title, browser=name, active=on, source=source) for title, name, on, source in found)


def choose_window(windows: Sequence[OpenWindow], title: str = "") -> tuple[OpenWindow, ...]:
    """Those that may be meant: the ones with ``title`` in their title, else the active one, else all of them.

    Where Wayland hides windows, one that is not active is only ever taken by its title: the browser that the person
    looks at may be among the hidden ones.

    Raises:
        BrowserError: no title holds those words; or the browser in front is none that can be seen.
    """
    if title:
        titled = tuple(window for window in windows if title.casefold() in window.title.casefold())
        if not titled:
            raise BrowserError(
                _("No open browser window has “{title}” in its title.").format(title=title),
                remedy=_("Open are: {titles}.").format(titles="; ".join(window.title for window in windows)),
            )
        return titled
    active = tuple(window for window in windows if window.active)
    if not active and os.environ.get("WAYLAND_DISPLAY"):
        raise BrowserError(
            _("This desktop (Wayland) shows Témoin only some windows, and the one in front is not among them."),
            remedy=_("If it is one of these, add --window with words of its title: {titles}. If not, {other}").format(
                titles="; ".join(window.title for window in windows), other=other_way()
            ),
        )
    return active or tuple(windows)


def other_way() -> str:
    """What a person can always do: a screenshot of their own, added to the journal."""
    return _(
        "make a screenshot yourself, and add it with “temoin journal add screenshot --on YYYY-MM-DD --attach FILE”."
    )


def _no_desktop() -> BrowserError:
    if sys.platform == "darwin":
        return BrowserError(
            _("macOS does not let Témoin photograph windows."),
            remedy=_("Allow it in System Settings, Privacy and Security, Screen Recording; or else: {other}").format(
                other=other_way()
            ),
        )
    if os.environ.get("WAYLAND_DISPLAY"):
        return _wayland()
    return BrowserError(
        _("There is no desktop here whose windows could be photographed."),
        remedy=_("Run this in your own session, where the browser is; or else: {other}").format(other=other_way()),
    )


def _no_browser() -> BrowserError:
    if sys.platform == "linux" and os.environ.get("WAYLAND_DISPLAY"):
        return _wayland()
    return BrowserError(
        _("No browser window is open, or it is minimised."),
        remedy=_("Open the page in your browser and try again; or else: {other}").format(other=other_way()),
    )


def _wayland() -> BrowserError:
    """Wayland shows no program the windows of another; what runs under XWayland can be seen."""
    return BrowserError(
        _("This desktop (Wayland) does not let Témoin see your browser’s window."),
        remedy=_("Please {other}").format(other=other_way()),
    )
