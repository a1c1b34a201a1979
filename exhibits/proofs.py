"""``data/3_PREUVES``: the register, the secrets of the case's own procedures, and what each entry is about.

What lets anyone check the file without Témoin. The whole register travels, since the chain only makes sense
whole; what the other entries are about stays hidden behind their procedures' secrets (DESIGN §9).
"""

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from exhibits import names
from exhibits.heading import Heading
from store.chain import Entry, build_secrets
from store.store import Store
from store.vault import Keys
from temoin import __version__
from temoin.canonical import Digest, Json, canonical_bytes, read_json
from temoin.items import read_item
from temoin.records import FILE_NAMES, Kind, Role

FOLDER = "data/3_PREUVES"
REGISTER = "registre.jsonl"
SECRETS = "secrets.json"
ENTRY = "entry.json"
RECORD = "record.json"
DESCRIPTION = "dossier.json"
ARCHIVE = "captures.wacz"
TERMS = "conditions"  # the folder of the conditions page, beside those of the parts
ADDED = "journal"  # the folder of what the person added: its content and its files
CONTENT = "content.json"
PICTURED = frozenset({Kind.ATTEMPT, Kind.NOTICE})  # kinds whose records name artefacts
MAKERS = ("typst", "pikepdf", "pypdfium2", "pillow", "python-docx")
VERIFIERS = ("verifier.sh.txt", "verifier.ps1.txt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One artefact of a record and where it is in the entry's folder."""

    path: str
    role: Role
    digest: Digest


def find_items(record: Json) -> Iterator[Item]:
    """The artefacts that an attempt's or a notice's record names, with their places: ``<part>/window.png``."""
    for part in record.get("parts", ()):
        yield from _items(part["part"], part["artefacts"])
    terms = record.get("politeness", {}).get("terms", {})
    yield from _items(TERMS, terms.get("artefacts", ()))


def _items(folder: str, artefacts: Collection[dict[str, Any]]) -> Iterator[Item]:
    seen: dict[str, int] = {}
    for artefact in artefacts:
        role = Role(artefact["role"])
        name = FILE_NAMES[role]
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:  # two artefacts of one role: window.png, window-2.png
            stem, _dot, ending = name.partition(".")
            name = f"{stem}-{seen[name]}.{ending}"
        yield Item(path=f"{folder}/{name}", role=role, digest=Digest(artefact["sha256"]))


def makers() -> tuple[str, ...]:
    """What draws the documents: the same makers give the same bytes."""
    return (f"temoin {__version__}", *(f"{name} {version(name)}" for name in MAKERS))


def description_bytes(description: Json) -> bytes:
    """``dossier.json``, which ends as a line of text does."""
    return canonical_bytes(description) + b"\n"


def verifier_bytes(name: str) -> bytes:
    """The script ``name`` of ``VERIFIERS``, as it ships."""
    return files("exhibits").joinpath("templates").joinpath(name).read_bytes()


def secrets_bytes(pairs: Collection[tuple[str, str]]) -> bytes:
    """``secrets.json``, one subject a line so that a shell can read it."""
    value = build_secrets(pairs)
    lines = ",\n".join(json.dumps(one, sort_keys=True, separators=(",", ":")) for one in value["subjects"])
    return f'{{"format":{value["format"]},"subjects":[\n{lines}\n]}}\n'.encode()


def concerns(entry: Entry, subjects: Collection[str], own: Collection[int]) -> bool:
    """Whether the bundle shows what the entry is about: its own procedures, what its case added, and the station."""
    return entry.subject in subjects or entry.kind is Kind.STATION or entry.sequence in own


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a bundle shows of the register: up to which entry, of which procedures, and which entries of the case."""

    last: int
    procedures: tuple[str, ...]
    own: frozenset[int]  # entries without a subject: what the person added, and what was erased of it


def write_proofs(store: Store, bundle: Path, description: Json, shown: Shown) -> tuple[Entry, ...]:
    """Write the proofs of the procedures described; the entries that have a folder.

    ``description`` becomes ``dossier.json``: what the documents were drawn from besides the records.

    Raises:
        StoreError: a record or an object is not in the store.
        IntegrityError: an object is not what its name says.
        OSError: the disk refuses.
    """
    root = bundle / FOLDER
    root.mkdir(parents=True)
    pairs = [(procedure, store.secret_of(procedure)) for procedure in shown.procedures]
    subjects = {store.subject_of(procedure) for procedure in shown.procedures}
    entries = []
    with (root / REGISTER).open("wb") as register:
        for entry in store.entries(1, shown.last):
            register.write(entry.line + b"\n")
            if concerns(entry, subjects, shown.own):
                entries.append(entry)
    (root / DESCRIPTION).write_bytes(description_bytes(description))
    (root / SECRETS).write_bytes(secrets_bytes(pairs))
    for name in VERIFIERS:
        (root / name).write_bytes(verifier_bytes(name))
    for entry in entries:
        _write_entry(store, root / str(entry.sequence), entry)
    return tuple(entries)


def _write_entry(store: Store, folder: Path, entry: Entry) -> None:
    record = store.record_bytes(entry.sequence)
    folder.mkdir()
    (folder / ENTRY).write_bytes(entry.line)
    (folder / RECORD).write_bytes(record)
    if entry.kind not in PICTURED:
        return
    for item in find_items(read_json(record)):
        path = folder / item.path
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(store.read(item.digest))


def write_items(store: Store, bundle: Path, sequences: Collection[int], keys: Keys) -> None:
    """Write what the person added, each item in the folder of its entry; one at a time, since files may be large.

    Raises:
        StoreError: an item cannot be opened.
        IntegrityError: it is not what the register says.
        OSError: the disk refuses.
    """
    for sequence in sequences:
        content, data = store.open_item(sequence, keys)
        folder = bundle / FOLDER / str(sequence) / ADDED
        folder.mkdir()
        (folder / CONTENT).write_bytes(content)
        for facts, one in zip(read_item(content).attachments, data, strict=True):
            (folder / facts.file).write_bytes(one)


INFO_LABELS = (
    *("Bag-Software-Agent", "Bagging-Date", "External-Identifier", "Payload-Oxum"),
    *("Temoin-Bundle-Format", "Temoin-Filing", "Temoin-Simulated"),
)


def bag_info(heading: Heading, entries: Iterable[Entry]) -> dict[str, str]:
    """What ``bag-info.txt`` says of a bundle besides its size; ``entries`` are those that have their folders."""
    return {
        "Bagging-Date": bagging_date(entries),
        "Bag-Software-Agent": f"Temoin {__version__}",
        "External-Identifier": names.slug(heading.case),
        "Temoin-Bundle-Format": "1",
        "Temoin-Filing": heading.label or "draft",
        "Temoin-Simulated": "yes" if heading.simulated else "no",
    }


def bagging_date(entries: Iterable[Entry]) -> str:
    """The day (UTC) of the last entry shown; nothing where none is."""
    return max((entry.at.date().isoformat() for entry in entries), default="")
