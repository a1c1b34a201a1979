"""How the station is, as a page shows it at once: nothing is asked of any server, and no program is started."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from scheduler.alerts import CLOCK_OFF
from scheduler.doctor import CLOCK_DOUBT, examine_quickly
from scheduler.followed import ago
from scheduler.ntp import last_reading
from scheduler.stamping import silent_since
from store.store import Store
from store.values import AttemptQuery
from temoin.days import moment_words
from temoin.messages import _, n_
from temoin.records import PROOFS, WITHOUT_VISIT, is_proof
from temoin.report import Check, Status
from temoin.settings import Settings

FRESH = timedelta(days=3)  # a weekend, and a day more
RECENT = 30  # attempts: where all of these are no visit, or doubted, the page says “never”, and the list says more


def quick_checks(settings: Settings, store: Store, *, now: datetime) -> tuple[Check, ...]:
    """What is known of this machine and of the last attempts at ``now``.

    Raises:
        StoreError: the store cannot be read.
    """
    return tuple(_checks(settings, store, now))


def _checks(settings: Settings, store: Store, now: datetime) -> Iterator[Check]:
    yield _last_attempt(store, now)
    yield from examine_quickly(settings)
    yield _clock(settings)
    yield _authorities(settings, store)
    yield _messages(settings)


def _last_attempt(store: Store, now: datetime) -> Check:
    recent = store.attempts(AttemptQuery(limit=RECENT, newest_first=True))
    visit = next((row.at for row in recent if row.outcome not in WITHOUT_VISIT), None)
    rows = [row for one in PROOFS for row in store.attempts(AttemptQuery(outcome=one, limit=RECENT, newest_first=True))]
    proof = max((row.at for row in rows if is_proof(row.outcome, row.reason)), default=None)
    words = _("Last attempt: {visit}. Last one that found no appointment: {proof}.")
    detail = words.format(visit=ago(visit, now), proof=ago(proof, now))
    is_fresh = proof is not None and visit is not None and now - visit <= FRESH
    return Check(name="attempts", status=Status.PASSED if is_fresh else Status.NOT_CHECKED, detail=detail)


def _clock(settings: Settings) -> Check:
    found = last_reading(settings.station.data_dir)
    if found is None:
        words = _("The clock was not compared with a time server within the last ten minutes.")
        return Check(name="clock", status=Status.NOT_CHECKED, detail=words)
    seconds = abs(found.offset_ms) / 1000
    detail = _("{seconds:.1f} s off {server}.").format(seconds=seconds, server=found.server)
    if seconds <= CLOCK_DOUBT.total_seconds():
        return Check(name="clock", status=Status.PASSED, detail=detail)
    status = Status.FAILED if seconds > CLOCK_OFF.total_seconds() else Status.NOT_CHECKED
    return Check(name="clock", status=status, detail=detail)


def _authorities(settings: Settings, store: Store) -> Check:
    count = len(settings.timestamp.authorities)
    if not count:
        words = _("No timestamp authority is named: the times of attempts rest on this computer alone.")
        return Check(name="timestamps", status=Status.NOT_CHECKED, detail=words)
    silent = silent_since(settings, store)
    if silent is not None:
        words = _("No timestamp authority has answered since {when}.")
        detail = words.format(when=moment_words(silent, settings.station.timezone))
        return Check(name="timestamps", status=Status.NOT_CHECKED, detail=detail)
    words = n_("{count} timestamp authority; none is silent.", "{count} timestamp authorities; none is silent.", count)
    return Check(name="timestamps", status=Status.PASSED, detail=words.format(count=count))


def _messages(settings: Settings) -> Check:
    if settings.notify.refused:
        words = _("You want no message: an appointment is seen when you look at this page.")
        return Check(name="notification", status=Status.NOT_CHECKED, detail=words)
    count = settings.notify.desktop + len(settings.notify.urls)
    if not count:
        words = _("Nobody is told of anything: no channel is configured. A slot is seen by nobody in time.")
        return Check(name="notification", status=Status.NOT_CHECKED, detail=words)
    words = n_("You are told in {count} way.", "You are told in {count} ways.", count)
    return Check(name="notification", status=Status.PASSED, detail=words.format(count=count))
