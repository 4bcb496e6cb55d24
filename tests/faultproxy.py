"""A TCP proxy in front of a real server that makes faults happen exactly when told to.

    async with open_fault_proxy(server.port) as proxy:
        ...                                   # connect to 127.0.0.1, proxy.port
        proxy.replies.stall()
        ...                                   # send a command
        await proxy.replies.wait_for_held(1)  # the server has answered, nobody has the reply
        proxy.replies.release()

``proxy.requests`` is the way from clients to the server, ``proxy.replies`` the way back. The
controls of a way hold for every connection, now and later, until they are changed, and can be
combined. They are plain functions that take effect at once: of what the proxy has not begun
to hand on when a control is called, nothing slips through. What is told by counting is waited
for by counting (``wait_for_*``), never by sleeping.

Bytes are *seen* when the proxy has read them, *held* while they lie in it, and have *passed*
when they were handed on. The counts run over all connections.
"""

from __future__ import annotations

import math
import socket
import struct
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import trio

__all__ = ["FaultProxy", "Way", "open_fault_proxy"]

HOST = "127.0.0.1"
READ_SIZE = 65536

# So that a sender meets a full buffer soon after a stalled way stopped reading, where the
# kernel would otherwise take in megabytes.
KERNEL_BUFFER = 65536

# What setsockopt wants for "close() sends RST".
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Way:
    """One direction of the proxy: its controls and its counts.

    Attributes:
        seen: How many bytes the proxy has read on this way.
        held: How many of them lie in the proxy.
        passed: How many were handed on.
    """

    def __init__(self) -> None:
        self.seen = 0
        self.held = 0
        self.passed = 0
        self._capacity = READ_SIZE
        self._delay = 0.0
        self._piece = READ_SIZE
        self._pause = 0.0
        self._allowed: float = math.inf
        self._until_cut: float = math.inf
        self._cut_with_reset = False
        self._pipes: set[_Pipe] = set()
        self._counted = trio.lowlevel.ParkingLot()

    def __repr__(self) -> str:
        return f"<Way seen={self.seen} held={self.held} passed={self.passed}>"

    def stall(self, capacity: int = 1 << 30) -> None:
        """Hold all bytes from now on.

        Args:
            capacity: How many bytes may be held on each connection, > 0; then reading stops
                as well, so that the sender's own buffers fill up.
        """
        self._capacity = capacity
        self._allowed = 0
        self._wake_pipes()

    def release(self, nbytes: int | None = None) -> None:
        """Let ``nbytes`` more bytes of a stalled way pass, or end the stall."""
        if nbytes is None:
            self._allowed = math.inf
            self._capacity = READ_SIZE
        else:
            self._allowed += nbytes
        self._wake_pipes()

    def delay(self, seconds: float) -> None:
        """Hand on everything ``seconds`` after it was read, in order; 0 ends it."""
        self._delay = seconds
        self._wake_pipes()

    def split(self, nbytes: int | None, pause: float = 0.0) -> None:
        """Hand on in pieces, each by a ``send`` of its own and a scheduler pass after it.

        Args:
            nbytes: The longest piece, > 0; None ends it.
            pause: Seconds between two pieces of one connection, >= 0: a slow line.
        """
        self._piece = READ_SIZE if nbytes is None else nbytes
        self._pause = pause
        self._wake_pipes()

    def cut_after(self, nbytes: int, *, reset: bool = False) -> None:
        """Cut the connection on which the ``nbytes``-th byte from now on passes.

        It holds once; connections made afterwards are whole.

        Args:
            nbytes: How many bytes still pass, >= 0. With 0 the cut comes when the next byte
                would pass, in its stead.
            reset: As in ``FaultProxy.cut``.
        """
        self._until_cut = nbytes
        self._cut_with_reset = reset
        self._wake_pipes()

    async def wait_for_bytes(self, nbytes: int) -> None:
        """Wait until ``seen`` has reached ``nbytes``."""
        await self._wait_until(lambda: self.seen >= nbytes)

    async def wait_for_held(self, nbytes: int) -> None:
        """Wait until ``held`` has reached ``nbytes``."""
        await self._wait_until(lambda: self.held >= nbytes)

    async def wait_for_passed(self, nbytes: int) -> None:
        """Wait until ``passed`` has reached ``nbytes``."""
        await self._wait_until(lambda: self.passed >= nbytes)

    async def _wait_until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            await self._counted.park()
        await trio.lowlevel.checkpoint()

    def _wake_pipes(self) -> None:
        for pipe in self._pipes:
            pipe.changed.unpark_all()

    def _count(self, *, seen: int = 0, held: int = 0, passed: int = 0) -> None:
        self.seen += seen
        self.held += held
        self.passed += passed
        self._counted.unpark_all()


class _Pipe:
    """The bytes of one connection in one direction, between reading and handing on."""

    def __init__(
        self, way: Way, source: trio.SocketStream, sink: trio.SocketStream, link: _Link
    ) -> None:
        self.changed = trio.lowlevel.ParkingLot()
        self._way = way
        self._source = source
        self._sink = sink
        self._link = link
        self._held: deque[tuple[float, bytes]] = deque()  # each with the time of its arrival
        self._nbytes = 0
        self._ended = False

    async def run(self) -> None:
        """Carry bytes until the source has ended and all was handed on."""
        self._way._pipes.add(self)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._until_broken, self._read)
                nursery.start_soon(self._until_broken, self._write)
        finally:
            self._way._pipes.remove(self)
            self._way._count(held=-self._nbytes)  # what was not handed on is lost

    async def _until_broken(self, carry: Callable[[], Awaitable[None]]) -> None:
        try:
            await carry()
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            self._link.cut(reset=True)  # as one side was reset, so is the other

    async def _read(self) -> None:
        while not self._ended:
            while self._nbytes >= self._way._capacity:
                await self.changed.park()
            room = min(READ_SIZE, self._way._capacity - self._nbytes)
            chunk = await self._source.receive_some(room)
            if chunk:
                self._held.append((trio.current_time(), chunk))
                self._nbytes += len(chunk)
                self._way._count(seen=len(chunk), held=len(chunk))
            else:
                self._ended = True
            self.changed.unpark_all()

    async def _write(self) -> None:
        way = self._way
        while await self._something_may_pass():
            piece = self._take()
            is_last = way._until_cut <= 0
            if is_last:
                way._until_cut = math.inf
            if piece:
                await self._sink.send_all(piece)
                way._count(passed=len(piece))
            if is_last:
                self._link.cut(reset=way._cut_with_reset)
                return
            await trio.sleep(way._pause)
        await self._sink.send_eof()

    async def _something_may_pass(self) -> bool:
        """Wait until a piece may be handed on; False when the source has ended."""
        while self._held or not self._ended:
            due = math.inf
            if self._held and self._way._allowed > 0:
                due = self._held[0][0] + self._way._delay
            if due <= trio.current_time():
                return True
            with trio.move_on_at(due):
                await self.changed.park()
        return False

    def _take(self) -> bytes:
        """Take the next piece out of what is held; b"" where a cut is due before it."""
        way = self._way
        arrived, chunk = self._held.popleft()
        longest = int(min(len(chunk), way._piece, way._allowed, way._until_cut))
        piece, rest = chunk[:longest], chunk[longest:]
        if rest:
            self._held.appendleft((arrived, rest))
        way._allowed -= len(piece)
        way._until_cut -= len(piece)
        self._nbytes -= len(piece)
        way._count(held=-len(piece))
        self.changed.unpark_all()
        return piece


class _Link:
    """A client's connection and the one to the server that belongs to it."""

    def __init__(self, proxy: FaultProxy, client: trio.SocketStream) -> None:
        self._proxy = proxy
        self._client = client
        self._server: trio.SocketStream | None = None
        self._scope = trio.CancelScope()

    async def run(self) -> None:
        """Carry the connection until both ends have ended it, or it is cut."""
        async with self._client:
            with self._scope:
                await self._carry()
            if self._scope.cancelled_caught and self._client.socket.fileno() >= 0:
                await self._drain()

    def cut(self, *, reset: bool) -> None:
        """Cut both connections now."""
        if self._scope.cancel_called:
            return
        self._scope.cancel()
        if self._server is not None:
            self._server.socket.close()
        with suppress(OSError):  # the client was quicker: there is nobody to tell
            if reset:
                self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                self._client.socket.close()
            else:
                self._client.socket.shutdown(socket.SHUT_WR)

    async def _carry(self) -> None:
        try:
            self._server = await trio.open_tcp_stream(HOST, self._proxy.target_port)
        except OSError:
            self.cut(reset=True)
            return
        _narrow(self._server)
        requests = _Pipe(self._proxy.requests, self._client, self._server, self)
        replies = _Pipe(self._proxy.replies, self._server, self._client, self)
        async with self._server, trio.open_nursery() as nursery:
            nursery.start_soon(requests.run)
            nursery.start_soon(replies.run)

    async def _drain(self) -> None:
        """Read on after a clean cut: closing with unread bytes would send a reset."""
        with suppress(trio.BrokenResourceError):
            while await self._client.receive_some(READ_SIZE):
                pass


class FaultProxy:
    """The proxy: where to connect to, both ways, and what holds for whole connections.

    Attributes:
        port: The loopback port on which clients reach it.
        target_port: The server's port.
        requests: The way from clients to the server.
        replies: The way from the server to clients.
        open_connections: How many clients are connected. One that was cut cleanly counts
            until the client closes its own end.
        total_connections: How many clients were ever accepted.
    """

    def __init__(self, target_port: int, nursery: trio.Nursery) -> None:
        self.target_port = target_port
        self.requests = Way()
        self.replies = Way()
        self.open_connections = 0
        self.total_connections = 0
        self._nursery = nursery
        self._links: set[_Link] = set()
        self._changed = trio.lowlevel.ParkingLot()
        self._listener: trio.socket.SocketType | None = None
        # Bound and never listening: it keeps the port ours while connections are refused.
        self._reservation = _bound_socket(0)
        self.port: int = self._reservation.getsockname()[1]

    def __repr__(self) -> str:
        return (
            f"<FaultProxy {HOST}:{self.port} to {self.target_port},"
            f" {self.open_connections} of {self.total_connections} connections open>"
        )

    def accept(self) -> None:
        """Accept new connections (as after the start)."""
        if self._listener is None:
            listener = _bound_socket(self.port)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, KERNEL_BUFFER)
            listener.listen(1000)
            self._listener = trio.socket.from_stdlib_socket(listener)
            self._nursery.start_soon(self._serve, self._listener)

    def refuse(self) -> None:
        """Refuse new connections, as where no server runs; open ones stay."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def cut(self, *, reset: bool = False) -> None:
        """Cut every open connection now; bytes that are held are lost.

        Args:
            reset: With a reset (RST). Otherwise the client sees a clean end (FIN) after what
                has passed, and what it sends from then on vanishes.
        """
        for link in tuple(self._links):
            link.cut(reset=reset)

    async def wait_for_connections(self, count: int) -> None:
        """Wait until exactly ``count`` connections are open."""
        while self.open_connections != count:
            await self._changed.park()
        await trio.lowlevel.checkpoint()

    def close(self) -> None:
        """Stop listening, and give the port back."""
        self.refuse()
        self._reservation.close()

    async def _serve(self, listener: trio.socket.SocketType) -> None:
        # OSError: closed just before accept() looked at it.
        with suppress(trio.ClosedResourceError, OSError):
            while listener.fileno() >= 0:  # it may be closed before this task comes to run
                client, _ = await listener.accept()
                self._nursery.start_soon(self._run_link, trio.SocketStream(client))

    async def _run_link(self, client: trio.SocketStream) -> None:
        _narrow(client)
        link = _Link(self, client)
        self._links.add(link)
        self.total_connections += 1
        self.open_connections += 1
        self._changed.unpark_all()
        try:
            await link.run()
        finally:
            self._links.remove(link)
            self.open_connections -= 1
            self._changed.unpark_all()


@asynccontextmanager
async def open_fault_proxy(target_port: int) -> AsyncIterator[FaultProxy]:
    """Run a proxy before the server on the loopback's ``target_port``.

    Yields:
        The proxy, accepting connections and handing everything on.
    """
    failure: BaseException | None = None
    async with trio.open_nursery() as nursery:
        proxy = FaultProxy(target_port, nursery)
        try:
            proxy.accept()
            yield proxy
        except BaseException as exc:  # noqa: BLE001
            failure = exc  # raised again below: the nursery would wrap it in a group
        finally:
            proxy.close()
            nursery.cancel_scope.cancel()
    if failure is not None:
        raise failure


def _bound_socket(port: int) -> socket.socket:
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    bound.bind((HOST, port))
    bound.setblocking(False)
    return bound


def _narrow(stream: trio.SocketStream) -> None:
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, KERNEL_BUFFER)
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BUFFER)
