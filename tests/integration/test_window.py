"""The window's picture on a real X display: whole, alone, refused when empty, and nothing left behind."""

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from Xlib import error
from Xlib.display import Display

from capture.display import PrivateDisplay, can_have_private_display
from capture.window import WindowError, private_display_grabber, window_grabber
from capture.window_linux import without_shadow
from temoin.errors import BrowserError

pytestmark = [
    pytest.mark.browser,
    # python-xlib forgets the socket of a connection that was refused
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.skipif(sys.platform != "linux", reason="private X displays are Linux's"),
]

PAGE = "<title>Page fictive</title><body style='background:rgb(0,120,60)'>"
PAGE_COLOUR = (0, 120, 60)
COVER_COLOUR = (200, 0, 200)
DEADLINE_SECONDS = 20


@pytest.fixture(scope="module")
def display() -> Iterator[PrivateDisplay]:
    with PrivateDisplay(width=900, height=700) as running:
        yield running


@pytest.fixture(scope="module")
def chromium(display: PrivateDisplay, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The process id of a Chromium whose window stands on the display."""
    arguments = ["--no-sandbox", "--no-first-run", "--disable-gpu", "--window-position=0,0"]
    profile = tmp_path_factory.mktemp("profile")
    process = subprocess.Popen(
        [
            "chromium",
            *arguments,
            "--window-size=900,700",
            f"--user-data-dir={profile}",
            f"data:text/html,{PAGE}",
        ],
        env={**os.environ, **display.env},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        grabber = private_display_grabber(display)
        until(lambda: shows(grabber.grab, PAGE_COLOUR))
        yield process.pid
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.1)


def shows(grab: Callable[[], bytes], colour: tuple[int, int, int]) -> bool:
    try:
        return share(picture(grab()), colour) > 0.5
    except WindowError:
        return False


def picture(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB")


def share(image: Image.Image, colour: tuple[int, int, int]) -> float:
    counts = {value: count for count, value in image.getcolors(1 << 24) or []}
    return counts.get(colour, 0) / (image.width * image.height)


@pytest.fixture
def desktop(display: PrivateDisplay, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The display as if it were the person's own desktop, with a connection to draw on it."""
    for name, value in display.env.items():
        monkeypatch.setenv(name, value)
    connection = Display()
    yield connection
    connection.close()


def cover(desktop: Any) -> None:
    """A window of another program, over all but an edge."""
    screen = desktop.screen()
    pixel = COVER_COLOUR[0] << 16 | COVER_COLOUR[1] << 8 | COVER_COLOUR[2]
    window = screen.root.create_window(
        0, 0, 890, 690, 0, screen.root_depth, background_pixel=pixel, override_redirect=True
    )
    window.map()
    desktop.sync()


def test_the_whole_private_display_is_the_browsers_window(display: PrivateDisplay, chromium: int) -> None:
    assert chromium
    png = private_display_grabber(display).grab()
    image = picture(png)
    assert image.size == (900, 700)
    assert image.getpixel((450, 400)) == PAGE_COLOUR
    assert image.getpixel((450, 20)) != PAGE_COLOUR  # tab strip and address bar stand above the page
    assert len(png) < 120_000


def test_grabbing_leaves_the_environment_of_the_process_alone(display: PrivateDisplay, chromium: int) -> None:
    assert chromium
    before = dict(os.environ)
    assert private_display_grabber(display).grab().startswith(b"\x89PNG")
    assert dict(os.environ) == before


def test_a_covered_window_is_photographed_whole_by_its_handle(
    display: PrivateDisplay, chromium: int, desktop: Any
) -> None:
    grabber = window_grabber(chromium)
    assert grabber is not None
    cover(desktop)
    until(lambda: shows(private_display_grabber(display).grab, COVER_COLOUR))
    image = picture(grabber.grab())
    assert share(image, COVER_COLOUR) == 0
    assert share(image, PAGE_COLOUR) > 0.5


def test_a_window_covered_beforehand_is_photographed_whole_too(
    display: PrivateDisplay, chromium: int, desktop: Any
) -> None:
    cover(desktop)
    until(lambda: shows(private_display_grabber(display).grab, COVER_COLOUR))
    grabber = window_grabber(chromium, title_hint="Page fictive")
    assert grabber is not None
    image = picture(grabber.grab())
    assert share(image, COVER_COLOUR) == 0
    assert share(image, PAGE_COLOUR) > 0.5


@pytest.mark.usefixtures("desktop")
def test_a_window_of_another_process_is_never_taken(chromium: int) -> None:
    with subprocess.Popen(["sleep", "60"]) as stranger:
        assert window_grabber(chromium, title_hint="no such title") is not None
        assert window_grabber(stranger.pid, title_hint="Page fictive") is None
        stranger.kill()


def test_without_an_x_desktop_there_is_no_window_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    assert window_grabber(os.getpid()) is None
    monkeypatch.setenv("DISPLAY", ":9999")
    assert window_grabber(os.getpid()) is None


def test_a_window_that_was_closed_is_said_to_be_gone(desktop: Any) -> None:
    screen = desktop.screen()
    window = screen.root.create_window(0, 0, 300, 300, 0, screen.root_depth, background_pixel=0xFFFFFF)
    window.change_property(desktop.intern_atom("_NET_WM_PID"), 6, 32, [os.getpid()])
    window.change_property(desktop.intern_atom("_NET_WM_NAME"), 31, 8, b"about to close")
    window.map()
    desktop.sync()
    grabber = window_grabber(os.getpid(), title_hint="about to close")
    assert grabber is not None
    with pytest.raises(WindowError, match="one single colour: nothing was drawn"):
        grabber.grab()
    window.destroy()
    desktop.sync()
    with pytest.raises(WindowError, match=r"could not be photographed \(the window is closed or minimised\)"):
        grabber.grab()


def test_a_black_display_is_refused_as_a_picture() -> None:
    with (
        PrivateDisplay(width=300, height=200) as empty,
        pytest.raises(WindowError, match="one single colour") as refused,
    ):
        private_display_grabber(empty).grab()
    assert 'view = "page"' in refused.value.remedy


def test_a_display_that_ended_is_said_to_be_gone() -> None:
    with PrivateDisplay(width=300, height=200) as ended:
        grabber = private_display_grabber(ended)
    with pytest.raises(WindowError, match="could not be photographed"):
        grabber.grab()


def test_a_stranger_without_the_cookie_is_not_let_in(
    display: PrivateDisplay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "none").write_bytes(b"")
    monkeypatch.setenv("XAUTHORITY", str(tmp_path / "none"))
    with pytest.raises(error.DisplayConnectionError):
        Display(display.name)


def test_the_cookie_is_readable_by_its_owner_only(display: PrivateDisplay) -> None:
    authority = Path(display.env["XAUTHORITY"])
    assert authority.stat().st_mode & 0o777 == 0o600
    assert authority.parent.stat().st_mode & 0o777 == 0o700


def test_without_xvfb_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not can_have_private_display()
    with pytest.raises(BrowserError, match="Xvfb is not installed") as missing, PrivateDisplay():
        pass
    assert "apt install xvfb" in missing.value.remedy
    assert 'view = "page"' in missing.value.remedy


def test_an_xvfb_that_fails_is_quoted_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "Xvfb"
    broken.write_text("#!/bin/sh\necho 'no room for screens' >&2\nexit 1\n")
    broken.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(BrowserError, match=r"did not start \(no room for screens\)"), PrivateDisplay():
        pass
    assert list(tmp_path.iterdir()) == [broken]


def test_displays_end_with_their_block_and_leave_no_file() -> None:
    with PrivateDisplay(width=300, height=200) as first, PrivateDisplay(width=300, height=200) as second:
        folders = [Path(each.env["XAUTHORITY"]).parent for each in (first, second)]
        sockets = [Path(f"/tmp/.X11-unix/X{each.name[1:]}") for each in (first, second)]
        assert first.name != second.name
        assert all(path.exists() for path in folders + sockets)
    assert not any(path.exists() for path in folders + sockets)


def test_the_shadow_that_a_desktop_makes_a_window_draw_is_cut_off() -> None:
    assert without_shadow(900, 700, (10, 12, 8, 14)) == (10, 8, 888, 686)
    assert without_shadow(900, 700, ()) == (0, 0, 900, 700)
    assert without_shadow(900, 700, (500, 500, 0, 0)) == (0, 0, 900, 700)


def test_a_killed_owner_takes_its_display_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = (
        "from capture.display import PrivateDisplay\n"
        "import time\n"
        "with PrivateDisplay(width=300, height=200) as display:\n"
        "    print(display._process.pid, flush=True)\n"
        "    time.sleep(60)\n"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=environment) as owner:
        assert owner.stdout is not None
        xvfb = int(owner.stdout.readline())
        assert Path(f"/proc/{xvfb}/comm").read_text().strip() == "Xvfb"
        owner.kill()
    until(lambda: has_ended(xvfb))
    (left,) = tmp_path.iterdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with PrivateDisplay(width=300, height=200) as running:
        in_use = Path(running.env["XAUTHORITY"]).parent
        for folder in (left, in_use):
            os.utime(folder, (0, 0))
        with PrivateDisplay(width=300, height=200):
            assert in_use.exists()
            assert not left.exists()


def has_ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True
