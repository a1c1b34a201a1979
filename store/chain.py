"""The chain of entries: how a line is built, read and checked (docs/format.md §3, §6). Pure.

A line is the RFC 8785 form of eight fields. ``previous`` covers every byte of the line before it, without
its line feed, so each line covers all earlier ones; ``record`` covers the full record; ``subject`` ties the
entry to a procedure without naming it. Sequences start at 1 and have no hole.

What the chain does **not** prove: whoever holds the whole register can rewrite it from any point to the end
and every line will agree again. Only something kept elsewhere (a timestamp token, a filed bundle, a copy of
a later line) shows such a rewrite.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from temoin.canonical import Digest, Json, canonical_bytes, read_json, sha256
from temoin.clock import parse_instant, utc_text
from temoin.messages import _
from temoin.records import Kind

ENTRY_FORMAT = 1
KEYS = frozenset({"at", "format", "kind", "previous", "record", "sequence", "station", "subject"})
FIRST_PREVIOUS = Digest("0" * 64)  # what the first entry gives as ``previous``
LONGEST_LINE = 1024  # bytes; a line of format 1 has about 400: more is not read as JSON

_KINDS = frozenset(kind.value for kind in Kind)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_STATION = re.compile(r"[0-9a-f]{16}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFields:
    """What an entry says."""

    sequence: int
    at: datetime
    kind: Kind
    previous: Digest
    record: Digest
    station: str
    subject: Digest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(EntryFields):
    """An entry and its exact bytes, without the line feed."""

    line: bytes

    @property
    def digest(self) -> Digest:
        """What the next entry gives as ``previous``."""
        return sha256(self.line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something wrong with a line of the register, counted from 1."""

    line: int
    message: str


def build_line(fields: EntryFields) -> bytes:
    """The exact bytes of an entry, without a line feed.

    Raises:
        ValueError: ``at`` is naive.
    """
    return canonical_bytes(
        {
            "at": utc_text(fields.at),
            "format": ENTRY_FORMAT,
            "kind": fields.kind.value,
            "previous": fields.previous,
            "record": fields.record,
            "sequence": fields.sequence,
            "station": fields.station,
            "subject": fields.subject,
        }
    )


def build_subject(procedure: str, secret: str) -> Digest:
    """The digest that stands for ``procedure`` in the entries: SHA-256 of ``SECRET:PROCEDURE_ID``."""
    return sha256(f"{secret}:{procedure}".encode())


def build_secrets(secrets: Iterable[tuple[str, str]]) -> Json:
    """``secrets.json``: what reveals the entries of the given (procedure, secret) pairs and of no other."""
    return {
        "format": 1,
        "subjects": [
            {"procedure": procedure, "secret": secret, "subject": build_subject(procedure, secret)}
            for procedure, secret in sorted(secrets)
        ],
    }


def parse_line(line: bytes) -> Entry:
    """The entry that ``line`` is, if it is one to the byte.

    Raises:
        ValueError: not an entry of format 1 in its canonical form; the message says why.
    """
    value = _read_object(line)
    if value.keys() != KEYS:
        raise ValueError(_("its fields are not those of an entry: {fields}").format(fields=", ".join(sorted(value))))
    wrong = [name for name, is_right in _FIELD_CHECKS.items() if not is_right(value[name])]
    if wrong:
        raise ValueError(_("wrong value of {fields}").format(fields=", ".join(wrong)))
    if canonical_bytes(value) != line:
        raise ValueError(_("it is not in canonical form (RFC 8785)"))
    return Entry(
        sequence=value["sequence"],
        at=parse_instant(value["at"]),
        kind=Kind(value["kind"]),
        previous=Digest(value["previous"]),
        record=Digest(value["record"]),
        station=value["station"],
        subject=None if value["subject"] is None else Digest(value["subject"]),
        line=line,
    )


def check_chain(lines: Iterable[bytes], *, first: int = 1, previous: Digest = FIRST_PREVIOUS) -> Iterator[Finding]:
    """What is wrong with the register, line by line; nothing when every line follows from the one before.

    ``first`` is the number of the first of ``lines``, ``previous`` the digest of the line before it. A hole is told
    once: what follows is compared with the line that stands before it.
    """
    expected, station = first, None
    for number, line in enumerate(lines, first):
        try:
            entry = parse_line(line)
        except ValueError as error:
            yield Finding(line=number, message=_("line {line}: {why}").format(line=number, why=error))
            expected, previous = expected + 1, sha256(line)
            continue
        station = station or entry.station
        for message in _check_entry(entry, expected, previous, station):
            yield Finding(line=number, message=_("line {line}: {why}").format(line=number, why=message))
        expected, previous = entry.sequence + 1, entry.digest


def _check_entry(entry: Entry, expected: int, previous: Digest, station: str) -> Iterator[str]:
    if entry.sequence != expected:
        yield _("sequence {found} stands where {expected} was expected").format(found=entry.sequence, expected=expected)
    if entry.previous != previous:
        yield _("entry {sequence} does not follow from the line before it").format(sequence=entry.sequence)
    if entry.station != station:
        yield _("entry {sequence} is of another station").format(sequence=entry.sequence)


def _read_object(line: bytes) -> Json:
    if len(line) > LONGEST_LINE:
        raise ValueError(_("it is longer than any entry"))
    try:
        value = read_json(line)
    except ValueError as error:
        raise ValueError(_("it is not JSON")) from error
    if not isinstance(value, dict):
        raise ValueError(_("it is not a JSON object"))  # noqa: TRY004 - a finding on data, not a wrong call
    return value


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_instant(value: object) -> bool:
    try:
        return isinstance(value, str) and utc_text(parse_instant(value)) == value
    except (ValueError, OverflowError):
        return False


def is_digest(value: object) -> bool:
    """Whether ``value`` is 64 lower-case hexadecimal digits."""
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None


_FIELD_CHECKS: dict[str, Callable[[object], bool]] = {
    "at": _is_instant,
    "format": lambda value: value == ENTRY_FORMAT and _is_count(value),
    "kind": lambda value: isinstance(value, str) and value in _KINDS,
    "previous": is_digest,
    "record": is_digest,
    "sequence": _is_count,
    "station": lambda value: isinstance(value, str) and _STATION.fullmatch(value) is not None,
    "subject": lambda value: value is None or is_digest(value),
}
