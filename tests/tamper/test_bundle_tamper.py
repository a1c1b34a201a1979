"""A small bundle, one change at a time: each is found, with the step and the thing named."""

import csv
import io
import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from capture.frame import Caption, frame
from exhibits import bag
from exhibits.export import ExportRequest, export
from exhibits.verify_bundle import verify_bundle
from store.chain import parse_line
from temoin.canonical import canonical_bytes, sha256
from temoin.records import Outcome
from tests.exhibit_case import (
    CASE,
    NANTERRE,
    START,
    Try,
    fill,
    open_case,
    part,
    picture,
    settings,
    with_frames,
)

FILED = "data/1_A_DEPOSER"
PROOFS = "data/3_PREUVES"
CSV = f"{FILED}/00_Inventaire_detaille.csv"
REGISTER = f"{PROOFS}/registre.jsonl"
CAPTURES = f"{FILED}/02-03_Captures_RDV_Val-de-Marne_2026-09-14_au_2026-09-20.pdf"
TAGS = ("bag-info.txt", "bagit.txt", bag.MANIFEST, bag.TAG_MANIFEST)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A valid bundle, made once. Entries: 1, 2 follow · 3, 4, 5 attempts of one procedure · 6 of another."""
    folder = tmp_path_factory.mktemp("bundle")
    tries = [
        Try(at=START, parts=(part(salt="a"),)),
        Try(at=START + timedelta(hours=9), parts=(part(salt="b"),)),
        Try(at=START + timedelta(hours=26), outcome=Outcome.SLOT_SEEN, parts=(part(outcome=Outcome.SLOT_SEEN),)),
        Try(at=START + timedelta(hours=30), procedure=NANTERRE, parts=(part("1", salt="c"), part("2", salt="d"))),
    ]
    with open_case(folder / "evidence") as store:
        fill(store, [with_frames(one) for one in tries])
        request = ExportRequest(case=CASE, out=folder / "out")
        made = export(store, settings(folder), request, now=START + timedelta(days=9)).path
    assert verify_bundle(made, deep=True).status == "passed"
    return made


@pytest.fixture
def bundle(made: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(made, tmp_path / "bundle"))


def findings(bundle: Path, *, deep: bool = False) -> list[str]:
    """« step: what was found » for each failure; the report must be a failure."""
    report = verify_bundle(bundle, deep=deep)
    assert report.exit_code == 10
    return [f"{check.name}: {check.detail}" for check in report.checks if check.status == "failed"]


def run_shell(bundle: Path) -> subprocess.CompletedProcess[str]:
    """The verifier that a lawyer runs, in the strictest common shell."""
    return subprocess.run(
        ["dash", "verifier.sh.txt"], cwd=bundle / PROOFS, capture_output=True, text=True, timeout=60, check=False
    )


def remanifest(bundle: Path) -> None:
    """What an attacker does last: manifests and size made to agree with the changed files."""
    info = dict(line.split(": ", 1) for line in (bundle / "bag-info.txt").read_text().splitlines())
    info.pop("Payload-Oxum")
    bag.write_bag(bundle, info)


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def delete(path: Path) -> None:
    path.unlink()


def rename(path: Path) -> None:
    path.rename(path.with_name(f"x{path.name}"))


# Two of them in the long run only: the suite must end within a quarter of an hour.
CHANGES = (
    flip,
    delete,
    pytest.param(truncate, marks=pytest.mark.soak),
    pytest.param(rename, marks=pytest.mark.soak),
)


@pytest.mark.parametrize("change", CHANGES)
def test_every_file_that_changes_is_named(made: Path, tmp_path: Path, change: Callable[[Path], None]) -> None:
    for name in sorted(bag.find_files(made)):
        spoiled = tmp_path / "bundle"
        shutil.copytree(made, spoiled)
        change(spoiled / name)
        found = findings(spoiled)
        assert any(name in one or name.rpartition("/")[2] in one for one in found), (name, found)
        steps = {one.split(":")[0] for one in found}
        assert steps & ({"1 bag", "2 files"} if name in TAGS else {"2 files"}), (name, found)
        shutil.rmtree(spoiled)


def test_the_shell_verifier_passes_a_whole_bundle(bundle: Path) -> None:
    assert run_shell(bundle).returncode == 0


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize(
    "name",
    [
        "bag-info.txt",
        bag.MANIFEST,
        CSV,
        CAPTURES,
        REGISTER,
        f"{PROOFS}/secrets.json",
        f"{PROOFS}/4/entry.json",
        f"{PROOFS}/4/record.json",
        f"{PROOFS}/4/1/window.png",
    ],
)
def test_the_shell_verifier_finds_it_too(bundle: Path, name: str, change: Callable[[Path], None]) -> None:
    change(bundle / name)
    done = run_shell(bundle)
    assert done.returncode == 1
    assert name.rpartition("/")[2] in done.stdout
    assert "CONTRÔLE EN ÉCHEC" in done.stdout


def test_a_file_that_was_added_is_named(bundle: Path) -> None:
    (bundle / FILED / "99_Autre.pdf").write_bytes(b"%PDF-1.7")
    assert f"2 files: {FILED}/99_Autre.pdf is not in manifest-sha256.txt: it was added" in findings(bundle)
    done = run_shell(bundle)
    assert done.returncode == 1
    assert f"{FILED}/99_Autre.pdf : en trop" in done.stdout


def test_a_file_added_with_new_manifests_is_named(bundle: Path) -> None:
    (bundle / PROOFS / "note.txt").write_text("x")
    (bundle / FILED / "99_Autre.pdf").write_bytes(b"%PDF-1.7")
    remanifest(bundle)
    found = findings(bundle)
    assert f"2 files: {PROOFS}/note.txt: no export makes such a file" in found
    assert "8 inventory: 99_Autre.pdf is not in the inventory" in found


def test_a_link_out_of_the_bundle_is_refused(bundle: Path) -> None:
    target = bundle / PROOFS / "4" / "1" / "window.png"
    outside = bundle.parent / "outside.png"
    target.rename(outside)
    target.symlink_to(outside)
    assert f"2 files: {PROOFS}/4/1/window.png is not a plain file" in findings(bundle)
    done = run_shell(bundle)
    assert (done.returncode, f"{PROOFS}/4/1/window.png : est un lien" in done.stdout) == (1, True)


def test_an_empty_folder_is_found_by_both(bundle: Path) -> None:
    (bundle / "data" / "vide").mkdir()
    assert "2 files: data/vide is not a plain file" in findings(bundle)
    done = run_shell(bundle)
    assert (done.returncode, "data/vide : dossier vide, en trop" in done.stdout) == (1, True)


@pytest.mark.parametrize(
    ("before", "after", "deep"),
    [
        ("Bagging-Date: 2026", "Bagging-Date: 2025", False),
        ("Payload-Oxum", "Contact-Name: Personne\nPayload-Oxum", False),
        ("Temoin-Filing: draft", "Temoin-Filing: 7", True),
        ("External-Identifier: ", "External-Identifier: x", True),
        ("Temoin-Bundle-Format: 1", "Temoin-Bundle-Format: 2", True),
    ],
)
def test_what_bag_info_says_is_written_again(bundle: Path, before: str, after: str, *, deep: bool) -> None:
    """No timestamp covers that file: only the lists of digests that the attacker writes anew."""
    path = bundle / bag.INFO
    path.write_text(path.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")
    tags = {name: bag.hash_file(bundle / name) for name in bag.TAG_FILES}
    (bundle / bag.TAG_MANIFEST).write_bytes(bag.manifest_bytes(tags))
    step = "12 documents" if deep else "1 bag"
    assert f"{step}: bag-info.txt is not the one that an export of this bundle writes" in findings(bundle, deep=deep)


@pytest.mark.parametrize("path", ["nothing", "bagit.txt"])
def test_what_is_not_a_folder_has_failed(bundle: Path, path: str) -> None:
    assert findings(bundle / path) == [f"1 bag: {bundle / path} is not a folder: there is no bundle there"]


def test_an_empty_folder_has_failed(tmp_path: Path) -> None:
    assert "1 bag: bagit.txt is missing" in findings(tmp_path)


def test_half_a_bundle_has_failed(bundle: Path) -> None:
    shutil.rmtree(bundle / FILED)
    found = findings(bundle)
    assert f"2 files: {CSV} is missing, manifest-sha256.txt names it" in found
    assert f"8 inventory: {CSV} is missing or cannot be read" in found


# An attacker who edits and makes the manifests agree


def edit_csv(bundle: Path, change: Callable[[list[list[str]]], object]) -> list[str]:
    text = (bundle / CSV).read_text(encoding="utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
    change(rows)
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows(rows)
    (bundle / CSV).write_bytes(out.getvalue().encode("utf-8-sig"))
    remanifest(bundle)
    return findings(bundle)


def test_reordered_lines_of_the_inventory_are_found(bundle: Path) -> None:
    found = edit_csv(bundle, lambda rows: rows.insert(1, rows.pop(2)))
    assert "8 inventory: inventory: exhibit 1 comes after 2" in found


def test_a_line_taken_out_of_the_inventory_is_found(bundle: Path) -> None:
    found = edit_csv(bundle, lambda rows: rows.pop(2))
    assert "8 inventory: inventory: exhibit 3 comes after 1" in found


COLUMNS = ("intitule", "date", "heure", "fuseau", "prefecture", "demarche", "resultat", "adresse", "empreinte")


@pytest.mark.parametrize("column", COLUMNS)
def test_a_cell_that_says_otherwise_than_the_record_is_found(bundle: Path, column: str) -> None:
    def change(rows: list[list[str]]) -> None:
        rows[2][rows[0].index(column)] = "autre chose"

    found = edit_csv(bundle, change)
    assert any(f"8 inventory: inventory: exhibit 2, {column}: it says 'autre chose'" in one for one in found)


@pytest.mark.parametrize("column", COLUMNS)
def test_a_cell_of_a_document_that_is_no_attempt_is_held_to_its_title(bundle: Path, column: str) -> None:
    def change(rows: list[list[str]]) -> None:
        rows[1][rows[0].index(column)] = "autre chose"

    found = edit_csv(bundle, change)
    assert any(f"8 inventory: inventory: exhibit 1, {column}: it says 'autre chose'" in one for one in found)


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("numero", "un", "un is not a number of exhibit"),
        ("page", "x", "2 is not a number of exhibit, or its page is not one"),
        ("page", "9", "exhibit 3 is not after the one before it"),
        ("fichier", "02_x.pdf", "02_x.pdf is not in the bundle"),
        ("sequence", "5", "exhibit 2 is an attempt that does not count"),
        ("sequence", "4", "entry 4 has two numbers"),
        ("sequence", "1", "exhibit 2 names entry 1, which is not in this bundle"),
        ("sequence", "²", "exhibit 2 names entry ², which is not in this bundle"),
        ("sequence", "", "exhibit 2, intitule: it says"),
    ],
)
def test_a_number_that_points_elsewhere_is_found(bundle: Path, column: str, value: str, words: str) -> None:
    def change(rows: list[list[str]]) -> None:
        rows[2][rows[0].index(column)] = value

    assert any(words in one for one in edit_csv(bundle, change))


def test_other_columns_or_a_ragged_line_are_found(bundle: Path) -> None:
    found = edit_csv(bundle, lambda rows: rows[1].append("x"))
    assert f"8 inventory: {CSV} is missing or cannot be read" in found


def test_another_picture_is_found(bundle: Path) -> None:
    (bundle / PROOFS / "4" / "1" / "window.png").write_bytes(picture("autre"))
    remanifest(bundle)
    words = f"{PROOFS}/4/1/window.png is not what the record names: its digest differs"
    assert f"6 artefacts: {words}" in findings(bundle)
    done = run_shell(bundle)
    assert done.returncode == 1
    assert "4/1/window.png : n’est pas ce que record.json nomme" in done.stdout


def test_swapped_parts_are_found(bundle: Path) -> None:
    one, two = (bundle / PROOFS / "6" / name / "window.png" for name in ("1", "2"))
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    remanifest(bundle)
    assert len([line for line in findings(bundle) if line.startswith("6 artefacts")]) == 2


def edit_record(bundle: Path, sequence: int, change: Callable[[dict[str, object]], object]) -> None:
    path = bundle / PROOFS / str(sequence) / "record.json"
    record = json.loads(path.read_bytes())
    change(record)
    path.write_bytes(canonical_bytes(record))
    remanifest(bundle)


def test_a_record_that_was_edited_is_found(bundle: Path) -> None:
    edit_record(bundle, 5, lambda record: record.update(outcome="no_slot"))
    assert f"5 records: {PROOFS}/5/record.json is not the record that entry 5 names" in findings(bundle)
    done = run_shell(bundle)
    assert done.returncode == 1
    assert "5/record.json : n’a pas l’empreinte inscrite au registre" in done.stdout


@pytest.mark.parametrize("value", [None, 12, "x", [], {}])
@pytest.mark.parametrize("name", ["timezone", "parts", "procedure", "politeness", "at", "url", "environment"])
def test_a_record_of_nonsense_is_told_and_breaks_nothing(bundle: Path, name: str, value: object) -> None:
    edit_record(bundle, 3, lambda record: record.update({name: value}))
    assert any(one.startswith("5 records") for one in findings(bundle, deep=name in {"politeness", "environment"}))


def edit_register(bundle: Path, change: Callable[[list[bytes]], object]) -> list[str]:
    lines = (bundle / REGISTER).read_bytes().splitlines()
    change(lines)
    (bundle / REGISTER).write_bytes(b"".join(line + b"\n" for line in lines))
    remanifest(bundle)
    return findings(bundle)


def test_a_line_taken_out_of_the_register_is_found(bundle: Path) -> None:
    found = edit_register(bundle, lambda lines: lines.pop(4))
    assert "3 chain: registre.jsonl: line 5: sequence 6 stands where 5 was expected" in found
    assert f"4 entries: {PROOFS}/5/entry.json is not line 5 of registre.jsonl" in found
    done = run_shell(bundle)
    assert done.returncode == 1
    assert "registre.jsonl, ligne 5 : porte le numéro 6" in done.stdout


def test_lines_that_changed_places_are_found(bundle: Path) -> None:
    found = edit_register(bundle, lambda lines: lines.insert(2, lines.pop(3)))
    assert "3 chain: registre.jsonl: line 3: sequence 4 stands where 3 was expected" in found
    assert run_shell(bundle).returncode == 1


@pytest.mark.parametrize("name", ["at", "kind", "previous", "record", "sequence", "station", "subject", "format"])
def test_each_field_of_a_line_is_held(bundle: Path, name: str) -> None:
    def change(lines: list[bytes]) -> None:
        value = json.loads(lines[2])
        other = {"at": "2026-01-01T00:00:00.000Z", "kind": "plan", "sequence": 33, "format": 2}
        value[name] = other.get(name, "0" * len(str(value[name])))
        lines[2] = canonical_bytes(value)

    found = edit_register(bundle, change)
    assert any(one.startswith("3 chain: registre.jsonl: line ") for one in found)
    assert any(one.startswith("4 entries") for one in found)
    assert run_shell(bundle).returncode == 1


def test_an_attempt_left_out_with_its_folder_is_found(bundle: Path) -> None:
    shutil.rmtree(bundle / PROOFS / "5")
    remanifest(bundle)
    assert "7 subjects: entry 5 is about creteil-premiere-demande and was left out" in findings(bundle)
    done = run_shell(bundle)
    assert done.returncode == 1
    assert "entrée 5 : concerne le dossier et n’y est pas" in done.stdout


def test_a_procedure_hidden_with_its_secret_is_found(bundle: Path) -> None:
    path = bundle / PROOFS / "secrets.json"
    told = json.loads(path.read_bytes())
    told["subjects"] = [one for one in told["subjects"] if one["procedure"] != NANTERRE["id"]]
    path.write_text(json.dumps(told))
    remanifest(bundle)
    assert "7 subjects: entry 6: its record is about nanterre-renouvellement, its subject is not" in findings(bundle)


def test_another_secret_is_found(bundle: Path) -> None:
    path = bundle / PROOFS / "secrets.json"
    told = path.read_text()
    secret = json.loads(told)["subjects"][0]["secret"]
    path.write_text(told.replace(secret, "0" * 64))
    remanifest(bundle)
    words = "secrets.json: the secret of creteil-premiere-demande does not give its subject"
    assert f"7 subjects: {words}" in findings(bundle)
    assert run_shell(bundle).returncode == 1


def test_a_title_without_its_numbers_is_found(bundle: Path) -> None:
    path = bundle / CAPTURES
    path.write_bytes(path.read_bytes().replace(b">02-03 Captures", b">99-99 Captures"))
    remanifest(bundle)
    assert f"9 names: {CAPTURES}: its title does not begin with its numbers" in findings(bundle)


def test_a_name_that_telerecours_refuses_is_found(bundle: Path) -> None:
    (bundle / CAPTURES).rename(bundle / FILED / "02-03_Captures.v2.pdf")
    remanifest(bundle)
    assert any("9 names: " in one and "a dot before the extension" in one for one in findings(bundle))


def test_hiding_that_it_is_a_simulation_is_found(bundle: Path) -> None:
    path = bundle / "bag-info.txt"
    path.write_text(path.read_text().replace("Temoin-Simulated: no", "Temoin-Simulated: yes"))
    remanifest(bundle)
    words = "bag-info.txt does not say what the records say of being simulated"
    assert f"8 inventory: {words}" in findings(bundle)


@pytest.mark.parametrize(
    "name", [CAPTURES, f"{FILED}/00_Inventaire_detaille.pdf", f"{FILED}/05_Registre.pdf", "data/LISEZ-MOI.pdf"]
)
def test_a_document_that_was_edited_is_found_by_drawing_it_again(bundle: Path, name: str) -> None:
    path = bundle / name
    path.write_bytes(path.read_bytes() + b"\n% edited")
    remanifest(bundle)
    assert verify_bundle(bundle).status == "passed"  # bytes agree; what they say takes --deep
    assert findings(bundle, deep=True) == [f"12 documents: {name} is not the document that the records draw"]


def test_documents_of_another_version_are_not_checked_and_not_passed(bundle: Path) -> None:
    path = bundle / PROOFS / "dossier.json"
    told = json.loads(path.read_bytes())
    told["made_by"] = ["temoin 99.0.0", "typst 99.0"]
    path.write_bytes(canonical_bytes(told) + b"\n")
    remanifest(bundle)
    report = verify_bundle(bundle, deep=True)
    assert (report.status, report.exit_code) == ("incomplete", 11)
    assert "made by temoin 99.0.0 typst 99.0" in next(
        check.detail for check in report.checks if check.name == "12 documents"
    )


def test_a_picture_that_cannot_be_decoded_is_found_with_deep(bundle: Path) -> None:
    path = bundle / PROOFS / "4" / "1" / "window.png"
    path.write_bytes(path.read_bytes()[:-40])
    remanifest(bundle)
    assert f"10 pictures: {PROOFS}/4/1/window.png cannot be decoded" in findings(bundle, deep=True)


def reframe(bundle: Path, change: Callable[[Caption], Caption], shown: bytes | None = None) -> list[str]:
    """Frame the picture of entry 4 otherwise, as someone who rewrites everything would."""
    folder = bundle / PROOFS / "4" / "1"
    plain = (folder / "window.png").read_bytes()
    record = json.loads((folder.parent / "record.json").read_bytes())
    caption = Caption(
        prefecture="P",
        label="L",
        part="",
        url="http://127.0.0.1/",
        at=datetime.fromisoformat(record["at"]),
        timezone="Europe/Paris",
        outcome=Outcome.NO_SLOT,
        sentence=None,
        attempt=record["attempt"],
        digest=sha256(plain),
        simulated=False,
        view="window",
    )
    (folder / "exhibit.png").write_bytes(frame(shown or plain, change(caption)))
    remanifest(bundle)
    return [one for one in findings(bundle, deep=True) if one.startswith(("10 ", "11 "))]


def test_other_pixels_in_the_frame_are_found(bundle: Path) -> None:
    found = reframe(bundle, lambda caption: caption, picture("autre"))
    assert found == [f"10 pictures: {PROOFS}/4/1/exhibit.png does not hold the pixels of {PROOFS}/4/1/window.png"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"attempt": "20260101-000000-0000"}, "its EXIF says '20260101-000000-0000' of attempt, the record"),
        ({"at": START}, "the date or the identifier in its EXIF is not the record's"),
        ({"outcome": Outcome.SLOT_SEEN}, "its EXIF says 'slot_seen' of outcome, the record 'no_slot'"),
        ({"digest": sha256(b"x")}, "of sha256, the record"),
        ({"simulated": True}, "its EXIF says True of simulated, the record False"),
    ],
)
def test_a_frame_that_says_otherwise_than_the_record_is_found(
    bundle: Path, change: dict[str, object], words: str
) -> None:
    found = reframe(bundle, lambda caption: replace(caption, **change))  # type: ignore[arg-type]
    assert all(one.startswith("11 exif: ") for one in found)
    assert any(words in one for one in found)


def test_a_frame_that_is_none_is_found(bundle: Path) -> None:
    (bundle / PROOFS / "4" / "1" / "exhibit.png").write_bytes(picture("sans cadre"))
    remanifest(bundle)
    found = findings(bundle, deep=True)
    assert f"10 pictures: {PROOFS}/4/1/exhibit.png: the picture cannot be cut out of its frame" in found
    assert f"11 exif: {PROOFS}/4/1/exhibit.png: its EXIF cannot be read" in found


def test_a_whole_rewrite_to_the_end_is_not_seen_and_the_format_says_so(bundle: Path, repository: Path) -> None:
    lines = (bundle / REGISTER).read_bytes().splitlines()
    last = json.loads(lines[-1])
    record = json.loads((bundle / PROOFS / str(len(lines)) / "record.json").read_bytes())
    record["duration_ms"] = 1
    last["record"] = sha256(canonical_bytes(record))
    lines[-1] = canonical_bytes(last)
    assert parse_line(lines[-1]).sequence == len(lines)
    (bundle / REGISTER).write_bytes(b"".join(line + b"\n" for line in lines))
    (bundle / PROOFS / str(len(lines)) / "entry.json").write_bytes(lines[-1])
    (bundle / PROOFS / str(len(lines)) / "record.json").write_bytes(canonical_bytes(record))
    remanifest(bundle)
    assert verify_bundle(bundle).status == "passed"
    assert "the chain alone cannot show that" in (repository / "docs" / "format.md").read_text(encoding="utf-8")
