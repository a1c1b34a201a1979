"""The store: one folder that keeps the evidence, and the only door to it.

Order of a write (docs/format.md §5): objects durable, then entry, record and derived rows in one commit, then news.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Self

import sqlalchemy as sa

from store import day_counts, erasures, latest, ledger, planned, queries, stamps, tables, tellings, visits
from store.casebook import Casebook, Parts
from store.chain import Entry, build_subject
from store.database import Database
from store.derived import find_artefacts
from store.ledger import Draft
from store.objects import Objects
from store.opening import DATABASE_NAME, OBJECTS_NAME, SEALED_NAME, check_present, prepare, read_station
from store.stamp_values import Covering, NewToken, StampHeads, StampingRow, TokenRow
from store.values import (
    AnnouncedRow,
    AttemptQuery,
    AttemptRow,
    DayCount,
    DayRow,
    FollowRow,
    HostHistory,
    HostStopRow,
    MadeVisit,
    NewestOutcome,
    NoticeRow,
    Pace,
    PlanRow,
    RobotsRow,
    ToldRow,
    VisitLease,
)
from store.visits import V
from temoin.canonical import Digest, Json
from temoin.clock import Now
from temoin.errors import StoreError
from temoin.messages import _
from temoin.records import Kind, Mode, Operator, Outcome

# What a station may say of its environment (DESIGN §9): no host name, user name, serial number, address.
ENVIRONMENT = frozenset({"temoin", "browser", "os", "view", "window_language", "viewport", "locale", "sandbox"})
_PAGE = 1000  # entries read at a time, so that no long snapshot keeps the log from being folded in


class Store(Casebook):
    """An open store; a context manager. Cases, what people add and filings are in ``store.casebook``."""

    @classmethod
    def open(cls, folder: Path, *, now: Now, create: bool = True, read_only: bool = False) -> Self:
        """Open the store in ``folder``, creating it or bringing its schema up to date when needed.

        Raises:
            StoreError: absent (and not to be created), of a newer version, full, locked, read-only.
            StoreDamagedError: the database is not one; nothing was changed.
        """
        database = Database(folder / DATABASE_NAME, read_only=read_only)
        objects, sealed = Objects(folder / OBJECTS_NAME), Objects(folder / SEALED_NAME)
        check_present(folder, (objects, sealed), create=create and not read_only)
        try:
            station = read_station(database) or prepare(database)
            if not read_only:
                objects.clear_leftovers()
                sealed.clear_leftovers()
                erasures.mend(database, sealed)
        except BaseException:
            database.close()
            raise
        return cls(Parts(folder=folder, database=database, objects=objects, sealed=sealed, station=station, now=now))

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def __enter__(self) -> Self:
        """The open store."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Close it."""
        self.close()

    # Objects

    def put(self, data: bytes) -> Digest:
        """Keep ``data``, durably; the same bytes are kept once. Raises ``StoreError``."""
        if self._database.read_only:
            raise StoreError(_("This store was opened for reading only."), remedy=_("Open it for writing."))
        return self._objects.put(data)

    def put_all(self, several: Sequence[bytes]) -> None:
        """Keep all of them, durably, in the time that the slowest takes. Raises ``StoreError``."""
        if self._database.read_only:
            raise StoreError(_("This store was opened for reading only."), remedy=_("Open it for writing."))
        self._objects.put_all(several)

    def read(self, digest: str) -> bytes:
        """The object's bytes, checked. Raises ``StoreError``, ``IntegrityError``."""
        return self._objects.read(digest)

    def path_of(self, digest: str) -> Path:
        """Where the object is. Raises ``ValueError`` when it is not a digest."""
        return self._objects.path_of(digest)

    def has(self, digest: str) -> bool:
        """Whether the object is kept."""
        return self._objects.has(digest)

    # Ledger

    def append(self, *, kind: Kind, record: Json, at: datetime, procedure: str | None = None) -> Entry:
        """Commit an entry, its record and its derived row; every artefact named must be kept already.

        Raises:
            StoreError: the machine cannot write, or an artefact is not kept.
            ValueError: the record is not one of its kind.
        """
        self._check_artefacts(record)
        draft = Draft(kind=kind, record=record, at=at, procedure=procedure)
        with self._database.writing() as connection:
            return ledger.append(connection, self.station, draft)

    def append_all(self, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
        """Commit several entries as one: all of them or none, in this order. Raises as ``append`` does."""
        for draft in drafts:
            self._check_artefacts(draft.record)
        with self._database.writing() as connection:
            return ledger.append_several(connection, self.station, drafts)

    def _check_artefacts(self, record: Json) -> None:
        for artefact in find_artefacts(record):
            self._check_kept(self._objects, artefact["sha256"], artefact.get("bytes"))

    def ensure_station(self, operator: Operator, environment: Json, place: str | None = None) -> Entry | None:
        """Append a ``station`` entry when there is none, or what it says has changed, or a ``place`` is to be told.

        ``place`` is a word of ``store.place.Moved``: told once, in an entry of its own.

        Raises:
            ValueError: ``environment`` says more than it may.
        """
        if unknown := environment.keys() - ENVIRONMENT:
            raise ValueError(f"not in the allow-list of the environment: {sorted(unknown)}")
        record: Json = {"format": 1, "operator": operator.value, "environment": environment}
        if place is not None:
            record["place"] = place
        with self._database.reading() as connection:
            if _says(ledger.read_last_station(connection), record):
                return None
        with self._database.writing() as connection:
            if _says(ledger.read_last_station(connection), record):  # another command was first
                return None
            return ledger.append(connection, self.station, Draft(kind=Kind.STATION, record=record, at=self._now()))

    def head(self) -> Entry | None:
        """The last entry."""
        with self._database.reading() as connection:
            return ledger.read_head(connection)

    def entries(self, first: int = 1, last: int | None = None) -> Iterator[Entry]:
        """The entries from ``first`` to ``last`` included, in order."""
        while True:
            with self._database.reading() as connection:
                rows = ledger.read_lines(connection, first, last, _PAGE)
            yield from ledger.parse_entries(rows)
            if len(rows) < _PAGE:
                return
            first = rows[-1][0] + 1

    def record_bytes(self, sequence: int) -> bytes:
        """The record's bytes as they stand, damaged or not. Raises ``StoreError`` when there is none."""
        with self._database.reading() as connection:
            return ledger.read_record_bytes(connection, sequence)

    def record(self, sequence: int) -> Json:
        """The record of an entry, held to its digest. Raises ``StoreError`` (none), ``IntegrityError`` (damaged)."""
        with self._database.reading() as connection:
            return ledger.read_record(connection, sequence)

    def secret_of(self, procedure: str) -> str:
        """The procedure's secret, drawn when it has none yet."""
        with self._database.reading() as connection:
            secret = ledger.read_secret(connection, procedure)
        if secret is not None:
            return secret
        with self._database.writing() as connection:
            return ledger.ensure_secret(connection, procedure)

    def subject_of(self, procedure: str) -> Digest:
        """What stands for the procedure in the entries."""
        return build_subject(procedure, self.secret_of(procedure))

    def procedures(self) -> tuple[str, ...]:
        """Every procedure that an entry is about, sorted."""
        with self._database.reading() as connection:
            return ledger.read_procedures(connection)

    # Lists

    def attempts(self, query: AttemptQuery = AttemptQuery()) -> tuple[AttemptRow, ...]:  # noqa: B008 - frozen
        """The attempts asked for, in the ledger's order (reversed with ``newest_first``)."""
        with self._database.reading() as connection:
            return queries.read_attempts(connection, query)

    def newest_attempts(self, procedures: Sequence[str], *, visited: bool = False) -> dict[str, AttemptRow]:
        """By procedure, its newest attempt; with ``visited``, its newest that was a visit."""
        with self._database.reading() as connection:
            return latest.read_newest(connection, procedures, visited=visited)

    def newest_outcomes(self, procedures: Sequence[str], *, visited: bool = False) -> dict[str, NewestOutcome]:
        """By procedure, what its newest attempt (with ``visited``, its newest visit) found; whether that is doubted."""
        with self._database.reading() as connection:
            return latest.read_newest_outcomes(connection, procedures, visited=visited)

    def unrecorded(
        self, procedures: Sequence[str], since: datetime, until: datetime, *, replaced: bool = False
    ) -> tuple[tuple[str, datetime], ...]:
        """The planned times of the interval (``until`` excluded) without an attempt; see ``store.planned``."""
        with self._database.reading() as connection:
            return planned.read_unrecorded(connection, procedures, since, until, replaced=replaced)

    def outcome_days(self, procedures: Sequence[str], since: datetime) -> tuple[DayRow, ...]:
        """Which local days since then had attempts of which outcomes, by procedure and day."""
        with self._database.reading() as connection:
            return latest.read_days(connection, procedures, since)

    def attempts_page(self, query: AttemptQuery, *, limit: int, before: int | None = None) -> tuple[AttemptRow, ...]:
        """Up to ``limit`` of the attempts asked for, latest first, from the one after the attempt ``before`` on."""
        with self._database.reading() as connection:
            return queries.read_page(connection, query, before=before, limit=limit)

    def attempts_beside(self, row: AttemptRow) -> tuple[int | None, int | None]:
        """The attempts of the same procedure just before and just after that one, in the order of time."""
        with self._database.reading() as connection:
            return queries.read_beside(connection, row)

    def find_naming(self, digest: Digest, *, among: int) -> int | None:
        """The newest of the last ``among`` entries whose record holds that digest."""
        with self._database.reading() as connection:
            return queries.find_naming(connection, digest, among=among)

    def attempts_by_due(self, procedure: str, since: datetime, until: datetime) -> dict[datetime, AttemptRow]:
        """For each time due in the interval (``until`` excluded), the first attempt recorded for it."""
        with self._database.reading() as connection:
            return queries.read_attempts_by_due(connection, procedure, since, until)

    def day_counts(self, stretches: Sequence[FollowRow], since: datetime) -> tuple[DayCount, ...]:
        """The attempts of those stretches from ``since`` on, counted by local day, hour and outcome."""
        with self._database.reading() as connection:
            return day_counts.read_day_counts(connection, stretches, since)

    def plans(self, procedure: str, first: date, last: date) -> tuple[PlanRow, ...]:
        """The plans of those days (both included), by day, then in the order drawn."""
        with self._database.reading() as connection:
            return tuple(queries.read_plans(connection, [procedure], first, last)[procedure])

    def plans_of(self, procedures: Sequence[str], first: date, last: date) -> dict[str, list[PlanRow]]:
        """For each of the procedures its plans of those days (both included), by day, then in the order drawn."""
        with self._database.reading() as connection:
            return queries.read_plans(connection, procedures, first, last)

    def dues_of(
        self, procedures: Sequence[str], since: datetime, until: datetime
    ) -> dict[str, dict[datetime, Outcome]]:
        """For each of the procedures, what became of the times due in the interval (``until`` excluded)."""
        with self._database.reading() as connection:
            return queries.read_dues(connection, procedures, since, until)

    def announced(self, since: datetime) -> tuple[AnnouncedRow, ...]:
        """What pages said, since then, of when new appointments go on line, in the ledger's order."""
        with self._database.reading() as connection:
            return queries.read_announced(connection, since)

    def notices(self, procedure: str) -> tuple[NoticeRow, ...]:
        """The photographs of the page that sends people to the procedure's booking site, in the ledger's order."""
        with self._database.reading() as connection:
            return queries.read_notices(connection, procedure)

    def latest_terms(self, procedure: str, since: date) -> Digest | None:
        """The text of the conditions met by the first visit on or after that local day."""
        with self._database.reading() as connection:
            return queries.read_latest_terms(connection, procedure, since)

    # Politeness

    def take_visit(
        self, *, host: str, procedure: str, mode: Mode, now: datetime, judge: Callable[[HostHistory], V]
    ) -> tuple[V, VisitLease | None]:
        """Ask ``judge`` (pure) and, if it allows, take the lease on the host, in one transaction."""
        with self._database.writing() as connection:
            return visits.take_visit(connection, host=host, procedure=procedure, mode=mode, now=now, judge=judge)

    def end_visit(self, lease: VisitLease, now: datetime) -> None:
        """Give the lease back."""
        with self._database.writing() as connection:
            visits.end_visit(connection, lease, now)

    def stop_host(self, *, host: str, procedure: str | None, until: datetime, reason: str) -> None:
        """Leave a host, or one procedure on it, alone until then."""
        with self._database.writing() as connection:
            visits.stop_host(connection, host=host, procedure=procedure, until=until, reason=reason)

    def host_stops(self, now: datetime) -> tuple[HostStopRow, ...]:
        """The stops in force, soonest to end first."""
        with self._database.reading() as connection:
            return visits.read_stops(connection, now)

    def visits(self, since: datetime) -> tuple[MadeVisit, ...]:
        """The visits of every host that started since then, oldest first."""
        with self._database.reading() as connection:
            return visits.read_visits(connection, since)

    def pace(self, host: str, now: datetime) -> Pace:
        """This station's visits to the host in the last hour, day and week; one that goes on counts."""
        with self._database.reading() as connection:
            return visits.read_pace(connection, host, now)

    def robots(self, host: str) -> RobotsRow | None:
        """The last robots.txt read of the host."""
        with self._database.reading() as connection:
            return visits.read_robots(connection, host)

    def save_robots(self, row: RobotsRow) -> None:
        """Remember the robots.txt just read."""
        with self._database.writing() as connection:
            visits.save_robots(connection, row)

    # What was told

    def note_told(self, rows: Sequence[ToldRow]) -> None:
        """Keep what was sent, or could not be, durably and for good."""
        with self._database.writing() as connection:
            tellings.append_told(connection, rows)

    def told(self, keys: Iterable[str]) -> tuple[ToldRow, ...]:
        """Every try to tell one of ``keys``, oldest first."""
        with self._database.reading() as connection:
            return tellings.read_told(connection, tuple(keys))

    def last_told(self, channel: str, limit: int) -> tuple[ToldRow, ...]:
        """The last tries on a channel, newest first."""
        with self._database.reading() as connection:
            return tellings.read_last(connection, channel, limit)

    # Timestamps

    def claim_stamps(self, choose: stamps.Choice) -> tuple[Sequence[StampingRow], StampHeads]:
        """Ask ``choose`` (pure) which authorities to ask, and note that they are asked, in one transaction."""
        with self._database.writing() as connection:
            return stamps.claim(connection, choose)

    def stamp_heads(self) -> StampHeads:
        """Where the register stands for whoever asks for timestamps."""
        with self._database.reading() as connection:
            return stamps.read_heads(connection)

    def stampings(self) -> dict[str, StampingRow]:
        """How the last requests went, by authority."""
        with self._database.reading() as connection:
            return stamps.read_stampings(connection)

    def keep_stamps(self, tokens: Sequence[NewToken], rows: Sequence[StampingRow]) -> None:
        """Keep the tokens, for good, and how the requests went."""
        with self._database.writing() as connection:
            for token in tokens:
                stamps.append_token(connection, token)
            stamps.save_stampings(connection, rows)

    def coverings(self, first: int, last: int) -> tuple[Covering, ...]:
        """For each authority, by sequence, the tokens that cover the entries ``first`` to ``last``."""
        with self._database.reading() as connection:
            return stamps.read_coverings(connection, first, last)

    def tokens_over(self, sequences: Sequence[int]) -> tuple[TokenRow, ...]:
        """The tokens over those entries themselves, in the order in which they came."""
        with self._database.reading() as connection:
            return stamps.read_tokens_over(connection, sequences)

    def tokens(self, *, after: int = 0) -> tuple[TokenRow, ...]:
        """The tokens whose number is above ``after``, in the order in which they came."""
        with self._database.reading() as connection:
            return tuple(stamps.read_tokens(connection, after=after))

    def schedule_secret(self) -> bytes:
        """32 random bytes of this station, for the secret shuffle of the hours."""
        with self._database.reading() as connection:
            return bytes(connection.execute(sa.select(tables.station.c.schedule_secret)).scalar_one())


def _says(last: Json | None, record: Json) -> bool:
    """Whether the last ``station`` record says it already; that the store was moved is said anew each time."""
    return last is not None and "place" not in record and {**last, "place": None} == {**record, "place": None}
