"""Several processes at one store: one chain, no gap, no lost entry, one lease."""

import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from store.chain import check_chain
from store.store import Store
from store.values import HostHistory
from store.verify import verify_store
from temoin.records import Mode

AT = datetime(2026, 11, 23, 7, 12, 30, tzinfo=UTC)

APPENDER = r"""
import sys
from datetime import UTC, datetime
from pathlib import Path
from store.store import Store
from temoin.records import Kind

at = datetime(2026, 11, 23, 7, 12, 30, tzinfo=UTC)
sys.stdin.readline()
with Store.open(Path(sys.argv[1]), now=lambda: at) as kept:
    for number in range(50):
        digest = kept.put(f"same bytes {number}".encode())
        kept.append(kind=Kind.HANDOVER, at=at, record={
            "format": 1, "procedure": "lyon", "by": sys.argv[2], "number": number,
            "artefacts": [{"sha256": digest}]})
"""

LEASER = r"""
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from store.store import Store
from temoin.records import Mode

@dataclass
class Verdict:
    allowed: bool

at = datetime(2026, 11, 23, 7, 12, 30, tzinfo=UTC)
sys.stdin.readline()
with Store.open(Path(sys.argv[1]), now=lambda: at) as kept:
    verdict, lease = kept.take_visit(host="h", procedure="lyon", mode=Mode.UNATTENDED, now=at,
                                     judge=lambda history: Verdict(not history.visits))
    print(verdict.allowed, lease is not None, flush=True)
    sys.stdin.readline()
"""


@dataclass(frozen=True)
class _Verdict:
    allowed: bool


def _refuse(seen: list[HostHistory], history: HostHistory) -> _Verdict:
    seen.append(history)
    return _Verdict(allowed=False)


def _start(script: str, folder: Path, number: int) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", script, str(folder), str(number)]
    return subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_four_processes_that_create_and_append_at_once_make_one_chain(tmp_path: Path) -> None:
    folder = tmp_path / "evidence"
    processes = [_start(APPENDER, folder, number) for number in range(4)]
    outputs = [process.communicate("\n", timeout=100) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0, 0], outputs
    with Store.open(folder, now=lambda: AT) as kept:
        entries = list(kept.entries())
        written = sorted((record["by"], record["number"]) for record in map(kept.record, range(1, 201)))
    assert [entry.sequence for entry in entries] == list(range(1, 201))
    assert list(check_chain(entry.line for entry in entries)) == []
    assert written == sorted((str(by), number) for by in range(4) for number in range(50))
    report = verify_store(folder)
    assert (report.status, report.checks[5].detail) == ("passed", "50 objects")


def test_two_processes_that_ask_for_one_host_at_once_get_one_lease(tmp_path: Path) -> None:
    folder = tmp_path / "evidence"
    with Store.open(folder, now=lambda: AT):
        pass
    processes = [_start(LEASER, folder, number) for number in range(2)]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    answers = sorted(process.stdout.readline() for process in processes if process.stdout)
    for process in processes:
        process.communicate("\n", timeout=30)
    assert answers == ["False False\n", "True True\n"]


def test_a_lease_whose_process_died_is_closed_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "evidence"
    process = _start(LEASER, folder, 0)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    assert process.stdout.readline() == "True True\n"
    process.kill()
    process.communicate()
    later = AT + timedelta(minutes=3)
    seen: list[HostHistory] = []
    with Store.open(folder, now=lambda: AT) as kept:
        kept.take_visit(
            host="h", procedure="lyon", mode=Mode.UNATTENDED, now=later, judge=lambda history: _refuse(seen, history)
        )
    assert [visit.ended_at for visit in seen[0].visits] == [later]
