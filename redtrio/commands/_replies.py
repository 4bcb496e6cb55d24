"""Readers of reply shapes that several groups of commands share.

Each gets the raw reply, with bytes in it; what bytes remain in its result are decoded by the
client. Their element types are Any for that reason: bytes here, bytes or str for the caller.
"""

from __future__ import annotations

from typing import Any, cast

__all__ = ["as_bool", "as_pairs", "as_scores", "is_ok", "ok_or_none", "plain_words", "text"]


def is_ok(reply: Any) -> bool:
    """Tell whether the server said OK."""
    return bool(reply == b"OK")


def ok_or_none(reply: Any) -> bool | None:
    """Read OK as True, and null ("not done, as the condition did not hold") as None."""
    return None if reply is None else bool(reply == b"OK")


def as_bool(reply: Any) -> bool:
    """Read 1 and 0 as yes and no."""
    return bool(reply)


def as_pairs(reply: Any) -> list[tuple[Any, Any]]:
    """Read a list of two-element lists, or a flat one, as a list of tuples.

    Both occur under RESP3: HRANDFIELD nests its pairs, HSCAN does not.
    """
    if reply and isinstance(reply[0], list):
        return [(first, second) for first, second in reply]
    return list(zip(reply[::2], reply[1::2], strict=True))


def as_scores(reply: Any) -> list[tuple[Any, float]]:
    """Read members and their scores as a list of tuples with float scores."""
    return [(member, float(score)) for member, score in as_pairs(reply)]


def text(value: bytes) -> str:
    """Decode a word of the protocol's own, which is ASCII in all but names users gave."""
    return value.decode("utf-8", "backslashreplace")


def plain_words(value: Any) -> Any:
    """Decode all strings of a reply that is the protocol's own words throughout."""
    if isinstance(value, bytes):
        return text(value)
    if isinstance(value, dict):
        items = cast("Any", value).items()
        return {plain_words(key): plain_words(item) for key, item in items}
    if isinstance(value, set):
        return {plain_words(item) for item in cast("Any", value)}
    if isinstance(value, list):
        return [plain_words(item) for item in cast("Any", value)]
    if isinstance(value, tuple):
        # What stands in a set is frozen.
        return tuple(plain_words(item) for item in cast("Any", value))
    return value
