"""Thousands of random cancellations under load: no wrong value, nothing left behind.

The short form runs with every suite. For the long one say how many cancellations:

    REDTRIO_STORM=20000 python -m pytest tests/test_storm.py
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
import trio
from clients import connections_of, wait_for_connections
from faultproxy import FaultProxy, open_fault_proxy
from servers import Server

from redtrio._config import Config
from redtrio._connection import Connection
from redtrio._conversation import Waiter
from redtrio._dial import greet, open_connection
from redtrio.exceptions import ConnectionError, ProtocolError
from redtrio.lowlevel.client import RedisClient
from redtrio.lowlevel.connections import ConnectionPool
from redtrio.lowlevel.protocol import write_command, write_commands

CANCELLATIONS = int(os.environ.get("REDTRIO_STORM", "2000"))
TASKS = 40
CONNECTIONS = 35


class Storm:
    """Tasks that call and are cancelled, and a proxy that does what it can.

    What they call by is for a subclass to say, in ``_ways``.
    """

    # Of a hundred gusts, how many cut all connections.
    cuts = 1

    def __init__(self, proxy: FaultProxy, seed: int) -> None:
        self.proxy = proxy
        self.random = random.Random(seed)
        self.counts: Counter[str] = Counter()
        self.nonces = 0

    async def run(self) -> None:
        """Blow until enough calls were cancelled and answered, then become calm."""
        async with trio.open_nursery() as weather:
            weather.start_soon(self._blow)
            async with trio.open_nursery() as nursery:
                for _ in range(TASKS):
                    nursery.start_soon(self._call_on_and_on)
            weather.cancel_scope.cancel()
        for way in (self.proxy.requests, self.proxy.replies):
            way.delay(0)
            way.split(None)
            way.release()

    async def _blow(self) -> None:
        """Delay, split, stall and release both ways, and now and then cut all connections."""
        while True:
            way = self.random.choice([self.proxy.requests, self.proxy.replies])
            way.delay(self.random.choice([0, 0, 0.001, 0.003]))
            way.split(self.random.choice([None, None, None, 10, 100]))
            if self.random.random() < 0.3:
                way.stall(self.random.choice([1, 1000, 1 << 20]))
                await trio.sleep(self.random.random() * 0.01)
                way.release()
            if self.random.random() < self.cuts / 100:
                self.proxy.cut(reset=self.random.random() < 0.5)
            await trio.sleep(self.random.random() * 0.01)

    async def _call_on_and_on(self) -> None:
        ways = self._ways()
        # However slow the machine is, enough must get through for it to be a test.
        while (
            self.counts["cancelled"] < CANCELLATIONS
            or self.counts["answered"] < CANCELLATIONS // 10
        ):
            patience = self.random.choice([0.005, 0.02, 0.1, 0.3, 3])
            with trio.move_on_after(self.random.random() * patience) as scope:
                try:
                    await self.random.choice(ways)()
                except ProtocolError:
                    raise  # the stream of replies itself was misread
                except ConnectionError:
                    self.counts["cut"] += 1
            self.counts["cancelled"] += scope.cancelled_caught

    def _ways(self) -> list[Callable[[], Awaitable[None]]]:
        raise NotImplementedError

    def _nonce(self) -> bytes:
        self.nonces += 1
        return b"nonce-%d" % self.nonces

    def _check(self, reply: Any, expected: Any) -> None:
        self.counts["answered"] += 1
        if reply != expected:
            self.counts["wrong"] += 1

    def describe(self) -> str:
        """What has happened, in a line."""
        counts = self.counts
        return (
            f"{counts['cancelled']} calls cancelled, {counts['answered']} answered,"
            f" {counts['wrong']} of them wrong"
        )


class ClientStorm(Storm):
    """By the low-level client, each call on a connection of its own."""

    def __init__(self, client: RedisClient, proxy: FaultProxy, seed: int) -> None:
        super().__init__(proxy, seed)
        self.client = client

    def _ways(self) -> list[Callable[[], Awaitable[None]]]:
        return [self._call, self._call, self._call_many, self._call_big, self._by_hand]

    async def call_once_more(self) -> None:
        """Make one call; the connection may be dead already."""
        with suppress(ConnectionError):
            await self._call()

    async def _call(self) -> None:
        word = self._nonce()
        self._check(await self.client.call(b"ECHO", word), word)

    async def _call_many(self) -> None:
        words = [self._nonce() for _ in range(self.random.randrange(1, 20))]
        self._check(await self.client.call_many([(b"ECHO", word) for word in words]), words)

    async def _call_big(self) -> None:
        word = self._nonce() * self.random.randrange(1, 1000)
        self._check(await self.client.call(b"ECHO", word), word)

    async def _by_hand(self) -> None:
        first, second = self._nonce(), self._nonce()
        async with self.client.connection_pool.lease() as connection:
            for word in (first, second):
                await self.client.send_command(b"ECHO", word, connection=connection)
            self._check(await self.client.receive(connection), first)
            self._check(await self.client.receive(connection), second)


class SharedStorm(Storm):
    """All on one connection, which must live through it: nothing is cut."""

    cuts = 0

    def __init__(self, connection: Connection, proxy: FaultProxy, seed: int) -> None:
        super().__init__(proxy, seed)
        self.connection = connection

    def _ways(self) -> list[Callable[[], Awaitable[None]]]:
        return [self._ask, self._ask, self._request_many, self._ask_big, self._listen]

    async def _ask(self) -> None:
        word = self._nonce()
        self._check(await self.connection.ask(write_command(b"ECHO", word)), word)

    async def _request_many(self) -> None:
        words = [self._nonce() for _ in range(self.random.randrange(1, 20))]
        payload = write_commands([(b"ECHO", word) for word in words])
        self._check(await self.connection.request(Waiter(payload, len(words))), words)

    async def _ask_big(self) -> None:
        word = self._nonce() * self.random.randrange(1, 1000)
        self._check(await self.connection.ask(write_command(b"ECHO", word)), word)

    async def _listen(self) -> None:
        with trio.move_on_after(self.random.random() * 0.1):
            await self.connection.listen(Waiter(b"", 1))


def open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0


# Far more than it takes; the long form is the caller's own choice.
@pytest.mark.timeout(60 + CANCELLATIONS * 0.1)
@pytest.mark.parametrize("spawn", [None, trio.open_tcp_stream], ids=["ours", "stream"])
async def test_storm_of_cancellations(
    valkey: Server, spawn: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = random.randrange(1 << 32)
    connections_before, descriptors_before = connections_of(valkey), open_descriptors()
    began = time.perf_counter()
    async with open_fault_proxy(valkey.port) as proxy:
        pool = ConnectionPool("127.0.0.1", proxy.port, CONNECTIONS, spawn)
        client = RedisClient(connection_pool=pool)
        storm = ClientStorm(client, proxy, seed)
        await storm.run()
        counts, dialled = storm.counts, proxy.total_connections
        with capsys.disabled():
            print(
                f"\nstorm: {storm.describe()}, {counts['cut']} cut, {dialled} connections dialled,"
                f" {time.perf_counter() - began:.1f} s, seed {seed}"
            )
        assert counts["wrong"] == 0
        assert not pool.used_connections

        # Of what lies idle, some was cut in the last moment; using it brings that to light.
        async with trio.open_nursery() as nursery:
            for _ in range(CONNECTIONS):
                nursery.start_soon(storm.call_once_more)
        # Every place of the pool can still be had, and serves.
        with trio.fail_after(30):
            lent = [await pool.wait_for_connection() for _ in range(CONNECTIONS)]
            await wait_for_connections(valkey, connections_before + CONNECTIONS)
        for connection in lent:
            pool.put_connection(connection)
        for number in range(2 * CONNECTIONS):
            assert await client.call(b"ECHO", b"%d" % number) == b"%d" % number
        await pool.aclose()
        await proxy.wait_for_connections(0)
    await wait_for_connections(valkey, connections_before)
    assert open_descriptors() == descriptors_before


@pytest.mark.timeout(60 + CANCELLATIONS * 0.1)
@pytest.mark.parametrize("bound", [None, 15], ids=["unbounded", "bounded"])
async def test_storm_of_cancellations_on_one_shared_connection(
    valkey: Server, bound: int | None, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = random.randrange(1 << 32)
    descriptors_before = open_descriptors()
    began = time.perf_counter()
    async with open_fault_proxy(valkey.port) as proxy:
        config = Config(host="127.0.0.1", port=proxy.port)
        connection = await open_connection(config)
        await greet(connection, config.handshake())
        connection.shared = True
        if bound is not None:
            connection.conversation.max_owed = bound
        name = await connection.ask(write_command(b"CLIENT", b"ID"))
        storm = SharedStorm(connection, proxy, seed)
        await storm.run()
        with capsys.disabled():
            print(
                f"\nstorm on one connection: {storm.describe()},"
                f" {time.perf_counter() - began:.1f} s, seed {seed}"
            )
        assert storm.counts["wrong"] == 0
        with trio.fail_after(30):
            assert await connection.ask(write_command(b"CLIENT", b"ID")) == name
        assert connection.conversation.is_settled()
        assert connection.conversation.leader is None
        assert not connection.conversation.listeners
        assert proxy.total_connections == 1
        await connection.aclose()
        await proxy.wait_for_connections(0)
    assert open_descriptors() == descriptors_before
