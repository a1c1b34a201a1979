"""One way to reach the person, tried before it is written down."""

from pathlib import Path

from scheduler.channels import failure_words
from scheduler.notify import try_channels
from temoin.clock import utc_now
from temoin.drafts import NotifyDraft
from temoin.settings import Notify, Settings, Station


def try_draft(draft: NotifyDraft, *, path: Path, data_dir: Path) -> str | None:
    """Send a test message; None when it went out, else why not, in the active language.

    Raises:
        StoreError: the store cannot be written, or the machine starts no process.
    """
    settings = Settings(
        path=path, station=Station(data_dir=data_dir), notify=Notify(desktop=draft.desktop, urls=draft.urls)
    )
    (sent,) = try_channels(settings, now=utc_now)
    return None if sent.failure is None else failure_words(sent.failure)
