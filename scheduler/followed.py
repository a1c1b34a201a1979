"""Is it still working? Each procedure that is visited alone, against its plan: for ``status`` and ``check``."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.alerts import OVERDUE
from scheduler.planning import due_times
from scheduler.politeness import host_of
from scheduler.sought import sought_procedures
from store.store import Store
from store.values import AttemptQuery, HostStopRow
from temoin.clock import utc_now
from temoin.days import moment_words
from temoin.errors import StoreError
from temoin.messages import _, n_
from temoin.records import PROOFS, WITHOUT_VISIT, is_proof
from temoin.report import Check, Status
from temoin.settings import Procedure, Settings

LOOK_BACK = timedelta(days=7)  # planned times that are older and unrecorded say nothing more
AHEAD = timedelta(days=2)  # no plan reaches further than tomorrow
RECENT = 30  # attempts: older ones are found, where all of these are no visit, by `temoin list`
NAME = "attempts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What the plan says of a procedure: times that nobody recorded, the next one, how long its host rests."""

    overdue: tuple[datetime, ...] = ()
    upcoming: datetime | None = None
    rests_until: datetime | None = None  # its host asked for that, or refused a visit

    def sentence(self, zone: str) -> str:
        """It in words, in the active language."""
        words = self._plan(zone)
        if self.rests_until is None:
            return words
        rests = _("Its site refused a visit or asked for rest: none before {when}.")
        return f"{words} {rests.format(when=moment_words(self.rests_until, zone))}"

    def _plan(self, zone: str) -> str:
        if self.overdue:
            words = n_(
                "{count} planned attempt was neither made nor recorded, that of {when}: “temoin run” is off.",
                "{count} planned attempts were neither made nor recorded, the first of {when}: “temoin run” is off.",
                len(self.overdue),
            )
            return words.format(count=len(self.overdue), when=moment_words(self.overdue[0], zone))
        if self.upcoming is None:
            return _("No attempt is planned for now: “temoin run” draws each day’s hours the evening before.")
        return _("Next planned attempt: {when}.").format(when=moment_words(self.upcoming, zone))


def read_followed(settings: Settings, store: Store, *, now: datetime) -> Mapping[str, Followed]:
    """By procedure, for those that Témoin visits alone and that somebody still seeks an appointment for.

    Raises:
        StoreError: the store cannot be read.
    """
    times: dict[str, list[datetime]] = {procedure.id: [] for procedure in sought_procedures(settings, store)}
    for planned in due_times(settings, store, since=now - LOOK_BACK, until=now + AHEAD):
        if planned.procedure in times:
            times[planned.procedure].append(planned.at)
    stops = store.host_stops(now)
    return {
        name: Followed(
            overdue=tuple(at for at in found if at + OVERDUE < now),
            upcoming=next((at for at in found if at >= now), None),
            rests_until=rest_of(settings.procedure(name), stops),
        )
        for name, found in times.items()
    }


def rest_of(procedure: Procedure, stops: Iterable[HostStopRow]) -> datetime | None:
    """Until when the procedure, or its whole host, is left alone; None where it is not."""
    host = host_of(procedure.url)
    return max((one.until for one in stops if one.host == host and one.procedure in (None, procedure.id)), default=None)


def find_followed(settings: Settings) -> Iterator[Check]:
    """What ``check`` says of each: when it was last visited, when it last found no appointment, and what is planned."""
    now = utc_now()
    with suppress(StoreError):  # none yet, or of an older version: told by whatever needs it
        with Store.open(settings.station.data_dir, now=utc_now, create=False, read_only=True) as store:
            every = read_followed(settings, store, now=now)
            found = [(one, every[one.id], *_last(store, one)) for one in settings.procedures if one.id in every]
        for procedure, followed, visit, proof in found:
            yield _finding(procedure, followed, visit, proof, zone=settings.zone_of(procedure), now=now)


def _last(store: Store, procedure: Procedure) -> tuple[datetime | None, datetime | None]:
    recent = store.attempts(AttemptQuery(procedure=procedure.id, limit=RECENT, newest_first=True))
    queries = [AttemptQuery(procedure=procedure.id, outcome=one, limit=RECENT, newest_first=True) for one in PROOFS]
    found = [row for query in queries for row in store.attempts(query)]
    proofs = [row.at for row in found if is_proof(row.outcome, row.reason)]
    visits = (row.at for row in recent if row.outcome not in WITHOUT_VISIT)
    return next(visits, None), max(proofs, default=None)


def _finding(
    procedure: Procedure,
    followed: Followed,
    visit: datetime | None,
    proof: datetime | None,
    *,
    zone: str,
    now: datetime,
) -> Check:
    status = Status.PASSED if visit is not None and followed.upcoming is not None else Status.NOT_CHECKED
    words = _("{id}: last attempt {attempt}, last one that found no appointment {proof}. {plan}").format(
        id=procedure.name, attempt=ago(visit, now), proof=ago(proof, now), plan=followed.sentence(zone)
    )
    return Check(name=NAME, status=Status.FAILED if followed.overdue else status, detail=words)


def ago(at: datetime | None, now: datetime) -> str:
    """How long ago it was: "never", "5 hours ago", "3 days ago"."""
    if at is None:
        return _("never")
    hours = int((now - at).total_seconds()) // 3600
    if hours < 1:
        return _("less than an hour ago")
    if hours < 48:  # noqa: PLR2004 - two days; from then on days say it better
        return n_("{count} hour ago", "{count} hours ago", hours).format(count=hours)
    return n_("{count} day ago", "{count} days ago", hours // 24).format(count=hours // 24)
