"""The page and the daemon at one store for half an hour (``SOAK_MINUTES`` shortens a first try)."""

import os
import sys
from collections.abc import Callable
from statistics import median

import pytest

from tests.acceptance.command import Person
from tests.acceptance.conftest import make_person  # noqa: F401 - a fixture
from tests.page_load import (
    NO_KEYRING,
    SLOT,
    assert_left_nothing,
    assert_no_error,
    assert_nothing_lost,
    load,
    tell_of,
)
from tests.station_day import AWAKE

# The suite must end within a quarter of an hour.
pytestmark = [pytest.mark.soak, pytest.mark.browser]

MINUTES = 30.0
EVERY_SECONDS = 30.0  # between two visits of one démarche
TRIES_SECONDS = 40.0  # between two attempts that a visitor asks for
GROWTH_BYTES = 12_000_000  # of the page, from its second fifth to its last


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the figures are of Linux: resident memory, /proc")
def test_page_and_daemon_share_the_store_for_long(make_person: Callable[..., Person]) -> None:  # noqa: F811
    person = make_person(PYTHON_KEYRING_BACKEND=NO_KEYRING)
    seconds = 60 * float(os.environ.get("SOAK_MINUTES", MINUTES))
    rounds = int((seconds - AWAKE) / EVERY_SECONDS)
    times = {
        name: tuple(AWAKE + 5 * shift + EVERY_SECONDS * number for number in range(rounds))
        for shift, name in enumerate(("p1", SLOT, "p3"))
    }
    with load(person, times, tries=TRIES_SECONDS, pause=0.1) as found:
        found.go_on(seconds, enough=lambda: found.day.served().keys() >= found.day.passed_all(), every=2.0)
    sys.stdout.write(tell_of(found))
    assert_nothing_lost(found)
    assert_no_error(found)
    assert_left_nothing(found)
    assert found.answered() > 0
    memory, fifth = [one.memory for one in found.samples], len(found.samples) // 5
    assert median(memory[-fifth:]) - median(memory[fifth : 2 * fifth]) < GROWTH_BYTES
    assert found.samples[-1].files <= max(one.files for one in found.samples[:fifth])
