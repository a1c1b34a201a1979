"""The exact bytes that are hashed: RFC 8785 (JCS) objects, SHA-256 in lower-case hexadecimal.

One module, since the ledger, the bundle and both verifiers must agree to the byte (docs/format.md §2).
"""

import hashlib
import json
from typing import Any, NewType

import rfc8785

Digest = NewType("Digest", str)
Json = dict[str, Any]

DIGEST_LENGTH = 64  # hexadecimal characters of a SHA-256


def canonical_bytes(value: Json) -> bytes:
    """The RFC 8785 bytes of ``value``, without a final newline.

    Raises:
        ValueError: ``value`` has no canonical form (a NaN, an integer beyond 2**53, a lone surrogate).
    """
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as error:
        raise ValueError(f"no canonical form: {error}") from error


def read_json(data: bytes | str) -> Any:  # noqa: ANN401 - JSON
    """The value that ``data`` holds, whoever wrote it.

    Raises:
        ValueError: it is no JSON, or nested deeper than Python can follow.
    """
    try:
        return json.loads(data)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def sha256(data: bytes) -> Digest:
    """The SHA-256 of ``data``, 64 lower-case hexadecimal digits."""
    return Digest(hashlib.sha256(data).hexdigest())


def is_canonical(data: bytes) -> bool:
    """Whether ``data`` is already the canonical form of the JSON object it holds."""
    try:
        value = read_json(data)
    except ValueError:
        return False
    if not isinstance(value, dict):
        return False
    try:
        return canonical_bytes(value) == data
    except ValueError:
        return False
