"""Steps 1 to 7 of a bundle's verification: the bag, its files, the register and what it names (docs/format.md).

The shell and PowerShell verifiers in the bundle do these same seven, by the same numbers.
"""

import re
from collections.abc import Iterator

from exhibits import bag, proofs
from exhibits.opened import OpenBundle, sequence_of
from store.chain import Entry, build_subject, check_chain
from temoin.canonical import is_canonical, read_json
from temoin.errors import IntegrityError
from temoin.items import read_item
from temoin.messages import _
from temoin.records import Kind, Role

# What a bundle of format 1 may hold; anything else did not come from an export.
KNOWN_FILES = re.compile(
    r"bagit\.txt|bag-info\.txt|(tag)?manifest-sha256\.txt|manifest-sha256\.txt\.[a-z0-9-]+\.tsr"
    r"|data/LISEZ-MOI\.pdf"
    r"|data/1_A_DEPOSER/[A-Za-z0-9_-]+\.(pdf|csv|txt|docx)"
    r"|data/2_MODELES/[A-Za-z0-9_-]+\.(pdf|txt|docx)"
    r"|data/3_PREUVES/(registre\.jsonl|secrets\.json|dossier\.json|captures\.wacz|verifier\.(sh|ps1)\.txt)"
    r"|data/3_PREUVES/[1-9][0-9]*/(entry|record)\.json"
    r"|data/3_PREUVES/(horodatages/)?[1-9][0-9]*/entry\.json\.[a-z0-9-]+\.tsr"
    r"|data/3_PREUVES/horodatages/[1-9][0-9]*/entry\.json|data/3_PREUVES/autorites/[a-z0-9-]+\.pem"
    r"|data/3_PREUVES/[1-9][0-9]*/[A-Za-z0-9_-]+/[a-z]+(-[0-9]+)?(\.[a-z]+)+"
)


def check_bag(bundle: OpenBundle) -> Iterator[str]:
    """1: the tag files are those of a BagIt 1.0 bag, and the payload has the announced size."""
    for name in (*bag.TAG_FILES, bag.TAG_MANIFEST):
        if name not in bundle.digests:
            yield _("{file} is missing").format(file=name)
    declaration = bundle.read("bagit.txt")
    if declaration is not None and declaration != bag.DECLARATION:
        yield _("bagit.txt is not that of a BagIt 1.0 bag")
    stamps = {name for name in bundle.digests if "/" not in name and name.endswith(".tsr")}
    yield from _check_manifest(bundle, bag.TAG_MANIFEST, {*bag.TAG_FILES, *stamps})
    info = read_info(bundle)
    payload = [name for name in bundle.digests if name.startswith("data/")]
    size = sum((bundle.root / name).stat().st_size for name in payload)
    if info and info.get("Payload-Oxum") != f"{size}.{len(payload)}":
        yield _("bag-info.txt announces {announced} as size and number of files, {found} were found").format(
            announced=info.get("Payload-Oxum"), found=f"{size}.{len(payload)}"
        )
    if info:
        yield from _check_info(bundle, info)


def _check_info(bundle: OpenBundle, info: dict[str, str]) -> Iterator[str]:
    """Its labels, and its day, which no timestamp covers; step 8 sees to « simulated », and step 12 to all of it."""
    shown = (bundle.entries[number] for number in bundle.records if number in bundle.entries)
    expected = {label: info.get(label, "") for label in proofs.INFO_LABELS}
    expected["Bagging-Date"] = proofs.bagging_date(shown)
    if bundle.read(bag.INFO) != bag.info_bytes(expected):
        yield _("{file} is not the one that an export of this bundle writes").format(file=bag.INFO)


def read_info(bundle: OpenBundle) -> dict[str, str]:
    """The labels of ``bag-info.txt``; none when it is absent or is not text."""
    data = bundle.read("bag-info.txt") or b""
    lines = (line.partition(": ") for line in data.decode("utf-8", "replace").splitlines())
    return {label: value for label, separator, value in lines if separator}


def check_files(bundle: OpenBundle) -> Iterator[str]:
    """2: each file has the digest of the manifest, none is missing, none is added."""
    for name in bundle.odd:
        yield _("{file} is not a plain file").format(file=name)
    expected = {name for name in bundle.digests if name.startswith("data/")}
    yield from _check_manifest(bundle, bag.MANIFEST, expected)
    for name in sorted(bundle.digests):
        if not KNOWN_FILES.fullmatch(name):
            yield _("{file}: no export makes such a file").format(file=name)


def _check_manifest(bundle: OpenBundle, manifest: str, expected: set[str]) -> Iterator[str]:
    data = bundle.read(manifest)
    if data is None:
        yield _("{file} is missing: the files cannot be checked").format(file=manifest)
        return
    try:
        named = bag.parse_manifest(data)
    except ValueError as error:
        yield _("{file} cannot be read: {why}").format(file=manifest, why=error)
        return
    if bag.manifest_bytes(named) != data:
        yield _("{file} is not as an export writes it: it was edited").format(file=manifest)
    for name in sorted(named.keys() | expected):
        if name not in named:
            yield _("{file} is not in {manifest}: it was added").format(file=name, manifest=manifest)
        elif name not in bundle.digests:
            yield _("{file} is missing, {manifest} names it").format(file=name, manifest=manifest)
        elif bundle.digests[name] != named[name]:
            yield _("{file} has changed: its digest is not that of {manifest}").format(file=name, manifest=manifest)


def check_register(bundle: OpenBundle) -> Iterator[str]:
    """3: each line follows from the one before (store.chain)."""
    data = bundle.read(bundle.proof(proofs.REGISTER))
    if not data:
        yield _("registre.jsonl is missing or empty")
        return
    if not data.endswith(b"\n"):
        yield _("registre.jsonl: the last line is cut")
    for finding in check_chain(bundle.lines):
        yield f"registre.jsonl: {finding.message}"


def check_entries(bundle: OpenBundle) -> Iterator[str]:
    """4: each entry's folder holds the entry, which is its line of the register to the byte."""
    for sequence in _folders(bundle):
        path = bundle.proof(f"{sequence}/{proofs.ENTRY}")
        data = bundle.read(path)
        entry = bundle.entries.get(sequence)
        if data is None:
            yield _("{file} is missing").format(file=path)
        elif entry is None or data != entry.line:
            yield _("{file} is not line {sequence} of registre.jsonl").format(file=path, sequence=sequence)


def _folders(bundle: OpenBundle) -> list[int]:
    found = {sequence_of(path) for path in bundle.digests}
    return sorted(sequence for sequence in found if sequence is not None)


def check_records(bundle: OpenBundle) -> Iterator[str]:
    """5: each entry's record is there, canonical, and has the digest that the entry gives."""
    for sequence in _folders(bundle):
        path = bundle.proof(f"{sequence}/{proofs.RECORD}")
        entry = bundle.entries.get(sequence)
        if path not in bundle.digests:
            yield _("{file} is missing").format(file=path)
        elif entry is None or bundle.digests[path] != entry.record:
            yield _("{file} is not the record that entry {sequence} names").format(file=path, sequence=sequence)
        elif not is_canonical(bundle.records[sequence]):
            yield _("{file} is not in canonical form (RFC 8785)").format(file=path)


def check_artefacts(bundle: OpenBundle) -> Iterator[str]:
    """6: pictures, texts and what the person added are those that the records name, all of them and no other."""
    expected: set[str] = set()
    for sequence, entry in sorted(bundle.entries.items()):
        if sequence not in bundle.records:
            continue
        if entry.kind is Kind.JOURNAL:
            yield from check_added(bundle, sequence, expected)
        elif entry.kind in proofs.PICTURED:
            yield from _check_pictured(bundle, sequence, expected)
    yield from _check_archive(bundle)
    for path in sorted(bundle.digests):
        is_item = sequence_of(path) is not None and path.count("/") > 3  # noqa: PLR2004 - data/3_PREUVES/N/file
        if is_item and path not in expected:
            yield _("{file}: no record names it").format(file=path)


def _check_archive(bundle: OpenBundle) -> Iterator[str]:
    """The web archive is there exactly where a record names a WARC; what is in it is looked at by the deep steps."""
    path = bundle.proof(proofs.ARCHIVE)
    expected = any(role is Role.EXCHANGE for one in bundle.attempts().values() for role in one.roles)
    if expected and path not in bundle.digests:
        yield _("{file} is missing: records name pages that it must hold").format(file=path)
    elif path in bundle.digests and not expected:
        yield _("{file}: no record names it").format(file=path)


def _check_pictured(bundle: OpenBundle, sequence: int, expected: set[str]) -> Iterator[str]:
    try:
        items = list(proofs.find_items(bundle.record(sequence) or {}))
    except (ValueError, KeyError, TypeError, AttributeError):
        yield _("entry {sequence}: its record does not say what it holds").format(sequence=sequence)
        return
    for item in items:
        path = bundle.proof(f"{sequence}/{item.path}")
        expected.add(path)
        yield from _check_artefact(bundle, path, item.digest)


def check_added(bundle: OpenBundle, sequence: int, expected: set[str]) -> Iterator[str]:
    """What the person added: its content has the salted digest of its record, its files have those of the content."""
    folder = bundle.proof(f"{sequence}/{proofs.ADDED}")
    path = f"{folder}/{proofs.CONTENT}"
    expected.add(path)
    record = bundle.record(sequence) or {}
    if path not in bundle.digests:
        if sequence not in bundle.erased():
            yield _("{file} is missing, and no entry says that it was erased").format(file=path)
        return
    if bundle.digests[path] != record.get("content_sha256"):
        yield _("{file} is not what the record names: its digest differs").format(file=path)
        return
    try:
        content = read_item(bundle.read(path) or b"")
    except IntegrityError as error:
        yield f"{path}: {error.message}"
        return
    for one in content.attachments:
        expected.add(f"{folder}/{one.file}")
        yield from _check_artefact(bundle, f"{folder}/{one.file}", one.sha256)


def _check_artefact(bundle: OpenBundle, path: str, digest: str) -> Iterator[str]:
    if path not in bundle.digests:
        yield _("{file} is missing, the record names it").format(file=path)
    elif bundle.digests[path] != digest:
        yield _("{file} is not what the record names: its digest differs").format(file=path)


def check_subjects(bundle: OpenBundle) -> Iterator[str]:
    """7: every entry about the procedures of the bundle has its folder: nothing was left out."""
    try:
        written = bundle.read(bundle.proof(proofs.SECRETS)) or b""
        data = read_json(written)
        pairs = [(_words(one["procedure"]), _words(one["secret"]), _words(one["subject"])) for one in data["subjects"]]
    except (ValueError, KeyError, TypeError):
        yield _("secrets.json is missing or cannot be read")
        return
    if proofs.secrets_bytes([(procedure, secret) for procedure, secret, _subject in pairs]) != written:
        yield _("{file} is not as an export writes it: it was edited").format(file=proofs.SECRETS)
    for procedure, secret, subject in pairs:
        if build_subject(procedure, secret) != subject:
            yield _("secrets.json: the secret of {procedure} does not give its subject").format(procedure=procedure)
    procedures = {subject: procedure for procedure, _secret, subject in pairs}
    if not procedures:
        yield _("secrets.json reveals no procedure")
    present = set(_folders(bundle))
    for sequence, entry in sorted(bundle.entries.items()):
        yield from _check_subject(bundle, entry, procedures, is_present=sequence in present)


def _words(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _check_subject(bundle: OpenBundle, entry: Entry, procedures: dict[str, str], *, is_present: bool) -> Iterator[str]:
    own = procedures.get(entry.subject or "")
    if own is not None and not is_present:
        yield _("entry {sequence} is about {procedure} and was left out").format(sequence=entry.sequence, procedure=own)
    record = bundle.record(entry.sequence) if is_present else None
    if record is None:
        return
    named = record.get("procedure")
    named = named.get("id") if isinstance(named, dict) else named
    if named != own:
        yield _("entry {sequence}: its record is about {named}, its subject is not").format(
            sequence=entry.sequence, named=named
        )
