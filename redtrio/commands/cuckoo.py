# ruff: noqa: A002, N815  (parameters and attributes bear redis-py's names)
"""The commands on cuckoo filters, which a client has as ``r.cf()``."""

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
    number_words,
)
from redtrio.commands._replies import as_bool, is_ok
from redtrio.types import Argument

__all__ = ["CFInfo", "CuckooCommands"]

_ADD = Spec(name="CF.ADD", keys=(1, 1, 1))
_ADDNX = Spec(name="CF.ADDNX", keys=(1, 1, 1))
_COUNT = Spec(name="CF.COUNT", keys=(1, 1, 1), readonly=True)
_DEL = Spec(name="CF.DEL", keys=(1, 1, 1))
_EXISTS = Spec(name="CF.EXISTS", keys=(1, 1, 1), readonly=True)
_INFO = Spec(name="CF.INFO", keys=(1, 1, 1), readonly=True)
_INSERT = Spec(name="CF.INSERT", keys=(1, 1, 1))
_INSERTNX = Spec(name="CF.INSERTNX", keys=(1, 1, 1))
_LOADCHUNK = Spec(name="CF.LOADCHUNK", keys=(1, 1, 1))
_MEXISTS = Spec(name="CF.MEXISTS", keys=(1, 1, 1), readonly=True)
_RESERVE = Spec(name="CF.RESERVE", keys=(1, 1, 1))
_SCANDUMP = Spec(name="CF.SCANDUMP", keys=(1, 1, 1), readonly=True, raw=True)


class CFInfo(Information[int]):
    """What CF.INFO says of a cuckoo filter.

    Attributes:
        size: The bytes of memory that it takes.
        bucketNum: How many buckets it has.
        filterNum: Of how many filters it consists; it grows by adding one.
        insertedNum: How many items were put into it.
        deletedNum: How many of them were taken out.
        bucketSize: How many items a bucket has room for.
        expansionRate: How many times as large each further filter is.
        maxIteration: How often items are moved to make room before a filter is added.
    """

    __slots__ = (
        "bucketNum",
        "bucketSize",
        "deletedNum",
        "expansionRate",
        "filterNum",
        "insertedNum",
        "maxIteration",
        "size",
    )

    _names: ClassVar[Names] = {
        b"Size": "size",
        b"Number of buckets": "bucketNum",
        b"Number of filters": "filterNum",
        b"Number of items inserted": "insertedNum",
        b"Number of items deleted": "deletedNum",
        b"Bucket size": "bucketSize",
        b"Expansion rate": "expansionRate",
        b"Max iterations": "maxIteration",
    }

    size: int
    bucketNum: int
    filterNum: int
    insertedNum: int
    deletedNum: int
    bucketSize: int
    expansionRate: int
    maxIteration: int


class CuckooCommands(Family[S]):
    """The commands on cuckoo filters.

    A cuckoo filter tells of an item that it is certainly not in a set, or that it probably
    is. Other than with a Bloom filter, items may be taken out again, and put in repeatedly.

    They need a module: it comes with Redis 8, for older ones with Redis Stack;
    versions below are those of the module. Where the server has none, all raise
    ``ResponseError``. Where a key holds something other than a cuckoo filter they raise
    ``WrongTypeError``, but ``exists``, ``mexists`` and ``count`` find nothing in it, and
    ``delete`` raises ``ResponseError``.

    Cancellation: a write that had been sent when its caller was cancelled may have been
    carried out.
    """

    __slots__ = ()

    def create(
        self,
        key: Argument,
        capacity: int,
        expansion: int | None = None,
        bucket_size: int | None = None,
        max_iterations: int | None = None,
    ) -> Awaitable[bool]:
        """Create an empty cuckoo filter. ``reserve`` is the same.

        Args:
            key: Key of the filter; must be free.
            capacity: How many items to make room for, at least twice ``bucket_size``.
            expansion: How many times as large the further filter is that is added whenever
                there is no more room, 0 to 32768, where 0 means none is added. None: the
                server's default, 1.
            bucket_size: How many items a bucket has room for, 1 to 255 (older servers: 128):
                the more, the fuller the filter may become, and the more often a "yes" is
                wrong. None: the server's default, 2.
            max_iterations: How often to move items for making room before a filter is added,
                1 to 65535. None: the server's default, 20.

        Returns:
            True.

        Raises:
            DataError: An argument is out of its range.
            ResponseError: The key exists.

        Source: CF.RESERVE. Since 1.0.
        """
        words: Words = (
            b"CF.RESERVE",
            key,
            whole("capacity", capacity, "items", 2 * (bucket_size or 1)),
            *number_words(b"EXPANSION", "expansion", expansion, "times", 0),
            *number_words(b"BUCKETSIZE", "bucket_size", bucket_size, "items", 1),
            *number_words(b"MAXITERATIONS", "max_iterations", max_iterations, "times", 1),
        )
        return self._execute(Command(_RESERVE, words, is_ok))

    reserve = create

    def add(self, key: Argument, item: Argument) -> Awaitable[bool]:
        """Put an item into a cuckoo filter, once more if it is in there.

        The filter is created where there is none.

        Args:
            key: Key of the filter.
            item: The item.

        Returns:
            True.

        Raises:
            ResponseError: The filter is full, and cannot grow.

        Source: CF.ADD. Since 1.0.
        """
        return self._execute(Command(_ADD, (b"CF.ADD", key, item), as_bool))

    def addnx(self, key: Argument, item: Argument) -> Awaitable[bool]:
        """Put an item into a cuckoo filter, unless it may be in there.

        The filter is created where there is none.

        Args:
            key: Key of the filter.
            item: The item.

        Returns:
            Whether it was put in: False: it, or one that looks like it, was there.

        Raises:
            ResponseError: The filter is full, and cannot grow.

        Source: CF.ADDNX. Since 1.0.
        """
        return self._execute(Command(_ADDNX, (b"CF.ADDNX", key, item), as_bool))

    def insert(
        self,
        key: Argument,
        items: Keys,
        capacity: int | None = None,
        nocreate: bool | None = None,
    ) -> Awaitable[list[bool]]:
        """Put items into a cuckoo filter; where there is none, say how it is created.

        Args:
            key: Key of the filter.
            items: One item, or several in any iterable.
            capacity: How many items to make room for, >= 1. None: the server's default, 1024.
            nocreate: Create none. Not with ``capacity``.

        Returns:
            For each item whether it was put in; False: the filter is full, and cannot grow.

        Raises:
            DataError: There are no items, ``capacity`` is out of its range, or both options
                are given.
            ResponseError: There is no filter, and ``nocreate`` is set.

        Source: CF.INSERT. Since 1.0.
        """
        words = (b"CF.INSERT", key, *_insertion(items, capacity, nocreate))
        return self._execute(Command(_INSERT, words, as_bools))

    def insertnx(
        self,
        key: Argument,
        items: Keys,
        capacity: int | None = None,
        nocreate: bool | None = None,
    ) -> Awaitable[list[int]]:
        """Put those items into a cuckoo filter that are certainly not in there.

        Args:
            key: Key of the filter.
            items: One item, or several in any iterable.
            capacity: As for ``insert``.
            nocreate: As for ``insert``.

        Returns:
            For each item 1: put in; 0: it, or one that looks like it, was there; or -1: the
            filter is full, and cannot grow.

        Raises:
            DataError: As ``insert``.
            ResponseError: As ``insert``.

        Source: CF.INSERTNX. Since 1.0.
        """
        words = (b"CF.INSERTNX", key, *_insertion(items, capacity, nocreate))
        return self._execute(Command(_INSERTNX, words))

    def exists(self, key: Argument, item: Argument) -> Awaitable[bool]:
        """Tell whether an item may be in a cuckoo filter.

        Args:
            key: Key of the filter.
            item: The item.

        Returns:
            True: probably; False: certainly not, or there is no filter.

        Source: CF.EXISTS. Since 1.0.
        """
        return self._execute(Command(_EXISTS, (b"CF.EXISTS", key, item), as_bool))

    def mexists(self, key: Argument, *items: Argument) -> Awaitable[list[bool]]:
        """Tell of several items whether they may be in a cuckoo filter.

        Args:
            key: Key of the filter.
            *items: The items.

        Returns:
            For each item True: probably; or False: certainly not, or there is no filter.

        Raises:
            DataError: There are no items.

        Source: CF.MEXISTS. Since 1.0.
        """
        words = (b"CF.MEXISTS", key, *at_least_one("items", items))
        return self._execute(Command(_MEXISTS, words, as_bools))

    def delete(self, key: Argument, item: Argument) -> Awaitable[bool]:
        """Take an item out of a cuckoo filter, once.

        Only what was put in may be taken out: else one that looks like it is.

        Args:
            key: Key of the filter.
            item: The item.

        Returns:
            Whether it was there.

        Raises:
            ResponseError: There is no filter.

        Source: CF.DEL. Since 1.0.
        """
        return self._execute(Command(_DEL, (b"CF.DEL", key, item), as_bool))

    def count(self, key: Argument, item: Argument) -> Awaitable[int]:
        """Estimate how often an item is in a cuckoo filter.

        Args:
            key: Key of the filter.
            item: The item.

        Returns:
            How often at most; 0: certainly not, or there is no filter.

        Source: CF.COUNT. Since 1.0.
        """
        return self._execute(Command(_COUNT, (b"CF.COUNT", key, item)))

    def scandump(self, key: Argument, iter: int) -> Awaitable[tuple[int, bytes | None]]:
        """Get a part of a cuckoo filter, for ``loadchunk`` elsewhere.

        Nothing may be put into the filter until all parts are there.

        Args:
            key: Key of the filter.
            iter: 0 for the first part, then what the last call returned.

        Returns:
            The iterator to go on with, 0 after the end; and the part, None after the end.
            The part is bytes, also with ``decode_responses``.

        Raises:
            DataError: ``iter`` is negative.
            ResponseError: There is no filter.

        Source: CF.SCANDUMP. Since 1.0.
        """
        words = (b"CF.SCANDUMP", key, whole("iter", iter, "bytes", 0))
        return self._execute(Command(_SCANDUMP, words, as_dump))

    def loadchunk(self, key: Argument, iter: int, data: Argument) -> Awaitable[bool]:
        """Restore a part of a cuckoo filter that ``scandump`` gave.

        Args:
            key: Key of the filter; free at the first part.
            iter: The iterator that came with the part.
            data: The part.

        Returns:
            True.

        Raises:
            ResponseError: The part does not go with the iterator, or with those before it.

        Source: CF.LOADCHUNK. Since 1.0.
        """
        words = (b"CF.LOADCHUNK", key, whole("iter", iter, "bytes"), data)
        return self._execute(Command(_LOADCHUNK, words, is_ok))

    def info(self, key: Argument) -> Awaitable[CFInfo]:
        """Get information about a cuckoo filter.

        Args:
            key: Key of the filter.

        Returns:
            A ``CFInfo``, with ``size``, ``bucketNum``, ``filterNum``, ``insertedNum``,
            ``deletedNum``, ``bucketSize``, ``expansionRate`` and ``maxIteration``.

        Raises:
            ResponseError: There is no filter.

        Source: CF.INFO. Since 1.0.
        """
        return self._execute(Command(_INFO, (b"CF.INFO", key), CFInfo))


def _insertion(items: Keys, capacity: int | None, nocreate: bool | None) -> Words:
    at_most_one(nocreate=nocreate, capacity=capacity)
    return (
        *number_words(b"CAPACITY", "capacity", capacity, "items", 1),
        *((b"NOCREATE",) if nocreate else ()),
        b"ITEMS",
        *flatten(items, name="items"),
    )
