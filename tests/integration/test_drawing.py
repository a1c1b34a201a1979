"""Documents drawn by real processes: the pictures in them, and what becomes of the processes."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, ImageOps

from exhibits import typeset as typeset_module
from exhibits.draw import MOST_MEMORY
from exhibits.inventory_steps import read_title
from exhibits.typeset import Drawn, Job, Typesetter, prepare_workspace, typeset
from temoin.canonical import Json
from temoin.errors import StoreError, TemoinError
from tests.exhibit_case import START

TEMPLATE = """
#import "common.typ": *
#let data = json("data.json")
#show: document-page.with(data)
#for (index, page) in data.pages.enumerate() {
  if index > 0 { pagebreak() }
  mark(page.key)
  photo(page.picture, width: 100mm)
}
"""
ENDLESS = "#for a in range(9000) { for b in range(9000) { for c in range(9000) { let d = a + b + c } } }"
SIZE = (60, 40)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A folder where documents with pictures are drawn."""

    root: Path

    @property
    def workspace(self) -> Path:
        return self.root / "work"

    def add(self, name: str, image: Image.Image, **how: object) -> Json:
        image.save(self.root / name, **how)  # type: ignore[arg-type]
        return {"key": name, "picture": {"path": name, "width": SIZE[0], "height": SIZE[1], "alt": f"alt {name}"}}

    def draw(self, *pages: Json, output: str = "out.pdf") -> Path:
        self.typeset(*pages, output=output)
        return self.root / output

    def typeset(self, *pages: Json, output: str = "out.pdf") -> Drawn:
        return typeset(
            document(*pages),
            template="pictures.typ",
            root=self.root,
            workspace=self.workspace,
            output=self.root / output,
            at=START,
        )

    def job(self, *pages: Json, output: str = "out.pdf") -> Job:
        return Job(data=document(*pages), template="pictures.typ", output=self.root / output, at=START)


def document(*pages: Json) -> Json:
    return {"title": "Des images", "band": "", "pages": list(pages)}


def noise(mode: str = "RGB") -> Image.Image:
    image = Image.effect_noise(SIZE, 70).convert("RGB")
    image.paste((200, 16, 30), (5, 5, 20, 20))
    return image.convert(mode)


def run(*command: str | Path) -> str:
    return subprocess.run([*map(str, command)], check=True, capture_output=True, text=True, timeout=60).stdout


def pixels_of(pdf: Path) -> list[Image.Image]:
    """The pictures that ``pdfimages`` finds, in order."""
    run("pdfimages", "-png", pdf, pdf.with_suffix(""))
    found = []
    for path in sorted(pdf.parent.glob(f"{pdf.stem}-*.png")):
        with Image.open(path) as image:
            found.append(image.convert("RGB"))
    return found


def images_in(pdf: Path) -> list[dict[str, str]]:
    """What the image objects of a PDF say of themselves."""
    with pikepdf.open(pdf) as opened:
        return [
            {str(name): str(value) for name, value in item.items()}
            for item in opened.objects
            if isinstance(item, pikepdf.Stream) and item.get("/Subtype") == "/Image"
        ]


@pytest.fixture
def room(tmp_path: Path) -> Room:
    room = Room(root=tmp_path)
    prepare_workspace(room.workspace)
    (room.workspace / "pictures.typ").write_text(TEMPLATE, encoding="utf-8")
    return room


@pytest.fixture
def press(room: Room) -> Iterator[Typesetter]:
    with Typesetter(root=room.root, workspace=room.workspace) as press:
        for folder in room.workspace.glob("drawing-*"):
            (folder / "pictures.typ").write_text(TEMPLATE, encoding="utf-8")
        yield press


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "1"])
def test_a_png_is_in_the_pdf_to_the_pixel_and_was_not_compressed_again(room: Room, mode: str) -> None:
    image = noise("RGB").quantize(9) if mode == "P" else noise(mode)
    pdf = room.draw(room.add("one.png", image))
    assert [one.tobytes() for one in pixels_of(pdf)] == [image.convert("RGB").tobytes()]
    with Image.open(room.root / "one.png") as kept:
        assert kept.mode == mode
    data = (room.root / "one.png").read_bytes()
    start = data.index(b"IDAT") + 4
    assert data[start : start + int.from_bytes(data[start - 8 : start - 4], "big")] in pdf.read_bytes()
    run("qpdf", "--check", pdf)


def test_a_png_of_sixteen_bits_keeps_them(room: Room) -> None:
    pdf = room.draw(room.add("deep.png", Image.new("I;16", SIZE, 40_000)))
    assert images_in(pdf)[0]["/BitsPerComponent"] == "16"
    assert pixels_of(pdf)[0].getpixel((3, 3)) == (156, 156, 156)


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_jpeg_is_in_the_pdf_as_it_is(room: Room, mode: str) -> None:
    pdf = room.draw(room.add("photo.jpg", noise(mode), progressive=mode == "L"))
    run("pdfimages", "-all", pdf, room.root / "image")
    assert (room.root / "image-000.jpg").read_bytes() == (room.root / "photo.jpg").read_bytes()
    run("qpdf", "--check", pdf)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_a_picture_with_alpha_is_drawn_too(room: Room, mode: str) -> None:
    pdf = room.draw(room.add("clear.png", noise(mode)))
    assert pixels_of(pdf)[0].tobytes() == noise_like(room, "clear.png")
    run("qpdf", "--check", pdf)


def noise_like(room: Room, name: str) -> bytes:
    with Image.open(room.root / name) as image:
        return image.convert("RGB").tobytes()


def test_a_jpeg_in_cmyk_is_shown_in_rgb(room: Room) -> None:
    pdf = room.draw(room.add("print.jpg", Image.new("CMYK", SIZE, (0, 255, 255, 0)), quality=95))
    seen = pixels_of(pdf)[0].getpixel((10, 10))
    assert isinstance(seen, tuple)
    assert seen[0] > 240
    assert max(seen[1:]) < 15


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_taken_on_its_side_stands_upright_and_stays_as_it_is(room: Room, orientation: int) -> None:
    corners = Image.new("RGB", (2, 2))
    corners.putdata([(200, 0, 0), (0, 160, 0), (0, 0, 200), (230, 230, 0)])
    exif = Image.Exif()
    exif[0x0112] = orientation
    page = room.add("side.jpg", corners.resize(SIZE, Image.Resampling.NEAREST), exif=exif)
    with Image.open(room.root / "side.jpg") as image:
        upright = ImageOps.exif_transpose(image)
    page["picture"].update(width=upright.width, height=upright.height)
    pdf = room.draw(page)
    run("pdftoppm", "-r", "72", "-png", pdf, room.root / "page")
    with Image.open(next(room.root.glob("page*.png"))) as seen:
        left, top, width = (round(mm * 72 / 25.4) for mm in (14, 12, 100))
        height = width * upright.height // upright.width
        shown = seen.convert("RGB").crop((left, top, left + width, top + height))
    for across, down in ((1, 1), (3, 1), (1, 3), (3, 3)):
        found = shown.getpixel((shown.width * across // 4, shown.height * down // 4))
        meant = upright.getpixel((upright.width * across // 4, upright.height * down // 4))
        assert isinstance(found, tuple)
        assert isinstance(meant, tuple)
        assert max(abs(one - other) for one, other in zip(found, meant, strict=True)) < 12
    run("pdfimages", "-all", pdf, room.root / "image")
    assert (room.root / "image-000.jpg").read_bytes() == (room.root / "side.jpg").read_bytes()


def test_pictures_keep_typsts_colour_space_and_pdf_a_its_marks(room: Room) -> None:
    pdf = room.draw(room.add("one.png", noise()), room.add("two.png", noise("L")))
    assert ["ICCBased" in one["/ColorSpace"] for one in images_in(pdf)] == [True, True]
    data = pdf.read_bytes()
    assert b"<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B" in data
    assert b"/GTS_PDFA1" in data
    assert b"/ObjStm" not in data
    assert read_title(data) == "Des images"
    info = run("pdfinfo", pdf)
    assert "Tagged:          yes" in info
    assert "Mon Sep 14" in info


def test_the_alternative_text_and_the_figure_stay(room: Room) -> None:
    pdf = room.draw(room.add("one.png", noise()))
    with pikepdf.open(pdf) as opened:
        alternatives = [
            str(item["/Alt"]) for item in opened.objects if isinstance(item, pikepdf.Dictionary) and "/Alt" in item
        ]
    assert alternatives == ["alt one.png"]


def test_a_picture_shown_twice_is_one_object(room: Room) -> None:
    page = room.add("one.png", noise())
    pdf = room.draw(page, {**page, "key": "again"}, room.add("two.png", noise()))
    assert len(images_in(pdf)) == 2


def test_the_same_document_gives_the_same_bytes_whoever_draws_it(room: Room, press: Typesetter) -> None:
    page = room.add("one.png", noise())
    alone = room.draw(page).read_bytes()
    jobs = [room.job({**page, "picture": dict(page["picture"])}, output=f"{place}.pdf") for place in range(6)]
    list(press.draw_all(jobs))
    assert {job.output.read_bytes() for job in jobs} == {alone}


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.png", b"no picture at all", "a.png is neither a PNG nor a JPEG picture"),
        ("a.png", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0", "a.png ends in the middle of a chunk"),
        ("a.jpg", b"\xff\xd8\xff\xe0cut", "a.jpg"),
        ("../a.png", b"", "../a.png lies outside the folder of the document"),
        ("b.png", None, "b.png cannot be read: No such file"),
    ],
)
def test_a_file_that_is_no_picture_is_told(room: Room, name: str, data: bytes | None, words: str) -> None:
    if data:
        (room.root / name).write_bytes(data)
    with pytest.raises(TemoinError, match=rf"out\.pdf could not be drawn: .*{words}"):
        room.draw({"key": "k", "picture": {"path": name, "width": 1, "height": 1, "alt": ""}})
    assert not (room.root / "out.pdf").exists()


def test_a_picture_too_large_to_be_decoded_is_told(room: Room) -> None:
    page = room.add("huge.png", Image.new("LA", (6000, 5000)))
    with pytest.raises(TemoinError, match=r"huge\.png is too large to be decoded: 30 million pixels, 0 MB"):
        room.draw(page)


def test_a_disk_that_refuses_is_told(room: Room) -> None:
    page = room.add("one.png", noise())
    (room.root / "taken.pdf").mkdir()
    with pytest.raises(StoreError, match=r"taken\.pdf could not be written: it is a folder"):
        room.draw(page, output="taken.pdf")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full device")
def test_a_full_disk_is_told_while_pictures_are_written(room: Room) -> None:
    page = room.add("one.png", noise())
    (room.root / "full.pdf").symlink_to("/dev/full")
    with pytest.raises(StoreError, match=r"full\.pdf could not be written: the disk is full"):
        room.draw(page, output="full.pdf")


def test_many_documents_come_in_order_from_few_processes(
    room: Room, press: Typesetter, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[int] = []
    real = subprocess.Popen

    def counted(*asked: object, **how: object) -> object:
        child = real(*asked, **how)  # type: ignore[call-overload]
        started.append(child.pid)
        return child

    monkeypatch.setattr(subprocess, "Popen", counted)
    page = room.add("one.png", noise())
    jobs = (room.job(*[fresh(page)] * (1 + place % 4), output=f"{place}.pdf") for place in range(12))
    assert [drawn.pages for drawn in press.draw_all(jobs)] == [1 + place % 4 for place in range(12)]
    assert 1 <= len(started) <= 2
    assert len(list(room.root.glob("*.pdf"))) == 12


def fresh(page: Json) -> Json:
    return {**page, "picture": dict(page["picture"])}


def test_a_worn_process_is_replaced(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typeset_module, "MOST_JOBS", 2)
    page = room.add("one.png", noise())
    with Typesetter(root=room.root, workspace=room.workspace, processes=1) as press:
        (room.workspace / "drawing-1" / "pictures.typ").write_text(TEMPLATE, encoding="utf-8")
        pids = []
        for place in range(5):
            press.draw(room.job(fresh(page), output=f"{place}.pdf"))
            pids.append(children()[0])
    assert pids[0] == pids[1] != pids[2] == pids[3] != pids[4]


def children() -> list[int]:
    """The drawing processes of this one."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            words = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if int(parent) == os.getpid() and b"exhibits.draw" in words:
            found.append(int(folder.name))
    return found


def test_no_process_is_left(room: Room) -> None:
    with Typesetter(root=room.root, workspace=room.workspace) as press:
        (room.workspace / "drawing-1" / "pictures.typ").write_text(TEMPLATE, encoding="utf-8")
        press.draw(room.job(room.add("one.png", noise())))
        assert len(children()) == 1
    assert children() == []


def test_a_document_that_never_ends_is_stopped_and_the_next_is_drawn(
    room: Room, press: Typesetter, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in room.workspace.glob("drawing-*"):
        (folder / "endless.typ").write_text(ENDLESS, encoding="utf-8")
    monkeypatch.setattr(typeset_module, "TIMEOUT_SECONDS", 2.0)
    endless = Job(data={}, template="endless.typ", output=room.root / "endless.pdf", at=START)
    with pytest.raises(TemoinError, match=r"Drawing a document took more than 2 seconds\."):
        press.draw(endless)
    monkeypatch.setattr(typeset_module, "TIMEOUT_SECONDS", 60.0)
    assert press.draw(room.job(room.add("one.png", noise()))).pages == 1


def test_a_process_that_was_killed_is_told_and_the_next_document_is_drawn(room: Room, press: Typesetter) -> None:
    page = room.add("one.png", noise())
    press.draw(room.job(fresh(page)))
    os.kill(children()[0], signal.SIGKILL)
    with pytest.raises(TemoinError, match=r"out\.pdf could not be drawn: the drawing process ended with -9"):
        press.draw(room.job(fresh(page)))
    assert press.draw(room.job(fresh(page))).pages == 1


def test_one_that_fails_among_many_ends_them_all(room: Room) -> None:
    page = room.add("one.png", noise())
    missing = {"key": "k", "picture": {"path": "none.png", "width": 1, "height": 1, "alt": ""}}
    jobs = (room.job(missing if place == 3 else fresh(page), output=f"{place}.pdf") for place in range(50))
    with pytest.raises(TemoinError, match=r"3\.pdf could not be drawn: none\.png cannot be read"):
        draw_in_a_press_of_its_own(room, jobs)
    assert children() == []
    assert not (room.root / "20.pdf").exists()


def draw_in_a_press_of_its_own(room: Room, jobs: Iterator[Job]) -> None:
    with Typesetter(root=room.root, workspace=room.workspace) as press:
        for folder in room.workspace.glob("drawing-*"):
            (folder / "pictures.typ").write_text(TEMPLATE, encoding="utf-8")
        list(press.draw_all(jobs))


DRAWER = """
import sys, time
from pathlib import Path
from exhibits.typeset import Typesetter, Job
from tests.exhibit_case import START
root = Path(sys.argv[1])
with Typesetter(root=root, workspace=root / "work") as press:
    data = {"title": "t", "band": "", "pages": []}
    press.draw(Job(data=data, template="pictures.typ", output=root / "o.pdf", at=START))
    print("drawn", flush=True)
    time.sleep(60)
"""


def test_the_drawing_process_ends_with_the_one_that_asks(room: Room) -> None:
    (room.workspace / "drawing-1").mkdir()
    (room.workspace / "drawing-1" / "pictures.typ").write_text(TEMPLATE, encoding="utf-8")
    command = [sys.executable, "-c", DRAWER, str(room.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as asker:
        assert asker.stdout is not None
        assert asker.stdout.readline() == "drawn\n"
        pid = next(int(path.name) for path in Path("/proc").glob("[0-9]*") if parent_of(path) == asker.pid)
        asker.kill()
    deadline = time.monotonic() + 30
    while Path(f"/proc/{pid}").exists() and parent_of(Path(f"/proc/{pid}")) is not None:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def parent_of(folder: Path) -> int | None:
    """The parent of a running process; None for one that ended."""
    try:
        state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
    except OSError:
        return None
    return None if state == "Z" else int(parent)


def test_what_the_drawing_process_may_take_is_bounded(room: Room, press: Typesetter) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux keeps a limit on the address space")
    press.draw(room.job(room.add("one.png", noise())))
    limits = Path(f"/proc/{children()[0]}/limits").read_text()
    assert f"Max address space         {MOST_MEMORY}" in limits


def test_memory_does_not_grow_with_the_number_of_pictures(room: Room) -> None:
    pages = []
    for place in range(60):
        image = Image.effect_noise((683, 450), 40).convert("RGB")
        pages.append(room.add(f"{place}.png", image, compress_level=1))
    few = room.typeset(*[fresh(page) for page in pages[:10]]).memory
    many = room.typeset(*[fresh(page) for page in pages]).memory
    weight = sum(path.stat().st_size for path in room.root.glob("*.png")) * 50 / 60
    assert 0 < few < many < few + 4 * weight
    assert many < 300_000_000


def test_threads_may_share_a_press(room: Room, press: Typesetter) -> None:
    page = room.add("one.png", noise())
    drawn: list[int] = []
    threads = [
        threading.Thread(
            target=lambda place=place: drawn.append(press.draw(room.job(fresh(page), output=f"{place}.pdf")).pages)
        )
        for place in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert drawn == [1] * 5
