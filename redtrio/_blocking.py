"""Commands that block: for how long, and how they end if their caller gives up.

A command that takes something off (BLPOP) must not be left to the server when its caller is
cancelled: what it takes later would be lost. So the server is told to end it (CLIENT UNBLOCK),
and its reply awaited under a shield: what it had taken already is returned after all.

A server that is silent cannot be awaited for long, and a caller's deadline is to hold then, too.
Therefore the silence counts from before the deadline: in time for it the server is asked for a
sign of life (PING), on a shared connection. Where the deadline is too near for that, it is asked
before the command is sent, which goes only to a server that has said something.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from time import monotonic
from typing import Any, cast

import trio
from trio.lowlevel import enable_ki_protection

from redtrio._connection import Connection
from redtrio._conversation import Waiter
from redtrio._driver import ungrouped
from redtrio.commands._base import Command
from redtrio.commands._groups import text_of
from redtrio.exceptions import RedisError, TimeoutError
from redtrio.lowlevel.protocol import write_command
from redtrio.types import Argument

__all__ = ["BlockingCall", "longest_block", "patience_of", "with_block_time"]

# For how long a server may be silent before a caller who is to end gives it up, beside two round
# trips; and one whose deadline has come, to whom time matters more.
_PATIENCE_SECONDS = 0.3
_PATIENCE_AT_DEADLINE_SECONDS = 0.2

# For how long a caller who is to end waits in any case: what has come is to be read.
_LAST_SECONDS = 0.02

# For how long it waits at most, though a reply is coming in.
_LONGEST_SECONDS = 5.0

# A handshake that took longer says more about that moment than about the way to the server.
_LONGEST_ROUND_TRIP = 0.25

# Silence is counted in ticks. Of time in which this process did not come to run no more than a
# tick counts: that the server was silent then says nothing.
_TICK_SECONDS = 0.01

# How long a caller waits first before it tells the server again to end its command; doubled each
# time. Not measured: long enough for a server nearby to have read the command by then.
_UNBLOCK_AGAIN_SECONDS = 0.01

# A server looks whose time to block is over "hz" times a second, 10 by default and 1 at least.
_SERVER_TICK_SECONDS = 1.0

# Longer than servers and clients live; what servers take for a time ends somewhere above.
_FOREVER_SECONDS = 1e9

_PING = write_command(b"PING")


def with_block_time(command: Command[Any]) -> tuple[Argument, ...]:
    """Give a command's words, with the time to block filled in where the caller gave none."""
    words = command.words
    place = command.spec.block_at
    # Who calls by words may have left that one out, which is for the server to refuse.
    if place and place < len(words) and words[place] is None:
        left = trio.current_effective_deadline() - trio.current_time()
        unit = command.spec.block_unit
        # 0 is for ever. A server counts in milliseconds.
        time: float = 0 if left > _FOREVER_SECONDS else max(left, 0.001) * unit
        if unit != 1:
            time = math.ceil(time)
        place %= len(words)
        words = (*words[:place], time, *words[place + 1 :])
    # Any other None is refused where the words are encoded.
    return cast("tuple[Argument, ...]", words)


def longest_block(command: Command[Any]) -> float:
    """Tell for how many seconds a caller lets the server block; 0 if that is not asked for.

    Without end (math.inf) also where only a deadline says for how long.
    """
    if not command.spec.blocking:
        return 0.0
    words: tuple[Any, ...] = command.words
    place = command.spec.block_at
    try:
        if command.spec.without_block is not None:
            place = [text_of(word).upper() for word in words].index("BLOCK") + 1
        seconds = float(words[place]) / command.spec.block_unit
    except (IndexError, TypeError, ValueError):  # or it is for the server to refuse
        return math.inf
    return seconds if seconds > 0 else math.inf


@contextmanager
def patience_of(connection: Connection, seconds: float) -> Iterator[None]:
    """While a command may block, a server may be silent for so much longer."""
    limit = connection.stall_timeout
    if not seconds or limit is None:
        yield
        return
    connection.stall_timeout = (
        limit + seconds + _SERVER_TICK_SECONDS if seconds < math.inf else None
    )
    try:
        yield
    finally:
        connection.stall_timeout = limit


class BlockingCall:
    """One command that may block, on a connection that nobody else uses.

    Args:
        payload: The command.
        longest: For how many seconds the server may block on it; inf: for ever.
        connection: Where to send it.
        connect: Gives a shared connection, dialling one if need be.
    """

    def __init__(
        self,
        payload: bytes,
        longest: float,
        connection: Connection,
        connect: Callable[[], Awaitable[Connection]],
    ) -> None:
        self._payload = payload
        self._longest = longest
        self._connection = connection
        self._connect = connect
        self._waiter = Waiter(payload, 1)
        self._two_trips = 2 * min(connection.round_trip, _LONGEST_ROUND_TRIP)
        self._patience = _PATIENCE_SECONDS + self._two_trips
        # Since when a sign of life is looked for, where, and what had come there by then.
        self._looking_since = math.inf
        self._asked: tuple[Connection, int] | None = None
        # There is one, or nobody to ask for it.
        self._looked = trio.Event()
        # Whether the server has been told to end the command, and has not answered that. It may
        # end the next one that blocks on the connection.
        self._untold = False

    async def reply(self) -> Any:
        """Send the command and give its reply, an error as a value.

        Raises:
            ConnectionError: The connection broke, or was closed.
            TimeoutError: The server was silent for longer than it may block.

        Cancellation: as the module says.
        """
        deadline = trio.current_effective_deadline()
        try:
            with patience_of(self._connection, self._longest):
                return await self._until(deadline)
        except trio.Cancelled:
            if self._waiter.sent:
                if trio.current_time() >= deadline:
                    self._patience = _PATIENCE_AT_DEADLINE_SECONDS + self._two_trips
                reply = await self._end()
                if not (reply is None or isinstance(reply, Exception)):
                    return reply
            raise
        finally:
            if self._untold or (self._waiter.sent and not self._waiter.is_done()):
                self._connection.close()

    async def _until(self, deadline: float) -> Any:
        early = deadline - _PATIENCE_AT_DEADLINE_SECONDS - self._two_trips
        if trio.current_time() < early:
            with trio.CancelScope(deadline=early):
                return await self._request()
            async with self._look():
                return await self._request()
        async with self._look():
            while self._is_silent():
                # Where others are to be answered before, any byte for them will do.
                with trio.move_on_after(_TICK_SECONDS):
                    await self._looked.wait()
        return await self._request()

    async def _request(self) -> Any:
        if not self._waiter.sent:  # or it was withdrawn
            self._waiter = Waiter(self._payload, 1)
        begun = self._waiter.sent
        return (await self._connection.request(self._waiter, begun=begun, keep=True))[0]

    @asynccontextmanager
    async def _look(self) -> AsyncIterator[None]:
        """Look for a sign of life meanwhile."""
        self._looking_since = monotonic()
        with ungrouped():
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._ask_for_life)
                yield
                nursery.cancel_scope.cancel()

    @enable_ki_protection
    async def _ask_for_life(self) -> None:
        with _not_for_this_caller():
            try:
                shared = await self._connect()
                self._asked = shared, shared.conversation.received_bytes
                await shared.ask(_PING)
            except TimeoutError:  # that is silence, too
                return
        self._looked.set()

    def _is_silent(self) -> bool:
        """Tell whether a sign of life is looked for, or was, and there is none."""
        if self._looked.is_set() or self._looking_since == math.inf:
            return False
        if self._asked is None:
            return True
        shared, heard = self._asked
        talk = shared.conversation
        if talk.dead is not None and not isinstance(talk.dead, TimeoutError):
            return False
        return talk.received_bytes == heard

    async def _end(self) -> Any:
        """End the command on the server, and give its reply.

        None where there is none: the connection broke, the server is silent, or takes too long.
        """
        reply: Any = None
        answered, over = trio.Event(), trio.Event()
        with ungrouped():
            async with trio.open_nursery() as nursery:
                nursery.cancel_scope.shield = True
                nursery.start_soon(self._wait_patiently, nursery.cancel_scope)
                nursery.start_soon(self._unblock, answered, over)
                with suppress(RedisError):
                    reply = await self._request()
                answered.set()
                await over.wait()
                nursery.cancel_scope.cancel()
        return reply

    @enable_ki_protection
    async def _wait_patiently(self, scope: trio.CancelScope) -> None:
        """Cancel ``scope`` once the server has been silent, or not done, for too long."""
        looked_for = monotonic() - self._looking_since
        talk = self._connection.conversation
        waited = silence = 0.0
        while waited < _LONGEST_SECONDS:
            limit = self._patience
            if self._is_silent():
                limit = max(limit - looked_for, _LAST_SECONDS)
            if silence >= limit:
                break
            now, heard = monotonic(), talk.received_bytes
            await trio.sleep(_TICK_SECONDS)
            tick = min(monotonic() - now, _TICK_SECONDS)
            waited += tick
            silence += tick
            if talk.received_bytes != heard:  # a long reply
                silence = 0.0
        scope.cancel()

    @enable_ki_protection
    async def _unblock(self, answered: trio.Event, over: trio.Event) -> None:
        """Tell the server to end the command, until that is answered."""
        payload = write_command(b"CLIENT", b"UNBLOCK", self._connection.client_id or 0)
        again = _UNBLOCK_AGAIN_SECONDS
        with _not_for_this_caller():
            while not answered.is_set():
                shared = await self._connect()
                self._untold = True
                refusal = await shared.ask(payload)
                self._untold = False
                if isinstance(refusal, Exception):
                    self._patience = _TICK_SECONDS  # it will not end by that
                    break
                # The server may have read this before the command that is to end: then it ended
                # nothing, and is to be said again.
                with trio.move_on_after(again):
                    await answered.wait()
                again *= 2
        over.set()


@contextmanager
def _not_for_this_caller() -> Iterator[None]:
    """Drop failures to connect and to ask: a credential provider's and a hook's, too."""
    with suppress(Exception), ungrouped():
        yield
