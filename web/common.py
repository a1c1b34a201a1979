"""What belongs to no page in particular: the language, the passphrase, and things under way."""

from collections.abc import Callable
from pathlib import Path

from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from typing_extensions import override

from temoin.messages import LANGUAGES, _, speaking
from web.forms import Form, action
from web.gate import LANGUAGE_COOKIE
from web.render import render
from web.site import site_of
from web.tasks import Task
from web.wording import WORDING

MOST_DIGITS = 15  # no entry of a register, and nothing that is listed, has a number of more
_YEAR_SECONDS = 365 * 24 * 3600


class NumberConvertor(Convertor[int]):
    """A number from 1 on in an address, ``{name:number}``: an absurd one is an address of nothing."""

    regex = f"[1-9][0-9]{{0,{MOST_DIGITS - 1}}}"

    @override
    def convert(self, value: str) -> int:
        return int(value)

    @override
    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor("number", NumberConvertor())


def go_to(path: str) -> RedirectResponse:
    """To another page of ours, after something was done."""
    return RedirectResponse(path, 303)


def own_path(text: str) -> str:
    """``text`` where it is a path of this page, else ``/``: nobody is sent elsewhere."""
    inside = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable()
    return text if inside else "/"


def choose_language(_request: Request, form: Form) -> Response:
    """Speak the language that was chosen from now on."""
    return in_language(form.text("language"), lambda: go_to(own_path(form.text("back"))))


def in_language(chosen: str, answered: Callable[[], Response]) -> Response:
    """What ``answered`` gives, in the language that was chosen and is spoken from then on; as before if it is none."""
    if chosen not in LANGUAGES:
        return answered()
    with speaking(chosen, wording=WORDING):
        answer = answered()
    answer.set_cookie(LANGUAGE_COOKIE, chosen, max_age=_YEAR_SECONDS, httponly=True, samesite="strict")
    return answer


def give_passphrase(request: Request, form: Form) -> Response:
    """Keep the passphrase for a while, then go back to where it was needed."""
    site_of(request).passphrase.remember(form.text("passphrase"))
    return go_to(own_path(form.text("back")))


def forget_passphrase(request: Request, form: Form) -> Response:
    """Forget it at once."""
    site_of(request).passphrase.forget()
    return go_to(own_path(form.text("back")))


def task_of(request: Request) -> Task:
    """The one that the address names. Raises ``HTTPException`` (404)."""
    task = site_of(request).tasks.get(request.path_params["task"])
    if task is None:
        raise HTTPException(404)
    return task


def removed() -> HTTPException:
    """What was made is there no more: it was removed by hand, or with its dossier."""
    return HTTPException(410, _("This was removed. A filing can be issued again at any time."))


def show_task(request: Request) -> Response:
    """Something under way, or how it ended; the part that changes is asked for again every second."""
    return render(request, "task.html", task=_shown(request))


def show_task_state(request: Request) -> Response:
    """The part that changes; once it has ended, all of it, with what can be pressed then."""
    task = _shown(request)
    if task.is_running:
        return render(request, "_task_running.html", task=task, again=True)
    answer = render(request, "_task.html", task=task)
    answer.headers.update({"HX-Retarget": "#task", "HX-Reswap": "outerHTML"})
    return answer


def _shown(request: Request) -> Task:
    """The task, unless what it made was removed: its list of files holds the titles of what the person added.

    Raises:
        HTTPException: 404 or 410, there is nothing (any more).
    """
    task = task_of(request)
    if task.result is not None and "out" in task.asked and not Path(task.asked["out"]).is_dir():
        raise removed()
    return task


def stop_task(request: Request, _form: Form) -> Response:
    """End it; what it recorded is kept."""
    task = task_of(request)
    site_of(request).tasks.stop(task)
    return go_to(f"/tasks/{task.id}")


ROUTES = (
    Route("/language", action(choose_language), methods=["POST"]),
    Route("/passphrase", action(give_passphrase), methods=["POST"]),
    Route("/passphrase/forget", action(forget_passphrase), methods=["POST"]),
    Route("/tasks/{task}", show_task),
    Route("/tasks/{task}/state", show_task_state),
    Route("/tasks/{task}/stop", action(stop_task), methods=["POST"]),
)
