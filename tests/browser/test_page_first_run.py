"""A person's first run on the page, in French, on a telephone's screen: to the confirmed first picture."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from demo.scenario import Page as Shown
from demo.scenario import Procedure
from demo.server import ReplicaServer
from temoin.records import CaseKind, Mode
from temoin.settings import load_settings
from tests.page import Page as Served
from tests.page import served
from tests.page_width import too_wide
from web.site import Site

pytestmark = pytest.mark.browser

PHONE = ViewportSize(width=360, height=740)
VISIT_SECONDS = 90.0
PLACES = (("21", "Guichet 21"), ("22", "Guichet 22"))


@pytest.fixture
def replica() -> Iterator[ReplicaServer]:
    procedure = Procedure(platform="ezbooking", id="4963", pages=(Shown.NO_SLOT,), plannings=PLACES)
    with ReplicaServer([procedure]) as server:
        yield server


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Served]:
    with served(Site(config=tmp_path / "config.toml"), language="fr") as found:
        yield found


@pytest.fixture
def page(reader: Browser) -> Iterator[Page]:
    with reader.new_context() as context:
        yield context.new_page()


def go_on(page: Page, heading: str) -> None:
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)


def fits(page: Page) -> None:
    """Nothing makes the page wider than the telephone."""
    assert (found := too_wide(page)) == [], "\n".join(found)


def answer_the_rest(page: Page, replica: ReplicaServer) -> None:
    """From the conditions to the first picture."""
    expect(page.get_by_role("link", name="Ouvrir la page")).to_have_attribute("href", replica.address("4963"))
    page.get_by_label("rien").check()
    fits(page)
    go_on(page, "Qui regarde la page ?")
    go_on(page, "Comment vous prévenir ?")
    page.get_by_label("pas du tout").check()
    fits(page)
    go_on(page, "Les heures, et la fin")
    page.get_by_label("Entre quelles heures").fill("midi")
    page.get_by_label("Que demandez-vous").select_option("renewal")
    page.get_by_role("button", name="Enregistrer, et regarder la page une fois").click()
    expect(page.get_by_role("alert")).to_contain_text("Ces heures")
    expect(page.get_by_label("Entre quelles heures")).to_have_value("midi")
    page.get_by_label("Entre quelles heures").fill("12h-14h, 18h-22h")
    page.get_by_role("button", name="Enregistrer, et regarder la page une fois").click()
    look = page.get_by_role("link", name="Regarder l’image : est-ce la bonne page ?")
    expect(look).to_be_visible(timeout=VISIT_SECONDS * 1000)
    look.click()


def test_the_whole_first_run_without_a_terminal(
    page: Page, opened: Served, replica: ReplicaServer, tmp_path: Path
) -> None:
    page.set_viewport_size(PHONE)
    page.set_extra_http_headers({"Accept-Language": "fr"})
    page.goto(opened.opened)
    expect(page.get_by_role("heading", level=1)).to_have_text("Avant de commencer")
    expect(page.get_by_text("faites vérifier")).to_be_visible()
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("alert")).to_contain_text("L’avertissement n’a pas encore été lu.")
    page.get_by_label("J’ai lu cela.").check()
    go_on(page, "L’adresse")
    page.get_by_label("Adresse de la page de rendez-vous").fill(f"« {replica.address('4963')} »")
    go_on(page, "Quel rendez-vous")
    page.get_by_label("Quelle plateforme").select_option("ezbooking")
    page.get_by_label("Nom de la préfecture").fill("Préfecture de l’Exemple")
    page.get_by_label("Objet du rendez-vous").fill("Démarche d’essai")
    fits(page)
    go_on(page, "Les conditions du site")
    answer_the_rest(page, replica)
    expect(page.get_by_role("heading", level=1)).to_have_text("Est-ce la bonne page, et la bonne phrase ?")
    expect(page.get_by_text("SIMULATION")).to_be_visible()
    expect(page.get_by_text("plus de plage horaire libre").first).to_be_visible()
    assert (
        page.get_by_role("img", name="L’image de la fenêtre").evaluate("image => image.naturalWidth") > PHONE["width"]
    )
    fits(page)
    page.get_by_label("Guichet 21").check()
    page.get_by_role("button", name="Oui, c’est bien cela").click()
    expect(page.get_by_role("status")).to_contain_text("C’est noté.")
    expect(page.get_by_role("heading", level=1)).to_have_text("Démarche d’essai")
    fits(page)
    settings = load_settings(tmp_path / "config.toml")
    (procedure,) = settings.procedures
    assert procedure.confirmed is not None
    assert procedure.choices == ("Guichet 21",)
    assert procedure.windows == ("12:00-14:00", "18:00-22:00")
    assert procedure.mode is Mode.UNATTENDED
    with opened.site.reading() as store:
        assert [case.kind for case in store.cases()] == [CaseKind.RENEWAL.value]
    page.get_by_role("link", name="Aujourd’hui").click()
    expect(page.get_by_role("heading", name="Fait aujourd’hui")).to_be_visible()
    fits(page)


def test_the_browsers_own_back_button_leads_to_the_question_before(page: Page, opened: Served) -> None:
    page.set_extra_http_headers({"accept-language": "fr"})
    page.goto(opened.opened)
    page.get_by_label("J’ai lu cela.").check()
    go_on(page, "L’adresse")
    page.get_by_label("Adresse de la page de rendez-vous").fill("https://rdv.example.org/")
    go_on(page, "Quel rendez-vous")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("L’adresse")
    page.get_by_label("Adresse de la page de rendez-vous").fill("https://rdv.example.org/2")
    go_on(page, "Quel rendez-vous")
    assert page.locator("input[name=url]").input_value() == "https://rdv.example.org/2"


def test_back_button_leads_to_a_question_that_holds_the_address_of_a_channel(page: Page, opened: Served) -> None:
    page.set_extra_http_headers({"accept-language": "fr"})
    page.goto(opened.opened)
    page.get_by_label("J’ai lu cela.").check()
    go_on(page, "L’adresse")
    page.get_by_label("Adresse de la page de rendez-vous").fill("http://127.0.0.1:9/booking/create/1")
    go_on(page, "Quel rendez-vous")
    page.get_by_label("Quelle plateforme").select_option("ezbooking")
    page.locator("#f-prefecture").fill("Préfecture de l’Exemple")
    page.locator("#f-label").fill("Démarche d’essai")
    go_on(page, "Les conditions du site")
    page.get_by_label("rien").check()
    go_on(page, "Qui regarde la page ?")
    go_on(page, "Comment vous prévenir ?")
    page.get_by_label("par courriel").check()
    page.locator("#f-channel_address").fill("json://essai:essai@127.0.0.1:9/")  # nobody is there
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("alert")).to_contain_text("n’a pas été envoyé", timeout=VISIT_SECONDS * 1000)
    page.locator("[name=come][value=keep]").check()
    go_on(page, "Les heures, et la fin")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Comment vous prévenir ?")
    expect(page.locator("#f-channel_address")).to_have_value("json://essai:essai@127.0.0.1:9/")
    page.go_forward()
    expect(page.get_by_role("heading", level=1)).to_have_text("Les heures, et la fin")
