"""Where one visit has got to, and what it makes of it: shared by all visits, with or without a person."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

from playwright.sync_api import Error, Page

from capture.announced import find_announced
from capture.boundary import Boundary
from capture.browser import BrowserSession, first_line
from capture.choices import Offered
from capture.doubt import find_doubt
from capture.facts import MAX_BODY, PageFacts
from capture.look import Looker
from capture.outcome import Verdict
from capture.pictures import Shot, photograph_terms
from capture.profile import PageRule, SiteProfile
from capture.request import VisitRequest
from capture.watchdog import Watchdog
from temoin.canonical import Digest, Json, sha256
from temoin.records import PROOFS, Artefact, Outcome, Part, Role, Visit, combined_outcome

_FAILURES = {
    "net::ERR_BLOCKED_BY_CLIENT": (Outcome.UNRECOGNISED, "stopped_at_boundary"),
    "net::ERR_TOO_MANY_REDIRECTS": (Outcome.UNREACHABLE, "redirect_loop"),
    "net::ERR_NAME_NOT_RESOLVED": (Outcome.UNREACHABLE, "dns"),
    "net::ERR_INTERNET_DISCONNECTED": (Outcome.UNREACHABLE, "no_network"),
    "net::ERR_NETWORK_CHANGED": (Outcome.UNREACHABLE, "no_network"),
    "net::ERR_TIMED_OUT": (Outcome.UNREACHABLE, "timeout"),
    "net::ERR_CONNECTION_TIMED_OUT": (Outcome.UNREACHABLE, "timeout"),
}


@dataclass(slots=True, kw_only=True)
class Way:
    """Where one visit has got to."""

    session: BrowserSession
    request: VisitRequest
    looker: Looker
    watchdog: Watchdog
    deadline: float
    parts: list[Part] = field(default_factory=list)
    shots: dict[str, Shot] = field(default_factory=dict)  # by part: the frames may still be being drawn
    terms_digest: Digest | None = None
    terms_artefacts: tuple[Artefact, ...] = ()
    announced: str | None = None
    offered: tuple[Offered, ...] = ()
    seen_offers: tuple[Offered, ...] = ()
    reason: str | None = None

    @property
    def page(self) -> Page:
        """The visit's page."""
        return self.looker.page

    @property
    def profile(self) -> SiteProfile:
        """What is known of the platform."""
        return self.request.profile

    def left(self, seconds: float) -> float:
        """``seconds``, or what is left of the visit."""
        return max(0.0, min(seconds, self.deadline - time.monotonic()))


@contextmanager
def under_way(session: BrowserSession, request: VisitRequest, boundary: Boundary) -> Iterator[Way]:
    """A visit without a person, under ``boundary`` and within its time; its page is closed at the end.

    Raises:
        BrowserError: the browser could not open a page at all.
    """
    session.guard.watch(boundary)
    watchdog = Watchdog(session.pid, step=request.timing.step, whole=request.timing.visit)
    with session.page(timezone=request.timezone, url=request.url) as page, watchdog:
        looker = Looker(page=page, profile=request.profile, grabber=session.grabber(), now=request.now)
        looker.attach()
        deadline = time.monotonic() + request.timing.visit
        yield Way(session=session, request=request, looker=looker, watchdog=watchdog, deadline=deadline)


def open_asked(way: Way) -> Verdict | None:
    """Go to the address asked, after a person's pause; a verdict only when it did not come through."""
    pause(way)
    try:
        way.page.goto(way.request.url, wait_until="commit", timeout=way.left(way.request.timing.step) * 1000 + 1)
    except Error as error:
        verdict = failed_navigation(way, first_line(error))
        _stop_loading(way)
        return verdict
    return None


def _stop_loading(way: Way) -> None:
    """A navigation that is still pending would hold up every look at what is there."""
    session = way.page.context.new_cdp_session(way.page)
    with suppress(Error):  # nothing was loading any more: an error page stands there
        session.send("Page.stopLoading")
    session.detach()


def pause(way: Way) -> None:
    """A person's pace: a little while before each step, never the same."""
    low, high = way.request.timing.pace
    if high > 0:
        way.page.wait_for_timeout(way.left(random.uniform(low, high)) * 1000)  # noqa: S311 - a pace, not a secret


def trouble(way: Way, error: Error) -> str:
    """Why the page or the browser went away under the visit: our own trouble, never told as the site's outage."""
    if way.session.guard.spent:
        return "too_many_requests"
    stuck = way.watchdog.fired or way.left(1) <= 0 or "Timeout" in first_line(error)
    return "page_hung" if stuck else "browser_stopped"


def failed_navigation(way: Way, words: str) -> Verdict:
    """The verdict of a navigation that did not come through."""
    if way.session.guard.spent:
        return _spent(way)
    if "Download is starting" in words:  # Playwright's words; the network's own are only "aborted"
        return happened(Outcome.UNRECOGNISED, "download")
    failure = way.looker.failure or words
    for known, (outcome, reason) in _FAILURES.items():
        if known in failure:
            return happened(outcome, reason)
    if "Timeout" in failure:
        return happened(Outcome.UNREACHABLE, "timeout")
    if "ERR_CERT" in failure or "ERR_SSL" in failure:
        return happened(Outcome.UNREACHABLE, "tls")
    return happened(Outcome.UNREACHABLE, "connection")


def _spent(way: Way) -> Verdict:
    """The guard's bound was met: a redirect loop if the site only ever sent the visit on, else the page's doing."""
    statuses = [int(step["status"]) for step in way.looker.navigation]
    if len(statuses) > 1 and all(300 <= status < 400 for status in statuses):  # noqa: PLR2004 - RFC 9110 §15.4
        return happened(Outcome.UNREACHABLE, "redirect_loop")
    return happened(Outcome.UNRECOGNISED, "too_many_requests")


def happened(outcome: Outcome, reason: str) -> Verdict:
    """A verdict of what happened, not of what the page says."""
    return Verdict(outcome=outcome, reason=reason, of_page=False)


def note_terms(way: Way, facts: PageFacts) -> None:
    """Hash the conditions' text the first time it is seen in this visit; never an empty text, nor a part of one."""
    for rule in way.profile.pages:
        if rule.terms and way.terms_digest is None and facts.ready and facts.elements.get(rule.present):
            text = terms_text(facts, rule)
            if not text:
                continue
            way.terms_digest = sha256(text.encode())
            if way.request.terms_expected is None:
                still_there = partial(_still_reads, way.looker, rule, text)
                way.terms_artefacts = photograph_terms(way.looker, text, still_there=still_there)


def _still_reads(looker: Looker, rule: PageRule, text: str) -> bool:
    facts = looker.look()
    return facts is not None and terms_text(facts, rule) == text


def terms_text(facts: PageFacts, rule: PageRule) -> str:
    """The conditions as hashed: the element's visible text, white space single; empty where it is not all read."""
    found = [element.text for element in facts.elements.get(rule.terms, ())[:1]]
    return "\n".join(" ".join(text.split()) for text in found if len(text) <= MAX_BODY)


def note_announced(way: Way, facts: PageFacts) -> None:
    """Keep the first announcement of new appointments that the page makes."""
    way.announced = way.announced or find_announced(facts.body, way.request.timezone)


def finish(way: Way, *, started: float) -> Visit:
    """All of it, as one value."""
    outcome = combined_outcome(tuple(part.outcome for part in way.parts))
    return Visit(
        outcome=outcome,
        url_final=way.looker.frame().url,
        navigation=tuple(way.looker.navigation),
        profile=way.profile.to_json(),
        parts=tuple(way.parts),
        http=way.looker.http(),
        environment=surroundings(way.session, tuple(a for part in way.parts for a in part.artefacts)),
        guard_stopped=way.session.guard.stopped,
        terms_text_sha256=way.terms_digest,
        terms_artefacts=way.terms_artefacts,
        announced_opening=way.announced,
        offered=tuple({"value": offer.value, "label": offer.label} for offer in way.seen_offers),
        reason=find_doubt(way.looker.navigation, None) if outcome in PROOFS else way.reason,
        retry_after=way.looker.retry_after(),
        duration_ms=round((time.monotonic() - started) * 1000),
    )


def surroundings(session: BrowserSession, pictures: tuple[Artefact, ...]) -> Json:
    """The environment, with the view that the pictures really have: a window that could not be had is said."""
    pictured = any(artefact.role is Role.WINDOW for artefact in pictures)
    environment = session.environment()
    return environment if pictured else {**environment, "view": "page"}
