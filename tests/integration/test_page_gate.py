"""Who may ask the local page for anything, and what every answer carries."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.page import Page, served
from web.app import ROUTES
from web.site import Site


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    with served(Site(config=tmp_path / "config.toml")) as found:
        yield found


@pytest.mark.parametrize("host", ["example.org", "127.0.0.1", "127.0.0.1:1", "localhost.example.org:80", ""])
def test_another_host_is_refused_whatever_is_asked(page: Page, host: str) -> None:
    assert page.get("/", headers={"host": host}).status_code in {400, 421}


def test_without_the_opened_address_nothing_is_shown(page: Page) -> None:
    with httpx.Client(base_url=page.origin) as stranger:
        assert stranger.get("/").status_code == 403
        assert stranger.get("/?token=x").status_code == 403
        assert stranger.get("/static/style.css").status_code == 403
        answer = stranger.get("/", params={"token": page.site.token})
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert page.site.token not in cookie


@pytest.mark.parametrize("origin", [None, "null", "http://example.org", "http://127.0.0.1:1"])
def test_what_comes_from_elsewhere_changes_nothing(page: Page, origin: str | None) -> None:
    headers = {} if origin is None else {"origin": origin}
    answer = page.client.post("/language", data={"secret": page.site.form_secret}, headers=headers)
    assert answer.status_code == 403


def test_a_form_without_its_secret_changes_nothing(page: Page) -> None:
    answer = page.client.post("/language", data={"language": "en"}, headers={"origin": page.origin})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_whatever_changes_something_is_an_action_and_no_get() -> None:
    changing = [route for route in ROUTES if (route.methods or set()) - {"GET", "HEAD"}]
    assert changing
    assert [route.path for route in changing if not getattr(route.endpoint, "is_action", False)] == []
    assert [route.path for route in changing if route.methods != {"POST"}] == []


def test_every_answer_forbids_scripts_of_others(page: Page) -> None:
    for path in ("/nothing", "/static/style.css", "/?token=" + page.site.token):
        policy = page.get(path).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy


def test_a_language_is_chosen_and_kept(page: Page) -> None:
    assert "There is no such page." in page.get("/nothing").text
    assert page.post("/language", {"language": "fr", "back": "//example.org/"}).headers["location"] == "/"
    assert 'lang="fr"' in page.get("/nothing").text


def test_a_body_that_is_too_large_is_refused_before_and_while_it_comes(page: Page) -> None:
    answer = page.post("/language", {"back": "x" * 200_000})
    assert (answer.status_code, "Go back, and send fewer" in answer.text) == (413, True)
    pieces = (b"x" * 60_000 for _piece in range(4))
    kind = {"origin": page.origin, "content-type": "application/x-www-form-urlencoded"}
    answer = page.client.post("/language", content=pieces, headers=kind)
    assert answer.status_code == 413
