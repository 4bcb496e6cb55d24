"""The commands on hashes."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Literal, overload

from redtrio.commands._arguments import (
    Duration,
    Keys,
    Moment,
    Words,
    at_least_one,
    condition,
    expiry,
    flag_words,
    flatten,
    pairs,
    scan_words,
    whole,
)
from redtrio.commands._base import Command, S, Spec
from redtrio.commands._replies import as_bool, as_pairs, is_ok
from redtrio.commands._scan import ScanIterator
from redtrio.commands.hash_fields import FieldExpiryCommands
from redtrio.commands.persist_options import HashDataPersistOptions, persist_words
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = ["HashCommands"]

_HDEL = Spec(name="HDEL", keys=(1, 1, 1))
_HEXISTS = Spec(name="HEXISTS", keys=(1, 1, 1), readonly=True)
_HGET = Spec(name="HGET", keys=(1, 1, 1), readonly=True)
_HGETALL = Spec(name="HGETALL", keys=(1, 1, 1), readonly=True)
_HGETDEL = Spec(name="HGETDEL", keys=(1, 1, 1))
_HGETEX = Spec(name="HGETEX", keys=(1, 1, 1))
_HINCRBY = Spec(name="HINCRBY", keys=(1, 1, 1))
_HINCRBYFLOAT = Spec(name="HINCRBYFLOAT", keys=(1, 1, 1))
_HKEYS = Spec(name="HKEYS", keys=(1, 1, 1), readonly=True)
_HLEN = Spec(name="HLEN", keys=(1, 1, 1), readonly=True)
_HMGET = Spec(name="HMGET", keys=(1, 1, 1), readonly=True)
_HMSET = Spec(name="HMSET", keys=(1, 1, 1))
_HRANDFIELD = Spec(name="HRANDFIELD", keys=(1, 1, 1), readonly=True)
_HSCAN = Spec(name="HSCAN", keys=(1, 1, 1), readonly=True)
_HSET = Spec(name="HSET", keys=(1, 1, 1))
_HSETEX = Spec(name="HSETEX", keys=(1, 1, 1))
_HSETNX = Spec(name="HSETNX", keys=(1, 1, 1))
_HSTRLEN = Spec(name="HSTRLEN", keys=(1, 1, 1), readonly=True)
_HVALS = Spec(name="HVALS", keys=(1, 1, 1), readonly=True)


class HashCommands(FieldExpiryCommands[S]):
    """The commands on hashes, those on the expiry of single fields among them.

    All of them raise ``WrongTypeError`` where the key holds something else; a missing key
    counts as an empty hash. Where a command writes and its call is cancelled, or fails with
    a ``ConnectionError`` whose ``maybe_executed`` is True, the server may have carried it
    out.
    """

    __slots__ = ()

    def hdel(self, name: Argument, *keys: Argument) -> Awaitable[int]:
        """Delete fields of a hash.

        Args:
            name: The key of the hash.
            keys: The fields, at least one.

        Returns:
            How many of them existed.

        Raises:
            DataError: No field is given.

        Source: HDEL. Since 2.0.
        """
        return self._execute(Command(_HDEL, (b"HDEL", name, *at_least_one("keys", keys))))

    def hexists(self, name: Argument, key: Argument) -> Awaitable[bool]:
        """Tell whether a hash has a field.

        Args:
            name: Key of the hash.
            key: The field.

        Source: HEXISTS. Since 2.0.
        """
        return self._execute(Command(_HEXISTS, (b"HEXISTS", name, key), as_bool))

    def hget(self, name: Argument, key: Argument) -> Awaitable[S | None]:
        """Get the value of a field.

        Args:
            name: Key of the hash.
            key: The field.

        Returns:
            The value, None if hash or field are missing.

        Source: HGET. Since 2.0.
        """
        return self._execute(Command(_HGET, (b"HGET", name, key)))

    def hgetall(self, name: Argument) -> Awaitable[dict[S, S]]:
        """Get all fields of a hash and their values.

        Args:
            name: Key of the hash.

        Returns:
            Field to value, empty if the hash is missing.

        Source: HGETALL. Since 2.0.
        """
        return self._execute(Command(_HGETALL, (b"HGETALL", name)))

    def hgetdel(self, name: Argument, *keys: Argument) -> Awaitable[list[S | None]]:
        """Get the values of fields and delete the fields.

        Args:
            name: The key of the hash.
            keys: The fields, at least one.

        Returns:
            One entry for each field, in the order given: its value, None if it is missing.

        Raises:
            DataError: No field is given.

        Cancellation: the fields may be gone, and their values with them.

        Source: HGETDEL. Since Redis 8.0 and Valkey 9.1.
        """
        words = (b"HGETDEL", name, *_fields("keys", keys))
        return self._execute(Command(_HGETDEL, words))

    def hgetex(
        self,
        name: Argument,
        *keys: Argument,
        ex: Duration | None = None,
        px: Duration | None = None,
        exat: Moment | None = None,
        pxat: Moment | None = None,
        persist: bool = False,
    ) -> Awaitable[list[S | None]]:
        """Get the values of fields and set when the fields expire.

        Args:
            name: The key of the hash.
            keys: The fields, at least one.
            ex: Seconds until expiry, int or timedelta, > 0.
            px: Milliseconds until expiry, int or timedelta, > 0.
            exat: Unix time of expiry in seconds, int or datetime, > 0.
            pxat: Unix time of expiry in milliseconds, int or datetime, > 0.
            persist: Take the expiry away.

        Returns:
            One entry for each field, in the order given: its value, None if it is missing.

        Raises:
            DataError: No field is given, two of the options are, or one is out of its range.

        Source: HGETEX. Since Redis 8.0 and Valkey 9.0.
        """
        words: Words = (b"HGETEX", name)
        words += expiry(ex=ex, px=px, exat=exat, pxat=pxat, persist=persist)
        return self._execute(Command(_HGETEX, words + _fields("keys", keys)))

    def hincrby(self, name: Argument, key: Argument, amount: int = 1) -> Awaitable[int]:
        """Increment the integer in a field; a missing one counts as 0.

        Args:
            name: The key of the hash.
            key: The field.
            amount: By how much; negative to decrement.

        Returns:
            The value after that.

        Raises:
            ResponseError: The field holds no integer, or the result leaves 64 bits.

        Source: HINCRBY. Since 2.0.
        """
        words = (b"HINCRBY", name, key, whole("amount", amount, "steps"))
        return self._execute(Command(_HINCRBY, words))

    def hincrbyfloat(self, name: Argument, key: Argument, amount: float = 1.0) -> Awaitable[float]:
        """Increment the number in a field; a missing one counts as 0.

        Args:
            name: The key of the hash.
            key: The field.
            amount: By how much; negative to decrement.

        Returns:
            The value after that.

        Raises:
            ResponseError: The field holds no number, or the result is none.

        Source: HINCRBYFLOAT. Since 2.6.
        """
        words = (b"HINCRBYFLOAT", name, key, amount)
        return self._execute(Command(_HINCRBYFLOAT, words, float))

    def hkeys(self, name: Argument) -> Awaitable[list[S]]:
        """Get the names of all fields of a hash.

        Args:
            name: Key of the hash.

        Source: HKEYS. Since 2.0.
        """
        return self._execute(Command(_HKEYS, (b"HKEYS", name)))

    def hlen(self, name: Argument) -> Awaitable[int]:
        """Count the fields of a hash.

        Args:
            name: Key of the hash.

        Source: HLEN. Since 2.0.
        """
        return self._execute(Command(_HLEN, (b"HLEN", name)))

    def hmget(self, name: Argument, keys: Keys, *args: Argument) -> Awaitable[list[S | None]]:
        """Get the values of several fields.

        Args:
            name: The key of the hash.
            keys: One field, or an iterable of fields.
            args: Further fields.

        Returns:
            One entry for each field, in the order given: its value, None if it is missing.

        Raises:
            DataError: No field is given.

        Source: HMGET. Since 2.0.
        """
        return self._execute(Command(_HMGET, (b"HMGET", name, *flatten(keys, args))))

    def hmset(self, name: Argument, mapping: Mapping[Any, Argument]) -> Awaitable[bool]:
        """Set several fields, as ``hset`` does.

        Args:
            name: Key of the hash.
            mapping: Fields and their values, at least one.

        Returns:
            True.

        Raises:
            DataError: The mapping is empty.

        Source: HMSET. Deprecated since 4.0.
        """
        return self._execute(Command(_HMSET, (b"HMSET", name, *pairs(mapping)), is_ok))

    @overload
    def hrandfield(
        self, key: Argument, count: None = None, withvalues: Literal[False] = False
    ) -> Awaitable[S | None]: ...
    @overload
    def hrandfield(
        self, key: Argument, count: int, withvalues: Literal[False] = False
    ) -> Awaitable[list[S]]: ...
    @overload
    def hrandfield(
        self, key: Argument, count: int, withvalues: Literal[True]
    ) -> Awaitable[list[tuple[S, S]]]: ...
    @overload
    def hrandfield(
        self, key: Argument, count: int, withvalues: bool
    ) -> Awaitable[list[S] | list[tuple[S, S]]]: ...
    def hrandfield(
        self, key: Argument, count: int | None = None, withvalues: bool = False
    ) -> Awaitable[Any]:
        """Get fields of a hash at random.

        Args:
            key: The key of the hash.
            count: How many: > 0: different ones, at most all that there are; < 0: just so
                many, of which one may come several times. None: one field.
            withvalues: With ``count``, get their values, too.

        Returns:
            Without ``count`` one field, None if the hash is missing. With it a list of
            fields, or of tuples of field and value.

        Raises:
            DataError: ``withvalues`` without ``count``.

        Source: HRANDFIELD. Since 6.2.
        """
        words: Words = (b"HRANDFIELD", key)
        if count is not None:
            words += (whole("count", count, "fields"), *flag_words(WITHVALUES=withvalues))
        elif withvalues:
            raise DataError("withvalues needs count")
        return self._execute(Command(_HRANDFIELD, words, as_pairs if withvalues else None))

    @overload
    def hscan(
        self,
        name: Argument,
        cursor: int = 0,
        match: Argument | None = None,
        count: int | None = None,
        no_values: Literal[False] = False,
    ) -> Awaitable[tuple[int, dict[S, S]]]: ...
    @overload
    def hscan(
        self,
        name: Argument,
        cursor: int = 0,
        match: Argument | None = None,
        count: int | None = None,
        *,
        no_values: Literal[True],
    ) -> Awaitable[tuple[int, list[S]]]: ...
    @overload
    def hscan(
        self,
        name: Argument,
        cursor: int = 0,
        match: Argument | None = None,
        count: int | None = None,
        no_values: bool = False,
    ) -> Awaitable[tuple[int, dict[S, S] | list[S]]]: ...
    def hscan(
        self,
        name: Argument,
        cursor: int = 0,
        match: Argument | None = None,
        count: int | None = None,
        no_values: bool = False,
    ) -> Awaitable[tuple[int, Any]]:
        """Get one page of a hash; ``hscan_iter`` goes through all pages.

        Args:
            name: The key of the hash.
            cursor: 0, or what the page before gave.
            match: Only fields that match this glob, as in ``keys``.
            count: About how many to look at, > 0; None: 10. A small hash comes as a whole.
            no_values: Get the fields only.

        Returns:
            The cursor of the next page, 0 if there is none, and field to value, or the list
            of fields; they may be none although more follow.

        Raises:
            DataError: ``count`` is out of its range.

        Source: HSCAN. ``no_values`` since Redis 7.4 and Valkey 8.0.
        """
        words: Words = (b"HSCAN", name, cursor, *scan_words(match, count))
        words += flag_words(NOVALUES=no_values)
        return self._execute(Command(_HSCAN, words, _names_page if no_values else _page))

    @overload
    def hscan_iter(
        self,
        name: Argument,
        match: Argument | None = None,
        count: int | None = None,
        no_values: Literal[False] = False,
    ) -> ScanIterator[tuple[S, S]]: ...
    @overload
    def hscan_iter(
        self,
        name: Argument,
        match: Argument | None = None,
        count: int | None = None,
        *,
        no_values: Literal[True],
    ) -> ScanIterator[S]: ...
    @overload
    def hscan_iter(
        self,
        name: Argument,
        match: Argument | None = None,
        count: int | None = None,
        no_values: bool = False,
    ) -> ScanIterator[tuple[S, S]] | ScanIterator[S]: ...
    def hscan_iter(
        self,
        name: Argument,
        match: Argument | None = None,
        count: int | None = None,
        no_values: bool = False,
    ) -> ScanIterator[Any]:
        """Go through a hash: ``async for field, value in r.hscan_iter("key")``.

        Args:
            name: The key of the hash.
            match: As in ``hscan``.
            count: As in ``hscan``: about how many to look at in one round trip.
            no_values: As in ``hscan``.

        Returns:
            An async iterator of tuples of field and value, or of fields, in no order; a
            field may come twice.

        Raises:
            DataError: ``count`` is out of its range.

        Source: HSCAN. Since 2.8.
        """
        words: Words = (*scan_words(match, count), *flag_words(NOVALUES=no_values))
        read = _names_page if no_values else _pairs_page
        return ScanIterator(
            lambda cursor: self._execute(Command(_HSCAN, (b"HSCAN", name, cursor, *words), read))
        )

    def hset(
        self,
        name: Argument,
        key: Argument | None = None,
        value: Argument | None = None,
        mapping: Mapping[Any, Argument] | None = None,
        items: Sequence[Argument] | None = None,
    ) -> Awaitable[int]:
        """Set fields of a hash; one that is set loses its expiry.

        Args:
            name: The key of the hash.
            key: A field.
            value: Its value.
            mapping: Field to value.
            items: Field, value, field, value, …

        Returns:
            How many of the fields are new.

        Raises:
            DataError: There is no field to set, ``key`` or ``value`` comes without the
                other, or ``items`` has an odd length.

        Source: HSET. Several fields at once since 4.0.
        """
        words: Words = _pairs_of(key, value, mapping, items)
        return self._execute(Command(_HSET, (b"HSET", name, *words)))

    def hsetex(
        self,
        name: Argument,
        key: Argument | None = None,
        value: Argument | None = None,
        mapping: Mapping[Any, Argument] | None = None,
        items: Sequence[Argument] | None = None,
        ex: Duration | None = None,
        px: Duration | None = None,
        exat: Moment | None = None,
        pxat: Moment | None = None,
        data_persist_option: Literal["FNX", "FXX"] | HashDataPersistOptions | None = None,
        keepttl: bool = False,
        *,
        nx: bool = False,
        xx: bool = False,
    ) -> Awaitable[bool]:
        """Set fields of a hash and when they expire; all of them or none.

        Args:
            name: The key of the hash.
            key: A field.
            value: Its value.
            mapping: Field to value.
            items: Field, value, field, value, …
            ex: Seconds until expiry, int or timedelta, > 0.
            px: Milliseconds until expiry, int or timedelta, > 0.
            exat: Unix time of expiry in seconds, int or datetime, > 0.
            pxat: Unix time of expiry in milliseconds, int or datetime, > 0.
            data_persist_option: "FNX": only if none of the fields exists; "FXX": only if all
                do; or the ``HashDataPersistOptions`` of that name.
            keepttl: Let each field keep the expiry that it has.
            nx: Only if there is no hash yet.
            xx: Only if there is one.

        Returns:
            Whether the fields were set.

        Raises:
            DataError: As in ``hset``; two options of expiry, or ``nx`` and ``xx``, are given,
                one is out of its range, or ``data_persist_option`` is neither.

        Source: HSETEX. Since Redis 8.0 and Valkey 9.0; ``nx`` and ``xx`` since Valkey 9.1,
        not in Redis.
        """
        fields: Words = _pairs_of(key, value, mapping, items)
        words: Words = (b"HSETEX", name, *condition(nx=nx, xx=xx))
        words += persist_words(data_persist_option, HashDataPersistOptions)
        words += expiry(ex=ex, px=px, exat=exat, pxat=pxat, keepttl=keepttl)
        words += (b"FIELDS", len(fields) // 2, *fields)
        return self._execute(Command(_HSETEX, words, as_bool))

    def hsetnx(self, name: Argument, key: Argument, value: Argument) -> Awaitable[bool]:
        """Set a field if the hash does not have it.

        Args:
            name: Key of the hash.
            key: The field.
            value: Its value.

        Returns:
            Whether it was set.

        Source: HSETNX. Since 2.0.
        """
        return self._execute(Command(_HSETNX, (b"HSETNX", name, key, value), as_bool))

    def hstrlen(self, name: Argument, key: Argument) -> Awaitable[int]:
        """Get the length of the value of a field in bytes.

        Args:
            name: Key of the hash.
            key: The field.

        Returns:
            The length, 0 if hash or field are missing.

        Source: HSTRLEN. Since 3.2.
        """
        return self._execute(Command(_HSTRLEN, (b"HSTRLEN", name, key)))

    def hvals(self, name: Argument) -> Awaitable[list[S]]:
        """Get the values of all fields of a hash.

        Args:
            name: Key of the hash.

        Source: HVALS. Since 2.0.
        """
        return self._execute(Command(_HVALS, (b"HVALS", name)))


def _fields(name: str, fields: Words) -> Words:
    return (b"FIELDS", len(at_least_one(name, fields)), *fields)


def _pairs_of(
    key: Argument | None,
    value: Argument | None,
    mapping: Mapping[Any, Argument] | None,
    items: Sequence[Argument] | None,
) -> Words:
    # In this order: of a field that is given several times the last value stays.
    words: Words = tuple(items) if items else ()
    if len(words) % 2:
        raise DataError(f"items must be fields and values in turn, got {len(words)} of them")
    if key is not None and value is not None:
        words += (key, value)
    elif key is not None or value is not None:
        raise DataError(f"{'value' if key is not None else 'key'} is missing: they go together")
    if mapping:
        words += pairs(mapping)
    if not words:
        raise DataError("there must be something to set: key and value, mapping or items")
    return words


def _page(reply: Any) -> tuple[int, dict[Any, Any]]:
    cursor, fields = _pairs_page(reply)
    return cursor, dict(fields)


def _pairs_page(reply: Any) -> tuple[int, list[tuple[Any, Any]]]:
    cursor, fields = reply
    return int(cursor), as_pairs(fields)


def _names_page(reply: Any) -> tuple[int, list[Any]]:
    cursor, fields = reply
    return int(cursor), fields
