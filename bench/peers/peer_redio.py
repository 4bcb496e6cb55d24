"""redio: a connection from the pool for each call, given back when the call object goes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import _workload
import redio


@asynccontextmanager
async def open_client(host: str, port: int, tasks: int) -> AsyncIterator[_workload.Operations]:
    client = redio.Redis(f"redis://{host}:{port}/")

    async def get(key: bytes) -> object:
        return await client().get(key)

    async def set_(key: bytes, value: bytes) -> object:
        return await client().set(key, value)

    yield {"get": get, "set": set_}
    for connection in client.pool:
        await connection.aclose()


_workload.main(open_client, ["redio"])
