"""A store for the page's tests: attempts of several outcomes with all that one keeps, and two that mean harm."""

import gzip
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from capture.exchange import Taken
from store.store import Store
from temoin.records import Kind, Mode, Outcome, Part, Role
from tests.court_case import record_plan
from tests.exchange_case import exchange, warc
from tests.exhibit_case import CRETEIL, NANTERRE, START, Try, artefact, part, record_attempt, with_frames

# Everything that a page, or whoever made it, may put into a text in the hope that it becomes more than a text.
SCRIPT = "<script>alert('c1')</script>"
ELEMENT = '"><img src=x onerror=alert(2)>'
TEMPLATE = "{{7*7}}{% raw %}"
STEERING = "avant\x00\u202eerret\u2066\u0007 apres"
HOSTILE = f"{SCRIPT} {ELEMENT} {TEMPLATE} {STEERING} '-alert(3)-' </textarea></pre></title><svg/onload=alert(4)>"
BAD_URL = "https://example.org/?q=%3Cscript%3E&x=\"><script>alert('url')</script>"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageStore:
    """The configuration, and what stands in the register: sequences by what they are."""

    config: Path
    ordinary: int
    parts: int
    missed: int
    refused: int
    hostile: int
    broken: int
    notice: int


def make_page_store(config: Path) -> PageStore:
    """The store beside ``config``, which is written already."""
    with Store.open(config.parent / "evidence", now=lambda: START) as store:
        store.ensure_case("K7", "self", START - timedelta(days=1))
        store.follow("K7", CRETEIL["id"], START - timedelta(hours=1))
        one = _whole("one", 0)
        record_plan(store, one)
        ordinary = record_attempt(store, one)
        missed = record_attempt(store, Try(at=START + timedelta(hours=9), outcome=Outcome.MISSED, reason="asleep"))
        refused = record_attempt(
            store, Try(at=START + timedelta(hours=12), outcome=Outcome.REFUSED, reason="robots", simulated=True)
        )
        two = (part("1", label="Guichet 21", salt="a"), part("2", label="Guichet 22", salt="b"))
        parts = record_attempt(store, with_frames(Try(at=START + timedelta(hours=20), procedure=NANTERRE, parts=two)))
        record_attempt(store, Try(at=START + timedelta(hours=21), outcome=Outcome.SLOT_SEEN, parts=(_slot(),)))
        record_attempt(store, _whole("two", 30))
        return PageStore(
            config=config,
            ordinary=ordinary,
            parts=parts,
            missed=missed,
            refused=refused,
            hostile=record_attempt(store, _hostile()),
            broken=record_attempt(store, _broken()),
            notice=_notice(store),
        )


def _slot() -> Part:
    return part(outcome=Outcome.SLOT_SEEN, sentence="", salt="slot")


def _whole(salt: str, hours: int) -> Try:
    """Pictures, frame, text, DOM, dialog and exchange."""
    at = START + timedelta(hours=hours)
    plain = part(salt=salt)
    page = exchange("https://www.val-de-marne.gouv.fr/booking/create/4963/1", f"<p>{salt}</p>".encode(), at=at)
    made = warc(Taken(part="1", exchanges=(page,), page=page))
    html = artefact(Role.HTML, gzip.compress(b"<p>page</p>", mtime=0))
    return with_frames(Try(at=at, parts=(replace(plain, artefacts=(*plain.artefacts, made, html)),)))


def _hostile() -> Try:
    """What a hostile page can have put into every text of a record."""
    procedure = {"id": "mal", "prefecture": HOSTILE, "label": HOSTILE, "choices": [HOSTILE]}
    page = exchange(BAD_URL, HOSTILE.encode(), media_type=f"text/html{HOSTILE}")
    made = warc(Taken(part="1", exchanges=(page,), page=page))
    shown = part(label=HOSTILE, sentence=HOSTILE, salt="mal")
    kept = (*shown.artefacts, made, artefact(Role.DIALOG, HOSTILE.encode()), artefact(Role.HTML, HOSTILE.encode()))
    return Try(
        at=START + timedelta(hours=40),
        procedure=procedure,
        parts=(replace(shown, artefacts=kept),),
        url=BAD_URL,
        mode=Mode.PHOTO,
        reason=HOSTILE,
        attempt="20260914-051233-" + HOSTILE,
    )


def _broken() -> Try:
    """A picture that is none, a text that is no text, an exchange that is no WARC."""
    kept = (
        artefact(Role.WINDOW, SCRIPT.encode()),
        artefact(Role.TEXT, bytes(range(256)) * 300),
        artefact(Role.EXCHANGE, b"\x1f\x8b\x08\x00 no WARC"),
    )
    broken = Part(part="../1", label="", outcome=Outcome.UNRECOGNISED, artefacts=kept)
    return Try(at=START + timedelta(hours=41), outcome=Outcome.UNRECOGNISED, parts=(broken,))


def _notice(store: Store) -> int:
    record = {"format": 1, "attempt": "x", "procedure": CRETEIL["id"], "at": "2026-09-16T00:00:00.000Z"}
    at = START + timedelta(hours=42)
    return store.append(kind=Kind.HANDOVER, record=record, at=at, procedure=CRETEIL["id"]).sequence


def more_attempts(store: Store, hours: Sequence[int]) -> None:
    """Attempts that saw nothing free, so many hours after the first."""
    for hour in hours:
        record_attempt(store, Try(at=START + timedelta(hours=hour), parts=(part(salt="more"),)))
