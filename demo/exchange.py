"""The values that pass between the server and the replica sites: a call in, an answer out. No socket here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from zoneinfo import ZoneInfo

from demo.scenario import BROKEN_PAGES, FAILURE_PAGES, HOSTILE_PAGES, Page, Procedure, no_slot_page

PARIS = ZoneInfo("Europe/Paris")


class Conduct(Enum):
    """How the answer travels: as it should, or badly."""

    PLAIN = auto()
    NEVER = auto()  # the request is read, nothing ever comes back
    RESET = auto()  # the connection is dropped with a TCP reset
    ENDLESS = auto()  # the page begins and never ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One HTTP answer; `delay_seconds` is waited before its first byte."""

    status: int = 200
    body: bytes = b""
    media_type: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    delay_seconds: float = 0.0
    conduct: Conduct = Conduct.PLAIN


@dataclass(slots=True, kw_only=True)
class Visit:
    """Where one visitor's session of one procedure stands."""

    page: Page
    accepted: bool = False
    planning: str = ""
    captcha_passed: bool = False
    sent_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request for a page of `procedure`; `rest` is what follows its id in the path of `target`."""

    method: str
    target: str
    rest: str
    query: Mapping[str, str]
    fields: Mapping[str, str]
    procedure: Procedure
    visit: Visit
    now: datetime
    captcha_code: str

    def result(self) -> Page:
        """Return the page that this visit's result shows, hostile additions put aside."""
        page = self.procedure.planning_pages.get(self.visit.planning, self.visit.page)
        if page in HOSTILE_PAGES or page in (Page.CHANGED_TERMS, Page.UNKNOWN_ENTRY):
            return no_slot_page(self.procedure.platform)
        return page

    def fails_at_entry(self) -> bool:
        """Say whether the visit's failure already stands at the entry page."""
        page = self.visit.page
        at_entry = page in FAILURE_PAGES and self.procedure.failures_at == "entry"
        return at_entry or page in BROKEN_PAGES or page is Page.UNKNOWN_ENTRY

    @property
    def local(self) -> datetime:
        """The server's time in Paris: what French pages print."""
        return self.now.astimezone(PARIS)


def html(text: str, *, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """Return `text` as a page."""
    return Answer(status=status, body=text.encode(), headers=headers)


def data(value: object, *, status: int = 200, delay_seconds: float = 0.0) -> Answer:
    """Return `value` as JSON."""
    body = json.dumps(value, ensure_ascii=False).encode()
    return Answer(status=status, body=body, media_type="application/json; charset=utf-8", delay_seconds=delay_seconds)


def redirect(location: str) -> Answer:
    """Return a 302 to `location`, as the real sites send after each form."""
    return Answer(status=302, headers=(("Location", location),))
