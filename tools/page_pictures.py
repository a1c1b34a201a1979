"""Make the pictures of docs/page.md anew: ``.venv/bin/python tools/page_pictures.py``, some minutes.

Three weeks of ``temoin demo`` are played (or ``--demo FOLDER`` names them), in a copy of which somebody works at the
local page: what they come to is photographed. All that is seen is fictional and marked as simulated.
"""

import argparse
import io
import os
import shutil
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Queue
from zoneinfo import ZoneInfo

os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"  # never that of whoever runs this

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize

from capture.driver import started_driver
from demo.run import PROCEDURE, run_demo
from store.store import Store
from temoin.browsers import find_browser
from temoin.clock import utc_text
from temoin.messages import use_language
from temoin.records import Kind, Mode, Outcome
from temoin.settings import load_settings
from web.serving import listen, serve
from web.site import Site

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
PREFIX = "page-"
SCREEN, PHONE = ViewportSize(width=1280, height=800), ViewportSize(width=360, height=740)
HALF = 2  # a large screen is shown at half its size
HIGHEST, HIGHEST_PHONE = 750, 900  # px of a picture: the upper part of the page
COLOURS = 64  # twice: see _palette
WEEKS = 3
WORK_MS = 300_000
PASSPHRASE = "sept phares d’exemple"  # noqa: S105 - of a made-up case
WITH_YOU = """
[[procedures]]
id = "avec-vous"
prefecture = "Préfecture du Val-de-Marne (réplique)"
label = "Renouvellement, avec vous"
url = "http://127.0.0.1:9/rdvpref/reservation/demarche/5012/"
platform = "rdv-prefecture"
terms_read = 2026-09-13
automation = "silent"
mode = "assisted"
"""
# Every picture of docs/page.md, in the order of its table.
NAMES = (
    "start", "start-conditions", "start-way", "today", "today-telephone", "today-english", "messages", "procedures",
    "procedure", "procedure-telephone", "procedure-edit", "procedure-new", "look", "cases", "case-new",
    "case", "case-telephone",
    "case-follow", "case-erase", "journal", "journal-slot", "passphrase", "journal-open", "item", "item-erase",
    "pieces", "bundle", "task-running", "task-done", "task-done-telephone", "captures", "captures-telephone", "capture",
    "capture-telephone", "capture-english", "entry", "check", "verify", "verified", "refused", "not-found", "stranger",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A page that is served, and the two screens that look at it: a large one and a telephone, in French."""

    opened: str
    screen: Page
    phone: Page
    english: Page

    def go(self, path: str, *, tabs: tuple[Page, ...] = ()) -> None:
        """Open ``path`` on those screens, on the large one if none is named."""
        for tab in tabs or (self.screen,):
            tab.goto(self.opened.partition("/?")[0] + path)

    def press(self, selector: str) -> None:
        """Press something that leads on, on the large screen."""
        with self.screen.expect_navigation():
            self.screen.locator(selector).first.click()


def main() -> int:
    """Make them all; 0 when each of ``NAMES`` was made."""
    arguments = argparse.ArgumentParser(description="Make the pictures of docs/page.md.")
    arguments.add_argument("--demo", type=Path, help="what an earlier “temoin demo” left")
    given: Path | None = arguments.parse_args().demo
    use_language("fr")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if given is None:
            run_demo(weeks=WEEKS, out=folder / "demo", say=print)
        else:
            shutil.copytree(given, folder / "demo")
        made = photograph(folder)
    missing = sorted({*NAMES} ^ made)
    if missing:
        print("not as the list has it:", *missing, file=sys.stderr)
    return 1 if missing else 0


def photograph(folder: Path) -> set[str]:
    """The first run on an empty folder, then all pages of the demo's; the names of the pictures."""
    made: set[str] = set()

    def shoot(name: str, tab: Page, *, top: str = "") -> None:
        made.add(name)
        write_picture(name, tab, top=top)

    with started_driver() as driver, ExitStack() as opened:
        program = find_browser()
        arguments = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        browser = opened.enter_context(
            driver.chromium.launch(executable_path=None if program is None else str(program), args=arguments)
        )
        with looking_at(Site(config=folder / "new" / "config.toml"), browser) as desk:
            begin(desk, shoot)
        site = prepared(folder / "demo")
        with looking_at(site, browser) as desk:
            for step in (see_today, see_procedures, see_dossiers, keep_own, make_files, see_captures, see_rest):
                step(desk, site, shoot)
    return made


Shoot = Callable[..., None]


def write_picture(name: str, tab: Page, *, top: str) -> None:
    """The upper part of the page, small; ``top`` is the element that it begins with."""
    tab.wait_for_load_state("networkidle")
    tab.evaluate("document.activeElement.blur()")
    skipped = 0 if not top else int(tab.locator(top).first.evaluate("one => one.getBoundingClientRect().top + scrollY"))
    with Image.open(io.BytesIO(tab.screenshot(full_page=True))) as whole:
        shown = whole.convert("RGB").crop((0, max(0, skipped - 16), whole.width, whole.height))
    if shown.width > PHONE["width"]:
        shown = shown.crop((0, 0, shown.width, min(shown.height, HIGHEST * HALF)))
        shown = shown.resize((shown.width // HALF, shown.height // HALF), Image.Resampling.LANCZOS)
    else:
        shown = shown.crop((0, 0, shown.width, min(shown.height, HIGHEST_PHONE)))
    shown.quantize(palette=_palette(shown), dither=Image.Dither.NONE).save(
        IMAGES / f"{PREFIX}{name}.png", optimize=True
    )


def _palette(shown: Image.Image) -> Image.Image:
    """Its most frequent colours as they are, since a mean may mean something else; then means."""
    parts = iter(shown.tobytes())
    usual = Counter(zip(parts, parts, parts, strict=True)).most_common(COLOURS)
    means = shown.quantize(COLOURS).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour, _count in usual for part in colour] + means[: 3 * COLOURS])
    return palette


@contextmanager
def looking_at(site: Site, browser: Browser) -> Iterator[Desk]:
    """That page, served in this process, and screens that have opened its address."""
    addresses: Queue[str] = Queue()
    served = threading.Thread(target=serve, args=(site, listen(None)), kwargs={"ready": addresses.put}, daemon=True)
    served.start()
    opened = addresses.get(timeout=60)
    contexts = [
        browser.new_context(locale=locale, viewport=size, timezone_id="Europe/Paris", reduced_motion="reduce")
        for locale, size in (("fr-FR", SCREEN), ("fr-FR", PHONE), ("en-GB", SCREEN))
    ]
    tabs = [context.new_page() for context in contexts]
    for tab in tabs:
        tab.goto(opened)
        tab.wait_for_url(lambda url: "token" not in url)
    try:
        yield Desk(opened=opened, screen=tabs[0], phone=tabs[1], english=tabs[2])
    finally:
        site.tasks.stop_all()
        for context in contexts:
            context.close()


def prepared(demo: Path) -> Site:
    """The demo as it stood two hours after its last attempt, with a second démarche that waits for the person."""
    config = demo / "config.toml"
    config.write_text(config.read_text(encoding="utf-8") + WITH_YOU, encoding="utf-8")
    data_dir = load_settings(config).station.data_dir
    with Store.open(data_dir, now=lambda: datetime.now(UTC)) as store:
        now = store.attempts()[-1].at + timedelta(hours=2)
        store.follow(store.cases()[0].code, "avec-vous", now - timedelta(days=1))
        due = now - timedelta(minutes=5)
        record = {
            "format": 1,
            "procedure": "avec-vous",
            "day": due.astimezone(ZoneInfo("Europe/Paris")).date().isoformat(),
            "timezone": "Europe/Paris",
            "windows": ["07:00-22:30"],
            "times": [utc_text(due)],
            "replaces": None,
            "cause": "evening",
            "mode": Mode.ASSISTED.value,
        }
        store.append(kind=Kind.PLAN, record=record, at=due - timedelta(hours=12), procedure="avec-vous")
    return Site(config=config, now=lambda: now)


def begin(desk: Desk, shoot: Shoot) -> None:
    """The first run, from its warning to who looks."""
    tab = desk.screen
    desk.go("/start")
    shoot("start", tab)
    tab.check("#f-warned")
    desk.press("button[value=next]")
    tab.fill("#f-url", "https://www.val-de-marne.gouv.fr/booking/create/4963")
    desk.press("button[value=next]")
    tab.fill("#f-prefecture", "Préfecture du Val-de-Marne")
    tab.fill("#f-label", "Première demande de titre de séjour")
    desk.press("button[value=next]")
    shoot("start-conditions", tab)
    tab.check("[name=conditions][value=silent]")
    desk.press("button[value=next]")
    shoot("start-way", tab)


def see_today(desk: Desk, _site: Site, shoot: Shoot) -> None:
    """Today, on each screen."""
    desk.go("/", tabs=(desk.screen, desk.phone, desk.english))
    shoot("today", desk.screen)
    shoot("today-telephone", desk.phone)
    shoot("today-english", desk.english)
    desk.go("/messages")
    shoot("messages", desk.screen)


def see_procedures(desk: Desk, site: Site, shoot: Shoot) -> None:
    """Démarches, one of them, what is asked of a new one, and its first picture."""
    with site.reading() as store:
        seen = [row.sequence for row in store.attempts() if row.outcome is Outcome.NO_SLOT][-1]
    for name, path in (
        ("procedures", "/procedures"),
        ("procedure", f"/procedures/{PROCEDURE}"),
        ("procedure-edit", f"/procedures/{PROCEDURE}/edit"),
        ("procedure-new", "/procedures/new"),
        ("look", f"/procedures/{PROCEDURE}/look/{seen}"),
    ):
        desk.go(path)
        shoot(name, desk.screen)
    desk.go(f"/procedures/{PROCEDURE}", tabs=(desk.phone,))
    shoot("procedure-telephone", desk.phone)


def see_dossiers(desk: Desk, site: Site, shoot: Shoot) -> None:
    """The list, a new one, one of them, and what changes it."""
    at = f"/cases/{code_of(site)}"
    for name, path in (
        ("cases", "/cases"),
        ("case-new", "/cases/new"),
        ("case", at),
        ("case-follow", f"{at}/follow"),
        ("case-erase", f"{at}/erase"),
    ):
        desk.go(path)
        shoot(name, desk.screen)
    desk.go(at, tabs=(desk.phone,))
    shoot("case-telephone", desk.phone, top=".followed h3")


def code_of(site: Site) -> str:
    """The code of the demo's dossier."""
    with site.reading() as store:
        return store.cases()[0].code


def keep_own(desk: Desk, site: Site, shoot: Shoot) -> None:
    """A step and a piece, opened with the passphrase."""
    tab, at = desk.screen, f"/cases/{code_of(site)}"
    day = (site.now() - timedelta(days=2)).date().isoformat()
    desk.go(f"{at}/journal")
    shoot("journal", tab)
    tab.select_option("#f-kind", "email")
    tab.fill("#f-on", day)
    tab.fill("#f-title", "Demande de rendez-vous")
    tab.fill("#f-text", "J’ai demandé un rendez-vous par courriel, sans réponse.")
    for field in ("#f-passphrase", "#f-passphrase_again"):
        tab.fill(field, PASSPHRASE)
    desk.press("main form button")
    desk.press('.urgent a[href*="?slot="]')
    shoot("journal-slot", tab)
    desk.go(f"{at}/pieces")
    tab.select_option("#f-kind", "identity")
    tab.fill("#f-title", "Titre de séjour d’exemple, expiré")
    picture = IMAGES / "weekly-page.png"
    tab.set_input_files("#f-files", picture)
    desk.press("main form button")
    shoot("pieces", tab)
    site.passphrase.forget()
    desk.go(f"{at}/journal/open")
    shoot("passphrase", tab)
    tab.fill("#f-passphrase", PASSPHRASE)
    desk.press("main form button")
    shoot("journal-open", tab, top="h2:last-of-type")
    with site.reading() as store:
        step = store.items(code_of(site))[0].sequence
    desk.go(f"{at}/journal/{step}")
    shoot("item", tab)
    desk.go(f"{at}/journal/{step}/erase")
    shoot("item-erase", tab)


def make_files(desk: Desk, site: Site, shoot: Shoot) -> None:
    """A draft, under way and made."""
    tab = desk.screen
    desk.go(f"/cases/{code_of(site)}/bundle")
    shoot("bundle", tab)
    desk.press("main form button")
    tab.locator("progress").wait_for(timeout=WORK_MS)
    shoot("task-running", tab)
    end(tab)
    shoot("task-done", tab)
    desk.phone.goto(tab.url)
    shoot("task-done-telephone", desk.phone)


def end(tab: Page) -> None:
    """Wait until the work that the page shows has ended."""
    tab.locator("#task:not([data-runs])").wait_for(timeout=WORK_MS)


def see_captures(desk: Desk, site: Site, shoot: Shoot) -> None:
    """The gallery, one attempt, an entry that is none, and the verification of one."""
    with site.reading() as store:
        last = [row.sequence for row in store.attempts() if row.outcome is Outcome.NO_SLOT][-1]
    desk.go("/captures", tabs=(desk.screen, desk.phone))
    shoot("captures", desk.screen)
    shoot("captures-telephone", desk.phone)
    desk.go(f"/captures/{last}", tabs=(desk.screen, desk.phone, desk.english))
    shoot("capture", desk.screen)
    shoot("capture-telephone", desk.phone)
    shoot("capture-english", desk.english)
    desk.go("/captures/2")
    shoot("entry", desk.screen)
    desk.go(f"/captures/{last}")
    desk.press('form[action$="/check"] button')
    end(desk.screen)
    shoot("check", desk.screen)


def see_rest(desk: Desk, _site: Site, shoot: Shoot) -> None:
    """Verification, and what the page says when something cannot be had."""
    tab = desk.screen
    desk.go("/verify")
    shoot("verify", tab)
    desk.press('form[action="/verify/store"] button')
    end(tab)
    shoot("verified", tab)
    desk.go("/captures?since=hier")
    shoot("refused", tab)
    desk.go("/rien")
    shoot("not-found", tab)
    tab.context.clear_cookies()
    desk.go("/")
    shoot("stranger", tab)


if __name__ == "__main__":
    sys.exit(main())
