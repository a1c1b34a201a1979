"""Photo mode on the page: a picture of the person's own browser window, then one question, as ``temoin photo`` asks.

Between the two the picture is kept in memory alone, in the task that took it; it is gone once it is recorded, or
when the person does not want it.
"""

import base64

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from scheduler.photo import (
    ANSWERS,
    COUNTDOWN_SECONDS,
    answer_words,
    check_address,
    is_inside_account,
)
from store.store import Store
from temoin.errors import TemoinError, UsageError
from temoin.messages import _
from temoin.records import Outcome
from temoin.settings import Procedure
from web.attempts import procedure_of, where
from web.common import go_to
from web.forms import Form, action
from web.locked import must_choose, take_chosen, unlocked
from web.passphrase import PassphraseNeededError
from web.render import render
from web.site import Site, site_of
from web.tasks import Task

JOB = "photo"


def begin(request: Request, form: Form) -> Response:
    """Photograph the window in front in a moment, or the one whose title was chosen, at once."""
    site = site_of(request)
    procedure = procedure_of(request, site.settings())
    title = form.text("title")
    asked = {
        **where(site),
        "procedure": procedure.id,
        "title": title,
        "seconds": 0 if title else COUNTDOWN_SECONDS,
    }
    words = _("A photograph: {label}").format(label=procedure.label)
    return go_to(f"/tasks/{site.tasks.start(JOB, words, asked).id}")


def taken_of(request: Request, procedure: Procedure) -> Task:
    """The photograph that the address names, not yet kept or discarded. Raises ``HTTPException`` (404)."""
    task = site_of(request).tasks.get(request.path_params["task"])
    if task is None or task.job != JOB or not (task.result or {}).get("picture"):
        raise HTTPException(404)
    if task.asked["procedure"] != procedure.id:
        raise HTTPException(404)
    return task


def show_picture(request: Request) -> Response:
    """The picture itself."""
    task = taken_of(request, procedure_of(request, site_of(request).settings()))
    assert task.result is not None  # noqa: S101 - held by taken_of
    return Response(base64.b64decode(task.result["picture"]), media_type="image/png")


def show_question(request: Request) -> Response:
    """The picture, and what the page answered."""
    return _question(request)


def _question(request: Request, form: Form | None = None, error: TemoinError | None = None) -> Response:
    site = site_of(request)
    procedure = procedure_of(request, site.settings())
    task = taken_of(request, procedure)
    with site.reading() as store:
        codes = _codes(store, procedure)
        choose, locked = must_choose(site, store), _is_locked(site, store)
    words = answer_words()
    return render(
        request,
        "photo.html",
        200 if error is None else 400,
        procedure=procedure,
        task=task,
        answers=tuple((one.value, words[one]) for one in ANSWERS),
        answer="" if form is None else form.text("answer"),
        address=procedure.url if form is None else form.text("address"),
        inside=is_inside_account(procedure.url) if form is None else form.is_ticked("inside"),
        options=(("", "–"), *((one, one) for one in codes)),
        code="" if form is None else form.text("code"),
        choose=choose,
        locked=locked,
        error=error,
    )


def _codes(store: Store, procedure: Procedure) -> tuple[str, ...]:
    """The dossiers whose journal it may go to: those that follow the procedure, else every one that is open."""
    open_ones = [row for row in store.cases() if row.closed is None]
    following = tuple(row.code for row in open_ones if procedure.id in row.procedures)
    return following or tuple(row.code for row in open_ones)


def _is_locked(site: Site, store: Store) -> bool:
    """Whether the journal's passphrase must be typed first."""
    if store.vault_place() is None:
        return False
    try:
        unlocked(site, store)
    except PassphraseNeededError:
        return True
    return False


def keep(request: Request, form: Form) -> Response:
    """Keep it with the answer: among the captures, or in the journal where it was taken inside an account."""
    site = site_of(request)
    procedure = procedure_of(request, site.settings())
    task = taken_of(request, procedure)
    try:
        asked = _asked(request, procedure, task, form)
    except UsageError as error:
        return _question(request, form, error)
    begun: list[Task] = []

    def ended() -> None:
        asked.pop("picture")
        if begun and begun[0].state == "done":
            task.result = None

    words = _("A photograph: {label}").format(label=procedure.label)
    kept = site.tasks.start("keep_photo", words, asked, secret=site.passphrase.typed(), ended=ended)
    begun.append(kept)
    return go_to(f"/tasks/{kept.id}")


def _asked(request: Request, procedure: Procedure, task: Task, form: Form) -> dict[str, object]:
    site = site_of(request)
    answer = form.choice("answer", Outcome)
    if answer not in ANSWERS:
        raise UsageError(_("What did the page answer?"), remedy=_("Choose one of the list."))
    address = check_address(form.text("address")) if form.text("address") else ""
    inside = form.is_ticked("inside") or is_inside_account(procedure.url, address)
    if inside:
        _open_journal(site, form)
    assert task.result is not None  # noqa: S101 - held by taken_of
    return {
        **where(site),
        **{name: task.result[name] for name in ("procedure", "browser", "at", "picture")},
        "answer": answer.value,
        "address": address,
        "inside": inside,
        "code": form.text("code"),
    }


def _open_journal(site: Site, form: Form) -> None:
    """Take the passphrase that came with the answer, and try it. Raises ``UsageError``."""
    with site.reading() as store:
        if must_choose(site, store):
            take_chosen(site, form)
            if not site.passphrase.is_kept:
                raise UsageError(
                    _("What you add is kept encrypted, and no passphrase was chosen."),
                    remedy=_("Choose one below, and type it twice."),
                )
        elif store.vault_place() is not None:
            if form.text("passphrase"):
                site.passphrase.remember(form.text("passphrase"))
            unlocked(site, store)


def discard(request: Request, _form: Form) -> Response:
    """Forget the picture: nothing of it was kept."""
    procedure = procedure_of(request, site_of(request).settings())
    taken_of(request, procedure).result = None
    return go_to(f"/procedures/{procedure.id}")


_AT = "/procedures/{procedure}/photo"
ROUTES = (
    Route(_AT, action(begin), methods=["POST"]),
    Route(f"{_AT}/{{task}}", show_question),
    Route(f"{_AT}/{{task}}", action(keep), methods=["POST"]),
    Route(f"{_AT}/{{task}}/picture", show_picture),
    Route(f"{_AT}/{{task}}/discard", action(discard), methods=["POST"]),
)
