"""Dialling and plain transports: Unix sockets, several addresses, what is refused."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
import trio
from servers import Server

from redtrio._config import Config
from redtrio._conversation import Waiter
from redtrio._dial import dial, greet, open_connection
from redtrio.exceptions import ConnectionError, ProtocolVersionError, ResponseError
from redtrio.lowlevel.protocol import write_command


async def ask(config: Config, *command: bytes) -> object:
    connection = await open_connection(config)
    try:
        await greet(connection, config.handshake(await config.credentials()))
        (reply,) = await connection.request(Waiter(write_command(*command), 1))
        return reply
    finally:
        connection.close()


async def test_unix_socket_serves(valkey: Server) -> None:
    config = Config(unix_socket_path=valkey.unix_path, db=2)
    reply = await ask(config, b"CLIENT", b"INFO")
    assert isinstance(reply, bytes)
    assert b" db=2 " in reply
    assert str(valkey.unix_path).encode() in reply
    url = Config.from_url(f"unix://{valkey.unix_path}?client_name=me")
    assert await ask(url, b"CLIENT", b"GETNAME") == b"me"


async def test_unix_socket_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = tmp_path / "none"
    told = f"could not connect to {path}: no such file or directory"
    with pytest.raises(ConnectionError, match=told) as caught:
        await dial(Config(unix_socket_path=path))
    assert caught.value.address == str(path)
    with pytest.raises(ConnectionError, match="could not connect to"):
        await dial(Config(unix_socket_path="/tmp/" + "x" * 200))


async def test_next_address_is_tried_where_one_refuses(
    valkey: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Resolver(trio.abc.HostnameResolver):
        async def getaddrinfo(self, *_: Any, **__: Any) -> Any:
            stream = (socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
            return [
                (socket.AF_INET6, *stream, ("::1", valkey.port, 0, 0)),
                (socket.AF_INET, *stream, ("127.0.0.1", valkey.port)),
            ]

        async def getnameinfo(self, sockaddr: object, flags: int) -> tuple[str, str]:
            raise AssertionError

    trio.socket.set_custom_hostname_resolver(Resolver())
    try:
        assert await ask(Config(host="two.example", port=valkey.port), b"PING") == b"PONG"
    finally:
        trio.socket.set_custom_hostname_resolver(None)


async def test_library_is_told_where_the_server_knows_the_command(server: Server) -> None:
    told = await ask(Config(host=server.host, port=server.port), b"CLIENT", b"INFO")
    assert isinstance(told, bytes)
    if b"lib-name=" in told:  # since 7.2
        assert b"lib-name=redtrio" in told


async def test_refused_database_is_an_error(valkey: Server) -> None:
    with pytest.raises(ResponseError, match="DB index is out of range"):
        await ask(Config(host=valkey.host, port=valkey.port, db=16), b"PING")


async def test_old_server_that_repeats_the_handshake_gives_no_password_away() -> None:
    async def serve(stream: trio.SocketStream) -> None:
        async with stream:
            await stream.receive_some()
            await stream.send_all(
                b"-ERR unknown command `HELLO`, with args beginning with: `3`, `AUTH`,"
                b" `default`, `hunter2`, \r\n"
            )
            await stream.receive_some()

    async with trio.open_nursery() as nursery:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, serve, [listener])
        port = listener.socket.getsockname()[1]
        config = Config(host="127.0.0.1", port=port, password="hunter2", client_info=False)
        with pytest.raises(ProtocolVersionError, match=r"unknown command `HELLO`$") as caught:
            await ask(config, b"PING")
        assert "hunter2" not in repr(caught.value)
        nursery.cancel_scope.cancel()


async def test_plain_transport_holds_nothing_back(valkey: Server) -> None:
    transport = await dial(Config(host=valkey.host, port=valkey.port))
    assert not transport.has_backlog
    assert transport.flush()
    transport.close()
