"""How the person is told, changed on the page: tried as in the first run, and nothing else of the file changes."""

from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from temoin.settings import Notify, load_settings
from tests.page import Page, served
from tests.page_case import no_keyring, served_case
from web.site import Site

GONE = "json://somebody:secret@127.0.0.1:9/"  # nobody listens there
BEFORE = "\n# how\n[notify]\ndesktop = true # on this screen\n"


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    with no_keyring(), served_case(tmp_path, more=BEFORE) as found:
        yield found


def answered(page: Page, **fields: str) -> tuple[int, str]:
    data: dict[str, Any] = {"step": "messages", "go": "next", **fields}
    found = page.post("/messages", data, follow_redirects=True)
    return found.status_code, unescape(found.text)


def test_the_question_stands_answered_as_it_is_and_leads_back_written(page: Page) -> None:
    assert 'href="/messages"' in page.get("/").text
    shown = unescape(page.get("/messages").text)
    assert "You are told now by: desktop." in shown
    assert "Page 1 of 1" not in shown
    before = page.site.config.read_text(encoding="utf-8")
    status, shown = answered(page, channel="none")
    assert status == 200
    assert "Written. Témoin will go by it when it runs." in shown
    assert load_settings(page.site.config).notify == Notify(desktop=False, urls=(), refused=True)
    after = page.site.config.read_text(encoding="utf-8")
    assert after.startswith(before.replace("desktop = true # on this screen\n", "desktop = false # on this screen\n"))


def test_an_address_is_tried_first_and_never_shown_again(page: Page) -> None:
    chosen = {"channel": "address", "channel_address": GONE}
    status, shown = answered(page, **chosen)
    assert status == 400
    assert "The test message was not sent" in shown
    assert load_settings(page.site.config).notify == Notify()
    status, shown = answered(page, **chosen, tested=f"address {GONE}", come="keep")
    assert status == 200
    assert load_settings(page.site.config).notify == Notify(desktop=False, urls=(GONE,))
    assert "secret" not in page.get("/messages").text.replace('name="secret"', "")
    assert answered(page, channel="address", channel_address="")[0] == 400


def test_without_a_configuration_the_first_run_asks(tmp_path: Path) -> None:
    with served(Site(config=tmp_path / "config.toml")) as new:
        assert new.get("/messages").headers["location"] == "/start"
        assert new.post("/messages", {"step": "messages", "channel": "none"}).headers["location"] == "/start"
        assert not new.site.config.exists()
