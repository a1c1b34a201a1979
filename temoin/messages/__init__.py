"""What people read, in French and English.

Sentences are written in English in the code, wrapped in ``_``; ``fr/LC_MESSAGES/temoin.po`` holds the
French. Court documents are not here: their templates are French (exhibits/templates).
"""

import gettext
import locale
from pathlib import Path

_FOLDER = Path(__file__).parent
_active: list[gettext.NullTranslations] = [gettext.NullTranslations()]

LANGUAGES = ("fr", "en")


def use_language(language: str | None = None) -> str:
    """Speak ``language`` from now on, or the locale's when none is given; French when in doubt."""
    chosen = language or (locale.getlocale()[0] or "fr")[:2].lower()
    chosen = chosen if chosen in LANGUAGES else "fr"
    if chosen == "en":
        _active[0] = gettext.NullTranslations()
    else:
        _active[0] = gettext.translation("temoin", localedir=_FOLDER, languages=[chosen], fallback=True)
    return chosen


def _(message: str) -> str:
    """``message`` in the active language."""
    return _active[0].gettext(message)


def n_(singular: str, plural: str, count: int) -> str:
    """The form of the message that goes with ``count``, in the active language."""
    return _active[0].ngettext(singular, plural, count)
