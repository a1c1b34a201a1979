"""Was this visitor served as others are? What makes a proof doubtful, and the control page (DESIGN §7, docs/adr/0019).

Some booking sites answer a visitor whom they dislike with an empty calendar, which looks like our proof. So a proof is
kept and not counted where the way to it was not served normally, or where the host, asked for another of its pages in
the same visit, refuses. The other way round it proves little: a control page that loads shows only that the host
answered (DESIGN §3.10).
"""

from collections.abc import Sequence
from enum import StrEnum

from capture.facts import PageFacts
from capture.outcome import classify
from capture.profile import SiteProfile
from temoin.canonical import Json
from temoin.records import CONTROL_FAILED, STEPS_NOT_SERVED, Outcome

FIRST_ERROR = 400  # RFC 9110 §15.5
GONE = frozenset({404, 410})  # no such page any more: the profile is old, which says nothing of this visitor
NOT_AS_KNOWN = "not_as_known"
REFUSALS = frozenset({Outcome.BLOCKED, Outcome.CAPTCHA_REQUIRED, Outcome.OVERLOADED, Outcome.MAINTENANCE})


class ControlState(StrEnum):
    """What came of asking for the control page."""

    SERVED = "served"
    FAILED = "failed"
    UNKNOWN = "unknown"  # not asked for, gone, or led elsewhere: says nothing


def find_doubt(navigation: Sequence[Json], control: Json | None) -> str | None:
    """Why a proof is not counted; None where nothing speaks against it. Pure."""
    if any(int(step["status"]) >= FIRST_ERROR for step in navigation):
        return STEPS_NOT_SERVED
    failed = control is not None and control["state"] == ControlState.FAILED.value
    return CONTROL_FAILED if failed else None


def judge_control(facts: PageFacts, profile: SiteProfile) -> tuple[ControlState, str | None]:
    """What the control page shows, and why where it is not simply served. Pure."""
    if facts.status in GONE:
        return ControlState.UNKNOWN, f"http_{facts.status}"
    outcome = classify(facts, profile, asked="").outcome
    if outcome in REFUSALS:
        return ControlState.FAILED, outcome.value
    if facts.status is None or facts.status >= FIRST_ERROR:
        return ControlState.FAILED, "no_status" if facts.status is None else f"http_{facts.status}"
    wanted = "" if profile.control is None else profile.control.present
    if wanted and not facts.seen(wanted):
        return ControlState.FAILED, NOT_AS_KNOWN
    return ControlState.SERVED, None
