"""Pages that hang the browser: the visit ends, the browser is ended where need be, and the next one is as new."""

from collections.abc import Callable

import pytest

from capture import watchdog
from capture.browser import BrowserChoice, BrowserSession
from capture.request import Timing
from demo.scenario import Page, Procedure
from demo.server import ReplicaServer
from temoin.records import PROOFS, Outcome, Visit

pytestmark = pytest.mark.browser

MakeVisit = Callable[..., Visit]
SHORT = Timing(pace=(0, 0), answer=0.6, step=1.5, visit=6)


@pytest.mark.soak  # the suite must end within a quarter of an hour
def test_a_huge_page_is_bounded_and_no_answer(make_visit: MakeVisit) -> None:
    procedure = Procedure(platform="ezbooking", id="4963", pages=(Page.HUGE,))
    with (
        ReplicaServer([procedure]) as server,
        BrowserSession(BrowserChoice(view="page")) as session,
    ):
        visit = make_visit(server, procedure, timing=SHORT, session=session)
    assert visit.outcome in {Outcome.UNRECOGNISED, Outcome.UNREACHABLE}
    assert sum(len(artefact.data) for artefact in visit.artefacts) < 30_000_000


def test_a_frozen_page_costs_the_browser_and_the_next_visit_has_a_new_one(
    make_visit: MakeVisit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchdog, "GRACE_SECONDS", 1.0)  # the bound itself is short as well
    procedure = Procedure(platform="ezbooking", id="4963", pages=(Page.FROZEN,))
    with ReplicaServer([procedure]) as server:
        with BrowserSession(BrowserChoice(view="page")) as session:
            frozen = make_visit(server, procedure, timing=SHORT, session=session)
            assert not session.alive
        server.set_pages("4963", [Page.NO_SLOT])
        with BrowserSession(BrowserChoice(view="page")) as session:
            after = make_visit(server, procedure, session=session)
    assert frozen.outcome not in PROOFS
    assert frozen.outcome is not Outcome.SLOT_SEEN
    assert frozen.reason in {"timeout", "page_hung", "browser_stopped"}
    assert after.outcome is Outcome.NO_SLOT
