"""Dialling: a configuration gives a connection that has greeted the server."""

from __future__ import annotations

import os
import socket
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any, TypeVar, cast

import trio

from redtrio._config import Config, HandshakeStep
from redtrio._connection import Connection
from redtrio._conversation import Waiter
from redtrio._driver import Driver
from redtrio._tls import TlsTransport
from redtrio._transport import SocketTransport, connect_errors
from redtrio.exceptions import (
    ConnectionError,
    ProtocolError,
    ProtocolVersionError,
    ResponseError,
    TimeoutError,
)
from redtrio.lowlevel.protocol import write_commands

__all__ = ["connect", "dial", "greet", "open_connection", "within"]

StreamT = TypeVar("StreamT", bound=trio.abc.Stream)

# A peer that vanished without a word is noticed after 30 + 3 * 5 seconds, as redis-py has
# it. Not every system names these options; where one is missing its own default stays.
_KEEPALIVE = (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3))


async def connect(config: Config) -> Connection:
    """Dial and greet, within the connect deadline.

    Raises:
        ConnectionError: The server cannot be reached.
        TimeoutError: It did not accept in time.
        ResponseError: It refused the handshake.
    """

    async def attempt() -> Connection:
        connection = await open_connection(config)
        try:
            await greet(connection, config.handshake(await config.credentials()))
        except BaseException:
            connection.close()
            raise
        return connection

    return await within(config.connect_timeout, config.address, attempt)


async def open_connection(config: Config) -> Connection:
    """Dial, without a handshake.

    Raises:
        ConnectionError: As for ``dial``.
    """
    connection = Connection(await dial(config), config.poll_window, config.stall_timeout)
    connection.conversation.max_owed = config.max_in_flight
    connection.conversation.max_owed_bytes = config.max_in_flight_bytes
    return connection


async def within(limit: float, address: str, attempt: Callable[[], Awaitable[StreamT]]) -> StreamT:
    """Await an attempt to connect, but not for longer than ``limit`` seconds.

    Raises:
        TimeoutError: It took longer.
    """
    began = monotonic()
    with trio.move_on_after(limit):
        return await attempt()
    if monotonic() - began < limit / 2:
        # A mock clock jumped: nobody has really waited, so the deadline does not count.
        return await attempt()
    raise TimeoutError(
        f"{address} did not accept a connection within {limit:g} seconds", address=address
    )


async def greet(driver: Driver, handshake: list[HandshakeStep]) -> None:
    """Send the handshake in one write and check its answers.

    Raises:
        ResponseError: The server refused; ``ProtocolVersionError`` if it has no RESP3.
        ConnectionError: The connection broke, or the server said more than it was asked.
            ``maybe_executed`` is False: of what the caller wants nothing was sent yet.
        TimeoutError: The server fell silent; so it is then, too.
    """
    try:
        payload = write_commands([step.command for step in handshake])
        began = monotonic()
        replies = await driver.request(Waiter(payload, len(handshake)))
        driver.round_trip = monotonic() - began
    except (ConnectionError, TimeoutError) as error:
        error.maybe_executed = False
        raise
    for (command, optional), reply in zip(handshake, replies, strict=True):
        if isinstance(reply, ResponseError) and not optional:
            if reply.code == "NOPROTO" or "unknown command" in str(reply):
                raise ProtocolVersionError(
                    f"the server at {driver.address} does not speak RESP3,"
                    # An old server repeats the words, a password among them.
                    f" which Redis has since 6.0: {str(reply).partition(', with args')[0]}"
                )
            reply.command = command[0].decode()
            raise reply
    if isinstance(replies[0], dict):
        driver.client_id = cast("dict[bytes, Any]", replies[0]).get(b"id")
    if not driver.conversation.is_clean():
        raise ProtocolError(
            f"the server at {driver.address} said more than the handshake asked for",
            address=driver.address,
        )


async def dial(config: Config) -> SocketTransport | TlsTransport:
    """Connect to the server that ``config`` names, and agree on TLS if it says so.

    Every address of the host is tried, a new one each quarter of a second (RFC 8305).

    Raises:
        ConnectionError: No address accepted, the name has none, or TLS was not agreed on:
            the message says why. ``maybe_executed`` is False.

    Cancellation: what was opened is closed.
    """
    address = config.address
    with connect_errors(address):
        if config.unix_socket_path is not None:
            return SocketTransport(await _unix_socket(config), address)
        sock = await _tcp_socket(config)
    if config.tls is None:
        return SocketTransport(sock, address)
    return await TlsTransport.agreed(sock, address, config.tls, config.host)


async def _unix_socket(config: Config) -> socket.socket:
    assert config.unix_socket_path is not None
    return _detached(await trio.open_unix_socket(os.fspath(config.unix_socket_path)))


async def _tcp_socket(config: Config) -> socket.socket:
    sock = _detached(await trio.open_tcp_stream(config.host, config.port))
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if config.keepalive:
            _keep_alive(sock)
    except BaseException:
        sock.close()
        raise
    return sock


def _detached(stream: trio.SocketStream) -> socket.socket:
    # detach() is how one gets the plain socket out of a Trio stream by public means.
    sock = socket.socket(fileno=stream.socket.detach())
    sock.setblocking(False)
    return sock


def _keep_alive(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE:
        option = getattr(socket, name, None)
        if option is not None:
            sock.setsockopt(socket.IPPROTO_TCP, option, value)
