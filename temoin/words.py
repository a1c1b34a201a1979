"""Outcomes in words, for the screen and for notifications; documents have theirs in ``temoin.french``."""

from temoin.messages import _
from temoin.records import Outcome


def outcome_words(outcome: Outcome) -> str:
    """What the visit found, in the active language."""
    words = {
        Outcome.NO_SLOT: _("no appointment free"),
        Outcome.NO_CALENDAR: _("no calendar open"),
        Outcome.SLOT_SEEN: _("A SLOT MAY BE FREE"),
        Outcome.CAPTCHA_REQUIRED: _("a captcha stands before the answer"),
        Outcome.SESSION_EXPIRED: _("the session had expired"),
        Outcome.BLOCKED: _("the site refused the visit"),
        Outcome.OVERLOADED: _("the site is overloaded"),
        Outcome.MAINTENANCE: _("the site is under maintenance"),
        Outcome.CLOSED_LINK: _("the link is closed"),
        Outcome.UNREACHABLE: _("the site could not be reached"),
        Outcome.UNRECOGNISED: _("the page was not recognised"),
        Outcome.REFUSED: _("no visit was made"),
        Outcome.MISSED: _("the planned time was missed"),
    }
    return words[outcome]
