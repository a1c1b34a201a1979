"""The page of something under way: without scripts, and for somebody at a keyboard when it ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as Window

from tests.page import Page, served
from tests.page_visitor import PHONE
from web.site import Site
from web.tasks import Task

pytestmark = pytest.mark.browser


def running(page: Page) -> Task:
    """One that nothing runs: it ends when the test says so."""
    task = Task(id="one", job="check", title="Check everything", asked={}, started=0)
    page.site.tasks._tasks[task.id] = task
    return task


@contextmanager
def looking(reader: Browser, folder: Path, *, scripts: bool = True) -> Iterator[tuple[Page, Task, Window]]:
    """Somebody on a telephone, at the page of such a task."""
    with (
        served(Site(config=folder / "config.toml")) as page,
        reader.new_context(viewport=PHONE, locale="en-GB", java_script_enabled=scripts) as context,
    ):
        task, window = running(page), context.new_page()
        window.goto(page.opened)
        window.wait_for_url("**/start")
        window.goto(f"{page.origin}/tasks/one")
        yield page, task, window


def test_without_scripts_it_is_loaded_again_by_a_link(reader: Browser, tmp_path: Path) -> None:
    with looking(reader, tmp_path, scripts=False) as (_page, task, window):
        task.state = "stopped"
        window.get_by_role("link", name="Load it again").click()
        expect(window.get_by_text("Stopped. What was recorded is kept.")).to_be_visible()
        expect(window.get_by_role("link", name="Load it again")).to_have_count(0)


def test_the_focus_stays_on_a_button_and_goes_from_it_to_how_it_ended(reader: Browser, tmp_path: Path) -> None:
    with looking(reader, tmp_path) as (_page, task, window):
        button = window.get_by_role("button", name="Stop")
        button.focus()
        task.hear({"line": "half of it"})
        expect(window.get_by_text("half of it")).to_be_visible()
        expect(button).to_be_focused()
        task.state = "stopped"
        expect(window.get_by_text("Stopped. What was recorded is kept.")).to_be_focused()


def test_a_focus_elsewhere_is_left_alone_when_it_ends(reader: Browser, tmp_path: Path) -> None:
    with looking(reader, tmp_path) as (_page, task, window):
        window.get_by_role("link", name="Témoin").focus()
        task.error = ("It could not be done.", "Try again.")
        task.state = "failed"
        expect(window.get_by_role("alert").filter(has_text="It could not be done.")).to_be_visible()
        expect(window.get_by_role("link", name="Témoin")).to_be_focused()


def test_a_slow_hand_presses_stop_while_the_page_goes_on(reader: Browser, tmp_path: Path) -> None:
    with looking(reader, tmp_path) as (page, task, window):
        box = window.get_by_role("button", name="Stop").bounding_box()
        assert box is not None
        window.mouse.move(box["x"] + 10, box["y"] + box["height"] / 2)
        window.mouse.down()
        task.progress = ("the second half", 1, 2)  # the page is asked for again meanwhile
        expect(window.get_by_text("the second half")).to_be_visible()
        with window.expect_request(lambda asked: asked.method == "POST") as asked:
            window.mouse.up()
        assert asked.value.url == f"{page.origin}/tasks/one/stop"
