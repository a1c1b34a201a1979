"""A page that watches something under way, when the program that it asks has gone."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.page import served
from tests.page_visitor import PHONE
from web.site import Site

WAIT = 60_000.0  # milliseconds: on a slow machine
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a configuration that never comes"),
]


def test_a_page_that_nobody_answers_any_more_says_so_and_takes_it_back(reader: Browser, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "never.toml")
    site = Site(config=tmp_path / "config.toml")
    with served(site, language="fr") as page, reader.new_context(viewport=PHONE, locale="fr-FR") as context:
        task = site.tasks.start("check", "Tout vérifier", {"config": str(tmp_path / "never.toml")})
        window = context.new_page()
        window.goto(page.opened)
        window.wait_for_url("**/start")
        window.goto(f"{page.origin}/tasks/{task.id}")
        lost = window.get_by_role("alert").filter(has_text="Témoin ne répond plus")
        under_way = window.get_by_text("En cours…")
        expect(lost).to_be_hidden()
        expect(under_way).to_be_visible()
        window.route("**/state", lambda asked: asked.abort())  # it has ended
        expect(lost).to_be_visible(timeout=WAIT)
        expect(under_way).to_be_hidden()
        window.unroute("**/state")
        expect(lost).to_be_hidden(timeout=WAIT)
        expect(under_way).to_be_visible()
        context.clear_cookies()  # it has begun anew: what this window holds means nothing to it
        expect(lost).to_be_visible(timeout=WAIT)
        site.tasks.stop(task)
