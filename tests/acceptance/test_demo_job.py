"""The main job as ``make demo`` does it, its bundle opened with everybody else's tools."""

import csv
import io
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.command import Done, Person

SENTENCE = "Il n'existe plus de plage horaire libre pour votre demande de rendez-vous"
FILED, PROOFS = Path("data/1_A_DEPOSER"), Path("data/3_PREUVES")
DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
WHEN = re.compile(rf"(?:{'|'.join(DAYS)}) (\d+) septembre 2026 à (\d\d) h (\d\d) min (\d\d) s \(UTC\+02:00\)")
DIGEST = re.compile(r"[0-9a-f]{64}")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """What one week left: its words, its store and its bundle."""

    person: Person
    folder: Path
    done: Done

    @property
    def bundle(self) -> Path:
        (found,) = self.folder.glob("dossier-1_brouillon_*")
        return found

    @property
    def pages(self) -> Path:
        (found,) = (self.bundle / FILED).glob("*Captures*.pdf")
        return found

    def temoin(self, *arguments: str | Path) -> Any:
        done = self.person.run("--config", self.folder / "config.toml", *arguments, "--json")
        assert done.code == 0, (done.out, done.err)
        return done.json


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    home = tmp_path_factory.mktemp("demo")
    temporary = tmp_path_factory.mktemp("t")
    person = Person(folder=home, temporary=temporary)
    done = person.run("demo", "--weeks", "1", "--out", "shown")
    yield Demo(person=person, folder=home / "shown", done=done)
    assert person.left_running() == []


def checker(name: str) -> str:
    """An external tool, or the reason why this check is not made here."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed: `make test-tools` sees to it")
    return found


def accepted(*command: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, (done.stdout, done.stderr)
    return done.stdout


def words_of(pdf: Path, *, page: int | None = None) -> str:
    limits = () if page is None else ("-f", str(page), "-l", str(page))
    return " ".join(accepted(checker("pdftotext"), *limits, "-layout", pdf, "-").split())


def test_the_demo_ends_well_and_says_where_everything_is(demo: Demo) -> None:
    assert demo.done.code == 0, demo.done.err
    assert demo.done.err == ""
    lines = demo.done.out.splitlines()
    assert lines[0] == "Week 1 of 1, from 2026-09-14:"
    assert lines[-3] == f"17 exhibits, simulated: {Path('shown') / demo.bundle.name}"
    assert lines[-2] == f"  PDF: {Path('shown') / demo.pages.relative_to(demo.folder)}"
    assert lines[-1] == "State of the bundle: passed"


# The bundle, to others' tools


def test_everybody_can_check_the_digests(demo: Demo) -> None:
    accepted(Path(sys.executable).with_name("bagit.py"), "--validate", demo.bundle)
    accepted(checker("sha256sum"), "--quiet", "--strict", "-c", "manifest-sha256.txt", cwd=demo.bundle)
    accepted(checker("sha256sum"), "--quiet", "--strict", "-c", "tagmanifest-sha256.txt", cwd=demo.bundle)


def test_the_script_in_the_bundle_verifies_it(demo: Demo) -> None:
    accepted("sh", "verifier.sh.txt", cwd=demo.bundle / PROOFS)


def test_pdf_readers_take_every_document(demo: Demo) -> None:
    documents = sorted(demo.bundle.rglob("*.pdf"))
    assert len(documents) == 10
    for document in documents:
        facts = accepted(checker("pdfinfo"), document)
        assert "(A4)" in facts
        assert re.search(r"Encrypted: +no", facts)
        accepted(checker("qpdf"), "--check", document)
        assert document.stat().st_size < 10_000_000
        assert "SIMULATION" in words_of(document), document.name


def test_each_picture_says_when_and_what_it_is(demo: Demo) -> None:
    pictures = sorted((demo.bundle / PROOFS).glob("*/*/exhibit.png"))
    assert len(pictures) == 14
    for picture in pictures:
        record = json_of(picture.parent.parent / "record.json")
        fields = accepted(
            checker("exiftool"), "-s", "-DateTimeOriginal", "-OffsetTimeOriginal", "-ImageDescription",
            "-UserComment", "-ImageUniqueID", picture,
        )  # fmt: skip
        local = record["at_local"][:19].replace("-", ":").replace("T", " ")
        assert local in fields
        assert "+02:00" in fields
        assert record["attempt"] in fields
        assert "SIMUL" in fields.upper()


def json_of(path: Path) -> Any:
    import json  # noqa: PLC0415

    return json.loads(path.read_bytes())


def test_each_page_of_captures_shows_what_a_judge_reads(demo: Demo) -> None:
    rows = list(csv.DictReader(io.StringIO(csv_text(demo)), delimiter=";"))
    captures = [row for row in rows if row["fichier"] == demo.pages.name]
    assert [row["numero"] for row in captures] == [str(number) for number in range(3, 15)]
    for row in captures:
        words = words_of(demo.pages, page=int(row["page"]))
        assert f"Pièce n° {row['numero']} " in words
        assert "Préfecture du Val-de-Marne (réplique)" in words
        assert "Première demande de titre de séjour" in words
        assert SENTENCE in words
        assert row["adresse"] in words
        assert row["empreinte"][:8] in words
        assert "SIMULATION — site fictif, ceci n’est pas une preuve" in words
        when = WHEN.search(words)
        assert when is not None, words
        assert f"2026-09-{int(when[1]):02d}" == row["date"]
        assert f"{when[2]}:{when[3]}:{when[4]}" == row["heure"]


def csv_text(demo: Demo) -> str:
    return (demo.bundle / FILED / "00_Inventaire_detaille.csv").read_text(encoding="utf-8-sig")


@pytest.mark.soak  # the suite must end within a quarter of an hour
def test_a_printed_page_can_be_read_by_a_machine(demo: Demo, tmp_path: Path) -> None:
    languages = accepted(checker("tesseract"), "--list-langs")
    if "fra" not in languages.split():
        pytest.skip("tesseract has no French: `make test-tools` sees to it")
    accepted(checker("pdftoppm"), "-r", "150", "-f", "1", "-l", "1", "-png", demo.pages, tmp_path / "page")
    (picture,) = tmp_path.glob("page*.png")
    words = " ".join(accepted("tesseract", picture, "-", "-l", "fra").replace("’", "'").split())
    assert words.count("plage horaire libre pour votre demande de rendez-vous") >= 2  # in the picture, and below it
    assert re.search(r"lundi 14 septembre 2026 à \d\d ?h ?\d\d", words)
    assert "Préfecture du Val-de-Marne" in words
    assert re.search(r"127\.0\.0\.1:\d+/booking/create/4963", words)


def test_everything_is_marked_as_simulated(demo: Demo) -> None:
    assert "Temoin-Simulated: yes" in (demo.bundle / "bag-info.txt").read_text(encoding="utf-8")
    assert {row["simulated"] for row in demo.temoin("list")} == {True}
    records = [json_of(path) for path in (demo.bundle / PROOFS).glob("*/record.json")]
    assert {record["simulated"] for record in records if "outcome" in record} == {True}
    assert "SIMULATION" in (demo.bundle / FILED / "TITRES.txt").read_text(encoding="utf-8")


# The commands, to programs (DESIGN §12)


def test_a_bundle_verifies_without_configuration_anywhere(demo: Demo, tmp_path: Path) -> None:
    stranger = Person(folder=tmp_path, temporary=tmp_path)
    done = stranger.run("verify", demo.bundle)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1] == "Everything was checked, and nothing was found to have changed."
    report = stranger.run("verify", demo.bundle, "--json").json
    assert_report(report)
    assert list(tmp_path.iterdir()) == []


def test_a_bundle_verifies_to_the_bottom(demo: Demo) -> None:
    report = demo.temoin("verify", demo.bundle, "--deep")
    assert_report(report)


def assert_report(report: Any) -> None:
    assert list(report) == ["status", "checks"]
    assert report["status"] == "passed"
    assert {tuple(check) for check in report["checks"]} == {("name", "status", "detail")}
    assert {check["status"] for check in report["checks"]} == {"passed"}


def test_the_store_of_the_demo_verifies(demo: Demo) -> None:
    assert_report(demo.temoin("verify"))


def test_list_gives_programs_what_the_contract_says(demo: Demo) -> None:
    rows = demo.temoin("list")
    assert len(rows) == 14
    assert [row["sequence"] for row in rows] == sorted(row["sequence"] for row in rows)
    assert {tuple(row) for row in rows} == {
        (
            "sequence", "attempt", "at", "procedure", "mode", "outcome", "url", "matched_text", "simulated",
            "timestamp", "timestamps", "artefacts",
        )
    }  # fmt: skip
    for row in rows:
        assert INSTANT.fullmatch(row["at"])
        assert (row["procedure"], row["mode"], row["timestamp"], row["timestamps"]) == (
            "demonstration", "unattended", "none", [],
        )  # fmt: skip
        assert (row["outcome"] == "no_slot") == (SENTENCE in (row["matched_text"] or ""))
        assert row["artefacts"]
        for artefact in row["artefacts"]:
            assert list(artefact) == ["role", "part", "sha256", "bytes", "path"]
            assert Path(artefact["path"]).stat().st_size == artefact["bytes"]
            assert DIGEST.fullmatch(artefact["sha256"])
        roles = {"window", "page", "exhibit", "text", "html", "exchange"}
        assert {artefact["role"] for artefact in row["artefacts"]} == roles


def test_list_takes_its_limits(demo: Demo) -> None:
    every = demo.temoin("list")
    day = [row for row in every if row["at"].startswith("2026-09-16")]
    assert demo.temoin("list", "--since", "2026-09-16", "--until", "2026-09-16") == day
    overloaded = [row for row in every if row["outcome"] == "overloaded"]
    assert demo.temoin("list", "--outcome", "overloaded") == overloaded != []
    assert demo.temoin("list", "--procedure", "other") == []


def test_show_gives_the_line_the_record_and_the_files(demo: Demo) -> None:
    row = demo.temoin("list")[0]
    shown = demo.temoin("show", str(row["sequence"]))
    assert list(shown) == ["entry", "record", "artefacts", "timestamps"]
    assert sorted(shown["entry"]) == ["at", "format", "kind", "previous", "record", "sequence", "station", "subject"]
    assert shown["record"] == json_of(demo.bundle / PROOFS / str(row["sequence"]) / "record.json")
    assert shown["artefacts"] == row["artefacts"]


def test_plan_gives_times_to_come(demo: Demo) -> None:
    times = demo.temoin("plan", "--days", "3")
    assert times
    assert {tuple(planned) for planned in times} == {("procedure", "at", "mode", "state")}
    assert {planned["state"] for planned in times} <= {"due", "projected"}
    assert all(INSTANT.fullmatch(planned["at"]) for planned in times)


def files_of(bundle: Path) -> dict[str, bytes]:
    return {str(path.relative_to(bundle)): path.read_bytes() for path in bundle.rglob("*") if path.is_file()}


def test_a_draft_made_again_has_the_same_bytes(demo: Demo, tmp_path: Path) -> None:
    first = demo.temoin("export", "--out", tmp_path / "out")
    second = demo.temoin("export", "--out", tmp_path / "out")
    assert list(first) == ["path", "filing", "exhibits"]
    assert first["filing"] is None
    assert first["path"] != second["path"]
    assert files_of(Path(first["path"])) == files_of(Path(second["path"])) == files_of(demo.bundle)
    assert {tuple(row) for row in first["exhibits"]} == {("number", "title", "file", "page", "sequence", "part")}
    assert [row["number"] for row in first["exhibits"]] == list(range(1, 18))
    for row in first["exhibits"]:
        assert (Path(first["path"]) / FILED / row["file"]).is_file()


@pytest.mark.soak  # the suite must end within a quarter of an hour; tests/integration/test_court_file.py does the same
def test_a_filing_is_issued_again_as_it_was(demo: Demo, tmp_path: Path) -> None:
    """Last, since it adds to the register; on a copy, since the other tests read the demo's own."""
    copy = tmp_path / "copy"
    shutil.copytree(demo.folder, copy)
    mine = Demo(person=demo.person, folder=copy, done=demo.done)
    first = mine.temoin("export", "--file", "--out", tmp_path / "out", "--case", "dossier-1")
    second = mine.temoin("export", "--file", "--out", tmp_path / "out", "--case", "dossier-1")
    assert (first["filing"], second["filing"]) == (1, 1)
    assert files_of(Path(first["path"])) == files_of(Path(second["path"]))
    assert "PROVISOIRE" not in words_of(next((Path(first["path"]) / FILED).glob("*Captures*.pdf")), page=1).upper()
    assert_report(mine.temoin("verify", first["path"]))
    assert_report(mine.temoin("verify"))
    lines = (Path(first["path"]) / PROOFS / "registre.jsonl").read_bytes().count(b"\n")
    assert mine.temoin("show", str(lines + 1))["entry"]["kind"] == "filing"
