"""A person's whole way on the page, in French, without a terminal: from the first run to the files for the court."""

import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Download, Locator, Page, ViewportSize, expect

from demo.scenario import Page as Shown
from demo.scenario import Procedure
from demo.server import ReplicaServer
from exhibits.verify_bundle import verify_bundle
from temoin.clock import SimulatedClock, utc_now
from tests.attached_files import picture
from tests.page import NAMES_A_COMMAND, served
from tests.page import Page as Served
from tests.page_case import PASSPHRASE, no_keyring
from tests.page_width import too_wide
from tests.simulated_weeks import play_weeks
from web.site import Site

pytestmark = pytest.mark.browser

SCREEN = ViewportSize(width=1280, height=800)
WAIT_SECONDS = 200.0  # never reached unless something is broken
WEEKS, SLOT_AT = 3, 30
STEPS = 10  # of a verification, at the least
NAME = "EXEMPLE-IMPROBABLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The person's window, the page, the site that they look for an appointment at, and the time."""

    window: Page
    served: Served
    replica: ReplicaServer
    clock: SimulatedClock

    @property
    def case(self) -> str:
        with self.served.site.reading() as store:
            (case,) = store.cases()
        return f"/cases/{case.code}"

    def go(self, path: str, heading: str | re.Pattern[str]) -> None:
        self.window.goto(self.served.origin + path)
        self.arrives(heading)

    def sees(self, shown: Locator) -> None:
        expect(shown).to_be_visible(timeout=WAIT_SECONDS * 1000)

    def press(self, button: str) -> None:
        self.window.get_by_role("button", name=button, exact=True).click()

    def arrives(self, heading: str | re.Pattern[str]) -> None:
        """The page with that heading; it fits the screen, and sends nobody to a terminal."""
        expect(self.window.get_by_role("heading", level=1)).to_have_text(heading, timeout=WAIT_SECONDS * 1000)
        self.looks_right()

    def looks_right(self) -> None:
        assert (found := too_wide(self.window)) == [], "\n".join(found)
        assert NAMES_A_COMMAND.findall(self.window.locator("body").inner_text()) == []

    def download(self, link: str) -> Download:
        with self.window.expect_download() as started:
            self.window.get_by_role("link", name=link, exact=True).click()
        return started.value


@pytest.fixture
def way(reader: Browser, tmp_path: Path) -> Iterator[Way]:
    clock = SimulatedClock(at=utc_now())
    site = Site(config=tmp_path / "config.toml", now=clock.now)
    procedure = Procedure(platform="ezbooking", id="4963", pages=(Shown.NO_SLOT,))
    with (
        no_keyring(),
        ReplicaServer([procedure]) as replica,
        served(site, language="fr") as page,
        reader.new_context(viewport=SCREEN, locale="fr-FR", accept_downloads=True) as context,
    ):
        context.set_default_timeout(WAIT_SECONDS * 1000)
        yield Way(window=context.new_page(), served=page, replica=replica, clock=clock)


def test_a_persons_whole_way_needs_no_terminal(way: Way, tmp_path: Path) -> None:
    begin(way)
    confirm_the_first_picture(way)
    made = play_weeks(way.served.site.settings(), way.clock, WEEKS, slot_at=SLOT_AT)
    assert made == 2 * 7 * WEEKS
    look_at_what_was_recorded(way)
    say_what_became_of_the_slot(way)
    note_an_email(way, tmp_path)
    add_a_piece(way, tmp_path)
    make_a_draft(way)
    make_a_filing(way)
    archive = take_it_away(way, tmp_path)
    check_without_temoin(archive, tmp_path / "unpacked")
    verify_it_on_the_page(way, archive)


def begin(way: Way) -> None:
    """The first run: one page after the other."""
    page = way.window
    page.goto(way.served.opened)
    way.arrives("Avant de commencer")
    page.get_by_label("J’ai lu cela.").check()
    way.press("Continuer")
    way.arrives("L’adresse")
    page.get_by_label("Adresse de la page de rendez-vous").fill(way.replica.address("4963"))
    way.press("Continuer")
    way.arrives("Quel rendez-vous")
    page.get_by_label("Quelle plateforme").select_option("ezbooking")
    page.get_by_label("Nom de la préfecture").fill("Préfecture de l’Exemple")
    page.get_by_label("Objet du rendez-vous").fill("Démarche d’essai")
    way.press("Continuer")
    way.arrives("Les conditions du site")
    page.get_by_label("rien").check()
    way.press("Continuer")
    way.arrives("Qui regarde la page ?")
    way.press("Continuer")
    way.arrives("Comment vous prévenir ?")
    page.get_by_label("pas du tout").check()
    way.press("Continuer")
    way.arrives("Les heures, et la fin")
    page.get_by_label("Entre quelles heures").fill("08:00-12:00, 13:30-22:00")
    page.get_by_label("Que demandez-vous").select_option("renewal")
    way.press("Enregistrer, et regarder la page une fois")


def confirm_the_first_picture(way: Way) -> None:
    look = way.window.get_by_role("link", name="Regarder l’image : est-ce la bonne page ?")
    look.click()
    way.arrives("Est-ce la bonne page, et la bonne phrase ?")
    way.press("Oui, c’est bien cela")
    way.sees(way.window.get_by_role("status").filter(has_text="C’est noté."))
    way.arrives("Démarche d’essai")


def look_at_what_was_recorded(way: Way) -> None:
    """Today; then the dossier with its days and hours, in a drawing and in figures; then one capture."""
    page = way.window
    way.go("/", "Aujourd’hui")
    page.get_by_role("link", name="Dossiers", exact=True).click()
    way.arrives("Dossiers")
    page.locator(".card h2 a").click()
    way.arrives(re.compile("^Dossier"))
    way.sees(page.get_by_text(re.compile(rf"^Tentatives simulées\s: {1 + 2 * 7 * WEEKS} sur")))
    page.get_by_text("Le calendrier en tableau").click()
    days = page.get_by_role("table", name=re.compile("^Tentatives par jour")).locator("tbody td")
    with way.served.site.reading() as store:
        tried = {row.at_local[:10] for row in store.attempts()}
    assert sum(text != "" for text in days.all_inner_texts()) == len(tried) >= 7 * WEEKS
    page.get_by_text("Les heures en tableau").click()
    hours = page.get_by_role("table", name=re.compile("par heure$")).locator("tbody td")
    shown = [text for text in hours.all_inner_texts() if text]
    assert f"({sum(map(int, shown))})" in page.locator(".legend").inner_text()
    page.get_by_role("link", name="Captures", exact=True).click()
    way.arrives("Captures")
    page.locator(".gallery h3 a").first.click()
    way.arrives(re.compile("^Capture"))
    way.sees(page.get_by_text("SIMULÉ", exact=True))


def say_what_became_of_the_slot(way: Way) -> None:
    """Today says that a slot was seen, and leads to where one says what one did; a passphrase is chosen there."""
    page = way.window
    way.go("/", "Aujourd’hui")
    page.get_by_role("link", name=re.compile("^Dire ce qu’il en a été")).click()
    way.arrives(re.compile("^Dossier"))
    page.get_by_role("link", name=re.compile("^Dire ce que vous avez fait du créneau")).click()
    way.arrives(re.compile("journal$"))
    page.get_by_label("Le jour où cela a été fait").fill(day_of(way))
    page.get_by_label("Ce qui en est venu").select_option("gone")
    page.get_by_label("Ce qui a été fait, avec vos mots").fill("Ouvert dans la minute : il était déjà pris.")
    page.get_by_label("Phrase de passe").fill(PASSPHRASE)
    page.get_by_label("La même, encore une fois").fill(PASSPHRASE)
    way.press("Noter")
    told(way, "Suite donnée à un créneau vu")


def note_an_email(way: Way, folder: Path) -> None:
    page = way.window
    (mail := folder / "demande.png").write_bytes(picture(300, 200))
    page.get_by_label("Ce que c’est").select_option("email")
    page.get_by_label("Le jour où cela a été fait").fill(day_of(way))
    page.get_by_label("Quelques mots pour l’inventaire").fill("Courriel à la préfecture")
    page.get_by_label("Ce qui a été fait, avec vos mots").fill("Demande d’un rendez-vous, restée sans réponse.")
    page.get_by_label("Fichiers").set_input_files(mail)
    way.press("Ajouter l’étape")
    told(way, "Courriel")


def add_a_piece(way: Way, folder: Path) -> None:
    page = way.window
    (own := folder / "titre-de-sejour.jpg").write_bytes(picture(400, 250, kind="JPEG"))
    page.get_by_role("link", name="Retour au dossier").click()
    page.get_by_role("link", name="Vos pièces", exact=True).click()
    way.arrives(re.compile("vos pièces$"))
    page.get_by_label("À quoi elle sert").select_option("identity")
    page.get_by_label("Quelques mots pour l’inventaire").fill("Titre de séjour")
    page.get_by_label("Fichiers").set_input_files(own)
    way.press("Ajouter la pièce")
    told(way, "identité")


def make_a_draft(way: Way) -> None:
    page = way.window
    page.get_by_role("link", name="Retour au dossier").click()
    page.get_by_role("link", name="Fichiers pour le tribunal", exact=True).click()
    way.arrives(re.compile("fichiers pour le tribunal$"))
    way.press("Préparer les fichiers")
    way.sees(page.get_by_text("Ceci est un brouillon"))
    way.looks_right()


def make_a_filing(way: Way) -> None:
    """With the person's name in the letters; how far it is can be seen."""
    page = way.window
    page.get_by_role("link", name="Retour au choix des fichiers").click()
    page.get_by_label("Un dépôt").check()
    page.get_by_text("Lettres au nom de la personne").click()
    page.get_by_label("Nom de famille").fill(NAME)
    page.get_by_label("Prénoms").fill("Camille")
    way.press("Préparer les fichiers")
    way.arrives(re.compile("^Fichiers pour le tribunal"))
    page.evaluate("window.loadedOnce = true")
    done = page.get_by_role("heading", name="Que déposer, où, dans cet ordre")
    way.sees(page.locator("progress").or_(done))
    way.sees(done)
    assert page.evaluate("window.loadedOnce")  # what changes came by itself
    *_, filing = way.served.site.tasks.of_job("export")
    assert filing.progress[2] > WEEKS  # of how many, told last
    way.looks_right()


def take_it_away(way: Way, folder: Path) -> Path:
    """The titles to copy, in the order of filing; then the bundle, and the letters apart."""
    page = way.window
    titles = page.get_by_label(re.compile("intitulé à copier$"))
    assert titles.count() > WEEKS
    titles.first.focus()
    assert page.evaluate("getSelection().toString()") == titles.first.input_value() != ""
    letters, bundle = folder / "lettres.zip", folder / "pieces.zip"
    way.download("Télécharger les lettres au nom de la personne (ZIP)").save_as(letters)
    with zipfile.ZipFile(letters) as archive:
        assert any(name.endswith("requete_refere.docx") for name in archive.namelist())
    way.download("Télécharger toutes les pièces (ZIP)").save_as(bundle)
    return bundle


def check_without_temoin(archive: Path, folder: Path) -> None:
    """As whoever receives it would: with what everybody has, and the standard's own checker."""
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    (bundle,) = folder.iterdir()
    subprocess.run(("sha256sum", "--quiet", "-c", "manifest-sha256.txt"), cwd=bundle, check=True)
    checker = Path(sys.executable).with_name("bagit.py")
    subprocess.run((sys.executable, checker, "--validate", bundle), check=True)
    report = verify_bundle(bundle)
    assert [one for one in report.checks if one.status != "passed"] == []


def verify_it_on_the_page(way: Way, archive: Path) -> None:
    page = way.window
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Vérifier").click()
    way.arrives("Vérifier")
    page.get_by_label("Fichier ZIP du dossier de pièces").set_input_files(archive)
    way.press("Vérifier ce dossier de pièces")
    way.sees(page.get_by_text("Tout a été vérifié, et aucun changement n’a été trouvé."))
    steps = page.locator("ol.report > li")
    assert steps.count() >= STEPS
    assert page.locator("ol.report > li:not(.passed)").all_inner_texts() == []
    way.looks_right()


def day_of(way: Way) -> str:
    return (way.clock.now() - timedelta(hours=2)).date().isoformat()


def told(way: Way, words: str) -> None:
    way.sees(way.window.get_by_role("status").filter(has_text=words))
    way.looks_right()
