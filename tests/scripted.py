"""A server that answers as it is told: for faults that no real server can be made to show."""

from __future__ import annotations

import socket
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import trio

from redtrio.lowlevel.protocol import Resp3Reader

__all__ = ["SILENCE", "ScriptedServer", "open_scripted_server"]

SILENCE = b""
"""An answer that never comes."""


class ScriptedServer:
    """Answers HELLO, PING, ECHO and INCR as a server does, anything else with OK.

    Attributes:
        port: The loopback port on which it is reached.
        script: By command, what answers the next ones of its kind, in order.
        counts: How often each command came.
        accepted: How many connections were accepted.
        open: How many of them are open.
        on_hello: Called, if it is there, with the words of each HELLO.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.script: defaultdict[bytes, deque[bytes]] = defaultdict(deque)
        self.counts: Counter[bytes] = Counter()
        self.accepted = 0
        self.open = 0
        self.on_hello: Callable[[list[bytes]], object] | None = None
        self._value = 0
        self._streams: set[trio.SocketStream] = set()
        self._changed = trio.lowlevel.ParkingLot()

    def end_connections(self) -> None:
        """End all open connections, as a server does that closes what lies idle."""
        for stream in self._streams:
            stream.socket.shutdown(socket.SHUT_WR)

    async def wait_for(self, command: bytes, count: int) -> None:
        """Wait until ``command`` has come so many times."""
        await self._wait_until(lambda: self.counts[command] >= count)

    async def wait_for_open(self, count: int) -> None:
        """Wait until exactly so many connections are open."""
        await self._wait_until(lambda: self.open == count)

    async def serve(self, stream: trio.SocketStream) -> None:
        """Serve one connection until its client ends it."""
        self.accepted += 1
        self.open += 1
        self._streams.add(stream)
        reader = Resp3Reader()
        try:
            async with stream:
                with suppress(trio.BrokenResourceError):
                    while chunk := await stream.receive_some():
                        reader.feed(chunk)
                        for words in reader.get_objects():
                            await stream.send_all(self._answer(words))
                        self._changed.unpark_all()
        finally:
            self._streams.remove(stream)
            self.open -= 1
            self._changed.unpark_all()

    async def _wait_until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            await self._changed.park()
        await trio.lowlevel.checkpoint()

    def _answer(self, words: Any) -> bytes:
        name = bytes(words[0])
        self.counts[name] += 1
        if name == b"HELLO" and self.on_hello is not None:
            self.on_hello(words)
        if self.script[name]:
            return self.script[name].popleft()
        if name == b"HELLO":
            return b"%%2\r\n$6\r\nserver\r\n$5\r\nredis\r\n$2\r\nid\r\n:%d\r\n" % self.accepted
        if name == b"PING":
            return b"+PONG\r\n"
        if name == b"ECHO":
            return b"$%d\r\n%s\r\n" % (len(words[1]), words[1])
        if name == b"INCR":
            self._value += 1
            return b":%d\r\n" % self._value
        return b"+OK\r\n"


@asynccontextmanager
async def open_scripted_server() -> AsyncIterator[ScriptedServer]:
    """Run a scripted server for the length of an ``async with`` block."""
    failure: BaseException | None = None
    async with trio.open_nursery() as nursery:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        server = ScriptedServer(listener.socket.getsockname()[1])
        nursery.start_soon(trio.serve_listeners, server.serve, [listener])
        try:
            yield server
        except BaseException as error:  # noqa: BLE001
            failure = error  # raised again below: the nursery would wrap it in a group
        nursery.cancel_scope.cancel()
    if failure is not None:
        raise failure
