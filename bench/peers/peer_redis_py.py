"""redis-py's asyncio client with the hiredis parser: a connection for each call in flight."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import _timing
import redis.asyncio

DEFAULT_POOL = 100  # beyond it, a call raises


@asynccontextmanager
async def open_client(target: _timing.Target) -> AsyncIterator[_timing.Operations]:
    tls: dict[str, Any] = {}
    if target.ca_file is not None:
        tls = {"ssl": True, "ssl_ca_certs": target.ca_file}
    client = redis.asyncio.Redis(
        host=target.host,
        port=target.port,
        protocol=3,
        max_connections=max(DEFAULT_POOL, target.tasks),
        **tls,
    )

    async def lrange(key: bytes) -> object:
        return await client.lrange(key, 0, -1)

    async def pipeline(plan: list[tuple[bytes, bytes | None]]) -> object:
        commands = client.pipeline(transaction=False)
        for key, value in plan:
            if value is None:
                commands.get(key)
            else:
                commands.set(key, value)
        return await commands.execute()

    async with client:
        yield {
            "get": client.get,
            "set": client.set,
            "lrange": lrange,
            "hgetall": client.hgetall,
            "mget": client.mget,
            "pipeline": pipeline,
        }


_timing.main(open_client, ["redis", "hiredis"])
