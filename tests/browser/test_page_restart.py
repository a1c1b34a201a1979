"""A form that was being filled in when Témoin began anew: what was written arrives all the same."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.exhibit_case import CASE
from tests.page import served
from tests.page_case import PASSPHRASE, make_site, no_keyring
from tests.page_visitor import PHONE

WRITTEN = "Un courriel à la préfecture.\nDeux lignes."
pytestmark = pytest.mark.browser


def test_what_was_written_before_it_began_anew_is_sent_after(reader: Browser, tmp_path: Path) -> None:
    site = make_site(tmp_path)
    with no_keyring(), served(site) as page, reader.new_context(viewport=PHONE, locale="en-GB") as context:
        context.new_page().goto(page.opened)
        window = context.new_page()
        window.goto(f"{page.origin}/cases/{CASE}/journal")
        window.get_by_label("What it is").select_option("email")
        window.get_by_label("The day it was done").fill("2026-09-02")
        window.get_by_label("in your own words").fill(WRITTEN)
        window.locator("[name=passphrase]").fill(PASSPHRASE)
        window.locator("[name=passphrase_again]").fill(PASSPHRASE)
        site.token, site.session, site.form_secret = "opened anew", "another cookie", "another secret"
        window.get_by_role("button", name="Add the step").click()
        expect(window.get_by_text("Nothing was done: Témoin has begun anew")).to_be_visible()
        context.new_page().goto(f"{page.origin}/?token={site.token}")
        window.reload()
        expect(window.get_by_text("Deux lignes.")).to_be_visible()
        window.locator("[name=passphrase]").fill(PASSPHRASE)
        window.locator("[name=passphrase_again]").fill(PASSPHRASE)
        window.get_by_role("button", name="Send now").click()
        expect(window.get_by_role("status")).to_be_visible()
        expect(window.locator("main .items li")).to_have_count(1)
