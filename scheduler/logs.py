"""What the daemon says: on its screen for people, and as JSON lines in a file of the data directory for later.

A stable word (``action``), then a sentence of ours; never what a page held, an answer's body or a secret. The file is
rotated, so that it never fills the disk; one that cannot be written stops nothing.
"""

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from typing_extensions import override

LOG_NAME = "daemon.log"
SIZE = 1_000_000  # bytes of one file: about five thousand lines
KEPT = 5  # files before it; some weeks of a home machine
LINE = "%(asctime)s %(levelname)s %(action)s: %(message)s"


class _JsonLine(logging.Formatter):
    @override
    def format(self, record: logging.LogRecord) -> str:
        said = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "action": getattr(record, "action", "-"),
            "message": record.getMessage(),
        }
        return json.dumps(said, ensure_ascii=False)


class _OwnFile(RotatingFileHandler):
    """A rotated file that nobody else may read: each new one is made so."""

    @override
    def _open(self) -> TextIOWrapper:
        file = open(self.baseFilename, "ab", opener=lambda path, flags: os.open(path, flags, 0o600))  # noqa: SIM115 - the handler closes it
        return TextIOWrapper(file, encoding="utf-8")


@contextmanager
def logging_to(folder: Path) -> Iterator[None]:
    """Let the daemon be heard while inside: in the file, and on the screen unless the caller has seen to that."""
    package = logging.getLogger("scheduler")
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # what it would say, the daemon says
    handlers = list(_handlers(folder, screen=not package.hasHandlers()))
    before = package.level
    package.setLevel(logging.INFO)
    for handler in handlers:
        package.addHandler(handler)
    try:
        yield
    finally:
        package.setLevel(before)
        for handler in handlers:
            package.removeHandler(handler)
            handler.close()


def _handlers(folder: Path, *, screen: bool) -> Iterator[logging.Handler]:
    if screen:
        shown = logging.StreamHandler(sys.stderr)
        shown.setFormatter(logging.Formatter(LINE, defaults={"action": "-"}))
        yield shown
    path = folder / LOG_NAME
    try:
        kept = _OwnFile(path, maxBytes=SIZE, backupCount=KEPT)
    except OSError:
        return  # the lock and the register say what is wrong with the folder
    kept.setFormatter(_JsonLine())
    yield kept
