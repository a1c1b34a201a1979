"""How much the exhibit of what a person added weighs, and its pages drawn smaller when the court would not take it.

A PDF holds the pictures of its pages as they are, so that its weight is known before it is drawn. A long scan in
colour passes the bound at 200 dpi and stays below it at 150, which is legible on paper still; hence pages are drawn
smaller first, and what is too heavy even so is refused when it is added. What an older version took is never refused:
it is drawn smaller yet, since an export must not fail over it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from PIL import Image

from exhibits.conversion import disk_error
from exhibits.page_pictures import PagePicture
from temoin.os_words import os_words

MOST_DRAWN = 24_000_000  # bytes: Télérecours citoyens takes 32 MB, other ways in (mail, a key at the counter) take less
PAGE_BYTES = 5_000  # of a page besides its picture: heading, place, the text behind it


@dataclass(frozen=True, slots=True, kw_only=True)
class Fineness:
    """How finely a page is drawn anew: as a share of its first size, and the quality of its JPEG."""

    scale: float
    quality: int


LEGIBLE = (Fineness(scale=0.75, quality=70),)  # 150 dpi for a page of A4
ANY = (*LEGIBLE, Fineness(scale=0.5, quality=50))  # 100 dpi: letters of 9 points are soft, and can be read

Files = Sequence[Sequence[PagePicture]]  # the pages of each file of one exhibit


def weigh(files: Files) -> int:
    """What an exhibit of these pages weighs, in bytes, a little more rather than less.

    Raises:
        StoreError: a page is gone from the disk.
    """
    try:
        return sum(page.path.stat().st_size + PAGE_BYTES for pages in files for page in pages)
    except OSError as error:
        raise disk_error(os_words(error)) from error


def fitted(files: Files, ways: Iterable[Fineness]) -> Files:
    """The pages as they are when they are light enough, else drawn in the first of ``ways`` that makes them so.

    When none does, in the last one: whoever asks weighs them again. The same pages come out the same, to the byte.

    Raises:
        StoreError: the disk refuses.
    """
    found = files
    for way in ways:
        if weigh(found) <= MOST_DRAWN:
            break
        try:
            found = [[_lighter(page, way) for page in pages] for pages in files]
        except OSError as error:
            raise disk_error(os_words(error)) from error
    return found


def _lighter(page: PagePicture, way: Fineness) -> PagePicture:
    """``page`` drawn smaller; as it is when that saves nothing, as of a page of letters that is a PNG."""
    path = page.path.with_name(f"{page.path.stem}-smaller-{round(way.scale * 100)}.jpg")
    size = max(1, round(page.width * way.scale)), max(1, round(page.height * way.scale))
    with Image.open(page.path) as image:
        image.resize(size, Image.Resampling.LANCZOS).save(path, "JPEG", quality=way.quality)
    if path.stat().st_size >= page.path.stat().st_size:
        path.unlink()
        return page
    return replace(page, path=path, width=size[0], height=size[1], scale=way.scale)
