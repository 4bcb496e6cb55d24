"""redio: a connection from the pool for each call, given back when the call object goes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import _timing
import redio

DEFAULT_POOL = 100  # the most that it keeps open; more are opened and dropped


@asynccontextmanager
async def open_client(target: _timing.Target) -> AsyncIterator[_timing.Operations]:
    client = redio.Redis(
        f"redis://{target.host}:{target.port}/",
        ssl_context=target.ssl_context(),
        pool_max=max(DEFAULT_POOL, target.tasks),
    )

    async def get(key: bytes) -> object:
        return await client().get(key)

    async def set_(key: bytes, value: bytes) -> object:
        return await client().set(key, value)

    async def lrange(key: bytes) -> object:
        return await client().lrange(key, 0, -1)

    async def hgetall(key: bytes) -> object:
        return await client().hgetall(key)

    async def mget(keys: list[bytes]) -> object:
        return await client().mget(*keys)

    async def pipeline(plan: list[tuple[bytes, bytes | None]]) -> object:
        commands = client()
        for key, value in plan:
            if value is None:
                commands.get(key)
            else:
                commands.set(key, value)
        return await commands

    yield {
        "get": get,
        "set": set_,
        "lrange": lrange,
        "hgetall": hgetall,
        "mget": mget,
        "pipeline": pipeline,
    }
    for connection in client.pool:
        await connection.aclose()


_timing.main(open_client, ["redio"])
