"""How a store is found, created and brought up to date; ``Store.open`` does it in this order."""

from collections.abc import Iterable
from pathlib import Path

import sqlalchemy as sa

from store import tables
from store.database import Database, create_file, damaged_error, read_revision, upgrade
from store.files import file_errors, make_folder
from store.log_frames import find_unconfirmed
from store.objects import Objects
from temoin.errors import StoreDamagedError, StoreError
from temoin.messages import _

DATABASE_NAME = "registre.sqlite"
OBJECTS_NAME = "objects"
SEALED_NAME = "sealed"


def check_present(folder: Path, kept: Iterable[Objects], *, create: bool) -> None:
    """Never begin afresh where evidence is left, nor where nothing was to be created.

    Raises:
        StoreError: there is no store, and none is to be created.
        StoreDamagedError: the database is gone although evidence remains.
    """
    path = folder / DATABASE_NAME
    if path.is_file() and path.stat().st_size:
        return
    if not all(objects.is_empty() for objects in kept):
        raise damaged_error(path, _("it is missing or empty although evidence was kept here"))
    if not create:
        raise StoreError(
            _("There is no store in {folder}.").format(folder=folder),
            remedy=_("Check data_dir in the configuration, or make a first capture."),
        )


def check_sound(database: Path) -> None:
    """Refuse to write where the database or its log is damaged: nothing of what is left may be written over.

    Raises:
        StoreDamagedError: it is; nothing was changed.
        StoreError: it cannot be read.
    """
    if not database.is_file():
        return
    with file_errors(database):
        unconfirmed = find_unconfirmed(database)
    if unconfirmed is not None:
        raise damaged_error(database, unconfirmed)
    with Database(database, read_only=True) as opened, opened.reading() as connection:
        found = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar())
    if found != "ok":
        raise damaged_error(database, " ".join(found.split()))


def read_station(database: Database) -> str | None:
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


def prepare(database: Database) -> str:
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
    station = read_station(database)
    if station is None:
        raise damaged_error(database.path, _("its schema could not be brought up to date"))
    return station
