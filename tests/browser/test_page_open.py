"""The first page, left open: a slot that is seen meanwhile shows without anybody loading the page again."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from store.store import Store
from temoin.records import Outcome
from temoin.settings import load_settings
from tests.page import served
from tests.page_station import NOW, attempt, fill
from tests.page_visitor import PHONE
from web.site import Site

pytestmark = pytest.mark.browser


def test_a_slot_seen_meanwhile_shows_by_itself(reader: Browser, tmp_path: Path) -> None:
    config = fill(tmp_path).config
    seen = NOW - timedelta(hours=1)
    with (
        served(Site(config=config, now=lambda: NOW), language="fr") as page,
        reader.new_context(viewport=PHONE, locale="fr-FR") as context,
    ):
        window = context.new_page()
        window.clock.install()
        window.goto(page.opened)
        window.goto(page.origin)
        hour = window.locator("#now").get_by_text("26/11/2026 à 11:00")
        expect(window.locator("#now")).to_contain_text("25/11/2026 à 12:00")  # yesterday's slot
        expect(hour).to_have_count(0)
        with Store.open(load_settings(config).station.data_dir, now=lambda: NOW) as store:
            attempt(store, seen, Outcome.SLOT_SEEN)
        window.clock.fast_forward(61_000)
        expect(hour).not_to_have_count(0, timeout=60_000)
