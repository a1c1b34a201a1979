"""What the court file needs to know of an attempt, read once from its ledger record (pure).

The record is bytes that were committed long ago; this module only reads it. Everything the documents say of
an attempt comes from here, so that a document can never say more than the record.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from temoin.canonical import Digest, Json, read_json
from temoin.clock import parse_instant, read_zone
from temoin.errors import IntegrityError
from temoin.messages import _
from temoin.records import DYSFUNCTIONS, Mode, Outcome, Role, is_proof


class EntryLike(Protocol):
    """A ledger entry, whether it comes from the store or from a bundle's ``registre.jsonl``."""

    @property
    def sequence(self) -> int:
        """Its place in the chain, from 1."""
        ...

    @property
    def line(self) -> bytes:
        """Its RFC 8785 bytes, without a line feed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An untouched picture of a part: what the exhibit shows."""

    role: Role
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFacts:
    """One choice of the attempt and the sentence its page showed."""

    part: str
    label: str
    outcome: Outcome
    sentence: str
    artefacts: tuple[tuple[Role, Digest], ...]

    @property
    def picture(self) -> Picture | None:
        """The window's picture; the page's when no window could be photographed."""
        for wanted in (Role.WINDOW, Role.PAGE):
            for role, digest in self.artefacts:
                if role is wanted:
                    return Picture(role=role, digest=digest)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptFacts:
    """One attempt as its record tells it; ``at`` is UTC, ``local`` the same instant in the procedure's zone."""

    sequence: int
    attempt: str
    at: datetime
    due: datetime | None
    zone: str
    procedure: str
    prefecture: str
    label: str
    url: str
    outcome: Outcome
    reason: str
    mode: Mode
    declared: bool
    simulated: bool
    parts: tuple[PartFacts, ...]
    record: Json
    local: datetime = field(init=False, compare=False)  # as people of the zone read it (DESIGN §3.7); asked for often

    def __post_init__(self) -> None:
        """Work out the local time once."""
        object.__setattr__(self, "local", self.at.astimezone(ZoneInfo(self.zone)))

    @property
    def roles(self) -> frozenset[Role]:
        """What kinds of artefacts the attempt left."""
        return frozenset(role for part in self.parts for role, _digest in part.artefacts)

    @property
    def is_proof(self) -> bool:
        """Whether the attempt shows that there was no appointment."""
        return is_proof(self.outcome, self.reason)

    @property
    def is_dysfunction(self) -> bool:
        """Whether the site failed before its calendar (CE 453391).

        A site that was not reached at all may as well be the station's own network: nothing is concluded from it
        unless the site answered something on the way.
        """
        answered = bool(self.record.get("navigation"))
        return self.outcome in DYSFUNCTIONS and (self.outcome is not Outcome.UNREACHABLE or answered)

    @property
    def sentence(self) -> str:
        """The first sentence that any part matched; empty when none did."""
        return next((part.sentence for part in self.parts if part.sentence), "")


def read_attempt(sequence: int, record: bytes) -> AttemptFacts:
    """The facts of the attempt whose record is ``record``.

    Raises:
        IntegrityError: the record is not one of an attempt, format 1.
    """
    try:
        return _attempt(sequence, read_json(record))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise IntegrityError(
            _("The record of entry {sequence} is not that of an attempt: {error}.").format(
                sequence=sequence, error=error
            ),
            remedy=_("Run `temoin verify`; nothing was changed."),
        ) from error


def _attempt(sequence: int, record: Json) -> AttemptFacts:
    procedure, url = record["procedure"], record["url"]
    return AttemptFacts(
        sequence=sequence,
        attempt=_text(record["attempt"]),
        at=parse_instant(record["at"]),
        due=None if record["due"] is None else parse_instant(record["due"]),
        zone=read_zone(record["timezone"], parse_instant(record["at"])),
        procedure=_text(procedure["id"]),
        prefecture=_text(procedure["prefecture"]),
        label=_text(procedure["label"]),
        url=_text(url["final"] or url["asked"]),
        outcome=Outcome(record["outcome"]),
        reason=_text(record["reason"] or ""),
        mode=Mode(record["mode"]),
        declared=record["declared"],
        simulated=record["simulated"],
        parts=read_parts(record),
        record=record,
    )


def read_parts(record: Json) -> tuple[PartFacts, ...]:
    """The parts of an attempt's or a notice's record.

    Raises:
        KeyError, TypeError, ValueError: the record is not of format 1.
    """
    return tuple(_part(part) for part in record["parts"])


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


def _part(part: dict[str, Any]) -> PartFacts:
    matched = part["matched"]
    return PartFacts(
        part=_text(part["part"]),
        label=_text(part["label"]),
        outcome=Outcome(part["outcome"]),
        sentence="" if matched is None else _text(matched["text"]),
        artefacts=tuple((Role(one["role"]), Digest(one["sha256"])) for one in part["artefacts"]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A procedure that the case follows; only entries after ``since`` and up to ``until`` count (DESIGN §9)."""

    procedure: str
    since: int
    until: int | None = None

    def covers(self, sequence: int) -> bool:
        """Whether an attempt at ``sequence`` was made while the case followed the procedure."""
        return sequence > self.since and (self.until is None or sequence < self.until)
