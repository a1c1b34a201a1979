"""Pages and parts of pages out of templates, in the language of the request; whatever is put in is escaped."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Match, Route

from store.covered import delay_words
from temoin import __version__
from temoin.days import day_words, moment_words
from temoin.messages import _, active_language, n_
from temoin.words import (
    check_words,
    entry_words,
    kind_words,
    mode_words,
    outcome_words,
    reason_words,
    role_words,
    status_words,
)
from web.site import site_of

FOLDER = Path(__file__).parent
_THOUSAND = 1000
_LONGEST_QUERY = 2_000  # characters
# The classes of outcomes: a colour and a sign, never a colour alone (WCAG 1.4.1).
TONES: Mapping[str, str] = MappingProxyType(
    {"no_slot": "proof", "no_calendar": "proof", "slot_seen": "slot"}
    | dict.fromkeys(("overloaded", "maintenance", "closed_link", "unreachable"), "failure")
    | dict.fromkeys(("blocked", "refused", "missed"), "refusal")
)


def render(request: Request, template: str, /, status: int = 200, **values: Any) -> HTMLResponse:  # noqa: ANN401 - of any kind
    """The page that ``template`` makes of ``values``."""
    site = site_of(request)
    shared = {
        "lang": active_language(),
        "version": __version__,
        "secret": site.form_secret,
        "path": request.url.path,
        "here": _here(request),
        "configured": site.is_configured,
        "passphrase_kept": site.passphrase.is_kept,
    }
    return HTMLResponse(_environment().get_template(template).render({**shared, **values}), status)


def _here(request: Request) -> str:
    """Where a change of language leads back to: what was asked of the page too, but no more than a form may bring."""
    query = request.url.query if request.method == "GET" else ""
    return back_of(request) + (f"?{query}" if query and len(query) <= _LONGEST_QUERY else "")


def back_of(request: Request) -> str:
    """The page of ours that the person was on: the path, or the nearest one above it that can be read; ``/`` at last.

    A form that is refused is shown at an address which only takes forms.
    """
    pages = [one for one in request.app.routes if isinstance(one, Route)]
    path = PurePosixPath(request.url.path)
    for each in (path, *path.parents):
        asked = {**request.scope, "method": "GET", "path": str(each)}
        if any(one.matches(asked)[0] is Match.FULL for one in pages):
            return str(each)
    return "/"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(_=_, n_=n_)
    environment.filters.update(
        day=day_words,
        moment=moment_words,
        tone=lambda outcome: TONES.get(str(outcome), "other"),
        outcome=outcome_words,
        mode=mode_words,
        role=role_words,
        capfirst=lambda text: text[:1].upper() + text[1:],
        size=size_words,
        delay=delay_words,
        kind=kind_words,
        reason=reason_words,
        check=check_words,
        entry=entry_words,
        status=status_words,
    )
    return environment


def size_words(size: int) -> str:
    """« 1,4 ko », “1.4 KB”: three figures at most."""
    units = ("o", "ko", "Mo", "Go") if active_language() == "fr" else ("B", "KB", "MB", "GB")
    value, place = float(size), 0
    while value >= _THOUSAND - 0.5 and place < len(units) - 1:
        value, place = value / _THOUSAND, place + 1
    number = f"{value:.0f}" if value >= 100 or not place else f"{value:.2g}"  # noqa: PLR2004 - two figures or three
    if active_language() == "fr":
        number = number.replace(".", ",")
    return f"{number}\N{NO-BREAK SPACE}{units[place]}"
