"""What is known of one booking platform, as data (DESIGN §6): never code, never a promise.

Profiles live in ``capture/profiles/*.toml``; a person may give one of their own. The step kinds and the outcome
signs are closed lists, so a profile can say where to look and which recorded button to press, and nothing else:
what may leave the browser is judged by ``capture.boundary``, whatever the steps ask.
"""

import re
import tomllib
from datetime import date
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urljoin, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from temoin.canonical import Digest, Json, sha256
from temoin.errors import ConfigError
from temoin.messages import _
from temoin.records import Outcome


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return pattern


Pattern = Annotated[str, AfterValidator(_compiles)]


def _is_plain_path(path: str) -> str:
    if not path.startswith("/") or path.startswith("//") or "#" in path or "\\" in path:
        raise ValueError("a path of the host, from its first stroke on")
    return path


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Sign(_Table):
    """What tells one outcome: an element, its words, the address and what must not be there with it.

    ``match`` is ``whole`` (the element's whole visible text is one of ``texts``), ``contains`` (failure pages
    only: a proof is never found by a fragment) or ``present`` (the element is enough).
    """

    outcome: Outcome
    selector: str = ""
    texts: tuple[str, ...] = ()
    match: Literal["whole", "contains", "present", "dialog", "title"] = "whole"
    address: Pattern = ""
    with_texts: tuple[str, ...] = ()  # other blocks that must be shown whole as well
    with_selectors: tuple[str, ...] = ()
    unless_selectors: tuple[str, ...] = ()
    unless_texts: tuple[str, ...] = ()  # words that, anywhere in sight, forbid this reading
    only: bool = False  # no second element of the selector in sight: two forms are two answers
    single: bool = False  # a sentence found by its words alone: once on the page, no entry of a list, no hour beside


class Step(_Table):
    """One thing Témoin may do on a page. The list of kinds is closed."""

    kind: Literal["check", "choose", "click"]
    element: str


class PageRule(_Table):
    """A page on the way to the answer: how to know it, what to do on it."""

    name: str
    present: str
    steps: tuple[Step, ...] = ()
    terms: str = ""  # the element whose text is the conditions
    choice: str = ""  # the radio buttons of « Que souhaitez-vous effectuer ? »


class Leaving(_Table):
    """A request other than GET that may leave the browser: where, and with exactly which fields."""

    path: Pattern
    fields: dict[str, Pattern]
    human: bool = False  # only while a person drives
    any_body: bool = False  # a call that is not a form; only ever with ``human``


class Banner(_Table):
    """A cookie banner, refused when it offers to."""

    present: str
    refuse: str


class Control(_Table):
    """A page of the booking host, asked for after a proof: does the host serve this visitor as it does others?

    ``path`` is of the host of the address asked; ``present`` an element that must be in sight on the page.
    """

    path: Annotated[str, AfterValidator(_is_plain_path)]
    present: str = ""


class SiteProfile(_Table):
    """One booking platform. ``confirmed`` is the day a person held it against the live site, or none."""

    name: str
    confirmed: date | None = None
    hosts: Pattern
    path: Pattern  # the addresses of the démarche, path and query
    beyond: tuple[Pattern, ...] = ()  # past availability: refused by any method
    background: tuple[Pattern, ...] = ()  # what the page's own scripts may GET from the booking host
    leaving: tuple[Leaving, ...] = ()
    challenge_hosts: tuple[Pattern, ...] = ()  # a captcha's own hosts: pass while a person drives
    unattended: bool = True
    pages: tuple[PageRule, ...] = ()
    signs: tuple[Sign, ...]
    banners: tuple[Banner, ...] = ()
    control: Control | None = None
    digest: Digest = Field(default=Digest(""), exclude=True)

    def to_json(self) -> Json:
        """The profile as the record names it."""
        confirmed = None if self.confirmed is None else self.confirmed.isoformat()
        return {"name": self.name, "sha256": self.digest, "confirmed": confirmed}

    @cached_property
    def selectors(self) -> tuple[str, ...]:
        """Every selector the profile looks for, once each: the page is asked for all of them in one go."""
        found: list[str] = []
        for sign in self.signs:
            found += [sign.selector, *sign.with_selectors, *sign.unless_selectors]
        for page in self.pages:
            found += [page.present, page.terms, page.choice]
        found += [banner.present for banner in self.banners]
        found += [] if self.control is None else [self.control.present]
        return tuple(dict.fromkeys(selector for selector in found if selector))

    @cached_property
    def terms(self) -> tuple[str, ...]:
        """The elements that hold conditions: their text is read whole."""
        return tuple(page.terms for page in self.pages if page.terms)

    @cached_property
    def wanted(self) -> dict[str, tuple[str, ...]]:
        """The sentences of each selector that is looked for by its words alone."""
        found: dict[str, tuple[str, ...]] = {}
        others: set[str] = {page.present for page in self.pages} | {banner.present for banner in self.banners}
        for page in self.pages:
            others |= {page.terms, page.choice}
        others |= set() if self.control is None else {self.control.present}
        for sign in self.signs:
            others |= {*sign.with_selectors, *sign.unless_selectors}
            if sign.match in {"whole", "contains"} and sign.texts:
                found[sign.selector] = (*found.get(sign.selector, ()), *sign.texts)
            else:
                others.add(sign.selector)
        return {selector: texts for selector, texts in found.items() if selector not in others}

    def control_of(self, asked: str) -> str | None:
        """The address of the control page on the host of ``asked``; None where the profile knows none."""
        return None if self.control is None else urljoin(asked, self.control.path)

    def knows(self, url: str) -> bool:
        """Whether ``url`` is an address of the platform (the host is not asked of a loopback address)."""
        return re.fullmatch(self.path, _target(url)) is not None

    def same_procedure(self, asked: str, url: str) -> bool:
        """Whether ``url`` may be of the démarche of ``asked``: not when both bear a name, or a site, that differs.

        The names are the groups of ``path`` (``id``…) and ``site`` (of ``hosts``); a profile may do without.
        """
        named, found = self._names(asked), self._names(url)
        sites = [self._site(address) for address in (asked, url)]
        same = all(found.get(key, value) == value for key, value in named.items())
        return same and (None in sites or sites[0] == sites[1])

    def answers(self, asked: str, url: str) -> bool:
        """Whether ``url`` is surely of the démarche of ``asked``: every name that ``asked`` bears stands in it too."""
        asked_names, names = self._names(asked), self._names(url)
        site = self._site(asked)
        return all(names.get(key) == value for key, value in asked_names.items()) and site in {None, self._site(url)}

    def _site(self, url: str) -> str | None:
        found = re.fullmatch(self.hosts, (urlsplit(url).hostname or "").rstrip("."))
        return None if found is None else found.groupdict().get("site")

    def _names(self, url: str) -> dict[str, str]:
        """The named parts of an address of the platform: its id, and what else the profile names."""
        for pattern in (self.path, *(rule.path for rule in self.leaving)):
            found = re.fullmatch(pattern, _target(url))
            if found is not None:
                names = {key: value for key, value in found.groupdict().items() if value is not None}
                if names:
                    return names
        return {}


def _target(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


PROOF_MATCHES = frozenset({"whole", "dialog"})


def parse_profile(data: bytes, *, source: str) -> SiteProfile:
    """The profile that TOML ``data`` holds.

    Raises:
        ConfigError: not TOML, an unknown key, or a proof that would be found by a fragment of text.
    """
    try:
        profile = SiteProfile(**tomllib.loads(data.decode()), digest=sha256(data))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError, TypeError) as error:
        raise ConfigError(
            _("The site profile {source} cannot be read: {error}").format(source=source, error=error),
            remedy=_("Compare it with the profiles that ship with Témoin (docs/profiles.md)."),
        ) from error
    if any(rule.any_body and not rule.human for rule in profile.leaving):
        raise ConfigError(
            _("The site profile {source} lets a program send a body of any shape.").format(source=source),
            remedy=_("List the form’s fields instead."),
        )
    for sign in profile.signs:
        if sign.outcome in {Outcome.NO_SLOT, Outcome.NO_CALENDAR} and sign.match not in PROOF_MATCHES:
            raise ConfigError(
                _("The site profile {source} finds a proof by a fragment of text.").format(source=source),
                remedy=_("Give the whole sentence, with match = “whole”."),
            )
    return profile


def load_profile(name: str) -> SiteProfile:
    """The shipped profile called ``name``.

    Raises:
        ConfigError: there is none.
    """
    file = resources.files("capture.profiles").joinpath(f"{name}.toml")
    if not file.is_file():
        raise ConfigError(
            _("There is no site profile called “{name}”.").format(name=name),
            remedy=_("Name one of: {names}.").format(names=", ".join(shipped_profiles())),
        )
    return parse_profile(file.read_bytes(), source=f"{name}.toml")


def shipped_profiles() -> tuple[str, ...]:
    """The names of the profiles in the package, sorted."""
    folder = Path(str(resources.files("capture.profiles")))
    return tuple(sorted(path.stem for path in folder.glob("*.toml")))


def generic_profile(*, url: str, sentence: str) -> SiteProfile:
    """A profile for one page whose exact sentence the person gave; only that page is ever asked for."""
    base = load_profile("generic")
    target = _target(url)
    sign = Sign(outcome=Outcome.NO_SLOT, selector=ANY_BLOCK, texts=(sentence,), match="whole", single=True)
    return base.model_copy(
        update={
            "path": re.escape(target),
            "signs": (*base.signs, sign),
            "digest": sha256(f"{base.digest}:{target}:{sentence}".encode()),
        }
    )


# The blocks that can hold a sentence of their own; containers are left out, since their text is that of others.
ANY_BLOCK = "h1, h2, h3, h4, p, li, td, dd, strong, b, span, div, form, section, output"
