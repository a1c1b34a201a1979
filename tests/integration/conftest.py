"""Fixtures of the replica's tests, and a keyring for what people add."""

from tests.added import cheap_passphrase, memory_keyring
from tests.replica_ways import closed_connections, server

__all__ = ["cheap_passphrase", "closed_connections", "memory_keyring", "server"]
