"""A bundle's web archive: made of its WARCs alone, accepted by the checkers of others, made again by ``verify``."""

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from exhibits import bag
from exhibits.export import ExportRequest, export
from exhibits.verify_bundle import verify_bundle
from exhibits.web_archive import sort_key
from store.store import Store
from store.verify import verify_store
from temoin.records import Role
from temoin.report import Report, Status
from temoin.warc import find_bodies
from tests.exchange_case import page_of, try_with, warc
from tests.exhibit_case import CASE, SENTENCE, START, artefact, fill, open_case, settings

ARCHIVE = "data/3_PREUVES/captures.wacz"
DEEP = "14 exchanges"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store and its bundle: entries 3 without an exchange, 4 with one, 5 that refers to what 4 kept."""
    folder = tmp_path_factory.mktemp("archive")
    first = warc(page_of(SENTENCE))
    second = warc(page_of(SENTENCE, at=START.replace(hour=14)), known=find_bodies(first.data))
    tries = [
        try_with(None, hours=0, salt="a"),
        try_with(first, hours=1, salt="b"),
        try_with(second, hours=9, salt="c"),
    ]
    with open_case(folder / "evidence") as store:
        fill(store, tries)
        export(store, settings(folder), ExportRequest(case=CASE, out=folder / "out"), now=START.replace(day=29))
    return folder


@pytest.fixture
def bundle(folder: Path, tmp_path: Path) -> Path:
    """A copy of the bundle, to change."""
    (made,) = (folder / "out").iterdir()
    return Path(shutil.copytree(made, tmp_path / "bundle"))


def _checked(*command: object) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stdout, done.stderr)
    return done.stdout


def _tool(name: str) -> Path:
    return Path(sys.executable).with_name(name)


def _failed(report: Report) -> dict[str, str]:
    return {check.name: check.detail for check in report.checks if check.status is Status.FAILED}


def _seal_again(bundle: Path) -> None:
    """New manifests over what was changed, as its owner can make them."""
    info = (line.split(": ", 1) for line in (bundle / "bag-info.txt").read_text().splitlines())
    bag.write_bag(bundle, {name: value for name, value in info if name != "Payload-Oxum"})


def test_other_programs_accept_the_archive_and_its_warcs(bundle: Path) -> None:
    for path in sorted(bundle.glob("data/3_PREUVES/*/*/exchange.warc.gz")):
        assert "digest pass" in _checked(_tool("warcio"), "check", "-v", path)
    assert "the passed WACZ is valid" in _checked(_tool("wacz"), "validate", "-f", bundle / ARCHIVE)


def test_the_archive_holds_the_warcs_and_lists_each_page_once(bundle: Path) -> None:
    with zipfile.ZipFile(bundle / ARCHIVE) as archive:
        for entry in (4, 5):
            kept = (bundle / f"data/3_PREUVES/{entry}/1/exchange.warc.gz").read_bytes()
            assert archive.read(f"archive/{entry}-1.warc.gz") == kept
        pages = [json.loads(line) for line in archive.read("pages/pages.jsonl").splitlines()][1:]
        package = json.loads(archive.read("datapackage.json"))
        index = archive.read("indexes/index.cdx").decode().splitlines()
    assert [(page["id"], page["ts"]) for page in pages] == [
        ("4-1", "2026-09-14T05:12:33Z"),
        ("5-1", "2026-09-14T14:12:33Z"),
    ]
    assert all(SENTENCE in page["text"] for page in pages)
    assert (package["mainPageUrl"], package["mainPageDate"]) == (pages[1]["url"], pages[1]["ts"])
    assert [line.split(" ")[1] for line in index if '"warc/revisit"' in line] == ["20260914141234"]
    assert index == sorted(index)


def test_the_same_store_gives_the_same_archive(folder: Path, bundle: Path, tmp_path: Path) -> None:
    with Store.open(folder / "evidence", now=lambda: START) as store:
        again = export(store, settings(folder), ExportRequest(case=CASE, out=tmp_path), now=START.replace(day=29)).path
    assert (again / ARCHIVE).read_bytes() == (bundle / ARCHIVE).read_bytes()


def test_store_and_bundle_are_verified_to_their_bodies(folder: Path, bundle: Path) -> None:
    report = verify_bundle(bundle, deep=True)
    assert (report.checks[-1].status, report.checks[-1].name) == (Status.PASSED, DEEP)
    assert _failed(report) == {}
    last = verify_store(folder / "evidence", deep=True).checks[-1]
    assert (last.name, last.status, last.detail) == ("13 exchanges", Status.PASSED, "2 WARCs")


def test_an_archive_that_was_made_otherwise_is_found(bundle: Path) -> None:
    with zipfile.ZipFile(bundle / ARCHIVE, "a") as archive:
        archive.writestr("archive/faux.warc.gz", b"")
    _seal_again(bundle)
    assert _failed(verify_bundle(bundle)) == {}
    assert _failed(verify_bundle(bundle, deep=True)) == {
        DEEP: f"{ARCHIVE} is not the archive that the WARCs and records make"
    }


def test_an_archive_that_is_missing_is_found(bundle: Path) -> None:
    (bundle / ARCHIVE).unlink()
    _seal_again(bundle)
    assert _failed(verify_bundle(bundle)) == {
        "6 artefacts": f"{ARCHIVE} is missing: records name pages that it must hold"
    }


def test_a_warc_that_was_wrong_when_it_was_recorded_is_found_in_the_store(tmp_path: Path) -> None:
    orphan = warc(page_of(SENTENCE), known=find_bodies(warc(page_of("x", at=START.replace(day=1))).data))
    tries = [
        try_with(orphan, hours=0, salt="a"),
        try_with(artefact(Role.EXCHANGE, b"no WARC"), hours=2, salt="b"),
    ]
    with open_case(tmp_path / "evidence") as store:
        fill(store, tries)
    found = [check for check in verify_store(tmp_path / "evidence", deep=True).checks if check.name == "13 exchanges"]
    assert [(check.status, check.detail.split(": ", 1)[0]) for check in found] == [
        (Status.FAILED, "WARC of entry 3"),
        (Status.FAILED, "WARC of entry 4"),
    ]
    assert "no record before it holds the body that it refers to" in found[0].detail


def test_without_any_exchange_there_is_no_archive(tmp_path: Path) -> None:
    with open_case(tmp_path / "evidence") as store:
        fill(store, [try_with(None, hours=0, salt="a")])
        made = export(store, settings(tmp_path), ExportRequest(case=CASE, out=tmp_path), now=START.replace(day=29)).path
    assert not (made / ARCHIVE).exists()
    assert _failed(verify_bundle(made, deep=True)) == {}
    (made / ARCHIVE).write_bytes(b"PK")
    _seal_again(made)
    assert _failed(verify_bundle(made)) == {"6 artefacts": f"{ARCHIVE}: no record names it"}


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://www.val-de-marne.gouv.fr/booking/create/4963/1", "fr,gouv,val-de-marne,www)/booking/create/4963/1"),
        ("http://127.0.0.1:8000/A?b=C", "127.0.0.1:8000)/a?b=c"),
        ("https://a.fr:443", "fr,a)/"),
    ],
)
def test_addresses_are_sorted_as_indexes_do(url: str, key: str) -> None:
    assert sort_key(url) == key
