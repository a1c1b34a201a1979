"""Whether the deciding words stand in plain sight: brought into the window, uncovered, and drawn with ink.

Two questions, since neither alone is enough. What stands at the words' own place is asked of the browser, in their
document and in every document around it; and the pixels there must hold more than one shade, for what is laid over
them may not answer when it is asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from math import ceil, floor
from typing import Any

from PIL import Image
from playwright.sync_api import Frame, Page

from temoin.records import Matched

NO_PLACE = frozenset({"dialog", "title", "body", "body > h1"})  # decided by no block of the page
LEAST_INK = 32  # shades of 255 between the lightest and the darkest pixel of a line
MAX_LINES = 40

# `pointer-events: none` hides a cover from the hit test, so it is lifted for the length of this one call: no script
# of the page runs meanwhile, and nothing of it is drawn.
_HITS = """
  const asking = (ask) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('*, *::before, *::after { pointer-events: auto !important; }');
    const before = [...document.adoptedStyleSheets];
    document.adoptedStyleSheets = [...before, sheet];
    try { return ask(); } finally { document.adoptedStyleSheets = before; }
  };
  const meets = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const idleCover = (boxes, node) => [...document.querySelectorAll('[inert]')]
    .some((e) => !e.contains(node) && boxes.some((box) => meets(e.getBoundingClientRect(), box)));
  const points = (box) => [0.05, 0.5, 0.95].map((x) => [box.left + box.width * x, box.top + box.height / 2]);
  const free = (box, node) => points(box).every(([x, y]) => document.elementFromPoint(x, y) === node);
"""
INTO_SIGHT = (
    "([selector, text, most]) => {"
    + _HITS
    + """
  const plain = (s) => s.replace(/[’ʼ‘]/g, "'").replace(/[\\s\\u00a0\\u202f]+/g, ' ').trim().toLowerCase();
  const all = [...document.querySelectorAll(selector)].filter((e) => e.checkVisibility());
  const element = all.find((e) => plain(e.innerText || '') === plain(text)) || all[0];
  if (!element) return null;
  element.scrollIntoView({block: 'center', behavior: 'instant'});
  const lines = [];
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let n = texts.nextNode(); n; n = texts.nextNode()) {
    const holder = n.parentElement;
    if (!/\\S/.test(n.data) || !holder.checkVisibility({visibilityProperty: true})) continue;
    const range = document.createRange();
    range.selectNodeContents(n);
    for (const {left, top, right, bottom, width, height} of range.getClientRects()) {
      if (width > 1 && lines.length < most) lines.push([{left, top, right, bottom, width, height}, holder]);
    }
  }
  const seen = asking(() => lines.length > 0
    && lines.every(([box, holder]) => box.height >= 6 && free(box, holder) && !idleCover([box], holder)));
  return {seen, boxes: lines.map(([box]) => box)};
}
"""
)
FRAME_IN_SIGHT = (
    "(frame, boxes) => {"
    + _HITS
    + """
  for (let n = frame; n; n = n.parentElement) {
    const how = getComputedStyle(n);
    if (how.opacity < 0.5 || how.filter !== 'none' || how.clipPath !== 'none' || how.maskImage !== 'none') return null;
  }
  const own = frame.getBoundingClientRect();
  const {clientLeft: x, clientTop: y} = frame;
  const pad = getComputedStyle(frame);
  const right = own.left + x + parseFloat(pad.paddingLeft), down = own.top + y + parseFloat(pad.paddingTop);
  const moved = boxes.map((b) => ({left: b.left + right, right: b.right + right, top: b.top + down,
    bottom: b.bottom + down, width: b.width, height: b.height}));
  return asking(() => moved.every((box) => free(box, frame)) && !idleCover(moved, frame)) ? moved : null;
}
"""
)
VIEWPORT = "() => ({x: scrollX, y: scrollY, width: innerWidth, height: innerHeight, outer: outerWidth})"
TWO_FRAMES = (
    "() => new Promise((done) => { setTimeout(done, 1000, false);"
    " requestAnimationFrame(() => requestAnimationFrame(() => done(true))); })"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Whether the words stand uncovered, and the places of their lines, in CSS pixels of the window's viewport."""

    seen: bool
    boxes: tuple[Mapping[str, float], ...] = ()
    viewport: Mapping[str, float] = field(default_factory=dict)

    def inked(self, picture: bytes, *, window: bool) -> bool:
        """Whether ``picture``, once it is taken, shows more than one shade where each line stands.

        The pictures that are kept are looked at, and no other is taken: a browser that photographs a part of its
        page shows nothing but that part meanwhile (tried).
        """
        if not self.boxes:
            return self.seen
        with Image.open(BytesIO(picture)) as image:
            grey = image.convert("L")
        return self.seen and all(_has_ink(grey, self._place(box, grey, window=window)) for box in self.boxes)

    def _place(self, box: Mapping[str, float], image: Image.Image, *, window: bool) -> tuple[int, int, int, int]:
        """Where ``box`` stands in the picture: below the window's own bars, or in the full page."""
        view = self.viewport
        scale = image.width / view["outer"] if window else 1.0
        left = (image.width - view["width"] * scale) / 2 if window else view["x"]
        top = image.height - view["height"] * scale if window else view["y"]
        edges = (box["left"] * scale + left, box["top"] * scale + top)
        far = (edges[0] + box["width"] * scale, edges[1] + box["height"] * scale)
        return (floor(edges[0]), floor(edges[1]), ceil(far[0]), ceil(far[1]))


def bring_into_sight(frame: Frame, matched: Matched | None, *, proof: bool) -> Sight:
    """Where the matched words, now brought into the window, stand, and whether nothing stands over them.

    ``proof`` asks for all of it; other outcomes only have their words brought into the window.
    """
    if matched is None or matched.selector in NO_PLACE:
        return Sight(seen=True)
    found = frame.evaluate(INTO_SIGHT, [matched.selector, matched.text, MAX_LINES])
    if found is None or not proof:
        return Sight(seen=found is not None)
    boxes = _on_the_page(frame, found["boxes"]) if found["seen"] else None
    if boxes is None:
        return Sight(seen=False)
    return Sight(seen=True, boxes=tuple(boxes), viewport=frame.page.evaluate(VIEWPORT))


def _on_the_page(frame: Frame, boxes: list[Any]) -> list[Any] | None:
    """``boxes`` as places of the window's own document, or None where a document around hides them."""
    seen: list[Any] | None = boxes
    while seen is not None and frame.parent_frame is not None:
        seen = frame.frame_element().evaluate(FRAME_IN_SIGHT, seen)
        frame = frame.parent_frame
    return seen


def _has_ink(picture: Image.Image, place: tuple[int, int, int, int]) -> bool:
    """Whether the pixels of one line of text hold more than one shade."""
    left, top, right, bottom = place
    inside = (max(left, 0), max(top, 0), min(right, picture.width), min(bottom, picture.height))
    if inside[0] >= inside[2] or inside[1] >= inside[3]:
        return False
    lowest, highest = picture.crop(inside).getextrema()
    return float(highest) - float(lowest) >= LEAST_INK  # type: ignore[arg-type]


def wait_until_drawn(page: Page) -> None:
    """Wait for what the document holds to be on the screen: two frames, at most a second."""
    page.evaluate(TWO_FRAMES)
