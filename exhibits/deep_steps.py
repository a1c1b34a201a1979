"""Steps 10 and 11 of a bundle's verification, with ``--deep``: look into the pictures, draw the documents again.

Since the same data give the same bytes, a document that was edited is not the one that the records draw.
"""

import io
import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from exhibits import bag, model, proofs, tables
from exhibits.courtfile import FOLDER, README, Content, Desk, draw_court_file
from exhibits.facts import AttemptFacts
from exhibits.opened import OpenBundle
from temoin import __version__
from temoin.canonical import Json
from temoin.clock import parse_instant
from temoin.errors import StoreError, TemoinError
from temoin.messages import _
from temoin.records import Kind
from temoin.report import Check, Status, passed_or


def check_pictures(name: str, bundle: OpenBundle) -> Iterator[Check]:
    """10: each picture can be decoded whole."""
    pictures = [path for path in sorted(bundle.digests) if path.endswith(".png")]
    failures = [failure for path in pictures for failure in _check_picture(bundle, path)]
    yield from passed_or(name, failures)


def _check_picture(bundle: OpenBundle, path: str) -> Iterator[str]:
    try:
        with Image.open(io.BytesIO(bundle.read(path) or b"")) as image:
            image.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        yield _("{file} cannot be decoded").format(file=path)


def check_documents(name: str, bundle: OpenBundle) -> Iterator[Check]:
    """11: drawn again from the bundle's own records and pictures, each document has the very same bytes."""
    described = _read_description(bundle)
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
    except (TemoinError, FileNotFoundError, ValueError, KeyError, TypeError, AttributeError) as error:
        detail = _("the documents cannot be drawn again from the records: {why}").format(why=error)
        yield Check(name=name, status=Status.FAILED, detail=detail)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Described:
    made_by: tuple[str, ...]
    content: Content


def _read_description(bundle: OpenBundle) -> _Described | None:
    attempts = bundle.attempts()
    try:
        told = json.loads(bundle.read(bundle.proof(proofs.DESCRIPTION)) or b"")
        content = _content(bundle, told, attempts)
        return _Described(made_by=tuple(str(one) for one in told["made_by"]), content=content)
    except (ValueError, KeyError, TypeError):
        return None


def _content(bundle: OpenBundle, told: Json, attempts: dict[int, AttemptFacts]) -> Content:
    order = {procedure: place for place, procedure in enumerate(told["procedures"])}
    every = sorted(attempts.values(), key=lambda facts: (order[facts.procedure], facts.sequence))
    return Content(
        attempts=tuple(every),
        numbered=tuple(
            model.Numbered(number=number, facts=attempts[sequence]) for number, sequence in told["exhibits"]
        ),
        grouping=model.Grouping(told["grouping"]),
        heading=tables.Heading(
            case=told["case"],
            draft=told["filing"] is None,
            simulated=any(facts.simulated for facts in every),
            filing=told["filing"],
        ),
        planned=model.planned_before(every, _read_plans(bundle)),
        earlier=frozenset(told["earlier"]),
    )


def _read_plans(bundle: OpenBundle) -> Iterator[model.Plan]:
    for sequence, entry in bundle.entries.items():
        record = bundle.record(sequence) if entry.kind is Kind.PLAN else None
        if record is not None:
            times = frozenset(parse_instant(at) for at in record["times"])
            yield model.Plan(sequence=sequence, procedure=record["procedure"], times=times)


def _redraw(bundle: OpenBundle, content: Content) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="temoin-verify-") as folder:
        again = Path(folder) / "bundle"
        (again / "data").mkdir(parents=True)
        _lend(bundle.root / proofs.FOLDER, again / proofs.FOLDER)
        draw_court_file(content, Desk(root=Path(folder), progress=lambda _words, _done, _of: None))
        drawn = {name: bag.hash_file(again / name) for name in _documents(again)}
    held = {name for name in bundle.digests if name == README or name.startswith(f"{FOLDER}/")}
    for name in sorted(held | drawn.keys()):
        if name not in held:
            yield _("{file} is missing: the records draw it").format(file=name)
        elif name not in drawn:
            yield _("{file}: the records draw no such document").format(file=name)
        elif drawn[name] != bundle.digests[name]:
            yield _("{file} is not the document that the records draw").format(file=name)


def _documents(root: Path) -> list[str]:
    found = [README] if (root / README).is_file() else []
    return found + [f"{FOLDER}/{path.name}" for path in sorted((root / FOLDER).iterdir())]


def _lend(source: Path, target: Path) -> None:
    """Make the pictures visible where documents are drawn: a link, or a copy where links are not allowed."""
    try:
        target.symlink_to(source.resolve(), target_is_directory=True)
    except OSError:
        shutil.copytree(source, target)
