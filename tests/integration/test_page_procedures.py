"""Démarches over HTTP: the list, one of them, changing it, adding one, the look at its first picture."""

import os
import re
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest

from scheduler import reloading
from temoin.records import Automation, Mode
from temoin.settings import load_settings
from tests.page import Page, served
from tests.page_station import ALONE, NOW, WITH_YOU, Filled, fill
from web import procedures
from web.changing import texts_of
from web.site import Site

ROUNDS = 12


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    return fill(tmp_path_factory.mktemp("procedures"))


@pytest.fixture(scope="module")
def page(station: Filled) -> Iterator[Page]:
    with served(Site(config=station.config, now=lambda: NOW)) as found:
        yield found


@pytest.fixture
def own(page: Page, station: Filled) -> Iterator[Page]:
    """The same page, whose configuration is as it was afterwards."""
    before = station.config.read_text(encoding="utf-8")
    yield page
    station.config.write_text(before, encoding="utf-8")


@pytest.fixture
def started(page: Page, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    class Started:
        id = "one"

    def start(_job: str, _title: str, asked: dict[str, Any]) -> Started:
        found.append(asked)
        return Started()

    monkeypatch.setattr(page.site.tasks, "start", start)
    return found


def form(page: Page, name: str = ALONE, **changes: str) -> dict[str, str]:
    return {**texts_of(page.site.settings().procedure(name)), **changes}


def edit(page: Page, name: str = ALONE, **changes: str) -> tuple[int, str]:
    answer = page.post(f"/procedures/{name}/edit", form(page, name, **changes))
    return answer.status_code, unescape(answer.text)


def test_demarches_are_found_by_any_part_of_what_they_are_called(page: Page) -> None:
    def found(words: str) -> list[str]:
        return re.findall(
            r'<h2 class="small"><a href="/procedures/([^"]+)"', page.get("/procedures", params={"q": words}).text
        )

    assert found("") == found("PREFECTURE  l'exemple ") == [WITH_YOU, ALONE]
    assert found("avec VOUS exemple") == [WITH_YOU]
    assert found("essai-seul") == [ALONE]
    assert found("ailleurs") == []
    nothing = page.get("/procedures", params={"q": "<ailleurs>"}).text
    assert 'Nothing was found for “<bdi>&lt;ailleurs&gt;</bdi>”. <a href="/procedures">All démarches</a>' in nothing


def test_the_list_shows_each_with_its_days_and_is_escaped(page: Page, station: Filled) -> None:
    answer = page.get("/procedures")
    assert answer.status_code == 200
    assert "<b>" not in answer.text
    text = unescape(answer.text)
    for name in (ALONE, WITH_YOU):
        assert f'href="/procedures/{name}"' in text
    assert "7 days of 14 with proof, 1 day without any attempt." in text
    assert "<title>Wednesday 25 November 2026: A SLOT MAY BE FREE (1)</title>" in text
    assert f'href="/captures/{station.picture}"><img class="preview" src="/thumbnails/' in text
    assert 'loading="lazy"' in text


def test_the_list_is_paged_by_id(page: Page) -> None:
    text = page.get("/procedures", params={"after": WITH_YOU}).text
    assert f'href="/procedures/{WITH_YOU}"' not in text
    assert f'href="/procedures/{ALONE}"' in text
    assert "There are no more." in page.get("/procedures", params={"after": ALONE}).text


def test_one_shows_what_is_set_and_its_newest_attempts(page: Page, station: Filled) -> None:
    text = unescape(page.get(f"/procedures/{ALONE}").text)
    assert f'href="/procedures/{ALONE}/look/{station.picture}"' in text
    assert "Sunday 1 November 2026" in text
    assert "computer off" in text
    assert page.get("/procedures/unknown").status_code == 404


def test_an_attempt_now_is_a_task(page: Page, started: list[dict[str, Any]]) -> None:
    assert page.post(f"/procedures/{ALONE}/try").headers["location"] == "/tasks/one"
    page.post(f"/procedures/{WITH_YOU}/try", {"assisted": "1"})
    assert [(asked["procedures"], asked["assisted"], asked["confirm"]) for asked in started] == [
        ([ALONE], False, ALONE),
        ([WITH_YOU], True, WITH_YOU),
    ]


def test_what_is_changed_is_changed_and_the_rest_of_the_file_stays(own: Page, station: Filled) -> None:
    before = station.config.read_text(encoding="utf-8")
    wanted = {
        "windows": "8h-12h",
        "choices": "Guichet 21; Guichet 22",
        "attempts_per_day": "3",
        "openings": "mon 09:00",
    }
    answer = own.post(f"/procedures/{ALONE}/edit", form(own, label="Autre", confirmed="2026-11-25", **wanted))
    assert answer.headers["location"] == f"/procedures/{ALONE}?said=off"
    assert "Témoin will go by it when it runs." in own.get(answer.headers["location"]).text
    found, other = load_settings(station.config).procedures
    assert (found.label, found.windows, found.choices) == ("Autre", ("08:00-12:00",), ("Guichet 21", "Guichet 22"))
    assert (found.attempts_per_day, found.openings, str(found.confirmed)) == (3, ("mon 09:00",), "2026-11-25")
    assert other == load_settings(station.config).procedure(WITH_YOU)
    after = station.config.read_text(encoding="utf-8")
    for line in ("# kept as it is", "# the first one", "   # as it is written there", "# the second one"):
        assert line in after
    assert before.split("[[procedures]]")[2] == after.split("[[procedures]]")[2]


def test_what_two_change_at_once_is_changed_and_nothing_is_lost(own: Page, station: Filled) -> None:
    def change(name: str) -> list[int]:
        with httpx.Client(base_url=own.origin, cookies=own.client.cookies, timeout=60) as client:
            texts = [{**form(own, name), "label": f"{name} {number}"} for number in range(ROUNDS)]
            data = [{"secret": own.site.form_secret, **one} for one in texts]
            headers = {"origin": own.origin}
            address = f"/procedures/{name}/edit"
            return [client.post(address, data=one, headers=headers).status_code for one in data]

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(change, (ALONE, WITH_YOU))) == [[303] * ROUNDS] * 2
    for one in load_settings(station.config).procedures:
        assert one.label == f"{one.id} {ROUNDS - 1}"


def test_an_unchanged_form_changes_nothing(own: Page, station: Filled) -> None:
    before = station.config.read_bytes()
    assert edit(own)[0] == 303
    assert station.config.read_bytes() == before


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"label": ""}, "What the appointment is for: "),
        ({"windows": "noon"}, "These hours cannot be used"),
        ({"automation": "forbidden"}, "“unattended” is refused"),
        ({"windows": "08:00-08:30"}, "windows"),
        ({"attempts_per_day": "many"}, "is no whole number"),
        ({"terms_read": "soon"}, "is no day"),
        ({"terms_read": "2031-01-01"}, "Wednesday 1 January 2031 is still to come"),
        ({"confirmed": "2031-01-01"}, "Wednesday 1 January 2031 is still to come"),
        ({"openings": "sometimes"}, "openings"),
        ({"mode": "x"}, "is no possible answer"),
        ({"url": "https://example.org/"}, "url"),
    ],
)
def test_what_cannot_be_set_is_told_and_the_form_comes_back(
    own: Page, station: Filled, wrong: dict[str, str], told: str
) -> None:
    before = station.config.read_bytes()
    status, text = edit(own, **wrong, choices="my own words")
    assert status == 400
    assert told in text
    assert "my own words" in text
    assert station.config.read_bytes() == before


def test_conditions_that_are_read_no_more_and_a_mode_that_follows(own: Page, station: Filled) -> None:
    assert edit(own, automation="forbidden", mode="assisted", terms_read="")[0] == 303
    found = load_settings(station.config).procedure(ALONE)
    assert (found.terms_read, found.automation, found.mode) == (None, Automation.FORBIDDEN, Mode.ASSISTED)


def test_one_that_nobody_visits_says_so_and_where_to_start(station: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    words = "Témoin does not run, and visits nothing by itself."
    with served(Site(config=station.config, now=lambda: NOW + timedelta(days=5))) as later:
        assert words in later.get(f"/procedures/{ALONE}").text
        monkeypatch.setattr(procedures, "running_pid", lambda _folder: "4321")
        assert words not in later.get(f"/procedures/{ALONE}").text


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no such signal on this system")
def test_a_daemon_that_runs_is_told(own: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[int, int]] = []
    monkeypatch.setattr(reloading, "running_pid", lambda _folder: "4321")
    monkeypatch.setattr(os, "kill", lambda pid, number: heard.append((pid, number)))
    answer = own.post(f"/procedures/{ALONE}/edit", form(own, label="Autre"))
    assert answer.headers["location"] == f"/procedures/{ALONE}?said=told"
    assert heard == [(4321, signal.SIGHUP)]


def test_a_daemon_that_cannot_be_told_is_to_be_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reloading, "running_pid", lambda _folder: "?")
    assert reloading.reload_daemon(tmp_path) is reloading.Reloaded.BY_HAND


def test_one_is_added_by_the_same_questions(own: Page, station: Filled) -> None:
    answers = {
        "url": "https://www.val-de-marne.gouv.fr/booking/create/9",
        "prefecture": "Préfecture de l’Exemple",
        "label": "Une autre",
        "conditions": "unread",
        "mode": "unattended",
        "hours": "12:00-16:00",
    }
    assert "The address" in own.get("/procedures/new").text
    again = own.post("/procedures/new", {"url": "http://127.0.0.1:9/booking/create/1", "step": "address", "go": "next"})
    assert again.status_code == 400
    assert "followed already" in again.text
    answer = own.post("/procedures/new", {**answers, "step": "hours", "go": "next"})
    added = load_settings(station.config).procedures[-1]
    assert answer.headers["location"] == f"/procedures/{added.id}"
    assert (added.label, added.windows, added.terms_read) == ("Une autre", ("12:00-16:00",), None)
    assert "# the second one" in station.config.read_text(encoding="utf-8")


def test_the_first_look_shows_the_picture_as_it_is_kept(page: Page, station: Filled) -> None:
    look = f"/procedures/{ALONE}/look/{station.picture}"
    text = page.get(look).text
    assert "<i>rien</i>" not in text
    assert "Plus <i>rien</i> de libre." in unescape(text)
    assert "SIMULATION" in text
    picture = page.get(f"{look}/picture")
    assert picture.headers["content-type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")


@pytest.mark.parametrize("path", [f"/procedures/{WITH_YOU}/look/", f"/procedures/{ALONE}/look/9"])
def test_a_look_is_of_an_attempt_of_the_same_procedure(page: Page, station: Filled, path: str) -> None:
    assert page.get(f"{path}{station.picture}").status_code == 404


def test_the_person_says_that_it_is_right_or_is_told_what_to_do(own: Page, station: Filled) -> None:
    look = f"/procedures/{ALONE}/look/{station.picture}"
    wrong = own.post(look, {"right": "no"}).text
    assert wrong.index("<h1>") < wrong.index("correct it if it is another") < wrong.index("<img")
    assert f'<a class="button" href="/procedures/{ALONE}/edit">' in wrong
    assert "report the page" not in wrong
    assert load_settings(station.config).procedure(ALONE).confirmed is None
    assert own.post(look, {"right": "yes"}).status_code == 303
    assert str(load_settings(station.config).procedure(ALONE).confirmed) == "2026-11-26"


def test_a_slot_is_nothing_to_confirm(own: Page, station: Filled) -> None:
    look = f"/procedures/{ALONE}/look/{station.slot}"
    assert "There is nothing to confirm yet" in own.get(look).text
    own.post(look, {"right": "yes"})
    assert load_settings(station.config).procedure(ALONE).confirmed is None
    assert own.get(f"{look}/picture").status_code == 404


def in_two_tabs(page: Page, first: dict[str, str], second: dict[str, str]) -> tuple[httpx.Response, str]:
    """The answer to the second of two forms that were filled in from the same; their label at the end."""
    old = form(page)
    both = {**old, **{f"was_{name}": text for name, text in old.items()}}
    assert page.post(f"/procedures/{ALONE}/edit", {**both, **first}).status_code == 303
    answer = page.post(f"/procedures/{ALONE}/edit", {**both, **second})
    return answer, page.site.settings().procedure(ALONE).label


def test_a_form_that_is_older_writes_what_was_changed_in_it_alone(own: Page) -> None:
    answer, label = in_two_tabs(own, {"label": "De l’onglet B"}, {"prefecture": "De l’onglet A"})
    assert (answer.status_code, label) == (303, "De l’onglet B")
    assert own.site.settings().procedure(ALONE).prefecture == "De l’onglet A"


def test_what_was_changed_in_two_tabs_is_asked_about(own: Page) -> None:
    answer, label = in_two_tabs(own, {"label": "De B", "windows": "09:00-12:00"}, {"label": "De A"})
    text = unescape(answer.text)
    assert (answer.status_code, label) == (400, "De B")
    assert "now “De B”, and you wrote “De A”" in text
    assert 'name="was_label" value="De B"' in text
    assert 'name="label" type="text" value="De A"' in text
    assert 'name="windows" type="text" value="09:00-12:00"' in text


def test_an_address_that_can_move_no_more_is_not_passed_over(own: Page) -> None:
    moved = "http://127.0.0.1:9/booking/create/7"
    answer, _label = in_two_tabs(own, {"confirmed": "2026-11-25"}, {"url": moved})
    assert answer.status_code == 400
    assert f"you wrote “{moved}”" in unescape(answer.text)
