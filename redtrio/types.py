"""The value types that users meet in replies, and the aliases for what they may send."""

from __future__ import annotations

from typing import TypeAlias

__all__ = ["Argument", "RespPush"]

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
