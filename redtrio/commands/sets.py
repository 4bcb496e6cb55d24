"""The commands on sets."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, overload

from redtrio.commands._arguments import (
    Keys,
    at_least_one,
    count_word,
    counted_keys,
    flatten,
    limit_words,
    scan_words,
)
from redtrio.commands._base import Command, CommandGroup, S, Spec
from redtrio.commands._replies import as_bool
from redtrio.commands._scan import ScanIterator
from redtrio.types import Argument

__all__ = ["SetCommands"]

_SADD = Spec(name="SADD", keys=(1, 1, 1))
_SCARD = Spec(name="SCARD", keys=(1, 1, 1), readonly=True)
_SDIFF = Spec(name="SDIFF", keys=(1, -1, 1), readonly=True)
_SDIFFSTORE = Spec(name="SDIFFSTORE", keys=(1, -1, 1))
_SINTER = Spec(name="SINTER", keys=(1, -1, 1), readonly=True)
_SINTERCARD = Spec(name="SINTERCARD", readonly=True)
_SINTERSTORE = Spec(name="SINTERSTORE", keys=(1, -1, 1))
_SISMEMBER = Spec(name="SISMEMBER", keys=(1, 1, 1), readonly=True)
_SMEMBERS = Spec(name="SMEMBERS", keys=(1, 1, 1), readonly=True)
_SMISMEMBER = Spec(name="SMISMEMBER", keys=(1, 1, 1), readonly=True)
_SMOVE = Spec(name="SMOVE", keys=(1, 2, 1))
_SPOP = Spec(name="SPOP", keys=(1, 1, 1))
_SRANDMEMBER = Spec(name="SRANDMEMBER", keys=(1, 1, 1), readonly=True)
_SREM = Spec(name="SREM", keys=(1, 1, 1))
_SSCAN = Spec(name="SSCAN", keys=(1, 1, 1), readonly=True)
_SUNION = Spec(name="SUNION", keys=(1, -1, 1), readonly=True)
_SUNIONSTORE = Spec(name="SUNIONSTORE", keys=(1, -1, 1))


class SetCommands(CommandGroup[S]):
    """The commands on sets.

    All raise ``WrongTypeError`` where a key holds something other than a set. A key that is
    missing is an empty set.

    Cancellation: a write that had been sent when its caller was cancelled may have been
    carried out; what a cancelled ``spop`` took out is then lost.
    """

    __slots__ = ()

    def sadd(self, name: Argument, *values: Argument) -> Awaitable[int]:
        """Add members to a set, which is made if there is none.

        Args:
            name: Key of the set.
            *values: The members.

        Returns:
            How many of them are new.

        Raises:
            DataError: There are no values.

        Source: SADD. Since 1.0.
        """
        return self._execute(Command(_SADD, (b"SADD", name, *at_least_one("values", values))))

    def scard(self, name: Argument) -> Awaitable[int]:
        """Count the members of a set.

        Args:
            name: Key of the set.

        Returns:
            How many there are; 0 if there is no set.

        Source: SCARD. Since 1.0.
        """
        return self._execute(Command(_SCARD, (b"SCARD", name)))

    def sdiff(self, keys: Keys, *args: Argument) -> Awaitable[set[S]]:
        """Get the members of the first set that are in none of the others.

        Args:
            keys: Key of the first set, or keys of several.
            *args: Further keys.

        Returns:
            A set of the members.

        Raises:
            DataError: There is no key.

        Source: SDIFF. Since 1.0.
        """
        words = (b"SDIFF", *flatten(keys, args))
        return self._execute(Command(_SDIFF, words))

    def sdiffstore(self, dest: Argument, keys: Keys, *args: Argument) -> Awaitable[int]:
        """Store the members of the first set that are in none of the others.

        Args:
            dest: Key to store them under; whatever it held is replaced, and it is deleted
                if there are no members.
            keys: Key of the first set, or keys of several.
            *args: Further keys.

        Returns:
            How many members were stored.

        Raises:
            DataError: There is no key to compute from.

        Source: SDIFFSTORE. Since 1.0.
        """
        words = (b"SDIFFSTORE", dest, *flatten(keys, args))
        return self._execute(Command(_SDIFFSTORE, words))

    def sinter(self, keys: Keys, *args: Argument) -> Awaitable[set[S]]:
        """Get the members that all of several sets have.

        Args:
            keys: Key of a set, or keys of several.
            *args: Further keys.

        Returns:
            A set of the members.

        Raises:
            DataError: There is no key.

        Source: SINTER. Since 1.0.
        """
        words = (b"SINTER", *flatten(keys, args))
        return self._execute(Command(_SINTER, words))

    def sintercard(self, numkeys: int, keys: Keys, limit: int = 0) -> Awaitable[int]:
        """Count the members that all of several sets have.

        Args:
            numkeys: How many keys there are.
            keys: Key of a set, or keys of several.
            limit: Where to stop counting, >= 0; 0: nowhere.

        Returns:
            How many there are, at most ``limit``.

        Raises:
            DataError: There is no key, ``numkeys`` does not count them, or ``limit`` is
                negative.

        Source: SINTERCARD. Since 7.0.
        """
        words = (b"SINTERCARD", *counted_keys("numkeys", numkeys, keys), *limit_words(limit))
        return self._execute(Command(_SINTERCARD, words))

    def sinterstore(self, dest: Argument, keys: Keys, *args: Argument) -> Awaitable[int]:
        """Store the members that all of several sets have.

        Args:
            dest: Key to store them under; whatever it held is replaced, and it is deleted
                if there are no members.
            keys: Key of a set, or keys of several.
            *args: Further keys.

        Returns:
            How many members were stored.

        Raises:
            DataError: There is no key to compute from.

        Source: SINTERSTORE. Since 1.0.
        """
        words = (b"SINTERSTORE", dest, *flatten(keys, args))
        return self._execute(Command(_SINTERSTORE, words))

    def sismember(self, name: Argument, value: Argument) -> Awaitable[bool]:
        """Tell whether a value is a member of a set.

        Args:
            name: Key of the set.
            value: The value.

        Returns:
            True if it is a member.

        Source: SISMEMBER. Since 1.0.
        """
        return self._execute(Command(_SISMEMBER, (b"SISMEMBER", name, value), as_bool))

    def smembers(self, name: Argument) -> Awaitable[set[S]]:
        """Get all members of a set.

        Args:
            name: Key of the set.

        Returns:
            A set of the members, empty if there is no set. ``sscan_iter`` gets those of a
            large one in pieces.

        Source: SMEMBERS. Since 1.0.
        """
        return self._execute(Command(_SMEMBERS, (b"SMEMBERS", name)))

    def smismember(self, name: Argument, values: Keys, *args: Argument) -> Awaitable[list[bool]]:
        """Tell of several values whether they are members of a set.

        Args:
            name: Key of the set.
            values: A value, or several.
            *args: Further values.

        Returns:
            A list of bools, True for a member, in the order of the values.

        Raises:
            DataError: There are no values.

        Source: SMISMEMBER. Since 6.2.
        """
        words = (b"SMISMEMBER", name, *flatten(values, args, "values"))
        return self._execute(Command(_SMISMEMBER, words, _bools))

    def smove(self, src: Argument, dst: Argument, value: Argument) -> Awaitable[bool]:
        """Move a member from one set to another.

        Args:
            src: Key of the set to take from.
            dst: Key of the set to put into.
            value: The member.

        Returns:
            True if it was moved, False if it was no member of ``src``.

        Source: SMOVE. Since 1.0.
        """
        return self._execute(Command(_SMOVE, (b"SMOVE", src, dst, value), as_bool))

    @overload
    def spop(self, name: Argument, count: None = None) -> Awaitable[S | None]: ...
    @overload
    def spop(self, name: Argument, count: int) -> Awaitable[set[S]]: ...
    def spop(
        self, name: Argument, count: int | None = None
    ) -> Awaitable[S | None] | Awaitable[set[S]]:
        """Take random members out of a set.

        Args:
            name: Key of the set.
            count: The most members to take, >= 0. None: one, returned by itself.

        Returns:
            The member, or None if there is none. With ``count`` a set of members, empty if
            there are none.

        Raises:
            DataError: ``count`` is negative.

        Source: SPOP. Since 1.0; ``count`` since 3.2.
        """
        if count is None:
            return self._execute(Command(_SPOP, (b"SPOP", name)))
        words = (b"SPOP", name, *count_word(count))
        return self._execute(Command(_SPOP, words, set))

    @overload
    def srandmember(self, name: Argument, number: None = None) -> Awaitable[S | None]: ...
    @overload
    def srandmember(self, name: Argument, number: int) -> Awaitable[list[S]]: ...
    def srandmember(
        self, name: Argument, number: int | None = None
    ) -> Awaitable[S | None] | Awaitable[list[S]]:
        """Get random members of a set, which keeps them.

        Args:
            name: Key of the set.
            number: >= 0: the most members to get, each at most once; < 0: get exactly so
                many, the same one possibly several times. None: one, returned by itself.

        Returns:
            The member, or None if there is none. With ``number`` a list of members, empty
            if there are none.

        Source: SRANDMEMBER. Since 1.0; ``number`` since 2.6.
        """
        if number is None:
            return self._execute(Command(_SRANDMEMBER, (b"SRANDMEMBER", name)))
        # Redis 6.0 answers with a set where no member comes twice.
        words = (b"SRANDMEMBER", name, number)
        return self._execute(Command(_SRANDMEMBER, words, list))

    def srem(self, name: Argument, *values: Argument) -> Awaitable[int]:
        """Remove members from a set.

        Args:
            name: Key of the set.
            *values: The members.

        Returns:
            How many of them had been members.

        Raises:
            DataError: There are no values.

        Source: SREM. Since 1.0.
        """
        return self._execute(Command(_SREM, (b"SREM", name, *at_least_one("values", values))))

    def sscan(
        self,
        name: Argument,
        cursor: int = 0,
        match: Argument | None = None,
        count: int | None = None,
    ) -> Awaitable[tuple[int, list[S]]]:
        """Get some of a set's members, and where to go on; ``sscan_iter`` does the whole way.

        Args:
            name: Key of the set.
            cursor: 0 to begin, then what the last call returned.
            match: Pattern that members must match, as in KEYS. None: all do.
            count: About how many members to look at, >= 1. None: the server's 10.

        Returns:
            The cursor to go on with, 0 at the end, and a list of members, possibly empty
            before the end. A member may come twice.

        Raises:
            DataError: ``count`` is below 1.

        Source: SSCAN. Since 2.8.
        """
        words = (b"SSCAN", name, cursor, *scan_words(match, count))
        return self._execute(Command(_SSCAN, words, _scanned))

    def sscan_iter(
        self, name: Argument, match: Argument | None = None, count: int | None = None
    ) -> ScanIterator[S]:
        """Go through the members of a set: ``async for member in r.sscan_iter(name)``.

        Args:
            name: Key of the set.
            match: As in ``sscan``.
            count: As in ``sscan``: about how many to look at in one round trip.

        Returns:
            An async iterator of members, in no order; a member may come twice.

        Raises:
            DataError: ``count`` is below 1.

        Source: SSCAN. Since 2.8.
        """
        scan_words(match, count)  # refused here, not at the first step
        return ScanIterator(lambda cursor: self.sscan(name, cursor, match, count))

    def sunion(self, keys: Keys, *args: Argument) -> Awaitable[set[S]]:
        """Get the members that any of several sets has.

        Args:
            keys: Key of a set, or keys of several.
            *args: Further keys.

        Returns:
            A set of the members.

        Raises:
            DataError: There is no key.

        Source: SUNION. Since 1.0.
        """
        words = (b"SUNION", *flatten(keys, args))
        return self._execute(Command(_SUNION, words))

    def sunionstore(self, dest: Argument, keys: Keys, *args: Argument) -> Awaitable[int]:
        """Store the members that any of several sets has.

        Args:
            dest: Key to store them under; whatever it held is replaced, and it is deleted
                if there are no members.
            keys: Key of a set, or keys of several.
            *args: Further keys.

        Returns:
            How many members were stored.

        Raises:
            DataError: There is no key to compute from.

        Source: SUNIONSTORE. Since 1.0.
        """
        words = (b"SUNIONSTORE", dest, *flatten(keys, args))
        return self._execute(Command(_SUNIONSTORE, words))


def _bools(reply: Any) -> list[bool]:
    return [bool(answer) for answer in reply]


def _scanned(reply: Any) -> tuple[int, list[Any]]:
    return int(reply[0]), reply[1]
