"""Playwright's driver: the program between us and the browser. It takes a quarter of a second to start.

Imports Playwright and nothing else of weight, so that a command can start the driver first and get the rest
ready in that time.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from playwright.sync_api import Playwright, sync_playwright

from temoin.errors import BrowserError
from temoin.messages import _

T = TypeVar("T")


@contextmanager
def started_driver() -> Iterator[Playwright]:
    """The driver, running; stopped at the end.

    Raises:
        BrowserError: it does not start.
    """
    try:
        with sync_playwright() as driver:
            yield driver
    except OSError as error:
        raise BrowserError(
            _("Playwright’s driver does not start: {error}").format(error=error),
            remedy=_("Install Témoin again with “make prepare”."),
        ) from error


@contextmanager
def driver_and(meanwhile: Callable[[], T]) -> Iterator[tuple[Playwright, T]]:
    """The driver, and what ``meanwhile`` gave, which was done in a thread while the driver started.

    Raises:
        BrowserError: the driver does not start. Whatever ``meanwhile`` raises is raised here too.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="meanwhile") as other:
        result = other.submit(meanwhile)
        with started_driver() as driver:
            yield driver, result.result()
