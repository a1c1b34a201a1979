"""One unattended visit: the profile's allowed steps, one page after the other, until the answer or a stop.

Whatever the page does, the visit ends: 30 s a step, 5 minutes in all, and a watchdog that ends the browser if it no
longer answers. What comes out is always a ``Visit``; only a missing browser or display is an error.
"""

import time
from collections.abc import Mapping
from dataclasses import replace

from playwright.sync_api import Error
from playwright.sync_api import TimeoutError as BrowserTimeout

from capture.boundary import Boundary
from capture.browser import BrowserSession, first_line
from capture.choices import ChoiceError, Offered, pick
from capture.control import controlled
from capture.facts import PageFacts
from capture.look import ERROR_SCHEME
from capture.outcome import Verdict, classify
from capture.pictures import Shot, heard, photograph, same_words
from capture.profile import PageRule, SiteProfile, Step
from capture.request import VisitRequest
from capture.way import (
    Way,
    failed_navigation,
    finish,
    happened,
    note_announced,
    note_terms,
    open_asked,
    pause,
    trouble,
    under_way,
)
from temoin.records import PROOFS, Outcome, Part, Visit

POLL_SECONDS = 0.1
FIRST_POLL_SECONDS = 0.005  # a page is mostly there at once: the first looks are near each other
SHOTS = 3  # a page that changes while it is photographed is photographed again, at most this often

# Only these leave something to be asked of the next choice: a site in trouble is left alone.
GOES_ON = frozenset({*PROOFS, Outcome.UNRECOGNISED})
# These end the attempt at once, whatever choices are left: nothing more is asked of the site.
FINAL = frozenset({Outcome.SLOT_SEEN, Outcome.CAPTCHA_REQUIRED, Outcome.BLOCKED, Outcome.REFUSED})


def perform(session: BrowserSession, request: VisitRequest) -> Visit:
    """Visit, unattended, and give back all that was seen.

    Raises:
        BrowserError: the browser could not open a page at all.
    """
    started = time.monotonic()
    boundary = Boundary(profile=request.profile, asked=request.url, allows_robot=request.allows_robot)
    with under_way(session, request, boundary) as way:
        try:
            _all_parts(way)
        except Error as error:
            way.reason = trouble(way, error)
            number = str(len(way.parts) + 1)
            way.parts.append(Part(part=number, label="", outcome=Outcome.UNRECOGNISED, artefacts=heard(way.looker)))
        visit = controlled(way, finish(way, started=started))
    return _with_frames(visit, way.shots)


def _with_frames(visit: Visit, shots: Mapping[str, Shot]) -> Visit:
    """The visit with the framed pictures, which were drawn while the browser was asked for the rest."""
    whole = {number: shot.artefacts for number, shot in shots.items()}
    parts = tuple(replace(part, artefacts=whole.get(part.part, part.artefacts)) for part in visit.parts)
    return replace(visit, parts=parts)


def _all_parts(way: Way) -> None:
    index = 0
    while True:
        part = _one_part(way, index)
        way.parts.append(part)
        index += 1
        if part.outcome not in GOES_ON or index >= len(way.offered) or way.left(1) <= 0:
            return


def _one_part(way: Way, index: int) -> Part:
    """One choice, from the address asked to its answer."""
    verdict = open_asked(way)
    done: set[str] = set()
    while verdict is None:
        verdict, rule = _settle(way, done)
        if verdict is None and rule is not None:
            done.add(rule.name)
            verdict = _handle(way, rule, index)
    way.reason = way.reason or verdict.reason
    return _photographed(way, verdict, index)


def _settle(way: Way, done: set[str]) -> tuple[Verdict | None, PageRule | None]:
    """Wait until the page says something: an outcome, a failure, or a page on the way that is still to be handled."""
    until = time.monotonic() + way.left(way.request.timing.answer)
    pause = FIRST_POLL_SECONDS
    last = happened(Outcome.UNREACHABLE, "timeout")
    while True:
        way.watchdog.beat()
        facts = way.looker.look()
        if way.session.guard.spent:
            return failed_navigation(way, ""), None
        if facts is None and (way.looker.failure or way.page.url.startswith(ERROR_SCHEME)):
            return failed_navigation(way, way.looker.failure or ""), None
        if facts is not None:
            last = classify(facts, way.profile, asked=way.request.url)
            note_terms(way, facts)
            if last.decided and facts.ready:
                return last, None
            rule = _next_rule(facts, way.profile, done)
            if rule is not None and not last.decided:
                return None, rule
        if time.monotonic() > until:
            return last, None
        way.page.wait_for_timeout(pause * 1000)
        pause = min(2 * pause, POLL_SECONDS)


def _next_rule(facts: PageFacts, profile: SiteProfile, done: set[str]) -> PageRule | None:
    if not facts.ready:
        return None
    for rule in profile.pages:
        if rule.steps and rule.name not in done and facts.seen(rule.present):
            return rule
    return None


def _handle(way: Way, rule: PageRule, index: int) -> Verdict | None:
    """Do what the profile says on this page; a verdict only when it cannot be done."""
    expected = way.request.terms_expected
    if rule.terms and way.terms_digest is None:
        return happened(Outcome.UNRECOGNISED, "terms_not_found")
    if rule.terms and expected is not None and way.terms_digest != expected:
        return happened(Outcome.REFUSED, "terms_changed")
    _refuse_cookies(way)
    chosen: Offered | None = None
    if rule.choice:
        try:
            chosen = _choose(way, rule, index)
        except ChoiceError as error:
            return happened(Outcome.UNRECOGNISED, error.reason)
    for step in rule.steps:
        pause(way)
        try:
            _take(way, step, chosen)
        except Error as error:
            if way.looker.failure or "Timeout" in first_line(error):
                return failed_navigation(way, first_line(error))
            raise
    return None


def _choose(way: Way, rule: PageRule, index: int) -> Offered:
    facts = way.looker.look()
    found = () if facts is None else facts.seen(rule.choice)
    offered = tuple(Offered(ident=e.ident, value=e.value, label=" ".join(e.label.split())) for e in found)
    if index == 0:
        way.seen_offers = offered
        way.offered = pick(offered, way.request.choices, way.request.known_offers)
    wanted = way.offered[index]
    if wanted.value not in {offer.value for offer in offered}:
        raise ChoiceError("choice_missing")
    return wanted


def _take(way: Way, step: Step, chosen: Offered | None) -> None:
    """One allowed step, on exactly one element; the list of kinds is closed."""
    way.watchdog.beat()
    timeout = way.left(way.request.timing.step) * 1000 + 1
    target = way.looker.frame().locator(step.element)
    match step.kind:
        case "check":
            target.check(timeout=timeout)
        case "choose":
            value = "" if chosen is None else chosen.value
            way.session.guard.choose(value)
            target.and_(way.looker.frame().locator(f'[value="{value}"]')).check(timeout=timeout)
        case "click":
            before = len(way.looker.navigation)
            target.click(timeout=timeout, no_wait_after=True)
            _await_departure(way, before)


def _await_departure(way: Way, before: int) -> None:
    """After a click, wait for the next document, so that the page left is not read as the answer."""
    until = time.monotonic() + way.left(way.request.timing.step)
    while len(way.looker.navigation) == before and way.looker.failure is None and time.monotonic() < until:
        way.page.wait_for_timeout(POLL_SECONDS * 500)


def _refuse_cookies(way: Way) -> None:
    for banner in way.profile.banners:
        button = way.page.locator(banner.refuse).first
        if button.is_visible():
            button.click(timeout=2_000)


def _photographed(way: Way, verdict: Verdict, index: int) -> Part:
    """The answer, photographed: what the page says before and after the picture must agree."""
    label = way.offered[index].label if index < len(way.offered) else ""
    number = str(index + 1)
    shot: Shot | None = None
    for _round in range(SHOTS):
        recognised = time.monotonic()
        if verdict.outcome in FINAL:
            way.session.guard.close()
        else:
            _refuse_cookies(way)
        way.watchdog.beat()
        taken = _taken(way, verdict, label)
        shot = taken or shot
        _let_settle(way, verdict, recognised)
        after = happened(Outcome.UNRECOGNISED, "page_changing") if taken is None else _verdict_now(way, verdict)
        if taken is not None and after.outcome is verdict.outcome and same_words(after.matched, verdict.matched):
            part = Part(part=number, label=label, outcome=verdict.outcome, matched=verdict.matched)
            return _sighted(way, part, taken)
        verdict = after if after.decided else _waited_for(way, after)
    way.reason = "page_changing"
    return _with_shot(way, Part(part=number, label=label, outcome=Outcome.UNRECOGNISED), shot)


def _taken(way: Way, verdict: Verdict, label: str) -> Shot | None:
    """The pictures; None where another document came under them, which on a slow computer it has time to do."""
    try:
        return photograph(way.looker, way.request, verdict, part=label)
    except Error as error:
        if isinstance(error, BrowserTimeout) or not way.session.alive or way.page.is_closed() or way.left(1) <= 0:
            raise
        return None


def _waited_for(way: Way, gone: Verdict) -> Verdict:
    """What comes after an answer that is ``gone``: a page that loads anew is waited for as long as the first time."""
    handled = {rule.name for rule in way.profile.pages}
    verdict, _rule = _settle(way, handled)
    return verdict or gone


def _verdict_now(way: Way, before: Verdict) -> Verdict:
    """What the page says once it has been photographed; ``before`` where it says nothing (an error page)."""
    if not before.of_page:
        return before
    facts = way.looker.look()
    if facts is None:  # between two documents: what it said may be no longer true
        return before if before.outcome not in PROOFS else happened(Outcome.UNRECOGNISED, "page_changing")
    note_announced(way, facts)
    return classify(facts, way.profile, asked=way.request.url)


def _let_settle(way: Way, verdict: Verdict, since: float) -> None:
    """A proof must still stand a while after it was first read: an answer may be replaced by the page's scripts."""
    left = way.left(since + way.request.timing.settle - time.monotonic())
    if verdict.outcome in PROOFS and left > 0:
        way.page.wait_for_timeout(left * 1000)


def _sighted(way: Way, part: Part, shot: Shot) -> Part:
    """A proof whose words a person could not have seen in the window is no proof."""
    if part.outcome in PROOFS and not shot.in_sight:
        way.reason = "sentence_covered"
        part = replace(part, outcome=Outcome.UNRECOGNISED)
    return _with_shot(way, part, shot)


def _with_shot(way: Way, part: Part, shot: Shot | None) -> Part:
    """The part with its artefacts; the frame, which is still being drawn, joins them when the page is closed."""
    if shot is None:
        return part
    way.shots[part.part] = shot
    return replace(part, artefacts=shot.undrawn)
