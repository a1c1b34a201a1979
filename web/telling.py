"""How the person is told, changed once the first run is over: the same question, and a test message, as there."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from scheduler.beginning import ADDRESS, DESKTOP, NONE
from scheduler.channels import channels_of
from temoin.settings import Notify
from web.common import go_to
from web.configuring import change_messages, today_of
from web.first_run import Way, show_held, take_step
from web.forms import Form, action
from web.questions import Answers, Known
from web.site import Site, site_of


def show_messages(request: Request) -> Response:
    """The question, answered as it stands; an address is never shown again, since it may hold a password."""
    site = site_of(request)
    if not site.is_configured:
        return go_to("/start")
    return show_held(request, MESSAGES, Answers({"channel": _chosen(site.settings().notify)}, _known(site)))


def answer_messages(request: Request, form: Form) -> Response:
    """Send a test message; write the way down once the person has said what came of it."""
    site = site_of(request)
    if not site.is_configured:
        return go_to("/start")
    return take_step(request, MESSAGES, form, _known(site))


def _chosen(notify: Notify) -> str:
    if notify.refused:
        return NONE
    return ADDRESS if notify.urls else DESKTOP


def _known(site: Site) -> Known:
    settings = site.settings()
    return Known(
        taken={},
        today=today_of(site, settings.station.timezone),
        channels=tuple(one.name for one in channels_of(settings.notify, b"")),
        is_first=False,
    )


def _finish(site: Site, answers: Answers) -> Response:
    reloaded = change_messages(site, answers.channel())
    site.held.clear()
    return go_to(f"/messages?said={reloaded.value}")


MESSAGES = Way(address="/messages", steps=("messages",), finish=_finish)

ROUTES = (Route("/messages", show_messages), Route("/messages", action(answer_messages), methods=["POST"]))
