"""What a page shows, as plain values: read once from the browser, then judged without it.

Only what a person could see counts: hidden, transparent, zero-sized and quoting elements (``blockquote``,
``aside``, ``details``, ``[role=note]``…) are marked, and the classifier passes over them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from capture.page_reading import READ_PAGE

__all__ = ["MAX_BODY", "READ_PAGE", "Element", "PageFacts", "build_facts", "normalise", "page_arguments"]

MAX_ELEMENTS = 60  # of one selector: a page with more is not a booking page
MAX_TEXT = 20_000  # characters of one element
MAX_BODY = 200_000  # characters of the page's visible text

_SPACES = re.compile(r"[\s\u00a0\u202f\u2007\u200b\ufeff]+")


def normalise(text: str) -> str:
    """``text`` for comparison: apostrophes straight, spaces single, case folded (facts §1.4: ’ and ' both occur)."""
    straight = text.replace("’", "'").replace("ʼ", "'").replace("‘", "'")
    return _SPACES.sub(" ", straight).strip().casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One element that a selector found: its visible text and whether a person sees it as the page's own words."""

    text: str
    visible: bool
    quoting: bool = False
    ident: str = ""
    value: str = ""
    label: str = ""
    alone: bool = True  # all its words in plain sight, none of them quoted, no longer sentence around them
    listed: bool = False  # one entry among others, of a list or a table

    @property
    def counts(self) -> bool:
        """Whether it may decide anything."""
        return self.visible and not self.quoting


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFacts:
    """One look at the page. ``url`` is that of the booking document, which may stand in a frame."""

    url: str
    status: int | None
    title: str = ""
    ready: bool = True
    elements: Mapping[str, tuple[Element, ...]] = field(default_factory=dict)
    body: str = ""
    bare_heading: str = ""  # the <h1> that is alone in the body: a proxy's own page
    dialogs: tuple[str, ...] = ()
    hours: bool = False  # a link or a button looks like an hour to be taken
    navigated: str = ""  # the address that was asked for; a page may show another (history.replaceState)
    busy: bool = False  # something that may still change the answer is on its way from the booking host
    outer: "PageFacts | None" = None  # the document around, where the booking stands in a frame

    def seen(self, selector: str) -> tuple[Element, ...]:
        """The elements of ``selector`` that count."""
        return tuple(element for element in self.elements.get(selector, ()) if element.counts)


def page_arguments(
    selectors: tuple[str, ...], wanted: Mapping[str, tuple[str, ...]] | None = None, *, whole: tuple[str, ...] = ()
) -> list[Any]:
    """The argument of ``READ_PAGE``.

    ``wanted`` are the sentences that a selector is only asked for, if any; the text of those in ``whole`` is read to
    ``MAX_BODY`` characters, and one more tells that there were more.
    """
    words = {name: [normalise(text).replace(" ", "") for text in texts] for name, texts in (wanted or {}).items()}
    return [list(selectors), MAX_ELEMENTS, MAX_TEXT, MAX_BODY, words, list(whole)]


def build_facts(
    raw: Mapping[str, Any],
    *,
    status: int | None,
    dialogs: tuple[str, ...],
    navigated: str = "",
    busy: bool = False,
    outer: PageFacts | None = None,
) -> PageFacts:
    """The facts from what ``READ_PAGE`` returned and what the browser told of the way there."""
    elements = {selector: tuple(Element(**found) for found in several) for selector, several in raw["elements"].items()}
    return PageFacts(
        url=raw["url"],
        status=status,
        title=raw["title"],
        ready=raw["ready"],
        elements=elements,
        body=raw["body"],
        bare_heading=raw["bare"],
        hours=raw["hours"],
        dialogs=dialogs,
        navigated=navigated,
        busy=busy,
        outer=outer,
    )
