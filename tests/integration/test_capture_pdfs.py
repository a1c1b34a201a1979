"""The PDFs of captures, drawn and looked at with others' tools: one to a page, two to a page, split."""

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from exhibits import model
from exhibits.capture_pdfs import CapturePdf, Captures, draw_capture_pdfs, picture_path
from exhibits.facts import AttemptFacts, read_attempt
from exhibits.typeset import Typesetter
from exhibits.voice import Voice
from temoin.canonical import canonical_bytes
from temoin.records import Operator, Role
from tests.exhibit_case import CRETEIL, SENTENCE, START, URL, Try, build_record_of, part

WINDOW = (1366, 900)
FOLDER = "data/1_A_DEPOSER"
MARGIN = 14 / 25.4 * 72  # points, of the sides


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A folder with the pictures of some attempts, and their PDFs."""

    root: Path

    def add(self, tries: Sequence[Try], **changes: object) -> tuple[AttemptFacts, ...]:
        """The attempts as the court file reads them, their pictures where a bundle has them."""
        found = []
        for place, one in enumerate(tries):
            visit, record = build_record_of(one)
            facts = read_attempt(5 + place, canonical_bytes({**record, **changes}))
            for told, made in zip(facts.parts, visit.parts, strict=True):
                if told.picture is not None:
                    path = self.root / picture_path(facts, told, told.picture)
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(made.artefacts[0].data)
            found.append(facts)
        return tuple(found)

    def draw(
        self, facts: Sequence[AttemptFacts], voice: Voice | None = None, *, paper: bool = False
    ) -> list[CapturePdf]:
        files = model.capture_files(model.number(facts, 12), model.Grouping.ALL, 2)
        captures = Captures(root=self.root, folder=FOLDER, draft=True, voice=voice or Voice(), paper=paper)
        with Typesetter(root=self.root, workspace=self.root / "work") as press:
            return list(draw_capture_pdfs(files, captures, press, lambda _file, _place, _of: None))

    def path(self, pdf: CapturePdf) -> Path:
        return self.root / "bundle" / FOLDER / pdf.file.file


@pytest.fixture
def drawing(tmp_path: Path) -> Drawing:
    return Drawing(root=tmp_path)


def at(place: int) -> Try:
    return Try(at=START + timedelta(hours=7 * place), parts=(part(size=WINDOW, salt=str(place)),))


def run(*command: str | Path) -> str:
    return subprocess.run([*map(str, command)], check=True, capture_output=True, text=True, timeout=60).stdout


def pages_of(pdf: Path) -> list[str]:
    """The text of each page, on one line."""
    return [" ".join(page.split()) for page in run("pdftotext", "-layout", pdf, "-").split("\f")[:-1]]


def pictures_of(pdf: Path) -> list[tuple[int, int, int]]:
    """Page, width in pixels and dots an inch of each picture."""
    lines = [line.split() for line in run("pdfimages", "-list", pdf).splitlines()[2:]]
    return [(int(line[0]), int(line[3]), int(line[12])) for line in lines]


def words_outside(pdf: Path) -> list[str]:
    """The words that leave the sheet's margins, as poppler sees them."""
    told = run("pdftotext", "-bbox", pdf, "-")
    found = re.findall(r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*?)</word>', told)
    hanging = 3  # points: a comma or a hyphen at the end of a line stands a little outside it
    return [
        word
        for left, top, right, bottom, word in found
        if float(left) < MARGIN - hanging
        or float(right) > 595.28 - MARGIN + hanging
        or float(top) < 15
        or float(bottom) > 835
    ]


def test_two_captures_share_a_page_and_each_says_what_a_judge_reads(drawing: Drawing) -> None:
    pdf = drawing.draw(drawing.add([at(place) for place in range(5)]), paper=True)[0]
    assert pdf.page_of == {"5/1": 1, "6/1": 1, "7/1": 2, "8/1": 2, "9/1": 3}
    pages = pages_of(drawing.path(pdf))
    assert len(pages) == 3
    assert "Pièce n° 12 " in pages[0]
    assert "Pièce n° 13 " in pages[0]
    for page, count in zip(pages, (2, 2, 1), strict=True):
        for words in (SENTENCE[:60], URL, "Empreinte ", "Préfecture du Val-de-Marne, Première demande"):
            assert page.count(words) >= count, words
    assert "lundi 14 septembre 2026 à 07" in pages[0]
    assert "lundi 14 septembre 2026 à 14" in pages[0]
    run("qpdf", "--check", drawing.path(pdf))


def test_two_on_a_page_stay_legible(drawing: Drawing) -> None:
    pdf = drawing.draw(drawing.add([at(0), at(1)]), paper=True)[0]
    for page, pixels, dots in pictures_of(drawing.path(pdf)):
        assert page == 1
        assert dots >= 150
        assert pixels / dots * 25.4 >= 150


@pytest.mark.parametrize(("simulated", "least"), [(False, 148), (True, 142)])  # the band takes a line of the sheet
def test_two_windows_of_our_own_take_what_an_a4_sheet_has(drawing: Drawing, *, simulated: bool, least: int) -> None:
    """1280 by 1000 pixels, the size of the window of every unattended visit."""
    tries = [replace(at(place), simulated=simulated, parts=(part(size=(1280, 1000)),)) for place in range(2)]
    pdf = drawing.draw(drawing.add(tries), paper=True)[0]
    assert [page for page, _pixels, _dots in pictures_of(drawing.path(pdf))] == [1, 1]
    for _page, pixels, dots in pictures_of(drawing.path(pdf)):
        assert pixels / dots * 25.4 >= least
    assert words_outside(drawing.path(pdf)) == []


def test_a_tall_picture_has_pages_of_its_own_among_those_in_pairs(drawing: Drawing) -> None:
    tall = Try(at=START + timedelta(hours=8), parts=(part(role=Role.PAGE, size=(1366, 4000)),))
    pdf = drawing.draw(drawing.add([at(0), tall, at(2), at(3)]), paper=True)[0]
    assert pdf.page_of == {"5/1": 1, "6/1": 2, "7/1": 5, "8/1": 5}
    pages = pages_of(drawing.path(pdf))
    assert [page.count("Pièce n° 13") for page in pages] == [0, 1, 1, 1, 0]
    assert "partie 3 sur 3" in pages[3]


def test_the_parts_of_an_attempt_may_share_a_page(drawing: Drawing) -> None:
    two = tuple(part(name, label=f"Guichet {name}", size=WINDOW, salt=name) for name in ("1", "2"))
    facts = drawing.add([Try(at=START, parts=two), at(1)])
    pdf = drawing.draw(facts, paper=True)[0]
    assert pdf.pages(model.Numbered(number=12, facts=facts[0])) == {"1": 1, "2": 1}
    assert "Pièce n° 12b" in pages_of(drawing.path(pdf))[0]


@pytest.mark.parametrize("paper", [False, True])
@pytest.mark.parametrize("simulated", [False, True])
def test_long_words_stay_on_their_page(drawing: Drawing, *, paper: bool, simulated: bool) -> None:
    procedure = {
        **CRETEIL,
        "prefecture": "Sous-préfecture de Saint-Germain-en-Laye, bureau du séjour et de la naturalisation",
        "label": "Première demande, duplicata ou changement d’adresse d’un titre de séjour « vie privée et familiale » "
        * 3,
    }
    sentence = f"{SENTENCE} " * 2 + "w" * 120
    tries = [
        replace(at(place), procedure=procedure, simulated=simulated, url=f"{URL}?{'x' * 400}&{'é' * 80}", parts=parts)
        for place, parts in enumerate([(part(size=WINDOW, sentence=sentence),), at(1).parts, (part(size=(400, 700)),)])
    ]
    pdf = drawing.draw(drawing.add(tries), paper=paper)[0]
    path = drawing.path(pdf)
    assert words_outside(path) == []
    assert all(("SIMULATION" in page) == simulated for page in pages_of(path))
    assert len(pictures_of(path)) == 3
    for number in (12, 13, 14):
        assert sum(page.count(f"Pièce n° {number}") for page in pages_of(path)) == 1


def test_nothing_is_lost_of_words_that_fill_a_page(drawing: Drawing) -> None:
    sentence = " ".join(f"mot{place:03}" for place in range(900))
    pdf = drawing.draw(drawing.add([Try(at=START, parts=(part(size=WINDOW, sentence=sentence),)), at(1)]))[0]
    path = drawing.path(pdf)
    assert words_outside(path) == []
    shown = " ".join(pages_of(path))
    assert [place for place in range(900) if f"mot{place:03}" not in shown] == []
    assert pdf.page_of["6/1"] > pdf.page_of["5/1"] + 1


def test_a_small_picture_is_not_enlarged_until_it_blurs(drawing: Drawing) -> None:
    pdf = drawing.draw(drawing.add([Try(at=START, parts=(part(size=(683, 450)),))]))[0]
    assert [dots for _page, _width, dots in pictures_of(drawing.path(pdf))] == [150]


def test_an_association_acts_at_the_persons_request(drawing: Drawing) -> None:
    facts = drawing.add([at(0)], operator="association")
    asked = Voice(operator=Operator.ASSOCIATION, asked_on=date(2026, 9, 3))
    page = pages_of(drawing.path(drawing.draw(facts, asked)[0]))[0]
    assert "Par l’association, à ma demande du 3 septembre 2026 : par le programme seul" in page
    undated = pages_of(drawing.path(drawing.draw(facts)[0]))[0]
    assert "à ma demande du …………… (date à compléter) : par le programme seul" in undated


def test_all_captures_of_a_long_case_are_several_light_files_with_the_same_numbers(drawing: Drawing) -> None:
    facts = drawing.add([Try(at=START + timedelta(hours=place), parts=(part(),)) for place in range(170)])
    drawn = drawing.draw(facts)
    assert [pdf.file.numbers for pdf in drawn] == ["12-91", "92-171", "172-181"]
    assert [one.number for pdf in drawn for one in pdf.file.attempts] == list(range(12, 182))
    assert len({pdf.file.file for pdf in drawn}) == 3
    for pdf in drawn:
        assert drawing.path(pdf).stat().st_size < 10_000_000
        assert len(pages_of(drawing.path(pdf))) == len(pdf.file.attempts)
    assert [path.name for path in sorted(drawing.path(drawn[0]).parent.iterdir())] == sorted(
        pdf.file.file for pdf in drawn
    )


def test_a_file_that_came_out_too_heavy_is_drawn_as_two(drawing: Drawing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exhibits.capture_pdfs.HEAVIEST", 60_000)
    drawn = drawing.draw(drawing.add([at(place) for place in range(4)]))
    assert [pdf.file.numbers for pdf in drawn] == ["12", "13", "14", "15"]
    assert len(list(drawing.path(drawn[0]).parent.iterdir())) == 4
