"""What type checkers make of the low-level API. Never run; ``test_typing`` has it checked.

``assert_type`` pins what is inferred, ``type: ignore`` with its code what is refused: an
ignore that is not needed is an error as well.
"""

from __future__ import annotations

from typing import Any

import trio
from typing_extensions import assert_type

import redtrio
from redtrio import ConnectionPool, RedisClient, RespPush
from redtrio.exceptions import ConnectionError, MovedError, ResponseError, TimeoutError
from redtrio.lowlevel.client import PUSH_COMMANDS
from redtrio.lowlevel.protocol import (
    IMPLEMENTATION_REASON,
    Reader,
    Resp3Reader,
    write_command,
    write_commands,
)


class OwnReader:
    """Everything that a Reader needs."""

    sentinel = object()

    def feed(self, data: bytes) -> None: ...
    def get_object(self) -> object: ...


class NoReader:
    def feed(self, data: bytes) -> None: ...


def own_write_command(command: bytes, *args: bytes) -> bytes:
    return command.join(args)


async def use_client(client: RedisClient) -> None:
    assert_type(await client.call(b"GET", b"key"), Any)
    assert_type(await client.call("SET", "key", 1, 1.5, bytearray(), memoryview(b"")), Any)
    await client.call(b"GET", None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await client.call(b"GET", [b"key"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert_type(await client.call_many([(b"GET", b"a"), ["GET", 1]]), list[Any])
    connection = await client.send_command(b"PING")
    assert_type(connection, Any)
    assert_type(await client.receive(connection), Any)
    assert_type(await client.receive(connection, push_only=True), Any)
    assert_type(client.subscriber, trio.abc.Stream | None)
    assert_type(client.host, str)
    assert_type(client.port, int)
    await client.aclose()
    async with client as same:
        assert_type(same, RedisClient)


def make_clients() -> None:
    RedisClient("localhost", 6379)
    RedisClient(Reader=OwnReader, write_command=own_write_command)
    RedisClient(Reader=Resp3Reader, write_command=write_command)
    RedisClient(connection_pool=ConnectionPool("localhost", 6379))
    RedisClient("localhost", "6379")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    RedisClient(Reader=NoReader)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def register(client: RedisClient) -> None:
    pushes: list[RespPush] = []

    def plain(push: RespPush) -> None: ...

    client.register_push_callback(b"message", plain)
    client.register_push_callback(b"message", pushes.append)
    client.register_push_callback("message", plain)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def use_pool(pool: ConnectionPool) -> None:
    connection = await pool.wait_for_connection()
    assert_type(connection, trio.abc.Stream)
    assert_type(pool.pool, list[trio.abc.Stream])
    assert_type(pool.used_connections, set[trio.abc.Stream])
    assert_type(pool.max_connections, int)
    pool.put_connection(connection)
    pool.remove_connection(connection)
    async with pool.lease() as lent:
        assert_type(lent, trio.abc.Stream)
    await pool.aclose()


def make_pools() -> None:
    async def spawn(host: str, port: int) -> trio.SSLStream[trio.SocketStream]:
        return await trio.open_ssl_over_tcp_stream(host, port)

    async def wrong(host: str) -> trio.SocketStream:
        return await trio.open_tcp_stream(host, 6379)

    ConnectionPool("localhost", 6379, 10)
    ConnectionPool("localhost", 6379, spawn_connection=trio.open_tcp_stream)
    ConnectionPool("localhost", 6379, spawn_connection=spawn)
    ConnectionPool("localhost", 6379, spawn_connection=wrong)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def use_reader(reader: Resp3Reader) -> None:
    as_protocol: Reader = reader
    as_protocol.feed(b"")
    reader.feed(bytearray())
    reader.feed(memoryview(b""))
    assert_type(reader.get_object(), object)
    assert_type(reader.get_objects(), list[object])
    assert_type(reader.get_buffer(), memoryview)
    assert_type(reader.pending, bool)
    assert_type(write_command("GET", b"key", 1, 1.5), bytes)
    assert_type(write_commands([("GET", b"key"), [b"SET", "key", 1]]), bytes)
    assert_type(IMPLEMENTATION_REASON, str)
    assert_type(PUSH_COMMANDS, frozenset[bytes])


def use_values(push: RespPush) -> None:
    assert_type(push.push_type, bytes)
    assert_type(push.data, list[object])


def use_errors(error: redtrio.RedisError) -> None:
    if isinstance(error, MovedError):
        assert_type(error.slot, int)
        assert_type(error.host, str)
        assert_type(error.port, int)
    if isinstance(error, ResponseError):
        assert_type(error.code, str)
        assert_type(error.command, str | None)
    if isinstance(error, ConnectionError):
        assert_type(error.address, str | None)
        assert_type(error.maybe_executed, bool)
        builtin: OSError = error
        del builtin
    if isinstance(error, TimeoutError):
        assert_type(error.maybe_executed, bool)
