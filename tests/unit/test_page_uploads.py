"""Names of uploaded files, and the header that makes a browser keep a file: whatever the name is."""

import io
import re
import sys
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import UploadFile

from web.said import MOST_KEPT, Said
from web.uploads import disposition, safe_name, saved


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../etc/passwd", "..-..-etc-passwd"),
        ("C:\\Users\\a\\lettre.pdf", "C--Users-a-lettre.pdf"),
        ("..", "fichier"),
        ("", "fichier"),
        ("a\r\nSet-Cookie: x.pdf", "a Set-Cookie- x.pdf"),
        ('"; filename="x.pdf', "-; filename=-x.pdf"),
    ],
)
def test_a_name_leads_nowhere_else(given: str, name: str) -> None:
    assert safe_name(given) == name


@given(st.text(max_size=400))
def test_any_name_is_one_of_a_folder_and_makes_one_header(text: str) -> None:
    name = safe_name(text)
    assert PurePosixPath(name).name == name
    assert name not in {"", ".", ".."}
    assert len(name.encode()) <= 180
    assert re.fullmatch(r"attachment; filename=\"[ -~]*\"; filename\*=UTF-8''[A-Za-z0-9%._~-]*", disposition(name))


def test_a_file_is_kept_where_the_system_cannot_write_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "getfilesystemencoding", lambda: "ascii")
    with saved([UploadFile(io.BytesIO(b"%PDF-1.4"), filename="été.pdf")]) as (path,):
        assert (path.name, path.read_bytes()) == ("_t_.pdf", b"%PDF-1.4")


def test_what_was_said_is_kept_for_the_next_page_and_not_for_ever() -> None:
    said = Said()
    first = said.keep("/cases", ["Noted."])
    path, _mark, name = first.partition("?said=")
    assert (path, said.get(name)) == ("/cases", ("Noted.",))
    for _number in range(MOST_KEPT):
        said.keep("/cases", [])
    assert said.get(name) == ()
    assert said.get("") == ()
