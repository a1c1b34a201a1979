"""Whether a page of the local page fits its screen, and what makes it too wide if it does not."""

from playwright.sync_api import Page

# What reaches past the screen's right edge, unless something around it scrolls or cuts it; the widest first.
_WIDEST = """() => {
  const screen = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= screen) return [];
  const cut = (one) => {
    for (let around = one.parentElement; around; around = around.parentElement)
      if (around !== document.body && getComputedStyle(around).overflowX !== "visible") return true;
    return false;
  };
  const found = [...document.body.querySelectorAll("*")]
    .map((one) => [one, one.getBoundingClientRect()])
    .map(([one, box]) => [one, Math.max(box.right, box.left + one.scrollWidth)])
    .filter(([one, right]) => right > screen && !cut(one))
    .sort((a, b) => b[1] - a[1]);
  return [`${location.pathname} is ${document.documentElement.scrollWidth} px wide on a screen of ${screen} px`]
    .concat(found.slice(0, 8).map(([one, right]) => `${Math.ceil(right)} px: ${one.outerHTML.slice(0, 120)}`));
}"""

# Each word that ends a text, made one that no line can hold.
_STRETCHED = """() => {
  const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  while (texts.nextNode())
    if (/\\w{3}/.test(texts.currentNode.data) && !texts.currentNode.parentElement.closest("svg"))
      texts.currentNode.data = texts.currentNode.data.trimEnd() + "m".repeat(70) + " ";
}"""


def too_wide(page: Page) -> list[str]:
    """Empty where nothing makes the page wider than its screen; else the sizes, and the elements that reach furthest.

    It waits for the page to be loaded: without its style, it may be wider.
    """
    page.wait_for_load_state()
    found: list[str] = page.evaluate(_WIDEST)
    return found


def stretch(page: Page) -> None:
    """Make the words of the page longer than its screen, as other fonts and other names might."""
    page.wait_for_load_state()
    page.evaluate(_STRETCHED)
