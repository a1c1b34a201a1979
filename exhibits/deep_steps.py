"""Steps 10 to 12 of a bundle's verification, with ``--deep``: look into the pictures, draw the documents again.

Since the same data give the same bytes, a document that was edited is not the one that the records draw.
"""

import io
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from capture.exif import read_exif
from capture.frame import UNREADABLE, inner_pixels, plain_pixels
from exhibits import bag, proofs
from exhibits.content import Content
from exhibits.courtfile import draw_court_file
from exhibits.described import read_description
from exhibits.desk import FOLDER, MODELS, README, Desk
from exhibits.facts import AttemptFacts, PartFacts
from exhibits.opened import OpenBundle
from exhibits.typeset import Typesetter
from temoin import __version__
from temoin.clock import utc_text
from temoin.errors import StoreError, TemoinError
from temoin.messages import _
from temoin.records import FILE_NAMES, Role
from temoin.report import Check, Status, passed_or


def check_pictures(name: str, bundle: OpenBundle) -> Iterator[Check]:
    """10: each picture can be decoded whole, and each framed one holds the pixels of the untouched one."""
    pictures = [path for path in sorted(bundle.digests) if path.endswith(".png")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # a long page is no attack here
        failures = [failure for path in pictures for failure in _check_picture(bundle, path)]
        failures += [failure for framed in _find_framed(bundle) for failure in _check_pixels(bundle, framed)]
    yield from passed_or(name, failures)


def _check_picture(bundle: OpenBundle, path: str) -> Iterator[str]:
    try:
        with Image.open(io.BytesIO(bundle.read(path) or b"")) as image:
            image.load()
    except UNREADABLE:
        yield _("{file} cannot be decoded").format(file=path)


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


def _check_pixels(bundle: OpenBundle, framed: _Framed) -> Iterator[str]:
    try:
        inner = inner_pixels(bundle.read(framed.path) or b"")
        plain = plain_pixels(bundle.read(framed.plain) or b"")
    except TemoinError:
        yield _("{file}: the picture cannot be cut out of its frame").format(file=framed.path)
        return
    if inner.size != plain.size or inner.convert(plain.mode).tobytes() != plain.tobytes():
        yield _("{file} does not hold the pixels of {plain}").format(file=framed.path, plain=framed.plain)


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
    """12: drawn again from the bundle's own records and pictures, each document has the very same bytes."""
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
        yield from passed_or(name, list(_redraw(bundle, described.content)))
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
