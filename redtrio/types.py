"""The value types that users meet in replies, and the aliases for what they may send."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

__all__ = ["Argument", "RespPush", "Statistics"]

Argument: TypeAlias = bytes | bytearray | memoryview | str | int | float
"""What may be sent as a command's name or argument (bool, a subclass of int, is refused)."""


class RespPush:
    """A push: a message that the server sent without being asked.

    Source: RESP3 specification, "Push type" (``>``).

    Args:
        items: The elements of the push, as they stood on the wire. The first one is
            its type. The list is not changed.

    Attributes:
        push_type: What kind of message it is: ``b"message"``, ``b"invalidate"``, …
        data: The elements behind the type.
    """

    __slots__ = ("data", "push_type")

    __match_args__ = ("push_type", "data")

    push_type: bytes
    data: list[object]

    def __init__(self, items: list[object]) -> None:
        if not items or not isinstance(items[0], bytes):
            raise ValueError(f"a push begins with its type as bytes, got {items!r}")
        self.push_type = items[0]
        self.data = items[1:]

    def __repr__(self) -> str:
        return f"RespPush({[self.push_type, *self.data]!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RespPush):
            return NotImplemented
        return self.push_type == other.push_type and self.data == other.data

    # Its data is a list, so it can no more be a key than a list can.
    __hash__ = None  # type: ignore[assignment]


class Statistics(NamedTuple):
    """What a client's connections are doing, and have done.

    Attributes:
        shared_connections: Connections that callers share.
        idle_connections: Connections that wait to be lent to one caller.
        lent_connections: Connections that are lent to one caller.
        in_flight: Replies that the server owes on shared connections.
        queued: Calls that wait to be sent on shared connections.
        waiting_for_connection: Callers that wait for a connection to be lent, and attempts
            to connect that are under way.
        reconnects: How often a shared connection was opened again.
        retries: How often a call was tried again.
        bytes_sent: Over shared connections.
        bytes_received: Over shared connections.
    """

    shared_connections: int
    idle_connections: int
    lent_connections: int
    in_flight: int
    queued: int
    waiting_for_connection: int
    reconnects: int
    retries: int
    bytes_sent: int
    bytes_received: int
