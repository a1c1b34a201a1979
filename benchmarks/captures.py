"""The rows that need a browser: a warm capture, a cold one, and what a hundred of them weigh."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import Row, Sample, in_turn, milliseconds, seconds
from benchmarks.peers import raw_playwright, run_quietly, shot_scraper
from demo.scenario import Page, Procedure
from demo.server import ReplicaServer
from scheduler.job import Workshop, capture_and_record, open_workshop
from temoin.records import Outcome
from temoin.settings import Settings, load_settings

WARM_TIMES = 25
COLD_TIMES = 11
VISITS = 100

CONFIG = """
[station]
data_dir = "evidence"

[browser]
view = "{view}"
executable = '{executable}'

[politeness]  # a replica on this machine: no floor holds
attempts_per_day = 0
min_minutes_between_attempts = 0
min_minutes_per_host = 0

[[procedures]]
id = "mesure"
prefecture = "Préfecture du Val-de-Marne (réplique)"
label = "Première demande de titre de séjour"
url = "{url}"
platform = "{platform}"
no_slot_text = "{sentence}"
terms_read = 2026-11-20
automation = "silent"
windows = ["07:00-22:30"]
"""

GENERIC = Procedure(platform="generic", id="mesure", pages=(Page.GENERIC_NO_SLOT,))
EZBOOKING = Procedure(platform="ezbooking", id="4963", pages=(Page.NO_SLOT,))


def warm(folder: Path, executable: Path) -> Row:
    """A whole attempt, from the lease to the committed entry, against Playwright alone; browsers running."""
    with (
        _replica(folder, GENERIC, executable, view="page") as settings,
        open_workshop(settings, assisted=False) as workshop,
        raw_playwright(executable, settings.procedures[0].url) as visit,
    ):
        ours, theirs = in_turn(lambda: milliseconds(lambda: _attempt(workshop)), visit, times=WARM_TIMES, unmeasured=3)
    return Row(
        what="warm capture, page view, committed",
        unit="ms",
        limit=1.3,
        ours=ours,
        peer="Playwright, same page",
        against=theirs,
    )


def cold(folder: Path, executable: Path) -> Row:
    """The whole command, browser started and closed, against shot-scraper's; the store is there already."""
    temoin = Path(sys.executable).with_name("temoin")
    with _replica(folder, GENERIC, executable, view="page") as settings:
        ours = [str(temoin), "--config", str(folder / "config.toml"), "capture"]
        theirs = shot_scraper(executable, settings.procedures[0].url, folder / "peer.png")
        one, other = in_turn(
            lambda: seconds(lambda: run_quietly(ours, folder)),
            lambda: seconds(lambda: run_quietly(theirs, folder)),
            times=COLD_TIMES,
        )
    return Row(
        what="cold `temoin capture`, page view", unit="s", limit=1.0, ours=one, peer="shot-scraper", against=other
    )


def disk(folder: Path, executable: Path) -> Row:
    """What the data directory weighs after a hundred visits of one EZBooking page, divided by a hundred."""
    with (
        _replica(folder, EZBOOKING, executable, view="window") as settings,
        open_workshop(settings, assisted=False) as workshop,
    ):
        for _number in range(VISITS):
            _attempt(workshop)
    weight = sum(_weight(path) for path in (folder / "evidence").rglob("*")) / 1000 / VISITS
    return Row(
        what=f"disk per attempt over {VISITS} visits, window view",
        unit="KB",
        limit=500,
        ours=Sample(values=(weight,)),
    )


@contextmanager
def _replica(folder: Path, site: Procedure, executable: Path, *, view: str) -> Iterator[Settings]:
    folder.mkdir()
    config = folder / "config.toml"
    with ReplicaServer([site]) as server:
        sentence = site.sentence if site.platform == "generic" else ""
        text = CONFIG.format(
            view=view,
            executable=executable,
            url=server.address(site.id),
            platform=site.platform,
            sentence=sentence,
        )
        lines = [line for line in text.splitlines() if line != 'no_slot_text = ""']
        config.write_text("\n".join(lines), encoding="utf-8")
        yield load_settings(config)


def _attempt(workshop: Workshop) -> None:
    """One attempt that must end as the replica's page says: a failure would be fast, and would mean nothing."""
    recorded = capture_and_record(workshop, workshop.settings.procedures[0])
    if recorded.visit.outcome is not Outcome.NO_SLOT:
        raise RuntimeError(f"the replica was not recognised: {recorded.visit.outcome} {recorded.visit.reason}")


def _weight(path: Path) -> int:
    """Bytes taken on the disk: whole blocks where the system tells, folders included."""
    found = path.stat()
    return found.st_blocks * 512 if os.name == "posix" else found.st_size
