"""The replicas in a real browser: the recorded elements are there, and the hostile pages really try."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, sync_playwright
from playwright.sync_api import Page as Tab

from demo.scenario import Page, Procedure
from demo.server import ReplicaServer

pytestmark = pytest.mark.browser

NO_SLOT = (
    "Il n'existe plus de plage horaire libre pour votre demande de rendez-vous. Veuillez recommencer ultérieurement."
)
PROCEDURES = (
    Procedure(
        platform="ezbooking",
        id="4963",
        pages=(Page.NO_SLOT,),
        plannings=(("20678", "Guichet 21 - Novembre 2026"), ("20682", "Calendrier - guichets 1, 2, 3 et 4")),
    ),
    Procedure(platform="ezbooking", id="2616", pages=(Page.SLOTS,), layout="old", cookie_banner="old"),
    Procedure(platform="ezbooking", id="7736", pages=(Page.NO_SLOT_LATE,), cookie_banner="tarteaucitron"),
    Procedure(platform="ezbooking", id="804", pages=(Page.NO_SLOT,), iframe=True),
    Procedure(platform="rdv-prefecture", id="11800", pages=(Page.RP_NO_SLOT,)),
    Procedure(platform="eappointment", id="94", pages=(Page.EAPP_NO_SLOT,)),
)
START = "#submit_Booking input.Bbutton[type=submit][name=nextButton][value='Effectuer une demande de rendez-vous']"
SUBMIT_CAPTCHA = "button[type=submit][formaction*='_validerCaptcha']"


# Not pytest-playwright's fixtures: theirs last the whole session, and two drivers in one thread refuse each other.
@pytest.fixture(scope="module")
def engine(chromium_executable: Path) -> Iterator[Browser]:
    # As root Chromium has no sandbox; the only pages here are ours, on loopback.
    arguments = ["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_executable, args=arguments)
        yield chromium
        chromium.close()


# One server a test: a page that closes may still send something, which must not stand in the next test's log.
@pytest.fixture
def server() -> Iterator[ReplicaServer]:
    with ReplicaServer(PROCEDURES) as running:
        yield running


@pytest.fixture
def visitor(engine: Browser) -> Iterator[BrowserContext]:
    fresh = engine.new_context(viewport={"width": 1280, "height": 800}, locale="fr-FR")
    fresh.set_default_timeout(8000)
    yield fresh
    fresh.close()


@pytest.fixture
def tab(visitor: BrowserContext) -> Tab:
    return visitor.new_page()


@pytest.fixture
def photograph(tmp_path: Path) -> Callable[[Tab, str], None]:
    """Keep a picture of each main page where `TEMOIN_SHOTS` says, to be looked at."""
    folder = Path(os.environ.get("TEMOIN_SHOTS", str(tmp_path)))

    def take(tab: Tab, name: str) -> None:
        picture = tab.screenshot(path=folder / f"{name}.png", full_page=True)
        assert picture.startswith(b"\x89PNG")

    return take


def test_ezbooking_is_walked_to_its_sentence(
    server: ReplicaServer, tab: Tab, photograph: Callable[[Tab, str], None]
) -> None:
    tab.goto(server.address("4963"))
    photograph(tab, "ezbooking-conditions")
    assert tab.locator("xpath=/html/body/main/div/div/div/div[2]/form").get_attribute("name") == "create"
    assert tab.locator("xpath=/html/body/main/div/div/div/div[2]/h2").count() == 1
    tab.check("form#FormBookingCreate input#condition[name=condition][type=checkbox]")
    tab.click(START)
    assert tab.inner_text("#inner_Booking h2") == "Choix de la nature du rendez-vous"
    photograph(tab, "ezbooking-choix")
    tab.check("fieldset#fchoix_Booking p.Bligne > input.radio#planning20678")
    tab.click("input.Bbutton[name=nextButton][value='Etape suivante']")
    photograph(tab, "ezbooking-resultat")
    assert tab.url.endswith("/booking/create/4963/2")
    assert tab.inner_text("#FormBookingCreate").strip() == NO_SLOT
    assert tab.get_attribute("input[name=finishButton]", "value") == "Terminer"
    assert [r.fields for r in server.requests if r.method == "POST"] == [
        (("condition", "on"), ("nextButton", "Effectuer une demande de rendez-vous")),
        (("planning", "20678"), ("nextButton", "Etape suivante")),
    ]


def test_the_old_layout_leads_a_human_past_the_week(
    server: ReplicaServer, tab: Tab, photograph: Callable[[Tab, str], None]
) -> None:
    tab.goto(server.address("2616"))
    photograph(tab, "ezbooking-ancien")
    assert tab.locator("xpath=/html/body/div[1]/div[2]/div[3]/div/div/form").count() == 1
    tab.click("#cookies-banner a")
    assert tab.locator("#cookies-banner").count() == 0
    tab.check("#condition")
    tab.click(START)
    tab.click("input[name=nextButton]")
    photograph(tab, "ezbooking-semaine")
    assert tab.locator("xpath=//table/tbody/tr/td[@class='status-1 free']").count() == 3
    assert tab.locator("img[src*='/etape_4r.png']").evaluate("image => image.naturalWidth") > 0
    tab.click("td.free a >> nth=0")
    assert tab.url.endswith("/booking/create/2616/6")


def test_the_late_sentence_arrives_after_the_page(
    server: ReplicaServer, tab: Tab, photograph: Callable[[Tab, str], None]
) -> None:
    tab.goto(server.address("7736"))
    photograph(tab, "ezbooking-cookies")
    tab.click("#tarteaucitronAllDenied2")
    tab.check("#condition")
    tab.click(START)
    assert NO_SLOT not in tab.inner_text("body")
    tab.wait_for_selector("input[name=finishButton]")
    assert tab.inner_text("#FormBookingCreate").strip() == NO_SLOT


def test_the_framed_booking_is_walked_inside_its_frame(
    server: ReplicaServer, tab: Tab, photograph: Callable[[Tab, str], None]
) -> None:
    tab.goto(server.address("804"))
    frame = tab.frame_locator("#cnsw iframe")
    frame.locator("#condition").check()
    photograph(tab, "ezbooking-cadre")
    frame.locator(START).click()
    frame.locator("#FormBookingCreate").filter(has_text=NO_SLOT).wait_for()


def test_rdv_prefecture_is_walked_by_a_human(
    server: ReplicaServer, tab: Tab, photograph: Callable[[Tab, str], None]
) -> None:
    enter_captcha_page(server, tab)
    photograph(tab, "rdvpref-conditions")
    tab.fill("#captchaFormulaireExtInput", "faux")
    tab.click(SUBMIT_CAPTCHA)
    assert tab.inner_text("#text-input-captcha-desc-error").endswith("est incorrect")
    tab.wait_for_function("location.search === ''")
    assert any("error=invalidCaptcha" in r.path for r in server.requests)
    tab.fill("#captchaFormulaireExtInput", server.captcha_code)
    tab.click(SUBMIT_CAPTCHA)
    photograph(tab, "rdvpref-aucun")
    assert tab.url.endswith("/demarche/11800/creneau/")
    assert tab.title() == "Choisissez votre créneau"
    assert tab.inner_text("h2") == "Aucun créneau disponible"


@pytest.mark.parametrize(
    "page", [Page.RP_NO_SLOT_ANNOUNCED, Page.RP_END_OF_CALENDAR, Page.RP_EMPTY_WEEK_NEXT, Page.RP_MOBILE_DAY]
)
def test_the_states_without_a_radio_in_sight_are_drawn(
    server: ReplicaServer, tab: Tab, photograph: Callable[[Tab, str], None], page: Page
) -> None:
    pass_captcha(server, tab, page)
    photograph(tab, page.value)
    assert "Aucun créneau disponible" in tab.inner_text("main")
    assert tab.locator("[name=trhId]:visible").count() == 0


def test_a_human_who_clicks_a_slot_gets_to_the_next_step(
    server: ReplicaServer, tab: Tab, photograph: Callable[[Tab, str], None]
) -> None:
    pass_captcha(server, tab, Page.RP_SLOTS)
    photograph(tab, "rdvpref-creneaux")
    tab.check("li.radio-card input[type=radio][name=trhId] >> nth=0")
    tab.click("button:has-text('Suivant')")
    assert tab.title() == "Vos informations"


def test_eappointment_answers_by_a_native_alert(server: ReplicaServer, tab: Tab) -> None:
    said: list[tuple[str, str]] = []

    def hear(dialog: Dialog) -> None:
        said.append((dialog.type, dialog.message))
        dialog.dismiss()

    tab.on("dialog", hear)
    tab.goto(server.address("94"))
    tab.fill("form.form-horizontal #CPId", "94000")
    tab.click("text=Continuer")
    tab.check("#pane3 input[name=selectedMotiveKeyList] >> nth=0")
    with tab.expect_event("dialog"):
        tab.click("#nextButtonId")
    words = "Aucun rendez-vous n'est possible pour les motifs selectionnnés ou le créneau horaire séléctionné."
    assert said == [("alert", words)]


@pytest.mark.parametrize(
    ("page", "signs"),
    [
        (Page.POPUP, {"fenetre", "lien"}),
        (Page.SERVICE_WORKER, {"service"}),
        (
            Page.SCRIPT_SUBMIT,
            {"action", "balise", "fetch", "put", "get", "image", "websocket", "worker", "partage", "cadre"},
        ),
        (Page.DOWNLOAD, {"cadre"}),
    ],
)
def test_without_a_guard_a_hostile_page_gets_through(
    server: ReplicaServer, tab: Tab, page: Page, signs: set[str]
) -> None:
    server.set_pages("4963", (page,))
    tab.goto(server.address("4963"))

    def sent() -> set[str]:
        return {r.path.partition("?interdit=")[2] for r in server.requests} - {""}

    for _ in range(60):
        if signs <= sent():
            break
        tab.wait_for_timeout(50)
    assert signs <= sent()


def test_a_script_sends_a_form_of_its_own_to_an_allowed_address(server: ReplicaServer, tab: Tab) -> None:
    server.set_pages("4963", (Page.SCRIPT_SUBMIT,))
    tab.goto(server.address("4963"))
    for _ in range(60):
        if any(r.path == "/booking/create/4963/0" for r in server.requests):
            break
        tab.wait_for_timeout(50)
    posted = [r.fields for r in server.requests if r.path == "/booking/create/4963/0"]
    assert posted == [(("nom", "interdit"), ("condition", "on"))]


def test_a_tampered_form_carries_a_field_of_its_own(server: ReplicaServer, tab: Tab) -> None:
    server.set_pages("4963", (Page.SCRIPT_TAMPER,))
    tab.goto(server.address("4963"))
    tab.check("#condition")
    tab.click(START)
    posted = [r.fields for r in server.requests if r.method == "POST"]
    start = ("nextButton", "Effectuer une demande de rendez-vous")
    assert [sorted(fields) for fields in posted] == [[("condition", "on"), start, ("nom", "interdit")]]


def test_a_page_of_dialogs_talks_and_talks(server: ReplicaServer, tab: Tab) -> None:
    server.set_pages("4963", (Page.DIALOG,))
    kinds: list[str] = []

    def hear(dialog: Dialog) -> None:
        kinds.append(dialog.type)
        dialog.dismiss()

    tab.on("dialog", hear)
    tab.goto(server.address("4963"))
    tab.wait_for_timeout(600)
    assert {"alert", "confirm"} <= set(kinds)


def test_nothing_is_asked_of_another_host(server: ReplicaServer, tab: Tab) -> None:
    hosts: set[str] = set()
    tab.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    for page in (Page.CAPTCHA_AT_ENTRY, Page.SLOTS, Page.UNKNOWN_ENTRY):
        server.set_pages("4963", (page,))
        tab.goto(server.address("4963"))
    for page in (Page.RP_CHALLENGE, Page.RP_CLOUDFLARE_BLOCK):
        server.set_pages("11800", (page,))
        tab.goto(server.address("11800"))
    assert hosts == {f"127.0.0.1:{server.port}"}


def enter_captcha_page(server: ReplicaServer, tab: Tab) -> None:
    tab.goto(server.address("11800"))
    assert "Accueil" in tab.title()
    tab.click("a.q-btn.bg-primary[href$='/demarche/11800/cgu/']")
    tab.wait_for_function("document.querySelector('#captchaFR_CaptchaImage').naturalWidth === 200")


def pass_captcha(server: ReplicaServer, tab: Tab, page: Page) -> None:
    server.set_pages("11800", (page,))
    enter_captcha_page(server, tab)
    tab.fill("#captchaFormulaireExtInput", server.captcha_code)
    tab.click(SUBMIT_CAPTCHA)
