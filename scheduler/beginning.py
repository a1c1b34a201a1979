"""The first questions of all, as ``temoin init`` and the local page ask them: what is said, offered and accepted.

Nothing is written here, and nobody is asked: those who ask have a terminal, or a page.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from capture.profile import load_profile
from temoin.answers import check_address_of, check_room, clean_address, clean_windows
from temoin.drafts import ProcedureDraft
from temoin.errors import UsageError
from temoin.messages import _
from temoin.platforms import find_platform, find_platform_of_host
from temoin.records import Automation, Mode
from temoin.settings import Politeness

HOURS = "07:00-22:30"
UNREAD = "unread"
GENERIC, BY_HAND = "generic", "photo"
DESKTOP, ADDRESS, NONE = "desktop", "address", "none"
CAPTCHA = frozenset({"rdv-prefecture", "eappointment"})  # the answer lies behind what only a person may do
CHOOSING = frozenset({"ezbooking", "rdv-prefecture"})  # platforms that ask what one wants to do

Offers = tuple[tuple[str, str], ...]  # (answer, words)


def warning_sentences() -> tuple[str, ...]:
    """What must be known before anything, in the active language."""
    return (
        _("FIRST: have the case checked by an association or a lawyer."),
        _("A request may end in a refusal of residence and an order to leave France (OQTF)."),
        _("An arrest at the counter is possible. Your request may also need other steps."),
        _("Whether to ask, when, and for which permit: see that with them. Témoin gives no legal advice."),
    )


def clean_new_address(text: str, taken: Mapping[str, str]) -> str:
    """A booking address that may be followed; ``taken`` are the ids and addresses that are followed already.

    Raises:
        UsageError: it is none, it is another page of a site that is known, or it is followed already.
    """
    address = clean_address(text)
    owner = find_platform_of_host(address)
    if owner is not None and find_platform(address) is None:
        check_address_of(owner, address)  # refuses it: no profile can read another page of that site
    followed = next((name for name, url in taken.items() if url == address), None)
    if followed is not None:
        raise UsageError(
            _("This address is followed already, as “{name}”.").format(name=followed),
            remedy=_("Change that démarche in the configuration file, or paste another address."),
        )
    return address


def answer_offers() -> Offers:
    """How a site that is not known may show its answer."""
    return (
        (GENERIC, _("the page itself says that nothing is free: Témoin looks for that sentence")),
        (BY_HAND, _("you must click, choose or log in first: you look yourself, in your own browser")),
    )


def condition_offers() -> Offers:
    """What a site's conditions may say of programs."""
    return (
        (Automation.SILENT.value, _("nothing: no word about programs, robots or automatic visits")),
        (Automation.ALLOWED.value, _("programs are allowed")),
        (Automation.FORBIDDEN.value, _("programs are forbidden")),
        (UNREAD, _("I have not read them yet")),
    )


def with_conditions(draft: ProcedureDraft, answer: str, today: date) -> ProcedureDraft:
    """``draft`` with what the person read of the conditions ``today``: ``answer`` is one of ``condition_offers``."""
    return draft if answer == UNREAD else replace(draft, terms_read=today, automation=Automation(answer))


def mode_offers(draft: ProcedureDraft) -> tuple[tuple[Mode, str], ...]:
    """Who may look at the page of ``draft``."""
    words = (
        (Mode.UNATTENDED, _("Témoin alone: it looks at the page twice a day, without you")),
        (Mode.ASSISTED, _("with you: a window opens, you do what the site asks, Témoin photographs the answer")),
        (Mode.PHOTO, _("you alone: you use your own browser, and Témoin keeps your pictures")),
    )
    return words if may_be_alone(draft) else words[1:]


def usual_mode(draft: ProcedureDraft) -> Mode:
    """The mode that is proposed for ``draft``."""
    alone = may_be_alone(draft) and draft.platform_name not in CAPTCHA
    return Mode.UNATTENDED if alone else Mode.ASSISTED


def may_be_alone(draft: ProcedureDraft) -> bool:
    """Whether the conditions and the platform let the program look without a person."""
    if draft.automation is Automation.FORBIDDEN:
        return False
    return draft.platform_name == GENERIC or load_profile(draft.platform_name).unattended


def asks_choices(draft: ProcedureDraft) -> bool:
    """Whether the site of ``draft`` may ask what one wants to do, before it answers."""
    return draft.mode is not Mode.PHOTO and draft.platform_name in CHOOSING


def clean_hours(text: str, mode: Mode, politeness: Politeness) -> tuple[str, ...]:
    """The hours of attempts; those of a day that the program makes alone must find room in them.

    Raises:
        UsageError: they are none, or too short.
    """
    windows = clean_windows(text)
    return check_room(windows, politeness) if mode is Mode.UNATTENDED else windows


def channel_offers() -> Offers:
    """How the person may be told."""
    return (
        (DESKTOP, _("by a notification on this computer’s screen")),
        (ADDRESS, _("by e-mail, ntfy, telephone… (an Apprise address, see docs/notifications.md)")),
        (NONE, _("not at all: I refuse to be told")),
    )
