"""Temporary folders of visits: gone at the end, swept after an owner that was killed, kept while one lives."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from temoin.scratch import VISIT_PREFIX, sweep, temporary_files_of_a_visit

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="one folder for all of a visit is Linux's")

OWNER = """
import sys, tempfile
from temoin.scratch import temporary_files_of_a_visit
with temporary_files_of_a_visit():
    tempfile.mkstemp()
    print(flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A folder whose path is as short as those of people: that of a test leaves no room for the browser's socket."""
    with tempfile.TemporaryDirectory(prefix="t-", dir="/tmp") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", folder)
        patch.setattr("tempfile.tempdir", None)
        yield Path(folder)


@pytest.fixture
def owner(scratch: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another visit, which waits in the middle."""
    command = [sys.executable, "-c", OWNER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"\n"
        assert len(list(scratch.iterdir())) == 1
        yield process
        process.kill()


def grow_old(folder: Path) -> None:
    for path in folder.iterdir():
        os.utime(path, (0, 0))


def test_what_a_visit_keeps_for_a_while_is_gone_at_its_end(scratch: Path) -> None:
    with temporary_files_of_a_visit():
        inside = Path(tempfile.mkdtemp())
        assert inside.parent.parent == scratch
        assert os.environ["TMPDIR"] == str(inside.parent)
    assert list(scratch.iterdir()) == []
    assert tempfile.gettempdir() == os.environ["TMPDIR"] == str(scratch)


def test_where_the_path_is_too_long_for_a_browser_there_is_no_folder(scratch: Path) -> None:
    far = scratch / ("x" * 50)
    far.mkdir()
    with pytest.MonkeyPatch.context() as patch:  # undone before the fixture's own, which would be taken for what was
        patch.setenv("TMPDIR", str(far))
        patch.setattr("tempfile.tempdir", None)
        with temporary_files_of_a_visit():
            assert os.environ["TMPDIR"] == str(far)
            assert list(far.iterdir()) == []


def test_what_a_killed_visit_left_is_swept_by_the_next(scratch: Path, owner: subprocess.Popen[bytes]) -> None:
    owner.kill()
    owner.wait()
    grow_old(scratch)
    with temporary_files_of_a_visit():
        assert len(list(scratch.glob(f"{VISIT_PREFIX}*"))) == 1
    assert list(scratch.iterdir()) == []


def test_what_a_living_visit_uses_is_left_alone(scratch: Path, owner: subprocess.Popen[bytes]) -> None:
    grow_old(scratch)
    sweep(VISIT_PREFIX)
    assert owner.poll() is None
    assert len(list(scratch.iterdir())) == 1


def test_a_folder_that_nobody_had_time_to_lock_is_left_alone(scratch: Path) -> None:
    (scratch / f"{VISIT_PREFIX}new").mkdir()
    sweep(VISIT_PREFIX)
    assert len(list(scratch.iterdir())) == 1
    grow_old(scratch)
    sweep(VISIT_PREFIX)
    assert list(scratch.iterdir()) == []
