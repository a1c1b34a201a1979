"""What a finished bundle gives to take away: a ZIP made while it is sent, its titles to copy, single files."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from typing_extensions import override

TO_FILE, LETTERS, TITLES = "data/1_A_DEPOSER", "data/2_MODELES", "TITRES.txt"
BLOCK = 256 * 1024  # bytes
_DATE = (1980, 1, 1, 0, 0, 0)  # the same files give the same bytes, whenever they are fetched


class _Sink(io.RawIOBase):
    """Takes what is written until somebody asks for it; it cannot be gone back in."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    @override
    def writable(self) -> bool:
        return True

    @override
    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override] # of any buffer upstream
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        """What came since it was asked for last."""
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


def stream_zip(folder: Path) -> Iterator[bytes]:
    """The folder as a ZIP, stored, in pieces; ZIP64 where a file or the whole needs it.

    Raises:
        OSError: a file went away meanwhile.
    """
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            info = zipfile.ZipInfo(f"{folder.name}/{path.relative_to(folder).as_posix()}", _DATE)
            info.file_size = path.stat().st_size  # it decides on ZIP64 before the first byte
            info.external_attr = 0o644 << 16
            with path.open("rb") as source, archive.open(info, "w") as target:
                while block := source.read(BLOCK):
                    target.write(block)
                    yield sink.take()
    yield sink.take()


def read_titles(bundle: Path) -> tuple[tuple[str, str], ...]:
    """(file, title) of each file to upload, in the order of filing; nothing where the bundle has no ``TITRES.txt``."""
    path = bundle / TO_FILE / TITLES
    if not path.is_file():
        return ()
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    body = lines[lines.index("") + 1 :] if "" in lines else []
    return tuple((body[place], body[place + 1]) for place in range(0, len(body) - 1, 3))


def is_simulated(bundle: Path) -> bool:
    """Whether something in it was made on a replica, as its own ``bag-info.txt`` says."""
    path = bundle / "bag-info.txt"
    return path.is_file() and "Temoin-Simulated: yes" in path.read_text(encoding="utf-8").splitlines()


def files_in(folder: Path) -> tuple[str, ...]:
    """The names of the files of one folder, sorted; none where there is no such folder."""
    return tuple(sorted(path.name for path in folder.glob("*") if path.is_file()))


def file_of(folder: Path, names: Sequence[str], number: int) -> Path | None:
    """The ``number``-th of ``names`` (from 1) in ``folder``, where it is still there."""
    if not 1 <= number <= len(names) or Path(names[number - 1]).name != names[number - 1]:
        return None
    path = folder / names[number - 1]
    return path if path.is_file() else None
