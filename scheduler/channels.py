"""The ways to reach the person: the desktop, and the apprise addresses of the configuration. No network here.

An address holds secrets. People see the place that it has in the configuration and its kind; the store sees a keyed
digest, so that a channel is known again after a restart and nothing leads back to its address.
"""

import hashlib
import hmac
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from scheduler.alert_words import Message
from temoin.messages import _
from temoin.settings import Notify

DESKTOP = "desktop"
_PURPOSE = b"temoin: channel of notifications\n"  # so that the secret's other uses never meet this one


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One way; ``id`` is for the store, ``name`` for people, ``url`` is empty for the desktop and never shown."""

    id: str
    name: str
    url: str = field(default="", repr=False)


def channels_of(notify: Notify, secret: bytes) -> tuple[Channel, ...]:
    """The channels of the configuration, the desktop first; an address given twice is one."""
    found = [Channel(id=DESKTOP, name=_("desktop"))] if notify.desktop else []
    for place, url in enumerate(notify.urls, start=1):
        if url in notify.urls[: place - 1]:
            continue
        digest = hmac.new(secret, _PURPOSE + url.encode(), hashlib.sha256).hexdigest()
        kind = url.partition("://")[0].lower()
        found.append(Channel(id=f"url-{digest[:16]}", name=f"urls[{place}] ({kind})", url=url))
    return tuple(found)


def failure_words(failure: str) -> str:
    """Why a message could not be sent."""
    words = {
        "timeout": _("no answer in time"),
        "refused": _("the service did not take the message"),
        "bad_address": _("Apprise does not understand this address"),
        "no_program": _("this computer has no program for it"),
        "crashed": _("the program that sends ended badly"),
    }
    return words.get(failure, failure)


# Windows shows toasts of registered programs only; PowerShell is one everywhere.
_TOAST = """
[void][Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, ContentType = WindowsRuntime]
$kind = [Windows.UI.Notifications.ToastTemplateType]::ToastText02
$toast = [Windows.UI.Notifications.ToastNotificationManager]::GetTemplateContent($kind)
$texts = $toast.GetElementsByTagName('text')
[void]$texts.Item(0).AppendChild($toast.CreateTextNode($env:TEMOIN_TITLE))
[void]$texts.Item(1).AppendChild($toast.CreateTextNode($env:TEMOIN_BODY))
$id = '{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\\WindowsPowerShell\\v1.0\\powershell.exe'
$shown = [Windows.UI.Notifications.ToastNotification]::new($toast)
[Windows.UI.Notifications.ToastNotificationManager]::CreateToastNotifier($id).Show($shown)
"""
_DISPLAY = ("on run argv", "display notification (item 2 of argv) with title (item 1 of argv)", "end run")


def desktop_program(platform: str = sys.platform) -> str:
    """The system's own program for it. Apprise's plug-ins need libraries or programs that a system does not have."""
    return {"win32": "powershell", "darwin": "osascript"}.get(platform, "notify-send")


def desktop_command(message: Message, platform: str = sys.platform) -> tuple[str, ...]:
    """The command that shows ``message``; its texts are arguments or, on Windows, variables, and never a script."""
    program = desktop_program(platform)
    if platform == "win32":
        return (program, "-NoProfile", "-NonInteractive", "-Command", _TOAST)
    if platform == "darwin":
        return (program, *(part for line in _DISPLAY for part in ("-e", line)), message.title, message.body)
    urgency = "critical" if message.urgent else "normal"
    return (program, "--app-name=Témoin", f"--urgency={urgency}", "--", message.title, _plain(message.body))


def desktop_variables(message: Message) -> Mapping[str, str]:
    """What the command of Windows reads."""
    return {"TEMOIN_TITLE": message.title, "TEMOIN_BODY": message.body}


def _plain(text: str) -> str:
    """The text for desktops that read markup in it (freedesktop.org, Desktop Notifications §4)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
