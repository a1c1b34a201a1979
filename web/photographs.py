"""A photograph of the person's window, kept where it belongs: for the command and the page alike.

Here, since ``scheduler`` records attempts and ``exhibits`` keeps the journal, and neither knows the other.
"""

from collections.abc import Callable

from exhibits.journal import add_step, photograph_step
from scheduler.photo import Photo, account_words, journal_words, record_photo, recorded_words
from store.store import Store
from store.vault import Keys
from temoin.clock import utc_now
from temoin.settings import Procedure, Settings


def keep_photograph(
    settings: Settings,
    store: Store,
    procedure: Procedure,
    taken: Photo,
    *,
    code: str | None,
    inside: bool,
    keys: Keys,
    recorded: Callable[[], object],
    say: Callable[[str], object],
) -> int:
    """Put it among the captures, or ``inside`` an account into the journal of ``code``; its entry in the register.

    Only then is anything told. ``recorded`` is called once it is a capture: then a timestamp is due.

    Raises:
        UsageError: no such case, or which one is not said.
        StoreError: it could not be kept; nothing is recorded.
        BrowserError: the picture cannot be read.
    """
    if not inside:
        attempt = record_photo(settings, store, procedure, taken)
        recorded()
        say(recorded_words(attempt))
        return attempt.sequence
    step = photograph_step(
        at=taken.at,
        zone=settings.station.timezone,
        title=procedure.label,
        text=account_words(procedure, taken),
        picture=taken.picture,
    )
    added = add_step(store, settings, step, code=code, keys=keys, now=utc_now())
    for sentence in (*added.sentences, journal_words()):
        say(sentence)
    return added.sequence
