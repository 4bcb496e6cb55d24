"""What all drivers of a conversation have in common, whatever its bytes travel over.

A driver does the I/O in the task of whoever needs a reply: ``request`` for a command of a caller
that waits for it, ``send_by_hand`` and ``fill_inbox`` for one that sends and receives by itself.
How bytes are sent and received is for ``Connection`` (a transport of ours) and ``StreamDriver``
(a stream that a user brought) to say, in ``_drive``; the rules are told in ``_connection``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import trio
from trio.lowlevel import (
    cancel_shielded_checkpoint,
    checkpoint_if_cancelled,
    enable_ki_protection,
    reschedule,
)

from redtrio._conversation import ALONE, Conversation, Waiter
from redtrio.exceptions import ConnectionError, RedisError, ResponseError, TimeoutError
from redtrio.lowlevel.protocol import Reader, Resp3Reader

__all__ = ["Driver", "copy_of", "first_leaf", "ungrouped"]


class Driver:
    """What ``Connection`` and ``StreamDriver`` share: one caller at a time, led by itself.

    Args:
        address: Where the server is, for messages.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.conversation = Conversation(Resp3Reader(), _drop_push, _wake)
        # Set by a user after whom nobody else may have the connection.
        self.retired = False
        # Whether any number of tasks may use it at the same time.
        self.shared = False
        # Those who still wait on it since it was retired.
        self._last_callers: list[Waiter] = []
        # By which the server knows it (CLIENT ID), once it has said so.
        self.client_id: int | None = None
        # Seconds from the handshake to its answers.
        self.round_trip = 0.0
        self.user: object = None
        self._last_used = monotonic()
        # How many waits go straight to sleep before replies are looked for again.
        self._poll_skip = math.inf
        self._poll_penalty = 0

    def attach(
        self, user: object, reader: Callable[[], Reader], on_push: Callable[[Any], object]
    ) -> None:
        """Let ``user`` speak on this connection from here on, through a parser of its own.

        Where something is still owed, the parser stays: it never changes in mid-reply.
        """
        if self.user is not user and self.conversation.is_clean():
            self.user = user
            self.conversation.replace_reader(reader())
            self.conversation.on_push = on_push

    @enable_ki_protection
    async def ask(self, payload: bytes) -> Any:
        """Send one command and return its reply, an error as a value.

        Raises, and is cancelled, as ``request``.
        """
        return (await self.request(Waiter(payload, 1)))[0]

    @enable_ki_protection
    async def request(self, waiter: Waiter, begun: bool = False, keep: bool = False) -> list[Any]:
        """Send the waiter's command and return its replies, errors among them as values.

        Args:
            waiter: A new one.
            begun: It is not new, but has been queued already.
            keep: If it is cancelled while its replies are owed, they are not given up; the
                caller goes on waiting for them, or closes the connection.

        Raises:
            ConnectionError: The connection broke, or was closed, before all were in.
            TimeoutError: The server owed replies and was silent for too long.
            trio.BusyResourceError: Another task is using the connection, and it is not
                shared.

        Cancellation: nothing was sent if ``waiter.sent`` is False; otherwise its replies
        will be dropped, and a connection that is not shared is no longer clean.
        """
        conversation = self.conversation
        if not begun:
            await checkpoint_if_cancelled()
            if conversation.dead is not None or conversation.leader is not None:
                self.require_alive()
                if not self.shared:
                    self.require_idle()
            conversation.queue(waiter)
        try:
            await self._await_replies(waiter)
        except BaseException:
            if not (keep and waiter.sent):
                conversation.abandon(waiter)
            raise
        finally:
            self._leave(waiter)
        if waiter.cause is not None:
            raise self._failure(waiter.cause, maybe_executed=waiter.sent)
        return waiter.replies

    def _leave(self, waiter: Waiter) -> None:
        """Pass on what a caller that is done, or gives up, may have to pass on."""
        conversation = self.conversation
        # Where nobody leads, none but listeners can be parked. To look for others would
        # cost thousands of callers that are cancelled at once a second.
        if conversation.leader is waiter or (
            conversation.leader is None and conversation.listeners
        ):
            conversation.resign()
        if self.retired:
            self._close_if_left()

    async def _await_replies(self, waiter: Waiter) -> None:
        self.conversation.leader = waiter
        await self._drive(waiter.is_done)

    @enable_ki_protection
    async def send_by_hand(self, waiter: Waiter) -> None:
        """Send the waiter's command; what answers it goes to the inbox.

        Raises:
            ConnectionError: The connection broke, or was closed, before all was sent.
            trio.BusyResourceError: Another task is using the connection.

        Cancellation: a command that has begun is still owed, and the rest of it goes out
        before the next one; a user's stream cannot tell how much is left, and is at its end.
        """
        await checkpoint_if_cancelled()
        waiter.abandoned = True
        conversation = self._lead(waiter)
        try:
            conversation.take_by_hand()
            conversation.queue(waiter)
            await self._drive(self._is_all_sent, listening=True)
        except BaseException:
            conversation.abandon(waiter)
            raise
        finally:
            conversation.resign()
        if waiter.cause is not None:
            raise self._failure(waiter.cause, maybe_executed=waiter.sent)
        await cancel_shielded_checkpoint()

    @enable_ki_protection
    async def fill_inbox(self) -> None:
        """Wait until the inbox holds something.

        Raises:
            ConnectionError: The connection broke, or was closed, and the inbox is empty.
                ``maybe_executed`` tells whether a reply was owed.
            trio.BusyResourceError: Another task is using the connection.

        Cancellation: nothing is lost, neither what has come nor half an object.
        """
        await checkpoint_if_cancelled()
        if not self.conversation.inbox:
            # Before what comes for the task that is using it would go to the inbox.
            self.require_idle()
        inbox = self.conversation.take_by_hand()
        if inbox:
            await cancel_shielded_checkpoint()
            return
        conversation = self.conversation
        owed = not conversation.is_settled()
        if conversation.dead is None:
            self._lead(Waiter(b"", 1))
            try:
                await self._drive(lambda: bool(inbox), listening=True)
            finally:
                conversation.resign()
        if not inbox and conversation.dead is not None:
            raise self._failure(conversation.dead, maybe_executed=owed)

    def is_usable(self) -> bool:
        """Tell whether a command could be sent, as far as is known without waiting."""
        return not self.is_lost()

    def is_lost(self) -> bool:
        """Tell whether nobody can use it any more."""
        return self.conversation.dead is not None

    def require_idle(self) -> None:
        """Check that no task is using the connection.

        Raises:
            trio.BusyResourceError: One is.
        """
        if self.conversation.leader is not None:
            raise trio.BusyResourceError(f"another task is using {self!r}")

    def require_alive(self) -> None:
        """Check that the conversation has not ended.

        Raises:
            ConnectionError: It has. ``maybe_executed`` is False.
        """
        if self.conversation.dead is not None:
            raise self._failure(self.conversation.dead, maybe_executed=False)

    def rest(self) -> bool:
        """Note that its user is done; tell whether it may be lent to another."""
        self._last_used = monotonic()
        return self.conversation.is_clean() and not self.retired

    def _close_if_left(self) -> None:
        """Close a retired shared connection, if no caller waits for a reply any more."""
        callers = self._last_callers
        while callers and (callers[-1].abandoned or callers[-1].is_done()):
            callers.pop()
        if callers or not self.shared:
            return
        conversation = self.conversation
        # The one that was alone as it was retired is not among them.
        if not (conversation.leader is ALONE or conversation.has_callers()):
            self.close()

    def close(self) -> None:
        """End the conversation at once; whoever waits gets a ConnectionError."""
        self.conversation.die(ConnectionError(f"connection to {self.address} was closed"))

    def _lead(self, waiter: Waiter) -> Conversation:
        conversation = self.conversation
        if conversation.leader is not None or conversation.dead is not None:
            self.require_idle()
            self.require_alive()
        conversation.leader = waiter
        return conversation

    def _failure(
        self, cause: ConnectionError | TimeoutError, *, maybe_executed: bool
    ) -> ConnectionError | TimeoutError:
        # An exception must not travel through several tasks: each gets one of its own.
        failure = type(cause)(str(cause), address=self.address, maybe_executed=maybe_executed)
        failure.__cause__ = cause
        return failure

    def _ended(self) -> ConnectionError:
        return ConnectionError(f"the server at {self.address} closed the connection")

    def _is_all_sent(self) -> bool:
        return not self.conversation.outgoing()

    def _flush(self) -> bool:
        """Send what is queued. False: no more can be sent now."""
        raise NotImplementedError

    def _receive(self) -> int:
        """Take what is there, if anything, and return how many bytes that was."""
        raise NotImplementedError

    async def _drive(self, enough: Callable[[], bool], listening: bool = False) -> None:
        """Send what is queued, then receive until ``enough`` or the end of the connection.

        With ``listening``, no bytes are to be expected soon, or none at all.
        """
        raise NotImplementedError


def first_leaf(error: BaseException) -> BaseException:
    """The exception itself, out of the groups that nurseries put around it."""
    nested: tuple[BaseException, ...] = getattr(error, "exceptions", ())
    leaves = [first_leaf(member) for member in nested] or [error]
    # A KeyboardInterrupt says more than what it set off, and all says more than a cancellation.
    return min(
        leaves, key=lambda leaf: (isinstance(leaf, trio.Cancelled), isinstance(leaf, Exception))
    )


@contextmanager
def ungrouped() -> Iterator[None]:
    """Raise what comes out of a nursery without the group around it."""
    try:
        yield
    except BaseException as error:  # noqa: BLE001 - raised again
        leaf = first_leaf(error)
        raise leaf from leaf.__cause__


def copy_of(failure: RedisError) -> RedisError:
    """An exception of its own for each task: it must not travel through several."""
    if isinstance(failure, ConnectionError | TimeoutError):
        return type(failure)(str(failure), address=failure.address)
    copy = type(failure)(*failure.args)
    if isinstance(copy, ResponseError) and isinstance(failure, ResponseError):
        copy.command = failure.command
    return copy


def _wake(waiter: Waiter) -> None:
    task, waiter.task = waiter.task, None
    reschedule(task)


def _drop_push(push: object) -> None:
    """Before anyone is attached, nobody has asked for pushes."""
