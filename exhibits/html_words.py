"""The words of a page of HTML, line by line; nothing is rendered, fetched or run (pure)."""

import re
from html import unescape
from html.parser import HTMLParser

from typing_extensions import override

LONGEST_HTML = 2_000_000  # characters; Python's parser is slow on endless broken markup
# Elements after which a line ends.
BREAKS = frozenset(
    {"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "table", "blockquote", "hr", "pre", "ul", "ol"}
)
CELLS = frozenset({"td", "th"})
HIDDEN = frozenset({"script", "style", "title", "template"})
TAG = re.compile(r"<[^<>]*>")


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._hidden = ""  # the element whose words nobody sees

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in HIDDEN and not self._hidden:
            self._hidden = tag
        self._separate(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag == self._hidden:
            self._hidden = ""
        self._separate(tag)

    @override
    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.found.append(" ".join(data.split("\n")))

    def _separate(self, tag: str) -> None:
        if tag in BREAKS:
            self.found.append("\n")
        elif tag in CELLS:
            self.found.append(" ")


def html_text(html: str) -> str:
    """The words of ``html``; without its tags at least, when it is none."""
    words = _Words()
    page = html[:LONGEST_HTML].replace("\r", "\n")
    try:
        words.feed(page)
        words.close()
        text = "".join(words.found)
    except (AssertionError, ValueError):  # what Python's parser raises on « <![x[ »
        text = unescape(TAG.sub("\n", page))
    lines = [" ".join(line.split()) for line in text.split("\n")]
    kept = [line for place, line in enumerate(lines) if line or (place and lines[place - 1])]
    return "\n".join(kept).strip()
