"""A bundle that was dropped as a ZIP, unpacked where only this user reads, with nothing of it trusted.

Refused before anything is written: more files or a larger list of them than any bundle has, members that are
encrypted, packed in an unusual way, too much larger than what they are packed in, or that overlap; names that are
absolute, climb out, name no ordinary file, or fall together on a disk that does not tell capitals apart. What comes
out of a member is counted as it is written, whatever the list of members announces.
"""

import io
import shutil
import stat
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from typing_extensions import override

from store.files import file_errors
from temoin.errors import StoreError, UsageError
from temoin.messages import _

MOST_FILES = 200_000
MOST_LIST = 24 * 1024 * 1024  # bytes of the list of members: some hundred for each
MOST_BYTES = 16 * 1024**3  # unpacked
MOST_RATIO = 200  # of one member: text of a register packs to a twentieth
SMALL = 1024 * 1024  # bytes: a member up to that size may pack as well as it likes
SPARE = 200 * 1024 * 1024  # bytes that must stay free on the disk
LONGEST_NAME, LONGEST_PATH, DEEPEST = 200, 400, 12
PREFIX = "temoin-bundle-"
BAG = "bagit.txt"  # what stands at the root of every bundle
_PIECE = 1024 * 1024
_MEMBER = b"PK\x01\x02"  # APPNOTE.TXT 4.3.12: each member of the list begins with it
_LOCKED = 0x1 | 0x40 | 0x2000  # encrypted, strongly, or with a hidden list (4.4.4)
_PACKED = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_NEVER = frozenset('<>:"|?*\\')  # in no name that every system can write
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{one}{n}" for one in ("com", "lpt") for n in range(1, 10))})

Progress = Callable[[int, int], object]


class BundleRefusedError(UsageError):
    """The file is no ZIP of a bundle, or one that was made to do harm; nothing of it was kept."""

    def __init__(self, why: str) -> None:
        """Say why."""
        super().__init__(
            _("This file cannot be opened as a bundle: {why}.").format(why=why),
            remedy=_("Give the ZIP file as it was downloaded or received."),
        )


class _Bounded(io.BufferedReader):
    """A file of which the list of members is not read whole into memory when it is larger than any bundle's."""

    @override
    def read(self, size: int | None = -1, /) -> bytes:
        wanted = MOST_LIST + 1 if size is None or size < 0 else min(size, MOST_LIST + 1)
        data = super().read(wanted)
        if len(data) > MOST_LIST or data.count(_MEMBER) > MOST_FILES:
            raise BundleRefusedError(_("it holds too many files"))
        return data


@contextmanager
def unpacked(source: Path, progress: Progress) -> Iterator[Path]:
    """The bundle that the ZIP ``source`` holds, in a folder beside it that is removed at the end.

    Raises:
        BundleRefusedError: it is no ZIP, or one to be wary of.
        StoreError: the disk has no room.
    """
    with tempfile.TemporaryDirectory(prefix="unpacked-", dir=source.parent, ignore_cleanup_errors=True) as folder:
        unpack(source, Path(folder), progress)
        yield root_of(Path(folder))


def unpack(source: Path, folder: Path, progress: Progress) -> None:
    """Write what the ZIP holds into ``folder``, which is empty. Raises as ``unpacked`` does."""
    try:
        with _Bounded(io.FileIO(source)) as file, zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            check_members(members, source.stat().st_size)
            _check_room(folder, sum(member.file_size for member in members))
            with file_errors(folder):
                for done, member in enumerate(members, 1):
                    _write(archive, member, folder)
                    progress(done, len(members))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError) as error:
        raise BundleRefusedError(_("it is no ZIP file, or it is damaged")) from error


def root_of(folder: Path) -> Path:
    """Where the bundle begins: often in the only folder that the ZIP holds."""
    if (folder / BAG).is_file():
        return folder
    inside = [path for path in folder.iterdir() if (path / BAG).is_file()]
    return inside[0] if len(inside) == 1 else folder


def check_members(members: Sequence[zipfile.ZipInfo], size: int) -> None:
    """Hold the members of a ZIP of ``size`` bytes to what a bundle can be.

    Raises:
        BundleRefusedError: one of them, or all of them, cannot be.
    """
    if not members or len(members) > MOST_FILES:
        raise BundleRefusedError(_("it holds too many files") if members else _("it is empty"))
    if sum(member.file_size for member in members) > MOST_BYTES:
        raise BundleRefusedError(_("it would be too large once unpacked"))
    if sum(member.compress_size for member in members) > size:
        raise BundleRefusedError(_("its files lie over one another"))
    for member in members:
        why = _member_flaw(member) or _name_flaw(member.orig_filename)
        if why:
            raise BundleRefusedError(why)
    _check_collisions(members)


def _member_flaw(member: zipfile.ZipInfo) -> str:
    mode = member.external_attr >> 16
    if member.flag_bits & _LOCKED:
        return _("it is locked by a password")
    if member.compress_type not in _PACKED:
        return _("its files are packed in an unusual way")
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFDIR}:
        return _("it holds links, or other things that are no files")
    if member.file_size > max(SMALL, member.compress_size * MOST_RATIO):
        return _("a small part of it would become very large")
    return ""


def _name_flaw(name: str) -> str:
    parts = name.removesuffix("/").split("/")
    if len(name) > LONGEST_PATH or len(parts) > DEEPEST or not all(map(_is_ordinary, parts)):
        return _("a file in it has a name that is not allowed")
    return ""


def _is_ordinary(part: str) -> bool:
    """Whether every system writes a file of that name, inside the folder, under that very name."""
    return (
        0 < len(part) <= LONGEST_NAME
        and part.isprintable()
        and not _NEVER & set(part)
        and not part.endswith((".", " "))  # "." and ".." too
        and part.split(".", 1)[0].strip().lower() not in _DEVICES
    )


def _check_collisions(members: Sequence[zipfile.ZipInfo]) -> None:
    """No two names are one on a disk that knows no capitals, and none is both a file and a folder."""
    spelled: dict[str, str] = {}
    files: set[str] = set()
    folders: set[str] = set()
    for member in members:
        path = member.filename.removesuffix("/")
        parts = path.split("/")
        above = ["/".join(parts[:count]) for count in range(1, len(parts))]
        folded = _folded(path)
        if member.is_dir():
            above.append(path)
        elif folded in files:
            raise BundleRefusedError(_("two files in it have the same name"))
        else:
            files.add(folded)
        folders.update(map(_folded, above))
        if any(spelled.setdefault(_folded(one), one) != one for one in (*above, path)):
            raise BundleRefusedError(_("two files in it have the same name"))
    if files & folders:
        raise BundleRefusedError(_("two files in it have the same name"))


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()


def _check_room(folder: Path, needed: int) -> None:
    if shutil.disk_usage(folder).free < needed + SPARE:
        raise StoreError(_("The disk has no room to unpack this bundle."), remedy=_("Free some space, then try again."))


def _write(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> None:
    target = folder / member.filename
    if member.is_dir():
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        return
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    left = member.file_size
    with archive.open(member) as packed, target.open("xb") as out:
        while piece := packed.read(_PIECE):
            left -= len(piece)
            if left < 0:
                raise BundleRefusedError(_("it is no ZIP file, or it is damaged"))
            out.write(piece)
