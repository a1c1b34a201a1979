"""Three made-up months of a case: two procedures, every outcome and step, a slot and its answer. All fictional."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import piexif
import pikepdf
from PIL import Image

from exhibits.export import ExportRequest, ExportResult, export
from exhibits.journal import Added, NewStep, add_step
from store.store import Store
from store.vault import Keys
from temoin.clock import local_text, utc_text
from temoin.records import JournalKind, Kind, Mode, Outcome, PieceUse, Role, SlotResult
from temoin.settings import Settings
from tests.exhibit_case import (
    CASE,
    CRETEIL,
    NANTERRE,
    SENTENCE,
    Try,
    artefact,
    build_record_of,
    part,
    picture,
    record_attempt,
)

FIRST = date(2026, 6, 1)  # a Monday
DAYS = 91
PASSPHRASE = "une phrase de passe d'essai"  # noqa: S105 - of a made-up case

# What the two sites answer in turn: mostly that there is nothing, and what real sites also do.
STORY = (
    *[Outcome.NO_SLOT] * 9,
    Outcome.OVERLOADED,
    *[Outcome.NO_SLOT] * 6,
    Outcome.UNREACHABLE,
    Outcome.NO_CALENDAR,
    *[Outcome.NO_SLOT] * 5,
    Outcome.MAINTENANCE,
    Outcome.BLOCKED,
    *[Outcome.NO_SLOT] * 7,
    Outcome.REFUSED,
    Outcome.MISSED,
    Outcome.UNRECOGNISED,
    Outcome.CAPTCHA_REQUIRED,
)
PICTURED = frozenset({Outcome.NO_SLOT, Outcome.NO_CALENDAR, Outcome.OVERLOADED, Outcome.MAINTENANCE, Outcome.SLOT_SEEN})
HOURS = (time(7, 40), time(10, 5), time(12, 50), time(16, 20), time(19, 10), time(21, 45))


def tries(days: int = DAYS, *, first: date = FIRST) -> Iterator[Try]:
    """Every attempt of ``days`` days, one a day for each procedure, in the order of time."""
    for day in range(days):
        for which, procedure in enumerate((CRETEIL, NANTERRE)):
            number = 2 * day + which
            hour = HOURS[(day * 5 + which * 2) % len(HOURS)]
            at = datetime.combine(first + timedelta(days=day), hour, tzinfo=UTC) + timedelta(minutes=7 * which)
            outcome = Outcome.SLOT_SEEN if number == 100 else STORY[number % len(STORY)]
            mode = Mode.ASSISTED if day % 7 == 5 and outcome is Outcome.NO_SLOT else Mode.UNATTENDED
            yield Try(at=at, procedure=procedure, outcome=outcome, mode=mode, parts=_parts(number, outcome, which))


def _parts(number: int, outcome: Outcome, which: int) -> tuple[Any, ...]:
    if outcome not in PICTURED:
        return ()
    sentence = SENTENCE if outcome is Outcome.NO_SLOT else ""
    if which and outcome is Outcome.NO_SLOT and number % 15 == 0:  # two counters, each looked at
        return (
            part("1", label="Guichet 21", salt=f"a{number}"),
            part("2", label="Guichet 22", salt=f"b{number}"),
        )
    return (part(outcome=outcome, sentence=sentence, salt=str(number)),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Court:
    """A store with the case, how it is opened, and where bundles go."""

    store: Store
    folder: Path
    keys: Keys
    settings: Settings
    case: str = CASE

    def export(self, *, now: datetime | None = None, **asked: Any) -> ExportResult:
        request = replace(ExportRequest(case=self.case, out=self.folder / "out"), **asked)
        return export(self.store, self.settings, request, now=now or after(), keys=self.keys)

    def add(self, step: NewStep, *, now: datetime | None = None) -> Added:
        return add_step(self.store, self.settings, step, code=self.case, keys=self.keys, now=now or after())


def after(days: int = DAYS) -> datetime:
    """The day after the last attempt."""
    return datetime.combine(FIRST + timedelta(days=days), time(9), tzinfo=UTC)


@cache
def new_keys() -> Keys:
    """A passphrase, never the keyring of whoever runs the tests."""
    return Keys(passphrase=lambda: PASSPHRASE, keyring=False)


def open_court(folder: Path, *, kind: str = "renewal", days: int = DAYS) -> Court:
    """The case with its attempts and notices, nothing added yet."""
    start = datetime.combine(FIRST - timedelta(days=1), time(20), tzinfo=UTC)
    store = Store.open(folder / "evidence", now=lambda: start)
    store.add_case(CASE, kind, start)
    for procedure in (CRETEIL, NANTERRE):
        store.follow(CASE, procedure["id"], start)
    every = list(tries(days))
    for place, one in enumerate(every):
        if place in {0, 1, 90, 91}:
            record_notice(store, one)
        if one.mode is Mode.UNATTENDED:
            record_plan(store, one)
        record_attempt(store, one)
    return Court(
        store=store, folder=folder, keys=Keys(passphrase=lambda: PASSPHRASE, keyring=False), settings=settings(folder)
    )


def settings(folder: Path) -> Settings:
    """The configuration that goes with it."""
    return Settings(path=folder / "config.toml")


def record_plan(store: Store, one: Try) -> None:
    """The plan of the evening before, which has the attempt's time."""
    local = one.at.astimezone(ZoneInfo("Europe/Paris"))
    record = {
        "format": 1,
        "procedure": one.procedure["id"],
        "day": local.date().isoformat(),
        "timezone": "Europe/Paris",
        "windows": ["07:00-22:30"],
        "times": [utc_text(one.at)],
        "replaces": None,
        "cause": "evening",
    }
    store.append(kind=Kind.PLAN, record=record, at=one.at - timedelta(hours=12), procedure=one.procedure["id"])


def record_notice(store: Store, one: Try) -> int:
    """A photograph of the préfecture's own page, taken just before an attempt; its sequence."""
    at = one.at - timedelta(minutes=1)
    page = "https://www.val-de-marne.gouv.fr/Demarches/Titres-de-sejour"
    shown = artefact(Role.PAGE, picture(f"Préfecture : le rendez-vous se prend en ligne.\n{at:%d/%m}", (683, 900)))
    store.put(shown.data)
    _visit, attempt = build_record_of(one)
    record = {
        "format": 1,
        "notice": attempt["attempt"],
        "at": utc_text(at),
        "at_local": local_text(at, "Europe/Paris"),
        "timezone": "Europe/Paris",
        "simulated": False,
        "operator": "self",
        "procedure": one.procedure,
        "url": {"asked": page, "final": page},
        "navigation": [],
        "title": "Titres de séjour – Prendre rendez-vous",
        "outcome": "shown",
        "reason": None,
        "parts": [
            {"part": "1", "label": "", "outcome": "shown", "matched": None, "artefacts": [shown.to_json()]},
        ],
        "link": {
            "found": True,
            "href": one.url,
            "text": "Prendre rendez-vous",
            "in_sight": True,
            "path": [page, one.url],
        },
        "http": None,
        "clock": {"source": "none", "offset_ms": None},
        "environment": attempt["environment"],
        "politeness": {"robots_sha256": None, "pace": {"hour": 1, "day": 1, "week": 1}},
        "guard": {"stopped": []},
        "duration_ms": 900,
    }
    return store.append(kind=Kind.NOTICE, record=record, at=at, procedure=one.procedure["id"]).sequence


def slot_of(court: Court) -> int:
    """The entry of the slot that was seen."""
    return next(row.sequence for row in court.store.attempts() if row.outcome is Outcome.SLOT_SEEN)


def steps(court: Court, folder: Path) -> Iterator[NewStep]:
    """One step of each kind, and one piece of each use."""
    files = make_files(folder)
    yield NewStep(
        kind=JournalKind.EMAIL,
        on=date(2026, 6, 22),
        hour=time(14, 30),
        title="demande de rendez-vous au service des étrangers",
        text="J’ai demandé un rendez-vous.\nJ’ai joint cinq captures.",
        files=(files["eml"],),
    )
    yield NewStep(
        kind=JournalKind.LETTER,
        on=date(2026, 7, 1),
        title="lettre recommandée avec avis de réception",
        files=(files["pdf"],),
    )
    yield NewStep(kind=JournalKind.VISIT, on=date(2026, 7, 15), hour=time(9), text="Renvoyé vers le site internet.")
    yield NewStep(kind=JournalKind.MEDIATOR, on=date(2026, 7, 20), text="Formulaire envoyé au délégué.")
    yield NewStep(
        kind=JournalKind.SLOT_RESPONSE,
        on=date(2026, 7, 21),
        hour=time(21, 30),
        attempt=slot_of(court),
        result=SlotResult.GONE,
        text="J’ai ouvert la page à 21 h 25 : le créneau n’y était plus.",
    )
    yield NewStep(kind=JournalKind.SCREENSHOT, on=date(2026, 8, 3), hour=time(12), files=(files["jpg"],))
    yield NewStep(kind=JournalKind.DECISION, on=date(2026, 8, 10), text="Réponse type, sans date.")
    yield NewStep(kind=JournalKind.OTHER, on=date(2026, 8, 12), text="Appel au standard, sans réponse.")
    yield NewStep(kind=PieceUse.IDENTITY, title="Titre de séjour expiré", files=(files["png"],))
    yield NewStep(kind=PieceUse.URGENCY, title="Attestation d’un employeur fictif", files=(files["pdf"],))
    yield NewStep(kind=PieceUse.SERIOUSNESS, files=(files["png"], files["jpg"]))
    yield NewStep(kind=PieceUse.OTHER, title="Justificatif d’exemple", files=(files["pdf"],))


def make_files(folder: Path) -> dict[str, Path]:
    """A PDF, a PNG, a JPEG with its EXIF date and a message, all made up."""
    folder.mkdir(parents=True, exist_ok=True)
    found = {name: folder / f"exemple.{name}" for name in ("pdf", "png", "jpg", "eml")}
    found["png"].write_bytes(picture("Document d’exemple"))
    exif = piexif.dump({"Exif": {piexif.ExifIFD.DateTimeOriginal: b"2026:08:03 11:58:21"}})
    image = Image.open(io.BytesIO(picture("Capture d’écran faite à la main", (900, 600)))).convert("RGB")
    image.save(found["jpg"], "JPEG", quality=85, exif=exif)
    document = pikepdf.new()
    for _page in range(2):
        document.add_blank_page(page_size=(595, 842))
    document.save(found["pdf"])
    found["eml"].write_bytes(MESSAGE.replace("\n", "\r\n").encode())
    return found


MESSAGE = """From: demandeur@exemple.invalid
To: etrangers@prefecture.exemple.invalid
Date: Mon, 22 Jun 2026 14:30:00 +0200
Subject: =?utf-8?q?Demande_de_rendez-vous_=C3=A0_la_pr=C3=A9fecture?=
Message-ID: <1@exemple.invalid>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Madame, Monsieur,

Je n’obtiens aucun rendez-vous sur votre site depuis trois semaines.
"""
