"""A browser is found where each system keeps it: installed ones first, then Playwright's newest."""

from pathlib import Path

import pytest

from temoin.browsers import find_browser, installed_candidates, playwright_candidates


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_linux_prefers_edge_to_chrome_to_chromium(tmp_path: Path) -> None:
    names = ("chromium", "google-chrome", "microsoft-edge", "firefox")
    for name in names:
        program(tmp_path / name)
    found = list(installed_candidates("linux", {"PATH": str(tmp_path)}, tmp_path))
    assert [path.name for path in found] == ["microsoft-edge", "google-chrome", "chromium"]


def test_windows_looks_in_every_programs_folder() -> None:
    environ = {"PROGRAMFILES": "C:/P", "PROGRAMFILES(X86)": "C:/P86", "LOCALAPPDATA": "C:/L"}
    found = [path.as_posix() for path in installed_candidates("win32", environ, Path("C:/H"))]
    assert found[:4] == [
        "C:/P/Microsoft/Edge/Application/msedge.exe",
        "C:/P86/Microsoft/Edge/Application/msedge.exe",
        "C:/L/Microsoft/Edge/Application/msedge.exe",
        "C:/P/Google/Chrome/Application/chrome.exe",
    ]


def test_macos_looks_in_both_applications_folders() -> None:
    found = [str(path) for path in installed_candidates("darwin", {}, Path("/Users/exemple"))]
    assert found[0] == "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge"
    assert "/Users/exemple/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" in found


@pytest.mark.parametrize(
    ("platform", "folder", "file"),
    [
        ("linux", ".cache/ms-playwright", "chrome-linux/chrome"),
        ("linux", ".cache/ms-playwright", "chrome-linux64/chrome"),
        ("darwin", "Library/Caches/ms-playwright", "chrome-mac/Chromium.app/Contents/MacOS/Chromium"),
        ("win32", "AppData/Local/ms-playwright", "chrome-win64/chrome.exe"),
    ],
)
def test_playwrights_newest_revision_comes_first(tmp_path: Path, platform: str, folder: str, file: str) -> None:
    for revision in ("999", "1187", "1200"):
        program(tmp_path / folder / f"chromium-{revision}" / file)
    program(tmp_path / folder / "chromium_headless_shell-1300" / file)
    found = list(playwright_candidates(platform, {}, tmp_path))
    assert [path.relative_to(tmp_path / folder).parts[0] for path in found] == [
        "chromium-1200",
        "chromium-1187",
        "chromium-999",
    ]


def test_a_named_browser_is_never_replaced_by_another(tmp_path: Path) -> None:
    assert find_browser(str(tmp_path / "none")) is None
    named = program(tmp_path / "mine")
    assert find_browser(str(named)) == named
    named.chmod(0o644)
    assert find_browser(str(named)) is None
