"""Photo mode on the page: the person's ordinary browser on a desktop of the test's own, and one question."""

import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from capture.display import PrivateDisplay, can_have_private_display
from demo.server import ReplicaServer
from exhibits.journal import list_page
from store.store import Store
from store.values import AttemptQuery
from store.vault import Keys
from temoin.clock import utc_now
from temoin.items import JOURNAL
from tests.browser.test_photo import display, server
from tests.browser_window import nothing_in_front, ordinary_browser
from tests.page import Page, served
from tests.page_case import PASSPHRASE, no_keyring
from web import photo
from web.site import Site
from web.tasks import Task

__all__ = ["display", "server"]  # fixtures

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not can_have_private_display(), reason="needs Xvfb as the person's desktop"),
]

CONFIG = """
[[procedures]]
id = "essai"
prefecture = "Préfecture de l'Exemple"
label = "Démarche d'essai"
url = "{url}"
platform = "generic"
mode = "photo"
"""
AT = "/procedures/essai/photo"
WAIT_SECONDS = 120.0


@pytest.fixture(scope="module")
def title(
    display: PrivateDisplay, server: ReplicaServer, chromium_executable: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    profile = tmp_path_factory.mktemp("profile")
    with ordinary_browser(chromium_executable, display, server.address("4963"), profile=profile) as shown:
        yield shown


@pytest.fixture
def page(
    tmp_path: Path, display: PrivateDisplay, server: ReplicaServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Page]:
    for name, value in {**display.env, "WAYLAND_DISPLAY": ""}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(photo, "COUNTDOWN_SECONDS", 1)
    config = tmp_path / "config.toml"
    config.write_text(CONFIG.format(url=server.address("4963")), encoding="utf-8")
    site = Site(config=config)
    site.prepare()
    with site.writing() as store:
        for code in ("essai-1", "essai-2"):
            store.ensure_case(code, "renewal", utc_now())
            store.follow(code, "essai", utc_now())
    with no_keyring(), served(site) as found:
        yield found


def ended(page: Page, location: str) -> Task:
    task = page.site.tasks.get(location.rpartition("/")[2])
    assert task is not None
    until = time.monotonic() + WAIT_SECONDS
    while task.is_running:
        assert time.monotonic() < until
        time.sleep(0.05)
    return task


def photographed(page: Page, **data: str) -> Task:
    return ended(page, page.post(AT, data).headers["location"])


def store_of(page: Page) -> Store:
    return Store.open(page.site.settings().station.data_dir, now=utc_now)


def open_pictures(page: Page) -> list[Path]:
    kept = (path for path in page.site.settings().station.data_dir.rglob("*") if path.is_file())
    return [path for path in kept if path.read_bytes().startswith(b"\x89PNG")]


def test_the_window_is_photographed_shown_and_recorded_as_declared(
    page: Page, title: str, server: ReplicaServer
) -> None:
    assert f'action="{AT}"' in page.get("/procedures/essai").text
    before = len(server.requests)
    task = photographed(page)
    assert (task.state, task.error) == ("done", None)
    assert title in unescape(page.get(f"/tasks/{task.id}").text)
    here = f"{AT}/{task.id}"
    picture = page.get(f"{here}/picture")
    assert (picture.status_code, picture.content[:4]) == (200, b"\x89PNG")
    assert "Nothing is recorded yet." in page.get(here).text
    assert open_pictures(page) == []
    refused = page.post(here, {"address": "nothing"})
    assert (refused.status_code, "Choose one of the list." in refused.text) == (400, True)
    kept = ended(page, page.post(here, {"answer": "no_slot", "address": server.address("4963")}).headers["location"])
    assert (kept.state, kept.lines) == ("done", ["Démarche d'essai: n° 4, no appointment free, as you say."])
    assert "picture" not in kept.asked
    assert "See capture n° 4" in page.get(f"/tasks/{kept.id}").text
    assert len(server.requests) == before, "Témoin itself asks the site for nothing"
    with store_of(page) as store:
        (row,) = store.attempts(AttemptQuery())
        record = store.record(row.sequence)
        assert (record["mode"], record["declared"], record["outcome"]) == ("photo", True, "no_slot")
        assert store.read(record["parts"][0]["artefacts"][0]["sha256"]) == picture.content
    assert page.get(here).status_code == 404  # the page has it no more
    assert page.get(f"/tasks/{task.id}").status_code == 200


@pytest.mark.usefixtures("title")
def test_inside_an_account_it_goes_to_the_journal_and_never_openly_to_the_disk(page: Page) -> None:
    here = f"{AT}/{photographed(page).id}"
    answer = {"answer": "no_calendar", "inside": "1", "code": "essai-2"}
    assert "no passphrase was chosen" in page.post(here, answer).text
    chosen = {**answer, "passphrase": PASSPHRASE, "passphrase_again": PASSPHRASE}
    kept = ended(page, page.post(here, chosen).headers["location"])
    assert kept.state == "done", kept.error
    assert kept.lines[-1] == "Taken inside an account, it is in your journal, and not among the captures."
    assert open_pictures(page) == []
    with store_of(page) as store:
        assert store.attempts(AttemptQuery()) == ()
        keys = Keys(passphrase=lambda: PASSPHRASE, keyring=False)
        (one,) = list_page(store, "essai-2", JOURNAL, before=None, limit=9, keys=keys)
    assert one.content is not None
    assert (one.row.kind, one.content.photographed) == ("screenshot", True)
    page.site.passphrase.forget()
    again = f"{AT}/{photographed(page).id}"
    assert 'name="passphrase"' in page.get(again).text
    wrong = page.post(again, {**answer, "passphrase": "une autre phrase, fausse"})
    assert (wrong.status_code, 'role="alert"' in wrong.text) == (400, True)
    without = page.post(again, {**answer, "code": "", "passphrase": PASSPHRASE})
    assert ended(page, without.headers["location"]).error is not None  # of two dossiers, which?
    assert page.get(again).status_code == 200  # it is still there to be kept
    assert page.post(f"{again}/discard").headers["location"] == "/procedures/essai"
    assert page.get(f"{again}/picture").status_code == 404


def test_where_no_window_is_in_front_the_person_chooses(page: Page, title: str, display: PrivateDisplay) -> None:
    nothing_in_front(display)
    task = photographed(page)
    if task.result is not None and task.result["windows"]:
        assert f'value="{title}"' in unescape(page.get(f"/tasks/{task.id}").text)
    task = photographed(page, title=title)
    assert task.result is not None
    assert task.result["title"] == title
    task = photographed(page, title="nowhere")
    assert task.error is not None
    assert "nowhere" in task.error[0]
