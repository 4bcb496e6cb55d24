"""Dialling: a configuration gives a connected transport."""

from __future__ import annotations

import os
import socket

import trio

from redtrio._config import Config
from redtrio._tls import TlsTransport
from redtrio._transport import SocketTransport, connect_errors

__all__ = ["dial"]

# A peer that vanished without a word is noticed after 30 + 3 * 5 seconds, as redis-py has
# it. Not every system names these options; where one is missing its own default stays.
_KEEPALIVE = (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3))


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
