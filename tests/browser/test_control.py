"""The control page against the replica: asked for after a proof only, once, and never in the way of the answer."""

from collections.abc import Callable

import pytest

from demo.scenario import Page, Procedure
from demo.server import ReplicaServer
from temoin.records import Outcome, Visit

pytestmark = pytest.mark.browser

MakeVisit = Callable[..., Visit]


def _procedure(page: Page) -> Procedure:
    return Procedure(platform="rdv-service-public", id="2458", pages=(page,))


def _asked(server: ReplicaServer) -> list[str]:
    return [one.path for one in server.requests if one.path == "/" or one.path.startswith("/prendre_rdv")]


def test_after_a_proof_the_front_page_is_asked_for_once(make_visit: MakeVisit) -> None:
    procedure = _procedure(Page.RSP_NO_SLOT)
    with ReplicaServer([procedure]) as server:
        visit = make_visit(server, procedure)
        assert [path[:12] for path in _asked(server)] == ["/prendre_rdv", "/"]
        front = f"{server.url}/"
    assert (visit.outcome, visit.reason) == (Outcome.NO_SLOT, None)
    assert visit.control is not None
    assert {**visit.control, "at": ""} == {"at": "", "reason": None, "state": "served", "status": 200, "url": front}
    assert "/" not in [step["url"].removeprefix(server.url) for step in visit.navigation]
    assert visit.guard_stopped == ()


@pytest.mark.parametrize(
    ("front", "state", "reason"),
    [(403, "failed", "blocked"), (503, "failed", "overloaded"), (404, "unknown", "http_404")],
)
def test_a_proof_whose_control_was_refused_is_kept_and_doubted(
    make_visit: MakeVisit, front: int, state: str, reason: str
) -> None:
    procedure = _procedure(Page.RSP_NO_SLOT)
    with ReplicaServer([procedure], front=front) as server:
        visit = make_visit(server, procedure)
    assert visit.outcome is Outcome.NO_SLOT
    assert {artefact.role.value for artefact in visit.artefacts} >= {"page", "exhibit", "text"}
    assert visit.control is not None
    assert (visit.control["state"], visit.control["reason"], visit.control["status"]) == (state, reason, front)
    assert visit.reason == ("control_failed" if state == "failed" else None)


def test_nothing_more_is_asked_after_another_answer_or_against_robots_txt(make_visit: MakeVisit) -> None:
    for page in (Page.RSP_SLOTS, Page.OVERLOADED, Page.UNKNOWN):
        procedure = _procedure(page)
        with ReplicaServer([procedure]) as server:
            assert make_visit(server, procedure).control is None
            assert "/" not in _asked(server)
    procedure = _procedure(Page.RSP_NO_SLOT)
    with ReplicaServer([procedure]) as server:
        visit = make_visit(server, procedure, allows_robot=lambda url: not url.endswith(f":{server.port}/"))
        assert "/" not in _asked(server)
    assert visit.control is not None
    assert (visit.control["state"], visit.control["reason"], visit.reason) == ("unknown", "robots", None)
