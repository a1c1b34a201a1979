"""The words of DESIGN §2 and §5 as frozen values, and the attempt's record (format 1, DESIGN §9).

A record is built once, by ``build_record``, and from then on is bytes: the store keeps them, the bundle
re-issues them, the verifier hashes them. Nothing here reads a clock, a disk or a network.
"""

import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from temoin.canonical import Digest, Json
from temoin.clock import local_text, utc_text

RECORD_FORMAT = 1


class Outcome(StrEnum):
    """What a visit found (DESIGN §5). The first two are the proof; the last two come without a visit."""

    NO_SLOT = "no_slot"
    NO_CALENDAR = "no_calendar"
    SLOT_SEEN = "slot_seen"
    CAPTCHA_REQUIRED = "captcha_required"
    SESSION_EXPIRED = "session_expired"
    BLOCKED = "blocked"
    OVERLOADED = "overloaded"
    MAINTENANCE = "maintenance"
    CLOSED_LINK = "closed_link"
    UNREACHABLE = "unreachable"
    UNRECOGNISED = "unrecognised"
    REFUSED = "refused"
    MISSED = "missed"


PROOFS = frozenset({Outcome.NO_SLOT, Outcome.NO_CALENDAR})
DYSFUNCTIONS = frozenset({Outcome.OVERLOADED, Outcome.MAINTENANCE, Outcome.CLOSED_LINK, Outcome.UNREACHABLE})
TOOL_REFUSALS = frozenset({Outcome.BLOCKED, Outcome.REFUSED})
# Reasons why a proof is kept and not counted: the site may have treated this visitor otherwise than another (ADR 0019).
CONTROL_FAILED, STEPS_NOT_SERVED = "control_failed", "steps_not_served"
DOUBTS = frozenset({CONTROL_FAILED, STEPS_NOT_SERVED})
WITHOUT_VISIT = frozenset({Outcome.REFUSED, Outcome.MISSED})


def is_proof(outcome: Outcome, reason: str | None) -> bool:
    """Whether an attempt shows that there was no appointment: not one at which this visitor may have been throttled."""
    return outcome in PROOFS and reason not in DOUBTS


class Mode(StrEnum):
    """Who takes the steps (DESIGN §4)."""

    UNATTENDED = "unattended"
    ASSISTED = "assisted"
    PHOTO = "photo"


class Operator(StrEnum):
    """Who runs the station: changes the verbs of the documents."""

    SELF = "self"
    ASSOCIATION = "association"


class Automation(StrEnum):
    """What the conditions say of programs, as the person read them."""

    ALLOWED = "allowed"
    SILENT = "silent"
    FORBIDDEN = "forbidden"


class Kind(StrEnum):
    """The kinds of ledger entries (DESIGN §9)."""

    STATION = "station"
    PLAN = "plan"
    NOTICE = "notice"  # the préfecture's page that sends people to the booking site (docs/adr/0010)
    FOLLOW = "follow"
    UNFOLLOW = "unfollow"
    ATTEMPT = "attempt"
    HANDOVER = "handover"
    JOURNAL = "journal"
    ANCHOR = "anchor"
    FILING = "filing"
    ERASURE = "erasure"


class CaseKind(StrEnum):
    """What the person asks the préfecture for; it decides what must be proved, and how urgent it is in law."""

    RENEWAL = "renewal"
    FIRST_APPLICATION = "first_application"
    NATURALISATION = "naturalisation"
    DCEM = "dcem"  # document de circulation pour étranger mineur
    TRAVEL_DOCUMENT = "travel_document"  # titre de voyage
    OTHER = "other"


class Closing(StrEnum):
    """Why a case is closed."""

    APPOINTMENT = "appointment"
    ORDER = "order"  # of the judge
    WITHDRAWN = "withdrawn"
    OTHER = "other"


class JournalKind(StrEnum):
    """What the person did besides the captures (DESIGN §2, « journal des démarches »)."""

    EMAIL = "email"
    LETTER = "letter"
    VISIT = "visit"
    MEDIATOR = "mediator"
    SLOT_RESPONSE = "slot_response"
    SCREENSHOT = "screenshot"
    DECISION = "decision"
    OTHER = "other"


class PieceUse(StrEnum):
    """What a piece of the person's own is filed for."""

    IDENTITY = "identity"
    URGENCY = "urgency"
    SERIOUSNESS = "seriousness"
    OTHER = "other"


class SlotResult(StrEnum):
    """What came of a slot that was seen (journal kind ``slot_response``)."""

    BOOKED = "booked"
    GONE = "gone"  # taken before the person could
    TOO_FAR = "too_far"  # offered, at a date that is too late to be of use
    UNSUITABLE = "unsuitable"  # not for this démarche, or not for this person
    NOT_TRIED = "not_tried"
    OTHER = "other"


class Role(StrEnum):
    """What an artefact is."""

    WINDOW = "window"  # the real browser window, with its address bar; untouched
    PAGE = "page"  # the full page; untouched
    EXHIBIT = "exhibit"  # framed picture with EXIF
    TEXT = "text"  # visible text
    HTML = "html"  # the DOM, gzip-compressed
    EXCHANGE = "exchange"  # WARC
    DIALOG = "dialog"  # a native dialog, as JSON


MEDIA_TYPES = {
    Role.WINDOW: "image/png",
    Role.PAGE: "image/png",
    Role.EXHIBIT: "image/png",
    Role.TEXT: "text/plain; charset=utf-8",
    Role.HTML: "application/gzip",
    Role.EXCHANGE: "application/gzip",
    Role.DIALOG: "application/json",
}

# The file an artefact becomes in a bundle (DESIGN §10).
FILE_NAMES = {
    Role.WINDOW: "window.png",
    Role.PAGE: "page.png",
    Role.EXHIBIT: "exhibit.png",
    Role.TEXT: "page.txt",
    Role.HTML: "page.html.gz",
    Role.EXCHANGE: "exchange.warc.gz",
    Role.DIALOG: "dialog.json",
}

ATTEMPT_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}")


def new_attempt_id(at: datetime) -> str:
    """An id fixed before the visit, ``20260914-071233-7f3a`` (UTC), printed in the frame and the EXIF."""
    stamp = utc_text(at)
    return f"{stamp[:10].replace('-', '')}-{stamp[11:19].replace(':', '')}-{secrets.token_hex(2)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefact:
    """Bytes that a visit left: a picture, a text, a DOM. ``digest`` is the SHA-256 of ``data``."""

    role: Role
    data: bytes = field(repr=False)
    digest: Digest

    @property
    def media_type(self) -> str:
        """The IANA media type of ``data``."""
        return MEDIA_TYPES[self.role]

    def to_json(self) -> Json:
        """The artefact as the record names it; the bytes are in the object store."""
        return {
            "role": self.role.value,
            "sha256": self.digest,
            "bytes": len(self.data),
            "media_type": self.media_type,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """The words on the page that decided the outcome, as read, and the element that held them."""

    text: str
    selector: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One choice (motif, guichet) of an attempt and what its page showed.

    ``part`` is the folder name of its artefacts: "1", "2"… in the order visited; ``label`` is the site's own.
    """

    part: str
    label: str
    outcome: Outcome
    matched: Matched | None = None
    artefacts: tuple[Artefact, ...] = ()

    def to_json(self) -> Json:
        """The part as the record holds it."""
        matched = None if self.matched is None else {"text": self.matched.text, "selector": self.matched.selector}
        return {
            "part": self.part,
            "label": self.label,
            "outcome": self.outcome.value,
            "matched": matched,
            "artefacts": [artefact.to_json() for artefact in self.artefacts],
        }


# With several parts, the attempt takes the first of this order that any part shows (DESIGN §5); NO_SLOT comes
# last, since every part must have shown it or NO_CALENDAR.
PRECEDENCE = (
    Outcome.SLOT_SEEN,
    Outcome.CAPTCHA_REQUIRED,
    Outcome.BLOCKED,
    Outcome.SESSION_EXPIRED,
    Outcome.CLOSED_LINK,
    Outcome.MAINTENANCE,
    Outcome.OVERLOADED,
    Outcome.UNREACHABLE,
    Outcome.REFUSED,
    Outcome.MISSED,
    Outcome.UNRECOGNISED,
)


def combined_outcome(outcomes: tuple[Outcome, ...]) -> Outcome:
    """The attempt's outcome from those of its parts; no part at all is ``unrecognised``."""
    for outcome in PRECEDENCE:
        if outcome in outcomes:
            return outcome
    if not outcomes:
        return Outcome.UNRECOGNISED
    return Outcome.NO_SLOT if Outcome.NO_SLOT in outcomes else Outcome.NO_CALENDAR


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What the capture room gives back: everything it saw, nothing it did not (DESIGN §9, attempt's record).

    The dictionaries are the record's own sub-objects, already limited to the allow-list of DESIGN §9.
    """

    outcome: Outcome
    url_final: str | None = None
    navigation: tuple[Json, ...] = ()
    profile: Json | None = None
    parts: tuple[Part, ...] = ()
    http: Json | None = None
    environment: Json | None = None
    guard_stopped: tuple[Json, ...] = ()
    terms_text_sha256: Digest | None = None
    terms_artefacts: tuple[Artefact, ...] = ()
    control: Json | None = None
    announced_opening: str | None = None
    offered: tuple[Json, ...] = ()  # every choice the site offered, visited or not: {value, label}
    reason: str | None = None  # why: a stable word, for outcomes that need one ("timeout", "robots", …)
    away: Json | None = None  # of a missed time: from when until when the machine was away, {from, until}
    retry_after: str | None = None  # the answer's header, for politeness; not part of the record
    duration_ms: int = 0

    @property
    def artefacts(self) -> tuple[Artefact, ...]:
        """All artefacts, in the order they must be stored."""
        return self.terms_artefacts + tuple(a for part in self.parts for a in part.artefacts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the caller knows of an attempt before and around the visit."""

    attempt: str
    at: datetime
    due: datetime | None
    timezone: str
    simulated: bool
    mode: Mode
    declared: bool
    operator: Operator
    procedure: Json  # {id, prefecture, label, choices}
    url_asked: str
    clock: Json  # {source, offset_ms}
    robots_sha256: Digest | None
    terms: Json  # {read, automation}
    pace: Json  # {hour, day, week}


def build_record(context: Context, visit: Visit) -> Json:
    """The attempt's record, format 1 (docs/format.md §4; docs/adr/0004 adds ``due`` and ``reason``)."""
    away = {} if visit.away is None else {"away": visit.away}
    return away | {
        "format": RECORD_FORMAT,
        "attempt": context.attempt,
        "at": utc_text(context.at),
        "at_local": local_text(context.at, context.timezone),
        "due": None if context.due is None else utc_text(context.due),
        "timezone": context.timezone,
        "simulated": context.simulated,
        "mode": context.mode.value,
        "declared": context.declared,
        "operator": context.operator.value,
        "procedure": context.procedure,
        "url": {"asked": context.url_asked, "final": visit.url_final},
        "navigation": list(visit.navigation),
        "profile": visit.profile,
        "outcome": visit.outcome.value,
        "reason": visit.reason,
        "parts": [part.to_json() for part in visit.parts],
        "http": visit.http,
        "clock": context.clock,
        "environment": visit.environment,
        "politeness": {
            "robots_sha256": context.robots_sha256,
            "terms": {
                **context.terms,
                "text_sha256": visit.terms_text_sha256,
                "artefacts": [artefact.to_json() for artefact in visit.terms_artefacts],
            },
            "pace": context.pace,
            "control": visit.control,
        },
        "guard": {"stopped": list(visit.guard_stopped)},
        "announced_opening": visit.announced_opening,
        "offered": list(visit.offered),
        "duration_ms": visit.duration_ms,
    }
