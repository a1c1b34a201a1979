"""What ``check`` and ``notify test`` say of the channels, and that neither says an address."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scheduler.alert_words import build_test
from scheduler.channel_check import find_channels
from scheduler.channels import channels_of, desktop_command, desktop_variables
from store.store import Store
from store.values import ToldRow
from temoin.report import Check, Status
from temoin.settings import Settings, load_settings
from tests.notify_hook import listening_hook

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
TEMOIN = Path(sys.executable).with_name("temoin")
# apprise's own, where Python still has that module
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")

ADDRESS = "json://me:sesame@127.0.0.1:9/hook"


def configured(write_config: Callable[[str], Path], *urls: str, desktop: bool = False) -> Settings:
    listed = ", ".join(f'"{url}"' for url in urls)
    return load_settings(write_config(f"[notify]\ndesktop = {str(desktop).lower()}\nurls = [{listed}]\n"))


def note(settings: Settings, *failures: str | None) -> None:
    with Store.open(settings.station.data_dir, now=lambda: AT) as store:
        (channel,) = channels_of(settings.notify, store.schedule_secret())
        for failure in failures:
            store.note_told([ToldRow(key="k", channel=channel.id, at=AT, failure=failure)])


def found(settings: Settings) -> list[Check]:
    return list(find_channels(settings))


def check(status: Status, detail: str) -> Check:
    return Check(name="notification", status=status, detail=detail)


def test_no_channel_at_all_is_said(write_config: Callable[[str], Path]) -> None:
    words = "Nobody is told of anything: no channel is configured. A slot is seen by nobody in time."
    assert found(configured(write_config)) == [check(Status.NOT_CHECKED, words)]


def test_a_refusal_of_messages_is_said_as_one(write_config: Callable[[str], Path]) -> None:
    settings = load_settings(write_config("[notify]\ndesktop = false\nrefused = true\n"))
    words = "You want no message: an appointment is seen when you look, with “temoin list”."
    assert found(settings) == [check(Status.NOT_CHECKED, words)]


def test_a_channel_that_was_never_used_is_not_checked(write_config: Callable[[str], Path]) -> None:
    words = "urls[1] (json): nothing was sent yet. “temoin notify test” tries it."
    settings = configured(write_config, ADDRESS)
    assert found(settings) == [check(Status.NOT_CHECKED, words)]
    assert not settings.station.data_dir.exists()  # looking makes no store


@pytest.mark.parametrize(
    ("failures", "status", "words"),
    [
        ((None,), Status.PASSED, "urls[1] (json): the last message was sent on Monday 23 November 2026, 10:00."),
        (
            (None, "timeout"),
            Status.FAILED,
            (
                "urls[1] (json): the last message, of Monday 23 November 2026, 10:00, was not sent "
                "(no answer in time). Try “temoin notify test”."
            ),
        ),
    ],
)
def test_the_last_message_says_whether_a_channel_works(
    write_config: Callable[[str], Path], failures: tuple[str | None, ...], status: Status, words: str
) -> None:
    settings = configured(write_config, ADDRESS)
    note(settings, *failures)
    assert found(settings) == [check(status, words)]


def test_an_address_that_apprise_does_not_understand_has_failed(write_config: Callable[[str], Path]) -> None:
    words = "urls[1] (pover): Apprise does not understand this address. See its page of the Apprise manual."
    assert found(configured(write_config, "pover://sesame@")) == [check(Status.FAILED, words)]


def test_a_desktop_without_its_program_is_said(
    write_config: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (one,) = found(configured(write_config, desktop=True))
    assert one.status is Status.NOT_CHECKED
    assert "is not installed. Install it, or set desktop = false and give urls." in one.detail


def test_the_commands_name_channels_and_never_their_addresses(write_config: Callable[[str], Path]) -> None:
    with listening_hook() as hook:
        settings = configured(write_config, hook.url, ADDRESS)
        start: list[str | Path] = [TEMOIN, "--lang", "en", "--verbose", "--config", settings.path]
        tried = subprocess.run([*start, "notify", "test"], capture_output=True, text=True, check=False)
    looked = subprocess.run([*start, "check", "--json"], capture_output=True, text=True, check=False)
    assert tried.returncode == 3
    assert tried.stdout.splitlines() == [
        "✓ urls[1] (json): sent",
        "✗ urls[2] (json): the service did not take the message",
    ]
    assert "Not every channel works" in tried.stderr
    details = [one["detail"] for one in json.loads(looked.stdout)["checks"] if one["name"] == "notification"]
    assert [detail.split(":")[0] for detail in details] == ["urls[1] (json)", "urls[2] (json)"]
    assert "sesame" not in tried.stdout + tried.stderr + looked.stdout + looked.stderr


# The programs of the desktop, on systems that this one is not


def test_texts_are_never_part_of_a_script() -> None:
    message = build_test()
    mac = desktop_command(message, "darwin")
    assert (mac[0], mac[-2:]) == ("osascript", (message.title, message.body))
    windows = desktop_command(message, "win32")
    assert windows[0] == "powershell"
    assert message.title not in windows[-1]
    assert desktop_variables(message) == {"TEMOIN_TITLE": message.title, "TEMOIN_BODY": message.body}
