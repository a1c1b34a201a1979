"""How much of the page a window's picture shows: an empty window is told from a page with little on it."""

from io import BytesIO

import pytest
from PIL import Image, ImageDraw

from capture.drawn import EMPTY_SHARE, WHOLE_SHARE, drawn_share

VIEW = {"x": 0, "y": 0, "width": 800, "height": 600, "outer": 816}
BARS = 100  # pixels of tabs and address above the page


def _png(image: Image.Image) -> bytes:
    data = BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def _page(*, lines: int, ground: str = "white", ink: str = "black", height: int = 600) -> Image.Image:
    image = Image.new("RGB", (800, height), ground)
    draw = ImageDraw.Draw(image)
    for line in range(lines):
        draw.text((40, 40 + 30 * line), "Il n'existe plus de plage horaire libre", fill=ink, font_size=15)
    return image


def _window(page: Image.Image, *, scale: float = 1.0) -> bytes:
    """A window with its bars above ``page``'s first part, a border on both sides."""
    image = Image.new("RGB", (816, BARS + 600), "lightblue")
    image.paste(page.crop((0, 0, 800, 600)), (8, BARS))
    return _png(image.resize((round(816 * scale), round((BARS + 600) * scale))))


@pytest.mark.parametrize("scale", [1.0, 1.25, 2.0])
@pytest.mark.parametrize(("ground", "ink"), [("white", "black"), ("white", "#767676"), ("#1a1a2e", "white")])
def test_a_window_that_shows_the_page_shows_all_of_it(ground: str, ink: str, scale: float) -> None:
    page = _page(lines=3, ground=ground, ink=ink)
    assert drawn_share(_window(page, scale=scale), _png(page), VIEW) >= WHOLE_SHARE


@pytest.mark.parametrize("empty", ["white", "black", "#1a1a2e", "#dddddd"])
@pytest.mark.parametrize("lines", [1, 12])
def test_an_empty_window_is_empty_whatever_its_colour_and_however_little_the_page_says(lines: int, empty: str) -> None:
    page = _page(lines=lines)
    assert drawn_share(_window(Image.new("RGB", (800, 600), empty)), _png(page), VIEW) < EMPTY_SHARE


def test_a_window_that_lacks_a_part_is_neither_whole_nor_empty() -> None:
    share = drawn_share(_window(_page(lines=6)), _png(_page(lines=12)), VIEW)
    assert EMPTY_SHARE < 0.4 < share < 0.7 < WHOLE_SHARE


def test_an_empty_page_is_all_there_in_an_empty_window() -> None:
    page = _page(lines=0)
    assert drawn_share(_window(page), _png(page), VIEW) == 1


def test_of_a_long_page_only_what_the_window_stood_at_counts() -> None:
    page = _page(lines=40, height=1400)
    there = page.crop((0, 700, 800, 1300))
    assert drawn_share(_window(there), _png(page), {**VIEW, "y": 700}) >= WHOLE_SHARE
    assert drawn_share(_window(Image.new("RGB", (800, 600))), _png(page), {**VIEW, "y": 700}) < EMPTY_SHARE
