"""The programs that are web browsers, by the names that desktops give their windows (pure).

A window of any other program is never photographed. Names are matched whole: an application that is built on a
browser's engine, or installed from a site, has a name of its own and is left alone.
"""

import re

# By WM_CLASS (X11), the program's file (Windows) or the owner's name (macOS), in small letters.
_NAMES = (
    ("Firefox", r"firefox(-esr|-developer-edition|-nightly|-beta)?|firefox_firefox|org\.mozilla\.firefox|navigator"),
    ("Chromium", r"chromium(-browser)?|chromium_chromium|org\.chromium\.chromium"),
    ("Chrome", r"(google[- ])?chrome(-stable|-beta|-unstable)?|com\.google\.chrome"),
    ("Edge", r"microsoft[- ]edge(-stable|-beta|-dev)?|msedge|com\.microsoft\.edge"),
    ("Brave", r"brave([- ]browser)?|com\.brave\.browser"),
    ("Opera", r"opera(-stable)?"),
    ("Vivaldi", r"vivaldi(-stable)?"),
    ("LibreWolf", r"librewolf|io\.gitlab\.librewolf-community"),
    ("GNOME Web", r"epiphany|org\.gnome\.epiphany"),
    ("Falkon", r"falkon|org\.kde\.falkon"),
    ("Konqueror", r"konqueror|org\.kde\.konqueror"),
    ("Safari", r"safari"),
)
_PATTERNS = tuple((name, re.compile(pattern)) for name, pattern in _NAMES)


def browser_name(identifier: str) -> str | None:
    """How people call the browser that ``identifier`` is the name of; None when it is no browser's."""
    plain = identifier.strip().lower().removesuffix(".exe")
    return next((name for name, pattern in _PATTERNS if pattern.fullmatch(plain)), None)
