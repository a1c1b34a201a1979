"""What people read, in French and English.

Sentences are written in English in the code, wrapped in ``_``; ``fr/LC_MESSAGES/temoin.po`` holds the
French. Court documents are not here: their templates are French (exhibits/templates).
"""

import gettext
import inspect
import locale
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from typing_extensions import override

_FOLDER = Path(__file__).parent
_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")  # the first that is set rules (POSIX, Base Definitions 8.2)
_Spoken = tuple[str, gettext.NullTranslations]
_active: list[_Spoken] = [("en", gettext.NullTranslations())]
_within: ContextVar[_Spoken | None] = ContextVar("_within", default=None)  # of one request of the local page

LANGUAGES = ("fr", "en")
AS_WRITTEN: Mapping[str, str] = MappingProxyType({})


class _Reworded(gettext.NullTranslations):
    """A language in which some sentences are said otherwise; ``wording`` gives each its own."""

    def __init__(self, language: gettext.NullTranslations, wording: Mapping[str, str]) -> None:
        super().__init__()
        self._language = language
        self._wording = wording

    @override
    def gettext(self, message: str) -> str:
        return self._language.gettext(self._wording.get(message, message))

    @override
    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        singular, plural = (self._wording.get(message, message) for message in (msgid1, msgid2))
        return self._language.ngettext(singular, plural, n)


def use_language(language: str | None = None, *, wording: Mapping[str, str] = AS_WRITTEN) -> str:
    """Speak ``language`` from now on, or the locale's when none is given; French when in doubt.

    ``wording``: sentences that are said otherwise here, by how the code has them.
    """
    chosen = language or find_language(os.environ)
    chosen = chosen if chosen in LANGUAGES else "fr"
    _active[0] = (chosen, _worded(chosen, wording))
    os.environ["LANGUAGE"] = chosen  # what click says goes through gettext, which reads this at every sentence
    gettext.bindtextdomain("temoin", str(_FOLDER))
    gettext.textdomain("temoin")
    return chosen


@contextmanager
def speaking(language: str, *, wording: Mapping[str, str] = AS_WRITTEN) -> Iterator[None]:
    """Speak ``language`` in this block and in what it awaits or hands to a thread; others go on in their own.

    ``wording`` is as in ``use_language``.

    Only what goes through ``_`` and ``n_``: two people may read the local page at once, each in their language.
    """
    before = _within.set((language, _worded(language, wording)))
    try:
        yield
    finally:
        _within.reset(before)


def _worded(language: str, wording: Mapping[str, str]) -> gettext.NullTranslations:
    spoken = _translations(language)
    return _Reworded(spoken, wording) if wording else spoken


@cache
def _translations(language: str) -> gettext.NullTranslations:
    if language == "en":
        return gettext.NullTranslations()
    return gettext.translation("temoin", localedir=_FOLDER, languages=[language], fallback=True)


def _spoken() -> _Spoken:
    return _within.get() or _active[0]


def active_language() -> str:
    """The language that is spoken, for the programs of ours that this one starts."""
    return _spoken()[0]


def find_language(environ: Mapping[str, str]) -> str:
    """English for an English locale, French for any other and for none.

    The variables are read because Python's ``locale`` says ``en_US`` of the C locale, and ``C`` of a locale that
    the machine has not installed. Windows has no such variables; there the user's own locale is asked.
    """
    named = next((environ[name] for name in _VARIABLES if environ.get(name)), "")
    if not named and sys.platform == "win32":
        named = locale.getlocale()[0] or ""
    return "en" if named[:2].lower() == "en" else "fr"


def find_asked_language(arguments: Sequence[str]) -> str | None:
    """The value of ``--lang`` on a command line that nobody has parsed yet; None when it is not given."""
    for place, argument in enumerate(arguments):
        if argument.startswith("--lang="):
            return argument.removeprefix("--lang=")
        if argument == "--lang":
            return next(iter(arguments[place + 1 :]), None)
    return None


def translate_help(command: Any) -> None:  # noqa: ANN401 - a click command; click itself is known to cli.py alone
    """Put the help of a click command, of its options and of the commands under it in the active language."""
    for part in (command, *command.params):
        if getattr(part, "help", None):
            part.help = _(inspect.cleandoc(part.help))
    for inner in getattr(command, "commands", {}).values():
        translate_help(inner)


def _(message: str) -> str:
    """``message`` in the active language."""
    return _spoken()[1].gettext(message)


def n_(singular: str, plural: str, count: int) -> str:
    """The form of the message that goes with ``count``, in the active language."""
    return _spoken()[1].ngettext(singular, plural, count)
