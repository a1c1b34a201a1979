"""Pressing what a profile names, by a script in the page: never a mouse, never a key (docs/adr/0017).

Promises:

* A press has no place on the screen. It reaches the one element that the selector finds in the one document given, or
  nothing; what is laid over it, a captcha's frame least of all, gets no click, no key and no focus of ours.
* What a person could not press now is not pressed: absent, one of several, hidden, disabled or covered.
* A site can tell that no hand pressed (``isTrusted`` is false). One that minds shows no answer, and that is recorded.
"""

from enum import StrEnum
from typing import Any, Literal

from playwright.sync_api import Frame

Kind = Literal["click", "check"]


class Pressed(StrEnum):
    """What came of a press; what was not done is told as the reason of an unrecognised page, ``step_…``."""

    DONE = "done"  # pressed, or as it should be already
    MOVED = "moved"  # another document came under it
    ABSENT = "absent"
    SEVERAL = "several"
    HIDDEN = "hidden"
    DISABLED = "disabled"
    COVERED = "covered"
    REFUSED = "refused"  # pressed, and the page undid it


# One call, so that nothing comes between the look and the press. A click acts after the call has returned: what the
# page's own scripts do on it (a dialog, a loop without end) then holds up nothing here.
_PRESS = """([selector, value, where, kind, first]) => {
  if (location.href !== where) return ['moved'];
  let found = [];
  try { found = [...document.querySelectorAll(selector)]; } catch (error) { return ['absent']; }
  if (value !== null) found = found.filter((e) => e.value === value);
  if (!found.length) return ['absent'];
  if (found.length > 1 && !first) return ['several'];
  const e = found[0];
  const boxes = [...e.getClientRects()].filter((box) => box.width > 1 && box.height > 1);
  if (!boxes.length || !e.checkVisibility({visibilityProperty: true})) return ['hidden'];
  if (e.matches(':disabled') || e.closest('[aria-disabled="true"]')) return ['disabled'];
  e.scrollIntoView({block: 'center', inline: 'nearest', behavior: 'instant'});
  const box = [...e.getClientRects()].find((one) => one.width > 1 && one.height > 1);
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  const hit = document.elementFromPoint(x, y);
  const own = hit && (e.contains(hit) || [...(e.labels || [])].some((label) => label.contains(hit)));
  if (!own || hit.matches('iframe, frame, object, embed')) return ['covered'];
  if (kind === 'look') return ['done', x, y];
  if (kind === 'click') { setTimeout(() => HTMLElement.prototype.click.call(e), 0); return ['done']; }
  if (!e.checked) { HTMLElement.prototype.click.call(e); return [e.checked ? 'done' : 'refused']; }
  return ['done'];
}"""
_FRAME_FREE = """(frame, [left, top]) => {
  frame.scrollIntoView({block: 'nearest', behavior: 'instant'});
  const box = frame.getBoundingClientRect(), pad = getComputedStyle(frame);
  const x = left + box.left + frame.clientLeft + parseFloat(pad.paddingLeft);
  const y = top + box.top + frame.clientTop + parseFloat(pad.paddingTop);
  return document.elementFromPoint(x, y) === frame ? [x, y] : null;
}"""


def press(frame: Frame, selector: str, *, kind: Kind, value: str | None = None, first: bool = False) -> Pressed:
    """Press once: ``click``, or ``check`` to have a box or a radio button checked.

    ``value`` picks the radio button that has it; ``first`` takes the first where several are found, else none is.

    Raises:
        Error: the page or the browser went away.
    """
    asked = [selector, value, frame.url, kind, first]
    if frame.parent_frame is not None:
        seen = frame.evaluate(_PRESS, [*asked[:3], "look", asked[4]])
        if seen[0] != Pressed.DONE:
            return Pressed(seen[0])
        if not _is_free(frame, seen[1:]):
            return Pressed.COVERED
    return Pressed(frame.evaluate(_PRESS, asked)[0])


def _is_free(frame: Frame, place: list[Any]) -> bool:
    """Whether nothing stands over that place of an inner document, in all the documents around it."""
    found: list[Any] | None = place
    while found is not None and frame.parent_frame is not None:
        found = frame.frame_element().evaluate(_FRAME_FREE, found)
        frame = frame.parent_frame
    return found is not None
