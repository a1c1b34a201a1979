"""Every action of the local page, driven by mouse and keyboard in a real browser, on a replica of the sites.

A POST route that no step drives fails the test: a button is pressed here with its route. Each page that is come to is
held to what every page is held to (``tests.page_visitor``). One walk is in French on a large screen, one in English on
a telephone.
"""

import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Download, ViewportSize, expect

from capture.display import PrivateDisplay, can_have_private_display
from demo.scenario import Page as Shown
from demo.scenario import Procedure
from demo.server import ReplicaServer
from scheduler import service
from temoin.clock import utc_now
from temoin.settings import Settings, load_settings
from tests.authority import Authority, Pki
from tests.browser_window import ordinary_browser
from tests.court_case import make_files
from tests.page import served
from tests.page_case import no_keyring
from tests.page_visitor import PHONE, SCREEN, Visitor, routes, visiting
from tests.page_world import ALONE, CASE, PASSPHRASE, WITH_YOU, World, make_world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not can_have_private_display(), reason="needs Xvfb as the person's desktop"),
]
PERSON = Path(__file__).with_name("person.py")
WAIT = 200_000.0  # milliseconds: for a bundle on a slow machine
FIRST_RUN = "/start"  # driven by test_page_first_run
NEW = "N2"  # the code of the dossier that is opened, followed, closed and erased
GONE = 410
ENDED = "#task:not([data-runs])"


@dataclass(slots=True, kw_only=True)
class Desk:
    """The machine of the walk: its page's world, the site that is visited, the person at the window, their files."""

    world: World
    site: ReplicaServer
    files: dict[str, Path]
    roots: Path
    port: int  # by which the person reaches the window
    own_browser: Callable[[], AbstractContextManager[str]]  # the person's ordinary one, on the same desktop


@dataclass(slots=True, kw_only=True)
class Walk:
    """Somebody who goes through the page; ``found`` is what was wrong with the pages they came to."""

    visitor: Visitor
    desk: Desk
    found: list[str] = field(default_factory=list)

    def open(self, address: str, status: int = 200) -> None:
        self.visitor.open(address)
        self.found += self.visitor.look(status=status)

    def press(self, selector: str, status: int = 200) -> None:
        """Press a button or a link that leads on, and look at what comes."""
        with self.visitor.tab.expect_navigation():
            self.visitor.tab.locator(selector).first.click()
        self.found += self.visitor.look(status=status)

    def unfold(self, action: str) -> None:
        """Open what is folded in the form of that action, or around it."""
        for summary in self.visitor.tab.locator(
            f'details:has(form[action="{action}"]) > summary, form[action="{action}"] details > summary'
        ).all():
            summary.click()

    def until_ended(self) -> None:
        """Wait for what is under way, as it shows itself on its page."""
        self.visitor.tab.locator(ENDED).wait_for(timeout=WAIT)
        self.found += self.visitor.look()
        expect(self.visitor.tab.locator("#task [role=alert]")).to_have_count(0)
        expect(self.visitor.tab.locator("#task .state:not(.done)")).to_have_count(0)

    def download(self, selector: str) -> Download:
        with self.visitor.tab.expect_download() as coming:
            self.visitor.tab.locator(selector).first.click()
        return coming.value


@pytest.fixture
def desk(tmp_path: Path, pki: Pki, chromium_executable: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A replica of two sites, an authority for timestamps, a desktop of the test's own, and three weeks behind it."""
    replicas = (
        Procedure(platform="ezbooking", id="4963", pages=(Shown.NO_SLOT,)),
        Procedure(platform="ezbooking", id="4964", pages=(Shown.NO_SLOT,), plannings=(("21", "A"), ("22", "B"))),
        Procedure(platform="rdv-prefecture", id="5012", pages=(Shown.RP_NO_SLOT,)),
    )
    with ExitStack() as opened:
        opened.enter_context(no_keyring())
        site = opened.enter_context(ReplicaServer(replicas))
        authority = opened.enter_context(Authority(pki=pki))
        display = opened.enter_context(PrivateDisplay(width=1400, height=1050))
        for name, value in display.env.items():
            monkeypatch.setenv(name, value)
        port = _free_port()
        wrapper = tmp_path / "browser.sh"
        wrapper.write_text(f'#!/bin/sh\nexec "{chromium_executable}" --remote-debugging-port={port} "$@"\n')
        wrapper.chmod(0o700)
        more = f'[browser]\nexecutable = "{wrapper}"\n{authority.config()}'
        world = make_world(tmp_path, utc_now, booking=site.address("4963"), window=site.address("5012"), more=more)

        def own_browser() -> AbstractContextManager[str]:
            return ordinary_browser(chromium_executable, display, site.address("4964"), profile=tmp_path / "own")

        files = make_files(tmp_path / "files")
        yield Desk(world=world, site=site, files=files, roots=pki.root, port=port, own_browser=own_browser)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the service of this machine's session would be told: it is never touched."""
    found: list[str] = []

    def state(*_asked: object) -> service.State:
        return service.State(installed=found[-1:] == ["install"], place="", pid=None)

    monkeypatch.setattr(service, "state", state)
    monkeypatch.setattr(service, "install_all", lambda *_asked, **_more: found.append("install"))
    monkeypatch.setattr(service, "uninstall_all", lambda *_asked, **_more: found.append("uninstall"))
    return found


@pytest.mark.timeout(900)  # seconds: less than a minute, where other tests leave the machine to it
@pytest.mark.parametrize(
    ("language", "viewport"),
    [
        ("fr", SCREEN),
        pytest.param("en", PHONE, marks=pytest.mark.soak),  # the suite must end within a quarter of an hour
    ],
)
def test_every_action_is_done_from_the_page(
    reader: Browser, desk: Desk, told: list[str], language: str, viewport: ViewportSize
) -> None:
    site = desk.world.site
    with served(site) as page, visiting(reader, page, language, viewport) as visitor:
        walk = Walk(visitor=visitor, desk=desk)
        for step in (speak, watch_over, be_there, add_procedure, change_procedure, photograph, look_at_captures,
                     keep_a_dossier, keep_a_journal, keep_pieces, make_a_draft, file_it, verify_all):  # fmt: skip
            step(walk)
            assert not walk.found, f"{step.__name__}:\n" + "\n".join(walk.found)
        assert {route for method, route in visitor.gone_to if method == "POST"} == routes("POST") - {FIRST_RUN}
    assert told == ["install", "uninstall"]


def speak(walk: Walk) -> None:
    """The other language, and back."""
    own, tab = walk.visitor.language, walk.visitor.tab
    walk.open("/procedures")
    walk.visitor.language = "en" if own == "fr" else "fr"
    walk.press('form[action="/language"] button')
    assert tab.url.endswith("/procedures")
    walk.visitor.language = own
    walk.press('form[action="/language"] button')


def watch_over(walk: Walk) -> None:
    """The service, a round that is stopped, tries that are put off and declined, the look at everything."""
    tab = walk.visitor.tab
    walk.open("/")
    walk.press("[name=wanted][value=install]")
    walk.press("[name=wanted][value=uninstall]")
    walk.press('form[action="/tour"] button')
    tab.locator('a[href^="/tour?passed="]').click()  # the first is passed over
    walk.press('form[action$="/open"] button')
    walk.press('form[action$="/stop"] button')
    expect(tab.locator("#task .state")).to_be_visible()
    walk.open("/")
    walk.press(f'form[action="/invitations/{WITH_YOU[0]}/later"] button')
    walk.press(f'form[action="/invitations/{WITH_YOU[1]}/decline"] button')
    assert tab.locator('form[action^="/invitations/"]').count() == 3, "those of the last one"
    walk.press('form[action="/check"] button')
    walk.until_ended()
    assert tab.locator(".report li").count() > 5
    walk.open("/")
    walk.press('a[href="/messages"]')
    tab.check("[name=channel][value=none]")
    walk.press('[name=go][value="next"]')
    expect(tab.locator(".note.good")).to_be_visible()


def be_there(walk: Walk) -> None:
    """The window of a try that is due, with the person at it."""
    walk.open("/")
    walk.press(f'form[action="/invitations/{WITH_YOU[2]}/open"] button')
    address, code = f"http://127.0.0.1:{walk.desk.port}", walk.desk.site.captcha_code
    subprocess.run([sys.executable, str(PERSON), address, code, "accept", "solve"], check=True, timeout=120)
    walk.until_ended()
    walk.press("#task a.button")
    assert walk.visitor.tab.locator(".outcome.proof").count()


def add_procedure(walk: Walk) -> None:
    """Questions, a first attempt, and the person's word on its picture."""
    tab = walk.visitor.tab
    walk.open("/procedures")
    walk.press('a[href="/procedures/new"]')
    tab.fill("#f-url", "bonjour")
    walk.press("button[value=next]", status=400)
    tab.fill("#f-url", walk.desk.site.address("4964"))
    walk.press("button[value=next]")
    tab.select_option("#f-platform", "ezbooking")
    tab.fill("#f-prefecture", "Préfecture de l’Exemple")
    tab.fill("#f-label", "Démarche ajoutée")
    walk.press("button[value=next]")
    tab.check("[name=conditions][value=silent]")
    walk.press("button[value=next]")
    walk.press("button[value=back]")
    walk.press("button[value=next]")
    walk.press("button[value=next]")
    tab.fill("#f-hours", "07:00-22:30")
    walk.press("button[value=next]")
    walk.until_ended()
    walk.press('#task a[href*="/look/"]')
    walk.press("[name=right][value=no]")
    tab.locator("[name=choice]").first.check()
    walk.press("[name=right][value=yes]")
    (added,) = [one for one in _settings(walk).procedures if one.label == "Démarche ajoutée"]
    assert added.confirmed is not None
    assert added.choices


def _settings(walk: Walk) -> Settings:
    return load_settings(walk.desk.world.site.config)


def change_procedure(walk: Walk) -> None:
    """A form that cannot be used, one that can, and an attempt now, which is stopped."""
    tab = walk.visitor.tab
    walk.open(f"/procedures/{ALONE}")
    walk.press(f'a[href="/procedures/{ALONE}/edit"]')
    tab.fill("#f-windows", "midi")
    walk.press("main form button", status=400)
    tab.fill("#f-windows", "8h-12h")
    walk.press("main form button")
    assert _settings(walk).procedure(ALONE).windows == ("08:00-12:00",)
    walk.press(f'form[action="/procedures/{ALONE}/try"] button')
    walk.press('form[action$="/stop"] button')
    assert tab.locator(ENDED).count()


def photograph(walk: Walk) -> None:
    """The person's own window: once discarded, once kept with what it shows."""
    tab = walk.visitor.tab
    with walk.desk.own_browser():
        for keep in (False, True):
            walk.open("/procedures/essai-photo")
            walk.press('form[action$="/photo"] button')
            walk.until_ended()
            walk.press('#task a[href*="/photo/"]')
            if keep:
                tab.check('[name=answer][value="no_slot"]')
            walk.press("main form button" if keep else 'form[action$="/discard"] button')
    walk.until_ended()


def look_at_captures(walk: Walk) -> None:
    """Filtered, one of them large, its files, its neighbours, and its own verification."""
    tab = walk.visitor.tab
    walk.open("/captures")
    tab.select_option("#f-outcome", "no_slot")
    walk.press(".filters button")
    assert "outcome=no_slot" in tab.url
    walk.open(f"/captures/{walk.desk.world.picture}")
    small = tab.locator(".shown img").first.bounding_box()
    tab.check("#real-size")
    large = tab.locator(".shown img").first.bounding_box()
    assert small is not None
    assert large is not None
    assert large["width"] != small["width"]
    for name in ("record.json", "entry.json"):
        assert Path(walk.download(f'a[href$="/{name}"]').path()).read_bytes().startswith(b"{")
    walk.press("a[rel=prev]")
    walk.press("a[rel=next]")
    walk.press('form[action$="/check"] button')
    walk.until_ended()
    walk.press('#task a[href^="/captures/"]')


def keep_a_dossier(walk: Walk) -> None:
    """Opened, followed, changed, followed no more, closed, erased."""
    tab = walk.visitor.tab
    walk.open("/cases")
    walk.press('a[href="/cases/new"]')
    tab.fill("#f-code", "Dupont")
    walk.press("main form button", status=400)
    tab.fill("#f-code", NEW)
    walk.press("main form button")
    walk.press(f'a[href="/cases/{NEW}/follow"]')
    tab.select_option("#f-procedure", ALONE)
    walk.press("main form button")
    walk.unfold(f"/cases/{NEW}/change")
    tab.fill("#f-expires_on", "2027-03-04")
    walk.press(f'form[action="/cases/{NEW}/change"] button')
    walk.press("button[name=stop]")
    walk.unfold(f"/cases/{NEW}/close")
    walk.press(f'form[action="/cases/{NEW}/close"] button')
    walk.press(f'a[href="/cases/{NEW}/erase"]')
    tab.fill("#f-typed", CASE)
    walk.press("button.danger", status=400)
    tab.fill("#f-typed", NEW)
    walk.press("button.danger")
    assert not tab.locator(f'a[href="/cases/{NEW}"]').count()


def keep_a_journal(walk: Walk) -> None:
    """Opened with the passphrase; the slot is answered, a step is added with its file, taken out, erased."""
    tab, day = walk.visitor.tab, (utc_now() - timedelta(days=1)).date().isoformat()
    walk.open(f"/cases/{CASE}/journal")
    _open_items(walk, "journal")
    walk.open(f"/cases/{CASE}")
    walk.press('.urgent a[href*="?slot="]')
    tab.fill("#f-on", day)
    tab.select_option("#f-result", "gone")
    walk.press("main form button")
    assert not tab.locator('a[href*="?slot="]').count()
    tab.select_option("#f-kind", "letter")
    tab.fill("#f-on", day)
    tab.fill("#f-title", "Lettre d’exemple")
    tab.set_input_files("#f-files", [walk.desk.files["pdf"], walk.desk.files["png"]])
    walk.press("main form button")
    walk.press(f'a[href="/cases/{CASE}/journal/open"]')
    got = walk.download('a[href$="/files/1"]')
    assert Path(got.path()).read_bytes() == walk.desk.files["pdf"].read_bytes()
    walk.press('a[href$="/erase"]')
    walk.press("button.danger")


def _open_items(walk: Walk, folder: str) -> None:
    """Opened once the passphrase is typed, which is forgotten when the person says so."""
    tab, site = walk.visitor.tab, walk.desk.world.site
    walk.press(f'a[href="/cases/{CASE}/{folder}/open"]', status=401)
    tab.fill("#f-passphrase", "une autre phrase")
    walk.press("main form button", status=401)
    tab.fill("#f-passphrase", PASSPHRASE)
    walk.press("main form button")
    assert site.passphrase.typed() == PASSPHRASE
    walk.press('form[action="/passphrase/forget"] button', status=401)
    assert not site.passphrase.typed()
    tab.fill("#f-passphrase", PASSPHRASE)
    walk.press("main form button")


def keep_pieces(walk: Walk) -> None:
    """A piece is added, and one is erased."""
    tab = walk.visitor.tab
    walk.open(f"/cases/{CASE}/pieces")
    tab.select_option("#f-kind", "urgency")
    tab.set_input_files("#f-files", walk.desk.files["jpg"])
    walk.press("main form button")
    before = tab.locator(".items li a[href$='/erase']").count()
    walk.press(f'a[href$="/{walk.desk.world.piece}/erase"]')
    walk.press("button.danger")
    assert tab.locator(".items li a[href$='/erase']").count() == before - 1


def make_a_draft(walk: Walk) -> None:
    """With letters in a name, downloaded, dropped to be verified, and removed."""
    tab = walk.visitor.tab
    walk.open(f"/cases/{CASE}")
    walk.press(f'a[href="/cases/{CASE}/bundle"]')
    walk.unfold(f"/cases/{CASE}/bundle")
    tab.fill('[name="id.nom"]', "EXEMPLE")
    tab.fill('[name="id.prenoms"]', "Camille")
    walk.press("main form button")
    walk.until_ended()
    made, letters = walk.download('a[href$="/bundle.zip"]'), walk.download('a[href$="/letters.zip"]')
    for got in (made, letters):
        with zipfile.ZipFile(got.path()) as archive:
            assert archive.testzip() is None
    for summary in tab.locator("#task summary").all():
        summary.click()
    for what in ("models", "letters"):
        assert walk.download(f'a[href$="/{what}/1"]').suggested_filename
    task = tab.url
    verify_dropped(walk, Path(made.path()))
    tab.goto(task)
    walk.press('form[action$="/made/remove"] button')
    assert tab.request.get(f"{task}/made/bundle.zip").status == GONE


def verify_dropped(walk: Walk, archive: Path) -> None:
    walk.open("/verify")
    walk.visitor.tab.set_input_files(
        "#f-bundle", {"name": "dossier.zip", "mimeType": "application/zip", "buffer": archive.read_bytes()}
    )
    walk.unfold("/verify/bundle")
    walk.visitor.tab.set_input_files("#f-root-bundle", walk.desk.roots)
    walk.press('form[action="/verify/bundle"] button')
    walk.until_ended()
    assert walk.visitor.tab.locator(".report .failed").all_inner_texts() == []


def file_it(walk: Walk) -> None:
    """A filing with its titles to copy, what came since, and the filing issued again."""
    tab = walk.visitor.tab
    walk.open(f"/cases/{CASE}/bundle")
    tab.check("[name=what][value=file]")
    walk.press("main form button")
    walk.until_ended()
    title = tab.locator("#t-1")
    title.click()
    assert title.evaluate("field => field.value.slice(field.selectionStart, field.selectionEnd) === field.value")
    assert walk.download('a[href$="/upload/1"]').suggested_filename == "00_Inventaire_detaille.pdf"
    walk.open(f"/cases/{CASE}/journal")
    tab.select_option("#f-kind", "visit")
    tab.fill("#f-on", (utc_now() - timedelta(days=2)).date().isoformat())
    tab.fill("#f-text", "Renvoyé vers le site.")
    walk.press("main form button")
    walk.open(f"/cases/{CASE}/bundle")
    tab.check("[name=what][value=supplement]")
    walk.press("main form button")
    walk.until_ended()
    walk.open(f"/cases/{CASE}/bundle")
    walk.press("form:has([name=again]) button")
    walk.until_ended()


def verify_all(walk: Walk) -> None:
    """The whole register, with a root certificate of the person's own."""
    walk.open("/verify")
    walk.unfold("/verify/store")
    walk.visitor.tab.set_input_files("#f-root", walk.desk.roots)
    walk.press('form[action="/verify/store"] button')
    walk.until_ended()
    assert walk.visitor.tab.locator(".report .failed").all_inner_texts() == []
