"""Takes in what the person attaches: looked at by its content, never by its name, and refused with a sentence.

Nothing is decoded here: headers are read, and the rest is left to the converting process, which is bounded
(``exhibits.conversion``). It runs once at intake, so that what is kept can be shown to the court.
"""

import math
import stat
import tempfile
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from exhibits.conversion import convert
from exhibits.email_text import is_email
from exhibits.file_kinds import EMAIL, JPEG, PDF, PICTURES, PNG, find_kind, refused_kind
from exhibits.page_pictures import LONGEST_SIDE, MOST_PIXELS, PagePicture
from exhibits.page_weight import LEGIBLE, MOST_DRAWN, fitted, weigh
from exhibits.picture_header import is_animated, read_size, read_taken_at
from temoin.canonical import sha256
from temoin.errors import UsageError
from temoin.items import AttachmentFacts
from temoin.messages import _
from temoin.os_words import os_words

MOST_BYTES = 30_000_000  # Télérecours citoyens takes 32 MB
LONGEST_NAME = 120  # characters of a name that is shown
LONGEST_ENDING = 8  # characters: « .jpeg » and the like survive when a name is cut
NAMELESS = "fichier"  # as the court's documents say it
ENDINGS = {PDF: "pdf", PNG: "png", JPEG: "jpg", EMAIL: "eml"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that was taken in: what is said of it, and its bytes, untouched."""

    facts: AttachmentFacts
    data: bytes


def read_attachments(paths: Sequence[Path], pictures: Sequence[tuple[str, bytes]] = ()) -> tuple[Attachment, ...]:
    """The files of one item, once it is sure that the court can be shown them all in one exhibit.

    ``pictures`` are such as no file holds yet, with the names that they shall have.

    Raises:
        UsageError: one of them as ``read_attachment``; they are too heavy together.
        StoreError: the disk has no room for the trial conversion.
    """
    with tempfile.TemporaryDirectory(prefix="temoin-piece-") as folder:
        read = [read_attachment(path, number, Path(folder) / str(number)) for number, path in enumerate(paths, 1)]
        for number, (name, data) in enumerate(pictures, len(paths) + 1):
            read.append(_take_in(name, data, number, Path(folder) / str(number)))
        _check_weight([pages for _one, pages in read])
    return tuple(one for one, _pages in read)


def _check_weight(files: Sequence[Sequence[PagePicture]]) -> None:
    weight = weigh(fitted(files, LEGIBLE))
    if weight > MOST_DRAWN:
        raise UsageError(
            _("The pages of what you attached weigh {weight} MB together; an exhibit may have {most}.").format(
                weight=math.ceil(weight / 1_000_000), most=MOST_DRAWN // 1_000_000
            ),
            remedy=_(
                "Add them as several entries, each with some of the files or pages; or scan them in grey, at 150 dpi."
            ),
        )


def read_attachment(path: Path, number: int, folder: Path) -> tuple[Attachment, tuple[PagePicture, ...]]:
    """The file at ``path``, the ``number``-th of its item, and its pages, drawn in ``folder``.

    Raises:
        UsageError: missing, no plain file, empty, too large, of another kind, locked, broken, animated, of too many
            pages or pixels.
        StoreError: the disk has no room for the trial conversion.
    """
    name = clean_name(path.name)
    return _take_in(name, _read(path, name), number, folder)


def _take_in(name: str, data: bytes, number: int, folder: Path) -> tuple[Attachment, tuple[PagePicture, ...]]:
    media_type = _media_type(data, name)
    if media_type in PICTURES:
        _check_picture(data, name)
    facts = AttachmentFacts(
        name=name,
        file=f"piece-{number}.{ENDINGS[media_type]}",
        sha256=sha256(data),
        size=len(data),
        media_type=media_type,
        taken_at=read_taken_at(data) if media_type in PICTURES else None,
    )
    return Attachment(facts=facts, data=data), convert(facts, data, folder).pages


def clean_name(name: str) -> str:
    """``name`` in a form that can be shown: one line, no path, no sign that turns the reading, not too long."""
    shown = _printable(name.replace("/", "-").replace("\\", "-"))
    if not shown.strip(". "):
        return NAMELESS
    if len(shown) <= LONGEST_NAME:
        return shown
    stem, dot, ending = shown.rpartition(".")
    tail = f"{dot}{ending}" if stem and len(ending) <= LONGEST_ENDING else ""
    return f"{shown[: LONGEST_NAME - 1 - len(tail)].rstrip()}…{tail}"


def _printable(text: str) -> str:
    """Without control and formatting characters, lone surrogates (a name that is not UTF-8) and doubled spaces."""
    spaced = "".join(" " if char.isspace() else char for char in text)
    kept = "".join(char for char in spaced if unicodedata.category(char)[0] != "C")
    return unicodedata.normalize("NFC", " ".join(kept.split()))


def _read(path: Path, name: str) -> bytes:
    try:
        mode = path.stat().st_mode
        if stat.S_ISREG(mode):
            with path.open("rb") as file:
                data = file.read(MOST_BYTES + 1)
            return _checked(data, name)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UsageError(
            _("There is no file {path}.").format(path=_printable(str(path))),
            remedy=_("Check its name and its folder."),
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        why = os_words(error) if isinstance(error, OSError) else error
        raise UsageError(
            _("{path} cannot be read: {why}.").format(path=clean_name(str(path)), why=why),
            remedy=_("Check that it is a file and that you may read it."),
        ) from error
    if stat.S_ISDIR(mode):
        raise UsageError(
            _("{name} is a folder.").format(name=name), remedy=_("Give the files that it holds, one by one.")
        )
    raise UsageError(
        _("{name} is no plain file.").format(name=name), remedy=_("Give a PDF, JPEG, PNG or EML file of the disk.")
    )


def _checked(data: bytes, name: str) -> bytes:
    if not data:
        raise UsageError(
            _("{name} is empty.").format(name=name), remedy=_("Download or save it again, then try again.")
        )
    if len(data) > MOST_BYTES:
        raise UsageError(
            _("{name} is larger than {most} MB.").format(name=name, most=MOST_BYTES // 1_000_000),
            remedy=_("Scan it in grey at 150 to 200 dpi, or split it: the court takes no larger file."),
        )
    return data


def _media_type(data: bytes, name: str) -> str:
    kind = find_kind(data)
    if kind is not None and not (kind == PDF and is_email(data)):  # a message may quote a PDF's first line
        return kind
    if is_email(data):
        return EMAIL
    raise refused_kind(data, name)


def _check_picture(data: bytes, name: str) -> None:
    """By the header, before anything is decoded."""
    _check_size(data, name)
    if is_animated(data):
        raise UsageError(
            _("{name} holds several images, one after the other: a page can show one of them only.").format(name=name),
            remedy=_("Open it and save the image that matters as a PNG of its own, or photograph the screen."),
        )


def _check_size(data: bytes, name: str) -> None:
    size = read_size(data)
    if size is None or 0 in size:
        raise UsageError(
            _("{name} is broken: it does not say how large the picture is.").format(name=name),
            remedy=_("Open it; if it does not open, download or copy it again."),
        )
    if size[0] * size[1] > MOST_PIXELS or max(size) > LONGEST_SIDE:
        raise UsageError(
            _("{name} has {width} by {height} pixels; {most} million in all are the most.").format(
                name=name, width=size[0], height=size[1], most=MOST_PIXELS // 1_000_000
            ),
            remedy=_("Reduce it, or photograph the page again at a lower resolution."),
        )
