"""coredis: one shared connection, a reader and a writer task."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import _timing
import coredis


@asynccontextmanager
async def open_client(target: _timing.Target) -> AsyncIterator[_timing.Operations]:
    tls: dict[str, Any] = {}
    if target.ca_file is not None:
        tls = {"ssl_context": target.ssl_context()}
    client = coredis.Redis(host=target.host, port=target.port, **tls)

    async def lrange(key: bytes) -> object:
        return await client.lrange(key, 0, -1)

    async def pipeline(plan: list[tuple[bytes, bytes | None]]) -> object:
        async with client.pipeline(transaction=False) as commands:
            for key, value in plan:
                if value is None:
                    commands.get(key)
                else:
                    commands.set(key, value)
        return commands.results

    async with client:
        yield {
            "get": client.get,
            "set": client.set,
            "lrange": lrange,
            "hgetall": client.hgetall,
            "mget": client.mget,
            "pipeline": pipeline,
        }


_timing.main(open_client, ["coredis"])
