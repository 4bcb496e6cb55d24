"""The interface document: its names and signatures, and each of its sentences."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest
import trio
from clients import RecordingStream, Respy3Reader
from servers import Server

from redtrio.lowlevel import client as module
from redtrio.lowlevel import protocol
from redtrio.lowlevel.client import RedisClient
from redtrio.lowlevel.connections import ConnectionPool
from redtrio.types import RespPush

POSITIONAL = inspect.Parameter.POSITIONAL_OR_KEYWORD
VARIADIC = inspect.Parameter.VAR_POSITIONAL
KEYWORD = inspect.Parameter.KEYWORD_ONLY
NOTHING = inspect.Parameter.empty


def shape(function: Callable[..., object]) -> list[tuple[str, object, object]]:
    parameters = inspect.signature(function).parameters.values()
    return [(parameter.name, parameter.kind, parameter.default) for parameter in parameters]


def test_constructor_has_the_documents_signature() -> None:
    assert shape(RedisClient) == [
        ("host", POSITIONAL, "127.0.0.1"),
        ("port", POSITIONAL, 6379),
        ("connection_pool", KEYWORD, None),
        ("Reader", KEYWORD, protocol.Resp3Reader),
        ("write_command", KEYWORD, protocol.write_command),
    ]


@pytest.mark.parametrize(
    ("name", "is_async", "parameters"),
    [
        (
            "receive",
            True,
            [("connection", POSITIONAL, NOTHING), ("push_only", POSITIONAL, False)],
        ),
        (
            "send_command",
            True,
            [
                ("command", POSITIONAL, NOTHING),
                ("args", VARIADIC, NOTHING),
                ("connection", KEYWORD, None),
            ],
        ),
        ("call", True, [("command", POSITIONAL, NOTHING), ("args", VARIADIC, NOTHING)]),
        (
            "register_push_callback",
            False,
            [("push_type", POSITIONAL, NOTHING), ("callback", POSITIONAL, NOTHING)],
        ),
    ],
)
def test_method_has_the_documents_signature(
    name: str, is_async: bool, parameters: list[tuple[str, object, object]]
) -> None:
    assert shape(getattr(RedisClient(), name)) == parameters
    assert inspect.iscoroutinefunction(getattr(RedisClient, name)) is is_async


def test_push_commands_are_the_subscribe_family() -> None:
    assert set(module.PUSH_COMMANDS) == {
        b"SUBSCRIBE",
        b"UNSUBSCRIBE",
        b"PSUBSCRIBE",
        b"PUNSUBSCRIBE",
        b"SSUBSCRIBE",
        b"SUNSUBSCRIBE",
    }


def test_host_and_port_are_the_address_to_connect_to() -> None:
    default = RedisClient()
    assert (default.host, default.port) == ("127.0.0.1", 6379)
    client = RedisClient("::1", 7000)
    assert (client.host, client.port) == ("::1", 7000)
    assert (client.connection_pool.host, client.connection_pool.port) == ("::1", 7000)


def test_without_a_pool_the_default_connection_pool_is_used() -> None:
    client = RedisClient(connection_pool=None)
    assert type(client.connection_pool) is ConnectionPool
    assert client.connection_pool is not RedisClient().connection_pool


async def test_instance_of_a_connection_pool_is_used(server: Server) -> None:
    pool = ConnectionPool(server.host, server.port)
    async with RedisClient(connection_pool=pool) as client:
        assert client.connection_pool is pool
        assert await client.call(b"PING") == b"PONG"
        assert len(pool.pool) == 1
    await pool.aclose()


async def test_reader_class_interprets_the_responses(server: Server) -> None:
    made: list[object] = []

    class Marking(Respy3Reader):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            made.append(self)

    async with RedisClient(server.host, server.port, Reader=Marking) as client:
        assert client.Reader is Marking
        assert await client.call(b"ECHO", b"word") == b"word"
    assert len(made) == 1


async def test_write_command_formats_the_commands(server: Server) -> None:
    def shouting(command: bytes, *args: bytes) -> bytes:
        return protocol.write_command(command, *(arg.upper() for arg in args))

    async with RedisClient(server.host, server.port, write_command=shouting) as client:
        assert client.write_command is shouting
        assert await client.call(b"ECHO", b"word") == b"WORD"


async def test_call_sends_the_command_and_returns_the_response(server: Server) -> None:
    async with RedisClient(server.host, server.port) as client:
        assert await client.call(b"SET", b"key_name", b"value") == b"OK"
        assert await client.call(b"GET", b"key_name") == b"value"
    assert server.call("GET", "key_name") == b"value"


async def test_send_command_returns_the_connection_used_and_receive_reads_it(
    server: Server,
) -> None:
    async with RedisClient(server.host, server.port) as client:
        connection = await client.send_command(b"ECHO", b"one")
        assert isinstance(connection, trio.abc.Stream)
        assert connection in client.connection_pool.used_connections
        assert await client.receive(connection) == b"one"
        again = await client.send_command(b"ECHO", b"two", connection=connection)
        assert again is connection
        assert await client.receive(connection) == b"two"
        client.connection_pool.put_connection(connection)


async def test_send_command_uses_a_stream_that_it_is_given(server: Server) -> None:
    stream = RecordingStream(await trio.open_tcp_stream(server.host, server.port))
    async with RedisClient(server.host, server.port) as client, stream:
        assert await client.send_command(b"PING", connection=stream) is stream
        assert stream.sends == [b"*1\r\n$4\r\nPING\r\n"]
        assert await client.receive(stream) == b"PONG"


async def test_receive_calls_push_callbacks_and_returns_the_response_behind(
    server: Server,
) -> None:
    pushes: list[RespPush] = []
    async with RedisClient(server.host, server.port) as client:
        client.register_push_callback(b"subscribe", pushes.append)
        connection = await client.send_command(b"SUBSCRIBE", b"c")
        await client.send_command(b"PING", connection=connection)
        assert await client.receive(connection) == b"PONG"
        assert pushes == [RespPush([b"subscribe", b"c", 1])]
        client.connection_pool.remove_connection(connection)


async def test_receive_with_push_only_returns_none_after_a_push_and_reads_no_further(
    server: Server,
) -> None:
    pushes: list[RespPush] = []
    async with RedisClient(server.host, server.port) as client:
        client.register_push_callback(b"subscribe", pushes.append)
        connection = await client.send_command(b"SUBSCRIBE", b"a", b"b")
        await client.send_command(b"PING", connection=connection)
        results: list[Any] = []
        for count in (1, 2):
            results.append(await client.receive(connection, push_only=True))
            assert len(pushes) == count
        assert await client.receive(connection, True) == b"PONG"
        assert results == [None, None]
        client.connection_pool.remove_connection(connection)


async def test_registered_function_is_called_when_a_push_is_received(server: Server) -> None:
    pushes: list[RespPush] = []
    async with RedisClient(server.host, server.port) as client:
        client.register_push_callback(b"message", pushes.append)
        assert await client.call(b"SUBSCRIBE", b"news") is None
        server.call("PUBLISH", "news", "hello")
        assert await client.receive(client.subscriber, push_only=True) is None
    assert pushes == [RespPush([b"message", b"news", b"hello"])]
