"""The store: one folder that keeps the evidence, and the only door to it.

Order of a write (docs/format.md §5): objects are durable, then the entry, its record and their derived rows
are committed together, and only then does anyone hear of it. Readers go the other way.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Self

import sqlalchemy as sa

from store import cases, ledger, queries, tables, visits
from store.chain import Entry, build_subject
from store.database import Database, create_file, damaged_error, read_revision, upgrade
from store.derived import find_artefacts
from store.files import file_errors, make_folder
from store.objects import Objects
from store.values import (
    AttemptQuery,
    AttemptRow,
    CaseRow,
    FilingRow,
    FollowRow,
    HostHistory,
    HostStopRow,
    NewFiling,
    NoticeRow,
    NumberRow,
    Pace,
    PlanRow,
    RobotsRow,
    VisitLease,
)
from store.visits import V
from temoin.canonical import Digest, Json
from temoin.clock import Now
from temoin.errors import StoreDamagedError, StoreError
from temoin.messages import _
from temoin.records import Kind, Mode, Operator

DATABASE_NAME = "registre.sqlite"
OBJECTS_NAME = "objects"

# What a station may say of its environment (DESIGN §9): no host name, user name, serial number, address.
ENVIRONMENT = frozenset({"temoin", "browser", "os", "view", "window_language", "viewport", "locale", "sandbox"})

_PAGE = 1000  # entries read at a time, so that no long snapshot keeps the log from being folded in


class Store:
    """An open store; a context manager."""

    def __init__(self, folder: Path, database: Database, objects: Objects, station: str, now: Now) -> None:
        """Hold parts that ``open`` has checked."""
        self.folder = folder
        self.station = station
        self._database = database
        self._objects = objects
        self._now = now

    @classmethod
    def open(cls, folder: Path, *, now: Now, create: bool = True, read_only: bool = False) -> Self:
        """Open the store in ``folder``, creating it or bringing its schema up to date when needed.

        Raises:
            StoreError: absent (and not to be created), of a newer version, full, locked, read-only.
            StoreDamagedError: the database is not one; nothing was changed.
        """
        database = Database(folder / DATABASE_NAME, read_only=read_only)
        objects = Objects(folder / OBJECTS_NAME)
        _check_present(folder, objects, create=create and not read_only)
        try:
            station = _read_station(database) or _prepare(database)
            if not read_only:
                objects.clear_leftovers()
        except BaseException:
            database.close()
            raise
        return cls(folder, database, objects, station, now)

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
        draft = ledger.Draft(kind=kind, record=record, at=at, procedure=procedure)
        with self._database.writing() as connection:
            return ledger.append(connection, self.station, draft)

    def _check_artefacts(self, record: Json) -> None:
        for artefact in find_artefacts(record):
            self._check_object(artefact["sha256"], artefact.get("bytes"))

    def _check_object(self, digest: str, size: int | None = None) -> None:
        found = self._objects.size_of(digest)
        if found is None or size not in (None, found):
            raise StoreError(
                _("The object {digest} is not kept, or not whole: nothing was recorded.").format(digest=digest),
                remedy=_("Keep the object first; this is a fault of the program, please report it."),
            )

    def ensure_station(self, operator: Operator, environment: Json) -> Entry | None:
        """Append a ``station`` entry when there is none or what it says has changed.

        Raises:
            ValueError: ``environment`` says more than it may.
        """
        if unknown := environment.keys() - ENVIRONMENT:
            raise ValueError(f"not in the allow-list of the environment: {sorted(unknown)}")
        record: Json = {"format": 1, "operator": operator.value, "environment": environment}
        with self._database.reading() as connection:
            if ledger.read_last_station(connection) == record:
                return None
        return self.append(kind=Kind.STATION, record=record, at=self._now())

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
        """The exact bytes of the record of an entry. Raises ``StoreError`` when there is none."""
        with self._database.reading() as connection:
            return ledger.read_record_bytes(connection, sequence)

    def record(self, sequence: int) -> Json:
        """The record of an entry. Raises ``StoreError`` when there is none."""
        found: Json = json.loads(self.record_bytes(sequence))
        return found

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

    def attempts_by_due(self, procedure: str, since: datetime, until: datetime) -> dict[datetime, AttemptRow]:
        """For each time due in the interval (``until`` excluded), the first attempt recorded for it."""
        with self._database.reading() as connection:
            return queries.read_attempts_by_due(connection, procedure, since, until)

    def plans(self, procedure: str, first: date, last: date) -> tuple[PlanRow, ...]:
        """The plans of those days (both included), by day, then in the order drawn."""
        with self._database.reading() as connection:
            return queries.read_plans(connection, procedure, first, last)

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

    def schedule_secret(self) -> bytes:
        """32 random bytes of this station, for the secret shuffle of the hours."""
        with self._database.reading() as connection:
            return bytes(connection.execute(sa.select(tables.station.c.schedule_secret)).scalar_one())

    # Cases and filings

    def ensure_case(self, code: str, kind: str, at: datetime) -> None:
        """Open the case, once."""
        with self._database.writing() as connection:
            cases.ensure_case(connection, code, kind, at)

    def cases(self) -> tuple[CaseRow, ...]:
        """Every case, by code."""
        with self._database.reading() as connection:
            return cases.read_cases(connection)

    def follow(self, code: str, procedure: str, at: datetime) -> None:
        """Record that the case follows the procedure from now on; nothing when it does already."""
        with self._database.writing() as connection:
            cases.follow(connection, self.station, code, procedure, at)

    def unfollow(self, code: str, procedure: str, at: datetime) -> None:
        """Record that the case follows the procedure no more; nothing when it did not."""
        with self._database.writing() as connection:
            cases.unfollow(connection, self.station, code, procedure, at)

    def followed(self, code: str) -> tuple[FollowRow, ...]:
        """What the case follows or followed. Raises ``StoreError`` when there is no such case."""
        with self._database.reading() as connection:
            return cases.read_followed(connection, code)

    def freeze_filing(self, filing: NewFiling) -> FilingRow:
        """Freeze a petition: its entry, numbers and files, in one transaction, after its objects.

        Raises:
            StoreError: the machine cannot write, an object is not kept, there is no such case.
        """
        for _path, digest in filing.files:
            self._check_object(digest)
        with self._database.writing() as connection:
            return cases.freeze_filing(connection, self.station, filing)

    def filings(self, code: str) -> tuple[FilingRow, ...]:
        """The petitions of a case, oldest first."""
        with self._database.reading() as connection:
            return cases.read_filings(connection, code)

    def filing_numbers(self, filing_id: int) -> tuple[NumberRow, ...]:
        """The inventory's lines of a filing, in their order."""
        with self._database.reading() as connection:
            return cases.read_numbers(connection, filing_id)

    def filing_files(self, filing_id: int) -> tuple[tuple[str, Digest], ...]:
        """(path in the bag, object) of each file of a filing."""
        with self._database.reading() as connection:
            return cases.read_files(connection, filing_id)


def _check_present(folder: Path, objects: Objects, *, create: bool) -> None:
    path = folder / DATABASE_NAME
    if path.is_file() and path.stat().st_size:
        return
    if not objects.is_empty():
        raise damaged_error(path, _("it is missing or empty although evidence was kept here"))
    if not create:
        raise StoreError(
            _("There is no store in {folder}.").format(folder=folder),
            remedy=_("Check data_dir in the configuration, or make a first capture."),
        )


def _read_station(database: Database) -> str | None:
    """The station's id when the schema is the newest; None when there is work to do first."""
    if not database.path.is_file():
        return None
    with database.reading() as connection:
        revision = read_revision(connection)
        if revision is not None and revision not in tables.REVISIONS:
            raise StoreError(
                _("The database {path} was made by a newer Témoin, or by another program.").format(path=database.path),
                remedy=_("Install the newest Témoin. Nothing was changed."),
            )
        if revision != tables.HEAD:
            return None
        station = connection.execute(sa.select(tables.station.c.station)).scalar()
        if station is None:
            raise StoreDamagedError(
                _("The database {path} no longer says which station it belongs to.").format(path=database.path),
                remedy=_("Nothing was changed. Keep the folder as it is, and run “temoin verify”."),
            )
        return str(station)


def _prepare(database: Database) -> str:
    """Create or upgrade the database, one process at a time, and give the station's id."""
    from filelock import FileLock, Timeout  # noqa: PLC0415 - needed once in a store's life

    folder = database.path.parent
    if database.read_only:
        raise StoreError(
            _("The store in {folder} is of an older Témoin and was opened for reading only.").format(folder=folder),
            remedy=_("Run any command that records, once; it brings the store up to date."),
        )
    with file_errors(folder):
        make_folder(folder)
        try:
            with FileLock(folder / ".creation.lock", timeout=60, mode=0o600):
                create_file(database.path)
                upgrade(database)
        except Timeout as error:
            raise StoreError(
                _("Another program is preparing the store in {folder}.").format(folder=folder),
                remedy=_("Wait for it, then try again."),
            ) from error
    station = _read_station(database)
    if station is None:
        raise damaged_error(database.path, _("its schema could not be brought up to date"))
    return station
