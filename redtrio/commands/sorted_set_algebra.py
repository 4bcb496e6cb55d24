"""The commands that combine sorted sets: differences, intersections and unions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar, overload

from redtrio.commands._arguments import Keys, Words, choice, counted_keys, flatten, limit_words
from redtrio.commands._base import Command, CommandGroup, S, Spec
from redtrio.commands._replies import as_scores
from redtrio.commands._scores import scores_as
from redtrio.types import Argument

if TYPE_CHECKING:
    from redtrio.commands._scores import Score

__all__ = ["Aggregate", "SortedSetAlgebraCommands"]

Aggregate: TypeAlias = Literal["SUM", "MIN", "MAX", "COUNT", "sum", "min", "max", "count"]
"""What becomes of the scores of a member that several sorted sets have."""

_K = TypeVar("_K", bound=Argument)
_V = TypeVar("_V")

_AGGREGATES = ("SUM", "MIN", "MAX", "COUNT")

_ZDIFF = Spec(name="ZDIFF", readonly=True)
_ZDIFFSTORE = Spec(name="ZDIFFSTORE", keys=(1, 1, 1))
_ZINTER = Spec(name="ZINTER", readonly=True)
_ZINTERCARD = Spec(name="ZINTERCARD", readonly=True)
_ZINTERSTORE = Spec(name="ZINTERSTORE", keys=(1, 1, 1))
_ZUNION = Spec(name="ZUNION", readonly=True)
_ZUNIONSTORE = Spec(name="ZUNIONSTORE", keys=(1, 1, 1))


class SortedSetAlgebraCommands(CommandGroup[S]):
    """The commands that combine sorted sets.

    Plain sets are taken as well, each member with score 1. A key that is missing is an empty
    set; all commands raise ``WrongTypeError`` where a key holds anything else.

    Cancellation: a command that stores and had been sent when its caller was cancelled may
    have been carried out.
    """

    __slots__ = ()

    @overload
    def zdiff(self, keys: Keys, withscores: Literal[False] = False) -> Awaitable[list[S]]: ...
    @overload
    def zdiff(self, keys: Keys, withscores: Literal[True]) -> Awaitable[list[tuple[S, float]]]: ...
    @overload
    def zdiff(self, keys: Keys, withscores: bool) -> Awaitable[list[S] | list[tuple[S, float]]]: ...
    def zdiff(
        self, keys: Keys, withscores: bool = False
    ) -> Awaitable[list[S] | list[tuple[S, float]]]:
        """Get the members of the first sorted set that are in none of the others.

        Args:
            keys: Keys of the sorted sets.
            withscores: Whether to get the scores as well.

        Returns:
            A list of members by ascending score; with ``withscores`` of (member, score).

        Raises:
            DataError: There is no key.

        Source: ZDIFF. Since 6.2.
        """
        words: Words = (b"ZDIFF", *_counted(keys))
        if not withscores:
            return self._execute(Command(_ZDIFF, words))
        return self._execute(Command(_ZDIFF, (*words, b"WITHSCORES"), as_scores))

    def zdiffstore(self, dest: Argument, keys: Keys) -> Awaitable[int]:
        """Store the members of the first sorted set that are in none of the others.

        Args:
            dest: Key to store them under, with their scores; whatever it held is replaced,
                and it is deleted if there are no members.
            keys: Keys of the sorted sets.

        Returns:
            How many members were stored.

        Raises:
            DataError: There is no key to compute from.

        Source: ZDIFFSTORE. Since 6.2.
        """
        return self._execute(Command(_ZDIFFSTORE, (b"ZDIFFSTORE", dest, *_counted(keys))))

    @overload
    def zinter(
        self,
        keys: Keys | Mapping[_K, float],
        aggregate: Aggregate | None = None,
        withscores: Literal[False] = False,
    ) -> Awaitable[list[S]]: ...
    @overload
    def zinter(
        self,
        keys: Keys | Mapping[_K, float],
        aggregate: Aggregate | None = None,
        *,
        withscores: Literal[True],
    ) -> Awaitable[list[tuple[S, float]]]: ...
    @overload
    def zinter(
        self,
        keys: Keys | Mapping[_K, float],
        aggregate: Aggregate | None,
        withscores: Literal[True],
    ) -> Awaitable[list[tuple[S, float]]]: ...
    @overload
    def zinter(
        self,
        keys: Keys | Mapping[_K, float],
        aggregate: Aggregate | None = None,
        *,
        withscores: bool,
    ) -> Awaitable[list[S] | list[tuple[S, float]]]: ...
    def zinter(
        self,
        keys: Keys | Mapping[_K, float],
        aggregate: Aggregate | None = None,
        withscores: bool = False,
    ) -> Awaitable[list[S] | list[tuple[S, float]]]:
        """Get the members that all of several sorted sets have.

        Args:
            keys: Keys of the sorted sets, or a mapping of key to weight, by which the scores
                of that sorted set are multiplied.
            aggregate: What the score of a member is: the SUM (the default), the MIN or the
                MAX of its scores; COUNT: in how many of the sorted sets it is, or the sum of
                their weights.
            withscores: Whether to get the scores as well.

        Returns:
            A list of members by ascending score; with ``withscores`` of (member, score).

        Raises:
            DataError: There is no key, or ``aggregate`` is none of those.

        Source: ZINTER. Since 6.2; COUNT since Redis 8.8.
        """
        words: Words = (b"ZINTER", *_weighted(keys, aggregate))
        if not withscores:
            return self._execute(Command(_ZINTER, words))
        return self._execute(Command(_ZINTER, (*words, b"WITHSCORES"), as_scores))

    def zintercard(self, numkeys: int, keys: Keys, limit: int = 0) -> Awaitable[int]:
        """Count the members that all of several sorted sets have.

        Args:
            numkeys: How many keys there are.
            keys: Keys of the sorted sets.
            limit: Where to stop counting, >= 0; 0: nowhere.

        Returns:
            How many there are, at most ``limit``.

        Raises:
            DataError: There is no key, ``numkeys`` does not count them, or ``limit`` is
                negative.

        Source: ZINTERCARD. Since 7.0.
        """
        words = (b"ZINTERCARD", *counted_keys("numkeys", numkeys, keys), *limit_words(limit))
        return self._execute(Command(_ZINTERCARD, words))

    def zinterstore(
        self,
        dest: Argument,
        keys: Keys | Mapping[_K, float],
        aggregate: Aggregate | None = None,
    ) -> Awaitable[int]:
        """Store the members that all of several sorted sets have.

        Args:
            dest: Key to store them under; whatever it held is replaced, and it is deleted
                if there are no members.
            keys: Keys of the sorted sets, or a mapping of key to weight, by which the scores
                of that sorted set are multiplied.
            aggregate: What the score of a member is: the SUM (the default), the MIN or the
                MAX of its scores; COUNT: in how many of the sorted sets it is, or the sum of
                their weights.

        Returns:
            How many members were stored.

        Raises:
            DataError: There is no key to compute from, or ``aggregate`` is none of those.

        Source: ZINTERSTORE. Since 2.0; COUNT since Redis 8.8.
        """
        words = (b"ZINTERSTORE", dest, *_weighted(keys, aggregate))
        return self._execute(Command(_ZINTERSTORE, words))

    @overload
    def zunion(
        self,
        keys: Keys | Mapping[_K, float],
        aggregate: Aggregate | None = None,
        withscores: Literal[False] = False,
        score_cast_func: Callable[[float], object] = float,
    ) -> Awaitable[list[S]]: ...
    @overload
    def zunion(
        self,
        keys: Keys | Mapping[_K, float],
        aggregate: Aggregate | None = None,
        *,
        withscores: Literal[True],
    ) -> Awaitable[list[tuple[S, float]]]: ...
    @overload
    def zunion(
        self,
        keys: Keys | Mapping[_K, float],
        aggregate: Aggregate | None = None,
        *,
        withscores: Literal[True],
        score_cast_func: Callable[[float], _V],
    ) -> Awaitable[list[tuple[S, _V]]]: ...
    @overload
    def zunion(
        self,
        keys: Keys | Mapping[_K, float],
        aggregate: Aggregate | None,
        withscores: Literal[True],
    ) -> Awaitable[list[tuple[S, float]]]: ...
    @overload
    def zunion(
        self,
        keys: Keys | Mapping[_K, float],
        aggregate: Aggregate | None,
        withscores: Literal[True],
        score_cast_func: Callable[[float], _V],
    ) -> Awaitable[list[tuple[S, _V]]]: ...
    @overload
    def zunion(
        self,
        keys: Keys | Mapping[_K, float],
        aggregate: Aggregate | None = None,
        *,
        withscores: bool,
        score_cast_func: Callable[[float], Score] = float,  # type: ignore[assignment]
    ) -> Awaitable[list[S] | list[tuple[S, Score]]]: ...
    def zunion(
        self,
        keys: Keys | Mapping[_K, float],
        aggregate: Aggregate | None = None,
        withscores: bool = False,
        score_cast_func: Callable[[float], Any] = float,
    ) -> Awaitable[list[S] | list[tuple[S, Any]]]:
        """Get the members that any of several sorted sets has.

        Args:
            keys: Keys of the sorted sets, or a mapping of key to weight, by which the scores
                of that sorted set are multiplied.
            aggregate: What the score of a member is: the SUM (the default), the MIN or the
                MAX of its scores; COUNT: in how many of the sorted sets it is, or the sum of
                their weights.
            withscores: Whether to get the scores as well.
            score_cast_func: What to make of each score, a float; nothing unless
                ``withscores``.

        Returns:
            A list of members by ascending score; with ``withscores`` of (member, score).

        Raises:
            DataError: There is no key, or ``aggregate`` is none of those.

        Source: ZUNION. Since 6.2; COUNT since Redis 8.8.
        """
        words: Words = (b"ZUNION", *_weighted(keys, aggregate))
        if not withscores:
            return self._execute(Command(_ZUNION, words))
        words += (b"WITHSCORES",)
        return self._execute(Command(_ZUNION, words, scores_as(score_cast_func)))

    def zunionstore(
        self,
        dest: Argument,
        keys: Keys | Mapping[_K, float],
        aggregate: Aggregate | None = None,
    ) -> Awaitable[int]:
        """Store the members that any of several sorted sets has.

        Args:
            dest: Key to store them under; whatever it held is replaced, and it is deleted
                if there are no members.
            keys: Keys of the sorted sets, or a mapping of key to weight, by which the scores
                of that sorted set are multiplied.
            aggregate: What the score of a member is: the SUM (the default), the MIN or the
                MAX of its scores; COUNT: in how many of the sorted sets it is, or the sum of
                their weights.

        Returns:
            How many members were stored.

        Raises:
            DataError: There is no key to compute from, or ``aggregate`` is none of those.

        Source: ZUNIONSTORE. Since 2.0; COUNT since Redis 8.8.
        """
        words = (b"ZUNIONSTORE", dest, *_weighted(keys, aggregate))
        return self._execute(Command(_ZUNIONSTORE, words))


def _counted(keys: Keys) -> Words:
    words = flatten(keys)
    return (len(words), *words)


def _weighted(keys: Keys | Mapping[_K, float], aggregate: Aggregate | None) -> Words:
    words = _counted(keys)
    if isinstance(keys, Mapping):
        words += (b"WEIGHTS", *keys.values())
    if aggregate is not None:
        words += (b"AGGREGATE", choice("aggregate", aggregate, _AGGREGATES))
    return words
