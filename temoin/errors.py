"""The one tree of errors: a sentence, a remedy, an exit code.

::

    TemoinError                    1   unexpected
    ├── UsageError                 2   the command was not understood
    ├── ConfigError                3   the person mends config.toml
    ├── StoreError                 4   the machine: full, locked, read-only
    │   └── StoreDamagedError      4   the database cannot be read
    ├── BrowserError               5   no usable browser or display
    ├── IntegrityError            10   evidence does not verify
    │   └── TokenError            10   a timestamp is not one, or not of a pinned authority
    ├── IncompleteError           11   evidence could not all be checked
    ├── RefusedError              20   politeness, terms or robots.txt say no
    └── InterruptedByUserError   130   Ctrl-C, SIGTERM

Adapters translate what libraries raise into one of these where it occurs; only the command line and the
daemon's job boundary catch broadly. ``docs/exit-codes.md`` is generated from these classes.
"""

from typing import ClassVar


class TemoinError(Exception):
    """An expected failure: ``message`` says what happened, ``remedy`` what to do about it."""

    exit_code: ClassVar[int] = 1
    meaning: ClassVar[str] = "unexpected error"

    def __init__(self, message: str, *, remedy: str = "") -> None:
        """Keep the sentence and the remedy apart, so that each surface can render them."""
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class UsageError(TemoinError):
    """The command line was not understood."""

    exit_code = 2
    meaning = "usage: the command was not understood"


class ConfigError(TemoinError):
    """The configuration is missing, unreadable or wrong; the person can mend it."""

    exit_code = 3
    meaning = "configuration: missing, unreadable or wrong"


class StoreError(TemoinError):
    """The machine cannot keep the evidence: disk full, folder read-only, database locked."""

    exit_code = 4
    meaning = "store: full, locked, read-only or damaged"


class StoreDamagedError(StoreError):
    """The database cannot be read. Nothing is repaired: evidence is never edited."""


class BrowserError(TemoinError):
    """No browser, or no display, could be used."""

    exit_code = 5
    meaning = "no usable browser or display"


class IntegrityError(TemoinError):
    """Evidence does not verify."""

    exit_code = 10
    meaning = "verification failed (wins over 11)"


class TokenError(IntegrityError):
    """An authority's answer is no timestamp of the bytes that were asked about; ``reason`` is a stable word."""

    def __init__(self, message: str, *, reason: str, remedy: str = "") -> None:
        """Keep the word beside the sentence: what is done next follows from it, never from the sentence."""
        super().__init__(message, remedy=remedy)
        self.reason = reason


class IncompleteError(TemoinError):
    """Evidence could not all be checked: not checked is not passed."""

    exit_code = 11
    meaning = "verification incomplete"


class RefusedError(TemoinError):
    """Nothing was attempted: politeness, terms or robots.txt say no."""

    exit_code = 20
    meaning = "nothing attempted (politeness, terms, robots.txt)"


class InterruptedByUserError(TemoinError):
    """The person stopped the program."""

    exit_code = 130
    meaning = "interrupted"
