# ruff: noqa: A002, N803, N815  (parameters and attributes bear redis-py's names)
"""The commands on Bloom filters, which a client has as ``r.bf()``."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import ClassVar

from redtrio.commands._arguments import Keys, Words, at_least_one, at_most_one, flatten, whole
from redtrio.commands._base import Command, Family, S, Spec
from redtrio.commands._probabilistic import (
    Information,
    Names,
    as_bools,
    as_dump,
    fraction,
    number_words,
)
from redtrio.commands._replies import as_bool, is_ok
from redtrio.types import Argument

__all__ = ["BFInfo", "BloomCommands"]

_ADD = Spec(name="BF.ADD", keys=(1, 1, 1))
_CARD = Spec(name="BF.CARD", keys=(1, 1, 1), readonly=True)
_EXISTS = Spec(name="BF.EXISTS", keys=(1, 1, 1), readonly=True)
_INFO = Spec(name="BF.INFO", keys=(1, 1, 1), readonly=True)
_INSERT = Spec(name="BF.INSERT", keys=(1, 1, 1))
_LOADCHUNK = Spec(name="BF.LOADCHUNK", keys=(1, 1, 1))
_MADD = Spec(name="BF.MADD", keys=(1, 1, 1))
_MEXISTS = Spec(name="BF.MEXISTS", keys=(1, 1, 1), readonly=True)
_RESERVE = Spec(name="BF.RESERVE", keys=(1, 1, 1))
_SCANDUMP = Spec(name="BF.SCANDUMP", keys=(1, 1, 1), readonly=True, raw=True)


class BFInfo(Information["int | None"]):
    """What BF.INFO says of a Bloom filter.

    Attributes:
        capacity: How many items it has room for, until it grows.
        size: The bytes of memory that it takes.
        filterNum: Of how many filters it consists; it grows by adding one.
        insertedNum: How many items were put into it.
        expansionRate: How many times as large each further filter is; None: it never grows.
    """

    __slots__ = ("capacity", "expansionRate", "filterNum", "insertedNum", "size")

    _names: ClassVar[Names] = {
        b"Capacity": "capacity",
        b"Size": "size",
        b"Number of filters": "filterNum",
        b"Number of items inserted": "insertedNum",
        b"Expansion rate": "expansionRate",
    }

    capacity: int
    size: int
    filterNum: int
    insertedNum: int
    expansionRate: int | None


class BloomCommands(Family[S]):
    """The commands on Bloom filters.

    A Bloom filter tells of an item that it is certainly not in a set, or that it probably
    is. Items can be put in, and not be taken out.

    They need the server's module of Bloom filters: it comes with Redis 8, for older ones
    with Redis Stack; for Valkey it is valkey-bloom, which lacks ``scandump`` and
    ``loadchunk``. Versions below are those of the Redis module. Where the server has none,
    all raise ``ResponseError``. Where a key holds something other than a Bloom filter they
    raise ``WrongTypeError``, but ``exists`` and ``mexists`` of Redis say no.

    Cancellation: a write that had been sent when its caller was cancelled may have been
    carried out. To put an item in again does no harm.
    """

    __slots__ = ()

    def create(
        self,
        key: Argument,
        errorRate: float,
        capacity: int,
        expansion: int | None = None,
        noScale: bool | None = None,
    ) -> Awaitable[bool]:
        """Create an empty Bloom filter. ``reserve`` is the same.

        Args:
            key: Key of the filter; must be free.
            errorRate: How probable a wrong "yes" may be, > 0 and < 1; newer servers take
                what is above 0.25 as 0.25.
            capacity: How many items to make room for, >= 1.
            expansion: How many times as large the further filter is that is added whenever
                there is no more room, >= 0, where 0 means ``noScale`` (older servers refuse
                it). None: the server's default, 2.
            noScale: Do not grow: when full, refuse items. Not with ``expansion``.

        Returns:
            True.

        Raises:
            DataError: An argument is out of its range, or two exclude each other.
            ResponseError: The key exists.

        Source: BF.RESERVE. Since 1.0.
        """
        words = (
            b"BF.RESERVE",
            key,
            fraction("errorRate", errorRate),
            whole("capacity", capacity, "items", 1),
            *_growth(expansion, noScale),
        )
        return self._execute(Command(_RESERVE, words, is_ok))

    reserve = create

    def add(self, key: Argument, item: Argument) -> Awaitable[bool]:
        """Put an item into a Bloom filter, which is created where there is none.

        Args:
            key: Key of the filter.
            item: The item.

        Returns:
            Whether it was certainly not in there before.

        Raises:
            ResponseError: The filter is full, and does not grow.

        Source: BF.ADD. Since 1.0.
        """
        return self._execute(Command(_ADD, (b"BF.ADD", key, item), as_bool))

    def madd(self, key: Argument, *items: Argument) -> Awaitable[list[bool]]:
        """Put items into a Bloom filter, which is created where there is none.

        Args:
            key: Key of the filter.
            *items: The items.

        Returns:
            For each item, whether it was certainly not in there before.

        Raises:
            DataError: There are no items.
            ResponseError: The filter was or became full, and does not grow: items up to then
                are in it.

        Source: BF.MADD. Since 1.0.
        """
        words = (b"BF.MADD", key, *at_least_one("items", items))
        return self._execute(Command(_MADD, words, as_bools))

    def insert(
        self,
        key: Argument,
        items: Keys,
        capacity: int | None = None,
        error: float | None = None,
        noCreate: bool | None = None,
        expansion: int | None = None,
        noScale: bool | None = None,
    ) -> Awaitable[list[bool]]:
        """Put items into a Bloom filter; where there is none, say how it is created.

        Args:
            key: Key of the filter.
            items: One item, or several in any iterable.
            capacity: How many items to make room for, >= 1. None: the server's default, 100.
            error: How probable a wrong "yes" may be, > 0 and < 1. None: the server's
                default, 0.01.
            noCreate: Create none. Not with ``capacity`` or ``error``.
            expansion: As for ``create``.
            noScale: As for ``create``. Not with ``expansion``.

        Returns:
            For each item, whether it was certainly not in there before.

        Raises:
            DataError: There are no items, an argument is out of its range, or two exclude
                each other.
            ResponseError: There is no filter, and ``noCreate`` is set; or as ``madd``.

        Source: BF.INSERT. Since 1.0.
        """
        at_most_one(noCreate=noCreate, capacity=capacity)
        at_most_one(noCreate=noCreate, error=error)
        words: Words = (
            *number_words(b"CAPACITY", "capacity", capacity, "items", 1),
            *(() if error is None else (b"ERROR", fraction("error", error))),
            *_growth(expansion, noScale),
            *((b"NOCREATE",) if noCreate else ()),
            b"ITEMS",
            *flatten(items, name="items"),
        )
        return self._execute(Command(_INSERT, (b"BF.INSERT", key, *words), as_bools))

    def exists(self, key: Argument, item: Argument) -> Awaitable[bool]:
        """Tell whether an item may be in a Bloom filter.

        Args:
            key: Key of the filter.
            item: The item.

        Returns:
            True: probably; False: certainly not, or there is no filter.

        Source: BF.EXISTS. Since 1.0.
        """
        return self._execute(Command(_EXISTS, (b"BF.EXISTS", key, item), as_bool))

    def mexists(self, key: Argument, *items: Argument) -> Awaitable[list[bool]]:
        """Tell of several items whether they may be in a Bloom filter.

        Args:
            key: Key of the filter.
            *items: The items.

        Returns:
            For each item True: probably; or False: certainly not, or there is no filter.

        Raises:
            DataError: There are no items.

        Source: BF.MEXISTS. Since 1.0.
        """
        words = (b"BF.MEXISTS", key, *at_least_one("items", items))
        return self._execute(Command(_MEXISTS, words, as_bools))

    def scandump(self, key: Argument, iter: int) -> Awaitable[tuple[int, bytes]]:
        """Get a part of a Bloom filter, for ``loadchunk`` elsewhere.

        Nothing may be put into the filter until all parts are there.

        Args:
            key: Key of the filter.
            iter: 0 for the first part, then what the last call returned.

        Returns:
            The iterator to go on with, 0 after the end; and the part, empty after the end.
            The part is bytes, also with ``decode_responses``.

        Raises:
            DataError: ``iter`` is negative.
            ResponseError: There is no filter.

        Source: BF.SCANDUMP. Since 1.0. Redis only.
        """
        words = (b"BF.SCANDUMP", key, whole("iter", iter, "bytes", 0))
        return self._execute(Command(_SCANDUMP, words, as_dump))

    def loadchunk(self, key: Argument, iter: int, data: Argument) -> Awaitable[bool]:
        """Restore a part of a Bloom filter that ``scandump`` gave.

        Args:
            key: Key of the filter; free at the first part.
            iter: The iterator that came with the part.
            data: The part.

        Returns:
            True.

        Raises:
            ResponseError: The part does not go with the iterator, or with those before it.

        Source: BF.LOADCHUNK. Since 1.0. Redis only.
        """
        words = (b"BF.LOADCHUNK", key, whole("iter", iter, "bytes"), data)
        return self._execute(Command(_LOADCHUNK, words, is_ok))

    def info(self, key: Argument) -> Awaitable[BFInfo]:
        """Get information about a Bloom filter.

        Args:
            key: Key of the filter.

        Returns:
            A ``BFInfo``, with ``capacity``, ``size``, ``filterNum``, ``insertedNum`` and
            ``expansionRate``.

        Raises:
            ResponseError: There is no filter.

        Source: BF.INFO. Since 1.0.
        """
        return self._execute(Command(_INFO, (b"BF.INFO", key), BFInfo))

    def card(self, key: Argument) -> Awaitable[int]:
        """Count the items of a Bloom filter.

        Args:
            key: Key of the filter.

        Returns:
            How many of its items were certainly new when they were put in; 0 if there is no
            filter.

        Source: BF.CARD. Since 2.4.4.
        """
        return self._execute(Command(_CARD, (b"BF.CARD", key)))


def _growth(expansion: int | None, no_scale: bool | None) -> Words:
    at_most_one(expansion=expansion, noScale=no_scale)
    return (
        *number_words(b"EXPANSION", "expansion", expansion, "times", 0),
        *((b"NONSCALING",) if no_scale else ()),
    )
