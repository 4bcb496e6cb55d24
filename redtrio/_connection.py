"""The driver: whoever needs a reply does the I/O for all who do, over the conversation's state.

There is no background task for it. ``Connection.request`` queues a command. If nobody leads, its
caller does: it sends what is queued, looks for replies, sleeps until there are some, until its
own replies are in, and resigns, whereby the next one who waits leads. Everybody else is parked
and woken with the replies in. All that is known lives in the conversation; the only awaits of
the engine are here, and at each of them:

- a caller that is cancelled (or gets KeyboardInterrupt, which Trio delivers in the same
  places) abandons its waiter and resigns, so that the conversation stays consistent;
- another task may have closed the connection: the conversation is asked again before the
  socket is touched.

Batches. While one task leads, others only queue; the leader sends all of it at its next pass.
Where there was company the last time, the leader lets the others queue before it sends at
all. If the leader is asleep, the first newcomer lets its siblings queue, too, and then sends
for all of them.

Waiting for room. A socket that takes no more bytes is waited for by the leader only, both ways
at once; a newcomer that meets one rouses the sleeping leader to do so. There is thus one role
to hand on, not two.

Reading before sleeping. After a send, the leader lets the scheduler run and tries to receive,
a few times over, before it sleeps in the poller of the operating system, so that neither side
goes idle. Every such pass runs whatever else is runnable. Where replies do not come in that window
(a remote server), it stops looking, and tries again now and then; and as long as the time from a
command's send to its replies is longer than the window, which is measured all along, nobody looks.

A leader passes a checkpoint at least every 2 MB or 1 ms, however fast data comes.

Listeners are owed no reply, and lead where no caller does. While one sleeps, a caller sends
and looks for its reply by itself before it parks.

Silence. Where replies are owed, and for ``stall_timeout`` seconds of the computer's clock not
one byte has come, the connection is given up. ``_silence`` sees to that while the leader sleeps.

``Connection`` drives a transport of ours; ``StreamDriver`` in ``_stream_driver`` does the same
for a stream that a user brought. They serve one caller at a time, except a connection that is
``shared``.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from os import getpid
from time import monotonic, perf_counter
from typing import Any

import trio
from trio.lowlevel import (
    Abort,
    cancel_shielded_checkpoint,
    checkpoint,
    checkpoint_if_cancelled,
    current_task,
    current_trio_token,
    enable_ki_protection,
    wait_task_rescheduled,
)

from redtrio._conversation import ALONE, Waiter
from redtrio._driver import Driver, ungrouped
from redtrio._silence import silence_watch
from redtrio._transport import Transport
from redtrio.exceptions import ConnectionError, TimeoutError

__all__ = ["Connection"]

# A checkpoint is due after so much without one, in bytes (with the last receive, which takes as
# much at most, it may be twice that) or in time: small enough that other tasks do not notice (1 MB
# takes a fifth of the time), large enough that a large reply does not either (with 256 KB a reply
# of 1 MB came up to a third later).
_YIELD_BYTES = 1024 * 1024
_YIELD_SECONDS = 0.001

# Scheduler passes of one look for a reply, if they do not take longer than the window anyway.
# With a server on the same machine a lone small call was seen to need about four of them, a
# thousand elements some thirty.
_POLL_PASSES = 256

# How often the only caller tries to receive after its first pass: a try takes a few microseconds,
# a fifth of a pass, and what comes meanwhile need not wait for the end of one.
_LONE_TRIES = 6

# After a look in vain, so many waits go straight to sleep, doubling up to this many.
_POLL_MAX_SKIP = 256

# What one receive takes of a connection that is not flooded, and from where on half a reply
# makes it flooded. On loopback a packet brings 65,483 bytes, elsewhere far less.
_CHUNK_BYTES = 64 * 1024
_FLOOD_BYTES = 32 * 1024

# A connection that lay idle for longer is looked at before it is lent: has the server
# closed it? Under load no call pays for that.
_FRESH_SECONDS = 0.01

# When to check again for silence that may have ended just now.
_SILENCE_TICK_SECONDS = 0.01


class Connection(Driver, trio.abc.Stream):
    """A connection of ours. As a ``trio.abc.Stream`` it gives raw access to its bytes.

    Bytes that are sent or received as on a stream pass by the conversation, which then
    cannot tell any more what is owed: such a connection is not lent again.

    Args:
        transport: A connected transport, owned from here on.
        poll_window: As in ``Config``.
        stall_timeout: As in ``Config``.

    Attributes:
        stall_timeout: As given. None for as long as a server may be silent for good reason.
    """

    def __init__(
        self, transport: Transport, poll_window: float, stall_timeout: float | None = None
    ) -> None:
        super().__init__(transport.address)
        self._transport = transport
        self.conversation.hang_up = transport.close
        self._poll_seconds = poll_window / 1_000_000
        self._poll_skip = 0 if poll_window else math.inf
        # One waiter at a time is timed from its send to its replies. Where that takes longer than
        # the window, nobody looks, even if with many callers some reply always comes soon.
        self._probe: Waiter | None = None
        self._probed_at = 0.0
        self._far = False
        # The last send was for more than one waiter: it is worth to let others queue first.
        self._company = False
        self._asleep = False  # the leader is in wait_readable
        self._hurried = False  # somebody is about to send all the same
        self.stall_timeout = stall_timeout
        self._silent_since = 0.0  # by monotonic(); 0: it is not
        self._silence_watch = silence_watch()
        self._is_stalled = False
        # Not to be lent in another trio.run, nor on the other side of a fork.
        self._run = current_trio_token()
        self._process = getpid()
        self._raw: trio.abc.Stream | None = None
        # In the middle of something large: what comes goes straight to where the parser wants it.
        self._flooded = False

    def __repr__(self) -> str:
        conversation = self.conversation
        if conversation.dead is not None:
            state = "dead"
        elif conversation.leader is not None:
            state = "busy"
        else:
            state = "idle" if conversation.is_clean() else "in use"
        return f"<Connection {self.address} {state}>"

    def is_usable(self) -> bool:
        """Tell whether a command could be sent: alive, of this run, and quiet if long idle."""
        return (
            self.conversation.dead is None
            and self._run is current_trio_token()
            and (monotonic() - self._last_used < _FRESH_SECONDS or self._transport.is_quiet())
        )

    def is_lost(self) -> bool:
        """Tell whether nobody can use it any more: dead, or of another Trio run."""
        return self.conversation.dead is not None or self._run is not current_trio_token()

    def _is_foreign(self) -> bool:
        """Tell whether those who wait on it, if any, are tasks of another run or process."""
        try:
            return self._run is not current_trio_token()
        except RuntimeError:  # outside of any run
            return True

    def retire(self) -> None:
        """Close a shared connection as soon as nothing is owed on it. Nobody may come new."""
        self.retired = True
        conversation = self.conversation
        self._last_callers = [*conversation.owed, *conversation.unsent]
        self._close_if_left()

    def is_ready(self, max_idle: float) -> bool:
        """Tell whether a shared connection can be used, having looked what it says if idle.

        Args:
            max_idle: If nobody has used it for longer, in seconds, it is not.
        """
        conversation = self.conversation
        if conversation.dead is not None:
            return False
        if conversation.leader is None:
            now = monotonic()
            idle = now - self._last_used
            if idle > max_idle or self._run is not current_trio_token():
                return False
            if idle >= _FRESH_SECONDS:
                # Has the server closed it meanwhile, or said something?
                self._receive()
            self._last_used = now
        elif self._process != getpid():
            # The leader is a task on the other side of a fork.
            return False
        return conversation.dead is None

    def close(self) -> None:
        """Close the connection at once; whoever waits on it gets a ConnectionError."""
        if self._is_foreign():
            self.conversation.forget_tasks()
        super().close()
        self._transport.close()

    async def aclose(self) -> None:
        """Close the connection. Twice is once; closes also when cancelled."""
        self.close()
        await checkpoint()

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Send raw bytes past the conversation, as ``trio.abc.SendStream`` has it."""
        await self._raw_stream().send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        """Wait until ``send_all`` might not block, as ``trio.abc.SendStream`` has it."""
        await self._raw_stream().wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        """Receive raw bytes past the conversation, as ``trio.abc.ReceiveStream`` has it."""
        return await self._raw_stream().receive_some(max_bytes)

    def _raw_stream(self) -> trio.abc.Stream:
        if self._raw is None:
            if self.conversation.dead is not None:
                raise trio.ClosedResourceError("this connection is closed")
            self._raw = self._transport.as_stream()
            self.retired = True
        return self._raw

    @enable_ki_protection
    async def ask(self, payload: bytes) -> Any:
        """Send one command and return its reply, an error as a value; as ``request``.

        Nearly every call to a server nearby is alone on its connection and ends with the
        first look: then it needs no waiter. Or it is one of many, and another one leads: then
        it needs nothing but to be woken.
        """
        conversation = self.conversation
        leader = conversation.leader
        if (
            leader is not None
            and self.shared
            and conversation.dead is None
            and (self._hurried or not self._asleep)
        ):
            await checkpoint_if_cancelled()
            waiter = Waiter(payload, 1)
            conversation.queue(waiter)
            waiter.task = current_task()
            try:
                await wait_task_rescheduled(partial(_give_up, waiter))
            except BaseException:
                conversation.abandon(waiter)
                self._leave(waiter)
                raise
            if not waiter.is_done() or waiter.cause is not None:
                # Made leader, or with the connection lost.
                return (await self.request(waiter, begun=True))[0]
            self._leave(waiter)
            return waiter.replies[0]
        if (
            self._poll_skip
            or self._far
            or self._company
            or leader is not None
            or conversation.dead is not None
            or conversation.owed
            or conversation.unsent
            or conversation.inbox is not None
        ):
            return (await self.request(Waiter(payload, 1)))[0]
        await checkpoint_if_cancelled()
        transport = self._transport
        try:
            count = transport.try_send(payload)
        except BlockingIOError:
            count = 0
        except OSError as error:  # ours are, too
            cause = error if isinstance(error, ConnectionError) else transport.lost(error)
            conversation.die(cause)
            raise self._failure(cause, maybe_executed=False) from None
        if count < len(payload) or transport.has_backlog:
            waiter = conversation.leader = Waiter(payload, 1)
            conversation.queue(waiter)
            conversation.sent(count)
            return (await self.request(waiter, begun=True))[0]
        conversation.sent_bytes += count
        conversation.leader = ALONE
        await cancel_shielded_checkpoint()
        if conversation.dead is None:
            if conversation.unsent:
                # Others came. If the socket takes no more, whoever leads next sees to it.
                self._flush()
            data: bytes | None = None
            for _ in range(1 if conversation.owed else _LONE_TRIES):
                try:
                    data = transport.try_receive(_CHUNK_BYTES)
                except BlockingIOError:
                    continue
                except OSError as error:
                    data = b""
                    cause = error if isinstance(error, ConnectionError) else transport.lost(error)
                    conversation.die(cause)
                if data is not None:
                    break
            if data:
                reply = conversation.only_reply(data)
                if type(reply) is not Waiter:
                    self._poll_penalty = 0
                    if conversation.owed or conversation.unsent or conversation.listeners:
                        conversation.resign()
                    else:
                        conversation.leader = None
                    if self.retired:
                        self._close_if_left()
                    return reply
                self._flooded = len(data) >= _FLOOD_BYTES and conversation.is_midway()
                if self._flooded:
                    # More has come by now.
                    self._receive()
                return (await self.request(reply, begun=True))[0]
            if data is None:
                return (await self.request(conversation.go_on(count), begun=True))[0]
            conversation.die(self._ended())
        conversation.leader = None
        assert conversation.dead is not None
        raise self._failure(conversation.dead, maybe_executed=True)

    async def _await_replies(self, waiter: Waiter) -> None:
        conversation = self.conversation
        if conversation.leader is None:
            conversation.leader = waiter
            if self._company:
                # Let the others queue, too: one send for all of them.
                await cancel_shielded_checkpoint()
        elif self._asleep and not self._hurried:
            await self._hurry(waiter)
        while not waiter.is_done():
            if conversation.leader not in (None, waiter):
                await _park(waiter)
            else:
                conversation.leader = waiter
                await self._drive(waiter.is_done)

    async def _hurry(self, waiter: Waiter) -> None:
        """Send what is queued, although the leader sleeps."""
        conversation = self.conversation
        self._hurried = True
        # Let the others queue, too.
        await cancel_shielded_checkpoint()
        self._hurried = False
        if self._is_awake() or conversation.dead is not None:
            return
        leader = conversation.leader
        if not self._flush():
            # Only the leader waits for room.
            self._transport.rouse()
        elif leader is not None and leader in conversation.listeners:
            await self._look_beside(leader, waiter)

    async def _look_beside(self, listener: Waiter, waiter: Waiter) -> None:
        """Look for the waiter's reply while the listener that leads sleeps."""
        conversation = self.conversation
        passes = 0 if self._poll_skip or self._far else _POLL_PASSES
        began = perf_counter()
        for _ in range(passes):
            await cancel_shielded_checkpoint()
            if conversation.leader is not listener or not self._asleep:
                # Whoever leads next might sleep on what this task would take.
                return
            self._receive()
            if waiter.is_done() or perf_counter() - began >= self._poll_seconds:
                break
        if conversation.dead is None and (conversation.has_callers() or listener.is_done()):
            # It would sleep on: while a caller waits, a caller is to lead.
            self._transport.rouse()

    def _is_awake(self) -> bool:
        return not self._asleep

    @enable_ki_protection
    async def listen(self, waiter: Waiter) -> None:
        """Receive pushes until somebody, a push hook perhaps, ends the waiter.

        Args:
            waiter: One that is owed no reply; it is done when its ``missing`` is 0. If the
                task is parked then, ``wake`` it.

        Raises:
            ConnectionError: The connection broke, or was closed.

        Cancellation: nothing is lost.
        """
        await checkpoint_if_cancelled()
        self.require_alive()
        conversation = self.conversation

        def enough() -> bool:
            return waiter.is_done() or conversation.has_callers()

        conversation.listeners.append(waiter)
        try:
            while not waiter.is_done():
                if conversation.leader is None and not conversation.has_callers():
                    conversation.leader = waiter
                if conversation.leader is waiter:
                    await self._drive(enough, listening=True)
                    conversation.resign()
                else:
                    await _park(waiter)
        finally:
            conversation.listeners.remove(waiter)
            if conversation.leader is waiter or conversation.leader is None:
                conversation.resign()
        if waiter.cause is not None:
            raise self._failure(waiter.cause, maybe_executed=False)

    @enable_ki_protection
    async def _drive(self, enough: Callable[[], bool], listening: bool = False) -> None:
        conversation = self.conversation
        eager = 0  # bytes taken since this task last let others run; 0: no more is there yet
        since = 0.0
        while True:
            if not self._flush():
                if enough():
                    # What others want to send is theirs to wait for.
                    conversation.require_order()
                    return
                if self._poll_skip or self._far or not await self._press():
                    await self._wait_both_ways()
                    self._receive()
            elif enough() or conversation.dead is not None:
                return
            elif not eager:
                if since:
                    # Looking that succeeds again and again must not outlive a deadline.
                    await checkpoint_if_cancelled()
                if listening or self._poll_skip or self._far:
                    eager = await self._sleep()
                else:
                    eager = await self._look()
                since = perf_counter()
            elif eager >= _YIELD_BYTES or perf_counter() - since >= _YIELD_SECONDS:
                await checkpoint()
                eager = 1  # there may be more already
                since = perf_counter()
            else:
                received = self._receive()
                eager = eager + received if received else 0

    async def _press(self) -> bool:
        """Offer between scheduler passes what the socket did not take; False: all in vain."""
        conversation = self.conversation
        await checkpoint_if_cancelled()
        sent = conversation.sent_bytes
        began = perf_counter()
        for _ in range(_POLL_PASSES):
            await cancel_shielded_checkpoint()
            # A server may take nothing before its replies are taken.
            self._receive()
            if self._flush() or conversation.sent_bytes > sent or conversation.dead is not None:
                return True
            if perf_counter() - began >= self._poll_seconds:
                break
        return False

    def _flush(self) -> bool:
        """Send what is queued. False: the socket takes no more now."""
        conversation = self.conversation
        while data := conversation.outgoing():
            self._company = len(conversation.unsent) > 1
            try:
                count = self._transport.send(data)
            except ConnectionError as error:
                conversation.die(error)
                break
            conversation.sent(count)
            if self._probe is None and conversation.owed:
                self._probe = conversation.owed[-1]
                self._probed_at = perf_counter()
            if count < len(data):
                return False
        return not self._transport.has_backlog or self._flush_transport()

    def _is_all_sent(self) -> bool:
        return not self._transport.has_backlog and super()._is_all_sent()

    def _flush_transport(self) -> bool:
        if self.conversation.dead is not None:
            return True
        try:
            return self._transport.flush()
        except ConnectionError as error:
            self.conversation.die(error)
            return True

    def _receive(self) -> int:
        """Take what is there, if anything, and return how many bytes that was.

        Where another task has closed the connection meanwhile, that is nothing.
        """
        conversation = self.conversation
        if conversation.dead is not None:
            return 0
        probe = self._probe
        if probe is not None and not probe.missing:
            # Its replies came elsewhere, and nobody looked at the clock.
            probe = self._probe = None
        try:
            if self._flooded:
                count = self._transport.receive_into(conversation.buffer(), _YIELD_BYTES)
                if count is None:
                    return 0
                conversation.received(count)
                self._flooded = conversation.is_midway()
            else:
                data = self._transport.receive(_CHUNK_BYTES)
                if data is None:
                    return 0
                count = len(data)
                conversation.feed(data)
                self._flooded = count >= _FLOOD_BYTES and conversation.is_midway()
        except Exception as error:  # noqa: BLE001 - a reader may be anybody's code
            conversation.die_of(error)
            return 0
        self._silent_since = 0.0
        if probe is not None and not probe.missing:
            self._probe = None
            self._far = perf_counter() - self._probed_at > self._poll_seconds
        if not count:
            conversation.die(self._ended())
        return count

    async def _look(self) -> int:
        """Look for replies between scheduler passes; sleep after all if that is in vain."""
        # By the computer's clock, not Trio's: a mock clock would never let this end.
        began = perf_counter()
        for _ in range(_POLL_PASSES - 1):
            await cancel_shielded_checkpoint()
            if self.conversation.unsent and not self._flush():
                return 0
            received = self._receive()
            if received:
                self._poll_penalty = 0
                return received
            if self.conversation.dead is not None:
                return 0
            if perf_counter() - began >= self._poll_seconds:
                break
        self._poll_penalty = min(2 * self._poll_penalty or 1, _POLL_MAX_SKIP)
        self._poll_skip = self._poll_penalty
        return await self._sleep()

    async def _sleep(self) -> int:
        """Wait in the operating system's poller until there is something, and take it."""
        self._asleep = True
        try:
            await self._in_time(self._transport.wait_readable)
        except trio.ClosedResourceError:
            return 0  # or roused
        finally:
            self._asleep = False
        # However short this was: where server and client share a processor, a reply comes only
        # while nobody looks for it.
        self._poll_skip = max(0, self._poll_skip - 1)
        return self._receive()

    async def _in_time(self, wait: Callable[[], Awaitable[None]]) -> None:
        """Wait, but not for longer than a server that owes replies may be silent."""
        limit = self.stall_timeout
        if limit is None or not self.conversation.owed_replies:
            await wait()
            return
        if not self._silent_since:
            self._silent_since = monotonic()
        watch = self._silence_watch
        watch.begin(self, self._silent_since + limit)
        try:
            await wait()
        finally:
            watch.end(self)
            if self._is_stalled:
                cause = f"the server at {self.address} sent nothing for {limit:g} seconds"
                self.conversation.die(TimeoutError(cause))

    def check_silence(self, now: float) -> float:
        """Let whoever sleeps give the connection up, if it has been silent for too long.

        Args:
            now: By ``monotonic()``.

        Returns:
            When to check again; inf where there is nothing to wait for any more.
        """
        limit = self.stall_timeout
        if limit is None or self.conversation.dead is not None:
            return math.inf
        if not self.conversation.owed_replies:
            self._silent_since = 0.0
            return now + limit
        if not self._silent_since:
            self._silent_since = now
        due = self._silent_since + limit
        if due <= now and self._transport.is_quiet():
            # What comes of it may be a user's code, which is not for the task that watches.
            self._is_stalled = True
            self._transport.rouse()
            return math.inf
        # Where something lies unread, whoever sleeps is about to wake.
        return max(due, now + _SILENCE_TICK_SECONDS)

    def bear_silence(self) -> None:
        """Let the server be silent for ever."""
        self.stall_timeout = None

    async def _wait_both_ways(self) -> None:
        """Sleep until the socket takes bytes or has some.

        Waiting for room alone could be for ever: a server may stop reading until its
        replies are taken.
        """

        @enable_ki_protection
        async def wait(one_way: Callable[[], Awaitable[None]], done: trio.CancelScope) -> None:
            with suppress(trio.Cancelled, trio.ClosedResourceError):
                # Another task may have closed the socket before this one came to run.
                if self.conversation.dead is None:
                    await one_way()
            done.cancel()

        @enable_ki_protection
        async def wait_both() -> None:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(wait, self._transport.wait_readable, nursery.cancel_scope)
                nursery.start_soon(wait, self._transport.wait_writable, nursery.cancel_scope)

        with ungrouped():
            await self._in_time(wait_both)
        await checkpoint_if_cancelled()


async def _park(waiter: Waiter) -> None:
    """Wait until the waiter is done, or is made leader."""
    waiter.task = current_task()
    await wait_task_rescheduled(partial(_give_up, waiter))


def _give_up(waiter: Waiter, _: object) -> Abort:
    waiter.task = None
    return Abort.SUCCEEDED
