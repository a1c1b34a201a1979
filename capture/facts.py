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
    alone: bool = True  # all its words in plain sight, none of them quoted, no longer sentence around them

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
# opacity and visibility, which innerText ignores. ``alone`` is stricter, since a proof hangs on it: it looks at each
# piece of text inside (transparent, clipped, in the colour of its ground, quoted) and at the sentence around.
READ_PAGE = """
([selectors, most, longest, body, wanted]) => {
  const QUOTING = 'blockquote, q, cite, aside, details, [role=note], [role=tooltip], [aria-hidden=true], template';
  const WORDS = 'b, strong, em, i, u, q, cite, mark, small, span';
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
  const clipped = (e) => {
    let {left, top, right, bottom} = e.getBoundingClientRect();
    let position = getComputedStyle(e).position;
    for (let n = e.parentElement; n && n !== document.body && position !== 'fixed'; n = n.parentElement) {
      const how = getComputedStyle(n);
      if (position === 'absolute' && how.position === 'static') continue;
      position = how.position;
      const box = n.getBoundingClientRect();
      if (/hidden|clip/.test(how.overflowX)) { left = Math.max(left, box.left); right = Math.min(right, box.right); }
      if (/hidden|clip/.test(how.overflowY)) { top = Math.max(top, box.top); bottom = Math.min(bottom, box.bottom); }
      if (/auto|scroll/.test(how.overflowX)) { left = box.left; right = box.right; }
      if (/auto|scroll/.test(how.overflowY)) { top = box.top; bottom = box.bottom; }
    }
    return right - left <= 1 || bottom - top <= 1;
  };
  const inked = (e) => {
    const how = getComputedStyle(e);
    if (parseFloat(how.fontSize) < 4 || parseFloat(how.textIndent) < -99) return false;
    if (/^rgba\\(.*, 0\\)$/.test(how.color)) return false;
    for (let n = e; n; n = n.parentElement) {
      const ground = getComputedStyle(n);
      if (/inset\\((50|100)%|circle\\(0/.test(ground.clipPath)) return false;
      if (ground.backgroundImage !== 'none') return true;
      if (!/^rgba\\(.*, 0\\)$/.test(ground.backgroundColor)) return ground.backgroundColor !== how.color;
    }
    return how.color !== 'rgb(255, 255, 255)';
  };
  const speaks = (n) => n.nodeType === 3 && /\\S/.test(n.data);
  const continued = (e) => {
    for (let n = e; n.parentElement && getComputedStyle(n).display === 'inline'; n = n.parentElement) {
      for (const other of n.parentElement.childNodes) {
        if (other === n) continue;
        if (speaks(other)) return true;
        if (other.nodeType === 1 && other.matches(WORDS) && (other.innerText || '').trim()) return true;
      }
    }
    return false;
  };
  const alone = (e) => {
    if (continued(e)) return false;
    const texts = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);
    let count = 0;
    for (let n = texts.nextNode(); n; n = texts.nextNode()) {
      if ((count += 1) > most * 5) return false;  // that many pieces of text are a page, not a sentence
      const holder = n.parentElement;
      if (!speaks(n) || !holder.checkVisibility() || getComputedStyle(holder).visibility !== 'visible') continue;
      if (holder.closest(QUOTING) || !sees(holder) || clipped(holder) || !inked(holder)) return false;
    }
    return true;
  };
  const plain = (text) => text.replace(/[’ʼ‘]/g, "'")
    .replace(/[\\s\u00a0\u202f\u2007\u200b\ufeff]+/g, '').toLowerCase();
  const speaksOf = (e, texts) => {  // of many elements only those that can hold a wanted sentence are read
    if (e.getElementsByTagName('*').length > most * 5) return false;
    const words = plain(e.textContent || '');
    return texts.some((text) => words.includes(text));
  };
  const labelOf = (e) => (e.labels && e.labels.length ? e.labels[0].innerText : '');
  const elements = {};
  for (const selector of selectors) {
    let found = [];
    try { found = [...document.querySelectorAll(selector)].slice(0, most * 100); } catch (error) { found = []; }
    const texts = wanted[selector];
    if (texts && found.length > most) found = found.filter((e) => speaksOf(e, texts));
    elements[selector] = found.slice(0, most).map((e) => ({
      text: (e.innerText || '').slice(0, longest), visible: sees(e), quoting: !!e.closest(QUOTING),
      ident: e.id || '', value: e.value === undefined ? '' : String(e.value).slice(0, 200),
      label: labelOf(e).slice(0, 300), alone: e !== document.body && alone(e),
    }));
  }
  const root = document.body;
  const bareOnly = root && root.children.length === 1 && root.children[0].tagName === 'H1';
  const bare = root && root.children.length && root.children[0].tagName === 'H1'
    && (bareOnly || root.querySelectorAll('*').length <= 3);
  return {
    url: location.href, title: document.title.slice(0, 500), ready: document.readyState !== 'loading',
    elements, body: root ? root.innerText.slice(0, body) : '',
    bare: bare ? root.children[0].innerText.slice(0, 200) : '',
  };
}
"""


def page_arguments(selectors: tuple[str, ...], wanted: Mapping[str, tuple[str, ...]] | None = None) -> list[Any]:
    """The argument of ``READ_PAGE``; ``wanted`` are the sentences that a selector is only asked for, if any."""
    words = {name: [normalise(text).replace(" ", "") for text in texts] for name, texts in (wanted or {}).items()}
    return [list(selectors), MAX_ELEMENTS, MAX_TEXT, MAX_BODY, words]


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
