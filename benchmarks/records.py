"""Attempts as a real visit records them, in any number: one record is built, the others differ in id and time."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from PIL import Image, ImageDraw

from temoin.canonical import Digest, Json, sha256
from temoin.records import Artefact, Context, Matched, Mode, Operator, Outcome, Part, Role, Visit, build_record

START = datetime(2026, 1, 1, 8, tzinfo=UTC)
STEP = timedelta(seconds=31)
ZONE = "Europe/Paris"
PROCEDURES = 1_000
SENTENCE = "Aucun rendez-vous n'est disponible actuellement pour cette démarche."
PICTURES = frozenset({Role.WINDOW, Role.PAGE, Role.EXHIBIT})
ROLES = (Role.WINDOW, Role.PAGE, Role.EXHIBIT, Role.TEXT, Role.HTML)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which attempt: its number from 0 gives its time, its procedure and its id."""

    number: int

    @property
    def at(self) -> datetime:
        """When."""
        return START + self.number * STEP

    @property
    def procedure(self) -> str:
        """Of what."""
        return procedure_name(self.number % PROCEDURES)

    @property
    def attempt(self) -> str:
        """Its id, as ``temoin.records.new_attempt_id`` would draw one."""
        return f"{self.at:%Y%m%d-%H%M%S}-{self.number % 65_536:04x}"


def procedure_name(number: int) -> str:
    """The id of one of the procedures."""
    return f"prefecture-{number:04d}"


def attempt_record(place: Place, keep: Callable[[bytes], Digest] = sha256) -> Json:
    """The record of an attempt; ``keep`` is given the bytes of its artefacts, the same for all."""
    artefacts = []
    for role in ROLES:
        data = _data(role)
        artefacts.append(Artefact(role=role, data=data, digest=keep(data)))
    matched = Matched(text=SENTENCE, selector="body *")
    part = Part(part="1", label="", outcome=Outcome.NO_SLOT, matched=matched, artefacts=tuple(artefacts))
    return build_record(_context(place), _visit(place, part))


@cache
def _data(role: Role) -> bytes:
    """A picture for what is one, as large as a window, and each another."""
    if role not in PICTURES:
        return f"benchmark: {role.value}".encode()
    out = io.BytesIO()
    image = Image.new("RGB", (1280, 800), "white")
    ImageDraw.Draw(image).text((40, 40), role.value, fill="black")
    image.save(out, "PNG")
    return out.getvalue()


def _visit(place: Place, part: Part) -> Visit:
    url = _url(place)
    return Visit(
        outcome=Outcome.NO_SLOT,
        url_final=url,
        navigation=({"at": "2026-01-01T08:00:00.000Z", "method": "GET", "status": 200, "url": url},),
        profile={"name": "generic", "sha256": sha256(b"profile"), "confirmed": None},
        parts=(part,),
        http={"status": 200, "date_header": None, "server_address": "127.0.0.1", "tls": None},
        environment={"temoin": "0", "browser": "Chrome/0", "os": "Linux", "view": "window", "locale": "fr-FR"},
        duration_ms=1_000,
    )


def _context(place: Place) -> Context:
    return Context(
        attempt=place.attempt,
        at=place.at,
        due=place.at,
        timezone=ZONE,
        simulated=True,
        mode=Mode.UNATTENDED,
        declared=False,
        operator=Operator.SELF,
        procedure={"id": place.procedure, "prefecture": "Préfecture", "label": "Démarche", "choices": []},
        url_asked=_url(place),
        clock={"source": "system", "offset_ms": None},
        robots_sha256=None,
        terms={"read": "2026-01-01", "automation": "silent"},
        pace={"hour": 1, "day": 2, "week": 14},
    )


def _url(place: Place) -> str:
    return f"http://127.0.0.1/page/{place.procedure}"
