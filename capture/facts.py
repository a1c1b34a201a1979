"""What a page shows, as plain values: read once from the browser, then judged without it.

Only what a person could see counts: hidden, transparent, zero-sized and quoting elements (``blockquote``,
``aside``, ``details``, ``[role=note]``…) are marked, and the classifier passes over them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

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

    def seen(self, selector: str) -> tuple[Element, ...]:
        """The elements of ``selector`` that count."""
        return tuple(element for element in self.elements.get(selector, ()) if element.counts)


# One call per look: every selector at once. innerText leaves out what is not rendered; checkVisibility adds
# opacity and visibility, which innerText ignores.
READ_PAGE = """
([selectors, most, longest, body]) => {
  const QUOTING = 'blockquote, q, cite, aside, details, [role=note], [role=tooltip], [aria-hidden=true], template';
  const sees = (e) => {
    const how = {opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true};
    if (!e.checkVisibility(how)) return false;
    for (let n = e; n; n = n.parentElement) { if (getComputedStyle(n).opacity === '0') return false; }
    const boxes = e.getClientRects();
    if (!boxes.length) return false;
    const box = e.getBoundingClientRect();
    return box.width > 1 && box.height > 1
      && box.right + scrollX > 0 && box.bottom + scrollY > 0;
  };
  const labelOf = (e) => (e.labels && e.labels.length ? e.labels[0].innerText : '');
  const elements = {};
  for (const selector of selectors) {
    let found = [];
    try { found = [...document.querySelectorAll(selector)].slice(0, most); } catch (error) { found = []; }
    elements[selector] = found.map((e) => ({
      text: (e.innerText || '').slice(0, longest), visible: sees(e), quoting: !!e.closest(QUOTING),
      ident: e.id || '', value: e.value === undefined ? '' : String(e.value).slice(0, 200),
      label: labelOf(e).slice(0, 300),
    }));
  }
  const root = document.body;
  const alone = root && root.children.length === 1 && root.children[0].tagName === 'H1';
  const bare = root && root.children.length && root.children[0].tagName === 'H1'
    && (alone || root.querySelectorAll('*').length <= 3);
  return {
    url: location.href, title: document.title.slice(0, 500), ready: document.readyState !== 'loading',
    elements, body: root ? root.innerText.slice(0, body) : '',
    bare: bare ? root.children[0].innerText.slice(0, 200) : '',
  };
}
"""


def page_arguments(selectors: tuple[str, ...]) -> list[Any]:
    """The argument of ``READ_PAGE``."""
    return [list(selectors), MAX_ELEMENTS, MAX_TEXT, MAX_BODY]


def build_facts(raw: Mapping[str, Any], *, status: int | None, dialogs: tuple[str, ...]) -> PageFacts:
    """The facts from what ``READ_PAGE`` returned."""
    elements = {selector: tuple(Element(**found) for found in several) for selector, several in raw["elements"].items()}
    return PageFacts(
        url=raw["url"],
        status=status,
        title=raw["title"],
        ready=raw["ready"],
        elements=elements,
        body=raw["body"],
        bare_heading=raw["bare"],
        dialogs=dialogs,
    )
