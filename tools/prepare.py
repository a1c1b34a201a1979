"""Prepare a checkout: the environment, a browser, the checkers of the tests. Run by the Makefile.

``prepare.py venv`` installs the locked dependencies into ``.venv``; ``prepare.py browser`` sees to a browser
and a virtual display; ``prepare.py test-tools`` to the programs that tests compare with. Each does nothing,
and asks no network, where nothing is missing. Standard library only: it runs before anything is installed.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / ".prepared"
LOCK = ROOT / "requirements.lock"

DOWNLOAD_SECONDS = 240  # for Playwright's download: behind some networks it hangs instead of failing
APT_SECONDS = 600
NO_BROWSER = 5  # the exit code of BrowserError
CONFIGURATION = 3

# Program or file that shows that a Debian package is there → the package.
DISPLAY_TOOLS = {"Xvfb": "xvfb"}
TEST_TOOLS = {
    "Xvfb": "xvfb",
    "exiftool": "libimage-exiftool-perl",
    "tesseract": "tesseract-ocr",
    "pdftotext": "poppler-utils",
    "qpdf": "qpdf",
    "openssl": "openssl",
    "systemd-analyze": "systemd",
}
# ReplayWeb.page (npm, AGPL), in which a test opens the web archive of a bundle; never part of the product.
REPLAY = "replaywebpage@2.5.3"
REPLAY_SHA256 = "b7d35c39c4da9b7121c5a393911d8675d4cc6f19513c380191e16b086bea812c"  # of what `npm pack` fetches
REPLAY_FILES = ("ui.js", "sw.js")
NPM_SECONDS = 120
FRENCH_WORDS = "/usr/share/tesseract-ocr"  # holds fra.traineddata once tesseract-ocr-fra is there
_updated: list[bool] = []  # apt-get update is run once, and only when something must be installed


def main(arguments: Sequence[str]) -> int:
    """Run the step that is named; its exit code."""
    steps = {"venv": prepare_venv, "browser": prepare_browser, "test-tools": prepare_test_tools}
    if len(arguments) != 1 or arguments[0] not in steps:
        return say(f"usage: prepare.py {' | '.join(steps)}", code=2)
    return steps[arguments[0]]()


def say(text: str, *, code: int = 0) -> int:
    """Tell the person, and hand ``code`` on."""
    print(text, file=sys.stderr, flush=True)
    return code


def run(command: Sequence[str | Path], *, seconds: float | None = None, env: Mapping[str, str] | None = None) -> bool:
    """Whether the command ended well in time; what it prints goes to stderr, and its group is stopped."""
    own_group = os.name == "posix"
    process = subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        env={**os.environ, **(env or {})},
        cwd=ROOT,
        start_new_session=own_group and seconds is not None,
    )
    try:
        return process.wait(timeout=seconds) == 0
    except subprocess.TimeoutExpired:
        if own_group:
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait()
        return False


# --- the environment -------------------------------------------------------------------------------------


def prepare_venv() -> int:
    """``.venv`` with the locked dependencies and this checkout, installed once per lock file."""
    if is_prepared():
        return 0
    if not python_of(VENV).exists() or not run([python_of(VENV), "-c", ""]):
        say("Creating .venv…")
        if not create_venv():
            return say(
                "No virtual environment could be created. On Debian and Ubuntu: apt-get install python3-venv",
                code=CONFIGURATION,
            )
    say("Installing the locked dependencies (once)…")
    pip: list[str | Path] = [
        python_of(VENV),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-input",
        "--disable-pip-version-check",
    ]
    installed = run([*pip, "--require-hashes", "--requirement", LOCK]) and run(
        [*pip, "--no-deps", "--no-build-isolation", "--editable", ROOT]
    )
    if not installed:
        return say("The dependencies could not be installed: is a package index within reach?", code=1)
    STAMP.write_text(fingerprint())
    return 0


def is_prepared() -> bool:
    """Whether ``.venv`` was filled, here, from this very lock file."""
    return STAMP.is_file() and STAMP.read_text() == fingerprint() and python_of(VENV).exists()


def fingerprint() -> str:
    """What decides the contents of ``.venv``: lock, project file, Python, and the place, which scripts hold."""
    parts = (LOCK.read_bytes(), (ROOT / "pyproject.toml").read_bytes(), sys.version.encode(), str(ROOT).encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def create_venv() -> bool:
    """Whether a new, empty ``.venv`` stands; Debian splits a part of it off, which root can install."""
    command: list[str | Path] = [sys.executable, "-m", "venv", "--clear", VENV]
    return run(command) or (install_debian(["python3-venv"]) and run(command))


def python_of(venv: Path) -> Path:
    """The Python of an environment."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


# --- the browser -----------------------------------------------------------------------------------------


def prepare_browser() -> int:
    """A browser that starts: installed, else Playwright's own, else Debian's; and a display for its window."""
    if find_working_browser() is None and not install_browser():
        return say(NO_BROWSER_TEXT, code=NO_BROWSER)
    prepare_display()
    return 0


NO_BROWSER_TEXT = (
    "No usable browser was found, and none could be installed.\n"
    "Install Microsoft Edge, Google Chrome or Chromium (on Debian, as root: apt-get install chromium chromium-l10n),\n"
    "then run the same command again."
)


def find_working_browser() -> Path | None:
    """The browser that Témoin would choose, if it answers: a download may lack the system's libraries."""
    from temoin.browsers import find_browser  # noqa: PLC0415 - installed by the step before this one

    found = find_browser()
    if found is None or sys.platform == "win32":  # there, asking the version opens a window
        return found
    try:
        answer = subprocess.run([found, "--version"], capture_output=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found if answer.returncode == 0 else None


def install_browser() -> bool:
    """Whether a browser could be had, Playwright's own first."""
    say("No browser found: trying Playwright's own…")
    own: list[str | Path] = [python_of(VENV), "-m", "playwright", "install", "chromium"]
    run(own, seconds=DOWNLOAD_SECONDS, env={"PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": "20000"})
    if find_working_browser() is not None:
        return True
    say("Playwright's own cannot be used here: trying Debian's…")
    return install_debian(["chromium", "chromium-l10n", "xvfb"]) and find_working_browser() is not None


def prepare_display() -> None:
    """Linux only: Xvfb, in which unattended visits have a window of their own; and Chromium's French words."""
    if not sys.platform.startswith("linux"):
        return
    wanted = missing(DISPLAY_TOOLS)
    if wanted and not install_debian(wanted):
        say("Xvfb is missing: pages are photographed without the window around them (view = page).")
    if has_debian_chromium_without_french():
        install_debian(["chromium-l10n"])


def has_debian_chromium_without_french() -> bool:
    """Whether Debian's Chromium is here without the package that makes its window speak French."""
    locales = Path("/usr/lib/chromium/locales")
    return locales.is_dir() and not (locales / "fr.pak").exists()


# --- the checkers of the tests -----------------------------------------------------------------------------


def prepare_test_tools() -> int:
    """exiftool, tesseract, qpdf…: installed where root and apt are, else the tests that need them are skipped."""
    if not all((replay_place() / name).is_file() for name in REPLAY_FILES) and not fetch_replay():
        say(f"Missing: {REPLAY} (npm). The test that opens a web archive in it is skipped, and says so.")
    if not sys.platform.startswith("linux"):
        return 0
    wanted = missing(TEST_TOOLS)
    if not any(Path(FRENCH_WORDS).glob("*/tessdata/fra.traineddata")):
        wanted.append("tesseract-ocr-fra")
    if wanted and not install_debian(wanted):
        say(f"Missing: {', '.join(wanted)}. Tests that need them are skipped, and say so.")
    return 0


def replay_place() -> Path:
    """Where ReplayWeb.page is put, for the tests."""
    return VENV / "test-tools" / "replaywebpage"


def fetch_replay() -> bool:
    """Whether ReplayWeb.page could be fetched through npm, and is the one that is expected."""
    npm = shutil.which("npm")
    if npm is None:
        return False
    place = replay_place()
    place.mkdir(parents=True, exist_ok=True)
    pack: list[str | Path] = [npm, "pack", REPLAY, "--silent", "--pack-destination", place]
    fetched = place / f"{REPLAY.replace('@', '-')}.tgz"
    if not run(pack, seconds=NPM_SECONDS) or not fetched.is_file():
        return False
    if hashlib.sha256(fetched.read_bytes()).hexdigest() != REPLAY_SHA256:
        say(f"{fetched.name} is not the file that was expected: it is not used.")
        return False
    with tarfile.open(fetched) as package:
        for name in REPLAY_FILES:
            member = package.extractfile(f"package/{name}")
            if member is None:
                return False
            (place / name).write_bytes(member.read())
    return True


def missing(tools: Mapping[str, str]) -> list[str]:
    """The packages of the programs that are not on PATH."""
    return [package for program, package in tools.items() if shutil.which(program) is None]


def install_debian(packages: Sequence[str]) -> bool:
    """Whether the Debian packages could be installed; never tried without root and apt."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    say(f"Installing {' '.join(packages)}…")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    if not _updated:
        _updated.append(run(["apt-get", "update", "-qq"], seconds=APT_SECONDS, env=quiet))
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    return run(command, seconds=APT_SECONDS, env=quiet)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
