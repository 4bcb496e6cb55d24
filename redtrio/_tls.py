"""TLS without a stream: OpenSSL in memory, over the non-blocking socket.

Trio's ``SSLStream`` cannot be resumed once a ``send_all`` was cancelled. Here all state is in
the transport, and every operation but the waits is a plain function. The contract of
``_transport`` holds; within it:

- What OpenSSL has taken counts as sent. The encrypted bytes that the socket did not take are
  held back (``has_backlog``), and go out before anything else.
- Plaintext goes in in pieces of at most 64 KB and only while nothing is held back, so that
  memory stays bounded.
- After every read and write, what OpenSSL wants to say itself (tickets, updates of keys,
  alerts) goes out, too. Where that fails, what was read is given out first.
- OpenSSL may have to read before it can write. The piece in question is then held back as it
  is, since the very same bytes must be offered again; ``receive`` does so.
- Decrypted bytes that are left over from a ``receive`` are known (``_more``), so that nobody
  sleeps on them. Otherwise all encrypted bytes that came have gone through OpenSSL, which
  keeps less than a record.
- A peer that closes its side is at its end, with close_notify or without: RESP tells by
  itself whether something is missing.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from socket import socket
from typing import Any

import trio

from redtrio._transport import SocketTransport, connect_errors
from redtrio.exceptions import ConnectionError

__all__ = ["TlsTransport"]

# Plaintext that OpenSSL gets in one piece: four full records.
_PIECE_BYTES = 64 * 1024

# What is received of the socket in one piece: as much and what TLS adds, so that a receive of
# 64 KB of plaintext can be filled.
_RECEIVE_BYTES = 68 * 1024


class TlsTransport(SocketTransport):
    """A TLS session over a connected, non-blocking TCP socket; ``agreed`` makes one.

    Args:
        sock: The socket of the standard library; the transport owns it from here on.
        address: Where it leads, for messages.
        context: How to speak TLS.
        server_hostname: Whom the certificate must be for, if the context checks that; told
            to the server in any case.

    Attributes:
        address: As given.
        has_backlog: Whether something that was taken is held back.
    """

    __slots__ = (
        "_failure",
        "_held",
        "_incoming",
        "_more",
        "_outgoing",
        "_process",
        "_read",
        "_rest",
        "_stash",
        "_tls",
        "_unheld",
        "_write",
    )

    def __init__(
        self, sock: socket, address: str, context: ssl.SSLContext, server_hostname: str
    ) -> None:
        super().__init__(sock, address)
        self.try_send = self.send
        self.try_receive = self.receive
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(
            self._incoming, self._outgoing, server_hostname=server_hostname
        )
        # Gives bytes, or an int where it is given a buffer.
        self._read: Callable[..., Any] = self._tls.read
        self._write = self._tls.write
        # Encrypted bytes that the socket has yet to take.
        self._rest: memoryview | None = None
        # Plaintext that OpenSSL has yet to take, once it has read something; and the event
        # that it has.
        self._held: bytes | None = None
        self._unheld = trio.Event()
        # What ``is_quiet`` found.
        self._stash = b""
        # Whether a read may give something, or an end, without the socket.
        self._more = False
        # An error that came up while there was something better to return.
        self._failure: ConnectionError | None = None
        # After a fork the session is the parent's.
        self._process = os.getpid()

    @classmethod
    async def agreed(
        cls, sock: socket, address: str, context: ssl.SSLContext, host: str
    ) -> TlsTransport:
        """Make the TLS handshake over a connected socket, which is owned from here on.

        Raises:
            ConnectionError: It failed; the message says why.

        Cancellation: the socket is closed.
        """
        try:
            with connect_errors(address):
                # The zone of an IPv6 address is nobody's name.
                transport = cls(sock, address, context, host.partition("%")[0])
                await transport._shake_hands()
        except BaseException:
            SocketTransport(sock, address).close()
            raise
        return transport

    async def _shake_hands(self) -> None:
        agreed = False
        while not agreed:
            try:
                self._tls.do_handshake()
                agreed = True
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError:
                self._answer()  # with an alert that says why
                raise
            while not self.flush():
                await trio.lowlevel.wait_writable(self._socket)
            if not agreed:
                await self._receive_handshake()
        self._more = bool(self._incoming.pending)

    async def _receive_handshake(self) -> None:
        while True:
            with suppress(BlockingIOError):
                data = self._socket.recv(_RECEIVE_BYTES)
                break
            await trio.lowlevel.wait_readable(self._socket)
        if not data:
            raise ConnectionError("the server closed the connection in the TLS handshake")
        self._incoming.write(data)

    # --- sending -----------------------------------------------------------------------

    def send(self, data: bytes | memoryview) -> int:
        """Take as much of ``data`` as can be encrypted and handed over now, maybe 0 bytes.

        The last piece that is taken may be held back in part: see ``has_backlog``.
        """
        size = len(data)
        if size > _PIECE_BYTES or self.has_backlog:
            return self._send_pieces(data)
        # A small command: one write, one read, one send.
        try:
            self._write(data)
        except ssl.SSLError as error:
            self._hold(data, error)
        cipher = self._outgoing.read()
        try:
            count = self._socket.send(cipher)
        except BlockingIOError:
            count = 0
        except OSError as error:
            raise self.lost(error) from error
        if count < len(cipher):
            self._rest = memoryview(cipher)[count:]
            self.has_backlog = True
        return size

    def _send_pieces(self, data: bytes | memoryview) -> int:
        view = memoryview(data)
        taken = 0
        try:
            while self.flush() and taken < len(view):
                piece = view[taken : taken + _PIECE_BYTES]
                try:
                    self._write(piece)
                except ssl.SSLError as error:
                    self._hold(piece, error)
                taken += len(piece)
        except ConnectionError as error:
            if not taken:
                raise
            # What was taken may have left: it has to be counted before the failure is met.
            self._failure = error
            self.has_backlog = True
        return taken

    def _hold(self, piece: bytes | memoryview, error: ssl.SSLError) -> None:
        """Keep what could not be written because something must be read before."""
        if not isinstance(error, ssl.SSLWantReadError):
            raise self.lost(error) from error
        self._held = bytes(piece)
        self._unheld = trio.Event()
        self.has_backlog = True

    def flush(self) -> bool:
        """Send what is held back.

        Returns:
            True: nothing is any more. False: wait both ways, receive, and flush again.
        """
        if self._held is not None:
            with self._session_errors():
                self._write(self._held)
                self._held = None
                self._unheld.set()
        if self._outgoing.pending:
            cipher = self._outgoing.read()
            self._rest = memoryview(cipher if self._rest is None else bytes(self._rest) + cipher)
        if self._rest is not None:
            count = super().send(self._rest)
            self._rest = self._rest[count:] if count < len(self._rest) else None
        self.has_backlog = self._rest is not None or self._held is not None
        return not self.has_backlog

    @contextmanager
    def _session_errors(self) -> Iterator[None]:
        try:
            yield
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            raise self.lost(error) from error

    def _answer(self) -> None:
        """Send what reading has brought about, without failing."""
        try:
            self.flush()
        except ConnectionError as error:
            self._failure = error

    # --- receiving ---------------------------------------------------------------------

    def receive(self, limit: int) -> bytes | None:
        """Take at most ``limit`` decrypted bytes of what is there now.

        Returns:
            The bytes; none of them when the peer has closed; None when there are none yet.
        """
        if self._more:
            return self._receive_by_buffer(limit)
        # A small reply: one receive, one write, one read.
        if not self._pull():
            return None
        try:
            plain: bytes = self._read(limit)
        except ssl.SSLError as error:
            return b"" if self._is_end(error) else None
        finally:
            if self._outgoing.pending or self._held is not None:
                self._answer()
        if len(plain) == limit or self._incoming.pending or not plain:
            self._more = True
            if plain:
                plain += self._receive_behind(limit - len(plain))
        return plain

    def _receive_behind(self, limit: int) -> bytes:
        """Receive what is there behind what is to be returned in any case."""
        try:
            return self._receive_by_buffer(limit) or b""
        except ConnectionError as error:
            self._failure = error
            return b""

    def _receive_by_buffer(self, limit: int) -> bytes | None:
        buffer = memoryview(bytearray(limit))
        count = self.receive_into(buffer, limit)
        return None if count is None else bytes(buffer[:count])

    def receive_into(self, buffer: memoryview, limit: int) -> int | None:
        """Fill ``buffer`` with at most ``limit`` decrypted bytes of what is there now.

        Returns:
            How many bytes came; 0 when the peer has closed; None when there are none yet.
        """
        room = buffer[:limit]
        count = self._take_stash(room)
        try:
            while count < len(room):
                if not self._more and not self._pull():
                    break
                taken = self._decrypt_into(room[count:])
                if taken == 0:
                    return count  # the next receive meets the end again
                count += taken or 0
        except ConnectionError as error:
            if not count:
                raise
            self._failure = error
        return count or None

    def _take_stash(self, room: memoryview) -> int:
        if not self._stash or not room:
            return 0
        room[:1], self._stash = self._stash, b""
        return 1

    def _pull(self) -> bool:
        """Give OpenSSL what the socket has; False: it has nothing yet."""
        try:
            cipher = self._socket.recv(_RECEIVE_BYTES)
        except BlockingIOError:
            if self._failure is not None:
                raise self._failure from None
            return False
        except OSError as error:
            raise self.lost(error) from error
        if cipher:
            self._incoming.write(cipher)
        elif self._failure is not None:
            raise self._failure
        else:
            self._incoming.write_eof()
        return True

    def _decrypt_into(self, room: memoryview) -> int | None:
        """Read what OpenSSL has; 0 at the end, None if it has nothing yet."""
        try:
            taken: int = self._read(len(room), room)
        except ssl.SSLError as error:
            return 0 if self._is_end(error) else None
        finally:
            if self._outgoing.pending or self._held is not None:
                self._answer()
        self._more = not taken or bool(self._incoming.pending or self._tls.pending())
        return taken

    def _is_end(self, error: ssl.SSLError) -> bool:
        """Tell what it means that nothing was read: the end, or nothing yet."""
        ended = isinstance(error, ssl.SSLZeroReturnError | ssl.SSLEOFError)
        self._more = ended
        if ended or isinstance(error, ssl.SSLWantReadError):
            return ended
        raise self.lost(error) from error

    def lost(self, error: OSError) -> ConnectionError:
        """Say what an error means, by the server's alert if there is one."""
        return super().lost(error if isinstance(error, ssl.SSLError) else self._alert() or error)

    def _alert(self) -> ssl.SSLError | None:
        """What the server said before it hung up, which tells more than the system does.

        A refused client certificate comes to light so, once the handshake is over.
        """
        if self._more:
            return None
        try:
            self._incoming.write(self._socket.recv(_RECEIVE_BYTES))
            self._has_plaintext()
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            pass
        except ssl.SSLError as error:
            return error
        except OSError:
            pass
        return None

    # --- waiting and the end -----------------------------------------------------------

    async def wait_readable(self) -> None:
        """Sleep until there is something to receive, or something was before. Cancellable.

        Raises:
            trio.ClosedResourceError: ``close`` was called meanwhile.
        """
        if self.has_backlog:
            self._answer()
        if self._more or self._failure is not None:
            await trio.lowlevel.checkpoint()
        else:
            await super().wait_readable()

    async def wait_writable(self) -> None:
        """Sleep until something can be sent. Cancellable.

        Where TLS has to receive before it can send, that is until somebody has received.

        Raises:
            trio.ClosedResourceError: ``close`` was called meanwhile.
        """
        if self._held is None or self._rest is not None:
            await super().wait_writable()
            return
        await self._unheld.wait()
        if self._socket.fileno() == -1:
            raise trio.ClosedResourceError("another task closed this connection")

    def is_quiet(self) -> bool:
        """Tell whether the peer neither closed the connection nor sent anything unread.

        What TLS sends for itself does not count.
        """
        if self._more or self._failure is not None:
            return False
        try:
            while self._pull():
                if self._has_plaintext():
                    return False
                self._answer()
        except (ssl.SSLError, ConnectionError):
            return False
        return self._failure is None

    def _has_plaintext(self) -> bool:
        """Tell whether OpenSSL has something to read, or an end, and keep it."""
        self._more = True
        try:
            self._stash = self._read(1)
        except ssl.SSLWantReadError:
            self._more = False
        return self._more

    def as_stream(self) -> trio.abc.Stream:
        """A Trio stream of the decrypted bytes. Closing either closes both."""
        return _TlsStream(self)

    def close(self) -> None:
        """Say farewell if that can be done at once, and close the socket.

        Whoever waits on it wakes. Never fails; twice is once.
        """
        if self._socket.fileno() == -1:
            return
        if self._process == os.getpid() and not self.has_backlog:
            with suppress(OSError, ValueError):
                self._say_farewell()
        super().close()
        if self._held is not None:
            self._unheld.set()

    def _say_farewell(self) -> None:
        with suppress(ssl.SSLError):
            # It wants to read the peer's answer, which nobody waits for.
            self._tls.unwrap()
        if self._outgoing.pending:
            self._socket.send(self._outgoing.read())


class _TlsStream(trio.abc.Stream):
    """The decrypted bytes of a transport as a stream, sending and receiving at a time."""

    def __init__(self, transport: TlsTransport) -> None:
        self._transport = transport
        self._closed = False
        self._sending = False
        self._receiving = False

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        with self._alone("_sending"):
            await trio.lowlevel.checkpoint()
            rest = memoryview(data).cast("B")
            while rest or self._transport.has_backlog:
                self._require_open()
                taken = self._transport.send(rest)
                rest = rest[taken:]
                if rest or self._transport.has_backlog:
                    await self._transport.wait_writable()
            self._require_open()

    async def wait_send_all_might_not_block(self) -> None:
        with self._alone("_sending"):
            self._require_open()
            await self._transport.wait_writable()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        if max_bytes is not None:
            if not isinstance(max_bytes, int):
                raise TypeError(f"max_bytes must be int or None, got {max_bytes!r}")
            if max_bytes < 1:
                raise ValueError(f"max_bytes must be >= 1, got {max_bytes}")
        with self._alone("_receiving"):
            await trio.lowlevel.checkpoint()
            while True:
                self._require_open()
                data = self._transport.receive(max_bytes or _PIECE_BYTES)
                if data is not None:
                    return data
                await self._transport.wait_readable()

    async def aclose(self) -> None:
        self._closed = True
        self._transport.close()
        await trio.lowlevel.checkpoint()

    def _require_open(self) -> None:
        if self._closed:
            raise trio.ClosedResourceError("this stream is closed")

    @contextmanager
    def _alone(self, role: str) -> Iterator[None]:
        """Let one task at a time send, and one receive; errors become Trio's."""
        if getattr(self, role):
            raise trio.BusyResourceError("another task is using this stream")
        setattr(self, role, True)
        try:
            yield
        except ConnectionError as error:
            raise trio.BrokenResourceError(str(error)) from error
        finally:
            setattr(self, role, False)
