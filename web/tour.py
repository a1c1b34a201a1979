"""The tournée on the page: each try that is due is offered, and opened, passed over, put off or declined.

Which were passed over travels with the pages: nothing is kept here, and nothing is attempted that was not opened.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from scheduler.invitations import Invitation, decline, due_invitations, snooze
from scheduler.politeness import host_of
from temoin.days import moment_words
from temoin.errors import UsageError
from temoin.floors import is_loopback
from temoin.messages import _
from temoin.settings import Procedure
from web.attempts import procedure_of, where
from web.common import go_to
from web.forms import Form, action
from web.render import render
from web.site import site_of

_ANSWERS: Mapping[str, Callable[..., datetime | None]] = MappingProxyType({"later": snooze, "decline": decline})
MOST_PASSED = 200  # of one round; an address has its limits
JOB = "tour"


def begin(_request: Request, _form: Form) -> Response:
    """From the first page."""
    return go_to("/tour")


def show_next(request: Request) -> Response:
    """The next try that is offered, or that the round is over."""
    site, query = site_of(request), request.query_params
    settings, passed = site.settings(), _known(query.getlist("passed"))
    with site.reading() as store:
        due = [one for one in due_invitations(settings, store, site.now()) if one.procedure.id not in passed]
        last = next((one for one in settings.procedures if one.id == query.get("last", "")), None)
        chosen = _choose(due, last)
        cases = [] if chosen is None else [row for row in store.cases() if row.closed is None]
    name = "" if chosen is None else chosen.procedure.id
    return render(
        request,
        "tour.html",
        zone=settings.station.timezone,
        invitation=chosen,
        left=len(due),
        passed=passed,
        said=site.said.get(query.get("said", "")),
        skipped=address_of([*passed, name], query.get("last", "")),
        codes=[row.code for row in cases if name in row.procedures],
        simulated=chosen is not None and is_loopback(chosen.procedure.url),
    )


def _known(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))[-MOST_PASSED:]


def _choose(due: Sequence[Invitation], last: Procedure | None) -> Invitation | None:
    """The oldest on another host than that of the ``last`` one, which rests for a minute; else the oldest."""
    resting = "" if last is None else host_of(last.url)
    others = (one for one in due if host_of(one.procedure.url) != resting)
    return next(others, due[0] if due else None)


def address_of(passed: Sequence[str], last: str = "") -> str:
    """The page of the next try."""
    fields = [*(("passed", name) for name in _known(passed)), *([("last", last)] if last else [])]
    return f"/tour?{urlencode(fields)}" if fields else "/tour"


def take(request: Request, form: Form) -> Response:
    """What the person wants of the try that was offered: its window, or to be asked in an hour, or not at all."""
    site = site_of(request)
    settings = site.settings()
    procedure, move = procedure_of(request, settings), request.path_params["move"]
    passed = [*form.texts("passed"), procedure.id]
    if move == "open":
        asked = {**where(site), "procedures": [procedure.id], "confirm": "", "passed": list(_known(passed))}
        return go_to(f"/tasks/{site.tasks.start(JOB, _('The tries that need you'), asked).id}")
    if move not in _ANSWERS:
        raise UsageError(_("“{text}” is no possible answer.").format(text=move), remedy=_("Choose one of the list."))
    with site.writing() as store:
        now = site.now()
        due = {one.procedure.id: one for one in due_invitations(settings, store, now)}
        if procedure.id not in due:  # it has closed meanwhile, and the next one comes
            return go_to(address_of(passed))
        again = _ANSWERS[move](settings, store, due[procedure.id], now=now)
    return go_to(site.said.keep(address_of(passed), [answered_words(procedure, again, settings.station.timezone)]))


def answered_words(procedure: Procedure, again: datetime | None, zone: str) -> str:
    """What was done with a try that nobody followed: it opens again at ``again``, or no more."""
    if again is None:
        return _("{label}: not today. That is written in the register.").format(label=procedure.label)
    return _("{label}: put off. It waits for you again on {when}.").format(
        label=procedure.label, when=moment_words(again, zone)
    )


ROUTES = (
    Route("/tour", show_next),
    Route("/tour", action(begin), methods=["POST"]),
    Route("/tour/{procedure}/{move}", action(take), methods=["POST"]),
)
