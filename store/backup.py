"""A backup: all that the store's folder keeps, and what opens it, in one file under a passphrase (docs/format.md §11).

The file is a ZIP of three stored members: ``LISEZ-MOI.txt``; ``cle.age``, a secret made for this file, under the
passphrase; ``temoin.tar.age``, a tar encrypted to that secret. `unzip`, `age` and `tar` open it without Témoin.

The database in it is a snapshot, taken first; objects are never changed, so that those copied later hold all that it
names. Only an erasure takes objects away: when one came in between, the work is begun again.
"""

import io
import json
import os
import shutil
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

import sqlalchemy as sa

from store import tables
from store.database import Database
from store.files import file_errors, one_at_a_time
from store.opening import DATABASE_NAME, OBJECTS_NAME, SEALED_NAME
from store.passphrase import wrap
from store.sealed_stream import encrypting
from store.vault import new_pair
from temoin import __version__
from temoin.durable import sync_folder
from temoin.errors import StoreError, UsageError
from temoin.messages import _

FORMAT = 1
README, KEY, CONTENT = "LISEZ-MOI.txt", "cle.age", "temoin.tar.age"
FACTS, VAULT_KEY, CONFIGURATION = "temoin.json", "cle_du_coffre.txt", "configuration"
_ATTEMPTS = 5  # an erasure is a command of a person: two in the time of a backup are already rare
_WORK = ".backup-at-"

_README = """Sauvegarde de Témoin / A backup made by Témoin

Avec Témoin : temoin restore FICHIER

Sans Témoin, avec unzip, age (https://age-encryption.org) et tar :
    age -d -o cle.txt cle.age
    age -d -i cle.txt temoin.tar.age | tar x

La phrase de passe est celle que vous avez choisie. Sans elle, rien ne s'ouvre.
The passphrase is the one that you chose. Without it nothing opens.
"""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What a backup holds: the store as it was after entry ``sequence``, and how many files beside the database."""

    station: str
    sequence: int
    files: int
    at: str


def write_backup(
    folder: Path,
    target: Path,
    *,
    passphrase: str,
    at: datetime,
    beside: Mapping[str, bytes],
    progress: Progress | None = None,
) -> Backup:
    """Write everything in ``folder`` to ``target``, while others go on recording.

    Args:
        folder: the store's.
        target: a file that is not there yet; it appears when it is whole.
        passphrase: in Unicode's form NFC.
        at: when, aware UTC.
        beside: what goes with it, by name in the tar: the vault's key, the configuration.
        progress: told (done, total) of the files.

    Raises:
        StoreError: no store there; the machine cannot read, or write there; erasures never ceased.
        UsageError: ``target`` exists.
    """
    _check_free(target)
    for _attempt in range(_ATTEMPTS):
        with _snapshot(folder) as snapshot, _part_of(target) as part:
            made = _describe(snapshot, folder, at)
            _write(part, passphrase, _members(snapshot, folder, made, beside), (progress, made.files))
            if _erasures(snapshot) == _erasures(folder / DATABASE_NAME):
                _check_free(target)
                part.replace(target)
                sync_folder(target.parent)
                return made
    raise StoreError(
        _("Something was erased each time the backup was nearly done."), remedy=_("Try again when nothing is erased.")
    )


def _check_free(target: Path) -> None:
    if target.exists():
        raise UsageError(
            _("{path} exists already.").format(path=target),
            remedy=_("Give another name: a backup never overwrites anything."),
        )


@contextmanager
def _part_of(target: Path) -> Iterator[Path]:
    """Where ``target`` is written until it is whole; only once no other backup of this store is under way."""
    _check_free(target)  # of one that was waited for
    part = target.with_name(f".{target.name}.part")
    try:
        with file_errors(part):
            yield part
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


@contextmanager
def _snapshot(folder: Path) -> Iterator[Path]:
    """The database at one moment, in a folder of its own beside it: never on the medium that the backup goes to."""
    with one_at_a_time(folder, ".backup.lock"), file_errors(folder):  # else the other's would be swept with those left
        for left in folder.glob(f"{_WORK}*"):  # of a backup that was killed
            shutil.rmtree(left, ignore_errors=True)
        with TemporaryDirectory(prefix=_WORK, dir=folder) as work:
            path = Path(work) / DATABASE_NAME
            Database(folder / DATABASE_NAME, read_only=True).copy_to(path)
            yield path


def _describe(snapshot: Path, folder: Path, at: datetime) -> Backup:
    with closing(Database(snapshot, read_only=True)) as database, database.reading() as connection:
        station = connection.execute(sa.select(tables.station.c.station)).scalar_one()
        sequence = connection.execute(sa.select(sa.func.max(tables.entry.c.sequence))).scalar() or 0
    files = sum(1 for _path in _files(folder))
    return Backup(station=str(station), sequence=int(sequence), files=files, at=at.isoformat(timespec="seconds"))


def _erasures(path: Path) -> int:
    with closing(Database(path, read_only=True)) as database, database.reading() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(tables.erasure)).scalar_one())


def _files(folder: Path) -> Iterator[Path]:
    """Every object and every sealed file; not what is being written."""
    for name in (OBJECTS_NAME, SEALED_NAME):
        for shelf in sorted((folder / name).glob("[0-9a-f][0-9a-f]")):
            yield from (path for path in sorted(shelf.iterdir()) if not path.name.startswith("."))


@dataclass(frozen=True, slots=True)
class _Member:
    """One file of the tar: bytes, or where they are."""

    name: str
    source: bytes | Path


def _members(snapshot: Path, folder: Path, made: Backup, beside: Mapping[str, bytes]) -> Iterator[_Member]:
    facts = {
        "format": FORMAT,
        "temoin": __version__,
        "at": made.at,
        "station": made.station,
        "sequence": made.sequence,
        "files": made.files,
    }
    yield _Member(FACTS, json.dumps(facts, ensure_ascii=False, indent=1).encode() + b"\n")
    yield from (_Member(name, data) for name, data in beside.items())
    yield _Member(DATABASE_NAME, snapshot)
    yield from (_Member(path.relative_to(folder).as_posix(), path) for path in _files(folder))


def _write(part: Path, passphrase: str, members: Iterator[_Member], telling: tuple[Progress | None, int]) -> None:
    identity, recipient = new_pair()
    with (
        os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as raw,
        zipfile.ZipFile(raw, "w", zipfile.ZIP_STORED) as outer,
    ):
        outer.writestr(README, _README)
        outer.writestr(KEY, wrap(identity.encode(), passphrase))
        with (
            outer.open(CONTENT, "w", force_zip64=True) as sink,
            encrypting(sink, recipient) as plain,
            tarfile.open(fileobj=plain, mode="w|", format=tarfile.PAX_FORMAT) as tar,
        ):
            _fill(tar, members, telling)
        outer.close()
        raw.flush()
        os.fsync(raw.fileno())


def _fill(tar: tarfile.TarFile, members: Iterator[_Member], telling: tuple[Progress | None, int]) -> None:
    progress, total = telling
    done = 0
    for member in members:
        if isinstance(member.source, bytes) or member.name == DATABASE_NAME:
            _add(tar, member)
        else:
            with suppress(FileNotFoundError):  # erased meanwhile: the count of erasures tells, and all begins again
                _add(tar, member)
            done += 1
            if progress is not None:
                progress(done, total)


def _add(tar: tarfile.TarFile, member: _Member) -> None:
    if isinstance(member.source, bytes):
        with io.BytesIO(member.source) as file:
            _add_file(tar, member.name, file, len(member.source))
        return
    with member.source.open("rb") as file:
        _add_file(tar, member.name, file, os.fstat(file.fileno()).st_size)


def _add_file(tar: tarfile.TarFile, name: str, file: IO[bytes], size: int) -> None:
    info = tarfile.TarInfo(name)  # owner, group and time of this machine stay out of it
    info.size, info.mode = size, 0o600
    tar.addfile(info, file)
