"""One unattended visit: the profile's allowed steps, one page after the other, until the answer or a stop.

Whatever the page does, the visit ends: 30 s a step, 5 minutes in all, and a watchdog that ends the browser if it no
longer answers. What comes out is always a ``Visit``; only a missing browser or display is an error.
"""

import time
from collections.abc import Mapping
from dataclasses import replace

from playwright.sync_api import Error, Frame
from playwright.sync_api import TimeoutError as BrowserTimeout

from capture.boundary import Boundary
from capture.browser import BrowserSession
from capture.choices import ChoiceError, Offered, pick
from capture.control import controlled
from capture.facts import PageFacts
from capture.look import ERROR_SCHEME
from capture.outcome import Verdict, classify
from capture.pictures import Shot, heard, photograph, same_words
from capture.press import Kind, Pressed, press
from capture.profile import PageRule, SiteProfile, Step
from capture.recorder import Recorder
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
from temoin.records import PROOFS, Artefact, Outcome, Part, Visit

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
        recorder = Recorder(page=way.page, session=session.page_session, target=session.page_target, now=request.now)
        try:
            recorder.attach()
            _all_parts(way, recorder)
        except Error as error:
            way.reason = trouble(way, error)
            number = str(len(way.parts) + 1)
            way.parts.append(Part(part=number, label="", outcome=Outcome.UNRECOGNISED, artefacts=heard(way.looker)))
            recorder.end_part(number)
        visit = controlled(way, finish(way, started=started))
        recorder.read_cookies()
    return _whole(visit, way.shots, recorder.archive(request.attempt, request.known_bodies))


def _whole(visit: Visit, shots: Mapping[str, Shot], exchanges: Mapping[str, Artefact]) -> Visit:
    """The visit with the framed pictures, which were drawn while the browser was asked for the rest, and the WARCs."""
    drawn = {number: shot.artefacts for number, shot in shots.items()}
    more = {number: (artefact,) for number, artefact in exchanges.items()}
    parts = tuple(
        replace(part, artefacts=drawn.get(part.part, part.artefacts) + more.get(part.part, ())) for part in visit.parts
    )
    return replace(visit, parts=parts)


def _all_parts(way: Way, recorder: Recorder) -> None:
    index = 0
    while True:
        part = _one_part(way, index)
        way.parts.append(part)
        recorder.end_part(part.part)
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
        if _is_decided(way):
            return None
        verdict = _take(way, step, chosen)
        if verdict is not None:
            return verdict
    return None


def _is_decided(way: Way) -> bool:
    """Whether the page has come to say what it did not say before the pause, a captcha above all: no step then."""
    facts = way.looker.look()
    return facts is not None and classify(facts, way.profile, asked=way.request.url).decided


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


def _take(way: Way, step: Step, chosen: Offered | None) -> Verdict | None:
    """One allowed step, on exactly one element; the list of kinds is closed. A verdict only when it cannot be done."""
    value = None
    if step.kind == "choose":
        value = "" if chosen is None else chosen.value
        way.session.guard.choose(value)
    before = len(way.looker.navigation)
    pressed = _pressed(way, step, value)
    if way.looker.failure:
        return failed_navigation(way, way.looker.failure)
    if pressed is not Pressed.DONE:
        return happened(Outcome.UNRECOGNISED, f"step_{pressed.value}")
    if step.kind == "click":
        _await_departure(way, before)
    return None


def _pressed(way: Way, step: Step, value: str | None) -> Pressed:
    """Press as soon as a person could; what stood in the way at last, where nobody could in the time of a step."""
    until = time.monotonic() + way.left(way.request.timing.step)
    kind: Kind = "click" if step.kind == "click" else "check"
    while True:
        way.watchdog.beat()
        pressed = _press(way, way.looker.frame(), step.element, kind=kind, value=value)
        over = way.looker.failure is not None or time.monotonic() > until
        if over or pressed in {Pressed.DONE, Pressed.REFUSED}:
            return pressed
        way.page.wait_for_timeout(POLL_SECONDS * 1000)


def _press(
    way: Way, frame: Frame, element: str, *, kind: Kind, value: str | None = None, first: bool = False
) -> Pressed:
    try:
        return press(frame, element, kind=kind, value=value, first=first)
    except Error:
        if not way.session.alive or way.page.is_closed() or way.left(1) <= 0:
            raise
        return Pressed.MOVED  # between two documents


def _await_departure(way: Way, before: int) -> None:
    """After a click, wait for the next document, so that the page left is not read as the answer."""
    until = time.monotonic() + way.left(way.request.timing.step)
    while len(way.looker.navigation) == before and way.looker.failure is None and time.monotonic() < until:
        way.page.wait_for_timeout(POLL_SECONDS * 500)


def _refuse_cookies(way: Way) -> None:
    """Refuse them once, where a banner can be pressed; one that cannot is left."""
    for banner in way.profile.banners:
        if _press(way, way.page.main_frame, banner.refuse, kind="click", first=True) is Pressed.DONE:
            way.page.wait_for_timeout(1)  # the press acts after the call: the banner is gone before the next look


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
