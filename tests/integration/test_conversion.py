"""What the person attached becomes pages for the court, in one bounded process."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pikepdf
import pytest
from PIL import Image

from exhibits import conversion
from exhibits.conversion import Converted, convert
from temoin.canonical import sha256
from temoin.errors import StoreError, UsageError
from temoin.items import AttachmentFacts
from tests.attached_files import animated, exif, message, noise, pdf, picture

if TYPE_CHECKING:
    from collections.abc import Callable

PDF, PNG, JPEG, EML = "application/pdf", "image/png", "image/jpeg", "message/rfc822"
GPS = 0x8825


def converted(data: bytes, media_type: str, folder: Path, name: str = "fichier") -> Converted:
    facts = AttachmentFacts(name=name, file="piece-1.bin", sha256=sha256(data), size=len(data), media_type=media_type)
    return convert(facts, data, folder)


def sizes(found: Converted) -> list[tuple[int, int]]:
    return [(page.width, page.height) for page in found.pages]


def shown(found: Converted, place: int = 0) -> Image.Image:
    page = found.pages[place]
    with Image.open(page.path) as image:
        image.load()
        assert image.mode == "RGB"
        assert image.size == (page.width, page.height)
        assert not image.getexif()
        assert not {"exif", "icc_profile", "xmp", "Comment"} & set(image.info)
        return image


def test_a_pdf_becomes_a_picture_of_each_page_at_200_dpi_with_its_text(tmp_path: Path) -> None:
    found = converted(pdf("Premiere page", "Seconde page"), PDF, tmp_path)
    assert sizes(found) == [(1653, 2339), (1653, 2339)]
    assert [page.text for page in found.pages] == ["Premiere page", "Seconde page"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.png", "2.png"]
    assert shown(found).convert("L").getextrema() == (0, 255)
    assert found.email is None


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((842, 595), (2339, 1653)),  # A4 that lies
        ((1191, 1684), (1654, 2339)),  # A3, brought down
        ((14_400, 14_400), (1654, 1654)),
        ((144, 72), (400, 200)),  # small: 200 dpi and no more
    ],
)
def test_a_page_of_any_size_fits_a4_at_200_dpi(
    tmp_path: Path, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    (found,) = sizes(converted(pdf("page", size=size), PDF, tmp_path))
    assert abs(found[0] - expected[0]) <= 1
    assert abs(found[1] - expected[1]) <= 1
    assert max(found) <= 2339
    assert min(found) <= 1654


def test_the_text_of_a_page_is_cut(tmp_path: Path) -> None:
    assert len(converted(pdf("mot " * 1_000), PDF, tmp_path).pages[0].text) == 2_000


def form() -> bytes:
    """A form whose field was filled without drawing what it shows, as some programs do."""
    name = pikepdf.Name
    document = pikepdf.new()
    document.add_blank_page(page_size=(595, 842))
    font = pikepdf.Dictionary(Type=name.Font, Subtype=name.Type1, BaseFont=name.Helvetica)
    field = document.make_indirect(
        pikepdf.Dictionary(
            Type=name.Annot,
            Subtype=name.Widget,
            FT=name.Tx,
            T="nom",
            V="REMPLI",
            DA="/F 40 Tf 0 g",
            Rect=[50, 400, 500, 460],
            F=4,
            P=document.pages[0].obj,
        )
    )
    document.pages[0].Annots = document.make_indirect(pikepdf.Array([field]))
    document.Root.AcroForm = pikepdf.Dictionary(
        Fields=[field], NeedAppearances=True, DR=pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font)), DA="/F 40 Tf 0 g"
    )
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_what_was_filled_into_a_form_is_drawn(tmp_path: Path) -> None:
    assert shown(converted(form(), PDF, tmp_path)).convert("L").getextrema()[0] == 0


def test_a_light_page_is_a_png_and_a_photograph_a_jpeg(tmp_path: Path) -> None:
    light = converted(picture(800, 600, colour="navy"), PNG, tmp_path / "a")
    heavy = converted(noise(1600, 1200), JPEG, tmp_path / "b")
    assert (light.pages[0].path.name, heavy.pages[0].path.name) == ("1.png", "1.jpg")


def test_a_small_screenshot_keeps_every_pixel(tmp_path: Path) -> None:
    data = noise(300, 200, "PNG")
    with Image.open(io.BytesIO(data)) as before:
        assert shown(converted(data, PNG, tmp_path)).tobytes() == before.tobytes()


@pytest.mark.parametrize(
    ("size", "expected"),
    [((4000, 3000), (2205, 1654)), ((3000, 4000), (1654, 2205)), ((1000, 2500), (936, 2339)), ((90, 60), (90, 60))],
)
def test_a_large_picture_fits_a4_at_200_dpi_and_a_small_one_is_never_enlarged(
    tmp_path: Path, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert sizes(converted(picture(*size, kind="JPEG"), JPEG, tmp_path)) == [expected]


def test_a_page_that_was_scrolled_through_is_shown_in_parts_that_can_be_read(tmp_path: Path) -> None:
    long = Image.new("RGB", (400, 4_000))
    for row in range(4_000):
        long.paste((row // 256, row % 256, 0), (0, row, 400, row + 1))
    out = io.BytesIO()
    long.save(out, "PNG")
    found = converted(out.getvalue(), PNG, tmp_path)
    assert {page.width for page in found.pages} == {400}
    rows: set[tuple[int, ...]] = set()
    for place in range(len(found.pages)):
        page = shown(found, place)
        rows |= {page.getpixel((9, row)) for row in range(page.height)}  # type: ignore[misc] # RGB: a tuple
    assert len(rows) == 4_000  # none is lost


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_stands_as_the_camera_was_held(tmp_path: Path, kind: str, orientation: int) -> None:
    upright = Image.new("RGB", (60, 100), "white")
    upright.paste("red", (0, 0, 30, 50))  # top left
    # How each orientation lies in the file (EXIF 2.32 §4.6.4 A): the inverse of what a viewer does.
    ways: dict[int, Callable[[Image.Image], Image.Image]] = {
        1: lambda image: image,
        2: lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: lambda image: image.transpose(Image.Transpose.ROTATE_180),
        4: lambda image: image.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: lambda image: image.transpose(Image.Transpose.TRANSPOSE),
        6: lambda image: image.transpose(Image.Transpose.ROTATE_90),
        7: lambda image: image.transpose(Image.Transpose.TRANSVERSE),
        8: lambda image: image.transpose(Image.Transpose.ROTATE_270),
    }
    out = io.BytesIO()
    ways[orientation](upright).save(out, kind, exif=exif(orientation=orientation))
    page = shown(converted(out.getvalue(), {"JPEG": JPEG, "PNG": PNG}[kind], tmp_path))
    assert page.size == (60, 100)
    corners = [page.getpixel(place) for place in ((10, 10), (50, 10), (10, 90), (50, 90))]
    assert [pixel[1] < 128 for pixel in corners if isinstance(pixel, tuple)] == [True, False, False, False]


def test_the_place_where_a_photograph_was_taken_is_dropped(tmp_path: Path) -> None:
    block = exif(original="2026:09:22 14:31:02")
    block.get_ifd(GPS)[2] = (48.0, 47.0, 25.0)
    data = picture(200, 100, kind="JPEG", exif=block, comment=b"Personne Exemple")
    assert b"Personne Exemple" in data
    page = converted(data, JPEG, tmp_path).pages[0].path.read_bytes()
    shown(converted(data, JPEG, tmp_path))
    assert b"Exif" not in page
    assert b"Personne" not in page


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("RGBA", (255, 0, 0, 0), (255, 255, 255)),
        ("RGBA", (0, 0, 0, 128), (127, 127, 127)),
        ("LA", (0, 0), (255, 255, 255)),
        ("L", 77, (77, 77, 77)),
        ("1", 1, (255, 255, 255)),
        ("I;16", 40_000, (156, 156, 156)),
        ("P", 0, (0, 0, 0)),
    ],
)
def test_every_mode_is_shown_opaque_on_white(
    tmp_path: Path, mode: str, colour: Any, expected: tuple[int, int, int]
) -> None:
    assert shown(converted(picture(mode=mode, colour=colour), PNG, tmp_path)).getpixel((5, 5)) == expected


def test_a_jpeg_for_the_press_is_shown_in_rgb(tmp_path: Path) -> None:
    page = shown(converted(picture(mode="CMYK", colour=(0, 0, 0, 0), kind="JPEG"), JPEG, tmp_path))
    assert page.getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (pdf("une", "deux"), PDF),
        (noise(900, 700), JPEG),
        (message(("a.pdf", PDF, pdf("jointe")), ("b.jpg", JPEG, noise(300, 300))), EML),
    ],
    ids=["pdf", "jpeg", "eml"],
)
def test_the_same_file_gives_the_same_pages_to_the_byte(tmp_path: Path, data: bytes, media_type: str) -> None:
    first, second = (converted(data, media_type, tmp_path / name) for name in "ab")
    assert first.email == second.email
    assert [page.path.name for page in first.pages] == [page.path.name for page in second.pages]
    assert [page.path.read_bytes() for page in first.pages] == [page.path.read_bytes() for page in second.pages]


def test_a_message_is_its_text_and_the_pages_of_its_files_and_lists_the_others(tmp_path: Path) -> None:
    data = message(
        ("avis.pdf", PDF, pdf("Avis un", "Avis deux")),
        ("tout.zip", "application/zip", b"PK\3\4"),
        ("ecran.png", PNG, picture(300, 400)),
        ("verrou.pdf", PDF, pdf("x", user="ouvre")),
        ("photo.jpg", JPEG, noise(300, 300)[:9_000]),
        ("anime.png", PNG, animated()),
    )
    found = converted(data, EML, tmp_path)
    assert [page.text for page in found.pages] == ["Avis un", "Avis deux", ""]
    assert sizes(found)[2] == (300, 400)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1-1.png", "1-2.png", "3-1.png"]
    assert found.email is not None
    assert found.email.subject == "Demande de rendez-vous – première demande"
    assert [name for name, _kind, _size in found.email.attachments] == [
        "avis.pdf",
        "tout.zip",
        "ecran.png",
        "verrou.pdf",
        "photo.jpg",
        "anime.png",
    ]
    assert found.email.not_shown == (1, 3, 4, 5)


@pytest.mark.parametrize(("size", "pages"), [((120, 60), 0), ((300, 400), 1)], ids=["logo", "pasted screenshot"])
def test_a_logo_within_the_text_is_listed_and_a_pasted_picture_shown(
    tmp_path: Path, size: tuple[int, int], pages: int
) -> None:
    data = message(("image001.png", PNG, picture(*size))).replace(b"attachment;", b"inline;")
    found = converted(data, EML, tmp_path)
    assert found.email is not None
    assert (len(found.pages), len(found.email.attachments)) == (pages, 1)


@pytest.mark.soak  # the suite must end within a quarter of an hour
def test_a_message_of_too_many_files_or_pages_is_refused(tmp_path: Path) -> None:
    files = [(f"{place}.png", PNG, picture()) for place in range(21)]
    with pytest.raises(UsageError, match="fichier is a message that holds more than 20 PDF files and pictures"):
        converted(message(*files), EML, tmp_path / "a")
    long = pdf(*(str(place) for place in range(101)))
    with pytest.raises(UsageError, match="fichier has more than 200 pages"):
        converted(message(("a.pdf", PDF, long), ("b.pdf", PDF, long)), EML, tmp_path / "b")


def test_messages_within_messages_without_end_are_no_crash(tmp_path: Path) -> None:
    data = b"From: a@exemple.invalid\n" + b"Content-Type: message/rfc822\n\n" * 3_000
    with pytest.raises(UsageError, match="fichier is broken: it cannot be shown whole"):
        converted(data, EML, tmp_path)


MEMORY = (
    "import re, sys\nfrom exhibits import conversion\ncode = conversion.main()\n"
    "sys.stderr.write(re.search(r'VmHWM:\\s+(\\d+) kB', open('/proc/self/status').read())[1])\nsys.exit(code)\n"
)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc/self/status is Linux’s")
@pytest.mark.parametrize(
    "mode",
    [
        "RGBA",
        pytest.param("RGB", marks=pytest.mark.soak),  # the suite must end within a quarter of an hour
        pytest.param("progressive", marks=pytest.mark.soak),
    ],
)
def test_the_largest_picture_that_is_taken_stays_under_300_megabytes(tmp_path: Path, mode: str) -> None:
    source = tmp_path / "source"
    if mode == "progressive":
        source.write_bytes(picture(9_000, 6_600, kind="JPEG", progressive=True))
    else:
        source.write_bytes(picture(9_000, 6_600, mode=mode, colour=(9, 9, 9, 128)[: len(mode)], compress_level=1))
    job = {"source": str(source), "folder": str(tmp_path), "media_type": JPEG if mode == "progressive" else PNG}
    done = subprocess.run(
        [sys.executable, "-P", "-c", MEMORY], input=json.dumps(job), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (page,) = json.loads(done.stdout)["pages"]
    assert (page["width"], page["height"]) == (2255, 1654)
    assert int(done.stderr) * 1024 < 300_000_000


def test_a_conversion_without_end_is_ended_with_all_that_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[str]] = []

    class Watched(subprocess.Popen[str]):
        def __init__(self, *arguments: Any, **more: Any) -> None:
            super().__init__(*arguments, **more)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Watched)
    monkeypatch.setattr(conversion, "TIMEOUT_SECONDS", 0.01)
    with pytest.raises(UsageError, match="fichier takes too much memory or time to open"):
        converted(pdf("une"), PDF, tmp_path)
    assert [child.returncode for child in started] == [-9]
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_the_machine_s_fault(tmp_path: Path) -> None:
    (tmp_path / "fichier").write_text("")
    with pytest.raises(StoreError, match=r"The pages could not be written: .*") as caught:
        converted(pdf("une"), PDF, tmp_path / "fichier")
    assert caught.value.remedy == "Free some disk space, then start again."


def test_a_page_that_cannot_be_written_is_the_machine_s_fault(tmp_path: Path) -> None:
    (tmp_path / "1.png").mkdir()  # where the page would go
    with pytest.raises(StoreError, match="The pages could not be written: it is a folder"):
        converted(pdf("une"), PDF, tmp_path)
