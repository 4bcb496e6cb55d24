"""redis-py's asyncio client with the hiredis parser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import _workload
import redis.asyncio


@asynccontextmanager
async def open_client(host: str, port: int, tasks: int) -> AsyncIterator[_workload.Operations]:
    async with redis.asyncio.Redis(host=host, port=port, protocol=3) as client:
        yield {"get": client.get, "set": client.set}


_workload.main(open_client, ["redis", "hiredis"])
