"""An assisted visit: a person drives a visible window, Témoin only watches, photographs the answer, and lets go.

Témoin opens the address and then touches nothing: no click, no key, no cookie banner. When a slot shows, it
photographs, the caller commits, and ``hand_over`` lifts the guard and stops every listener: the person may book, and
nothing of it is captured (DESIGN §3.1). Of what was exchanged only the answer's own page is kept, read once the
answer is known; of the way there, nothing.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from playwright.sync_api import Error

from capture.boundary import Boundary
from capture.browser import BrowserSession, first_line
from capture.look import Looker
from capture.outcome import Verdict, classify
from capture.pictures import Shot, heard, photograph, same_words
from capture.recorder import Recorder
from capture.request import VisitRequest
from capture.watchdog import Watchdog
from capture.way import Way, failed_navigation, finish, happened, note_announced, note_terms
from temoin.records import PROOFS, Outcome, Part, Visit

WATCH_SECONDS = 0.3
SHOTS = 3
ANSWERS = 5  # an answer that is gone by the time it is photographed is waited for again, at most this often

# Not an answer while a person is there: they are about to solve it, or to begin again.
ON_THE_WAY = frozenset({Outcome.CAPTCHA_REQUIRED, Outcome.SESSION_EXPIRED, Outcome.UNRECOGNISED})


class AssistedVisit:
    """One window in a person's hands. ``watch`` gives the answer; ``hand_over`` leaves the window to them."""

    def __init__(self, way: Way, recorder: Recorder, *, started: float) -> None:
        """Made by ``assist``."""
        self._way = way
        self._recorder = recorder
        self._started = started
        self._shot: Shot | None = None

    def watch(self) -> Visit:
        """Wait for the answer and photograph it; what nobody answered is what the page last said."""
        try:
            self._recorder.attach()
            part = self._open()
            for answer in range(1, ANSWERS + 1):
                part = part or self._answered(last=answer == ANSWERS)
            part = part or self._changing()
            part = self._with_exchange(part)
        except Error as error:
            part = self._gone(error)
        self._recorder.detach()
        self._way.parts.append(part)
        return finish(self._way, started=self._started)

    def _with_exchange(self, part: Part) -> Part:
        """The part with the page that answered; none of a page on the way, nor where a native dialog stood.

        While the page's alert stands it cannot be asked for anything.
        """
        if part.outcome in ON_THE_WAY or self._way.looker.dialogs:
            return part
        self._recorder.take_answer(part.part)
        self._recorder.read_cookies()
        found = self._recorder.archive(self._way.request.attempt, self._way.request.known_bodies)
        return replace(part, artefacts=(*part.artefacts, *found.values()))

    def hand_over(self) -> None:
        """Stop observing and lift the guard; only to be called once the attempt is committed."""
        self._way.looker.detach()
        self._way.session.guard.lift()

    def wait_until_closed(self) -> None:
        """Keep the browser open until the person closes the window, or the hand-over's time is over."""
        until = time.monotonic() + self._way.request.timing.handover
        while time.monotonic() < until and not self._way.page.is_closed() and self._way.session.alive:
            try:
                self._way.page.wait_for_timeout(WATCH_SECONDS * 1000)
            except Error:
                return

    def _open(self) -> Part | None:
        """Go to the address; a part only when it did not come through."""
        way = self._way
        try:
            way.page.goto(way.request.url, wait_until="commit", timeout=way.request.timing.step * 1000)
        except Error as error:
            return self._photographed(failed_navigation(way, first_line(error)))
        return None

    def _answered(self, *, last: bool) -> Part | None:
        """The answer, photographed; None where the page went on meanwhile, and the next answer is waited for.

        A slow computer photographs for seconds: a click of the person, or a document that comes late, is no end.
        """
        verdict = self._await_answer()
        try:
            return self._photographed(verdict)
        except Error:
            if last or not self._goes_on():
                raise
        return None

    def _goes_on(self) -> bool:
        """Whether there still is a window, and time to look at it."""
        way = self._way
        return not way.page.is_closed() and way.session.alive and not way.watchdog.fired and way.left(1) > 0

    def _await_answer(self) -> Verdict:
        way = self._way
        last = happened(Outcome.UNRECOGNISED, "nobody_there")
        while way.left(1) > 0:
            verdict = self._look()
            if verdict is not None:
                if verdict.decided and verdict.outcome not in ON_THE_WAY:
                    return verdict
                last = Verdict(outcome=verdict.outcome, matched=verdict.matched, reason="nobody_there")
            way.page.wait_for_timeout(WATCH_SECONDS * 1000)
        return last

    def _look(self) -> Verdict | None:
        """What the page says now. While a native dialog stands the page cannot be asked: its words are enough."""
        way = self._way
        way.watchdog.beat()
        facts = way.looker.dialog_facts() or way.looker.look()
        if facts is None or not facts.ready:
            return None
        note_terms(way, facts)
        return classify(facts, way.profile, asked=way.request.url)

    def _photographed(self, verdict: Verdict) -> Part | None:
        """The page as it stood before and after its pictures; None where it no longer shows an answer."""
        for _round in range(SHOTS):
            recognised = time.monotonic()
            self._way.watchdog.beat()
            self._shot = photograph(self._way.looker, self._way.request, verdict, part="")
            self._let_settle(verdict, recognised)
            after = self._after(verdict)
            if after.outcome is verdict.outcome and same_words(after.matched, verdict.matched):
                return self._part(verdict, self._shot)
            if after.outcome in ON_THE_WAY and self._goes_on():
                return None
            verdict = after
        return self._changing()

    def _changing(self) -> Part:
        """What the page last looked like, when no two looks agreed."""
        self._way.reason = "page_changing"
        artefacts = () if self._shot is None else self._shot.artefacts
        return Part(part="1", label="", outcome=Outcome.UNRECOGNISED, artefacts=artefacts)

    def _let_settle(self, verdict: Verdict, since: float) -> None:
        """A proof must still stand a while after it was first read; while a native dialog stands, nothing moves."""
        left = since + self._way.request.timing.settle - time.monotonic()
        if verdict.outcome in PROOFS and left > 0 and not self._way.looker.dialogs:
            self._way.page.wait_for_timeout(left * 1000)

    def _after(self, before: Verdict) -> Verdict:
        if not before.of_page or self._way.looker.dialogs:
            return before
        facts = self._way.looker.look()
        if facts is None:
            return before if before.outcome not in PROOFS else happened(Outcome.UNRECOGNISED, "page_changing")
        note_announced(self._way, facts)
        after = classify(facts, self._way.profile, asked=self._way.request.url)
        return Verdict(outcome=after.outcome, matched=after.matched, reason=before.reason or after.reason)

    def _part(self, verdict: Verdict, shot: Shot) -> Part:
        self._way.reason = verdict.reason
        outcome = verdict.outcome
        if outcome in PROOFS and not shot.in_sight:
            self._way.reason = "sentence_covered"
            outcome = Outcome.UNRECOGNISED
        return Part(part="1", label="", outcome=outcome, matched=verdict.matched, artefacts=shot.artefacts)

    def _gone(self, error: Error) -> Part:
        """The person closed the window before an answer, or the browser stopped."""
        closed = self._way.page.is_closed() or "closed" in first_line(error)
        self._way.reason = "window_closed" if closed and not self._way.watchdog.fired else "timeout"
        return Part(part="1", label="", outcome=Outcome.UNRECOGNISED, artefacts=heard(self._way.looker))


@contextmanager
def assist(session: BrowserSession, request: VisitRequest) -> Iterator[AssistedVisit]:
    """Open the address in a visible window for a person.

    Raises:
        BrowserError: the browser could not open a window.
    """
    started = time.monotonic()
    session.guard.watch(Boundary(profile=request.profile, asked=request.url, human=True))
    timing = request.timing
    watchdog = Watchdog(session.pid, step=timing.step, whole=timing.person + timing.handover)
    with session.page(timezone=request.timezone, url=request.url) as page:
        looker = Looker(
            page=page, profile=request.profile, grabber=session.grabber(), now=request.now, leave_dialogs=True
        )
        looker.attach()
        recorder = Recorder(
            page=page, session=session.page_session, target=session.page_target, now=request.now, person=True
        )
        way = Way(
            session=session,
            request=request,
            looker=looker,
            watchdog=watchdog,
            deadline=time.monotonic() + timing.person,
        )
        yield AssistedVisit(way, recorder, started=started)
