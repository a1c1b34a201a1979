"""A small, valid store, to which each test makes one change."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from store.store import Store
from store.values import NewFiling, NumberRow
from temoin.canonical import Json
from temoin.clock import local_text, utc_text
from temoin.records import Kind, Operator
from tests.added import memory_keyring

__all__ = ["memory_keyring"]

EVENING = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)
MORNING = datetime(2026, 11, 23, 7, 12, 30, tzinfo=UTC)

Change = Callable[[sqlite3.Connection], object]


def attempt_record(number: int, digest: str, size: int) -> Json:
    at = MORNING + timedelta(hours=number)
    return {
        "format": 1,
        "attempt": f"20261123-{number:06d}-0000",
        "at": utc_text(at),
        "at_local": local_text(at, "Europe/Paris"),
        "due": utc_text(at),
        "mode": "unattended",
        "outcome": "no_slot",
        "reason": None,
        "procedure": {"id": "creteil"},
        "url": {"asked": "http://127.0.0.1/booking", "final": None},
        "simulated": True,
        "parts": [
            {
                "part": "1",
                "outcome": "no_slot",
                "matched": {"text": "Il n'existe plus de plage", "selector": "p"},
                "artefacts": [
                    {"role": "text", "sha256": digest, "bytes": size, "media_type": "text/plain; charset=utf-8"}
                ],
            }
        ],
        "politeness": {"robots_sha256": None, "terms": {"text_sha256": None, "artefacts": []}},
    }


def plan_record() -> Json:
    return {
        "format": 1,
        "procedure": "creteil",
        "day": "2026-11-23",
        "timezone": "Europe/Paris",
        "times": [utc_text(MORNING + timedelta(hours=number)) for number in range(3)],
        "windows": ["07:00-22:30"],
        "replaces": None,
        "cause": "evening",
    }


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store, made once. Entries: 1 station, 2 follow, 3 plan, 4 to 6 attempts, 7 filing."""
    folder = tmp_path_factory.mktemp("small") / "evidence"
    with Store.open(folder, now=lambda: EVENING) as kept:
        kept.ensure_station(Operator.SELF, {"os": "Linux"})
        kept.ensure_case("C1", "first", EVENING)
        kept.follow("C1", "creteil", EVENING)
        kept.append(kind=Kind.PLAN, record=plan_record(), at=EVENING)
        for number in range(3):
            text = f"page {number}".encode()
            record = attempt_record(number, kept.put(text), len(text))
            kept.append(kind=Kind.ATTEMPT, record=record, at=MORNING + timedelta(hours=number))
        line = NumberRow(number=1, kind="attempt", attempt_sequence=4, title="Capture", file="1.pdf", page=1)
        files = (("data/1.pdf", kept.put(b"%PDF")),)
        kept.freeze_filing(NewFiling(case="C1", at=MORNING, first_number=1, numbers=(line,), files=files))
    return folder


@pytest.fixture
def folder(small: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(small, tmp_path / "evidence"))


@pytest.fixture
def raw(folder: Path) -> Iterator[sqlite3.Connection]:
    """Another program at the database: no foreign keys, no recursive triggers."""
    connection = sqlite3.connect(folder / "registre.sqlite", isolation_level=None)
    connection.execute("PRAGMA foreign_keys=OFF")
    connection.execute("PRAGMA recursive_triggers=OFF")
    yield connection
    connection.close()


@pytest.fixture
def tampered(folder: Path, raw: sqlite3.Connection) -> Callable[[Change], Path]:
    """Make one change as the owner of the file could: triggers dropped, then put back."""

    def change_it(change: Change) -> Path:
        triggers: list[Any] = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _sql in triggers:
            raw.execute(f"DROP TRIGGER {name}")
        change(raw)
        for _name, sql in triggers:
            raw.execute(sql)
        raw.close()
        return folder

    return change_it
