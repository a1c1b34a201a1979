"""An entry of the system's own menu that leads to the local page: nobody needs a terminal to find it again.

Written and taken away with the service (ADR 0027). Sources: the Desktop Entry Specification 1.5 (Exec and its
quoting); Apple's Bundle Programming Guide; on Windows, any program in the Start menu's folder is shown there.
"""

import os
import plistlib
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from scheduler.service_files import Service
from temoin.errors import ConfigError
from temoin.messages import _
from temoin.os_words import os_words

NAME = "Témoin"
ICON = Path(__file__).resolve().parent.parent / "web" / "static" / "icon.svg"
SHOWN_BY = ("--no-open",)  # of the service: the entry opens what it leads to
_BUNDLE = "fr.temoin.launcher"
_IN_EXEC = MappingProxyType({"\\": "\\\\\\\\", '"': '\\\\"', "`": "\\\\`", "$": "\\\\$", "%": "%%"})


def place_here() -> Path:
    """Where this system looks for such an entry."""
    if sys.platform == "darwin":
        return Path.home() / "Applications" / f"{NAME}.app"
    if sys.platform == "win32":
        roaming = os.environ.get("APPDATA") or str(Path.home() / "AppData" / "Roaming")
        return Path(roaming) / "Microsoft" / "Windows" / "Start Menu" / "Programs" / f"{NAME}.cmd"
    data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(data) / "applications" / "temoin.desktop"


def install(service: Service) -> Path:
    """Put the entry in its place, over an older one; ``service`` is the page's. Its place is returned.

    Raises:
        ConfigError: it cannot be written.
    """
    place = place_here()
    try:
        for path, (data, mode) in _files(service, place).items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            path.chmod(mode)
    except OSError as error:
        raise ConfigError(
            _("The menu entry “{place}” cannot be written: {error}.").format(place=place, error=os_words(error)),
            remedy=_("Everything else is installed; the page opens without it."),
        ) from error
    return place


def uninstall() -> None:
    """Take the entry away; nothing where there is none.

    Raises:
        ConfigError: it cannot be removed.
    """
    place = place_here()
    try:
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(
            _("The menu entry “{place}” cannot be removed: {error}.").format(place=place, error=os_words(error)),
            remedy=_("Remove it by hand: it only opens the page."),
        ) from error


def _files(service: Service, place: Path) -> Mapping[Path, tuple[bytes, int]]:
    """What is written, with its mode."""
    command = tuple(word for word in service.command if word not in SHOWN_BY)
    if sys.platform == "darwin":
        contents = place / "Contents"
        return {
            contents / "Info.plist": (app_plist(), 0o644),
            contents / "MacOS" / "temoin": (shell_script(command, service).encode(), 0o755),
        }
    if sys.platform == "win32":
        return {place: (command_file(command, service).encode(), 0o644)}
    return {place: (desktop_entry(command, service).encode(), 0o644)}


def desktop_entry(command: tuple[str, ...], service: Service) -> str:
    """The entry of a Linux desktop's menu."""
    variables = [f"{name}={value}" for name, value in service.environment]
    words = (*(("env", *variables) if variables else ()), *command)
    return "\n".join(
        (
            "[Desktop Entry]",
            "Type=Application",
            "Version=1.5",
            f"Name={NAME}",
            "Comment=See what was found, and what needs you",
            "Comment[fr]=Voir ce qui a été trouvé, et ce qui vous attend",
            f"Exec={' '.join(map(_exec_word, words))}",
            f"Path={_string(str(service.folder))}",
            f"Icon={_string(str(ICON))}",
            "Terminal=false",
            "Categories=Office;",
            "",
        )
    )


def _exec_word(word: str) -> str:
    """One word of Exec: quoted, its backslashes written for the key's own reading first."""
    return '"' + "".join(_IN_EXEC.get(char, char) for char in word) + '"'


def _string(text: str) -> str:
    return text.replace("\\", "\\\\")


def app_plist() -> bytes:
    """What macOS asks of the smallest application."""
    return plistlib.dumps(
        {
            "CFBundleExecutable": "temoin",
            "CFBundleIdentifier": _BUNDLE,
            "CFBundleName": NAME,
            "CFBundlePackageType": "APPL",
            "LSUIElement": True,  # nothing of its own on the screen: it opens the browser
        }
    )


def shell_script(command: tuple[str, ...], service: Service) -> str:
    """What the application of macOS runs."""
    variables = "".join(f"{name}={shlex.quote(value)} " for name, value in service.environment)
    return f"#!/bin/sh\ncd {shlex.quote(str(service.folder))} && {variables}exec {shlex.join(command)}\n"


def command_file(command: tuple[str, ...], service: Service) -> str:
    """What the Start menu of Windows runs; ``pythonw`` keeps no console open."""
    words = " ".join(f'"{word}"' for word in command).replace("%", "%%")
    variables = [f'set "{name}={value}"'.replace("%", "%%") for name, value in service.environment]
    folder = str(service.folder).replace("%", "%%")
    lines = ["@echo off", "chcp 65001 >nul", *variables, f'start "" /d "{folder}" {words}', ""]
    return "\r\n".join(lines)
