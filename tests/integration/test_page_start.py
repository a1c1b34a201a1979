"""The first run over HTTP: what was typed survives, nothing is passed over, and the configuration is init's own."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from store.store import Store
from temoin.answers import clean_channel
from temoin.clock import utc_now
from temoin.records import Automation, Mode, Operator
from temoin.settings import load_settings
from tests.page import Page, served
from web.held import MOST_HELD, HeldStep
from web.site import Site

URL = "https://www.val-de-marne.gouv.fr/booking/create/4963"
ANSWERS = {
    "warned": "1",
    "url": URL,
    "prefecture": "Préfecture du Val-de-Marne",
    "label": "Première demande « fictive » <b>",
    "conditions": "silent",
    "mode": "unattended",
    "choices": "Guichet 1; Guichet 2",
    "channel": "none",
    "hours": "12h-14h, 18:00-22:00",
    "operator": "self",
    "kind": "renewal",
    "timezone": "Europe/Paris",
}
READ_LATER = {**ANSWERS, "conditions": "unread"}  # no attempt follows: no site is asked


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Where nothing is ever written."""
    with served(Site(config=tmp_path_factory.mktemp("start") / "config.toml")) as found:
        yield found


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Page]:
    with served(Site(config=tmp_path / "config.toml")) as found:
        yield found


def answer(page: Page, step: str, go: str = "next", **fields: Any) -> tuple[int, str]:
    found = page.post("/start", {**ANSWERS, **fields, "step": step, "go": go}, follow_redirects=True)
    return found.status_code, unescape(found.text)


def test_without_a_configuration_everything_begins_with_the_warning(page: Page) -> None:
    assert page.get("/").headers["location"] == "/start"
    text = unescape(page.get("/start").text)
    assert "have the case checked by an association or a lawyer" in text
    status, text = answer(page, "warning", warned="")
    assert status == 400
    assert "The warning was not read yet." in text


@pytest.mark.parametrize(
    ("step", "wrong", "told"),
    [
        ("address", {"url": "val-de-marne"}, "Address: The address"),
        ("address", {"url": "https://rdv.anct.gouv.fr/elsewhere"}, "is not that of a démarche on rdv-service-public"),
        ("names", {"prefecture": ""}, "Name of the préfecture: "),
        ("names", {"url": "https://rdv.example.org/"}, "How does the answer show?: nothing was chosen."),
        ("names", {"url": "http://127.0.0.1:9/x"}, "Platform: nothing was chosen."),
        ("names", {"url": "https://rdv.example.org/", "answer": "generic"}, "Sentence: "),
        ("conditions", {"conditions": ""}, "What do they say of programs?: nothing was chosen."),
        ("way", {"conditions": "forbidden"}, "Who looks at the page?: nothing was chosen."),
        ("messages", {"channel": ""}, "Messages: nothing was chosen."),
        ("messages", {"channel": "address", "channel_address": "nobody@example.org"}, "An e-mail address alone"),
        ("hours", {"hours": "noon"}, "Hours: These hours cannot be used"),
        ("hours", {"hours": "8h-24h"}, "at 23:59 at the latest"),
        ("hours", {"hours": "12:00-12:30"}, "Hours: These hours cannot be used"),
        ("hours", {"timezone": "Mars"}, "Time zone: "),
        ("hours", {"kind": "x"}, "What do you ask for?: nothing was chosen."),
        ("hours", {"warned": ""}, "The warning was not read yet."),
    ],
)
def test_what_cannot_be_used_is_told_and_what_was_typed_stays(
    page: Page, step: str, wrong: dict[str, str], told: str
) -> None:
    status, text = answer(page, step, **wrong)
    assert status == 400
    assert told in text
    for name, value in {**ANSWERS, **wrong}.items():
        if value and name not in {"channel", "conditions", "mode", "operator", "kind", "timezone", "warned", "answer"}:
            assert value in text, name
    assert not page.site.config.exists()


def test_names_that_look_like_html_are_only_text(page: Page) -> None:
    text = page.post("/start", {**ANSWERS, "step": "names", "go": "next"}).text
    assert "<b>" not in text
    assert "&lt;b&gt;" in text


def test_one_can_go_back_whatever_was_typed(page: Page) -> None:
    status, text = answer(page, "names", "back", prefecture="")
    assert status == 200
    assert f'value="{URL}"' in text


def test_a_known_site_is_recognised_and_a_replica_says_what_it_is(page: Page) -> None:
    assert "Site recognised: ezbooking." in answer(page, "address")[1]
    assert "marked as simulated" in answer(page, "address", url="http://127.0.0.1:9/x")[1]
    assert "This site is not one that Témoin knows." in answer(page, "address", url="https://rdv.example.org/")[1]


def test_who_looks_is_not_asked_where_the_person_does(page: Page) -> None:
    own = {"url": "https://rdv.example.org/", "answer": "photo"}
    assert 'value="messages"' in answer(page, "conditions", **own)[1]
    assert 'value="conditions"' in answer(page, "messages", "back", **own)[1]


def test_a_browser_may_keep_a_question_but_none_that_holds_a_password(page: Page) -> None:
    kept = page.post("/start", {**ANSWERS, "step": "names", "go": "next"})
    assert kept.headers["cache-control"] == "private, no-cache"
    secret = {"channel": "address", "channel_address": "json://somebody:secret@127.0.0.1:9/"}
    where = page.post("/start", {**ANSWERS, **secret, "step": "names", "go": "next"}).headers["location"]
    never = page.get(where)
    assert ("somebody:secret@" in never.text, never.headers["cache-control"]) == (True, "no-store")
    assert "secret" not in where
    assert never.status_code == 200
    assert page.get(where).text == never.text  # as often as the browser goes back to it
    for _page in range(MOST_HELD):  # what was pushed out is gone
        page.site.held.keep(HeldStep(step="hours", texts={}, error=None))
    assert "somebody" not in page.get(where).text


def test_ways_to_be_told_come_with_examples_and_point_to_no_file(page: Page) -> None:
    _, text = answer(page, "way")
    examples = re.findall("<code>(.+?)</code>", text)
    assert examples == [
        "ntfys://my-topic",
        "mailtos://name:password@example.org?smtp=smtp.example.org",
        "freemobile://identifier@key",
    ]
    assert [clean_channel(one) for one in examples] == examples
    status, refusal = answer(page, "messages", channel="address", channel_address="nobody@example.org")
    assert (status, "Write an address like that of the example for e-mail." in refusal) == (400, True)
    assert "docs/" not in text + refusal


def test_a_channel_is_tried_before_one_can_go_on(page: Page) -> None:
    gone = {"channel": "address", "channel_address": "json://127.0.0.1:9/"}
    status, text = answer(page, "messages", **gone)
    assert status == 400
    assert "The test message was not sent" in text
    assert 'name="come"' in text
    assert "it has come" not in text  # nothing went
    mark = "address json://127.0.0.1:9/"
    assert answer(page, "messages", **gone, tested=mark, come="no")[0] == 400
    assert 'name="hours"' in answer(page, "messages", **gone, tested=mark, come="keep")[1]
    assert "The test message was not sent" in answer(page, "hours", **gone, tested="address other", come="keep")[1]


def test_the_end_writes_what_init_writes_and_opens_the_case(fresh: Page) -> None:
    found = fresh.post("/start", {**READ_LATER, "step": "hours", "go": "next"})
    assert found.status_code == 303
    settings = load_settings(fresh.site.config)
    (procedure,) = settings.procedures
    assert found.headers["location"] == f"/procedures/{procedure.id}"
    assert (procedure.url, procedure.platform, procedure.mode) == (URL, "ezbooking", Mode.UNATTENDED)
    assert procedure.windows == ("12:00-14:00", "18:00-22:00")
    assert procedure.choices == ("Guichet 1", "Guichet 2")
    assert procedure.terms_read is None
    assert procedure.automation is Automation.SILENT
    assert settings.station.operator is Operator.SELF
    assert settings.notify.refused
    assert fresh.site.config.stat().st_mode & 0o077 == 0
    with Store.open(settings.station.data_dir, now=utc_now, create=False, read_only=True) as store:
        assert [(case.kind, case.procedures) for case in store.cases()] == [("renewal", (procedure.id,))]
    assert fresh.get("/start").headers["location"] == "/"
    late = fresh.post("/start", {**ANSWERS, "step": "hours"}).headers["location"]  # of another tab
    assert "your last answers were not written" in unescape(fresh.get(late).text)
    assert "were not written" not in fresh.get("/").text
    shown = unescape(fresh.get(f"/procedures/{procedure.id}").text)
    assert "The site’s conditions have not been read" in shown


def test_the_first_attempt_is_a_task_that_asks_about_the_page(fresh: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    class Started:
        id = "one"

    def start(_job: str, _title: str, what: dict[str, Any]) -> Started:
        asked.append(what)
        return Started()

    monkeypatch.setattr(fresh.site.tasks, "start", start)
    found = fresh.post("/start", {**ANSWERS, "step": "hours", "go": "next"})
    assert found.headers["location"] == "/tasks/one"
    (procedure,) = load_settings(fresh.site.config).procedures
    assert asked == [
        {
            "config": str(fresh.site.config),
            "data_dir": None,
            "procedures": [procedure.id],
            "assisted": False,
            "confirm": procedure.id,
        }
    ]
    assert procedure.terms_read is not None


def test_another_language_keeps_the_page_and_what_was_typed(fresh: Page) -> None:
    sent = fresh.post("/start", {**ANSWERS, "step": "names", "language": "fr"})
    text = unescape(sent.text)
    assert (sent.status_code, '<html lang="fr">' in text, "Quel rendez-vous" in text) == (200, True, True)
    for name in ("url", "prefecture", "label", "hours"):
        assert f'value="{ANSWERS[name]}"' in text
    assert 'form="questions" formnovalidate name="language" value="en"' in text
    assert "Avant de commencer" in unescape(fresh.get("/start").text)
    assert "Which appointment" in unescape(fresh.post("/start", {**ANSWERS, "step": "names", "language": "en"}).text)


def test_a_configuration_that_was_broken_by_hand_is_said_with_its_place_and_mended_without_a_start(fresh: Page) -> None:
    fresh.post("/start", {**READ_LATER, "step": "hours", "go": "next"})
    config = fresh.site.config
    right = config.read_text(encoding="utf-8")
    config.write_text("[[[", encoding="utf-8")
    answer = fresh.get("/")
    assert (answer.status_code, f"The file is here: {config}" in unescape(answer.text)) == (409, True)
    config.write_text(right, encoding="utf-8")
    assert fresh.get("/").status_code == 200
