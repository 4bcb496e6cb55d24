"""Transports: bytes to and from one server, without blocking.

A transport offers four operations: try to send, try to receive (as bytes, or into a buffer),
wait until readable, wait until writable. The first two are plain calls on the non-blocking
socket, so that the scheduler is entered only to wait. There are two kinds, over TCP or a Unix
socket (``SocketTransport``) and TLS over TCP (``TlsTransport`` in ``_tls``); ``dial`` in
``_dial`` opens the one that a configuration asks for.

What a driver must know:

- ``send`` counts what it took. What a transport took it delivers, but not always at once: it
  may have to hold back a part (``has_backlog``). Then ``flush`` is to be called until it
  says True, with both waits, for readable and for writable, between. Each ``send`` flushes
  first, too. Sending is complete once all is taken and nothing is held back. Nothing of this
  is in a task's frame: whoever comes next can go on.
- ``try_send`` and ``try_receive`` are the same without the last Python function, for where each
  one counts. What they raise beside ``ConnectionError`` is an ``OSError``, which ``lost`` explains.
- ``wait_readable`` is for when ``receive`` has just given None. Where a transport has
  something more already, it returns at once.
- ``wait_writable`` may need a ``receive`` by somebody to come to its end.

This is the one seam where foreign errors become ours: what the operating system or TLS raises
in an operation leaves here as ``ConnectionError``.
"""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

import trio

from redtrio.exceptions import ConnectionError

__all__ = ["SocketTransport", "Transport", "connect_errors", "reason_of"]


class _TrySend(Protocol):
    def __call__(self, data: bytes, /) -> int: ...


class _TryReceive(Protocol):
    def __call__(self, limit: int, /) -> bytes | None: ...


class Transport(Protocol):
    """What a driver needs of a transport; see the head of the module for the contract.

    Attributes:
        try_send: As ``send``, but it may raise OSError, too: BlockingIOError where nothing
            can be taken.
        try_receive: As ``receive``, but it may raise OSError, too: BlockingIOError where
            there is nothing.
    """

    try_send: _TrySend
    try_receive: _TryReceive

    @property
    def address(self) -> str:
        """Where it leads, for messages."""
        ...

    @property
    def has_backlog(self) -> bool:
        """Whether a part of what was taken is held back, and ``flush`` is to be called."""
        ...

    def send(self, data: bytes | memoryview) -> int:
        """Take as much of ``data`` as possible now, maybe 0 bytes."""
        ...

    def lost(self, error: OSError) -> ConnectionError:
        """Say of an error in ``try_send`` or ``try_receive`` what it means."""
        ...

    def flush(self) -> bool:
        """Send what is held back; True: nothing is any more."""
        ...

    def receive(self, limit: int) -> bytes | None:
        """Take at most ``limit`` bytes of what is there; b"" at the end, None if none yet."""
        ...

    def receive_into(self, buffer: memoryview, limit: int) -> int | None:
        """Do what ``receive`` does, into a buffer; 0 at the end, None if none yet."""
        ...

    async def wait_readable(self) -> None:
        """Sleep until there is something to receive."""
        ...

    async def wait_writable(self) -> None:
        """Sleep until something can be sent."""
        ...

    def rouse(self) -> None:
        """Wake whoever waits on it with ``trio.ClosedResourceError``, without closing it."""
        ...

    def is_quiet(self) -> bool:
        """Tell whether the peer neither closed the connection nor sent anything unread."""
        ...

    def as_stream(self) -> trio.abc.Stream:
        """A Trio stream over the same transport. Closing either closes both."""
        ...

    def close(self) -> None:
        """Close it and wake whoever waits on it. Never fails; twice is once."""
        ...


class SocketTransport:
    """A connected, non-blocking socket, over TCP or in the file system.

    Args:
        sock: The socket of the standard library; the transport owns it from here on.
        address: Where it leads, for messages.

    Attributes:
        address: As given.
        has_backlog: Always False: what the operating system took it delivers.
        try_send: As ``Transport`` has it.
        try_receive: As ``Transport`` has it.
    """

    __slots__ = ("_socket", "address", "has_backlog", "try_receive", "try_send")

    try_send: _TrySend
    try_receive: _TryReceive

    def __init__(self, sock: socket.socket, address: str) -> None:
        self._socket = sock
        self.address = address
        self.has_backlog = False
        self.try_send = sock.send
        self.try_receive = sock.recv

    def send(self, data: bytes | memoryview) -> int:
        """Hand over as much of ``data`` as the operating system takes now, maybe 0 bytes."""
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise self.lost(error) from error

    def flush(self) -> bool:
        """Return True: nothing is ever held back."""
        return True

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
            raise self.lost(error) from error

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
            raise self.lost(error) from error

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

    def as_stream(self) -> trio.abc.Stream:
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

    def lost(self, error: OSError) -> ConnectionError:
        """Say of an error in ``try_send`` or ``try_receive`` what it means."""
        return ConnectionError(
            f"connection to {self.address} lost: {reason_of(error)}", address=self.address
        )


@contextmanager
def connect_errors(address: str) -> Iterator[None]:
    """Turn what fails while a connection is being made into ``ConnectionError``."""
    try:
        yield
    except (OSError, UnicodeError, trio.BrokenResourceError) as error:
        raise ConnectionError(
            f"could not connect to {address}: {reason_of(error)}", address=address
        ) from error


def reason_of(error: BaseException) -> str:
    """The own words of the operating system or TLS, looked up behind Trio's summary if need be."""
    if isinstance(error, ssl.SSLError):
        return _reason_of_tls(error)
    if isinstance(error, OSError) and error.errno is not None:
        # Those of the resolver count their errors by themselves.
        by_system = type(error).__module__ == "builtins"
        return os.strerror(error.errno).lower() if by_system else str(error.strerror or error)
    attempts = getattr(error, "exceptions", None) or [error.__cause__]
    reasons = dict.fromkeys(reason_of(attempt) for attempt in attempts if attempt is not None)
    return ", ".join(reasons) or str(error) or type(error).__name__


def _reason_of_tls(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate verify failed: {error.verify_message}"
    # OpenSSL's constants ("TLSV13_ALERT_CERTIFICATE_REQUIRED"), where it gives one.
    reason = getattr(error, "reason", None)
    if not reason:
        return str(error.strerror or error)
    words = str(reason).lower().replace("_", " ")
    return f"{words} (is TLS spoken there?)" if words == "wrong version number" else words
