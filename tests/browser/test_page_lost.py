"""A page that asks by itself again and again, when the program that it asks has gone."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.page import served
from tests.page_station import NOW, fill
from tests.page_visitor import PHONE
from web.site import Site

WAIT = 60_000.0  # milliseconds: on a slow machine
MINUTE = 61_000  # milliseconds, and a little more
pytestmark = pytest.mark.browser


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a configuration that never comes")
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


def test_a_first_page_that_nobody_answers_any_more_says_so_and_shows_what_it_showed(
    reader: Browser, tmp_path: Path
) -> None:
    site = Site(config=fill(tmp_path).config, now=lambda: NOW)
    with served(site, language="fr") as page, reader.new_context(viewport=PHONE, locale="fr-FR") as context:
        window = context.new_page()
        window.clock.install()
        window.goto(page.opened)
        lost = window.get_by_role("alert").filter(has_text="Témoin ne répond plus")
        shown = window.get_by_role("heading", name="Ce qui vous attend")
        expect(lost).to_be_hidden()
        expect(shown).to_be_visible()
        window.route("**/?known=*", lambda asked: asked.abort())  # it has ended
        window.clock.run_for(MINUTE)
        expect(lost).to_be_visible(timeout=WAIT)
        expect(lost).to_contain_text("Rouvrez la page")
        expect(shown).to_be_visible()
        window.unroute("**/?known=*")
        window.clock.run_for(MINUTE)
        expect(lost).to_be_hidden(timeout=WAIT)
