"""A bundle to spoil: files changed, manifests made anew over them, and what the verification then finds."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from exhibits import bag
from exhibits.bundle_steps import check_bag, check_files
from exhibits.opened import OpenBundle, open_bundle
from exhibits.verify_bundle import verify_bundle
from store.pinned import read_roots
from temoin.canonical import Digest
from temoin.report import Status
from tests.whole_case import Whole

PROOFS = "data/3_PREUVES"
MANIFEST_STAMP = "manifest-sha256.txt.essai.tsr"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Files that one step holds once manifests were made anew, and whether that step is a deep one."""

    pattern: str
    step: str
    deep: bool = False

    def __contains__(self, name: str) -> bool:
        return re.fullmatch(self.pattern, name) is not None


@dataclass(slots=True, kw_only=True)
class Bench:
    """A copy to spoil, the untouched bundle, and the digests of its files, taken once."""

    root: Path
    source: Path
    pem: Path
    digests: dict[str, Digest]

    @classmethod
    def of(cls, whole: Whole, folder: Path) -> Self:
        """A copy in ``folder``."""
        root = Path(shutil.copytree(whole.bundle, folder / "bundle"))
        return cls(root=root, source=whole.bundle, pem=whole.root, digests=dict(open_bundle(root).digests))

    def names(self, *kinds: Kind) -> list[str]:
        """The payload's files of these kinds."""
        return [name for name in sorted(self.digests) if any(name in kind for kind in kinds)]

    def put_back(self) -> None:
        """Every file as it was; none that was not there."""
        for name in bag.find_files(self.root):
            if name not in self.digests:
                (self.root / name).unlink()
        for name, digest in self.digests.items():
            path = self.root / name
            if not path.is_file() or bag.hash_file(path) != digest:
                path.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(self.source / name, path)

    def reseal(self) -> None:
        """Manifests and size made to agree with what is there; the stamp over the manifest stays, and is wrong."""
        info = dict(line.split(": ", 1) for line in (self.source / "bag-info.txt").read_text().splitlines())
        del info["Payload-Oxum"]
        kept = self.root / MANIFEST_STAMP
        bag.write_bag(self.root, info, lambda _manifest: {"essai": kept.read_bytes()} if kept.is_file() else {})

    def found(self, *, deep: bool = False) -> list[str]:
        """« step: words » for what has not passed."""
        report = verify_bundle(self.root, deep=deep, roots=read_roots(self.pem))
        return [f"{check.name}: {check.detail}" for check in report.checks if check.status is not Status.PASSED]

    def quickly_found(self, touched: Iterator[str] | list[str]) -> list[str]:
        """What steps 1 and 2 find, only the files that were touched hashed again."""
        digests = dict(self.digests)
        for name in touched:
            digests.pop(name, None)
            if (self.root / name).is_file():
                digests[name] = bag.hash_file(self.root / name)
        bundle = OpenBundle(root=self.root, digests=digests)
        first = [f"1 bag: {words}" for words in check_bag(bundle)]
        return first + [f"2 files: {words}" for words in check_files(bundle)]


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def delete(path: Path) -> None:
    path.unlink()


def lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\n")
