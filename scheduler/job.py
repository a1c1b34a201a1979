"""The one use case: ask whether one may, visit, record. Command line, daemon's children and demo all come here.

Order (DESIGN §3.4, durable before reported): terms → lease on the host → robots.txt → visit → objects on disk →
entry committed → lease ended → only then is anyone told, and a window handed over.
"""

import platform
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Self

from capture.assisted import assist
from capture.browser import BrowserChoice, BrowserSession
from capture.profile import SiteProfile
from capture.request import Timing, VisitRequest
from capture.visit import perform
from scheduler.memory import known_offers
from scheduler.permission import NobodyThereError, RefusalError, check_terms, profile_for
from scheduler.planning import record_without_visit
from scheduler.politeness import host_of, judge, limits_for, stop_after
from scheduler.robots import RobotsAnswer, RobotsRules, fetch_robots, robots_for
from store.store import Store
from store.values import VisitLease
from temoin import __version__
from temoin.clock import Clock, SystemClock, utc_text
from temoin.errors import InterruptedByUserError, RefusedError
from temoin.floors import is_loopback
from temoin.messages import _
from temoin.records import Context, Kind, Mode, Outcome, Visit, build_record, new_attempt_id
from temoin.settings import Procedure, Settings

if TYPE_CHECKING:
    from playwright.sync_api import Playwright

    from temoin.canonical import Json

REPLICA_SETTLE = 0.25  # seconds: about what the pictures take; a real site's answer must stand for a whole one
DEFAULT_CASE = "dossier-1"  # a home machine has one file, which follows all that the machine follows


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An attempt that is in the register."""

    sequence: int
    attempt: str
    procedure: Procedure
    visit: Visit


Told = Callable[[Recorded], None]


def _silent(_recorded: Recorded) -> None:
    """Tell nobody."""


class Browsers:
    """The browser that visits share: started when first wanted, started again after one that had to be ended."""

    def __init__(self, choice: BrowserChoice, *, driver: "Playwright | None" = None) -> None:
        """Nothing is started yet; ``driver`` is one that runs already, if the caller has one."""
        self._choice = choice
        self._driver = driver
        self._stack = ExitStack()
        self._session: BrowserSession | None = None

    def __enter__(self) -> Self:
        """Start nothing yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the browser, if one was started."""
        self._stack.close()

    def session(self) -> BrowserSession:
        """A running browser.

        Raises:
            BrowserError: none can be started.
        """
        if self._session is not None and not self._session.alive:
            self._stack.close()
            self._session = None
        if self._session is None:
            self._session = self._stack.enter_context(BrowserSession(self._choice, driver=self._driver))
        return self._session


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What every attempt needs; built once by the command line, the worker or the demo."""

    settings: Settings
    store: Store
    browsers: Browsers
    clock: Clock = field(default_factory=SystemClock)
    timing: Timing = field(default_factory=Timing)
    fetch: Callable[[str], RobotsAnswer] = fetch_robots


@contextmanager
def open_workshop(
    settings: Settings, *, assisted: bool, clock: Clock | None = None, driver: "Playwright | None" = None
) -> Iterator[Workshop]:
    """The store and, when first wanted, a browser; both closed at the end.

    Raises:
        StoreError: the data directory cannot be opened.
    """
    choice = BrowserChoice(view=settings.browser.view, executable=settings.browser.executable, assisted=assisted)
    told = clock or SystemClock()
    with Store.open(settings.station.data_dir, now=told.now) as store, Browsers(choice, driver=driver) as browsers:
        yield Workshop(settings=settings, store=store, browsers=browsers, clock=told)


def prepare_store(settings: Settings, store: Store, *, now: datetime) -> None:
    """Record the station, and let the home machine's one case follow every procedure."""
    environment = {"temoin": __version__, "os": f"{platform.system()} {platform.release()}"}
    store.ensure_station(settings.station.operator, environment)
    cases = [case for case in store.cases() if case.closed is None]
    if not cases:
        store.ensure_case(DEFAULT_CASE, "other", now)
        cases = [case for case in store.cases() if case.closed is None]
    if len(cases) == 1:
        for procedure in settings.procedures:
            if procedure.id not in cases[0].procedures:
                store.follow(cases[0].code, procedure.id, now)


def capture_and_record(
    workshop: Workshop,
    procedure: Procedure,
    *,
    due: datetime | None = None,
    assisted: bool = False,
    told: Told = _silent,
) -> Recorded:
    """One attempt, in the register before anyone hears of it.

    A planned attempt (``due``) that may not be made is recorded as ``refused``; one asked for by hand is not an
    attempt yet, and the person is told why.

    Raises:
        RefusedError: politeness, terms or robots.txt say no, and the attempt was not a planned one.
        BrowserError: no usable browser or display.
        StoreError: the evidence could not be kept; nothing is reported as recorded.
    """
    prepare_store(workshop.settings, workshop.store, now=workshop.clock.now())
    mode = Mode.ASSISTED if assisted or procedure.mode is Mode.ASSISTED else procedure.mode
    try:
        profile = profile_for(procedure)
        check_terms(procedure, mode, profile)
        session = workshop.browsers.session()
        with _leased(workshop, procedure, mode):
            rules = _robots(workshop, procedure, mode)
            return _visit(
                workshop, procedure, mode=mode, profile=profile, rules=rules, due=due, session=session, told=told
            )
    except NobodyThereError as error:
        visit = Visit(outcome=Outcome.UNREACHABLE, reason=error.reason)
    except RefusedError as error:
        if due is None:
            raise
        visit = Visit(outcome=Outcome.REFUSED, reason=getattr(error, "reason", "refused"))
    recorded = _record_unvisited(workshop, procedure, due=due, visit=visit)
    told(recorded)
    return recorded


@contextmanager
def _leased(workshop: Workshop, procedure: Procedure, mode: Mode) -> Iterator[VisitLease]:
    """The right to visit the host, taken in the database in one transaction (DESIGN §7)."""
    limits = limits_for(workshop.settings, procedure)
    now = workshop.clock.now()
    verdict, lease = workshop.store.take_visit(
        host=host_of(procedure.url),
        procedure=procedure.id,
        mode=mode,
        now=now,
        judge=lambda history: judge(history, procedure=procedure.id, mode=mode, limits=limits, now=now),
    )
    if lease is None:
        raise RefusalError(verdict.reason, verdict.message, remedy=_("Nothing was sent to the site. Try again later."))
    try:
        yield lease
    finally:
        workshop.store.end_visit(lease, workshop.clock.now())


def _robots(workshop: Workshop, procedure: Procedure, mode: Mode) -> RobotsRules | None:
    """What robots.txt says to a program; a person at the window is not one."""
    if mode is Mode.ASSISTED:
        return None
    rules = robots_for(procedure.url, store=workshop.store, fetch=workshop.fetch, now=workshop.clock.now())
    if rules.failure:
        raise NobodyThereError(rules.failure, _("{host} does not answer.").format(host=host_of(procedure.url)))
    if not rules.allows(procedure.url):
        raise RefusalError(
            f"robots_{rules.reason}",
            _("robots.txt of {host} does not let programs visit this page ({reason}).").format(
                host=host_of(procedure.url), reason=rules.reason
            ),
            remedy=_("Visit it yourself: “temoin capture {id} --assist”.").format(id=procedure.id),
        )
    return rules


def _visit(
    workshop: Workshop,
    procedure: Procedure,
    *,
    mode: Mode,
    profile: SiteProfile,
    rules: RobotsRules | None,
    due: datetime | None,
    session: BrowserSession,
    told: Told,
) -> Recorded:
    at = workshop.clock.now()
    request = _request(workshop, procedure, mode=mode, profile=profile, rules=rules, at=at)
    keep = partial(_record, workshop, procedure, request, due=due, rules=rules)
    if mode is not Mode.ASSISTED:
        visit = _watched(partial(perform, session, request), keep)
        recorded = keep(visit)
        told(recorded)
        return recorded
    with assist(session, request) as assisted:
        visit = _watched(assisted.watch, keep)
        recorded = keep(visit)
        told(recorded)
        if visit.outcome is Outcome.SLOT_SEEN:
            assisted.hand_over()
            _record_handover(workshop, recorded)
            assisted.wait_until_closed()
    return recorded


def _watched(visit: Callable[[], Visit], keep: Callable[[Visit], Recorded]) -> Visit:
    """The visit; one that the person breaks off is an attempt all the same, and stands in the register."""
    try:
        return visit()
    except (KeyboardInterrupt, InterruptedByUserError):
        keep(Visit(outcome=Outcome.UNRECOGNISED, reason="interrupted"))
        raise


def _request(
    workshop: Workshop,
    procedure: Procedure,
    *,
    mode: Mode,
    profile: SiteProfile,
    rules: RobotsRules | None,
    at: datetime,
) -> VisitRequest:
    read, zone = procedure.terms_read, workshop.settings.zone_of(procedure)
    known = known_offers(workshop.store, procedure.id, read=read, zone=zone) if procedure.choices else None
    return VisitRequest(
        attempt=new_attempt_id(at),
        at=at,
        url=procedure.url,
        profile=profile,
        prefecture=procedure.prefecture,
        label=procedure.label,
        timezone=zone,
        simulated=_simulated(workshop, procedure),
        mode=mode,
        choices=procedure.choices,
        known_offers=known,
        terms_expected=None if read is None else workshop.store.latest_terms(procedure.id, read),
        allows_robot=(lambda _url: True) if rules is None else rules.allows,
        timing=_timing(workshop.timing, procedure),
        now=workshop.clock.now,
    )


def _simulated(workshop: Workshop, procedure: Procedure) -> bool:
    """A loopback address is a replica, whatever the clock says (DESIGN §3.8)."""
    return workshop.clock.simulated or is_loopback(procedure.url)


def _timing(timing: Timing, procedure: Procedure) -> Timing:
    if not is_loopback(procedure.url):
        return timing
    return replace(timing, pace=(0.0, 0.0), settle=min(timing.settle, REPLICA_SETTLE))


def _record(
    workshop: Workshop,
    procedure: Procedure,
    request: VisitRequest,
    visit: Visit,
    *,
    due: datetime | None,
    rules: RobotsRules | None,
) -> Recorded:
    """Objects first, then the entry; then what the answer asks of the next visits."""
    workshop.store.put_all([artefact.data for artefact in visit.artefacts])
    record = build_record(_context(workshop, procedure, request, due=due, rules=rules), visit)
    entry = workshop.store.append(kind=Kind.ATTEMPT, record=record, at=request.at, procedure=procedure.id)
    _leave_alone(workshop, procedure, request.mode, visit)
    return Recorded(sequence=entry.sequence, attempt=request.attempt, procedure=procedure, visit=visit)


def _context(
    workshop: Workshop, procedure: Procedure, request: VisitRequest, *, due: datetime | None, rules: RobotsRules | None
) -> Context:
    read = procedure.terms_read
    return Context(
        attempt=request.attempt,
        at=request.at,
        due=due,
        timezone=request.timezone,
        simulated=request.simulated,
        mode=request.mode,
        declared=False,
        operator=workshop.settings.station.operator,
        procedure={
            "id": procedure.id,
            "prefecture": procedure.prefecture,
            "label": procedure.label,
            "choices": list(procedure.choices),
        },
        url_asked=procedure.url,
        clock={"source": "simulated" if workshop.clock.simulated else "system", "offset_ms": None},
        robots_sha256=None if rules is None else rules.sha256,
        terms={"read": None if read is None else read.isoformat(), "automation": procedure.automation.value},
        pace=workshop.store.pace(host_of(procedure.url), request.at).to_json(),
    )


def _leave_alone(workshop: Workshop, procedure: Procedure, mode: Mode, visit: Visit) -> None:
    now = workshop.clock.now()
    status = None if visit.http is None else visit.http["status"]
    stop = stop_after(visit.outcome, status=status, retry_after=visit.retry_after, mode=mode, now=now)
    if stop is not None:
        target = None if stop.whole_host else procedure.id
        workshop.store.stop_host(host=host_of(procedure.url), procedure=target, until=stop.until, reason=stop.reason)


def _record_handover(workshop: Workshop, recorded: Recorded) -> None:
    """When the window became the person's own; nothing after this is captured."""
    at = workshop.clock.now()
    record: Json = {
        "format": 1,
        "attempt": recorded.attempt,
        "procedure": recorded.procedure.id,
        "at": utc_text(at),
    }
    workshop.store.append(kind=Kind.HANDOVER, record=record, at=at, procedure=recorded.procedure.id)


def _record_unvisited(workshop: Workshop, procedure: Procedure, *, due: datetime | None, visit: Visit) -> Recorded:
    """An attempt without a visit, and why: no gap goes unexplained."""
    entry = record_without_visit(
        workshop.settings,
        workshop.store,
        procedure,
        due=due,
        now=workshop.clock.now(),
        simulated=_simulated(workshop, procedure),
        visit=visit,
    )
    return Recorded(sequence=entry.sequence, attempt="", procedure=procedure, visit=visit)
