"""The passphrase that is typed into the local page is kept for a while, and not a second longer."""

import pytest

from web.passphrase import KEPT_SECONDS, Passphrase, PassphraseNeededError


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def ask(passphrase: Passphrase) -> str:
    """What somebody who needs it is told."""
    keys = passphrase.keys()
    assert keys.passphrase is not None
    return keys.passphrase()


def test_nobody_typed_one_and_it_is_asked_for(clock: Clock) -> None:
    passphrase = Passphrase(clock=clock)
    assert not passphrase.is_kept
    with pytest.raises(PassphraseNeededError):
        ask(passphrase)


def test_it_is_forgotten_after_a_while_without_use(clock: Clock) -> None:
    passphrase = Passphrase(clock=clock)
    clock.now = 1000.0
    passphrase.remember("sept-phares-bleus")
    clock.now += KEPT_SECONDS - 1
    assert ask(passphrase) == "sept-phares-bleus"
    clock.now += KEPT_SECONDS - 1  # since that use
    assert passphrase.typed() == "sept-phares-bleus"
    clock.now += KEPT_SECONDS + 1
    assert passphrase.typed() == ""
    with pytest.raises(PassphraseNeededError):
        ask(passphrase)


def test_what_it_opened_is_forgotten_with_it(clock: Clock) -> None:
    passphrase = Passphrase(clock=clock)
    clock.now = 1000.0
    passphrase.remember("sept-phares-bleus")
    opened = passphrase.keys()
    assert passphrase.keys() is opened
    passphrase.forget()
    assert passphrase.keys() is not opened
    assert not passphrase.is_kept


def test_it_is_shown_by_no_representation(clock: Clock) -> None:
    passphrase = Passphrase(clock=clock)
    passphrase.remember("sept-phares-bleus")
    assert "phares" not in repr(passphrase)
