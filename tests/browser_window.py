"""A person's ordinary browser: Chromium as anybody starts it, driven by nothing, on a desktop of the test's own."""

import io
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from Xlib.display import Display

from capture.display import PrivateDisplay
from capture.window import WindowError, private_display_grabber
from tests.conftest import QUIET_BROWSER

DEADLINE_SECONDS = 40
DRAWN_COLOURS = 200  # more than an empty window has: letters have soft edges


@contextmanager
def ordinary_browser(executable: Path, display: PrivateDisplay, address: str, *, profile: Path) -> Iterator[str]:
    """Its window, once the page is drawn in it; gives the window's title."""
    arguments = [*QUIET_BROWSER, "--lang=fr", "--disable-gpu", "--window-position=0,0", "--window-size=1280,860"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    process = subprocess.Popen(
        [str(executable), *arguments, f"--user-data-dir={profile}", address],
        env={**os.environ, **display.env},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield _await_page(display)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _await_page(display: PrivateDisplay) -> str:
    until = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < until:
        title = _title(display.env)
        if title and _colours(display) > DRAWN_COLOURS:
            return title
        time.sleep(0.1)
    raise AssertionError("the page never came")


def _title(environment: Mapping[str, str]) -> str:
    before = os.environ.get("XAUTHORITY")
    os.environ["XAUTHORITY"] = environment["XAUTHORITY"]
    try:
        desktop = Display(environment["DISPLAY"])
    finally:
        os.environ.pop("XAUTHORITY")
        if before is not None:
            os.environ["XAUTHORITY"] = before
    try:
        for window in desktop.screen().root.query_tree().children:
            name = window.get_full_text_property(desktop.intern_atom("_NET_WM_NAME"))
            if name and " - " in str(name) and "127.0.0.1" not in str(name):  # the page's own title has come
                return str(name)
    finally:
        desktop.close()
    return ""


def _colours(display: PrivateDisplay) -> int:
    try:
        picture = private_display_grabber(display).grab()
    except WindowError:
        return 0
    return len(Image.open(io.BytesIO(picture)).convert("RGB").getcolors(1 << 24) or [])
