"""Commands that block: for how long, and how they end if their caller gives up.

A command that takes something off (BLPOP) must not be left to the server when its caller is
cancelled: what it takes later would be lost. So the server is told to end it (CLIENT UNBLOCK),
and its reply awaited under a shield: what it had taken already is returned after all.

A server that is silent cannot be awaited for long, and a caller's deadline is to hold then, too.
Therefore the silence counts from before the deadline: shortly before it the server is asked, on a
shared connection that is there, for a sign of life (PING). If it has said nothing on that one when
the deadline comes, only what may be on its way already is waited for.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any, cast

import trio
from trio.lowlevel import enable_ki_protection

from redtrio._connection import Connection
from redtrio._conversation import Waiter
from redtrio._driver import first_leaf
from redtrio.commands._base import Command
from redtrio.exceptions import RedisError
from redtrio.lowlevel.protocol import write_command
from redtrio.types import Argument

__all__ = ["BlockingCall", "patience_of", "with_block_time"]

# For how long a server may be silent before a caller who is to end gives it up, beside two round
# trips; and one whose deadline has come, to whom time matters more.
_PATIENCE_SECONDS = 0.3
_PATIENCE_AFTER_DEADLINE_SECONDS = 0.2

# How much of the time to a near deadline may be spent on that. The rest is for sending.
_SHARE_OF_TIME = 0.9

# For how long, beside a round trip, it is waited for after the deadline in any case.
_LAST_SECONDS = 0.06

# For how long a caller who is to end waits at most, though a reply is coming in.
_LONGEST_SECONDS = 5.0

# A handshake that took longer says more about that moment than about the way to the server.
_LONGEST_ROUND_TRIP = 0.25

# Silence is counted in ticks. Of time in which this process did not come to run no more than a
# tick counts: that the server was silent then says nothing.
_TICK_SECONDS = 0.02

# How long a caller waits first before it tells the server again to end its command; doubled each
# time. Not measured: long enough for a server nearby to have read the command by then.
_UNBLOCK_AGAIN_SECONDS = 0.01

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


@contextmanager
def patience_of(connection: Connection, blocking: bool) -> Iterator[None]:
    """While a command may block, a silent server is not taken for a stalled one."""
    if not blocking:
        yield
        return
    limit, connection.stall_timeout = connection.stall_timeout, None
    try:
        yield
    finally:
        connection.stall_timeout = limit


class BlockingCall:
    """One command that may block, on a connection that nobody else uses.

    Args:
        payload: The command.
        connection: Where to send it.
        ready: Gives a shared connection that can be used at once, None if there is none.
        connect: Gives a shared connection, dialling one if need be.
    """

    def __init__(
        self,
        payload: bytes,
        connection: Connection,
        ready: Callable[[], Connection | None],
        connect: Callable[[], Awaitable[Connection]],
    ) -> None:
        self._payload = payload
        self._connection = connection
        self._ready = ready
        self._connect = connect
        self._waiter = Waiter(payload, 1)
        self._round_trip = min(connection.round_trip, _LONGEST_ROUND_TRIP)
        self._patience = _PATIENCE_SECONDS + 2 * self._round_trip
        self._deadline = math.inf
        # Since when a shared connection owes an answer, which one, and what had come on it then.
        self._looked: tuple[float, Connection, int] | None = None
        # Whether the server has been told to end the command, and has not answered that. It may
        # end the next one that blocks on the connection.
        self._untold = False

    async def reply(self) -> Any:
        """Send the command and give its reply, an error as a value.

        Raises:
            ConnectionError: The connection broke, or was closed.

        Cancellation: as the module says.
        """
        try:
            with patience_of(self._connection, True):
                return await self._until_the_deadline()
        except trio.Cancelled:
            if self._waiter.sent:
                reply = await self._end()
                if not (reply is None or isinstance(reply, Exception)):
                    return reply
            raise
        finally:
            if self._untold or (self._waiter.sent and not self._waiter.is_done()):
                self._connection.close()

    async def _until_the_deadline(self) -> Any:
        self._deadline = trio.current_effective_deadline()
        left = max(self._deadline - trio.current_time(), 0)
        early = self._deadline - min(self._patience, left * _SHARE_OF_TIME)
        with trio.CancelScope(deadline=early):
            return await self._request()
        await self._look()
        return await self._request()

    async def _request(self) -> Any:
        if not self._waiter.sent:  # or it was withdrawn
            self._waiter = Waiter(self._payload, 1)
        begun = self._waiter.sent
        return (await self._connection.request(self._waiter, begun=begun, keep=True))[0]

    async def _look(self) -> None:
        """Ask the server for a sign of life, and note if there is none at once."""
        shared = self._ready()
        if shared is None:
            return
        talk = shared.conversation
        now, heard = monotonic(), talk.received_bytes
        # Not for long: the reply may come meanwhile.
        with trio.move_on_after(_TICK_SECONDS), suppress(RedisError):
            await shared.ask(_PING)
        if talk.owed_replies:
            self._looked = now, shared, heard

    def _silent_since(self) -> float | None:
        """Tell since when the server owes a sign of life, if it does."""
        if self._looked is None:
            return None
        since, shared, heard = self._looked
        talk = shared.conversation
        return since if talk.dead is None and talk.received_bytes == heard else None

    async def _end(self) -> Any:
        """End the command on the server, and give its reply.

        None where there is none: the connection broke, the server is silent, or takes too long.
        """
        if trio.current_time() >= self._deadline:
            self._patience = _PATIENCE_AFTER_DEADLINE_SECONDS + 2 * self._round_trip
        reply: Any = None
        answered, over = trio.Event(), trio.Event()
        try:
            async with trio.open_nursery() as nursery:
                nursery.cancel_scope.shield = True
                nursery.start_soon(self._wait_patiently, nursery.cancel_scope)
                nursery.start_soon(self._unblock, answered, over)
                with suppress(RedisError):
                    reply = await self._request()
                answered.set()
                await over.wait()
                nursery.cancel_scope.cancel()
        except BaseException as error:  # noqa: BLE001 - raised again, without its group
            leaf = first_leaf(error)
            # A credential provider's or a hook's failure is not for who is cancelled.
            if not isinstance(leaf, Exception):
                raise leaf from None
        return reply

    @enable_ki_protection
    async def _wait_patiently(self, scope: trio.CancelScope) -> None:
        """Cancel ``scope`` once the server has been silent, or not done, for too long."""
        began = monotonic()
        talk = self._connection.conversation
        waited = silence = 0.0
        while waited < _LONGEST_SECONDS:
            limit = self._patience
            since = self._silent_since()
            if since is not None:
                limit = max(limit - (began - since), _LAST_SECONDS + self._round_trip)
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
        with suppress(Exception):
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
