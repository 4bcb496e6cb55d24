"""Many callers of one shared connection over a transport in memory, and what became of each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
import trio.testing
from memory_transport import MemoryTransport

from redtrio._config import Config
from redtrio._connection import Connection
from redtrio._conversation import Waiter
from redtrio._dial import greet, open_connection
from redtrio.exceptions import ConnectionError, TimeoutError
from redtrio.lowlevel.protocol import write_command
from redtrio.types import RespPush

__all__ = [
    "CANCELLED",
    "LONG",
    "MESSAGE",
    "Line",
    "each_way",
    "echo",
    "failures",
    "open_line",
    "open_shared",
]

each_way = pytest.mark.parametrize("way", ["ask", "request"])

CANCELLED = "cancelled"
MESSAGE = b">2\r\n+message\r\n+text\r\n"
LONG = 1e12  # a window for looking that only the number of passes ends


def echo(word: str) -> bytes:
    return write_command(b"ECHO", word)


class Line:
    """A shared connection over a memory transport, its callers, and what became of each."""

    def __init__(
        self,
        nursery: trio.Nursery,
        way: str = "request",
        poll_window: float = LONG,
        stall_timeout: float | None = None,
    ) -> None:
        self.nursery = nursery
        self.way = way
        self.wire = MemoryTransport()
        self.connection = Connection(self.wire, poll_window, stall_timeout)
        self.connection.shared = True
        self.conversation = self.connection.conversation
        self.pushes: list[RespPush] = []
        self.conversation.on_push = self.pushes.append
        self.scopes: dict[str, trio.CancelScope] = {}
        self.results: dict[str, Any] = {}
        self.listeners: dict[str, Waiter] = {}

    async def call(self, word: str, times: int = 1) -> None:
        """Ask for the word, ``times`` over in one unit, and note what comes of it."""
        with trio.CancelScope() as self.scopes[word]:
            try:
                if self.way == "ask" and times == 1:
                    reply = await self.connection.ask(echo(word))
                else:
                    waiter = Waiter(echo(word) * times, times)
                    replies = await self.connection.request(waiter)
                    assert replies == [replies[0]] * times
                    reply = replies[0]
                self.results[word] = reply.decode()
            except (ConnectionError, TimeoutError) as error:
                self.results[word] = error
        if self.scopes[word].cancelled_caught:
            self.results[word] = CANCELLED

    async def listen(self, name: str) -> None:
        """Listen until cancelled or ended, and note what comes of it."""
        self.listeners[name] = Waiter(b"", 1)
        with trio.CancelScope() as self.scopes[name]:
            try:
                await self.connection.listen(self.listeners[name])
                self.results[name] = "ended"
            except (ConnectionError, TimeoutError) as error:
                self.results[name] = error
        if self.scopes[name].cancelled_caught:
            self.results[name] = CANCELLED

    async def arrive(self, *words: str) -> None:
        """Let callers come, one after the other; each is blocked when the next one comes."""
        for word in words:
            self.nursery.start_soon(self.call, word)
            await trio.testing.wait_all_tasks_blocked()

    async def begin(self, word: str) -> None:
        """Let a caller come, and go on as soon as its command has left."""
        self.nursery.start_soon(self.call, word)
        while not self.wire.commands:
            await trio.lowlevel.checkpoint()

    async def arrive_together(self, *words: str) -> None:
        """Let callers come in the same pass of the scheduler."""
        for word in words:
            self.nursery.start_soon(self.call, word)
        await trio.testing.wait_all_tasks_blocked()

    async def attend(self, *names: str) -> None:
        """Let listeners come, one after the other."""
        for name in names:
            self.nursery.start_soon(self.listen, name)
            await trio.testing.wait_all_tasks_blocked()

    async def cancel(self, *words: str) -> None:
        """Cancel all of these at once."""
        for word in words:
            self.scopes[word].cancel()
        await trio.testing.wait_all_tasks_blocked()

    async def answer(self, count: int | None = None) -> None:
        self.wire.answer(count)
        await trio.testing.wait_all_tasks_blocked()

    async def say(self, data: bytes) -> None:
        self.wire.say(data)
        await trio.testing.wait_all_tasks_blocked()

    def words_sent(self) -> list[str]:
        """What the server has yet to answer."""
        return [command[1].decode() for command in self.wire.commands]

    def on_promotion(self, action: Callable[[], object]) -> None:
        """Do something in the same step as the next waiter is made leader."""
        wake = self.conversation._wake

        def wake_and_act(waiter: Waiter) -> None:
            wake(waiter)
            if self.conversation.leader is waiter:
                self.conversation._wake = wake
                action()

        self.conversation._wake = wake_and_act

    async def use_again(self) -> None:
        """Whatever happened, twenty callers get what they asked for, and nobody leads after."""
        self.wire.answering = True
        self.wire.answer()
        self.wire.make_room()
        words = [f"again-{number}" for number in range(20)]
        await self.arrive_together(*words)
        assert {word: self.results.get(word) for word in words} == {word: word for word in words}
        assert self.conversation.is_settled()
        assert self.conversation.owed_replies == 0
        busy = [name for name in self.listeners if name not in self.results]
        assert (self.conversation.leader is not None) == bool(busy)
        if busy:
            before = len(self.pushes)
            await self.say(b">2\r\n+message\r\n+again\r\n")
            assert len(self.pushes) == before + 1


@asynccontextmanager
async def open_line(
    way: str = "request", poll_window: float = LONG, stall_timeout: float | None = None
) -> AsyncIterator[Line]:
    async with trio.open_nursery() as nursery:
        line = Line(nursery, way, poll_window, stall_timeout)
        yield line
        if line.conversation.dead is None:
            await line.use_again()
        nursery.cancel_scope.cancel()


def failures(line: Line, *words: str) -> list[tuple[type[Exception], bool]]:
    """The class and ``maybe_executed`` of what each of these callers got."""
    errors = [line.results[word] for word in words]
    assert len({id(error) for error in errors}) == len(words), "an exception of its own each"
    return [(type(error), error.maybe_executed) for error in errors]


@asynccontextmanager
async def open_shared(
    port: int, stall_timeout: float | None = None, poll_window: float = 200
) -> AsyncIterator[Connection]:
    config = Config(
        host="127.0.0.1", port=port, stall_timeout=stall_timeout, poll_window=poll_window
    )
    connection = await open_connection(config)
    await greet(connection, config.handshake())
    connection.shared = True
    try:
        yield connection
    finally:
        await connection.aclose()
