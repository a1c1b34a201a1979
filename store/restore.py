"""Bring a backup back, into a folder that is not there yet, and never over anything (docs/format.md §11)."""

import lzma
import os
import re
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import IO, Any

from store import vault
from store.backup import CONFIGURATION, CONTENT, FACTS, FORMAT, KEY, VAULT_KEY, Backup
from store.database import Database
from store.files import file_errors, full_disk_error
from store.opening import DATABASE_NAME
from store.passphrase import unwrap
from store.sealed_stream import decrypting
from temoin.canonical import read_json
from temoin.durable import sync_folder
from temoin.errors import IntegrityError, StoreError, UsageError
from temoin.messages import _

_NAME = re.compile(
    rf"{re.escape(FACTS)}|{re.escape(VAULT_KEY)}|{CONFIGURATION}(/[^/\\:\x00-\x1f]+)+|{re.escape(DATABASE_NAME)}"
    r"|(objects|sealed)/[0-9a-f]{2}/[0-9a-f]{62}",
    re.ASCII,
)
_ABOVE = re.compile(r"(^|/)\.\.?(/|$)")
_CHUNK = 1024 * 1024
_ENCRYPTED = 0x1  # of a member's flags (APPNOTE 4.4.4): we encrypt otherwise
_SMALL = 1_000_000  # bytes of a key under a passphrase, at most; of the facts too


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """A backup that stands in ``folder``, not yet at its place; ``key`` opens what was added, where it came along."""

    folder: Path
    facts: Backup
    key: str | None

    @property
    def configuration(self) -> Path:
        """The folder with ``config.toml`` and what it names."""
        return self.folder / CONFIGURATION


@contextmanager
def unpacked(source: Path, beside: Path, passphrase: str) -> Iterator[Unpacked]:
    """What ``source`` holds, in a folder next to ``beside``; it is gone afterwards unless ``settle`` moved it.

    Raises:
        UsageError: ``source`` is no backup, or of a newer Témoin.
        StoreError: wrong passphrase; no room; the folder cannot be written to.
        IntegrityError: the backup is damaged or was changed.
    """
    with file_errors(beside.parent):
        beside.parent.mkdir(parents=True, exist_ok=True)
        work = Path(mkdtemp(prefix=f".{beside.name}.restore-", dir=beside.parent))
    try:
        with _opened(source) as outer:
            identity = _unwrap(outer, source, passphrase)
            if shutil.disk_usage(work).free < outer.getinfo(CONTENT).file_size:
                raise full_disk_error(work.parent)
            with file_errors(work), outer.open(CONTENT) as content:
                _extract(content, identity, work)
        yield _read_facts(work)
    finally:
        shutil.rmtree(work, ignore_errors=True)


@contextmanager
def _opened(source: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with file_errors(source), zipfile.ZipFile(source) as outer:
            known = [info for info in outer.infolist() if info.filename in {KEY, CONTENT}]
            if len(known) != len({KEY, CONTENT}) or any(info.flag_bits & _ENCRYPTED for info in known):
                raise _no_backup(source)
            yield outer
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError) as error:
        raise _no_backup(source) from error


def _no_backup(source: Path) -> UsageError:
    return UsageError(
        _("{path} is not a backup made by Témoin, or it was cut short.").format(path=source),
        remedy=_("Give the file that “temoin backup” wrote. Nothing was changed."),
    )


def _unwrap(outer: zipfile.ZipFile, source: Path, words: str) -> str:
    if outer.getinfo(KEY).file_size > _SMALL:
        raise _no_backup(source)
    try:
        return unwrap(outer.read(KEY), words).decode().strip()
    except ValueError as error:
        raise StoreError(
            _("This is not the passphrase of the backup {path}.").format(path=source),
            remedy=_("Type it as it was chosen, capitals and accents included. Nothing was changed."),
        ) from error


def _extract(content: IO[bytes], identity: str, work: Path) -> None:
    try:
        with decrypting(content, identity) as plain, tarfile.open(fileobj=plain, mode="r|") as tar:
            for member in tar:
                _extract_one(tar, member, work)
    except tarfile.TarError as error:
        raise IntegrityError(
            _("The backup does not hold what a backup holds: {why}.").format(why=error),
            remedy=_("Take another backup. Nothing was changed."),
        ) from error


def _extract_one(tar: tarfile.TarFile, member: tarfile.TarInfo, work: Path) -> None:
    """Only plain files of known names: whoever made the file may have had other ideas."""
    file = tar.extractfile(member) if member.isreg() else None
    if file is None or not _NAME.fullmatch(member.name) or _ABOVE.search(member.name):
        raise tarfile.TarError(member.name)
    path = work / member.name
    for above in reversed(path.relative_to(work).parents):  # the mode given with parents=True is not theirs
        (work / above).mkdir(mode=0o700, exist_ok=True)
    kept = member.name.startswith(("objects/", "sealed/"))
    with file, os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        shutil.copyfileobj(file, out, _CHUNK)
        out.flush()
        os.fsync(out.fileno())
    if kept:
        path.chmod(0o400)


def _read_facts(work: Path) -> Unpacked:
    try:
        raw = (work / FACTS).read_bytes()
        facts: dict[str, Any] = read_json(raw)
        if facts["format"] != FORMAT:
            raise UsageError(
                _("This backup was made by a newer Témoin."),
                remedy=_("Install the newest Témoin. Nothing was changed."),
            )
        known = Backup(station=facts["station"], sequence=facts["sequence"], files=facts["files"], at=facts["at"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IntegrityError(
            _("The backup does not hold what a backup holds: {why}.").format(why=FACTS),
            remedy=_("Take another backup. Nothing was changed."),
        ) from error
    key = work / VAULT_KEY
    return Unpacked(folder=work, facts=known, key=key.read_text(encoding="ascii").strip() if key.is_file() else None)


def check_free(folder: Path) -> None:
    """Nothing is at the place where the store is to be.

    Raises:
        StoreError: something is.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StoreError(
            _("There is something in {folder} already, and a backup is never brought back over it.").format(
                folder=folder
            ),
            remedy=_("Move that folder away, or set another data_dir. Nothing was changed."),
        )


def settle(found: Unpacked, folder: Path, *, passphrase: str) -> str | None:
    """Move the store to its place, and its key to this system's keyring or under the passphrase: where it is now.

    Raises:
        StoreError: something is there; the machine cannot write.
    """
    check_free(folder)
    kept = None
    if found.key is not None:
        with closing(Database(found.folder / DATABASE_NAME, read_only=False)) as database:
            kept = vault.adopt_key(database, found.facts.station, found.key, passphrase)
            database.fold_log()
    for name in (FACTS, VAULT_KEY):
        (found.folder / name).unlink(missing_ok=True)
    shutil.rmtree(found.configuration, ignore_errors=True)
    with file_errors(folder):
        with suppress(FileNotFoundError):
            folder.rmdir()
        found.folder.replace(folder)
        sync_folder(folder.parent)
    return kept
