"""Which entries have a timestamp, from which authority and how late: what lists say. Pure."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from store.stamp_values import Covering
from store.stamps import delay_ms
from temoin.canonical import Json
from temoin.floors import is_loopback
from temoin.messages import _, n_
from temoin.settings import Authority

LATE = timedelta(hours=24)  # beyond it a timestamp is said to be late (DESIGN §9)
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400  # seconds


class StampState(StrEnum):
    """What there is of a timestamp; ``none``: nobody is to be asked for one."""

    GRANTED = "granted"
    PENDING = "pending"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What one authority has attested of an entry: by a token over ``sequence``, the entry or a later one."""

    authority: str
    state: StampState
    delay_seconds: float | None = None
    sequence: int | None = None
    qualified: bool = False

    @property
    def late(self) -> bool:
        """Whether the token came over 24 hours after the entry."""
        return self.delay_seconds is not None and self.delay_seconds > LATE.total_seconds()

    def to_json(self) -> Json:
        """As ``list --json`` gives it (DESIGN §12)."""
        return {"authority": self.authority, "state": self.state.value, "delay_s": self.delay_seconds}

    def to_full_json(self) -> Json:
        """As ``show`` gives it."""
        return {**self.to_json(), "entry": self.sequence, "late": self.late, "qualified": self.qualified}


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The tokens that cover some stretch of the register, and the authorities that the configuration names."""

    authorities: Sequence[Authority] = ()
    sequences: dict[str, list[int]] = field(default_factory=dict)
    times: dict[str, list[datetime]] = field(default_factory=dict)

    def stamps_of(self, sequence: int, at: datetime, *, simulated: bool) -> tuple[Stamp, ...]:
        """One for each authority that has attested the entry or is to; those of the configuration first."""
        named = {one.name: one for one in self.authorities}
        stamps = [self._stamp(name, sequence, at, named.get(name)) for name in dict.fromkeys((*named, *self.sequences))]
        return tuple(
            one
            for one in stamps
            if one.state is StampState.GRANTED
            or (one.authority in named and (not simulated or is_loopback(named[one.authority].url)))
        )

    def first(self, authority: str, sequence: int) -> Covering | None:
        """The authority's first token at or after the entry, which covers it; None where there is none."""
        sequences = self.sequences.get(authority, [])
        place = bisect_left(sequences, sequence)
        if place == len(sequences):
            return None
        return Covering(authority=authority, sequence=sequences[place], gen_time=self.times[authority][place])

    def _stamp(self, name: str, sequence: int, at: datetime, authority: Authority | None) -> Stamp:
        token = self.first(name, sequence)
        qualified = authority is not None and authority.qualified
        if token is None:
            return Stamp(authority=name, state=StampState.PENDING, qualified=qualified)
        return Stamp(
            authority=name,
            state=StampState.GRANTED,
            delay_seconds=delay_ms(token.gen_time, at) / 1000,
            sequence=token.sequence,
            qualified=qualified,
        )


def build_coverage(authorities: Sequence[Authority], coverings: Iterable[Covering]) -> Coverage:
    """What lists ask, out of the tokens that the store gave, which are in the order of their entries."""
    sequences = defaultdict[str, list[int]](list)
    times = defaultdict[str, list[datetime]](list)
    for one in coverings:
        sequences[one.authority].append(one.sequence)
        times[one.authority].append(one.gen_time)
    return Coverage(authorities=authorities, sequences=dict(sequences), times=dict(times))


def state_of(stamps: Sequence[Stamp]) -> StampState:
    """``granted`` by at least one; ``none`` where nobody is to be asked."""
    if any(one.state is StampState.GRANTED for one in stamps):
        return StampState.GRANTED
    return StampState.PENDING if stamps else StampState.NONE


def stamp_words(stamps: Sequence[Stamp]) -> str:
    """What a table says: the delay of the soonest timestamp, of a qualified one if there is any; or that one waits."""
    granted = [one for one in stamps if one.delay_seconds is not None]
    if not granted:
        return _("waited for") if stamps else "–"
    first = min(granted, key=lambda one: (not one.qualified, one.delay_seconds))
    words = delay_words(first.delay_seconds or 0.0)
    words = _("late: {delay}").format(delay=words) if first.late else words
    return words if first.qualified else _("{words} (not qualified)").format(words=words)


def delay_words(seconds: float) -> str:
    """``12 s``, ``5 min``, ``30 h``, ``2 days``; negative where the computer's clock was ahead."""
    size = abs(seconds)
    if size >= 2 * _DAY:
        count = round(seconds / _DAY)
        return n_("{count} day", "{count} days", count).format(count=count)
    if size >= _HOUR:
        return f"{round(seconds / _HOUR)} h"
    if size >= _MINUTE:
        return f"{round(seconds / _MINUTE)} min"
    return f"{round(seconds)} s"
