"""One look at the préfecture's page that sends people to the booking site: read, photographed, left (docs/adr/0010).

A visit like the others (same guard, same bounds, a context of its own), with less to it: no step, no click, nothing
but GET, and nothing of any booking site, whose addresses are out of bounds here. What the page says is not judged:
it is kept. What is judged is whether it is there at all, and whether a link of it leads to the booking address.
"""

import re
import time
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from urllib.parse import SplitResult, urlsplit

from playwright.sync_api import Error
from typing_extensions import override

from capture.boundary import STATIC_TYPES, Boundary, Outgoing, Reason
from capture.browser import BrowserSession
from capture.facts import PageFacts
from capture.links import Anchor, find_link
from capture.look import ERROR_SCHEME
from capture.outcome import OK_STATUS, Verdict, classify
from capture.pictures import photograph_as_it_stands
from capture.profile import SiteProfile, load_profile, shipped_profiles
from capture.request import Timing, VisitRequest
from capture.visit import FIRST_POLL_SECONDS, POLL_SECONDS, SHOTS
from capture.way import Way, failed_navigation, open_asked, surroundings, trouble, under_way
from temoin.notice import NoticeLink, NoticeOutcome, NoticeVisit

STEP_SECONDS, ANSWER_SECONDS, WHOLE_SECONDS = 20.0, 15.0, 60.0  # it comes before an attempt, and must not eat its time
MAX_ANCHORS = 2_000
MAX_TITLE = 300

READ_LINKS = """
(most) => ({
  done: document.readyState === 'complete',
  anchors: [...document.querySelectorAll('a[href], area[href]')].slice(0, most).map((e) => ({
    href: String(e.href).slice(0, 4000),
    text: (e.innerText || e.getAttribute('aria-label') || e.title || e.alt || '').slice(0, 1000),
    visible: e.checkVisibility({opacityProperty: true, visibilityProperty: true}),
  })),
})
"""

# These end the look at once: nothing more is asked of the site.
FINAL = frozenset({NoticeOutcome.CAPTCHA_REQUIRED, NoticeOutcome.BLOCKED})
# The words are those of ``Outcome``; a page's signs know no others (``page_profile``).
_OUTCOMES = {outcome.value: outcome for outcome in NoticeOutcome}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """One look: what the page shows, its links, and whether all of it is there."""

    facts: PageFacts | None
    link: NoticeLink
    done: bool = False

    @property
    def still(self) -> bool:
        """Whether nothing of it is on its way any more."""
        return self.facts is not None and self.done and self.facts.ready and not self.facts.busy


class NoticeBoundary(Boundary):
    """What may leave on a page that is only read: its own host and pictures by GET, no address of any booking site.

    The page asked for may send on to another address of its host; to another host it may not, since robots.txt and
    the lease were asked of this one.
    """

    __slots__ = ()

    @override
    def judge(self, request: Outgoing) -> Reason | None:
        return super().judge(request) if request.method == "GET" else "method"

    @override
    def _reading(self, request: Outgoing, parts: SplitResult) -> Reason | None:
        if request.kind in STATIC_TYPES or not self._booking(parts) or self._known(request, parts):
            return super()._reading(request, parts)
        return "past_availability" if self._of_the_booking(parts) else None


def timing_for(timing: Timing) -> Timing:
    """The bounds of a visit, shortened to those of a look at a page."""
    return replace(
        timing,
        step=min(timing.step, STEP_SECONDS),
        answer=min(timing.answer, ANSWER_SECONDS),
        visit=min(timing.visit, WHOLE_SECONDS),
    )


@cache
def page_profile() -> SiteProfile:
    """What is known of any page: the signs of a refusal, a captcha, an outage; no proof, no address."""
    return load_profile("generic")


@cache
def _booking_addresses() -> tuple[str, ...]:
    """Every address that a shipped profile knows as a booking's, or as past availability."""
    profiles = [load_profile(name) for name in shipped_profiles()]
    return tuple(pattern for profile in profiles for pattern in (profile.path, *profile.beyond) if pattern)


def boundary_for(request: VisitRequest, *, booking: str) -> NoticeBoundary:
    """The rules of the look: every booking platform's addresses, and ``booking``, are out of bounds."""
    patterns = (*_booking_addresses(), re.escape(_target(booking)))
    beyond = tuple(pattern for pattern in patterns if re.fullmatch(pattern, _target(request.url)) is None)
    profile = page_profile().model_copy(update={"beyond": beyond})
    return NoticeBoundary(profile=profile, asked=request.url, allows_robot=request.allows_robot)


def _target(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def look_at_notice(session: BrowserSession, request: VisitRequest, *, booking: str) -> NoticeVisit:
    """Look at the page that ``request`` names, and give back all that was seen; never anything of ``booking``.

    Raises:
        BrowserError: the browser could not open a page at all.
    """
    started = time.monotonic()
    asked = replace(request, profile=page_profile(), timing=timing_for(request.timing))
    with under_way(session, asked, boundary_for(asked, booking=booking)) as way:
        try:
            visit = _seen_and_photographed(way, booking)
        except Error as error:
            visit = NoticeVisit(outcome=NoticeOutcome.UNRECOGNISED, reason=trouble(way, error))
        return replace(
            visit,
            link=visit.link if visit.outcome is NoticeOutcome.SHOWN else NoticeLink(path=(asked.url,)),
            url_final=way.page.url,
            navigation=tuple(way.looker.navigation),
            http=way.looker.http(),
            environment=surroundings(session, visit.artefacts),
            guard_stopped=session.guard.stopped,
            retry_after=way.looker.retry_after(),
            duration_ms=round((time.monotonic() - started) * 1000),
        )


def _seen_and_photographed(way: Way, booking: str) -> NoticeVisit:
    """The page as it stood before and after its pictures, which must agree."""
    failed = open_asked(way)
    if failed is not None:
        return _nothing(way, failed)
    seen = _settle(way, booking)
    visit = NoticeVisit(outcome=NoticeOutcome.UNRECOGNISED, reason="page_changing")
    for _round in range(SHOTS):
        failed = _gone(way, seen)
        if failed is not None:
            return _nothing(way, failed)
        outcome, reason = judge_page(seen.facts, seen.link)
        if outcome in FINAL:
            way.session.guard.close()
        way.watchdog.beat()
        visit = replace(visit, artefacts=photograph_as_it_stands(way.looker))
        after = _look(way, booking)
        if _says(after) == _says(seen):
            return replace(visit, outcome=outcome, reason=reason, link=seen.link, title=_title(seen.facts))
        seen = after
    return visit


def _nothing(way: Way, verdict: Verdict) -> NoticeVisit:
    """No page came: what the browser shows instead is photographed all the same."""
    outcome = _OUTCOMES[verdict.outcome.value]
    return NoticeVisit(outcome=outcome, reason=verdict.reason, artefacts=photograph_as_it_stands(way.looker))


def _gone(way: Way, seen: _Seen) -> Verdict | None:
    """The verdict of a page that did not come through, or asked for more than a page needs."""
    if way.session.guard.spent:
        return failed_navigation(way, "")
    if seen.facts is None and (way.looker.failure or way.page.url.startswith(ERROR_SCHEME)):
        return failed_navigation(way, way.looker.failure or "")
    return None


def _settle(way: Way, booking: str) -> _Seen:
    """Wait until the page is all there and has stood for a while; for as long as an answer may take, no longer."""
    until = time.monotonic() + way.left(way.request.timing.answer)
    pause, since = FIRST_POLL_SECONDS, time.monotonic()
    while True:
        way.watchdog.beat()
        seen = _look(way, booking)
        now = time.monotonic()
        if not seen.still:
            since = now
        if _gone(way, seen) or now > until or (seen.still and now - since >= way.request.timing.settle):
            return seen
        way.page.wait_for_timeout(pause * 1000)
        pause = min(2 * pause, POLL_SECONDS)


def _look(way: Way, booking: str) -> _Seen:
    facts = way.looker.look()
    if facts is None:
        return _Seen(facts=None, link=NoticeLink())
    raw: dict[str, Any] = way.page.evaluate(READ_LINKS, MAX_ANCHORS)
    anchors = (Anchor(**found) for found in raw["anchors"])
    link = find_link(anchors, booking=booking, page=facts.url.split("#", 1)[0])
    return _Seen(facts=facts, link=link, done=raw["done"])


def _says(seen: _Seen) -> tuple[object, ...]:
    """What must be the same before and after the pictures; a page may well move otherwise."""
    url = None if seen.facts is None else seen.facts.url
    return url, seen.link, judge_page(seen.facts, seen.link)


def _title(facts: PageFacts | None) -> str | None:
    return None if facts is None else " ".join(facts.title.split())[:MAX_TITLE]


def judge_page(facts: PageFacts | None, link: NoticeLink) -> tuple[NoticeOutcome, str | None]:
    """Whether the page is there, and why not.

    A page answered by 200 that links to the booking is the one looked for, whatever else stands on it (a captcha
    beneath a contact form, a word about maintenance).
    """
    if facts is None:
        return NoticeOutcome.UNREACHABLE, "timeout"
    verdict = classify(facts, page_profile())
    if verdict.decided and not (facts.status == OK_STATUS and link.found):
        return _OUTCOMES[verdict.outcome.value], verdict.reason
    return _present(facts)


def _present(facts: PageFacts) -> tuple[NoticeOutcome, str | None]:
    if facts.status != OK_STATUS:
        return NoticeOutcome.UNRECOGNISED, "no_status" if facts.status is None else f"http_{facts.status}"
    if not facts.ready:
        return NoticeOutcome.UNRECOGNISED, "still_loading"
    if not facts.body.strip():
        return NoticeOutcome.UNRECOGNISED, "blank"
    return NoticeOutcome.SHOWN, None
