"""Where a store lives, remembered outside of it: a store that was moved, copied, brought back or continued elsewhere.

A chain shows no fork to whoever sees one branch of it. So two small files remember each other (docs/adr/0025):

* **outside**, in the system's folder for the state of programs of this user: a random token, the store's folder, and
  the sequence and digest of the last entry seen there;
* **inside**, ``place.json`` beside the database: a salted digest of that token. It names no machine and no person.

What this cannot see: a copy that goes on under another user or on another machine where the store was never opened, as
long as nobody brings the two together. Comparing two registers shows that (``temoin verify … --against``). Whoever owns
the machine can write both files: this notices accidents, it does not stop anybody.
"""

import json
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

from store.opening import DATABASE_NAME
from temoin.canonical import sha256
from temoin.messages import _

if TYPE_CHECKING:
    from store.store import Store

INSIDE_NAME = "place.json"
RESTORED_SEAL = "restored"  # what ``restore`` leaves: no token gives it


class Moved(StrEnum):
    """What was noticed; the record of kind ``station`` says it by this word."""

    MOVED = "moved"  # another folder, machine or user, and nothing is left in the folder known before
    COPIED = "copied"  # another folder, and the one known before still holds a store
    RESTORED = "restored"  # brought back by ``restore``, or the files beside the database are not those known here
    BEHIND = "behind"  # entries that were seen here before are gone
    FORKED = "forked"  # an entry seen here before stands otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outside:
    token: str
    folder: str
    sequence: int
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inside:
    salt: str
    seal: str


def state_folder() -> Path:
    """The system's folder for what programs of this user remember."""
    from platformdirs import user_state_path  # noqa: PLC0415 - a quick start for --help

    return Path(user_state_path("temoin", appauthor=False)) / "stations"


def find_moved(store: "Store", *, state: Path | None = None) -> Moved | None:
    """What happened to the store since it was last used here, if anything; None too where nothing was remembered.

    Reads only.

    Raises:
        StoreError: the store cannot be read.
    """
    outside = _read_outside(_outside_path(store, state))  # before the head, which may only grow meanwhile
    inside = _read_inside(store.folder / INSIDE_NAME)
    head = store.head()
    if head is None or (outside is None and inside is None):
        return None
    if outside is None:
        restored = inside is not None and inside.seal == RESTORED_SEAL
        return Moved.RESTORED if restored else Moved.MOVED
    if head.sequence < outside.sequence:
        return Moved.BEHIND
    known = next(store.entries(outside.sequence, outside.sequence), None) if outside.sequence > 0 else None
    if known is not None and known.digest != outside.line:
        return Moved.FORKED
    return _elsewhere(store.folder, outside, inside)


def _elsewhere(folder: Path, outside: _Outside, inside: _Inside | None) -> Moved | None:
    before = Path(outside.folder)
    if before != folder.resolve():
        with suppress(OSError):
            if (before / DATABASE_NAME).is_file() and not (before / DATABASE_NAME).samefile(folder / DATABASE_NAME):
                return Moved.COPIED
        return Moved.MOVED
    if inside is None or inside.seal != _seal(inside.salt, outside.token):
        return Moved.RESTORED
    return None


def remember(store: "Store", *, state: Path | None = None) -> None:
    """Remember the store as it is now, in both places; nothing where the machine does not let us."""
    path = _outside_path(store, state)
    known = _read_outside(path)
    head = store.head()
    now = _Outside(
        token=secrets.token_hex(32) if known is None else known.token,
        folder=str(store.folder.resolve()),
        sequence=0 if head is None else head.sequence,
        line="" if head is None else head.digest,
    )
    salt = secrets.token_hex(16)
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(path, now)
        inside = _read_inside(store.folder / INSIDE_NAME)
        if inside is None or inside.seal != _seal(inside.salt, now.token):
            _write(store.folder / INSIDE_NAME, _Inside(salt=salt, seal=_seal(salt, now.token)))


def mark_restored(folder: Path) -> None:
    """Leave word that the store in ``folder`` was brought back: the next command that records says so."""
    with suppress(OSError):
        _write(folder / INSIDE_NAME, _Inside(salt="", seal=RESTORED_SEAL))


def moved_words(moved: Moved) -> str:
    """What was noticed, and what to do, in the active language."""
    words = {
        Moved.MOVED: _(
            "This store was moved here, from another folder, computer or user. If the old one still records, stop it: "
            "two registers would follow one beginning."
        ),
        Moved.COPIED: _(
            "This store is a copy: the one that was used before is still in its folder. Record in one of them only, "
            "else two registers follow one beginning."
        ),
        Moved.RESTORED: _(
            "This store was brought back from a backup or a copy. If the old one still records, stop it: two registers "
            "would follow one beginning."
        ),
        Moved.BEHIND: _(
            "Entries that this computer has seen in this store are no longer there: it is an older copy, or it was "
            "cut. If the newer one exists, go on with that one."
        ),
        Moved.FORKED: _(
            "An entry that this computer has seen in this store now stands otherwise: the register was continued in "
            "two places, or rewritten. Keep both, and compare them: “temoin verify BUNDLE --against FOLDER”."
        ),
    }
    return words[moved]


def _outside_path(store: "Store", state: Path | None) -> Path:
    return (state or state_folder()) / f"{store.station}.json"


def _seal(salt: str, token: str) -> str:
    return sha256(f"{salt}:{token}".encode())


def _read_outside(path: Path) -> _Outside | None:
    data = _read(path)
    try:
        return _Outside(
            token=str(data["token"]),
            folder=str(data["folder"]),
            sequence=int(data["sequence"]),
            line=str(data["line"]),
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _read_inside(path: Path) -> _Inside | None:
    data = _read(path)
    try:
        return _Inside(salt=str(data["salt"]), seal=str(data["seal"]))
    except (KeyError, TypeError):
        return None


def _read(path: Path) -> Any:  # noqa: ANN401 - JSON of a file that anybody may have written
    """What the file holds; None where there is none, or it is no JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def _write(path: Path, value: _Outside | _Inside) -> None:
    """Whole or not at all, for its owner only; on a full disk nothing is left of it."""
    with NamedTemporaryFile("w", dir=path.parent, prefix=".place-", delete=False, encoding="utf-8") as file:
        written = Path(file.name)
        try:
            json.dump(asdict(value), file)
            file.flush()
        except OSError:
            written.unlink(missing_ok=True)
            raise
    written.replace(path)
