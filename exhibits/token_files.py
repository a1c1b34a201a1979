"""Timestamps as files of a bundle: written out of the store, and read back (docs/format.md §10).

``3_PREUVES/<sequence>/entry.json.<authority>.tsr``: a whole answer over that entry's line. Where the entry is about
other procedures, which have no folder, the line and the answer are in ``3_PREUVES/horodatages/<sequence>/``.
``3_PREUVES/autorites/<authority>.pem``: the roots that the station pinned, for whoever checks by hand. A certificate
that comes with a bundle shows nothing by itself: its fingerprint is to be compared with the published one.
``manifest-sha256.txt.<authority>.tsr``: over the manifest, hence over every file.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from exhibits.stamps import Stamps, gather
from store.chain import Entry
from store.stamp_values import Covering
from store.store import Store
from temoin.canonical import Json
from temoin.settings import Authority

if TYPE_CHECKING:
    from exhibits.opened import OpenBundle

TOKENS = "horodatages"  # tokens over entries that have no folder of their own
ROOTS = "autorites"
ANSWER = re.compile(r"data/3_PREUVES/(?:horodatages/)?([1-9][0-9]*)/entry\.json\.([a-z0-9-]{1,30})\.tsr")
MANIFEST_ANSWER = re.compile(r"manifest-sha256\.txt\.([a-z0-9-]{1,30})\.tsr")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamper:
    """Who may be asked about this bundle, and what asks them all for a timestamp of some bytes.

    ``ask`` gives the answers that came, by authority; it never fails.
    """

    authorities: tuple[Authority, ...] = ()
    ask: Callable[[bytes], Mapping[str, bytes]] = lambda _message: {}


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFile:
    """An answer in a bundle: where it is, whose it is, and the entry that it is over; 0 for the manifest."""

    path: str
    authority: str
    sequence: int


def read_stamps(store: Store, authorities: Iterable[Authority], *, last: int) -> Stamps:
    """The timestamps of the register up to entry ``last``.

    Raises:
        StoreError: the store cannot be read.
    """
    found = store.coverings(1, last) if last else ()
    return gather((one for one in found if one.sequence <= last), {one.name: one.qualified for one in authorities})


def write_tokens(store: Store, root: Path, entries: Collection[Entry], stamps: Stamps) -> None:
    """Write the answers that cover ``entries``, which have their folders in ``root``.

    Raises:
        StoreError: the store cannot be read.
        OSError: the disk refuses.
    """
    shown = {entry.sequence for entry in entries}
    needed = stamps.needed(sorted(shown))
    answers: dict[tuple[str, int], bytes] = {}
    for row in sorted(store.tokens_over([one.sequence for one in needed]), key=lambda row: row.gen_time):
        answers.setdefault((row.authority, row.sequence), row.response)
    for stamp in needed:
        folder = root / str(stamp.sequence)
        if stamp.sequence not in shown:
            folder = root / TOKENS / str(stamp.sequence)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "entry.json").write_bytes(next(store.entries(stamp.sequence, stamp.sequence)).line)
        answer = answers[stamp.authority, stamp.sequence]
        (folder / f"entry.json.{stamp.authority}.tsr").write_bytes(answer)


def write_roots(root: Path, authorities: Iterable[Authority]) -> None:
    """Write the pinned roots of the authorities; one whose file cannot be read any more is left out.

    Raises:
        OSError: the disk refuses.
    """
    for one in authorities:
        try:
            pem = one.roots.read_bytes()
        except OSError:
            continue  # `check` says it; whoever verifies takes the root from the authority anyway
        (root / ROOTS).mkdir(exist_ok=True)
        (root / ROOTS / f"{one.name}.pem").write_bytes(pem)


def stamped_by(paths: Iterable[str]) -> tuple[str, ...]:
    """Who timestamped the manifest of the bundle that has these files."""
    return tuple(found[1] for path in sorted(paths) if (found := MANIFEST_ANSWER.fullmatch(path)))


def find_tokens(bundle: "OpenBundle") -> Iterator[TokenFile]:
    """The answers in a bundle, by path."""
    for path in sorted(bundle.digests):
        if found := ANSWER.fullmatch(path):
            yield TokenFile(path=path, authority=found[2], sequence=int(found[1]))
        elif found := MANIFEST_ANSWER.fullmatch(path):
            yield TokenFile(path=path, authority=found[1], sequence=0)


def bundle_stamps(bundle: "OpenBundle", told: Json) -> Stamps:
    """The timestamps of a bundle's entries, as its documents were drawn from; nothing of them is checked here."""
    from store.tokens import read_time  # noqa: PLC0415 - cryptography: only where there are tokens

    found = []
    for one in find_tokens(bundle):
        gen_time = read_time(bundle.read(one.path) or b"") if one.sequence else None
        if gen_time is not None:
            found.append(Covering(authority=one.authority, sequence=one.sequence, gen_time=gen_time))
    return gather(found, {str(one["name"]): bool(one["qualified"]) for one in told.get("authorities", ())})
