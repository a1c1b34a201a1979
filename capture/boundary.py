"""What may leave the browser: the one judge of every request, whatever a profile's steps or a page's scripts ask.

DESIGN §3.1 and §6: Témoin is read-only up to availability. A pure function over the request; ``capture.guard``
puts it under the page. Default is no: a document, a script's request or a form passes only when the profile lists
it; pictures, styles, fonts and scripts of the page pass, since a person's browser shows them, unless they point
past availability or into a path that robots.txt refuses.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from capture.profile import Leaving, SiteProfile

STATIC_TYPES = frozenset({"Stylesheet", "Image", "Media", "Font", "Script", "Manifest", "Other", "TextTrack"})
INNER_SCHEMES = frozenset({"data", "blob", "about"})
READING = frozenset({"GET", "HEAD"})
# What a booking host keeps for its own doing, whatever the platform's version. An asset may lie there, no démarche.
BOOKING_PATHS = ("/booking/", "/booking_", "/rdvpref/reservation/", "bookingserver")
ASSET = r".*\.(css|js|png|jpe?g|gif|svg|webp|ico|woff2?|ttf)"
DEMARCHE = r".*/(create|manage|demarche)/\d+(/.*)?"

Reason = Literal[
    "closed",
    "popup",
    "service_worker",
    "scheme",
    "past_availability",
    "robots",
    "form",
    "method",
    "address",
    "frame",
    "background",
    "third_party",
    "budget",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One request about to leave. ``kind`` is CDP's resource type; ``body`` is None when there is none to read."""

    url: str
    method: str
    kind: str
    headers: Mapping[str, str] = field(default_factory=dict)
    has_body: bool = False
    body: bytes | None = None
    popup: bool = False
    main_frame: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """The rules of one visit. ``allows_robot`` answers for robots.txt of the booking host; not asked of a person."""

    profile: SiteProfile
    asked: str
    allows_robot: Callable[[str], bool] = lambda _url: True
    human: bool = False
    control: str | None = None  # the control page, while the visit asks for it (docs/adr/0019)
    chosen: str | None = None  # the one value that may leave where the profile leaves a field's value open

    def judge(self, request: Outgoing) -> Reason | None:
        """Why ``request`` must be stopped, or None when it may leave."""
        parts = urlsplit(request.url)
        if parts.scheme in INNER_SCHEMES:
            return None
        first = self._never(request, parts)
        if first is not None:
            return first
        if self.human and self._challenge(parts):
            return None
        if request.method not in READING:
            return self._leaving(request, parts)
        return self._reading(request, parts)

    def _never(self, request: Outgoing, parts: SplitResult) -> Reason | None:
        if request.popup:
            return "popup"
        if any(name.lower() == "service-worker" for name in request.headers):
            return "service_worker"
        if parts.scheme not in {"http", "https"}:
            return "scheme"
        if self._beyond(parts):  # on any host: a site may answer under other names, or by its bare address
            return "past_availability"
        if self._booking(parts) and not self.human and not self.allows_robot(request.url):
            return "robots"
        return None

    def _booking(self, parts: SplitResult) -> bool:
        """Whether the request goes to the followed host, or to another host of the same platform."""
        asked = urlsplit(self.asked)
        if parts.netloc == asked.netloc or (_host(parts), parts.port) == (_host(asked), asked.port):
            return True
        return re.fullmatch(self.profile.hosts, _host(parts)) is not None and self.profile.name != "generic"

    def _beyond(self, parts: SplitResult) -> bool:
        targets = {_target(parts), _plain_target(parts)}
        return any(
            re.fullmatch(pattern, target, re.IGNORECASE) for pattern in self.profile.beyond for target in targets
        )

    def _challenge(self, parts: SplitResult) -> bool:
        return any(re.fullmatch(pattern, _host(parts)) for pattern in self.profile.challenge_hosts)

    def _step_of_asked(self, parts: SplitResult) -> bool:
        """Whether this lies beneath the followed address and has no file's name: a step of it, not a picture."""
        path = _plain_target(parts).split("?", 1)[0]
        above = urlsplit(self.asked).path.rstrip("/")
        return bool(above) and path.startswith(f"{above}/") and "." not in path.rsplit("/", 1)[-1]

    def _known(self, request: Outgoing, parts: SplitResult) -> bool:
        """An address of the démarche: the very one asked, or one that the profile lists on the same platform."""
        if _without_fragment(request.url) == _without_fragment(self.asked):
            return True
        if parts.path == "/robots.txt":
            return False
        if not self._booking(parts) or re.fullmatch(self.profile.path, _target(parts)) is None:
            return False
        return self.profile.same_procedure(self.asked, request.url)

    def _leaving(self, request: Outgoing, parts: SplitResult) -> Reason | None:
        if request.kind != "Document" and not self.human:
            return "method"
        if not self._booking(parts):
            return "third_party"
        rules = [rule for rule in self.profile.leaving if re.fullmatch(rule.path, _target(parts))]
        rules = [rule for rule in rules if self.human or not rule.human]
        if request.method != "POST" or not rules:
            return "method"
        if not self.profile.same_procedure(self.asked, request.url):
            return "address"
        return None if any(self._fields_allowed(request, rule) for rule in rules) else "form"

    def _fields_allowed(self, request: Outgoing, rule: Leaving) -> bool:
        """Whether the body holds the rule's fields, each once, and no other; an unreadable body does not pass."""
        if not request.has_body or rule.any_body:
            return True
        pairs = _fields(request)
        if pairs is None or len({name for name, _value in pairs}) != len(pairs):
            return False
        return all(self._field_allowed(value, rule.fields.get(name)) for name, value in pairs)

    def _field_allowed(self, value: str, pattern: str | None) -> bool:
        if pattern is None or re.fullmatch(pattern, value) is None:
            return False
        return self.human or value in {pattern, self.chosen}

    def _reading(self, request: Outgoing, parts: SplitResult) -> Reason | None:
        if request.kind == "Document":
            if self._known(request, parts) or (request.main_frame and request.url == self.control):
                return None
            return "address" if request.main_frame or self._booking(parts) else "frame"
        if request.kind in STATIC_TYPES:
            return "background" if _rules(request) or self._page_as_picture(request, parts) else None
        if not self._booking(parts):
            return "third_party"
        target = _target(parts)
        listed = any(re.fullmatch(pattern, target) for pattern in self.profile.background)
        return None if listed or self.human else "background"

    def _page_as_picture(self, request: Outgoing, parts: SplitResult) -> bool:
        """Whether a page of the démarche is asked for as if it were a picture, a script or a prefetch."""
        if not self._booking(parts):
            return False
        if self._known(request, parts):
            return True
        return not self.human and (self._step_of_asked(parts) or self._of_the_booking(parts))

    def _of_the_booking(self, parts: SplitResult) -> bool:
        """Whether this is another démarche, or one of the booking's own addresses and no asset of the page."""
        if any(re.fullmatch(self.profile.path, target) for target in (parts.path, _target(parts))):
            return True
        path = _plain_target(parts).split("?", 1)[0].lower()
        if not any(own in path for own in BOOKING_PATHS):
            return False
        return re.fullmatch(ASSET, path) is None or re.fullmatch(DEMARCHE, path) is not None


def _rules(request: Outgoing) -> bool:
    """Whether these may be speculation rules: no kind of their own, but asked for across origins, as no icon is."""
    return request.kind == "Other" and any(name.lower() == "origin" for name in request.headers)


def _host(parts: SplitResult) -> str:
    return (parts.hostname or "").rstrip(".")  # a final dot names the same host (RFC 1034 §3.1)


def _plain_target(parts: SplitResult) -> str:
    """The target as a lenient server would read it: escapes undone, empty segments left out."""
    return re.sub(r"/{2,}", "/", unquote(unquote(parts.path))) + (f"?{parts.query}" if parts.query else "")


def _target(parts: SplitResult) -> str:
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _without_fragment(url: str) -> str:
    return url.split("#", 1)[0]


def _fields(request: Outgoing) -> list[tuple[str, str]] | None:
    """The form's fields; None for a body that is no form or cannot be read."""
    if request.body is None or not _urlencoded(request.headers):
        return None
    try:
        return parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=50)
    except ValueError:
        return None


def _urlencoded(headers: Mapping[str, str]) -> bool:
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    return kind.split(";", 1)[0].strip().lower() == "application/x-www-form-urlencoded"
