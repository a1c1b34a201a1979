"""A Word file that somebody changed is told, whatever its damage makes of the libraries that read it."""

import io
import zipfile
from collections.abc import Callable

import docx
import pytest

from exhibits.docx_reading import DOCUMENT, read_table


@pytest.fixture
def word() -> bytes:
    document = docx.Document()
    document.add_table(rows=1, cols=2).cell(0, 1).text = "Pièce 1"
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def _at(data: bytes, offset: int) -> int:
    """Where the packed bytes of the document begin, or ``offset`` before or after that."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        info = archive.getinfo(DOCUMENT)
    return info.header_offset + 30 + len(info.filename) + offset


def _spoilt(data: bytes) -> bytes:
    place = _at(data, 0)
    return data[:place] + b"\x07" + data[place + 1 :]  # a block of a type that deflate does not have


def _encrypted(data: bytes) -> bytes:
    place = data.rindex(DOCUMENT.encode()) - 46 + 8  # the flags of its line in the directory
    return data[:place] + bytes([data[place] | 1]) + data[place + 1 :]


def _of_another_method(data: bytes) -> bytes:
    place = data.rindex(DOCUMENT.encode()) - 46 + 10
    return data[:place] + b"\x63" + data[place + 1 :]


def test_a_whole_file_gives_its_cells(word: bytes) -> None:
    assert read_table(word) == [["", "Pièce 1"]]


@pytest.mark.parametrize("damage", [_spoilt, _encrypted, _of_another_method, lambda data: data[:-1], lambda _data: b""])
def test_a_damaged_file_has_no_table(word: bytes, damage: Callable[[bytes], bytes]) -> None:
    assert damage(word) != word
    assert read_table(damage(word)) is None
