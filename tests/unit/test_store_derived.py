"""What the tables repeat of a record, and what a record names."""

from datetime import UTC, datetime

import pytest

from store.derived import derive, find_artefacts, find_objects, procedure_of
from temoin.canonical import sha256
from temoin.records import (
    Artefact,
    Context,
    Kind,
    Matched,
    Mode,
    Operator,
    Outcome,
    Part,
    Role,
    Visit,
    build_record,
)

AT = datetime(2026, 11, 23, 7, 12, 33, tzinfo=UTC)
CONTEXT = Context(
    attempt="20261123-071233-7f3a",
    at=AT,
    due=None,
    timezone="Europe/Paris",
    simulated=False,
    mode=Mode.ASSISTED,
    declared=False,
    operator=Operator.SELF,
    procedure={"id": "creteil", "prefecture": "P", "label": "L", "choices": []},
    url_asked="https://www.val-de-marne.gouv.fr/booking/create/4963",
    clock={"source": "none", "offset_ms": None},
    robots_sha256=sha256(b"robots"),
    terms={"read": None, "automation": "silent"},
    pace={"hour": 1, "day": 1, "week": 1},
)


def _artefact(role: Role, data: bytes) -> Artefact:
    return Artefact(role=role, data=data, digest=sha256(data))


def _part(number: int, outcome: Outcome, text: str | None) -> Part:
    return Part(
        part=str(number),
        label=f"Guichet {number}",
        outcome=outcome,
        matched=None if text is None else Matched(text=text, selector="p"),
        artefacts=(_artefact(Role.TEXT, f"page {number}".encode()),),
    )


VISIT = Visit(
    outcome=Outcome.SLOT_SEEN,
    parts=(_part(1, Outcome.NO_SLOT, "complet"), _part(2, Outcome.SLOT_SEEN, "09:00")),
    terms_text_sha256=sha256(b"terms"),
    terms_artefacts=(_artefact(Role.PAGE, b"terms page"),),
)


def test_an_attempt_shows_the_sentence_of_the_part_that_gave_its_outcome() -> None:
    derived = derive(Kind.ATTEMPT, 7, "unused", build_record(CONTEXT, VISIT))
    assert derived is not None
    table, row = derived
    assert table.name == "attempt"
    assert row == {
        "sequence": 7,
        "attempt": "20261123-071233-7f3a",
        "procedure": "creteil",
        "host": "www.val-de-marne.gouv.fr",
        "at": "2026-11-23T07:12:33.000Z",
        "at_local": "2026-11-23T08:12:33+01:00",
        "due": None,
        "mode": "assisted",
        "outcome": "slot_seen",
        "reason": None,
        "url": "https://www.val-de-marne.gouv.fr/booking/create/4963",
        "matched_text": "09:00",
        "simulated": False,
        "terms_sha256": sha256(b"terms"),
    }


def test_an_attempt_without_a_visit_has_no_sentence() -> None:
    derived = derive(Kind.ATTEMPT, 7, "unused", build_record(CONTEXT, Visit(outcome=Outcome.MISSED, reason="asleep")))
    assert derived is not None
    assert (derived[1]["matched_text"], derived[1]["reason"]) == (None, "asleep")


def test_every_object_that_an_attempt_names_is_found_with_its_size() -> None:
    record = build_record(CONTEXT, VISIT)
    assert {item["sha256"] for item in find_artefacts(record)} == {
        sha256(b"page 1"),
        sha256(b"page 2"),
        sha256(b"terms page"),
    }
    assert dict(find_objects(record)) == {
        sha256(b"page 1"): 6,
        sha256(b"page 2"): 6,
        sha256(b"terms page"): 10,
        sha256(b"robots"): None,
    }


def test_kinds_without_rows_derive_nothing() -> None:
    for kind in (Kind.STATION, Kind.HANDOVER, Kind.ANCHOR, Kind.FILING, Kind.ERASURE, Kind.JOURNAL):
        assert derive(kind, 1, "unused", {"format": 1}) is None


def test_a_notice_is_listed_by_its_procedure_time_and_outcome() -> None:
    derived = derive(Kind.NOTICE, 7, "unused", build_record(CONTEXT, VISIT))
    assert derived is not None
    table, row = derived
    assert table.name == "notice"
    assert row == {
        "sequence": 7,
        "procedure": "creteil",
        "at": "2026-11-23T07:12:33.000Z",
        "outcome": "slot_seen",
        "simulated": False,
    }


@pytest.mark.parametrize(
    ("kind", "record"),
    [
        (Kind.ATTEMPT, {}),
        (Kind.NOTICE, {"procedure": "creteil"}),
        (Kind.ATTEMPT, {"procedure": "creteil"}),
        (Kind.PLAN, {"procedure": "creteil", "day": "2026-11-23", "times": ["tomorrow"], "replaces": None}),
        (Kind.UNFOLLOW, {"case": "x"}),
    ],
)
def test_a_record_that_lacks_what_its_kind_must_say_is_refused(kind: Kind, record: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="not a record of kind"):
        derive(kind, 1, "unused", record)


def test_the_procedure_of_a_record_is_where_its_kind_says_it() -> None:
    assert procedure_of(Kind.ATTEMPT, {"procedure": {"id": "a"}}) == "a"
    assert procedure_of(Kind.NOTICE, {"procedure": {"id": "c"}}) == "c"
    assert procedure_of(Kind.PLAN, {"procedure": "b"}) == "b"
    assert procedure_of(Kind.STATION, {}) is None
