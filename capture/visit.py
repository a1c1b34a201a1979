"""One unattended visit: the profile's allowed steps, one page after the other, until the answer or a stop.

Whatever the page does, the visit ends: 30 s a step, 5 minutes in all, and a watchdog that ends the browser if it no
longer answers. What comes out is always a ``Visit``; only a missing browser or display is an error.
"""

import random
import time
from dataclasses import dataclass, field, replace

from playwright.sync_api import Error, Page

from capture.boundary import Boundary
from capture.browser import BrowserSession, first_line
from capture.choices import ChoiceError, Offered, pick
from capture.facts import PageFacts
from capture.look import ERROR_SCHEME, Looker
from capture.outcome import Verdict, classify
from capture.pictures import Shot, photograph, photograph_terms, same_words
from capture.profile import PageRule, SiteProfile, Step
from capture.request import VisitRequest
from capture.watchdog import Watchdog
from temoin.canonical import Digest, Json, sha256
from temoin.records import PROOFS, Artefact, Outcome, Part, Visit, combined_outcome

POLL_SECONDS = 0.1
SHOTS = 3  # a page that changes while it is photographed is photographed again, at most this often

# These end the attempt at once, whatever choices are left: nothing more is asked of the site.
FINAL = frozenset({Outcome.SLOT_SEEN, Outcome.CAPTCHA_REQUIRED, Outcome.BLOCKED, Outcome.REFUSED})

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
class _Way:
    """Where one visit has got to."""

    session: BrowserSession
    request: VisitRequest
    looker: Looker
    watchdog: Watchdog
    deadline: float
    parts: list[Part] = field(default_factory=list)
    terms_digest: Digest | None = None
    terms_artefacts: tuple[Artefact, ...] = ()
    announced: str | None = None
    offered: tuple[Offered, ...] = ()
    reason: str | None = None

    @property
    def page(self) -> Page:
        return self.looker.page

    @property
    def profile(self) -> SiteProfile:
        return self.request.profile

    def left(self, seconds: float) -> float:
        """``seconds``, or what is left of the visit."""
        return max(0.0, min(seconds, self.deadline - time.monotonic()))


def perform(session: BrowserSession, request: VisitRequest) -> Visit:
    """Visit, unattended, and give back all that was seen.

    Raises:
        BrowserError: the browser could not open a page at all.
    """
    started = time.monotonic()
    session.guard.watch(Boundary(profile=request.profile, asked=request.url, allows_robot=request.allows_robot))
    watchdog = Watchdog(session.pid, step=request.timing.step, whole=request.timing.visit)
    with session.page(timezone=request.timezone) as page, watchdog:
        looker = Looker(page=page, profile=request.profile, grabber=session.grabber())
        looker.attach()
        deadline = time.monotonic() + request.timing.visit
        way = _Way(session=session, request=request, looker=looker, watchdog=watchdog, deadline=deadline)
        try:
            _all_parts(way)
        except Error as error:
            _broken_off(way, error)
        return finish(way, started=started)


def _all_parts(way: _Way) -> None:
    index = 0
    while True:
        part = _one_part(way, index)
        way.parts.append(part)
        index += 1
        if part.outcome in FINAL or index >= len(way.offered) or way.left(1) <= 0:
            return


def _one_part(way: _Way, index: int) -> Part:
    """One choice, from the address asked to its answer."""
    verdict = _open(way)
    done: set[str] = set()
    while verdict is None:
        verdict, rule = _settle(way, done)
        if verdict is None and rule is not None:
            done.add(rule.name)
            verdict = _handle(way, rule, index)
    way.reason = way.reason or verdict.reason
    return _photographed(way, verdict, index)


def _open(way: _Way) -> Verdict | None:
    _pause(way)
    try:
        way.page.goto(way.request.url, wait_until="commit", timeout=way.left(way.request.timing.step) * 1000 + 1)
    except Error as error:
        return _failed(way, first_line(error))
    return None


def _failed(way: _Way, words: str) -> Verdict:
    """The verdict of a navigation that did not come through."""
    failure = way.looker.failure or words
    for known, (outcome, reason) in _FAILURES.items():
        if known in failure:
            return Verdict(outcome=outcome, reason=reason)
    if "Download is starting" in failure:
        return Verdict(outcome=Outcome.UNRECOGNISED, reason="download")
    if "Timeout" in failure:
        return Verdict(outcome=Outcome.UNREACHABLE, reason="timeout")
    if "ERR_CERT" in failure or "ERR_SSL" in failure:
        return Verdict(outcome=Outcome.UNREACHABLE, reason="tls")
    return Verdict(outcome=Outcome.UNREACHABLE, reason="connection")


def _settle(way: _Way, done: set[str]) -> tuple[Verdict | None, PageRule | None]:
    """Wait until the page says something: an outcome, a failure, or a page on the way that is still to be handled."""
    until = time.monotonic() + way.left(way.request.timing.answer)
    last = Verdict(outcome=Outcome.UNREACHABLE, reason="timeout")
    while True:
        way.watchdog.beat()
        facts = way.looker.look()
        if facts is None and (way.looker.failure or way.page.url.startswith(ERROR_SCHEME)):
            return _failed(way, way.looker.failure or ""), None
        if facts is not None:
            last = classify(facts, way.profile)
            _note_terms(way, facts)
            if last.decided and facts.ready:
                return last, None
            rule = _next_rule(facts, way.profile, done)
            if rule is not None and not last.decided:
                return None, rule
        if time.monotonic() > until:
            return last, None
        way.page.wait_for_timeout(POLL_SECONDS * 1000)


def _next_rule(facts: PageFacts, profile: SiteProfile, done: set[str]) -> PageRule | None:
    if not facts.ready:
        return None
    for rule in profile.pages:
        if rule.steps and rule.name not in done and facts.seen(rule.present):
            return rule
    return None


def _note_terms(way: _Way, facts: PageFacts) -> None:
    """Hash the conditions' text the first time it is seen in this visit."""
    for rule in way.profile.pages:
        if rule.terms and way.terms_digest is None and facts.ready and facts.elements.get(rule.present):
            text = terms_text(facts, rule)
            way.terms_digest = sha256(text.encode())
            if way.request.terms_expected is None:
                way.terms_artefacts = photograph_terms(way.looker, text)


def terms_text(facts: PageFacts, rule: PageRule) -> str:
    """The conditions as hashed: the element's visible text, white space single, nothing else changed."""
    return "\n".join(" ".join(element.text.split()) for element in facts.elements.get(rule.terms, ())[:1])


def _handle(way: _Way, rule: PageRule, index: int) -> Verdict | None:
    """Do what the profile says on this page; a verdict only when it cannot be done."""
    expected = way.request.terms_expected
    if rule.terms and expected is not None and way.terms_digest != expected:
        return Verdict(outcome=Outcome.REFUSED, reason="terms_changed")
    _refuse_cookies(way)
    chosen: Offered | None = None
    if rule.choice:
        try:
            chosen = _choose(way, rule, index)
        except ChoiceError as error:
            return Verdict(outcome=Outcome.UNRECOGNISED, reason=error.reason)
    for step in rule.steps:
        _pause(way)
        try:
            _take(way, step, chosen)
        except Error as error:
            if way.looker.failure or "Timeout" in first_line(error):
                return _failed(way, first_line(error))
            raise
    return None


def _choose(way: _Way, rule: PageRule, index: int) -> Offered:
    facts = way.looker.look()
    found = () if facts is None else facts.seen(rule.choice)
    offered = tuple(Offered(ident=e.ident, value=e.value, label=" ".join(e.label.split())) for e in found)
    if index == 0:
        way.offered = pick(offered, way.request.choices)
    wanted = way.offered[index]
    if wanted.value not in {offer.value for offer in offered}:
        raise ChoiceError("choice_missing")
    return wanted


def _take(way: _Way, step: Step, chosen: Offered | None) -> None:
    """One allowed step, on exactly one element; the list of kinds is closed."""
    way.watchdog.beat()
    timeout = way.left(way.request.timing.step) * 1000 + 1
    target = way.looker.frame().locator(step.element)
    match step.kind:
        case "check":
            target.check(timeout=timeout)
        case "choose":
            value = "" if chosen is None else chosen.value
            target.and_(way.looker.frame().locator(f'[value="{value}"]')).check(timeout=timeout)
        case "click":
            before = len(way.looker.navigation)
            target.click(timeout=timeout, no_wait_after=True)
            _await_departure(way, before)


def _await_departure(way: _Way, before: int) -> None:
    """After a click, wait for the next document, so that the page left is not read as the answer."""
    until = time.monotonic() + way.left(way.request.timing.step)
    while len(way.looker.navigation) == before and way.looker.failure is None and time.monotonic() < until:
        way.page.wait_for_timeout(POLL_SECONDS * 500)


def _refuse_cookies(way: _Way) -> None:
    for banner in way.profile.banners:
        button = way.page.locator(banner.refuse).first
        if button.is_visible():
            button.click(timeout=2_000)


def _photographed(way: _Way, verdict: Verdict, index: int) -> Part:
    """The answer, photographed: what the page says before and after the picture must agree."""
    label = way.offered[index].label if index < len(way.offered) else ""
    shot: Shot | None = None
    for _round in range(SHOTS):
        if verdict.outcome in FINAL:
            way.session.guard.close()
        else:
            _refuse_cookies(way)
        way.watchdog.beat()
        shot = photograph(way.looker, way.request, verdict, part=label)
        after = _verdict_now(way, verdict)
        if after.outcome is verdict.outcome and same_words(after.matched, verdict.matched):
            part = Part(part=str(index + 1), label=label, outcome=verdict.outcome, matched=verdict.matched)
            return _sighted(way, part, shot)
        verdict = after
    way.reason = "page_changing"
    artefacts = () if shot is None else shot.artefacts
    return Part(part=str(index + 1), label=label, outcome=Outcome.UNRECOGNISED, artefacts=artefacts)


def _verdict_now(way: _Way, before: Verdict) -> Verdict:
    """What the page says once it has been photographed; ``before`` where it says nothing (an error page)."""
    facts = way.looker.look()
    if facts is None or before.outcome is Outcome.REFUSED:
        return before
    _note_announced(way, facts)
    return classify(facts, way.profile)


def _sighted(way: _Way, part: Part, shot: Shot) -> Part:
    """A proof whose words a person could not have seen in the window is no proof."""
    if part.outcome in PROOFS and not shot.in_sight:
        way.reason = "sentence_covered"
        return replace(part, outcome=Outcome.UNRECOGNISED, artefacts=shot.artefacts)
    return replace(part, artefacts=shot.artefacts)


def _note_announced(way: _Way, facts: PageFacts) -> None:
    from capture.announced import find_announced  # noqa: PLC0415 - rare, and keeps the start short

    way.announced = way.announced or find_announced(facts.body, way.request.timezone)


def _pause(way: _Way) -> None:
    """A person's pace: a little while before each step, never the same."""
    low, high = way.request.timing.pace
    if high > 0:
        way.page.wait_for_timeout(way.left(random.uniform(low, high)) * 1000)  # noqa: S311 - a pace, not a secret


def _broken_off(way: _Way, error: Error) -> None:
    """The page or the browser went away under the visit: recorded as unreachable, with what was already seen."""
    stuck = way.watchdog.fired or way.left(1) <= 0 or "Timeout" in first_line(error)
    way.reason = "timeout" if stuck else "browser_stopped"
    number = str(len(way.parts) + 1)
    way.parts.append(Part(part=number, label="", outcome=Outcome.UNREACHABLE))


def finish(way: _Way, *, started: float) -> Visit:
    """All of it, as one value."""
    outcome = combined_outcome(tuple(part.outcome for part in way.parts))
    http, environment = _surroundings(way)
    return Visit(
        outcome=outcome,
        url_final=way.looker.frame().url,
        navigation=tuple(way.looker.navigation),
        profile=way.profile.to_json(),
        parts=tuple(way.parts),
        http=http,
        environment=environment,
        guard_stopped=way.session.guard.stopped,
        terms_text_sha256=way.terms_digest,
        terms_artefacts=way.terms_artefacts,
        announced_opening=way.announced,
        reason=None if outcome in PROOFS else way.reason,
        retry_after=way.looker.retry_after(),
        duration_ms=round((time.monotonic() - started) * 1000),
    )


def _surroundings(way: _Way) -> tuple[Json | None, Json | None]:
    try:
        return way.looker.http(), way.session.environment(way.page)
    except Error:
        return None, None
