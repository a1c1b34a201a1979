"""The vault: where its secret is kept, what opens it, and what is said when nothing does."""

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import keyring
import pyrage
import pytest
from keyring.backends import chainer, fail, null
from keyring.errors import KeyringLocked
from typing_extensions import override

from store import keychain, passphrase
from store.store import Store
from store.vault import Keys
from store.verify import verify_store
from temoin.canonical import sha256
from temoin.errors import IntegrityError, StoreDamagedError, StoreError
from tests.added import MemoryKeyring, new_item

AT = datetime(2026, 11, 23, 7, 12, 30, tzinfo=UTC)
PASSPHRASE = "un éléphant ça trompe"  # noqa: S105 - of a made-up store
TEXT = "Bonjour, je demande un rendez-vous."


def _typed(words: str = PASSPHRASE) -> Keys:
    return Keys(passphrase=lambda: words, keyring=False)


def _open(folder: Path) -> Store:
    return Store.open(folder, now=lambda: AT)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Store]:
    with _open(tmp_path / "evidence") as opened:
        opened.ensure_case("C1", "first", AT)
        yield opened


@pytest.fixture(scope="module")
def under_passphrase(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose secret is under a passphrase, with one item (entry 1); copied by each test that changes it."""
    folder = tmp_path_factory.mktemp("passphrase") / "evidence"
    with _open(folder) as opened:
        opened.ensure_case("C1", "first", AT)
        assert opened.ensure_vault(_typed()) == "passphrase"
        opened.add_item(new_item("C1", TEXT, b"%PDF first"), AT)
    return folder


# Keyring


def test_the_secret_goes_to_the_keyring_under_the_name_of_the_station(
    kept: Store, memory_keyring: MemoryKeyring
) -> None:
    assert kept.ensure_vault(Keys()) == "keyring"
    ((place, secret),) = memory_keyring.kept.items()
    assert place == ("temoin", kept.station)
    assert secret.startswith("AGE-SECRET-KEY-1")
    for path in kept.folder.rglob("registre.sqlite*"):
        assert secret.encode() not in path.read_bytes()


def test_what_is_sealed_opens_with_age_and_the_secret_alone(kept: Store, memory_keyring: MemoryKeyring) -> None:
    kept.ensure_vault(Keys())
    digest = kept.seal(b"%PDF of somebody")
    path = kept.folder / "sealed" / digest[:2] / digest[2:]
    assert sha256(path.read_bytes()) == digest
    assert path.read_bytes().startswith(b"age-encryption.org/v1\n")
    identity = pyrage.x25519.Identity.from_str(memory_keyring.kept["temoin", kept.station])
    assert pyrage.decrypt(path.read_bytes(), [identity]) == b"%PDF of somebody"
    assert kept.unseal(digest, Keys()) == b"%PDF of somebody"


def test_the_same_bytes_sealed_twice_do_not_look_the_same(kept: Store, memory_keyring: MemoryKeyring) -> None:
    kept.ensure_vault(Keys())
    assert memory_keyring.kept
    assert kept.seal(b"same") != kept.seal(b"same")


def test_the_vault_is_made_once(kept: Store, memory_keyring: MemoryKeyring) -> None:
    kept.ensure_vault(Keys())
    before = dict(memory_keyring.kept)
    assert kept.ensure_vault(_typed()) == "keyring"
    assert memory_keyring.kept == before


def test_a_secret_that_the_keyring_has_already_for_this_station_is_taken(
    kept: Store, memory_keyring: MemoryKeyring
) -> None:
    secret = str(pyrage.x25519.Identity.generate())
    memory_keyring.kept["temoin", kept.station] = secret
    kept.ensure_vault(Keys())
    assert memory_keyring.kept["temoin", kept.station] == secret
    assert kept.unseal(kept.seal(b"data"), Keys()) == b"data"


def test_two_stores_on_one_machine_do_not_share_a_secret(tmp_path: Path, memory_keyring: MemoryKeyring) -> None:
    with _open(tmp_path / "one") as one, _open(tmp_path / "other") as other:
        one.ensure_vault(Keys())
        other.ensure_vault(Keys())
        digest = one.seal(b"data")
        assert len(set(memory_keyring.kept.values())) == 2
        shutil.copytree(one.folder / "sealed", other.folder / "sealed", dirs_exist_ok=True)
        with pytest.raises(IntegrityError, match="A sealed file cannot be opened: it is not of this store"):
            other.unseal(digest, Keys())


def test_a_keyring_that_lost_the_secret_is_said(kept: Store, memory_keyring: MemoryKeyring) -> None:
    kept.ensure_vault(Keys())
    kept.add_item(new_item("C1", TEXT), AT)
    memory_keyring.kept.clear()
    with pytest.raises(StoreError, match="no longer in this system's keyring") as caught:
        kept.open_item(1, Keys())
    assert caught.value.exit_code == 4
    assert caught.value.remedy.startswith("Bring the keyring back from a backup")
    kept.add_item(new_item("C1", "later"), AT)  # adding needs no secret
    assert memory_keyring.kept == {}
    assert verify_store(kept.folder).status == "passed"


def test_another_secret_under_the_same_name_is_said(kept: Store, memory_keyring: MemoryKeyring) -> None:
    kept.ensure_vault(Keys())
    kept.add_item(new_item("C1", TEXT), AT)
    for wrong in (str(pyrage.x25519.Identity.generate()), "no secret at all"):
        memory_keyring.kept["temoin", kept.station] = wrong
        with pytest.raises(StoreError, match="The key found is not the one"):
            kept.open_item(1, Keys())


def test_a_keyring_that_is_not_to_be_asked_is_not(kept: Store, memory_keyring: MemoryKeyring) -> None:
    kept.ensure_vault(Keys())
    kept.add_item(new_item("C1", TEXT), AT)
    assert memory_keyring.kept
    with pytest.raises(StoreError, match="cannot be used: it was not to be asked"):
        kept.open_item(1, Keys(keyring=False))


class _Locked(MemoryKeyring):
    @override
    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked(f"{service} is locked")


class _Forgetful(MemoryKeyring):
    @override
    def set_password(self, service: str, username: str, password: str) -> None:
        pass


class _Asleep(MemoryKeyring):
    """Waits for a dialogue that nobody sees."""

    @override
    def get_password(self, service: str, username: str) -> str | None:
        threading.Event().wait()
        return None


class _EmptyChain(chainer.ChainerBackend):
    """What a system with no keyring at all may choose; the real one would chain the made-up ones of this module."""

    backends = ()


@pytest.mark.parametrize("backend", [fail.Keyring, null.Keyring, _EmptyChain, _Locked, _Forgetful])
def test_without_a_keyring_that_keeps_secrets_a_passphrase_is_asked_for(
    kept: Store, memory_keyring: MemoryKeyring, backend: Callable[[], Any]
) -> None:
    keyring.set_keyring(backend())
    asked: list[bool] = []

    def nothing_typed() -> str:
        asked.append(True)
        return ""

    with pytest.raises(StoreError, match="no keyring of this system can be used, and no passphrase") as caught:
        kept.ensure_vault(Keys(passphrase=nothing_typed))
    assert caught.value.remedy.startswith("Set TEMOIN_PASSPHRASE")
    assert asked == [True]
    with pytest.raises(StoreError, match="no keyring of this system can be used"):
        kept.ensure_vault(Keys())
    assert memory_keyring.kept == {}
    with pytest.raises(StoreError, match="Nothing was ever added to this store"):
        kept.seal(b"data")


@pytest.mark.parametrize(("backend", "why"), [(_Locked, "temoin is locked"), (_Asleep, "it does not answer")])
def test_a_locked_or_silent_keyring_is_said(
    kept: Store, memory_keyring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch, backend: Callable[[], Any], why: str
) -> None:
    kept.ensure_vault(Keys())
    kept.add_item(new_item("C1", TEXT), AT)
    monkeypatch.setattr(keychain, "PATIENCE_SECONDS", 0.2)
    keyring.set_keyring(backend())
    with pytest.raises(StoreError, match=f"keyring, which cannot be used: {why}") as caught:
        kept.open_item(1, Keys())
    assert "unlock the keyring" in caught.value.remedy
    keyring.set_keyring(memory_keyring)
    assert kept.open_item(1, Keys())[1] == ()


@pytest.mark.skipif(sys.platform != "linux", reason="D-Bus is what keyrings of Linux need")
def test_a_linux_without_a_desktop_has_no_keyring_and_says_nothing(kept: Store) -> None:
    script = "from store import keychain; print(keychain.is_usable())"
    nowhere = {"PATH": "/usr/bin:/bin", "HOME": str(kept.folder), "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"}
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60, env=nowhere
    )
    assert (run.stdout, run.stderr) == ("False\n", "")


def test_a_keyring_named_by_a_broken_configuration_is_none(kept: Store) -> None:
    script = "from store import keychain; print(keychain.is_usable())"
    broken = {"PATH": "/usr/bin:/bin", "HOME": str(kept.folder), "PYTHON_KEYRING_BACKEND": "no.such.Keyring"}
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60, env=broken
    )
    assert (run.stdout, run.stderr) == ("False\n", "")


# Passphrase


def test_a_passphrase_opens_what_was_added_and_is_asked_once(under_passphrase: Path) -> None:
    asked: list[bool] = []

    def typed() -> str:
        asked.append(True)
        return PASSPHRASE.replace("é", "e\N{COMBINING ACUTE ACCENT}")  # another keyboard, the same letters

    keys = Keys(passphrase=typed, keyring=False)
    with _open(under_passphrase) as opened:
        content, files = opened.open_item(1, keys)
        assert opened.open_item(1, keys) == (content, files)
    assert json.loads(content)["text"] == TEXT
    assert files == (b"%PDF first",)
    assert asked == [True]


def test_a_vault_made_at_another_cost_still_opens(kept: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as other:
        other.setattr(passphrase, "LOG_N", 15)  # the first versions took what the machine was good for
        assert kept.ensure_vault(_typed()) == "passphrase"
    kept.add_item(new_item("C1", TEXT, b"%PDF first"), AT)
    assert kept.open_item(1, _typed())[1] == (b"%PDF first",)


def test_a_wrong_passphrase_is_said_and_changes_nothing(under_passphrase: Path) -> None:
    before = {path: path.read_bytes() for path in under_passphrase.rglob("*") if path.is_file()}
    with _open(under_passphrase) as opened:
        with pytest.raises(StoreError, match="This is not the passphrase") as caught:
            opened.open_item(1, _typed("un éléphant"))
        for keys in (Keys(keyring=False), _typed("")):
            with pytest.raises(StoreError, match="no passphrase was given"):
                opened.open_item(1, keys)
    assert caught.value.exit_code == 4
    assert caught.value.remedy == "Check TEMOIN_PASSPHRASE, then try again. Nothing was changed."
    assert {path: path.read_bytes() for path in before} == before


def test_nothing_of_what_was_added_can_be_read_in_the_folder(under_passphrase: Path) -> None:
    for path in under_passphrase.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert b"rendez-vous" not in data, path
            assert b"%PDF first" not in data, path
            assert b"AGE-SECRET-KEY" not in data, path
            assert PASSPHRASE.encode() not in data, path


def test_a_passphrase_works_although_a_keyring_is_there(under_passphrase: Path, memory_keyring: MemoryKeyring) -> None:
    with _open(under_passphrase) as opened:
        assert opened.ensure_vault(Keys()) == "passphrase"
        assert opened.open_item(1, Keys(passphrase=lambda: PASSPHRASE))[1] == (b"%PDF first",)
    assert memory_keyring.kept == {}


def test_a_changed_recipient_seals_nothing(kept: Store, memory_keyring: MemoryKeyring) -> None:
    kept.ensure_vault(Keys())
    assert memory_keyring.kept
    with kept._database.writing() as connection:
        connection.exec_driver_sql("UPDATE vault SET recipient = 'age1nobody'")
    with pytest.raises(StoreDamagedError, match="The table of the vault was changed: nothing can be encrypted"):
        kept.add_item(new_item("C1", TEXT), AT)
    assert kept.items("C1") == ()


# What others pay


def test_a_capture_loads_neither_age_nor_a_keyring(kept: Store) -> None:
    script = (
        "import sys, json; from pathlib import Path; from datetime import *; from store.store import Store\n"
        "import scheduler.job, store.verify\n"
        "with Store.open(Path(sys.argv[1]), now=lambda: datetime.now(UTC)) as kept: kept.items('C1')\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(kept.folder)], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = {name.split(".")[0] for name in json.loads(run.stdout)}
    assert "store" in loaded
    assert loaded.isdisjoint({"pyrage", "keyring"})


MAKERS = r"""
import sys
from datetime import UTC, datetime
from pathlib import Path
import keyring
from keyring.backend import KeyringBackend
from store.store import Store
from store.vault import Keys

class FileKeyring(KeyringBackend):
    priority = 5
    def get_password(self, service, username):
        path = Path(sys.argv[2]) / username
        return path.read_text() if path.exists() else None
    def set_password(self, service, username, password):
        (Path(sys.argv[2]) / username).write_text(password)
    def delete_password(self, service, username):
        raise NotImplementedError

keyring.set_keyring(FileKeyring())
with Store.open(Path(sys.argv[1]), now=lambda: datetime.now(UTC)) as kept:
    kept.ensure_vault(Keys())
    digest = kept.seal(b"data")
    assert kept.unseal(digest, Keys()) == b"data"
"""


def test_processes_that_make_the_vault_at_once_make_one(kept: Store, tmp_path: Path) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    runs = [
        subprocess.Popen([sys.executable, "-c", MAKERS, str(kept.folder), str(secrets)], stderr=subprocess.PIPE)
        for _number in range(4)
    ]
    assert [(run.wait(timeout=60), run.communicate()[1]) for run in runs] == [(0, b"")] * 4
