"""redtrio 0.6.3, the original, whose API is the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import _workload

from redtrio.lowlevel import RedisClient


@asynccontextmanager
async def open_client(host: str, port: int, tasks: int) -> AsyncIterator[_workload.Operations]:
    client = RedisClient(host, port)
    yield {"get": partial(client.call, b"GET"), "set": partial(client.call, b"SET")}
    for connection in client.connection_pool.pool:
        await connection.aclose()


_workload.main(open_client, ["redtrio", "respy3"])
