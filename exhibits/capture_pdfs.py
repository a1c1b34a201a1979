"""Draws the PDFs of captures: several at once, each light enough to file, with the pictures of the bundle's proofs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from exhibits import model, proofs
from exhibits.captures import PictureFile, Size, captures_document
from exhibits.facts import AttemptFacts, PartFacts, Picture
from exhibits.raster import PNG_START
from exhibits.splitting import Load, halve, split_file
from exhibits.typeset import Job, Typesetter
from exhibits.voice import Voice
from temoin.canonical import Json
from temoin.errors import IntegrityError
from temoin.messages import _

TEMPLATE = "captures.typ"
# Above this a file of several attempts is split after all: Télérecours citoyens takes 32 MB, DESIGN §10 says before 30.
HEAVIEST = 29_000_000  # bytes

Told = Callable[[model.CaptureFile, int, int], None]  # (the file that is begun, its place, of how many)


@dataclass(frozen=True, slots=True, kw_only=True)
class Captures:
    """What the PDFs of captures are drawn from: ``root`` holds ``bundle/``, ``folder`` is in the bundle."""

    root: Path
    folder: str
    draft: bool
    voice: Voice
    paper: bool = False

    def output(self, file: model.CaptureFile) -> Path:
        """Where the PDF goes."""
        return self.root / "bundle" / self.folder / file.file


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturePdf:
    """A PDF that was drawn, and on which page each ``sequence/part`` begins."""

    file: model.CaptureFile
    page_of: dict[str, int]
    memory: int  # bytes, at the most, of the process that drew it

    def pages(self, one: model.Numbered) -> dict[str, int]:
        """The page of each part of an attempt."""
        return {part.part: self.page_of[f"{one.facts.sequence}/{part.part}"] for part in model.shown_parts(one.facts)}


def draw_capture_pdfs(
    files: Sequence[model.CaptureFile], captures: Captures, press: Typesetter, told: Told
) -> Iterator[CapturePdf]:
    """Draw ``files``, those that are too heavy as several; what was drawn, in the order of the numbers.

    Raises:
        StoreError: the disk refuses.
        IntegrityError: a picture is not one.
        TemoinError: a document could not be drawn.
        OSError: a picture is missing, or the disk refuses.
    """
    light = [one for file in files for one in split_file(file, lambda attempt: _load(captures, attempt))]
    captures.output(light[0]).parent.mkdir(parents=True, exist_ok=True)

    def jobs() -> Iterator[Job]:
        for place, file in enumerate(light):
            told(file, place, len(light))
            yield _job(captures, file)

    for file, drawn in zip(light, press.draw_all(jobs()), strict=True):
        yield from _lightened(CapturePdf(file=file, page_of=drawn.page_of, memory=drawn.memory), captures, press)


def _lightened(drawn: CapturePdf, captures: Captures, press: Typesetter) -> Iterator[CapturePdf]:
    """The PDF, or two where it came out too heavy: pictures with alpha are compressed again and weigh otherwise."""
    output = captures.output(drawn.file)
    if len(drawn.file.attempts) == 1 or output.stat().st_size <= HEAVIEST:
        yield drawn
        return
    output.unlink()
    for half in halve(drawn.file):
        again = press.draw(_job(captures, half))
        yield from _lightened(CapturePdf(file=half, page_of=again.page_of, memory=again.memory), captures, press)


def _job(captures: Captures, file: model.CaptureFile) -> Job:
    data = captures_document(
        file,
        draft=captures.draft,
        picture_file=picture_files(captures.root),
        voice=captures.voice,
        paper=captures.paper,
    )
    at = model.latest(one.facts for one in file.attempts)
    return Job(data=data, template=TEMPLATE, output=captures.output(file), at=at)


def _load(captures: Captures, one: model.Numbered) -> Load:
    pictures = [(part, part.picture) for part in one.facts.parts if part.picture is not None]
    sizes = [(captures.root / picture_path(one.facts, part, picture)).stat().st_size for part, picture in pictures]
    return Load(size=sum(sizes), pictures=len(sizes))


def picture_files(root: Path) -> PictureFile:
    """What gives the path of a picture, relative to ``root``, and its size; ``root`` holds ``bundle/``."""

    def picture_file(facts: AttemptFacts, part: PartFacts, picture: Picture) -> tuple[str, Size]:
        path = picture_path(facts, part, picture)
        return path, read_png_size(root / path)

    return picture_file


def picture_path(facts: AttemptFacts, part: PartFacts, picture: Picture) -> str:
    """Where the bundle's proofs have the picture, relative to the folder that holds ``bundle/``."""
    return item_path(facts.sequence, facts.record, part, picture)


def item_path(sequence: int, record: Json, part: PartFacts, picture: Picture) -> str:
    """The same of any entry whose record names its pictures by part."""
    places = [item.path for item in proofs.find_items(record) if _is_of(item, part, picture)]
    return f"bundle/{proofs.FOLDER}/{sequence}/{places[0]}"


def _is_of(item: proofs.Item, part: PartFacts, picture: Picture) -> bool:
    folder = item.path.partition("/")[0]
    return folder == part.part and item.role is picture.role and item.digest == picture.digest


def read_png_size(path: Path) -> Size:
    """Width and height in pixels, from the header.

    Raises:
        IntegrityError: not a PNG picture.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        start = file.read(24)
    if len(start) < 24 or not start.startswith(PNG_START):  # noqa: PLR2004 - signature, IHDR's head and sizes
        raise IntegrityError(
            _("{file} is not a PNG picture.").format(file=path.name),
            remedy=_("Run `temoin verify`; nothing was changed."),
        )
    return int.from_bytes(start[16:20], "big"), int.from_bytes(start[20:24], "big")
