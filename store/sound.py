"""Records for lists: a damaged one is told of in its own line, and keeps nobody from the others."""

from collections.abc import Iterable

from store.store import Store
from temoin.canonical import Json
from temoin.errors import IntegrityError


def find_record(store: Store, sequence: int) -> Json | None:
    """The record of an entry; None where it is damaged. Raises ``StoreError`` when there is no such entry."""
    try:
        return store.record(sequence)
    except IntegrityError:
        return None


def find_damaged(store: Store, sequences: Iterable[int]) -> frozenset[int]:
    """Those of the entries whose record is damaged. Raises as ``find_record``."""
    return frozenset(one for one in sequences if find_record(store, one) is None)
