"""A bundle's manifest timestamped by every authority that may be asked (DESIGN §9): once, when the bundle is made.

Each authority's own spacing is kept, since its terms ask for it: an export then waits a little, and says so.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from scheduler.stamping import ROUND_SECONDS
from store.stamp_values import StampingRow
from store.store import Store
from temoin.clock import utc_now
from temoin.errors import StoreError, TokenError
from temoin.settings import Authority, Settings

LONGEST_WAIT = timedelta(seconds=30)  # for an authority that was asked a moment ago; longer, it is left out


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
            asked = _note(store, authorities, sleep)
    except StoreError:
        return {}
    return _ask_all(asked, message)


def _note(store: Store, authorities: Sequence[Authority], sleep: Callable[[float], object]) -> list[Authority]:
    """Those that may be asked by now or soon, once that is so; noted as asked."""
    waits = {one.name: _wait_for(store, one) for one in authorities}
    soon = [one for one in authorities if waits[one.name] <= LONGEST_WAIT]
    longest = max((waits[one.name] for one in soon), default=timedelta(0))
    if longest > timedelta(0):
        sleep(longest.total_seconds())
    at, rows = utc_now(), store.stampings()
    known = [rows.get(one.name) or StampingRow(authority=one.name, asked_at=at) for one in soon]
    store.keep_stamps((), [replace(row, asked_at=at) for row in known])
    return soon


def _wait_for(store: Store, authority: Authority) -> timedelta:
    row = store.stampings().get(authority.name)
    since = None if row is None else utc_now() - row.asked_at
    if since is None or since < timedelta(0):
        return timedelta(0)
    return max(timedelta(0), timedelta(seconds=authority.min_seconds_between) - since)


def _ask_all(authorities: Sequence[Authority], message: bytes) -> Mapping[str, bytes]:
    from scheduler.authorities import AuthorityError, ask  # noqa: PLC0415 - cryptography: only where something is asked
    from store.pinned import read_pinned  # noqa: PLC0415 - as above

    found: dict[str, bytes] = {}

    def one_of(authority: Authority) -> None:
        (pinned,) = read_pinned([authority])
        try:
            found[authority.name] = ask(authority, pinned, message, seconds=ROUND_SECONDS).response
        except (AuthorityError, TokenError):
            return  # what did not come is not in the bundle, and the result says so

    threads = [threading.Thread(target=one_of, args=(one,), daemon=True) for one in authorities]
    deadline = time.monotonic() + ROUND_SECONDS
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return dict(sorted(found.items()))
