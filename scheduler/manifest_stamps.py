"""A bundle's manifest timestamped by every authority that may be asked (DESIGN §9): once, when the bundle is made.

Each authority's own spacing is kept, since its terms ask for it: an export then waits a little, and says so.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from scheduler.stamping import ROUND_SECONDS, rests
from store.stamp_values import StampHeads, StampingRow
from store.store import Store
from temoin.clock import utc_now
from temoin.errors import StoreError
from temoin.settings import Authority, Settings

LONGEST_WAIT = timedelta(seconds=30)  # for an authority that was asked a moment ago; longer, it is left out
_NOTHING = timedelta(0)


def stamp_manifest(
    settings: Settings,
    authorities: Sequence[Authority],
    message: bytes,
    *,
    sleep: Callable[[float], object] = time.sleep,
) -> Mapping[str, bytes]:
    """The whole answers about ``message``, by authority, of those that answered rightly in their time.

    It never fails: a bundle is worth having without them. Where it cannot be noted that they were asked, none is.
    """
    try:
        with Store.open(settings.station.data_dir, now=utc_now, create=False) as store:
            asked = _claim(store, authorities, sleep)
    except StoreError:
        return {}
    return _ask_all(asked, message) if asked else {}


def _claim(store: Store, authorities: Sequence[Authority], sleep: Callable[[float], object]) -> list[Authority]:
    """Those that may be asked by now or soon, once that is so; noted as asked in one transaction."""
    rows = store.stampings()
    waits = [wait for one in authorities if (wait := _wait_for(one, rows.get(one.name))) <= LONGEST_WAIT]
    if (longest := max(waits, default=_NOTHING)) > _NOTHING:
        sleep(longest.total_seconds())
    due: list[Authority] = []

    def choose(known: dict[str, StampingRow], _heads: StampHeads) -> list[StampingRow]:
        now = utc_now()
        due[:] = [one for one in authorities if not rests(one, known.get(one.name), now)]
        return [
            replace(known.get(one.name) or StampingRow(authority=one.name, asked_at=now), asked_at=now) for one in due
        ]

    store.claim_stamps(choose)
    return due


def _wait_for(authority: Authority, row: StampingRow | None) -> timedelta:
    """How long it rests by its own terms, from now on."""
    now = utc_now()
    if row is None or not rests(authority, row, now):
        return _NOTHING
    return row.asked_at + timedelta(seconds=authority.min_seconds_between) - now


def _ask_all(authorities: Sequence[Authority], message: bytes) -> Mapping[str, bytes]:
    from scheduler.authorities import ask_all  # noqa: PLC0415 - cryptography: only where something is asked

    answers = ask_all(authorities, message, seconds=ROUND_SECONDS)
    return {name: one.response for name, one in sorted(answers.items()) if not isinstance(one, Exception)}
