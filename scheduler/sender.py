"""Sends messages on one channel, in a process of its own: started for that, bounded and ended by ``scheduler.post``.

It alone imports the notification library. The channel's address comes by the standard input, since arguments can be
read by every program of the machine; nothing of it goes out again. One line of JSON tells what became of each
message, as soon as it is known; other words of the library's are not heard.
"""

import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from scheduler.alert_words import Message
from scheduler.channels import desktop_command, desktop_program, desktop_variables
from scheduler.life import bounded_life

if TYPE_CHECKING:
    from apprise import NotifyBase

Failure = str | None
NAME = "Témoin"
SHOWN_SECONDS = 20.0  # a desktop that is there answers at once
LIFE_SECONDS = 90.0


def main() -> int:
    """Send what the standard input holds; 0 whatever came of it."""
    with bounded_life(LIFE_SECONDS):
        _send_all(json.loads(sys.stdin.read()))
    return 0


def _send_all(asked: dict[str, Any]) -> None:
    send = _to_desktop if not asked["url"] else _to_address(asked["url"])
    for place, given in enumerate(asked["messages"]):
        message = Message(keys=(), title=given["title"], body=given["body"], urgent=given["urgent"])
        answer = {"place": place, "failure": send(message)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _to_desktop(message: Message) -> Failure:
    if shutil.which(desktop_program()) is None:
        return "no_program"
    try:
        done = subprocess.run(
            desktop_command(message),
            env={**os.environ, **desktop_variables(message)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            timeout=SHOWN_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return "timeout"
    return None if done.returncode == 0 else "refused"


def _to_address(url: str) -> Callable[[Message], Failure]:
    from apprise import NotifyFormat, NotifyType  # noqa: PLC0415 - slow, and not for desktops

    service = _service(url)
    if service is None:
        return lambda _message: "bad_address"

    def send(message: Message) -> Failure:
        kind = NotifyType.WARNING if message.urgent else NotifyType.INFO
        sent = service.notify(body=message.body, title=message.title, notify_type=kind, body_format=NotifyFormat.TEXT)
        return None if sent else "refused"

    return send


def _service(url: str) -> "NotifyBase | None":
    from apprise import Apprise, AppriseAsset  # noqa: PLC0415 - as above

    logging.getLogger("apprise").disabled = True  # it tells of addresses
    asset = AppriseAsset(app_id=NAME, app_desc=NAME, app_url="", async_mode=False)
    return Apprise.instantiate(url, asset=asset)


def understands(url: str) -> bool:
    """Whether the library can make anything of the address; nothing is sent."""
    return _service(url) is not None


if __name__ == "__main__":
    sys.exit(main())
