"""A store that is no longer where it was: said to the person, and once in the register (``store.place``)."""

import platform
from typing import TYPE_CHECKING

from store.place import find_moved, moved_words, remember
from store.store import Store
from temoin import __version__
from temoin.settings import Settings

if TYPE_CHECKING:
    from temoin.canonical import Json


def station_environment() -> "Json":
    """What a ``station`` record says of the machine."""
    return {"temoin": __version__, "os": f"{platform.system()} {platform.release()}"}


def note_place(settings: Settings, store: Store) -> tuple[str, ...]:
    """What was noticed, in words, once it stands in the register; then the place is remembered as it is.

    Raises:
        StoreError: the store cannot be read or written.
    """
    moved = find_moved(store)
    if moved is not None:
        store.ensure_station(settings.station.operator, station_environment(), moved.value)
    remember(store)
    return () if moved is None else (moved_words(moved),)
