"""One connection: its options, its handshake, how it waits, and that it is a stream."""

from __future__ import annotations

import math
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import trio
import trio.testing
from clients import Steps, wait_for_blocked, wait_for_connections
from faultproxy import open_fault_proxy
from servers import Server

from redtrio import _connection, _dial
from redtrio._config import Config
from redtrio._connection import Connection
from redtrio._dial import open_connection
from redtrio._driver import ungrouped
from redtrio._transport import SocketTransport
from redtrio.exceptions import (
    AuthenticationError,
    ConnectionError,
    ProtocolError,
    ProtocolVersionError,
    ResponseError,
    TimeoutError,
)
from redtrio.lowlevel.client import RedisClient
from redtrio.lowlevel.connections import ConnectionPool
from redtrio.lowlevel.protocol import Resp3Reader, write_command

GREETED = b"%1\r\n$6\r\nserver\r\n$5\r\nredis\r\n"


# --- options ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "accepted", "refused"),
    [
        ("host", ["h", "::1"], [""]),
        ("port", [1, 65535], [0, 65536, -1]),
        ("connect_timeout", [0.001, 5, math.inf], [0, -1, math.nan]),
        ("poll_window", [0, 0.5, 1e9], [-0.001, math.nan]),
    ],
)
def test_option_is_accepted_within_its_range_only(
    option: str, accepted: list[Any], refused: list[Any]
) -> None:
    for value in accepted:
        assert getattr(Config(**{option: value}), option) == value
    for value in refused:
        with pytest.raises(ValueError, match=option) as caught:
            Config(**{option: value})
        assert str(value) in str(caught.value) or value == ""


@pytest.mark.parametrize(
    ("option", "refused"),
    [
        ("host", [b"h", None, 1]),
        ("port", ["6379", 1.0, True, None]),
        ("connect_timeout", ["5", None, True]),
        ("poll_window", ["5", None, True]),
    ],
)
def test_option_of_another_type_is_refused_by_name(option: str, refused: list[Any]) -> None:
    for value in refused:
        with pytest.raises(TypeError, match=option):
            Config(**{option: value})


def test_config_is_frozen() -> None:
    with pytest.raises(AttributeError, match="never changes"):
        Config().host = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("host", "address"),
    [("localhost", "localhost:7"), ("::1", "[::1]:7"), ("1.2.3.4", "1.2.3.4:7")],
)
def test_address_is_written_as_usual(host: str, address: str) -> None:
    assert Config(host=host, port=7).address == address


# --- dialling and greeting -------------------------------------------------------------


@asynccontextmanager
async def fake_server(
    serve: Callable[[trio.SocketStream], Awaitable[None]],
) -> AsyncIterator[int]:
    """A server for what no real one does, on a port of its own."""
    async with trio.open_nursery() as nursery:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, serve, [listener])
        yield listener.socket.getsockname()[1]
        nursery.cancel_scope.cancel()


async def test_connection_is_greeted_in_one_write(server: Server) -> None:
    async with open_fault_proxy(server.port) as proxy, RedisClient(port=proxy.port) as client:
        hello = write_command(b"HELLO", b"3")
        proxy.replies.stall()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.call, b"PING")
            await proxy.replies.wait_for_held(len(GREETED))
            assert proxy.requests.seen == len(hello)
            proxy.replies.release()
        assert proxy.requests.seen == len(hello + write_command(b"PING"))


@pytest.mark.parametrize(
    "answer",
    [
        b"-ERR unknown command `HELLO`, with args beginning with: `3`, \r\n",
        b"-ERR unknown command 'HELLO'\r\n",
        b"-NOPROTO unsupported protocol version\r\n",
    ],
)
async def test_server_without_resp3_gets_a_clear_error(answer: bytes) -> None:
    async def serve(stream: trio.SocketStream) -> None:
        async with stream:
            await stream.receive_some()
            await stream.send_all(answer)
            assert await stream.receive_some() == b""

    async with fake_server(serve) as port, RedisClient(port=port) as client:
        with pytest.raises(ProtocolVersionError, match=f"127.0.0.1:{port} does not speak RESP3"):
            await client.call(b"PING")


async def test_server_that_is_full_is_not_taken_for_an_old_one() -> None:
    async def serve(stream: trio.SocketStream) -> None:
        async with stream:
            await stream.receive_some()
            await stream.send_all(b"-ERR max number of clients reached\r\n")

    async with fake_server(serve) as port, RedisClient(port=port) as client:
        with pytest.raises(ResponseError, match="max number of clients") as caught:
            await client.call(b"PING")
        assert not isinstance(caught.value, ProtocolVersionError)


async def test_server_that_wants_a_password_says_so(server: Server) -> None:
    server.call("CONFIG", "SET", "requirepass", "secret")
    async with RedisClient(server.host, server.port) as client:
        with pytest.raises(AuthenticationError) as caught:
            await client.call(b"PING")
        assert caught.value.code == "NOAUTH"
        await wait_for_connections(server, 0)


@pytest.mark.parametrize("surplus", [b"+hello\r\n", b":1", b">2\r\n+a\r\n+b", b"$5\r\nhel"])
async def test_server_that_says_more_than_it_was_asked_is_refused(surplus: bytes) -> None:
    async def serve(stream: trio.SocketStream) -> None:
        async with stream:
            await stream.receive_some()
            await stream.send_all(GREETED + surplus)
            assert await stream.receive_some() == b""

    async with fake_server(serve) as port, RedisClient(port=port) as client:
        with pytest.raises(ProtocolError, match="more than the handshake asked for"):
            await client.call(b"PING")


@pytest.mark.parametrize("answer", [b"", b"%1\r\n$6\r\nser", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
async def test_what_is_no_redis_server_is_told(answer: bytes) -> None:
    async def serve(stream: trio.SocketStream) -> None:
        async with stream:
            await stream.receive_some()
            await stream.send_all(answer)

    async with fake_server(serve) as port, RedisClient(port=port) as client:
        with pytest.raises(ConnectionError) as caught:
            await client.call(b"PING")
        assert caught.value.address == f"127.0.0.1:{port}"
        assert not caught.value.maybe_executed
        assert isinstance(caught.value, ProtocolError) == answer.startswith(b"HTTP")


async def test_reply_that_nobody_asked_for_ends_the_connection() -> None:
    async def serve(stream: trio.SocketStream) -> None:
        async with stream:
            await stream.receive_some()
            await stream.send_all(GREETED)
            while await stream.receive_some():
                await stream.send_all(b"+PONG\r\n+PONG\r\n")

    async with fake_server(serve) as port, RedisClient(port=port) as client:
        for _ in range(3):
            assert await client.call(b"PING") == b"PONG"
            assert not client.connection_pool.pool


def impatient(client: RedisClient, seconds: float) -> None:
    pool: Any = client.connection_pool
    pool._config = pool._config.replace(connect_timeout=seconds)


@pytest.mark.parametrize("foreign", [False, True])
async def test_silent_server_ends_in_a_timeout_and_frees_the_slot(
    valkey: Server, foreign: bool
) -> None:
    async with open_fault_proxy(valkey.port) as proxy:
        spawn = trio.open_tcp_stream if foreign else None
        pool = ConnectionPool("127.0.0.1", proxy.port, 1, spawn)
        client = RedisClient(connection_pool=pool)
        impatient(client, 0.05)
        proxy.replies.stall()
        for _ in range(2):
            with pytest.raises(TimeoutError, match=r"within 0\.05 seconds") as caught:
                await client.call(b"PING")
            assert not caught.value.maybe_executed
            assert caught.value.address == f"127.0.0.1:{proxy.port}"
        proxy.replies.release()
        impatient(client, 5)
        assert await client.call(b"PING") == b"PONG"
        await pool.aclose()
        await proxy.wait_for_connections(0)


async def test_server_that_accepts_nobody_ends_in_a_timeout() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        fillers = [socket.socket() for _ in range(2)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        async with RedisClient(port=port) as client:
            impatient(client, 0.05)
            with pytest.raises(TimeoutError):
                await client.call(b"PING")
        for filler in fillers:
            filler.close()


class VirtualServer:
    """A server behind memory streams that takes its time, on the clock of the test."""

    def __init__(self, nursery: trio.Nursery, seconds: float) -> None:
        self.nursery = nursery
        self.seconds = seconds
        self.dialled = 0

    async def spawn(self, host: str, port: int) -> trio.abc.Stream:
        self.dialled += 1
        ours, theirs = trio.testing.memory_stream_pair()
        self.nursery.start_soon(self.serve, theirs)
        return ours

    async def serve(self, stream: trio.abc.Stream) -> None:
        async with stream:
            await stream.receive_some()
            await trio.sleep(self.seconds)
            try:
                await stream.send_all(GREETED)
                while await stream.receive_some():
                    await stream.send_all(b"+PONG\r\n")
            except trio.BrokenResourceError:
                pass  # the client has given up


@pytest.mark.parametrize("seconds", [4.9, 5.1, 1000])
async def test_users_jumping_clock_never_sees_our_deadline(
    autojump_clock: trio.testing.MockClock, seconds: float
) -> None:
    async with trio.open_nursery() as nursery:
        server = VirtualServer(nursery, seconds)
        pool = ConnectionPool("nowhere", 0, spawn_connection=server.spawn)
        async with RedisClient(connection_pool=pool) as client:
            assert await client.call(b"PING") == b"PONG"
        await pool.aclose()
        assert server.dialled == (1 if seconds < 5 else 2)


@pytest.mark.parametrize(("seconds", "succeeds"), [(4.9, True), (5.1, False)])
async def test_connect_deadline_covers_the_handshake(
    autojump_clock: trio.testing.MockClock,
    monkeypatch: pytest.MonkeyPatch,
    seconds: float,
    succeeds: bool,
) -> None:
    # As if the time that passes on the mock clock had really passed.
    monkeypatch.setattr(_dial, "monotonic", trio.current_time)
    async with trio.open_nursery() as nursery:
        server = VirtualServer(nursery, seconds)
        pool = ConnectionPool("nowhere", 0, spawn_connection=server.spawn)
        client = RedisClient(connection_pool=pool)
        if succeeds:
            assert await client.call(b"PING") == b"PONG"
        else:
            with pytest.raises(TimeoutError, match="within 5 seconds"):
                await client.call(b"PING")
        await pool.aclose()


# --- as a stream -----------------------------------------------------------------------


async def make_pair() -> tuple[Connection, trio.SocketStream]:
    with trio.socket.socket() as listener:
        await listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        port = listener.getsockname()[1]
        connection = await open_connection(Config(host="127.0.0.1", port=port))
        accepted, _ = await listener.accept()
    return connection, trio.SocketStream(accepted)


async def make_clogged_pair() -> tuple[Connection, trio.SocketStream]:
    connection, stream = await make_pair()
    for end in (connection, stream):
        while True:
            with trio.move_on_after(0.05) as scope:
                await end.send_all(b"x" * 65536)
            if scope.cancelled_caught:
                break
    return connection, stream


async def test_our_connection_is_a_stream_like_any_other() -> None:
    await trio.testing.check_two_way_stream(make_pair, make_clogged_pair)


async def test_stream_that_was_never_used_as_one_closes_like_any_other() -> None:
    connection, stream = await make_pair()
    async with stream:
        await connection.aclose()
        assert await stream.receive_some() == b""
        for use in (
            lambda: connection.send_all(b"x"),
            lambda: connection.receive_some(1),
            connection.wait_send_all_might_not_block,
        ):
            with pytest.raises(trio.ClosedResourceError):
                await use()


async def test_connection_used_as_a_stream_is_not_lent_again(server: Server) -> None:
    async with RedisClient(server.host, server.port) as client:
        async with client.connection_pool.lease() as connection:
            await connection.send_all(b"PING\r\n")
            assert await connection.receive_some() == b"+PONG\r\n"
        assert not client.connection_pool.pool
        assert await client.call(b"ECHO", b"mine") == b"mine"


# --- waiting ---------------------------------------------------------------------------


@asynccontextmanager
async def open_pair(poll_window: float = 200) -> AsyncIterator[tuple[RedisClient, Any]]:
    """A client whose only connection ends in the test's own hands."""
    async with trio.open_nursery() as nursery:
        send, receive = trio.open_memory_channel[trio.SocketStream](1)

        async def serve(stream: trio.SocketStream) -> None:
            await stream.receive_some()
            await stream.send_all(GREETED)
            await send.send(stream)
            await trio.sleep_forever()

        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, serve, [listener])
        client = RedisClient(port=listener.socket.getsockname()[1])
        pool = client.connection_pool
        pool._config = pool._config.replace(poll_window=poll_window)
        pool.put_connection(await pool.wait_for_connection())
        yield client, await receive.receive()
        await client.aclose()
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("poll_window", [0, 1, 1e12])
async def test_all_tasks_can_be_blocked_with_a_call_pending(poll_window: float) -> None:
    async with open_pair(poll_window) as (client, peer), trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(client.call, b"PING")
            await trio.testing.wait_all_tasks_blocked()
            assert await peer.receive_some() == write_command(b"PING")
            await peer.send_all(b"+PONG\r\n")
            await trio.testing.wait_all_tasks_blocked()
            assert not client.connection_pool.used_connections


async def steps_of_unanswered_calls(
    poll_window: float, calls: int, *, by_hand_before: bool = False
) -> list[int]:
    """How often the scheduler runs each of several callers until it sleeps."""
    steps = Steps()
    counts = []
    async with open_pair(poll_window) as (client, peer):
        if by_hand_before:
            connection = await client.send_command(b"PING")
            async with trio.open_nursery() as nursery:
                nursery.start_soon(client.receive, connection)
                await trio.testing.wait_all_tasks_blocked(0.002)
                await peer.send_all(b"+PONG\r\n")
            await peer.receive_some()
            client.connection_pool.put_connection(connection)
        trio.lowlevel.add_instrument(steps)
        for _ in range(calls):
            steps.counts.clear()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(client.call, b"PING", name="caller")
                await peer.receive_some()
                await trio.testing.wait_all_tasks_blocked(0.002)
                counts.append(steps.counts["caller"])
                await peer.send_all(b"+PONG\r\n")
        trio.lowlevel.remove_instrument(steps)
    return counts


async def test_waiting_by_hand_does_not_end_looking_for_replies() -> None:
    assert (await steps_of_unanswered_calls(1e12, 1, by_hand_before=True))[0] > 2


async def test_looking_for_a_reply_is_bounded_and_stops_where_it_is_in_vain() -> None:
    counts = await steps_of_unanswered_calls(1e12, 40)
    assert max(counts) <= _connection._POLL_PASSES + 2  # and the first step
    assert counts[0] > 2
    assert counts[-10:].count(1) >= 9  # straight to sleep


async def test_without_a_window_a_caller_goes_straight_to_sleep() -> None:
    assert await steps_of_unanswered_calls(0, 5) == [1] * 5


async def test_trickling_reply_does_not_outlive_a_cancellation() -> None:
    async with open_pair(1e12) as (client, peer):

        async def trickle() -> None:
            await peer.receive_some()
            await peer.send_all(b"*1000000\r\n")
            with suppress(trio.BrokenResourceError):  # the client closes in the end
                while True:  # some bytes in each pass of the scheduler
                    await peer.send_all(b":1\r\n")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(trickle)
            with trio.CancelScope() as scope:
                async with trio.open_nursery() as calling:
                    calling.start_soon(client.call, b"PING")
                    for _ in range(500):
                        await trio.lowlevel.checkpoint()
                    scope.cancel()
            assert scope.cancelled_caught
            nursery.cancel_scope.cancel()
        assert not client.connection_pool.pool


async def test_pushes_without_end_do_not_outlive_a_cancellation() -> None:
    async with open_pair(1e12) as (client, peer):

        async def flood() -> None:
            with suppress(trio.BrokenResourceError):  # the client closes in the end
                while True:
                    await peer.send_all(b">2\r\n+message\r\n+text\r\n" * 100)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(flood)
            with trio.CancelScope() as scope:
                async with trio.open_nursery() as calling:
                    calling.start_soon(client.call, b"PING")
                    for _ in range(500):
                        await trio.lowlevel.checkpoint()
                    scope.cancel()
            assert scope.cancelled_caught
            nursery.cancel_scope.cancel()


async def test_reply_of_100_mb_does_not_stall_another_task(valkey: Server) -> None:
    size = 100_000_000
    passes = [0]

    async def run_beside() -> None:
        while True:
            await trio.lowlevel.checkpoint()
            passes[0] += 1

    async with RedisClient(valkey.host, valkey.port) as client:
        await client.call(b"SETRANGE", b"big", size - 1, b"x")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(run_beside)
            await trio.lowlevel.checkpoint()
            before = passes[0]
            reply = await client.call(b"GET", b"big")
            assert len(reply) == size
            assert passes[0] - before >= size // (2 * 1024 * 1024)
            nursery.cancel_scope.cancel()


async def test_pipeline_of_200_000_commands_passes_full_socket_buffers(valkey: Server) -> None:
    async with open_fault_proxy(valkey.port) as proxy, RedisClient(port=proxy.port) as client:
        assert await client.call(b"PING") == b"PONG"
        proxy.replies.stall(capacity=1)  # the server stops reading as its replies are not taken
        words = [b"%06d-%s" % (number, b"x" * 50) for number in range(200_000)]
        async with trio.open_nursery() as nursery:
            replies: list[Any] = []

            async def call() -> None:
                replies.extend(await client.call_many([(b"ECHO", word) for word in words]))

            nursery.start_soon(call)
            await trio.testing.wait_all_tasks_blocked(0.05)
            assert not replies
            proxy.replies.release()
        assert replies == words
        assert len(client.connection_pool.pool) == 1


@pytest.mark.parametrize("foreign", [False, True])
async def test_server_that_answers_before_it_reads_on_is_no_deadlock(foreign: bool) -> None:
    """Sending alone would be for ever: nothing is read until something is taken."""

    async def serve(stream: trio.SocketStream) -> None:
        async with stream:
            await stream.receive_some()
            await stream.send_all(GREETED)
            reader = Resp3Reader()
            answered = 0
            while data := await stream.receive_some():
                reader.feed(data)
                for _ in reader.get_objects():
                    await stream.send_all(b"$10000\r\n" + b"x" * 10_000 + b"\r\n")
                    answered += 1

    async with fake_server(serve) as port:
        pool = ConnectionPool(
            "127.0.0.1", port, spawn_connection=trio.open_tcp_stream if foreign else None
        )
        async with RedisClient(connection_pool=pool) as client:
            commands = [(b"ECHO", b"y" * 10_000)] * 2000
            assert await client.call_many(commands) == [b"x" * 10_000] * 2000
        await pool.aclose()


async def test_peer_that_ends_while_it_reads_nothing_is_noticed_while_sending() -> None:
    """Over a stream of the user's own, which must not wait for room for ever."""
    ours, theirs = trio.testing.lockstep_stream_pair()
    async with trio.open_nursery() as nursery:

        async def serve() -> None:
            greeting = b""
            while len(greeting) < len(write_command(b"HELLO", b"3")):
                greeting += await theirs.receive_some()
            await theirs.send_all(GREETED)
            await theirs.receive_some(1)
            await theirs.send_eof()

        async def spawn(host: str, port: int) -> trio.abc.Stream:
            return ours

        pool = ConnectionPool("nowhere", 0, spawn_connection=spawn)
        client = RedisClient(connection_pool=pool)
        nursery.start_soon(serve)
        with pytest.raises(ConnectionError) as caught:
            await client.call(b"SET", b"k", b"x" * 5_000_000)
        assert caught.value.maybe_executed
        await pool.aclose()
        await theirs.aclose()


@pytest.mark.parametrize("passes", range(12))
async def test_connection_closed_by_another_task_fails_the_call_in_any_pass(passes: int) -> None:
    """With the socket's buffer full, as with nothing to send: no foreign error comes out."""
    for command in ((b"PING",), (b"SET", b"k", b"x" * 20_000_000)):
        async with open_pair() as (client, _):
            failures: list[Exception] = []

            async def call(command: tuple[bytes, ...] = command) -> None:
                try:
                    await client.call(*command)
                except ConnectionError as error:
                    failures.append(error)  # noqa: B023

            async with trio.open_nursery() as nursery:
                nursery.start_soon(call)
                for _ in range(passes):
                    await trio.lowlevel.checkpoint()
                used = [*client.connection_pool.used_connections]
                for connection in used:
                    client.connection_pool.remove_connection(connection)
                if not used:
                    nursery.cancel_scope.cancel()  # it had not begun yet
            assert len(failures) == len(used)


# --- checkpoints -----------------------------------------------------------------------


async def test_every_async_method_passes_a_checkpoint(server: Server) -> None:
    async with RedisClient(server.host, server.port) as client:
        pool = client.connection_pool
        for _ in range(2):  # with a new connection, and with an idle one
            with trio.testing.assert_checkpoints():
                assert await client.call(b"PING") == b"PONG"
        with trio.testing.assert_checkpoints():
            await client.call_many([(b"PING",)])
        with trio.testing.assert_checkpoints():
            await client.call_many([])
        with trio.testing.assert_checkpoints():
            connection = await client.send_command(b"ECHO", b"1")
        with trio.testing.assert_checkpoints():
            await client.send_command(b"ECHO", b"2", connection=connection)
        for _ in range(2):  # the second one may be in already
            with trio.testing.assert_checkpoints():
                await client.receive(connection)
        pool.put_connection(connection)
        with trio.testing.assert_checkpoints():
            connection = await pool.wait_for_connection()
        pool.put_connection(connection)
        with trio.testing.assert_checkpoints():
            async with pool.lease():
                pass
        with trio.testing.assert_checkpoints():
            await client.call(b"SUBSCRIBE", b"c")
        with trio.testing.assert_checkpoints():
            await client.call(b"UNSUBSCRIBE", b"c")
        with trio.testing.assert_checkpoints():
            await connection.aclose()
        with trio.testing.assert_checkpoints():
            await pool.aclose()
        with trio.testing.assert_checkpoints():
            await client.aclose()


async def test_buffered_responses_pass_a_checkpoint_each(valkey: Server) -> None:
    async with open_fault_proxy(valkey.port) as proxy, RedisClient(port=proxy.port) as client:
        connection = await client.send_command(b"PING")
        assert await client.receive(connection) == b"PONG"
        before = proxy.replies.passed
        for _ in range(10):
            await client.send_command(b"PING", connection=connection)
        await proxy.replies.wait_for_passed(before + 10 * len(b"+PONG\r\n"))
        for _ in range(10):
            with trio.testing.assert_checkpoints():
                await client.receive(connection)
        client.connection_pool.put_connection(connection)


@pytest.mark.parametrize("way", ["call", "call_many", "send_command", "receive", "wait"])
async def test_call_in_a_cancelled_scope_does_nothing(server: Server, way: str) -> None:
    async with RedisClient(server.host, server.port) as client:
        connection = await client.send_command(b"PING")
        idle = await client.connection_pool.wait_for_connection()
        client.connection_pool.put_connection(idle)
        attempts: dict[str, Callable[[], Awaitable[Any]]] = {
            "call": lambda: client.call(b"SET", b"k", b"v"),
            "call_many": lambda: client.call_many([(b"SET", b"k", b"v")]),
            "send_command": lambda: client.send_command(b"SET", b"k", b"v"),
            "receive": lambda: client.receive(connection),
            "wait": client.connection_pool.wait_for_connection,
        }
        with trio.CancelScope() as scope:
            scope.cancel()
            await attempts[way]()
        assert scope.cancelled_caught
        assert client.connection_pool.pool == [idle]
        assert await client.receive(connection) == b"PONG"
        client.connection_pool.put_connection(connection)
        assert await client.call(b"GET", b"k") is None


# --- the user's exceptions, and Ctrl-C -------------------------------------------------


async def raised_by(block: Any) -> Exception:
    try:
        async with block:
            raise KeyError("key")
    except Exception as error:  # noqa: BLE001
        return error
    raise AssertionError


async def test_users_exception_and_group_leave_the_blocks_as_they_are(server: Server) -> None:
    for raised in (KeyError("key"), await raised_by(trio.open_nursery())):
        with pytest.raises(type(raised)) as caught:
            async with (
                RedisClient(server.host, server.port) as client,
                client.connection_pool.lease(),
            ):
                raise raised
        assert caught.value is raised


@pytest.mark.parametrize("foreign", [False, True])
async def test_cancellation_of_a_clogged_send_leaves_no_group(
    valkey: Server, foreign: bool
) -> None:
    """What a caller's `except trio.Cancelled` sees is Cancelled itself."""
    seen: list[BaseException] = []

    async def call() -> None:
        try:
            await client.call(b"SET", b"k", b"x" * 20_000_000)
        except BaseException as error:
            seen.append(error)
            raise

    async with open_fault_proxy(valkey.port) as proxy:
        spawn = trio.open_tcp_stream if foreign else None
        pool = ConnectionPool("127.0.0.1", proxy.port, 1, spawn)
        client = RedisClient(connection_pool=pool)
        assert await client.call(b"PING") == b"PONG"
        proxy.requests.stall(capacity=1)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(call)
            await trio.testing.wait_all_tasks_blocked(0.01)
            nursery.cancel_scope.cancel()
        assert [type(error) for error in seen] == [trio.Cancelled]
        await pool.aclose()


INTERRUPTED = """
import signal, sys
import trio
from redtrio.lowlevel.client import RedisClient
from redtrio.lowlevel.connections import ConnectionPool

port, way, foreign = int(sys.argv[1]), sys.argv[2], sys.argv[3] == "True"

async def interrupt_when_blocked():
    await trio.testing.wait_all_tasks_blocked(0.02)
    signal.raise_signal(signal.SIGINT)

async def main():
    pool = ConnectionPool("127.0.0.1", port, 1, trio.open_tcp_stream if foreign else None)
    async with RedisClient(connection_pool=pool) as client:
        await client.call(b"PING")
        client.register_push_callback(b"subscribe", lambda _: signal.raise_signal(signal.SIGINT))
        interrupted = False
        try:
            async with trio.open_nursery() as nursery:
                if way == "call":
                    nursery.start_soon(interrupt_when_blocked)
                    await client.call(b"BLPOP", b"nothing", b"0")
                elif way == "send":
                    nursery.start_soon(interrupt_when_blocked)
                    await client.call_many(
                        [(b"BLPOP", b"nothing", b"0")] + [(b"PING", b"x" * 100_000)] * 300
                    )
                elif way == "wait":
                    async with pool.lease():
                        nursery.start_soon(interrupt_when_blocked)
                        await pool.wait_for_connection()
                elif way == "receive":
                    connection = await client.send_command(b"BLPOP", b"nothing", b"0")
                    nursery.start_soon(interrupt_when_blocked)
                    try:
                        await client.receive(connection)
                    finally:
                        pool.remove_connection(connection)
                elif way == "callback":
                    await client.call(b"SUBSCRIBE", b"a", b"b", b"c")
                elif way == "busy":
                    async def soon():
                        for _ in range(50):
                            await trio.lowlevel.checkpoint()
                        signal.raise_signal(signal.SIGINT)
                    nursery.start_soon(soon)
                    while True:
                        assert await client.call(b"ECHO", b"word") == b"word"
        except BaseException as error:
            while isinstance(error, BaseExceptionGroup):
                error = error.exceptions[0]
            interrupted = type(error) is KeyboardInterrupt
        assert interrupted, "KeyboardInterrupt did not come"
        assert client.subscriber is None
        assert not pool.used_connections, repr(pool)
        with trio.fail_after(10):
            assert await client.call(b"ECHO", b"mine") == b"mine"
    await pool.aclose()
    print("used again")

import trio.testing
if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup
trio.run(main)
"""


async def test_of_several_failures_an_interrupt_is_told_before_all_others() -> None:
    async def fail(error: BaseException) -> None:
        raise error

    async def fail_together(*errors: BaseException) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep_forever)  # which is cancelled
            for error in errors:
                nursery.start_soon(fail, error)

    lost = ConnectionError("lost")
    lost.__cause__ = cause = OSError("reset")
    with pytest.raises(ConnectionError) as caught, ungrouped():
        await fail_together(lost)
    assert caught.value is lost
    assert lost.__cause__ is cause
    with pytest.raises(KeyboardInterrupt), ungrouped():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(fail_together, lost, KeyboardInterrupt(), lost)
            nursery.start_soon(fail, lost)


INTERRUPTED_ANYWHERE = """
import random, signal, sys
import trio
from redtrio.lowlevel.client import RedisClient
from redtrio.lowlevel.connections import ConnectionPool

port, foreign = int(sys.argv[1]), sys.argv[2] == "True"
signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))

async def main():
    pool = ConnectionPool("127.0.0.1", port, 1, trio.open_tcp_stream if foreign else None)
    client = RedisClient(connection_pool=pool)
    calls = interrupts = 0
    while interrupts < 300:
        try:
            signal.setitimer(signal.ITIMER_REAL, random.uniform(0.0001, 0.002))
            while True:
                calls += 1
                word = b"%d" % calls
                reply = await client.call(b"ECHO", word)
                assert reply == word, (reply, word)
        except KeyboardInterrupt:
            interrupts += 1
        assert not pool.used_connections, repr(pool)
        assert pool._opening == 0 and not pool._waiting, repr(pool)
    with trio.fail_after(10):
        assert await client.call(b"ECHO", b"mine") == b"mine"
    await pool.aclose()
    print("used again")

trio.run(main)
"""


@pytest.mark.parametrize("foreign", [False, True])
def test_keyboard_interrupt_at_any_moment_mixes_no_replies_and_leaks_no_slot(
    valkey: Server, foreign: bool
) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_ANYWHERE, str(valkey.port), str(foreign)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.stdout == "used again\n", ended.stderr


@pytest.mark.parametrize("foreign", [False, True])
@pytest.mark.parametrize("way", ["call", "send", "wait", "receive", "callback", "busy"])
def test_keyboard_interrupt_ends_the_call_and_leaves_the_client_usable(
    valkey: Server, way: str, foreign: bool
) -> None:
    # In a process of its own: an interrupt that came out late would end all the tests.
    ended = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, str(valkey.port), way, str(foreign)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.stdout == "used again\n", ended.stderr


# --- the transport ---------------------------------------------------------------------


async def test_dialled_socket_sends_at_once_and_keeps_alive(server: Server) -> None:
    for keepalive in (True, False):
        config = Config(host=server.host, port=server.port, keepalive=keepalive)
        connection = await open_connection(config)
        sock = connection._transport._socket  # type: ignore[attr-defined]
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
        assert bool(sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)) is keepalive
        assert not sock.getblocking()
        await connection.aclose()


async def test_closed_transport_wakes_who_waits_and_closes_once(server: Server) -> None:
    connection = await open_connection(Config(host=server.host, port=server.port))
    transport = connection._transport
    async with trio.open_nursery() as nursery:

        async def wait() -> None:
            with pytest.raises(trio.ClosedResourceError):
                await transport.wait_readable()

        nursery.start_soon(wait)
        await trio.testing.wait_all_tasks_blocked()
        transport.close()
        transport.close()
    with pytest.raises(ConnectionError, match="lost"):
        transport.send(b"x")
    assert not transport.is_quiet()


def test_transport_is_closed_outside_of_any_run() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        SocketTransport(ours, "nowhere").close()
        assert theirs.recv(1) == b""


async def test_names_with_several_addresses_are_tried_in_turn(server: Server) -> None:
    # "localhost" is ::1 first on many systems; the servers listen on 127.0.0.1 alone.
    async with RedisClient("localhost", server.port) as client:
        assert await client.call(b"PING") == b"PONG"


async def test_name_that_leads_nowhere_is_told() -> None:
    async with RedisClient("no-such-host.invalid") as client:
        with pytest.raises(ConnectionError, match=r"no-such-host\.invalid:6379") as caught:
            await client.call(b"PING")
        assert not caught.value.maybe_executed


async def test_interrupted_blocking_command_ends_at_the_server_too(server: Server) -> None:
    async with RedisClient(server.host, server.port) as client, trio.open_nursery() as nursery:
        nursery.start_soon(client.call, b"BLPOP", b"list", b"0")
        await wait_for_blocked(server, 1)
        nursery.cancel_scope.cancel()
    await wait_for_blocked(server, 0)
