"""Steps 10 to 12 of a bundle's verification, with ``--deep``: look into the pictures, draw the documents again.

Since the same data give the same bytes, a document that was edited is not the one that the records draw.
"""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from capture.exif import read_exif
from exhibits import bag, proofs
from exhibits.bundle_steps import read_info
from exhibits.content import Content, describe
from exhibits.courtfile import draw_court_file
from exhibits.described import Described, read_description
from exhibits.desk import FOLDER, MODELS, README, Desk
from exhibits.facts import AttemptFacts, PartFacts
from exhibits.opened import OpenBundle
from exhibits.picture_looks import Flaw, Found, Pair, keep_memory, look_at
from exhibits.two_processes import answers
from exhibits.typeset import Typesetter
from temoin import __version__
from temoin.canonical import sha256
from temoin.clock import utc_text
from temoin.errors import StoreError, TemoinError
from temoin.messages import _
from temoin.records import FILE_NAMES, Role
from temoin.report import Check, Status, passed_or


def check_pictures(name: str, bundle: OpenBundle) -> Iterator[Check]:
    """10: each picture can be decoded whole, and each framed one holds the pixels of the untouched one.

    Each is decoded once, by one of two processes, a framed one together with the untouched one.
    """
    pairs = [
        Pair(framed=bundle.root / one.path, plain=bundle.root / one.plain if one.plain in bundle.digests else None)
        for one in _find_framed(bundle)
    ]
    paired = {path for pair in pairs for path in (pair.framed, pair.plain)}
    alone = [bundle.root / name for name in sorted(bundle.digests) if name.endswith(".png")]
    questions: list[Pair | Path] = [*pairs, *(path for path in alone if path not in paired)]
    found = answers(look_at, questions, prepare=keep_memory)
    yield from passed_or(name, (_words(bundle.root, one) for several in found for one in several))


def _words(root: Path, found: Found) -> str:
    words = {
        Flaw.UNDECODABLE: _("{file} cannot be decoded"),
        Flaw.UNFRAMED: _("{file}: the picture cannot be cut out of its frame"),
        Flaw.OTHER_PIXELS: _("{file} does not hold the pixels of {plain}"),
    }
    plain = "" if found.plain is None else found.plain.relative_to(root).as_posix()
    return words[found.flaw].format(file=found.path.relative_to(root).as_posix(), plain=plain)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Framed:
    """A framed picture, the untouched one that it shows, and the part of the attempt that they are of."""

    path: str
    plain: str
    digest: str
    facts: AttemptFacts
    part: PartFacts


def _find_framed(bundle: OpenBundle) -> Iterator[_Framed]:
    for sequence, facts in bundle.attempts().items():
        for part in facts.parts:
            shown = part.picture
            framed = f"{sequence}/{part.part}/{FILE_NAMES[Role.EXHIBIT]}"
            if shown is not None and bundle.proof(framed) in bundle.digests:
                plain = f"{sequence}/{part.part}/{FILE_NAMES[shown.role]}"
                yield _Framed(
                    path=bundle.proof(framed),
                    plain=bundle.proof(plain),
                    digest=shown.digest,
                    facts=facts,
                    part=part,
                )


def check_exif(name: str, bundle: OpenBundle) -> Iterator[Check]:
    """11: what each framed picture says of itself is what the record says."""
    failures = [failure for framed in _find_framed(bundle) for failure in _check_exif(bundle, framed)]
    yield from passed_or(name, failures)


def _check_exif(bundle: OpenBundle, framed: _Framed) -> Iterator[str]:
    try:
        exif = read_exif(bundle.read(framed.path) or b"")
    except TemoinError:
        yield _("{file}: its EXIF cannot be read").format(file=framed.path)
        return
    said = {name: exif.comment.get(name) for name in ("attempt", "sha256", "at", "outcome", "simulated")}
    recorded = {
        "attempt": framed.facts.attempt,
        "sha256": framed.digest,
        "at": utc_text(framed.facts.at),
        "outcome": framed.part.outcome.value,
        "simulated": framed.facts.simulated,
    }
    for name, value in recorded.items():
        if said[name] != value:
            yield _("{file}: its EXIF says {said} of {name}, the record {value}").format(
                file=framed.path, said=repr(said[name]), name=name, value=repr(value)
            )
    if exif.at != framed.facts.at or exif.unique_id != framed.digest[: len(exif.unique_id)]:
        yield _("{file}: the date or the identifier in its EXIF is not the record's").format(file=framed.path)


# What drawing meets in records of another shape than ours: whoever made the bundle chose what stands in them.
_UNDRAWABLE = (
    *(TemoinError, FileNotFoundError, ValueError, LookupError),
    *(TypeError, AttributeError, ArithmeticError, RecursionError),
)


def check_documents(name: str, bundle: OpenBundle) -> Iterator[Check]:
    """12: drawn again from the bundle's own records and pictures, each document has the very same bytes.

    So have the verifiers that it brings, and ``dossier.json``, written again from what was read of it.
    """
    described = read_description(bundle)
    if described is None:
        detail = _("dossier.json is missing or cannot be read")
        yield Check(name=name, status=Status.FAILED, detail=detail)
        return
    if described.made_by != proofs.makers():
        detail = _("made by {made}, this is {here}: the documents cannot be drawn again to the byte").format(
            made=" ".join(described.made_by), here=f"Temoin {__version__}"
        )
        yield Check(name=name, status=Status.NOT_CHECKED, detail=detail)
        return
    try:
        yield from passed_or(name, [*_redraw(bundle, described.content), *_write_again(bundle, described)])
    except StoreError:
        raise
    except _UNDRAWABLE as error:
        detail = _("the documents cannot be drawn again from the records: {why}").format(why=error)
        yield Check(name=name, status=Status.FAILED, detail=detail)


def _redraw(bundle: OpenBundle, content: Content) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="temoin-verify-") as folder:
        again = Path(folder) / "bundle"
        (again / "data").mkdir(parents=True)
        _lend(bundle.root / proofs.FOLDER, again / proofs.FOLDER)
        with Typesetter(root=Path(folder), workspace=Path(folder) / "work") as press:
            draw_court_file(content, Desk(root=Path(folder), press=press, progress=lambda _words, _done, _of: None))
        drawn = {name: bag.hash_file(again / name) for name in _documents(again)}
    held = {name for name in bundle.digests if name == README or name.startswith((f"{FOLDER}/", f"{MODELS}/"))}
    for name in sorted(held | drawn.keys()):
        if name not in held:
            yield _("{file} is missing: the records draw it").format(file=name)
        elif name not in drawn:
            yield _("{file}: the records draw no such document").format(file=name)
        elif drawn[name] != bundle.digests[name]:
            yield _("{file} is not the document that the records draw").format(file=name)


def _write_again(bundle: OpenBundle, described: Described) -> Iterator[str]:
    """What stands in the proofs besides the evidence, and that no record holds."""
    written = {name: proofs.verifier_bytes(name) for name in proofs.VERIFIERS}
    written[proofs.DESCRIPTION] = proofs.description_bytes(describe(described.content, described.made_by))
    for name, data in written.items():
        path = bundle.proof(name)
        if path not in bundle.digests:
            yield _("{file} is missing").format(file=path)
        elif bundle.digests[path] != sha256(data):
            yield _("{file} is not the one that an export of this bundle writes").format(file=path)
    shown = [bundle.entries[number] for number in bundle.records if number in bundle.entries]
    size = {"Payload-Oxum": read_info(bundle).get("Payload-Oxum", "")}
    info = proofs.bag_info(described.content.heading, shown) | size
    if bundle.read(bag.INFO) != bag.info_bytes(info):  # its size is held to the files by step 1
        yield _("{file} is not the one that an export of this bundle writes").format(file=bag.INFO)


def _documents(root: Path) -> list[str]:
    found = [README] if (root / README).is_file() else []
    for folder in (FOLDER, MODELS):
        if (root / folder).is_dir():
            found += [f"{folder}/{path.name}" for path in sorted((root / folder).iterdir())]
    return found


def _lend(source: Path, target: Path) -> None:
    """Make the pictures visible where documents are drawn: a link, or a copy where links are not allowed."""
    try:
        target.symlink_to(source.resolve(), target_is_directory=True)
    except OSError:
        shutil.copytree(source, target)
