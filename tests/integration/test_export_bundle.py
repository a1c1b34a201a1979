"""A case exported from a real store into a real bundle, drawn, checked by others' tools."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, timedelta
from pathlib import Path

import pytest
from PIL import Image

from exhibits import export as export_module
from exhibits import model
from exhibits.export import ExportRequest, ExportResult, Grouping, export
from exhibits.typeset import prepare_workspace, typeset
from exhibits.verify_bundle import verify_bundle
from store.store import Store
from temoin.canonical import sha256
from temoin.errors import StoreError, TemoinError, UsageError
from temoin.records import Mode, Role
from tests.exhibit_case import (
    CASE,
    CRETEIL,
    SENTENCE,
    START,
    URL,
    Try,
    fill,
    json_of,
    open_case,
    part,
    record_attempt,
    settings,
)

NOW = START + timedelta(days=20)
FILED = "data/1_A_DEPOSER"
PROOFS = "data/3_PREUVES"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A store with a case, and where to export it."""

    store: Store
    folder: Path

    def export(self, **asked: object) -> ExportResult:
        request = ExportRequest(case=CASE, out=self.folder / "out")
        return export(self.store, settings(self.folder), replace(request, **asked), now=NOW)  # type: ignore[arg-type]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A case without attempts."""
    with open_case(tmp_path / "evidence") as store:
        yield Desk(store=store, folder=tmp_path)


@pytest.fixture
def filled(desk: Desk) -> Desk:
    """The case of two weeks, every outcome in it."""
    fill(desk.store)
    return desk


def run(*command: str | Path) -> str:
    """What a checker prints; it must accept."""
    return subprocess.run([*map(str, command)], check=True, capture_output=True, text=True, timeout=60).stdout


def words_of(pdf: Path) -> str:
    """The text of a PDF, on one line."""
    return " ".join(run("pdftotext", "-layout", pdf, "-").split())


def files_of(bundle: Path) -> dict[str, bytes]:
    return {str(path.relative_to(bundle)): path.read_bytes() for path in bundle.rglob("*") if path.is_file()}


def test_a_draft_is_a_whole_bundle_that_everyone_accepts(filled: Desk) -> None:
    result = filled.export()
    assert result.path == filled.folder / "out" / "K7_brouillon_2026-10-04"
    assert result.filing is None
    run(Path(sys.executable).with_name("bagit.py"), "--validate", result.path)
    subprocess.run(["sha256sum", "--quiet", "-c", "manifest-sha256.txt"], cwd=result.path, check=True, timeout=60)
    report = verify_bundle(result.path, deep=True)
    assert report.status == "passed", report.to_json()
    assert [check.name for check in report.checks] == [
        "1 bag",
        "2 files",
        "3 chain",
        "4 entries",
        "5 records",
        "6 artefacts",
        "7 subjects",
        "8 inventory",
        "9 names",
        "10 pictures",
        "11 exif",
        "12 documents",
        "13 timestamps",
        "14 exchanges",
    ]


def test_the_bundle_holds_what_the_design_says(filled: Desk) -> None:
    bundle = filled.export().path
    assert sorted(path.name for path in (bundle / FILED).iterdir()) == [
        "00_Inventaire_detaille.csv",
        "00_Inventaire_detaille.docx",
        "00_Inventaire_detaille.pdf",
        "01_Synthese.pdf",
        "02-04_Captures_RDV_Val-de-Marne_2026-09-14_au_2026-09-20.pdf",
        "05_Capture_RDV_Val-de-Marne_2026-09-21_au_2026-09-27.pdf",
        "06_Capture_RDV_Hauts-de-Seine_2026-09-14_au_2026-09-20.pdf",
        "07_Capture_RDV_Hauts-de-Seine_2026-09-21_au_2026-09-27.pdf",
        "08_Dysfonctionnements.pdf",
        "09_Refus_opposes_a_l_outil.pdf",
        "10_Registre.pdf",
        "11_Note_de_methode.pdf",
        "TITRES.txt",
    ]
    lines = (bundle / PROOFS / "registre.jsonl").read_bytes()
    head = filled.store.head()
    assert head is not None
    assert lines.count(b"\n") == head.sequence
    assert (bundle / PROOFS / "3" / "entry.json").read_bytes() == lines.split(b"\n")[2]
    assert (bundle / PROOFS / "3" / "record.json").read_bytes() == filled.store.record_bytes(3)
    assert len(json_of(bundle / PROOFS / "secrets.json")["subjects"]) == 2


def test_a_bundle_says_nothing_of_other_procedures(filled: Desk) -> None:
    other = {**CRETEIL, "id": "bobigny-naturalisation", "prefecture": "Préfecture de la Seine-Saint-Denis"}
    sequence = record_attempt(filled.store, Try(at=NOW, procedure=other, parts=(part(salt="other"),)))
    bundle = filled.export().path
    assert not (bundle / PROOFS / str(sequence)).exists()
    secret = filled.store.secret_of("bobigny-naturalisation").encode()
    for name, data in files_of(bundle).items():
        assert b"bobigny" not in data, name
        assert secret not in data, name
    assert verify_bundle(bundle).status == "passed"


def test_each_capture_page_shows_what_a_judge_reads(filled: Desk, tmp_path: Path) -> None:
    pdf = next((filled.export().path / FILED).glob("02-04*.pdf"))
    words = words_of(pdf)
    assert "Pièce n° 2 " in words
    assert "Pièce n° 4 " in words
    assert "lundi 14 septembre 2026 à 07" in words
    assert "(UTC+02:00)" in words
    assert "Il n'existe plus de plage horaire libre pour votre demande de rendez-vous. Veuillez" in words
    assert URL in words
    assert "Première demande de titre de séjour" in words
    assert words.count("numéro provisoire") == 3
    info = run("pdfinfo", pdf)
    assert "Title:           02-04 Captures d’écran, Préfecture du Val-de-Marne, Première demande" in info
    assert "Pages:           3" in info
    assert "Tagged:          yes" in info
    assert "A4" in info
    run("qpdf", "--check", pdf)
    fonts = [line for line in run("pdffonts", pdf).splitlines()[2:] if line]
    assert fonts
    assert all("Inter" in line and " yes " in line for line in fonts)
    run("pdftoppm", "-r", "150", "-gray", "-png", "-f", "1", "-l", "1", pdf, tmp_path / "page")
    seen = " ".join(run("tesseract", next(tmp_path.glob("page*.png")), "-", "-l", "fra").split())
    assert "14 septembre 2026" in seen
    assert "plage horaire libre pour votre demande de rendez-vous" in seen


def test_the_picture_in_the_pdf_has_the_very_pixels_of_the_capture(filled: Desk, tmp_path: Path) -> None:
    bundle = filled.export().path
    run("pdfimages", "-png", next((bundle / FILED).glob("05_*.pdf")), tmp_path / "image")
    drawn = next(tmp_path.glob("image*.png"))
    row = read_inventory(bundle)[4]
    kept = bundle / PROOFS / row["sequence"] / "1" / "window.png"
    with Image.open(drawn) as one, Image.open(kept) as other:
        assert one.convert("RGB").tobytes() == other.convert("RGB").tobytes()


def read_inventory(bundle: Path) -> list[dict[str, str]]:
    data = (bundle / FILED / "00_Inventaire_detaille.csv").read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(data), delimiter=";"))


def test_inventory_json_and_pages_say_the_same(filled: Desk) -> None:
    result = filled.export()
    rows = read_inventory(result.path)
    assert [int(row["numero"]) for row in rows] == list(range(1, 12))
    told = result.to_json()
    assert told["path"] == str(result.path)
    assert {(row["number"], row["file"]) for row in told["exhibits"]} == {
        (int(row["numero"]), row["fichier"]) for row in rows
    }
    assert [(row["number"], row["part"], row["page"]) for row in told["exhibits"] if row["number"] == 6] == [
        (6, "1", 1),
        (6, "2", 2),
    ]
    inventory = words_of(result.path / FILED / "00_Inventaire_detaille.pdf")
    assert "11 pièces, numérotées de 1 à 11 sans interruption" in inventory
    titles = (result.path / FILED / "TITRES.txt").read_text(encoding="utf-8-sig")
    assert all(row["fichier"] in titles for row in rows)


def test_the_register_lists_every_attempt_in_its_group(filled: Desk) -> None:
    words = words_of(filled.export().path / FILED / "10_Registre.pdf")
    for group in (
        "Aucun rendez-vous proposé (6)",
        "Créneaux vus (1)",
        "Dysfonctionnements avant le calendrier (1)",
        "Refus opposés à l’outil (1)",
        "Autres tentatives, dont il n’est rien conclu (2)",
    ):
        assert group in words


def test_what_was_captured_before_the_case_followed_is_shown_but_not_numbered(tmp_path: Path) -> None:
    early = Try(at=START - timedelta(hours=5), parts=(part(salt="early"),))
    with open_case(tmp_path / "evidence", before=[early]) as store:
        fill(store)
        result = Desk(store=store, folder=tmp_path).export()
    assert 1 not in {row.sequence for row in result.exhibits}
    assert "hors de la période où le dossier suit" in words_of(next((result.path / FILED).glob("*_Registre.pdf")))
    assert verify_bundle(result.path, deep=True).status == "passed"


@pytest.mark.parametrize("grouping", [Grouping.MONTH, Grouping.ALL, Grouping.SINGLE])
def test_numbers_are_those_of_weekly_files_whatever_the_grouping(filled: Desk, grouping: Grouping) -> None:
    result = filled.export(grouping=grouping)
    assert [(row.number, row.part) for row in result.exhibits] == [
        (1, None),
        (2, "1"),
        (3, "1"),
        (4, "1"),
        (5, "1"),
        (6, "1"),
        (6, "2"),
        (7, "1"),
        (7, "2"),
        (8, None),
        (9, None),
        (10, None),
        (11, None),
    ]
    assert verify_bundle(result.path).status == "passed"


def test_the_period_limits_the_numbers_and_not_the_register(filled: Desk) -> None:
    result = filled.export(since=date(2026, 9, 21), first_number=10)
    assert [row.number for row in result.exhibits] == [10, 11, 12, 12, 13, 14, 15, 16]
    assert "11 tentatives" in words_of(result.path / FILED / "15_Registre.pdf")


def test_every_page_of_a_simulation_is_banded(desk: Desk) -> None:
    fill(desk.store, [Try(at=START, simulated=True, parts=(part(),))])
    bundle = desk.export().path
    for pdf in bundle.rglob("*.pdf"):
        pages = run("pdftotext", pdf, "-").split("\f")[:-1]
        assert pages
        assert all("SIMULATION" in page for page in pages), pdf
    assert "SIMULATION" in (bundle / FILED / "TITRES.txt").read_text(encoding="utf-8-sig")
    assert "Temoin-Simulated: yes" in (bundle / "bag-info.txt").read_text(encoding="utf-8")


def test_a_real_case_is_never_called_simulated(filled: Desk) -> None:
    assert all("SIMULATION" not in words_of(pdf) for pdf in filled.export().path.rglob("*.pdf"))


def test_same_data_same_bytes_at_another_hour(filled: Desk) -> None:
    first = filled.export().path
    request = ExportRequest(case=CASE, out=filled.folder / "elsewhere")
    later = export(filled.store, settings(filled.folder), request, now=NOW + timedelta(days=3)).path
    assert files_of(first) == files_of(later)


def test_a_draft_changes_nothing_in_the_store(filled: Desk) -> None:
    before = filled.store.head()
    filled.export()
    assert filled.store.head() == before
    assert filled.store.filings(CASE) == ()


def test_a_filing_is_frozen_and_issued_again_byte_for_byte(filled: Desk) -> None:
    first = filled.export(file=True)
    assert first.filing == 1
    assert first.path.name == "K7_depot_1_2026-10-04"
    filing = filled.store.filings(CASE)[0]
    assert len(filled.store.filing_files(filing.filing_id)) == len(files_of(first.path))
    assert [row.number for row in filled.store.filing_numbers(filing.filing_id)] == [
        row.number for row in first.exhibits
    ]
    again = filled.export(file=True, out=filled.folder / "again", grouping=Grouping.SINGLE)
    assert again.filing == 1
    assert again.exhibits == first.exhibits
    assert files_of(again.path) == files_of(first.path)
    assert len(filled.store.filings(CASE)) == 1
    assert "provisoire" not in words_of(next((first.path / FILED).glob("02-04*.pdf")))
    assert verify_bundle(again.path, deep=True).status == "passed"


def test_what_was_frozen_is_said(filled: Desk) -> None:
    state, where = filled.export().sentences()
    assert state == "A draft: its numbers are provisional, and nothing was frozen."
    assert where.startswith("11 exhibits: ")
    state, seal, where = filled.export(file=True).sentences()
    assert state.startswith("Filing 1 is frozen: exhibits 1 to 11, in 10 files with the inventory.")
    digest = sha256((filled.folder / "out" / "K7_depot_1_2026-10-04" / "manifest-sha256.txt").read_bytes())
    assert seal == f"Digest of its manifest, worth noting elsewhere: {digest}"
    assert where.endswith("K7_depot_1_2026-10-04")


def test_a_draft_needs_only_to_read_the_store(filled: Desk) -> None:
    filled.store.close()
    with Store.open(filled.folder / "evidence", now=lambda: NOW, read_only=True) as store:
        assert verify_bundle(Desk(store=store, folder=filled.folder).export().path).status == "passed"


def test_what_comes_later_is_a_new_filing_and_the_first_stays(filled: Desk) -> None:
    filled.export(file=True)
    record_attempt(filled.store, Try(at=START + timedelta(days=15), parts=(part(salt="later"),)))
    second = filled.export(file=True)
    assert (second.filing, second.path.name) == (2, "K7_depot_2_2026-10-04")
    assert len(filled.store.filings(CASE)) == 2
    assert verify_bundle(second.path).status == "passed"


def test_an_earlier_export_is_never_overwritten(filled: Desk) -> None:
    assert filled.export().path.name == "K7_brouillon_2026-10-04"
    assert filled.export().path.name == "K7_brouillon_2026-10-04_2"


def test_no_capture_in_the_period_is_said_and_leaves_nothing(filled: Desk) -> None:
    with pytest.raises(UsageError, match="No capture in this period shows that there was no appointment"):
        filled.export(since=date(2027, 1, 1))
    assert not (filled.folder / "out").exists()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"case": "nobody"}, "There is no case nobody"),
        ({"first_number": 0}, "The first number must be 1 or more"),
        ({"since": date(2026, 9, 20), "until": date(2026, 9, 1)}, "The period ends before it begins"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(filled: Desk, asked: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        filled.export(**asked)


def test_a_hostile_page_cannot_write_in_the_document(desk: Desk) -> None:
    evil = '#eval("1") $x$ *b* <a> `c` @d \\ [e] /* f */ "g" مرحبا 😀 \u202etfel ' + SENTENCE
    long = f"{URL}?{'x' * 400}&{'é' * 80}"
    procedure = {**CRETEIL, "label": '=cmd|"#import" & *label* _u_ #pagebreak()'}
    fill(desk.store, [Try(at=START, procedure=procedure, url=long, parts=(part(sentence=evil),))])
    result = desk.export()
    words = words_of(next((result.path / FILED).glob("02_*.pdf")))
    assert '#eval("1") $x$ *b* <a> `c` @d \\ [e] /* f */ "g" □□□□□ □ □tfel Il n\'existe' in words
    assert '=cmd|"#import" & *label* _u_ #pagebreak()' in words
    assert verify_bundle(result.path, deep=True).status == "passed"


@pytest.mark.parametrize(("size", "pages"), [((1366, 900), 1), ((1366, 1450), 1), ((1366, 4000), 3)])
def test_a_tall_picture_is_shown_whole(desk: Desk, size: tuple[int, int], pages: int) -> None:
    tall = Try(at=START, parts=(part(role=Role.PAGE, size=size),))
    fill(desk.store, [tall, Try(at=START + timedelta(hours=2), parts=(part(salt="2"),))])
    result = desk.export()
    assert [row.page for row in result.exhibits[1:3]] == [1, 1 + pages]
    words = words_of(next((result.path / FILED).glob("02-03*.pdf")))
    assert words.count("Pièce n° 2 ") == pages
    assert ("elle est montrée entière, en plusieurs parties" in words) == (pages > 1)


def test_a_file_too_heavy_to_file_is_split(filled: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exhibits.capture_pdfs.HEAVIEST", 20_000)
    result = filled.export(grouping=Grouping.ALL)
    assert len({row.file for row in result.exhibits}) > 4
    assert verify_bundle(result.path).status == "passed"


def test_tries_by_hand_are_said_to_be_by_hand(desk: Desk) -> None:
    tries = [
        Try(at=START + timedelta(hours=place), mode=mode, parts=(part(salt=mode),)) for place, mode in enumerate(Mode)
    ]
    fill(desk.store, tries)
    words = words_of(next((desk.export().path / FILED).glob("02-04*.pdf")))
    assert "Par le programme seul" in words
    assert "À la main, dans la fenêtre ouverte par le programme" in words
    assert "À la main, dans le navigateur de la personne ; résultat déclaré par la personne" in words


def full_disk(*_arguments: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    "step", ["exhibits.proofs.write_proofs", "exhibits.bag.write_bag", "exhibits.export.draw_court_file"]
)
def test_a_full_disk_leaves_nothing_behind(filled: Desk, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    monkeypatch.setattr(step, full_disk)
    with pytest.raises(StoreError, match=r"could not be written in .*: the disk is full"):
        filled.export(file=True)
    assert list((filled.folder / "out").iterdir()) == []
    assert filled.store.filings(CASE) == ()


def test_a_disk_that_refuses_the_drawing_process_is_told(filled: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exhibits.courtfile.README", FILED)  # a folder stands where the file should go
    with pytest.raises(StoreError, match=r"1_A_DEPOSER could not be written: it is a folder"):
        filled.export()
    assert list((filled.folder / "out").iterdir()) == []


def test_what_a_killed_export_left_is_cleared(filled: Desk) -> None:
    left = filled.folder / "out" / f"{export_module.TEMPORARY}abc"
    (left / "bundle").mkdir(parents=True)
    filled.export()
    assert not left.exists()


EXPORT = """
import sys
from pathlib import Path
from store.store import Store
from exhibits.export import ExportRequest, export
from tests.exhibit_case import CASE, START, settings

folder = Path(sys.argv[1])
with Store.open(folder / "evidence", now=lambda: START) as store:
    export(store, settings(folder), ExportRequest(case=CASE, out=folder / "out", file=True), now=START)
"""


def test_a_killed_export_leaves_no_half_bundle_and_the_next_one_is_whole(filled: Desk) -> None:
    out = filled.folder / "out"
    with subprocess.Popen([sys.executable, "-c", EXPORT, filled.folder], start_new_session=True) as child:
        deadline = time.monotonic() + 60
        while not list(out.glob(f"{export_module.TEMPORARY}*/bundle/{FILED}")):
            assert child.poll() is None
            assert time.monotonic() < deadline
        os.killpg(child.pid, signal.SIGKILL)
    assert [path.name[: len(export_module.TEMPORARY)] for path in out.iterdir()] == [export_module.TEMPORARY]
    assert filled.store.filings(CASE) == ()
    whole = filled.export(file=True)
    assert list(out.iterdir()) == [whole.path]
    assert verify_bundle(whole.path).status == "passed"


def test_every_character_said_to_be_drawable_is_drawn(tmp_path: Path) -> None:
    every = [chr(code) for first, last in model.DRAWABLE for code in range(first, last + 1)]
    shown = [char for char in every if model.clean(f"a{char}a") == f"a{char}a"]
    assert len(shown) > 800
    lines = [{"kind": "text", "text": " ".join(shown[place : place + 40])} for place in range(0, len(shown), 40)]
    sections = [{"heading": "".join(shown), "items": lines}]  # bold, then regular
    data = {"title": "t", "heading": "t", "provisional": "", "band": "", "sections": sections}
    prepare_workspace(tmp_path)
    output = tmp_path / "all.pdf"
    typeset(data, template="note.typ", root=tmp_path, workspace=tmp_path, output=output, at=START)
    words = run("pdftotext", output, "-")
    assert [char for char in "éœŒ№€Σж□…" if char not in words] == []


def test_a_document_that_cannot_be_drawn_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    data = {"title": "م", "heading": "م", "provisional": "", "band": "", "sections": []}
    prepare_workspace(tmp_path)
    output = tmp_path / "out.pdf"
    with pytest.raises(TemoinError, match=r"out\.pdf could not be drawn: .*could not be displayed with font"):
        typeset(data, template="note.typ", root=tmp_path, workspace=tmp_path, output=output, at=START)
    assert not output.exists()


def test_progress_is_told(filled: Desk) -> None:
    told: list[tuple[str, int, int]] = []
    request = ExportRequest(case=CASE, out=filled.folder / "out")
    say: Callable[[str, int, int], None] = lambda words, done, of: told.append((words, done, of))  # noqa: E731
    export(filled.store, settings(filled.folder), request, now=NOW.astimezone(UTC), progress=say)
    assert told[0][0] == "Reading the register"
    assert any(words.startswith("Drawing 02-04_Captures") for words, _done, _of in told)


def test_the_description_names_what_drew_the_documents(filled: Desk) -> None:
    told = json.loads((filled.export().path / PROOFS / "dossier.json").read_bytes())
    assert told["made_by"][1].startswith("typst ")
    assert told["grouping"] == "week"
