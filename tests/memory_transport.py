"""A transport within the test: the other end of the line is a script.

It takes what is sent as far as there is room, keeps it for the test to look at, and gives what
the test (``say``, ``answer``) or, while ``answering``, the script itself says. Nothing of it
needs time: whoever waits is woken by what the test does.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import Any

import trio
from outcome import Error, Value
from trio.lowlevel import Abort, Task, current_task, reschedule, wait_task_rescheduled

from redtrio.exceptions import ConnectionError
from redtrio.lowlevel.protocol import Resp3Reader

__all__ = ["MemoryTransport"]


class MemoryTransport:
    """See the head of the module; ECHO is answered by its word, all else by OK.

    Attributes:
        address: Where it leads, for messages.
        has_backlog: Whether something that was taken is held back.
        room: How many bytes are taken before somebody calls ``make_room``.
        holding: Whether what does not find room is taken all the same, and held back.
        reads_on: How many bytes of answers may lie unread before no more is taken: a server
            that does not read on before its replies are taken.
        answering: Whether commands are answered as they come.
        sends: What has left, by each ``send`` that could pass something on.
        commands: What has come and is not answered yet.
        failure: What sending raises, if anything.
        on_send: What happens right after the next send, in the same step.
        closed: Whether it was closed.
        waiting: Who waits, by what for.
    """

    def __init__(self) -> None:
        self.address = "memory:1"
        self.has_backlog = False
        self.room: float = math.inf
        self.holding = False
        self.reads_on: float = math.inf
        self.answering = False
        self.sends: list[bytes] = []
        self.commands: deque[list[bytes]] = deque()
        self.failure: ConnectionError | None = None
        self.on_send: Callable[[], object] | None = None
        self.closed = False
        self.waiting: dict[str, Task] = {}
        self._held = b""
        self._requests: Any = Resp3Reader()
        self._replies = bytearray()
        self._ended = False
        self.try_send: Any = self.send
        self.try_receive: Any = self.receive

    @property
    def sent(self) -> bytes:
        """All that has left."""
        return b"".join(self.sends)

    # --- what a driver does ------------------------------------------------------------

    def lost(self, error: OSError) -> ConnectionError:
        raise AssertionError("send and receive raise what is ours already")

    def send(self, data: bytes | memoryview) -> int:
        if self.closed:
            raise ConnectionError("closed")
        if self.failure is not None:
            raise self.failure
        if not self.flush():
            return 0
        count = self._pass_on(bytes(data))
        if self.holding and count < len(data):
            self._held = bytes(data[count:])
            self.has_backlog = True
            return len(data)
        return count

    def flush(self) -> bool:
        if self.closed:
            raise ConnectionError("closed")
        if self._held:
            self._held = self._held[self._pass_on(self._held) :]
        self.has_backlog = bool(self._held)
        return not self.has_backlog

    def receive(self, limit: int) -> bytes | None:
        if self.closed:
            raise ConnectionError("closed")
        if not self._replies:
            return b"" if self._ended else None
        data = bytes(self._replies[:limit])
        del self._replies[: len(data)]
        self._wake("writable")
        return data

    def receive_into(self, buffer: memoryview, limit: int) -> int | None:
        data = self.receive(min(limit, len(buffer)))
        if data is None:
            return None
        buffer[: len(data)] = data
        return len(data)

    async def wait_readable(self) -> None:
        await self._wait("readable")

    async def wait_writable(self) -> None:
        await self._wait("writable")

    def rouse(self) -> None:
        for what, task in [*self.waiting.items()]:
            del self.waiting[what]
            reschedule(task, Error(trio.ClosedResourceError("roused")))

    def is_quiet(self) -> bool:
        return not (self.closed or self._replies or self._ended)

    def as_stream(self) -> trio.abc.Stream:
        raise NotImplementedError

    def close(self) -> None:
        self.closed = True
        self.rouse()

    # --- what a test does --------------------------------------------------------------

    def make_room(self, nbytes: float = math.inf) -> None:
        """Let so many more bytes pass."""
        self.room += nbytes
        self._wake("writable")

    def say(self, data: bytes) -> None:
        """Let the server say something."""
        self._replies += data
        self._wake("readable")

    def answer(self, count: int | None = None) -> None:
        """Answer the first commands, or all."""
        commands = self.commands
        replies: list[bytes] = []
        for _ in range(len(commands) if count is None else count):
            command = commands.popleft()
            word = command[1] if command[0] == b"ECHO" else b"OK"
            replies.append(b"$%d\r\n%b\r\n" % (len(word), word))
        self.say(b"".join(replies))

    def end(self) -> None:
        """Let the server close the connection."""
        self._ended = True
        self._wake("readable")

    def _pass_on(self, data: bytes) -> int:
        count = int(min(len(data), self._current_room()))
        if not count:
            return 0
        self.room -= count
        self.sends.append(data[:count])
        self._requests.feed(data[:count])
        self.commands.extend(self._requests.get_objects())
        if self.answering and self.commands:
            self.answer()
        on_send, self.on_send = self.on_send, None
        if on_send is not None:
            on_send()
        return count

    def _current_room(self) -> float:
        return self.room if len(self._replies) <= self.reads_on else 0

    def _is_due(self, what: str) -> bool:
        if what == "writable":
            return self._current_room() > 0
        return bool(self._replies) or self._ended

    def _wake(self, what: str) -> None:
        if what in self.waiting and self._is_due(what):
            reschedule(self.waiting.pop(what), Value(None))

    async def _wait(self, what: str) -> None:
        assert not self.closed, "waiting on a closed transport"
        assert what not in self.waiting, f"two tasks wait for {what}"
        if self._is_due(what):
            await trio.lowlevel.checkpoint()
            return

        def give_up(_: object) -> Abort:
            del self.waiting[what]
            return Abort.SUCCEEDED

        self.waiting[what] = current_task()
        await wait_task_rescheduled(give_up)
