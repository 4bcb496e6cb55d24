"""The commands on strings."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any, Literal, overload

from redtrio.commands._arguments import (
    Duration,
    Keys,
    Moment,
    Words,
    at_most_one,
    expiry,
    flag_words,
    flatten,
    milliseconds,
    pairs,
    seconds,
    whole,
)
from redtrio.commands._base import Command, S, Spec
from redtrio.commands._replies import as_bool, is_ok, ok_or_none
from redtrio.commands.counters import CounterCommands
from redtrio.commands.persist_options import DataPersistOptions, persist_words
from redtrio.commands.string_comparison import (
    LcsMatches,
    StringComparisonCommands,
    comparison_words,
)
from redtrio.types import Argument

__all__ = ["LcsMatches", "StringCommands"]

_APPEND = Spec(name="APPEND", keys=(1, 1, 1))
_GET = Spec(name="GET", keys=(1, 1, 1), readonly=True)
_GETDEL = Spec(name="GETDEL", keys=(1, 1, 1))
_GETEX = Spec(name="GETEX", keys=(1, 1, 1))
_GETRANGE = Spec(name="GETRANGE", keys=(1, 1, 1), readonly=True)
_GETSET = Spec(name="GETSET", keys=(1, 1, 1))
_MGET = Spec(name="MGET", keys=(1, -1, 1), readonly=True)
_MSET = Spec(name="MSET", keys=(1, -1, 2))
_MSETEX = Spec(name="MSETEX")
_MSETNX = Spec(name="MSETNX", keys=(1, -1, 2))
_PSETEX = Spec(name="PSETEX", keys=(1, 1, 1))
_SET = Spec(name="SET", keys=(1, 1, 1))
_SETEX = Spec(name="SETEX", keys=(1, 1, 1))
_SETNX = Spec(name="SETNX", keys=(1, 1, 1))
_SETRANGE = Spec(name="SETRANGE", keys=(1, 1, 1))
_STRLEN = Spec(name="STRLEN", keys=(1, 1, 1), readonly=True)
_SUBSTR = Spec(name="SUBSTR", keys=(1, 1, 1), readonly=True)


# The options of SET where none is given: nearly always so, and then nothing is to be checked.
_PLAIN_SET = (None, None, False, False, False, False, None, None, None, None, None, None)


class StringCommands(CounterCommands[S], StringComparisonCommands[S]):
    """The commands on strings, those that are numbers among them.

    Where a command writes and its call is cancelled, or fails with a ``ConnectionError``
    whose ``maybe_executed`` is True, the server may have carried it out.
    """

    __slots__ = ()

    def append(self, key: Argument, value: Argument) -> Awaitable[int]:
        """Append to a string; a missing key counts as an empty one.

        Args:
            key: The key.
            value: What to append.

        Returns:
            The length in bytes after that.

        Raises:
            WrongTypeError: The key holds no string.

        Source: APPEND. Since 2.0.
        """
        return self._execute(Command(_APPEND, (b"APPEND", key, value)))

    def get(self, name: Argument) -> Awaitable[S | None]:
        """Get the value of a key.

        Args:
            name: The key.

        Returns:
            The value, None if the key is missing.

        Raises:
            WrongTypeError: The key holds no string.

        Source: GET. Since 1.0.
        """
        return self._execute(Command(_GET, (b"GET", name)))

    def getdel(self, name: Argument) -> Awaitable[S | None]:
        """Get the value of a key and delete it.

        Args:
            name: The key.

        Returns:
            The value, None if the key was missing.

        Raises:
            WrongTypeError: The key holds no string.

        Cancellation: the key may be gone, and its value with it.

        Source: GETDEL. Since 6.2.
        """
        return self._execute(Command(_GETDEL, (b"GETDEL", name)))

    def getex(
        self,
        name: Argument,
        ex: Duration | None = None,
        px: Duration | None = None,
        exat: Moment | None = None,
        pxat: Moment | None = None,
        persist: bool = False,
    ) -> Awaitable[S | None]:
        """Get the value of a key and set when it expires; without an option, only get it.

        Args:
            name: The key.
            ex: Seconds until expiry, int or timedelta, > 0.
            px: Milliseconds until expiry, int or timedelta, > 0.
            exat: Unix time of expiry in seconds, int or datetime, > 0.
            pxat: Unix time of expiry in milliseconds, int or datetime, > 0.
            persist: Take the expiry away.

        Returns:
            The value, None if the key is missing.

        Raises:
            DataError: Two of the options are given, or one is out of its range.
            WrongTypeError: The key holds no string.

        Source: GETEX. Since 6.2.
        """
        options: Words = expiry(ex=ex, px=px, exat=exat, pxat=pxat, persist=persist)
        return self._execute(Command(_GETEX, (b"GETEX", name, *options)))

    def getrange(self, key: Argument, start: int, end: int) -> Awaitable[S]:
        """Get a part of a string.

        Args:
            key: The key.
            start: Position of the first byte; negative: from the end.
            end: Position of the last byte, which is part of the result.

        Returns:
            The part, empty where the range or the key is.

        Raises:
            WrongTypeError: The key holds no string.

        Source: GETRANGE. Since 2.4.
        """
        return self._execute(Command(_GETRANGE, (b"GETRANGE", key, start, end)))

    def getset(self, name: Argument, value: Argument) -> Awaitable[S | None]:
        """Set a key and get its old value; the same as ``set(…, get=True)``.

        Args:
            name: The key.
            value: Its new value.

        Returns:
            The old value, None if the key was missing.

        Raises:
            WrongTypeError: The key holds no string; nothing is set.

        Source: GETSET. Since 1.0; deprecated since 6.2.
        """
        return self._execute(Command(_GETSET, (b"GETSET", name, value)))

    def mget(self, keys: Keys, *args: Argument) -> Awaitable[list[S | None]]:
        """Get the values of several keys.

        Args:
            keys: One key, or an iterable of keys.
            args: Further keys.

        Returns:
            One entry for each key, in the order given: its value, None if it is missing or
            holds no string.

        Raises:
            DataError: No key is given.

        Source: MGET. Since 1.0.
        """
        return self._execute(Command(_MGET, (b"MGET", *flatten(keys, args))))

    def mset(self, mapping: Mapping[Any, Argument]) -> Awaitable[bool]:
        """Set several keys at once; what they held, of whatever type, and their expiry go.

        Args:
            mapping: Key to value.

        Returns:
            True.

        Raises:
            DataError: The mapping is empty.

        Source: MSET. Since 1.0.1.
        """
        return self._execute(Command(_MSET, (b"MSET", *pairs(mapping)), is_ok))

    def msetex(
        self,
        mapping: Mapping[Any, Argument],
        data_persist_option: Literal["NX", "XX"] | DataPersistOptions | None = None,
        ex: Duration | None = None,
        px: Duration | None = None,
        exat: Moment | None = None,
        pxat: Moment | None = None,
        keepttl: bool = False,
    ) -> Awaitable[bool]:
        """Set several keys at once, all with the same expiry; all of them or none.

        Args:
            mapping: Key to value.
            data_persist_option: "NX": only if none of the keys exists; "XX": only if all do;
                or the ``DataPersistOptions`` of that name.
            ex: Seconds until expiry, int or timedelta, > 0.
            px: Milliseconds until expiry, int or timedelta, > 0.
            exat: Unix time of expiry in seconds, int or datetime, > 0.
            pxat: Unix time of expiry in milliseconds, int or datetime, > 0.
            keepttl: Let each key keep the expiry that it has.

        Returns:
            Whether the keys were set.

        Raises:
            DataError: The mapping is empty, two options of expiry are given, one is out of
                its range, or ``data_persist_option`` is neither.

        Source: MSETEX. Since Redis 8.4 and Valkey 9.1.
        """
        words: Words = (b"MSETEX", len(mapping), *pairs(mapping))
        words += persist_words(data_persist_option, DataPersistOptions)
        words += expiry(ex=ex, px=px, exat=exat, pxat=pxat, keepttl=keepttl)
        return self._execute(Command(_MSETEX, words, as_bool))

    def msetnx(self, mapping: Mapping[Any, Argument]) -> Awaitable[bool]:
        """Set several keys at once if none of them exists.

        Args:
            mapping: Key to value.

        Returns:
            Whether the keys were set: all of them or none.

        Raises:
            DataError: The mapping is empty.

        Source: MSETNX. Since 1.0.1.
        """
        return self._execute(Command(_MSETNX, (b"MSETNX", *pairs(mapping)), as_bool))

    def psetex(self, name: Argument, time_ms: Duration, value: Argument) -> Awaitable[bool]:
        """Set a key that expires; the same as ``set(…, px=…)``.

        Args:
            name: The key.
            time_ms: Milliseconds until expiry, int or timedelta, > 0.
            value: The value.

        Returns:
            True.

        Raises:
            DataError: ``time_ms`` is out of its range.

        Source: PSETEX. Since 2.6; deprecated since 2.6.12.
        """
        words = (b"PSETEX", name, milliseconds("time_ms", time_ms), value)
        return self._execute(Command(_PSETEX, words, is_ok))

    @overload
    def set(
        self,
        name: Argument,
        value: Argument,
        ex: Duration | None = None,
        px: Duration | None = None,
        nx: bool = False,
        xx: bool = False,
        keepttl: bool = False,
        get: Literal[False] = False,
        exat: Moment | None = None,
        pxat: Moment | None = None,
        ifeq: Argument | None = None,
        ifne: Argument | None = None,
        ifdeq: Argument | None = None,
        ifdne: Argument | None = None,
    ) -> Awaitable[bool | None]: ...

    @overload
    def set(
        self,
        name: Argument,
        value: Argument,
        ex: Duration | None = None,
        px: Duration | None = None,
        nx: bool = False,
        xx: bool = False,
        keepttl: bool = False,
        *,
        get: Literal[True],
        exat: Moment | None = None,
        pxat: Moment | None = None,
        ifeq: Argument | None = None,
        ifne: Argument | None = None,
        ifdeq: Argument | None = None,
        ifdne: Argument | None = None,
    ) -> Awaitable[S | None]: ...

    @overload
    def set(
        self,
        name: Argument,
        value: Argument,
        ex: Duration | None = None,
        px: Duration | None = None,
        nx: bool = False,
        xx: bool = False,
        keepttl: bool = False,
        get: bool = False,
        exat: Moment | None = None,
        pxat: Moment | None = None,
        ifeq: Argument | None = None,
        ifne: Argument | None = None,
        ifdeq: Argument | None = None,
        ifdne: Argument | None = None,
    ) -> Awaitable[bool | S | None]: ...

    def set(
        self,
        name: Argument,
        value: Argument,
        ex: Duration | None = None,
        px: Duration | None = None,
        nx: bool = False,
        xx: bool = False,
        keepttl: bool = False,
        get: bool = False,
        exat: Moment | None = None,
        pxat: Moment | None = None,
        ifeq: Argument | None = None,
        ifne: Argument | None = None,
        ifdeq: Argument | None = None,
        ifdne: Argument | None = None,
    ) -> Awaitable[Any]:
        """Set a key; what it held before, of whatever type, and its expiry go.

        Args:
            name: The key.
            value: The value.
            ex: Seconds until expiry, int or timedelta, > 0.
            px: Milliseconds until expiry, int or timedelta, > 0.
            nx: Only if the key does not exist.
            xx: Only if it exists.
            keepttl: Let the key keep the expiry that it has.
            get: Get the old value.
            exat: Unix time of expiry in seconds, int or datetime, > 0.
            pxat: Unix time of expiry in milliseconds, int or datetime, > 0.
            ifeq: Only if the key holds just this. Since Valkey 8.1 and Redis 8.4.
            ifne: Only if it does not exist or holds something else. Since Redis 8.4.
            ifdeq: Only if the digest of what it holds is this. Since Redis 8.4.
            ifdne: Only if it does not exist or has another digest. Since Redis 8.4.

        Returns:
            True if the key was set, None if a condition forbade it. With ``get`` the old
            value instead, None if the key was missing, whether the key was set or not.

        Raises:
            DataError: Two options that exclude each other are given, or one is out of its
                range.
            WrongTypeError: With ``get`` or ``ifeq``, the key holds no string; nothing is set.

        Source: SET. Since 1.0; ``keepttl`` since 6.0, ``get``, ``exat`` and ``pxat`` since
        6.2, ``get`` together with ``nx`` since 7.0.
        """
        words: Words = (b"SET", name, value)
        if (ex, px, nx, xx, keepttl, get, exat, pxat, ifeq, ifne, ifdeq, ifdne) == _PLAIN_SET:
            return self._execute(Command(_SET, words, ok_or_none))
        at_most_one(nx=nx, xx=xx, ifeq=ifeq, ifne=ifne, ifdeq=ifdeq, ifdne=ifdne)
        words += flag_words(NX=nx, XX=xx)
        words += comparison_words(ifeq=ifeq, ifne=ifne, ifdeq=ifdeq, ifdne=ifdne)
        if get:
            words += (b"GET",)
        words += expiry(ex=ex, px=px, exat=exat, pxat=pxat, keepttl=keepttl)
        return self._execute(Command(_SET, words, None if get else ok_or_none))

    def setex(self, name: Argument, time: Duration, value: Argument) -> Awaitable[bool]:
        """Set a key that expires; the same as ``set(…, ex=…)``.

        Args:
            name: The key.
            time: Seconds until expiry, int or timedelta, > 0.
            value: The value.

        Returns:
            True.

        Raises:
            DataError: ``time`` is out of its range.

        Source: SETEX. Since 2.0; deprecated since 2.6.12.
        """
        words = (b"SETEX", name, seconds("time", time), value)
        return self._execute(Command(_SETEX, words, is_ok))

    def setnx(self, name: Argument, value: Argument) -> Awaitable[bool]:
        """Set a key if it does not exist.

        Args:
            name: The key.
            value: Its value.

        Returns:
            Whether it was set.

        Source: SETNX. Since 1.0; deprecated since 2.6.12.
        """
        return self._execute(Command(_SETNX, (b"SETNX", name, value), as_bool))

    def setrange(self, name: Argument, offset: int, value: Argument) -> Awaitable[int]:
        """Overwrite a part of a string, which grows with zero bytes where it is too short.

        Args:
            name: The key; a missing one counts as an empty string.
            offset: Position of the first byte to overwrite, >= 0.
            value: What to write there.

        Returns:
            The length of the string after that.

        Raises:
            DataError: ``offset`` is negative.
            WrongTypeError: The key holds no string.

        Source: SETRANGE. Since 2.2.
        """
        words = (b"SETRANGE", name, whole("offset", offset, "bytes", 0), value)
        return self._execute(Command(_SETRANGE, words))

    def strlen(self, name: Argument) -> Awaitable[int]:
        """Get the length of a string in bytes.

        Args:
            name: The key.

        Returns:
            The length, 0 if the key is missing.

        Raises:
            WrongTypeError: The key holds no string.

        Source: STRLEN. Since 2.2.
        """
        return self._execute(Command(_STRLEN, (b"STRLEN", name)))

    def substr(self, name: Argument, start: int, end: int = -1) -> Awaitable[S]:
        """Get a part of a string, as ``getrange`` does.

        Args:
            name: The key.
            start: Place of the first byte, from 0, or from -1 at the end.
            end: Place of the last byte, included.

        Source: SUBSTR. Since 1.0; deprecated since 2.0.
        """
        return self._execute(Command(_SUBSTR, (b"SUBSTR", name, start, end)))
