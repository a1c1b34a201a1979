"""Today: what needs a human now, alerts, what comes, what was done, health."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from scheduler import service
from scheduler.alert_facts import read_pressing
from scheduler.alerts import InvitationFacts, find_alerts
from scheduler.doctor import running_pid
from scheduler.health import quick_checks
from scheduler.invitations import Invitation, decline, open_invitation, snooze
from scheduler.planning import PlannedTime
from scheduler.unrecorded import unrecorded_invitations, unrecorded_visits
from store.store import Store
from store.values import AttemptQuery, AttemptRow
from temoin.errors import ConfigError, UsageError
from temoin.messages import _, active_language
from temoin.report import Report
from temoin.settings import Procedure, Settings
from web.alerts import shown_alerts
from web.attempts import procedure_of, where
from web.common import go_to
from web.forms import Form, action
from web.render import render
from web.site import Site, site_of

MOST = 20  # lines of each list; the rest is in the pages that the list leads to
AHEAD = timedelta(days=2)  # no plan reaches further than tomorrow


def show_today(request: Request) -> Response:
    """The first page; without a configuration, the first run."""
    site = site_of(request)
    if not site.is_configured:
        return go_to("/start")
    settings, now = site.settings(), site.now()
    watched = running_pid(settings.station.data_dir) is not None
    with site.reading() as store:
        idle = store.idle_procedures()
        facts = read_pressing(settings, store, now=now, watched=watched, most=MOST, idle=idle)
        values: dict[str, Any] = {
            "done": _done_today(settings, store, now),
            "coming": _coming(settings, store, now, idle)[:MOST],
            "health": Report(checks=quick_checks(settings, store, now=now)),
        }
    alerts, running = shown_alerts(find_alerts(facts), settings, now)[:MOST], site.tasks.running()
    mark = _mark(active_language(), alerts, facts.invitations, [task.id for task in running])
    if request.query_params.get("known") == mark:
        return Response(status_code=204)
    return render(
        request,
        "today.html",
        mark=mark,
        zone=settings.station.timezone,
        known={one.id: one for one in settings.procedures},
        waiting=facts.invitations[:MOST],
        more_waiting=max(0, len(facts.invitations) - MOST),
        alerts=alerts,
        service=_service(settings),
        watched=watched,
        running=running,
        said=site.said.get(request.query_params.get("said", "")),
        is_simulated=_is_simulated(facts.invitations),
        **values,
    )


def _mark(*shown: object) -> str:
    """What tells whether a page that stays open shows all this already."""
    return sha256(repr(shown).encode("utf-8", "backslashreplace")).hexdigest()[:16]


def _is_simulated(invitations: Sequence[InvitationFacts]) -> bool:
    return any(one.simulated for one in invitations)


def _done_today(settings: Settings, store: Store, now: datetime) -> tuple[AttemptRow, ...]:
    """The newest attempts since the station's midnight, newest first."""
    zone = ZoneInfo(settings.station.timezone)
    midnight = datetime.combine(now.astimezone(zone).date(), time(), tzinfo=zone).astimezone(UTC)
    return store.attempts(AttemptQuery(since=midnight, limit=MOST, newest_first=True))


def _coming(settings: Settings, store: Store, now: datetime, idle: frozenset[str]) -> list[PlannedTime]:
    """The times drawn that are still to come, the program's and the person's."""
    until = now + AHEAD
    found = [
        *unrecorded_visits(settings, store, since=now, until=until),
        *unrecorded_invitations(settings, store, since=now, until=until, idle=idle),
    ]
    return sorted(found, key=lambda one: (one.at, one.procedure))


def _service(settings: Settings) -> service.State | None:
    try:
        return service.state(settings, service.manager_here())
    except ConfigError:
        return None  # this system has none that Témoin knows


def open_one(request: Request, _form: Form) -> Response:
    """Open the window of one try that is due."""
    site = site_of(request)
    procedure = procedure_of(request, site.settings())
    asked = {**where(site), "procedures": [procedure.id], "assisted": True, "confirm": ""}
    task = site.tasks.start("attempt", _("An attempt: {label}").format(label=procedure.label), asked)
    return go_to(f"/tasks/{task.id}")


def put_off(request: Request, _form: Form) -> Response:
    """Put an open invitation off by an hour."""
    _answer(request, snooze)
    return go_to("/")


def say_no(request: Request, _form: Form) -> Response:
    """Decline an open invitation: it is recorded as such."""
    _answer(request, decline)
    return go_to("/")


def _answer(request: Request, answered: Callable[..., object]) -> None:
    site = site_of(request)
    settings = site.settings()
    procedure = procedure_of(request, settings)
    with site.writing() as store:
        now = site.now()
        answered(settings, store, _open(settings, store, procedure, now), now=now)


def _open(settings: Settings, store: Store, procedure: Procedure, now: datetime) -> Invitation:
    found = open_invitation(settings, store, procedure, now=now)
    if found is None:
        raise UsageError(
            _("No invitation is open any more for this démarche."), remedy=_("This page shows the next ones.")
        )
    return found


def begin_check(request: Request, _form: Form) -> Response:
    """Look at everything that an attempt needs, time servers and authorities included."""
    site = site_of(request)
    return go_to(f"/tasks/{site.tasks.start('check', _('Check this computer'), {**where(site)}).id}")


def change_service(request: Request, form: Form) -> Response:
    """Let Témoin start at every login, and now; or no more."""
    wanted = form.text("wanted")
    if wanted not in _SERVICES:
        raise UsageError(_("“{text}” is no possible answer.").format(text=wanted), remedy=_("Choose one of the list."))
    _SERVICES[wanted](site_of(request))
    return go_to("/#health")


def _install(site: Site) -> None:
    service.install_all(site.settings(), from_page=True)


def _uninstall(site: Site) -> None:
    service.uninstall_all(site.settings(), from_page=True)


_SERVICES: Mapping[str, Callable[[Site], None]] = MappingProxyType({"install": _install, "uninstall": _uninstall})

ROUTES = (
    Route("/", show_today),
    Route("/invitations/{procedure}/open", action(open_one), methods=["POST"]),
    Route("/invitations/{procedure}/later", action(put_off), methods=["POST"]),
    Route("/invitations/{procedure}/decline", action(say_no), methods=["POST"]),
    Route("/check", action(begin_check), methods=["POST"]),
    Route("/service", action(change_service), methods=["POST"]),
)
