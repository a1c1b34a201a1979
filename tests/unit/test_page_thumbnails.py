"""Small pictures of captures: made once, kept within bounds, and no way to fill the memory."""

import io
import stat
import struct
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image

from web.thumbnails import FOLDER, HEIGHT, WIDTH, NoThumbnailError, Thumbnails, make


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
    with Image.open(io.BytesIO(make(png(tmp_path / "a.png", (1366, 9000), mode)))) as small:
        assert small.format == "PNG"
        assert small.width == WIDTH
        assert small.height <= HEIGHT + 1


def test_a_small_picture_is_not_enlarged_and_a_flat_one_keeps_a_row(tmp_path: Path) -> None:
    with Image.open(io.BytesIO(make(png(tmp_path / "a.png", (20, 10))))) as small:
        assert small.size == (20, 10)
    with Image.open(io.BytesIO(make(png(tmp_path / "b.png", (9000, 1))))) as small:
        assert small.size == (WIDTH, 1)


def test_of_a_picture_that_would_fill_the_memory_none_is_made(tmp_path: Path) -> None:
    for width, height in ((100_000, 100_000), (6_000, 5_000), (40_000, 10), (0, 10), (2**31, 1)):
        with pytest.raises(NoThumbnailError):
            make(declared(tmp_path / "bomb.png", width, height, b"\0" * 100_000))


def test_what_is_no_picture_or_damaged_or_absent_has_none(tmp_path: Path) -> None:
    whole = png(tmp_path / "a.png", (400, 300), colour=(1, 2, 3)).read_bytes()
    Image.new("RGB", (9, 9)).save(tmp_path / "b.gif", "GIF")
    for data in (b"", b"<svg/>", whole[:-40], whole[:40], (tmp_path / "b.gif").read_bytes()):
        (tmp_path / "c.png").write_bytes(data)
        with pytest.raises(NoThumbnailError):
            make(tmp_path / "c.png")
    with pytest.raises(NoThumbnailError):
        make(tmp_path / "none.png")


def test_it_is_made_once_and_kept_for_its_owner_alone(tmp_path: Path) -> None:
    picture = png(tmp_path / "a.png", (400, 300))
    thumbnails = Thumbnails(tmp_path)
    first = thumbnails.of("a" * 64, picture)
    picture.unlink()
    assert thumbnails.of("a" * 64, picture) == first
    kept = tmp_path / FOLDER / f"{'a' * 64}.png"
    assert [one.name for one in (tmp_path / FOLDER).iterdir()] == [kept.name]
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / FOLDER).stat().st_mode) == 0o700
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600


@pytest.mark.parametrize("bounds", [{"most_kept": 8}, {"most_bytes": 3_000}])
def test_the_folder_stays_within_its_bounds_and_forgets_the_oldest(bounds: dict[str, int], tmp_path: Path) -> None:
    picture = png(tmp_path / "a.png", (400, 300))
    thumbnails = Thumbnails(tmp_path, **bounds)
    for number in range(40):
        thumbnails.of(f"{number:064x}", picture)
        sizes = [one.stat().st_size for one in (tmp_path / FOLDER).iterdir()]
        assert len(sizes) <= thumbnails.most_kept
        assert sum(sizes) <= thumbnails.most_bytes
    assert (tmp_path / FOLDER / f"{39:064x}.png").exists()
    assert not (tmp_path / FOLDER / f"{0:064x}.png").exists()


def test_where_nothing_can_be_kept_it_is_made_all_the_same(tmp_path: Path) -> None:
    picture = png(tmp_path / "a.png", (400, 300))
    assert Thumbnails(tmp_path / "none" / "deeper").of("a" * 64, picture)
