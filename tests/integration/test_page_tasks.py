"""What takes long on the local page: child processes that tell how it goes, and that can be stopped."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from temoin.errors import BrowserError, RefusedError, UsageError
from temoin.messages import use_language
from tests.page import served
from web.site import Site
from web.tasks import MOST_RUNNING, Task, Tasks

WAIT_SECONDS = 60.0

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks at processes in /proc")


@pytest.fixture
def tasks() -> Iterator[Tasks]:
    use_language("en")
    found = Tasks()
    yield found
    found.stop_all()


@pytest.fixture
def endless(tmp_path: Path) -> str:
    """A configuration that never comes: a worker that reads it waits for ever."""
    os.mkfifo(tmp_path / "config.toml")
    return str(tmp_path / "config.toml")


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def ended(task: Task) -> Task:
    until(lambda: not task.is_running)
    return task


def test_a_verification_gives_its_report(tasks: Tasks, loopback_config: Callable[..., Path]) -> None:
    site = Site(config=loopback_config("http://127.0.0.1:9/"))
    site.prepare()
    asked = {"config": str(site.config), "data_dir": None, "deep": False}
    task = ended(tasks.start("verify", "Verify", asked))
    assert (task.state, task.error) == ("done", None)
    assert task.result is not None
    assert task.result["status"] in {"passed", "incomplete"}
    assert {check["name"] for check in task.result["checks"]} >= {"1 database", "2 schema"}


def test_an_error_of_ours_is_told_with_its_remedy(tasks: Tasks, tmp_path: Path) -> None:
    task = ended(tasks.start("check", "Check", {"config": str(tmp_path / "none.toml")}))
    assert task.state == "failed"
    assert task.error is not None
    assert "none.toml" in task.error[0]
    assert task.code == 3


def test_one_that_breaks_is_failed_and_says_nothing_more(tasks: Tasks) -> None:
    task = ended(tasks.start("no such job", "?", {}))
    assert (task.state, task.result, task.error) == ("failed", None, None)


def test_a_stopped_one_is_gone(tasks: Tasks, endless: str) -> None:
    task = tasks.start("check", "Check", {"config": endless})
    pid = pid_of(task)
    assert Path(f"/proc/{pid}").exists()
    tasks.stop(task)
    assert task.state == "stopped"
    until(lambda: not Path(f"/proc/{pid}").exists())


def test_the_same_thing_is_not_begun_twice_and_not_too_much_at_once(tasks: Tasks, endless: str) -> None:
    first = tasks.start("check", "Check", {"config": endless})
    assert tasks.start("check", "Check", {"config": endless}) is first
    for number in range(MOST_RUNNING - 1):
        tasks.start("check", "Check", {"config": endless, "number": number})
    with pytest.raises(UsageError):
        tasks.start("check", "Check", {"config": endless, "number": -1})


def test_the_passphrase_is_in_no_argument_and_no_environment(tasks: Tasks, endless: str) -> None:
    task = tasks.start("check", "Check", {"config": endless}, secret="sept-phares-bleus")  # noqa: S106 - a made-up one
    process = Path(f"/proc/{pid_of(task)}")
    while not (command := (process / "cmdline").read_bytes()):  # empty for a moment while it becomes the program
        assert task.is_running
        time.sleep(0.01)
    assert b"web.worker" in command
    assert b"phares" not in command + (process / "environ").read_bytes()
    assert "phares" not in repr(task)


@pytest.mark.parametrize("code", [RefusedError.exit_code, BrowserError.exit_code])
def test_a_visit_put_off_out_of_politeness_is_no_error_and_leads_back_to_its_demarche(
    tmp_path: Path, code: int
) -> None:
    site = Site(config=tmp_path / "config.toml")
    asked = {"procedures": ["essai"]}
    ended = Task(id="one", job="attempt", title="x", asked=asked, started=0.0, state="failed", error=("No", "Wait"))
    ended.code = code
    with served(site) as page:
        site.tasks._tasks["one"] = ended
        found = page.get("/tasks/one").text
    refused = code == RefusedError.exit_code
    assert ('<div class="note" role="status"><p><strong>No' in found) == refused
    assert ('<div class="note problem" role="alert"><p><strong>No' in found) != refused
    assert '<a href="/procedures/essai">Back to the démarche</a>' in found


def test_the_page_shows_it_and_stops_it(tmp_path: Path, endless: str) -> None:
    with served(Site(config=tmp_path / "other.toml")) as page:
        task = page.site.tasks.start("check", "Looking at everything", {"config": endless})
        shown = page.get(f"/tasks/{task.id}")
        assert "Looking at everything" in shown.text
        assert f'hx-get="/tasks/{task.id}/state"' in shown.text
        assert page.post(f"/tasks/{task.id}/stop").headers["location"] == f"/tasks/{task.id}"
        state = page.get(f"/tasks/{task.id}/state").text
        assert "Stopped." in state
        assert "hx-get" not in state
        assert page.get("/tasks/none").status_code == 404


def pid_of(task: Task) -> int:
    assert task._child is not None
    return task._child.pid
