"""From facts to an outcome: a pure function, precision first (DESIGN §5).

Order of precedence: slot → captcha → WAF, 403, 429 → expired session → the profile's failure texts → status →
the sentence → ``unrecognised``. The absence of a sentence never means anything: in the ~45 public bots that were
read, "no sentence, so a slot" and "502, so no slot" were the two commonest bugs (facts/booking-sites.md §4).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from capture.facts import Element, PageFacts, normalise
from capture.profile import Sign, SiteProfile
from temoin.records import PROOFS, Matched, Outcome

OVERLOADED_STATUS = frozenset({502, 503, 504})
BLOCKED_STATUS = frozenset({403, 429})
FIRST_ERROR_STATUS = 400
OK_STATUS = 200  # a cached (203), partial (206) or empty answer is not the server's own word of now


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the page says: the outcome, the words that decided it, and why when no words did."""

    outcome: Outcome
    matched: Matched | None = None
    reason: str | None = None
    of_page: bool = True  # False: decided by what happened, not by what the page says

    @property
    def decided(self) -> bool:
        """Whether anything on the page was recognised."""
        return self.outcome is not Outcome.UNRECOGNISED


def classify(facts: PageFacts, profile: SiteProfile, *, asked: str = "") -> Verdict:
    """The outcome that ``facts`` show of the démarche at ``asked``; never raises, never guesses.

    What forbids a proof is looked for in the document around as well, where the booking stands in a frame.
    """
    documents = (facts,) if facts.outer is None else (facts, facts.outer)
    for judge in _FAILURES:
        for document in documents:
            verdict = judge(document, profile)
            if verdict is not None:
                return verdict
    return _proof(facts, profile, asked) or Verdict(outcome=Outcome.UNRECOGNISED)


def _proof(facts: PageFacts, profile: SiteProfile, asked: str) -> Verdict | None:
    """A proof, or why the sentence is none here."""
    for judge in _PROOFS:
        verdict = judge(facts, profile)
        if verdict is not None:
            reason = _against(facts, profile, verdict, asked)
            return verdict if reason is None else Verdict(outcome=Outcome.UNRECOGNISED, reason=reason)
    return None


def _against(facts: PageFacts, profile: SiteProfile, verdict: Verdict, asked: str) -> str | None:
    """Why the sentence does not count: the answer of another démarche, not a plain 200, or not all there yet."""
    if asked and not all(profile.answers(asked, url) for url in (facts.url, facts.navigated or facts.url)):
        return "other_procedure"
    if verdict.matched is not None and verdict.matched.selector == "dialog":
        return None
    documents = (facts,) if facts.outer is None else (facts, facts.outer)
    for status in (document.status for document in documents):
        if status != OK_STATUS:
            return "no_status" if status is None else f"http_{status}"
    return "still_loading" if facts.busy else None


def _signed(*outcomes: Outcome) -> Callable[[PageFacts, SiteProfile], Verdict | None]:
    def judge(facts: PageFacts, profile: SiteProfile) -> Verdict | None:
        for sign in profile.signs:
            if sign.outcome in outcomes:
                matched = find_sign(facts, sign)
                if matched is not None:
                    return Verdict(outcome=sign.outcome, matched=matched)
        return None

    return judge


def _refused_status(facts: PageFacts, _profile: SiteProfile) -> Verdict | None:
    if facts.status in BLOCKED_STATUS:
        return Verdict(outcome=Outcome.BLOCKED, matched=_heading(facts), reason=f"http_{facts.status}")
    return None


def _failure_status(facts: PageFacts, _profile: SiteProfile) -> Verdict | None:
    if facts.status is None or facts.status < FIRST_ERROR_STATUS:
        return None
    outcome = Outcome.OVERLOADED if facts.status in OVERLOADED_STATUS else Outcome.UNRECOGNISED
    return Verdict(outcome=outcome, matched=_heading(facts), reason=f"http_{facts.status}")


def _heading(facts: PageFacts) -> Matched | None:
    return Matched(text=facts.bare_heading, selector="body > h1") if facts.bare_heading else None


_FAILURES: tuple[Callable[[PageFacts, SiteProfile], Verdict | None], ...] = (
    _signed(Outcome.SLOT_SEEN),
    _signed(Outcome.CAPTCHA_REQUIRED),
    _signed(Outcome.BLOCKED),
    _refused_status,
    _signed(Outcome.SESSION_EXPIRED),
    _signed(Outcome.OVERLOADED, Outcome.MAINTENANCE, Outcome.CLOSED_LINK),
    _failure_status,
)
_PROOFS = (_signed(Outcome.NO_SLOT), _signed(Outcome.NO_CALENDAR))


def find_sign(facts: PageFacts, sign: Sign) -> Matched | None:
    """The words on the page that ``sign`` looks for, or none."""
    if sign.address and not _at(facts, sign):
        return None
    if any(_forbidden(document, sign) for document in (facts, facts.outer) if document is not None):
        return None
    body = normalise(facts.body)
    if not all(facts.seen(selector) for selector in sign.with_selectors):
        return None
    if not all(normalise(text) in body for text in sign.with_texts):
        return None
    if (sign.single and not _single(facts, sign)) or (sign.only and len(facts.seen(sign.selector)) > 1):
        return None
    return _FINDERS[sign.match](facts, sign)


def _at(facts: PageFacts, sign: Sign) -> bool:
    """Whether the address is the sign's: the one shown; of a failure, also the one asked for, which a page may mask."""
    addresses = (facts.url,) if sign.outcome in PROOFS else (facts.url, facts.navigated)
    return any(re.search(sign.address, _target(address)) is not None for address in addresses)


def _forbidden(facts: PageFacts, sign: Sign) -> bool:
    """Whether something that forbids this reading is there, even when not in sight."""
    if any(facts.elements.get(selector) for selector in sign.unless_selectors):
        return True
    body = normalise(facts.body)
    return any(normalise(text) in body for text in sign.unless_texts)


_FREE_HOUR = re.compile(r"\b\d{1,2} ?[:h] ?\d{0,2}[^.]{0,20}\b(libre|disponible)s?\b")


def _single(facts: PageFacts, sign: Sign) -> bool:
    """Whether the sentence stands once on the whole page, and no hour to be taken anywhere."""
    for document in (facts, facts.outer):
        if document is not None and (document.hours or _FREE_HOUR.search(normalise(document.body))):
            return False
    body = normalise(facts.body)
    return sum(body.count(text) for text in _wanted(sign)) == 1


def _target(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _wanted(sign: Sign) -> frozenset[str]:
    """The sign's texts; never the empty one, which every empty element would be."""
    return frozenset(normalise(text) for text in sign.texts) - {""}


def _find_whole(facts: PageFacts, sign: Sign) -> Matched | None:
    wanted = _wanted(sign)
    proof = sign.outcome in PROOFS
    return _first(
        facts.seen(sign.selector),
        sign,
        lambda element: (
            normalise(element.text) in wanted and (element.alone or not proof) and not (sign.single and element.listed)
        ),
    )


def _find_contains(facts: PageFacts, sign: Sign) -> Matched | None:
    wanted = _wanted(sign)

    def holds(element: Element) -> bool:
        text = normalise(element.text)
        return any(words in text for words in wanted)

    # The shortest one: of the blocks that hold each other, the innermost.
    return _first(tuple(sorted(facts.seen(sign.selector), key=lambda element: len(element.text))), sign, holds)


def _find_present(facts: PageFacts, sign: Sign) -> Matched | None:
    return _first(facts.seen(sign.selector), sign, lambda _element: True)


def _find_dialog(facts: PageFacts, sign: Sign) -> Matched | None:
    wanted = _wanted(sign)
    for message in facts.dialogs:
        if normalise(message) in wanted:
            return Matched(text=message, selector="dialog")
    return None


def _find_title(facts: PageFacts, sign: Sign) -> Matched | None:
    if normalise(facts.title) in _wanted(sign):
        return Matched(text=facts.title, selector="title")
    return None


def _first(elements: tuple[Element, ...], sign: Sign, test: Callable[[Element], bool]) -> Matched | None:
    for element in elements:
        if test(element):
            return Matched(text=element.text.strip()[:500], selector=sign.selector)
    return None


_FINDERS: dict[str, Callable[[PageFacts, Sign], Matched | None]] = {
    "whole": _find_whole,
    "contains": _find_contains,
    "present": _find_present,
    "dialog": _find_dialog,
    "title": _find_title,
}
