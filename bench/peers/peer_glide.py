"""GLIDE: a Rust core that multiplexes one connection, with threads of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import _workload
import glide


@asynccontextmanager
async def open_client(host: str, port: int, tasks: int) -> AsyncIterator[_workload.Operations]:
    configuration = glide.GlideClientConfiguration([glide.NodeAddress(host, port)])
    client = await glide.GlideClient.create(configuration)
    try:
        yield {"get": client.get, "set": client.set}
    finally:
        await client.close()


_workload.main(open_client, ["valkey-glide"])
