"""The files for the court on the local page: made by a task of its own, watched, taken away as a ZIP, removed."""

import io
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from exhibits.verify_bundle import verify_bundle
from store.pinned import read_roots
from temoin.identity import read_identity
from tests.authority import Authority, Pki
from tests.exhibit_case import CASE
from tests.page import Page
from tests.page_case import PASSPHRASE, no_keyring, served_case
from web.deposit import is_simulated, stream_zip
from web.identity_form import fields, identity_toml
from web.made import Made, sweep
from web.tasks import Task

WAIT_SECONDS = 200.0
AT = f"/cases/{CASE}/bundle"
NAME = "EXEMPLE-IMPROBABLE"


@pytest.fixture(autouse=True, scope="module")
def _no_keyring() -> Iterator[None]:
    with no_keyring():
        yield


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, pki: Pki) -> Iterator[Page]:
    """A dossier with a step under a passphrase, and an authority for timestamps on this machine."""
    folder = tmp_path_factory.mktemp("page")
    with Authority(pki=pki) as authority, served_case(folder, more=authority.config()) as found:
        found.site.passphrase.remember(PASSPHRASE)
        step = {"kind": "email", "on": "2026-09-22", "text": "Demande de rendez-vous."}
        assert found.post(f"/cases/{CASE}/journal", step).status_code == 303
        yield found


def start(page: Page, **asked: str) -> Task:
    answer = page.post(AT, asked)
    assert answer.status_code == 303, answer.text
    task = page.site.tasks.get(answer.headers["location"].rpartition("/")[2])
    assert task is not None
    return task


def ended(page: Page, task: Task) -> str:
    """Its page, once it has ended."""
    end = time.monotonic() + WAIT_SECONDS
    while task.is_running:
        assert time.monotonic() < end
        time.sleep(0.05)
    return page.get(f"/tasks/{task.id}").text


@pytest.fixture(scope="module")
def filed(page: Page) -> Task:
    """A whole filing, with letters in somebody's name."""
    task = start(
        page, what="file", **{"id.nom": NAME, "id.prenoms": 'Camille "Sacha"', "id.naissance_date": "1990-01-31"}
    )
    ended(page, task)
    assert task.state == "done", task.error
    return task


def test_the_form_says_what_can_be_made_once_what_was_added_is_unlocked(page: Page) -> None:
    page.site.passphrase.forget()
    assert page.get(AT).status_code == 401
    page.post("/passphrase", {"passphrase": PASSPHRASE, "back": AT})
    found = page.get(AT).text
    assert 'value="draft" checked' in found
    assert 'name="id.titre.nature"' in found
    assert 'autocomplete="off"' in found
    assert len(found) < 100_000


def test_a_filing_is_downloaded_as_a_zip_that_verifies(page: Page, filed: Task, tmp_path: Path, pki: Pki) -> None:
    answer = page.get(f"/tasks/{filed.id}/made/bundle.zip")
    assert answer.headers["content-type"] == "application/zip"
    assert re.match(r'attachment; filename="K7_depot_1_2026-[\d-]+\.zip"', answer.headers["content-disposition"])
    assert page.get(f"/tasks/{filed.id}/made/bundle.zip").content == answer.content
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path)
    (bundle,) = tmp_path.iterdir()
    assert (bundle / "manifest-sha256.txt.essai.tsr").is_file()
    report = verify_bundle(bundle, roots=read_roots(pki.root))
    assert report.status == "passed", [check for check in report.checks if check.status != "passed"]


def test_the_result_says_what_to_upload_in_order_with_titles_to_copy(page: Page, filed: Task) -> None:
    found = page.get(f"/tasks/{filed.id}").text
    assert "Filing 1 is frozen" in found
    assert "The bundle as a whole is timestamped by: essai." in found
    titles = re.findall(r'<input id="t-\d+" readonly value="([^"]+)">', found)
    files = re.findall(rf'<a href="/tasks/{filed.id}/made/upload/(\d+)">([^<]+)</a>', found)
    assert len(titles) == len(files) > 5
    assert files[0] == ("1", "00_Inventaire_detaille.pdf")
    assert [number for number, _name in files] == [str(place) for place in range(1, len(files) + 1)]
    first = page.get(f"/tasks/{filed.id}/made/upload/1")
    assert first.content.startswith(b"%PDF-")
    assert first.headers["content-disposition"].startswith('attachment; filename="00_Inventaire_detaille.pdf"')
    assert "requete_refere.docx" in found
    assert "SIMULATED" not in found
    task_result = {**(filed.result or {}), "simulated": True}
    page.site.tasks._tasks["simulated"] = replace(filed, id="simulated", result=task_result)
    simulated = page.get("/tasks/simulated").text
    assert simulated.count('<strong class="simulated">SIMULATED</strong>') == 2  # on top, and beside what to upload
    assert str(page.site.settings().station.data_dir) not in found


def test_letters_in_a_name_come_beside_the_bundle_and_nowhere_else(page: Page, filed: Task) -> None:
    folder = Path(filed.asked["out"])
    assert not list(folder.rglob("identite.toml"))
    assert NAME not in page.get(f"/tasks/{filed.id}").text
    assert NAME not in str(filed)
    assert PASSPHRASE not in str(filed)
    answer = page.get(f"/tasks/{filed.id}/made/letters.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        names = archive.namelist()
        assert all("_lettres/" in name for name in names)
    texts = [page.get(f"/tasks/{filed.id}/made/letters/{place}").content for place in range(1, len(names) + 1)]
    assert any(map(_names, texts))
    for number in ("0", str(len(names) + 1)):
        assert page.get(f"/tasks/{filed.id}/made/letters/{number}").status_code == 404
    for what in ("bundle/1", "../1", "anything.zip"):
        assert page.get(f"/tasks/{filed.id}/made/{what}").status_code == 404


def _names(docx: bytes) -> bool:
    """Whether a letter that people edit has the name."""
    if not docx.startswith(b"PK"):
        return False
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        return any(NAME.encode() in archive.read(name) for name in archive.namelist())


def test_a_filing_is_issued_again_and_what_was_made_is_removed(page: Page, filed: Task) -> None:
    assert "Issue filing 1 again" in page.get(AT).text
    task = start(page, what="again", again="1")
    assert "issued again as it was frozen" in ended(page, task)
    out = Path(task.asked["out"])
    assert out.is_dir()
    assert out.stat().st_mode & 0o777 == 0o700
    assert page.post(f"/tasks/{task.id}/made/remove").headers["location"] == f"/cases/{CASE}"
    assert not out.exists()
    assert page.get(f"/tasks/{task.id}/made/bundle.zip").status_code == 410
    assert Path(filed.asked["out"]).is_dir()


def test_what_cannot_be_made_is_said_with_its_remedy(page: Page, filed: Task) -> None:
    assert filed.result is not None
    found = ended(page, start(page, what="supplement"))
    assert "Nothing was added since the last filing" in found
    assert f'href="{AT}"' in found


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"first_number": "0"}, "“0” is no whole number."),
        ({"from": "hier"}, "“hier” is no day."),
        ({"what": "x"}, "none of the possible answers"),
        ({"grouping": "x"}, "none of the possible answers"),
        ({"id.naissance_date": "31/01/1990"}, "is no day"),
        ({"id.naissance_date": "1899-12-31"}, "Give a year from 1900 to 2100."),
        ({"id.titre.expire_le": "9999-12-31"}, "The year of “9999-12-31” cannot be right."),
        ({"id.nom": "x" * 301}, "at most 300 characters"),
    ],
)
def test_a_form_that_makes_no_sense_comes_back_as_it_was_filled(page: Page, asked: dict[str, str], words: str) -> None:
    page.site.passphrase.remember(PASSPHRASE)
    answer = page.post(AT, {"id.prenoms": "Camille", **asked})
    assert answer.status_code == 400
    assert words in answer.text
    assert 'value="Camille"' in answer.text
    shelf = page.site.settings().station.data_dir / "page"
    assert not list(shelf.rglob("identite.toml"))


def test_the_same_thing_asked_twice_is_one_task(page: Page) -> None:
    page.site.passphrase.remember(PASSPHRASE)
    first = start(page, what="draft", grouping="single")
    second = start(page, what="draft", grouping="single")
    assert first is second
    page.post(f"/tasks/{first.id}/stop")
    assert first.state == "stopped"


def test_an_identity_is_written_as_it_was_typed(tmp_path: Path) -> None:
    typed = {one.name: f'é "{one.key}" \\ \x07 ligne\nautre' for one in fields() if one.kind != "date"}
    path = tmp_path / "identite.toml"
    path.write_text(identity_toml(lambda name: typed.get(name, ""), lambda _name, _years: None), encoding="utf-8")
    found = read_identity(path)
    assert found.prefet.courriel == 'é "prefet.courriel" \\ ligne, autre'
    assert identity_toml(lambda _name: "", lambda _name, _years: None) == ""


@pytest.mark.parametrize(("line", "simulated"), [("Temoin-Simulated: yes", True), ("Temoin-Simulated: no", False)])
def test_a_bundle_says_itself_whether_it_is_simulated(tmp_path: Path, line: str, *, simulated: bool) -> None:
    assert not is_simulated(tmp_path)
    (tmp_path / "bag-info.txt").write_text(f"Temoin-Draft: yes\n{line}\n", encoding="utf-8")
    assert is_simulated(tmp_path) == simulated


def test_a_zip_is_the_same_bytes_for_the_same_files_and_never_in_memory_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "dossier"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "grand.bin").write_bytes(bytes(range(256)) * 4096 * 3)
    (folder / "a.txt").write_text("a", encoding="utf-8")
    pieces = list(stream_zip(folder))
    assert max(map(len, pieces)) < 600_000
    assert b"".join(pieces) == b"".join(stream_zip(folder))
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["dossier/a.txt", "dossier/data/grand.bin"]


def test_folders_of_a_run_that_was_killed_are_swept_and_those_of_a_living_one_stay(tmp_path: Path) -> None:
    made = Made()
    mine = made.new_folder(tmp_path, CASE)
    left = tmp_path / "page" / "left"
    (left / "x").mkdir(parents=True)
    FileLock(left / "lock").acquire().lock.release()
    sweep(tmp_path)
    assert mine.is_dir()
    assert not left.exists()
    made.clear()
    assert not mine.exists()
    assert list((tmp_path / "page").iterdir()) == []


def test_what_was_made_of_a_dossier_goes_with_it(tmp_path: Path) -> None:
    with served_case(tmp_path) as page:
        task = start(page, what="draft")
        ended(page, task)
        assert task.state == "done", task.error
        assert list(Path(task.asked["out"]).iterdir())
        assert page.get(f"/tasks/{task.id}").status_code == 200
        assert page.post(f"/cases/{CASE}/erase", {"typed": CASE}).status_code == 303
        assert not Path(task.asked["out"]).exists()
        assert page.site.tasks.get(task.id) is None  # it knew the titles of what was added


def test_the_command_that_erases_a_dossier_removes_what_the_page_made_of_it(tmp_path: Path) -> None:
    with served_case(tmp_path) as page:
        task = start(page, what="draft")
        ended(page, task)
        assert task.state == "done", task.error
        out, other = Path(task.asked["out"]), page.site.made.new_folder(tmp_path / "evidence", f"{CASE}0")
        command = (Path(sys.executable).with_name("temoin"), "--config", tmp_path / "config.toml")
        subprocess.run((*command, "case", "erase", CASE, "--yes"), check=True, capture_output=True, cwd=tmp_path)
        assert not out.exists()
        assert other.is_dir()
        for path in ("", "/state", "/made/bundle.zip"):
            answer = page.get(f"/tasks/{task.id}{path}")
            assert (answer.status_code, "This was removed." in answer.text) == (410, True)


def test_a_passphrase_that_was_forgotten_meanwhile_loses_nothing_that_was_typed(page: Page) -> None:
    page.site.passphrase.forget()
    typed = {"what": "draft", "first_number": "7", "id.nom": NAME, "id.adresse": "1 rue de l’Exemple"}
    answer = page.post(AT, typed)
    assert answer.status_code == 400
    assert 'name="unlock"' in answer.text
    assert page.post(AT, {**typed, "unlock": "une autre phrase"}).status_code == 400
    for value in ("7", NAME, "1 rue de l’Exemple"):
        assert f'value="{value}"' in answer.text
    task = page.site.tasks.get(page.post(AT, {**typed, "unlock": PASSPHRASE}).headers["location"].rpartition("/")[2])
    assert task is not None
    page.site.tasks.stop(task)


def test_a_filing_that_is_issued_again_asks_for_the_passphrase_and_comes_back(page: Page, filed: Task) -> None:
    assert filed.state == "done"
    page.site.passphrase.forget()
    answer = page.post(AT, {"what": "again", "again": "1"})
    assert answer.status_code == 401
    assert f'name="back" value="{AT}"' in answer.text
    page.site.passphrase.remember(PASSPHRASE)
