"""Somebody at a browser on the local page, and what must hold of whatever page they come to.

``Visitor.look`` returns what is wrong with the page that is open, in sentences; nothing is wrong where it is empty.
What the catalogue would say otherwise in the language of the page is found: a sentence that was left in English.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from string import Formatter
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from babel.messages.pofile import read_po
from playwright.sync_api import Browser, ConsoleMessage, Request, Response, ViewportSize
from playwright.sync_api import Page as Tab
from starlette.routing import Match

from temoin.messages import _FOLDER as CATALOGUES
from tests.page import Page
from tests.page_width import stretch, too_wide
from web.app import ROUTES

PHONE, SCREEN = ViewportSize(width=360, height=740), ViewportSize(width=1280, height=800)
LARGEST = 100_000  # bytes of a page without its pictures
REFUSED = 400  # statuses from here on
_LITERAL_WORDS = 3  # that a sentence with placeholders must have to be told from chance
_HOLE = "\0"
# What no French sentence has; those of the pages that are not in the catalogue, days and months, are here too.
_ENGLISH = re.compile(
    r"\b(the|and|with|of|this|that|you|your|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|January|February"
    r"|March|April|June|July|August|September|October|November|December)\b"
)
_FACTS = """async () => {
  const broken = await Promise.all([...document.images].map(image => {
    image.loading = 'eager';
    return image.decode().then(() => '', () => image.getAttribute('src'));
  }));
  const told = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const inside = walker.currentNode.parentElement.closest('script, style, pre, textarea, bdi, .digest, [lang]');
    if (inside === null || inside === document.documentElement) told.push(walker.currentNode.data);
  }
  for (const one of document.querySelectorAll('[aria-label], [alt], [title], [placeholder]'))
    for (const name of ['aria-label', 'alt', 'title', 'placeholder']) told.push(one.getAttribute(name) || '');
  const root = document.documentElement;
  return {
    lang: root.lang, headings: document.querySelectorAll('h1').length, broken: broken.filter(Boolean),
    told: told.map(text => text.replace(/\\s+/g, ' ').trim()).filter(Boolean),
  };
}"""


@dataclass(kw_only=True)  # no slots: Playwright sets what it needs on what it calls
class Visitor:
    """A browser tab with somebody at it; ``language`` is the one that its pages must speak."""

    tab: Tab
    page: Page
    language: str
    troubles: list[str] = field(default_factory=list)  # what the browser complained of since the last look
    gone_to: set[tuple[str, str]] = field(default_factory=set)  # (method, route) of every request so far
    _last: Response | None = None

    def watch(self) -> None:
        """Hear what the browser complains of, and which routes it asks for."""
        self.tab.on("console", self._on_console)
        self.tab.on("pageerror", lambda error: self.troubles.append(f"error: {error}"))
        self.tab.on("request", self._on_request)
        self.tab.on("response", self._on_response)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            self.troubles.append(f"console: {message.text}")

    def _on_request(self, request: Request) -> None:
        self.gone_to.add((request.method, route_of(request.method, request.url)))

    def _on_response(self, response: Response) -> None:
        if response.request.is_navigation_request():
            self._last = response
        elif response.status >= REFUSED:
            self.troubles.append(f"{response.status}: {response.url}")

    def open(self, address: str) -> None:
        """Go to an address of the page, as a bookmark does."""
        self.tab.goto(self.page.origin + address)

    def look(self, *, status: int = 200, with_axe: bool = False) -> list[str]:
        """What is wrong with the page that is open."""
        facts: dict[str, Any] = self.tab.evaluate(_FACTS)
        found, self.troubles = [*self.troubles, *self._wrong(facts, status)], []
        if with_axe:
            violations = Axe().run(self.tab, options={"resultTypes": ["violations"]}).response["violations"]
            found += [f"axe: {one['id']} {one['nodes'][0]['html'][:200]}" for one in violations]
        found += too_wide(self.tab)
        where = urlsplit(self.tab.url).path
        return [f"{where}: {one}" for one in found]

    def look_closely(self, *, status: int = 200) -> list[str]:
        """The same, with axe-core; and what is too wide once words are longer. The page's words are changed by that."""
        found = self.look(status=status, with_axe=True)
        stretch(self.tab)
        return [*found, *too_wide(self.tab)]

    def _wrong(self, facts: Mapping[str, Any], status: int) -> Iterator[str]:
        answer = self._last
        if answer is None or answer.status != status:
            yield f"status {answer and answer.status}, not {status}"
        elif len(answer.body()) > LARGEST:
            yield f"{len(answer.body())} bytes"
        if facts["headings"] != 1:
            yield f"{facts['headings']} main headings"
        if facts["lang"] != self.language:
            yield f"its language is {facts['lang']}"
        yield from (f"no picture: {one}" for one in facts["broken"])
        yield from (f"not translated: {one}" for one in sorted(set(facts["told"])) if is_foreign(one, self.language))


@contextmanager
def visiting(browser: Browser, page: Page, language: str, viewport: ViewportSize, **look: Any) -> Iterator[Visitor]:
    """Somebody whose browser speaks ``language``, who has opened the address that ``temoin serve`` prints."""
    locale = {"fr": "fr-FR", "en": "en-GB"}[language]
    context = browser.new_context(locale=locale, viewport=viewport, reduced_motion="reduce", **look)
    try:
        visitor = Visitor(tab=context.new_page(), page=page, language=language)
        visitor.watch()
        visitor.tab.goto(page.opened)
        visitor.tab.wait_for_url(re.compile(rf"^{page.origin}/(start)?$"))
        yield visitor
    finally:
        context.close()


def route_of(method: str, address: str) -> str:
    """The path of the route that answers, as the application names it; the path itself where none does."""
    path = urlsplit(address).path
    scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
    return next((route.path for route in ROUTES if route.matches(scope)[0] is Match.FULL), path)


def routes(method: str) -> set[str]:
    """Every route of the application for that method."""
    return {route.path for route in ROUTES if method in (route.methods or ())}


@cache
def is_foreign(text: str, language: str) -> bool:
    """Whether ``text`` is a sentence of ours in the other language."""
    if text.startswith("/"):  # where a file is
        return False
    own, other = _sentences(language), _sentences("en" if language == "fr" else "fr")
    if text in own[0] or any(pattern.fullmatch(text) for pattern in own[1]):
        return False
    if text in other[0] or any(pattern.fullmatch(text) for pattern in other[1]):
        return True
    return language == "fr" and _ENGLISH.search(text) is not None


@cache
def _sentences(language: str) -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """The sentences of a language: those to be found as they are, and those with places for something else."""
    plain: set[str] = set()
    patterns = []
    for text in _catalogue(language):
        literal = "".join(one if name is None else one + _HOLE for one, name, _form, _how in Formatter().parse(text))
        literal = " ".join(literal.split())  # as the browser's blanks are told, no-break ones too
        if _HOLE not in literal:
            plain.add(literal)
        elif len(re.findall(r"\w+", literal)) >= _LITERAL_WORDS:
            patterns.append(re.compile(".+".join(map(re.escape, literal.split(_HOLE))), re.DOTALL))
    return frozenset(plain), tuple(patterns)


def _catalogue(language: str) -> Iterator[str]:
    """Every sentence of the catalogue in one language, those that are the same in both left out."""
    with (CATALOGUES / "fr" / "LC_MESSAGES" / "temoin.po").open("rb") as source:
        catalogue = read_po(source, locale="fr", domain="temoin")
    for message in catalogue:
        english = [message.id] if isinstance(message.id, str) else list(message.id)
        french = [message.string] if isinstance(message.string, str) else list(message.string or ())
        for one, other in zip(english, french, strict=True):
            if one and other and one != other:
                yield {"en": one, "fr": other}[language]
