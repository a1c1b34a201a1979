"""One browser for a module's visits, and a visit of a replica in one call."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser

from capture.browser import BrowserChoice, BrowserSession
from capture.driver import started_driver
from capture.profile import SiteProfile, generic_profile, load_profile
from capture.request import Timing, VisitRequest
from capture.visit import perform
from demo.scenario import Procedure
from demo.server import ReplicaServer
from temoin.canonical import Digest
from temoin.records import Mode, Visit
from temoin.warc import Origin

QUICK = Timing(pace=(0, 0), answer=5, settle=0.2, step=15, visit=45)
AT = datetime(2026, 11, 23, 7, 12, 33, tzinfo=UTC)


class MakeVisit(Protocol):
    """Visit one procedure of a running replica, unattended."""

    def __call__(
        self,
        server: ReplicaServer,
        procedure: Procedure,
        *,
        url: str = "",
        profile: SiteProfile | None = None,
        choices: tuple[str, ...] = (),
        terms_expected: Digest | None = None,
        allows_robot: Callable[[str], bool] = ...,
        timing: Timing = ...,
        known_bodies: Callable[[], Mapping[str, Origin]] = ...,
        session: BrowserSession | None = None,
    ) -> Visit: ...


def profile_of(server: ReplicaServer, procedure: Procedure) -> SiteProfile:
    """The shipped profile of the procedure's platform; for a generic page, with its sentence."""
    if procedure.platform == "generic":
        return generic_profile(url=server.address(procedure.id), sentence=procedure.sentence)
    return load_profile(procedure.platform)


@pytest.fixture(scope="module")
def living_session(chromium_executable: object) -> Iterator[Callable[[], BrowserSession]]:
    """The browser of the module's visits; another one when a visit has cost it, as the product does."""
    running: list[BrowserSession] = []
    with ExitStack() as opened:

        def living() -> BrowserSession:
            if not running or not running[-1].alive:
                opened.close()  # the driver of the one that died: there may be one at a time
                choice = BrowserChoice(view="page", executable=str(chromium_executable))
                running.append(opened.enter_context(BrowserSession(choice)))
            return running[-1]

        yield living


@pytest.fixture(scope="module")
def reader(browser_type_launch_args: dict[str, Any]) -> Iterator[Browser]:
    """A person's ordinary browser, without our guard, for the local page.

    Its driver ends with the module: a thread has one at a time, and that of pytest-playwright lives as long as the
    process, so that no visit could be made in it any more.
    """
    with started_driver() as driver, driver.chromium.launch(**browser_type_launch_args) as browser:
        yield browser


@pytest.fixture
def session(living_session: Callable[[], BrowserSession]) -> BrowserSession:
    """One browser in page view, its guard under it, for all visits of a module."""
    return living_session()


@pytest.fixture
def make_visit(request: pytest.FixtureRequest) -> MakeVisit:
    """See ``MakeVisit``; without a session of its own it takes the module's."""

    def make(
        server: ReplicaServer,
        procedure: Procedure,
        *,
        url: str = "",
        profile: SiteProfile | None = None,
        choices: tuple[str, ...] = (),
        terms_expected: Digest | None = None,
        allows_robot: Callable[[str], bool] = lambda _url: True,
        timing: Timing = QUICK,
        known_bodies: Callable[[], Mapping[str, Origin]] = dict,
        session: BrowserSession | None = None,
    ) -> Visit:
        asked = VisitRequest(
            attempt="20261123-071233-7f3a",
            at=AT,
            url=url or server.address(procedure.id),
            profile=profile or profile_of(server, procedure),
            prefecture=procedure.prefecture,
            label=procedure.label,
            timezone="Europe/Paris",
            simulated=True,
            mode=Mode.UNATTENDED,
            choices=choices,
            terms_expected=terms_expected,
            allows_robot=allows_robot,
            timing=timing,
            known_bodies=known_bodies,
        )
        return perform(session or request.getfixturevalue("session"), asked)

    return make
