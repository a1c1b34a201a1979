"""What a form sends: read within bounds, held to the secret that each of our pages puts in it, and given by kind.

Every route that changes something is an ``action``: no other way of reading a form is offered.
"""

import hmac
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from store.files import file_errors
from temoin.errors import UsageError
from temoin.messages import _
from web.resent import SECRET_FIELD, show_resend
from web.site import site_of

SECRET_HEADER = "x-temoin-secret"  # noqa: S105 - the header's name
MOST_FIELDS = 200
MOST_FILES = 20
LONGEST = 110_000  # characters of one field: more than a step may have, which says so itself

YEARS = range(2000, 2101)  # of what is done for a dossier, or ends
YEARS_OF_BIRTH = range(1900, 2101)

S = TypeVar("S", bound=StrEnum)


class Form:
    """The fields and files that came; what is missing is empty."""

    def __init__(self, data: FormData) -> None:
        """Hold what was read."""
        self._data = data

    def text(self, name: str) -> str:
        """A field, without the blanks around it; line ends as text files have them."""
        value = self._data.get(name, "")
        return value.replace("\r\n", "\n").strip() if isinstance(value, str) else ""

    def texts(self, name: str) -> tuple[str, ...]:
        """Every field of that name that is not empty."""
        found = (value.strip() for value in self._data.getlist(name) if isinstance(value, str))
        return tuple(value for value in found if value)

    def is_ticked(self, name: str) -> bool:
        """Whether a box was ticked."""
        return bool(self.text(name))

    def day(self, name: str, years: range = YEARS) -> date | None:
        """A day; None when left empty.

        Raises:
            UsageError: it is none, or of none of those years.
        """
        given = self.text(name)
        if not given:
            return None
        with suppress(ValueError):
            day = date.fromisoformat(given)
            if day.year in years:
                return day
            raise UsageError(
                _("The year of “{text}” cannot be right.").format(text=given),
                remedy=_("Give a year from {first} to {last}.").format(first=years[0], last=years[-1]),
            )
        raise UsageError(_("“{text}” is no day.").format(text=given), remedy=_("Write it as 2026-01-31."))

    def number(self, name: str, default: int) -> int:
        """A whole number of at least 1; ``default`` when left empty.

        Raises:
            UsageError: it is none.
        """
        given = self.text(name)
        if not given:
            return default
        if given.isascii() and given.isdecimal() and len(given) < 10 and int(given) > 0:  # noqa: PLR2004 - digits
            return int(given)
        raise UsageError(_("“{text}” is no whole number.").format(text=given), remedy=_("Write it in digits."))

    def choice(self, name: str, kind: type[S]) -> S | None:
        """One of ``kind``; None when left empty.

        Raises:
            UsageError: it is none of them.
        """
        given = self.text(name)
        if not given:
            return None
        with suppress(ValueError):
            return kind(given)
        raise UsageError(_("“{text}” is no possible answer.").format(text=given), remedy=_("Choose one of the list."))

    def files(self, name: str) -> tuple[UploadFile, ...]:
        """The files that were chosen."""
        found = (value for value in self._data.getlist(name) if isinstance(value, UploadFile))
        return tuple(file for file in found if file.filename)


Action = Callable[[Request, Form], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


def action(handler: Action) -> Endpoint:
    """A route that changes something: ``handler`` runs in a thread, with a form that one of our pages sent.

    A form of another run comes back as it was filled in, and nothing is done.
    """

    async def endpoint(request: Request) -> Response:
        data = await _read(request)
        try:
            if not _has_secret(request, data):
                return show_resend(request, data)
            return await run_in_threadpool(handler, request, Form(data))
        finally:
            await data.close()

    endpoint.is_action = True  # type: ignore[attr-defined] # a test holds every POST route to it
    return endpoint


async def _read(request: Request) -> FormData:
    """What the form brought. Raises ``UsageError``: more than a form of ours may bring, or no form at all."""
    try:
        with file_errors(Path(tempfile.gettempdir())):  # where files wait: its disk may be full
            return await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS, max_part_size=LONGEST * 4)
    except HTTPException as error:  # its own words are English, for whoever wrote the form
        raise UsageError(
            _("This could not be read: too many files at once, or too long a text. Nothing was kept."),
            remedy=_("Go back, and send at most {count} files at a time, or a shorter text.").format(count=MOST_FILES),
        ) from error


def _has_secret(request: Request, data: FormData) -> bool:
    """Whether a page of this run made the form."""
    given = request.headers.get(SECRET_HEADER) or data.get(SECRET_FIELD, "")
    known = site_of(request).form_secret
    return isinstance(given, str) and hmac.compare_digest(given.encode(), known.encode())
