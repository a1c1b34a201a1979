"""The SQLite file: how it is opened, created, brought up to date, and what its errors mean to people.

Every connection: WAL, ``synchronous=FULL``, foreign keys, recursive triggers, 30 s of patience for a lock, and
what is overwritten is overwritten on the disk too (``secure_delete``: the salt of an erased case).
Transactions are begun by us, since the driver's own habit would start them too late (sqlite3 begins at the
first write): ``reading`` begins a snapshot, ``writing`` takes the write lock at once.
"""

import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from store import tables
from store.files import file_errors, full_disk_error, read_only_error
from temoin.durable import sync_folder
from temoin.errors import StoreDamagedError, StoreError
from temoin.messages import _

BUSY_SECONDS = 30.0  # how long a writer waits for another; an append takes milliseconds
_SHARED_MEMORY_BYTES = 32_768  # the least that SQLite sets aside beside its log
_UNWRITABLE = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM)
_MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """An open database file."""

    def __init__(self, path: Path, *, read_only: bool) -> None:
        """Open nothing yet: the first transaction connects."""
        self.path = path
        self.read_only = read_only
        # As many connections as threads ask for: one that waits for its second would keep others from their first.
        self._engine = sa.create_engine("sqlite://", creator=self._connect, poolclass=QueuePool, max_overflow=-1)
        event.listen(self._engine, "begin", _begin)

    def _connect(self) -> sqlite3.Connection:
        try:
            return self._connect_as("mode=ro" if self.read_only else "mode=rw")
        except sqlite3.OperationalError as error:
            unwritable = _code(error) in _UNWRITABLE or _is_full(self.path.parent, error)
            if not (self.read_only and unwritable and self._is_at_rest()):
                raise
            # A read-only medium or a full one: not even the shared memory of SQLite's log can be made there.
            return self._connect_as("mode=ro&immutable=1")

    def _connect_as(self, mode: str) -> sqlite3.Connection:
        address = f"{self.path.resolve().as_uri()}?{mode}"
        connection = sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, check_same_thread=False)
        connection.isolation_level = None  # we say BEGIN ourselves
        try:
            for pragma in ("foreign_keys=ON", "recursive_triggers=ON", "synchronous=FULL", "secure_delete=ON"):
                connection.execute(f"PRAGMA {pragma}")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _is_at_rest(self) -> bool:
        """Whether all that was committed is in the file itself, none of it in the log beside it."""
        log = self.path.with_name(f"{self.path.name}-wal")
        return self.path.is_file() and not (log.is_file() and log.stat().st_size)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One consistent snapshot.

        Raises:
            StoreError: locked, unreadable, damaged.
        """
        with database_errors(self.path), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One transaction that holds the write lock from its start; committed at the end, or nothing.

        Raises:
            StoreError: opened read-only, locked over 30 s, disk full, folder read-only, damaged.
        """
        if self.read_only:
            raise read_only_error(self.path.parent)
        with database_errors(self.path), self._engine.connect() as connection:
            immediate = connection.execution_options(temoin_begin="BEGIN IMMEDIATE")
            with immediate.begin():
                yield immediate

    def copy_to(self, path: Path) -> None:
        """Write what is committed now to ``path``, a new database file for its owner only; others go on writing.

        Raises:
            StoreError: as ``reading``; the disk of ``path`` is full.
        """
        create_file(path)
        with database_errors(self.path), closing(self._connect()) as source, closing(sqlite3.connect(path)) as copy:
            source.backup(copy)

    def fold_log(self) -> None:
        """Fold SQLite's log into the file and empty it, so that what was overwritten is not left in it.

        Raises:
            StoreError: as ``writing``.
        """
        with database_errors(self.path), closing(self._connect()) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        """Nothing more: connections open as needed."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Close every connection."""
        self.close()


def _begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("temoin_begin", "BEGIN"))


@contextmanager
def database_errors(path: Path) -> Iterator[None]:
    """Say in our words what SQLite answers, by its result code.

    Raises:
        StoreError: see ``docs/exit-codes.md``, code 4.
    """
    try:
        yield
    except DBAPIError as error:
        raise _translate(path, error.orig, str(error.orig)) from error
    except sqlite3.Error as error:
        raise _translate(path, error, str(error)) from error


def _code(error: BaseException | None) -> int:
    """SQLite's primary result code; extended codes keep it in their low byte."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _translate(path: Path, error: BaseException | None, words: str) -> StoreError:
    code = _code(error)
    if _is_full(path.parent, error):
        return full_disk_error(path.parent)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreError(
            _("The database {path} has been locked for {seconds:.0f} s by another program.").format(
                path=path, seconds=BUSY_SECONDS
            ),
            remedy=_("Close other programs that use it, then try again. Nothing was changed."),
        )
    if code in _UNWRITABLE:
        return read_only_error(path.parent)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return damaged_error(path, words)
    return StoreError(
        _("The database {path} refused: {why}.").format(path=path, why=words),
        remedy=_("Nothing was changed. Check the disk, run `temoin verify`, then try again."),
    )


def _is_full(folder: Path, error: BaseException | None) -> bool:
    """Whether the disk is full; an input/output error means it when SQLite's shared memory has no room either."""
    code = _code(error)
    if code == sqlite3.SQLITE_IOERR:
        return shutil.disk_usage(folder).free < _SHARED_MEMORY_BYTES
    return code == sqlite3.SQLITE_FULL


def damaged_error(path: Path, why: str) -> StoreDamagedError:
    """The database cannot be read as one."""
    return StoreDamagedError(
        _("The database {path} is damaged ({why}); nothing was changed.").format(path=path, why=why),
        remedy=_("Keep the whole folder as it is, copy it elsewhere, then bring back a backup."),
    )


def create_file(path: Path) -> None:
    """An empty database file for its owner only; nothing when it is there."""
    with file_errors(path.parent):
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        sync_folder(path.parent)


def read_revision(connection: sa.Connection) -> str | None:
    """The schema's revision; None when the database is still empty."""
    names = {row[0] for row in connection.exec_driver_sql("SELECT name FROM sqlite_master LIMIT 100")}
    if not names:
        return None
    if "alembic_version" not in names:
        return ""
    return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() or "")


def upgrade(database: Database) -> None:
    """Bring the schema to the newest revision, in one transaction, and name the station of a new store.

    Raises:
        StoreError: as ``Database.writing``.
    """
    with database_errors(database.path):
        _use_wal(database)
    with database.writing() as connection:
        if read_revision(connection) == tables.HEAD:
            return  # another process was faster
        _run_alembic(connection)
        if connection.execute(sa.select(tables.station.c.key)).first() is None:
            connection.execute(
                tables.station.insert().values(
                    key=1, station=secrets.token_hex(8), schedule_secret=secrets.token_bytes(32)
                )
            )


def _use_wal(database: Database) -> None:
    connection = database._connect()  # noqa: SLF001 - the mode cannot be set inside a transaction
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()


def _run_alembic(connection: sa.Connection) -> None:
    from alembic import command  # noqa: PLC0415 - slow to import, needed once in a store's life
    from alembic.config import Config  # noqa: PLC0415 - same

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    attributes: dict[str, Any] = config.attributes
    attributes["connection"] = connection
    command.upgrade(config, "head")
