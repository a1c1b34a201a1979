"""docs/verifier.md is run as it stands on a whole bundle, and each of its checks finds what it says it finds."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from exhibits import bag
from temoin.canonical import canonical_bytes
from tests.authority import Pki, grant, in_order
from tests.exhibit_case import picture
from tests.whole_case import Whole

PAGE = Path(__file__).parents[2] / "docs" / "verifier.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROOFS = "data/3_PREUVES"
REGISTER = f"{PROOFS}/registre.jsonl"
# The heading that a block stands under → what must be installed for it besides Python and its packages.
ASKS = {
    "1": ("sha256sum",),
    "3": ("sha256sum",),
    "4": ("sha256sum", "cmp"),
    "5": ("sha256sum",),
    "6": ("sha256sum",),
    "8": ("openssl",),
    "9": ("exiftool",),
    "12": ("unzip", "cmp"),
    "13": ("pdftotext",),
    "14": ("cmp",),
}
TELLS = {  # the checks that print when all is well, and what
    "0": r"Étape 13, les horodatages \(timestamps\) : en ordre",
    "8": r"(?s)autorites/essai\.pem.*Fingerprint=(.*\nOK \./){4}.*manifest-sha256\.txt, ",
    "9": r"exhibit\.png \| 2026:09:14 07:12:33 \+02:00 \| [0-9a-f]{32} \| Préfecture du Val-de-Marne",
    "13": r"(?s)\d \"outcome\":\"no_slot\",\"parts\".*Synthèse",
}
NUMBERS = [str(number) for number in range(15)]


def read_blocks(text: str) -> dict[str, str]:
    """The shell lines of one half of the page, by the number of the heading that they stand under; 0: before any."""
    found: dict[str, str] = {}
    for section in re.split(r"(?m)^###? ", text):
        number = re.match(r"(\d+)\. ", section)
        for block in BLOCK.findall(section):
            name = number[1] if number else "0"
            found[name] = found.get(name, "") + block
    return found


FRENCH, _heading, ENGLISH = PAGE.read_text(encoding="utf-8").partition("\n## In English")
BLOCKS = read_blocks(FRENCH)


def run(number: str, bundle: Path, older: Path | None = None) -> str:
    """What the lines under that heading print, in the strictest common shell; they end by 0, or tell."""
    for tool in (*ASKS.get(number, ()), "dash"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed: the lines of check {number} need it")
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "older": str(older or bundle / REGISTER),
    }
    done = subprocess.run(
        ["dash", "-c", BLOCKS[number]], cwd=bundle, env=environment, capture_output=True, text=True, check=False
    )
    printed = done.stdout + done.stderr
    assert done.returncode == 0 or printed
    return printed


@pytest.fixture(scope="module")
def copied(whole: Whole, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(whole.bundle, tmp_path_factory.mktemp("by-hand") / "bundle"))


@pytest.fixture
def bundle(copied: Path, whole: Whole) -> Path:
    """A bundle to spoil; what the test before spoilt is put back."""
    for name in bag.find_files(copied):
        if not (whole.bundle / name).is_file():
            (copied / name).unlink()
    for name in bag.find_files(whole.bundle):
        target, source = copied / name, whole.bundle / name
        if not target.is_file() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    return copied


def test_both_languages_show_the_same_lines() -> None:
    assert read_blocks(ENGLISH) == BLOCKS
    assert sorted(BLOCKS, key=int) == NUMBERS


@pytest.mark.parametrize("number", NUMBERS)
def test_on_an_untouched_bundle_each_check_is_quiet_or_tells_what_is_right(bundle: Path, number: str) -> None:
    printed = run(number, bundle)
    if number in TELLS:
        assert re.search(TELLS[number], printed), printed
        assert "FAILED" not in printed
    else:
        assert printed == ""


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def first(bundle: Path, pattern: str) -> Path:
    return min(bundle.glob(f"{PROOFS}/{pattern}"))


def swap_lines(bundle: Path) -> None:
    lines = (bundle / REGISTER).read_bytes().splitlines(keepends=True)
    lines[4], lines[5] = lines[5], lines[4]
    (bundle / REGISTER).write_bytes(b"".join(lines))


def plan_afterwards(bundle: Path) -> None:
    """The plan of the first planned attempt gone from where it stood."""
    due = re.search(rb'"due":("[^"]*")', first(bundle, "5/record.json").read_bytes())
    assert due is not None
    for record in bundle.glob(f"{PROOFS}/*/record.json"):
        value = json.loads(record.read_bytes())
        if json.loads(due[1]) in value.get("times", ()):
            record.write_bytes(canonical_bytes(value | {"times": []}))


def put_another(bundle: Path) -> None:
    first(bundle, "*/*/window.png").write_bytes(picture("autre chose"))


def replace_framed_picture(bundle: Path) -> None:
    """The untouched picture beside a frame that was made around another."""
    shown = first(bundle, "*/*/exhibit.png").with_name("window.png")
    shown.write_bytes(picture("autre chose"))


# Check → a change that it finds, and what it then names.
SPOILT: dict[str, tuple[Callable[[Path], object], str]] = {
    "0": (swap_lines, "Étape 3, le registre (chain) : ÉCHEC"),
    "1": (lambda bundle: (bundle / "data" / "en-trop.txt").write_text("x"), "data/en-trop.txt"),
    "2": (lambda bundle: flip(first(bundle, "*/*/window.png")), "window.png"),
    "3": (swap_lines, "registre.jsonl, 5"),
    "4": (lambda bundle: flip(first(bundle, "5/record.json")), "data/3_PREUVES/5/record.json"),
    "5": (put_another, "window.png"),
    "6": (lambda bundle: first(bundle, "5/record.json").unlink(), "5"),
    "7": (plan_afterwards, "data/3_PREUVES/5, "),
    "9": (replace_framed_picture, "FAILED data/3_PREUVES/"),
    "10": (replace_framed_picture, "exhibit.png"),
    "11": (lambda bundle: flip(first(bundle, "*/*/exchange.warc.gz")), "exchange.warc.gz"),
    "12": (lambda bundle: flip(first(bundle, "*/*/exchange.warc.gz")), "exchange.warc.gz"),
}


@pytest.mark.parametrize("number", SPOILT)
def test_each_check_finds_what_it_is_there_for(bundle: Path, number: str) -> None:
    change, words = SPOILT[number]
    change(bundle)
    assert words in run(number, bundle)


def test_a_timestamp_of_somebody_else_is_found_by_openssl(bundle: Path, pki: Pki) -> None:
    from store.tokens import build_request  # noqa: PLC0415 - its only use

    path = bundle / "manifest-sha256.txt.essai.tsr"
    request = build_request((bundle / "manifest-sha256.txt").read_bytes()).as_bytes()
    path.write_bytes(in_order(grant(pki, request, signer="foreign", chain="foreign_root")))
    printed = run("8", bundle)
    assert "FAILED ./manifest-sha256.txt" in printed
    assert printed.count("\nOK ./") == 3


def test_a_register_made_anew_is_found_by_an_older_copy(bundle: Path, tmp_path: Path) -> None:
    lines = (bundle / REGISTER).read_bytes().splitlines(keepends=True)
    older = tmp_path / "registre.jsonl"
    older.write_bytes(b"".join(lines[:10]))
    assert run("14", bundle, older) == ""
    older.write_bytes(b"".join([*lines[:9], lines[9].replace(b'"at":"2', b'"at":"3')]))
    assert "differ" in run("14", bundle, older)
