"""The control page, asked for once the answer is photographed (docs/adr/0019); ``capture.doubt`` judges it."""

import time
from dataclasses import replace

from playwright.sync_api import Error

from capture.browser import first_line
from capture.doubt import NOT_AS_KNOWN, ControlState, find_doubt, judge_control
from capture.facts import PageFacts
from capture.way import Way, failed_navigation, pause
from temoin.canonical import Json
from temoin.clock import utc_text
from temoin.records import PROOFS, Outcome, Visit

POLL_SECONDS = 0.1
PATIENCE = 2.0  # seconds that the visit must have left for one page more


def controlled(way: Way, visit: Visit) -> Visit:
    """The visit with what its control page said; as it is where it is no proof, or the profile knows no such page."""
    url = way.profile.control_of(way.request.url)
    if url is None or visit.outcome not in PROOFS:
        return visit
    control = _ask(way, url)
    return replace(
        visit,
        control=control,
        reason=find_doubt(visit.navigation, control),
        guard_stopped=way.session.guard.stopped,
        retry_after=way.looker.retry_after() if control["state"] == ControlState.FAILED.value else visit.retry_after,
    )


def _ask(way: Way, url: str) -> Json:
    at, before = utc_text(way.request.now()), len(way.looker.navigation)
    state, reason = ControlState.UNKNOWN, None
    if not way.request.allows_robot(url):
        reason = "robots"
    elif way.left(PATIENCE) < PATIENCE:
        reason = "no_time"
    else:
        state, reason = _opened(way, url)
    statuses = [int(step["status"]) for step in way.looker.navigation[before:]]
    return {
        "at": at,
        "reason": reason,
        "state": state.value,
        "status": statuses[-1] if statuses else None,
        "url": url,
    }


def _opened(way: Way, url: str) -> tuple[ControlState, str | None]:
    way.session.guard.control(url)
    pause(way)
    try:
        way.page.goto(url, wait_until="commit", timeout=way.left(way.request.timing.step) * 1000 + 1)
        facts = _settled(way)
    except Error as error:
        return _not_opened(way, first_line(error))
    if facts is None:
        return _not_opened(way, way.looker.failure or "")
    return judge_control(facts, way.profile)


def _not_opened(way: Way, words: str) -> tuple[ControlState, str | None]:
    """A host that does not answer has failed; what our own guard stopped, or a page gone astray, says nothing."""
    verdict = failed_navigation(way, words)
    failed = verdict.outcome is Outcome.UNREACHABLE and way.session.alive
    return ControlState.FAILED if failed else ControlState.UNKNOWN, verdict.reason


def _settled(way: Way) -> PageFacts | None:
    """The page once it is all there; what is known of it is waited for, as an answer is."""
    until = time.monotonic() + way.left(way.request.timing.answer)
    while True:
        way.watchdog.beat()
        facts = way.looker.look()
        if facts is not None and facts.ready and judge_control(facts, way.profile)[1] != NOT_AS_KNOWN:
            return facts
        if time.monotonic() > until:
            return facts
        way.page.wait_for_timeout(POLL_SECONDS * 1000)
