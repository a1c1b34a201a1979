"""What surrounds a visit, measured where a program can measure it: the system, the fresh profile, extensions, proxy.

NF Z67-147 asks whoever records a web page to describe the machine, to empty cache, cookies and history, and to use no
proxy. Here the browser itself is asked, in the page's own context and **before its first request**, how much it holds;
a number that it does not give is None, never 0. What no program can establish from inside (another program that
alters traffic, a proxy that does not show itself) is not claimed; the method note says so.
"""

import platform
import sys
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.sync_api import CDPSession, Error

from temoin.canonical import Json

Proxy = Literal["none", "system", "set"]

MAX_PATCH = 120  # characters of the system's own words
NO_EXTENSIONS = "--disable-extensions"
NO_PROXY = "--no-proxy-server"


def os_patch() -> str | None:
    """The system's version to its patch level, in its own words; no host name, serial number or user (DESIGN §9)."""
    if sys.platform == "win32":
        words = _windows_patch()
    elif sys.platform == "darwin":
        words = f"macOS {platform.mac_ver()[0]}".strip()
    else:
        words = ", ".join(part for part in (_distribution(), platform.version()) if part)
    return words[:MAX_PATCH] if words.isprintable() and words else None


def _distribution() -> str:
    with suppress(OSError):
        return platform.freedesktop_os_release().get("PRETTY_NAME", "")
    return ""


def _windows_patch() -> str:
    """``10.0.22631.4460``: the last number is the cumulative update's, which only the registry tells."""
    version = platform.win32_ver()[1]
    if sys.platform == "win32":
        import winreg  # noqa: PLC0415 - there is none elsewhere

        with suppress(OSError), winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, _WINDOWS_KEY) as key:
            return f"{version}.{winreg.QueryValueEx(key, 'UBR')[0]}"
    return version


_WINDOWS_KEY = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion"


def measure_fresh(page: CDPSession, url: str) -> Json:
    """What the page's context holds now: cookies, earlier pages, bytes stored for the site, its service workers.

    Asked before the first request to ``url``. None: the browser did not say.
    """
    return {
        "cookies": _count(page, "Storage.getCookies", "cookies"),
        "history": _earlier_pages(page),
        **_stored(page, url),
    }


def _count(session: CDPSession, command: str, name: str) -> int | None:
    found = _ask(session, command)
    return len(found[name]) if isinstance(found.get(name), list) else None


def _earlier_pages(page: CDPSession) -> int | None:
    """Pages besides the blank one that every new page begins with."""
    entries = _ask(page, "Page.getNavigationHistory").get("entries")
    if not isinstance(entries, list):
        return None
    return sum(1 for entry in entries if entry.get("url") != "about:blank")


def _stored(page: CDPSession, url: str) -> Json:
    """Databases, files and caches of scripts that the context keeps for the site, service workers told apart."""
    parts = urlsplit(url)
    found = _ask(page, "Storage.getUsageAndQuota", {"origin": f"{parts.scheme}://{parts.netloc}"})
    kinds = {one.get("storageType"): one.get("usage") for one in found.get("usageBreakdown", ())}
    usage, workers = found.get("usage"), kinds.get("service_workers")
    return {
        "storage_bytes": None if usage is None else round(usage),
        "service_worker_bytes": None if workers is None else round(workers),
    }


def count_extensions(browser: CDPSession, arguments: tuple[str, ...]) -> Json:
    """Whether extensions were switched off at the start, and how many the browser lists or runs all the same."""
    listed = _count(browser, "Extensions.getExtensions", "extensions")
    targets = _ask(browser, "Target.getTargets").get("targetInfos")
    running = None
    if isinstance(targets, list):
        running = sum(1 for one in targets if str(one.get("url", "")).startswith("chrome-extension://"))
    return {"disabled": NO_EXTENSIONS in arguments, "listed": listed, "running": running}


def proxy_state(arguments: tuple[str, ...], system: Mapping[str, str] | None = None) -> Proxy:
    """``none``: the browser was started without any. ``set``: the computer's settings name one. Else ``system``.

    ``system``: it follows those settings, and the ones that a program reads (environment, registry) name none. An
    address never leaves this function.
    """
    if NO_PROXY in arguments:
        return "none"
    found = urllib.request.getproxies() if system is None else system
    return "set" if any(scheme != "no" and address for scheme, address in found.items()) else "system"


def _ask(session: CDPSession, command: str, arguments: dict[str, Any] | None = None) -> dict[str, Any]:
    """The browser's answer; empty where it does not know the question (an older browser, another make)."""
    try:
        return dict(session.send(command, arguments or {}))
    except Error:
        return {}
