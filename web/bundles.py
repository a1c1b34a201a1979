"""The files for the court: draft, filing, supplement or a filing issued again; then what is to be taken away."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Route

from exhibits.filing import read_frozen
from exhibits.model import Grouping
from store.store import Store
from temoin.canonical import Json
from temoin.errors import ConfigError, TemoinError, UsageError
from temoin.identity import read_identity
from temoin.messages import _
from web.common import go_to, removed, task_of
from web.deposit import LETTERS, TO_FILE, file_of, stream_zip
from web.dossiers import case_of, site_and_case
from web.forms import Form, action
from web.identity_form import fields, identity_groups, identity_toml
from web.locked import take_typed, unlocked
from web.made import remove, remove_after, write_private
from web.passphrase import PassphraseNeededError
from web.render import render
from web.site import Site, site_of
from web.tasks import Task
from web.uploads import disposition

JOB = "export"
DRAFT, FILE, SUPPLEMENT, AGAIN = "draft", "file", "supplement", "again"
IDENTITY = "identite.toml"
_FIELDS = ("what", "from", "to", "grouping", "first_number", "paper")
_OWN = frozenset({"out", "identity"})  # of what was asked: another one each time
_EMPTY: Mapping[str, Any] = MappingProxyType({})


def show_form(request: Request) -> Response:
    """What can be made of a dossier; what was added is unlocked first, so that the work will not stop halfway."""
    return bundle_page(request)


def bundle_page(request: Request, values: Mapping[str, Any] = _EMPTY, error: TemoinError | None = None) -> Response:
    """The form, and the filings that there are; where something was typed, the passphrase is asked for in it.

    Raises:
        PassphraseNeededError: nothing was typed yet, and what was added is locked.
    """
    site = site_of(request)
    settings = site.settings()
    with site.reading() as store:
        row = case_of(store, request)
        try:
            _unlock(site, store, row.code)
        except PassphraseNeededError as needed:
            if not values:
                raise
            error = error or needed
        locked = not site.passphrase.is_kept and isinstance(error, PassphraseNeededError)
        frozen = read_frozen(store, row.code, zone=settings.station.timezone)
    return render(
        request,
        "bundle.html",
        200 if error is None else 400,
        case=row,
        filings=tuple(reversed(frozen.every)),
        whats=_whats(filed=bool(frozen.petitions)),
        groupings=_groupings(),
        identity=identity_groups(),
        values=values,
        error=error,
        locked=locked,
    )


def _unlock(site: Site, store: Store, code: str) -> None:
    """Open what was added to the dossier, if anything was. Raises ``PassphraseNeededError``."""
    if any(one.erased_by is None for one in store.items(code)):
        unlocked(site, store)


def _whats(*, filed: bool) -> tuple[tuple[str, str], ...]:
    whats = (
        (DRAFT, _("A draft: nothing is frozen, and it can be made again as often as you want")),
        (FILE, _("A filing: its numbers and files are frozen for good, and can be issued again")),
    )
    more = ((SUPPLEMENT, _("A supplement: what came since the last filing, frozen too")),) if filed else ()
    return (*whats, *more)


def _groupings() -> tuple[tuple[str, str], ...]:
    words = {
        Grouping.WEEK: _("one file for each week"),
        Grouping.MONTH: _("one file for each month"),
        Grouping.ALL: _("all in one file"),
        Grouping.SINGLE: _("one file for each attempt"),
    }
    return tuple((one.value, words[one]) for one in Grouping)


def make(request: Request, form: Form) -> Response:
    """Start the work in a process of its own, and go where it can be watched."""
    site, code = site_and_case(request)
    take_typed(site, form)
    try:
        asked = _asked(site, code, form)
        letters = identity_toml(form.text, form.day)
        with site.reading() as store:
            _unlock(site, store, code)
        task = _running_twin(site, asked) or _start(site, asked, letters)
    except (UsageError, ConfigError) as error:
        if form.text("what") == AGAIN:
            raise  # nothing was typed
        typed = {name: form.text(name) for name in _FIELDS}
        return bundle_page(request, {**typed, **{one.name: form.text(one.name) for one in fields()}}, error)
    return go_to(f"/tasks/{task.id}")


def _asked(site: Site, code: str, form: Form) -> Json:
    """What the worker is asked; folders come later."""
    what, grouping = form.text("what") or DRAFT, form.text("grouping") or Grouping.WEEK.value
    if what not in {DRAFT, FILE, SUPPLEMENT, AGAIN} or grouping not in set(Grouping):
        raise UsageError(_("That is none of the possible answers."), remedy=_("Choose one of the list."))
    since, until = form.day("from"), form.day("to")
    return {
        "config": str(site.config.absolute()),
        "data_dir": None if site.data_dir is None else str(site.data_dir.absolute()),
        "code": code,
        "file": what == FILE,
        "supplement": what == SUPPLEMENT,
        "again": form.text("again") if what == AGAIN else "",
        "since": "" if since is None else since.isoformat(),
        "until": "" if until is None else until.isoformat(),
        "grouping": grouping,
        "first_number": form.number("first_number", 1),
        "paper": form.is_ticked("paper"),
    }


def _running_twin(site: Site, asked: Json) -> Task | None:
    """The same thing under way already: a button was pressed twice."""
    for task in site.tasks.running():
        if task.job == JOB and {key: value for key, value in task.asked.items() if key not in _OWN} == asked:
            return task
    return None


def _start(site: Site, asked: Json, letters: str) -> Task:
    out = site.made.new_folder(site.settings().station.data_dir.absolute(), asked["code"])
    identity = out / IDENTITY if letters else None
    try:
        if identity is not None:
            write_private(identity, letters)
            _check_identity(identity)
        title = _("Files for the court, case {code}").format(code=asked["code"])
        folders = {"out": str(out), "identity": None if identity is None else str(identity)}
        task = site.tasks.start(JOB, title, {**asked, **folders}, secret=site.passphrase.typed())
    except (TemoinError, OSError):
        remove(out)
        raise
    if identity is not None:
        remove_after(task, identity)
    return task


def _check_identity(path: Path) -> None:
    """Before the work begins: the same reading as the work's own."""
    try:
        read_identity(path)
    except ConfigError as error:
        raise UsageError(error.message, remedy=_("Change it in the form.")) from error


def folder_of(task: Task, name: str = "path") -> Path:
    """The finished bundle, or the folder of its letters. Raises ``HTTPException`` (410): none (any more)."""
    made: str | None = task.result.get(name) if task.job == JOB and task.result is not None else None
    folder = Path(task.asked["out"]) / made if made else None
    if folder is None or not folder.is_dir():
        raise removed()
    return folder


def download(request: Request) -> Response:
    """The bundle, or the letters in the person's name, as one ZIP."""
    names = {"bundle": "path", "letters": "letters"}
    what = request.path_params["what"]
    if what not in names:
        raise HTTPException(404)
    folder = folder_of(task_of(request), names[what])
    headers = {"Content-Disposition": disposition(f"{folder.name}.zip")}
    return StreamingResponse(stream_zip(folder), media_type="application/zip", headers=headers)


def download_file(request: Request) -> Response:
    """One file: of those to upload, of the letters in the person's name, or of the letters without a name."""
    task, what = task_of(request), request.path_params["what"]
    bundle = folder_of(task)
    result = task.result or {}
    places = {
        "upload": (bundle / TO_FILE, [name for name, _title in result["titles"]]),
        "models": (bundle / LETTERS, result["models"]),
        "letters": (bundle.parent / (result["letters"] or ""), result["letter_files"]),
    }
    folder, names = places.get(what, (bundle, []))
    path = file_of(folder, names, request.path_params["number"])
    if path is None:
        raise HTTPException(404)
    headers = {"Content-Disposition": disposition(path.name)}
    return FileResponse(path, media_type="application/octet-stream", headers=headers)


def discard(request: Request, _form: Form) -> Response:
    """Remove what was made from this computer's page now; what was frozen stays in the store."""
    task = task_of(request)
    if task.job != JOB:
        raise HTTPException(404)
    if not task.is_running:
        remove(Path(task.asked["out"]))
    return go_to(f"/cases/{task.asked['code']}")


ROUTES = (
    Route("/cases/{code}/bundle", show_form),
    Route("/cases/{code}/bundle", action(make), methods=["POST"]),
    Route("/tasks/{task}/made/{what}.zip", download),
    Route("/tasks/{task}/made/{what}/{number:number}", download_file),
    Route("/tasks/{task}/made/remove", action(discard), methods=["POST"]),
)
