"""What one setting may be: each function gives the value back, or rejects it with a sentence and a remedy.

Addresses are not repeated in sentences, since people paste passwords into them.
"""

import re
import zoneinfo
from datetime import date
from pathlib import Path
from typing import Annotated, NoReturn
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from temoin.channel_kinds import KINDS
from temoin.floors import is_loopback
from temoin.hours import Window, are_ascending, parse_opening, parse_window
from temoin.messages import _
from temoin.platforms import EXAMPLES, PLATFORMS, Platform, find_platform, find_platform_of_host
from temoin.problems import nearest, reject

_ID = re.compile(r"[a-z0-9-]{1,60}")  # part of file names in the bundle
_AUTHORITY = re.compile(r"[a-z0-9-]{1,30}")  # names token files: entry.json.<authority>.tsr
_OID = re.compile(r"([0-2](\.(0|[1-9][0-9]{0,17})){1,30})?")
_VARIABLE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)?")
LONGEST_HOST = 253  # characters (RFC 1035, 2.3.4)
_LINE_LENGTH = 300  # characters; a label that is longer was pasted by mistake and would not fit a title


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        near = nearest(name, zoneinfo.available_timezones())
        reject(
            _("no such time zone{near}").format(near=near),
            remedy=_("Write a name of the IANA list, such as Europe/Paris or Indian/Reunion."),
        )
    return name


def _line(text: str) -> str:
    if not text.strip():
        reject(_("must not be empty"))
    if len(text) > _LINE_LENGTH or not text.isprintable():
        reject(_("must be one line of at most {most} characters").format(most=_LINE_LENGTH))
    return text.strip()


def _procedure_id(text: str) -> str:
    if not _ID.fullmatch(text):
        reject(_("must be 1 to 60 characters among a-z, 0-9 and -, such as creteil-premiere-demande"))
    return text


def _authority_name(text: str) -> str:
    if not _AUTHORITY.fullmatch(text):
        reject(_("must be 1 to 30 characters among a-z, 0-9 and -"))
    return text


def _variable(text: str) -> str:
    if not _VARIABLE.fullmatch(text):
        reject(
            _("must be the name of an environment variable"),
            remedy=_("Never write a password here: name the variable that holds it."),
        )
    return text


def _oid(text: str) -> str:
    if not _OID.fullmatch(text):
        reject(_("must be an object identifier, such as 1.3.6.1.4.1.99999.1"))
    return text


def _web_address(text: str) -> str:
    parts = _split(text)
    if parts.scheme not in {"http", "https"}:
        reject(_("must begin with http:// or https://"))
    if not parts.hostname:
        reject(_("has no host"), remedy=_("Copy the whole address from the browser's address bar."))
    if len(parts.hostname) > LONGEST_HOST:
        reject(_("has too long a host name"), remedy=_("Copy the whole address from the browser's address bar."))
    if "@" in parts.netloc:
        reject(_("must not hold a user name or password"))
    return text


def _split(text: str) -> SplitResult:
    """The parts of an address that can be read; its port is read too, since urllib only does so when asked."""
    if not text.isprintable() or " " in text:
        reject(_("must not hold spaces or control characters"))
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - asked for its ValueError
    except ValueError:
        reject(_("is no web address"), remedy=_("Copy the whole address from the browser's address bar."))
    return parts


def _booking_address(text: str) -> str:
    if "#" in _web_address(text):
        reject(
            _("must not hold a fragment (what follows “#”)"),
            remedy=_("Leave out “#” and what follows: the site never receives it."),
        )
    return text


def _optional_web_address(text: str) -> str:
    return _web_address(text) if text else text


def _windows(texts: tuple[str, ...]) -> tuple[str, ...]:
    if not texts:
        reject(_("must hold at least one window, such as 07:00-22:30"))
    windows = [_window(text) for text in texts]
    if not are_ascending(windows):
        reject(_("windows must follow one another and not overlap"))
    return texts


def _window(text: str) -> Window:
    try:
        return parse_window(text)
    except ValueError:
        reject(
            _("“{text}” is no window such as 07:00-22:30").format(text=text),
            remedy=_(
                "A window ends after it starts, on the same day, at 23:59 at the latest: write two of them around "
                "midnight."
            ),
        )


def _opening(text: str) -> str:
    try:
        parse_opening(text)
    except ValueError:
        reject(_("“{text}” is no opening such as “mon 09:00” or “day 1 09:00”").format(text=text))
    return text


def _channel_address(text: str) -> str:
    """An apprise address, of which nothing is ever repeated: nearly all of it may be a secret."""
    remedy = _("Write it as the service’s page of the Apprise manual shows, such as ntfys://ntfy.example.org/my-topic.")
    kind, between, rest = text.partition("://")
    if not text.isprintable() or " " in text:
        reject(_("must not hold spaces or control characters"))
    if not between or not rest.strip("/"):
        reject(_("is no Apprise address: a kind of service, “://”, and whom to reach"), remedy=remedy)
    if kind.lower() not in KINDS:
        reject(_("no such kind of service{near}").format(near=nearest(kind.lower(), KINDS)), remedy=remedy)
    return text


Zone = Annotated[str, AfterValidator(_known_zone)]
Line = Annotated[str, AfterValidator(_line)]


def _time_server(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(:[0-9]{1,5})?", value, re.ASCII):
        reject(
            _("“{value}” is not the name of a time server").format(value=value),
            remedy=_('Write a name alone, such as "pool.ntp.org": no http://, no space.'),
        )
    return value


TimeServer = Annotated[str, AfterValidator(_time_server)]
ProcedureId = Annotated[str, AfterValidator(_procedure_id)]
AuthorityName = Annotated[str, AfterValidator(_authority_name)]
ObjectId = Annotated[str, AfterValidator(_oid)]
Variable = Annotated[str, AfterValidator(_variable)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
OptionalWebAddress = Annotated[str, AfterValidator(_optional_web_address)]
ChannelAddress = Annotated[str, AfterValidator(_channel_address)]
BookingAddress = Annotated[str, AfterValidator(_booking_address)]
Windows = Annotated[tuple[str, ...], AfterValidator(_windows)]
Opening = Annotated[str, AfterValidator(_opening)]

# Strict, so that a quoted number or a number for a yes is told instead of guessed.
Count = Annotated[int, Field(ge=0, strict=True)]
Threshold = Annotated[int, Field(ge=1, strict=True)]
Bands = Annotated[int, Field(ge=1, le=5, strict=True)]  # a day has five (docs/preuve.md)
Months = Annotated[int, Field(ge=0, le=120, strict=True)]
Switch = Annotated[bool, Field(strict=True)]
Day = Annotated[date, Field(strict=True)]


def resolved(path: Path, folder: Path) -> Path:
    """``path`` as the file in ``folder`` means it: ``~`` is the person's home, relative is beside the file."""
    try:
        return folder / path.expanduser()
    except RuntimeError:  # no home folder is known for this user
        return folder / path


def recognise(url: str) -> Platform:
    """The platform of an address that comes without one; rejects where it must be named."""
    found = find_platform(url)
    if found is not None:
        return found
    if is_loopback(url):
        reject(
            _("missing: on a loopback address the platform must be named"),
            remedy=_("Name one of {names}.").format(names=", ".join(PLATFORMS)),
        )
    owner = find_platform_of_host(url)
    if owner is not None:
        _reject_address(owner)
    return reject(
        _("missing: no known platform has this address"),
        remedy=_(
            'If the address is right, set platform = "generic", and no_slot_text to the exact sentence '
            "that the page shows when nothing is free."
        ),
    )


def check_platform(platform: Platform, url: str) -> None:
    """Reject a platform that the address contradicts: the wrong profile would misread the page."""
    owner = find_platform(url) or find_platform_of_host(url)
    if owner is not None and owner != platform:
        reject(
            _("“{platform}” contradicts the address, which is one of {owner}").format(platform=platform, owner=owner),
            remedy=_("Leave platform out: it is recognised from the address."),
        )
    if platform != "generic" and find_platform(url) is None:
        _reject_address(platform)


def _reject_address(platform: Platform) -> NoReturn:
    reject(
        _("the address is not that of a démarche on {platform}").format(platform=platform),
        remedy=_("Such an address looks like {example}").format(example=EXAMPLES[platform]),
    )
