"""The pages of an exhibit within what the court takes: as they are, or drawn smaller, never lost."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from exhibits import page_weight
from exhibits.page_pictures import PagePicture
from exhibits.page_weight import ANY, LEGIBLE, PAGE_BYTES, fitted, weigh
from temoin.errors import StoreError
from tests.attached_files import noise, picture

PHOTO = noise(1_200, 900)
LETTERS = picture(200, 200)


def page(folder: Path, name: str, data: bytes) -> PagePicture:
    path = folder / name
    path.write_bytes(data)
    with Image.open(path) as image:
        return PagePicture(path=path, width=image.width, height=image.height, text="mots")


@pytest.fixture
def files(tmp_path: Path) -> list[list[PagePicture]]:
    """Two photographs, and a letter between them."""
    return [
        [page(tmp_path, "1.jpg", PHOTO), page(tmp_path, "2.png", LETTERS)],
        [page(tmp_path, "3.jpg", PHOTO)],
    ]


def bounded(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(page_weight, "MOST_DRAWN", most)


def scales(files: Sequence[Sequence[PagePicture]]) -> list[list[float]]:
    return [[one.scale for one in pages] for pages in files]


def test_an_exhibit_weighs_its_pictures_and_something_for_each_page(files: list[list[PagePicture]]) -> None:
    assert weigh(files) == 2 * len(PHOTO) + len(LETTERS) + 3 * PAGE_BYTES


def test_what_is_light_enough_stays_as_it_is(files: list[list[PagePicture]], monkeypatch: pytest.MonkeyPatch) -> None:
    bounded(monkeypatch, weigh(files))
    assert fitted(files, ANY) is files


def test_what_is_too_heavy_is_drawn_smaller_and_letters_that_would_gain_nothing_are_not(
    files: list[list[PagePicture]], monkeypatch: pytest.MonkeyPatch
) -> None:
    bounded(monkeypatch, weigh(files) - 1)
    found = fitted(files, ANY)
    assert scales(found) == [[0.75, 1.0], [0.75]]
    assert weigh(found) < weigh(files)
    with Image.open(found[0][0].path) as image:
        assert (image.size, image.format) == ((900, 675), "JPEG")
        assert image.size == (found[0][0].width, found[0][0].height)
    assert found[0][0].text == "mots"
    assert files[0][0].path.read_bytes() == PHOTO
    first = found[1][0].path.read_bytes()
    assert fitted(files, ANY)[1][0].path.read_bytes() == first


def test_what_is_kept_already_is_drawn_smaller_still_rather_than_refused(
    files: list[list[PagePicture]], monkeypatch: pytest.MonkeyPatch
) -> None:
    bounded(monkeypatch, weigh(fitted_at(files, monkeypatch, LEGIBLE)) - 1)
    assert scales(fitted(files, LEGIBLE)) == [[0.75, 1.0], [0.75]]  # whoever takes it in weighs it again, and refuses
    assert scales(fitted(files, ANY)) == [[0.5, 1.0], [0.5]]
    bounded(monkeypatch, 0)
    assert scales(fitted(files, ANY)) == [[0.5, 1.0], [0.5]]  # nothing lighter, and nothing is left out


def fitted_at(
    files: list[list[PagePicture]], monkeypatch: pytest.MonkeyPatch, ways: tuple[page_weight.Fineness, ...]
) -> Sequence[Sequence[PagePicture]]:
    bounded(monkeypatch, 0)
    return fitted(files, ways)


def test_a_page_that_is_gone_is_a_failure_of_the_disk(files: list[list[PagePicture]]) -> None:
    files[1][0].path.unlink()
    with pytest.raises(StoreError, match="The pages could not be written"):
        weigh(files)
