"""What a person attaches: taken by its content, refused with a sentence and what to do."""

import io
import os
import tempfile
import unicodedata
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image

from exhibits import attachments
from exhibits.attachments import LONGEST_NAME, Attachment, clean_name, read_attachment, read_attachments
from exhibits.picture_header import is_animated, read_size, read_taken_at
from temoin.canonical import sha256
from temoin.errors import UsageError
from tests.attached_files import (
    animated,
    deflated,
    exif,
    message,
    noise,
    pdf,
    pdf_of_content,
    picture,
    png,
    png_chunk,
)


def put(folder: Path, data: bytes, name: str = "fichier.pdf") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def taken_in(path: Path, number: int) -> Attachment:
    with tempfile.TemporaryDirectory() as folder:
        return read_attachment(path, number, Path(folder))[0]


def refusal(path: Path) -> tuple[str, str]:
    with pytest.raises(UsageError) as caught:
        taken_in(path, 1)
    assert caught.value.exit_code == 2
    return caught.value.message, caught.value.remedy


def zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "contenu")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "media_type", "file"),
    [
        (pdf("Lettre"), "application/pdf", "piece-3.pdf"),
        (picture(), "image/png", "piece-3.png"),
        (picture(kind="JPEG"), "image/jpeg", "piece-3.jpg"),
        (message(), "message/rfc822", "piece-3.eml"),
    ],
    ids=["pdf", "png", "jpeg", "eml"],
)
@pytest.mark.parametrize("name", ["sans-extension", "menteur.docx"])
def test_a_file_is_known_by_its_content_whatever_its_name(
    tmp_path: Path, data: bytes, media_type: str, file: str, name: str
) -> None:
    taken = taken_in(put(tmp_path, data, name), 3)
    assert taken.data == data
    assert (taken.facts.name, taken.facts.file, taken.facts.media_type) == (name, file, media_type)
    assert (taken.facts.sha256, taken.facts.size, taken.facts.taken_at) == (sha256(data), len(data), None)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    message_, remedy = refusal(tmp_path / "absent.pdf")
    assert message_ == f"There is no file {tmp_path / 'absent.pdf'}."
    assert remedy == "Check its name and its folder."


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path) == (f"{tmp_path.name} is a folder.", "Give the files that it holds, one by one.")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    assert refusal(put(tmp_path, b"")) == ("fichier.pdf is empty.", "Download or save it again, then try again.")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="only POSIX has named pipes")
def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "tuyau")
    assert refusal(tmp_path / "tuyau")[0] == "tuyau is no plain file."


@pytest.mark.parametrize("name", ["n" * 300, "a\0b"], ids=["300 characters", "NUL"])
def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path, name: str) -> None:
    assert "cannot be read: " in refusal(tmp_path / name)[0]


@pytest.mark.parametrize(
    ("data", "sentence", "advice"),
    [
        (zipped("[Content_Types].xml", "word/document.xml"), "is a Word or LibreOffice file", "save it as a PDF"),
        (zipped("mimetype"), "is an archive (ZIP or the like)", "one by one: PDF, JPEG, PNG or EML"),
        (zipped("a.pdf", "b.pdf"), "is an archive (ZIP or the like)", "one by one: PDF, JPEG, PNG or EML"),
        (rb"{\rtf1 lettre}", "is a Word or LibreOffice file", "save it as a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "is a Word or LibreOffice file", "save it as a PDF"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "__substg1.0_0037001F".encode("utf-16-le"),
            "is a message in Outlook’s own form",
            "as an EML file",
        ),
        (b"\0\0\0\x18ftypheic" + bytes(40), "is a HEIC photograph", "Save it as JPEG or PDF"),
        (picture(kind="GIF"), "is a picture in a form that is not taken", "save it as PNG or JPEG, or as a PDF"),
        (picture(kind="WEBP"), "is a picture in a form that is not taken", "save it as PNG or JPEG, or as a PDF"),
        (picture(kind="TIFF"), "is a picture in a form that is not taken", "save it as PNG or JPEG, or as a PDF"),
        (b"Une note en texte.\n", "is no PDF, JPEG, PNG or message (EML)", "save or print it as a PDF"),
        (b"<!doctype html><p>page", "is no PDF, JPEG, PNG or message (EML)", "save or print it as a PDF"),
        (bytes(range(256)) * 4, "is no PDF, JPEG, PNG or message (EML)", "save or print it as a PDF"),
        (b"Objet: demande\nA: la prefecture\n\nBonjour", "is no PDF, JPEG, PNG or message", "print it as a PDF"),
        (b"\n\n\n", "is no PDF, JPEG, PNG or message (EML)", "save or print it as a PDF"),
    ],
)
def test_another_kind_of_file_is_refused_with_what_to_do(
    tmp_path: Path, data: bytes, sentence: str, advice: str
) -> None:
    said, remedy = refusal(put(tmp_path, data))
    assert said.startswith(f"fichier.pdf {sentence}")
    assert advice in remedy


def test_a_file_larger_than_the_court_takes_is_refused_and_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "grand.pdf"
    with path.open("wb") as file:
        file.write(b"%PDF-1.7\n")
        file.truncate(40_000_000_000)  # more than the machine could hold; no byte of it is on the disk
    said, remedy = refusal(path)
    assert said == "grand.pdf is larger than 30 MB."
    assert remedy == "Scan it in grey at 150 to 200 dpi, or split it: the court takes no larger file."


def test_a_pdf_with_a_password_is_refused(tmp_path: Path) -> None:
    said, remedy = refusal(put(tmp_path, pdf("secret", user="ouvre")))
    assert said == "fichier.pdf is locked with a password: the court could not open it."
    assert "print it to a new PDF" in remedy


def test_a_pdf_that_opens_without_a_password_is_taken_whatever_it_forbids(tmp_path: Path) -> None:
    assert taken_in(put(tmp_path, pdf("relevé", user="")), 1).facts.media_type == "application/pdf"


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
def test_a_pdf_that_ends_in_the_middle_is_refused(tmp_path: Path, kept: float) -> None:
    whole = pdf("une", "deux", "trois")
    said, remedy = refusal(put(tmp_path, whole[: int(len(whole) * kept)]))
    assert said == "fichier.pdf ends in the middle: a part of it is missing."
    assert remedy.startswith("Open it; if it does not open, download or copy it again.")


def test_a_pdf_cut_in_its_last_update_is_refused(tmp_path: Path) -> None:
    whole = pdf("une")
    assert "ends in the middle" in refusal(put(tmp_path, whole + b"9 0 obj\n<< /Type /Page >>\n"))[0]


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7\nrien\n%%EOF\n", b"%PDF-1.7\n" + bytes(5000) + b"%%EOF"], ids=["words", "zeros"]
)
def test_a_pdf_that_is_none_within_is_refused(tmp_path: Path, data: bytes) -> None:
    assert refusal(put(tmp_path, data))[0] == "fichier.pdf is broken: it cannot be shown whole."


def test_a_pdf_without_a_page_is_refused(tmp_path: Path) -> None:
    assert refusal(put(tmp_path, pdf()))[0] in {
        "fichier.pdf has no page.",
        "fichier.pdf is broken: it cannot be shown whole.",
    }


def test_a_pdf_of_too_many_pages_is_refused(tmp_path: Path) -> None:
    said, remedy = refusal(put(tmp_path, pdf(*(str(place) for place in range(201)))))
    assert said == "fichier.pdf has more than 200 pages."
    assert remedy == "Keep the pages that matter, or split it into several files."


def test_a_pdf_that_unpacks_without_end_is_refused_and_takes_nothing_along(tmp_path: Path) -> None:
    packed = deflated(b"0 0 m 9 9 l S\n" * 70_000, 600)
    said, remedy = refusal(put(tmp_path, pdf_of_content(packed)))
    assert said == "fichier.pdf takes too much memory or time to open: it is broken, or made to be so."
    assert remedy == "Print it to a PDF of ordinary size, then try again."


@pytest.mark.parametrize("size", [(10_000, 10_000), (60_000, 60_000), (70_000, 10), (2**31 - 1, 2**31 - 1)])
def test_a_picture_of_too_many_pixels_is_refused_by_its_header(
    tmp_path: Path, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attachments, "convert", None)  # nothing may be decoded
    said, remedy = refusal(put(tmp_path, png(*size)))
    assert said == f"fichier.pdf has {size[0]} by {size[1]} pixels; 60 million in all are the most."
    assert remedy == "Reduce it, or photograph the page again at a lower resolution."


def test_a_jpeg_of_too_many_pixels_is_refused_by_its_header(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "convert", None)
    data = picture(kind="JPEG").replace(b"\x00\x1e\x00\x28", b"\x27\x10\x27\x10")
    assert refusal(put(tmp_path, data))[0].startswith("fichier.pdf has 10000 by 10000 pixels")


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0\0\x04ab", png(0, 9)])
def test_a_picture_without_a_size_is_refused(tmp_path: Path, data: bytes) -> None:
    assert refusal(put(tmp_path, data))[0] == "fichier.pdf is broken: it does not say how large the picture is."


@pytest.mark.parametrize(
    "data",
    [
        noise(200, 200)[:9_000],
        noise(200, 200, "PNG")[:30_000],
        png(200, 200),
        png(200, 200, png_chunk(b"IDAT", b"not deflated")),
        picture(200, 200)[:-40],
    ],
    ids=["jpeg cut", "png cut", "png without pixels", "png of garbage", "png without an end"],
)
def test_a_broken_picture_is_refused(tmp_path: Path, data: bytes) -> None:
    assert refusal(put(tmp_path, data))[0] == "fichier.pdf is broken: it cannot be shown whole."


@pytest.mark.parametrize("name", [b"zTXt", b"iCCP"])
def test_a_png_with_a_bomb_beside_its_pixels_is_refused(tmp_path: Path, name: bytes) -> None:
    bomb = png_chunk(name, b"nom\0\0" + deflated(bytes(1_000_000), 300))
    pixels = png_chunk(b"IDAT", deflated(bytes(31), 10))
    assert refusal(put(tmp_path, png(10, 10, bomb, pixels)))[0] == "fichier.pdf is broken: it cannot be shown whole."


def test_a_png_whose_pixels_unpack_without_end_shows_its_declared_size_only(tmp_path: Path) -> None:
    pixels = png_chunk(b"IDAT", deflated(bytes(1_000_000), 600))
    assert taken_in(put(tmp_path, png(10, 10, pixels)), 1).facts.media_type == "image/png"


@pytest.mark.parametrize("data", [animated(2), animated(3), animated(3, default_image=True)])
def test_a_picture_of_several_images_is_refused(tmp_path: Path, data: bytes) -> None:
    said, remedy = refusal(put(tmp_path, data, "ecran.png"))
    assert said == "ecran.png holds several images, one after the other: a page can show one of them only."
    assert remedy == "Open it and save the image that matters as a PNG of its own, or photograph the screen."


def test_a_telephones_picture_with_a_second_image_for_depth_is_taken(tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.new("RGB", (20, 20)).save(out, "MPO", save_all=True, append_images=[Image.new("L", (20, 20))])
    assert taken_in(put(tmp_path, out.getvalue()), 1).facts.media_type == "image/jpeg"


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ((b"IDAT",), False),
        ((b"acTL\0\0\0\1", b"fcTL", b"IDAT"), False),  # one frame, the picture itself
        ((b"acTL\0\0\0\1", b"IDAT", b"fcTL"), True),  # one frame, and another picture for old readers
        ((b"acTL\0\0\0\2", b"fcTL", b"IDAT"), True),
        ((b"IDAT", b"acTL\0\0\0\2"), False),
        ((b"acTL",), False),
    ],
)
def test_a_png_is_animated_when_it_says_so_before_its_pixels(chunks: tuple[bytes, ...], *, expected: bool) -> None:
    assert is_animated(png(9, 9, *(png_chunk(one[:4], one[4:]) for one in chunks))) is expected


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_the_date_of_a_picture_is_when_it_was_taken_not_when_it_was_changed(tmp_path: Path, kind: str) -> None:
    block = exif(original="2026:09:22 14:31:02", digitized="2026:09:23 00:00:00", changed="2026:10:01 08:00:00")
    taken = taken_in(put(tmp_path, picture(kind=kind, exif=block)), 1)
    assert taken.facts.taken_at == "2026-09-22T14:31:02"


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (exif(digitized="2026:09:23 00:00:00", changed="2026:10:01 08:00:00"), "2026-09-23T00:00:00"),
        (exif(changed="2026:10:01 08:00:00"), "2026-10-01T08:00:00"),
        (exif(original="0000:00:00 00:00:00", changed="2026:10:01 08:00:00"), "2026-10-01T08:00:00"),
        (exif(original="hier après-midi"), None),
        (exif(original="2026:02:30 10:00:00"), None),
        (exif(orientation=6), None),
    ],
)
def test_without_the_moment_it_was_taken_another_date_serves_and_garbage_is_none(
    kind: str, block: Image.Exif, expected: str | None
) -> None:
    assert read_taken_at(picture(kind=kind, exif=block)) == expected


def test_a_date_behind_the_pixels_of_a_png_is_found_without_decoding_them() -> None:
    block = exif(original="2026:09:22 14:31:02").tobytes().removeprefix(b"Exif\0\0")
    data = png(50_000, 50_000, png_chunk(b"IDAT", b"not deflated"), png_chunk(b"eXIf", block))
    assert (read_size(data), read_taken_at(data)) == ((50_000, 50_000), "2026-09-22T14:31:02")


def raw_profile(block: bytes, keyword: bytes = b"exif") -> tuple[bytes, bytes]:
    """EXIF as ImageMagick put it into the text of a PNG: the keyword, the words."""
    digits = block.hex()
    lines = "\n".join(digits[place : place + 72] for place in range(0, len(digits), 72))
    return b"Raw profile type " + keyword + b"\0", f"\nexif\n{len(block):8d}\n{lines}\n".encode()


@pytest.mark.parametrize("keyword", [b"exif", b"APP1"])
def test_a_date_that_an_older_program_put_into_the_text_of_a_png_is_found(keyword: bytes) -> None:
    start, text = raw_profile(exif(original="2026:09:22 14:31:02").tobytes(), keyword)
    for chunk in (png_chunk(b"tEXt", start + text), png_chunk(b"zTXt", start + b"\0" + zlib.compress(text))):
        assert read_taken_at(png(9, 9, chunk)) == "2026-09-22T14:31:02"


def test_the_chunk_that_is_made_for_it_wins_over_the_text() -> None:
    start, text = raw_profile(exif(original="2020:01:01 00:00:00").tobytes())
    block = exif(original="2026:09:22 14:31:02").tobytes().removeprefix(b"Exif\0\0")
    data = png(9, 9, png_chunk(b"tEXt", start + text), png_chunk(b"eXIf", block))
    assert read_taken_at(data) == "2026-09-22T14:31:02"


@pytest.mark.parametrize(
    "chunk",
    [
        png_chunk(b"tEXt", b"Raw profile type exif\0\nexif\n   12\nzz zz"),
        png_chunk(b"tEXt", b"Raw profile type exif\0\nexif"),
        png_chunk(b"tEXt", b"Raw profile type exif"),
        png_chunk(b"zTXt", b"Raw profile type exif\0\0not deflated"),
        png_chunk(b"zTXt", b"Raw profile type exif\0\0" + deflated(b"0" * 1_000_000, 300)),
        png_chunk(b"eXIf", b"MM\0*\0\0\0\x08garbage"),
    ],
)
def test_a_spoilt_profile_in_a_png_gives_no_date(chunk: bytes) -> None:
    assert read_taken_at(png(9, 9, chunk)) is None


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"\xff\xd8", b"\xff\xd8\xff\xe1\0\x40Exif\0\0", b"\x89PNG\r\n\x1a\n"]),
)
def test_no_bytes_make_the_header_reader_fail(data: bytes, start: bytes) -> None:
    assert read_taken_at(start + data) is None
    assert not is_animated(start + data)
    size = read_size(start + data)
    assert size is None or len(size) == 2


@given(st.integers(0, 400), st.integers(0, 255))
def test_a_spoilt_exif_block_gives_a_date_or_none(place: int, value: int) -> None:
    data = bytearray(picture(kind="JPEG", exif=exif(original="2026:09:22 14:31:02")))
    data[place % len(data)] = value
    taken = read_taken_at(bytes(data))
    assert taken is None or len(taken) == len("2026-09-22T14:31:02")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("courriel.eml", "courriel.eml"),
        ("a/b\\c.pdf", "a-b-c.pdf"),
        ("..", "fichier"),
        (". . .", "fichier"),
        ("", "fichier"),
        ("\x00\x07\u202e\u200b", "fichier"),
        ("photo\n 📷 du\u202egpj.png", "photo 📷 dugpj.png"),
        ("e\u0301te\u0301.pdf", "été.pdf"),
        ("reçu\udce9.pdf", "reçu.pdf"),
    ],
)
def test_a_name_is_shown_on_one_line_without_what_deceives(name: str, shown: str) -> None:
    assert clean_name(name) == shown


def test_a_long_name_is_cut_and_keeps_its_ending() -> None:
    shown = clean_name("n" * 300 + ".jpeg")
    assert len(shown) == LONGEST_NAME
    assert shown.endswith("n….jpeg")


@given(st.text(st.characters(), max_size=400))
def test_any_name_becomes_one_that_can_be_shown(name: str) -> None:
    shown = clean_name(name)
    assert 0 < len(shown) <= LONGEST_NAME
    assert shown not in {".", ".."}
    assert not {"/", "\\", "\n"} & set(shown)
    assert all(unicodedata.category(char)[0] != "C" for char in shown)
    assert shown == clean_name(shown)
    assert shown.encode("utf-8")


def test_a_file_with_an_odd_name_is_taken_under_a_plain_one(tmp_path: Path) -> None:
    taken = taken_in(put(tmp_path, picture(), "📷 reçu\u202e\n" + "é" * 60 + ".PNG"), 12)
    assert taken.facts.file == "piece-12.png"
    assert taken.facts.name == "📷 reçu " + "é" * 60 + ".PNG"


def test_what_conversion_made_at_intake_is_thrown_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / "temporaire"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    assert [one.facts.file for one in read_attachments([put(tmp_path, pdf("une"))] * 2)] == [
        "piece-1.pdf",
        "piece-2.pdf",
    ]
    with pytest.raises(UsageError, match="broken"):
        read_attachments([put(tmp_path, noise(200, 200)[:9_000])])
    assert list(temporary.iterdir()) == []


def test_the_exif_date_tags_are_those_of_the_standard() -> None:
    assert [ExifTags.Base.DateTimeOriginal, ExifTags.Base.DateTimeDigitized, ExifTags.Base.DateTime] == [
        36867,
        36868,
        306,
    ]


def test_files_that_are_too_heavy_together_are_refused_and_each_alone_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [put(tmp_path, noise(1_600, 1_200, quality=95), f"{place}.jpg") for place in (1, 2, 3)]
    most = 1_000_000
    for module in ("page_weight", "attachments"):
        monkeypatch.setattr(f"exhibits.{module}.MOST_DRAWN", most)
    assert len(read_attachments(paths[:1])) == 1
    with pytest.raises(UsageError) as caught:
        read_attachments(paths)
    assert caught.value.message == "The pages of what you attached weigh 2 MB together; an exhibit may have 1."
    assert caught.value.remedy.startswith("Add them as several entries, each with some of the files or pages")
