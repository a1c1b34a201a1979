"""One round of notifications: what must be told, on which channels, sent and noted.

Order: the facts are read, each channel is asked by itself what it lacks, the messages are sent by a process that is
bounded in time, and what became of them is noted in the store, one transaction for each channel. Two rounds at once
(daemon and command line) never send twice: a channel is worked by one of them at a time, and what it was told is read
under that lock. A round that is killed between sending and noting sends again at the next one.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from scheduler.alert_facts import read_facts
from scheduler.alert_words import Message, Reader, build_test, messages_of
from scheduler.alerts import Alert, GreenFacts, find_alerts
from scheduler.channels import Channel, channels_of, failure_words
from scheduler.post import SECONDS, post
from scheduler.telling import LAST_TRIES, due_alerts, retry_at
from store.opening import DATABASE_NAME
from store.store import Store
from store.values import ToldRow
from temoin.clock import Now
from temoin.messages import _
from temoin.settings import Settings

Post = Callable[[Channel, Sequence[Message]], tuple[str | None, ...]]
LOCK_SECONDS = SECONDS + 15  # another round's sending on the same channel ends before that


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of one message; ``failure`` is a stable word, ``again`` when the channel is tried again."""

    channel: Channel
    message: Message
    failure: str | None
    again: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What a round works with."""

    settings: Settings
    store: Store
    now: Now
    post: Post = post


def tell_all(work: Round, *, watched: bool, greens: tuple[GreenFacts, ...] = ()) -> tuple[Sent, ...]:
    """Tell on every channel what it must be told now.

    ``watched``: a daemon runs. ``greens`` are the cases whose level is green. A channel that hangs or fails keeps no
    other from its messages.

    Raises:
        StoreError: the store cannot be read or written, or the machine starts no process; every channel had its turn.
    """
    channels = channels_of(work.settings.notify, work.store.schedule_secret())
    if not channels:
        return ()
    facts = read_facts(work.settings, work.store, now=work.now(), watched=watched, greens=greens)
    alerts = find_alerts(facts)
    with ThreadPoolExecutor(max_workers=len(channels)) as pool:
        turns = [pool.submit(_tell, work, channel, alerts) for channel in channels]
    return tuple(sent for turn in turns for sent in turn.result())


def _tell(work: Round, channel: Channel, alerts: Sequence[Alert]) -> tuple[Sent, ...]:
    try:
        with FileLock(_lock_of(work.store.folder, channel), timeout=LOCK_SECONDS, mode=0o600):
            return _send_due(work, channel, alerts)
    except Timeout:
        return ()  # somebody else is at it, and the next round will see what is left


def _lock_of(folder: Path, channel: Channel) -> Path:
    return folder / f"notify-{channel.id}.lock"


def _send_due(work: Round, channel: Channel, alerts: Sequence[Alert]) -> tuple[Sent, ...]:
    store, reader = work.store, Reader(now=work.now(), zone=work.settings.station.timezone)
    told = store.told(alert.key for alert in alerts)
    last = store.last_told(channel.id, LAST_TRIES)
    due = due_alerts(alerts, told, last, channel=channel.id, now=reader.now)
    messages = messages_of(due, reader)
    return _send(work, channel, messages) if messages else ()


def _send(work: Round, channel: Channel, messages: Sequence[Message]) -> tuple[Sent, ...]:
    failures = work.post(channel, messages)
    at = work.now()
    work.store.note_told(
        [
            ToldRow(key=key, channel=channel.id, at=at, failure=failure)
            for message, failure in zip(messages, failures, strict=True)
            for key in message.keys
        ]
    )
    again = retry_at(work.store.last_told(channel.id, LAST_TRIES))
    return tuple(
        Sent(channel=channel, message=message, failure=failure, again=again)
        for message, failure in zip(messages, failures, strict=True)
    )


def try_channels(settings: Settings, *, now: Now, send: Post = post) -> tuple[Sent, ...]:
    """Send a test message on every channel, all at once; noted where there is a store, so that ``check`` knows of it.

    Raises:
        StoreError: the store cannot be written, or the machine starts no process.
    """
    folder = settings.station.data_dir
    if not (folder / DATABASE_NAME).is_file():
        return _try(channels_of(settings.notify, b""), send)
    with Store.open(folder, now=now) as store:
        found = _try(channels_of(settings.notify, store.schedule_secret()), send)
        key, at = found[0].message.keys[0] if found else "", now()
        store.note_told([ToldRow(key=key, channel=one.channel.id, at=at, failure=one.failure) for one in found])
    return found


def _try(channels: Sequence[Channel], send: Post) -> tuple[Sent, ...]:
    message = build_test()
    with ThreadPoolExecutor(max_workers=max(1, len(channels))) as pool:
        turns = [pool.submit(send, channel, (message,)) for channel in channels]
    return tuple(
        Sent(channel=channel, message=message, failure=turn.result()[0])
        for channel, turn in zip(channels, turns, strict=True)
    )


def describe(sent: Sent, zone: str) -> str:
    """One line for the log or the screen: which channel, what was told, what became of it. No text, no address."""
    if sent.failure is None:
        return _("{channel}: told: {title}").format(channel=sent.channel.name, title=sent.message.title)
    told = _("{channel}: not told: {title} ({why}).").format(
        channel=sent.channel.name, title=sent.message.title, why=failure_words(sent.failure)
    )
    if sent.again is None:
        return told
    reader = Reader(now=sent.again, zone=zone)
    again = _("Tried again from {when} on.").format(when=reader.when(sent.again))
    return f"{told} {again}"
