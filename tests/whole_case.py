"""A store with a row in every table, and its bundle with a file of every kind: what nothing may be changed in unseen.

Made once in each process of the tests (about two seconds); whoever spoils it works on a copy, or puts back what was.
"""

import gzip
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from exhibits.export import ExportRequest, export
from exhibits.token_files import Stamper
from scheduler.anchoring import append_anchor
from scheduler.politeness import Verdict
from store.pinned import read_roots
from store.stamp_values import NewToken, StampingRow
from store.store import Store
from store.tokens import Trust, build_request, check_token
from store.values import RobotsRow, ToldRow
from temoin.canonical import Json, sha256
from temoin.clock import utc_now, utc_text
from temoin.records import Kind, Mode, Operator, Outcome, Part, Role
from temoin.settings import Authority, Settings
from temoin.warc import find_bodies
from tests.authority import Pki, grant, in_order
from tests.court_case import Court, open_court, record_plan, steps
from tests.exchange_case import page_of, try_with, warc
from tests.exhibit_case import (
    CASE,
    CRETEIL,
    SENTENCE,
    START,
    Try,
    artefact,
    build_record_of,
    part,
    picture,
    record_attempt,
    with_frames,
)

AUTHORITY = "essai"
DAYS = 2  # of attempts of both procedures, besides those made here
NOW = START + timedelta(days=9)
STEPS = frozenset({"email", "slot_response", "identity", "decision"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """Where the store and the bundle are, and the configuration whose authority timestamped both."""

    store: Path
    bundle: Path
    settings: Settings
    root: Path  # the authority's certificate


def make_whole(folder: Path, pki: Pki) -> Whole:
    """Make both in ``folder``."""
    court = open_court(folder, days=DAYS)
    with court.store as store:
        store.ensure_station(Operator.SELF, {"os": "Linux", "temoin": "0.1.0"})
        _attempt_everything(court)
        _add_everything(court, folder / "files")
        court = replace(court, settings=_stamped(store, court.settings, pki))
        _note_what_changes(store)
        filed = _export(court, pki)
        filing = store.head()
        assert filing is not None
        store.keep_stamps([_stamp(store, pki, filing.sequence)], [])
    return Whole(store=folder / "evidence", bundle=filed, settings=court.settings, root=pki.root)


def _attempt_everything(court: Court) -> None:
    """Frames, a dialog, the DOM, WARCs, the conditions page, two parts, a slot and a hand-over."""
    store = court.store
    first = warc(page_of(SENTENCE))
    second = warc(page_of(SENTENCE, at=START + timedelta(hours=9)), known=find_bodies(first.data))
    for hours, made in ((0, first), (9, second)):
        one = with_frames(try_with(made, hours=hours, salt=f"w{hours}"))
        record_plan(store, one)
        record_attempt(store, one)
    _record_with_conditions(store, Try(at=START + timedelta(days=2), parts=_two_parts()))
    seen = Try(at=START - timedelta(days=60), outcome=Outcome.SLOT_SEEN, mode=Mode.ASSISTED, parts=_slot())
    record_attempt(store, seen)
    handed: Json = {"format": 1, "attempt": "x", "procedure": CRETEIL["id"], "at": utc_text(seen.at)}
    store.append(kind=Kind.HANDOVER, record=handed, at=seen.at, procedure=CRETEIL["id"])


def _slot() -> tuple[Part, ...]:
    return (part(outcome=Outcome.SLOT_SEEN, sentence=""),)


def _two_parts() -> tuple[Part, ...]:
    more = (
        artefact(Role.HTML, gzip.compress(b"<p>page</p>", mtime=0)),
        artefact(Role.DIALOG, b'{"message":"Aucun rendez-vous","type":"alert"}'),
    )
    shown = part("2", label="Guichet 22", salt="q", role=Role.PAGE)
    return part("1", label="Guichet 21", salt="p"), replace(shown, artefacts=(*shown.artefacts, *more))


def _record_with_conditions(store: Store, one: Try) -> None:
    framed = with_frames(one)
    terms = artefact(Role.PAGE, picture("Conditions"))
    record = build_record_of(framed)[1]
    record["politeness"]["terms"] |= {"text_sha256": sha256(b"Conditions"), "artefacts": [terms.to_json()]}
    for each in (terms, *(kept for shown in framed.parts for kept in shown.artefacts)):
        store.put(each.data)
    record_plan(store, one)
    store.append(kind=Kind.ATTEMPT, record=record, at=one.at, procedure=one.procedure["id"])


def _add_everything(court: Court, files: Path) -> None:
    """Steps of the journal and a piece with files, the answer to the slot, and one step that is erased again."""
    added = {step.kind.value: court.add(step, now=NOW) for step in steps(court, files) if step.kind.value in STEPS}
    court.store.erase_item(added["decision"].sequence, NOW)


def _stamped(store: Store, plain: Settings, pki: Pki) -> Settings:
    """The configuration with the authority; tokens over an entry shown and one not, an anchor, a token over that."""
    named = Authority(name=AUTHORITY, url="http://127.0.0.1:9/tsa", roots=pki.root)
    configured = plain.model_copy(update={"timestamp": plain.timestamp.model_copy(update={"authorities": (named,)})})
    attempts = [entry.sequence for entry in store.entries() if entry.kind is Kind.ATTEMPT]
    hidden: Json = {"day": "2026-06-01", "times": [], "windows": [], "timezone": "Europe/Paris", "replaces": None}
    other: Json = {"format": 1, "procedure": "autre", "cause": "evening", **hidden}
    mute = store.append(kind=Kind.PLAN, record=other, at=NOW, procedure="autre").sequence
    store.keep_stamps([_stamp(store, pki, one) for one in (attempts[0], attempts[-1], mute)], [])
    anchor = append_anchor(configured, store, now=utc_now(), simulated=False)
    assert anchor is not None
    store.keep_stamps([_stamp(store, pki, anchor.sequence)], [StampingRow(authority=AUTHORITY, asked_at=utc_now())])
    return configured


def _stamp(store: Store, pki: Pki, sequence: int) -> NewToken:
    line = next(store.entries(sequence, sequence)).line
    answer, at = _granted(pki, line), utc_now()
    token = check_token(answer, line, Trust(roots=read_roots(pki.root)))
    return NewToken(
        sequence=sequence, authority=AUTHORITY, asked_at=at, received_at=at, gen_time=token.gen_time, response=answer
    )


def _granted(pki: Pki, message: bytes) -> bytes:
    return in_order(grant(pki, build_request(message).as_bytes()))


def _note_what_changes(store: Store) -> None:
    """A row in each table that is no evidence."""
    host = "www.val-de-marne.gouv.fr"
    _verdict, lease = store.take_visit(
        host=host,
        procedure=CRETEIL["id"],
        mode=Mode.ASSISTED,
        now=NOW,
        judge=lambda _history: Verdict(allowed=True),
    )
    assert lease is not None
    store.stop_host(host=host, procedure=None, until=NOW, reason="blocked")
    store.save_robots(RobotsRow(host=host, fetched_at=NOW, status=200, sha256=store.put(b"User-agent: *")))
    store.note_told([ToldRow(key="slot:1", channel="desktop", at=NOW)])


def _export(court: Court, pki: Pki) -> Path:
    stamper = Stamper(
        authorities=court.settings.timestamp.authorities, ask=lambda manifest: {AUTHORITY: _granted(pki, manifest)}
    )
    request = ExportRequest(case=CASE, out=court.folder / "out", file=True)
    made = export(
        court.store, court.settings, request, now=utc_now(), keys=court.keys, stamper=lambda _simulated: stamper
    )
    return made.path
