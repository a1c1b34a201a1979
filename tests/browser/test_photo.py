"""Photo mode: the person's ordinary browser on a desktop of the test's own, and the installed command beside it."""

import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from capture.display import PrivateDisplay, can_have_private_display
from capture.exif import read_exif
from capture.frame import inner_pixels
from demo.scenario import Page, Procedure
from demo.server import ReplicaServer
from tests.browser_window import minimised, nothing_in_front, ordinary_browser

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not can_have_private_display(), reason="needs Xvfb as the person's desktop"),
]

CONFIG = """
[[procedures]]
id = "essai"
prefecture = "Préfecture de l'Exemple"
label = "Démarche d'essai"
url = "{url}"
platform = "generic"
mode = "photo"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A desktop, a configuration, and the command."""

    folder: Path
    environment: dict[str, str] = field(repr=False)
    address: str

    def temoin(self, *arguments: str, **changes: str | None) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in {**self.environment, **changes}.items() if value is not None}
        return subprocess.run(
            [*self.command(), *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    def command(self) -> list[str]:
        return [str(Path(sys.executable).with_name("temoin")), "--lang", "en", "--config", f"{self.folder}/config.toml"]

    def read(self, *arguments: str) -> Any:
        return json.loads(self.temoin(*arguments, "--json").stdout)


@pytest.fixture(scope="module")
def server() -> Iterator[ReplicaServer]:
    procedure = Procedure(platform="generic", id="4963", pages=(Page.GENERIC_NO_SLOT,))
    with ReplicaServer([procedure]) as running:
        yield running


@pytest.fixture(scope="module")
def display() -> Iterator[PrivateDisplay]:
    with PrivateDisplay(width=1300, height=900) as running:
        yield running


@pytest.fixture(scope="module")
def title(
    display: PrivateDisplay, server: ReplicaServer, chromium_executable: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The person's browser, on the page to which they went by themselves; its title."""
    profile = tmp_path_factory.mktemp("profile")
    address = f"{server.address('4963')}?langue=fr"
    with ordinary_browser(chromium_executable, display, address, profile=profile) as shown:
        yield shown


@pytest.fixture
def desk(tmp_path: Path, display: PrivateDisplay, server: ReplicaServer) -> Desk:
    (tmp_path / "config.toml").write_text(CONFIG.format(url=server.address("4963")), encoding="utf-8")
    environment = {**os.environ, **display.env, "TEMOIN_PASSPHRASE": "fictive et longue", "WAYLAND_DISPLAY": ""}
    return Desk(folder=tmp_path, environment=environment, address=f"{server.address('4963')}?langue=fr")


def test_the_persons_window_is_photographed_and_recorded_as_declared(
    desk: Desk, title: str, server: ReplicaServer
) -> None:
    before = len(server.requests)
    done = desk.temoin("photo", "essai", "--answer", "no_slot", "--address", desk.address)
    assert (done.returncode, done.stderr.count("\n")) == (0, 1), (done.stdout, done.stderr)
    assert f"Photographed: {title}" in done.stdout
    assert "no appointment free, as you say." in done.stdout
    assert len(server.requests) == before, "Témoin itself asks the site for nothing"
    (attempt,) = desk.read("list")
    assert (attempt["mode"], attempt["outcome"], attempt["simulated"]) == ("photo", "no_slot", True)
    record = desk.read("show", str(attempt["sequence"]))["record"]
    assert record["declared"] is True
    assert record["url"] == {"asked": server.address("4963"), "final": desk.address}
    assert (record["http"], record["profile"], record["navigation"]) == (None, None, [])
    assert title.split(" - ", maxsplit=1)[0] not in json.dumps(record, ensure_ascii=False)
    pictures = {one["role"]: Path(one["path"]).read_bytes() for one in attempt["artefacts"]}
    assert pictures.keys() == {"window", "exhibit"}
    window = Image.open(io.BytesIO(pictures["window"])).convert("RGB")
    assert inner_pixels(pictures["exhibit"]).tobytes() == window.tobytes()
    exif = read_exif(pictures["exhibit"])
    assert (exif.comment["declared"], exif.comment["url"]) == (True, desk.address)
    assert len(window.getcolors(1 << 24) or []) > 20, "a page is drawn in it"


@pytest.mark.soak  # the suite must end within a quarter of an hour
@pytest.mark.usefixtures("title")
def test_the_court_file_says_whose_word_it_is(desk: Desk) -> None:
    assert desk.temoin("photo", "essai", "--answer", "no_slot", "--address", desk.address).returncode == 0
    assert desk.temoin("photo", "essai", "--answer", "no_calendar").returncode == 0
    assert desk.temoin("export", "--out", str(desk.folder / "out")).returncode == 0
    (bundle,) = (desk.folder / "out").iterdir()
    words = _words(next((bundle / "data" / "1_A_DEPOSER").glob("*Captures*.pdf")))
    assert "À la main, dans le navigateur de la personne ; résultat déclaré par la personne" in words
    assert "non relevée par le programme ; elle se lit dans l’image" in words
    assert f"{desk.address} (déclarée par la personne)" in words
    assert "(adresse suivie ; celle de la page photographiée n’a pas été déclarée)" in words
    method = _words(next((bundle / "data" / "1_A_DEPOSER").glob("*Note_de_methode.pdf")))
    assert "le programme n’a rien lu de la page" in method
    assert desk.temoin("verify", str(bundle), "--deep").returncode == 0


@pytest.mark.usefixtures("title")
def test_inside_an_account_the_picture_is_sealed_in_the_journal(desk: Desk) -> None:
    done = desk.temoin("photo", "essai", "--answer", "no_calendar", "--in-account", "--address", desk.address)
    assert done.returncode == 0, done.stderr
    assert "it is in your journal, and not among the captures" in done.stdout
    assert desk.read("list") == []
    (entry,) = desk.read("journal", "list", "--open")
    assert (entry["kind"], entry["attachments"]) == ("screenshot", ["fenetre.png"])
    assert "Résultat déclaré par la personne : Aucun calendrier ouvert à la réservation." in entry["text"]
    kept = [path for path in (desk.folder / "evidence").rglob("*") if path.is_file()]
    assert not [path for path in kept if path.read_bytes().startswith(b"\x89PNG")], "nothing lies open on the disk"
    assert desk.temoin("export", "--out", str(desk.folder / "out")).returncode == 0
    exhibit = _words(next((desk.folder / "out").rglob("*Capture_faite_a_la_main*.pdf")))
    assert "le programme l’a prise à sa demande" in exhibit
    assert "ne l’a pas prise" not in exhibit
    assert desk.temoin("journal", "erase", str(entry["sequence"]), "--yes").returncode == 0


@pytest.mark.usefixtures("title")
def test_a_slot_is_told_at_once_with_what_to_do(desk: Desk) -> None:
    done = desk.temoin("photo", "essai", "--answer", "slot_seen", "--address", desk.address)
    assert "An appointment may be free: take it now, in your browser." in done.stdout
    assert "temoin journal add slot_response --attempt" in done.stdout


def test_at_a_terminal_one_question_is_asked_and_the_address_confirmed(desk: Desk, title: str) -> None:
    controller, terminal = pty.openpty()
    command = [*desk.command(), "photo", "essai", "--delay", "0"]
    with subprocess.Popen(command, env=desk.environment, stdin=terminal, stdout=terminal, stderr=terminal) as person:
        os.close(terminal)
        screen = _Screen(controller)
        screen.answer("What did the page answer?", "4\n")
        screen.answer("as the address bar shows it", "ceci n'est rien\n")
        screen.answer("is not the address of a web page", "")
        screen.answer("as the address bar shows it", "\n")
        screen.answer("Were you signed in", "\n")
        said = screen.said + _rest(controller)
    assert person.returncode == 0, said
    assert "the site is overloaded, as you say." in said
    assert title in said
    (attempt,) = desk.read("list")
    record = desk.read("show", str(attempt["sequence"]))["record"]
    assert record["outcome"] == "overloaded"
    assert record["url"]["final"] == record["url"]["asked"], "confirmed by the person"


@pytest.mark.parametrize(
    ("arguments", "changes", "code", "sentence"),
    [
        (("--answer", "no_slot"), {"DISPLAY": None}, 5, "There is no desktop here"),
        (("--answer", "no_slot"), {"DISPLAY": None, "WAYLAND_DISPLAY": "wayland-0"}, 5, "This desktop (Wayland)"),
        (("--answer", "no_slot", "--window", "Autre titre"), {}, 5, "No open browser window has “Autre titre”"),
        ((), {}, 2, "Nobody is at the terminal to say"),
        (("autre", "--answer", "no_slot"), {}, 3, "has no procedure “autre”"),
        (("--answer", "no_slot", "--address", "ceci n'est rien"), {}, 2, "is not the address of a web page"),
    ],
    ids=["no-desktop", "wayland", "no-such-title", "no-answer", "no-procedure", "no-address"],
)
@pytest.mark.usefixtures("title")
def test_what_cannot_be_done_is_said_with_a_remedy(
    desk: Desk, arguments: tuple[str, ...], changes: dict[str, str | None], code: int, sentence: str
) -> None:
    named = () if "autre" in arguments else ("essai",)
    done = desk.temoin("photo", *named, *arguments, **changes)
    assert (done.returncode, sentence in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr
    if "DISPLAY" in changes:
        assert "temoin journal add screenshot" in done.stderr
    assert not list((desk.folder / "evidence").glob("objects/??/*")), "nothing was kept"


@pytest.mark.soak  # the suite must end within a quarter of an hour
def test_of_several_windows_none_of_which_is_in_front_none_is_guessed(
    desk: Desk, title: str, display: PrivateDisplay, chromium_executable: Path, tmp_path: Path
) -> None:
    with ordinary_browser(chromium_executable, display, f"{desk.address}&encore", profile=tmp_path / "second"):
        nothing_in_front(display)
        asked = desk.temoin("photo", "essai", "--answer", "no_slot")
        named = desk.temoin("photo", "essai", "--answer", "no_slot", "--window", title[:12].upper())
    assert asked.returncode == 2
    assert "Several browser windows are open, and none of them is in front." in asked.stderr
    assert asked.stderr.count(title) == 2, "their titles are told"
    assert (named.returncode, named.stderr.count(title)) == (2, 2), "both have those words"
    assert desk.read("list") == []


@pytest.mark.soak  # the suite must end within a quarter of an hour
def test_a_window_that_wayland_may_hide_is_not_taken_for_another(
    desk: Desk, title: str, display: PrivateDisplay
) -> None:
    nothing_in_front(display)
    done = desk.temoin("photo", "essai", "--answer", "no_slot", WAYLAND_DISPLAY="wayland-0")
    assert done.returncode == 5
    assert "the one in front is not among them" in done.stderr
    assert f"add --window with words of its title: {title}" in done.stderr
    assert desk.temoin("photo", "essai", "--answer", "no_slot", "--window", title[:12]).returncode == 0


@pytest.mark.soak  # the suite must end within a quarter of an hour
@pytest.mark.usefixtures("title")
def test_a_window_that_is_minimised_is_not_photographed(desk: Desk, display: PrivateDisplay) -> None:
    with minimised(display):
        done = desk.temoin("photo", "essai", "--answer", "no_slot")
    assert done.returncode == 5
    assert "No browser window is open, or it is minimised." in done.stderr
    assert "temoin journal add screenshot" in done.stderr
    assert desk.temoin("photo", "essai", "--answer", "no_slot").returncode == 0


def test_without_a_browser_the_other_way_is_named(desk: Desk, tmp_path: Path) -> None:
    with PrivateDisplay(width=300, height=300) as empty:
        done = desk.temoin("photo", "essai", "--answer", "no_slot", **empty.env)
    assert done.returncode == 5
    assert "No browser window is open, or it is minimised." in done.stderr
    assert "temoin journal add screenshot" in done.stderr
    assert tmp_path.is_dir()


def _words(pdf: Path) -> str:
    done = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True)
    return " ".join(done.stdout.replace("\u202f", " ").replace("\u00a0", " ").split())


class _Screen:
    """What the terminal showed; what was read beyond a question counts for the next one."""

    def __init__(self, controller: int) -> None:
        self.said, self._controller, self._read_to = "", controller, 0

    def answer(self, question: str, words: str) -> None:
        while (place := self.said.find(question, self._read_to)) < 0:
            self.said += os.read(self._controller, 4096).decode(errors="replace")
        self._read_to = place + len(question)
        os.write(self._controller, words.encode())


def _rest(controller: int) -> str:
    said = b""
    try:
        while part := os.read(controller, 4096):
            said += part
    except OSError:  # Linux's way to say that the other end is closed
        pass
    os.close(controller)
    return said.decode(errors="replace")
