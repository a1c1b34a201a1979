"""Backup and restore: everything, while others record, under a passphrase, and never over anything."""

import io
import os
import signal
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import keyring
import pytest
from keyring.backends import fail

from store.backup import Backup, write_backup
from store.passphrase import wrap
from store.restore import settle, unpacked
from store.sealed_stream import encrypting
from store.store import Store
from store.vault import PASSPHRASE as UNDER_PASSPHRASE
from store.vault import Keys, new_pair
from store.verify import verify_store
from temoin.canonical import sha256
from temoin.errors import IntegrityError, StoreError, TemoinError, UsageError
from temoin.records import Kind
from tests.added import MemoryKeyring, new_item
from tests.authority import Pki

AT = datetime(2026, 11, 23, 7, 12, 30, tzinfo=UTC)
WORDS = "sept parapluies sous la pluie"
SECRET = "une phrase de passe d'essai"  # noqa: S105 - of a made-up store
CONFIG = b'[station]\ndata_dir = "evidence"\n'
LETTER = b"%PDF of somebody"
RECORD = {"format": 1, "procedure": "lyon"}


# Other processes, and age itself, take the passphrase at its cost.
AT_COST = {
    "test_what_is_in_it_opens_without_temoin",
    "test_a_killed_backup_is_no_backup_and_is_swept_up_by_the_next",
    "test_the_whole_way_by_the_commands",
}


@pytest.fixture(autouse=True)
def _cheap(request: pytest.FixtureRequest) -> None:
    if request.function.__name__ not in AT_COST:
        request.getfixturevalue("cheap_passphrase")


def _open(folder: Path, *, read_only: bool = False) -> Store:
    return Store.open(folder, now=lambda: AT, read_only=read_only)


def _fill(kept: Store, keys: Keys) -> None:
    for number in range(20):
        kept.put(f"picture {number}".encode() * 1000)
        kept.append(kind=Kind.HANDOVER, record=RECORD, at=AT)
    kept.ensure_case("C1", "first", AT)
    kept.ensure_vault(keys)
    kept.add_item(new_item("C1", "Bonjour", LETTER), AT)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store whose vault is under a passphrase."""
    with _open(tmp_path / "evidence") as kept:
        _fill(kept, Keys(passphrase=lambda: SECRET, keyring=False))
    return tmp_path / "evidence"


def _back_up(folder: Path, target: Path, **more: object) -> Backup:
    asked = {"passphrase": WORDS, "at": AT, "beside": {"configuration/config.toml": CONFIG}, **more}
    return write_backup(folder, target, **asked)  # type: ignore[arg-type]


def _bring_back(source: Path, folder: Path, words: str = WORDS) -> str | None:
    with unpacked(source, folder, words) as found:
        return settle(found, folder, passphrase=words)


def _files(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes())
        for name in ("objects", "sealed")
        for path in (folder / name).rglob("*")
        if path.is_file()
    }


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_everything_comes_back(folder: Path, tmp_path: Path) -> None:
    made = _back_up(folder, tmp_path / "b.zip")
    assert (made.sequence, made.files) == (21, len(_files(folder)))
    assert _bring_back(tmp_path / "b.zip", tmp_path / "back") is None
    assert _files(tmp_path / "back") == _files(folder)
    assert verify_store(tmp_path / "back", deep=True).status == "passed"
    with _open(folder) as old, _open(tmp_path / "back") as new:
        assert new.head() == old.head()
        assert new.open_item(21, Keys(passphrase=lambda: SECRET, keyring=False))[1] == (LETTER,)
    assert _names(tmp_path) == ["b.zip", "back", "evidence"]
    assert (tmp_path / "b.zip").stat().st_mode & 0o777 == 0o600
    for path in (tmp_path / "back").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_what_is_in_it_opens_without_temoin(folder: Path, tmp_path: Path) -> None:
    """``LISEZ-MOI.txt`` says how; here age's library stands for the command of that name."""
    import pyrage  # noqa: PLC0415 - as the person would, not as the program

    _back_up(folder, tmp_path / "b.zip")
    with zipfile.ZipFile(tmp_path / "b.zip") as outer:
        assert outer.namelist() == ["LISEZ-MOI.txt", "cle.age", "temoin.tar.age"]
        identity = pyrage.passphrase.decrypt(outer.read("cle.age"), WORDS).decode()
        plain = pyrage.decrypt(outer.read("temoin.tar.age"), [pyrage.x25519.Identity.from_str(identity)])
    with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
        names = tar.getnames()
        config = tar.extractfile("configuration/config.toml")
        assert config is not None
        assert config.read() == CONFIG
        assert {(member.uid, member.gid, member.uname, member.mtime) for member in tar} == {(0, 0, "", 0)}
    assert {"temoin.json", "registre.sqlite", *_files(folder)} <= set(names)


def test_nothing_of_it_can_be_read_without_the_passphrase(folder: Path, tmp_path: Path) -> None:
    _back_up(folder, tmp_path / "b.zip")
    data = (tmp_path / "b.zip").read_bytes()
    for trace in (b"picture 3", b"SQLite format 3", b"AGE-SECRET-KEY", b"data_dir", LETTER, b"objects/"):
        assert trace not in data


@pytest.fixture
def in_keyring(tmp_path: Path, memory_keyring: MemoryKeyring) -> Path:
    """A backup of a store whose secret is in the keyring; the secret goes along."""
    with _open(tmp_path / "evidence") as kept:
        _fill(kept, Keys())
        key = kept.read_vault_key(Keys())
        assert key in memory_keyring.kept.values()
    _back_up(tmp_path / "evidence", tmp_path / "b.zip", beside={"cle_du_coffre.txt": str(key).encode()})
    return tmp_path / "b.zip"


def test_the_key_goes_to_the_keyring_of_the_other_computer(
    in_keyring: Path, tmp_path: Path, memory_keyring: MemoryKeyring
) -> None:
    memory_keyring.kept.clear()
    assert _bring_back(in_keyring, tmp_path / "back") == "keyring"
    with _open(tmp_path / "back") as new:
        assert new.open_item(21, Keys())[1] == (LETTER,)
    assert not (tmp_path / "back" / "cle_du_coffre.txt").exists()


@pytest.mark.parametrize("other", ["none", "another secret"])
def test_without_such_a_keyring_the_passphrase_of_the_backup_opens_it(
    in_keyring: Path, tmp_path: Path, memory_keyring: MemoryKeyring, other: str
) -> None:
    if other == "none":
        keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call] # upstream has no types there
    else:
        place = next(iter(memory_keyring.kept))
        memory_keyring.kept[place] = other
    assert _bring_back(in_keyring, tmp_path / "back") == UNDER_PASSPHRASE
    with _open(tmp_path / "back") as new:
        assert new.open_item(21, Keys(passphrase=lambda: WORDS))[1] == (LETTER,)
    assert other == "none" or other in memory_keyring.kept.values()
    assert verify_store(tmp_path / "back").status == "passed"


def test_a_backup_is_of_one_moment_while_others_record(folder: Path, tmp_path: Path) -> None:
    stop, begun = threading.Event(), threading.Event()

    def record() -> None:
        with _open(folder) as other:
            number = 0
            while not stop.is_set():
                other.put(f"later {number}".encode())
                other.append(kind=Kind.HANDOVER, record=RECORD, at=AT)
                number += 1
                begun.set()

    writer = threading.Thread(target=record)
    writer.start()
    try:
        assert begun.wait(60)
        made = [_back_up(folder, tmp_path / f"{number}.zip") for number in range(3)]
    finally:
        stop.set()
        writer.join()
    assert made[-1].sequence > made[0].sequence > 21
    for number, one in enumerate(made):
        back = tmp_path / f"back{number}"
        _bring_back(tmp_path / f"{number}.zip", back)
        report = verify_store(back)
        assert [check for check in report.checks if check.status == "failed"] == []
        with _open(back, read_only=True) as kept:
            head = kept.head()
            assert head is not None
            assert head.sequence == one.sequence
    assert verify_store(folder).status == "passed"


def test_an_erasure_meanwhile_begins_it_again(folder: Path, tmp_path: Path) -> None:
    told: list[int] = []

    def progress(done: int, _total: int) -> None:
        told.append(done)
        if len(told) == 1:
            with _open(folder) as other:
                other.erase_case("C1", AT)

    _back_up(folder, tmp_path / "b.zip", progress=progress)
    assert told.count(1) == 2  # twice from the start
    _bring_back(tmp_path / "b.zip", tmp_path / "back")
    assert verify_store(tmp_path / "back").status == "passed"
    assert verify_store(folder).status == "passed"
    with _open(tmp_path / "back") as new, pytest.raises(TemoinError, match="erased by entry"):
        new.open_item(21, Keys(passphrase=lambda: SECRET, keyring=False))


def test_two_backups_at_once_are_both_whole(folder: Path, tmp_path: Path) -> None:
    made: list[Backup] = []
    second = threading.Thread(target=lambda: made.append(_back_up(folder, tmp_path / "second.zip")))

    def progress(done: int, _total: int) -> None:
        if done == 1:
            second.start()

    made.append(_back_up(folder, tmp_path / "first.zip", progress=progress))
    second.join()
    assert len(made) == 2
    for name in ("first", "second"):
        _bring_back(tmp_path / f"{name}.zip", tmp_path / name)
        assert verify_store(tmp_path / name).status == "passed"


@pytest.mark.parametrize("name", ["roots/Autorité racine (2026).pem", "roots/a+b.pem"])
def test_the_files_of_the_configuration_may_have_any_name(folder: Path, tmp_path: Path, name: str) -> None:
    _back_up(folder, tmp_path / "b.zip", beside={f"configuration/{name}": b"root"})
    with unpacked(tmp_path / "b.zip", tmp_path / "back", WORDS) as found:
        assert (found.configuration / name).read_bytes() == b"root"


# What is refused, and leaves nothing


def test_a_second_backup_to_the_same_file_does_not_replace_the_first(folder: Path, tmp_path: Path) -> None:
    refused: list[str] = []

    def again() -> None:
        try:
            _back_up(folder, tmp_path / "b.zip")
        except UsageError as error:
            refused.append(error.message)

    second = threading.Thread(target=again)
    _back_up(folder, tmp_path / "b.zip", progress=lambda done, _total: second.start() if done == 1 else None)
    whole = sha256((tmp_path / "b.zip").read_bytes())
    second.join()
    assert (len(refused), sha256((tmp_path / "b.zip").read_bytes())) == (1, whole)


def test_nothing_is_overwritten(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_bytes(b"mine")
    with pytest.raises(UsageError, match=r"b\.zip exists already"):
        _back_up(folder, tmp_path / "b.zip")
    assert (tmp_path / "b.zip").read_bytes() == b"mine"
    _back_up(folder, tmp_path / "c.zip")
    with pytest.raises(StoreError, match=r"There is something in .*evidence already"):
        _bring_back(tmp_path / "c.zip", folder)
    assert verify_store(folder).status == "passed"
    assert _names(tmp_path) == ["b.zip", "c.zip", "evidence"]


def test_an_empty_folder_is_no_obstacle(folder: Path, tmp_path: Path) -> None:
    _back_up(folder, tmp_path / "b.zip")
    (tmp_path / "back").mkdir()
    _bring_back(tmp_path / "b.zip", tmp_path / "back")
    assert verify_store(tmp_path / "back").status == "passed"


def _cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _flip(data: bytes) -> bytes:
    changed = bytearray(data)
    changed[len(data) // 2] ^= 1
    return bytes(changed)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (_cut, UsageError, "is not a backup made by Témoin, or it was cut short"),
        (_flip, IntegrityError, "The file is damaged, or was changed"),
        (lambda _data: b"nothing of the kind", UsageError, "is not a backup made by Témoin"),
        (lambda _data: b"", UsageError, "is not a backup made by Témoin"),
    ],
    ids=["cut", "flipped", "other", "empty"],
)
def test_a_spoilt_backup_is_said_and_brings_nothing(
    folder: Path, tmp_path: Path, change: Callable[[bytes], bytes], error: type[TemoinError], words: str
) -> None:
    _back_up(folder, tmp_path / "b.zip")
    (tmp_path / "b.zip").write_bytes(change((tmp_path / "b.zip").read_bytes()))
    with pytest.raises(error, match=words):
        _bring_back(tmp_path / "b.zip", tmp_path / "back")
    assert _names(tmp_path) == ["b.zip", "evidence"]


def test_a_wrong_passphrase_is_said(folder: Path, tmp_path: Path) -> None:
    _back_up(folder, tmp_path / "b.zip")
    with pytest.raises(StoreError, match="This is not the passphrase of the backup") as caught:
        _bring_back(tmp_path / "b.zip", tmp_path / "back", WORDS.upper())
    assert "capitals and accents included" in caught.value.remedy
    assert _names(tmp_path) == ["b.zip", "evidence"]


def _forge(target: Path, *members: tarfile.TarInfo) -> None:
    """A backup under the right passphrase by somebody who means harm."""
    identity, recipient = new_pair()
    with zipfile.ZipFile(target, "w") as outer:
        outer.writestr("cle.age", wrap(identity.encode(), WORDS))
        with (
            outer.open("temoin.tar.age", "w") as sink,
            encrypting(sink, recipient) as plain,
            tarfile.open(fileobj=plain, mode="w|") as tar,
        ):
            for member in members:
                tar.addfile(member, io.BytesIO(b"x" * member.size))


def _member(name: str, **how: object) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size = 1
    for key, value in how.items():
        setattr(info, key, value)
    return info


@pytest.mark.parametrize(
    "member",
    [
        _member("../outside"),
        _member("/tmp/outside"),
        _member("configuration/../../outside"),
        _member("objects/ab/../../../outside"),
        _member("registre.sqlite", type=tarfile.SYMTYPE, linkname="/etc/passwd", size=0),
        _member("objects/ab", type=tarfile.DIRTYPE, size=0),
        _member("notes.txt"),
    ],
    ids=lambda member: member.name,
)
def test_a_forged_backup_writes_nowhere_else(tmp_path: Path, member: tarfile.TarInfo) -> None:
    _forge(tmp_path / "b.zip", member)
    with pytest.raises(IntegrityError, match="does not hold what a backup holds"):
        _bring_back(tmp_path / "b.zip", tmp_path / "back")
    assert _names(tmp_path) == ["b.zip"]


def test_a_backup_of_a_newer_temoin_is_said(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.backup.FORMAT", 2)
    _back_up(folder, tmp_path / "b.zip")
    with pytest.raises(UsageError, match="made by a newer Témoin"):
        _bring_back(tmp_path / "b.zip", tmp_path / "back")


def test_a_full_disk_leaves_no_half_backup(folder: Path, tmp_path: Path) -> None:
    small = tmp_path / "stick"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=40k", "tmpfs", str(small)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"mounting needs root and a kernel that lets it: {done.stderr.strip()}")
    try:
        with pytest.raises(StoreError, match="The disk is full"):
            _back_up(folder, small / "b.zip")
        assert _names(small) == []
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)
    assert not list(folder.glob(".backup-at-*"))


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")
def test_a_killed_backup_is_no_backup_and_is_swept_up_by_the_next(folder: Path, tmp_path: Path) -> None:
    script = (
        "import sys, time; from datetime import datetime, UTC; from pathlib import Path\n"
        "from store.backup import write_backup\n"
        "def progress(done, total):\n"
        "    print(done, flush=True); time.sleep(60)\n"
        "write_backup(Path(sys.argv[1]), Path(sys.argv[2]), passphrase='sept parapluies', at=datetime.now(UTC),"
        " beside={}, progress=progress)"
    )
    command = [sys.executable, "-c", script, str(folder), str(tmp_path / "b.zip")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"1\n"
        run.send_signal(signal.SIGKILL)
    assert not (tmp_path / "b.zip").exists()
    assert list(folder.glob(".backup-at-*"))
    assert verify_store(folder).status == "passed"
    _back_up(folder, tmp_path / "b.zip")
    assert not list(folder.glob(".backup-at-*"))
    _bring_back(tmp_path / "b.zip", tmp_path / "back")
    assert verify_store(tmp_path / "back").status == "passed"


# The commands


def _temoin(home: Path, *arguments: str, words: str = WORDS) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "TEMOIN_BACKUP_PASSPHRASE": words,
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
    command = [str(Path(sys.executable).with_name("temoin")), "--lang", "en", *arguments]
    return subprocess.run(
        command,
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )


def test_the_whole_way_by_the_commands(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(CONFIG)
    short = _temoin(tmp_path, "backup", "b.zip", words="court")
    assert (short.returncode, "too short" in short.stderr) == (2, True)
    silent = _temoin(tmp_path, "backup", "b.zip", words="")
    assert (silent.returncode, "nobody is at the terminal" in silent.stderr) == (2, True)
    nowhere = _temoin(tmp_path, "backup", "no/b.zip")
    assert (nowhere.returncode, "There is no folder" in nowhere.stderr) == (2, True)

    done = _temoin(tmp_path, "backup", "b.zip")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Backup written: " in done.stdout
    again = _temoin(tmp_path, "restore", "b.zip")
    assert (again.returncode, "is never brought back over it" in again.stderr) == (4, True)

    other = tmp_path / "other"
    (other / "evidence").mkdir(parents=True)
    (other / "evidence" / "mine").touch()
    taken = _temoin(other, "restore", str(tmp_path / "b.zip"))
    assert (taken.returncode, "is never brought back over it" in taken.stderr) == (4, True)
    assert _names(other) == ["evidence"]  # not even the configuration
    (other / "evidence" / "mine").unlink()
    back = _temoin(other, "restore", str(tmp_path / "b.zip"))
    assert (back.returncode, back.stderr) == (0, "")
    assert "Brought back to " in back.stdout
    assert "nothing was found to have changed" in back.stdout
    assert _names(other) == ["config.toml", "evidence"]
    assert _files(other / "evidence") == _files(folder)
    assert _temoin(other, "verify").returncode == 0


def test_a_root_certificate_that_stands_elsewhere_is_said_and_does_not_spoil_the_backup(
    folder: Path, tmp_path: Path, pki: Pki
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    folder.rename(home / "evidence")
    (tmp_path / "root.pem").write_bytes(pki.root.read_bytes())
    authority = '[[timestamp.authorities]]\nname = "a"\nurl = "http://127.0.0.1:9/"\nroots = "../root.pem"\n'
    (home / "config.toml").write_bytes(CONFIG + authority.encode())
    done = _temoin(home, "backup", "b.zip")
    assert (done.returncode, "root.pem is not in this backup" in done.stderr) == (0, True)
    back = _temoin(tmp_path, "restore", str(home / "b.zip"))
    assert "Brought back to " in back.stdout
