"""Time is aware UTC inside; procedures read it in their own zone (DESIGN §3.7)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class Clock(Protocol):
    """Where "now" comes from: the machine, or a simulation that moves at will."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...

    @property
    def simulated(self) -> bool:
        """Whether what this clock says is made up; every record says so (DESIGN §3.8)."""
        ...


class SystemClock:
    """The machine's own clock."""

    simulated = False

    def now(self) -> datetime:
        """The machine's time, in UTC."""
        return datetime.now(UTC)


@dataclass(slots=True, kw_only=True)
class SimulatedClock:
    """A clock that stands where it is put; used by ``demo`` and tests."""

    at: datetime
    simulated: bool = True

    def now(self) -> datetime:
        """The instant the clock was last put at."""
        return self.at


Now = Callable[[], datetime]


def utc_now() -> datetime:
    """The machine's time, in UTC."""
    return datetime.now(UTC)


def utc_text(at: datetime) -> str:
    """``at`` as ``2026-11-22T19:53:12.345Z``: RFC 3339, UTC, milliseconds, always this width.

    Raises:
        ValueError: ``at`` is naive.
    """
    if at.tzinfo is None:
        raise ValueError("naive datetime")
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def local_text(at: datetime, zone: str) -> str:
    """``at`` in ``zone`` as ``2026-11-22T20:53:12+01:00``: RFC 3339 with the offset, to the second.

    Raises:
        ValueError: ``at`` is naive.
    """
    if at.tzinfo is None:
        raise ValueError("naive datetime")
    return at.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")


def parse_instant(text: str) -> datetime:
    """The aware UTC instant that an RFC 3339 ``text`` names.

    Raises:
        ValueError: not RFC 3339, or without an offset.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"no offset in {text!r}")
    return at.astimezone(UTC)


def read_zone(name: object, at: datetime | None) -> str:
    """``name``, which a record gives as a time zone, when it is one in which ``at`` can be told.

    Raises:
        ValueError: it is none: not a text, unknown, a folder of the zones' own list; or ``at`` is past its calendar.
    """
    if not isinstance(name, str):
        raise ValueError("a time zone is a text")  # noqa: TRY004 - a finding on data, not a wrong call
    try:
        zone = ZoneInfo(name)
        if at is not None:
            at.astimezone(zone)
    except (ZoneInfoNotFoundError, OSError, OverflowError) as error:
        raise ValueError(f"no time zone: {name[:40]!r}") from error
    return zone.key


def comes_twice(at: datetime, zone: str) -> bool:
    """Whether the hour that a clock in ``zone`` shows at ``at`` comes twice that day, since clocks are put back.

    Raises:
        ValueError: ``at`` is naive.
    """
    if at.tzinfo is None:
        raise ValueError("naive datetime")
    local = at.astimezone(ZoneInfo(zone))
    other = local.replace(fold=1 - local.fold)
    return other.utcoffset() != local.utcoffset()


def day_start(day: datetime | None, zone: str, *, later: int = 0) -> datetime | None:
    """The instant at which the day of ``day`` begins in ``zone``, or that of ``later`` days after; None of None."""
    if day is None:
        return None
    midnight = datetime.combine(day.date() + timedelta(days=later), time(), tzinfo=ZoneInfo(zone))
    return midnight.astimezone(UTC)
