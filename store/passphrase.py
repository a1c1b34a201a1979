"""A short secret under a passphrase, as an age file with a stated cost (docs/format.md §5, docs/adr/0011).

pyrage writes such files too, but picks the cost by the speed of the machine: 256 or 512 MB of memory for one
passphrase, on a PC that may have two gigabytes. Here it is 128 MB wherever the file is made. What comes out is
an ordinary age file (https://age-encryption.org/v1, the C2SP specification « age », sections *scrypt recipient
stanza* and *payload*): pyrage opens it, and so does the `age` command.

It is opened here too: pyrage refuses a cost that it takes for too high, measuring the machine each time. On one that is
busy it refused ours, and the person was told that the passphrase was wrong.
"""

import base64
import hashlib
import hmac
import re
import secrets

LOG_N = 17  # OWASP's first choice for scrypt: N = 2^17, r = 8, p = 1
_BLOCK, _PARALLEL = 8, 1  # r and p, which the specification fixes
_LABEL = b"age-encryption.org/v1/scrypt"
_VERSION = b"age-encryption.org/v1"
_CHUNK = 64 * 1024  # bytes of plain text under one authentication tag; one chunk is all that is written here
_LAST = bytes(11) + b"\x01"  # the counter of the only chunk, and the mark of the last one
_WRAPPED = re.compile(
    rb"(%s\n-> scrypt ([A-Za-z0-9+/]{22}) %d\n([A-Za-z0-9+/]{43})\n---) ([A-Za-z0-9+/]{43})\n(.{16})(.{16,%d})"
    % (re.escape(_VERSION), LOG_N, _CHUNK + 16),
    re.DOTALL,
)


def wrap(secret: bytes, passphrase: str) -> bytes:
    """The age file of ``secret`` that ``passphrase`` opens; another one each time.

    Args:
        secret: at most 64 KiB, one chunk of the format's payload.
        passphrase: in Unicode's form NFC, that the same letters open it from any keyboard.
    """
    from cryptography.hazmat.primitives.ciphers.aead import (  # noqa: PLC0415 - neither a capture nor the daemon pays
        ChaCha20Poly1305,
    )

    if len(secret) > _CHUNK:
        raise ValueError(f"{len(secret)} bytes do not fit in one chunk of {_CHUNK}")
    file_key, salt, nonce = secrets.token_bytes(16), secrets.token_bytes(16), secrets.token_bytes(16)
    wrapped = ChaCha20Poly1305(_stretch(passphrase, salt)).encrypt(bytes(12), file_key, None)
    head = b"%s\n-> scrypt %s %d\n%s\n---" % (_VERSION, _base64(salt), LOG_N, _base64(wrapped))
    mac = hmac.digest(_derive(file_key, b"", b"header"), head, "sha256")
    payload = ChaCha20Poly1305(_derive(file_key, nonce, b"payload")).encrypt(_LAST, secret, None)
    return head + b" " + _base64(mac) + b"\n" + nonce + payload


def unwrap(wrapped: bytes, passphrase: str) -> bytes:
    """The secret in the age file ``wrapped``; ``passphrase`` as ``wrap`` takes it.

    Raises:
        ValueError: not the passphrase, or no such file.
    """
    found = _WRAPPED.fullmatch(wrapped)
    if found is None:
        return _unwrap_of_another_cost(wrapped, passphrase)
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305  # noqa: PLC0415 - as above

    head, salt, body, mac, nonce, payload = found.groups()
    try:
        file_key = ChaCha20Poly1305(_stretch(passphrase, _bytes(salt))).decrypt(bytes(12), _bytes(body), None)
        if not hmac.compare_digest(hmac.digest(_derive(file_key, b"", b"header"), head, "sha256"), _bytes(mac)):
            raise ValueError("the head was changed")
        return ChaCha20Poly1305(_derive(file_key, nonce, b"payload")).decrypt(_LAST, payload, None)
    except InvalidTag as error:
        raise ValueError("not the passphrase, or changed") from error


def _unwrap_of_another_cost(wrapped: bytes, words: str) -> bytes:
    from pyrage import DecryptError, passphrase  # noqa: PLC0415 - as above

    try:
        opened: bytes = passphrase.decrypt(wrapped, words)
    except DecryptError as error:
        raise ValueError(str(error)) from error
    return opened


def _stretch(passphrase: str, salt: bytes) -> bytes:
    memory = 128 * _BLOCK * (2**LOG_N + _PARALLEL + 2)  # bytes, as RFC 7914 counts them
    return hashlib.scrypt(
        passphrase.encode(), salt=_LABEL + salt, n=2**LOG_N, r=_BLOCK, p=_PARALLEL, maxmem=memory, dklen=32
    )


def _derive(key: bytes, salt: bytes, info: bytes) -> bytes:
    """HKDF with SHA-256 to 32 bytes (RFC 5869), one block of it."""
    extracted = hmac.digest(salt or bytes(32), key, "sha256")
    return hmac.digest(extracted, info + b"\x01", "sha256")


def _base64(data: bytes) -> bytes:
    """Without padding, as age writes it. What is written here is 16 or 32 bytes: never a line to fold."""
    return base64.b64encode(data).rstrip(b"=")


def _bytes(text: bytes) -> bytes:
    return base64.b64decode(text + b"=" * (-len(text) % 4))
