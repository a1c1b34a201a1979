import io
import random

import pytest
from PIL import Image

from capture.png import encode_png


def noise(mode: str, width: int, height: int) -> Image.Image:
    chance = random.Random(mode)  # noqa: S311 - the same noise every time
    return Image.frombytes(mode, (width, height), chance.randbytes(width * height * len(mode)))


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
@pytest.mark.parametrize("size", [(1, 1), (37, 5), (5, 37)])
def test_every_pixel_comes_back_as_it_was(mode: str, size: tuple[int, int]) -> None:
    picture = noise(mode, *size)
    with Image.open(io.BytesIO(encode_png(picture))) as read:
        assert (read.format, read.mode, read.size) == ("PNG", mode, size)
        assert read.tobytes() == picture.tobytes()


def test_the_printing_resolution_and_the_exif_block_are_in_the_file() -> None:
    block = b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00"
    with Image.open(io.BytesIO(encode_png(noise("RGB", 3, 3), exif=block, dpi=150))) as read:
        assert [round(value) for value in read.info["dpi"]] == [150, 150]
        assert read.info["exif"].removeprefix(b"Exif\x00\x00") == block.removeprefix(b"Exif\x00\x00")


def test_the_same_pixels_give_the_same_bytes() -> None:
    assert encode_png(noise("RGB", 40, 40)) == encode_png(noise("RGB", 40, 40))


def test_a_screen_s_repeating_lines_are_kept_small() -> None:
    line = noise("RGB", 1280, 1).tobytes()
    assert len(encode_png(Image.frombytes("RGB", (1280, 1000), line * 1000))) < 40_000


def test_a_mode_without_a_png_form_of_ours_is_refused() -> None:
    with pytest.raises(ValueError, match="no PNG of mode CMYK"):
        encode_png(Image.new("CMYK", (2, 2)))
