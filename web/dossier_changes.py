"""What changes a dossier: followed, changed, closed, erased; each as the command of that name does it."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from exhibits.dossiers import Change, change_case, close_case, erase_case, follow_procedures
from temoin.errors import ConfigError, TemoinError, UsageError
from temoin.messages import _
from temoin.records import CaseKind, Closing
from web import bundles
from web.common import go_to
from web.dossiers import case_of, case_page, names_of, site_and_case
from web.forms import Form, action
from web.made import remove_of_case
from web.render import render
from web.site import site_of

_DAYS = ("asked_on", "reviewed_on", "expires_on")


def choose_procedure(request: Request, error: TemoinError | None = None) -> Response:
    """The procedures that a dossier may follow besides those that it does."""
    site = site_of(request)
    with site.reading() as store:
        row = case_of(store, request)
    left = {name: words for name, words in names_of(site.settings()).items() if name not in row.procedures}
    return render(request, "case_follow.html", 200 if error is None else 400, case=row, left=left, error=error)


def follow(request: Request, form: Form) -> Response:
    """Follow a procedure from now on; with ``stop``, no more."""
    site, code = site_and_case(request)
    stop, chosen = form.is_ticked("stop"), form.texts("procedure")
    if not chosen:
        none = UsageError(_("No démarche was chosen."), remedy=_("Choose one of the list."))
        return choose_procedure(request, none)
    try:
        with site.writing() as store:
            said = tuple(follow_procedures(store, site.settings(), code, chosen, stop=stop, now=site.now()))
    except (UsageError, ConfigError) as error:
        return case_page(request, error=error) if stop else choose_procedure(request, error)
    return go_to(site.said.keep(f"/cases/{code}", said))


def change(request: Request, form: Form) -> Response:
    """Keep what became known; what is left empty stays as it is."""
    site, code = site_and_case(request)
    try:
        days = {name: day for name in _DAYS if (day := form.day(name)) is not None}
        changed = Change(kind=form.choice("kind", CaseKind), days=days, still_looking=form.is_ticked("still_looking"))
        with site.writing() as store:
            said = change_case(store, site.settings(), code, changed, now=site.now())
    except UsageError as error:
        names = ("kind", "still_looking", *_DAYS)
        return case_page(request, {"part": "change", **{name: form.text(name) for name in names}}, error)
    return go_to(site.said.keep(f"/cases/{code}", [said]))


def close(request: Request, form: Form) -> Response:
    """Follow nothing more for it, and keep everything."""
    site, code = site_and_case(request)
    try:
        why = form.choice("why", Closing) or Closing.OTHER
        with site.writing() as store:
            said = close_case(store, code, why=why.value, now=site.now())
    except UsageError as error:
        return case_page(request, {"part": "close"}, error)
    return go_to(site.said.keep(f"/cases/{code}", [said]))


def ask_erase(request: Request, error: TemoinError | None = None) -> Response:
    """What would be gone, and the code to type."""
    with site_of(request).reading() as store:
        row = case_of(store, request)
        added = sum(one.erased_by is None for one in store.items(row.code))
        filings = len(store.filings(row.code))
    status = 200 if error is None else 400
    return render(request, "case_erase.html", status, case=row, added=added, filings=filings, error=error)


def erase(request: Request, form: Form) -> Response:
    """Erase what is personal, once its code was typed."""
    site, code = site_and_case(request)
    if form.text("typed") != code:
        wrong = UsageError(
            _("The code that was typed is not that of this case: nothing was erased."),
            remedy=_("Type {code} to erase it.").format(code=code),
        )
        return ask_erase(request, wrong)
    with site.writing() as store:
        said = erase_case(store, code, now=site.now())
    for task in site.tasks.of_job(bundles.JOB):
        if task.asked["code"] == code:
            site.tasks.forget(task)  # what it told holds the titles of what was added
    remove_of_case(site.settings().station.data_dir, code)
    return go_to(site.said.keep("/cases", [said]))


ROUTES = (
    Route("/cases/{code}/follow", choose_procedure),
    Route("/cases/{code}/follow", action(follow), methods=["POST"]),
    Route("/cases/{code}/change", action(change), methods=["POST"]),
    Route("/cases/{code}/close", action(close), methods=["POST"]),
    Route("/cases/{code}/erase", ask_erase),
    Route("/cases/{code}/erase", action(erase), methods=["POST"]),
)
