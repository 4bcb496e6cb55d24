"""The low-level API: one command, one connection, raw replies. Useful on its own."""

from redtrio.lowlevel.client import PUSH_COMMANDS, RedisClient
from redtrio.lowlevel.connections import ConnectionPool

__all__ = ["PUSH_COMMANDS", "ConnectionPool", "RedisClient"]
