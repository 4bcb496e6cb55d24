"""The commands on JSON documents: reading and writing of what stands at a path."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from typing import Any, Literal, cast, overload

from redtrio.commands._arguments import (
    Keys,
    Words,
    at_least_one,
    at_most_one,
    choice,
    flag_words,
    flatten,
)
from redtrio.commands._base import Command, S, Spec
from redtrio.commands._replies import ok_or_none, plain_words
from redtrio.commands.json_arrays import JsonArrayCommands
from redtrio.commands.json_members import JsonMemberCommands
from redtrio.commands.json_values import (
    ROOT,
    FPHAType,
    JsonFamily,
    JsonPath,
    JsonValue,
    NodesPath,
    RespValue,
    RootPath,
    path_word,
)
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = ["JSON", "JsonDocumentCommands"]

_CLEAR = Spec(name="JSON.CLEAR", keys=(1, 1, 1))
_DEBUG = Spec(name="JSON.DEBUG", keys=(2, 2, 1), readonly=True)
_DEL = Spec(name="JSON.DEL", keys=(1, 1, 1))
_FORGET = Spec(name="JSON.FORGET", keys=(1, 1, 1))
_GET = Spec(name="JSON.GET", keys=(1, 1, 1), readonly=True)
_MERGE = Spec(name="JSON.MERGE", keys=(1, 1, 1))
_MGET = Spec(name="JSON.MGET", keys=(1, -2, 1), readonly=True)
_MSET = Spec(name="JSON.MSET", keys=(1, -1, 3))
_RESP = Spec(name="JSON.RESP", keys=(1, 1, 1), readonly=True)
_SET = Spec(name="JSON.SET", keys=(1, 1, 1))
_TYPE = Spec(name="JSON.TYPE", keys=(1, 1, 1), readonly=True)

_FLOATS = tuple(kind.value for kind in FPHAType)


class JsonDocumentCommands(JsonFamily[S]):
    """The commands on whatever stands at a path of a JSON document."""

    __slots__ = ()

    def clear(self, name: Argument, path: JsonPath = ROOT) -> Awaitable[int]:
        """Empty arrays and objects, and set numbers to 0; all else stays.

        Args:
            name: Key of the document.
            path: Where to look; default: the whole document.

        Returns:
            How many values were changed.

        Raises:
            ResponseError: The key is missing.

        Source: JSON.CLEAR. Since RedisJSON 2.0.
        """
        return self._execute(Command(_CLEAR, (b"JSON.CLEAR", name, path_word(path))))

    @overload
    def debug(
        self, subcommand: Literal["MEMORY"], key: Argument, path: RootPath = ...
    ) -> Awaitable[int]: ...
    @overload
    def debug(
        self, subcommand: Literal["MEMORY"], key: Argument, path: NodesPath
    ) -> Awaitable[list[int]]: ...
    @overload
    def debug(
        self, subcommand: Literal["MEMORY"], key: Argument, path: JsonPath
    ) -> Awaitable[int | list[int]]: ...
    @overload
    def debug(self, subcommand: Literal["HELP"]) -> Awaitable[list[str]]: ...
    def debug(
        self, subcommand: str, key: Argument | None = None, path: JsonPath = ROOT
    ) -> Awaitable[Any]:
        """Tell how much memory a value takes, or what this command can do.

        Args:
            subcommand: "MEMORY" or "HELP".
            key: For MEMORY, key of the document.
            path: For MEMORY, where to look; default: the whole document.

        Returns:
            For MEMORY bytes: of the value at a legacy path, 0 if the key is missing; a
            list with those of each match of a JSONPath, empty if the key is missing. For
            HELP lines of text.

        Raises:
            DataError: ``subcommand`` is neither, or MEMORY has no key.

        Source: JSON.DEBUG. Since RedisJSON 1.0.
        """
        word = choice("subcommand", subcommand, ("MEMORY", "HELP"))
        if word == "HELP":
            return self._execute(Command(_DEBUG, (b"JSON.DEBUG", word), plain_words))
        if key is None:
            raise DataError("key must be the document's key for MEMORY, got None")
        return self._execute(Command(_DEBUG, (b"JSON.DEBUG", word, key, path_word(path))))

    def delete(self, key: Argument, path: JsonPath = ROOT) -> Awaitable[int]:
        """Delete what stands at a path; without its root, the key is gone.

        Args:
            key: Key of the document.
            path: What to delete; default: the whole document.

        Returns:
            How many values were deleted, 0 if there were none or the key is missing.

        Source: JSON.DEL. Since RedisJSON 1.0.
        """
        return self._execute(Command(_DEL, (b"JSON.DEL", key, path_word(path))))

    def forget(self, key: Argument, path: JsonPath = ROOT) -> Awaitable[int]:
        """Delete what stands at a path, by another name: see ``delete``.

        Args:
            key: Key of the document.
            path: What to delete; default: the whole document.

        Returns:
            How many values were deleted, 0 if there were none or the key is missing.

        Source: JSON.FORGET. Since RedisJSON 1.0.
        """
        return self._execute(Command(_FORGET, (b"JSON.FORGET", key, path_word(path))))

    def get(self, name: Argument, *args: JsonPath, no_escape: bool = False) -> Awaitable[JsonValue]:
        """Get what stands at one or more paths.

        Args:
            name: Key of the document.
            *args: Paths; none: the whole document.
            no_escape: Send NOESCAPE, which servers accept and ignore: text is never escaped.

        Returns:
            For one legacy path (or none) its value; for one JSONPath the list of its
            matches; for several paths a dict of each path to what it would give by itself,
            in which all legacy paths give lists if one path is a JSONPath. None if the key
            is missing, and of course for a JSON null.

        Raises:
            ResponseError: Nothing stands at a legacy path.

        Source: JSON.GET. Since RedisJSON 1.0.
        """
        paths: Words = tuple(path_word(path) for path in args) or (ROOT,)
        words = (b"JSON.GET", name, *flag_words(NOESCAPE=no_escape), *paths)
        return self._execute(Command(_GET, words, self._decode))

    def merge(
        self, name: Argument, path: JsonPath, obj: object, decode_keys: bool = False
    ) -> Awaitable[bool | None]:
        """Merge a value into what stands at a path, as RFC 7396 has it.

        What is missing there is added, null deletes, objects are merged, and everything
        else, arrays also, is replaced.

        Args:
            name: Key of the document; if it is missing, ``path`` must be the root.
            path: Where to merge it.
            obj: The value: whatever the encoder makes JSON of.
            decode_keys: Whether keys of objects may be bytes, to be decoded as UTF-8.

        Returns:
            True, or None if there is no place for it.

        Raises:
            DataError: ``obj`` cannot be written as JSON.

        Source: JSON.MERGE. Since RedisJSON 2.6.
        """
        value = self._encode("obj", obj, decode_keys)
        words = (b"JSON.MERGE", name, path_word(path), value)
        return self._execute(Command(_MERGE, words, ok_or_none))

    def mget(self, keys: Keys, path: JsonPath) -> Awaitable[list[JsonValue]]:
        """Get what stands at the same path of several documents.

        Args:
            keys: Keys of the documents.
            path: Where to look.

        Returns:
            For each key what ``get`` would give, in the order of the keys; None if the key
            is missing, holds no document, or nothing stands at a legacy path.

        Raises:
            DataError: There is no key.

        Source: JSON.MGET. Since RedisJSON 1.0.
        """
        words = (b"JSON.MGET", *flatten(keys), path_word(path))
        return self._execute(Command(_MGET, words, self._decode_each))

    def mset(self, triplets: Iterable[tuple[Argument, JsonPath, object]]) -> Awaitable[bool | None]:
        """Set values in one or more documents at once.

        Args:
            triplets: Key, path and value of each, as ``set`` takes them.

        Returns:
            True. Where there is no place for one of them, the others are set, and since
            Redis 8.10 the result is None.

        Raises:
            DataError: There is no triplet, one has not three parts, or its value cannot be
                written as JSON.
            ResponseError: A key is missing, and its path is not the root; nothing is set
                then.

        Source: JSON.MSET. Since RedisJSON 2.6.
        """
        words: Words = tuple(word for triplet in triplets for word in self._triplet(triplet))
        words = (b"JSON.MSET", *at_least_one("triplets", words))
        return self._execute(Command(_MSET, words, ok_or_none))

    @overload
    def resp(self, name: Argument, path: NodesPath) -> Awaitable[list[RespValue] | None]: ...
    @overload
    def resp(self, name: Argument, path: JsonPath = ...) -> Awaitable[RespValue]: ...
    def resp(self, name: Argument, path: JsonPath = ROOT) -> Awaitable[Any]:
        """Get what stands at a path as the protocol's own types.

        Args:
            name: Key of the document.
            path: Where to look; default: the whole document.

        Returns:
            For a legacy path its value, for a JSONPath the list of its matches. An object
            is a list of "{", then keys and values in turn; an array is a list of "[", then
            its elements; true and false are "true" and "false"; text, numbers and None are
            themselves. None if the key is missing.

        Raises:
            ResponseError: Nothing stands at a legacy path.

        Source: JSON.RESP. Since RedisJSON 1.0; deprecated since 2.6, for ``get``.
        """
        return self._execute(Command(_RESP, (b"JSON.RESP", name, path_word(path)), plain_words))

    def set(
        self,
        name: Argument,
        path: JsonPath,
        obj: object,
        nx: bool = False,
        xx: bool = False,
        decode_keys: bool = False,
        fpha: FPHAType | Literal["BF16", "FP16", "FP32", "FP64"] | None = None,
    ) -> Awaitable[bool | None]:
        """Set a value at a path of a document, which is made if need be.

        What is in a file is read elsewhere, as file systems block the whole event loop:
        ``json.loads(await trio.Path(file).read_text())``.

        Args:
            name: Key of the document; if it is missing, ``path`` must be the root.
            path: Where to set it: every match of a JSONPath, or a new key of an object.
            obj: The value: whatever the encoder makes JSON of.
            nx: Only if nothing stands there yet.
            xx: Only if something stands there already.
            decode_keys: Whether keys of objects may be bytes, to be decoded as UTF-8.
            fpha: The type of number that arrays of floats are stored as, as a ``FPHAType`` or
                by its name; None: the server finds one.

        Returns:
            True, or None if ``nx`` or ``xx`` kept it from being set, or there is no place
            for it.

        Raises:
            DataError: ``nx`` and ``xx`` are given together, ``fpha`` is none of those, or
                ``obj`` cannot be written as JSON.

        Source: JSON.SET. Since RedisJSON 1.0; ``fpha`` since Redis 8.8.
        """
        at_most_one(nx=nx, xx=xx)
        words: Words = (b"JSON.SET", name, path_word(path), self._encode("obj", obj, decode_keys))
        words += flag_words(NX=nx, XX=xx)
        if fpha is not None:
            kind = fpha.value if isinstance(fpha, FPHAType) else fpha
            words += (b"FPHA", choice("fpha", kind, _FLOATS))
        return self._execute(Command(_SET, words, ok_or_none))

    @overload
    def type(self, name: Argument, path: RootPath = ...) -> Awaitable[list[str] | None]: ...
    @overload
    def type(self, name: Argument, path: NodesPath) -> Awaitable[list[list[str]] | None]: ...
    @overload
    def type(
        self, name: Argument, path: JsonPath
    ) -> Awaitable[list[str] | list[list[str]] | None]: ...
    def type(self, name: Argument, path: JsonPath = ROOT) -> Awaitable[Any]:
        """Tell of which type the value at a path is.

        Args:
            name: Key of the document.
            path: Where to look; default: the whole document.

        Returns:
            A list of one element, as RESP3 has it: for a legacy path the type of its
            value, for a JSONPath the list of the types of its matches. Types are "null",
            "boolean", "integer", "number", "string", "array" and "object". None if the key
            is missing, or nothing stands at a legacy path.

        Source: JSON.TYPE. Since RedisJSON 1.0.
        """
        word = path_word(path)
        parse = _types_of_nodes if word.startswith("$") else _type_of_value
        return self._execute(Command(_TYPE, (b"JSON.TYPE", name, word), parse))

    def _triplet(self, triplet: tuple[Argument, JsonPath, object]) -> Words:
        try:
            name, path, obj = triplet
        except (TypeError, ValueError):
            raise DataError(
                f"triplets must hold (key, path, value), got {type(triplet).__name__}"
            ) from None
        return (name, path_word(path), self._encode("obj", obj))


class JSON(JsonArrayCommands[S], JsonDocumentCommands[S], JsonMemberCommands[S]):
    """The commands on JSON documents, as ``client.json()`` gives them.

    Values go out as JSON, which ``encoder`` makes, and come back through ``decoder``: dict,
    list, str, int, float, bool, None. All text in results is str, whatever
    ``decode_responses`` says, since JSON is text.

    Paths are str or ``Path``. One that begins with "$" is a JSONPath: it may match several
    values, and its result is a list with one element for each, None for a value that the
    command is not for. Any other is a legacy path (".a.b[0]"; "." is the whole document): it
    stands for the first value that it matches, and its result is that of this value alone.

    All raise ``ResponseError`` where a key holds something other than a document.

    Cancellation: a write that had been sent when its caller was cancelled may have been
    carried out; what a cancelled ``arrpop`` took off is then lost.

    Source: Redis Stack, or Redis 8, or the module valkey-json, which lacks JSON.MERGE and
    JSON.NUMPOWBY.

    Args:
        client: A client, which sends the commands, or a pipeline, which queues them.
        encoder: Makes JSON of values, None: the standard library's, without spaces.
        decoder: Makes values of JSON, None: the standard library's.
    """

    __slots__ = ()


def _type_of_value(reply: Any) -> list[str] | None:
    # valkey-json gives the type itself, RedisJSON under RESP3 a list of it.
    kinds = cast("list[bytes | None]", reply if isinstance(reply, list) else [reply])
    return None if kinds == [None] else plain_words(kinds)


def _types_of_nodes(reply: Any) -> list[list[str]] | None:
    # valkey-json gives a flat list; RedisJSON under RESP3 puts it into another.
    nested = reply if reply and not isinstance(reply[0], bytes) else [reply]
    return None if nested == [None] else plain_words(nested)
