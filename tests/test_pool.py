"""The connection pool: its bound, its order, its slots; and streams of every kind."""

from __future__ import annotations

import gc
import ssl
import weakref
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing
from clients import (
    RecordingStream,
    connections_of,
    give_up_blocking,
    wait_for_blocked,
    wait_for_connections,
)
from faultproxy import open_fault_proxy
from servers import Server, ServerMissing, TlsFiles, open_server

from redtrio.exceptions import AuthenticationError, ConnectionError, ProtocolError
from redtrio.lowlevel.client import RedisClient
from redtrio.lowlevel.connections import ConnectionPool

CERTIFICATE = Path(__file__).with_name("certificate.pem")

# A server's side of a conversation, for streams without a server.
GREETED = b"%1\r\n$6\r\nserver\r\n$5\r\nredis\r\n"


@asynccontextmanager
async def open_pool(server: Server, *args: Any, **options: Any) -> AsyncIterator[ConnectionPool]:
    pool = ConnectionPool(server.host, server.port, *args, **options)
    try:
        yield pool
    finally:
        await pool.aclose()


async def assert_bound_is_whole(pool: ConnectionPool, server: Server) -> None:
    """Every slot can be had, and not one more; the server sees as many connections."""
    with trio.fail_after(30):
        connections = [await pool.wait_for_connection() for _ in range(pool.max_connections)]
    assert len(pool.used_connections) == pool.max_connections
    with trio.CancelScope() as scope:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(pool.wait_for_connection)
            await trio.testing.wait_all_tasks_blocked()
            scope.cancel()
    assert scope.cancelled_caught
    await wait_for_connections(server, pool.max_connections)
    for connection in connections:
        pool.put_connection(connection)
    assert not pool.used_connections


# --- arguments -------------------------------------------------------------------------


def test_bound_must_be_at_least_one() -> None:
    assert ConnectionPool("localhost", 6379, 1).max_connections == 1
    with pytest.raises(ValueError, match="max_connections must be >= 1, got 0"):
        ConnectionPool("localhost", 6379, 0)


def test_attributes_are_as_given() -> None:
    pool = ConnectionPool("localhost", 7, max_connections=3, spawn_connection=trio.open_tcp_stream)
    assert (pool.host, pool.port, pool.max_connections) == ("localhost", 7, 3)
    assert pool.spawn_connection is trio.open_tcp_stream
    assert pool.pool == []
    assert pool.used_connections == set()
    assert ConnectionPool("localhost", 7).max_connections == 50


@pytest.mark.parametrize(
    ("host", "port", "error"),
    [("", 1, ValueError), ("h", 0, ValueError), ("h", 65536, ValueError), ("h", "1", TypeError)],
)
def test_address_is_checked_at_once(host: str, port: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        ConnectionPool(host, port)
    ConnectionPool(host, port, spawn_connection=trio.open_tcp_stream)  # its own affair then


# --- lending ---------------------------------------------------------------------------


async def test_connection_is_lent_to_one_and_used_again(server: Server) -> None:
    async with open_pool(server) as pool:
        first = await pool.wait_for_connection()
        second = await pool.wait_for_connection()
        assert first is not second
        assert pool.used_connections == {first, second}
        pool.put_connection(first)
        pool.put_connection(second)
        assert pool.pool == [first, second]
        assert await pool.wait_for_connection() is second  # the warmest one
        assert await pool.wait_for_connection() is first
        assert connections_of(server) == 2


async def test_bound_is_respected_by_500_tasks(server: Server) -> None:
    most = in_use = 0

    async def work() -> None:
        nonlocal most, in_use
        for _ in range(3):
            async with pool.lease():
                in_use += 1
                most = max(most, in_use)
                await trio.lowlevel.checkpoint()
                in_use -= 1

    async with open_pool(server, 10) as pool:
        async with trio.open_nursery() as nursery:
            for _ in range(500):
                nursery.start_soon(work)
        assert 1 < most <= 10
        assert connections_of(server) <= 10
        await assert_bound_is_whole(pool, server)


async def test_waiters_are_served_first_come_first_served(server: Server) -> None:
    served: list[int] = []

    async def wait(number: int) -> None:
        connection = await pool.wait_for_connection()
        served.append(number)
        pool.put_connection(connection)

    async with open_pool(server, 1) as pool:
        connection = await pool.wait_for_connection()
        async with trio.open_nursery() as nursery:
            for number in range(20):
                nursery.start_soon(wait, number)
                await trio.testing.wait_all_tasks_blocked()
            pool.put_connection(connection)
    assert served == [*range(20)]


async def test_newcomer_does_not_pass_who_waits(server: Server) -> None:
    served: list[str] = []

    async def wait(name: str) -> None:
        connection = await pool.wait_for_connection()
        served.append(name)
        pool.put_connection(connection)

    async with open_pool(server, 1) as pool:
        connection = await pool.wait_for_connection()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait, "waiter")
            await trio.testing.wait_all_tasks_blocked()
            pool.put_connection(connection)
            await wait("newcomer")
    assert served == ["waiter", "newcomer"]


async def test_waiter_wakes_in_the_next_pass(server: Server) -> None:
    async with open_pool(server, 1) as pool:
        connection = await pool.wait_for_connection()
        got: list[Any] = []

        async def wait() -> None:
            got.append(await pool.wait_for_connection())

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait)
            await trio.testing.wait_all_tasks_blocked()
            pool.put_connection(connection)
            await trio.lowlevel.checkpoint()
            await trio.lowlevel.checkpoint()
            assert got == [connection]
        pool.put_connection(connection)


async def test_put_twice_and_put_of_strangers_is_refused(server: Server) -> None:
    async with open_pool(server) as pool, open_pool(server) as other:
        connection = await pool.wait_for_connection()
        with pytest.raises(ValueError, match="not lent"):
            other.put_connection(connection)
        pool.put_connection(connection)
        with pytest.raises(ValueError, match="not lent"):
            pool.put_connection(connection)
        assert pool.pool == [connection]
        stream, _ = trio.testing.memory_stream_pair()
        with pytest.raises(ValueError, match="not lent"):
            pool.put_connection(stream)
        assert pool.pool == [connection]


async def test_refused_stranger_is_not_kept_alive(server: Server) -> None:
    class Tracked(RecordingStream):
        pass

    async with open_pool(server) as pool:
        for _ in range(10):
            with pytest.raises(ValueError, match="not lent"):
                pool.put_connection(Tracked(trio.testing.memory_stream_pair()[0]))
        gc.collect()
        assert not [1 for item in gc.get_objects() if type(item) is Tracked]


async def test_removed_connection_frees_its_slot_for_who_waits(server: Server) -> None:
    async with open_pool(server, 1) as pool:
        connection = await pool.wait_for_connection()
        got: list[Any] = []

        async def wait() -> None:
            got.append(await pool.wait_for_connection())

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait)
            await trio.testing.wait_all_tasks_blocked()
            pool.remove_connection(connection)
        assert got != [connection]
        pool.put_connection(connection)  # of what is closed already nothing is left to do
        pool.put_connection(got[0])
        pool.remove_connection(got[0])  # an idle one
        assert (pool.pool, pool.used_connections) == ([], set())
        pool.remove_connection(got[0])
        await assert_bound_is_whole(pool, server)


async def test_removed_stream_of_the_users_own_stays_open(server: Server) -> None:
    async with open_pool(server, 1, spawn_connection=trio.open_tcp_stream) as pool:
        stream = await pool.wait_for_connection()
        pool.remove_connection(stream)
        assert not pool.used_connections
        async with stream:
            await stream.send_all(b"PING\r\n")
            assert await stream.receive_some() == b"+PONG\r\n"
        await assert_bound_is_whole(pool, server)


async def test_lease_gives_back_in_any_case(server: Server) -> None:
    async with open_pool(server) as pool:
        async with pool.lease() as connection:
            assert pool.used_connections == {connection}
        assert pool.pool == [connection]
        with pytest.raises(KeyError):
            async with pool.lease() as again:
                assert again is connection
                raise KeyError
        assert pool.pool == [connection]
        with trio.move_on_after(0) as scope:
            async with pool.lease():
                raise AssertionError
        assert scope.cancelled_caught
        async with pool.lease() as removed:
            pool.remove_connection(removed)
        assert not pool.pool


async def test_lease_closes_a_connection_on_which_something_is_owed(server: Server) -> None:
    async with open_pool(server) as pool, RedisClient(connection_pool=pool) as client:
        async with pool.lease() as connection:
            await client.send_command(b"ECHO", b"stray", connection=connection)
        assert not pool.pool
        await wait_for_connections(server, 0)
        assert await client.call(b"ECHO", b"mine") == b"mine"


# --- slots -----------------------------------------------------------------------------


async def test_cancelled_waiters_leak_nothing_and_those_behind_move_up(server: Server) -> None:
    async with open_pool(server, 2) as pool:
        held = [await pool.wait_for_connection() for _ in range(2)]
        served: list[int] = []

        async def wait(number: int, scope: trio.CancelScope) -> None:
            with scope:
                connection = await pool.wait_for_connection()
                served.append(number)
                pool.put_connection(connection)

        scopes = [trio.CancelScope() for _ in range(10)]
        async with trio.open_nursery() as nursery:
            for number, scope in enumerate(scopes):
                nursery.start_soon(wait, number, scope)
                await trio.testing.wait_all_tasks_blocked()
            for scope in scopes[::2]:
                scope.cancel()
            await trio.testing.wait_all_tasks_blocked()
            pool.put_connection(held[0])
        assert served == [1, 3, 5, 7, 9]
        pool.put_connection(held[1])
        await assert_bound_is_whole(pool, server)


async def test_waiter_cancelled_as_it_is_served_still_gets_its_connection(server: Server) -> None:
    async with open_pool(server, 1) as pool:
        connection = await pool.wait_for_connection()
        got: list[Any] = []

        async def wait() -> None:
            got.append(await pool.wait_for_connection())

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait)
            await trio.testing.wait_all_tasks_blocked()
            pool.put_connection(connection)
            nursery.cancel_scope.cancel()
        assert got == [connection]
        pool.put_connection(connection)
        await assert_bound_is_whole(pool, server)


async def test_waiter_cancelled_as_it_may_open_hands_its_slot_on(server: Server) -> None:
    async with open_pool(server, 1) as pool:
        connection = await pool.wait_for_connection()
        async with trio.open_nursery() as outer, trio.open_nursery() as nursery:
            nursery.start_soon(pool.wait_for_connection)
            await trio.testing.wait_all_tasks_blocked()
            got: list[Any] = []

            async def wait() -> None:
                got.append(await pool.wait_for_connection())

            outer.start_soon(wait)
            await trio.testing.wait_all_tasks_blocked()
            pool.remove_connection(connection)  # the first in line may open one now
            nursery.cancel_scope.cancel()
        pool.put_connection(got[0])
        await assert_bound_is_whole(pool, server)


async def test_failed_dials_free_their_slots_and_fail_each_waiter(valkey: Server) -> None:
    async with open_fault_proxy(valkey.port) as proxy:
        pool = ConnectionPool("127.0.0.1", proxy.port, 2)
        proxy.refuse()
        failures: list[ConnectionError] = []

        async def wait() -> None:
            try:
                await pool.wait_for_connection()
            except ConnectionError as error:
                failures.append(error)

        async with trio.open_nursery() as nursery:
            for _ in range(10):
                nursery.start_soon(wait)
        assert len(failures) == 10
        assert not any(error.maybe_executed for error in failures)
        proxy.accept()
        await assert_bound_is_whole(pool, valkey)
        await pool.aclose()


@pytest.mark.parametrize("foreign", [False, True])
async def test_cancelled_dial_frees_its_slot_for_who_waits(valkey: Server, foreign: bool) -> None:
    async with open_fault_proxy(valkey.port) as proxy:
        spawn = trio.open_tcp_stream if foreign else None
        pool = ConnectionPool("127.0.0.1", proxy.port, 1, spawn)
        proxy.replies.stall()
        got: list[Any] = []

        async def wait() -> None:
            got.append(await pool.wait_for_connection())

        async with trio.open_nursery() as outer:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(pool.wait_for_connection)
                await proxy.replies.wait_for_held(10)  # in the handshake
                outer.start_soon(wait)
                await trio.testing.wait_all_tasks_blocked()
                nursery.cancel_scope.cancel()
            proxy.replies.release()
        assert len(got) == 1
        pool.put_connection(got[0])
        await wait_for_connections(valkey, 1)
        await assert_bound_is_whole(pool, valkey)
        await pool.aclose()


async def test_refused_handshake_frees_its_slot_and_closes_the_connection(server: Server) -> None:
    server.call("CONFIG", "SET", "requirepass", "secret")
    for spawn in (None, trio.open_tcp_stream):
        async with open_pool(server, 1, spawn) as pool:
            for _ in range(3):
                with pytest.raises(AuthenticationError) as caught:
                    await pool.wait_for_connection()
                assert caught.value.command == "HELLO"
            await wait_for_connections(server, 0)
            server.call("CONFIG", "SET", "requirepass", "")
            await assert_bound_is_whole(pool, server)
            server.call("CONFIG", "SET", "requirepass", "secret")


async def test_dead_idle_connections_are_replaced_unseen(server: Server) -> None:
    async with open_pool(server, 3) as pool, RedisClient(connection_pool=pool) as client:
        connections = [await pool.wait_for_connection() for _ in range(3)]
        for connection in connections:
            pool.put_connection(connection)
        server.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        await trio.sleep(0.05)  # longer than a connection counts as fresh
        assert await client.call(b"PING") == b"PONG"
        await assert_bound_is_whole(pool, server)


async def test_dead_lent_connection_frees_its_slot_for_who_comes(server: Server) -> None:
    async with open_pool(server, 1) as pool, RedisClient(connection_pool=pool) as client:
        connection = await client.send_command(b"BLPOP", b"list", b"0")
        server.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        with pytest.raises(ConnectionError) as caught:
            await client.receive(connection)
        assert caught.value.maybe_executed
        assert await client.call(b"PING") == b"PONG"
        pool.put_connection(connection)
        await assert_bound_is_whole(pool, server)


async def test_dead_lent_connection_frees_its_slot_for_who_waits(server: Server) -> None:
    async with open_pool(server, 1) as pool, RedisClient(connection_pool=pool) as client:
        connection = await client.send_command(b"BLPOP", b"list", b"0")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.call, b"PING")
            await trio.testing.wait_all_tasks_blocked()
            server.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            with pytest.raises(ConnectionError):
                await client.receive(connection)
        pool.put_connection(connection)
        await assert_bound_is_whole(pool, server)


class SlowToClose(RecordingStream):
    """A stream whose closing lasts until it is told, as the contract of a stream allows."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        super().__init__(stream)
        self.may_close = trio.Event()

    async def aclose(self) -> None:
        with trio.CancelScope(shield=True):
            await self.may_close.wait()
        await super().aclose()


async def test_connection_that_came_back_meanwhile_is_not_overlooked(server: Server) -> None:
    async def spawn(host: str, port: int) -> trio.abc.Stream:
        return SlowToClose(await trio.open_tcp_stream(host, port))

    async with open_pool(server, 1, spawn) as pool:
        client = RedisClient(connection_pool=pool)
        unclean: SlowToClose = await client.send_command(b"ECHO", b"stray")
        pool.put_connection(unclean)  # to be closed by whoever comes next
        got: list[Any] = []

        async def borrow() -> None:
            with trio.fail_after(10):
                got.append(await pool.wait_for_connection())

        async with trio.open_nursery() as nursery:
            nursery.start_soon(borrow)
            await trio.testing.wait_all_tasks_blocked()
            other = await pool.wait_for_connection()
            pool.put_connection(other)
            unclean.may_close.set()
        assert got == [other]
        assert isinstance(other, SlowToClose)
        other.may_close.set()
        pool.put_connection(other)


class FailsToClose(RecordingStream):
    async def aclose(self) -> None:
        try:
            await super().aclose()
        finally:
            raise trio.BrokenResourceError


async def test_stream_that_fails_to_close_hides_no_reply_and_no_error(server: Server) -> None:
    async def spawn(host: str, port: int) -> trio.abc.Stream:
        return FailsToClose(await trio.open_tcp_stream(host, port))

    async with open_pool(server, 1, spawn) as pool, RedisClient(connection_pool=pool) as client:
        await give_up_blocking(client, server)
        pool.put_connection(await client.send_command(b"ECHO", b"stray"))
        assert await client.call(b"ECHO", b"mine") == b"mine"


# --- streams of the user's own ---------------------------------------------------------


async def use_every_way(client: RedisClient, server: Server) -> None:
    big = bytes(range(256)) * 20_000
    assert await client.call(b"SET", b"big", big) == b"OK"
    assert await client.call(b"GET", b"big") == big
    replies = await client.call_many([(b"ECHO", b"%d" % n) for n in range(20_000)])
    assert replies == [b"%d" % n for n in range(20_000)]
    await client.call(b"SUBSCRIBE", b"c")
    server.call("PUBLISH", "c", "message")
    assert await client.receive(client.subscriber, push_only=True) is None
    async with trio.open_nursery() as nursery:
        for _ in range(20):
            nursery.start_soon(client.call, b"PING")
    await give_up_blocking(client, server)
    assert await client.call(b"ECHO", b"mine") == b"mine"


async def test_tcp_stream_of_trio_serves(server: Server) -> None:
    async with open_pool(server, spawn_connection=trio.open_tcp_stream) as pool:
        await use_every_way(RedisClient(connection_pool=pool), server)
        assert all(type(stream) is trio.SocketStream for stream in pool.pool)


async def test_unix_socket_serves(server: Server) -> None:
    async def spawn(host: str, port: int) -> trio.abc.Stream:
        return await trio.open_unix_socket(host)

    pool = ConnectionPool(str(server.unix_path), 0, spawn_connection=spawn)
    async with RedisClient(connection_pool=pool) as client:
        await use_every_way(client, server)
    await pool.aclose()
    await wait_for_connections(server, 0)


async def test_connection_that_is_removed_leaves_nothing_to_the_garbage_collector(
    valkey: Server,
) -> None:
    pool = ConnectionPool(valkey.host, valkey.port)
    connection = await pool.wait_for_connection()
    left = weakref.ref(connection)
    gc.disable()
    try:
        pool.remove_connection(connection)
        del connection
        await trio.testing.wait_all_tasks_blocked()
        assert left() is None
    finally:
        gc.enable()
    await pool.aclose()


def tls_context(purpose: ssl.Purpose) -> ssl.SSLContext:
    context = ssl.create_default_context(purpose, cafile=CERTIFICATE)
    if purpose is ssl.Purpose.CLIENT_AUTH:
        context.load_cert_chain(CERTIFICATE)
    return context


@pytest.fixture
def tls_server() -> Iterator[Server]:
    """Give a Redis 7 with TLS, the only kind of the three that is built with it."""
    try:
        with open_server("redis7", tls=TlsFiles(CERTIFICATE, CERTIFICATE, CERTIFICATE)) as server:
            yield server
    except ServerMissing as missing:
        pytest.skip(str(missing))


async def test_tls_stream_serves(tls_server: Server) -> None:
    context = tls_context(ssl.Purpose.SERVER_AUTH)

    async def spawn(host: str, port: int) -> trio.abc.Stream:
        return await trio.open_ssl_over_tcp_stream(host, port, ssl_context=context)

    pool = ConnectionPool("localhost", tls_server.tls_port, spawn_connection=spawn)
    async with RedisClient(connection_pool=pool) as client:
        await use_every_way(client, tls_server)
    await pool.aclose()


@pytest.mark.parametrize("early", [False, True])
async def test_certificate_that_nobody_vouches_for_is_told(
    valkey: Server, early: bool, nursery: trio.Nursery
) -> None:
    async def greet(stream: trio.SSLStream[trio.SocketStream]) -> None:
        async with stream:
            with pytest.raises(trio.BrokenResourceError):
                await stream.do_handshake()

    listener = (await trio.open_tcp_listeners(0, host="127.0.0.1"))[0]
    port = listener.socket.getsockname()[1]
    server_context = tls_context(ssl.Purpose.CLIENT_AUTH)
    nursery.start_soon(trio.serve_listeners, greet, [trio.SSLListener(listener, server_context)])

    async def spawn(host: str, port: int) -> trio.abc.Stream:
        stream = await trio.open_ssl_over_tcp_stream(host, port)
        if early:
            try:
                await stream.do_handshake()
            except BaseException:
                await trio.aclose_forcefully(stream)
                raise
        return stream

    pool = ConnectionPool("localhost", port, spawn_connection=spawn)
    with pytest.raises(ConnectionError, match="certificate verify failed") as caught:
        await pool.wait_for_connection()
    assert not caught.value.maybe_executed
    await pool.aclose()


async def test_memory_streams_serve() -> None:
    async def serve(stream: trio.abc.Stream) -> None:
        assert (await stream.receive_some()).startswith(b"*2\r\n$5\r\nHELLO")
        await stream.send_all(GREETED)
        while await stream.receive_some():
            await stream.send_all(b"+PONG\r\n")

    async def spawn(host: str, port: int) -> trio.abc.Stream:
        assert (host, port) == ("nowhere", 0)
        ours, theirs = trio.testing.memory_stream_pair()
        nursery.start_soon(serve, theirs)
        return ours

    pool = ConnectionPool("nowhere", 0, spawn_connection=spawn)
    async with trio.open_nursery() as nursery:
        async with RedisClient(connection_pool=pool) as client:
            for _ in range(3):
                assert await client.call(b"PING") == b"PONG"
        await pool.aclose()


async def test_streams_appended_by_hand_are_lent_as_they_are(server: Server) -> None:
    async with open_pool(server) as pool, RedisClient(connection_pool=pool) as client:
        streams = [
            RecordingStream(await trio.open_tcp_stream(server.host, server.port)) for _ in range(2)
        ]
        pool.pool.extend(streams)
        assert await client.call(b"PING") == b"PONG"
        assert streams[1].sends == [b"*1\r\n$4\r\nPING\r\n"]  # taken as set up already
        assert streams[0].sends == []
        assert pool.pool == streams
    assert [stream.closed for stream in streams] == [True, True]


async def test_appended_streams_count_towards_the_bound(server: Server) -> None:
    async with open_pool(server, 2) as pool:
        pool.pool.append(await trio.open_tcp_stream(server.host, server.port))
        await assert_bound_is_whole(pool, server)


async def test_discarded_stream_of_the_users_own_is_closed(server: Server) -> None:
    async with open_pool(server, 1, trio.open_tcp_stream) as pool:
        client = RedisClient(connection_pool=pool)
        await give_up_blocking(client, server)
        await wait_for_connections(server, 0)
        pool.put_connection(await client.send_command(b"ECHO", b"stray"))
        assert await client.call(b"ECHO", b"mine") == b"mine"
        assert connections_of(server) == 1


@pytest.mark.parametrize(
    "failure", [OSError("no route"), trio.BrokenResourceError("no route")], ids=repr
)
async def test_failing_spawn_connection_is_a_connection_error(failure: Exception) -> None:
    async def spawn(host: str, port: int) -> trio.abc.Stream:
        raise failure

    pool = ConnectionPool("somewhere", 1, 1, spawn)
    for _ in range(3):
        with pytest.raises(ConnectionError, match="somewhere:1: no route") as caught:
            await pool.wait_for_connection()
        assert caught.value.__cause__ is failure


async def test_bug_of_spawn_connection_leaves_unchanged_and_leaks_no_slot() -> None:
    async def spawn(host: str, port: int) -> trio.abc.Stream:
        raise ZeroDivisionError

    pool = ConnectionPool("somewhere", 1, 1, spawn)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            await pool.wait_for_connection()


# --- the end ---------------------------------------------------------------------------


@pytest.mark.parametrize("foreign", [False, True])
async def test_closing_fails_calls_in_flight_and_who_waits(server: Server, foreign: bool) -> None:
    failures: list[ConnectionError] = []

    async def call() -> None:
        try:
            await client.call(b"BLPOP", b"list", b"0")
        except ConnectionError as error:
            failures.append(error)

    pool = ConnectionPool(server.host, server.port, 2, trio.open_tcp_stream if foreign else None)
    client = RedisClient(connection_pool=pool)
    async with trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(call)
        await wait_for_blocked(server, 2)
        await pool.aclose()
    assert [error.maybe_executed for error in failures].count(True) == 2
    assert len(failures) == 5
    await wait_for_connections(server, 0)
    with pytest.raises(ConnectionError, match="closed"):
        await pool.wait_for_connection()
    await pool.aclose()


@pytest.mark.parametrize("foreign", [False, True])
async def test_connection_that_is_opened_while_the_pool_closes_is_closed(
    valkey: Server, foreign: bool
) -> None:
    async with open_fault_proxy(valkey.port) as proxy:
        pool = ConnectionPool("127.0.0.1", proxy.port, 1, trio.open_tcp_stream if foreign else None)
        proxy.replies.stall()

        async def wait() -> None:
            with pytest.raises(ConnectionError, match="closed"):
                await pool.wait_for_connection()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait)
            await proxy.replies.wait_for_held(10)
            nursery.start_soon(wait)
            await trio.testing.wait_all_tasks_blocked()
            await pool.aclose()
            proxy.replies.release()
        await proxy.wait_for_connections(0)
        await wait_for_connections(valkey, 0)


async def test_closing_under_cancellation_closes_all_the_same(server: Server) -> None:
    for spawn in (None, trio.open_tcp_stream):
        pool = ConnectionPool(server.host, server.port, 5, spawn)
        connections = [await pool.wait_for_connection() for _ in range(5)]
        for connection in connections[:3]:
            pool.put_connection(connection)
        with trio.CancelScope() as scope:
            scope.cancel()
            await pool.aclose()
        assert scope.cancelled_caught
        await wait_for_connections(server, 0)


async def test_putting_and_removing_after_the_end_is_harmless(server: Server) -> None:
    pool = ConnectionPool(server.host, server.port)
    first, second = [await pool.wait_for_connection() for _ in range(2)]
    await pool.aclose()
    pool.put_connection(first)
    pool.remove_connection(second)
    assert (pool.pool, pool.used_connections) == ([], set())


def test_pool_serves_in_another_run_with_new_connections(valkey: Server) -> None:
    client = RedisClient(valkey.host, valkey.port)
    pool = client.connection_pool
    pool.max_connections = 2

    async def leave_behind() -> int:
        await client.send_command(b"ECHO", b"lent and never given back")
        number = await client.call(b"CLIENT", b"ID")
        assert isinstance(number, int)
        return number

    async def use_again() -> int:
        number = await client.call(b"CLIENT", b"ID")
        assert isinstance(number, int)
        await assert_bound_is_whole(pool, valkey)
        await client.aclose()
        return number

    first = trio.run(leave_behind)
    assert trio.run(use_again) != first


def test_subscription_of_a_run_that_has_ended_is_told_as_lost(valkey: Server) -> None:
    client = RedisClient(valkey.host, valkey.port)

    async def use_again() -> None:
        with pytest.raises(ConnectionError, match="lost"):
            await client.call(b"SUBSCRIBE", b"b")
        await client.call(b"SUBSCRIBE", b"b")
        await client.aclose()

    trio.run(client.call, b"SUBSCRIBE", b"a")
    trio.run(use_again)


def test_pool_is_closed_in_another_run(valkey: Server) -> None:
    client = RedisClient(valkey.host, valkey.port)
    trio.run(client.call, b"PING")
    trio.run(client.aclose)
    trio.run(wait_for_connections, valkey, 0)


async def test_server_that_says_more_than_it_was_asked_is_refused() -> None:
    for surplus in (b"+hello\r\n", b":1", b">2\r\n+a\r\n+b"):
        ours, theirs = trio.testing.memory_stream_pair()
        await theirs.send_all(GREETED + surplus)

        async def spawn(host: str, port: int, stream: trio.abc.Stream = ours) -> trio.abc.Stream:
            return stream

        pool = ConnectionPool("nowhere", 0, spawn_connection=spawn)
        with pytest.raises(ProtocolError, match="more than the handshake asked for"):
            await pool.wait_for_connection()
        assert not pool.used_connections
        with pytest.raises(trio.ClosedResourceError):
            await ours.send_all(b"x")
