"""A small made-up case in a real store: what the export and tamper tests start from. All of it fictional."""

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from capture.frame import Caption, frame
from exhibits.facts import AttemptFacts, read_attempt
from store.store import Store
from temoin.canonical import Json, canonical_bytes, sha256
from temoin.fonts import REGULAR
from temoin.records import (
    Artefact,
    Context,
    Kind,
    Matched,
    Mode,
    Operator,
    Outcome,
    Part,
    Role,
    Visit,
    build_record,
    new_attempt_id,
)
from temoin.settings import Settings

CASE = "K7"
SENTENCE = (
    "Il n'existe plus de plage horaire libre pour votre demande de rendez-vous. Veuillez recommencer ultérieurement."
)
URL = "https://www.val-de-marne.gouv.fr/booking/create/4963/1"
START = datetime(2026, 9, 14, 5, 12, 33, tzinfo=UTC)  # a Monday, 07:12 in Paris
CRETEIL: Json = {
    "id": "creteil-premiere-demande",
    "prefecture": "Préfecture du Val-de-Marne",
    "label": "Première demande de titre de séjour",
    "choices": [],
}
NANTERRE: Json = {
    "id": "nanterre-renouvellement",
    "prefecture": "Préfecture des Hauts-de-Seine",
    "label": "Renouvellement d’un titre de séjour",
    "choices": [],
}

ENVIRONMENT: Json = {
    "temoin": "0.1.0",
    "browser": "Chromium 140.0",
    "os": "Linux",
    "view": "window",
    "window_language": "fr",
    "viewport": {"width": 1366, "height": 768},
    "locale": "fr-FR",
    "sandbox": True,
}


@cache
def picture(words: str, size: tuple[int, int] = (683, 450)) -> bytes:
    """A PNG that looks a little like a browser's window."""
    image = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(image)
    font = ImageFont.truetype(str(REGULAR), 15)
    pen.rectangle((0, 0, size[0], 42), fill="#dfe3ea")
    pen.text((60, 12), URL, fill="black", font=font)
    for line, text in enumerate(words.split("\n")):
        pen.text((24, 90 + 26 * line), text, fill="black", font=font)
    pen.rectangle((0, size[1] - 8, size[0] - 1, size[1] - 1), fill="#c33")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def artefact(role: Role, data: bytes) -> Artefact:
    """The artefact of ``data``."""
    return Artefact(role=role, data=data, digest=sha256(data))


def part(
    name: str = "1", *, label: str = "", outcome: Outcome = Outcome.NO_SLOT, sentence: str = SENTENCE, **more: Any
) -> Part:
    """One part with a window picture and its text."""
    role = more.get("role", Role.WINDOW)
    half = sentence[: len(sentence) // 2] + "\n" + sentence[len(sentence) // 2 :]
    words = f"{half}\n{more.get('salt', '')}"
    shown = (
        artefact(role, picture(words, more.get("size", (683, 450)))),
        artefact(Role.TEXT, f"{sentence}\n".encode()),
    )
    matched = Matched(text=sentence, selector="#FormBookingCreate") if sentence else None
    return Part(part=name, label=label, outcome=outcome, matched=matched, artefacts=shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One attempt to make up."""

    at: datetime
    procedure: Json = field(default_factory=lambda: CRETEIL)
    outcome: Outcome = Outcome.NO_SLOT
    parts: tuple[Part, ...] = ()
    mode: Mode = Mode.UNATTENDED
    reason: str | None = None
    simulated: bool = False
    url: str = URL
    attempt: str = ""


def build_record_of(one: Try) -> tuple[Visit, Json]:
    """The visit and the record of an attempt."""
    visit = Visit(
        outcome=one.outcome,
        url_final=one.url,
        parts=one.parts,
        environment=ENVIRONMENT,
        reason=one.reason,
        duration_ms=4200,
    )
    context = Context(
        attempt=one.attempt or new_attempt_id(one.at),
        at=one.at,
        due=one.at if one.mode is Mode.UNATTENDED else None,
        timezone="Europe/Paris",
        simulated=one.simulated,
        mode=one.mode,
        declared=one.mode is Mode.PHOTO,
        operator=Operator.SELF,
        procedure=one.procedure,
        url_asked=one.url,
        clock={"source": "none", "offset_ms": None},
        robots_sha256=None,
        terms={"read": "2026-09-01", "automation": "silent"},
        pace={"hour": 1, "day": 2, "week": 9},
    )
    return visit, build_record(context, visit)


def build_facts(sequence: int, one: Try) -> AttemptFacts:
    """The attempt as the court file reads it."""
    return read_attempt(sequence, canonical_bytes(build_record_of(one)[1]))


def with_frames(one: Try) -> Try:
    """The same attempt with the framed picture of each part, as the capture room makes it."""
    _visit, record = build_record_of(one)
    framed = tuple(
        replace(each, artefacts=(*each.artefacts, artefact(Role.EXHIBIT, _framed(one, each, record))))
        for each in one.parts
    )
    return replace(one, parts=framed, attempt=record["attempt"])


def _framed(one: Try, each: Part, record: Json) -> bytes:
    plain = each.artefacts[0]
    caption = Caption(
        prefecture=one.procedure["prefecture"],
        label=one.procedure["label"],
        part=each.label,
        url=one.url,
        at=one.at,
        timezone="Europe/Paris",
        outcome=each.outcome,
        sentence=each.matched.text if each.matched else None,
        attempt=record["attempt"],
        digest=plain.digest,
        simulated=one.simulated,
        view="window",
    )
    return frame(plain.data, caption)


def record_attempt(store: Store, one: Try) -> int:
    """Keep and append the attempt; its sequence."""
    visit, record = build_record_of(one)
    for one_artefact in visit.artefacts:
        store.put(one_artefact.data)
    return store.append(kind=Kind.ATTEMPT, record=record, at=one.at, procedure=one.procedure["id"]).sequence


def attempts_of_two_weeks() -> Iterator[Try]:
    """Two procedures, two ISO weeks, every kind of outcome, one attempt in two parts."""
    found: Sequence[tuple[int, Outcome]] = (
        (0, Outcome.NO_SLOT),
        (9, Outcome.NO_SLOT),
        (26, Outcome.OVERLOADED),
        (50, Outcome.NO_CALENDAR),
        (75, Outcome.BLOCKED),
        (99, Outcome.UNRECOGNISED),
        (7 * 24, Outcome.NO_SLOT),
        (7 * 24 + 11, Outcome.SLOT_SEEN),
        (7 * 24 + 30, Outcome.MISSED),
    )
    for hours, outcome in found:
        shown = outcome not in {Outcome.MISSED, Outcome.BLOCKED}
        sentence = SENTENCE if outcome is Outcome.NO_SLOT else ""
        parts = (part(outcome=outcome, sentence=sentence, salt=str(hours)),) if shown else ()
        yield Try(at=START + timedelta(hours=hours), outcome=outcome, parts=parts)
    for hours in (3, 7 * 24 + 3):
        two = (
            part("1", label="Guichet 21", salt=f"a{hours}"),
            part("2", label="Guichet 22", salt=f"b{hours}"),
        )
        yield Try(at=START + timedelta(hours=hours, days=1), procedure=NANTERRE, parts=two)


def open_case(folder: Path, *, before: Sequence[Try] = ()) -> Store:
    """A store where the case follows both procedures; ``before`` was recorded before it did."""
    store = Store.open(folder, now=lambda: START)
    store.ensure_case(CASE, "self", START - timedelta(days=1))
    for one in before:
        record_attempt(store, one)
    for procedure in (CRETEIL, NANTERRE):
        store.follow(CASE, procedure["id"], START - timedelta(hours=1))
    return store


def fill(store: Store, tries: Sequence[Try] | None = None) -> list[int]:
    """Record the attempts in the order of time; their sequences."""
    every = sorted(attempts_of_two_weeks() if tries is None else tries, key=lambda one: one.at)
    return [record_attempt(store, one) for one in every]


def settings(folder: Path) -> Settings:
    """The configuration that goes with it."""
    return Settings(path=folder / "config.toml")


def json_of(path: Path) -> Json:
    """A JSON object read from a file."""
    found: Json = json.loads(path.read_bytes())
    return found
