"""The questions about a démarche, one page after the other, of the first run and of one that is added.

What was answered travels with the pages, in hidden fields: nothing is kept here, and nothing is written before the
last question. Each page is looked at again at the end, so that none can be passed over.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import TypeVar

from scheduler.beginning import (
    ADDRESS,
    BY_HAND,
    DESKTOP,
    GENERIC,
    HOURS,
    NONE,
    UNREAD,
    answer_offers,
    asks_choices,
    clean_hours,
    clean_new_address,
    condition_offers,
    mode_offers,
    usual_mode,
    with_conditions,
)
from temoin.answers import clean_channel, clean_choices, clean_line, clean_optional_address, clean_zone
from temoin.drafts import NotifyDraft, ProcedureDraft, StationDraft, build_id
from temoin.errors import UsageError
from temoin.floors import is_loopback
from temoin.messages import _
from temoin.platforms import PLATFORMS, find_platform
from temoin.records import CaseKind, Mode, Operator
from temoin.settings import Politeness
from web.forms import Form

T = TypeVar("T")

FIRST = ("warning", "address", "names", "conditions", "way", "messages", "hours")
ADDED = ("address", "names", "conditions", "way", "hours")
# The fields of each page; those of the others are hidden in it.
FIELDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "warning": ("warned",),
        "address": ("url",),
        "names": ("platform", "answer", "sentence", "prefecture", "label", "instructions"),
        "conditions": ("conditions",),
        "way": ("mode", "choices"),
        "messages": ("channel", "channel_address", "come"),
        "hours": ("hours", "operator", "kind", "timezone"),
    }
)
MARKS = ("tested", "unsent")  # what no page asks: which channel was tried, and whether its message could not go
ZONES = (
    "Europe/Paris",
    "America/Guadeloupe",
    "America/Martinique",
    "America/Cayenne",
    "America/Miquelon",
    "Indian/Reunion",
    "Indian/Mayotte",
    "Pacific/Noumea",
    "Pacific/Tahiti",
    "Pacific/Wallis",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known before the questions: what is followed already, how often, which day it is, who is told."""

    taken: Mapping[str, str]
    today: date
    politeness: Politeness = field(default_factory=Politeness)
    refused: bool = False  # the station wants no message
    channels: tuple[str, ...] = ()  # by which the person is told already, in words
    is_first: bool = True  # there is no configuration yet: the station is asked about too


class Answers:
    """What was typed so far, by field; cleaned where it is asked for, and told where it cannot be used."""

    def __init__(self, texts: Mapping[str, str], known: Known) -> None:
        """``texts`` are the fields as they came; those that are missing are empty."""
        self.texts = texts
        self.known = known

    @staticmethod
    def of(form: Form, known: Known) -> "Answers":
        """Those of a form."""
        names = (*MARKS, *(name for fields in FIELDS.values() for name in fields))
        return Answers({name: form.text(name) for name in names}, known)

    def __getitem__(self, name: str) -> str:
        """The text of a field."""
        return self.texts.get(name, "")

    def among(self, name: str, words: str, offers: Mapping[str, str] | tuple[tuple[str, str], ...]) -> str:
        """One of the answers that are offered. Raises ``UsageError``."""
        if self[name] not in dict(offers):
            raise UsageError(_("{field}: nothing was chosen.").format(field=words), remedy=_("Choose one of the list."))
        return self[name]

    def clean(self, name: str, words: str, cleaned: Callable[[str], T]) -> T:
        """A text that ``cleaned`` accepts; what is wrong is told with the words of its field. Raises ``UsageError``."""
        return clean_field(words, self[name], cleaned)

    @property
    def url(self) -> str:
        """The address. Raises ``UsageError``."""
        return self.clean("url", _("Address"), lambda text: clean_new_address(text, self.known.taken))

    @property
    def is_replica(self) -> bool:
        """Whether the address is on this computer: its platform is asked, and it is no real site."""
        return is_loopback(self.url)

    @property
    def recognised(self) -> str | None:
        """The platform, where the address tells."""
        return find_platform(self.url)

    @property
    def by_hand(self) -> bool:
        """Whether the person looks themselves, since the page does not say it on its own."""
        return self.recognised is None and not self.is_replica and self["answer"] == BY_HAND

    def named(self) -> ProcedureDraft:
        """The démarche as far as address and names tell it. Raises ``UsageError``."""
        draft = self._of_platform()
        prefecture = self.clean("prefecture", _("Name of the préfecture"), clean_line)
        label = self.clean("label", _("What the appointment is for"), clean_line)
        page = self.clean("instructions", _("Page of the préfecture"), clean_optional_address)
        name = build_id(prefecture, label, self.known.taken)
        return replace(draft, id=name, prefecture=prefecture, label=label, instructions_url=page)

    def _of_platform(self) -> ProcedureDraft:
        draft = ProcedureDraft(id="", prefecture="", label="", url=self.url)
        if self.recognised is not None:
            return draft
        if self.is_replica:
            offers = tuple((name, name) for name in PLATFORMS)
            draft = replace(draft, platform=self.among("platform", _("Platform"), offers))
        else:
            answer = self.among("answer", _("How does the answer show?"), answer_offers())
            mode = Mode.PHOTO if answer == BY_HAND else Mode.UNATTENDED
            draft = replace(draft, platform=GENERIC, mode=mode)
        if draft.platform != GENERIC or draft.mode is Mode.PHOTO:
            return draft
        return replace(draft, no_slot_text=self.clean("sentence", _("Sentence"), clean_line))

    def read(self) -> ProcedureDraft:
        """The same with what the conditions say. Raises ``UsageError``."""
        draft = self.named()
        answer = self.among("conditions", _("What do they say of programs?"), condition_offers())
        return with_conditions(draft, answer, self.known.today)

    def looked_at(self) -> ProcedureDraft:
        """The same with who looks at the page, and what is chosen there. Raises ``UsageError``."""
        draft = self.read()
        if not self.by_hand:
            offers = tuple((mode.value, words) for mode, words in mode_offers(draft))
            draft = replace(draft, mode=Mode(self.among("mode", _("Who looks at the page?"), offers)))
        if not asks_choices(draft):
            return draft
        return replace(draft, choices=self.clean("choices", _("Your choices"), clean_choices))

    def channel(self) -> NotifyDraft:
        """How the person is told. Raises ``UsageError``."""
        chosen = self["channel"]
        if chosen == ADDRESS:
            return NotifyDraft(desktop=False, urls=(self.clean("channel_address", _("Address"), clean_channel),))
        if chosen not in {DESKTOP, NONE}:
            raise UsageError(_("Messages: nothing was chosen."), remedy=_("Choose one of the list."))
        return NotifyDraft(desktop=chosen == DESKTOP)

    @property
    def channel_mark(self) -> str:
        """What names the channel that is chosen now, so that one that was tried is known again."""
        return f"{self['channel']} {self['channel_address']}" if self["channel"] == ADDRESS else self["channel"]

    @property
    def refused(self) -> bool:
        """Whether the person wants no message."""
        return self.known.refused or self["channel"] == NONE

    def draft(self) -> ProcedureDraft:
        """The whole démarche. Raises ``UsageError``."""
        draft = self.looked_at()
        if draft.mode is Mode.PHOTO:
            return draft

        def cleaned(text: str) -> tuple[str, ...]:
            return clean_hours(text, draft.mode, self.known.politeness)

        return replace(draft, windows=self.clean("hours", _("Hours"), cleaned))

    def usual_hours(self, mode: Mode) -> str:
        """The hours that are proposed: none where no message may reach the person, who must look themselves."""
        return "" if self.refused and mode is Mode.UNATTENDED else HOURS

    def station(self) -> StationDraft:
        """The station. Raises ``UsageError``."""
        operator = Operator(self.among("operator", _("Who uses Témoin?"), operator_offers()))
        zone = self.clean("timezone", _("Time zone"), clean_zone)
        return StationDraft(timezone=zone, operator=operator, notify=self.channel())

    def kind(self) -> CaseKind | None:
        """What the person asks the préfecture for; None on a machine of an association. Raises ``UsageError``."""
        if self["operator"] != Operator.SELF.value:
            return None
        offers = tuple((kind.value, kind.value) for kind in CaseKind)
        return CaseKind(self.among("kind", _("What do you ask for?"), offers))

    def usual_mode(self) -> Mode:
        """The mode that is proposed. Raises ``UsageError``."""
        return usual_mode(self.read())

    @property
    def unread(self) -> bool:
        """Whether the conditions are still to be read."""
        return self["conditions"] == UNREAD


def clean_field(words: str, text: str, cleaned: Callable[[str], T]) -> T:
    """``text`` as ``cleaned`` gives it; what is wrong is told with the field's ``words``. Raises ``UsageError``."""
    try:
        return cleaned(text)
    except UsageError as error:
        raise UsageError(
            _("{field}: {problem}").format(field=words, problem=error.message), remedy=error.remedy
        ) from error


def operator_offers() -> tuple[tuple[str, str], ...]:
    """Who may use the station."""
    return (
        (Operator.SELF.value, _("I, for my own file")),
        (Operator.ASSOCIATION.value, _("an association, for several persons")),
    )
