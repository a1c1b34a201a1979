"""A bundle as it lies on disk: what it holds, hashed once, for every step of the verification to look at."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from exhibits import bag, proofs
from exhibits.facts import AttemptFacts, read_attempt
from exhibits.story import FiledItem, NoticeFacts, read_notice
from store.chain import Entry, parse_line
from temoin.canonical import Digest, Json, read_json
from temoin.errors import IntegrityError
from temoin.items import read_item
from temoin.records import Kind

Progress = Callable[[int, int], None]  # (files hashed, of how many)
_HASHED_AT_ONCE = 2


@dataclass(slots=True, kw_only=True)
class OpenBundle:
    """The files of a bundle with their digests, and what could be read of its register and records.

    Nothing that a bundle says is a path that is opened: names come from listing the folder, so that a hostile
    manifest or record cannot make the verifier read elsewhere.
    """

    root: Path
    digests: dict[str, Digest] = field(default_factory=dict)
    odd: list[str] = field(default_factory=list)  # links, devices: not plain files
    lines: list[bytes] = field(default_factory=list)
    entries: dict[int, Entry] = field(default_factory=dict)
    records: dict[int, bytes] = field(default_factory=dict)
    _attempts: dict[int, AttemptFacts] | None = field(default=None, init=False, repr=False)

    def read(self, path: str) -> bytes | None:
        """The bytes of a file that the bundle holds; None when it does not."""
        return (self.root / path).read_bytes() if path in self.digests else None

    def proof(self, path: str) -> str:
        """The path in the bundle of a path in ``3_PREUVES``."""
        return f"{proofs.FOLDER}/{path}"

    def record(self, sequence: int) -> Json | None:
        """The record of an entry, when it is there and is JSON."""
        try:
            found = read_json(self.records.get(sequence, b"null"))
        except ValueError:
            return None
        return found if isinstance(found, dict) else None

    def attempts(self) -> dict[int, AttemptFacts]:
        """The attempts whose records can be read, by sequence; those that cannot are told by other steps."""
        if self._attempts is None:  # several steps ask
            self._attempts = self._read_attempts()
        return self._attempts

    def _read_attempts(self) -> dict[int, AttemptFacts]:
        found = {}
        for sequence, record in sorted(self.records.items()):
            entry = self.entries.get(sequence)
            if entry is None or entry.kind is not Kind.ATTEMPT:
                continue
            try:
                found[sequence] = read_attempt(sequence, record)
            except IntegrityError:
                continue
        return found

    def erased(self) -> dict[int, int]:
        """What was erased, by sequence, with the entry that says so; a record that cannot be read says nothing."""
        found: dict[int, int] = {}
        for sequence, entry in self.entries.items():
            named = (self.record(sequence) or {}).get("erased") if entry.kind is Kind.ERASURE else None
            if isinstance(named, list):
                found.update((one, sequence) for one in named if isinstance(one, int))
        return found

    def notices(self) -> tuple[NoticeFacts, ...]:
        """The photographs of the préfecture's page whose records can be read, in the register's order."""
        found = []
        for sequence, record in sorted(self.records.items()):
            entry = self.entries.get(sequence)
            if entry is None or entry.kind is not Kind.NOTICE:
                continue
            try:
                found.append(read_notice(sequence, record))
            except IntegrityError:
                continue
        return tuple(found)

    def items(self) -> tuple[FiledItem, ...]:
        """What the person added and did not erase, as far as it can be read."""
        found = []
        for sequence, entry in sorted(self.entries.items()):
            path = self.proof(f"{sequence}/{proofs.ADDED}/{proofs.CONTENT}")
            data = self.read(path) if entry.kind is Kind.JOURNAL else None
            if data is None:
                continue
            try:
                content = read_item(data)
            except IntegrityError:
                continue
            found.append(FiledItem(sequence=sequence, recorded_at=entry.at, digest=self.digests[path], content=content))
        return tuple(found)


def open_bundle(root: Path, progress: Progress | None = None) -> OpenBundle:
    """List and hash every file of the bundle, and read its register and records.

    Raises:
        OSError: a file cannot be read.
    """
    bundle = OpenBundle(root=root)
    names = list(bag.find_files(root))
    bundle.odd += bag.find_empty_folders(root)
    is_plain = {name: not (root / name).is_symlink() and (root / name).is_file() for name in names}
    plain = [name for name in names if is_plain[name]]
    bundle.odd += [name for name in names if not is_plain[name]]
    # Two threads: while one waits for the disk or for the other's turn, hashing goes on outside Python's lock.
    with ThreadPoolExecutor(_HASHED_AT_ONCE) as pool:
        for place, digest in enumerate(pool.map(lambda name: bag.hash_file(root / name), plain)):
            bundle.digests[plain[place]] = digest
            if progress is not None:
                progress(place + 1, len(plain))
    _read_register(bundle)
    return bundle


def _read_register(bundle: OpenBundle) -> None:
    data = bundle.read(bundle.proof(proofs.REGISTER)) or b""
    bundle.lines = data.removesuffix(b"\n").split(b"\n") if data else []
    for line in bundle.lines:
        try:
            entry = parse_line(line)
        except ValueError:
            continue  # told by step 3
        bundle.entries[entry.sequence] = entry
    for path in bundle.digests:
        sequence = sequence_of(path)
        if sequence is not None and path.endswith(f"/{proofs.RECORD}"):
            bundle.records[sequence] = (bundle.root / path).read_bytes()


def sequence_of(path: str) -> int | None:
    """The entry whose folder in ``3_PREUVES`` holds ``path``; None for any other file."""
    start = f"{proofs.FOLDER}/"
    name, separator, _rest = path.removeprefix(start).partition("/")
    is_number = name.isascii() and name.isdigit() and not name.startswith("0")
    return int(name) if path.startswith(start) and separator and is_number else None
