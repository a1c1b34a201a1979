import threading

import pytest
from playwright.sync_api import sync_playwright

from capture.driver import driver_and
from temoin.errors import ConfigError

pytestmark = pytest.mark.browser


def test_the_driver_starts_while_the_rest_gets_ready_in_another_thread() -> None:
    with driver_and(threading.get_ident) as (driver, thread):
        assert thread != threading.get_ident()
        assert driver.chromium.name == "chromium"


def test_what_goes_wrong_meanwhile_is_raised_and_the_driver_is_stopped() -> None:
    def fail() -> None:
        raise ConfigError("no configuration", remedy="")

    with pytest.raises(ConfigError, match="no configuration"), driver_and(fail):
        pytest.fail("the body ran although nothing was ready")
    with sync_playwright():  # a second driver in this thread starts only once the first has stopped
        pass
