"""What the tests of the client share: parsers of others, and a look at the server's side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import hiredis
import respy3
import trio
from servers import Server

from redtrio.lowlevel.client import RedisClient
from redtrio.types import RespPush

__all__ = [
    "HiredisReader",
    "RecordingStream",
    "Respy3Reader",
    "Steps",
    "connections_of",
    "give_up_blocking",
    "wait_for_blocked",
    "wait_for_connections",
    "wait_until",
]

Respy3Reader: Any = respy3.Resp3Reader


class HiredisReader:
    """A Reader over hiredis, with no more than what a client asks for."""

    sentinel = object()

    def __init__(self) -> None:
        self._reader = hiredis.Reader(notEnoughData=self.sentinel)

    def feed(self, data: bytes) -> None:
        self._reader.feed(data)

    def get_object(self) -> object:
        item = self._reader.gets()
        return RespPush(list(item)) if isinstance(item, hiredis.PushNotification) else item


class RecordingStream(trio.abc.Stream):
    """A stream over another one that keeps what was sent, one entry for each ``send_all``."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self.stream = stream
        self.sends: list[bytes] = []
        self.closed = False

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        self.sends.append(bytes(data))
        await self.stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        await self.stream.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        return await self.stream.receive_some(max_bytes)

    async def aclose(self) -> None:
        self.closed = True
        await self.stream.aclose()


class Steps(trio.abc.Instrument):
    """How often the scheduler has run each task."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        self.counts[task.name] += 1


def connections_of(server: Server) -> int:
    """Return how many connections the server has, those of the tests' own control aside."""
    clients = server.call("CLIENT", "LIST")
    assert isinstance(clients, bytes)
    return sum(b" user=default " in line for line in clients.splitlines())


async def wait_for_blocked(server: Server, count: int) -> None:
    """Wait until the server holds exactly so many clients in a blocking command."""
    while True:
        information = server.call("INFO", "clients")
        assert isinstance(information, bytes)
        if b"\r\nblocked_clients:%d\r\n" % count in information:
            return
        await trio.sleep(0.001)


async def give_up_blocking(client: RedisClient, server: Server) -> None:
    """Cancel a call of which the server has the command and will not answer it."""
    with trio.CancelScope() as scope:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.call, b"BLPOP", b"nothing", b"0")
            await wait_for_blocked(server, 1)
            scope.cancel()
    assert scope.cancelled_caught


async def wait_for_connections(server: Server, count: int) -> None:
    """Wait until the server has exactly so many; a wrong count ends in the time limit."""
    while True:
        if connections_of(server) == count:
            return
        await trio.sleep(0.001)


async def wait_until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Ask a server until it is so; what never is ends in the time limit."""
    while True:
        if await condition():
            return
        await trio.sleep(0.001)
