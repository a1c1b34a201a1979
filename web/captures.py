"""Captures: the gallery, and one capture with all that was kept of it."""

from dataclasses import dataclass
from datetime import date, datetime, time
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from store.chain import is_digest
from store.covered import stamp_words
from store.listing import coverage_of, says_otherwise
from store.sound import find_record
from store.store import Store
from store.values import AttemptQuery, AttemptRow
from temoin.canonical import Digest, Json
from temoin.clock import day_start, parse_instant
from temoin.errors import IntegrityError, StoreError, UsageError
from temoin.messages import _
from temoin.records import Outcome
from temoin.words import outcome_words, reason_words
from web.captured import PICTURES, File, files_of, read_captured, words_of
from web.common import MOST_DIGITS, go_to
from web.forms import YEARS, Form, action
from web.pictures import PNG, damaged, unreadable
from web.render import render
from web.site import Site, site_of
from web.thumbnails import DamagedPictureError, NoThumbnailError

PAGE = 24  # attempts
MOST_NAMED = 100  # procedures told by their names in the list to choose from; more of them by their ids
SEARCHED = 20_000  # entries among which the one that names a picture is looked for, where nobody says which
_ASKED_AGAIN = "private, no-cache"  # the address names the object, and that one may be damaged meanwhile


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """An attempt in the gallery; of a ``damaged`` one its row alone is shown."""

    row: AttemptRow
    zone: str
    place: str
    label: str
    words: str
    stamp: str
    picture: str | None
    damaged: bool = False


def show_gallery(request: Request) -> Response:
    """The attempts that were asked for, latest first, a page of them."""
    site, asked = site_of(request), request.query_params
    settings = site.settings()
    zone = settings.station.timezone
    query = AttemptQuery(
        since=day_start(day_of(asked.get("since", "")), zone),
        until=day_start(day_of(asked.get("until", "")), zone, later=1),
        procedure=asked.get("procedure") or None,
        outcome=outcome_of(asked.get("outcome", "")),
    )
    before = number_of(asked.get("before", ""))
    with site.reading() as store:
        rows = store.attempts_page(query, before=before, limit=PAGE + 1)
        cards = _cards(store, site, rows[:PAGE])
        procedures = store.procedures()
    filters = {name: asked[name] for name in ("procedure", "outcome", "since", "until") if asked.get(name)}
    older = urlencode({**filters, "before": rows[PAGE - 1].sequence}) if len(rows) > PAGE else ""
    return render(
        request,
        "captures.html",
        cards=cards,
        chosen=filters,
        procedures=_named(site, procedures),
        outcomes=[(one.value, outcome_words(one)) for one in Outcome],
        older=older,
        newest=urlencode(filters),
        is_first=before is None,
        crossed=query.since is not None and query.until is not None and query.since >= query.until,
    )


def _named(site: Site, procedures: tuple[str, ...]) -> list[tuple[str, str]]:
    """What is to choose from: by name where these are few enough for a small page."""
    known = {one.id: f"{one.prefecture} – {one.label}" for one in site.settings().procedures}
    few = len(procedures) <= MOST_NAMED
    return [(one, known.get(one, one) if few else one) for one in procedures]


def _cards(store: Store, site: Site, rows: tuple[AttemptRow, ...]) -> list[Card]:
    coverage = coverage_of(store, rows, site.settings().timestamp.authorities)
    found = []
    for row in rows:
        record = find_record(store, row.sequence)
        told = record or {}
        picture = next((one.sha256 for one in files_of(told) if one.role in PICTURES), None)
        procedure = told.get("procedure", {})
        stamps = coverage.stamps_of(row.sequence, row.at, simulated=row.simulated)
        found.append(
            Card(
                row=row,
                zone=_zone(told, site),
                place=words_of(procedure.get("prefecture"), 120),
                label=words_of(procedure.get("label"), 160),
                words=words_of(row.matched_text, 160) or reason_words(row.reason or ""),
                stamp=stamp_words(stamps),
                picture=picture,
                damaged=record is None,
            )
        )
    return found


def _zone(record: Json, site: Site) -> str:
    return str(record.get("timezone") or site.settings().station.timezone)


def show_capture(request: Request) -> Response:
    """One entry: pictures, text, record, exchange, timestamps, files; of a damaged one, that it is so."""
    site, sequence = site_of(request), request.path_params["sequence"]
    settings = site.settings()
    with site.reading() as store:
        if not _has(store, sequence):
            raise HTTPException(404)
        row = None
        try:
            row = next(iter(store.attempts(AttemptQuery(first=sequence, last=sequence))), None)
            captured = read_captured(store, settings, sequence)
        except IntegrityError as error:
            zone = settings.station.timezone
            return render(request, "capture_damaged.html", sequence=sequence, row=row, zone=zone, error=error)
        before, after = (None, None) if row is None else store.attempts_beside(row)
    return render(
        request,
        "capture.html",
        sequence=sequence,
        captured=captured,
        entry=captured.value["entry"],
        record=captured.value["record"],
        recorded=parse_instant(captured.value["entry"]["at"]),
        row=row,
        changed=says_otherwise(captured.value, row),
        zone=_zone(captured.value["record"], site),
        reason=reason_words(row.reason or "") if row else "",
        before=before,
        after=after,
        words_of=words_of,
    )


def send_file(request: Request) -> Response:
    """A file that the record names: a picture to be seen, anything else to be kept, never as a page."""
    sequence, digest = request.path_params["sequence"], request.path_params["digest"]
    with site_of(request).reading() as store:
        file = _named_file(store, sequence, digest)
        data = store.read(file.sha256)
    return _sent(file, data, file.name(sequence))


def send_record(request: Request) -> Response:
    """The exact bytes of the record, to be kept."""
    sequence = request.path_params["sequence"]
    with site_of(request).reading() as store:
        if not _has(store, sequence):
            raise HTTPException(404)
        data = store.record_bytes(sequence)
    return _attached(data, f"capture-{sequence}-record.json")


def send_entry(request: Request) -> Response:
    """The exact bytes of the register's line, to be kept."""
    sequence = request.path_params["sequence"]
    with site_of(request).reading() as store:
        entry = next(store.entries(sequence, sequence), None)
    if entry is None:
        raise HTTPException(404)
    return _attached(entry.line, f"capture-{sequence}-entry.json")


def show_thumbnail(request: Request) -> Response:
    """A small picture of one that a record names; ``?of=`` says which record, which is the quick way."""
    site, digest = site_of(request), request.path_params["digest"]
    if not is_digest(digest):
        raise HTTPException(404)
    with site.reading() as store:
        sequence = number_of(request.query_params.get("of", ""))
        sequence = sequence or store.find_naming(Digest(digest), among=SEARCHED)
        if sequence is None or not _is_picture(store, sequence, digest):
            raise HTTPException(404)
        path = store.path_of(digest)
    try:
        data = site.thumbnails().of(digest, path)
    except DamagedPictureError:
        return damaged()
    except NoThumbnailError:
        return unreadable()
    return Response(data, media_type="image/png", headers={"Cache-Control": _ASKED_AGAIN})


def check_capture(request: Request, _form: Form) -> Response:
    """Check the entry: begun, and shown as it goes."""
    site, sequence = site_of(request), request.path_params["sequence"]
    with site.reading() as store:
        if not _has(store, sequence):
            raise HTTPException(404)
    title = _("Check of capture n° {number}").format(number=sequence)
    task = site.tasks.start("entry", title, {**site.named(), "sequence": sequence})
    return go_to(f"/tasks/{task.id}")


def number_of(text: str) -> int | None:
    """The sequence that a query names; None without one. Raises ``UsageError``."""
    if not text:
        return None
    if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS:
        return int(text)
    raise UsageError(_("“{text}” is no whole number.").format(text=text[:40]), remedy=_("Write it in digits."))


def day_of(text: str) -> datetime | None:
    """The day that a query names; None without one. Raises ``UsageError``."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if day.year not in YEARS:
        raise UsageError(_("“{text}” is no day.").format(text=text[:40]), remedy=_("Write it as 2026-01-31."))
    return datetime.combine(day, time())


def outcome_of(text: str) -> Outcome | None:
    """The outcome that a query names; None without one. Raises ``UsageError``."""
    if not text:
        return None
    try:
        return Outcome(text)
    except ValueError as error:
        raise UsageError(
            _("“{text}” is no possible answer.").format(text=text[:40]), remedy=_("Choose one of the list.")
        ) from error


def _has(store: Store, sequence: int) -> bool:
    """Whether there is such an entry, damaged or not."""
    try:
        return next(store.entries(sequence, sequence), None) is not None
    except IntegrityError:
        return True


def _named_file(store: Store, sequence: int, digest: str) -> File:
    """The file of that digest which the record of that entry names; nothing else is ever read."""
    try:
        record = store.record(sequence)
    except StoreError as error:
        raise HTTPException(404) from error
    found = [one for one in files_of(record) if one.sha256 == digest]
    if not found or not is_digest(digest):
        raise HTTPException(404)
    return next((one for one in found if one.is_picture), found[0])


def _is_picture(store: Store, sequence: int, digest: str) -> bool:
    try:
        return _named_file(store, sequence, digest).is_picture
    except IntegrityError:
        return False


def _sent(file: File, data: bytes, name: str) -> Response:
    if not file.is_picture or not data.startswith(PNG):
        return _attached(data, name)
    disposition = f'inline; filename="{name}"'
    return Response(data, media_type="image/png", headers={"Content-Disposition": disposition})


def _attached(data: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type="application/octet-stream", headers=headers)


ROUTES: tuple[Route, ...] = (
    Route("/captures", show_gallery),
    Route("/captures/{sequence:number}", show_capture),
    Route("/captures/{sequence:number}/check", action(check_capture), methods=["POST"]),
    Route("/captures/{sequence:number}/record.json", send_record),
    Route("/captures/{sequence:number}/entry.json", send_entry),
    Route("/captures/{sequence:number}/files/{digest}", send_file),
    Route("/thumbnails/{digest}", show_thumbnail),
)
