"""A bundle that was dropped as a ZIP: what is refused before anything is written, and what comes out."""

import io
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from temoin.errors import StoreError
from web import unpacking
from web.unpacking import BundleRefusedError, root_of, unpack, unpacked

BAGIT = b"BagIt-Version: 1.0\n"


def quiet(_done: int, _of: int) -> None:
    """Nobody is told."""


def zipped(path: Path, *members: tuple[str | zipfile.ZipInfo, bytes], packed: int = zipfile.ZIP_DEFLATED) -> Path:
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", packed) as file:
        warnings.simplefilter("ignore")  # of a name that comes twice
        for name, data in members:
            file.writestr(name, data)
    return path


def link(name: str, mode: int = stat.S_IFLNK | 0o777) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def refused(source: Path, tmp_path: Path) -> str:
    target = tmp_path / "out"
    target.mkdir()
    with pytest.raises(BundleRefusedError) as caught:
        unpack(source, target, quiet)
    assert list(target.rglob("*")) == []
    assert {one.name for one in tmp_path.iterdir()} == {"out", source.name}
    return caught.value.message


NAMES = (
    *("/etc/x", "../x", "a/../../x", "a/./x", "a//x", "./x", "C:/x", "a\\..\\x", "a/x\x00.txt", "a/x\u202etxt"),
    *("a/con", "a/NUL.txt", "a/x.", "a/x ", "a/" + "x" * 300, "/".join("a" * 20), "a/x:y", ".."),
)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_leads_out_or_means_something_else_is_refused(name: str, tmp_path: Path) -> None:
    info = zipfile.ZipInfo("x")
    info.filename = info.orig_filename = name
    assert "name" in refused(zipped(tmp_path / "b.zip", ("bag/ok.txt", b"x"), (info, b"x")), tmp_path)


@pytest.mark.parametrize("mode", [stat.S_IFLNK | 0o777, stat.S_IFIFO | 0o600, stat.S_IFCHR | 0o600, stat.S_IFSOCK])
def test_links_and_devices_are_refused(mode: int, tmp_path: Path) -> None:
    assert "links" in refused(zipped(tmp_path / "b.zip", (link("bag/a", mode), b"/etc/passwd")), tmp_path)


@pytest.mark.parametrize(
    "pair", [("a/x", "a/x"), ("a/x", "a/X"), ("a/x", "A/y"), ("a", "a/x"), ("a/\u00e9", "a/e\u0301"), ("a/x/", "a/X")]
)
def test_names_that_fall_together_on_some_disk_are_refused(pair: tuple[str, str], tmp_path: Path) -> None:
    assert "same name" in refused(zipped(tmp_path / "b.zip", (pair[0], b""), (pair[1], b"")), tmp_path)


def test_a_small_part_that_becomes_very_large_is_refused(tmp_path: Path) -> None:
    assert "very large" in refused(zipped(tmp_path / "b.zip", ("a", b"\0" * 50_000_000)), tmp_path)


def test_what_would_be_too_large_in_all_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "MOST_BYTES", 1500)
    assert "too large" in refused(zipped(tmp_path / "b.zip", ("a", b"x" * 1000), ("b", b"y" * 1000)), tmp_path)


@pytest.mark.parametrize("bound", ["MOST_FILES", "MOST_LIST"])
def test_a_list_of_more_files_than_any_bundle_has_is_not_read(
    bound: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacking, bound, 10)
    source = zipped(tmp_path / "b.zip", *((f"a/{number}", b"") for number in range(50)))
    assert "too many" in refused(source, tmp_path)


def test_one_that_is_locked_is_refused(tmp_path: Path) -> None:
    source = zipped(tmp_path / "b.zip", ("a", b"x"))
    data = bytearray(source.read_bytes())
    struct.pack_into("<H", data, data.find(b"PK\x01\x02") + 8, 1)
    source.write_bytes(data)
    assert "password" in refused(source, tmp_path)


def test_one_that_is_packed_in_an_unusual_way_is_refused(tmp_path: Path) -> None:
    assert "unusual" in refused(zipped(tmp_path / "b.zip", ("a", b"x"), packed=zipfile.ZIP_BZIP2), tmp_path)


def test_files_that_lie_over_one_another_are_refused(tmp_path: Path) -> None:
    """Many names for one packed part: the list says the same place each time."""
    source = zipped(tmp_path / "b.zip", ("a", bytes(range(256)) * 20), packed=zipfile.ZIP_STORED)
    data = source.read_bytes()
    start, end = data.find(b"PK\x01\x02"), data.find(b"PK\x05\x06")
    one, tail = data[start:end], bytearray(data[end:])
    several = [one[:-1] + bytes([letter]) for letter in range(ord("a"), ord("k"))]  # the last byte is the name
    struct.pack_into("<HHI", tail, 8, len(several), len(several), sum(map(len, several)))
    source.write_bytes(data[:start] + b"".join(several) + tail)
    assert "over one another" in refused(source, tmp_path)


def test_a_part_that_holds_more_than_it_says_is_cut_off_there(tmp_path: Path) -> None:
    source = zipped(tmp_path / "b.zip", ("a", b"x" * 5000))
    data = bytearray(source.read_bytes())
    struct.pack_into("<I", data, data.find(b"PK\x01\x02") + 24, 10)
    source.write_bytes(data)
    target = tmp_path / "out"
    target.mkdir()
    with pytest.raises(BundleRefusedError):
        unpack(source, target, quiet)
    assert sum(one.stat().st_size for one in target.rglob("*") if one.is_file()) <= 10


@pytest.mark.parametrize(
    "spoil", [lambda _data: b"", lambda data: data[:-30], lambda data: data.replace(b"BagIt", b"BagXt", 1)]
)
def test_one_that_is_damaged_is_refused_in_a_sentence(spoil: Callable[[bytes], bytes], tmp_path: Path) -> None:
    source = zipped(tmp_path / "b.zip", ("bag/bagit.txt", BAGIT), packed=zipfile.ZIP_STORED)
    source.write_bytes(spoil(source.read_bytes()))
    target = tmp_path / "out"
    target.mkdir()
    with pytest.raises(BundleRefusedError):
        unpack(source, target, quiet)


def test_an_empty_one_is_refused(tmp_path: Path) -> None:
    assert "empty" in refused(zipped(tmp_path / "b.zip"), tmp_path)


def test_a_full_disk_is_said_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "SPARE", 1 << 62)
    target = tmp_path / "out"
    target.mkdir()
    with pytest.raises(StoreError):
        unpack(zipped(tmp_path / "b.zip", ("a", b"x")), target, quiet)
    assert list(target.iterdir()) == []


def test_a_bundle_comes_out_as_it_was_and_is_gone_at_the_end(tmp_path: Path) -> None:
    source = zipped(
        tmp_path / "b.zip", ("dossier/", b""), ("dossier/bagit.txt", BAGIT), ("dossier/data/é.txt", b"texte")
    )
    told: list[tuple[int, int]] = []
    with unpacked(source, lambda done, of: told.append((done, of))) as bundle:
        assert bundle.name == "dossier"
        assert (bundle / "data" / "é.txt").read_bytes() == b"texte"
        assert (bundle / "bagit.txt").read_bytes() == BAGIT
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert [one.name for one in tmp_path.iterdir()] == ["b.zip"]


def test_the_bundle_begins_where_its_first_file_is(tmp_path: Path) -> None:
    assert root_of(tmp_path) == tmp_path
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
    (tmp_path / "one" / "bagit.txt").write_bytes(BAGIT)
    assert root_of(tmp_path) == tmp_path / "one"
    (tmp_path / "two" / "bagit.txt").write_bytes(BAGIT)
    assert root_of(tmp_path) == tmp_path


def test_a_list_of_members_is_never_read_beyond_its_bound(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(unpacking.MOST_LIST + 20)
    with unpacking._Bounded(io.FileIO(path)) as reader:
        assert len(reader.read(10)) == 10
        with pytest.raises(BundleRefusedError):
            reader.read()
