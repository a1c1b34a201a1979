"""Messages as their words, whatever wrote them."""

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exhibits.email_text import CUT, email_of_json, email_to_json, is_email, read_email, sent_at
from exhibits.html_words import html_text
from tests.attached_files import message, pdf, picture

HEADERS = b"From: a@exemple.invalid\r\nTo: b@exemple.invalid\r\nDate: Tue, 22 Sep 2026 14:30:00 +0200\r\n"


def body(data: bytes) -> str:
    return read_email(data)[0].body


def test_a_message_is_read_with_its_headers_and_its_words() -> None:
    email, files = read_email(message(("avis.pdf", "application/pdf", pdf("avis"))))
    assert email.sender == "Personne Exemple <personne@exemple.invalid>"
    assert email.to == "Préfecture de l’Exemple <etrangers@prefecture.invalid>"
    assert email.cc == "association@exemple.invalid"
    assert email.date == "Tue, 22 Sep 2026 14:30:00 +0200"
    assert email.subject == "Demande de rendez-vous – première demande"
    assert email.message_id == "<1@exemple.invalid>"
    assert email.body == "Bonjour,\n\nje demande un rendez-vous."
    assert email.attachments == (("avis.pdf", "application/pdf", len(files[0].data)),)


def test_a_message_crosses_between_processes_unchanged() -> None:
    email, _files = read_email(message(("avis.pdf", "application/pdf", b"%PDF-")))
    assert email_of_json(email_to_json(email)) == email


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Tue, 22 Sep 2026 14:30:00 +0200", "2026-09-22T12:30:00+00:00"),
        ("22 Sep 26 14:30 +0200", "2026-09-22T12:30:00+00:00"),
        ("Tue, 22 Sep 2026 08:30:00 -0400 (EDT)", "2026-09-22T12:30:00+00:00"),
        ("Tue, 22 Sep 2026 12:30:00 -0000", "2026-09-22T12:30:00+00:00"),
        ("Tue, 22 Sep 2026 12:30:00 GMT", "2026-09-22T12:30:00+00:00"),
        ("Tue, 22 Sep 2026 12:30:00", None),  # whose hour, nobody knows
        ("Tue, 22 Sep 2026 12:30:00 +9900", None),
        ("Tue, 31 Feb 2026 12:30:00 +0200", None),
        ("Tue, 22 Sep 9999 23:30:00 -0900", None),
        ("Thu, 01 Jan 1970 00:00:00 +0000", None),
        ("hier soir", None),
        ("", None),
    ],
)
def test_the_date_of_a_message_is_an_instant_or_none(date: str, expected: str | None) -> None:
    at = sent_at(date)
    assert (None if at is None else at.isoformat()) == expected


@given(st.text(max_size=60) | st.from_regex(r"[A-Z][a-z]{2}, [0-9]{1,3} [A-Z][a-z]{2} [0-9]{1,6} [0-9:]+ [+-][0-9]+"))
def test_no_words_make_the_reader_of_dates_fail(date: str) -> None:
    at = sent_at(date)
    assert at is None or at.utcoffset() is not None


def test_a_date_is_shown_as_the_message_writes_it_and_not_anew() -> None:
    email, _files = read_email(b"From: a@b.invalid\nDate: 22 Sep 26\n 14:30\n\nmots")
    assert email.date == "22 Sep 26 14:30"


def test_plain_text_is_preferred_to_html() -> None:
    assert body(message(text="en clair", html="<p>en HTML")) == "en clair"


def test_html_serves_where_the_plain_text_says_nothing() -> None:
    assert body(message(text=" \n", html="<p>en <b>HTML</b></p>")) == "en HTML"


@pytest.mark.parametrize(
    ("charset", "data"),
    [
        ("utf-8", "é ’ €".encode()),
        ("iso-8859-1", "é à".encode("latin-1")),
        ("windows-1252", "é ’ €".encode("cp1252")),
        ("inconnu-9", "é ’ €".encode()),
        ("inconnu-9", "é ’ €".encode("cp1252")),
        ("hex", "é ’ €".encode()),
        ("us-ascii", "é ’ €".encode("cp1252")),
        ("utf-8", "é ’ €".encode("cp1252")),
        ("", "é ’ €".encode()),
        ("", "é ’ €".encode("cp1252")),
    ],
)
def test_accents_are_read_whatever_the_charset_is_said_to_be(charset: str, data: bytes) -> None:
    kind = f"Content-Type: text/plain; charset={charset}\r\n" if charset else ""
    said = body(HEADERS + kind.encode() + b"Content-Transfer-Encoding: 8bit\r\n\r\n" + data)
    assert said == ("é à" if charset == "iso-8859-1" else "é ’ €")


@pytest.mark.parametrize("codec", ["utf-8", "cp1252"])
def test_accents_that_stand_in_a_header_as_they_are_are_read(codec: str) -> None:
    email, _files = read_email(HEADERS + "Subject: Préfecture, été\r\n\r\n".encode(codec))
    assert email.subject == "Préfecture, été"


def test_the_words_before_and_after_a_picture_are_all_read() -> None:
    data = (
        HEADERS + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\navant\r\n"
        b"--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nensuite\r\n--b--\r\n"
    )
    email, files = read_email(data)
    assert email.body == "avant\n\nensuite"
    assert [(one.name, one.media_type, one.inline) for one in files] == [("sans nom", "image/png", True)]


def test_a_forwarded_message_is_a_file_and_not_words_of_this_one() -> None:
    data = (
        HEADERS + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nvoir ci-joint\r\n'
        b"--b\r\nContent-Type: message/rfc822\r\n\r\n"
        + message(("x.pdf", "application/pdf", pdf("x")))
        + b"\r\n--b--\r\n"
    )
    email, files = read_email(data)
    assert email.body == "voir ci-joint"
    assert [(one.name, one.media_type) for one in files] == [("message transféré.eml", "message/rfc822")]


def test_a_file_is_told_by_its_content_and_its_name_is_cleaned() -> None:
    files = read_email(
        message(("scan\u202e.bin", "application/octet-stream", picture()), ("faux.pdf", "application/pdf", b"PK\3\4"))
    )[1]
    assert [one.media_type for one in files] == ["image/png", "application/pdf"]


def test_a_long_body_is_cut_and_says_so() -> None:
    said = body(message(text="mot " * 20_000))
    assert said.endswith(f"\n{CUT}")
    assert len(said) == 50_000 + 1 + len(CUT)


def test_a_header_without_end_is_cut() -> None:
    email, _files = read_email(b"From: a@b\nTo: " + b"(" * 300_000 + b"\nCc: " + b"<a@b>," * 5_000 + b"\n\n")
    assert len(email.to) == len(email.cc) == 1_000


@pytest.mark.parametrize(
    "data",
    [
        HEADERS + b"Content-Type: multipart/mixed\r\n\r\nsans separateur",
        HEADERS + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\njamais ouverte',
        HEADERS + b'Content-Type: multipart/alternative; boundary="b"\r\n\r\n--b\r\n--b\r\n',
        HEADERS + b"Content-Type: ;;;=\r\nContent-Disposition: \r\n\r\nmots",
        HEADERS + b"Content-Disposition: attachment; filename*0*=%%%''; filename=\"\r\n\r\nmots",
        HEADERS + b"Content-Transfer-Encoding: base64\r\n\r\n&&&&=",
        HEADERS + b"Content-Type: message/rfc822\r\n\r\n",
        HEADERS + b"Subject: =?utf-8?B?////?= =?x?Q?=\r\n\r\n",
        HEADERS + b'From: "a" <b@[\r\nTo: :;,<<>>\r\nDate: jamais\r\nMessage-ID: <<\r\n\r\n',
    ],
)
def test_a_broken_message_is_read_as_far_as_it_can_be(data: bytes) -> None:
    assert is_email(data)
    assert read_email(data)[0].date in {"Tue, 22 Sep 2026 14:30:00 +0200", "jamais"}


PIECES = st.sampled_from(
    [
        b"\r\n",
        b"\r\n\r\n",
        b"--b\r\n",
        b"--b--",
        b"Content-Type: multipart/mixed; boundary=b",
        b"Content-Type: message/rfc822",
        b"Content-Type: text/html; charset=",
        b"Content-Disposition: attachment; filename=",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: quoted-printable",
        b"Subject: =?utf-8?Q?=E9?=",
        b'To: <@:;,("',
        b"Message-ID: <",
        b"<p>",
        b"<![x[",
    ]
)


@given(st.lists(PIECES | st.binary(max_size=20), max_size=25))
def test_no_bytes_make_the_reader_of_messages_fail(pieces: list[bytes]) -> None:
    email, _files = read_email(HEADERS + b"".join(pieces))
    for text in (
        email.sender,
        email.subject,
        email.message_id,
        email.body,
        *(name for name, _k, _s in email.attachments),
    ):
        assert text.encode("utf-8") is not None
        assert "\0" not in text


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (HEADERS + b"\r\n", True),
        (b"\xef\xbb\xbf" + HEADERS + b"\r\nmots", True),
        (b"From personne@exemple.invalid Tue Sep 22 14:30:00 2026\n" + HEADERS + b"\nmots", True),
        (b"Received: from x\nFrom: a@b\n\n", True),
        (b"Bonjour,\n\nFrom: a@b\n", False),
        (b"Note: rien\n\n", False),
        (b"", False),
        (b"From: a\0b\n\n", False),
    ],
)
def test_a_message_is_known_by_its_headers(data: bytes, *, expected: bool) -> None:
    assert is_email(data) is expected


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (
            "<html><head><title>t</title><style>p{}</style></head><body><p>Bonjour&nbsp;!</p><p>deux</p>",
            "Bonjour !\ndeux",
        ),
        ("un<br>deux<br/>trois", "un\ndeux\ntrois"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<script>alert(1)</script>vu<img src='http://x.invalid/espion.gif'>", "vu"),
        ("<div><div><div></div></div></div>fin", "fin"),
    ],
)
def test_html_is_reduced_to_its_words(html: str, text: str) -> None:
    assert [line for line in html_text(html).split("\n") if line] == text.split("\n")


def test_markup_that_no_parser_knows_does_not_hide_the_words() -> None:
    said = html_text("<p>avant</p><![x[<b>apr&egrave;s</b>")
    assert (said.split()[0], said.split()[-1]) == ("avant", "après")


@given(st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), max_size=80))
def test_escaped_text_comes_back_as_it_was(text: str) -> None:
    assert html_text(f"<div>{escape(text)}</div>") == " ".join(text.split())


@given(st.text(st.sampled_from("<>!-[]&;/=\"'pbrscripttitle x\n"), max_size=80))
def test_no_markup_makes_the_reader_of_html_fail(html: str) -> None:
    assert all(line == " ".join(line.split()) for line in html_text(html).split("\n"))
