"""The chain, to the byte: what one entry is, and what a changed register says."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.chain import (
    FIRST_PREVIOUS,
    Entry,
    EntryFields,
    build_line,
    build_secrets,
    build_subject,
    check_chain,
    parse_line,
)
from temoin.canonical import Digest, canonical_bytes, sha256
from temoin.records import Kind

STATION = "00c0ffee00c0ffee"
FIELDS = EntryFields(
    sequence=1,
    at=datetime(2026, 11, 23, 7, 12, 33, 481_000, tzinfo=UTC),
    kind=Kind.ATTEMPT,
    previous=FIRST_PREVIOUS,
    record=Digest("ab" * 32),
    station=STATION,
    subject=None,
)


def _chain(length: int) -> list[bytes]:
    lines: list[bytes] = []
    for sequence in range(1, length + 1):
        previous = sha256(lines[-1]) if lines else FIRST_PREVIOUS
        lines.append(build_line(replace(FIELDS, sequence=sequence, previous=previous)))
    return lines


def _messages(lines: list[bytes]) -> list[str]:
    return [finding.message for finding in check_chain(lines)]


def test_a_line_has_these_very_bytes_and_this_digest() -> None:
    line = build_line(FIELDS)
    assert line == (
        b'{"at":"2026-11-23T07:12:33.481Z","format":1,"kind":"attempt","previous":"' + b"0" * 64 + b'",'
        b'"record":"' + b"ab" * 32 + b'","sequence":1,"station":"00c0ffee00c0ffee","subject":null}'
    )
    assert sha256(line) == "026a17f301e7fe30b9ed08f577068c216c49a21f40425695087158dd98207dca"


def test_a_subject_is_the_digest_of_the_secret_a_colon_and_the_id() -> None:
    # printf '%s' "0…0:creteil" | sha256sum
    assert build_subject("creteil", "0" * 64) == sha256(b"0" * 64 + b":creteil")
    assert build_subject("creteil", "0" * 64) == "cb3be90b2dbb2108f19e839550f60774f7def9849b36dd150cdf839e4a5f009c"


def test_secrets_are_sorted_and_carry_their_subject() -> None:
    found = build_secrets([("b", "2" * 64), ("a", "1" * 64)])
    assert found["format"] == 1
    assert [line["procedure"] for line in found["subjects"]] == ["a", "b"]
    assert found["subjects"][0]["subject"] == build_subject("a", "1" * 64)


@given(
    sequence=st.integers(1, 2**53 - 1),
    at=st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - given a zone
    kind=st.sampled_from(Kind),
    digest=st.text("0123456789abcdef", min_size=64, max_size=64),
    subject=st.none() | st.text("0123456789abcdef", min_size=64, max_size=64),
)
def test_a_line_reads_back_as_what_it_was_built_from(
    sequence: int, at: datetime, kind: Kind, digest: str, subject: str | None
) -> None:
    fields = EntryFields(
        sequence=sequence,
        at=at.replace(microsecond=at.microsecond // 1000 * 1000),
        kind=kind,
        previous=Digest(digest),
        record=Digest(digest[::-1]),
        station=STATION,
        subject=None if subject is None else Digest(subject),
    )
    entry = parse_line(build_line(fields))
    assert {name: getattr(entry, name) for name in EntryFields.__slots__} == {
        name: getattr(fields, name) for name in EntryFields.__slots__
    }
    assert list(check_chain([])) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("at", "2026-11-23T07:12:33Z"),
        ("at", "2026-11-23T08:12:33.481+01:00"),
        ("at", 7),
        ("format", 2),
        ("format", True),
        ("kind", "opinion"),
        ("kind", ["attempt"]),
        ("previous", "AB" * 32),
        ("record", "ab" * 31),
        ("sequence", 0),
        ("sequence", "1"),
        ("sequence", True),
        ("station", "poste-1"),
        ("subject", ""),
    ],
)
def test_a_wrong_value_is_named(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"wrong value of {field}"):
        parse_line(_with(field, value))


def _with(field: str, value: object) -> bytes:
    entry = parse_line(build_line(FIELDS))
    changed: dict[str, Any] = {
        "at": "2026-11-23T07:12:33.481Z",
        "format": 1,
        "kind": "attempt",
        "previous": entry.previous,
        "record": entry.record,
        "sequence": 1,
        "station": STATION,
        "subject": None,
    }
    changed[field] = value
    return canonical_bytes(changed)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"", "not JSON"),
        (b"[" * 1000, "not JSON"),
        (b"[1]", "not a JSON object"),
        (b"\xff", "not JSON"),
        (_with("name", "x"), "its fields are not those of an entry"),
        (b" " + build_line(FIELDS), "not in canonical form"),
        (build_line(FIELDS) + b"\n", "not in canonical form"),
        (build_line(FIELDS).replace(b'"format":1', b'"format":1,"format":1'), "not in canonical form"),
        (b" " * 2000, "longer than any entry"),
    ],
)
def test_what_is_not_an_entry_to_the_byte_is_refused(line: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_line(line)


def test_a_whole_chain_has_no_finding() -> None:
    assert _messages(_chain(50)) == []


def test_a_missing_middle_line_is_told_once() -> None:
    lines = _chain(6)
    del lines[2]
    assert _messages(lines) == [
        "line 3: sequence 4 stands where 3 was expected",
        "line 3: entry 4 does not follow from the line before it",
    ]


def test_two_lines_that_changed_places_are_told() -> None:
    lines = _chain(5)
    lines[1], lines[2] = lines[2], lines[1]
    assert "line 2: sequence 3 stands where 2 was expected" in _messages(lines)
    assert "line 3: sequence 2 stands where 4 was expected" in _messages(lines)


def test_a_changed_line_no_longer_agrees_with_the_next() -> None:
    lines = _chain(5)
    lines[2] = lines[2].replace(b'"kind":"attempt"', b'"kind":"journal"')
    assert _messages(lines) == ["line 4: entry 4 does not follow from the line before it"]


def test_a_line_of_another_station_is_told() -> None:
    lines = _chain(2)
    other = replace(FIELDS, sequence=3, previous=sha256(lines[-1]), station="f" * 16)
    assert _messages([*lines, build_line(other)]) == ["line 3: entry 3 is of another station"]


def test_a_register_rewritten_to_its_end_agrees_and_only_its_last_digest_tells() -> None:
    """What docs/format.md §3 says that the chain cannot do."""
    lines, rewritten = _chain(4), _chain(2)
    for sequence in (3, 4):
        fields = replace(FIELDS, sequence=sequence, previous=sha256(rewritten[-1]), record=Digest("cd" * 32))
        rewritten.append(build_line(fields))
    assert _messages(rewritten) == []
    assert sha256(rewritten[-1]) != sha256(lines[-1])


def test_an_entry_gives_the_digest_that_the_next_one_names() -> None:
    first, second = map(parse_line, _chain(2))
    assert isinstance(first, Entry)
    assert second.previous == first.digest
