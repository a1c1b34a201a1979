"""What the tables repeat of the records, so that lists need not read them. Pure; ``verify`` uses it too."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from store import tables
from temoin.canonical import Digest, Json
from temoin.clock import parse_instant, utc_text
from temoin.records import Kind

Row = dict[str, Any]


def derive(kind: Kind, sequence: int, at: str, record: Json) -> tuple[sa.Table, Row] | None:
    """The row that goes with a record, and its table; None for kinds that have none.

    Raises:
        ValueError: the record lacks what its kind must say (docs/format.md §4).
    """
    try:
        match kind:
            case Kind.ATTEMPT:
                return tables.attempt, {"sequence": sequence, **_attempt(record)}
            case Kind.PLAN:
                return tables.plan, {"sequence": sequence, "drawn_at": at, **_plan(record)}
            case Kind.FOLLOW | Kind.UNFOLLOW:
                return tables.follow, {
                    "sequence": sequence,
                    "kind": kind.value,
                    "case_sha256": record["case"],
                    "procedure": record["procedure"],
                    "at": at,
                }
            case Kind.NOTICE:
                return tables.notice, {
                    "sequence": sequence,
                    "procedure": record["procedure"]["id"],
                    "at": record["at"],
                    "outcome": record["outcome"],
                    "simulated": record["simulated"],
                }
            case _:
                return None
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"not a record of kind {kind.value}: {error}") from error


def _attempt(record: Json) -> Row:
    return {
        "attempt": record["attempt"],
        "procedure": record["procedure"]["id"],
        "host": urlsplit(record["url"]["asked"]).hostname or "",
        "at": record["at"],
        "at_local": record["at_local"],
        "due": record["due"],
        "mode": record["mode"],
        "outcome": record["outcome"],
        "reason": record["reason"],
        "url": record["url"]["asked"],
        "matched_text": _matched_text(record),
        "simulated": record["simulated"],
        "terms_sha256": record["politeness"]["terms"]["text_sha256"],
    }


def _matched_text(record: Json) -> str | None:
    """The sentence of the first part that shows the attempt's own outcome."""
    for part in record["parts"]:
        if part["outcome"] == record["outcome"] and part["matched"] is not None:
            return str(part["matched"]["text"])
    return None


def _plan(record: Json) -> Row:
    times = [utc_text(parse_instant(text)) for text in record["times"]]
    return {
        "procedure": record["procedure"],
        "day": record["day"],
        "times": " ".join(times),
        "replaces": record["replaces"],
    }


def procedure_of(kind: Kind, record: Json) -> str | None:
    """The procedure that a record names; its entry's subject stands for that one."""
    named = record.get("procedure")
    if kind in (Kind.ATTEMPT, Kind.NOTICE) and isinstance(named, dict):
        named = named.get("id")
    return named if isinstance(named, str) else None


def find_artefacts(value: object) -> Iterator[Json]:
    """Every artefact that a record names, wherever it stands."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "artefacts" and isinstance(inner, list):
                yield from (item for item in inner if isinstance(item, dict) and "sha256" in item)
            else:
                yield from find_artefacts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from find_artefacts(inner)


def find_objects(record: Json) -> Iterator[tuple[Digest, int | None]]:
    """Every object that a record says is kept, with its size where the record gives it."""
    for artefact in find_artefacts(record):
        yield Digest(artefact["sha256"]), artefact.get("bytes")
    politeness = record.get("politeness")
    if isinstance(politeness, dict) and isinstance(politeness.get("robots_sha256"), str):
        yield Digest(politeness["robots_sha256"]), None
