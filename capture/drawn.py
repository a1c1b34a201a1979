"""Whether a window's picture holds what the page's own picture does.

A browser draws its window when it comes to it, and the page's picture when it is asked: just after a start, or on a
busy computer, the first may still be empty, or without its images, where the second is whole. Both are reduced to
cells, and those that stand out from the ground are counted: enough to tell an empty window, whatever its colour,
from a page with little on it, and it needs no cell to be at its place (a window has a scroll bar, and letters of
its own smoothing).
"""

from collections.abc import Mapping
from io import BytesIO

from PIL import Image

CELL = 16  # pixels of the page: about one line of text
STANDS_OUT = 8  # shades of 255 between a cell's mean and the ground's: a short word's cell is some 20 darker
WHOLE_SHARE = 0.95  # of the page's cells: what is left may be smoothed otherwise
EMPTY_SHARE = 0.1

Box = tuple[float, float, float, float]


def drawn_share(window: bytes, page: bytes, view: Mapping[str, float]) -> float:
    """How much of what the page shows in ``view`` the window's picture shows too; 1 where the page shows nothing.

    ``view`` is ``capture.sight.VIEWPORT`` at the time of both.
    """
    size = (max(1, round(view["width"] / CELL)), max(1, round(view["height"] / CELL)))
    with Image.open(BytesIO(page)) as picture:
        expected = _standing_out(picture, (view["x"], view["y"], view["width"], view["height"]), size)
    if expected == 0:
        return 1.0
    with Image.open(BytesIO(window)) as picture:
        scale = picture.width / view["outer"]
        width, height = view["width"] * scale, view["height"] * scale
        inside = ((picture.width - width) / 2, picture.height - height, width, height)
        return min(1.0, _standing_out(picture, inside, size) / expected)


def _standing_out(picture: Image.Image, place: Box, size: tuple[int, int]) -> int:
    """How many cells of ``place`` (left, top, width, height) are of another shade than most."""
    left, top, width, height = place
    edges = (max(0, round(left)), max(0, round(top)), min(picture.width, round(left + width)))
    bottom = min(picture.height, round(top + height))
    if edges[0] >= edges[2] or edges[1] >= bottom:
        return 0
    cells = picture.convert("L").crop((*edges, bottom)).resize(size, Image.Resampling.BOX).histogram()
    ground = max(range(len(cells)), key=cells.__getitem__)
    return sum(count for shade, count in enumerate(cells) if abs(shade - ground) > STANDS_OUT)
