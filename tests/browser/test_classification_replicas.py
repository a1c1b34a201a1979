"""Every recorded page of the replicas, visited by a real browser: each has its outcome."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import pytest

from demo.scenario import Page, Procedure
from demo.server import ReplicaServer
from temoin.records import Outcome, Visit

pytestmark = pytest.mark.browser

MakeVisit = Callable[..., Visit]

NO_SLOT = (
    "Il n'existe plus de plage horaire libre pour votre demande de rendez-vous. Veuillez recommencer ultérieurement."
)
PLANNINGS = (("20678", "Guichet 21 - Novembre 2026"), ("20682", "Calendrier - guichets 1, 2, 3 et 4"))

# What a visit of an EZBooking démarche must come to, page by page (facts/booking-sites.md §1).
EZBOOKING: Mapping[Page, tuple[Outcome, str | None]] = MappingProxyType(
    {
        Page.NO_SLOT: (Outcome.NO_SLOT, None),
        Page.NO_SLOT_LATE: (Outcome.NO_SLOT, None),
        Page.NO_CALENDAR: (Outcome.NO_CALENDAR, None),
        Page.SLOTS: (Outcome.SLOT_SEEN, None),
        Page.WEEK_FULL: (Outcome.SLOT_SEEN, None),  # the description step is shown only when there is availability
        Page.CLOSED_LINK: (Outcome.CLOSED_LINK, None),
        Page.BACK_ON_CHOICES: (Outcome.UNRECOGNISED, None),
        Page.CAPTCHA_AT_ENTRY: (Outcome.CAPTCHA_REQUIRED, None),
        Page.HELP_QUOTES_SENTENCE: (Outcome.UNRECOGNISED, None),
        Page.REDIRECT_TO_SLOT: (Outcome.UNRECOGNISED, "stopped_at_boundary"),
    }
)
FAILURES: Mapping[Page, tuple[Outcome, str | None]] = MappingProxyType(
    {
        Page.OVERLOADED: (Outcome.OVERLOADED, None),
        Page.FORBIDDEN: (Outcome.BLOCKED, None),
        Page.BAD_GATEWAY: (Outcome.OVERLOADED, None),
        Page.ERROR_500: (Outcome.UNRECOGNISED, "http_500"),
        Page.UNAVAILABLE_503: (Outcome.OVERLOADED, None),
        Page.TIMEOUT_504: (Outcome.OVERLOADED, None),
        Page.ERROR_400: (Outcome.UNRECOGNISED, "http_400"),
        Page.ERROR_401: (Outcome.UNRECOGNISED, "http_401"),
        Page.NOT_FOUND: (Outcome.UNRECOGNISED, "http_404"),
        Page.TOO_MANY: (Outcome.BLOCKED, "http_429"),
        Page.MAINTENANCE: (Outcome.MAINTENANCE, None),
        Page.UNKNOWN: (Outcome.UNRECOGNISED, None),
        Page.UNKNOWN_ENTRY: (Outcome.UNRECOGNISED, None),
    }
)


def _ezbooking(page: Page, **more: Any) -> Procedure:
    return Procedure(platform="ezbooking", id="4963", pages=(page,), **more)


@pytest.mark.parametrize("shown", EZBOOKING, ids=str)
def test_each_ezbooking_page_has_its_outcome(make_visit: MakeVisit, shown: Page) -> None:
    procedure = _ezbooking(shown)
    with ReplicaServer([procedure]) as server:
        visit = make_visit(server, procedure)
    assert (visit.outcome, visit.reason) == EZBOOKING[shown]
