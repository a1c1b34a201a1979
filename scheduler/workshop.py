"""What visits share: settings, store, browser, clock; and the right to visit a host.

Built once by the command line, the daemon's worker or the demo; nothing here knows what a visit is for.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import TYPE_CHECKING, Self

from capture.browser import BrowserChoice, BrowserSession
from capture.request import Timing
from scheduler.ntp import read_offset
from scheduler.permission import RefusalError
from scheduler.placed import note_place
from scheduler.politeness import Verdict, host_of, judge, limits_for
from scheduler.public_address import ask_public_address
from scheduler.robots import RobotsAnswer, fetch_robots
from scheduler.stamps import Stamps
from store.store import Store
from store.values import HostHistory, VisitLease
from temoin.clock import Clock, SystemClock
from temoin.floors import is_loopback
from temoin.messages import _
from temoin.records import Mode, Visit
from temoin.settings import Procedure, Settings

if TYPE_CHECKING:
    from playwright.sync_api import Playwright

    from temoin.canonical import Json

REPLICA_SETTLE = 0.25  # seconds: about what the pictures take; a real site's answer must stand for a whole one


class Browsers:
    """The browser that visits share: started when first wanted, started again after one that had to be ended."""

    def __init__(self, choice: BrowserChoice, *, driver: "Playwright | None" = None) -> None:
        """Nothing is started yet; ``driver`` is one that runs already, if the caller has one."""
        self._choice = choice
        self._driver = driver
        self._stack = ExitStack()
        self._session: BrowserSession | None = None

    def __enter__(self) -> Self:
        """Start nothing yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the browser, if one was started."""
        self._stack.close()

    def session(self) -> BrowserSession:
        """A running browser.

        Raises:
            BrowserError: none can be started.
        """
        if self._session is not None and not self._session.alive:
            self._stack.close()
            self._session = None
        if self._session is None:
            self._session = self._stack.enter_context(BrowserSession(self._choice, driver=self._driver))
        return self._session

    @contextmanager
    def unattended(self) -> Iterator[BrowserSession]:
        """A running browser that nobody sits at: the shared one, unless that is a person's own window.

        Then the person's is closed first, and opens again when it is next wanted.

        Raises:
            BrowserError: none can be started.
        """
        if not self._choice.assisted:
            yield self.session()
            return
        self._stack.close()
        self._session = None
        with BrowserSession(replace(self._choice, assisted=False), driver=self._driver) as session:
            yield session


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What every attempt needs; built once by the command line, the worker or the demo."""

    settings: Settings
    store: Store
    browsers: Browsers
    clock: Clock = field(default_factory=SystemClock)
    timing: Timing = field(default_factory=Timing)
    fetch: Callable[[str], RobotsAnswer] = fetch_robots
    stamps: Stamps | None = None  # whoever asks for timestamps; None: nobody does
    noticed: tuple[str, ...] = ()  # of the store itself, to be told to whoever asked for this
    ask_address: Callable[[str], "Json | None"] = ask_public_address

    def committed(self) -> None:
        """An entry is in the register: its timestamp is asked for, beside whatever comes next."""
        if self.stamps is not None:
            self.stamps.begin()

    def is_simulated(self, url: str) -> bool:
        """Whether a visit of ``url`` is one: a loopback address is a replica, whatever the clock says (DESIGN §3.8)."""
        return self.clock.simulated or is_loopback(url)

    def timing_for(self, url: str) -> Timing:
        """The bounds of a visit of ``url``: a replica is not a person's to wait for."""
        if not is_loopback(url):
            return self.timing
        return replace(self.timing, pace=(0.0, 0.0), settle=min(self.timing.settle, REPLICA_SETTLE))

    def clock_json(self, url: str) -> "Json":
        """The clock as records of a visit of ``url`` name it: for a replica no server is asked (DESIGN §12b)."""
        if self.clock.simulated:
            return {"source": "simulated", "offset_ms": None}
        found = None if is_loopback(url) else read_offset(self.settings.clock.servers, self.store.folder)
        if found is None:
            return {"source": "system", "offset_ms": None}
        return {"source": f"ntp:{found.server}", "offset_ms": found.offset_ms}

    def surrounded(self, visit: Visit, url: str) -> Visit:
        """The visit with this station's public address, where the person named a service that tells it.

        None is asked for a replica, nor when no page was opened. One that does not answer changes nothing.
        """
        service = self.settings.station.public_address_url
        if not service or visit.environment is None or is_loopback(url):
            return visit
        return replace(visit, environment={**visit.environment, "public_address": self.ask_address(service)})


def procedure_json(procedure: Procedure) -> "Json":
    """The procedure as records name it."""
    return {
        "id": procedure.id,
        "prefecture": procedure.prefecture,
        "label": procedure.label,
        "choices": list(procedure.choices),
    }


@contextmanager
def open_workshop(
    settings: Settings, *, assisted: bool, clock: Clock | None = None, driver: "Playwright | None" = None
) -> Iterator[Workshop]:
    """The store and, when first wanted, a browser; both closed at the end, and the timestamps asked for waited for.

    Raises:
        StoreError: the data directory cannot be opened.
    """
    own = settings.browser
    choice = BrowserChoice(view=own.view, executable=own.executable, assisted=assisted, proxy=own.proxy)
    told = clock or SystemClock()
    stamps = Stamps(settings, simulated=told.simulated)
    try:
        with Store.open(settings.station.data_dir, now=told.now) as store, Browsers(choice, driver=driver) as browsers:
            noticed = note_place(settings, store)
            yield Workshop(
                settings=settings, store=store, browsers=browsers, clock=told, stamps=stamps, noticed=noticed
            )
    finally:
        stamps.finish()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A judge's answer asked out of turn: never takes the lease."""

    verdict: Verdict
    allowed: bool = False


def ask_whether(workshop: Workshop, procedure: Procedure, mode: Mode) -> Verdict:
    """Whether the procedure's host might be visited now; the answer binds nobody, and takes no lease."""
    limits, now = limits_for(workshop.settings, procedure), workshop.clock.now()

    def judged(history: HostHistory) -> _Asked:
        return _Asked(verdict=judge(history, procedure=procedure.id, mode=mode, limits=limits, now=now))

    asked, _lease = workshop.store.take_visit(
        host=host_of(procedure.url), procedure=procedure.id, mode=mode, now=now, judge=judged
    )
    return asked.verdict


@contextmanager
def leased(workshop: Workshop, procedure: Procedure, mode: Mode, *, counted_as: str = "") -> Iterator[VisitLease]:
    """The right to visit the procedure's host, taken in the database in one transaction (DESIGN §7).

    ``counted_as`` is whose visits these are, if not the procedure's: its cap and spacing are then left as they were,
    the host's hold all the same.

    Raises:
        RefusalError: the host rests, is being visited, or had its visits of the day.
    """
    limits = limits_for(workshop.settings, procedure)
    whose = counted_as or procedure.id
    now = workshop.clock.now()
    verdict, lease = workshop.store.take_visit(
        host=host_of(procedure.url),
        procedure=whose,
        mode=mode,
        now=now,
        judge=lambda history: judge(history, procedure=whose, mode=mode, limits=limits, now=now),
    )
    if lease is None:
        remedy = _("Nothing was sent to the site. Try again later.")
        raise RefusalError(verdict.reason, verdict.message, remedy=remedy, not_before=verdict.not_before)
    try:
        yield lease
    finally:
        workshop.store.end_visit(lease, workshop.clock.now())
