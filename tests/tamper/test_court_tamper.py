"""A bundle with a journal: every file of it removed, renamed, edited; what the person added, changed; each is found."""

import json
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from exhibits import bag
from exhibits.verify_bundle import verify_bundle
from temoin.canonical import canonical_bytes
from temoin.records import Outcome
from tests.court_case import after, open_court, steps
from tests.exhibit_case import Try, part, picture, record_attempt

PROOFS = "data/3_PREUVES"
DAYS = 3


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A filed bundle with two steps of the journal and a picture of the préfecture's page, few captures numbered."""
    folder = tmp_path_factory.mktemp("court-tamper")
    court = open_court(folder, days=DAYS)
    with court.store:
        seen = Try(at=after(DAYS - 1), outcome=Outcome.SLOT_SEEN, parts=(part(outcome=Outcome.SLOT_SEEN),))
        record_attempt(court.store, seen)
        kinds = {"email", "screenshot", "identity", "slot_response"}
        for step in steps(court, folder / "files"):
            if step.kind.value in kinds:
                court.add(step)
        return court.export(file=True).path


@pytest.fixture
def bundle(made: Path, tmp_path: Path) -> Path:
    """A copy to spoil; the untouched files are the very ones."""
    return Path(shutil.copytree(made, tmp_path / "bundle"))


def details(bundle: Path) -> list[str]:
    report = verify_bundle(bundle)
    assert report.exit_code == 10
    return [f"{check.name}: {check.detail}" for check in report.checks if check.status == "failed"]


def shell(bundle: Path) -> str:
    done = subprocess.run(
        ["dash", "verifier.sh.txt"], cwd=bundle / PROOFS, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    return done.stdout


def remanifest(bundle: Path) -> None:
    """As somebody would who covers their tracks: every digest of the bag is right again."""
    info = (bundle / "bag-info.txt").read_text(encoding="utf-8").splitlines()
    lines = dict(line.split(": ", 1) for line in info if not line.startswith("Payload-Oxum"))
    bag.write_bag(bundle, lines)


def to_file(bundle: Path) -> Iterator[Path]:
    """What a person handles: the documents, the letters, the journal, one capture's proofs, the bag's own files."""
    for path in sorted(path for path in bundle.rglob("*") if path.is_file()):
        name = path.relative_to(bundle).as_posix()
        if not name.startswith(PROOFS) or "/journal/" in name or name.count("/") == 2:
            yield path


CHANGES: tuple[tuple[str, Callable[[Path], object]], ...] = (
    ("removed", lambda path: path.unlink()),
    ("renamed", lambda path: path.rename(path.with_name(f"x{path.name}"))),
    ("emptied", lambda path: path.write_bytes(b"")),
    ("flipped", lambda path: path.write_bytes(path.read_bytes()[:-1] + bytes([path.read_bytes()[-1] ^ 1]))),
)


@pytest.mark.parametrize(("what", "change"), CHANGES)
def test_every_file_of_the_bundle_is_missed_and_named(
    bundle: Path, made: Path, what: str, change: Callable[[Path], object]
) -> None:
    for path in to_file(bundle):
        name = path.relative_to(bundle).as_posix()
        change(path)
        assert any(name in detail for detail in details(bundle)), (what, name)
        path.with_name(f"x{path.name}").unlink(missing_ok=True)
        shutil.copy2(made / name, path)
    assert verify_bundle(bundle).status == "passed"


def test_a_cell_of_the_inventory_in_word_is_held_to_the_spreadsheet(bundle: Path) -> None:
    path = bundle / "data/1_A_DEPOSER/00_Inventaire_detaille.docx"
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["word/document.xml"] = parts["word/document.xml"].replace(b"Registre de toutes", b"Registre de quelques")
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    remanifest(bundle)
    assert any("00_Inventaire_detaille.docx: its line of exhibit" in detail for detail in details(bundle))


def test_a_word_file_that_is_a_bomb_is_refused_unopened(bundle: Path) -> None:
    path = bundle / "data/1_A_DEPOSER/00_Inventaire_detaille.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"\0" * 80_000_000)
    remanifest(bundle)
    assert any("00_Inventaire_detaille.docx is missing or cannot be read" in detail for detail in details(bundle))


def content_of(bundle: Path, kind: str) -> Path:
    found = bundle.glob(f"{PROOFS}/*/journal/content.json")
    return next(path for path in found if json.loads(path.read_bytes())["kind"] == kind)


def test_what_the_person_wrote_cannot_be_changed_afterwards(bundle: Path) -> None:
    path = content_of(bundle, "email")
    value = json.loads(path.read_bytes())
    path.write_bytes(canonical_bytes({**value, "text": "Autre chose."}))
    remanifest(bundle)
    name = path.relative_to(bundle).as_posix()
    assert f"6 artefacts: {name} is not what the record names: its digest differs" in details(bundle)
    assert f"{name.removeprefix(f'{PROOFS}/')} : n’est pas ce que record.json nomme" in shell(bundle)


def test_a_file_that_the_person_attached_cannot_be_exchanged(bundle: Path) -> None:
    path = content_of(bundle, "identity").with_name("piece-1.png")
    path.write_bytes(picture("Un autre document"))
    remanifest(bundle)
    name = path.relative_to(bundle).as_posix()
    assert f"6 artefacts: {name} is not what the record names: its digest differs" in details(bundle)
    assert "pièce en trop, qui manque ou changée" in shell(bundle)


def test_a_step_that_was_taken_out_is_missed(bundle: Path) -> None:
    folder = content_of(bundle, "slot_response").parent
    shutil.rmtree(folder)
    remanifest(bundle)
    name = (folder / "content.json").relative_to(bundle).as_posix()
    assert f"6 artefacts: {name} is missing, and no entry says that it was erased" in details(bundle)
    assert "manque, et aucune inscription ne dit qu’il a été effacé" in shell(bundle)


def test_a_file_added_to_the_journal_is_found(bundle: Path) -> None:
    extra = content_of(bundle, "email").with_name("piece-9.png")
    extra.write_bytes(picture("en trop"))
    remanifest(bundle)
    assert f"6 artefacts: {extra.relative_to(bundle).as_posix()}: no record names it" in details(bundle)
    assert "pièce en trop, qui manque ou changée" in shell(bundle)


def test_a_notices_picture_is_held_to_its_record(bundle: Path) -> None:
    notices = (path for path in bundle.glob(f"{PROOFS}/*/record.json") if b'"notice":' in path.read_bytes())
    path = next(notices).parent / "1" / "page.png"
    path.write_bytes(picture("Une autre page"))
    remanifest(bundle)
    name = path.relative_to(bundle).as_posix()
    assert f"6 artefacts: {name} is not what the record names: its digest differs" in details(bundle)
