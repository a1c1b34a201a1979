"""A person's ordinary browser: Chromium as anybody starts it, driven by nothing, on a desktop of the test's own."""

import io
import os
import signal
import subprocess
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from Xlib import X
from Xlib.display import Display

from capture.display import PrivateDisplay
from capture.window import WindowError, private_display_grabber
from tests.conftest import QUIET_BROWSER

DEADLINE_SECONDS = 120  # never reached unless something is broken
NOT_YET = ("Untitled", "Sans titre", "New Tab", "Nouvel onglet")  # titles before the page's own
DRAWN_COLOURS = 200  # more than an empty window has: letters have soft edges


@contextmanager
def ordinary_browser(executable: Path, display: PrivateDisplay, address: str, *, profile: Path) -> Iterator[str]:
    """Its window, once the page is drawn in it; gives the window's title."""
    arguments = [*QUIET_BROWSER, "--lang=fr", "--disable-gpu", "--window-position=0,0", "--window-size=1280,860"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    before = _titles(display.env).keys()
    process = subprocess.Popen(
        [str(executable), *arguments, f"--user-data-dir={profile}", address],
        env={**os.environ, **display.env},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield _await_page(display, before)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _await_page(display: PrivateDisplay, before: Collection[int]) -> str:
    until = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < until:
        new = [title for window, title in _titles(display.env).items() if window not in before]
        if new and _colours(display) > DRAWN_COLOURS:
            return new[0]
        time.sleep(0.1)
    raise AssertionError("the page never came")


def nothing_in_front(display: PrivateDisplay) -> None:
    """Take the focus from every window, as one that cannot be seen does."""
    with _desktop(display.env) as desktop:
        desktop.set_input_focus(X.PointerRoot, X.RevertToPointerRoot, X.CurrentTime)
        desktop.sync()


@contextmanager
def minimised(display: PrivateDisplay) -> Iterator[None]:
    """Its windows are off the screen meanwhile, as one does who minimises them."""
    with _desktop(display.env) as desktop:
        shown = [
            window
            for window in desktop.screen().root.query_tree().children
            if window.get_attributes().map_state == X.IsViewable
        ]
        for window in shown:
            window.unmap()
        desktop.sync()
        yield
        for window in shown:
            window.map()
        desktop.sync()


def _titles(environment: Mapping[str, str]) -> dict[int, str]:
    """The titles of the windows, by their numbers, once they are those of their pages."""
    found = {}
    with _desktop(environment) as desktop:
        for window in desktop.screen().root.query_tree().children:
            name = str(window.get_full_text_property(desktop.intern_atom("_NET_WM_NAME")) or "")
            if " - " in name and not name.startswith(NOT_YET) and "127.0.0.1" not in name:
                found[window.id] = name
    return found


@contextmanager
def _desktop(environment: Mapping[str, str]) -> Iterator[Display]:
    before = os.environ.get("XAUTHORITY")
    os.environ["XAUTHORITY"] = environment["XAUTHORITY"]
    try:
        desktop = Display(environment["DISPLAY"])
    finally:
        os.environ.pop("XAUTHORITY")
        if before is not None:
            os.environ["XAUTHORITY"] = before
    try:
        yield desktop
    finally:
        desktop.close()


def _colours(display: PrivateDisplay) -> int:
    try:
        picture = private_display_grabber(display).grab()
    except WindowError:
        return 0
    return len(Image.open(io.BytesIO(picture)).convert("RGB").getcolors(1 << 24) or [])
