"""The daemon records while the page is read and written by several people: no lock, no lost write.

The same for half an hour: ``tests/soak/test_page_and_daemon.py``.
"""

import sys
from collections.abc import Callable

import pytest

from tests.acceptance.command import Person
from tests.page_load import (
    NO_KEYRING,
    SLOT,
    assert_left_nothing,
    assert_no_error,
    assert_nothing_lost,
    load,
    tell_of,
)

SECONDS = 16.0
# Seconds: at the last of them the daemon has begun, even on a slow machine.
TIMES = {"p1": (8.0, 20.0), SLOT: (12.0, 20.0), "p3": (16.0,)}


@pytest.mark.browser
def test_page_and_daemon_share_the_store_while_captures_run(make_person: Callable[..., Person]) -> None:
    person = make_person(PYTHON_KEYRING_BACKEND=NO_KEYRING)
    with load(person, TIMES, tries=5.0, pause=0.02) as found:
        found.go_on(SECONDS, enough=lambda: len(found.day.served()) > 1 and found.answered() > 0, every=1.0)
    sys.stdout.write(tell_of(found))
    assert_nothing_lost(found)
    assert_no_error(found)
    assert_left_nothing(found)
