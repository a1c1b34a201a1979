"""The kinds of channel that a configuration may name are those that apprise knows."""

import pytest
from apprise.manager_plugins import NotificationManager

from temoin.channel_kinds import KINDS

WEB = frozenset({"http", "https"})  # hooks that people copy from a browser: apprise knows them by their host


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")  # apprise's own, where Python still has it
def test_every_kind_of_the_locked_apprise_is_known_and_no_other() -> None:
    known = NotificationManager().schemas()  # type: ignore[no-untyped-call] # upstream has no types there
    assert set(known) | WEB == KINDS
