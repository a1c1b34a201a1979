"""Made-up exchanges, their WARCs, and attempts of a case that hold one."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from capture.exchange import Archivist, Exchange, Taken
from temoin.records import Artefact
from temoin.warc import Origin
from tests.exhibit_case import SENTENCE, START, URL, Try, part

STYLE = b"p { color: black }\n" * 100


def exchange(url: str, body: bytes, *, media_type: str = "text/html; charset=utf-8", at: datetime = START) -> Exchange:
    """One request and its answer; the browser gave it as text when its media type says so."""
    return Exchange(
        method="GET",
        url=url,
        request_headers=(("User-Agent", "essai"),),
        has_body=False,
        at=at,
        status=200,
        reason="OK",
        headers=(("Content-Type", media_type), ("Content-Length", str(len(body)))),
        body=body,
        is_text=media_type.startswith("text/"),
        truncated="",
    )


def page_of(words: str, *, at: datetime = START, url: str = URL) -> Taken:
    """A page with its style sheet."""
    page = exchange(url, f"<link rel=stylesheet href=/style.css><p>{words}</p>".encode(), at=at)
    style = exchange(
        "https://www.val-de-marne.gouv.fr/style.css", STYLE, media_type="text/css", at=at + timedelta(seconds=1)
    )
    return Taken(part="1", exchanges=(page, style), page=page)


def warc(taken: Taken, *, attempt: str = "20260914-051233-0001", known: Mapping[str, Origin] | None = None) -> Artefact:
    """The artefact of one part."""
    return Archivist(attempt=attempt, known=known or {}).archive([taken])[taken.part]


def try_with(made: Artefact | None, *, hours: int, salt: str) -> Try:
    """An attempt that saw no slot, with ``made`` among its artefacts."""
    shown = part(salt=salt)
    if made is not None:
        shown = replace(shown, artefacts=(*shown.artefacts, made))
    return Try(at=START + timedelta(hours=hours), parts=(shown,))


__all__ = ["SENTENCE", "exchange", "page_of", "try_with", "warc"]
