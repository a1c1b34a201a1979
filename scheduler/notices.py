"""When the préfecture's page that sends people to the booking site is photographed, and the entry made of it.

Rules of the structure (docs/adr/0010):

* It is due before the first attempt, then once a month, and at filing when the last one is older than a day.
* It comes just before an attempt, as a person comes who follows the link: within the attempt's lease when both stand
  on one host, else with a lease of its own on its host. A lease that is refused is no failure: the next attempt asks
  again.
* It never makes an attempt fail. Whatever happens is an entry with its outcome, or no entry where politeness, the
  browser or the disk said no. One exception, which is politeness itself: a host that asks for rest (429) gets it.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from capture.links import same_address
from capture.notice import look_at_notice, page_profile
from capture.request import VisitRequest
from scheduler.permission import RefusalError
from scheduler.politeness import TOO_MANY_REQUESTS, host_of, stop_after
from scheduler.robots import RobotsRules, robots_for
from scheduler.workshop import Workshop, leased, open_workshop, procedure_json
from store.opening import DATABASE_NAME
from store.store import Store
from store.values import NoticeRow
from temoin.clock import Clock
from temoin.errors import BrowserError, InterruptedByUserError, RefusedError, TemoinError
from temoin.messages import _
from temoin.notice import NoticeContext, NoticeLink, NoticeOutcome, NoticeVisit, build_notice
from temoin.records import Automation, Kind, Mode, Outcome, new_attempt_id
from temoin.settings import Procedure, Settings
from temoin.words import notice_words

if TYPE_CHECKING:
    from playwright.sync_api import Playwright

    from temoin.canonical import Json

MONTH = timedelta(days=30)
FILING_AGE = timedelta(hours=24)  # what is filed shows the page as it is that day
FAILURE_REST = timedelta(days=1)
REFUSAL_REST = timedelta(days=7)  # a page that refuses programs is not asked day after day
REFUSALS = frozenset({NoticeOutcome.BLOCKED, NoticeOutcome.REFUSED})

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedNotice:
    """A notice that is in the register."""

    sequence: int
    notice: str
    procedure: Procedure
    visit: NoticeVisit


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """What became of one procedure's page before a filing: its entry, if one was made, and a sentence for people."""

    procedure: str
    recorded: RecordedNotice | None
    sentence: str


Told = Callable[[RecordedNotice], object]


def is_due(notices: Iterable[NoticeRow], now: datetime, *, at_filing: bool = False) -> bool:
    """Whether it is time to look again; ``notices`` are those of one page.

    One from the future (the clock was put back) says nothing.
    """
    return not any(timedelta(0) <= now - row.at < _rest(row.outcome, at_filing=at_filing) for row in notices)


def _rest(outcome: NoticeOutcome, *, at_filing: bool) -> timedelta:
    """How long a look with that outcome is enough; at filing a failure of the site's is tried again at once."""
    if outcome is NoticeOutcome.SHOWN:
        return FILING_AGE if at_filing else MONTH
    if outcome in REFUSALS:
        return FAILURE_REST if at_filing else REFUSAL_REST
    return timedelta(0) if at_filing else FAILURE_REST


def notice_before(workshop: Workshop, procedure: Procedure, *, told: Told) -> None:
    """The page, just before an attempt whose lease is held, when it is time for it.

    Raises:
        RefusalError: the booking's own host has just asked for rest.
    """
    try:
        recorded = photograph_notice(workshop, procedure, held=host_of(procedure.url))
    except InterruptedByUserError:
        raise
    except TemoinError as error:
        logger.info("%s %s", error.message, error.remedy, extra={"action": "notice_skipped"})
        return
    if recorded is None:
        return
    told(recorded)
    if _same_host(procedure) and recorded.visit.status == TOO_MANY_REQUESTS:
        raise RefusalError(
            "host_stopped",
            _("{host} asks to be left alone for now.").format(host=host_of(procedure.url)),
            remedy=_("Try again later."),
        )


def photograph_notice(
    workshop: Workshop, procedure: Procedure, *, held: str = "", at_filing: bool = False
) -> RecordedNotice | None:
    """The page looked at and recorded, if it is time; None when it is not. ``held`` is the host already leased.

    Raises:
        RefusalError: the page's host rests or is being visited.
        BrowserError: no usable browser or display.
        StoreError: the evidence could not be kept.
    """
    if not _may(procedure) or not is_due(_past(workshop, procedure), workshop.clock.now(), at_filing=at_filing):
        return None
    if host_of(procedure.instructions_url) == held:
        return _look_and_record(workshop, procedure)
    page = procedure.model_copy(update={"url": procedure.instructions_url})
    with leased(workshop, page, Mode.UNATTENDED, counted_as=f"{procedure.id}#notice"):
        return _look_and_record(workshop, procedure)


def _same_host(procedure: Procedure) -> bool:
    return host_of(procedure.instructions_url) == host_of(procedure.url)


def _may(procedure: Procedure) -> bool:
    """Whether a program may look: what holds for the booking site holds for all its pages."""
    page = procedure.instructions_url
    if not page or same_address(page, procedure.url):
        return False
    read = procedure.terms_read is not None and procedure.automation is not Automation.FORBIDDEN
    return not _same_host(procedure) or (read and procedure.mode is not Mode.PHOTO)


def _past(workshop: Workshop, procedure: Procedure) -> Iterator[NoticeRow]:
    """The recent looks at the very page that is configured now, newest first; a replica's and a real one apart."""
    since, page = workshop.clock.now() - MONTH, procedure.instructions_url
    for row in reversed(workshop.store.notices(procedure.id)):
        recent = row.at > since and row.simulated == workshop.is_simulated(page)
        if recent and workshop.store.record(row.sequence)["url"]["asked"] == page:
            yield row


def _look_and_record(workshop: Workshop, procedure: Procedure) -> RecordedNotice:
    page = procedure.instructions_url
    clock = workshop.clock_json(page)  # asked before the look: nothing is to wait between it and its record
    at = workshop.clock.now()
    request = _request(workshop, procedure, at=at)
    rules = robots_for(page, store=workshop.store, fetch=workshop.fetch, now=at)
    visit = _unvisited(rules, page)
    if visit is None:
        request = _request(workshop, procedure, at=at, rules=rules)
        with workshop.browsers.unattended() as session:
            visit = look_at_notice(session, request, booking=procedure.url)
    return _record(workshop, procedure, request, visit, rules=rules, clock=clock)


def _unvisited(rules: RobotsRules, page: str) -> NoticeVisit | None:
    """What is recorded when nothing is asked for: nobody answers, or robots.txt says no."""
    link = NoticeLink(path=(page,))
    if rules.failure:
        return NoticeVisit(outcome=NoticeOutcome.UNREACHABLE, reason=rules.failure, link=link)
    if not rules.allows(page):
        return NoticeVisit(outcome=NoticeOutcome.REFUSED, reason=f"robots_{rules.reason}", link=link)
    return None


def _request(
    workshop: Workshop, procedure: Procedure, *, at: datetime, rules: RobotsRules | None = None
) -> VisitRequest:
    page = procedure.instructions_url
    return VisitRequest(
        attempt=new_attempt_id(at),
        at=at,
        url=page,
        profile=page_profile(),
        prefecture=procedure.prefecture,
        label=procedure.label,
        timezone=workshop.settings.zone_of(procedure),
        simulated=workshop.is_simulated(page),
        mode=Mode.UNATTENDED,
        allows_robot=(lambda _url: False) if rules is None else rules.allows,
        timing=workshop.timing_for(page),
        now=workshop.clock.now,
    )


def _record(
    workshop: Workshop,
    procedure: Procedure,
    request: VisitRequest,
    visit: NoticeVisit,
    *,
    rules: RobotsRules,
    clock: "Json",
) -> RecordedNotice:
    """Objects first, then the entry; then what the answer asks of the next visits."""
    workshop.store.put_all([artefact.data for artefact in visit.artefacts])
    context = NoticeContext(
        notice=request.attempt,
        at=request.at,
        timezone=request.timezone,
        simulated=request.simulated,
        operator=workshop.settings.station.operator,
        procedure=procedure_json(procedure),
        url_asked=request.url,
        clock=clock,
        robots_sha256=rules.sha256,
        pace=workshop.store.pace(host_of(request.url), request.at).to_json(),
    )
    record = build_notice(context, visit)
    entry = workshop.store.append(kind=Kind.NOTICE, record=record, at=request.at, procedure=procedure.id)
    workshop.committed()
    _leave_alone(workshop, procedure, visit)
    return RecordedNotice(sequence=entry.sequence, notice=request.attempt, procedure=procedure, visit=visit)


def _leave_alone(workshop: Workshop, procedure: Procedure, visit: NoticeVisit) -> None:
    """Rest for a host that asks for it. A page that is refused or overloaded says nothing of the booking beside it."""
    now, status = workshop.clock.now(), visit.status
    outcome = Outcome.BLOCKED if visit.outcome is NoticeOutcome.BLOCKED else Outcome.UNRECOGNISED
    stop = stop_after(outcome, status=status, retry_after=visit.retry_after, mode=Mode.UNATTENDED, now=now)
    if stop is None:
        return
    if status == TOO_MANY_REQUESTS or (stop.reason == "retry_after" and not _same_host(procedure)):
        host = host_of(procedure.instructions_url)
        workshop.store.stop_host(host=host, procedure=None, until=stop.until, reason=stop.reason)


def refresh_for_filing(
    settings: Settings,
    procedures: Collection[str],
    *,
    clock: Clock | None = None,
    driver: "Playwright | None" = None,
) -> tuple[Refreshed, ...]:
    """The pages of ``procedures`` (ids) looked at once more before a filing, where the last look is over a day old.

    Nothing here keeps a filing from being made: no browser, a host that rests, a page that is not there are told.

    Raises:
        StoreError: the store cannot be opened or written.
        IntegrityError: something kept earlier is damaged.
    """
    wanted = [procedure for procedure in settings.procedures if procedure.id in procedures and _may(procedure)]
    if not wanted or not (settings.station.data_dir / DATABASE_NAME).is_file():
        return ()
    with open_workshop(settings, assisted=False, clock=clock, driver=driver) as workshop:
        found = [_refreshed(workshop, procedure) for procedure in wanted]
    return tuple(refreshed for refreshed in found if refreshed is not None)


def refresh_for_case(settings: Settings, store: Store, code: str) -> Iterator[str]:
    """The same for all that the case follows now, told in sentences. Raises as ``refresh_for_filing``."""
    followed = {row.procedure for row in store.followed(code) if row.until is None}
    for refreshed in refresh_for_filing(settings, followed):
        yield refreshed.sentence


def _refreshed(workshop: Workshop, procedure: Procedure) -> Refreshed | None:
    try:
        recorded = photograph_notice(workshop, procedure, at_filing=True)
    except (BrowserError, RefusedError) as error:
        words = _("{id}: the préfecture’s page was not looked at. {message} The filing goes on without a new picture.")
        sentence = words.format(id=procedure.name, message=error.message)
        return Refreshed(procedure=procedure.id, recorded=None, sentence=sentence)
    if recorded is None:
        return None
    return Refreshed(procedure=procedure.id, recorded=recorded, sentence=describe(recorded))


def describe(recorded: RecordedNotice) -> str:
    """What a look found, in a sentence for people."""
    visit = recorded.visit
    numbers = {"id": recorded.procedure.name, "sequence": recorded.sequence}
    if visit.outcome is not NoticeOutcome.SHOWN:
        why = notice_words(visit.outcome) + (f", {visit.reason}" if visit.reason else "")
        words = _("{id}: n° {sequence}, the préfecture’s page could not be photographed ({why}).")
        return words.format(**numbers, why=why)
    if visit.link.found:
        return _("{id}: n° {sequence}, the préfecture’s page and its link to the booking.").format(**numbers)
    return _("{id}: n° {sequence}, the préfecture’s page; no link of it leads straight to the booking.").format(
        **numbers
    )
