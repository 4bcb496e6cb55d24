# ruff: noqa: N803  (parameters bear redis-py's names)
"""The commands on count-min sketches, which a client has as ``r.cms()``."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from typing import ClassVar

from redtrio.commands._arguments import Keys, Words, at_least_one, counted_keys, whole
from redtrio.commands._base import Command, Family, S, Spec
from redtrio.commands._probabilistic import (
    Information,
    Names,
    as_counts,
    fraction,
    items_with_increments,
)
from redtrio.commands._replies import is_ok
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = ["CMSInfo", "CountMinCommands"]

_INCRBY = Spec(name="CMS.INCRBY", keys=(1, 1, 1))
_INFO = Spec(name="CMS.INFO", keys=(1, 1, 1), readonly=True)
_INITBYDIM = Spec(name="CMS.INITBYDIM", keys=(1, 1, 1))
_INITBYPROB = Spec(name="CMS.INITBYPROB", keys=(1, 1, 1))
_MERGE = Spec(name="CMS.MERGE", keys=(1, 1, 1))
_QUERY = Spec(name="CMS.QUERY", keys=(1, 1, 1), readonly=True)


class CMSInfo(Information[int]):
    """What CMS.INFO says of a count-min sketch.

    Attributes:
        width: How many counters are in each of its rows.
        depth: How many rows it has.
        count: How many occurrences it has counted, of all items together.
    """

    __slots__ = ("count", "depth", "width")

    _names: ClassVar[Names] = {b"width": "width", b"depth": "depth", b"count": "count"}

    width: int
    depth: int
    count: int


class CountMinCommands(Family[S]):
    """The commands on count-min sketches.

    A count-min sketch counts how often items occur, in little memory; it may count too many
    occurrences of an item, and never too few.

    They need a module: it comes with Redis 8, for older ones with Redis Stack;
    versions below are those of the module. Where the server has none, all raise
    ``ResponseError``; where a key holds something other than a sketch, ``WrongTypeError``.

    Cancellation: a write that had been sent when its caller was cancelled may have been
    carried out.
    """

    __slots__ = ()

    def initbydim(self, key: Argument, width: int, depth: int) -> Awaitable[bool]:
        """Create an empty sketch of a given size.

        Args:
            key: Key of the sketch; must be free.
            width: How many counters are in each row, >= 1: the more, the smaller the error.
            depth: How many rows it has, >= 1: the more, the less probable the error.

        Returns:
            True.

        Raises:
            DataError: An argument is out of its range.
            ResponseError: The key exists.

        Source: CMS.INITBYDIM. Since 2.0.
        """
        size: Words = (whole("width", width, "counters", 1), whole("depth", depth, "rows", 1))
        return self._execute(Command(_INITBYDIM, (b"CMS.INITBYDIM", key, *size), is_ok))

    def initbyprob(self, key: Argument, error: float, probability: float) -> Awaitable[bool]:
        """Create an empty sketch as large as its error allows.

        Args:
            key: Key of the sketch; must be free.
            error: By how much a count may be too high, as a part of all that is counted, > 0
                and < 1.
            probability: How probable a greater error may be, > 0 and < 1.

        Returns:
            True.

        Raises:
            DataError: An argument is out of its range.
            ResponseError: The key exists.

        Source: CMS.INITBYPROB. Since 2.0.
        """
        bounds: Words = (fraction("error", error), fraction("probability", probability))
        return self._execute(Command(_INITBYPROB, (b"CMS.INITBYPROB", key, *bounds), is_ok))

    def incrby(
        self, key: Argument, items: Keys, increments: int | Iterable[int]
    ) -> Awaitable[list[int]]:
        """Count occurrences of items.

        Args:
            key: Key of the sketch.
            items: One item, or several in any iterable.
            increments: How often each of them occurred, >= 0; as many as there are items.

        Returns:
            For each item how often it occurred by now, at most.

        Raises:
            DataError: There are no items, another number of increments, or a negative one.
            ResponseError: There is no sketch; or a counter has no room for an increment: the
                other items are counted nevertheless.

        Source: CMS.INCRBY. Since 2.0.
        """
        words = (b"CMS.INCRBY", key, *items_with_increments(items, increments))
        return self._execute(Command(_INCRBY, words, as_counts))

    def query(self, key: Argument, *items: Argument) -> Awaitable[list[int]]:
        """Get how often items occurred.

        Args:
            key: Key of the sketch.
            *items: The items.

        Returns:
            For each item how often it occurred, at most; 0: certainly never.

        Raises:
            DataError: There are no items.
            ResponseError: There is no sketch.

        Source: CMS.QUERY. Since 2.0.
        """
        words = (b"CMS.QUERY", key, *at_least_one("items", items))
        return self._execute(Command(_QUERY, words))

    def merge(
        self, destKey: Argument, numKeys: int, srcKeys: Keys, weights: Iterable[int] = ()
    ) -> Awaitable[bool]:
        """Add up sketches of one size, in place of what another one holds.

        Args:
            destKey: Key of the sketch to write to: it exists, and has that size.
            numKeys: How many sketches are added up.
            srcKeys: Their keys.
            weights: What to multiply each one's counts by, as many as there are keys; they
                may be negative, as long as no sum is. None given: 1 each.

        Returns:
            True.

        Raises:
            DataError: There is no key, ``numKeys`` does not count them, or ``weights`` are
                not as many, or not whole numbers.
            ResponseError: A sketch is missing, or has another size; or a sum is negative or
                has no room.

        Source: CMS.MERGE. Since 2.0.
        """
        factors: tuple[int, ...] = tuple(weights)
        if factors and len(factors) != numKeys:
            raise DataError(f"weights must be as many as keys, {numKeys}, got {len(factors)}")
        for factor in factors:
            whole("weights", factor, "times")
        words: Words = (destKey, *counted_keys("numKeys", numKeys, srcKeys))
        if factors:
            words += (b"WEIGHTS", *factors)
        return self._execute(Command(_MERGE, (b"CMS.MERGE", *words), is_ok))

    def info(self, key: Argument) -> Awaitable[CMSInfo]:
        """Get information about a sketch.

        Args:
            key: Key of the sketch.

        Returns:
            A ``CMSInfo``, with ``width``, ``depth`` and ``count``.

        Raises:
            ResponseError: There is no sketch.

        Source: CMS.INFO. Since 2.0.
        """
        return self._execute(Command(_INFO, (b"CMS.INFO", key), CMSInfo))
