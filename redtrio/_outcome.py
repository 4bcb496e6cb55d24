"""From a reply to a result: errors named, replies parsed, bytes made into text."""

from __future__ import annotations

import codecs
from typing import Any

from redtrio.commands._base import Command
from redtrio.exceptions import ResponseError

__all__ = ["Decoding", "outcome_of"]


class Decoding:
    """How bytes in results become text.

    Args:
        encoding: Name of the codec.
        errors: What to do with bytes that are no text in it, as ``bytes.decode`` has it.

    Raises:
        TypeError: One of them is no str.
        ValueError: There is no such codec for text, or no such error handler.
    """

    __slots__ = ("encoding", "errors")

    def __init__(self, encoding: str = "utf-8", errors: str = "strict") -> None:
        for name, value in {"encoding": encoding, "encoding_errors": errors}.items():
            if not isinstance(value, str):
                raise TypeError(f"{name} must be str, got {value!r}")
        try:
            codecs.lookup_error(errors)
        except LookupError:
            raise ValueError(f"encoding_errors must be an error handler, got {errors!r}") from None
        try:
            # Not of the empty bytes, for which no codec is looked up.
            b" ".decode(encoding, "replace")
        except LookupError:
            raise ValueError(f"encoding must be a codec for text, got {encoding!r}") from None
        self.encoding = encoding
        self.errors = errors

    def __call__(self, value: Any) -> Any:
        """Decode all bytes in a result, however deep. Nesting is bounded by the parser."""
        kind: type[Any] = value.__class__
        if kind is bytes:
            return value.decode(self.encoding, self.errors)
        if kind is list:
            return [self(item) if type(item) is not int else item for item in value]
        if kind is dict:
            return {self(key): self(item) for key, item in value.items()}
        if kind is set:
            return {self(item) for item in value}
        if kind is tuple:
            return tuple([self(item) for item in value])
        if kind is frozenset:
            return frozenset([self(item) for item in value])
        return value


def outcome_of(command: Command[Any], reply: Any, decode: Decoding | None) -> Any:
    """Make a command's result of its reply.

    Returns:
        The result, or the exception in its place: the server's, or what decoding or parsing
        failed with.
    """
    if isinstance(reply, Exception):
        if isinstance(reply, ResponseError):
            reply.command = command.spec.name
        return reply
    try:
        if command.parse is not None:
            reply = command.parse(reply)
        if decode is not None and not command.spec.raw:
            reply = decode(reply)
    except Exception as error:  # noqa: BLE001 - given to who asked, like an error reply
        return error
    return reply
