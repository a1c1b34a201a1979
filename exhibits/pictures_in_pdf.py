"""Pictures put into a PDF after typst has drawn it (``docs/adr/0012-pictures-put-in-after-typst.md``).

typst decodes every picture it is given and compresses it again: thirty captures of a window took 0.8 s and 166 MB,
and both grow with each more. So typst is given placeholders, one row of six bytes that say which picture is meant
and drawn stretched, which cost nothing; then each placeholder's image object is filled with the bytes of the file
itself. The object stays the one that typst made, with its colour space (so that PDF/A's rules on colour hold as for
typst's own images), its tag and its alternative text; a picture shown several times is one object still.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from exhibits.raster import Header, Way, read_header, read_samples
from temoin.canonical import Json

if TYPE_CHECKING:
    import pikepdf

KEY = "picture"
MAGIC = b"TEM"  # then the picture's place in the document, three bytes
PLACE_BYTES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A picture whose placeholder typst draws."""

    path: Path
    header: Header


def place_pictures(data: Json, root: Path) -> tuple[Waiting, ...]:
    """Give each picture in ``data`` its ``placeholder``, null for those that typst decodes; those that wait.

    Raises:
        ValueError: a file is missing, is no picture, or lies outside ``root``.
    """
    waiting: dict[str, Waiting] = {}
    places: dict[str, int] = {}
    for picture in _pictures(data):
        name = picture["path"]
        header = _header(root, name)
        if header.way is Way.DECODED:
            picture["placeholder"] = None
            continue
        if name not in places:
            places[name] = len(places)
            waiting[name] = Waiting(path=root / name, header=header)
        picture["placeholder"] = _placeholder(places[name], header)
    return tuple(waiting.values())


def _pictures(data: object) -> Iterator[Json]:
    """Every object under a key ``picture``, wherever it is."""
    if isinstance(data, list):
        for item in data:
            yield from _pictures(item)
    elif isinstance(data, dict):
        for key, value in data.items():
            if key == KEY and isinstance(value, dict):
                yield value
            else:
                yield from _pictures(value)


def _header(root: Path, name: str) -> Header:
    plain = PurePosixPath(name)
    if plain.is_absolute() or ".." in plain.parts:  # a name may come from a bundle that someone else made
        raise ValueError(f"{name} lies outside the folder of the document")
    try:
        return read_header(root / name)
    except OSError as error:
        raise ValueError(f"{name} cannot be read: {error.strerror}") from error


def _placeholder(place: int, header: Header) -> Json:
    """As typst's ``image`` takes pixels: gray ones for a gray picture, whose colour space is another."""
    samples = MAGIC + place.to_bytes(PLACE_BYTES, "big")
    encoding, channels = ("luma8", 1) if header.is_grey else ("rgb8", 3)
    return {
        "bytes": list(samples),
        "format": {"encoding": encoding, "width": len(samples) // channels, "height": 1},
        "mirrored": header.mirrored,
        "turn": header.turn,
    }


def put_pictures(pdf: bytes, waiting: tuple[Waiting, ...], output: Path) -> None:
    """Write ``pdf`` to ``output`` with each picture where its placeholder was.

    Nothing else changes: no stream is compressed or decompressed (a reader finds the title in the metadata's plain
    bytes, and another zlib would give other bytes), no date is touched, and the identifier comes from the contents.

    Raises:
        OSError: the output cannot be written.
        ValueError: a picture was not drawn, or changed meanwhile.
    """
    if not waiting:
        output.write_bytes(pdf)
        return
    import pikepdf  # noqa: PLC0415 - a tenth of a second, for documents with pictures only

    with pikepdf.open(io.BytesIO(pdf)) as document:
        filled = set()
        for place, image in _placeholders(document):
            _fill(image, waiting[place])
            filled.add(place)
        if missing := [one.path.name for place, one in enumerate(waiting) if place not in filled]:
            raise ValueError(f"not drawn: {', '.join(missing)}")
        whole = io.BytesIO()  # qpdf ends the process when a file refuses its last bytes
        document.save(
            whole,
            compress_streams=False,
            recompress_flate=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
            object_stream_mode=pikepdf.ObjectStreamMode.preserve,
            fix_metadata_version=False,
            deterministic_id=True,
        )
    output.write_bytes(whole.getbuffer())


def _placeholders(document: "pikepdf.Pdf") -> Iterator[tuple[int, "pikepdf.Stream"]]:
    """The image objects that stand for pictures, each once, with the place they tell."""
    from pikepdf import Stream  # noqa: PLC0415 - as above

    seen = set()
    for page in document.pages:
        for image in page.resources.get("/XObject", {}).values():
            if image.objgen in seen or not isinstance(image, Stream) or image.get("/Height") != 1:
                continue
            seen.add(image.objgen)
            samples = image.read_bytes()
            if samples.startswith(MAGIC):
                yield int.from_bytes(samples[len(MAGIC) :], "big"), image


def _fill(image: "pikepdf.Stream", picture: Waiting) -> None:
    from pikepdf import Array, Dictionary, Name, String  # noqa: PLC0415 - as above

    header = picture.header
    image.Width, image.Height, image.BitsPerComponent = header.width, header.height, header.bits
    if header.palette:
        highest = len(header.palette) // 3 - 1
        image.ColorSpace = Array([Name.Indexed, image.ColorSpace, highest, String(header.palette)])
    samples = read_samples(picture.path, header)
    if not header.is_png:
        image.write(samples, filter=Name.DCTDecode)
        return
    colours = 1 if header.is_grey or header.palette else 3
    parms = Dictionary(Predictor=15, Colors=colours, BitsPerComponent=header.bits, Columns=header.width)
    image.write(samples, filter=Name.FlateDecode, decode_parms=parms)
