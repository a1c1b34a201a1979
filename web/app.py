"""The application: every route of the local page, and what people see when something cannot be done."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Mount
from starlette.staticfiles import StaticFiles

from temoin.errors import ConfigError, IntegrityError, RefusedError, StoreError, TemoinError, UsageError
from temoin.messages import _
from web import (
    bundles,
    captures,
    common,
    dossier_changes,
    dossiers,
    first_run,
    procedures,
    steps,
    telling,
    today,
    tour,
    verifying,
)
from web.gate import Gate
from web.made import sweep
from web.passphrase import PassphraseNeededError
from web.render import FOLDER, render
from web.site import Site, site_of

PAGES = (
    common,
    today,
    tour,
    first_run,
    telling,
    procedures,
    dossiers,
    dossier_changes,
    steps,
    bundles,
    captures,
    verifying,
)
ROUTES = tuple(route for page in PAGES for route in page.ROUTES)
# What an error of ours is to a browser; each still comes as a page with its sentence and its remedy.
_STATUSES = ((UsageError, 400), (ConfigError, 409), (RefusedError, 409), (IntegrityError, 409), (StoreError, 503))


def build_app(site: Site, *, port: int) -> Starlette:
    """The page of ``site``, for requests that are made to ``port`` of this machine."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        with suppress(ConfigError):  # none yet: nothing was left either
            sweep(site.settings().station.data_dir)
        yield
        site.tasks.stop_all()
        site.made.clear()
        site.close()

    app = Starlette(
        routes=[*ROUTES, Mount("/static", StaticFiles(directory=FOLDER / "static"), name="static")],
        middleware=[Middleware(Gate, site=site, port=port)],
        exception_handlers={TemoinError: show_error, HTTPException: show_refusal},
        lifespan=lifespan,
    )
    app.state.site = site
    return app


def show_error(request: Request, error: Exception) -> Response:
    """An error of ours: what is wrong, what to do; a passphrase that is missing is asked for."""
    if isinstance(error, PassphraseNeededError):
        return render(request, "passphrase.html", 401, error=error, back=back_of(request))
    status = next((code for kind, code in _STATUSES if isinstance(error, kind)), 500)
    message, config = getattr(error, "message", ""), site_of(request).config
    is_there = config.name in message and str(config) not in message  # it names the file, and not where it is
    where = str(config.absolute()) if isinstance(error, ConfigError) and is_there else ""
    return render(request, "error.html", status, message=message, remedy=getattr(error, "remedy", ""), where=where)


def show_refusal(request: Request, error: Exception) -> Response:
    """What the page does not have, or does not do."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    words = {404: _("There is no such page."), 405: _("This page does not know that.")}
    said = error.detail if isinstance(error, HTTPException) and status not in words else words.get(status, "")
    title = {"title": _("Not found")} if status == 404 else {}  # noqa: PLR2004 - HTTP's own
    return render(request, "error.html", status, message=said or _("That cannot be done."), remedy="", **title)


def back_of(request: Request) -> str:
    """The page of ours that the person was on: its path alone, or ``/`` where a form has none of its own."""
    asked = {**request.scope, "method": "GET"}
    return request.url.path if any(one.matches(asked)[0] is Match.FULL for one in ROUTES) else "/"
