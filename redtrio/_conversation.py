"""The engine without I/O: what is to be sent, who waits for what, and whose reply this is.

A conversation is everything that is known about one connection. No task keeps any of it in
its frame, so that at every await another task can take over, and nothing here awaits: each
method is one whole state change.

Units. What is not yet sent is a queue of *waiters*, each with the bytes of its command (or
pipeline: one unit). ``outgoing`` gives what to hand to the transport next, ``sent`` says how
much of it the transport took. A waiter of which a byte has left moves to the queue of those
who are *owed* replies, in the order of the wire, and the rest of its bytes goes before all
else. ``waiter.sent`` is therefore true exactly when a byte of it has left.

Giving up. ``abandon`` withdraws a waiter of which no byte has left: it will not be sent. One
that has begun is sent whole and keeps its place; its replies are dropped as they arrive. That
is why a reply can never reach the caller behind.

Dispatch. ``received`` and ``feed`` give bytes to the parser and hand out what is complete:
pushes to ``on_push`` in the order of the wire, replies to the waiter that is owed them. They
never raise for what the server sent: whatever is not RESP3, and a reply that nobody is owed,
ends the conversation (``die``), and every waiter has the cause in the same step.

Bound. At most ``max_owed`` replies are owed at a time, to at most ``max_owed_bytes`` of commands;
past that, waiters stay in the queue, of which the next ones leave as replies come in. Room can
thus neither be lost nor be raced for. A unit that alone is larger leaves when nothing else is
owed. The one command that is on its way alone (see below) does not count.

Leading. At most one waiter leads, that is does the I/O for all. ``resign`` passes the role to
the first waiter whose task is parked: while work is outstanding and such a task lives,
exactly one leads or is scheduled to. A parked waiter has its task in ``waiter.task``; ``wake``
is called once for it, after which the field is empty. A *listener* is a waiter that is owed
no reply, but what the server sends unasked; it leads where nobody else does.

Alone. Where one command is on its way and nobody else's, none of the bookkeeping is needed:
``ALONE`` leads, and ``only_reply`` gives its reply. Whatever comes instead (no reply yet, a
push, half a reply) goes on with a waiter after all, by ``make_owed``.

By hand. A caller that sends and receives by itself (``RedisClient.send_command`` and
``receive``) takes the objects from ``inbox``, in the order of the wire. There is no bound for
it: it may send what is never answered, and is told that all was sent.

Costs: constant per command and per reply, beyond the parser's own.
"""

from __future__ import annotations

import logging
import sys
from collections import deque
from collections.abc import Callable
from itertools import chain
from typing import Any, Protocol, runtime_checkable

from redtrio.exceptions import ConnectionError, ProtocolError, TimeoutError
from redtrio.lowlevel.protocol import Reader

__all__ = ["ALONE", "Conversation", "Waiter"]

logger = logging.getLogger("redtrio")

# How much of the queue is joined for one send. More does not fit into a socket's buffer
# anyway, and what does not fit is joined again.
BATCH_BYTES = 256 * 1024

# For readers that cannot be received into.
_FEED_BYTES = 64 * 1024

# The push that ends a subscription, and the one that began it.
_BEGUN_BY = {
    b"unsubscribe": b"subscribe",
    b"punsubscribe": b"psubscribe",
    b"sunsubscribe": b"ssubscribe",
}
_BEGINNINGS = frozenset(_BEGUN_BY.values())

# What is surely no push.
_PLAIN = frozenset({bytes, int, float, bool, list, dict, set, type(None)})


class Waiter:
    """One caller's command or pipeline on its way: first its bytes, then its replies.

    Args:
        payload: The encoded command(s), at least one byte.
        missing: How many replies it is owed, at least one; with ``confirmation``, how many
            pushes of that type.
        confirmation: The type of push that answers it (SUBSCRIBE and its like are answered
            by a push for each channel), None for a command that is answered by replies.

    Attributes:
        replies: What has come.
        sent: Whether a byte of it has left.
        begin: If so, how many bytes of the conversation left before it.
        abandoned: Nobody wants its replies any more.
        cause: Why it will get no (more) replies.
        task: The task to wake, while it is parked; opaque here.
    """

    __slots__ = (
        "abandoned",
        "begin",
        "cause",
        "confirmation",
        "missing",
        "payload",
        "replies",
        "sent",
        "task",
    )

    def __init__(self, payload: bytes, missing: int, confirmation: bytes | None = None) -> None:
        self.payload = payload
        self.missing = missing
        self.confirmation = confirmation
        self.replies: list[Any] = []
        self.sent = False
        self.begin = 0
        self.abandoned = False
        self.cause: ConnectionError | TimeoutError | None = None
        self.task: Any = None

    def is_done(self) -> bool:
        """Tell whether all replies are in, or none will come any more."""
        return not self.missing or self.cause is not None


ALONE = Waiter(b"", 1)
"""Leads in place of a waiter while one command is on its way and nobody else's."""


class Conversation:
    """What is known about one connection; see the head of the module for the contract.

    Args:
        reader: The parser. ``get_objects``, ``get_buffer``, ``buffer_updated`` and
            ``pending`` are used where it has them.
        on_push: Called with each push, in the order of the wire. It must not block; an
            ``Exception`` out of it is logged. It may call ``die``.
        wake: Called once for each parked waiter that is done, failed or made leader.

    Attributes:
        max_owed: How many replies may be owed at once, >= 1.
        max_owed_bytes: How many bytes the commands may have that replies are owed to, >= 1.
        owed: The waiters that are owed replies, in the order of the wire.
        owed_replies: How many replies that are.
        sent_bytes: How many bytes have left.
        received_bytes: How many bytes have come.
        listeners: The waiters that are owed no reply.
        dead: Why the conversation is over, None while it is not.
        leader: The waiter that does the I/O, None while nobody does.
        hang_up: Called once, in ``die``: closes the connection and wakes the leader, if it
            sleeps. It must not raise.
        on_death: Called once, at the end of ``die``. It must not raise.
        inbox: Objects for a caller that reads by hand; None while nobody does.
        unsent: The waiters of which no byte has left, in order, withdrawn ones among them.
        subscriptions: What the server will send messages for, as (type of push that began
            it, channel or pattern).
    """

    __slots__ = (
        "_reader",
        "_rest",
        "_wake",
        "_withdrawn",
        "buffer",
        "dead",
        "hang_up",
        "inbox",
        "leader",
        "listeners",
        "max_owed",
        "max_owed_bytes",
        "on_death",
        "on_push",
        "owed",
        "owed_replies",
        "received_bytes",
        "sent_bytes",
        "subscriptions",
        "unsent",
    )

    def __init__(
        self,
        reader: Reader,
        on_push: Callable[[Any], object],
        wake: Callable[[Waiter], object],
    ) -> None:
        self.max_owed = sys.maxsize
        self.max_owed_bytes = sys.maxsize
        self.owed_replies = 0
        self.sent_bytes = 0
        self.received_bytes = 0
        self.listeners: list[Waiter] = []
        self.on_push = on_push
        self.hang_up: Callable[[], object] = _nobody_minds
        self.on_death: Callable[[], object] = _nobody_minds
        self._wake = wake
        self.unsent: deque[Waiter] = deque()
        self._withdrawn = 0  # about so many of them
        self._rest: memoryview | None = None
        self.owed: deque[Waiter] = deque()
        self.dead: ConnectionError | TimeoutError | None = None
        self.leader: Waiter | None = None
        self.inbox: deque[Any] | None = None
        self.subscriptions: set[tuple[bytes, Any]] = set()
        self.replace_reader(reader)

    def replace_reader(self, reader: Reader) -> None:
        """Go on with another parser. Only where ``is_clean`` holds."""
        self._reader: _FullReader = (
            reader if isinstance(reader, _FullReader) else _CompletedReader(reader)
        )
        self.buffer = self._reader.get_buffer

    # --- sending -----------------------------------------------------------------------

    def queue(self, waiter: Waiter) -> None:
        """Append a command to what is to be sent. The conversation must not be dead."""
        self.unsent.append(waiter)

    def outgoing(self) -> bytes | memoryview:
        """What to hand to the transport next, empty if nothing is to be sent now."""
        if self._rest is not None:
            return self._rest
        unsent = self.unsent
        while unsent and not unsent[0].payload:  # withdrawn
            unsent.popleft()
        if not unsent:
            return b""
        by_hand = self.inbox is not None
        room = sys.maxsize if by_hand else self.max_owed - self.owed_replies
        bytes_room = sys.maxsize if by_hand else self.max_owed_bytes
        if self.owed:
            bytes_room -= self.sent_bytes - self.owed[0].begin
        first = unsent[0]
        if len(unsent) == 1 or first.missing > room or len(first.payload) > bytes_room:
            # What alone is larger than the bound is sent when nothing else is owed.
            fits = first.missing <= room and len(first.payload) <= bytes_room
            return first.payload if fits or not self.owed else b""
        batch: list[bytes] = []
        size = 0
        for waiter in unsent:
            if not waiter.payload:
                continue
            room -= waiter.missing
            if room < 0 or size >= BATCH_BYTES or size + len(waiter.payload) > bytes_room:
                break
            batch.append(waiter.payload)
            size += len(waiter.payload)
        return b"".join(batch) if len(batch) > 1 else batch[0]

    def sent(self, count: int) -> None:
        """Note that the transport took ``count`` bytes of what ``outgoing`` gave last."""
        if self._rest is not None:
            self.sent_bytes += count
            self._rest = self._rest[count:] if count < len(self._rest) else None
            return
        position = self.sent_bytes
        self.sent_bytes += count
        while count:
            waiter = self.unsent.popleft()
            payload = waiter.payload
            if not payload:
                continue
            waiter.payload = b""
            waiter.sent = True
            waiter.begin = position
            self.owed.append(waiter)
            self.owed_replies += waiter.missing
            if count < len(payload):
                self._rest = memoryview(payload)[count:]
                return
            count -= len(payload)
            position += len(payload)

    def go_on(self, size: int = 0) -> Waiter:
        """Give the command that is on its way alone a waiter after all, which leads.

        Args:
            size: How many bytes it has, if that is known; they count for the bound.
        """
        waiter = self.leader = Waiter(b"", 1)
        waiter.sent = True
        waiter.begin = (self.owed[0].begin if self.owed else self.sent_bytes) - size
        if self.dead is not None:
            waiter.cause = self.dead
            return waiter
        # Others may have sent since then.
        self.owed.appendleft(waiter)
        self.owed_replies += 1
        return waiter

    def abandon(self, waiter: Waiter) -> None:
        """Give up waiting: withdraw the command if it can be, else drop its replies."""
        waiter.abandoned = True
        waiter.replies = []
        if not waiter.sent:
            waiter.payload = b""
            self._withdrawn += 1
            if self._withdrawn > 32 + len(self.unsent) // 2:
                # Behind one that waits for room they would pile up.
                self.unsent = deque(one for one in self.unsent if one.payload)
                self._withdrawn = 0

    # --- receiving ---------------------------------------------------------------------

    def received(self, count: int) -> None:
        """Take over ``count`` bytes that were put into the last ``buffer``."""
        self.received_bytes += count
        try:
            self._reader.buffer_updated(count)
        except Exception as error:  # noqa: BLE001 - a reader may be anybody's code
            self.die_of(error)
        else:
            self._hand_out_complete()

    def feed(self, data: bytes | bytearray) -> None:
        """Take over bytes that came from elsewhere, and hand out what is complete."""
        self.received_bytes += len(data)
        try:
            self._reader.feed(data)
        except Exception as error:  # noqa: BLE001 - a reader may be anybody's code
            self.die_of(error)
        else:
            self._hand_out_complete()

    def _hand_out_complete(self, first: list[Any] | None = None) -> None:
        reader = self._reader
        try:
            # The parser gives what is complete before it refuses what follows: hence the
            # second look, without which a caller would wait on a broken stream for ever.
            while objects := first or reader.get_objects():
                first = None
                self._hand_out(objects)
                if self.dead is not None or not reader.pending:
                    return
        except Exception as error:  # noqa: BLE001 - a reader may be anybody's code
            self.die_of(error)
        except BaseException:
            # KeyboardInterrupt out of a push callback: the objects behind are lost.
            self.die(ConnectionError("interrupted while taking replies"))
            raise

    def only_reply(self, data: bytes) -> Any:
        """Take over what came for the one command that is on its way, while ``ALONE`` leads.

        Returns:
            Its reply; or, where anything else came than just that, the waiter with which
            it goes on.
        """
        self.received_bytes += len(data)
        reader = self._reader
        try:
            reader.feed(data)
            reply = reader.get_object()
        except Exception as error:  # noqa: BLE001 - a reader may be anybody's code
            waiter = self.go_on()
            self.die_of(error)
            return waiter
        complete = reply is not reader.sentinel
        if (
            complete
            and not reader.pending
            and (type(reply) is bytes or not hasattr(reply, "push_type"))
        ):
            return reply
        waiter = self.go_on()
        self._hand_out_complete([reply] if complete else None)
        return waiter

    def _hand_out(self, objects: list[Any]) -> None:
        owed = self.owed
        if (
            self.inbox is None
            and owed
            and 1 < len(objects) <= owed[0].missing
            and owed[0].confirmation is None
            and not _has_push(objects)
        ):
            # A pipeline's replies, hundreds at once.
            self._advance(owed[0], objects)
            return
        for item in objects:
            if hasattr(item, "push_type"):
                self._take_push(item)
            elif self.inbox is None and owed and owed[0].confirmation is None:
                waiter = owed[0]
                if not waiter.abandoned:
                    waiter.replies.append(item)
                self.owed_replies -= 1
                waiter.missing -= 1
                if not waiter.missing:
                    owed.popleft()
                    if waiter.task is not None:
                        self._wake(waiter)
            else:
                self._take_unusual_reply(item)
            if self.dead is not None:
                return

    def _take_unusual_reply(self, reply: Any) -> None:
        if self.inbox is not None:
            self.inbox.append(reply)
        if not self.owed:
            if self.inbox is None:
                self.die(ProtocolError("the server sent a reply that nobody asked for"))
            return
        waiter = self.owed[0]
        if waiter.confirmation is not None:
            # Only an error answers a subscription with a reply, and it answers all of it.
            self.owed_replies -= waiter.missing - 1
            waiter.missing = 1
            if not isinstance(reply, Exception) and self.inbox is None:
                self.die(ProtocolError("a subscription was not confirmed by a push"))
                return
        self._advance(waiter, [reply])

    def _take_push(self, push: Any) -> None:
        kind = push.push_type
        if kind in _BEGINNINGS:
            self.subscriptions.add((kind, _channel(push)))
        elif kind in _BEGUN_BY:
            self.subscriptions.discard((_BEGUN_BY[kind], _channel(push)))
        if self.inbox is not None:
            self.inbox.append(push)
        else:
            self._call_hook(push)
        if self.owed and self.owed[0].confirmation == kind:
            self._advance(self.owed[0], [push])

    def _advance(self, waiter: Waiter, replies: list[Any]) -> None:
        if not waiter.abandoned:
            waiter.replies += replies
        self.owed_replies -= len(replies)
        waiter.missing -= len(replies)
        if not waiter.missing:
            self.owed.popleft()
            if waiter.task is not None:
                self._wake(waiter)

    def _call_hook(self, push: Any) -> None:
        try:
            self.on_push(push)
        except Exception:
            logger.exception("the hook for pushes failed on a push of type %r", push.push_type)

    # --- roles and ends ----------------------------------------------------------------

    def resign(self) -> None:
        """Give up leading: the first parked waiter is made leader, and woken."""
        self.leader = None
        if self.owed or self.unsent or self.listeners:
            for waiter in chain(self.owed, self.unsent, self.listeners):
                if waiter.task is not None:
                    self.leader = waiter
                    self._wake(waiter)
                    return

    def die(self, cause: ConnectionError | TimeoutError) -> None:
        """End the conversation: every waiter gets the cause. Only the first cause counts."""
        if self.dead is not None:
            return
        self.dead = cause
        waiters = [*self.owed, *self.unsent, *self.listeners]
        self.owed.clear()
        self.owed_replies = 0
        self.unsent.clear()
        self._rest = None
        for waiter in waiters:
            waiter.cause = cause
            if waiter.task is not None:
                self._wake(waiter)
        self.hang_up()
        on_death, self.on_death = self.on_death, _nobody_minds  # it may hold the connection
        on_death()

    def forget_tasks(self) -> None:
        """Let nobody be woken: the tasks are not of this run, or of this process."""
        for waiter in chain(self.owed, self.unsent, self.listeners):
            waiter.task = None

    def die_of(self, error: Exception) -> None:
        """End the conversation by whatever came out of the reader."""
        if not isinstance(error, ConnectionError):
            cause = ProtocolError(f"the reader failed: {type(error).__name__}: {error}")
            cause.__cause__ = error
            error = cause
        self.die(error)

    def take_by_hand(self) -> deque[Any]:
        """Let a caller take each object from the ``inbox``, which is returned."""
        if self.inbox is None:
            self.inbox = deque()
        return self.inbox

    def settle(self) -> None:
        """End taking by hand: unread pushes go to the hook after all."""
        unread, self.inbox = self.inbox, None
        for item in unread or ():
            if hasattr(item, "push_type"):
                self._call_hook(item)
            else:
                self.die(ProtocolError("a reply was left unread"))

    def has_callers(self) -> bool:
        """Tell whether anybody waits for a reply."""
        return any(not waiter.abandoned for waiter in chain(self.owed, self.unsent))

    def require_order(self) -> None:
        """End the conversation if a command has its replies before it was sent whole.

        The server will not take the rest for what it is, nor what would be sent behind it.
        """
        if self._rest is not None and not self.owed:
            self.die(ProtocolError("the server answered a command before it was sent whole"))

    def is_midway(self) -> bool:
        """Tell whether a part of an object has come, as far as the reader can tell."""
        return self._reader.pending

    def is_clean(self) -> bool:
        """Tell whether the next command would be the only one that is owed anything.

        Taking by hand ends with that, if everything was taken.
        """
        if self.leader is not None:
            return False
        if self.inbox is not None:
            self.inbox = self.inbox or None
        return not (
            self.dead is not None
            or self.owed
            or self._rest is not None
            or self.unsent
            or self.inbox
            or self.subscriptions
            or self._reader.pending
        )

    def is_settled(self) -> bool:
        """Tell whether nothing is owed or half sent; pushes may have come."""
        return self.dead is None and not self.owed and not self.unsent


def _has_push(objects: list[Any]) -> bool:
    kinds = set(map(type, objects))
    return not kinds <= _PLAIN and any(hasattr(item, "push_type") for item in objects)


def _nobody_minds() -> None:
    """Until somebody wants to know of the death."""


def _channel(push: Any) -> Any:
    items = getattr(push, "data", None)
    return items[0] if items else None


@runtime_checkable
class _FullReader(Protocol):
    """A reader with the whole contract of our own; ``_CompletedReader`` makes one of any."""

    sentinel: object

    @property
    def pending(self) -> bool: ...
    def feed(self, data: Any, /) -> object: ...
    def get_object(self) -> Any: ...
    def get_objects(self) -> list[Any]: ...
    def get_buffer(self, sizehint: int = ...) -> memoryview: ...
    def buffer_updated(self, nbytes: int) -> object: ...


class _CompletedReader:
    """Any reader with ``feed``, ``get_object``, ``sentinel``, completed to the whole contract."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._buffer = memoryview(bytearray(_FEED_BYTES))
        self._left: list[Any] = []
        self._error: Exception | None = None
        self.sentinel = reader.sentinel

    @property
    def pending(self) -> bool:
        # Half an object within the reader is what it cannot tell.
        return bool(self._left) or self._error is not None

    def feed(self, data: bytes | bytearray) -> None:
        self._reader.feed(bytes(data))

    def get_buffer(self, sizehint: int = -1) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        self._reader.feed(bytes(self._buffer[:nbytes]))

    def get_object(self) -> Any:
        self._left = self.get_objects()
        return self._left.pop(0) if self._left else self.sentinel

    def get_objects(self) -> list[Any]:
        if self._left:
            left, self._left = self._left, []
            return left
        if self._error is not None:
            raise self._error
        objects: list[Any] = []
        reader = self._reader
        sentinel = self.sentinel
        try:
            while (item := reader.get_object()) is not sentinel:
                objects.append(item)
        except Exception as error:
            if not objects:
                raise
            # What is complete is given first, as our own reader does it.
            self._error = error
        return objects
