"""The questions of ``temoin init``, in the order in which a person can answer them; nothing is written here."""

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import click

from commands.dialogue import Dialogue, can_show, needs
from scheduler.beginning import (
    BY_HAND,
    GENERIC,
    HOURS,
    UNREAD,
    answer_offers,
    asks_choices,
    clean_hours,
    clean_new_address,
    condition_offers,
    mode_offers,
    usual_mode,
    warning_sentences,
    with_conditions,
)
from temoin.answers import check_address_of, clean_choices, clean_id, clean_line, clean_optional_address
from temoin.drafts import ProcedureDraft, build_id
from temoin.errors import UsageError
from temoin.floors import is_loopback
from temoin.messages import _
from temoin.platforms import PLATFORMS, find_platform
from temoin.records import Automation, CaseKind, Mode
from temoin.words import kind_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from temoin.settings import Politeness


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the options say; None is asked."""

    warning_read: bool
    prefecture: str | None
    label: str | None
    url: str | None
    platform: str | None
    no_slot_text: str | None
    instructions_url: str | None
    conditions: str | None
    mode: str | None
    choices: tuple[str, ...]
    hours: str | None
    kind: str | None
    id: str | None
    show: bool  # windows may be opened for the person


def ask_warning(dialogue: Dialogue, given: Given) -> None:
    """What must be known before anything: said first, and acknowledged.

    Raises:
        UsageError: nobody can acknowledge it, or somebody does not.
    """
    dialogue.say(*warning_sentences())
    if given.warning_read:
        return
    dialogue.explain(_("Ctrl-C stops at any moment: nothing is written before the last question."))
    if not dialogue.person:
        raise needs("--warning-read")
    if not dialogue.agree(_("Have you read this? (You may go on, and have the case checked meanwhile.)")):
        raise UsageError(
            _("Nothing was written."), remedy=_("Read the warning, ask for advice, then run “temoin init” again.")
        )


def ask_procedure(dialogue: Dialogue, given: Given, *, taken: "Mapping[str, str]", today: date) -> ProcedureDraft:
    """One démarche, all but its hours; ``taken`` are the ids and addresses that are followed already."""
    dialogue.explain(_("WHICH APPOINTMENT. The names will stand on the documents: write them as the préfecture does."))
    prefecture = dialogue.text(
        _("Name of the préfecture (example: Préfecture du Val-de-Marne)"),
        given.prefecture,
        clean_line,
        option="--prefecture",
    )
    label = dialogue.text(
        _("What the appointment is for (example: Première demande de titre de séjour)"),
        given.label,
        clean_line,
        option="--label",
    )
    name = build_id(prefecture, label, taken) if given.id is None else _free(clean_id(given.id), taken)
    draft = ProcedureDraft(id=name, prefecture=prefecture, label=label, url=_ask_address(dialogue, given, taken))
    draft = _ask_platform(dialogue, given, draft)
    draft = _ask_instructions(dialogue, given, draft)
    draft = _ask_conditions(dialogue, given, draft, today)
    draft = _ask_mode(dialogue, given, draft)
    return _ask_choices(dialogue, given, draft)


def ask_hours(
    dialogue: Dialogue, given: Given, *, reached: bool, alone: bool, politeness: "Politeness"
) -> tuple[str, ...]:
    """The hours of attempts: all day, or those in which the person can look, where no message may reach them.

    The attempts of a day that the program makes ``alone`` must find room in them.
    """
    mode = Mode.UNATTENDED if alone else Mode.ASSISTED

    def clean(text: str) -> tuple[str, ...]:
        return clean_hours(text, mode, politeness)

    if reached or not alone:
        dialogue.explain(_("HOURS. Témoin draws the times at random between these hours, so that days and hours vary."))
        question = _("Between which hours?")
        return dialogue.text(question, given.hours, clean, option="--hours", default=HOURS)
    dialogue.explain(
        _("HOURS. You get no message. A free appointment may be gone in minutes: attempts are made only"),
        _("in the hours when you can look yourself at what “temoin run” says."),
    )
    question = _("When can you look? (example: 12:00-14:00, 18:00-22:00)")
    return dialogue.text(question, given.hours, clean, option="--hours")


def ask_kind(dialogue: Dialogue, given: Given) -> CaseKind:
    """What the person asks the préfecture for: it decides what must be proved."""
    words = [(kind, kind_words(kind)) for kind in CaseKind]
    kind = None if given.kind is None else CaseKind(given.kind)
    question = _("YOUR REQUEST. What do you ask for? It decides how much must be proved.")
    return dialogue.choose(question, kind, words, option="--kind", default=CaseKind.OTHER)


def _free(name: str, taken: "Mapping[str, str]") -> str:
    if name in taken:
        raise UsageError(
            _("There is a démarche “{name}” already.").format(name=name), remedy=_("Give another id with --id.")
        )
    return name


def _ask_address(dialogue: Dialogue, given: Given, taken: "Mapping[str, str]") -> str:
    def clean(text: str) -> str:
        return clean_new_address(text, taken)

    dialogue.explain(
        _("ADDRESS. Open the booking page in your browser, as if to make an appointment."),
        _("Copy the whole address (https://…) from the top of the window, and paste it here."),
    )
    return dialogue.text(_("Address"), given.url, clean, option="--url")


def _ask_platform(dialogue: Dialogue, given: Given, draft: ProcedureDraft) -> ProcedureDraft:
    found = find_platform(draft.url)
    if found is not None:
        check_address_of(given.platform or found, draft.url)
        dialogue.say(_("✓ Site recognised: {platform}.").format(platform=found))
        return draft
    if is_loopback(draft.url):
        offers: Sequence[tuple[str, str]] = tuple((name, name) for name in PLATFORMS)
        question = _("This address is on your own computer, a replica. Which platform does it play?")
        platform = dialogue.choose(question, given.platform, offers, option="--platform")
        draft = replace(draft, platform=platform)
        return _ask_sentence(dialogue, given, draft) if platform == GENERIC else draft
    dialogue.say(_("This site is not one that Témoin knows."))
    asked = given.platform or (BY_HAND if given.mode == BY_HAND else None)
    answer = dialogue.choose(_("How does the answer show?"), asked, answer_offers(), option="--platform")
    draft = replace(draft, platform=GENERIC, mode=Mode.PHOTO if answer == BY_HAND else Mode.UNATTENDED)
    return _ask_sentence(dialogue, given, draft)


def _ask_sentence(dialogue: Dialogue, given: Given, draft: ProcedureDraft) -> ProcedureDraft:
    if draft.mode is Mode.PHOTO or given.mode == BY_HAND:
        return draft
    dialogue.explain(
        _("Copy the exact sentence that the page shows when nothing is free, from its first to its last word.")
    )
    sentence = dialogue.text(_("Sentence"), given.no_slot_text, clean_line, option="--no-slot-text")
    return replace(draft, no_slot_text=sentence)


def _ask_instructions(dialogue: Dialogue, given: Given, draft: ProcedureDraft) -> ProcedureDraft:
    dialogue.explain(
        _("Is there a public page of the préfecture that says that the appointment must be taken on line?"),
        _("It will be the first exhibit. Paste its address, or only press Enter."),
    )
    address = dialogue.text(
        _("Page of the préfecture (may stay empty)"),
        given.instructions_url,
        clean_optional_address,
        option="--instructions-url",
        default="",
    )
    return replace(draft, instructions_url=address)


def _ask_conditions(dialogue: Dialogue, given: Given, draft: ProcedureDraft, today: date) -> ProcedureDraft:
    dialogue.explain(
        _("CONDITIONS. Read the site’s conditions of use yourself, to the end, before you answer."),
        _("They stand on the first page, or beside the box “I accept”. The page: {url}").format(url=draft.url),
    )
    if dialogue.person and given.conditions is None:
        _offer_page(dialogue, given, draft.url)
    question = _("What do they say of programs (robots, automatic visits)?")
    answer = dialogue.choose(question, given.conditions, condition_offers(), option="--conditions")
    if answer == UNREAD:
        dialogue.say(_("Témoin visits nothing before you have read them. The file will say how to go on."))
    elif answer == Automation.FORBIDDEN.value:
        dialogue.say(_("Then Témoin never visits this site alone. You visit it, and Témoin photographs."))
    return with_conditions(draft, answer, today)


def _offer_page(dialogue: Dialogue, given: Given, url: str) -> None:
    """Open the page in the person's own browser: it is they who visit it."""
    if given.show and can_show() and dialogue.agree(_("Open the page in your browser now?"), default=True):
        click.launch(url)


def _ask_mode(dialogue: Dialogue, given: Given, draft: ProcedureDraft) -> ProcedureDraft:
    if draft.mode is Mode.PHOTO:
        return draft
    mode = dialogue.choose(
        _("HOW. Who looks at the page?"),
        None if given.mode is None else Mode(given.mode),
        mode_offers(draft),
        option="--mode",
        default=usual_mode(draft),
    )
    return replace(draft, mode=mode)


def _ask_choices(dialogue: Dialogue, given: Given, draft: ProcedureDraft) -> ProcedureDraft:
    if given.choices:
        return replace(draft, choices=tuple(clean_line(choice) for choice in given.choices))
    if not asks_choices(draft):
        return draft
    dialogue.explain(
        _("CHOICES. Some sites ask: “Que souhaitez-vous effectuer ?”, with several motives or counters."),
        _("Copy those that are yours, with semicolons between them. Only press Enter if there is no such question,"),
        _("or if you do not know: Témoin then looks at each of them, and asks you after the first visit."),
    )
    clean: Callable[[str], tuple[str, ...]] = clean_choices
    question = _("Your choices (may stay empty)")
    return replace(draft, choices=dialogue.text(question, None, clean, option="--choice", default=""))
