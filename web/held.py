"""Questions of the first run that hold a channel's address, which may be a password: in memory alone.

No browser may keep such a page, so that going back to one that had answered a form would end at the browser's own
error. The form is answered by an address that names the page instead; whoever goes back asks for it anew.
"""

import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

from temoin.errors import UsageError

MOST_HELD = 30  # pages: a first run goes to and fro among seven


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldStep:
    """One page of questions: what was typed so far, and what is wrong with it."""

    step: str
    texts: Mapping[str, str] = field(repr=False)
    error: UsageError | None


class Held:
    """The last pages of that kind, each under a name nobody guesses; safe to use from several threads."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._held: OrderedDict[str, HeldStep] = OrderedDict()
        self._lock = Lock()

    def keep(self, page: HeldStep) -> str:
        """The name of ``page``."""
        name = secrets.token_urlsafe(9)
        with self._lock:
            self._held[name] = page
            while len(self._held) > MOST_HELD:
                self._held.popitem(last=False)
        return name

    def get(self, name: str) -> HeldStep | None:
        """The page of that name; none when it was pushed out."""
        with self._lock:
            return self._held.get(name)

    def clear(self) -> None:
        """Hold nothing any more."""
        with self._lock:
            self._held.clear()
