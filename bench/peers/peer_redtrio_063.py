"""redtrio 0.6.3, the original, whose API is that of RedisClient; it speaks RESP2."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import _timing
import trio

from redtrio.lowlevel import RedisClient
from redtrio.lowlevel.connections import ConnectionPool

DEFAULT_POOL = 50  # beyond it, a call looks again every 5 s


@asynccontextmanager
async def open_client(target: _timing.Target) -> AsyncIterator[_timing.Operations]:
    options: dict[str, Any] = {}
    if target.ca_file is not None:
        dial = partial(trio.open_ssl_over_tcp_stream, ssl_context=target.ssl_context())
        options["spawn_connection"] = dial
    pool = ConnectionPool(
        target.host, target.port, max_connections=max(DEFAULT_POOL, target.tasks), **options
    )
    client = RedisClient(connection_pool=pool)

    async def lrange(key: bytes) -> object:
        return await client.call(b"LRANGE", key, b"0", b"-1")

    async def hgetall(key: bytes) -> object:
        flat = await client.call(b"HGETALL", key)
        return dict(zip(flat[::2], flat[1::2], strict=True))  # what RESP2 leaves to the caller

    async def mget(keys: list[bytes]) -> object:
        return await client.call(b"MGET", *keys)

    yield {
        "get": partial(client.call, b"GET"),
        "set": partial(client.call, b"SET"),
        "lrange": lrange,
        "hgetall": hgetall,
        "mget": mget,
    }
    for connection in pool.pool:
        await connection.aclose()


_timing.main(open_client, ["redtrio", "respy3"])
