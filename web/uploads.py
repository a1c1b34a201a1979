"""Files that were uploaded: in a private folder as long as one request lasts, under names that lead nowhere else."""

import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from starlette.datastructures import UploadFile

from exhibits.attachments import clean_name

_UNSAFE = str.maketrans(dict.fromkeys('<>:"|?*', "-"))  # Windows takes none of them
_MOST_BYTES = 180  # of a name: file systems take 255


@contextmanager
def saved(files: Sequence[UploadFile]) -> Iterator[tuple[Path, ...]]:
    """The files, each alone in a folder of its own, so that two may have one name; all gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="temoin-upload-") as folder:  # 0700
        yield tuple(_save(file, Path(folder) / str(number)) for number, file in enumerate(files, 1))


def _save(file: UploadFile, folder: Path) -> Path:
    folder.mkdir()
    path = folder / _writable(safe_name(file.filename or ""))
    with path.open("xb") as out:
        shutil.copyfileobj(file.file, out)
    return path


def safe_name(name: str) -> str:
    """``name`` as a file of one folder may be called, its ending kept."""
    shown = clean_name(name).translate(_UNSAFE)
    stem, dot, ending = shown.rpartition(".")
    while len(f"{stem}{dot}{ending}".encode()) > _MOST_BYTES:
        stem, ending = (stem[:-1], ending) if stem else ("", ending[:-1])
    return f"{stem}{dot}{ending}"


def _writable(name: str) -> str:
    """``name`` as this system can write it: a locale without UTF-8 has no é."""
    encoding = sys.getfilesystemencoding()
    return name.encode(encoding, "replace").decode(encoding).replace("?", "_")


def disposition(name: str) -> str:
    """The header that makes a browser keep a file, never show it."""
    plain = safe_name(name).encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
