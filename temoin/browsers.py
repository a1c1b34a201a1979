"""Which browser is used: an installed Edge, Chrome or Chromium first, then Playwright's own (DESIGN §13).

Looks, never installs and never starts anything; ``tools/prepare.py`` installs one where none is found.
"""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

_LINUX_NAMES = (
    "microsoft-edge-stable",
    "microsoft-edge",
    "google-chrome-stable",
    "google-chrome",
    "chromium",
    "chromium-browser",
)
_MAC_APPS = (
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Chromium.app/Contents/MacOS/Chromium",
)
_WINDOWS_PATHS = (
    "Microsoft/Edge/Application/msedge.exe",
    "Google/Chrome/Application/chrome.exe",
    "Chromium/Application/chrome.exe",
)
_WINDOWS_FOLDERS = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")

# Inside Playwright's folder; its folder names changed over the years ("chrome-linux", "chrome-linux64").
# The headless shell has no window, so it is not looked for.
_PLAYWRIGHT_PATTERNS = {
    "linux": ("chromium-*/chrome-linux*/chrome",),
    "darwin": (
        "chromium-*/chrome-mac*/Chromium.app/Contents/MacOS/Chromium",
        "chromium-*/chrome-mac*/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing",
    ),
    "win32": ("chromium-*/chrome-win*/chrome.exe",),
}


def find_browser(configured: str = "") -> Path | None:
    """The browser to start: ``configured`` if given, else the first that this machine has.

    None where there is none, or where ``configured`` is no program: a named browser is never replaced by
    another, since the record says which one was used.
    """
    if configured:
        return _program(Path(configured).expanduser())
    candidates = installed_candidates(sys.platform, os.environ, Path.home())
    own = playwright_candidates(sys.platform, os.environ, Path.home())
    found = (_program(candidate) for candidate in (*candidates, *own))
    return next((path for path in found if path is not None), None)


def installed_candidates(platform: str, environ: Mapping[str, str], home: Path) -> Iterator[Path]:
    """Where an installed Edge, Chrome or Chromium would be, best first."""
    if platform == "darwin":
        for folder in (Path("/Applications"), home / "Applications"):
            yield from (folder / app for app in _MAC_APPS)
    elif platform == "win32":
        for path in _WINDOWS_PATHS:
            yield from (Path(environ[name]) / path for name in _WINDOWS_FOLDERS if environ.get(name))
    else:
        for name in _LINUX_NAMES:
            found = shutil.which(name, path=environ.get("PATH"))
            if found:
                yield Path(found)


def playwright_candidates(platform: str, environ: Mapping[str, str], home: Path) -> Iterator[Path]:
    """Playwright's own downloads of Chromium, newest revision first."""
    for pattern in _PLAYWRIGHT_PATTERNS.get(platform, _PLAYWRIGHT_PATTERNS["linux"]):
        yield from sorted(_playwright_folder(platform, environ, home).glob(pattern), key=_revision, reverse=True)


def _playwright_folder(platform: str, environ: Mapping[str, str], home: Path) -> Path:
    """Playwright's documented folder of browsers, or the one that ``PLAYWRIGHT_BROWSERS_PATH`` names."""
    named = environ.get("PLAYWRIGHT_BROWSERS_PATH", "")
    if named not in ("", "0"):
        return Path(named)
    if platform == "darwin":
        return home / "Library" / "Caches" / "ms-playwright"
    if platform == "win32":
        return Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "ms-playwright"
    return Path(environ.get("XDG_CACHE_HOME") or home / ".cache") / "ms-playwright"


def _revision(path: Path) -> int:
    revisions = (part.removeprefix("chromium-") for part in path.parts if part.startswith("chromium-"))
    return max((int(revision) for revision in revisions if revision.isdigit()), default=0)


def _program(path: Path) -> Path | None:
    return path if path.is_file() and os.access(path, os.X_OK) else None
