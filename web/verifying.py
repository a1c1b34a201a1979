"""Verification of the store, and of a bundle that is dropped as a ZIP."""

from pathlib import Path

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from temoin.canonical import Json
from temoin.errors import TemoinError, UsageError
from temoin.messages import _
from temoin.report import Check, Status
from temoin.screen import local_minute
from web.common import go_to
from web.dropped import keep_archive, keep_roots, new_folder, removed_later
from web.forms import Form, action
from web.render import render
from web.site import Site, site_of


def show_verify(request: Request) -> Response:
    """What can be verified."""
    return render(request, "verify.html")


def verify_store(request: Request, form: Form) -> Response:
    """The whole store: begun, and shown as it goes."""
    site = site_of(request)
    site.settings()  # what is wrong with it is told here, not by the program
    asked = {**site.named(), "deep": form.is_ticked("deep")}
    roots = form.files("root")
    if not roots:
        return go_to(f"/tasks/{site.tasks.start('verify', _('Verification of the register'), asked).id}")
    return _begin(request, asked, _("Verification of the register"), None, roots)


def verify_bundle(request: Request, form: Form) -> Response:
    """A bundle: kept in a private folder as long as it takes."""
    files = form.files("bundle")
    if len(files) != 1:
        raise UsageError(_("No file was chosen."), remedy=_("Choose the ZIP file of the bundle."))
    name = Path(files[0].filename or "").name[:80]
    title = _("Verification of {name}").format(name=name if name.isprintable() else _("a bundle"))
    asked = {"config": None, "deep": form.is_ticked("deep")}
    return _begin(request, asked, title, files[0], form.files("root"))


def last_verified(site: Site) -> tuple[Check, ...]:
    """How the last verification of the whole store ended, of those of this run of the page; nothing without one."""
    ended = [
        (one.ended, one.result["status"])
        for one in site.tasks.of_job("verify")
        if one.asked.get("config") and one.ended is not None and one.result is not None
    ]
    if not ended:
        return ()
    at, found = max(ended)
    status, words = {
        "passed": (Status.PASSED, _("Verified as a whole on {when}: nothing was found to have changed.")),
        "failed": (
            Status.FAILED,
            _("Verified as a whole on {when}: verification failed. “Verify” shows where."),
        ),
    }.get(found, (Status.NOT_CHECKED, _("Verified as a whole on {when}: not everything could be checked.")))
    when = local_minute(at, site.settings().station.timezone)
    return (Check(name="kept", status=status, detail=words.format(when=when)),)


def _begin(
    request: Request, asked: Json, title: str, bundle: UploadFile | None, roots: tuple[UploadFile, ...]
) -> Response:
    """Start it with the files that came; they are removed when it has ended, or when it cannot begin."""
    dropped = new_folder()
    try:
        if bundle is not None:
            keep_archive(dropped, bundle)
            asked = {**asked, "dropped": str(dropped.archive)}
        asked = {**asked, "roots": keep_roots(dropped, roots)}
        task = site_of(request).tasks.start("verify", title, asked, ended=lambda: removed_later(dropped))
    except (TemoinError, OSError):
        removed_later(dropped)
        raise
    return go_to(f"/tasks/{task.id}")


ROUTES: tuple[Route, ...] = (
    Route("/verify", show_verify),
    Route("/verify/store", action(verify_store), methods=["POST"]),
    Route("/verify/bundle", action(verify_bundle), methods=["POST"]),
)
