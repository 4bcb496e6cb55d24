"""The low-level client, over real servers: calls, work by hand, pushes, foreign parsers."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any

import pytest
import respy3
import trio
import trio.testing
from clients import (
    HiredisReader,
    RecordingStream,
    Respy3Reader,
    connections_of,
    give_up_blocking,
    wait_for_blocked,
    wait_for_connections,
)
from faultproxy import open_fault_proxy
from servers import Server

from redtrio.exceptions import (
    ConnectionError,
    DataError,
    NoPermissionError,
    ProtocolError,
    ResponseError,
    WrongTypeError,
)
from redtrio.lowlevel.client import RedisClient
from redtrio.lowlevel.connections import ConnectionPool
from redtrio.lowlevel.protocol import Resp3Reader, write_command
from redtrio.types import RespPush

READERS = [
    pytest.param(Resp3Reader, id="ours"),
    pytest.param(Respy3Reader, id="respy3"),
    pytest.param(HiredisReader, id="hiredis"),
]


def open_client(server: Server, **options: Any) -> RedisClient:
    return RedisClient(server.host, server.port, **options)


async def connection_id(client: RedisClient) -> int:
    number = await client.call(b"CLIENT", b"ID")
    assert isinstance(number, int)
    return number


# --- call ------------------------------------------------------------------------------


async def test_replies_have_the_types_of_resp3(server: Server) -> None:
    async with open_client(server) as client:
        assert await client.call(b"SET", b"s", b"v") == b"OK"
        assert await client.call(b"GET", b"s") == b"v"
        assert await client.call(b"GET", b"missing") is None
        assert await client.call(b"INCRBY", b"n", b"41") == 41
        assert await client.call(b"HSET", b"h", b"f", b"1", b"g", b"2") == 2
        assert await client.call(b"HGETALL", b"h") == {b"f": b"1", b"g": b"2"}
        assert await client.call(b"RPUSH", b"l", b"a", b"b") == 2
        assert await client.call(b"LRANGE", b"l", b"0", b"-1") == [b"a", b"b"]
        assert await client.call(b"SADD", b"m", b"x") == 1
        assert await client.call(b"SMEMBERS", b"m") == {b"x"}
        assert await client.call(b"ZADD", b"z", b"1.5", b"x") == 1
        assert await client.call(b"ZSCORE", b"z", b"x") == 1.5
        assert await client.call(b"DEBUG", b"PROTOCOL", b"true") is True
        assert await client.call(b"DEBUG", b"PROTOCOL", b"verbatim") == (
            b"This is a verbatim\nstring"
        )
        assert (
            await client.call(b"DEBUG", b"PROTOCOL", b"attrib")
            == b"Some real reply following the attribute"
        )


async def test_arguments_may_be_text_and_numbers(server: Server) -> None:
    async with open_client(server) as client:
        await client.call("rpush", "l", bytearray(b"a"), memoryview(b"b"), 3, 1.5, "ü")
        assert await client.call("lrange", "l", 0, -1) == [b"a", b"b", b"3", b"1.5", "ü".encode()]


async def test_error_reply_raises_and_the_connection_is_used_on(server: Server) -> None:
    async with open_client(server) as client:
        first = await connection_id(client)
        await client.call(b"SET", b"k", b"v")
        with pytest.raises(WrongTypeError) as caught:
            await client.call("lpush", b"k", b"secret")
        assert caught.value.code == "WRONGTYPE"
        assert caught.value.command == "LPUSH"
        assert "secret" not in str(caught.value)
        with pytest.raises(ResponseError, match="unknown command"):
            await client.call(b"NOSUCHCOMMAND")
        assert await connection_id(client) == first


async def test_error_inside_of_a_reply_is_a_value(server: Server) -> None:
    async with open_client(server) as client:
        await client.call(b"SET", b"k", b"v")
        replies = await client.call_many([[b"MULTI"], [b"LPUSH", b"k", b"v"], [b"EXEC"]])
        assert replies[:2] == [b"OK", b"QUEUED"]
        assert isinstance(replies[2][0], WrongTypeError)


@pytest.mark.parametrize("argument", [None, True, [b"a"], {}, object()])
async def test_wrong_argument_is_refused_before_a_connection_is_taken(argument: Any) -> None:
    client = RedisClient(port=1)  # where nobody listens
    for attempt in (
        client.call(b"SET", b"k", argument),
        client.call_many([(b"PING",), (b"SET", b"k", argument)]),
        client.send_command(b"SET", b"k", argument),
    ):
        with pytest.raises(DataError, match="argument 2"):
            await attempt
    with pytest.raises(ConnectionError):
        await client.call(b"SET", b"k", b"v")


async def test_each_of_many_tasks_gets_its_own_reply(server: Server) -> None:
    async def echo(number: int) -> None:
        for turn in range(20):
            word = b"%d-%d" % (number, turn)
            assert await client.call(b"ECHO", word) == word

    async with open_client(server) as client, trio.open_nursery() as nursery:
        for number in range(100):
            nursery.start_soon(echo, number)


# --- call_many -------------------------------------------------------------------------


async def test_call_many_returns_all_replies_in_order_errors_as_values(server: Server) -> None:
    async with open_client(server) as client:
        replies = await client.call_many(
            [(b"SET", b"k", b"v"), [b"LPUSH", b"k", b"x"], ("GET", "k"), (b"GET", b"missing")]
        )
        assert replies[0] == b"OK"
        assert isinstance(replies[1], WrongTypeError)
        assert replies[2:] == [b"v", None]


async def test_call_many_is_one_write_on_one_connection(server: Server) -> None:
    streams: list[RecordingStream] = []

    async def spawn(host: str, port: int) -> trio.abc.Stream:
        streams.append(RecordingStream(await trio.open_tcp_stream(host, port)))
        return streams[-1]

    pool = ConnectionPool(server.host, server.port, spawn_connection=spawn)
    async with RedisClient(connection_pool=pool) as client:
        ids = await client.call_many([(b"CLIENT", b"ID") for _ in range(1000)])
        assert len(set(ids)) == 1
    await pool.aclose()
    (stream,) = streams
    assert stream.sends[0].startswith(b"*2\r\n$5\r\nHELLO")
    assert stream.sends[1:] == [write_command(b"CLIENT", b"ID") * 1000]


async def test_call_many_takes_an_iterator_and_no_commands_at_all(server: Server) -> None:
    async with open_client(server) as client:
        assert await client.call_many(iter([(b"PING",)])) == [b"PONG"]
        assert await client.call_many([]) == []


@pytest.mark.parametrize("own_write_command", [False, True])
async def test_call_many_refuses_an_empty_command(server: Server, own_write_command: bool) -> None:
    def write(*words: bytes) -> bytes:
        return write_command(*words)

    options = {"write_command": write} if own_write_command else {}
    async with open_client(server, **options) as client:
        with pytest.raises((DataError, TypeError)):
            await client.call_many([(b"PING",), ()])
        assert await client.call(b"PING") == b"PONG"


# --- foreign parsers and encoders ------------------------------------------------------


@pytest.mark.parametrize("reader", READERS)
async def test_reader_of_others_plugs_in(server: Server, reader: Any) -> None:
    pushes: list[Any] = []
    async with open_client(server, Reader=reader) as client:
        client.register_push_callback(b"message", pushes.append)
        await client.call(b"HSET", b"h", b"f", b"1")
        assert await client.call(b"HGETALL", b"h") == {b"f": b"1"}
        assert await client.call(b"GET", b"missing") is None
        replies = await client.call_many([(b"ECHO", b"%d" % n) for n in range(100)])
        assert replies == [b"%d" % n for n in range(100)]
        big = b"x" * 1_000_000
        await client.call(b"SET", b"big", big)
        assert await client.call(b"GET", b"big") == big
        await client.call(b"SUBSCRIBE", b"a", b"b")
        server.call("PUBLISH", "b", "news")
        await client.receive(client.subscriber, push_only=True)
    assert [(push.push_type, push.data) for push in pushes] == [(b"message", [b"b", b"news"])]


@pytest.mark.parametrize("reader", [*READERS[1:]])
async def test_error_class_of_a_foreign_reader_is_raised(server: Server, reader: Any) -> None:
    async with open_client(server, Reader=reader) as client:
        first = await connection_id(client)
        with pytest.raises(Exception, match="unknown command") as caught:
            await client.call(b"NOSUCHCOMMAND")
        assert not isinstance(caught.value, ResponseError)
        (error,) = await client.call_many([(b"NOSUCHCOMMAND",)])
        assert type(error) is type(caught.value)
        assert await connection_id(client) == first


async def test_push_class_of_a_foreign_reader_is_what_callbacks_get(server: Server) -> None:
    pushes: list[Any] = []
    async with open_client(server, Reader=Respy3Reader) as client:
        client.register_push_callback(b"subscribe", pushes.append)
        await client.call(b"SUBSCRIBE", b"c")
    assert type(pushes[0]).__module__.partition(".")[0] == "respy3"


@pytest.mark.parametrize("reader", READERS)
async def test_parser_belongs_to_the_connection_not_to_the_client(
    valkey: Server, reader: Any
) -> None:
    async def echo(number: int) -> None:
        for turn in range(10):
            word = b"%d-%d" % (number, turn)
            assert await client.call(b"ECHO", word) == word

    async with open_fault_proxy(valkey.port) as proxy:
        proxy.replies.split(1)  # every reply is half there while others come
        client = RedisClient(port=proxy.port, Reader=reader)
        async with client, trio.open_nursery() as nursery:
            for number in range(10):
                nursery.start_soon(echo, number)


async def test_foreign_encoder_is_used_for_every_command(server: Server) -> None:
    async with open_client(server, write_command=respy3.write_command) as client:
        assert await client.call(b"ECHO", b"one") == b"one"
        assert await client.call_many([(b"ECHO", b"two"), (b"PING",)]) == [b"two", b"PONG"]
        connection = await client.send_command(b"ECHO", b"three")
        assert await client.receive(connection) == b"three"
        client.connection_pool.put_connection(connection)


async def test_reader_that_raises_ends_the_connection_with_its_cause(server: Server) -> None:
    class Failing(Respy3Reader):  # type: ignore[misc]
        def get_object(self) -> object:
            raise KeyError("no such type")

    async with open_client(server, Reader=Failing) as client:
        with pytest.raises(ProtocolError, match="no such type") as caught:
            await client.call(b"PING")
        assert caught.value.maybe_executed
        assert not client.connection_pool.used_connections
        await wait_for_connections(server, 0)


@pytest.mark.parametrize("way", ["call", "call_many", "send_command", "subscribe"])
async def test_reader_that_cannot_be_made_leaks_no_connection(server: Server, way: str) -> None:
    def fail() -> Any:
        raise ZeroDivisionError

    async with open_client(server, Reader=fail) as client:
        attempts: dict[str, Callable[[], Any]] = {
            "call": lambda: client.call(b"PING"),
            "call_many": lambda: client.call_many([(b"PING",)]),
            "send_command": lambda: client.send_command(b"PING"),
            "subscribe": lambda: client.call(b"SUBSCRIBE", b"c"),
        }
        with pytest.raises(ZeroDivisionError):
            await attempts[way]()
        assert not client.connection_pool.used_connections


# --- by hand ---------------------------------------------------------------------------


async def test_sent_command_leaves_the_connection_with_the_caller(server: Server) -> None:
    async with open_client(server) as client:
        pool = client.connection_pool
        connection = await client.send_command(b"CLIENT", b"ID")
        mine = await client.receive(connection)
        assert pool.used_connections == {connection}
        others = {await connection_id(client) for _ in range(3)}
        assert mine not in others
        pool.put_connection(connection)
        assert not pool.used_connections
        assert pool.pool[-1] is connection
        assert await connection_id(client) == mine


async def test_responses_by_hand_come_in_order_errors_as_values(server: Server) -> None:
    async with open_client(server) as client:
        connection = await client.send_command(b"ECHO", b"1")
        for word in (b"2", b"3"):
            await client.send_command(b"ECHO", word, connection=connection)
        await client.send_command(b"NOSUCHCOMMAND", connection=connection)
        assert [await client.receive(connection) for _ in range(3)] == [b"1", b"2", b"3"]
        error = await client.receive(connection)
        assert isinstance(error, ResponseError)
        client.connection_pool.put_connection(connection)
        assert client.connection_pool.pool == [connection]


@pytest.mark.parametrize("has_come", [False, True])
async def test_connection_put_back_with_a_response_unread_is_closed(
    server: Server, has_come: bool
) -> None:
    async with open_client(server) as client:
        connection = await client.send_command(b"ECHO", b"stray")
        if has_come:
            await client.send_command(b"ECHO", b"second", connection=connection)
            assert await client.receive(connection) == b"stray"
        client.connection_pool.put_connection(connection)
        assert not client.connection_pool.pool
        assert await client.call(b"ECHO", b"mine") == b"mine"


async def test_cancelled_receive_keeps_connection_parser_and_messages(valkey: Server) -> None:
    async with open_fault_proxy(valkey.port) as proxy, RedisClient(port=proxy.port) as client:
        connection = await client.send_command(b"PING")
        assert await client.receive(connection) == b"PONG"
        for kept in range(len(b"$5\r\nhello\r\n")):
            proxy.replies.stall()
            before = proxy.replies.passed
            await client.send_command(b"ECHO", b"hello", connection=connection)
            proxy.replies.release(kept)
            await proxy.replies.wait_for_passed(before + kept)
            with trio.CancelScope() as scope:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(client.receive, connection)
                    await trio.testing.wait_all_tasks_blocked()
                    scope.cancel()
            assert scope.cancelled_caught
            proxy.replies.release()
            assert await client.receive(connection) == b"hello"
        client.connection_pool.put_connection(connection)
        assert client.connection_pool.pool == [connection]


async def test_receiving_twice_at_once_is_refused_and_loses_nothing(server: Server) -> None:
    async with open_client(server) as client:
        connection = await client.send_command(b"BLPOP", b"list", b"0")
        async with trio.open_nursery() as nursery:
            result: list[Any] = []

            async def receive() -> None:
                result.append(await client.receive(connection))

            nursery.start_soon(receive)
            await trio.testing.wait_all_tasks_blocked()
            with pytest.raises(trio.BusyResourceError):
                await client.receive(connection)
            with pytest.raises(trio.BusyResourceError):
                await client.send_command(b"PING", connection=connection)
            server.call("RPUSH", "list", "element")
        assert result == [[b"list", b"element"]]
        client.connection_pool.put_connection(connection)


async def test_two_receivers_of_one_response_that_is_in_end_with_it_once() -> None:
    outcomes: list[Any] = []

    async def receive() -> None:
        outcomes.append(await client.receive(connection))

    connection, theirs = trio.testing.memory_stream_pair()
    client = RedisClient()
    for _ in range(2):
        await client.send_command(b"PING", connection=connection)
    await theirs.send_all(b"+first\r\n+second\r\n")
    assert await client.receive(connection) == b"first"  # the other came with it
    with trio.CancelScope() as scope:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(receive)
            nursery.start_soon(receive)
            await trio.testing.wait_all_tasks_blocked()
            scope.cancel()
    assert outcomes == [b"second"]


async def test_removed_connection_is_closed_and_its_place_free(server: Server) -> None:
    async with open_client(server) as client:
        connection = await client.send_command(b"ECHO", b"stray")
        client.connection_pool.remove_connection(connection)
        await wait_for_connections(server, 0)
        with pytest.raises(ConnectionError):
            await client.receive(connection)
        assert await client.call(b"ECHO", b"mine") == b"mine"


async def test_monitor_works_by_hand_and_its_connection_is_not_lent_again(server: Server) -> None:
    async with open_client(server) as client:
        connection = await client.send_command(b"monitor")
        assert await client.receive(connection) == b"OK"
        await client.call(b"ECHO", b"seen")
        lines = [await client.receive(connection)]
        while b'"seen"' not in lines[-1]:
            lines.append(await client.receive(connection))
        client.connection_pool.put_connection(connection)
        assert connection not in client.connection_pool.pool


async def test_conversation_over_an_appended_stream_needs_no_pool(server: Server) -> None:
    async with open_client(server) as client:
        stream = await trio.open_tcp_stream(server.host, server.port)
        async with stream:
            await client.send_command(b"PING", connection=stream)
            assert await client.receive(stream) == b"PONG"
        assert not client.connection_pool.pool


# --- subscriptions ---------------------------------------------------------------------

SUBSCRIBING = [
    (b"SUBSCRIBE", b"UNSUBSCRIBE"),
    (b"PSUBSCRIBE", b"PUNSUBSCRIBE"),
    (b"SSUBSCRIBE", b"SUNSUBSCRIBE"),
]


@pytest.mark.parametrize("spelled", [bytes.upper, bytes.lower, bytes.title, bytes.decode])
@pytest.mark.parametrize(("begin", "end"), SUBSCRIBING)
async def test_each_channel_of_a_subscription_is_confirmed_to_it(
    server: Server, begin: bytes, end: bytes, spelled: Callable[[bytes], Any]
) -> None:
    pushes: list[RespPush] = []
    async with open_client(server) as client:
        client.register_push_callback(begin.lower(), pushes.append)
        client.register_push_callback(end.lower(), pushes.append)
        assert await client.call(spelled(begin), b"a", "b", b"c") is None
        assert [push.data for push in pushes] == [[b"a", 1], [b"b", 2], [b"c", 3]]
        assert await client.call(b"ECHO", b"mine") == b"mine"
        assert await client.call(spelled(end), b"b") is None
        assert await client.call(spelled(end)) is None
        assert [push.data[0] for push in pushes[3:4]] == [b"b"]
        assert {push.data[0] for push in pushes[4:]} == {b"a", b"c"}
        assert client.subscriber is None
        assert len(client.connection_pool.pool) == 2


async def test_connection_with_subscriptions_is_not_lent_to_others(server: Server) -> None:
    async with open_client(server) as client:
        await client.call(b"SUBSCRIBE", b"c")
        subscriber = client.subscriber
        assert subscriber in client.connection_pool.used_connections
        assert await client.call(b"ECHO", b"mine") == b"mine"
        await client.call(b"PSUBSCRIBE", b"p*")
        assert client.subscriber is subscriber
        await client.call(b"UNSUBSCRIBE")
        assert client.subscriber is subscriber  # the pattern is still there
        await client.call(b"PUNSUBSCRIBE")
        assert client.subscriber is None
        assert subscriber in client.connection_pool.pool


@pytest.mark.parametrize("command", [b"UNSUBSCRIBE", b"PUNSUBSCRIBE", b"SUNSUBSCRIBE"])
async def test_unsubscribing_from_nothing_is_confirmed_as_well(
    server: Server, command: bytes
) -> None:
    async with open_client(server) as client:
        await client.call(command)
        await client.call(command, b"a", b"b")
        assert await client.call(b"ECHO", b"mine") == b"mine"
        assert len(client.connection_pool.pool) == 1


async def test_same_channel_twice_is_confirmed_twice(server: Server) -> None:
    async with open_client(server) as client:
        await client.call(b"SUBSCRIBE", b"a", b"a")
        await client.call(b"SUBSCRIBE", b"b")
        await client.call(b"UNSUBSCRIBE")
        assert client.subscriber is None
        assert await client.call(b"ECHO", b"mine") == b"mine"


async def test_refused_subscription_raises_and_the_connection_is_used_on(server: Server) -> None:
    async with open_client(server) as client:
        with pytest.raises(ResponseError, match="wrong number of arguments"):
            await client.call(b"SUBSCRIBE")
        first = await connection_id(client)
        server.call("ACL", "SETUSER", "default", "resetchannels", "&open")
        with pytest.raises(NoPermissionError) as caught:
            await client.call(b"subscribe", b"open", b"closed", b"other")
        assert caught.value.command == "SUBSCRIBE"
        assert client.subscriber is None
        assert await connection_id(client) == first


async def test_refused_subscription_keeps_those_before_it(server: Server) -> None:
    async with open_client(server) as client:
        # A server closes connections whose subscriptions a change of rules forbids.
        server.call("ACL", "SETUSER", "default", "resetchannels", "&open")
        await client.call(b"SUBSCRIBE", b"open")
        with pytest.raises(NoPermissionError):
            await client.call(b"SUBSCRIBE", b"closed")
        server.call("PUBLISH", "open", "message")
        assert await client.receive(client.subscriber, push_only=True) is None


async def test_message_that_waits_unread_is_no_obstacle_to_another_subscription(
    server: Server,
) -> None:
    pushes: list[RespPush] = []
    async with open_client(server) as client:
        client.register_push_callback(b"message", pushes.append)
        await client.call(b"SUBSCRIBE", b"a")
        server.call("PUBLISH", "a", "early")
        # Longer than a connection counts as fresh; the message lies in the socket.
        await trio.sleep(0.05)
        await client.call(b"SUBSCRIBE", b"b")
        assert [push.data for push in pushes] == [[b"a", b"early"]]
        server.call("PUBLISH", "a", "late")
        await client.receive(client.subscriber, push_only=True)
        assert [push.data for push in pushes] == [[b"a", b"early"], [b"a", b"late"]]


async def test_subscribing_while_another_task_receives_is_refused_and_harms_nothing(
    server: Server,
) -> None:
    pushes: list[RespPush] = []
    async with open_client(server) as client:
        client.register_push_callback(b"message", pushes.append)
        await client.call(b"SUBSCRIBE", b"a")
        subscriber = client.subscriber
        async with trio.open_nursery() as nursery:

            async def receive() -> None:
                assert await client.receive(subscriber, push_only=True) is None

            nursery.start_soon(receive)
            await trio.testing.wait_all_tasks_blocked()
            with pytest.raises(trio.BusyResourceError):
                await client.call(b"SUBSCRIBE", b"b")
            server.call("PUBLISH", "a", "message")
        assert client.subscriber is subscriber
        assert len(pushes) == 1


async def test_messages_come_in_order_with_nothing_lost(server: Server) -> None:
    got: list[bytes] = []
    async with open_client(server) as client:
        client.register_push_callback(b"message", lambda push: got.append(push.data[1]))
        await client.call(b"SUBSCRIBE", b"c")
        server.call_many(*(("PUBLISH", "c", number) for number in range(1000)))
        while len(got) < 1000:
            await client.receive(client.subscriber, push_only=True)
    assert got == [b"%d" % number for number in range(1000)]


async def test_subscriptions_that_were_lost_are_told_once(server: Server) -> None:
    async with open_client(server) as client:
        await client.call(b"SUBSCRIBE", b"a")
        server.call("CLIENT", "KILL", "TYPE", "pubsub")
        with pytest.raises(ConnectionError):
            await client.call(b"SUBSCRIBE", b"b")
        assert client.subscriber is None
        assert not client.connection_pool.used_connections
        await client.call(b"SUBSCRIBE", b"b")
        server.call("PUBLISH", "b", "message")
        assert await client.receive(client.subscriber, push_only=True) is None


async def test_tasks_that_subscribe_at_once_share_one_connection(server: Server) -> None:
    pushes: list[RespPush] = []
    async with open_client(server) as client:
        client.register_push_callback(b"subscribe", pushes.append)
        async with trio.open_nursery() as nursery:
            for number in range(20):
                nursery.start_soon(client.call, b"SUBSCRIBE", b"%d" % number)
        assert len(client.connection_pool.used_connections) == 1
        assert {push.data[0] for push in pushes} == {b"%d" % number for number in range(20)}
        assert pushes[-1].data[1] == 20


async def test_subscription_by_hand_confirms_with_pushes(server: Server) -> None:
    pushes: list[RespPush] = []
    async with open_client(server) as client:
        client.register_push_callback(b"subscribe", pushes.append)
        connection = await client.send_command(b"SUBSCRIBE", b"a", b"b")
        assert await client.receive(connection, push_only=True) is None
        assert await client.receive(connection, push_only=True) is None
        assert [push.data for push in pushes] == [[b"a", 1], [b"b", 2]]
        client.connection_pool.put_connection(connection)
        assert connection not in client.connection_pool.pool  # it has subscriptions
        assert await client.call(b"ECHO", b"mine") == b"mine"


# --- callbacks -------------------------------------------------------------------------


async def test_callbacks_of_a_type_run_in_order_of_registration(server: Server) -> None:
    calls: list[str] = []
    async with open_client(server) as client:
        for name in ("first", "second", "third"):
            client.register_push_callback(
                b"subscribe", functools.partial(lambda name, _: calls.append(name), name)
            )
        client.register_push_callback(b"message", lambda _: calls.append("other type"))
        await client.call(b"SUBSCRIBE", b"c")
    assert calls == ["first", "second", "third"]


async def test_same_callback_registered_twice_runs_twice(server: Server) -> None:
    pushes: list[RespPush] = []
    async with open_client(server) as client:
        client.register_push_callback(b"subscribe", pushes.append)
        client.register_push_callback(b"subscribe", pushes.append)
        await client.call(b"SUBSCRIBE", b"c")
    assert len(pushes) == 2


async def test_raising_callback_is_logged_and_stops_nothing(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(push: RespPush) -> None:
        raise ZeroDivisionError

    pushes: list[RespPush] = []
    async with open_client(server) as client:
        client.register_push_callback(b"subscribe", fail)
        client.register_push_callback(b"subscribe", pushes.append)
        with caplog.at_level(logging.ERROR, logger="redtrio"):
            await client.call(b"SUBSCRIBE", b"a", b"b")
            connection = await client.send_command(b"SUBSCRIBE", b"c")
            assert await client.receive(connection, push_only=True) is None
        client.connection_pool.remove_connection(connection)
    assert len(pushes) == 3
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [
        ZeroDivisionError
    ] * 3


async def test_callback_may_register_another(server: Server) -> None:
    late: list[RespPush] = []
    async with open_client(server) as client:
        client.register_push_callback(
            b"subscribe", lambda _: client.register_push_callback(b"subscribe", late.append)
        )
        await client.call(b"SUBSCRIBE", b"a", b"b", b"c")
    assert [push.data[0] for push in late] == [b"b", b"c", b"c"]


@pytest.mark.parametrize("foreign", [False, True])
async def test_callback_may_close_the_connection(server: Server, foreign: bool) -> None:
    pool = ConnectionPool(
        server.host, server.port, spawn_connection=trio.open_tcp_stream if foreign else None
    )
    async with RedisClient(connection_pool=pool) as client:

        def close(_: RespPush) -> None:
            (connection,) = pool.used_connections
            pool.remove_connection(connection)
            if foreign:
                streams.append(connection)

        streams: list[trio.abc.Stream] = []
        client.register_push_callback(b"subscribe", close)
        with pytest.raises(ConnectionError):
            await client.call(b"SUBSCRIBE", b"a", b"b")
        assert not pool.used_connections
        assert client.subscriber is None
        assert await client.call(b"ECHO", b"mine") == b"mine"
        for stream in streams:  # a stream of the user's own is the user's to close
            await trio.aclose_forcefully(stream)
    await pool.aclose()


async def _async_function(push: object) -> None:
    raise AssertionError


async def _async_generator(push: object) -> Any:
    yield push


class _AsyncMethods:
    async def method(self, push: object) -> None:
        raise AssertionError

    async def __call__(self, push: object) -> None:
        raise AssertionError


@pytest.mark.parametrize(
    "callback",
    [
        _async_function,
        _async_generator,
        _AsyncMethods().method,
        _AsyncMethods(),
        functools.partial(_async_function),
        functools.partial(_AsyncMethods()),
    ],
    ids=["function", "generator", "method", "object", "partial", "partial of object"],
)
def test_async_callback_is_refused(callback: Any) -> None:
    with pytest.raises(TypeError, match="async"):
        RedisClient().register_push_callback(b"message", callback)


def test_what_is_no_callback_or_no_type_is_refused() -> None:
    client = RedisClient()
    with pytest.raises(TypeError, match="callable"):
        client.register_push_callback(b"message", None)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="bytes"):
        client.register_push_callback("message", print)  # type: ignore[arg-type]


async def test_invalidation_pushes_reach_their_callback_amid_replies(server: Server) -> None:
    keys: list[Any] = []
    async with open_client(server) as client:
        client.register_push_callback(b"invalidate", lambda push: keys.append(push.data[0]))
        connection = await client.send_command(b"CLIENT", b"TRACKING", b"ON")
        assert await client.receive(connection) == b"OK"
        await client.send_command(b"GET", b"k", connection=connection)
        assert await client.receive(connection) is None
        server.call("SET", "k", "v")
        await client.send_command(b"PING", connection=connection)
        assert await client.receive(connection) == b"PONG"
        assert keys == [[b"k"]]
        client.connection_pool.remove_connection(connection)


# --- commands that leave nothing to wait for, or end the connection --------------------


@pytest.mark.parametrize(
    "command",
    [
        (b"MONITOR",),
        ("monitor",),
        (bytearray(b"Monitor"),),
        (b"SYNC",),
        (b"PSYNC", b"?", b"-1"),
        (b"CLIENT", b"REPLY", b"OFF"),
        ("client", "reply", "skip"),
    ],
)
async def test_command_without_one_response_is_refused(command: tuple[Any, ...]) -> None:
    client = RedisClient(port=1)  # where nobody listens: nothing is even dialled
    with pytest.raises(DataError, match="send_command"):
        await client.call(*command)
    with pytest.raises(DataError, match="send_command"):
        await client.call_many([(b"PING",), command])


@pytest.mark.parametrize(("begin", "end"), SUBSCRIBING)
async def test_call_many_refuses_push_commands(begin: bytes, end: bytes) -> None:
    client = RedisClient(port=1)
    for command in ((begin.lower(), b"c"), (end.decode(), "c")):
        with pytest.raises(DataError, match=r"use call\(\)"):
            await client.call_many([(b"PING",), command])


@pytest.mark.parametrize(
    "command", [(b"QUIT",), ("reset",), (b"HELLO", b"2"), ("hello", 2)], ids=repr
)
async def test_connection_is_not_lent_again_after(server: Server, command: tuple[Any, ...]) -> None:
    async with open_client(server) as client:
        for attempt in (client.call, lambda *words: client.call_many([words])):
            before = await connection_id(client)
            await attempt(*command)
            assert not client.connection_pool.pool
            assert not client.connection_pool.used_connections
            assert await connection_id(client) != before
        connection = await client.send_command(*command)
        await client.receive(connection)
        client.connection_pool.put_connection(connection)
        assert connection not in client.connection_pool.pool


async def test_hello_3_keeps_its_connection(server: Server) -> None:
    async with open_client(server) as client:
        before = await connection_id(client)
        await client.call("HELLO", 3)
        assert await connection_id(client) == before


# --- opening and closing ---------------------------------------------------------------


async def test_end_of_the_block_closes_every_connection(server: Server) -> None:
    async with open_client(server) as client:
        await client.call(b"SUBSCRIBE", b"c")
        await client.send_command(b"PING")
        await client.call(b"PING")
        assert connections_of(server) == 3
    await wait_for_connections(server, 0)
    with pytest.raises(ConnectionError, match="closed"):
        await client.call(b"PING")
    await client.aclose()


async def test_pool_that_was_passed_in_stays_open(server: Server) -> None:
    pool = ConnectionPool(server.host, server.port)
    async with RedisClient(connection_pool=pool) as client:
        await client.call(b"SUBSCRIBE", b"c")
        await client.call(b"PING")
    assert len(pool.pool) == 1  # but the subscriber is gone
    assert not pool.used_connections
    async with RedisClient(connection_pool=pool) as other:
        assert await other.call(b"PING") == b"PONG"
    await pool.aclose()


@pytest.mark.parametrize("readers", [READERS[:2], READERS[1:], READERS[::-1]])
async def test_clients_of_one_pool_keep_their_own_readers_and_callbacks(
    server: Server, readers: list[Any]
) -> None:
    pool = ConnectionPool(server.host, server.port, 1)
    calls: list[int] = []
    clients = []
    for number, reader in enumerate(readers):
        client = RedisClient(connection_pool=pool, Reader=reader.values[0])
        client.register_push_callback(
            b"subscribe", functools.partial(lambda number, _: calls.append(number), number)
        )
        clients.append(client)
    for turn in range(3):
        for client in clients:
            assert await client.call(b"ECHO", b"%d" % turn) == b"%d" % turn
            await client.call(b"SUBSCRIBE", b"c")
            await client.call(b"UNSUBSCRIBE")
    assert calls == [*range(len(readers))] * 3
    await pool.aclose()


class OwnPool:
    """A pool of somebody else's, with the three names and no more."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.free: list[trio.abc.Stream] = []
        self.removed = 0

    async def wait_for_connection(self) -> trio.abc.Stream:
        if self.free:
            await trio.lowlevel.checkpoint()
            return self.free.pop()
        stream = await trio.open_tcp_stream(self.server.host, self.server.port)
        await stream.send_all(b"*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n")
        reader = Resp3Reader()
        while reader.get_object() is reader.sentinel:
            reader.feed(await stream.receive_some())
        return stream

    def put_connection(self, connection: trio.abc.Stream) -> None:
        self.free.append(connection)

    def remove_connection(self, connection: trio.abc.Stream) -> None:
        self.removed += 1


async def test_pool_of_somebody_elses_will_do(server: Server) -> None:
    pool = OwnPool(server)
    async with RedisClient(connection_pool=pool) as client:
        assert await client.call(b"ECHO", b"1") == b"1"
        assert await client.call_many([(b"ECHO", b"2")]) == [b"2"]
        assert (len(pool.free), pool.removed) == (1, 0)
        await give_up_blocking(client, server)
        assert (len(pool.free), pool.removed) == (0, 1)
        await client.call(b"SUBSCRIBE", b"c")
        assert not pool.free
        await client.call(b"UNSUBSCRIBE")
        assert len(pool.free) == 1
        connection = await client.send_command(b"ECHO", b"3")
        assert await client.receive(connection) == b"3"
        pool.put_connection(connection)
        assert await client.call(b"ECHO", b"4") == b"4"
    for stream in pool.free:
        await stream.aclose()


async def test_users_exception_leaves_the_block_unwrapped(server: Server) -> None:
    with pytest.raises(KeyError):
        async with open_client(server) as client:
            await client.call(b"PING")
            raise KeyError


async def test_unreachable_server_is_named(refusing_port: int) -> None:
    address = f"127.0.0.1:{refusing_port}"
    async with RedisClient(port=refusing_port) as client:
        with pytest.raises(ConnectionError, match=f"{address}: connection refused") as e:
            await client.call(b"PING")
        assert not e.value.maybe_executed
        assert e.value.address == address
        assert isinstance(e.value, OSError)


async def test_representations_tell_the_state(server: Server) -> None:
    async with open_client(server) as client:
        assert "0 idle, 0 lent, 0 opening, 0 waiting, max 50" in repr(client)
        connection = await client.send_command(b"PING")
        assert "in use" in repr(connection)
        assert "1 lent" in repr(client)
        await client.receive(connection)
        client.connection_pool.put_connection(connection)
        assert "idle" in repr(connection)
    assert "dead" in repr(connection)
    assert "closed" in repr(client)


async def test_large_pushes_without_pause_starve_nobody(valkey: Server) -> None:
    async with RedisClient(valkey.host, valkey.port) as client:
        await client.call(b"SUBSCRIBE", b"news")
        subscriber = client.subscriber
        assert subscriber is not None
        for _ in range(20):
            valkey.call("PUBLISH", "news", "x" * 100_000)
        seen: list[Any] = []
        client.register_push_callback(b"message", seen.append)
        for _ in range(20):
            with trio.testing.assert_checkpoints():
                await client.receive(subscriber, push_only=True)
        assert len(seen) == 20


async def test_sending_by_hand_knows_no_bound(valkey: Server) -> None:
    pool = ConnectionPool.from_url(f"redis://{valkey.host}:{valkey.port}?max_in_flight=5")
    async with RedisClient(connection_pool=pool) as client, pool.lease() as connection:
        for number in range(20):
            await client.send_command(b"ECHO", b"%d" % number, connection=connection)
        assert not connection.conversation.unsent  # type: ignore[attr-defined]
        for number in range(20):
            assert await client.receive(connection) == b"%d" % number
    await pool.aclose()


async def test_receive_beside_a_call_changes_nothing_for_it(valkey: Server) -> None:
    async with (
        RedisClient(valkey.host, valkey.port) as client,
        client.connection_pool.lease() as connection,
        trio.open_nursery() as nursery,
    ):
        driver: Any = connection
        nursery.start_soon(driver.ask, write_command(b"BLPOP", b"nothing", 0.1))
        await wait_for_blocked(valkey, 1)
        with pytest.raises(trio.BusyResourceError):
            await client.receive(connection)
        assert driver.conversation.inbox is None
