"""A secret under a passphrase: what we write, age's own library opens, and at the cost that we say."""

import subprocess
import sys

import pyrage
import pytest

from store.passphrase import LOG_N, unwrap, wrap

WORDS = "un éléphant, sept parapluies"
SECRET = b"AGE-SECRET-KEY-1" + b"Q" * 58


@pytest.mark.parametrize("secret", [b"", b"\x00", SECRET, bytes(64 * 1024)], ids=len)
def test_the_library_opens_what_we_write(secret: bytes) -> None:
    assert pyrage.passphrase.decrypt(wrap(secret, WORDS), WORDS) == secret


@pytest.mark.parametrize("secret", [b"", SECRET, bytes(64 * 1024)], ids=len)
def test_we_open_what_we_write_however_busy_the_machine_is(secret: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library measures the machine, refuses the cost on one that is busy, and says the passphrase is wrong."""
    monkeypatch.setattr(pyrage, "passphrase", None)
    assert unwrap(wrap(secret, WORDS), WORDS) == secret


def test_a_file_of_another_cost_is_left_to_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.passphrase.LOG_N", LOG_N - 4)
    assert unwrap(wrap(SECRET, WORDS), WORDS) == SECRET


def test_another_passphrase_does_not() -> None:
    with pytest.raises(pyrage.DecryptError):
        pyrage.passphrase.decrypt(wrap(SECRET, WORDS), WORDS.upper())
    with pytest.raises(ValueError, match="not the passphrase"):
        unwrap(wrap(SECRET, WORDS), WORDS.upper())


@pytest.mark.parametrize("place", ["scrypt", "body", "mac", "payload"])
def test_one_changed_byte_is_noticed(place: str) -> None:
    whole = bytearray(wrap(SECRET, WORDS))
    at = {"scrypt": whole.index(b"scrypt ") + 8, "body": whole.index(b" 17\n") + 5, "mac": whole.index(b"--- ") + 5}
    index = at.get(place, len(whole) - 1)
    whole[index] = whole[index] ^ 1 if place == "payload" else (ord("A") if whole[index] != ord("A") else ord("B"))
    with pytest.raises(pyrage.DecryptError):
        pyrage.passphrase.decrypt(bytes(whole), WORDS)
    with pytest.raises(ValueError, match="changed"):
        unwrap(bytes(whole), WORDS)


def test_nothing_of_the_secret_shows_and_no_two_are_alike() -> None:
    one, other = wrap(SECRET, WORDS), wrap(SECRET, WORDS)
    assert one != other
    assert SECRET not in one
    assert one.splitlines()[1].endswith(b" %d" % LOG_N)


def test_more_than_one_chunk_is_refused() -> None:
    with pytest.raises(ValueError, match="do not fit in one chunk"):
        wrap(bytes(64 * 1024 + 1), WORDS)


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of one process alone is told by /proc")
def test_a_passphrase_leaves_room_in_what_a_process_may_have() -> None:
    """No process is over 300 MB, and an export opens the vault (DESIGN §14)."""
    script = (
        "import pyrage; from store.passphrase import wrap\n"
        "assert pyrage.passphrase.decrypt(wrap(b'secret', 'words'), 'words') == b'secret'\n"
        "print(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')).split()[1])"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    assert int(run.stdout) < 200_000  # kB
