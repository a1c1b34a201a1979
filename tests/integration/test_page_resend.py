"""Forms that were shown before Témoin began anew: nothing is done, and nothing that was written is lost."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.exhibit_case import CASE
from tests.page import Page
from tests.page_case import PASSPHRASE, no_keyring, served_case

WRITTEN = 'Un courriel à la préfecture : "deux lignes",\nla seconde </textarea>'
JOURNAL = f"/cases/{CASE}/journal"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with no_keyring(), served_case(tmp_path_factory.mktemp("page")) as found:
        yield found


def fields(answer: httpx.Response) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', answer.text.split("</form>")[0])
    return {name: html.unescape(value) for name, value in found}


def send_old(page: Page, path: str, data: dict[str, str], **more: object) -> httpx.Response:
    return page.client.post(path, data={"secret": "of another run", **data}, headers={"origin": page.origin}, **more)  # type: ignore[arg-type] # files


def test_a_form_of_another_run_comes_back_and_can_be_sent(page: Page) -> None:
    sent = {"kind": "email", "on": "2026-09-02", "title": "Un courriel", "text": WRITTEN}
    answer = send_old(page, JOURNAL, {**sent, "passphrase": PASSPHRASE, "passphrase_again": PASSPHRASE})
    assert answer.status_code == 403
    assert "Nothing was done yet" in answer.text
    assert PASSPHRASE not in html.unescape(answer.text)
    again = fields(answer)
    assert again == {**sent, "secret": page.site.form_secret}
    assert answer.text.count('type="password"') == 2
    assert "Nothing yet." in page.get(JOURNAL).text
    done = page.post(JOURNAL, {**again, "passphrase": PASSPHRASE, "passphrase_again": PASSPHRASE})
    assert done.status_code == 303
    assert "<h3>n° " in page.get(JOURNAL).text


def test_files_of_another_runs_form_are_asked_for_again(page: Page, tmp_path: Path) -> None:
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(b"%PDF-1.7")
    with scan.open("rb") as file:
        answer = send_old(page, f"/cases/{CASE}/pieces", {"kind": "urgency"}, files={"files": file})
    assert answer.status_code == 403
    assert "Files must be chosen again" in answer.text
    assert "scan.pdf" in answer.text
    assert 'name="files" type="file"' in answer.text
    assert 'enctype="multipart/form-data"' in answer.text


def test_whoever_has_to_open_the_page_first_is_told_that_nothing_is_lost(page: Page) -> None:
    with httpx.Client(base_url=page.origin, headers={"accept-language": "en"}) as stranger:
        own = stranger.post(JOURNAL, data={"text": WRITTEN}, headers={"origin": page.origin})
        other = stranger.post(JOURNAL, data={"text": WRITTEN}, headers={"origin": "http://example.org"})
    assert (own.status_code, other.status_code) == (403, 403)
    assert "Nothing was done: Témoin has begun anew" in own.text
    assert "begun anew" not in other.text
