"""Steps 8 and 9 of a bundle's verification: the inventory against records and files, names and titles."""

import html
import re
from collections.abc import Iterator
from itertools import pairwise

from exhibits import names
from exhibits.bundle_steps import read_info
from exhibits.content import is_simulated
from exhibits.desk import FOLDER, INVENTORY, MODELS, README, TITLES
from exhibits.docx_reading import read_table
from exhibits.facts import AttemptFacts
from exhibits.heading import Heading
from exhibits.inventory import (
    CSV_COLUMNS,
    Line,
    Placed,
    capture_line,
    document_line,
    inventory_csv,
    item_line,
    read_inventory,
    shown_cells,
)
from exhibits.item_pages import item_title
from exhibits.model import clean
from exhibits.opened import OpenBundle
from exhibits.proofs import DESCRIPTION, VERIFIERS
from exhibits.story import FiledItem
from temoin.messages import _

CSV_PATH = f"{FOLDER}/{INVENTORY}.csv"
TITLES_PATH = f"{FOLDER}/{TITLES}"
DOCX_PATH = f"{FOLDER}/{INVENTORY}.docx"
SUPPLEMENT = "-C"  # what tells a supplement's label from its petition's
# XMP is not compressed in PDF/A (ISO 19005-2, 6.6.2.1), so that the title can be read without a PDF library.
_TITLE = re.compile(rb"<dc:title>.*?<rdf:li[^>]*>(.*?)</rdf:li>", re.DOTALL)


def check_inventory(bundle: OpenBundle) -> Iterator[str]:
    """8: numbers without a hole, each line as its record says, each file with the numbers of its name."""
    data = bundle.read(CSV_PATH)
    lines = None if data is None else read_inventory(data)
    if lines is None:
        yield _("{file} is missing or cannot be read").format(file=CSV_PATH)
        return
    if inventory_csv(lines) != data:
        yield _("{file} is not as an export writes it: it was edited").format(file=CSV_PATH)
    yield from _check_numbers(lines)
    attempts = bundle.attempts()
    items = {item.sequence: item for item in bundle.items()}
    for line in lines:
        yield from _check_line(bundle, line, attempts, items)
    yield from _check_left_out(lines, items)
    yield from _check_groups(bundle, lines)
    yield from _check_docx(bundle, lines)
    yield from _check_simulated(bundle, attempts)


def _check_numbers(lines: tuple[Line, ...]) -> Iterator[str]:
    for line in lines:
        if not line["numero"].isdecimal() or not line["page"].isdecimal():
            yield _("inventory: {number} is not a number of exhibit, or its page is not one").format(
                number=line["numero"]
            )
            return
    for before, after in pairwise(lines):
        if after.number != before.number + 1:
            yield _("inventory: exhibit {after} comes after {before}").format(after=after.number, before=before.number)
        if after["fichier"] == before["fichier"] and int(after["page"]) < int(before["page"]):
            yield _("inventory: exhibit {number} is not after the one before it in {file}").format(
                number=after.number, file=after["fichier"]
            )
    sequences = [line["sequence"] for line in lines if line["sequence"]]
    for sequence in sorted({one for one in sequences if sequences.count(one) > 1}):
        yield _("inventory: entry {sequence} has two numbers").format(sequence=sequence)


def _check_line(
    bundle: OpenBundle, line: Line, attempts: dict[int, AttemptFacts], items: dict[int, FiledItem]
) -> Iterator[str]:
    number, sequence = line["numero"], line["sequence"]
    if not number.isdecimal() or not line["page"].isdecimal():
        return
    if not sequence:
        yield from _check_document(bundle, line)
        return
    place = int(sequence) if sequence.isdecimal() else -1
    placed = Placed(number=int(number), file=line["fichier"], page=int(line["page"]), filing=line["depot"])
    if place in attempts:
        facts = attempts[place]
        if not facts.is_proof:
            yield _("inventory: exhibit {number} is an attempt that does not count").format(number=number)
        yield from _compare(line, capture_line(placed, facts))
    elif place in items:
        item = items[place]
        yield from _compare(line, item_line(placed, item, item_title(item.content)))
    elif place not in bundle.erased() or line["depot"] == own_label(bundle):
        yield _("inventory: exhibit {number} names entry {sequence}, which is not in this bundle").format(
            number=number, sequence=sequence
        )


def _check_document(bundle: OpenBundle, line: Line) -> Iterator[str]:
    """A line that no entry stands behind: a document of its own, whose wording is that of the PDF's own title."""
    title = read_title(bundle.read(f"{FOLDER}/{line['fichier']}") or b"")
    wording = line["intitule"] if title is None else clean(title.partition(" ")[2])
    placed = Placed(number=line.number, file=line["fichier"], page=int(line["page"]), filing=line["depot"])
    yield from _compare(line, document_line(placed, wording))


def _compare(line: Line, recorded: Line) -> Iterator[str]:
    for column, said, known in zip(CSV_COLUMNS, line.cells, recorded.cells, strict=True):
        if said != known:
            yield _("inventory: exhibit {number}, {column}: it says {said}, the record {recorded}").format(
                number=line["numero"], column=column, said=repr(said), recorded=repr(known)
            )


def _check_left_out(lines: tuple[Line, ...], items: dict[int, FiledItem]) -> Iterator[str]:
    """A slot's answer is never kept from the reader: hiding it would make the rest worthless (DESIGN §3.2)."""
    listed = {line["sequence"] for line in lines}
    for sequence, item in items.items():
        if item.content.attempt is not None and str(sequence) not in listed:
            yield _("inventory: entry {sequence}, what was done about a slot, is not in it").format(sequence=sequence)


def own_label(bundle: OpenBundle) -> str:
    """The filing that the bundle is, as the inventory's last column says it; empty for a draft."""
    said = read_info(bundle).get("Temoin-Filing", "")
    return "" if said == "draft" else said


def _check_groups(bundle: OpenBundle, lines: tuple[Line, ...]) -> Iterator[str]:
    present = {name.removeprefix(f"{FOLDER}/") for name in bundle.digests if name.startswith(f"{FOLDER}/")}
    own = own_label(bundle)
    for file in dict.fromkeys(line["fichier"] for line in lines):
        inside = [line for line in lines if line["fichier"] == file]
        numbers = [line["numero"] for line in inside]
        if names.numbers_of(file) != (_integer(numbers[0]), _integer(numbers[-1])):
            yield _("inventory: {file} holds exhibits {first} to {last}, its name says otherwise").format(
                file=file, first=numbers[0], last=numbers[-1]
            )
        is_own = inside[0]["depot"] == own
        if is_own and file not in present:
            yield _("inventory: {file} is not in the bundle").format(file=file)
        if not is_own and file in present:
            yield _("inventory: {file} was filed before, and is in the bundle").format(file=file)
    filed = {line["fichier"] for line in lines} | {f"{INVENTORY}.{end}" for end in ("pdf", "csv", "docx")} | {TITLES}
    for file in sorted(present - filed):
        yield _("{file} is not in the inventory").format(file=file)


def _integer(text: str) -> int:
    return int(text) if text.isdecimal() else -1


def _check_docx(bundle: OpenBundle, lines: tuple[Line, ...]) -> Iterator[str]:
    """The inventory that can be edited says what the spreadsheet says, cell by cell."""
    data = bundle.read(DOCX_PATH)
    told = None if data is None else read_table(data)
    if told is None:
        yield _("{file} is missing or cannot be read").format(file=DOCX_PATH)
        return
    own = own_label(bundle)
    heading = Heading(case="", draft=not own, simulated=False, supplement=int(SUPPLEMENT in own))
    wanted = [shown_cells(line, heading) for line in lines]
    if len(told) - 1 != len(wanted):
        yield _("{file} has {found} lines, the inventory {wanted}").format(
            file=DOCX_PATH, found=len(told) - 1, wanted=len(wanted)
        )
    for found, line in zip(told[1:], wanted, strict=False):
        if found != line:
            yield _("{file}: its line of exhibit {number} is not that of the inventory").format(
                file=DOCX_PATH, number=line[0]
            )


def _check_simulated(bundle: OpenBundle, attempts: dict[int, AttemptFacts]) -> Iterator[str]:
    simulated = is_simulated(attempts.values(), bundle.notices())
    if read_info(bundle).get("Temoin-Simulated") != ("yes" if simulated else "no"):
        yield _("bag-info.txt does not say what the records say of being simulated")


def check_names(bundle: OpenBundle) -> Iterator[str]:
    """9: names that Télérecours takes, and titles that begin with the numbers (R.414-5 CJA)."""
    titles = (bundle.read(TITLES_PATH) or b"").decode("utf-8-sig", "replace").splitlines()
    for path in sorted(bundle.digests):
        if path == README or path.startswith((f"{FOLDER}/", f"{MODELS}/")):
            yield from _check_file(bundle, path, titles)
    for name in (README, f"{FOLDER}/{INVENTORY}.pdf", TITLES_PATH, *map(bundle.proof, (DESCRIPTION, *VERIFIERS))):
        if name not in bundle.digests:
            yield _("{file} is missing").format(file=name)
    if TITLES_PATH in bundle.digests and not _are_titles(bundle, titles):
        yield _("{file}: its names and titles are not those of the files, in the order of filing").format(
            file=TITLES_PATH
        )


def _are_titles(bundle: OpenBundle, lines: list[str]) -> bool:
    """Whether ``TITRES.txt`` lists each file to file with its title, in the inventory’s order, after a heading."""
    inventory = read_inventory(bundle.read(CSV_PATH) or b"") or ()
    files = dict.fromkeys([f"{INVENTORY}.pdf", *(line["fichier"] for line in inventory)])
    present = [name for name in files if f"{FOLDER}/{name}" in bundle.digests]
    wanted = [line for name in present for line in (name, read_title(bundle.read(f"{FOLDER}/{name}") or b"") or "", "")]
    head = lines[: lines.index("")] if "" in lines else []
    is_draft = any("brouillon" in line for line in head)
    return [*lines[len(head) + 1 :], ""] == wanted and is_draft == (not own_label(bundle))


def _check_file(bundle: OpenBundle, path: str, titles: list[str]) -> Iterator[str]:
    name = path.rpartition("/")[2]
    if wrong := names.check_name(name):
        yield _("{file}: {wrong}").format(file=path, wrong=wrong)
    if not name.endswith(".pdf"):
        return
    title = read_title(bundle.read(path) or b"")
    if title is None:
        yield _("{file} is not a PDF with a title").format(file=path)
    if title is None or not path.startswith(f"{FOLDER}/"):
        return
    if not title.startswith(f"{name.partition('_')[0]} "):
        yield _("{file}: its title does not begin with its numbers").format(file=path)
    elif name not in titles or title not in titles:
        yield _("{file}: TITRES.txt does not give its name and title").format(file=path)


def read_title(pdf: bytes) -> str | None:
    """The title in a PDF's metadata; None when there is none."""
    found = _TITLE.search(pdf) if pdf.startswith(b"%PDF-") else None
    return None if found is None else html.unescape(found[1].decode("utf-8", "replace")).strip()
