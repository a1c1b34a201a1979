"""Steps 8 and 9 of a bundle's verification: the inventory against records and files, names and titles."""

import csv
import html
import io
import re
from collections.abc import Iterator
from itertools import pairwise

from exhibits import names, tables
from exhibits.bundle_steps import read_info
from exhibits.courtfile import FOLDER, INVENTORY, README, TITLES
from exhibits.facts import AttemptFacts
from exhibits.model import exhibit_title
from exhibits.opened import OpenBundle
from temoin.messages import _

CSV_PATH = f"{FOLDER}/{INVENTORY}.csv"
# XMP is not compressed in PDF/A (ISO 19005-2, 6.6.2.1), so that the title can be read without a PDF library.
_TITLE = re.compile(rb"<dc:title>.*?<rdf:li[^>]*>(.*?)</rdf:li>", re.DOTALL)

Row = dict[str, str]


def check_inventory(bundle: OpenBundle) -> Iterator[str]:
    """8: numbers without a hole, each line as its record says, each file with the numbers of its name."""
    rows = read_rows(bundle)
    if rows is None:
        yield _("{file} is missing or cannot be read").format(file=CSV_PATH)
        return
    yield from _check_numbers(rows)
    attempts = bundle.attempts()
    for row in rows:
        yield from _check_row(row, attempts)
    yield from _check_groups(bundle, rows)
    yield from _check_simulated(bundle, attempts)


def read_rows(bundle: OpenBundle) -> list[Row] | None:
    """The lines of the inventory; None when it is absent or has other columns."""
    data = bundle.read(CSV_PATH)
    if data is None:
        return None
    try:
        reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";", strict=True)
        rows = list(reader)
    except (UnicodeDecodeError, csv.Error):
        return None
    is_whole = all(None not in row and None not in row.values() for row in rows)
    return rows if tuple(reader.fieldnames or ()) == tables.CSV_COLUMNS and rows and is_whole else None


def _check_numbers(rows: list[Row]) -> Iterator[str]:
    for row in rows:
        if not row["numero"].isdecimal() or not row["page"].isdecimal():
            yield _("inventory: {number} is not a number of exhibit, or its page is not one").format(
                number=row["numero"]
            )
            return
    for before, after in pairwise(rows):
        if int(after["numero"]) != int(before["numero"]) + 1:
            yield _("inventory: exhibit {after} comes after {before}").format(
                after=after["numero"], before=before["numero"]
            )
        if after["fichier"] == before["fichier"] and int(after["page"]) <= int(before["page"]):
            yield _("inventory: exhibit {number} is not after the one before it in {file}").format(
                number=after["numero"], file=after["fichier"]
            )
    sequences = [row["sequence"] for row in rows if row["sequence"]]
    for sequence in sorted({one for one in sequences if sequences.count(one) > 1}):
        yield _("inventory: entry {sequence} has two numbers").format(sequence=sequence)


def _check_row(row: Row, attempts: dict[int, AttemptFacts]) -> Iterator[str]:
    number, sequence = row["numero"], row["sequence"]
    if not sequence:
        return
    facts = attempts.get(int(sequence)) if sequence.isdecimal() else None
    if facts is None:
        yield _("inventory: exhibit {number} names entry {sequence}, which is no attempt of this bundle").format(
            number=number, sequence=sequence
        )
        return
    if not facts.is_proof:
        yield _("inventory: exhibit {number} is an attempt that does not count").format(number=number)
    if not number.isdecimal() or not row["page"].isdecimal():
        return
    line = tables.InventoryLine(
        number=int(number), title=exhibit_title(facts), file=row["fichier"], page=int(row["page"]), facts=facts
    )
    for column, cell in zip(tables.CSV_COLUMNS, tables.csv_cells(line), strict=True):
        if row[column] != cell:
            yield _("inventory: exhibit {number}, {column}: it says {said}, the record {recorded}").format(
                number=number, column=column, said=repr(row[column]), recorded=repr(cell)
            )


def _check_groups(bundle: OpenBundle, rows: list[Row]) -> Iterator[str]:
    present = {name.removeprefix(f"{FOLDER}/") for name in bundle.digests if name.startswith(f"{FOLDER}/")}
    for file in sorted({row["fichier"] for row in rows}):
        numbers = [row["numero"] for row in rows if row["fichier"] == file]
        if file not in present:
            yield _("inventory: {file} is not in the bundle").format(file=file)
        if names.numbers_of(file) != (_integer(numbers[0]), _integer(numbers[-1])):
            yield _("inventory: {file} holds exhibits {first} to {last}, its name says otherwise").format(
                file=file, first=numbers[0], last=numbers[-1]
            )
    filed = {row["fichier"] for row in rows} | {f"{INVENTORY}.pdf", f"{INVENTORY}.csv", TITLES}
    for file in sorted(present - filed):
        yield _("{file} is not in the inventory").format(file=file)


def _integer(text: str) -> int:
    return int(text) if text.isdecimal() else -1


def _check_simulated(bundle: OpenBundle, attempts: dict[int, AttemptFacts]) -> Iterator[str]:
    simulated = any(facts.simulated for facts in attempts.values())
    if read_info(bundle).get("Temoin-Simulated") != ("yes" if simulated else "no"):
        yield _("bag-info.txt does not say what the records say of being simulated")


def check_names(bundle: OpenBundle) -> Iterator[str]:
    """9: names that Télérecours takes, and titles that begin with the numbers (R.414-5 CJA)."""
    titles = (bundle.read(f"{FOLDER}/{TITLES}") or b"").decode("utf-8-sig", "replace").splitlines()
    for path in sorted(bundle.digests):
        if path == README or path.startswith(f"{FOLDER}/"):
            yield from _check_file(bundle, path, titles)
    for name in (README, f"{FOLDER}/{INVENTORY}.pdf", f"{FOLDER}/{TITLES}"):
        if name not in bundle.digests:
            yield _("{file} is missing").format(file=name)


def _check_file(bundle: OpenBundle, path: str, titles: list[str]) -> Iterator[str]:
    name = path.rpartition("/")[2]
    if wrong := names.check_name(name):
        yield _("{file}: {wrong}").format(file=path, wrong=wrong)
    if not name.endswith(".pdf"):
        return
    title = read_title(bundle.read(path) or b"")
    if title is None:
        yield _("{file} is not a PDF with a title").format(file=path)
    elif path != README and not title.startswith(f"{name.partition('_')[0]} "):
        yield _("{file}: its title does not begin with its numbers").format(file=path)
    elif path != README and (name not in titles or title not in titles):
        yield _("{file}: TITRES.txt does not give its name and title").format(file=path)


def read_title(pdf: bytes) -> str | None:
    """The title in a PDF's metadata; None when there is none."""
    found = _TITLE.search(pdf) if pdf.startswith(b"%PDF-") else None
    return None if found is None else html.unescape(found[1].decode("utf-8", "replace")).strip()
