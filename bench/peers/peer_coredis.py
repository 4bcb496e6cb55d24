"""coredis: one shared connection, a reader and a writer task."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import _workload
import coredis


@asynccontextmanager
async def open_client(host: str, port: int, tasks: int) -> AsyncIterator[_workload.Operations]:
    client = coredis.Redis(host=host, port=port)
    async with client:
        yield {"get": client.get, "set": client.set}


_workload.main(open_client, ["coredis"])
