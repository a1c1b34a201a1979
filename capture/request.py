"""What a visit is asked to do, and how long it may take."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from capture.profile import SiteProfile
from temoin.canonical import Digest
from temoin.clock import utc_now
from temoin.records import Mode
from temoin.warc import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Bounds, in seconds. ``pace`` is the human pause before each step: none towards a replica."""

    step: float = 30.0  # one navigation or one click
    answer: float = 20.0  # the answer may come late, by the page's own scripts (facts §1.2)
    settle: float = 1.0  # how long a proof must stand before it counts
    visit: float = 300.0  # a whole unattended visit
    person: float = 900.0  # how long a person is waited for in an assisted visit
    handover: float = 3600.0  # how long the window stays the person's own
    pace: tuple[float, float] = (2.0, 5.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRequest:
    """One attempt to be made: ids and words that the frame prints, and the rules of the visit."""

    attempt: str
    at: datetime
    url: str
    profile: SiteProfile
    prefecture: str
    label: str
    timezone: str
    simulated: bool
    mode: Mode
    choices: tuple[str, ...] = ()
    known_offers: frozenset[str] | None = None  # values offered when the person chose; None: not known yet
    terms_expected: Digest | None = None
    allows_robot: Callable[[str], bool] = lambda _url: True
    timing: Timing = Timing()
    known_bodies: Callable[[], Mapping[str, Origin]] = dict  # bodies that earlier visits of the procedure kept
    now: Callable[[], datetime] = utc_now  # the clock of what is noted on the way; a simulation has its own
