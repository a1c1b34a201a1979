"""What of an exchange is not kept: cookies, tokens, session numbers; each is written over, sign by sign (pure).

The rule, in full (docs/format.md §13 repeats it):

1. The value of a header, of an address's parameter (``?name=value``, ``;name=value``, ``#name=value``; in the headers
   and attributes that hold an address too), of an ``input`` or ``meta`` element, and of a quoted value after a name in
   HTML or JSON, is masked when its name says that it is a secret (``TELLTALE``). So is the value of every cookie,
   whatever its name; and a bare number of eight digits or more after such a
   name, but for one that says a time.
2. A masked value that looks like a secret (``_telling``) is masked wherever else it stands in the visit: in other
   addresses, headers and texts.

A value masked is as long as it was: ``x``, or ``0`` for a bare number, so that JSON stays JSON. Nothing else is
changed, and digests are those of what is kept.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from html import unescape
from urllib.parse import unquote

TELLTALE = (
    r"csrf|xsrf|token|(?<!an)nonce|sess(?:ion|[_-]?id)|auth(?!or(?!i[sz]))|passw|mot[_-]?de[_-]?passe|secret(?!a)|signature"
    r"|api[_-]?key|jwt|ticket"
)
COOKIES = frozenset({"cookie", "cookie2", "set-cookie", "set-cookie2"})
ADDRESSES = frozenset({"location", "content-location", "referer", "refresh", "link"})
MAX_SECRETS = 200  # values masked wherever they stand; a page of more hidden fields is no booking page

_SECRET = re.compile(rf"(?:{TELLTALE})|^sid$", re.IGNORECASE)
_PARAMETER = re.compile(r"([?&;#])([^=?&;#/]{0,200})=")
_END, _END_IN_PATH = re.compile(r"[&;#>]|$"), re.compile(r"[?&;#/>]|$")  # in a query « / » and « ? » are of the value
# A comma parts two cookies only where another name follows it: it may stand in a value, or in a date.
_COOKIE = re.compile(r"(^|[;,]\s*)([^=;,\s]+)=([^;,]*(?:,(?!\s*[^=;,\s]+=)[^;,]*)*)")
# Every repetition below is bounded: a hostile page must not keep an expression busy.
_TAG = re.compile(r"<(?:input|meta)\b[^>]{0,4096}>", re.IGNORECASE)
_NAMED = re.compile(r"""\b(?:name|id|property|http-equiv)\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)
_VALUE = re.compile(r"""\b(?:value|content)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
# Quotes as HTML and JavaScript write them: bare, as entities in an attribute, escaped in another string.
_QUOTE = r"""(?:\\?["']|`|&quot;|&#0?3[49];)"""
_ASSIGNED = re.compile(
    rf"""((?:{TELLTALE})[\w-]{{0,40}}{_QUOTE}?\s{{0,4}}[:=]\s{{0,4}})"""
    rf"""(?:({_QUOTE})((?:(?!\2)[^"'<>\s`]){{6,4096}})(?=\2)|(\d{{8,40}})(?![\w.]))""",
    re.IGNORECASE,
)
# Of a bare number, not of what says how long or until when: a page replayed with a session of no length would leave.
_TIME = re.compile("time|expir|date|dur|ttl|delay", re.IGNORECASE)
_LINK = re.compile(
    r"""\b(href|src|action|formaction|content|data-[\w-]{1,60})\s{0,4}=\s{0,4}(["'])([^"'<>]{3,4096})\2""",
    re.IGNORECASE,
)
_ATTRIBUTES = frozenset({"path", "domain", "expires", "max-age", "samesite", "priority"})


class Mask:
    """Masks one visit: ``learn`` from all of it first, then mask each piece."""

    def __init__(self, cookies: Iterable[str] = ()) -> None:
        """``cookies`` are the values that the browser holds at the end of the visit."""
        self._secrets: set[str] = set()
        for value in cookies:
            self._note(value)

    def learn(self, *, url: str, headers: Sequence[tuple[str, str]], text: str) -> None:
        """Take note of the secrets of one exchange, so that they are masked wherever they stand."""
        self._in_url(url)
        for name, value in headers:
            self._in_header(name, value)
        self._in_text(text)

    def url(self, url: str) -> str:
        """The address as it is kept."""
        return self._everywhere(self._in_url(url))

    def header(self, name: str, value: str) -> str:
        """The header's value as it is kept."""
        return self._everywhere(self._in_header(name, value))

    def text(self, text: str, *, named: bool) -> str:
        """The text as it is kept; ``named`` for HTML and JSON, where names are looked for too."""
        return self._everywhere(self._in_text(text) if named else text)

    def _note(self, value: str) -> str:
        """Remember a secret value; what is written in its place."""
        for one in {value, unquote(value), unescape(value)}:
            if _telling(one) and len(self._secrets) < MAX_SECRETS:
                self._secrets.add(one)
        return "x" * len(value)

    def _in_url(self, url: str) -> str:
        pieces, done, query = [], 0, url.find("?")
        for found in _PARAMETER.finditer(url):
            start = found.end()
            if found.start() < done or not _SECRET.search(unquote(found[2])):
                continue
            in_path = found[1] == ";" and not 0 <= query < start
            end = next(one.start() for one in (_END_IN_PATH if in_path else _END).finditer(url, start))
            pieces += [url[done:start], self._note(url[start:end])]
            done = end
        return "".join((*pieces, url[done:]))

    def _in_header(self, name: str, value: str) -> str:
        lower = name.lower()
        if lower in COOKIES:
            return _COOKIE.sub(self._cookie, value)
        if lower in ADDRESSES:
            return self._in_url(value)
        return self._note(value) if _SECRET.search(lower) else value

    def _cookie(self, found: re.Match[str]) -> str:
        before, name, value = found.groups()
        return found[0] if name.lower() in _ATTRIBUTES else f"{before}{name}={self._note(value)}"

    def _in_text(self, text: str) -> str:
        text = _TAG.sub(lambda found: self._tag(found[0]), text)
        text = _LINK.sub(lambda found: found[0].replace(found[3], self._in_url(found[3])), text)
        return _ASSIGNED.sub(self._assigned, text)

    def _assigned(self, found: re.Match[str]) -> str:
        name, quote, value, number = found.groups()
        if number is None:
            return f"{name}{quote}{self._note(value)}"
        return found[0] if _TIME.search(name) else name + "0" * len(self._note(number))

    def _tag(self, tag: str) -> str:
        if not any(_SECRET.search(name) for name in _NAMED.findall(tag)):
            return tag
        found = _VALUE.search(tag)
        if found is None:
            return tag
        place = next(number for number in (1, 2, 3) if found[number] is not None)
        start, end = found.span(place)
        return tag[:start] + self._note(found[place]) + tag[end:]

    def _everywhere(self, text: str) -> str:
        for secret in self._longest_first():
            if secret in text:
                text = text.replace(secret, "x" * len(secret))
        return text

    def _longest_first(self) -> Iterator[str]:
        yield from sorted(self._secrets, key=lambda one: (-len(one), one))


def _telling(value: str) -> bool:
    """Whether a value is one of its kind: long, in one piece, not a word that a page uses elsewhere."""
    if any(letter.isspace() for letter in value):
        return False
    return len(value) >= 20 or (len(value) >= 8 and any(letter.isdigit() for letter in value))  # noqa: PLR2004
