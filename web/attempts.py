"""Attempts that are started from a page, and the first look at what one brought."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from scheduler.first_look import FirstLook, read_look
from store.store import Store
from store.values import AttemptQuery
from temoin.errors import IntegrityError, StoreError
from temoin.messages import _, n_
from temoin.settings import Procedure, Settings
from web.common import go_to
from web.configuring import change_procedure, today_of
from web.forms import Form, action
from web.pictures import unreadable
from web.render import render
from web.site import Site, site_of

if TYPE_CHECKING:
    from temoin.config_editing import Value

CHOICES = 2  # one is no choice


def start_attempt(site: Site, procedures: Sequence[Procedure], *, assisted: bool) -> Response:
    """Start an attempt of each, one after the other, and go to where it is seen.

    Of one whose page nobody has found right yet, the person is asked about it afterwards.

    Raises:
        UsageError: too much is under way already.
    """
    names = [one.id for one in procedures]
    confirm = names[0] if len(procedures) == 1 and procedures[0].confirmed is None else ""
    title = (
        _("An attempt: {label}").format(label=procedures[0].label)
        if len(procedures) == 1
        else n_("{count} attempt", "{count} attempts", len(names)).format(count=len(names))
    )
    asked = {**where(site), "procedures": names, "assisted": assisted, "confirm": confirm}
    return go_to(f"/tasks/{site.tasks.start('attempt', title, asked).id}")


def where(site: Site) -> dict[str, str | None]:
    """Which configuration and which data folder a program of this page works on."""
    return {"config": str(site.config), "data_dir": None if site.data_dir is None else str(site.data_dir)}


def procedure_of(request: Request, settings: Settings) -> Procedure:
    """The one that the address names. Raises ``HTTPException`` (404)."""
    name = request.path_params["procedure"]
    found = next((one for one in settings.procedures if one.id == name), None)
    if found is None:
        raise HTTPException(404)
    return found


def show_look(request: Request) -> Response:
    """What an attempt brought, and the question whether it is the right page and the right sentence."""
    site = site_of(request)
    procedure = procedure_of(request, site.settings())
    with site.reading() as store:
        look = _look(store, request, procedure)
    return _look_page(request, procedure, look)


def _look_page(request: Request, procedure: Procedure, look: FirstLook, *, wrong: bool = False) -> Response:
    asks = len(look.offered) >= CHOICES and not procedure.choices
    return render(request, "look.html", procedure=procedure, look=look, asks_choices=asks, wrong=wrong)


def answer_look(request: Request, form: Form) -> Response:
    """The person's answer: the day is noted, with the choices that are theirs, or they are told what to do."""
    site = site_of(request)
    settings = site.settings()
    procedure = procedure_of(request, settings)
    with site.reading() as store:
        look = _look(store, request, procedure)
    changes: dict[str, Value] = {}
    chosen = tuple(label for label in look.offered if label in form.texts("choice"))
    if chosen and not procedure.choices:
        changes["choices"] = chosen
    if form.text("right") == "yes" and look.is_answer:
        changes["confirmed"] = today_of(site, settings.station.timezone)
    if not changes or form.text("right") != "yes":
        return _look_page(request, procedure, look, wrong=True)
    came = change_procedure(site, procedure.id, changes)
    return go_to(f"/procedures/{procedure.id}?said={came.value}")


def show_look_picture(request: Request) -> Response:
    """The first picture of that attempt, as it is kept. Raises ``HTTPException`` (404)."""
    site = site_of(request)
    procedure = procedure_of(request, site.settings())
    with site.reading() as store:
        look = _look(store, request, procedure)
        if look.picture is None:
            raise HTTPException(404)
        try:
            return Response(store.read(look.picture), media_type="image/png")
        except (StoreError, IntegrityError):
            return unreadable()


def _look(store: Store, request: Request, procedure: Procedure) -> FirstLook:
    sequence = request.path_params["sequence"]
    rows = store.attempts(AttemptQuery(first=sequence, last=sequence))
    if not rows or rows[0].procedure != procedure.id:
        raise HTTPException(404)
    return read_look(store, sequence)


ROUTES = (
    Route("/procedures/{procedure}/look/{sequence:number}", show_look),
    Route("/procedures/{procedure}/look/{sequence:number}", action(answer_look), methods=["POST"]),
    Route("/procedures/{procedure}/look/{sequence:number}/picture", show_look_picture),
)
