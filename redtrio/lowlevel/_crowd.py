"""One connection for many calls at a time.

A call on a connection of its own costs a ``send`` and a ``recv``, here and on the server; calls
that share one cost a fraction of that. So beyond the first few calls in flight, those commands
that may share a connection with any other do.

- A crowd lives while it has callers; the last one gives the connection back to its pool.
- A caller that is cancelled, or fails, closes the crowd to newcomers: the server may be silent
  on this connection, and nobody is to wait behind who gave up. Those who wait there go on.
"""

from __future__ import annotations

import math
from typing import Any

from trio.lowlevel import enable_ki_protection

from redtrio._connection import Connection
from redtrio.commands._groups import SPECS, spec_of_name
from redtrio.lowlevel.connections import ConnectionPool

__all__ = ["LONERS", "SHAREABLE", "Crowd", "may_share"]

# So many connections are lent before calls share. Ratio of calls/s at 50 tasks to one
# connection for each call, medians of three: 1: 1.5, 2: 1.6, 4: 1.5, 8: 1.2.
LONERS = 2

# Of a container ("CLIENT") each subcommand would have to be looked at.
SHAREABLE = frozenset(
    name.encode() for name, spec in SPECS.items() if spec.ordinary and " " not in name
)
"""Commands that may share a connection with any other, in capitals: those used most."""


def may_share(command: bytes) -> bool:
    """Tell whether a command may share a connection with any other, however it is written."""
    spec = spec_of_name(command)
    return spec is not None and spec.ordinary


class Crowd:
    """A lent connection, while calls share it.

    Args:
        pool: What lent it.
        connection: With nothing owed on it.
    """

    __slots__ = ("_callers", "_closed", "_connection", "_pool")

    def __init__(self, pool: ConnectionPool, connection: Connection) -> None:
        self._pool = pool
        self._connection = connection
        self._callers = 0
        self._closed = False
        connection.shared = True

    def is_open(self) -> bool:
        """Tell whether newcomers may ask."""
        return not (self._closed or self._connection.retired) and self._connection.is_ready(
            math.inf
        )

    @enable_ki_protection
    async def ask(self, payload: bytes) -> Any:
        """Send one command and return its reply; as ``Connection.ask``."""
        self._callers += 1
        try:
            return await self._connection.ask(payload)
        except BaseException:
            self._closed = True
            raise
        finally:
            self._callers -= 1
            if not self._callers:
                self._closed = True
                self._connection.shared = False
                self._pool.take_back(self._connection)
