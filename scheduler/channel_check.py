"""What ``check`` says of the ways to reach the person. Sends nothing."""

import shutil
from collections.abc import Iterator
from contextlib import suppress

from scheduler.channels import Channel, channels_of, desktop_program, failure_words
from scheduler.telling import LAST_TRIES
from store.store import Store
from store.values import ToldRow
from temoin.clock import utc_now
from temoin.days import moment_words
from temoin.errors import StoreError
from temoin.messages import _
from temoin.report import Check, Status
from temoin.settings import Settings

NAME = "notification"


def find_channels(settings: Settings) -> Iterator[Check]:
    """One finding for each channel, or that there is none."""
    if settings.notify.refused:
        words = _("You want no message: an appointment is seen when you look, with “temoin list”.")
        yield Check(name=NAME, status=Status.NOT_CHECKED, detail=words)
        return
    if not settings.notify.desktop and not settings.notify.urls:
        words = _("Nobody is told of anything: no channel is configured. A slot is seen by nobody in time.")
        yield Check(name=NAME, status=Status.NOT_CHECKED, detail=words)
        return
    secret, last = _read(settings)
    for channel in channels_of(settings.notify, secret):
        yield _finding(channel, last.get(channel.id, ()), settings.station.timezone)


def _read(settings: Settings) -> tuple[bytes, dict[str, tuple[ToldRow, ...]]]:
    """The secret by which channels are known, and the last tries of each; nothing where there is no store yet."""
    with suppress(StoreError):  # none yet, or of an older version: told by whatever needs it
        folder = settings.station.data_dir
        with Store.open(folder, now=utc_now, create=False, read_only=True) as store:
            secret = store.schedule_secret()
            channels = channels_of(settings.notify, secret)
            return secret, {channel.id: store.last_told(channel.id, LAST_TRIES) for channel in channels}
    return b"", {}


def _finding(channel: Channel, last: tuple[ToldRow, ...], zone: str) -> Check:
    wrong = _cannot_send(channel)
    if wrong is not None:
        return wrong
    failed = [row for row in last if row.failure is not None and row.at == last[0].at]
    if failed:
        words = _("{channel}: the last message, of {when}, was not sent ({why}). Try “temoin notify test”.")
        words = words.format(
            channel=channel.name, when=moment_words(failed[0].at, zone), why=failure_words(failed[0].failure or "")
        )
        return Check(name=NAME, status=Status.FAILED, detail=words)
    if last:
        words = _("{channel}: the last message was sent on {when}.")
        when = moment_words(last[0].at, zone)
        return Check(name=NAME, status=Status.PASSED, detail=words.format(channel=channel.name, when=when))
    words = _("{channel}: nothing was sent yet. “temoin notify test” tries it.")
    return Check(name=NAME, status=Status.NOT_CHECKED, detail=words.format(channel=channel.name))


def _cannot_send(channel: Channel) -> Check | None:
    """Why nothing can be sent, where that is seen without sending."""
    if not channel.url:
        program = desktop_program()
        if shutil.which(program) is not None:
            return None
        words = _(
            "{channel}: the program {program} is not installed. Install it, or set desktop = false and give urls."
        )
        words = words.format(channel=channel.name, program=program)
        return Check(name=NAME, status=Status.NOT_CHECKED, detail=words)
    from scheduler.sender import understands  # noqa: PLC0415 - the library is slow to import

    if understands(channel.url):
        return None
    words = _("{channel}: {why}. See its page of the Apprise manual.")
    words = words.format(channel=channel.name, why=failure_words("bad_address"))
    return Check(name=NAME, status=Status.FAILED, detail=words)
