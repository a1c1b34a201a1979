"""The préfecture's page that sends people to the booking site, and the record of one look at it (docs/adr/0010).

A notice's record has an attempt's shape (format 1), so that a bundle lays it out and a verifier reads it in the same
way; what only an attempt has (a plan, a mode, conditions, choices) is not there. Pure: no clock, disk or network.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from temoin.canonical import Digest, Json
from temoin.clock import local_text, utc_text
from temoin.records import RECORD_FORMAT, Artefact, Operator

PART = "1"  # a page has one part: the folder of its artefacts in a bundle


class NoticeOutcome(StrEnum):
    """What a look at the page found: the page itself, or what stood in its place, in the words of ``Outcome``."""

    SHOWN = "shown"
    CAPTCHA_REQUIRED = "captcha_required"
    BLOCKED = "blocked"
    OVERLOADED = "overloaded"
    MAINTENANCE = "maintenance"
    UNREACHABLE = "unreachable"
    UNRECOGNISED = "unrecognised"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLink:
    """The page's link to the booking address; none found is the default.

    ``path`` is the way from the page to the booking: both addresses, or the page's alone where no link leads there.
    ``in_sight`` says whether the page showed the link without anything having to be unfolded.
    """

    found: bool = False
    href: str | None = None
    text: str | None = None
    in_sight: bool = False
    path: tuple[str, ...] = ()

    def to_json(self) -> Json:
        """The link as the record holds it."""
        return {
            "found": self.found,
            "href": self.href,
            "text": self.text,
            "in_sight": self.in_sight,
            "path": list(self.path),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeVisit:
    """What one look at the page gave; without artefacts when nothing was asked for."""

    outcome: NoticeOutcome
    reason: str | None = None
    url_final: str | None = None
    navigation: tuple[Json, ...] = ()
    artefacts: tuple[Artefact, ...] = ()
    link: NoticeLink = NoticeLink()
    title: str | None = None
    http: Json | None = None
    environment: Json | None = None
    guard_stopped: tuple[Json, ...] = ()
    retry_after: str | None = None  # the answer's header, for politeness; not part of the record
    duration_ms: int = 0

    @property
    def status(self) -> int | None:
        """The HTTP status of the page's answer, where there was one."""
        return None if self.http is None else self.http["status"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeContext:
    """What the caller knows before and around the look."""

    notice: str
    at: datetime
    timezone: str
    simulated: bool
    operator: Operator
    procedure: Json  # {id, prefecture, label, choices}
    url_asked: str
    clock: Json  # {source, offset_ms}
    robots_sha256: Digest | None
    pace: Json  # {hour, day, week}


def build_notice(context: NoticeContext, visit: NoticeVisit) -> Json:
    """The notice's record, format 1."""
    return {
        "format": RECORD_FORMAT,
        "notice": context.notice,
        "at": utc_text(context.at),
        "at_local": local_text(context.at, context.timezone),
        "timezone": context.timezone,
        "simulated": context.simulated,
        "operator": context.operator.value,
        "procedure": context.procedure,
        "url": {"asked": context.url_asked, "final": visit.url_final},
        "navigation": list(visit.navigation),
        "outcome": visit.outcome.value,
        "reason": visit.reason,
        "title": visit.title,
        "link": visit.link.to_json(),
        "parts": _parts(visit),
        "http": visit.http,
        "clock": context.clock,
        "environment": visit.environment,
        "politeness": {"robots_sha256": context.robots_sha256, "pace": context.pace},
        "guard": {"stopped": list(visit.guard_stopped)},
        "duration_ms": visit.duration_ms,
    }


def _parts(visit: NoticeVisit) -> list[Json]:
    """The one part, where anything was photographed."""
    if not visit.artefacts:
        return []
    artefacts = [artefact.to_json() for artefact in visit.artefacts]
    return [
        {"part": PART, "label": "", "outcome": visit.outcome.value, "matched": None, "artefacts": artefacts},
    ]
