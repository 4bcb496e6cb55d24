"""The commands on lists of the most frequent items, which a client has as ``r.topk()``."""

from __future__ import annotations

import builtins
from collections.abc import Awaitable, Iterable
from typing import ClassVar, Literal, overload

from redtrio.commands._arguments import Keys, Words, at_least_one, whole
from redtrio.commands._base import Command, Family, S, Spec
from redtrio.commands._probabilistic import (
    Information,
    Names,
    as_bools,
    as_counts,
    is_number,
    items_with_increments,
)
from redtrio.commands._replies import is_ok
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = ["TopKCommands", "TopKInfo"]

_ADD = Spec(name="TOPK.ADD", keys=(1, 1, 1))
_COUNT = Spec(name="TOPK.COUNT", keys=(1, 1, 1), readonly=True)
_INCRBY = Spec(name="TOPK.INCRBY", keys=(1, 1, 1))
_INFO = Spec(name="TOPK.INFO", keys=(1, 1, 1), readonly=True)
_LIST = Spec(name="TOPK.LIST", keys=(1, 1, 1), readonly=True)
_QUERY = Spec(name="TOPK.QUERY", keys=(1, 1, 1), readonly=True)
_RESERVE = Spec(name="TOPK.RESERVE", keys=(1, 1, 1))

# The server's own limit for one increment.
_MOST_AT_ONCE = 100_000


class TopKInfo(Information[float]):
    """What TOPK.INFO says of a list of the most frequent items.

    Attributes:
        k: How many items it keeps.
        width: How many counters are in each of its arrays.
        depth: How many arrays it has.
        decay: How probably the count of an item falls where another takes its place.
    """

    __slots__ = ("decay", "depth", "k", "width")

    _names: ClassVar[Names] = {b"k": "k", b"width": "width", b"depth": "depth", b"decay": "decay"}

    k: int
    width: int
    depth: int
    decay: float


class TopKCommands(Family[S]):
    """The commands on lists of the most frequent items.

    Such a list keeps the k items that probably occurred most often, in little memory.

    They need a module: it comes with Redis 8, for older ones with Redis Stack;
    versions below are those of the module. Where the server has none, all raise
    ``ResponseError``; where a key holds something other than such a list,
    ``WrongTypeError``.

    Cancellation: a write that had been sent when its caller was cancelled may have been
    carried out.
    """

    __slots__ = ()

    def reserve(
        self, key: Argument, k: int, width: int, depth: int, decay: float
    ) -> Awaitable[bool]:
        """Create an empty list of the most frequent items.

        Args:
            key: Key of the list; must be free.
            k: How many items to keep, >= 1.
            width: How many counters each array has, >= 1; 8 is common.
            depth: How many arrays there are, >= 1; 7 is common.
            decay: How probably the count of an item falls where another takes its place, > 0
                and <= 1; 0.9 is common.

        Returns:
            True.

        Raises:
            DataError: An argument is out of its range.
            ResponseError: The key exists.

        Source: TOPK.RESERVE. Since 2.0.
        """
        if not is_number(decay) or not 0 < decay <= 1:
            raise DataError(f"decay must be a number > 0 and <= 1, got {decay!r}")
        words = (
            b"TOPK.RESERVE",
            key,
            whole("k", k, "items", 1),
            whole("width", width, "counters", 1),
            whole("depth", depth, "arrays", 1),
            decay,
        )
        return self._execute(Command(_RESERVE, words, is_ok))

    def add(self, key: Argument, *items: Argument) -> Awaitable[builtins.list[S | None]]:
        """Count an occurrence of each item.

        Args:
            key: Key of the list.
            *items: The items.

        Returns:
            For each item the one that had to leave the list for it, None if none had to.

        Raises:
            DataError: There are no items.
            ResponseError: There is no list.

        Source: TOPK.ADD. Since 2.0.
        """
        return self._execute(Command(_ADD, (b"TOPK.ADD", key, *at_least_one("items", items))))

    def incrby(
        self, key: Argument, items: Keys, increments: int | Iterable[int]
    ) -> Awaitable[builtins.list[S | None]]:
        """Count occurrences of items.

        Args:
            key: Key of the list.
            items: One item, or several in any iterable.
            increments: How often each of them occurred, 0 to 100000; as many as there are
                items.

        Returns:
            For each item the one that had to leave the list for it, None if none had to.

        Raises:
            DataError: There are no items, another number of increments, or one out of range.
            ResponseError: There is no list.

        Source: TOPK.INCRBY. Since 2.0.
        """
        words = (b"TOPK.INCRBY", key, *items_with_increments(items, increments, _MOST_AT_ONCE))
        return self._execute(Command(_INCRBY, words, as_counts))

    def query(self, key: Argument, *items: Argument) -> Awaitable[builtins.list[bool]]:
        """Tell of items whether they are among the most frequent ones.

        Args:
            key: Key of the list.
            *items: The items.

        Returns:
            For each item whether it is on the list.

        Raises:
            DataError: There are no items.
            ResponseError: There is no list.

        Source: TOPK.QUERY. Since 2.0.
        """
        words = (b"TOPK.QUERY", key, *at_least_one("items", items))
        return self._execute(Command(_QUERY, words, as_bools))

    def count(self, key: Argument, *items: Argument) -> Awaitable[builtins.list[int]]:
        """Estimate how often items occurred. Deprecated: ``list`` with ``withcount`` is exact.

        Args:
            key: Key of the list.
            *items: The items.

        Returns:
            For each item how often it occurred, probably.

        Raises:
            DataError: There are no items.
            ResponseError: There is no list.

        Source: TOPK.COUNT. Since 2.0; deprecated since 2.4.
        """
        words = (b"TOPK.COUNT", key, *at_least_one("items", items))
        return self._execute(Command(_COUNT, words))

    @overload
    def list(
        self, key: Argument, withcount: Literal[False] = False
    ) -> Awaitable[builtins.list[S]]: ...
    @overload
    def list(
        self, key: Argument, withcount: Literal[True]
    ) -> Awaitable[builtins.list[S | int]]: ...
    @overload
    def list(
        self, key: Argument, withcount: bool
    ) -> Awaitable[builtins.list[S] | builtins.list[S | int]]: ...
    def list(
        self, key: Argument, withcount: bool = False
    ) -> Awaitable[builtins.list[S] | builtins.list[S | int]]:
        """Get the most frequent items.

        Args:
            key: Key of the list.
            withcount: Get as well how often each occurred.

        Returns:
            A list of items, the most frequent first; with ``withcount`` each is followed by
            how often it occurred, as an element of its own: ``[item, 3, item, 2]``.

        Raises:
            ResponseError: There is no list.

        Source: TOPK.LIST. Since 2.0.
        """
        words: Words = (b"TOPK.LIST", key)
        if withcount:
            words += (b"WITHCOUNT",)
        return self._execute(Command(_LIST, words))

    def info(self, key: Argument) -> Awaitable[TopKInfo]:
        """Get information about a list of the most frequent items.

        Args:
            key: Key of the list.

        Returns:
            A ``TopKInfo``, with ``k``, ``width``, ``depth`` and ``decay``.

        Raises:
            ResponseError: There is no list.

        Source: TOPK.INFO. Since 2.0.
        """
        return self._execute(Command(_INFO, (b"TOPK.INFO", key), TopKInfo))
