"""The peers, each in a process of its own; shot-scraper and img2pdf in an environment of theirs, never in our lock."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import Timed

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".cache" / "bench-venv"
PYTHON = VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
PEERS = ("shot-scraper>=1.10,<2", "img2pdf>=0.6,<0.7")
COMMAND_SECONDS = 120


def prepare() -> str:
    """Install the peers beside us where they are not there yet; their versions.

    Raises:
        subprocess.CalledProcessError: they cannot be installed (is a package index within reach?).
    """
    if not PYTHON.is_file():
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    words = "print(v('shot-scraper'), v('playwright'), v('img2pdf'))"
    probe = [str(PYTHON), "-c", f"from importlib.metadata import version as v; {words}"]
    found = subprocess.run(probe, capture_output=True, text=True, check=False)
    if found.returncode:
        pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PEERS]
        subprocess.run(pip, check=True, stdout=sys.stderr)
        found = subprocess.run(probe, capture_output=True, text=True, check=True)
    shot_scraper, playwright, pictures = found.stdout.split()
    return f"shot-scraper {shot_scraper} (Playwright {playwright}), img2pdf {pictures}"


@contextmanager
def raw_playwright(executable: Path, url: str) -> Iterator[Timed]:
    """Playwright alone, its browser running; each call visits ``url`` and gives the milliseconds it took."""
    command = [sys.executable, str(Path(__file__).with_name("peer_playwright.py")), str(executable)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdin is None or process.stdout is None or process.stdout.readline().strip() != "ready":
            raise RuntimeError("the peer did not start its browser")
        asked, answers = process.stdin, process.stdout

        def visit() -> float:
            asked.write(f"{url}\n")
            asked.flush()
            return float(answers.readline())

        yield visit
        asked.close()


def shot_scraper(executable: Path, url: str, out: Path) -> list[str]:
    """The command that takes the same page."""
    script = Path(__file__).with_name("peer_shot_scraper.py")
    return [str(part) for part in (PYTHON, script, executable, "shot", "--silent", url, "-o", out)]


def img2pdf(pictures: Sequence[Path], out: Path) -> list[str]:
    """The command that puts the pictures into one PDF, a page each."""
    return [str(part) for part in (PYTHON, "-m", "img2pdf", "--output", out, *pictures)]


def run_quietly(command: list[str], folder: Path) -> None:
    """Run a command to its end.

    Raises:
        subprocess.CalledProcessError: it failed; what it said is in it.
    """
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=COMMAND_SECONDS)
