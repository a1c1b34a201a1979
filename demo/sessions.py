"""Which visitor is where: cookies to visits, and each procedure's count of visits. Safe between threads."""

import secrets
import threading
from collections import defaultdict

from demo.exchange import Visit
from demo.scenario import Page, Procedure, verify_pages


class Sessions:
    """Live sessions of one server."""

    def __init__(self) -> None:
        """Start without visitors."""
        self._lock = threading.Lock()
        self._visits: dict[tuple[str, str], Visit] = {}
        self._counts: defaultdict[str, int] = defaultdict(int)
        self._pages: dict[str, tuple[Page, ...]] = {}

    def enter(self, token: str | None, procedure: Procedure) -> tuple[str, Visit]:
        """Return the live visit behind `token`, or begin the next one, with the token to set."""
        with self._lock:
            if token is not None and (visit := self._visits.get((token, procedure.id))) is not None:
                return token, visit
            fresh = token or secrets.token_hex(16)
            visit = Visit(page=self._next_page(procedure))
            self._visits[fresh, procedure.id] = visit
            return fresh, visit

    def set_pages(self, procedure: Procedure, pages: tuple[Page, ...]) -> None:
        """Make the next visit of `procedure` meet `pages[0]`; its live sessions end.

        Raises:
            ValueError: no page, or a page that the platform does not have.
        """
        verify_pages(procedure.platform, pages)
        with self._lock:
            self._pages[procedure.id] = pages
            self._counts[procedure.id] = 0
            self._forget(procedure.id)

    def expire(self) -> None:
        """End every live session; the counts of visits go on."""
        with self._lock:
            self._visits.clear()

    def _forget(self, procedure_id: str) -> None:
        for key in [key for key in self._visits if key[1] == procedure_id]:
            del self._visits[key]

    def _next_page(self, procedure: Procedure) -> Page:
        pages = self._pages.get(procedure.id, procedure.pages)
        index = self._counts[procedure.id]
        self._counts[procedure.id] += 1
        return pages[min(index, len(pages) - 1)]
