"""Cancellation at every await, through a fault proxy before a real server; and its end.

Each test ends by using the pool again, and by what the server sees of it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
import trio.testing
from clients import connections_of, wait_for_blocked, wait_for_connections
from faultproxy import FaultProxy, open_fault_proxy
from servers import Server

from redtrio.exceptions import ConnectionError, ProtocolError, TimeoutError
from redtrio.lowlevel.client import RedisClient
from redtrio.lowlevel.connections import ConnectionPool
from redtrio.lowlevel.protocol import write_command
from redtrio.types import RespPush

HELLO = write_command(b"HELLO", b"3")
BIG = bytes(range(256)) * 20_000  # 5 MB
SET_BIG = write_command(b"SET", b"big", BIG)

SPAWNERS = [
    pytest.param(None, id="ours"),
    pytest.param(trio.open_tcp_stream, id="stream"),
]
each_spawner = pytest.mark.parametrize("spawn", SPAWNERS)


class Bench:
    """A client with two connections at most, a proxy, and a server behind it."""

    def __init__(self, server: Server, proxy: FaultProxy, spawn: Any) -> None:
        self.server = server
        self.proxy = proxy
        self.pool = ConnectionPool("127.0.0.1", proxy.port, 2, spawn)
        self.client = RedisClient(connection_pool=self.pool)

    async def cancel(
        self, call: Callable[[], Awaitable[object]], when: Callable[[], Awaitable[object]]
    ) -> None:
        """Start ``call`` in a task, and cancel it as soon as ``when`` is over."""
        with trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(call)
                await when()
                await trio.testing.wait_all_tasks_blocked()
                scope.cancel()
        assert scope.cancelled_caught

    async def use_again(self) -> None:
        """Every place of the pool gives right replies, and the server sees no more of them."""
        assert not self.pool.used_connections
        async with trio.open_nursery() as nursery:
            for number in range(20):
                nursery.start_soon(self._echo, b"word-%d" % number)
        with trio.fail_after(10):
            connections = [await self.pool.wait_for_connection() for _ in range(2)]
        for connection in connections:
            self.pool.put_connection(connection)
        assert self.pool.pool == connections
        await wait_for_connections(self.server, 2)

    async def _echo(self, word: bytes) -> None:
        assert await self.client.call(b"ECHO", word) == word


@asynccontextmanager
async def open_bench(server: Server, spawn: Any = None) -> AsyncIterator[Bench]:
    async with open_fault_proxy(server.port) as proxy:
        bench = Bench(server, proxy, spawn)
        try:
            yield bench
            await bench.use_again()
        finally:
            await bench.pool.aclose()
        await proxy.wait_for_connections(0)
        await wait_for_connections(server, 0)


async def no_time() -> None:
    await trio.lowlevel.checkpoint()


@each_spawner
async def test_while_waiting_for_a_connection(server: Server, spawn: Any) -> None:
    async with open_bench(server, spawn) as bench:
        async with bench.pool.lease(), bench.pool.lease():
            await bench.cancel(lambda: bench.client.call(b"PING"), no_time)
        statistics = bench.server.call("INFO", "commandstats")
        assert isinstance(statistics, bytes)
        assert b"cmdstat_ping" not in statistics


@each_spawner
async def test_while_dialling(server: Server, spawn: Any) -> None:
    async with open_bench(server, spawn) as bench:
        for passes in range(8):
            with trio.CancelScope() as scope:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(bench.client.call, b"INCR", b"counter")
                    for _ in range(passes):
                        await trio.lowlevel.checkpoint()
                    scope.cancel()
            assert not bench.pool.used_connections


@each_spawner
@pytest.mark.parametrize("held_back", ["requests", "replies", "half a reply"])
async def test_in_the_handshake(server: Server, spawn: Any, held_back: str) -> None:
    async with open_bench(server, spawn) as bench:
        way = bench.proxy.requests if held_back == "requests" else bench.proxy.replies
        way.stall()
        if held_back == "half a reply":
            way.release(5)
        nbytes = len(HELLO) if held_back == "requests" else 20
        await bench.cancel(
            lambda: bench.client.call(b"INCR", b"counter"), lambda: way.wait_for_held(nbytes)
        )
        assert not bench.pool.pool
        way.release()
        assert await bench.client.call(b"INCR", b"counter") == 1  # the first one never left


@each_spawner
async def test_before_the_send(server: Server, spawn: Any) -> None:
    async with open_bench(server, spawn) as bench:
        assert await bench.client.call(b"PING") == b"PONG"
        (connection,) = bench.pool.pool
        with trio.CancelScope() as scope:
            scope.cancel()
            await bench.client.call(b"INCR", b"counter")
        assert scope.cancelled_caught
        assert bench.pool.pool == [connection]  # nothing happened to it
        assert await bench.client.call(b"INCR", b"counter") == 1


@each_spawner
async def test_mid_send_of_5_mb(server: Server, spawn: Any) -> None:
    async with open_bench(server, spawn) as bench:
        assert await bench.client.call(b"PING") == b"PONG"
        bench.proxy.requests.stall(capacity=1_000_000)
        await bench.cancel(
            lambda: bench.client.call(b"SET", b"big", BIG),
            lambda: bench.proxy.requests.wait_for_held(1_000_000),
        )
        assert not bench.pool.pool
        bench.proxy.requests.release()
        assert await bench.client.call(b"EXISTS", b"big") == 0


@each_spawner
async def test_before_the_reply(server: Server, spawn: Any) -> None:
    async with open_bench(server, spawn) as bench:
        assert await bench.client.call(b"PING") == b"PONG"
        bench.proxy.replies.stall()
        await bench.cancel(
            lambda: bench.client.call(b"ECHO", b"stray"),
            lambda: bench.proxy.replies.wait_for_held(len(b"$5\r\nstray\r\n")),
        )
        assert not bench.pool.pool
        bench.proxy.replies.release()


@each_spawner
@pytest.mark.parametrize("kept", range(1, len(b"$5\r\nstray\r\n")))
async def test_mid_reply(valkey: Server, spawn: Any, kept: int) -> None:
    async with open_bench(valkey, spawn) as bench:
        assert await bench.client.call(b"PING") == b"PONG"
        bench.proxy.replies.stall()
        before = bench.proxy.replies.passed
        bench.proxy.replies.release(kept)
        await bench.cancel(
            lambda: bench.client.call(b"ECHO", b"stray"),
            lambda: bench.proxy.replies.wait_for_passed(before + kept),
        )
        assert not bench.pool.pool
        bench.proxy.replies.release()


@each_spawner
async def test_mid_reply_of_5_mb(server: Server, spawn: Any) -> None:
    async with open_bench(server, spawn) as bench:
        await bench.client.call(b"SET", b"big", BIG)
        bench.proxy.replies.stall(capacity=100_000)
        before = bench.proxy.replies.passed
        bench.proxy.replies.release(2_000_000)
        await bench.cancel(
            lambda: bench.client.call(b"GET", b"big"),
            lambda: bench.proxy.replies.wait_for_passed(before + 2_000_000),
        )
        assert not bench.pool.pool
        bench.proxy.replies.release()
        assert await bench.client.call(b"GET", b"big") == BIG


@each_spawner
async def test_mid_pipeline(server: Server, spawn: Any) -> None:
    async with open_bench(server, spawn) as bench:
        assert await bench.client.call(b"PING") == b"PONG"
        bench.proxy.replies.stall()
        bench.proxy.replies.release(3 * len(b"$5\r\nstray\r\n") + 4)
        await bench.cancel(
            lambda: bench.client.call_many([(b"ECHO", b"stray")] * 1000),
            lambda: bench.proxy.replies.wait_for_held(900 * len(b"$5\r\nstray\r\n")),
        )
        assert not bench.pool.pool
        bench.proxy.replies.release()


@each_spawner
async def test_inside_of_a_callbacks_moment(server: Server, spawn: Any) -> None:
    """What is in as the cancellation comes is returned; the cancellation strikes next."""
    async with open_bench(server, spawn) as bench:
        scope = trio.CancelScope()
        pushes: list[RespPush] = []

        def cancel(push: RespPush) -> None:
            pushes.append(push)
            scope.cancel()

        bench.client.register_push_callback(b"subscribe", cancel)
        with scope:
            await bench.client.call(b"SUBSCRIBE", b"a")
            pushes.append(RespPush([b"returned"]))
            await trio.lowlevel.checkpoint()
        assert scope.cancelled_caught
        assert [push.push_type for push in pushes] == [b"subscribe", b"returned"]
        assert bench.client.subscriber in bench.pool.used_connections
        await bench.client.call(b"UNSUBSCRIBE")


@each_spawner
async def test_between_the_confirmations_of_a_subscription(server: Server, spawn: Any) -> None:
    async with open_bench(server, spawn) as bench:
        first = len(b">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n")
        pushes: list[RespPush] = []
        bench.client.register_push_callback(b"subscribe", pushes.append)
        assert await bench.client.call(b"PING") == b"PONG"
        bench.proxy.replies.stall()
        bench.proxy.replies.release(first)
        await bench.cancel(
            lambda: bench.client.call(b"SUBSCRIBE", b"a", b"b"),
            lambda: bench.proxy.replies.wait_for_held(first),
        )
        assert len(pushes) == 1
        assert bench.client.subscriber is None
        bench.proxy.replies.release()
        await bench.client.call(b"SUBSCRIBE", b"c")
        await bench.client.call(b"UNSUBSCRIBE")
        assert pushes[1].data == [b"c", 1]


@each_spawner
async def test_in_send_command_with_a_connection_of_the_pools(server: Server, spawn: Any) -> None:
    async with open_bench(server, spawn) as bench:
        assert await bench.client.call(b"PING") == b"PONG"
        bench.proxy.requests.stall(capacity=1_000_000)
        await bench.cancel(
            lambda: bench.client.send_command(b"SET", b"big", BIG),
            lambda: bench.proxy.requests.wait_for_held(1_000_000),
        )
        bench.proxy.requests.release()
        assert await bench.client.call(b"EXISTS", b"big") == 0


async def test_in_send_command_with_the_callers_own_connection_the_rest_is_sent_first(
    server: Server,
) -> None:
    async with open_bench(server) as bench:
        connection = await bench.client.send_command(b"PING")
        assert await bench.client.receive(connection) == b"PONG"
        bench.proxy.requests.stall(capacity=1_000_000)
        await bench.cancel(
            lambda: bench.client.send_command(b"SET", b"big", BIG, connection=connection),
            lambda: bench.proxy.requests.wait_for_held(1_000_000),
        )
        bench.proxy.requests.release()
        await bench.client.send_command(b"ECHO", b"next", connection=connection)
        assert await bench.client.receive(connection) == b"OK"
        assert await bench.client.receive(connection) == b"next"
        assert server.call("STRLEN", "big") == len(BIG)
        bench.pool.put_connection(connection)
        assert bench.pool.pool == [connection]


async def test_in_send_command_with_a_stream_the_stream_is_at_its_end(server: Server) -> None:
    """Nobody can tell how much of it has left: what came next would be part of the value."""
    async with open_bench(server, trio.open_tcp_stream) as bench:
        connection = await bench.client.send_command(b"PING")
        assert await bench.client.receive(connection) == b"PONG"
        bench.proxy.requests.stall(capacity=1_000_000)
        await bench.cancel(
            lambda: bench.client.send_command(b"SET", b"big", BIG, connection=connection),
            lambda: bench.proxy.requests.wait_for_held(1_000_000),
        )
        bench.proxy.requests.release()
        with pytest.raises(ConnectionError):
            await bench.client.send_command(b"ECHO", b"next", connection=connection)
        bench.pool.put_connection(connection)
        assert await bench.client.call(b"EXISTS", b"big") == 0


@each_spawner
async def test_in_receive_the_response_comes_next_time(server: Server, spawn: Any) -> None:
    async with open_bench(server, spawn) as bench:
        connection = await bench.client.send_command(b"BLPOP", b"list", b"0")
        for _ in range(3):
            await bench.cancel(
                lambda: bench.client.receive(connection),
                lambda: wait_for_blocked(server, 1),
            )
        server.call("RPUSH", "list", "element")
        assert await bench.client.receive(connection) == [b"list", b"element"]
        bench.pool.put_connection(connection)


@pytest.mark.parametrize("words", [1, 5000])
async def test_at_any_pass_of_the_scheduler(server: Server, words: int) -> None:
    """No pass between the first step of a call and its end leaves anything behind."""
    results: list[Any] = []

    async def call() -> None:
        results.append(await bench.client.call_many([(b"ECHO", b"word")] * words))

    async with open_bench(server) as bench:
        for passes in range(30):
            with trio.CancelScope() as scope:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(call)
                    for _ in range(passes):
                        await trio.lowlevel.checkpoint()
                    scope.cancel()
            assert not bench.pool.used_connections
            assert await bench.client.call(b"ECHO", b"mine") == b"mine"
    assert all(replies == [b"word"] * words for replies in results)


# --- the server's end ------------------------------------------------------------------


@each_spawner
@pytest.mark.parametrize("end", ["kill", "stop"])
async def test_killed_server_fails_the_call_and_serves_again_when_back(
    own_valkey: Server, spawn: Any, end: str
) -> None:
    async with open_bench(own_valkey, spawn) as bench:
        assert await bench.client.call(b"PING") == b"PONG"
        failures: list[ConnectionError] = []

        async def block() -> None:
            try:
                await bench.client.call(b"BLPOP", b"list", b"0")
            except ConnectionError as error:
                failures.append(error)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(block)
            nursery.start_soon(block)
            await wait_for_blocked(own_valkey, 2)
            getattr(own_valkey, end)()
        assert [error.maybe_executed for error in failures] == [True, True]
        with pytest.raises(ConnectionError) as caught:
            await bench.client.call(b"PING")
        assert not caught.value.maybe_executed
        own_valkey.start()
        assert await bench.client.call(b"PING") == b"PONG"


async def test_server_that_was_restarted_behind_idle_connections_serves_at_once(
    own_valkey: Server,
) -> None:
    async with RedisClient(own_valkey.host, own_valkey.port) as client:
        async with trio.open_nursery() as nursery:
            for _ in range(5):
                nursery.start_soon(client.call, b"PING")
        own_valkey.restart()  # takes longer than a connection counts as fresh
        for _ in range(10):
            assert await client.call(b"PING") == b"PONG"


@each_spawner
async def test_paused_server_is_waited_for_and_the_call_can_be_cancelled(
    own_valkey: Server, spawn: Any
) -> None:
    async with open_bench(own_valkey, spawn) as bench:
        assert await bench.client.call(b"PING") == b"PONG"
        sent = bench.proxy.requests.seen + len(write_command(b"ECHO", b"stray"))
        own_valkey.pause()
        await bench.cancel(
            lambda: bench.client.call(b"ECHO", b"stray"),
            lambda: bench.proxy.requests.wait_for_bytes(sent),
        )
        replies: list[Any] = []

        async def call() -> None:
            replies.append(await bench.client.call(b"ECHO", b"word"))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(call)
            await trio.testing.wait_all_tasks_blocked(0.01)
            assert not replies
            own_valkey.resume()
        assert replies == [b"word"]


@each_spawner
@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize("passing", [0, 1, 4, 10])
async def test_connection_cut_in_a_reply_fails_the_call_as_maybe_executed(
    valkey: Server, spawn: Any, reset: bool, passing: int
) -> None:
    async with open_bench(valkey, spawn) as bench:
        assert await bench.client.call(b"PING") == b"PONG"
        bench.proxy.replies.cut_after(passing, reset=reset)
        with pytest.raises(ConnectionError) as caught:
            await bench.client.call(b"ECHO", b"stray")
        assert caught.value.maybe_executed
        assert caught.value.address == f"127.0.0.1:{bench.proxy.port}"
        assert not isinstance(caught.value, (ProtocolError, TimeoutError))
        assert not bench.pool.pool


@each_spawner
@pytest.mark.parametrize("reset", [False, True])
async def test_connection_cut_in_the_middle_of_sending_fails_the_call(
    valkey: Server, spawn: Any, reset: bool
) -> None:
    async with open_bench(valkey, spawn) as bench:
        assert await bench.client.call(b"PING") == b"PONG"
        bench.proxy.requests.cut_after(1_000_000, reset=reset)
        with pytest.raises(ConnectionError) as caught:
            await bench.client.call(b"SET", b"big", BIG)
        assert caught.value.maybe_executed
        assert await bench.client.call(b"EXISTS", b"big") == 0


@each_spawner
async def test_replies_before_the_cut_of_a_pipeline_are_lost_with_it(
    valkey: Server, spawn: Any
) -> None:
    async with open_bench(valkey, spawn) as bench:
        assert await bench.client.call(b"PING") == b"PONG"
        bench.proxy.replies.cut_after(100)
        with pytest.raises(ConnectionError):
            await bench.client.call_many([(b"INCR", b"counter")] * 1000)
        assert int(await bench.client.call(b"GET", b"counter")) == 1000
        assert connections_of(valkey) >= 1
