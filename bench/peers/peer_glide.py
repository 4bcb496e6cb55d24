"""GLIDE: a Rust core that multiplexes one connection, with threads of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import _timing
import glide

DEFAULT_IN_FLIGHT = 1000  # beyond it, a call raises
REQUEST_MILLISECONDS = 10_000  # with the default of 250 a call may fail under load


@asynccontextmanager
async def open_client(target: _timing.Target) -> AsyncIterator[_timing.Operations]:
    advanced = None
    if target.ca_file is not None:
        advanced = glide.AdvancedGlideClientConfiguration(
            tls_config=glide.TlsAdvancedConfiguration(root_pem_cacerts=target.ca_bytes())
        )
    configuration = glide.GlideClientConfiguration(
        [glide.NodeAddress(target.host, target.port)],
        use_tls=target.ca_file is not None,
        advanced_config=advanced,
        request_timeout=REQUEST_MILLISECONDS,
        inflight_requests_limit=max(DEFAULT_IN_FLIGHT, 2 * target.tasks),
    )
    client = await glide.GlideClient.create(configuration)

    async def lrange(key: bytes) -> object:
        return await client.lrange(key, 0, -1)

    async def pipeline(plan: list[tuple[bytes, bytes | None]]) -> object:
        batch = glide.Batch(is_atomic=False)
        for key, value in plan:
            if value is None:
                batch.get(key)
            else:
                batch.set(key, value)
        return await client.exec(batch, raise_on_error=True)

    try:
        yield {
            "get": client.get,
            "set": client.set,
            "lrange": lrange,
            "hgetall": client.hgetall,
            "mget": client.mget,
            "pipeline": pipeline,
        }
    finally:
        await client.close()


_timing.main(open_client, ["valkey-glide"])
