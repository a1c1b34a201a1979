"""Reads the table of a Word file that may be hostile: bounded before anything is unpacked."""

import io
import lzma
import zipfile
import zlib

DOCUMENT = "word/document.xml"
MOST_BYTES = 64_000_000  # an inventory of 10,000 lines has a tenth of it; a zip bomb has more
MOST_FILES = 200
# What damaged bytes make of the libraries: lxml's is a SyntaxError; zipfile has a RuntimeError for what is encrypted or
# packed in a way it does not know, and lets through what its decompressors say.
_UNREADABLE = (
    SyntaxError,
    KeyError,
    ValueError,
    AttributeError,
    RuntimeError,
    OSError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)


def read_table(data: bytes) -> list[list[str]] | None:
    """The cells of the document's first table, line by line; None when that is no Word file with a table."""
    from docx import Document  # noqa: PLC0415 - slow to import

    if not _is_bounded(data):
        return None
    try:
        tables = Document(io.BytesIO(data)).tables
        if not tables:
            return None
        # By the XML: python-docx's own cells take seconds for a long table.
        rows = tables[0]._tbl.tr_lst  # noqa: SLF001 - python-docx has no public way to its rows' elements
        return [[_text(cell) for cell in row.tc_lst] for row in rows]
    except _UNREADABLE:
        return None


def _text(cell: object) -> str:
    found = cell.xpath(".//w:t")  # type: ignore[attr-defined] # an lxml element
    return "".join(one.text or "" for one in found)


def _is_bounded(data: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
    except _UNREADABLE:
        return False
    return len(infos) <= MOST_FILES and sum(info.file_size for info in infos) <= MOST_BYTES
