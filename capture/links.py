"""Which link of a page leads to the booking address: a pure comparison of addresses, never a guess.

Two addresses are the same when they differ only in what a site treats alike: http or https, the port that is the
usual one, a final slash, EZBooking's ``/0`` (its first step is also its entry), a fragment, and the writing of the
host and of needless escapes (RFC 3986 §6.2.2). Anything else, a query's order included, makes another address.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import SplitResult, urlsplit

from temoin.notice import NoticeLink

MAX_HREF = 2_000  # characters of an address kept in the record
MAX_WORDS = 300  # characters of a link's text kept in the record
_USUAL_PORTS = MappingProxyType({"http": 80, "https": 443})
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile("[A-Za-z0-9._~-]")  # RFC 3986 §2.3
_FIRST_STEP = re.compile(r"(?<=/create/)(\d+)/0$")

Key = tuple[str, int | None, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """One link of a page: its address, resolved by the browser, its words, and whether a person sees it."""

    href: str
    text: str
    visible: bool = True


def address_key(url: str) -> Key | None:
    """What two addresses have in common when they are the same; None where this is no web address."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return None
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in _USUAL_PORTS or not host or _bears_a_user(parts):
        return None
    usual = port in (None, _USUAL_PORTS[parts.scheme])
    path = _FIRST_STEP.sub(r"\1", _plain(parts.path).rstrip("/"))
    return host, None if usual else port, path, _plain(parts.query)


def _bears_a_user(parts: SplitResult) -> bool:
    """Whether a user's name stands before the host: such an address is written to look like another."""
    return "@" in parts.netloc


def same_address(one: str, other: str) -> bool:
    """Whether both are web addresses, and the same one."""
    key = address_key(one)
    return key is not None and key == address_key(other)


def find_link(anchors: Iterable[Anchor], *, booking: str, page: str) -> NoticeLink:
    """The first link of the page at ``page`` to ``booking``: one in sight before one that must be unfolded."""
    leading = [anchor for anchor in anchors if same_address(anchor.href, booking)]
    if not leading:
        return NoticeLink(path=(page,))
    first = next((anchor for anchor in leading if anchor.visible), leading[0])
    return NoticeLink(
        found=True,
        href=first.href[:MAX_HREF],
        text=" ".join(first.text.split())[:MAX_WORDS],
        in_sight=first.visible,
        path=(page, booking),
    )


def _plain(text: str) -> str:
    """``text`` with needless escapes undone and the others in capitals."""

    def written(found: re.Match[str]) -> str:
        letter = chr(int(found[1], 16))
        return letter if _UNRESERVED.fullmatch(letter) else found[0].upper()

    return _ESCAPE.sub(written, text)
