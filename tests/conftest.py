"""What tests of every tier share: a browser found as the product finds it, and a configuration to change."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from capture.browser import FEATURES_OFF
from temoin import messages
from temoin.browsers import find_browser
from tests.authority import Pki, make_pki

if TYPE_CHECKING:
    from tests.whole_case import Whole

ROOT = Path(__file__).resolve().parent.parent

# No test is timed: a machine may be slow, and one example of many as well.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

# Traffic of the browser's own (updates, synchronisation) would leave the machine during tests.
QUIET_BROWSER = (
    "--disable-gpu",  # none here: drawing by software in its place costs more than all the rest
    f"--disable-features={FEATURES_OFF}",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

PROCEDURE = """
[[procedures]]
id = "test"
prefecture = "Préfecture de l'Exemple"
label = "Démarche d'essai"
url = "{url}"
platform = "{platform}"
"""


MEMORY_DISK = Path("/dev/shm")
ROOM = 4_000_000_000  # bytes that must be free there; a run of all tests needs well under one


def pytest_configure() -> None:
    """Put temporary files in memory where there is room: the store waits for the disk at each entry, by design.

    What a killed process leaves is the same there; only a power cut is not tried.
    """
    if "TMPDIR" not in os.environ and MEMORY_DISK.is_dir() and shutil.disk_usage(MEMORY_DISK).free > ROOM:
        os.environ["TMPDIR"] = str(MEMORY_DISK)
        tempfile.tempdir = None  # asked again
    # What a program remembers of its stores (store.place) is no business of whoever runs the tests.
    if "TEMOIN_TESTS_STATE" not in os.environ:
        os.environ["TEMOIN_TESTS_STATE"] = os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="t-state-")
        os.environ["XDG_DATA_HOME"] = os.environ["TEMOIN_TESTS_STATE"]  # nor is their menu ours


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """The certificates of a timestamp authority, made by openssl."""
    return make_pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory, pki: Pki) -> "Whole":
    """A store with a row in every table and its bundle with a file of every kind, to be left as they are."""
    from tests.whole_case import make_whole  # noqa: PLC0415 - half the product: only for the tests that ask for it

    return make_whole(tmp_path_factory.mktemp("whole"), pki)


@pytest.fixture(autouse=True)
def _english() -> None:
    """Sentences are asserted in English, the language of the code, whatever the machine speaks."""
    messages.use_language("en")


@pytest.fixture(scope="session")
def chromium_executable() -> Path:
    """The browser that the product would start."""
    found = find_browser()
    if found is None:
        pytest.skip("no Edge, Chrome or Chromium on this machine: run `make browser`")
    return found


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any], chromium_executable: Path) -> dict[str, Any]:
    """pytest-playwright's browser: the product's own, without traffic of its own."""
    as_root = sys.platform.startswith("linux") and os.geteuid() == 0  # Chromium refuses its sandbox to root
    arguments = [*QUIET_BROWSER, "--no-sandbox"] if as_root else list(QUIET_BROWSER)
    return {**browser_type_launch_args, "executable_path": str(chromium_executable), "args": arguments}


@pytest.fixture
def write_config(tmp_path: Path) -> Callable[[str], Path]:
    """Write ``config.toml`` in a folder of the test's own; its data folder, ``evidence``, stands beside it."""

    def write(text: str) -> Path:
        path = tmp_path / "config.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def loopback_config(write_config: Callable[[str], Path]) -> Callable[..., Path]:
    """Write a configuration of one loopback procedure without floors, as replicas need it."""

    def write(url: str, *, platform: str = "ezbooking", more: str = "") -> Path:
        politeness = "[politeness]\nmin_minutes_between_attempts = 0\nmin_minutes_per_host = 0\n"
        procedure = PROCEDURE.format(url=url, platform=platform)
        return write_config(politeness + procedure + "terms_read = 2026-11-20\n" + more)

    return write
