"""Small pictures of captures: made once, kept within bounds, and no way to fill the memory."""

import io
import stat
import struct
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image

from temoin.canonical import sha256
from web.thumbnails import (
    FOLDER,
    HEIGHT,
    MOST_FILE,
    WIDTH,
    DamagedPictureError,
    NoThumbnailError,
    Thumbnails,
    make,
)


def png(path: Path, size: tuple[int, int], mode: str = "RGB", colour: object = 0) -> Path:
    Image.new(mode, size, colour).save(path, "PNG")  # type: ignore[arg-type] # of that mode
    return path


def declared(path: Path, width: int, height: int, rows: bytes = b"") -> Path:
    """A PNG that says a size, whatever pixels it has."""
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(rows))]
    data = b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in [*chunks, (b"IEND", b"")]
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + data)
    return path


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_a_picture_of_any_kind_becomes_small(mode: str, tmp_path: Path) -> None:
    with Image.open(io.BytesIO(make(png(tmp_path / "a.png", (1366, 9000), mode).read_bytes()))) as small:
        assert small.format == "PNG"
        assert small.width == WIDTH
        assert small.height <= HEIGHT + 1


def test_a_small_picture_is_not_enlarged_and_a_flat_one_keeps_a_row(tmp_path: Path) -> None:
    with Image.open(io.BytesIO(make(png(tmp_path / "a.png", (20, 10)).read_bytes()))) as small:
        assert small.size == (20, 10)
    with Image.open(io.BytesIO(make(png(tmp_path / "b.png", (9000, 1)).read_bytes()))) as small:
        assert small.size == (WIDTH, 1)


def test_of_a_picture_that_would_fill_the_memory_none_is_made(tmp_path: Path) -> None:
    for width, height in ((100_000, 100_000), (6_000, 5_000), (40_000, 10), (0, 10), (2**31, 1)):
        with pytest.raises(NoThumbnailError):
            make(declared(tmp_path / "bomb.png", width, height, b"\0" * 100_000).read_bytes())


def test_what_is_no_picture_or_damaged_or_absent_has_none(tmp_path: Path) -> None:
    whole = png(tmp_path / "a.png", (400, 300), colour=(1, 2, 3)).read_bytes()
    Image.new("RGB", (9, 9)).save(tmp_path / "b.gif", "GIF")
    for data in (b"", b"<svg/>", whole[:-40], whole[:40], (tmp_path / "b.gif").read_bytes()):
        with pytest.raises(NoThumbnailError):
            make(data)
    with pytest.raises(DamagedPictureError):
        Thumbnails(tmp_path).of("a" * 64, tmp_path / "none.png")


def test_it_is_made_once_and_kept_for_its_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = png(tmp_path / "a.png", (400, 300))
    thumbnails, digest = Thumbnails(tmp_path), sha256(picture.read_bytes())
    first = thumbnails.of(digest, picture)
    monkeypatch.setattr("web.thumbnails.make", None)
    assert thumbnails.of(digest, picture) == first
    (kept,) = (tmp_path / FOLDER).iterdir()
    assert kept.name.startswith(digest)
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / FOLDER).stat().st_mode) == 0o700
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_it_is_made_of_no_other_bytes_and_not_shown_of_a_file_that_was_touched(tmp_path: Path) -> None:
    picture = png(tmp_path / "a.png", (400, 300), colour=(1, 2, 3))
    genuine, thumbnails = picture.read_bytes(), Thumbnails(tmp_path)
    png(picture, (400, 300), colour=(200, 2, 3))
    with pytest.raises(DamagedPictureError):
        thumbnails.of(sha256(genuine), picture)
    assert not (tmp_path / FOLDER).exists()
    picture.write_bytes(genuine)
    assert thumbnails.of(sha256(genuine), picture) == make(genuine)
    png(picture, (400, 300), colour=(200, 2, 3))
    with pytest.raises(DamagedPictureError):
        thumbnails.of(sha256(genuine), picture)


def test_a_file_of_absurd_size_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "a.png").open("wb") as file:
        file.truncate(MOST_FILE + 1)
    with pytest.raises(NoThumbnailError):
        Thumbnails(tmp_path).of("a" * 64, tmp_path / "a.png")


@pytest.mark.parametrize("bounds", [{"most_kept": 8}, {"most_bytes": 3_000}])
def test_the_folder_stays_within_its_bounds_and_forgets_the_oldest(bounds: dict[str, int], tmp_path: Path) -> None:
    thumbnails, digests = Thumbnails(tmp_path, **bounds), []
    for number in range(40):
        picture = png(tmp_path / "a.png", (400, 300), colour=(number, 0, 0))
        digests.append(sha256(picture.read_bytes()))
        thumbnails.of(digests[-1], picture)
        sizes = [one.stat().st_size for one in (tmp_path / FOLDER).iterdir()]
        assert len(sizes) <= thumbnails.most_kept
        assert sum(sizes) <= thumbnails.most_bytes
    kept = {one.name[:64] for one in (tmp_path / FOLDER).iterdir()}
    assert digests[-1] in kept
    assert digests[0] not in kept


def test_where_nothing_can_be_kept_it_is_made_all_the_same(tmp_path: Path) -> None:
    picture = png(tmp_path / "a.png", (400, 300))
    assert Thumbnails(tmp_path / "none" / "deeper").of(sha256(picture.read_bytes()), picture)
