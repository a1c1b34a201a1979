"""The letters as files: the same words in both forms, the same bytes each time, and LibreOffice opens them."""

import io
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import docx
import pytest
from docx.table import Table
from PIL import Image

from exhibits.letters.blocks import Column
from exhibits.letters.blocks import Image as ImageBlock
from exhibits.letters.docx import letter_docx, table_docx
from exhibits.letters.draw import build_letters, draw_letters
from exhibits.letters.facts import LetterFacts
from exhibits.letters.hearing import HearingPicture
from exhibits.letters.text import WIDTH
from exhibits.names import MAX_NAME
from temoin.identity import Identity
from temoin.records import CaseKind, Operator
from tests.letter_facts import IDENTITY, SLOTS, STEPS, TODAY, full, procedure, small

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SOFFICE = shutil.which("soffice")
needs_office = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice Writer is not installed")
needs_poppler = pytest.mark.skipif(shutil.which("pdfinfo") is None, reason="poppler-utils is not installed")


def picture(width: int = 1280, height: int = 1000) -> HearingPicture:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), (230, 240, 255)).save(buffer, "PNG")
    at = datetime(2026, 12, 14, 8, 12, tzinfo=UTC)
    return HearingPicture(data=buffer.getvalue(), at=at, zone="Europe/Paris", caption="Aucun rendez-vous proposé")


CASES: dict[str, tuple[LetterFacts, Identity | None, HearingPicture | None]] = {
    "bare": (small(), None, None),
    "full": (full(), IDENTITY, picture()),
    "draft": (replace(full(CaseKind.DCEM, Operator.SELF), draft=True), None, picture(900, 4000)),
}
every_case = pytest.mark.parametrize("name", CASES)


def drawn(folder: Path, name: str) -> dict[str, bytes]:
    folder.mkdir()
    facts, identity, shown = CASES[name]
    return {path.name: path.read_bytes() for path in draw_letters(facts, identity, folder, shown)}


def words_of_docx(data: bytes) -> str:
    """Header, then paragraphs and tables in the order of the body."""
    document = docx.Document(io.BytesIO(data))
    found = [paragraph.text for paragraph in document.sections[0].header.paragraphs]
    for item in document.iter_inner_content():
        if isinstance(item, Table):
            found += [cell.text for row in item.rows for cell in row.cells]
        else:
            found.append(item.text)
    return " ".join(" ".join(found).split())


def words_of_txt(data: bytes) -> str:
    """The text without what it is laid out with: rules under titles, marks of lists and boxes, lines between cells."""
    lines = data.decode("utf-8-sig").split("\r\n")
    kept = [re.sub(r"^> |^- ", "", line.strip(" ")) for line in lines if not re.fullmatch(r"[=_-]{3,}", line)]
    return " ".join(" ".join(kept).replace(" |", "").split())


@every_case
def test_both_forms_of_every_letter_say_the_same(tmp_path: Path, name: str) -> None:
    files = drawn(tmp_path / "a", name)
    assert len(files) == 24
    for letter in [file for file in files if file.endswith(".docx")]:
        assert words_of_docx(files[letter]) == words_of_txt(files[letter.replace(".docx", ".txt")]), letter


@every_case
def test_the_same_facts_give_the_same_bytes(tmp_path: Path, name: str) -> None:
    assert drawn(tmp_path / "a", name) == drawn(tmp_path / "b", name)


def test_names_are_those_that_telerecours_takes(tmp_path: Path) -> None:
    for name in drawn(tmp_path / "a", "full"):
        assert re.fullmatch(r"[A-Za-z_]+\.(docx|txt)", name)
        assert len(name) <= MAX_NAME


def test_text_files_are_for_any_editor(tmp_path: Path) -> None:
    for name, data in drawn(tmp_path / "a", "full").items():
        if not name.endswith(".txt"):
            continue
        assert data.startswith(b"\xef\xbb\xbf")
        assert data.count(b"\n") == data.count(b"\r\n")
        long = [line for line in data.decode("utf-8-sig").split("\r\n") if len(line) > WIDTH]
        assert [line for line in long if " " in line.strip(" ")] == []  # one unbroken word, such as an address


def part(data: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return package.read(name).decode("utf-8")


@every_case
def test_a_docx_names_nobody_and_no_time_of_day(tmp_path: Path, name: str) -> None:
    for file, data in drawn(tmp_path / "a", name).items():
        if not file.endswith(".docx"):
            continue
        properties = part(data, "docProps/core.xml")
        assert "python-docx" not in properties
        assert re.findall(r"<(?:dc:creator|cp:lastModifiedBy|dc:description)>[^<]+", properties) == []
        assert set(re.findall(r"\d{4}-\d\d-\d\dT[\d:]+Z", properties)) == {f"{TODAY}T00:00:00Z"}
        assert "Microsoft" not in part(data, "docProps/app.xml")
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            assert package.namelist()[0] == "[Content_Types].xml"
            assert [entry for entry in package.namelist() if "thumbnail" in entry] == []


def test_a_docx_is_french_a4_and_has_real_titles(tmp_path: Path) -> None:
    data = drawn(tmp_path / "a", "full")["requete_refere.docx"]
    styles = part(data, "word/styles.xml")
    assert set(re.findall(r'<w:lang w:val="([^"]+)"', styles)) == {"fr-FR"}
    assert "Theme=" not in styles
    document = docx.Document(io.BytesIO(data))
    section = document.sections[0]
    assert section.page_width is not None
    assert section.page_height is not None
    assert (round(section.page_width.cm, 1), round(section.page_height.cm, 1)) == (21.0, 29.7)
    used = {paragraph.style.name for paragraph in document.paragraphs if paragraph.style}
    assert {"Title", "Heading 1", "Heading 2", "List Bullet"} <= used
    footer = section.footer._element.xml
    assert 'w:instr="PAGE"' in footer
    assert 'w:instr="NUMPAGES"' in footer


def test_blanks_are_seen(tmp_path: Path) -> None:
    document = part(drawn(tmp_path / "a", "bare")["requete_refere.docx"], "word/document.xml")
    runs = [run for run in ET.fromstring(document).iter(f"{W}r") if "…………" in "".join(run.itertext())]  # noqa: S314 - our own file
    assert len(runs) > 30
    assert [run for run in runs if run.find(f"{W}rPr/{W}shd") is None] == []


def test_a_tall_picture_keeps_its_shape_and_fits() -> None:
    facts, identity, shown = CASES["draft"]
    sheet = build_letters(facts, identity, shown)[-1]
    block = next(block for block in sheet.blocks if isinstance(block, ImageBlock))
    document = docx.Document(io.BytesIO(letter_docx(sheet, at=TODAY)))
    (shape,) = document.inline_shapes
    assert shape.height.cm <= block.height + 0.01
    assert round(shape.width / shape.height, 2) == round(900 / 4000, 2)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (14, "Capture du lundi 14 décembre 2026, la dernière de ce dossier"),
        (12, "Capture du samedi 12 décembre 2026, la dernière de ce dossier"),
    ],
)
def test_the_hearing_sheet_says_of_which_day_its_capture_is(day: int, words: str) -> None:
    shown = replace(picture(), at=datetime(2026, 12, day, 8, 12, tzinfo=UTC))
    sheet = build_letters(full(), IDENTITY, shown)[-1]
    block = next(block for block in sheet.blocks if isinstance(block, ImageBlock))
    assert block.caption == f"{words}\u00a0: Aucun rendez-vous proposé"


COLUMNS = (Column(name="N°", width=1.5), Column(name="Intitulé"), Column(name="Fichier", width=7))


def table(count: int) -> bytes:
    rows = ((str(place), f"Pièce & <{place}>\x07", f"{place:03d}_Piece.pdf") for place in range(1, count + 1))
    return table_docx("Inventaire détaillé", ["Une phrase."], COLUMNS, rows, at=date(2026, 12, 14), band="BROUILLON")


def test_a_table_has_every_row_and_repeats_its_titles() -> None:
    data = table(500)
    assert data == table(500)
    document = docx.Document(io.BytesIO(data))
    assert document.sections[0].header.paragraphs[0].text == "BROUILLON"
    root = ET.fromstring(part(data, "word/document.xml"))  # noqa: S314 - our own file
    rows = list(root.iter(f"{W}tr"))
    assert len(rows) == 501
    assert [place for place, row in enumerate(rows) if row.find(f"{W}trPr/{W}tblHeader") is not None] == [0]
    assert ["".join(cell.itertext()) for cell in rows[500]][1:] == ["500", "Pièce & <500>", "500_Piece.pdf"]


def test_a_row_with_a_cell_too_few_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        table_docx("Inventaire", [], COLUMNS, [("1", "x")], at=TODAY, band="")


def converted(folder: Path) -> list[Path]:
    """Every .docx of ``folder`` as PDF, by a LibreOffice with a profile of its own."""
    assert SOFFICE is not None
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    files = [str(path) for path in sorted(folder.glob("*.docx"))]
    command = [SOFFICE, profile, "--headless", "--norestore", "--convert-to", "pdf", "--outdir", str(folder), *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    assert "Error" not in done.stderr, done.stderr
    return [Path(file).with_suffix(".pdf") for file in files]


def pages(path: Path) -> int:
    done = subprocess.run(["pdfinfo", str(path)], capture_output=True, text=True, check=True, timeout=60)
    found = re.search(r"^Pages:\s+(\d+)", done.stdout, re.MULTILINE)
    assert found is not None
    return int(found[1])


@needs_office
@needs_poppler
@every_case
def test_every_letter_opens_in_libreoffice_and_becomes_a_pdf(tmp_path: Path, name: str) -> None:
    facts, identity, shown = CASES[name]
    written = draw_letters(facts, identity, tmp_path, shown)
    (tmp_path / "inventaire.docx").write_bytes(table(60))
    found = converted(tmp_path)
    assert len(found) == len(written) / 2 + 1
    assert [path.name for path in found if not path.is_file()] == []
    by_name = {path.stem: pages(path) for path in found}
    assert by_name["fiche_audience"] == 1
    assert by_name["absence_de_decision"] == 1
    assert by_name["requete_refere"] <= 8


@needs_office
@needs_poppler
def test_the_hearing_sheet_of_the_fullest_case_is_one_page(tmp_path: Path) -> None:
    label = "Demande de titre de séjour, étranger parent d’un enfant français ou conjoint de Français"
    facts = replace(
        full(),
        procedures=tuple(replace(procedure(), label=label) for _ in range(5)),
        steps=STEPS * 3,
        slots=SLOTS * 3,
        draft=True,
    )
    draw_letters(facts, None, tmp_path, picture())
    for path in tmp_path.glob("*.docx"):
        if path.stem != "fiche_audience":
            path.unlink()
    (sheet,) = converted(tmp_path)
    assert pages(sheet) == 1
