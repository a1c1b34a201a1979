"""How ``temoin init`` learns to reach the person: one channel, tried at once, or an explicit refusal."""

from pathlib import Path

from commands.dialogue import Dialogue
from scheduler.beginning import ADDRESS, DESKTOP, NONE, channel_offers
from scheduler.first_channel import try_draft
from temoin.answers import clean_channel
from temoin.drafts import NotifyDraft
from temoin.messages import _


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
    question = _("MESSAGES. A free appointment may be gone in minutes. How shall Témoin tell you at once?")
    answer = dialogue.choose(question, None, channel_offers(), option="--notify", default=DESKTOP)
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
    failure = try_draft(draft, path=path, data_dir=data_dir)
    if failure is None:
        dialogue.say(_("✓ A test message was sent."))
        return True
    dialogue.say(_("✗ The test message was not sent: {why}.").format(why=failure))
    return False
