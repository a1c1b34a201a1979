"""A hundred captures and more in one process: nothing is left behind, nothing grows with their number."""

import sys
import tempfile
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

CAPTURES = 120
WARM = 30  # captures after which caches are full, and what still grows is a leak
EVERY = 5  # captures between two looks at the memory
GROWTH_BYTES = 20_000_000  # allowed from the first half of what follows to the second, over all processes
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


def _memory() -> int:
    me = psutil.Process()
    found = 0
    for process in (me, *me.children(recursive=True)):
        try:
            found += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return found


def _capture(workshop: Workshop, times: int) -> None:
    for _number in range(times):
        capture_and_record(workshop, workshop.settings.procedures[0])


def _after(workshop: Workshop, times: int) -> int:
    _capture(workshop, times)
    return _memory()


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
            # The least of each half: heaps of browser and driver breathe, and only a leak lifts what they fall back to.
            grown = min(looks[len(looks) // 2 :]) - min(looks[: len(looks) // 2])
            attempts = workshop.store.attempts()
    sys.stdout.write(f"memory grew by {grown / 1e6:.1f} MB over {(CAPTURES - WARM) // 2} captures\n")
    assert {attempt.outcome.value for attempt in attempts} == {"no_slot"}
    assert len(attempts) == CAPTURES
    assert grown < GROWTH_BYTES
    assert psutil.Process().children(recursive=True) == []
    assert list(scratch.iterdir()) == []
    scratch.rmdir()
    assert verify_store(settings.station.data_dir).status != "failed"
