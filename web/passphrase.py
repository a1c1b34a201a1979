"""The passphrase of what the person added: typed into the page when it is needed, and forgotten after a while."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from store.vault import Keys
from temoin.errors import UsageError
from temoin.messages import _

KEPT_SECONDS = 600.0  # since it was last used: a cup of coffee, not an afternoon


class PassphraseNeededError(UsageError):
    """What was asked for is encrypted under a passphrase that nobody has typed lately."""

    is_question = True  # nothing is wrong: it is shown as what it is


class WrongPassphraseError(PassphraseNeededError):
    """The one that was typed opens nothing: it is asked for again."""

    is_question = False


@dataclass(slots=True, kw_only=True)
class Passphrase:
    """What was typed, with what it opened, until ``KEPT_SECONDS`` after the last use."""

    clock: Callable[[], float] = time.monotonic
    _typed: str = field(default="", init=False, repr=False)
    _keys: Keys | None = field(default=None, init=False, repr=False)
    _used: float = field(default=0.0, init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def remember(self, typed: str) -> None:
        """Keep what was typed, instead of what was before."""
        with self._lock:
            self._typed, self._keys, self._used = typed, None, self.clock()

    def forget(self) -> None:
        """Keep nothing, what it opened included."""
        with self._lock:
            self._typed, self._keys = "", None

    @property
    def is_kept(self) -> bool:
        """Whether one is kept now."""
        with self._lock:
            return bool(self._current())

    def keys(self) -> Keys:
        """What opens what the person added: the system's keyring, else what was typed, asked for when needed."""
        with self._lock:
            self._current()
            if self._keys is None:
                self._keys = Keys(passphrase=self._ask)
            self._used = self.clock()
            return self._keys

    def typed(self) -> str:
        """What was typed, for a program that is started now; empty when there is none."""
        with self._lock:
            self._used = self.clock() if self._current() else self._used
            return self._typed

    def _current(self) -> str:
        if self.clock() - self._used > KEPT_SECONDS:
            self._typed, self._keys = "", None
        return self._typed

    def _ask(self) -> str:
        if not self._typed:
            raise PassphraseNeededError(
                _("What you added is locked: its passphrase is needed."),
                remedy=_("Type it, then do the same again. It is forgotten after ten minutes without use."),
            )
        return self._typed
