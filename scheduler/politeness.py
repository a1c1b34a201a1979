"""May this host be visited now? The floors, the limits of one procedure, and the judge (DESIGN §3.9, §7).

Rules of the structure:

* The floors are constants (``temoin.floors`` and here). ``limits_for`` takes the gentler of floor and
  configuration, so that a rough configuration changes nothing; towards a loopback address the configuration
  alone counts, and 0 means none.
* ``judge`` is pure: the store asks it inside the transaction that takes the lease, so that daemon, command line
  and page cannot both be told yes.
* A photo is the person's own browser: Témoin makes no visit, so nothing is judged.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from store.values import HostHistory, PastVisit
from temoin import floors
from temoin.days import moment_words
from temoin.floors import MAX_ATTEMPTS_PER_DAY, MAX_VISITS_HOST_PER_DAY, is_loopback
from temoin.messages import _
from temoin.records import Mode, Outcome
from temoin.settings import Procedure, Settings

__all__ = [
    "ASSISTED_TOURNEE_GAP",
    "BLOCK_STOP",
    "MAX_ATTEMPTS_PER_DAY",
    "MAX_VISITS_HOST_PER_DAY",
    "MIN_GAP_HOST",
    "MIN_GAP_PROCEDURE",
    "Limits",
    "Stop",
    "Verdict",
    "host_of",
    "is_loopback",
    "judge",
    "limits_for",
    "stop_after",
]

MIN_GAP_PROCEDURE = timedelta(minutes=floors.MIN_MINUTES_PROCEDURE)
MIN_GAP_HOST = timedelta(minutes=floors.MIN_MINUTES_HOST)
ASSISTED_TOURNEE_GAP = timedelta(seconds=60)  # a volunteer's round of due tries: a human drives each (DESIGN §7)
BLOCK_STOP = timedelta(hours=24)  # after a 403 or a WAF page: insisting is what a robot does (DESIGN §7)
MAX_RETRY_AFTER = timedelta(days=7)  # a site that asks for more is asked again then; a typing error is not obeyed
HOST_CAP_PERIOD = timedelta(days=1)
DEFAULT_PORTS = {"http": 80, "https": 443}

TOO_MANY_REQUESTS = 429  # RFC 6585 §4
SERVICE_UNAVAILABLE = 503  # RFC 9110 §15.6.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What holds for one procedure. None: no cap (loopback only). ``zone`` says what a day is."""

    attempts_per_day: int | None
    procedure_gap: timedelta
    host_gap: timedelta
    assisted_host_gap: timedelta
    host_per_day: int | None
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer: ``reason`` is a stable word ("" when allowed), ``message`` a sentence for people.

    ``not_before`` is when the same question may be answered with yes, where that is known.
    """

    allowed: bool
    reason: str = ""
    message: str = ""
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """What a visit's answer asks of the next ones: leave the host, or only its procedure, alone until then."""

    until: datetime
    whole_host: bool
    reason: str


def host_of(url: str) -> str:
    """The host that leases, stops and robots.txt go by: lower case, with its port unless it is the usual one.

    Raises:
        ValueError: the address has no host, or no readable port.
    """
    parts = urlsplit(url)
    if not parts.hostname:
        raise ValueError(f"no host in {url!r}")
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname.rstrip(".")
    return name if parts.port in (None, DEFAULT_PORTS.get(parts.scheme)) else f"{name}:{parts.port}"


def limits_for(settings: Settings, procedure: Procedure) -> Limits:
    """The gentler of floors and configuration; towards a loopback address, the configuration (DESIGN §3.9)."""
    asked = settings.politeness
    per_day = asked.attempts_per_day if procedure.attempts_per_day is None else procedure.attempts_per_day
    procedure_gap = timedelta(minutes=asked.min_minutes_between_attempts)
    host_gap = timedelta(minutes=asked.min_minutes_per_host)
    zone = settings.zone_of(procedure)
    if is_loopback(procedure.url):
        return Limits(
            attempts_per_day=per_day or None,
            procedure_gap=procedure_gap,
            host_gap=host_gap,
            assisted_host_gap=min(host_gap, ASSISTED_TOURNEE_GAP),
            host_per_day=None,
            zone=zone,
        )
    return Limits(
        attempts_per_day=min(per_day, MAX_ATTEMPTS_PER_DAY),
        procedure_gap=max(procedure_gap, MIN_GAP_PROCEDURE),
        host_gap=max(host_gap, MIN_GAP_HOST),
        assisted_host_gap=ASSISTED_TOURNEE_GAP,
        host_per_day=MAX_VISITS_HOST_PER_DAY,
        zone=zone,
    )


def judge(history: HostHistory, *, procedure: str, mode: Mode, limits: Limits, now: datetime) -> Verdict:
    """Whether ``procedure`` may be visited on the host whose ``history`` this is; the gravest reason first."""
    if mode is Mode.PHOTO:
        return Verdict(allowed=True)
    refusals = (
        _stopped(history, procedure, now, limits.zone),
        _busy(history, now, limits),
        _capped(history, procedure, mode, limits, now),
        _full(history, limits, now),
        _too_soon(history, procedure, limits, now),
        _too_close(history, mode, limits, now),
    )
    return next((refusal for refusal in refusals if refusal is not None), Verdict(allowed=True))


def _refusal(reason: str, message: str, not_before: datetime | None, zone: str) -> Verdict:
    when = "" if not_before is None else moment_words(not_before, zone)
    return Verdict(allowed=False, reason=reason, message=message.format(when=when), not_before=not_before)


def _stopped(history: HostHistory, procedure: str, now: datetime, zone: str) -> Verdict | None:
    untils = [stop.until for stop in history.stops if stop.procedure in (None, procedure) and stop.until > now]
    if not untils:
        return None
    message = _("This host asked to be left alone, or refused a visit: none before {when}.")
    return _refusal("host_stopped", message, max(untils), zone)


def _busy(history: HostHistory, now: datetime, limits: Limits) -> Verdict | None:
    """A visit goes on; the store closes those whose process died."""
    if all(visit.ended_at is not None for visit in history.visits):
        return None
    message = _("Another visit to this host is going on.")
    return _refusal("host_busy", message, now + max(limits.host_gap, timedelta(minutes=1)), limits.zone)


def _capped(history: HostHistory, procedure: str, mode: Mode, limits: Limits, now: datetime) -> Verdict | None:
    """The cap counts what Témoin did alone on the procedure's own day; a human's tries are not limited by it."""
    cap, zone = limits.attempts_per_day, ZoneInfo(limits.zone)
    if cap is None or mode is not Mode.UNATTENDED:
        return None
    today = now.astimezone(zone).date()
    done = sum(
        visit.started_at.astimezone(zone).date() == today
        for visit in _of(history, procedure)
        if visit.mode is Mode.UNATTENDED
    )
    if done < cap:
        return None
    tomorrow = today + timedelta(days=1)
    midnight = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone).astimezone(UTC)
    message = _("This procedure has had its attempts of the day: the next one not before {when}.")
    return _refusal("daily_cap", message, midnight, limits.zone)


def _full(history: HostHistory, limits: Limits, now: datetime) -> Verdict | None:
    cap = limits.host_per_day
    recent = sorted(visit.started_at for visit in history.visits if visit.started_at > now - HOST_CAP_PERIOD)
    if cap is None or len(recent) < cap:
        return None
    message = _("This host has had the most visits that one day may bring: the next one not before {when}.")
    return _refusal("host_cap", message, recent[len(recent) - cap] + HOST_CAP_PERIOD, limits.zone)


def _too_soon(history: HostHistory, procedure: str, limits: Limits, now: datetime) -> Verdict | None:
    free_from = _last_start(_of(history, procedure)) + limits.procedure_gap
    if free_from <= now:
        return None
    message = _("This procedure was visited a short while ago: the next visit not before {when}.")
    return _refusal("procedure_spacing", message, free_from, limits.zone)


def _too_close(history: HostHistory, mode: Mode, limits: Limits, now: datetime) -> Verdict | None:
    """Between the end of one visit and the start of the next; after a crash, from when it was noticed."""
    ends = [visit.ended_at for visit in history.visits if visit.ended_at is not None]
    gap = limits.assisted_host_gap if mode is Mode.ASSISTED else limits.host_gap
    free_from = max(ends, default=now - gap) + gap
    if free_from <= now:
        return None
    message = _("This host was visited a short while ago: the next visit not before {when}.")
    return _refusal("host_spacing", message, free_from, limits.zone)


def _of(history: HostHistory, procedure: str) -> Iterable[PastVisit]:
    return (visit for visit in history.visits if visit.procedure == procedure)


def _last_start(visits: Iterable[PastVisit]) -> datetime:
    return max((visit.started_at for visit in visits), default=datetime.fromtimestamp(0, UTC))


def stop_after(
    outcome: Outcome, *, status: int | None, retry_after: str | None, mode: Mode, now: datetime
) -> Stop | None:
    """How long the host is left alone after a visit; None when it goes on as planned.

    ``Retry-After`` on 429 and 503 is obeyed (RFC 9110 §10.2.3), never below the host's spacing nor beyond seven
    days. Any other block (a 403, a WAF page whatever its status, a 429 that does not say how long) stops the host
    for a day; after an assisted try, only its own procedure.
    """
    wait = _read_retry_after(retry_after, now) if status in (TOO_MANY_REQUESTS, SERVICE_UNAVAILABLE) else None
    obeyed = None if wait is None else min(max(wait, MIN_GAP_HOST), MAX_RETRY_AFTER)
    if outcome is Outcome.BLOCKED and not (status == TOO_MANY_REQUESTS and obeyed):
        until = now + max(BLOCK_STOP, obeyed or BLOCK_STOP)
        return Stop(until=until, whole_host=mode is not Mode.ASSISTED, reason="blocked")
    return None if obeyed is None else Stop(until=now + obeyed, whole_host=True, reason="retry_after")


def _read_retry_after(text: str | None, now: datetime) -> timedelta | None:
    """The delay that the header asks for: seconds or an HTTP date; None where there is none to be read."""
    stripped = (text or "").strip()
    if stripped.isascii() and stripped.isdigit():
        return timedelta(seconds=min(int(stripped[:12]), MAX_RETRY_AFTER // timedelta(seconds=1)))
    try:
        at = parsedate_to_datetime(stripped)
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
