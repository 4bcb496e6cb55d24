"""redtrio's RedisClient: a connection from the pool for each call in flight."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import _timing

from redtrio.lowlevel import protocol
from redtrio.lowlevel.client import RedisClient


@asynccontextmanager
async def open_client(target: _timing.Target) -> AsyncIterator[_timing.Operations]:
    if target.ca_file is not None:
        yield {}  # its pool dials TCP
        return
    async with RedisClient(target.host, target.port) as client:

        async def lrange(key: bytes) -> object:
            return await client.call(b"LRANGE", key, 0, -1)

        async def mget(keys: list[bytes]) -> object:
            return await client.call(b"MGET", *keys)

        async def raw(plan: list[tuple[bytes, bytes | None]]) -> object:
            return await client.call_many(
                [(b"GET", key) if value is None else (b"SET", key, value) for key, value in plan]
            )

        yield {
            "get": partial(client.call, b"GET"),
            "set": partial(client.call, b"SET"),
            "lrange": lrange,
            "hgetall": partial(client.call, b"HGETALL"),
            "mget": mget,
            "raw": raw,
        }


_timing.main(open_client, ["redtrio"], extra={"IMPLEMENTATION": protocol.IMPLEMENTATION})
