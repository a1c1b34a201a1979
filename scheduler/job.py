"""The one use case: ask whether one may, visit, record. Command line, daemon's children and demo all come here.

Order (DESIGN §3.4, durable before reported): terms → lease on the host → robots.txt → the préfecture's page where it
is time (``scheduler.notices``) → visit → objects on disk → entry committed → its timestamp asked for, beside all that
follows → lease ended → only then is anyone told, and a window handed over.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from capture.assisted import assist
from capture.browser import BrowserSession
from capture.profile import SiteProfile
from capture.request import VisitRequest
from capture.visit import perform
from scheduler.memory import known_bodies, known_offers
from scheduler.notices import RecordedNotice, notice_before
from scheduler.permission import NobodyThereError, RefusalError, check_sought, check_terms, passes_soon, profile_for
from scheduler.placed import station_environment
from scheduler.planning import record_without_visit
from scheduler.politeness import host_of, stop_after
from scheduler.robots import RobotsRules, robots_for
from scheduler.workshop import Browsers, Workshop, leased, open_workshop, procedure_json, surrounded
from store.store import Store
from temoin.clock import utc_text
from temoin.errors import InterruptedByUserError, RefusedError
from temoin.messages import _
from temoin.records import Context, Kind, Mode, Outcome, Visit, build_record, new_attempt_id
from temoin.settings import Procedure, Settings

if TYPE_CHECKING:
    from temoin.canonical import Json

__all__ = [
    "Browsers",
    "Recorded",
    "RecordedNotice",
    "Workshop",
    "capture_and_record",
    "open_workshop",
    "prepare_store",
]

DEFAULT_CASE = "dossier-1"  # a home machine has one file, which follows all that the machine follows


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An attempt that is in the register."""

    sequence: int
    attempt: str
    procedure: Procedure
    visit: Visit


Told = Callable[[Recorded], None]


def _silent(_recorded: Recorded | RecordedNotice) -> None:
    """Tell nobody."""


def prepare_store(settings: Settings, store: Store, *, now: datetime) -> None:
    """Record the station, and let the home machine's one case follow what no case has followed yet.

    A case that was closed or erased is never replaced by a new one, and what a case left it does not follow again:
    both would start the captures anew.
    """
    store.ensure_station(settings.station.operator, station_environment())
    if not store.cases() and not store.idle_procedures():
        store.ensure_case(DEFAULT_CASE, "other", now)
    cases = store.cases()
    if len(cases) != 1 or cases[0].closed is not None:
        return
    idle = store.idle_procedures()
    for procedure in settings.procedures:
        if procedure.id not in cases[0].procedures and procedure.id not in idle:
            store.follow(cases[0].code, procedure.id, now)


def capture_and_record(
    workshop: Workshop,
    procedure: Procedure,
    *,
    due: datetime | None = None,
    patient_until: datetime | None = None,
    assisted: bool = False,
    told: Told = _silent,
    noticed: Callable[[RecordedNotice], object] = _silent,
) -> Recorded:
    """One attempt, in the register before anyone hears of it; before it, where it is time, the préfecture's page.

    A planned attempt (``due``) that may not be made is recorded as ``refused``; one asked for by hand, an invitation
    that a person follows included, is not an attempt yet, and they are told why. Nor is a planned one whose host only
    needs a rest that ends by ``patient_until``: another process may have taken the host a moment ago.

    Raises:
        RefusedError: politeness, terms or robots.txt say no, and a person asked for the attempt; or it may be made
            by ``patient_until``.
        BrowserError: no usable browser or display.
        StoreError: the evidence could not be kept; nothing is reported as recorded.
    """
    prepare_store(workshop.settings, workshop.store, now=workshop.clock.now())
    mode = Mode.ASSISTED if assisted or procedure.mode is Mode.ASSISTED else procedure.mode
    try:
        check_sought(procedure, workshop.store.idle_procedures())
        profile = profile_for(procedure)
        check_terms(procedure, mode, profile)
        workshop.browsers.session()  # none: nothing is asked of any site
        with leased(workshop, procedure, mode):
            rules = _robots(workshop, procedure, mode)
            notice_before(workshop, procedure, told=noticed)
            session = workshop.browsers.session()
            return _visit(
                workshop, procedure, mode=mode, profile=profile, rules=rules, due=due, session=session, told=told
            )
    except NobodyThereError as error:
        visit = Visit(outcome=Outcome.UNREACHABLE, reason=error.reason)
    except RefusedError as error:
        if due is None or mode is Mode.ASSISTED or passes_soon(error, patient_until):
            raise
        visit = Visit(outcome=Outcome.REFUSED, reason=getattr(error, "reason", "refused"))
    recorded = _record_unvisited(workshop, procedure, due=due, visit=visit)
    told(recorded)
    return recorded


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
    clock = workshop.clock_json(procedure.url)  # asked before the visit: nothing is to wait between it and its record
    address = workshop.public_address(procedure.url)  # the same
    at = workshop.clock.now()
    request = _request(workshop, procedure, mode=mode, profile=profile, rules=rules, at=at)
    keep = partial(_record, workshop, procedure, request, due=due, rules=rules, clock=clock, address=address)
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
        simulated=workshop.is_simulated(procedure.url),
        mode=mode,
        choices=procedure.choices,
        known_offers=known,
        terms_expected=None if read is None else workshop.store.latest_terms(procedure.id, read),
        allows_robot=(lambda _url: True) if rules is None else rules.allows,
        timing=workshop.timing_for(procedure.url),
        known_bodies=partial(known_bodies, workshop.store, procedure.id),
        now=workshop.clock.now,
    )


def _record(
    workshop: Workshop,
    procedure: Procedure,
    request: VisitRequest,
    visit: Visit,
    *,
    due: datetime | None,
    rules: RobotsRules | None,
    clock: "Json",
    address: "Json",
) -> Recorded:
    """Objects first, then the entry; then what the answer asks of the next visits."""
    workshop.store.put_all([artefact.data for artefact in visit.artefacts])
    visit = surrounded(visit, address)
    record = build_record(_context(workshop, procedure, request, due=due, rules=rules, clock=clock), visit)
    entry = workshop.store.append(kind=Kind.ATTEMPT, record=record, at=request.at, procedure=procedure.id)
    workshop.committed()
    _leave_alone(workshop, procedure, request.mode, visit)
    return Recorded(sequence=entry.sequence, attempt=request.attempt, procedure=procedure, visit=visit)


def _context(
    workshop: Workshop,
    procedure: Procedure,
    request: VisitRequest,
    *,
    due: datetime | None,
    rules: RobotsRules | None,
    clock: "Json",
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
        procedure=procedure_json(procedure),
        url_asked=procedure.url,
        clock=clock,
        robots_sha256=None if rules is None else rules.sha256,
        terms={"read": None if read is None else read.isoformat(), "automation": procedure.automation.value},
        pace=workshop.store.pace(host_of(procedure.url), request.at).to_json(),
    )


def _leave_alone(workshop: Workshop, procedure: Procedure, mode: Mode, visit: Visit) -> None:
    now = workshop.clock.now()
    status, outcome = None if visit.http is None else visit.http["status"], visit.outcome
    if visit.control is not None and visit.control["reason"] == Outcome.BLOCKED.value:
        status, outcome = visit.control["status"], Outcome.BLOCKED  # a refusal is one, whichever page it is of
    stop = stop_after(outcome, status=status, retry_after=visit.retry_after, mode=mode, now=now)
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
    workshop.committed()


def _record_unvisited(workshop: Workshop, procedure: Procedure, *, due: datetime | None, visit: Visit) -> Recorded:
    """An attempt without a visit, and why: no gap goes unexplained."""
    entry = record_without_visit(
        workshop.settings,
        workshop.store,
        procedure,
        due=due,
        now=workshop.clock.now(),
        simulated=workshop.is_simulated(procedure.url),
        visit=visit,
    )
    workshop.committed()
    return Recorded(sequence=entry.sequence, attempt="", procedure=procedure, visit=visit)
