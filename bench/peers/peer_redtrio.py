"""redtrio's RedisClient, this version."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import _workload

from redtrio.lowlevel import protocol
from redtrio.lowlevel.client import RedisClient


@asynccontextmanager
async def open_client(host: str, port: int, tasks: int) -> AsyncIterator[_workload.Operations]:
    async with RedisClient(host, port) as client:
        yield {"get": partial(client.call, b"GET"), "set": partial(client.call, b"SET")}


_workload.main(open_client, ["redtrio"], extra={"IMPLEMENTATION": protocol.IMPLEMENTATION})
