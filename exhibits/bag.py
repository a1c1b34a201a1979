"""A BagIt 1.0 bag (RFC 8493): manifests and tag files over a payload that is already in place.

Nothing here reads a clock: the same payload and information give the same bytes.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from temoin.canonical import Digest

DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"
INFO = "bag-info.txt"
TAG_FILES = (INFO, "bagit.txt", MANIFEST)
BLOCK = 1 << 20  # bytes read at a time


def hash_file(path: Path) -> Digest:
    """The SHA-256 of a file, read in blocks.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return Digest(hashlib.file_digest(file, "sha256").hexdigest())


def find_files(root: Path) -> Iterator[str]:
    """The files under ``root``, as POSIX paths relative to it, sorted; a link or a device is a file too."""
    found = (path for path in root.rglob("*") if path.is_symlink() or not path.is_dir())
    yield from sorted(path.relative_to(root).as_posix() for path in found)


def find_empty_folders(root: Path) -> tuple[str, ...]:
    """The folders under ``root`` that hold nothing, as ``find_files`` writes paths: no export makes one."""
    found = (path for path in root.rglob("*") if path.is_dir() and not path.is_symlink() and not any(path.iterdir()))
    return tuple(sorted(path.relative_to(root).as_posix() for path in found))


def manifest_bytes(digests: Mapping[str, Digest]) -> bytes:
    """A manifest that ``sha256sum -c`` reads: digest, two spaces, path; sorted by path."""
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(digests.items())).encode()


def parse_manifest(data: bytes) -> dict[str, Digest]:
    """The digest of each path that a manifest names.

    Raises:
        ValueError: a line is not one of a manifest, or a path is named twice.
    """
    found: dict[str, Digest] = {}
    for number, line in enumerate(data.decode("utf-8").splitlines(), 1):
        digest, separator, path = line.partition("  ")
        if not separator or len(digest) != 64 or not path or path in found:  # noqa: PLR2004 - SHA-256
            raise ValueError(f"line {number}")
        found[path] = Digest(digest)
    return found


def info_bytes(info: Mapping[str, str]) -> bytes:
    """``bag-info.txt``: a label and its value a line, sorted."""
    return "".join(f"{name}: {value}\n" for name, value in sorted(info.items())).encode()


def write_bag(
    root: Path, info: Mapping[str, str], stamp: Callable[[bytes], Mapping[str, bytes]] = lambda _manifest: {}
) -> dict[str, Digest]:
    """Write the tag files of the bag whose payload is ``root/data``; the digests of all its files.

    ``stamp`` gives the timestamps of the manifest, by authority: tag files as the others.

    Raises:
        OSError: the disk refuses.
    """
    payload = {path: hash_file(root / path) for path in find_files(root) if path.startswith("data/")}
    size = sum((root / path).stat().st_size for path in payload)
    tags = {
        "bagit.txt": DECLARATION,
        INFO: info_bytes({**info, "Payload-Oxum": f"{size}.{len(payload)}"}),
        MANIFEST: manifest_bytes(payload),
    }
    tags |= {f"{MANIFEST}.{name}.tsr": answer for name, answer in sorted(stamp(tags[MANIFEST]).items())}
    tag_digests = {name: Digest(hashlib.sha256(data).hexdigest()) for name, data in tags.items()}
    tags[TAG_MANIFEST] = manifest_bytes(tag_digests)
    for name, data in tags.items():
        (root / name).write_bytes(data)
    last = Digest(hashlib.sha256(tags[TAG_MANIFEST]).hexdigest())
    return {**payload, **tag_digests, TAG_MANIFEST: last}
