"""The commands on objects, text, numbers and truth values within JSON documents."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, cast, overload

from redtrio.commands._base import Command, S, Spec
from redtrio.commands._replies import plain_words
from redtrio.commands.json_values import (
    ROOT,
    JsonFamily,
    JsonPath,
    NodesPath,
    RootPath,
    path_word,
)
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = ["JsonMemberCommands"]

_NUMINCRBY = Spec(name="JSON.NUMINCRBY", keys=(1, 1, 1))
_NUMMULTBY = Spec(name="JSON.NUMMULTBY", keys=(1, 1, 1))
_NUMPOWBY = Spec(name="JSON.NUMPOWBY", keys=(1, 1, 1))
_OBJKEYS = Spec(name="JSON.OBJKEYS", keys=(1, 1, 1), readonly=True)
_OBJLEN = Spec(name="JSON.OBJLEN", keys=(1, 1, 1), readonly=True)
_STRAPPEND = Spec(name="JSON.STRAPPEND", keys=(1, 1, 1))
_STRLEN = Spec(name="JSON.STRLEN", keys=(1, 1, 1), readonly=True)
_TOGGLE = Spec(name="JSON.TOGGLE", keys=(1, 1, 1))


class JsonMemberCommands(JsonFamily[S]):
    """The commands on objects, text, numbers and truth values within JSON documents."""

    __slots__ = ()

    def numincrby(
        self, name: Argument, path: JsonPath, number: float
    ) -> Awaitable[list[int | float | None]]:
        """Add to numbers.

        Args:
            name: Key of the document.
            path: Path of the number.
            number: What to add, an int or a float.

        Returns:
            The new value of each match, None if it is no number; a list also for a legacy
            path, as RESP3 has it.

        Raises:
            DataError: ``number`` is none, or is infinite.
            ResponseError: The key is missing.

        Source: JSON.NUMINCRBY. Since RedisJSON 1.0.
        """
        words = (b"JSON.NUMINCRBY", name, path_word(path), self._number(number))
        return self._execute(Command(_NUMINCRBY, words, self._numbers))

    def nummultby(
        self, name: Argument, path: JsonPath, number: float
    ) -> Awaitable[list[int | float | None]]:
        """Multiply numbers.

        Args:
            name: Key of the document.
            path: Path of the number.
            number: What to multiply by, an int or a float.

        Returns:
            The new value of each match, None if it is no number; a list also for a legacy
            path, as RESP3 has it.

        Raises:
            DataError: ``number`` is none, or is infinite.
            ResponseError: The key is missing.

        Source: JSON.NUMMULTBY. Since RedisJSON 1.0.
        """
        words = (b"JSON.NUMMULTBY", name, path_word(path), self._number(number))
        return self._execute(Command(_NUMMULTBY, words, self._numbers))

    def numpowby(
        self, name: Argument, path: JsonPath, number: float
    ) -> Awaitable[list[int | float | None]]:
        """Raise numbers to a power.

        Args:
            name: Key of the document.
            path: Path of the number.
            number: The exponent, an int or a float.

        Returns:
            The new value of each match, None if it is no number; a list also for a legacy
            path, as RESP3 has it.

        Raises:
            DataError: ``number`` is none, or is infinite.
            ResponseError: The key is missing.

        Source: JSON.NUMPOWBY, which RedisJSON has without a page of its own. Since
        RedisJSON 1.0.
        """
        words = (b"JSON.NUMPOWBY", name, path_word(path), self._number(number))
        return self._execute(Command(_NUMPOWBY, words, self._numbers))

    @overload
    def objkeys(self, name: Argument, path: RootPath = ...) -> Awaitable[list[str] | None]: ...
    @overload
    def objkeys(self, name: Argument, path: NodesPath) -> Awaitable[list[list[str] | None]]: ...
    @overload
    def objkeys(
        self, name: Argument, path: JsonPath
    ) -> Awaitable[list[str] | list[list[str] | None] | None]: ...
    def objkeys(self, name: Argument, path: JsonPath = ROOT) -> Awaitable[Any]:
        """List the keys of an object.

        Args:
            name: Key of the document.
            path: Path of the object; default: the whole document.

        Returns:
            The keys of the object at a legacy path, None if the key is missing or nothing
            stands there; for each match of a JSONPath its keys, or None if it is no object
            (for which valkey-json gives an empty list).

        Raises:
            ResponseError: What stands at a legacy path is no object, or, with a JSONPath,
                the key is missing.

        Source: JSON.OBJKEYS. Since RedisJSON 1.0.
        """
        words = (b"JSON.OBJKEYS", name, path_word(path))
        return self._execute(Command(_OBJKEYS, words, plain_words))

    @overload
    def objlen(self, name: Argument, path: RootPath = ...) -> Awaitable[int | None]: ...
    @overload
    def objlen(self, name: Argument, path: NodesPath) -> Awaitable[list[int | None]]: ...
    @overload
    def objlen(
        self, name: Argument, path: JsonPath
    ) -> Awaitable[int | list[int | None] | None]: ...
    def objlen(self, name: Argument, path: JsonPath = ROOT) -> Awaitable[Any]:
        """Count the keys of an object.

        Args:
            name: Key of the document.
            path: Path of the object; default: the whole document.

        Returns:
            How many keys the object at a legacy path has, None if the key is missing or
            nothing stands there; for each match of a JSONPath the same, or None if it is no
            object.

        Raises:
            ResponseError: What stands at a legacy path is no object, or, with a JSONPath,
                the key is missing.

        Source: JSON.OBJLEN. Since RedisJSON 1.0.
        """
        return self._execute(Command(_OBJLEN, (b"JSON.OBJLEN", name, path_word(path))))

    @overload
    def strappend(self, name: Argument, value: str, path: RootPath = ...) -> Awaitable[int]: ...
    @overload
    def strappend(
        self, name: Argument, value: str, path: NodesPath
    ) -> Awaitable[list[int | None]]: ...
    @overload
    def strappend(
        self, name: Argument, value: str, path: JsonPath
    ) -> Awaitable[int | list[int | None]]: ...
    def strappend(self, name: Argument, value: str, path: JsonPath = ROOT) -> Awaitable[Any]:
        """Append to text.

        Args:
            name: Key of the document.
            value: What to append.
            path: Path of the text; default: the whole document.

        Returns:
            The new length of the text at a legacy path; for each match of a JSONPath its
            new length, or None if it is no text. Lengths are in bytes of UTF-8.

        Raises:
            DataError: ``value`` is no str.
            ResponseError: The key is missing, or there is no text at a legacy path.

        Source: JSON.STRAPPEND. Since RedisJSON 1.0.
        """
        if not isinstance(value, str):
            raise DataError(f"value must be a str, got {type(value).__name__}")
        words = (b"JSON.STRAPPEND", name, path_word(path), self._encode("value", value))
        return self._execute(Command(_STRAPPEND, words))

    @overload
    def strlen(self, name: Argument, path: RootPath = ...) -> Awaitable[int | None]: ...
    @overload
    def strlen(self, name: Argument, path: NodesPath) -> Awaitable[list[int | None]]: ...
    @overload
    def strlen(
        self, name: Argument, path: JsonPath
    ) -> Awaitable[int | list[int | None] | None]: ...
    def strlen(self, name: Argument, path: JsonPath = ROOT) -> Awaitable[Any]:
        """Measure text.

        Args:
            name: Key of the document.
            path: Path of the text; default: the whole document.

        Returns:
            The length of the text at a legacy path, None if the key is missing; for each
            match of a JSONPath its length, or None if it is no text. Lengths are in bytes
            of UTF-8.

        Raises:
            ResponseError: There is no text at a legacy path, or, with a JSONPath, the key
                is missing.

        Source: JSON.STRLEN. Since RedisJSON 1.0.
        """
        return self._execute(Command(_STRLEN, (b"JSON.STRLEN", name, path_word(path))))

    @overload
    def toggle(self, name: Argument, path: RootPath = ...) -> Awaitable[bool]: ...
    @overload
    def toggle(self, name: Argument, path: NodesPath) -> Awaitable[list[bool | None]]: ...
    @overload
    def toggle(self, name: Argument, path: JsonPath) -> Awaitable[bool | list[bool | None]]: ...
    def toggle(self, name: Argument, path: JsonPath = ROOT) -> Awaitable[Any]:
        """Turn true into false, and false into true.

        Args:
            name: Key of the document.
            path: Path of the truth value; default: the whole document.

        Returns:
            The new truth value at a legacy path; for each match of a JSONPath its new
            truth value, or None if it is none.

        Raises:
            ResponseError: The key is missing, or there is no truth value at a legacy path.

        Source: JSON.TOGGLE. Since RedisJSON 2.0.
        """
        return self._execute(Command(_TOGGLE, (b"JSON.TOGGLE", name, path_word(path)), _truths))

    def _number(self, number: float) -> str:
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            raise DataError(f"number must be an int or a float, got {type(number).__name__}")
        return self._encode("number", number)

    def _numbers(self, reply: list[Any] | bytes) -> list[Any]:
        if isinstance(reply, list):
            return reply
        # valkey-json gives JSON, in which the value at a legacy path is not in a list.
        numbers = self._decode(reply)
        return numbers if isinstance(numbers, list) else [numbers]


def _truths(reply: Any) -> bool | list[bool | None]:
    if isinstance(reply, list):
        return [None if one is None else bool(one) for one in cast("list[int | None]", reply)]
    return bool(reply == b"true")
