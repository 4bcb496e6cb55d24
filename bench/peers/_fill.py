"""Put onto a Valkey what workloads read, and print its version: ``_fill.py HOST PORT``."""

from __future__ import annotations

import sys

import trio
from _workloads import ELEMENTS, HASH, LARGE, LIST, MEGABYTE, MGET_KEYS, VALUE

from redtrio.lowlevel.client import RedisClient


async def main(host: str, port: int) -> None:
    elements = [b"value %04d" % n for n in range(ELEMENTS)]
    fields = [word for n in range(ELEMENTS) for word in (b"field %04d" % n, b"value %04d" % n)]
    async with RedisClient(host, port) as client:
        await client.call(b"FLUSHALL")
        await client.call(b"RPUSH", LIST, *elements)
        await client.call(b"HSET", HASH, *fields)
        await client.call(b"SET", LARGE, b"x" * MEGABYTE)
        for key in MGET_KEYS:
            await client.call(b"SET", key, VALUE)
        lines = (await client.call(b"INFO", b"server")).decode().splitlines()
    print("Valkey", dict(line.split(":", 1) for line in lines if ":" in line)["valkey_version"])


trio.run(main, sys.argv[1], int(sys.argv[2]))
