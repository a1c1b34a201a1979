"""``make bench``: the rows of DESIGN §14 that exist by now, as a Markdown table. ``run.py ROW…`` does only those.

Writes nothing but what it prints (and the peer's own environment, ``.cache/bench-venv``). It needs a browser, a
package index the first time, and 6 GB in the folder for temporary files while the large register stands there.
"""

import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import bundles, captures, pages, pdfs, peers, planning, register
from benchmarks.measure import HEAD, Row
from capture.browser import BrowserChoice, BrowserSession
from temoin.browsers import find_browser

Rows = Callable[[Path], Iterator[Row]]


def main(names: list[str]) -> int:
    """Print the table; 0 whether budgets are kept or not: a machine under load is no fault of the code's."""
    rows = _rows()
    if unknown := set(names) - rows.keys():
        return _say(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(rows)}", code=2)
    for line in (*_surroundings(), "", *HEAD):
        print(line, flush=True)
    for name in names or rows:
        _say(f"{name}…")
        with tempfile.TemporaryDirectory(prefix="temoin-bench-", ignore_cleanup_errors=True) as folder:
            for row in rows[name](Path(folder)):
                print(row.line(), flush=True)
    return 0


def _rows() -> Mapping[str, Rows]:
    return {
        "warm": lambda folder: iter([captures.warm(folder / "warm", _browser())]),
        "cold": lambda folder: iter([captures.cold(folder / "cold", _browser())]),
        "register": _register,
        "status": _status,
        "plan": lambda _folder: iter([planning.plan_row()]),
        "disk": lambda folder: iter([captures.disk(folder / "disk", _browser())]),
        "pdf": pdfs.rows,
        "verify": bundles.rows,
        "pages": pages.rows,
    }


def _status(folder: Path) -> Iterator[Row]:
    register.fill(folder / "large", register.LARGE)
    yield from register.status_rows(folder / "large")


def _register(folder: Path) -> Iterator[Row]:
    small, large = folder / "small", folder / "large"
    register.fill(small, register.SMALL)
    register.fill(large, register.LARGE)
    yield from register.list_rows(large)
    yield register.append_row(small, large)


def _browser() -> Path:
    found = find_browser()
    if found is None:
        raise SystemExit(_say("No browser was found: run “make browser”.", code=5))
    return found


def _surroundings() -> Iterator[str]:
    """What the figures depend on: day, system, browser, peer; and how busy the machine was already."""
    yield f"{datetime.now(UTC):%Y-%m-%d}, {platform.system()}, {os.cpu_count()} processors"
    with BrowserSession(BrowserChoice(view="page", executable=str(_browser()))) as session:
        yield f"Python {platform.python_version()}, {session.product}, peer {peers.prepare()}"
    if hasattr(os, "getloadavg"):
        yield f"load before: {os.getloadavg()[0]:.1f}"


def _say(text: str, *, code: int = 0) -> int:
    print(text, file=sys.stderr, flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
