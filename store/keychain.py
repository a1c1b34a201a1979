"""The operating system's keyring, where the key of the vault is kept when there is one.

A backend is a plug-in of the desktop: it may be absent, locked, waiting for a dialogue that nobody sees (a
session over ssh), or fail with errors of its own. Hence each call runs in a thread that is left behind after
``PATIENCE_SECONDS``, and whatever it raises is one refusal. Nothing is imported before the first call.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "temoin"
PATIENCE_SECONDS = 60.0  # time to type the password of the keyring in the desktop's own dialogue

_RECOMMENDED = 1  # keyring's own word for backends that keep secrets secret; "fail" has 0, "null" has -1

T = TypeVar("T")


class KeychainRefusal(Exception):  # noqa: N818 - an answer between two modules, never shown as it is
    """The keyring gave no answer, or a refusal; the message is the backend's."""


def is_usable() -> bool:
    """Whether this system has a keyring that keeps secrets."""
    try:
        return _ask(lambda: _backend() is not None)
    except KeychainRefusal:
        return False


def fetch(user: str) -> str | None:
    """The secret kept for ``user``, or None.

    Raises:
        KeychainRefusal: no usable keyring, locked, or no answer in time.
    """
    return _ask(lambda: _usable_backend().get_password(SERVICE, user))


def keep(user: str, secret: str) -> None:
    """Keep the secret for ``user``, and make sure of it: some backends take what they then forget.

    Raises:
        KeychainRefusal: no usable keyring, locked, no answer in time, or the secret is not there afterwards.
    """
    _ask(lambda: _usable_backend().set_password(SERVICE, user, secret))
    if fetch(user) != secret:
        raise KeychainRefusal("it does not keep what it is given")


def _usable_backend() -> "KeyringBackend":
    backend = _backend()
    if backend is None:
        raise KeychainRefusal("there is none")
    return backend


def _backend() -> "KeyringBackend | None":
    from keyring import get_keyring  # noqa: PLC0415 - neither a capture nor the daemon pays for it

    logging.getLogger("keyring").addHandler(logging.NullHandler())  # a broken plug-in must not speak to people
    backend = get_keyring()
    return backend if backend.priority >= _RECOMMENDED else None


def _ask(question: Callable[[], T]) -> T:
    answer: Future[T] = Future()

    def run() -> None:
        try:
            answer.set_result(question())
        except Exception as error:  # noqa: BLE001 - told to the thread that asked, as a refusal
            answer.set_exception(KeychainRefusal(str(error) or type(error).__name__))

    threading.Thread(target=run, name="keychain", daemon=True).start()
    try:
        return answer.result(timeout=PATIENCE_SECONDS)
    except TimeoutError as error:
        raise KeychainRefusal("it does not answer") from error
