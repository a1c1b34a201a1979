"""Readers fed with what nobody wrote by hand: the bounded share. ``make soak`` feeds them a hundred thousand."""

from datetime import timedelta
from pathlib import Path

import pytest

from exhibits.export import ExportRequest, export
from exhibits.verify_bundle import verify_bundle
from store.chain import parse_line
from store.pinned import read_roots
from store.tokens import Trust, build_request
from temoin.items import item_bytes
from temoin.records import Kind, Outcome
from tests.added import SALT, content
from tests.authority import Answers, Authority, Pki
from tests.court_case import record_notice
from tests.exhibit_case import CASE, START, Try, fill, open_case, part, settings, with_frames
from tests.fuzz import Answered, Target, feed, hold_bundle, targets

TOTAL = 1_000
BUNDLES = 25
SOAK_TOTAL = 100_000
SOAK_BUNDLES = 2_000
NAMES = (
    *("entry", "chain", "attempt", "notice", "item", "canonical"),
    *("configuration", "profile", "robots", "page", "address", "inventory", "token"),
)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small, valid bundle with an attempt that shows nothing free, a slot and a notice."""
    folder = tmp_path_factory.mktemp("fuzzed")
    shown = Try(at=START, parts=(part(salt="a"),))
    slot = Try(at=START + timedelta(hours=9), outcome=Outcome.SLOT_SEEN, parts=(part(outcome=Outcome.SLOT_SEEN),))
    with open_case(folder / "evidence") as store:
        record_notice(store, Try(at=START + timedelta(hours=1)))
        fill(store, [with_frames(one) for one in (shown, slot)])
        request = ExportRequest(case=CASE, out=folder / "out")
        made = export(store, settings(folder), request, now=START + timedelta(days=9)).path
    assert verify_bundle(made).status == "passed"
    return made


@pytest.fixture(scope="module")
def every(bundle: Path, pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Target]:
    """The readers by name, fed from that bundle's own records and lines."""
    proofs = bundle / "data" / "3_PREUVES"
    lines = (proofs / "registre.jsonl").read_bytes().splitlines()
    pictured = {parse_line(line).sequence for line in lines if parse_line(line).kind in {Kind.ATTEMPT, Kind.NOTICE}}
    records = [(proofs / str(sequence) / "record.json").read_bytes() for sequence in sorted(pictured)]
    items = [item_bytes(content("Bonjour", b"%PDF"), SALT)]
    asked = build_request(lines[0]).as_bytes()
    ways = (Answers.GRANTS, Answers.REFUSES, Answers.UNSORTED)
    answered = Answered(
        message=lines[0],
        answers=tuple(Authority(pki=pki, answers=one).reply(asked) for one in ways),
        trust=Trust(roots=read_roots(pki.root)),
    )
    found = targets(tmp_path_factory.mktemp("fuzzing"), records, lines, items, answered)
    assert tuple(one.name for one in found) == NAMES
    return {one.name: one for one in found}


@pytest.mark.parametrize("name", NAMES)
def test_a_reader_answers_or_says_what_is_wrong(every: dict[str, Target], name: str) -> None:
    feed(every[name], TOTAL)


def test_a_damaged_bundle_is_reported_whatever_the_damage(bundle: Path) -> None:
    hold_bundle(bundle, BUNDLES)
    assert verify_bundle(bundle).status == "passed"  # put back as it was, else the next damage proves nothing


@pytest.mark.soak
@pytest.mark.parametrize("name", NAMES)
def test_a_reader_stands_its_share_of_a_hundred_thousand_inputs(every: dict[str, Target], name: str) -> None:
    assert sum(one.share for one in every.values()) == 1000  # so that all of them together get the whole
    feed(every[name], SOAK_TOTAL)


@pytest.mark.soak
def test_a_damaged_bundle_is_reported_two_thousand_times(bundle: Path) -> None:
    hold_bundle(bundle, SOAK_BUNDLES)
