"""What a person typed or pasted, cleaned and held against the settings' own rules, so that it is told at once.

Each function gives the value back, or raises ``UsageError`` with a sentence and a remedy.
"""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, TypeAdapter, ValidationError

from temoin.channel_kinds import KINDS
from temoin.errors import UsageError
from temoin.hours import parse_window
from temoin.messages import _
from temoin.problems import problem_of
from temoin.settings import Politeness
from temoin.values import (
    BookingAddress,
    ChannelAddress,
    Line,
    OptionalWebAddress,
    ProcedureId,
    Windows,
    Zone,
    check_platform,
)

_QUOTES = "\"'«»“”‘’<>` \t\r\n\u00a0\u202f\u200b\ufeff"  # what copying brings along, at either end
_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\ufeff]")
_WEB_ADDRESS = re.compile(r"https?://\S+")
_HOURS = re.compile(r"(\d{1,2})(?:[:hH](\d{2})?)?\s*(?:-|–|—|à|a|to)\s*(\d{1,2})(?:[:hH](\d{2})?)?")


def clean_line(text: str) -> str:
    """One line that must not be empty."""
    return str(_checked(Line, _INVISIBLE.sub("", text).strip(), _("This answer {problem}.")))


def clean_address(text: str) -> str:
    """A booking address as it is pasted: without quotes, and without the fragment, which no site receives."""
    address = _alone(text).partition("#")[0]
    return str(_checked(BookingAddress, address, _("The address {problem}.")))


def clean_optional_address(text: str) -> str:
    """The address of a public page, or nothing."""
    address = _alone(text)
    return str(_checked(OptionalWebAddress, address, _("The address {problem}.")))


def _alone(text: str) -> str:
    """What was pasted, without what copying brings along.

    Raises:
        UsageError: there are other words beside the address, or no address at all.
    """
    address = _INVISIBLE.sub("", text).strip(_QUOTES)
    if len(address.split()) <= 1:
        return address
    found = {one.strip(_QUOTES + ".,;()") for one in _WEB_ADDRESS.findall(address)}
    if len(found) == 1:
        remedy = _("Paste the address alone, without the words around it: what begins with http:// or https://.")
    else:
        remedy = _("Open the page in your browser, copy the address from the top of its window, and paste it alone.")
    raise UsageError(_("This is not an address alone: it holds spaces."), remedy=remedy)


def check_address_of(platform: str, address: str) -> str:
    """``platform``, when ``address`` does not contradict it."""
    return str(_checked(Annotated[str, AfterValidator(_agrees(address))], platform, _("Not possible: {problem}.")))


def clean_windows(text: str) -> tuple[str, ...]:
    """Hours of the day, as people write them: ``7h-22h30``, ``08:00-12:00, 14:00-18:00``."""
    parts = [part.strip() for part in re.split(r"[,;]|\bet\b|\band\b", text) if part.strip()]
    windows = tuple(_hours(part) for part in parts)
    found: tuple[str, ...] = _checked(Windows, windows, _("These hours cannot be used: {problem}."))
    return found


def check_room(windows: tuple[str, ...], politeness: Politeness) -> tuple[str, ...]:
    """``windows``, when the attempts of a day can keep their distance in them."""
    attempts, apart = politeness.attempts_per_day, politeness.min_minutes_between_attempts
    minutes = sum(parse_window(text).minutes for text in windows)
    if minutes >= attempts * apart:
        return windows
    sentence = _("{minutes} minutes in all are too short for {attempts} attempts {apart} minutes apart")
    raise UsageError(
        _("These hours cannot be used: {problem}.").format(
            problem=sentence.format(minutes=minutes, attempts=attempts, apart=apart)
        ),
        remedy=_("Widen the windows to {needed} minutes or more.").format(needed=attempts * apart),
    )


def clean_choices(text: str) -> tuple[str, ...]:
    """Labels with ``;`` between them; none for all."""
    return tuple(clean_line(part) for part in text.split(";") if part.strip())


def clean_channel(text: str) -> str:
    """An Apprise address, or an e-mail address that is told what else it needs."""
    channel = text.strip(_QUOTES)
    kind = channel.partition("://")[0].lower()
    if "@" in channel and kind not in KINDS:
        raise UsageError(
            _("An e-mail address alone is not enough: Témoin must also know by which server to send."),
            remedy=_("Write mailtos://NAME:PASSWORD@SERVER, as the Apprise manual shows (docs/notifications.md)."),
        )
    return str(_checked(ChannelAddress, channel, _("This address cannot be used: {problem}.")))


def clean_id(text: str) -> str:
    """The short id of a démarche."""
    return str(_checked(ProcedureId, text.strip(), _("The id {problem}.")))


def clean_zone(text: str) -> str:
    """A time zone by its IANA name."""
    return str(_checked(Zone, text.strip(), _("Not possible: {problem}.")))


def _agrees(address: str) -> Any:  # noqa: ANN401 - what pydantic takes
    def agree(platform: Any) -> Any:  # noqa: ANN401 - as above
        check_platform(platform, address)
        return platform

    return agree


def _hours(text: str) -> str:
    """``7h-22h30`` as ``07:00-22:30``; what is not of that form goes on as it is, and is refused with its name."""
    found = _HOURS.fullmatch(text)
    if found is None:
        return text
    first, first_minute, last, last_minute = found.groups()
    return f"{int(first):02}:{first_minute or '00'}-{int(last):02}:{last_minute or '00'}"


def _checked(kind: Any, value: object, lead: str) -> Any:  # noqa: ANN401 - a type of the settings, and its value
    try:
        return TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        problem = problem_of(error.errors()[0], ())
        sentence = lead.format(problem=problem.sentence)
        raise UsageError(sentence.replace("?.", "?"), remedy=problem.remedy) from error
