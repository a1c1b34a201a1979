"""How far this machine's clock is from time servers (NTP, RFC 5905), as records, ``check`` and notifications say it.

Every server is asked at once, for a second at most, and the middle answer counts: one server that is wrong does not
decide. What was found is kept for ten minutes in the data directory, since each visit is a process of its own. It is
kept with a reading of the clock that no one sets: after a jump or a sleep it is asked for anew.
"""

import json
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, wait
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

PATIENCE_SECONDS = 1.0
KEPT_SECONDS = 600.0
_DRIFT_SECONDS = 0.2  # what the two clocks may differ by over ten minutes; a jump is more
_UNSYNCHRONISED = 3  # the leap indicator of a server that does not know the time
_STRATA = range(1, 16)  # 0 is a refusal (« kiss of death »), 16 unsynchronised
_PORT = 123
_FILE = "clock.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a server said: positive when this machine's clock is late."""

    server: str
    offset_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """A reading with when it was made, by the clock that can be set and by the one that cannot."""

    server: str
    offset_ms: int
    wall: float
    steady: float

    def holds(self, wall: float, steady: float) -> bool:
        age = steady - self.steady
        return 0 <= age <= KEPT_SECONDS and abs((wall - self.wall) - age) < _DRIFT_SECONDS


def read_offset(servers: Sequence[str], folder: Path) -> Reading | None:
    """The offset now, or one found within ten minutes; None when no server answered in time, or none is named.

    Never raises: an attempt is worth more than the answer, and the record says that there was none.
    """
    if not servers:
        return None
    kept = _read(folder / _FILE)
    if kept is not None and kept.server in servers and kept.holds(time.time(), time.monotonic()):
        return Reading(server=kept.server, offset_ms=kept.offset_ms)
    found = ask(servers)
    if found is not None:
        _keep(folder / _FILE, _Kept(**asdict(found), wall=time.time(), steady=time.monotonic()))
    return found


def last_reading(folder: Path) -> Reading | None:
    """What was last found, while it holds: for those who ask no server themselves."""
    kept = _read(folder / _FILE)
    if kept is None or not kept.holds(time.time(), time.monotonic()):
        return None
    return Reading(server=kept.server, offset_ms=kept.offset_ms)


def ask(servers: Sequence[str], *, patience: float = PATIENCE_SECONDS) -> Reading | None:
    """The middle one of the answers that came within ``patience`` seconds.

    Of two, the one that is further from this clock: a doubt is said rather than hidden.
    """
    asked: list[Future[Reading]] = [Future() for _server in servers]
    for server, answer in zip(servers, asked, strict=True):
        # Left behind when a name takes long to be looked up, which nothing bounds.
        threading.Thread(target=_ask_one, args=(server, answer, patience), daemon=True).start()
    done, _late = wait(asked, timeout=patience)
    found = [future.result() for future in done if future.exception() is None]
    if len(found) <= 2:  # noqa: PLR2004 - of two neither is the middle
        return max(found, key=lambda one: abs(one.offset_ms), default=None)
    return sorted(found, key=lambda one: one.offset_ms)[len(found) // 2]


def _ask_one(server: str, answer: "Future[Reading]", patience: float) -> None:
    from ntplib import NTPClient, NTPException  # noqa: PLC0415 - the daemon imports this module, and asks nothing

    host, _, port = server.rpartition(":") if ":" in server else (server, "", str(_PORT))
    try:
        said = NTPClient().request(host, version=4, port=int(port), timeout=patience)
    except (NTPException, OSError, ValueError) as error:
        answer.set_exception(error)
        return
    if said.leap == _UNSYNCHRONISED or said.stratum not in _STRATA:
        answer.set_exception(NTPException("not synchronised"))
        return
    answer.set_result(Reading(server=server, offset_ms=round(said.offset * 1000)))


def _read(path: Path) -> _Kept | None:
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
        return _Kept(
            server=str(data["server"]),
            offset_ms=int(data["offset_ms"]),
            wall=float(data["wall"]),
            steady=float(data["steady"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep(path: Path, kept: _Kept) -> None:
    with suppress(OSError), NamedTemporaryFile("w", dir=path.parent, prefix=".clock-", delete=False) as file:
        json.dump(asdict(kept), file)
        file.close()
        Path(file.name).replace(path)
