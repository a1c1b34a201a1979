"""When the daemon was there: a small file beside the lock, so that the next one can say since when nobody was.

Not evidence, and never trusted as such: it only gives a missed time its reason. Whatever cannot be read is forgotten.
"""

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from scheduler.missed import Absence, MissedReason
from temoin.clock import parse_instant, utc_text

PRESENCE_NAME = "daemon.presence"
KEPT = timedelta(days=3)  # times missed longer ago are in the register already
MOST = 100  # absences; a machine that is suspended every minute does not fill the disk


class Presence:
    """The daemon's own diary: when it was last there, and from when until when it was not."""

    def __init__(self, folder: Path, *, now: datetime) -> None:
        """Read the diary of the daemon before; from its last sign of life until ``now`` the station was off."""
        self._path = folder / PRESENCE_NAME
        self.last, self._absences = _read(self._path)
        if self.last is not None and self.last < now:
            self._absences.append(Absence(since=self.last, until=now, reason=MissedReason.STATION_OFF))

    @property
    def absences(self) -> tuple[Absence, ...]:
        """The absences that are known, oldest first."""
        return tuple(self._absences)

    def note(self, absence: Absence) -> None:
        """Remember an absence; written at the next ``mark``."""
        self._absences.append(absence)

    def mark(self, now: datetime) -> None:
        """Give a sign of life. A disk that cannot be written is not the diary's affair: the register says so."""
        self.last = now
        self._absences = [one for one in self._absences if one.until > now - KEPT][-MOST:]
        with suppress(OSError):
            _write(self._path, now, self._absences)


def _read(path: Path) -> tuple[datetime | None, list[Absence]]:
    try:
        found = json.loads(path.read_text(encoding="ascii"))
        absences = [
            Absence(since=parse_instant(since), until=parse_instant(until), reason=MissedReason(reason))
            for since, until, reason in found["absences"]
        ]
        return parse_instant(found["last"]), absences
    except (OSError, ValueError, KeyError, TypeError):
        return None, []


def _write(path: Path, last: datetime, absences: Iterable[Absence]) -> None:
    """Whole or not at all; not waited for, since losing the last half minute loses nothing."""
    rows = [[utc_text(one.since), utc_text(one.until), one.reason.value] for one in absences]
    new = path.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(json.dumps({"last": utc_text(last), "absences": rows}) + "\n", encoding="ascii")
    os.replace(new, path)  # noqa: PTH105 - atomic on every system
