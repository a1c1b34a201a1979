"""What the person adds to a dossier: their journal and their own pieces, listed, opened, added, erased.

Two lists with one page: ``journal`` and ``pieces`` in addresses, ``journal`` and ``piece`` in the register.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from exhibits.attachments import MOST_BYTES
from exhibits.journal import (
    LONGEST_TITLE,
    NewStep,
    add_step,
    check_erasable,
    erase_item,
    list_page,
    open_slots,
    seen_slots,
)
from store.store import Store
from store.values import AttemptQuery
from temoin.errors import TemoinError, UsageError
from temoin.items import JOURNAL, PIECE, read_item
from temoin.messages import _
from temoin.records import JournalKind, PieceUse, SlotResult
from temoin.words import journal_words, piece_words, slot_words
from web.common import MOST_DIGITS, go_to
from web.dossiers import case_of, site_and_case
from web.forms import Form, action
from web.locked import must_choose, take_chosen, unlocked
from web.render import render
from web.site import Site, site_of
from web.uploads import disposition, saved

PAGE = 20  # items
LONGEST_SHOWN = 1500  # characters of a text in a list; its own page has all of it
_FIELDS = ("kind", "on", "hour", "title", "text", "attempt", "result", "obtained")
_EMPTY: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """One of the two lists."""

    entry: str
    folder: str  # in addresses
    kinds: type[StrEnum]
    words: Callable[[Any], str]


SHELVES: Mapping[str, Shelf] = MappingProxyType(
    {
        "journal": Shelf(entry=JOURNAL, folder="journal", kinds=JournalKind, words=journal_words),
        "pieces": Shelf(entry=PIECE, folder="pieces", kinds=PieceUse, words=piece_words),
    }
)


def shelf_of(request: Request) -> Shelf:
    """The list that the address names: ``/cases/{code}/journal…`` or ``/cases/{code}/pieces…``."""
    return SHELVES[request.scope["path"].split("/")[3]]


def show_items(request: Request) -> Response:
    """The list, sealed: what is known without a key."""
    return items_page(request)


def show_opened(request: Request) -> Response:
    """The same, opened."""
    return items_page(request, opened=True)


def items_page(
    request: Request,
    values: Mapping[str, Any] = _EMPTY,
    error: TemoinError | None = None,
    *,
    opened: bool = False,
) -> Response:
    """One page of the list, newest first, and the form that adds to it."""
    site, shelf, query = site_of(request), shelf_of(request), request.query_params
    with site.reading() as store:
        row = case_of(store, request)
        before = number_of(query.get("before", ""))
        keys = unlocked(site, store) if opened else None
        found = list_page(store, row.code, shelf.entry, before=before, limit=PAGE + 1, keys=keys)
        slots = _slots(store, row.code) if shelf.entry == JOURNAL else {}
        left = open_slots(store, row.code) if slots else ()
        choose = must_choose(site, store)
    return render(
        request,
        "items.html",
        200 if error is None else 400,
        case=row,
        shelf=shelf,
        found=found[:PAGE],
        more=found[PAGE - 1].row.sequence if len(found) > PAGE else None,
        opened=opened,
        slots=slots,
        left=left,
        slot=number_of(query.get("slot", "")),
        choose=choose,
        kinds=_kinds(shelf, slots=bool(slots)),
        results=tuple((one.value, slot_words(one)) for one in SlotResult),
        values=values,
        error=error,
        said=site.said.get(query.get("said", "")),
        zone=site.settings().station.timezone,
        day_of=_day_of(site),
        size_of=size_of,
        longest=LONGEST_SHOWN,
        longest_title=LONGEST_TITLE,
        most=MOST_BYTES // 1_000_000,
    )


def _kinds(shelf: Shelf, *, slots: bool) -> tuple[tuple[str, str], ...]:
    """The kinds for a list: an answer to a slot only where one was seen."""
    return tuple((one.value, shelf.words(one)) for one in shelf.kinds if slots or one is not JournalKind.SLOT_RESPONSE)


def _slots(store: Store, code: str) -> dict[int, Any]:
    """The slots that were seen, newest first, each with its attempt."""
    found = {}
    for sequence in reversed(seen_slots(store, code)):
        (found[sequence],) = store.attempts(AttemptQuery(first=sequence, last=sequence))
    return found


def _day_of(site: Site) -> Callable[[datetime], date]:
    """The day of an instant, as the station reads it."""
    zone = ZoneInfo(site.settings().station.timezone)
    return lambda at: at.astimezone(zone).date()


def size_of(size: int) -> str:
    """How large a file is, in kB rounded up."""
    return _("{count} kB").format(count=-(-size // 1000))


def number_of(text: str) -> int | None:
    """A number of the address; None where it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS else None


def add_item(request: Request, form: Form) -> Response:
    """Keep what is told, with its files: as ``temoin journal add`` and ``temoin piece add``."""
    site, code = site_and_case(request)
    shelf = shelf_of(request)
    try:
        take_chosen(site, form)
        with saved(form.files("files")) as files, site.writing() as store:
            step = _step(shelf, form, files)
            added = add_step(store, site.settings(), step, code=code, keys=site.passphrase.keys(), now=site.now())
    except UsageError as error:
        return items_page(request, {name: form.text(name) for name in _FIELDS}, error)
    return go_to(site.said.keep(f"/cases/{code}/{shelf.folder}", added.sentences))


def _step(shelf: Shelf, form: Form, files: Any) -> NewStep:  # noqa: ANN401 - paths
    kind = form.choice("kind", shelf.kinds)
    if kind is None:
        raise UsageError(_("Its kind was not chosen."), remedy=_("Choose one of the list."))
    attempt = form.text("attempt")
    return NewStep(
        kind=kind,  # type: ignore[arg-type] # of the shelf's own kinds
        on=form.day("on"),
        hour=_hour(form.text("hour")),
        title=form.text("title"),
        text=form.text("text"),
        files=files,
        attempt=form.number("attempt", 1) if attempt else None,
        result=form.choice("result", SlotResult),
        obtained=form.is_ticked("obtained"),
    )


def _hour(text: str) -> time | None:
    if not text:
        return None
    try:
        return time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError as error:
        raise UsageError(_("“{text}” is no hour.").format(text=text), remedy=_("Write it as 14:30.")) from error


def show_item(request: Request) -> Response:
    """One of them, opened, with all of its text."""
    site, shelf, sequence = site_of(request), shelf_of(request), request.path_params["sequence"]
    with site.reading() as store:
        row = case_of(store, request)
        _check_there(store, row.code, shelf, sequence)
        (found,) = list_page(store, row.code, shelf.entry, before=sequence + 1, limit=1, keys=unlocked(site, store))
    return render(request, "item.html", case=row, shelf=shelf, one=found, day_of=_day_of(site), size_of=size_of)


def _check_there(store: Store, code: str, shelf: Shelf, sequence: int) -> None:
    """Raises ``HTTPException`` (404): it is none of that dossier's, or was erased."""
    newest = store.items_page(code, shelf.entry, before=sequence + 1, limit=1)
    if not any(row.sequence == sequence and row.erased_by is None for row in newest):
        raise HTTPException(404)


def download(request: Request) -> Response:
    """One attached file as it was given, to be kept by the browser and never shown."""
    site, shelf, sequence = site_of(request), shelf_of(request), request.path_params["sequence"]
    with site.reading() as store:
        row = case_of(store, request)
        _check_there(store, row.code, shelf, sequence)
        content, files = store.open_item(sequence, unlocked(site, store))
    facts, number = read_item(content).attachments, request.path_params["number"]
    if not 1 <= number <= len(files):
        raise HTTPException(404)
    headers = {"Content-Disposition": disposition(facts[number - 1].name)}
    return Response(files[number - 1], media_type="application/octet-stream", headers=headers)


def ask_erase(request: Request) -> Response:
    """What would be gone."""
    site, shelf, sequence = site_of(request), shelf_of(request), request.path_params["sequence"]
    with site.reading() as store:
        row = case_of(store, request)
        check_erasable(store, sequence, code=row.code, entry=shelf.entry)
        (found,) = list_page(store, row.code, shelf.entry, before=sequence + 1, limit=1, keys=None)
    return render(request, "item_erase.html", case=row, shelf=shelf, one=found, day_of=_day_of(site))


def erase(request: Request, _form: Form) -> Response:
    """Erase it for good; the register keeps its place and says so."""
    site, code = site_and_case(request)
    shelf, sequence = shelf_of(request), request.path_params["sequence"]
    with site.writing() as store:
        said = erase_item(store, sequence, code=code, entry=shelf.entry, now=site.now())
    return go_to(site.said.keep(f"/cases/{code}/{shelf.folder}", [said]))


def _routes(folder: str) -> tuple[Route, ...]:
    at = f"/cases/{{code}}/{folder}"
    one = f"{at}/{{sequence:number}}"
    return (
        Route(at, show_items),
        Route(at, action(add_item), methods=["POST"]),
        Route(f"{at}/open", show_opened),
        Route(one, show_item),
        Route(f"{one}/files/{{number:number}}", download),
        Route(f"{one}/erase", ask_erase),
        Route(f"{one}/erase", action(erase), methods=["POST"]),
    )


ROUTES = tuple(route for folder in SHELVES for route in _routes(folder))
