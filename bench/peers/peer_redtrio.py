"""redtrio's Redis: every task on one connection."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import _timing

import redtrio
from redtrio.lowlevel import protocol


@asynccontextmanager
async def open_client(target: _timing.Target) -> AsyncIterator[_timing.Operations]:
    options: dict[str, Any] = {}
    if target.poll_window is not None:
        options["poll_window"] = target.poll_window
    if target.ca_file is not None:
        options["ssl_ca_certs"] = target.ca_file
    scheme = "redis" if target.ca_file is None else "rediss"
    client = redtrio.Redis.from_url(f"{scheme}://{target.host}:{target.port}", **options)

    async def lrange(key: bytes) -> object:
        return await client.lrange(key, 0, -1)

    async def pipeline(plan: list[tuple[bytes, bytes | None]]) -> object:
        async with client.pipeline(transaction=False) as commands:
            for key, value in plan:
                if value is None:
                    commands.get(key)
                else:
                    commands.set(key, value)
            return await commands.execute()

    async def raw(plan: list[tuple[bytes, bytes | None]]) -> object:
        return await client.call_many(
            [(b"GET", key) if value is None else (b"SET", key, value) for key, value in plan]
        )

    async with client:
        yield {
            "get": client.get,
            "set": client.set,
            "lrange": lrange,
            "hgetall": client.hgetall,
            "mget": client.mget,
            "pipeline": pipeline,
            "raw": raw,
        }


_timing.main(open_client, ["redtrio"], extra={"IMPLEMENTATION": protocol.IMPLEMENTATION})
