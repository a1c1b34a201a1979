"""WARCs: written the same way twice, read strictly, each digest held to its bytes, each revisit to its body."""

import gzip
import zlib
from collections.abc import Callable
from datetime import timedelta

import pytest

from temoin.warc import MAX_RECORD, check_warc, find_bodies, read_warc
from tests.exchange_case import exchange, page_of, warc
from tests.exhibit_case import START, URL

PLAIN = warc(page_of("bonjour"))


def _members(data: bytes) -> list[bytes]:
    return [data[record.offset : record.offset + record.length] for record in read_warc(data)]


def test_the_same_exchange_gives_the_same_bytes() -> None:
    assert warc(page_of("bonjour")).data == PLAIN.data
    assert warc(page_of("bonjour"), attempt="20260914-051233-0002").data != PLAIN.data


def test_the_records_are_these_and_none_is_wrong() -> None:
    records = list(read_warc(PLAIN.data))
    assert [record.kind for record in records] == ["warcinfo", "response", "request", "response", "request"]
    assert records[0].fields()["temoin-page-url"] == URL
    assert records[1].payload == b"<link rel=stylesheet href=/style.css><p>bonjour</p>"
    assert records[1].headers["warc-date"] == "2026-09-14T05:12:33.000Z"
    assert list(check_warc(PLAIN.data, set())) == []


def test_a_body_that_an_earlier_visit_kept_is_referred_to_and_the_page_is_not() -> None:
    later = warc(page_of("bonjour", at=START + timedelta(hours=9)), known=find_bodies(PLAIN.data))
    records = [record for record in read_warc(later.data) if record.kind in {"response", "revisit"}]
    assert [(record.kind, record.uri.rpartition("/")[2]) for record in records] == [
        ("response", "1"),
        ("revisit", "style.css"),
    ]
    assert records[1].headers["warc-refers-to-date"] == "2026-09-14T05:12:34.000Z"
    kept: set[object] = set()
    assert list(check_warc(PLAIN.data, kept)) == []  # type: ignore[arg-type]
    assert list(check_warc(later.data, kept)) == []  # type: ignore[arg-type]
    assert list(check_warc(later.data, set())) == ["record 4: no record before it holds the body that it refers to"]
    assert (
        find_bodies(later.data).items()
        >= {digest: origin for digest, origin in find_bodies(PLAIN.data).items() if origin.uri.endswith("css")}.items()
    )


def test_text_of_another_encoding_is_said_to_be_utf8_and_the_old_word_is_kept() -> None:
    page = exchange(URL, "été".encode(), media_type="text/html; charset=iso-8859-1")
    taken = page_of("x")
    made = warc(type(taken)(part="1", exchanges=(page,), page=page))
    record = next(record for record in read_warc(made.data) if record.kind == "response")
    assert record.http("content-type") == "text/html; charset=utf-8"
    assert record.http("x-orig-content-type") == "text/html; charset=iso-8859-1"


def test_a_header_cannot_begin_another_one() -> None:
    page = exchange(URL, b"x")
    page.headers = (*page.headers, ("X-Long", "un\r\nSet-Cookie: deux"))
    made = warc(type(page_of("x"))(part="1", exchanges=(page,), page=page))
    record = next(record for record in read_warc(made.data) if record.kind == "response")
    assert record.http("set-cookie") == ""


CHANGES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "body": (lambda raw: raw.replace(b"bonjour", b"bonsoir"), "record 2: its bytes are not those of its WARC-Block"),
    "digest": (
        lambda raw: raw.replace(b"WARC-Block-Digest: sha256:", b"WARC-Block-Digest: sha512:"),
        "record 1: its b",
    ),
    "length": (lambda raw: raw.replace(b"Content-Length: ", b"Content-Length: 9"), "it cannot be read as a WARC: at 0"),
    "version": (lambda raw: raw.replace(b"WARC/1.1", b"WARC/9.1"), "it cannot be read as a WARC: at 0: no record"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_one_change_is_found(change: str) -> None:
    alter, words = CHANGES[change]
    data = b"".join(gzip.compress(alter(gzip.decompress(member)), mtime=0) for member in _members(PLAIN.data))
    found = list(check_warc(data, set()))
    assert found
    assert found[0].startswith(words)


HOSTILE = {
    "cut": PLAIN.data[:-9],
    "not gzip": b"WARC/1.1\r\n\r\n",
    "bomb": zlib.compressobj(9, zlib.DEFLATED, 31).compress(bytes(MAX_RECORD)) + b"",
    "no header": gzip.compress(b"WARC/1.1\r\nrien\r\n\r\n"),
    "bad text": gzip.compress(b"WARC/1.1\r\n\xff: a\r\nContent-Length: 0\r\n\r\n\r\n\r\n"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_no_warc_is_said_to_be_none(what: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        list(read_warc(HOSTILE[what]))
    (finding,) = check_warc(HOSTILE[what], set()) if what != "cut" else [list(check_warc(HOSTILE[what], set()))[-1]]
    assert finding.startswith("it cannot be read as a WARC: ")
