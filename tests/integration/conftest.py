"""Fixtures of the replica's tests."""

from tests.replica_ways import closed_connections, server

__all__ = ["closed_connections", "server"]
