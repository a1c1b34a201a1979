"""A daemon and a worker for the tests of the daemon: real processes, a worker that needs no browser.

``run CONFIG PACING_JSON`` is the daemon, whose children are ``worker CONFIG PROCEDURE DUE``. What the worker does is
in the file ``behaviour`` beside the configuration; each start adds a line to ``started``. A file ``moved`` holds the
seconds by which somebody has moved the daemon's clock.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from typing_extensions import override

from scheduler.children import Child, ChildTask, start_child
from scheduler.daemon import Pacing, run_daemon
from scheduler.planning import record_without_visit
from scheduler.politeness import Verdict, host_of, judge, limits_for
from store.store import Store
from store.values import HostHistory
from temoin.clock import SystemClock, parse_instant, utc_text
from temoin.errors import RefusedError, TemoinError
from temoin.messages import use_language
from temoin.records import Outcome, Visit
from temoin.settings import Settings, load_settings

FOREVER_SECONDS = 120.0  # longer than any test waits, short enough to end by itself


class MovedClock(SystemClock):
    """The machine's clock, and by how much somebody moved it."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @override
    def now(self) -> datetime:
        moved = float(self._file.read_text()) if self._file.exists() else 0.0
        return super().now() + timedelta(seconds=moved)


def run(config: str, pacing: str) -> int:
    use_language("en")
    clock = MovedClock(Path(config).with_name("moved"))

    def spawn(task: ChildTask) -> Child:
        return start_child((sys.executable, __file__, "worker", str(task.config), task.procedure, utc_text(task.due)))

    given: dict[str, Any] = {name: timedelta(seconds=value) for name, value in json.loads(pacing).items()}
    try:
        settings = load_settings(Path(config))
        return run_daemon(settings, clock=clock, spawn=spawn, pacing=Pacing(**given), notify=None)
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
    if behaviour[0] == "forestalled":
        return RefusedError.exit_code
    if behaviour[0] == "hang":
        return hang()
    settings = load_settings(Path(config))
    with Store.open(settings.station.data_dir, now=lambda: datetime.now(UTC)) as store, ExitStack() as held:
        if behaviour[0] == "lease":
            held.enter_context(_leased(settings, store, procedure))
        time.sleep(float(behaviour[1]))
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


@contextmanager
def _leased(settings: Settings, store: Store, procedure: str) -> Iterator[None]:
    """The right to visit, taken as a real worker takes it; ``visits`` beside the configuration tells from when on."""
    one, now = settings.procedure(procedure), datetime.now(UTC)
    limits = limits_for(settings, one)

    def ask(history: HostHistory) -> Verdict:
        return judge(history, procedure=procedure, mode=one.mode, limits=limits, now=now)

    host = host_of(one.url)
    _verdict, lease = store.take_visit(host=host, procedure=procedure, mode=one.mode, now=now, judge=ask)
    if lease is None:
        raise SystemExit(1)
    with (settings.path.parent / "visits").open("a") as visits:
        visits.write(f"{host} begins\n")
    yield
    with (settings.path.parent / "visits").open("a") as visits:
        visits.write(f"{host} ends\n")
    store.end_visit(lease, datetime.now(UTC))


def hang() -> int:
    time.sleep(FOREVER_SECONDS)
    return 1


if __name__ == "__main__":
    sys.exit({"run": run, "worker": worker, "hang": hang}[sys.argv[1]](*sys.argv[2:]))  # type: ignore[operator]
