"""SIGKILL before every step of a write: afterwards all of it is there, or nothing, and nothing is lost.

A driver forks one child for each step. The child counts the calls that change the disk (files and SQL) and, at
its step, kills itself with SIGKILL, which no handler sees: what the machine then holds is what a real kill
leaves.
"""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from store.store import Store
from store.values import NewFiling
from store.vault import Keys
from store.verify import verify_store
from temoin.canonical import sha256
from temoin.items import read_item
from temoin.records import Kind
from tests.added import MemoryKeyring, new_item

ROOT = Path(__file__).resolve().parent.parent.parent  # the driver finds the tests' own helpers there
AT = datetime(2026, 11, 23, 7, 12, 30, tzinfo=UTC)

DRIVER = r"""
import json, os, shutil, signal, sys
from datetime import UTC, datetime
from pathlib import Path
import alembic.command, pyrage  # here, not in each child
import sqlalchemy as sa
from sqlalchemy import event
from store.store import Store
from store.values import NewFiling, NumberRow
from temoin.records import Kind, Operator
from tests.added import new_item

AT = datetime(2026, 11, 23, 7, 12, 30, tzinfo=UTC)
root, action, every = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])

def write_attempt(kept):
    digest = kept.put(b"second picture")
    kept.append(kind=Kind.HANDOVER, at=AT, record={
        "format": 1, "attempt": "b", "procedure": "lyon", "artefacts": [{"sha256": digest, "bytes": 14}]})

def write_filing(kept):
    line = NumberRow(number=1, kind="attempt", attempt_sequence=1, title="t", file="f", page=1)
    files = (("data/1.pdf", kept.put(b"second picture")),)
    kept.freeze_filing(NewFiling(case="C1", at=AT, first_number=1, numbers=(line,), files=files))

def write_item(kept):
    kept.add_item(new_item("C1", "second item", b"%PDF second", obtained=True), AT)

def write_sealed_filing(kept):
    files = (("data/1.pdf", kept.seal(b"%PDF second")), ("data/2.pdf", kept.put(b"second picture")))
    kept.freeze_filing(NewFiling(case="C1", at=AT, first_number=1, numbers=(), files=files, expected=1,
                                 sealed=frozenset({"data/1.pdf"})))

def erase_item(kept):
    kept.erase_item(3, AT)

def erase_case(kept):
    kept.erase_case("C1", AT)

ACTIONS = {
    "attempt": write_attempt, "filing": write_filing, "item": write_item, "sealed filing": write_sealed_filing,
    "erase item": erase_item, "erase case": erase_case,
}

def create_store(folder):
    with Store.open(folder, now=lambda: AT) as kept:
        kept.ensure_station(Operator.SELF, {})

def run(folder):
    if action == "create":
        return create_store(folder)
    with Store.open(folder, now=lambda: AT) as kept:
        ACTIONS[action](kept)

def arm(step):
    count = [0]
    names = []
    def here(name):
        if name == "sql CREATE" and names[-2:] == [name, name]:
            return  # sixty statements of one transaction: two of them will do
        count[0] += 1
        names.append(name)
        if count[0] == step:
            os.kill(os.getpid(), signal.SIGKILL)
    def wrap(owner, name):
        real = getattr(owner, name)
        def call(*args, **kwargs):
            here(name)
            return real(*args, **kwargs)
        setattr(owner, name, call)
    for name in ("open", "mkdir", "fsync", "chmod", "replace", "rename", "unlink", "fdopen"):
        wrap(os, name)
    event.listen(sa.Engine, "before_cursor_execute", lambda *args: here("sql " + args[2].split()[0]))
    event.listen(sa.Engine, "commit", lambda connection: here("commit"))
    return names

steps = []
for step in range(1, 200, every):
    folder = root / f"{step:03d}"
    if action != "create":
        shutil.copytree(root / "before", folder)
    pid = os.fork()
    if pid == 0:
        names = arm(step)
        run(folder)
        (root / "steps.json").write_text(json.dumps(names))
        os._exit(0)
    status = os.waitpid(pid, 0)[1]
    if not os.WIFSIGNALED(status):
        sys.exit(os.waitstatus_to_exitcode(status))
    assert os.WTERMSIG(status) == signal.SIGKILL
sys.exit("never ended")
"""


@pytest.fixture(params=[3, pytest.param(1, marks=pytest.mark.soak)], ids=["every third step", "every step"])
def every(request: pytest.FixtureRequest) -> int:
    """How far apart the kills are: the suite must end within a quarter of an hour."""
    return int(request.param)


def _drive(root: Path, action: str, every: int) -> list[str]:
    """Run ``action`` for each ``every``-th of its steps, killed before it, then to its end; the names of all steps."""
    subprocess.run([sys.executable, "-c", DRIVER, str(root), action, str(every)], check=True, timeout=600, cwd=ROOT)
    steps: list[str] = json.loads((root / "steps.json").read_text())
    return steps


@pytest.fixture
def root(tmp_path: Path) -> Path:
    with Store.open(tmp_path / "before", now=lambda: AT) as kept:
        digest = kept.put(b"first picture")
        record = {"format": 1, "procedure": "lyon", "artefacts": [{"sha256": digest, "bytes": 13}]}
        kept.append(kind=Kind.HANDOVER, at=AT, record=record)
        kept.ensure_case("C1", "first", AT)
    return tmp_path


def _folders(root: Path) -> list[Path]:
    return sorted(path for path in root.iterdir() if path.is_dir() and path.name != "before")


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL and fork are POSIX; Windows: not tried")


@pytest.mark.parametrize("action", ["attempt", "filing"])
def test_a_write_killed_before_any_step_is_whole_or_absent(root: Path, action: str, every: int) -> None:
    steps = _drive(root, action, every)
    assert {"open", "fsync", "chmod", "replace", "sql BEGIN", "sql INSERT", "commit"} <= set(steps)
    lengths = [_check_after_kill(folder) for folder in _folders(root)]
    assert lengths == sorted(lengths)
    assert set(lengths) == {1, 2}
    assert len(lengths) == len(range(0, len(steps), every)) + 1


def _check_after_kill(folder: Path) -> int:
    """Reopen, verify, count the entries; then the same write is done again, and again verifies."""
    with Store.open(folder, now=lambda: AT) as kept:
        length = len(list(kept.entries()))
        assert kept.read(sha256(b"first picture")) == b"first picture"
        assert list((folder / "objects" / "incoming").iterdir()) == []
    report = verify_store(folder)
    assert report.status == "passed", report
    with Store.open(folder, now=lambda: AT) as kept:
        kept.put(b"second picture")
        kept.append(kind=Kind.HANDOVER, at=AT, record={"format": 1, "procedure": "lyon"})
    assert verify_store(folder).status == "passed"
    return length


def test_a_store_killed_while_it_is_created_opens_afterwards(tmp_path: Path, every: int) -> None:
    steps = _drive(tmp_path, "create", every)
    assert {"mkdir", "sql BEGIN", "sql CREATE", "commit"} <= set(steps)
    for folder in _folders(tmp_path):
        with Store.open(folder, now=lambda: AT) as kept:
            kept.append(kind=Kind.HANDOVER, at=AT, record={"format": 1, "procedure": "lyon"})
        assert verify_store(folder).status == "passed"


# What people add: nothing of it is left that nothing names


@pytest.fixture
def people(root: Path, memory_keyring: MemoryKeyring) -> Path:
    """Entries 2 to 5: the case follows, has an item and a piece, and filed a sealed file."""
    with Store.open(root / "before", now=lambda: AT) as kept:
        kept.follow("C1", "lyon", AT)
        assert kept.ensure_vault(Keys()) == "keyring"
        kept.add_item(new_item("C1", "first item", b"%PDF first"), AT)
        kept.add_item(new_item("C1", "first piece"), AT)
        files = (("data/1.pdf", kept.seal(b"%PDF filed")),)
        sealed = frozenset({"data/1.pdf"})
        kept.freeze_filing(NewFiling(case="C1", at=AT, first_number=1, numbers=(), files=files, sealed=sealed))
    assert memory_keyring.kept
    return root


def _open_after_kill(folder: Path) -> tuple[int, int]:
    """Reopen and verify; how many entries and sealed files there are, none of them without a name."""
    with Store.open(folder, now=lambda: AT) as kept:
        length = len(list(kept.entries()))
        for case in kept.cases():
            live = [row.sequence for row in kept.items(case.code) if row.erased_by is None]
            said = [read_item(kept.open_item(sequence, Keys())[0]).obtained for sequence in live]
            assert (case.obtained is not None) == any(said)  # else captures would go on, or stop without a reason
    assert list((folder / "sealed" / "incoming").iterdir()) == []
    report = verify_store(folder)
    assert report.status == "passed", report
    assert "sealed" not in report.checks[6].detail
    assert "still on the disk" not in report.checks[5].detail
    return length, sum(1 for path in (folder / "sealed").rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [
        ("item", (5, 4), (6, 6)),
        ("sealed filing", (5, 4), (6, 5)),
        ("erase item", (5, 4), (6, 2)),
        ("erase case", (5, 4), (7, 0)),
    ],
)
def test_what_people_add_or_erase_is_whole_or_absent_after_a_kill(
    people: Path, action: str, before: tuple[int, int], after: tuple[int, int], every: int
) -> None:
    steps = _drive(people, action, every)
    assert {"sql BEGIN", "sql INSERT", "commit", "unlink" if "erase" in action else "replace"} <= set(steps)
    found = [_open_after_kill(folder) for folder in _folders(people)]
    assert len(found) > len(steps) // every  # sealed names are drawn: a run may make a folder more than the last one
    assert set(found) == {before, after}
    assert found == sorted(found, key=lambda one: one[0])
