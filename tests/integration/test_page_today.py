"""The first page over HTTP: what it shows, and what its buttons do. One station for all; answers come last."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from scheduler import service
from scheduler.invitations import open_invitation
from scheduler.politeness import host_of
from store.values import AttemptQuery, AttemptRow
from temoin.errors import ConfigError
from temoin.records import Outcome
from temoin.settings import load_settings
from tests import page_station
from tests.page import Page, served
from tests.page_station import ALONE, CASE, NOW, WITH_YOU, Filled, fill
from web import today
from web.site import Site
from web.tasks import Task
from web.work import Told, make_tour


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    return fill(tmp_path_factory.mktemp("today"))


@pytest.fixture(scope="module")
def page(station: Filled) -> Iterator[Page]:
    with served(Site(config=station.config, now=lambda: NOW)) as found:
        yield found


@pytest.fixture
def started(page: Page, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """Tasks that would have been started."""
    found: list[tuple[str, dict[str, Any]]] = []

    class Started:
        id = "one"

    def start(job: str, _title: str, asked: dict[str, Any]) -> Started:
        found.append((job, asked))
        return Started()

    monkeypatch.setattr(page.site.tasks, "start", start)
    return found


def text_of(page: Page) -> str:
    answer = page.get("/")
    assert answer.status_code == 200
    assert len(answer.content) < 100_000
    return answer.text


def test_a_page_that_stays_open_hears_of_what_is_new_and_of_nothing_else(page: Page) -> None:
    found = re.search(r'hx-get="(/\?known=\w+)" hx-select="#now" hx-trigger="every 60s"', text_of(page))
    assert found is not None
    assert page.get(found[1]).status_code == 204
    assert page.get(found[1], headers={"accept-language": "fr"}).status_code == 200  # in other words
    with served(Site(config=page.site.config, now=lambda: NOW + timedelta(hours=1))) as later:
        assert later.get(found[1]).status_code == 200  # the try that waited is over


def test_a_slot_stands_on_top_with_its_address_and_where_to_answer(page: Page, station: Filled) -> None:
    text = text_of(page)
    assert "SIMULATION: An appointment may have been free on Wednesday 25 November 2026" in text
    assert "It has probably gone since: say what came of it." in text
    assert "Look at the site now." not in text
    assert text.index("An appointment may have been free") < text.index("What needs you now")
    assert 'href="http://127.0.0.1:9/booking/create/1" target="_blank" rel="noopener noreferrer"' in text
    assert f'href="/cases/{CASE}#slot">Say what came of it (dossier: {CASE})</a>' in text
    assert f'href="/captures/{station.slot}"' in text
    assert "temoin journal" not in text


def test_a_slot_that_was_just_seen_may_still_be_free(page: Page) -> None:
    with served(Site(config=page.site.config, now=lambda: NOW - timedelta(hours=22))) as soon:
        text = text_of(soon)
    assert "SIMULATION: An appointment may be free" in text
    assert "Look at the site now." in text


def test_it_tells_what_was_done_what_comes_and_that_nothing_runs(page: Page, station: Filled) -> None:
    text = unescape(text_of(page))
    done = text[text.index("What was done today") :]
    assert f'href="/captures/{station.picture}"' in done
    assert f'href="/captures/{station.slot}"' not in done
    assert "Témoin is not running" in text
    assert "It does not run: nothing is visited by itself." in text
    assert "Last attempt: 2 hours ago. Last one that found no appointment: 2 hours ago." in text


def test_what_was_typed_into_the_configuration_is_text(page: Page) -> None:
    assert "<b>d’essai</b>" not in text_of(page)


def test_a_round_and_a_single_try_open_the_window(page: Page, started: list[tuple[str, dict[str, Any]]]) -> None:
    assert "Démarche d’essai, avec vous" in text_of(page)
    assert page.post("/tour").headers["location"] == "/tour"
    assert page.post(f"/tour/{WITH_YOU}/open").headers["location"] == "/tasks/one"
    assert page.post(f"/invitations/{WITH_YOU}/open").status_code == 303
    assert page.post("/check").status_code == 303
    where = {"config": str(page.site.config), "data_dir": None}
    assert started == [
        ("tour", {**where, "procedures": [WITH_YOU], "confirm": "", "passed": [WITH_YOU]}),
        ("attempt", {**where, "procedures": [WITH_YOU], "assisted": True, "confirm": ""}),
        ("check", where),
    ]


def test_the_service_is_installed_and_taken_away(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    monkeypatch.setattr(service, "install_all", lambda _settings, *, from_page: done.append(f"install {from_page}"))
    monkeypatch.setattr(service, "uninstall_all", lambda _settings, *, from_page: done.append(f"uninstall {from_page}"))
    for wanted in ("install", "uninstall"):
        assert page.post("/service", {"wanted": wanted}).headers["location"] == "/#health"
    assert done == ["install True", "uninstall True"]
    assert page.post("/service", {"wanted": "x"}).status_code == 400


def test_a_system_without_services_shows_no_button_for_one(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> None:
        raise ConfigError("none", remedy="none")

    monkeypatch.setattr(service, "manager_here", none)
    assert 'action="/service"' not in text_of(page)


def test_an_invitation_is_declined_once_and_recorded(page: Page) -> None:
    assert page.post(f"/invitations/{ALONE}/decline").status_code == 400
    assert page.post("/invitations/unknown/decline").status_code == 404
    after = page.post(f"/invitations/{WITH_YOU}/decline").headers["location"]
    assert "Démarche d’essai, avec vous: not today." in unescape(page.get(after).text)
    settings = page.site.settings()
    with page.site.reading() as store:
        assert open_invitation(settings, store, settings.procedure(WITH_YOU), now=NOW) is None
    (missed,) = attempts_of(page, WITH_YOU)
    assert (missed.outcome, missed.reason) == (Outcome.MISSED, "invitation_declined")
    assert page.post(f"/invitations/{WITH_YOU}/later").status_code == 400
    assert "No try that needs you is left in this round." in page.get("/tour").text
    assert page.post(f"/tour/{WITH_YOU}/decline").headers["location"] == f"/tour?passed={WITH_YOU}"  # once is enough
    assert len(attempts_of(page, WITH_YOU)) == 1
    assert "Not today" not in text_of(page)


def test_a_first_picture_that_nobody_confirmed_waits_and_nothing_is_well_while_nothing_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    station = fill(tmp_path)
    tomorrow = NOW + timedelta(days=1)
    look = f'href="/procedures/{ALONE}/look/{station.picture}"'
    with served(Site(config=station.config, now=lambda: tomorrow)) as page:
        text = text_of(page)
        assert text.index("What needs you now") < text.index(look) < text.index("What comes")
        monkeypatch.setattr(today, "MOST", 0)
        text = text_of(page)
        assert (look in text, "… and 1 more." in text) == (False, True)
        monkeypatch.undo()
        known = station.config.read_text(encoding="utf-8")
        station.config.write_text(known.replace("terms_read", "confirmed = 2026-11-25\nterms_read"), encoding="utf-8")
        text = text_of(page)
        assert look not in text
        assert "Nothing waits for you." not in text
        assert text.index("Témoin is not running") < text.index("As long as Témoin does not run")
        monkeypatch.setattr(today, "running_pid", lambda _folder: 1)
        assert "Nothing waits for you." in text_of(page)


def attempts_of(page: Page, name: str) -> tuple[AttemptRow, ...]:
    with page.site.reading() as store:
        return store.attempts(AttemptQuery(procedure=name))


MORE = """
[[procedures]]
id = "{name}"
prefecture = "Préfecture de l’Exemple"
label = "Démarche {name}"
url = "http://127.0.0.1:{port}/rdvpref/reservation/demarche/2/"
platform = "rdv-prefecture"
terms_read = 2026-11-01
mode = "assisted"
windows = ["11:30-12:00"]
"""


def test_a_round_offers_each_try_and_each_is_opened_passed_over_put_off_or_declined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = "".join(MORE.format(name=name, port=port) for name, port in (("n2", 9), ("n3", 10), ("n4", 10)))
    monkeypatch.setattr(page_station, "CONFIG", page_station.CONFIG + more)
    station = fill(tmp_path)
    begun: list[dict[str, Any]] = []
    with served(Site(config=station.config, now=lambda: NOW)) as page:

        def offered(address: str) -> str:
            text = page.get(address).text
            return "" if "is left in this round" in text else text.partition('action="/tour/')[2].partition("/")[0]

        def start(job: str, title: str, asked: dict[str, Any]) -> Task:
            begun.append(asked)
            return Task(id="one", job=job, title=title, asked=asked, started=0)

        assert "4 tries are left." in page.get("/tour").text
        first = offered("/tour")
        second = offered(f"/tour?passed={first}")  # passed over
        assert second not in {first, ""}
        monkeypatch.setattr(page.site.tasks, "start", start)
        assert page.post(f"/tour/{second}/open", {"passed": [first]}).headers["location"] == "/tasks/one"
        assert (begun[0]["procedures"], begun[0]["passed"]) == ([second], [first, second])
        near = {one.id: host_of(one.url) for one in page.site.settings().procedures}
        third = offered(f"/tour?passed={first}&passed={second}&last={second}")
        others = near.keys() - {ALONE, first, second}
        assert near[third] != near[second] or {near[one] for one in others} == {near[second]}
        after = page.post(f"/tour/{third}/later", {"passed": [first, second]}).headers["location"]
        fourth = offered(after)
        assert fourth not in {first, second, third, ""}
        last = page.post(f"/tour/{fourth}/decline", {"passed": [first, second, third]}).headers["location"]
        assert offered(last) == ""
        label = page.site.settings().procedure(fourth).label
        assert f"{label}: not today." in unescape(page.get(last).text)
        reasons = [[row.reason for row in attempts_of(page, one)] for one in (first, second, third, fourth)]
        assert reasons == [[], [], ["invitation_snoozed"], ["invitation_declined"]]
        assert "2 tries are left." in page.get("/tour").text  # those passed over, in another round
        assert page.post(f"/tour/{first}/nonsense").status_code == 400


def test_the_end_of_a_try_leads_to_the_next_one(page: Page) -> None:
    asked = {"procedures": [WITH_YOU], "confirm": "", "passed": [ALONE, WITH_YOU]}
    task = Task(id="ended", job="tour", title="x", asked=asked, started=0, state="done", result={"sequences": []})
    page.site.tasks._tasks[task.id] = task
    text = page.get("/tasks/ended").text
    assert '<form method="get" action="/tour">' in text
    assert text.count('name="passed"') == 2
    assert f'name="last" value="{WITH_YOU}"' in text


def test_an_invitation_is_put_off_by_an_hour(tmp_path_factory: pytest.TempPathFactory) -> None:
    station = fill(tmp_path_factory.mktemp("later"))
    with served(Site(config=station.config, now=lambda: NOW)) as page:
        after = page.post(f"/invitations/{WITH_YOU}/later").headers["location"]
        assert "It waits for you again on Thursday 26 November 2026, 13:00." in page.get(after).text
        assert "Thursday 26 November 2026, 13:00" in page.get("/").text


def test_the_round_of_a_station_where_nothing_is_due_records_nothing(station: Filled) -> None:
    lines: list[str] = []
    told = Told(line=lines.append, progress=lambda *_told: None)
    made = make_tour(load_settings(station.config), {"procedures": [ALONE]}, told)
    assert made == {"sequences": []}
    assert lines == ["0 attempts recorded in this round."]
