"""What a file is, told by its content and never by its name, and what to do with one that is not taken (pure)."""

import re
from collections.abc import Callable

from temoin.errors import UsageError
from temoin.messages import _

PDF = "application/pdf"
PNG = "image/png"
JPEG = "image/jpeg"
EMAIL = "message/rfc822"
PICTURES = frozenset({PNG, JPEG})

PNG_START = b"\x89PNG\r\n\x1a\n"
JPEG_START = b"\xff\xd8\xff"
PDF_WITHIN = 1024  # bytes before a PDF's header that every reader passes over (ISO 32000-1, annex H.3)
HEIC_BRANDS = re.compile(rb"....ftyp(heic|heix|heim|heis|hevc|hevx|mif1|msf1|avif)", re.DOTALL)
OTHER_PICTURES = (b"GIF8", b"BM", b"II*\0", b"MM\0*")
ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # what Office wrote before 2007, and Outlook still does
OUTLOOK = "__substg1.0".encode("utf-16-le")
OPEN_DOCUMENT = b"mimetypeapplication/vnd.oasis"


def find_kind(data: bytes) -> str | None:
    """PDF, PNG or JPEG, whatever the file is called; None when it is none of them."""
    if data.startswith(PNG_START):
        return PNG
    if data.startswith(JPEG_START):
        return JPEG
    return PDF if b"%PDF-" in data[:PDF_WITHIN] else None


def refused_kind(data: bytes, name: str) -> UsageError:
    """Why a file that is no PDF, picture or message is not taken, and what to do with it."""
    for matches, explain in _KNOWN:
        if matches(data):
            message, remedy = explain()
            return UsageError(message.format(name=name), remedy=remedy)
    return UsageError(
        _("{name} is no PDF, JPEG, PNG or message (EML).").format(name=name),
        remedy=_("Open it and save or print it as a PDF, then add that PDF."),
    )


def _is_office(data: bytes) -> bool:
    if data.startswith(OLE):
        return OUTLOOK not in data
    is_office = b"[Content_Types].xml" in data or b"word/document.xml" in data or OPEN_DOCUMENT in data[:200]
    return data.startswith((b"{\\rtf", b"PK\x03\x04")) and (is_office or data.startswith(b"{\\rtf"))


def _is_heic(data: bytes) -> bool:
    return HEIC_BRANDS.match(data[:12]) is not None


def _is_other_picture(data: bytes) -> bool:
    return data.startswith(OTHER_PICTURES) or (data.startswith(b"RIFF") and data[8:12] == b"WEBP")


def _office() -> tuple[str, str]:
    return (
        _("{name} is a Word or LibreOffice file: whoever opens it may see it otherwise than you do."),
        _("Open it, save it as a PDF, then add that PDF."),
    )


def _outlook() -> tuple[str, str]:
    return (
        _("{name} is a message in Outlook’s own form."),
        _("Open it in Outlook and save it as a PDF (Print), or download it from your mailbox as an EML file."),
    )


def _archive() -> tuple[str, str]:
    return (
        _("{name} is an archive (ZIP or the like): what it holds cannot be shown to the court as it is."),
        _("Open it, then add the files that matter one by one: PDF, JPEG, PNG or EML."),
    )


def _heic() -> tuple[str, str]:
    return (
        _("{name} is a HEIC photograph, which many computers cannot show."),
        _("Save it as JPEG or PDF: on a telephone, “Print” then “Save as PDF”, or send it to yourself as JPEG."),
    )


def _other_picture() -> tuple[str, str]:
    return (
        _("{name} is a picture in a form that is not taken (GIF, WebP, TIFF, BMP)."),
        _("Open it and save it as PNG or JPEG, or as a PDF."),
    )


# In this order: a Word file is also an archive, and old Office files are told apart from Outlook's.
_KNOWN: tuple[tuple[Callable[[bytes], bool], Callable[[], tuple[str, str]]], ...] = (
    (_is_office, _office),
    (lambda data: data.startswith(OLE), _outlook),
    (lambda data: data.startswith(ARCHIVES), _archive),
    (_is_heic, _heic),
    (_is_other_picture, _other_picture),
)
