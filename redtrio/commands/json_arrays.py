"""The commands on arrays within JSON documents.

Elements are counted from 0 at the beginning, or from -1 at the end.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, cast, overload

from redtrio.commands._arguments import Words, at_least_one
from redtrio.commands._base import Command, S, Spec
from redtrio.commands.json_values import (
    ROOT,
    JsonFamily,
    JsonPath,
    JsonValue,
    NodesPath,
    RootPath,
    path_word,
)
from redtrio.types import Argument

__all__ = ["JsonArrayCommands"]

_ARRAPPEND = Spec(name="JSON.ARRAPPEND", keys=(1, 1, 1))
_ARRINDEX = Spec(name="JSON.ARRINDEX", keys=(1, 1, 1), readonly=True)
_ARRINSERT = Spec(name="JSON.ARRINSERT", keys=(1, 1, 1))
_ARRLEN = Spec(name="JSON.ARRLEN", keys=(1, 1, 1), readonly=True)
_ARRPOP = Spec(name="JSON.ARRPOP", keys=(1, 1, 1))
_ARRTRIM = Spec(name="JSON.ARRTRIM", keys=(1, 1, 1))


class JsonArrayCommands(JsonFamily[S]):
    """The commands on arrays within JSON documents."""

    __slots__ = ()

    @overload
    def arrappend(self, name: Argument, path: RootPath = ..., *args: object) -> Awaitable[int]: ...
    @overload
    def arrappend(
        self, name: Argument, path: NodesPath, *args: object
    ) -> Awaitable[list[int | None]]: ...
    @overload
    def arrappend(
        self, name: Argument, path: JsonPath, *args: object
    ) -> Awaitable[int | list[int | None]]: ...
    def arrappend(self, name: Argument, path: JsonPath = ROOT, *args: object) -> Awaitable[Any]:
        """Append values to an array.

        Args:
            name: Key of the document.
            path: Path of the array; default: the whole document.
            *args: The values, at least one: whatever the encoder makes JSON of.

        Returns:
            The new length of the array at a legacy path; for each match of a JSONPath its
            new length, or None if it is no array.

        Raises:
            DataError: There is no value, or one cannot be written as JSON.
            ResponseError: The key is missing, or there is no array at a legacy path.

        Source: JSON.ARRAPPEND. Since RedisJSON 1.0.
        """
        words = (b"JSON.ARRAPPEND", name, path_word(path), *self._values(args))
        return self._execute(Command(_ARRAPPEND, words))

    def arrindex(
        self,
        name: Argument,
        path: JsonPath,
        scalar: object,
        start: int | None = None,
        stop: int | None = None,
    ) -> Awaitable[int | list[int | None]]:
        """Find a value in an array.

        Args:
            name: Key of the document.
            path: Path of the array.
            scalar: The value to look for.
            start: The first place to look at; None: the beginning.
            stop: The first place not to look at any more; None, or 0: the end.

        Returns:
            Its first place in the array at a legacy path, -1 if it is not in it; for each
            match of a JSONPath the same, or None if it is no array.

        Raises:
            DataError: ``scalar`` cannot be written as JSON.
            ResponseError: The key is missing, or there is no array at a legacy path.

        Source: JSON.ARRINDEX. Since RedisJSON 1.0.
        """
        words: Words = (b"JSON.ARRINDEX", name, path_word(path), self._encode("scalar", scalar))
        if stop is not None:
            words += (start or 0, stop)
        elif start is not None:
            words += (start,)
        return self._execute(Command(_ARRINDEX, words))

    def arrinsert(
        self, name: Argument, path: JsonPath, index: int, *args: object
    ) -> Awaitable[int | list[int | None]]:
        """Insert values into an array.

        Args:
            name: Key of the document.
            path: Path of the array.
            index: The place before which they are inserted.
            *args: The values, at least one: whatever the encoder makes JSON of.

        Returns:
            The new length of the array at a legacy path; for each match of a JSONPath its
            new length, or None if it is no array.

        Raises:
            DataError: There is no value, or one cannot be written as JSON.
            ResponseError: The key is missing, an array does not reach to ``index``, or
                there is none at a legacy path.

        Source: JSON.ARRINSERT. Since RedisJSON 1.0.
        """
        words = (b"JSON.ARRINSERT", name, path_word(path), index, *self._values(args))
        return self._execute(Command(_ARRINSERT, words))

    @overload
    def arrlen(self, name: Argument, path: RootPath = ...) -> Awaitable[int | None]: ...
    @overload
    def arrlen(self, name: Argument, path: NodesPath) -> Awaitable[list[int | None]]: ...
    @overload
    def arrlen(
        self, name: Argument, path: JsonPath
    ) -> Awaitable[int | list[int | None] | None]: ...
    def arrlen(self, name: Argument, path: JsonPath = ROOT) -> Awaitable[Any]:
        """Count the elements of an array.

        Args:
            name: Key of the document.
            path: Path of the array; default: the whole document.

        Returns:
            The length of the array at a legacy path, None if the key is missing; for each
            match of a JSONPath its length, or None if it is no array.

        Raises:
            ResponseError: There is no array at a legacy path, or, with a JSONPath, the key
                is missing.

        Source: JSON.ARRLEN. Since RedisJSON 1.0.
        """
        return self._execute(Command(_ARRLEN, (b"JSON.ARRLEN", name, path_word(path))))

    @overload
    def arrpop(
        self, name: Argument, path: NodesPath, index: int = ...
    ) -> Awaitable[list[JsonValue]]: ...
    @overload
    def arrpop(
        self, name: Argument, path: JsonPath = ..., index: int = ...
    ) -> Awaitable[JsonValue]: ...
    def arrpop(self, name: Argument, path: JsonPath = ROOT, index: int = -1) -> Awaitable[Any]:
        """Take an element off an array.

        Args:
            name: Key of the document.
            path: Path of the array; default: the whole document.
            index: Its place; one beyond either end stands for the element at that end.

        Returns:
            The element of the array at a legacy path, None if the array is empty; for each
            match of a JSONPath the same, or None if it is no array.

        Raises:
            ResponseError: The key is missing, or there is no array at a legacy path.

        Source: JSON.ARRPOP. Since RedisJSON 1.0.
        """
        words = (b"JSON.ARRPOP", name, path_word(path), index)
        return self._execute(Command(_ARRPOP, words, self._popped))

    def arrtrim(
        self, name: Argument, path: JsonPath, start: int, stop: int
    ) -> Awaitable[int | list[int | None]]:
        """Cut an array down to a part of it.

        Args:
            name: Key of the document.
            path: Path of the array.
            start: The first place to keep.
            stop: The last place to keep. Below ``start``: the array becomes empty.

        Returns:
            The new length of the array at a legacy path; for each match of a JSONPath its
            new length, or None if it is no array.

        Raises:
            ResponseError: The key is missing, or there is no array at a legacy path.

        Source: JSON.ARRTRIM. Since RedisJSON 1.0.
        """
        return self._execute(
            Command(_ARRTRIM, (b"JSON.ARRTRIM", name, path_word(path), start, stop))
        )

    def _values(self, args: tuple[object, ...]) -> Words:
        return at_least_one("args", tuple(self._encode("args", value) for value in args))

    def _popped(self, reply: Any) -> JsonValue:
        if isinstance(reply, list):
            return self._decode_each(cast("list[bytes | None]", reply))
        return self._decode(reply)
