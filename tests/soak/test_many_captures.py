"""A hundred captures and more in one process: nothing is left behind, nothing grows with their number."""

import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from capture.request import Timing
from demo.scenario import Page, Procedure
from demo.server import ReplicaServer
from scheduler.job import Workshop, capture_and_record, open_workshop
from store.verify import verify_store
from temoin.settings import load_settings

pytestmark = pytest.mark.soak

CAPTURES = 180
WARM = 60  # captures after which caches are full, and what still grows is a leak
EVERY = 5  # captures between two looks at the memory
GROWTH_BYTES = 10_000_000  # of our process and of the browser, from the first half of what follows to the second
# Playwright's Node driver: its heap grows until V8 chooses to collect, 205 MB once, and falls back to 135; a difference
# between two halves would tell when that was.
DRIVER_BYTES = 300_000_000
CONFIG = """
[politeness]
attempts_per_day = 0
min_minutes_between_attempts = 0
min_minutes_per_host = 0
[[procedures]]
id = "essai"
prefecture = "Préfecture de l'Exemple"
label = "Démarche d'essai"
url = "{url}"
platform = "ezbooking"
terms_read = 2026-11-01
"""


def _memory() -> Counter[str]:
    """Bytes of our own process, of the driver and of the browser with all its processes."""
    me = psutil.Process()
    found: Counter[str] = Counter(own=me.memory_info().rss)
    for process in me.children(recursive=True):
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            kind = "driver" if Path(process.exe()).name == "node" else "browser"  # its name is that of a thread
            found[kind] += process.memory_info().rss
    return found


def _capture(workshop: Workshop, times: int) -> None:
    for _number in range(times):
        capture_and_record(workshop, workshop.settings.procedures[0])


def _after(workshop: Workshop, times: int) -> Counter[str]:
    _capture(workshop, times)
    return _memory()


def _growth(looks: Sequence[int]) -> int:
    """How much more memory falls back to in the second half than in the first: heaps breathe, a leak lifts that."""
    return min(looks[len(looks) // 2 :]) - min(looks[: len(looks) // 2])


def test_a_hundred_captures_leave_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = Path(tempfile.mkdtemp(prefix="soak"))  # short: the browser's sockets stand in it
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr("tempfile.tempdir", None)
    with ReplicaServer([Procedure(platform="ezbooking", id="4963", pages=(Page.NO_SLOT,))]) as server:
        path = tmp_path / "config.toml"
        path.write_text(CONFIG.format(url=server.address("4963")), encoding="utf-8")
        settings = load_settings(path)
        with open_workshop(settings, assisted=False) as opened:
            workshop = Workshop(
                settings=settings, store=opened.store, browsers=opened.browsers, timing=Timing(answer=3.0)
            )
            _capture(workshop, WARM)
            looks = [_after(workshop, EVERY) for _number in range((CAPTURES - WARM) // EVERY)]
            attempts = workshop.store.attempts()
    course = {kind: [look[kind] for look in looks] for kind in ("own", "driver", "browser")}
    sys.stdout.write(f"{ {kind: [round(size / 1e6) for size in sizes] for kind, sizes in course.items()} } MB\n")
    assert {attempt.outcome.value for attempt in attempts} == {"no_slot"}
    assert len(attempts) == CAPTURES
    assert _growth(course["own"]) < GROWTH_BYTES
    assert _growth(course["browser"]) < GROWTH_BYTES
    assert 0 < max(course["driver"]) < DRIVER_BYTES
    assert psutil.Process().children(recursive=True) == []
    assert list(scratch.iterdir()) == []
    scratch.rmdir()
    assert verify_store(settings.station.data_dir).status != "failed"
