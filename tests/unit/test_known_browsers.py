"""Only browsers are photographed: their names on each system, and programs that resemble them."""

import pytest

from capture.known_browsers import browser_name


@pytest.mark.parametrize(
    ("identifier", "name"),
    [
        ("firefox", "Firefox"),
        ("Navigator", "Firefox"),
        ("firefox-esr", "Firefox"),
        ("org.mozilla.firefox", "Firefox"),
        ("Google-chrome", "Chrome"),
        ("Google Chrome", "Chrome"),
        ("chrome.exe", "Chrome"),
        ("Chromium", "Chromium"),
        ("Chromium-browser", "Chromium"),
        ("Microsoft-edge", "Edge"),
        ("msedge.exe", "Edge"),
        ("Brave-browser", "Brave"),
        ("Safari", "Safari"),
    ],
)
def test_a_browser_is_known_by_its_name(identifier: str, name: str) -> None:
    assert browser_name(identifier) == name


@pytest.mark.parametrize(
    "identifier",
    ["", "code", "thunderbird", "chrome-mail.example-Default", "crx_abcdef", "chromecast", "firefoxview", "signal"],
)
def test_no_other_program_is_taken_for_one(identifier: str) -> None:
    assert browser_name(identifier) is None
