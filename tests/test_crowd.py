"""Calls of the low-level client that share a connection, since many are in flight."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
import trio.testing
from clients import Respy3Reader, connections_of, wait_for_blocked
from faultproxy import open_fault_proxy
from servers import Server

from redtrio.exceptions import ConnectionError, WrongTypeError
from redtrio.lowlevel._crowd import LONERS, may_share
from redtrio.lowlevel.client import RedisClient
from redtrio.lowlevel.connections import ConnectionPool
from redtrio.lowlevel.protocol import write_command


@asynccontextmanager
async def open_busy_client(
    server: Server, port: int | None = None, idle: int = 1, **options: Any
) -> AsyncIterator[RedisClient]:
    """Give a client of which so many connections are lent that calls share the idle one."""
    async with RedisClient(server.host, port or server.port, **options) as client:
        pool: ConnectionPool = client.connection_pool
        lent = [await pool.wait_for_connection() for _ in range(LONERS + idle)]
        for connection in lent[:idle]:
            pool.put_connection(connection)
        yield client
        for connection in lent[idle:]:
            pool.put_connection(connection)


async def echo(client: RedisClient, words: list[bytes], replies: dict[bytes, Any]) -> None:
    """Ask all at once."""

    async def ask(word: bytes) -> None:
        try:
            replies[word] = await client.call(b"ECHO", word)
        except ConnectionError as error:
            replies[word] = error

    async with trio.open_nursery() as nursery:
        for word in words:
            nursery.start_soon(ask, word)


def own_encoder(*words: Any) -> bytes:
    return write_command(*words)


def words(count: int, of: str = "word") -> list[bytes]:
    return [f"{of}-{number}".encode() for number in range(count)]


async def test_many_calls_share_one_connection(valkey: Server) -> None:
    async with (
        open_fault_proxy(valkey.port) as proxy,
        open_busy_client(valkey, proxy.port) as client,
    ):
        pool: ConnectionPool = client.connection_pool
        replies: dict[bytes, Any] = {}
        proxy.replies.stall()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(echo, client, words(100), replies)
            await trio.testing.wait_all_tasks_blocked(0.05)
            assert pool.statistics == (0, LONERS + 1, 0)
            proxy.replies.release()
        assert replies == {word: word for word in words(100)}
        assert pool.statistics == (1, LONERS, 0)


async def test_replies_of_all_types_and_errors_reach_who_asked(server: Server) -> None:
    async with open_busy_client(server) as client:
        await client.call(b"SET", b"s", b"v")
        wrong: list[object] = []

        async def fail() -> None:
            with pytest.raises(WrongTypeError) as caught:
                await client.call(b"LPUSH", b"s", b"x")
            wrong.append(caught.value.command)

        async def count() -> None:
            assert isinstance(await client.call(b"INCR", b"n"), int)

        async with trio.open_nursery() as nursery:
            for _ in range(50):
                nursery.start_soon(fail)
                nursery.start_soon(count)
        assert wrong == ["LPUSH"] * 50
        assert await client.call(b"GET", b"n") == b"50"


async def test_what_may_block_or_binds_or_is_unknown_has_a_connection_of_its_own(
    server: Server,
) -> None:
    async with open_busy_client(server) as client, trio.open_nursery() as nursery:
        pool: ConnectionPool = client.connection_pool
        nursery.start_soon(client.call, b"BLPOP", b"nothing", b"0")
        nursery.start_soon(client.call, b"XREAD", b"BLOCK", b"0", b"STREAMS", b"x", b"$")
        nursery.start_soon(client.call, b"CLIENT", b"ID")
        await wait_for_blocked(server, 2)
        await trio.testing.wait_all_tasks_blocked(0.05)
        assert pool.statistics == (1, LONERS + 2, 0)
        replies: dict[bytes, Any] = {}
        await echo(client, words(20), replies)  # while those wait
        assert replies == {word: word for word in words(20)}
        nursery.cancel_scope.cancel()
    for name in (b"BLPOP", b"WAIT", b"XREAD", b"XREADGROUP", b"SELECT", b"MULTI", b"AUTH"):
        assert not may_share(name)
    for name in (b"CLIENT", b"CONFIG", b"MONITOR", b"SUBSCRIBE", b"RESET", b"QUIT", b"HELLO"):
        assert not may_share(name)


async def test_who_gives_up_closes_the_crowd_to_newcomers_only(valkey: Server) -> None:
    async with (
        open_fault_proxy(valkey.port) as proxy,
        open_busy_client(valkey, proxy.port, idle=2) as client,
    ):
        pool: ConnectionPool = client.connection_pool
        replies: dict[bytes, Any] = {}
        proxy.replies.stall()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(echo, client, words(10), replies)
            await trio.testing.wait_all_tasks_blocked(0.05)
            with trio.move_on_after(0.01) as scope:
                await client.call(b"ECHO", b"given up")
            assert scope.cancelled_caught
            assert pool.statistics == (1, LONERS + 1, 0)
            nursery.start_soon(echo, client, words(10, "new"), replies)
            await trio.testing.wait_all_tasks_blocked(0.05)
            assert pool.statistics == (0, LONERS + 2, 0)
            proxy.replies.release()
        assert replies == {word: word for word in words(10) + words(10, "new")}
        # Whether the first one can be lent again depends on when the dropped reply came.
        assert pool.statistics in {(2, LONERS, 0), (1, LONERS, 0)}


async def test_connection_that_still_owes_a_dropped_reply_is_not_lent_again(
    valkey: Server,
) -> None:
    async with (
        open_fault_proxy(valkey.port) as proxy,
        open_busy_client(valkey, proxy.port) as client,
    ):
        pool: ConnectionPool = client.connection_pool
        proxy.replies.stall()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(echo, client, words(10), {})
            await proxy.replies.wait_for_held(1)
            nursery.cancel_scope.cancel()
        assert pool.statistics == (0, LONERS, 0)
        proxy.replies.release()
        assert await client.call(b"ECHO", b"mine") == b"mine"


async def test_broken_connection_fails_those_who_share_it_and_nobody_else(
    valkey: Server,
) -> None:
    async with (
        open_fault_proxy(valkey.port) as proxy,
        open_busy_client(valkey, proxy.port) as client,
    ):
        replies: dict[bytes, Any] = {}
        proxy.replies.stall()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(echo, client, words(10), replies)
            await trio.testing.wait_all_tasks_blocked(0.05)
            proxy.cut()
        assert all(isinstance(reply, ConnectionError) for reply in replies.values())
        assert all(reply.maybe_executed for reply in replies.values())
        proxy.replies.release()
        replies.clear()
        await echo(client, words(10), replies)
        assert replies == {word: word for word in words(10)}


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"Reader": Respy3Reader}, id="reader"),
        pytest.param({"write_command": own_encoder}, id="encoder"),
    ],
)
async def test_with_another_reader_or_encoder_nobody_shares(
    valkey: Server, options: dict[str, Any]
) -> None:
    async with (
        open_fault_proxy(valkey.port) as proxy,
        open_busy_client(valkey, proxy.port, idle=3, **options) as client,
    ):
        replies: dict[bytes, Any] = {}
        proxy.replies.stall()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(echo, client, words(3), replies)
            await trio.testing.wait_all_tasks_blocked(0.05)
            assert client.connection_pool.statistics == (0, LONERS + 3, 0)
            proxy.replies.release()
        assert replies == {word: word for word in words(3)}


async def test_users_streams_are_not_shared(valkey: Server) -> None:
    pool = ConnectionPool(valkey.host, valkey.port, spawn_connection=trio.open_tcp_stream)
    async with open_busy_client(valkey, connection_pool=pool) as client:
        replies: dict[bytes, Any] = {}
        await echo(client, words(10), replies)
        assert replies == {word: word for word in words(10)}
        assert len(pool.pool) + len(pool.used_connections) == LONERS + 10
    await pool.aclose()


async def test_closing_ends_calls_that_share(valkey: Server) -> None:
    async with open_fault_proxy(valkey.port) as proxy:
        client = RedisClient(valkey.host, proxy.port)
        pool: ConnectionPool = client.connection_pool
        lent = [await pool.wait_for_connection() for _ in range(LONERS + 1)]
        pool.put_connection(lent[0])
        replies: dict[bytes, Any] = {}
        proxy.replies.stall()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(echo, client, words(10), replies)
            await trio.testing.wait_all_tasks_blocked(0.05)
            await client.aclose()
        assert len(replies) == 10
        assert all(isinstance(reply, ConnectionError) for reply in replies.values())
        assert pool.statistics == (0, 0, 0)


async def test_in_a_second_run_nobody_joins_the_crowd_of_the_first(valkey: Server) -> None:
    # The first run's tasks are gone; so is its connection, which belongs to that run.
    client = RedisClient(valkey.host, valkey.port)

    async def ask_all() -> None:
        replies: dict[bytes, Any] = {}
        await echo(client, words(20), replies)
        await echo(client, words(20), replies)
        assert replies == {word: word for word in words(20)}

    def run() -> None:
        trio.run(ask_all)

    await trio.to_thread.run_sync(run)
    await trio.to_thread.run_sync(run)
    await client.aclose()


async def test_the_bound_of_the_pool_holds(own_valkey: Server) -> None:
    pool = ConnectionPool(own_valkey.host, own_valkey.port, max_connections=LONERS + 1)
    async with RedisClient(connection_pool=pool) as client:
        for _ in range(5):
            replies: dict[bytes, Any] = {}
            await echo(client, words(200), replies)
            assert replies == {word: word for word in words(200)}
            assert connections_of(own_valkey) <= LONERS + 1
    await pool.aclose()


@pytest.mark.parametrize("command", [bytearray(b"ECHO"), memoryview(bytearray(b"ECHO")), "echo"])
async def test_command_that_is_not_bytes_has_a_connection_of_its_own(
    valkey: Server, command: Any
) -> None:
    async with open_busy_client(valkey) as client:
        assert await client.call(command, b"word") == b"word"
