"""Cancellations at random moments, under load, through a line that delays, splits and stalls.

Each call asks for an ECHO of words of its own: whatever else comes back is another's reply.
REDTRIO_STORM says how many cancellations there shall be (2,000 if it is not set).
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
import trio
from clients import connections_of, wait_for_connections
from faultproxy import FaultProxy, open_fault_proxy
from servers import Server

from redtrio.lowlevel.client import RedisClient
from redtrio.lowlevel.connections import ConnectionPool

CANCELLATIONS = int(os.environ.get("REDTRIO_STORM", "2000"))
TASKS = 60
CONNECTIONS = 20


class Tally:
    """What came of the calls."""

    def __init__(self) -> None:
        self.asked = 0
        self.answered = 0
        self.cancelled = 0
        self.wrong: list[tuple[bytes, object]] = []


async def call_until_enough(client: RedisClient, tally: Tally, chance: random.Random) -> None:
    while tally.cancelled < CANCELLATIONS:
        tally.asked += 1
        size = 200_000 if chance.random() < 0.01 else chance.choice((0, 10, 100, 2_000))
        word = b"%d." % tally.asked + b"x" * size
        with trio.move_on_after(chance.choice((0, 0.002, 0.01, 0.05, 0.2))):
            reply = await client.call(b"ECHO", word)
            tally.answered += 1
            if reply != word:
                tally.wrong.append((word, reply))
            continue
        tally.cancelled += 1


async def make_weather(proxy: FaultProxy, chance: random.Random) -> None:
    """Change the line every few milliseconds, for ever."""
    while True:
        for way in (proxy.requests, proxy.replies):
            way.delay(chance.choice((0, 0, 0.0005, 0.003)))
            way.split(chance.choice((None, None, None, 1_000, 37)))
            if chance.random() < 0.1:
                way.stall()
        await trio.sleep(chance.uniform(0.001, 0.01))
        for way in (proxy.requests, proxy.replies):
            way.release()


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.timeout(600)
async def test_no_reply_reaches_another_caller_and_nothing_leaks(
    valkey: Server,
) -> None:
    chance = random.Random(7)
    tally = Tally()
    before = connections_of(valkey)
    descriptors_before = descriptors()
    async with open_fault_proxy(valkey.port) as proxy:
        pool = ConnectionPool("127.0.0.1", proxy.port, CONNECTIONS)
        client = RedisClient(connection_pool=pool)
        async with trio.open_nursery() as weather:
            weather.start_soon(make_weather, proxy, chance)
            async with trio.open_nursery() as callers:
                for _ in range(TASKS):
                    callers.start_soon(call_until_enough, client, tally, chance)
            weather.cancel_scope.cancel()
        for way in (proxy.requests, proxy.replies):
            way.delay(0)
            way.split(None)
            way.release()
        assert tally.wrong == []
        assert tally.answered > 0
        assert pool.used_connections == set()
        # The whole bound is to be had at once, and each connection is sound.
        lent = [await pool.wait_for_connection() for _ in range(CONNECTIONS)]
        for connection in lent:
            pool.put_connection(connection)
        for number in range(2 * CONNECTIONS):
            assert await client.call(b"ECHO", b"after %d" % number) == b"after %d" % number
        await pool.aclose()
    await wait_for_connections(valkey, before)
    assert descriptors() == descriptors_before
    print(
        f"{tally.asked} calls: {tally.cancelled} cancelled, {tally.answered} answered,"
        f" {len(tally.wrong)} wrong"
    )
