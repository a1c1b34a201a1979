"""The framed picture: untouched pixels inside, everything a judge asks for above, whatever the words are."""

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from PIL import Image

from capture.frame import BODY_SHARE, Caption, caption_rows, frame, inner_pixels, plain_pixels
from capture.lettering import Style, displayable, font, wrap
from temoin.canonical import sha256
from temoin.errors import BrowserError, IntegrityError
from temoin.records import Outcome

AT = datetime(2026, 9, 14, 7, 12, 33, 456000, tzinfo=UTC)
STYLE = Style(size=26)
HOSTILE = (
    "\U0001f600 \u0645\u0631\u062d\u0628\u0627 \u202egauche\u202c",
    "une\nligne\r\net\tune autre\x00\x07\x1b[31m",
    "z\u200be\u200dr\ufeffo\u00ad",
    "Z\u0335\u0336\u0337" * 40,
    "\ud800 seul",
    "mot " * 1250,
    "x" * 5000,
    "&<>\"'\\{}%s",
    " ",
)


def png(width: int = 320, height: int = 200, *, mode: str = "RGB") -> bytes:
    image = Image.linear_gradient("L").resize((width, height)).convert(mode)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def caption(picture: bytes, **changes: Any) -> Caption:
    values: dict[str, Any] = {
        "prefecture": "Préfecture du Val-de-Fiction",
        "label": "Première demande de titre de séjour",
        "part": "",
        "url": "https://booking.example/create/1",
        "at": AT,
        "timezone": "Europe/Paris",
        "outcome": Outcome.NO_SLOT,
        "sentence": "Il n'existe plus de plage horaire libre pour votre demande de rendez-vous.",
        "attempt": "20260914-071233-7f3a",
        "digest": sha256(picture),
        "simulated": False,
        "view": "window",
    }
    return Caption(**(values | changes))


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize("size", [(1280, 1000), (1280, 9000), (1, 1), (200, 80), (4000, 300)])
def test_the_untouched_pixels_can_be_cut_out_of_the_frame(size: tuple[int, int]) -> None:
    picture = png(*size)
    inner = inner_pixels(frame(picture, caption(picture)))
    assert inner.size == size
    assert inner.tobytes() == plain_pixels(picture).tobytes() == opened(picture).convert("RGB").tobytes()


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
def test_the_pixels_survive_whatever_the_form_of_the_png(mode: str) -> None:
    picture = png(mode=mode)
    inner = inner_pixels(frame(picture, caption(picture)))
    assert inner.convert("RGB").tobytes() == opened(picture).convert("RGB").tobytes()


def test_a_see_through_picture_keeps_its_transparency() -> None:
    image = Image.new("RGBA", (50, 40), (10, 20, 30, 40))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    assert inner_pixels(frame(buffer.getvalue(), caption(buffer.getvalue()))).tobytes() == image.tobytes()


def test_the_same_picture_and_caption_give_the_same_bytes() -> None:
    picture = png()
    assert frame(picture, caption(picture)) == frame(picture, caption(picture))


@pytest.mark.parametrize("words", HOSTILE)
def test_no_words_break_the_frame_or_leave_its_columns(words: str) -> None:
    picture = png()
    values = dict.fromkeys(("prefecture", "label", "part", "sentence", "clock_note"), words)
    exhibit = frame(picture, caption(picture, **values, url=f"https://booking.example/{words}"))
    image = opened(exhibit).convert("L")
    assert inner_pixels(exhibit).tobytes() == plain_pixels(picture).tobytes()
    edges = [(0, 0, 8, image.height), (image.width - 8, 0, image.width, image.height)]
    assert [image.crop(edge).getextrema() for edge in edges] == [(255, 255), (255, 255)]


@pytest.mark.parametrize("words", HOSTILE)
def test_wrapped_lines_fit_their_width_and_lose_no_word(words: str) -> None:
    lines = wrap(words, STYLE, 400)
    assert all(font(STYLE).getlength(line) <= 400 for line in lines)
    assert "".join(lines).replace(" ", "") == displayable(words, STYLE).replace(" ", "")


def test_what_cannot_be_drawn_is_a_box_and_what_cannot_be_seen_is_left_out() -> None:
    assert displayable("a\u202eb\u200bc\n d \U0001f600 \u0645", STYLE) == "abc d □ □"
    assert displayable("e\u0301 œ « à\u00a0la » 9\u202fh", STYLE) == "é œ « à\u00a0la » 9\u202fh"


def test_a_value_of_no_sane_length_is_cut_and_says_so() -> None:
    assert displayable("y" * 100_000, STYLE) == "y" * 8000 + " […]"


@pytest.mark.parametrize("width", [1, 400, 1280, 5000])
def test_letters_are_nine_points_high_or_more_when_printed_17_cm_wide(width: int) -> None:
    picture = png(width, 50)
    image = opened(frame(picture, caption(picture)))
    letters = image.width * BODY_SHARE
    assert letters / image.width * 17 / 2.54 * 72 >= 9
    printed_inches = image.width / image.info["dpi"][0]
    assert printed_inches * 2.54 == pytest.approx(17, abs=0.1)


def test_the_heading_tells_everything_in_french() -> None:
    picture = png()
    rows = caption_rows(caption(picture, part="Guichet 2", clock_note="non synchronisée"))
    told = {row.name: row.value for row in rows}
    digest = sha256(picture)
    assert told == {
        "Préfecture": "Préfecture du Val-de-Fiction",
        "Démarche": "Première demande de titre de séjour",
        "Choix": "Guichet 2",
        "Date et heure locales": "lundi 14 septembre 2026 à 09\u202fh\u202f12\u202fmin\u202f33\u202fs (UTC+02:00)",
        "Date et heure UTC": "lundi 14 septembre 2026 à 07\u202fh\u202f12\u202fmin\u202f33\u202fs (UTC)",
        "Résultat": "Aucun rendez-vous proposé par le site",
        "Phrase affichée par le site": "«\u00a0Il n'existe plus de plage horaire libre pour votre demande de"
        " rendez-vous.\u00a0»",
        "Adresse": "https://booking.example/create/1",
        "Horloge": "non synchronisée",
        "Image": "Fenêtre du navigateur, avec sa barre d’adresse",
        "Tentative": "20260914-071233-7f3a",
        "SHA-256 de l’image non modifiée": f"{digest[:32]} {digest[32:]}",
    }


def test_what_is_not_known_has_no_row() -> None:
    picture = png()
    rows = caption_rows(caption(picture, sentence=None, view="page"))
    names = [row.name for row in rows]
    assert not {"Choix", "Phrase affichée par le site", "Horloge"} & set(names)
    assert [row.value for row in rows if row.name == "Image"] == ["Page entière, sans la fenêtre du navigateur"]


def test_a_simulated_picture_has_a_black_band_at_both_ends() -> None:
    picture = png(1280, 1000)
    real = opened(frame(picture, caption(picture))).convert("L")
    made_up = opened(frame(picture, caption(picture, simulated=True))).convert("L")
    rows = (5, made_up.height - 5)
    assert [made_up.getpixel((20, row)) for row in rows] == [0, 0]
    assert [real.getpixel((20, row)) for row in (5, real.height - 5)] == [255, 255]


@pytest.mark.parametrize("broken", [b"", b"no picture", png()[:200]])
def test_a_picture_that_cannot_be_read_is_an_error_with_a_remedy(broken: bytes) -> None:
    with pytest.raises(BrowserError, match="picture that the browser gave cannot be read"):
        frame(broken, caption(broken))


def test_a_picture_without_a_frame_has_nothing_to_cut_out() -> None:
    with pytest.raises(IntegrityError, match=r"\(EXIF\) cannot be read"):
        inner_pixels(png())


def test_a_frame_whose_end_is_missing_is_damaged() -> None:
    picture = png(640, 480)
    whole = frame(picture, caption(picture))
    with pytest.raises(IntegrityError, match="cannot be"):
        inner_pixels(whole[: len(whole) // 2])


def test_a_naive_time_is_refused() -> None:
    picture = png()
    with pytest.raises(ValueError, match="naive datetime"):
        frame(picture, caption(picture, at=AT.replace(tzinfo=None)))
