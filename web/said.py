"""What an action has to say, kept until the page that comes after it is shown: no sentence travels in an address."""

import secrets
from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock

MOST_KEPT = 100


class Said:
    """The sentences of the last actions, each set under a name nobody guesses; safe to use from several threads."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._kept: OrderedDict[str, tuple[str, ...]] = OrderedDict()
        self._lock = Lock()

    def keep(self, path: str, sentences: Iterable[str]) -> str:
        """The address of ``path`` that shows the sentences."""
        name = secrets.token_urlsafe(9)
        with self._lock:
            self._kept[name] = tuple(sentences)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return f"{path}{'&' if '?' in path else '?'}said={name}"

    def get(self, name: str) -> tuple[str, ...]:
        """The sentences of that name; none when they were pushed out."""
        with self._lock:
            return self._kept.get(name, ())
