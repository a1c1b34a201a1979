"""Which proofs are kept and not counted, and why (docs/adr/0019)."""

import pytest

from capture.doubt import ControlState, find_doubt, judge_control
from capture.facts import PageFacts
from capture.profile import load_profile, parse_profile
from temoin.errors import ConfigError
from temoin.records import DOUBTS, PROOFS, Outcome, is_proof

PROFILE = b"""
name = "essai"
hosts = "rdv[.]exemple"
path = "/rdv/1"
[control]
path = "/horaires"
present = "#horaires"
[[signs]]
outcome = "no_slot"
selector = "p"
texts = ["Aucun rendez-vous."]
"""
STEP = {"at": "2026-11-23T07:12:33.000Z", "method": "GET", "url": "https://rdv.exemple/rdv/1"}


def steps(*statuses: int) -> list[dict[str, object]]:
    return [{**STEP, "status": status} for status in statuses]


@pytest.mark.parametrize(
    ("statuses", "state", "doubt"),
    [
        ((200,), None, None),
        ((200, 302, 200), "served", None),
        ((200, 200), "unknown", None),
        ((200, 200), "failed", "control_failed"),
        ((503, 200), None, "steps_not_served"),
        ((403, 302, 200), "failed", "steps_not_served"),
        ((429, 200), "served", "steps_not_served"),
    ],
)
def test_a_proof_is_doubted_for_its_way_or_its_control(
    statuses: tuple[int, ...], state: str | None, doubt: str | None
) -> None:
    assert find_doubt(steps(*statuses), None if state is None else {"state": state}) == doubt


def test_only_a_proof_without_doubt_counts() -> None:
    for outcome in Outcome:
        assert is_proof(outcome, None) is (outcome in PROOFS)
        assert not any(is_proof(outcome, doubt) for doubt in DOUBTS)


@pytest.mark.parametrize(
    ("facts", "state", "reason"),
    [
        (PageFacts(url="https://rdv.exemple/horaires", status=200), ControlState.FAILED, "not_as_known"),
        (PageFacts(url="https://rdv.exemple/horaires", status=403), ControlState.FAILED, "blocked"),
        (PageFacts(url="https://rdv.exemple/horaires", status=429), ControlState.FAILED, "blocked"),
        (PageFacts(url="https://rdv.exemple/horaires", status=503), ControlState.FAILED, "overloaded"),
        (PageFacts(url="https://rdv.exemple/horaires", status=500), ControlState.FAILED, "http_500"),
        (PageFacts(url="https://rdv.exemple/horaires", status=404), ControlState.UNKNOWN, "http_404"),
        (PageFacts(url="https://rdv.exemple/horaires", status=410), ControlState.UNKNOWN, "http_410"),
        (PageFacts(url="https://rdv.exemple/horaires", status=None), ControlState.FAILED, "no_status"),
    ],
)
def test_a_refusal_fails_and_a_page_that_is_gone_says_nothing(
    facts: PageFacts, state: ControlState, reason: str
) -> None:
    assert judge_control(facts, parse_profile(PROFILE, source="essai.toml")) == (state, reason)


def test_without_an_element_to_look_for_a_page_that_is_served_is_enough() -> None:
    facts = PageFacts(url="https://rdv.anct.gouv.fr/", status=200)
    assert judge_control(facts, load_profile("rdv-service-public")) == (ControlState.SERVED, None)


def test_the_control_page_is_on_the_host_that_was_asked() -> None:
    profile = parse_profile(PROFILE, source="essai.toml")
    assert profile.control_of("https://rdv.exemple/rdv/1?a=b") == "https://rdv.exemple/horaires"
    assert load_profile("ezbooking").control_of("https://rdv.exemple/rdv/1") is None
    for path in ("horaires", "//ailleurs.exemple/", "https://ailleurs.exemple/", "/a#b", "/\\\\ailleurs.exemple"):
        with pytest.raises(ConfigError, match="cannot be read"):
            parse_profile(PROFILE.replace(b'"/horaires"', repr(path).encode()), source="essai.toml")
