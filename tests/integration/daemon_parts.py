"""A daemon and a worker for the tests of the daemon: real processes, a worker that needs no browser.

``run CONFIG PACING_JSON`` is the daemon, whose children are ``worker CONFIG PROCEDURE DUE``. What the worker does is
in the file ``behaviour`` beside the configuration; each start adds a line to ``started``.
"""

import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from scheduler.children import Child, ChildTask, start_child
from scheduler.daemon import Pacing, run_daemon
from scheduler.planning import record_without_visit
from store.store import Store
from temoin.clock import parse_instant, utc_text
from temoin.errors import TemoinError
from temoin.messages import use_language
from temoin.records import Outcome, Visit
from temoin.settings import load_settings

FOREVER_SECONDS = 120.0  # longer than any test waits, short enough to end by itself


def run(config: str, pacing: str) -> int:
    use_language("en")

    def spawn(task: ChildTask) -> Child:
        return start_child((sys.executable, __file__, "worker", str(task.config), task.procedure, utc_text(task.due)))

    given: dict[str, Any] = {name: timedelta(seconds=value) for name, value in json.loads(pacing).items()}
    try:
        return run_daemon(load_settings(Path(config)), spawn=spawn, pacing=Pacing(**given), notify=None)
    except TemoinError as error:
        sys.stderr.write(f"{error.message}\n{error.remedy}\n")
        return error.exit_code


def worker(config: str, procedure: str, due: str) -> int:
    folder = Path(config).parent
    behaviour = (folder / "behaviour").read_text().split()
    if behaviour[0] == "hang":
        away = subprocess.Popen([sys.executable, __file__, "hang"], start_new_session=True)
        (folder / "away").write_text(str(away.pid))
    with (folder / "started").open("a") as started:
        started.write(f"{procedure} {due}\n")
    if behaviour[0] == "crash":
        return 1
    if behaviour[0] == "hang":
        return hang()
    time.sleep(float(behaviour[1]))
    settings = load_settings(Path(config))
    with Store.open(settings.station.data_dir, now=lambda: datetime.now(UTC)) as store:
        record_without_visit(
            settings,
            store,
            settings.procedure(procedure),
            due=parse_instant(due),
            now=datetime.now(UTC),
            simulated=True,
            visit=Visit(outcome=Outcome.NO_SLOT),
        )
    return 0


def hang() -> int:
    time.sleep(FOREVER_SECONDS)
    return 1


if __name__ == "__main__":
    sys.exit({"run": run, "worker": worker, "hang": hang}[sys.argv[1]](*sys.argv[2:]))  # type: ignore[operator]
