"""Hands messages to a process that sends them, and ends it when it takes too long."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress

from scheduler import children
from scheduler.alert_words import Message
from scheduler.channels import Channel
from temoin.errors import StoreError
from temoin.messages import _
from temoin.os_words import os_words

SECONDS = 45.0  # for all messages of a channel: a mail server takes twenty at worst
SENDER = (sys.executable, "-P", "-m", "scheduler.sender")


def post(channel: Channel, messages: Sequence[Message], *, seconds: float = SECONDS) -> tuple[str | None, ...]:
    """Send all of them; for each, None or the stable word of its failure.

    What the process said before it was ended counts: a message that went through is not sent again.

    Raises:
        StoreError: the machine cannot start another process.
    """
    told = [{"title": one.title, "body": one.body, "urgent": one.urgent} for one in messages]
    asked = json.dumps({"url": channel.url, "messages": told}).encode()
    child = _start()
    unanswered = "crashed"
    try:
        answers, _nothing = child.communicate(asked, timeout=seconds)
    except subprocess.TimeoutExpired:
        unanswered = "timeout"
        children.kill(child, term_seconds=1.0)
        answers, _nothing = child.communicate()
    found = _read(answers)
    return tuple(found.get(place, unanswered) for place in range(len(messages)))


def _start() -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            SENDER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a traceback of the library's may hold the address
            start_new_session=os.name == "posix",
        )
    except OSError as error:
        raise StoreError(
            _("A notification could not be sent: {reason}.").format(reason=os_words(error)),
            remedy=_("Close other programs: the machine has no room for another one."),
        ) from error


def _read(answers: bytes) -> dict[int, str | None]:
    """What became of the messages, by their place; a line that was cut short counts for nothing."""
    found: dict[int, str | None] = {}
    for line in answers.splitlines():
        with suppress(ValueError, KeyError, TypeError):
            answer = json.loads(line)
            found[answer["place"]] = answer["failure"]
    return found
