"""A whole station behind the local page, for walks through all of it: démarches of each mode, a dossier that holds all.

All of it is fictional and simulated. ``WORDS`` of the person's own stand in French only: they are data.
"""

import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

from capture.exchange import Taken
from exhibits.journal import NewStep, add_step
from store.store import Store
from store.vault import Keys
from temoin.canonical import Json
from temoin.clock import Now, utc_text
from temoin.records import JournalKind, Kind, Mode, Outcome, PieceUse, Role
from temoin.settings import Settings, load_settings
from tests.court_case import make_files
from tests.exchange_case import exchange, warc
from tests.exhibit_case import (
    START,
    Try,
    artefact,
    attempts_of_two_weeks,
    part,
    record_attempt,
    with_frames,
)
from web.site import Site

CASE, CLOSED = "K7", "C1"
ALONE, ELSEWHERE, PHOTO, UNREAD = "essai-seul", "essai-ailleurs", "essai-photo", "essai-non-lu"
WITH_YOU = ("essai-avec-vous-1", "essai-avec-vous-2", "essai-avec-vous-3")
PASSPHRASE = "une phrase de passe d'essai"  # noqa: S105 - of a made-up case
DEAD = "http://127.0.0.1:9"  # nothing answers there
PREFECTURE = "Préfecture de l’Exemple"
WAITING = timedelta(minutes=5)  # since when invitations are open
AGE = timedelta(days=20)  # of the oldest attempt at least
_TABLE = """
[[procedures]]
id = "{id}"
prefecture = "Préfecture de l’Exemple"
label = "{label}"
url = "{url}"
platform = "{platform}"
{more}
"""
_HEAD = """[station]
data_dir = "evidence"
[politeness]
min_minutes_between_attempts = 0
min_minutes_per_host = 0
[notify]
desktop = false
refused = true
"""
_READ = "terms_read = 2026-09-01\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The page, and the entries of the register that its addresses name."""

    site: Site
    picture: int  # an attempt with all that one keeps
    digest: str  # of its picture
    missed: int
    slot: int
    plan: int  # an entry that is no attempt
    step: int  # of the journal, with a file
    piece: int


def make_world(folder: Path, now: Now, *, booking: str = "", window: str = "", more: str = "") -> World:
    """A station that has run for some three weeks at ``now``.

    ``booking`` and ``window`` are the addresses of the démarches that Témoin visits alone and with the person;
    left out, nobody answers there. ``more`` is put in front of the démarches in the configuration.
    """
    config = folder / "config.toml"
    booking, window = booking or f"{DEAD}/booking/create/1", window or f"{DEAD}/rdvpref/reservation/demarche/2/"
    config.write_text(_HEAD + more + "".join(_tables(booking, window)), encoding="utf-8")
    settings = load_settings(config)
    begun = _begun(now())
    with Store.open(settings.station.data_dir, now=lambda: begun) as store:
        _open_cases(store, begun)
        whole = _whole(now() - timedelta(hours=2), booking)
        tries = [*_tries(begun - START, booking), whole]
        for (name, _day), times in groupby(tries, key=lambda one: (one.procedure["id"], _local(one.at))):
            _plan(store, name, [one.at for one in times])
        *attempts, picture = [record_attempt(store, one) for one in tries]
        outcomes = {row.sequence: row.outcome for row in store.attempts()}
    with Store.open(settings.station.data_dir, now=now) as store:
        step, piece = _add_own(store, settings, folder / "own", now())
        plans = [_plan(store, name, [now() - WAITING], mode=Mode.ASSISTED) for name in WITH_YOU]
    return World(
        site=Site(config=config, now=now),
        picture=picture,
        digest=whole.parts[0].artefacts[0].digest,
        missed=next(one for one in attempts if outcomes[one] is Outcome.MISSED),
        slot=next(one for one in attempts if outcomes[one] is Outcome.SLOT_SEEN),
        plan=plans[0],
        step=step,
        piece=piece,
    )


def _tables(booking: str, window: str) -> Iterator[str]:
    def table(name: str, label: str, url: str, platform: str, more: str) -> str:
        return _TABLE.format(id=name, label=label, url=url, platform=platform, more=more)

    yield table(ALONE, "Démarche d’essai", booking, "ezbooking", _READ)
    yield table(ELSEWHERE, "Autre démarche", f"{DEAD}/booking/create/3", "ezbooking", f"{_READ}confirmed = 2026-09-02")
    for name in WITH_YOU:
        yield table(name, f"Démarche {name[-1]}, avec vous", window, "rdv-prefecture", f'{_READ}mode = "assisted"')
    yield table(PHOTO, "Démarche en photo", f"{DEAD}/photo", "generic", f'{_READ}mode = "photo"')
    yield table(UNREAD, "Démarche à lire", f"{DEAD}/booking/create/4", "ezbooking", "")


def _begun(now: datetime) -> datetime:
    """The first attempt: on a Monday, as the made-up weeks begin."""
    return START + timedelta(weeks=(now - START - AGE) // timedelta(weeks=1))


def _open_cases(store: Store, begun: datetime) -> None:
    for code in (CASE, CLOSED):
        store.ensure_case(code, "renewal", begun - timedelta(days=1))
    for name in (ALONE, ELSEWHERE, *WITH_YOU):
        store.follow(CASE, name, begun - timedelta(hours=1))
    store.close_case(CLOSED, begun, "order")


def _tries(shift: timedelta, booking: str) -> Iterator[Try]:
    """Two weeks of two démarches with every kind of outcome."""
    for one in sorted(attempts_of_two_weeks(), key=lambda each: each.at):
        name, label = (
            (ELSEWHERE, "Autre démarche") if "nanterre" in one.procedure["id"] else (ALONE, "Démarche d’essai")
        )
        reason = "asleep" if one.outcome is Outcome.MISSED else None
        yield replace(one, at=one.at + shift, procedure=_named(name, label), simulated=True, url=booking, reason=reason)


def _named(name: str, label: str) -> Json:
    return {"id": name, "prefecture": PREFECTURE, "label": label, "choices": []}


def _whole(at: datetime, booking: str) -> Try:
    """Pictures, frame, text, DOM, dialog and exchange."""
    page = exchange(booking, b"<p>rien de libre</p>", at=at)
    kept = (
        warc(Taken(part="1", exchanges=(page,), page=page)),
        artefact(Role.HTML, gzip.compress(b"<p>rien de libre</p>", mtime=0)),
    )
    plain = part(salt="entier")
    shown = replace(plain, artefacts=(*plain.artefacts, *kept))
    procedure = _named(ALONE, "Démarche d’essai")
    return with_frames(Try(at=at, procedure=procedure, parts=(shown,), simulated=True, url=booking))


def _add_own(store: Store, settings: Settings, folder: Path, now: datetime) -> tuple[int, int]:
    """A step of the journal and a piece, each with a file; their entries."""
    files, keys = make_files(folder), Keys(passphrase=lambda: PASSPHRASE, keyring=False)
    day = (now - timedelta(days=3)).date()
    found = []
    for own in (
        NewStep(
            kind=JournalKind.EMAIL,
            on=day,
            hour=time(14, 30),
            title="Demande de rendez-vous",
            text="J’ai demandé un rendez-vous.\nJ’ai joint cinq captures.",
            files=(files["eml"],),
        ),
        NewStep(kind=PieceUse.IDENTITY, title="Titre de séjour expiré", files=(files["png"],)),
    ):
        add_step(store, settings, own, code=CASE, keys=keys, now=now)
        found.append(store.items(CASE)[-1].sequence)
    return found[0], found[1]


def _plan(store: Store, name: str, times: Sequence[datetime], *, mode: Mode = Mode.UNATTENDED) -> int:
    """The plan of the evening before those times of one day."""
    record = {
        "format": 1,
        "procedure": name,
        "day": _local(times[0]).isoformat(),
        "timezone": "Europe/Paris",
        "windows": ["07:00-22:30"],
        "times": [utc_text(at) for at in times],
        "replaces": None,
        "cause": "evening",
        **({"mode": mode.value} if mode is Mode.ASSISTED else {}),
    }
    at = times[0] - timedelta(hours=12)
    return store.append(kind=Kind.PLAN, record=record, at=at, procedure=name).sequence


def _local(at: datetime) -> date:
    return at.astimezone(ZoneInfo("Europe/Paris")).date()
