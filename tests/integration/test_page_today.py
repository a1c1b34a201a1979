"""The first page over HTTP: what it shows, and what its buttons do. One station for all; answers come last."""

from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest

from scheduler import service
from scheduler.invitations import open_invitation
from store.values import AttemptQuery
from temoin.errors import ConfigError
from temoin.records import Outcome
from temoin.settings import load_settings
from tests.page import Page, served
from tests.page_station import ALONE, CASE, NOW, WITH_YOU, Filled, fill
from web.site import Site
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


def test_a_slot_stands_on_top_with_its_address_and_where_to_answer(page: Page, station: Filled) -> None:
    text = text_of(page)
    assert "SIMULATION: An appointment may be free" in text
    assert text.index("An appointment may be free") < text.index("What needs you now")
    assert 'href="http://127.0.0.1:9/booking/create/1" target="_blank" rel="noopener noreferrer"' in text
    assert f'href="/cases/{CASE}#slot"' in text
    assert f'href="/captures/{station.slot}"' in text
    assert "temoin journal" not in text


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
    assert page.post("/tour").headers["location"] == "/tasks/one"
    assert page.post(f"/invitations/{WITH_YOU}/open").status_code == 303
    assert page.post("/check").status_code == 303
    where = {"config": str(page.site.config), "data_dir": None}
    assert started == [
        ("tour", {**where, "procedures": [WITH_YOU], "confirm": ""}),
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
    assert page.post(f"/invitations/{WITH_YOU}/decline").headers["location"] == "/"
    settings = page.site.settings()
    with page.site.reading() as store:
        assert open_invitation(settings, store, settings.procedure(WITH_YOU), now=NOW) is None
        (missed,) = store.attempts(AttemptQuery(procedure=WITH_YOU))
    assert (missed.outcome, missed.reason) == (Outcome.MISSED, "invitation_declined")
    assert page.post(f"/invitations/{WITH_YOU}/later").status_code == 400
    assert page.post("/tour").status_code == 400
    assert "Nothing waits for you." in text_of(page)


def test_an_invitation_is_put_off_by_an_hour(tmp_path_factory: pytest.TempPathFactory) -> None:
    station = fill(tmp_path_factory.mktemp("later"))
    with served(Site(config=station.config, now=lambda: NOW)) as page:
        assert page.post(f"/invitations/{WITH_YOU}/later").status_code == 303
        assert "Thursday 26 November 2026, 13:00" in page.get("/").text


def test_the_round_of_a_station_where_nothing_is_due_records_nothing(station: Filled) -> None:
    lines: list[str] = []
    told = Told(line=lines.append, progress=lambda *_told: None)
    made = make_tour(load_settings(station.config), {"procedures": [ALONE]}, told)
    assert made == {"sequences": []}
    assert lines == ["0 attempts recorded in this round."]
