"""Transports: bytes to and from one server, without blocking, and the dialling of them.

A transport offers four operations: try to send, try to receive (as bytes, or into a buffer),
wait until readable, wait until writable. The first two are plain calls on the non-blocking
socket, so that the scheduler is entered only to wait.

This is the one seam where foreign errors become ours: what the operating system raises in
an operation leaves here as ``ConnectionError``.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import trio

from redtrio._config import Config
from redtrio.exceptions import ConnectionError

__all__ = ["SocketTransport", "connect_errors", "dial"]

# A peer that vanished without a word is noticed after 30 + 3 * 5 seconds, as redis-py has
# it. Not every system names these options; where one is missing its own default stays.
_KEEPALIVE = (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3))


class SocketTransport:
    """A connected, non-blocking TCP socket.

    Args:
        sock: The socket of the standard library; the transport owns it from here on.
        address: Where it leads, for messages.
    """

    __slots__ = ("_socket", "address")

    def __init__(self, sock: socket.socket, address: str) -> None:
        self._socket = sock
        self.address = address

    def send(self, data: bytes | memoryview) -> int:
        """Hand over as much of ``data`` as the operating system takes now, maybe 0 bytes."""
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise self._lost(error) from error

    def receive(self, limit: int) -> bytes | None:
        """Take at most ``limit`` bytes of what is there now.

        Returns:
            The bytes; none of them when the peer has closed; None when there are none yet.
        """
        try:
            return self._socket.recv(limit)
        except BlockingIOError:
            return None
        except OSError as error:
            raise self._lost(error) from error

    def receive_into(self, buffer: memoryview, limit: int) -> int | None:
        """Fill ``buffer`` with at most ``limit`` bytes of what is there now.

        Returns:
            How many bytes came; 0 when the peer has closed; None when there are none yet.
        """
        try:
            return self._socket.recv_into(buffer, min(limit, len(buffer)))
        except BlockingIOError:
            return None
        except OSError as error:
            raise self._lost(error) from error

    async def wait_readable(self) -> None:
        """Sleep until there is something to receive. Cancellable.

        Raises:
            trio.ClosedResourceError: ``close`` was called meanwhile.
        """
        await trio.lowlevel.wait_readable(self._socket)

    async def wait_writable(self) -> None:
        """Sleep until something can be sent. Cancellable.

        Raises:
            trio.ClosedResourceError: ``close`` was called meanwhile.
        """
        await trio.lowlevel.wait_writable(self._socket)

    def rouse(self) -> None:
        """Wake whoever waits on the socket, as if it were closed, which it is not."""
        trio.lowlevel.notify_closing(self._socket)

    def is_quiet(self) -> bool:
        """Tell whether the peer neither closed the connection nor sent anything unread."""
        try:
            self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def as_stream(self) -> trio.SocketStream:
        """A Trio stream over the same socket. Closing either closes both."""
        return trio.SocketStream(trio.socket.from_stdlib_socket(self._socket))

    def close(self) -> None:
        """Close the socket and wake whoever waits on it. Never fails; twice is once."""
        if self._socket.fileno() == -1:
            return
        # Outside of a Trio run nobody can be waiting.
        with suppress(RuntimeError):
            trio.lowlevel.notify_closing(self._socket)
        with suppress(OSError):
            self._socket.close()

    def _lost(self, error: OSError) -> ConnectionError:
        return ConnectionError(
            f"connection to {self.address} lost: {_reason(error)}", address=self.address
        )


async def dial(config: Config) -> SocketTransport:
    """Connect to the server that ``config`` names.

    Every address of the host is tried, a new one each quarter of a second (RFC 8305).

    Raises:
        ConnectionError: No address accepted, or the name has none. ``maybe_executed`` is
            False.
    """
    address = config.address
    with connect_errors(address):
        stream = await trio.open_tcp_stream(config.host, config.port)
        # detach() is how one gets the plain socket out of a Trio stream by public means.
        sock = socket.socket(fileno=stream.socket.detach())
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if config.keepalive:
                _keep_alive(sock)
        except BaseException:
            sock.close()
            raise
    return SocketTransport(sock, address)


def _keep_alive(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE:
        option = getattr(socket, name, None)
        if option is not None:
            sock.setsockopt(socket.IPPROTO_TCP, option, value)


@contextmanager
def connect_errors(address: str) -> Iterator[None]:
    try:
        yield
    except (OSError, UnicodeError, trio.BrokenResourceError) as error:
        raise ConnectionError(
            f"could not connect to {address}: {_reason(error)}", address=address
        ) from error


def _reason(error: BaseException) -> str:
    """The operating system's own words, looked up behind Trio's summary if need be."""
    if isinstance(error, OSError) and error.errno is not None:
        # Those of resolver and TLS count their errors by themselves.
        by_system = type(error).__module__ == "builtins"
        return os.strerror(error.errno).lower() if by_system else str(error.strerror or error)
    attempts = getattr(error, "exceptions", None) or [error.__cause__]
    reasons = dict.fromkeys(_reason(attempt) for attempt in attempts if attempt is not None)
    return ", ".join(reasons) or str(error) or type(error).__name__
