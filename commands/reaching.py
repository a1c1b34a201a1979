"""How ``temoin init`` learns to reach the person: one channel, tried at once, or an explicit refusal."""

from pathlib import Path

from commands.dialogue import Dialogue
from scheduler.channels import failure_words
from scheduler.notify import try_channels
from temoin.answers import clean_channel
from temoin.clock import utc_now
from temoin.drafts import NotifyDraft
from temoin.messages import _
from temoin.settings import Notify, Settings, Station

DESKTOP, ADDRESS, NONE = "desktop", "address", "none"


def ask_channel(dialogue: Dialogue, given: str | None, *, path: Path, data_dir: Path) -> NotifyDraft:
    """The channel that the person chose and, where somebody can say so, has seen a message on.

    Raises:
        UsageError: nobody can be asked, or the option's address cannot be used.
    """
    if given is not None or not dialogue.person:
        draft = _given(dialogue, given)
        if not draft.refused:
            _try(dialogue, draft, path=path, data_dir=data_dir)
        return draft
    while True:
        draft = _asked(dialogue)
        if draft.refused or _seen(dialogue, draft, path=path, data_dir=data_dir):
            return draft


def _given(dialogue: Dialogue, given: str | None) -> NotifyDraft:
    answer = dialogue.text("", given, str.strip, option="--notify")
    if answer in {DESKTOP, NONE}:
        return NotifyDraft(desktop=answer == DESKTOP)
    return NotifyDraft(desktop=False, urls=(clean_channel(answer),))


def _asked(dialogue: Dialogue) -> NotifyDraft:
    offers = (
        (DESKTOP, _("by a notification on this computer’s screen")),
        (ADDRESS, _("by e-mail, ntfy, telephone… (an Apprise address, see docs/notifications.md)")),
        (NONE, _("not at all: I refuse to be told")),
    )
    question = _("MESSAGES. A free appointment may be gone in minutes. How shall Témoin tell you at once?")
    answer = dialogue.choose(question, None, offers, option="--notify", default=DESKTOP)
    if answer != ADDRESS:
        return NotifyDraft(desktop=answer == DESKTOP)
    address = dialogue.text(
        _("Address (such as ntfys://ntfy.example.org/my-topic)"), None, clean_channel, option="--notify"
    )
    return NotifyDraft(desktop=False, urls=(address,))


def _seen(dialogue: Dialogue, draft: NotifyDraft, *, path: Path, data_dir: Path) -> bool:
    """Whether the person keeps this channel, after a test message."""
    if _try(dialogue, draft, path=path, data_dir=data_dir):
        return dialogue.agree(_("Has the test message come?"), default=True)
    return dialogue.agree(_("Keep this way all the same, and mend it later?"), default=False)


def _try(dialogue: Dialogue, draft: NotifyDraft, *, path: Path, data_dir: Path) -> bool:
    """Send a test message; whether it went out."""
    settings = Settings(
        path=path, station=Station(data_dir=data_dir), notify=Notify(desktop=draft.desktop, urls=draft.urls)
    )
    (sent,) = try_channels(settings, now=utc_now)
    if sent.failure is None:
        dialogue.say(_("✓ A test message was sent."))
        return True
    dialogue.say(_("✗ The test message was not sent: {why}.").format(why=failure_words(sent.failure)))
    return False
