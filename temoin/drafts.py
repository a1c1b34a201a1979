"""A configuration about to be written: what a person answered, as the text of ``config.toml``. Pure.

Every text is a TOML basic string, whatever it holds (TOML 1.0, "String"): what the person typed comes back through
``temoin.settings`` as it was. The explanations are in the active language; ``config.example.toml`` has all settings.
"""

import json
import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date

from temoin.messages import _
from temoin.platforms import find_platform
from temoin.records import Automation, Mode, Operator

_ID_LENGTH = 40  # characters; it stands in file names, and the settings allow 60
_SMALL = "a au aux d de des du en et l la le les ou par pour sur un une"
_LINKING = frozenset(_SMALL.split())  # no word to end with
_BEFORE = _LINKING | {"prefecture", "sous"}  # « Préfecture du », « Sous-préfecture de »


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcedureDraft:
    """One démarche; an empty ``platform`` is recognised from the address."""

    id: str
    prefecture: str
    label: str
    url: str
    platform: str = ""
    no_slot_text: str = ""
    instructions_url: str = ""
    choices: tuple[str, ...] = ()
    terms_read: date | None = None
    automation: Automation = Automation.SILENT
    windows: tuple[str, ...] = ("07:00-22:30",)
    mode: Mode = Mode.UNATTENDED
    confirmed: date | None = None

    @property
    def platform_name(self) -> str:
        """The platform, named or recognised."""
        return self.platform or find_platform(self.url) or "generic"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyDraft:
    """How the person is reached; neither desktop nor address is a refusal."""

    desktop: bool = True
    urls: tuple[str, ...] = field(default=(), repr=False)  # they hold passwords

    @property
    def refused(self) -> bool:
        """Whether the person wants no message at all."""
        return not self.desktop and not self.urls


@dataclass(frozen=True, slots=True, kw_only=True)
class StationDraft:
    """The station and how its person is reached."""

    data_dir: str = "evidence"
    timezone: str = "Europe/Paris"
    operator: Operator = Operator.SELF
    notify: NotifyDraft = NotifyDraft()


def build_station(draft: StationDraft) -> str:
    """The text of the tables that stand before the démarches."""
    return _text(_station_lines(draft))


def build_procedure(draft: ProcedureDraft) -> str:
    """The text of one ``[[procedures]]`` table, which may follow any TOML."""
    return _text(_procedure_lines(draft))


def build_id(prefecture: str, label: str, taken: Collection[str]) -> str:
    """A short id from the names that the person gave, one that is not ``taken``: ``val-de-marne-premiere-demande``."""
    place = _words(prefecture)
    while place and place[0] in _BEFORE:
        place = place[1:]
    words = [*place, *_words(label)]
    while words and (words[-1] in _LINKING or (len(words) > 1 and len("-".join(words)) > _ID_LENGTH)):
        words = words[:-1]
    base = "-".join(words)[:_ID_LENGTH] or "demarche"
    number, found = 1, base
    while found in taken:
        number += 1
        found = f"{base}-{number}"
    return found


def quoted(text: str) -> str:
    """``text`` as a TOML basic string; JSON's escapes are among TOML's, which wants DEL escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.replace("’", "'")).encode("ascii", "ignore").decode().lower()
    return re.findall(r"[a-z0-9]+", plain)


def _text(lines: Iterator[str]) -> str:
    return "\n".join(lines) + "\n"


def _list(texts: tuple[str, ...]) -> str:
    return f"[{', '.join(map(quoted, texts))}]"


def _switch(*, on: bool) -> str:
    return "true" if on else "false"


def _station_lines(draft: StationDraft) -> Iterator[str]:
    yield _("# Written by Témoin. Change what you like: config.example.toml explains every setting.")
    yield from ("", "[station]")
    yield _("# Who makes the attempts: self or association.")
    yield f"operator = {quoted(draft.operator.value)}"
    yield _("# The folder of the evidence; a relative one stands beside this file.")
    yield f"data_dir = {quoted(draft.data_dir)}"
    yield f"timezone = {quoted(draft.timezone)}"
    yield from ("", "[notify]")
    yield _("# How you are told. “temoin notify test” tries it. Addresses hold passwords: keep this file to yourself.")
    yield f"desktop = {_switch(on=draft.notify.desktop)}"
    yield f"urls = {_list(draft.notify.urls)}"
    if draft.notify.refused:
        yield _("# You wanted no message: attempts fall in the hours when you can look yourself.")
        yield "refused = true"


def _procedure_lines(draft: ProcedureDraft) -> Iterator[str]:
    yield from ("[[procedures]]", _("# The id never changes."))
    for name in ("id", "prefecture", "label", "url"):
        yield f"{name} = {quoted(getattr(draft, name))}"
    if draft.platform:
        yield f"platform = {quoted(draft.platform)}"
    if draft.no_slot_text:
        yield _("# The exact sentence that the page shows when nothing is free.")
        yield f"no_slot_text = {quoted(draft.no_slot_text)}"
    if draft.instructions_url:
        yield _("# The public page that sends people to the booking site.")
        yield f"instructions_url = {quoted(draft.instructions_url)}"
    yield _("# What to choose on the page (number or label). Empty: everything, one after the other.")
    yield f"choices = {_list(draft.choices)}"
    yield from _conditions_lines(draft)
    yield _("# Hours in which attempts may fall.")
    yield f"windows = {_list(draft.windows)}"
    yield _("# unattended (the program), assisted (you, and Témoin watches) or photo (your own browser).")
    yield f"mode = {quoted(draft.mode.value)}"
    if draft.confirmed is not None:
        yield _("# The day you looked at the first picture and found page and sentence right.")
        yield f"confirmed = {draft.confirmed.isoformat()}"


def _conditions_lines(draft: ProcedureDraft) -> Iterator[str]:
    if draft.terms_read is None:
        yield _("# Read the site’s conditions, then write the day here and take the # away. Nothing is visited before.")
        yield "# terms_read = 2026-01-31"
    else:
        yield _("# The day you read the site’s conditions, and what they say of programs: allowed, silent, forbidden.")
        yield f"terms_read = {draft.terms_read.isoformat()}"
    yield f"automation = {quoted(draft.automation.value)}"
