"""The préfecture's page looked at once more before a filing; and what needs a browser of its own to be shown."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from capture.browser import BrowserChoice
from capture.display import can_have_private_display
from demo.scenario import Page, Procedure
from demo.server import ReplicaServer
from scheduler.job import Browsers, Workshop, capture_and_record, open_workshop
from scheduler.notices import Refreshed, refresh_for_filing
from scheduler.politeness import host_of
from store.store import Store
from temoin.clock import SimulatedClock
from temoin.records import Outcome, Role
from temoin.settings import Settings, load_settings

pytestmark = pytest.mark.browser

START = datetime(2026, 9, 14, 7, 12, 33, tzinfo=UTC)
CONFIG = """
[browser]
view = "page"
executable = "{executable}"

[politeness]
attempts_per_day = 1
min_minutes_between_attempts = 60
min_minutes_per_host = 0

[[procedures]]
id = "essai"
prefecture = "Préfecture de l'Exemple"
label = "Démarche d'essai"
url = "{url}"
instructions_url = "{instructions}"
platform = "ezbooking"
terms_read = 2026-09-13
"""


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(at=START)


@pytest.fixture
def configure(tmp_path: Path) -> Callable[..., Settings]:
    def write(server: ReplicaServer, executable: object = "", instructions: str | None = None) -> Settings:
        page = server.instructions_address("4963") if instructions is None else instructions
        path = tmp_path / "config.toml"
        path.write_text(CONFIG.format(url=server.address("4963"), instructions=page, executable=executable))
        return load_settings(path)

    return write


def replica() -> ReplicaServer:
    return ReplicaServer([Procedure(platform="ezbooking", id="4963", pages=(Page.NO_SLOT,))])


def attempt(settings: Settings, clock: SimulatedClock) -> Outcome:
    with open_workshop(settings, assisted=False, clock=clock) as workshop:
        return capture_and_record(workshop, settings.procedure("essai")).visit.outcome


def kinds(settings: Settings, clock: SimulatedClock) -> list[str]:
    with Store.open(settings.station.data_dir, now=clock.now) as store:
        return [entry.kind.value for entry in store.entries(3)]


@pytest.mark.soak  # the suite must end within a quarter of an hour
def test_a_page_over_a_day_old_is_looked_at_again_and_costs_no_attempt(
    configure: Callable[..., Settings], clock: SimulatedClock
) -> None:
    with replica() as server:
        settings = configure(server)
        assert attempt(settings, clock) is Outcome.NO_SLOT
        clock.at += timedelta(hours=23)
        assert refresh_for_filing(settings, ["essai"], clock=clock) == ()
        clock.at += timedelta(hours=2)
        (refreshed,) = refresh_for_filing(settings, ["essai", "inconnue"], clock=clock)
        assert refresh_for_filing(settings, ["essai"], clock=clock) == ()
        assert (
            attempt(settings, clock) is Outcome.NO_SLOT
        )  # neither the day's one attempt nor the hour between is spent
    assert kinds(settings, clock) == ["notice", "attempt", "notice", "attempt"]
    assert refreshed.recorded is not None
    assert (refreshed.procedure, refreshed.recorded.sequence) == ("essai", 5)
    assert refreshed.sentence == "essai: n° 5, the préfecture’s page and its link to the booking."


def test_before_anything_was_recorded_nothing_is_looked_at_and_no_store_is_made(
    configure: Callable[..., Settings], clock: SimulatedClock
) -> None:
    with replica() as server:
        settings = configure(server)
        assert refresh_for_filing(settings, ["essai"], clock=clock) == ()
        assert server.requests == ()
    assert not settings.station.data_dir.exists()


@pytest.mark.soak  # the suite must end within a quarter of an hour
def test_a_procedure_of_another_case_is_left_alone(configure: Callable[..., Settings], clock: SimulatedClock) -> None:
    with replica() as server:
        settings = configure(server)
        attempt(settings, clock)
        server.clear()
        clock.at += timedelta(days=3)
        assert refresh_for_filing(settings, ["autre"], clock=clock) == ()
        assert server.requests == ()


WITHOUT = "The filing goes on without a new picture."


@pytest.mark.soak  # the suite must end within a quarter of an hour
def test_without_a_browser_the_filing_goes_on_and_it_is_said(
    configure: Callable[..., Settings], clock: SimulatedClock
) -> None:
    with replica() as server:
        attempt(configure(server), clock)
        settings = configure(server, executable="/nowhere/chromium")
        clock.at += timedelta(days=3)
        (refreshed,) = refresh_for_filing(settings, ["essai"], clock=clock)
    assert refreshed == Refreshed(procedure="essai", recorded=None, sentence=refreshed.sentence)
    assert refreshed.sentence.startswith("essai: the préfecture’s page was not looked at. ")
    assert "/nowhere/chromium" in refreshed.sentence
    assert refreshed.sentence.endswith(WITHOUT)
    assert kinds(settings, clock) == ["notice", "attempt"]


@pytest.mark.soak  # the suite must end within a quarter of an hour
def test_a_host_that_rests_is_left_alone_and_it_is_said(
    configure: Callable[..., Settings], clock: SimulatedClock
) -> None:
    with replica() as server:
        settings = configure(server)
        attempt(settings, clock)
        server.clear()
        clock.at += timedelta(days=3)
        with Store.open(settings.station.data_dir, now=clock.now) as store:
            until = clock.at + timedelta(hours=1)
            store.stop_host(host=host_of(server.url), procedure=None, until=until, reason="retry_after")
        (refreshed,) = refresh_for_filing(settings, ["essai"], clock=clock)
        assert server.requests == ()
    words = "This host asked to be left alone, or refused a visit: none before Thursday 17 September 2026, 10:12."
    assert refreshed.sentence == f"essai: the préfecture’s page was not looked at. {words} {WITHOUT}"


@pytest.mark.soak  # the suite must end within a quarter of an hour
def test_a_page_that_has_gone_is_recorded_and_said(configure: Callable[..., Settings], clock: SimulatedClock) -> None:
    with replica() as server:
        settings = configure(server, instructions=f"{server.url}/instructions/disparue")
        attempt(settings, clock)
        (refreshed,) = refresh_for_filing(settings, ["essai"], clock=clock)  # a failure is tried again at filing
    assert refreshed.recorded is not None
    assert refreshed.sentence == (
        "essai: n° 5, the préfecture’s page could not be photographed (the page was not recognised, http_404)."
    )


@pytest.mark.skipif(not can_have_private_display(), reason="needs Xvfb for a window that nobody sits at")
def test_the_real_window_is_photographed_with_its_address_bar(
    configure: Callable[..., Settings], clock: SimulatedClock
) -> None:
    with replica() as server, Browsers(BrowserChoice(view="window")) as browsers:
        settings = configure(server)
        with Store.open(settings.station.data_dir, now=clock.now) as store:
            workshop = Workshop(settings=settings, store=store, browsers=browsers, clock=clock)
            capture_and_record(workshop, settings.procedure("essai"))
            record = store.record(3)
    roles = [artefact["role"] for artefact in record["parts"][0]["artefacts"]]
    assert roles == [Role.WINDOW, Role.PAGE, Role.TEXT, Role.HTML]
    assert record["environment"]["view"] == "window"
