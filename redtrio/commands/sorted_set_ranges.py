# ruff: noqa: A002  (parameters bear redis-py's names, "min" and "max" among them)
"""The commands on ranges of a sorted set: by rank, by score, by the order of the members.

Bounds of scores are numbers, "-inf" and "+inf", or "(1.5" for a bound that is not included.
Bounds of members are b"[a" for one that is included, b"(a" for one that is not, b"-" and b"+"
for no bound; this order means something where all scores are equal.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from redtrio.commands._arguments import Words, at_most_one, flag_words, whole
from redtrio.commands._base import Command, CommandGroup, S, Spec
from redtrio.commands._scores import scores_as
from redtrio.exceptions import DataError
from redtrio.types import Argument

if TYPE_CHECKING:
    from redtrio.commands._scores import Score

__all__ = ["SortedSetRangeCommands"]

_V = TypeVar("_V")

_ZRANGE = Spec(name="ZRANGE", keys=(1, 1, 1), readonly=True)
_ZRANGEBYLEX = Spec(name="ZRANGEBYLEX", keys=(1, 1, 1), readonly=True)
_ZRANGEBYSCORE = Spec(name="ZRANGEBYSCORE", keys=(1, 1, 1), readonly=True)
_ZRANGESTORE = Spec(name="ZRANGESTORE", keys=(1, 2, 1))
_ZREMRANGEBYLEX = Spec(name="ZREMRANGEBYLEX", keys=(1, 1, 1))
_ZREMRANGEBYRANK = Spec(name="ZREMRANGEBYRANK", keys=(1, 1, 1))
_ZREMRANGEBYSCORE = Spec(name="ZREMRANGEBYSCORE", keys=(1, 1, 1))
_ZREVRANGE = Spec(name="ZREVRANGE", keys=(1, 1, 1), readonly=True)
_ZREVRANGEBYLEX = Spec(name="ZREVRANGEBYLEX", keys=(1, 1, 1), readonly=True)
_ZREVRANGEBYSCORE = Spec(name="ZREVRANGEBYSCORE", keys=(1, 1, 1), readonly=True)


class SortedSetRangeCommands(CommandGroup[S]):
    """The commands on ranges of a sorted set.

    All raise ``WrongTypeError`` where the key holds something other than a sorted set, and
    ``ResponseError`` where a bound is not of the form that the range wants. A key that is
    missing is an empty sorted set.

    Cancellation: a command that stores or removes and had been sent when its caller was
    cancelled may have been carried out.
    """

    __slots__ = ()

    @overload
    def zrange(
        self,
        name: Argument,
        start: Argument,
        end: Argument,
        desc: bool = False,
        withscores: Literal[False] = False,
        score_cast_func: Callable[[float], object] = float,
        byscore: bool = False,
        bylex: bool = False,
        offset: int | None = None,
        num: int | None = None,
    ) -> Awaitable[list[S]]: ...
    @overload
    def zrange(
        self,
        name: Argument,
        start: Argument,
        end: Argument,
        desc: bool = False,
        *,
        withscores: Literal[True],
        byscore: bool = False,
        bylex: Literal[False] = False,
        offset: int | None = None,
        num: int | None = None,
    ) -> Awaitable[list[tuple[S, float]]]: ...
    @overload
    def zrange(
        self,
        name: Argument,
        start: Argument,
        end: Argument,
        desc: bool = False,
        *,
        withscores: Literal[True],
        score_cast_func: Callable[[float], _V],
        byscore: bool = False,
        bylex: Literal[False] = False,
        offset: int | None = None,
        num: int | None = None,
    ) -> Awaitable[list[tuple[S, _V]]]: ...
    @overload
    def zrange(
        self,
        name: Argument,
        start: Argument,
        end: Argument,
        desc: bool,
        withscores: Literal[True],
        *,
        byscore: bool = False,
        bylex: Literal[False] = False,
        offset: int | None = None,
        num: int | None = None,
    ) -> Awaitable[list[tuple[S, float]]]: ...
    @overload
    def zrange(
        self,
        name: Argument,
        start: Argument,
        end: Argument,
        desc: bool,
        withscores: Literal[True],
        score_cast_func: Callable[[float], _V],
        byscore: bool = False,
        bylex: Literal[False] = False,
        offset: int | None = None,
        num: int | None = None,
    ) -> Awaitable[list[tuple[S, _V]]]: ...
    @overload
    def zrange(
        self,
        name: Argument,
        start: Argument,
        end: Argument,
        desc: bool = False,
        withscores: bool = False,
        score_cast_func: Callable[[float], Score] = float,  # type: ignore[assignment]
        byscore: bool = False,
        bylex: Literal[False] = False,
        offset: int | None = None,
        num: int | None = None,
    ) -> Awaitable[list[S] | list[tuple[S, Score]]]: ...
    def zrange(
        self,
        name: Argument,
        start: Argument,
        end: Argument,
        desc: bool = False,
        withscores: bool = False,
        score_cast_func: Callable[[float], Any] = float,
        byscore: bool = False,
        bylex: bool = False,
        offset: int | None = None,
        num: int | None = None,
    ) -> Awaitable[list[S] | list[tuple[S, Any]]]:
        """Get a range of a sorted set.

        Args:
            name: Key of the sorted set.
            start: Where the range begins: a rank from 0, or from -1 at the end; with
                ``byscore`` or ``bylex`` a bound of its kind.
            end: Where the range ends, included.
            desc: Whether to go downwards. Ranks then count from the highest score, and
                ``start`` is the upper bound.
            withscores: Whether to get the scores as well.
            score_cast_func: What to make of each score, a float; nothing unless
                ``withscores``.
            byscore: Whether the bounds are scores.
            bylex: Whether the bounds are members.
            offset: How many members of the range to skip; only with ``num``, and with
                ``byscore`` or ``bylex``.
            num: The most members to get; negative: all.

        Returns:
            A list of members in the order of the range; with ``withscores`` of
            (member, score).

        Raises:
            DataError: Options exclude each other, or one of those that go together is
                missing.

        Source: ZRANGE. Since 1.2; other than by rank, ``desc`` and ``offset`` since 6.2.
        """
        at_most_one(withscores=withscores, bylex=bylex)
        words: Words = (b"ZRANGE", name, start, end, *_range(desc, byscore, bylex, offset, num))
        return self._members(_ZRANGE, words, withscores, score_cast_func)

    def zrangebylex(
        self,
        name: Argument,
        min: Argument,
        max: Argument,
        start: int | None = None,
        num: int | None = None,
    ) -> Awaitable[list[S]]:
        """Get the members of a sorted set that lie between two, upwards.

        Args:
            name: Key of the sorted set.
            min: Lower bound: b"[a", b"(a" or b"-".
            max: Upper bound: b"[z", b"(z" or b"+".
            start: How many members of the range to skip; only with ``num``.
            num: The most members to get; negative: all.

        Returns:
            A list of members.

        Raises:
            DataError: One of ``start`` and ``num`` is given alone.

        Source: ZRANGEBYLEX. Since 2.8.9; ``zrange`` does the same since 6.2.
        """
        words: Words = (b"ZRANGEBYLEX", name, min, max, *_limit("start", start, num))
        return self._execute(Command(_ZRANGEBYLEX, words))

    @overload
    def zrangebyscore(
        self,
        name: Argument,
        min: Argument,
        max: Argument,
        start: int | None = None,
        num: int | None = None,
        withscores: Literal[False] = False,
        score_cast_func: Callable[[float], object] = float,
    ) -> Awaitable[list[S]]: ...
    @overload
    def zrangebyscore(
        self,
        name: Argument,
        min: Argument,
        max: Argument,
        start: int | None = None,
        num: int | None = None,
        *,
        withscores: Literal[True],
    ) -> Awaitable[list[tuple[S, float]]]: ...
    @overload
    def zrangebyscore(
        self,
        name: Argument,
        min: Argument,
        max: Argument,
        start: int | None = None,
        num: int | None = None,
        *,
        withscores: Literal[True],
        score_cast_func: Callable[[float], _V],
    ) -> Awaitable[list[tuple[S, _V]]]: ...
    @overload
    def zrangebyscore(
        self,
        name: Argument,
        min: Argument,
        max: Argument,
        start: int | None,
        num: int | None,
        withscores: Literal[True],
    ) -> Awaitable[list[tuple[S, float]]]: ...
    @overload
    def zrangebyscore(
        self,
        name: Argument,
        min: Argument,
        max: Argument,
        start: int | None,
        num: int | None,
        withscores: Literal[True],
        score_cast_func: Callable[[float], _V],
    ) -> Awaitable[list[tuple[S, _V]]]: ...
    @overload
    def zrangebyscore(
        self,
        name: Argument,
        min: Argument,
        max: Argument,
        start: int | None = None,
        num: int | None = None,
        withscores: bool = False,
        score_cast_func: Callable[[float], Score] = float,  # type: ignore[assignment]
    ) -> Awaitable[list[S] | list[tuple[S, Score]]]: ...
    def zrangebyscore(
        self,
        name: Argument,
        min: Argument,
        max: Argument,
        start: int | None = None,
        num: int | None = None,
        withscores: bool = False,
        score_cast_func: Callable[[float], Any] = float,
    ) -> Awaitable[list[S] | list[tuple[S, Any]]]:
        """Get the members of a sorted set with scores between two, upwards.

        Args:
            name: Key of the sorted set.
            min: Lower bound: a number, "(1.5" or "-inf".
            max: Upper bound: a number, "(1.5" or "+inf".
            start: How many members of the range to skip; only with ``num``.
            num: The most members to get; negative: all.
            withscores: Whether to get the scores as well.
            score_cast_func: What to make of each score, a float; nothing unless
                ``withscores``.

        Returns:
            A list of members by ascending score; with ``withscores`` of (member, score).

        Raises:
            DataError: One of ``start`` and ``num`` is given alone.

        Source: ZRANGEBYSCORE. Since 1.0.5; ``zrange`` does the same since 6.2.
        """
        words: Words = (b"ZRANGEBYSCORE", name, min, max, *_limit("start", start, num))
        return self._members(_ZRANGEBYSCORE, words, withscores, score_cast_func)

    def zrangestore(
        self,
        dest: Argument,
        name: Argument,
        start: Argument,
        end: Argument,
        byscore: bool = False,
        bylex: bool = False,
        desc: bool = False,
        offset: int | None = None,
        num: int | None = None,
    ) -> Awaitable[int]:
        """Store a range of a sorted set.

        Args:
            dest: Key to store it under, with the scores; whatever it held is replaced, and
                it is deleted if the range is empty.
            name: Key of the sorted set.
            start: Where the range begins, as in ``zrange``.
            end: Where the range ends, included.
            byscore: Whether the bounds are scores.
            bylex: Whether the bounds are members.
            desc: Whether to go downwards; ``start`` is then the upper bound.
            offset: How many members of the range to skip; only with ``num``, and with
                ``byscore`` or ``bylex``.
            num: The most members to store; negative: all.

        Returns:
            How many members were stored.

        Raises:
            DataError: Options exclude each other, or one of those that go together is
                missing.

        Source: ZRANGESTORE. Since 6.2.
        """
        options: Words = _range(desc, byscore, bylex, offset, num)
        words: Words = (b"ZRANGESTORE", dest, name, start, end, *options)
        return self._execute(Command(_ZRANGESTORE, words))

    def zremrangebylex(self, name: Argument, min: Argument, max: Argument) -> Awaitable[int]:
        """Remove the members of a sorted set that lie between two.

        Args:
            name: Key of the sorted set.
            min: Lower bound: b"[a", b"(a" or b"-".
            max: Upper bound: b"[z", b"(z" or b"+".

        Returns:
            How many were removed.

        Source: ZREMRANGEBYLEX. Since 2.8.9.
        """
        return self._execute(Command(_ZREMRANGEBYLEX, (b"ZREMRANGEBYLEX", name, min, max)))

    def zremrangebyrank(self, name: Argument, min: int, max: int) -> Awaitable[int]:
        """Remove the members of a sorted set from one rank to another.

        Args:
            name: Key of the sorted set.
            min: Rank of the first one, from 0 at the lowest score, or from -1 at the highest.
            max: Rank of the last one, included.

        Returns:
            How many were removed.

        Source: ZREMRANGEBYRANK. Since 2.0.
        """
        return self._execute(Command(_ZREMRANGEBYRANK, (b"ZREMRANGEBYRANK", name, min, max)))

    def zremrangebyscore(self, name: Argument, min: Argument, max: Argument) -> Awaitable[int]:
        """Remove the members of a sorted set with scores between two.

        Args:
            name: Key of the sorted set.
            min: Lower bound: a number, "(1.5" or "-inf".
            max: Upper bound: a number, "(1.5" or "+inf".

        Returns:
            How many were removed.

        Source: ZREMRANGEBYSCORE. Since 1.2.
        """
        return self._execute(Command(_ZREMRANGEBYSCORE, (b"ZREMRANGEBYSCORE", name, min, max)))

    @overload
    def zrevrange(
        self,
        name: Argument,
        start: int,
        end: int,
        withscores: Literal[False] = False,
        score_cast_func: Callable[[float], object] = float,
    ) -> Awaitable[list[S]]: ...
    @overload
    def zrevrange(
        self, name: Argument, start: int, end: int, withscores: Literal[True]
    ) -> Awaitable[list[tuple[S, float]]]: ...
    @overload
    def zrevrange(
        self,
        name: Argument,
        start: int,
        end: int,
        withscores: Literal[True],
        score_cast_func: Callable[[float], _V],
    ) -> Awaitable[list[tuple[S, _V]]]: ...
    @overload
    def zrevrange(
        self,
        name: Argument,
        start: int,
        end: int,
        withscores: bool,
        score_cast_func: Callable[[float], Score] = float,  # type: ignore[assignment]
    ) -> Awaitable[list[S] | list[tuple[S, Score]]]: ...
    def zrevrange(
        self,
        name: Argument,
        start: int,
        end: int,
        withscores: bool = False,
        score_cast_func: Callable[[float], Any] = float,
    ) -> Awaitable[list[S] | list[tuple[S, Any]]]:
        """Get the members of a sorted set from one rank to another, downwards.

        Args:
            name: Key of the sorted set.
            start: Rank of the first one, from 0 at the highest score, or from -1 at the
                lowest.
            end: Rank of the last one, included.
            withscores: Whether to get the scores as well.
            score_cast_func: What to make of each score, a float; nothing unless
                ``withscores``.

        Returns:
            A list of members by descending score; with ``withscores`` of (member, score).

        Source: ZREVRANGE. Since 1.2; ``zrange`` does the same since 6.2.
        """
        words: Words = (b"ZREVRANGE", name, start, end)
        return self._members(_ZREVRANGE, words, withscores, score_cast_func)

    def zrevrangebylex(
        self,
        name: Argument,
        max: Argument,
        min: Argument,
        start: int | None = None,
        num: int | None = None,
    ) -> Awaitable[list[S]]:
        """Get the members of a sorted set that lie between two, downwards.

        Args:
            name: Key of the sorted set.
            max: Upper bound: b"[z", b"(z" or b"+".
            min: Lower bound: b"[a", b"(a" or b"-".
            start: How many members of the range to skip; only with ``num``.
            num: The most members to get; negative: all.

        Returns:
            A list of members.

        Raises:
            DataError: One of ``start`` and ``num`` is given alone.

        Source: ZREVRANGEBYLEX. Since 2.8.9; ``zrange`` does the same since 6.2.
        """
        words: Words = (b"ZREVRANGEBYLEX", name, max, min, *_limit("start", start, num))
        return self._execute(Command(_ZREVRANGEBYLEX, words))

    @overload
    def zrevrangebyscore(
        self,
        name: Argument,
        max: Argument,
        min: Argument,
        start: int | None = None,
        num: int | None = None,
        withscores: Literal[False] = False,
        score_cast_func: Callable[[float], object] = float,
    ) -> Awaitable[list[S]]: ...
    @overload
    def zrevrangebyscore(
        self,
        name: Argument,
        max: Argument,
        min: Argument,
        start: int | None = None,
        num: int | None = None,
        *,
        withscores: Literal[True],
    ) -> Awaitable[list[tuple[S, float]]]: ...
    @overload
    def zrevrangebyscore(
        self,
        name: Argument,
        max: Argument,
        min: Argument,
        start: int | None = None,
        num: int | None = None,
        *,
        withscores: Literal[True],
        score_cast_func: Callable[[float], _V],
    ) -> Awaitable[list[tuple[S, _V]]]: ...
    @overload
    def zrevrangebyscore(
        self,
        name: Argument,
        max: Argument,
        min: Argument,
        start: int | None,
        num: int | None,
        withscores: Literal[True],
    ) -> Awaitable[list[tuple[S, float]]]: ...
    @overload
    def zrevrangebyscore(
        self,
        name: Argument,
        max: Argument,
        min: Argument,
        start: int | None,
        num: int | None,
        withscores: Literal[True],
        score_cast_func: Callable[[float], _V],
    ) -> Awaitable[list[tuple[S, _V]]]: ...
    @overload
    def zrevrangebyscore(
        self,
        name: Argument,
        max: Argument,
        min: Argument,
        start: int | None = None,
        num: int | None = None,
        withscores: bool = False,
        score_cast_func: Callable[[float], Score] = float,  # type: ignore[assignment]
    ) -> Awaitable[list[S] | list[tuple[S, Score]]]: ...
    def zrevrangebyscore(
        self,
        name: Argument,
        max: Argument,
        min: Argument,
        start: int | None = None,
        num: int | None = None,
        withscores: bool = False,
        score_cast_func: Callable[[float], Any] = float,
    ) -> Awaitable[list[S] | list[tuple[S, Any]]]:
        """Get the members of a sorted set with scores between two, downwards.

        Args:
            name: Key of the sorted set.
            max: Upper bound: a number, "(1.5" or "+inf".
            min: Lower bound: a number, "(1.5" or "-inf".
            start: How many members of the range to skip; only with ``num``.
            num: The most members to get; negative: all.
            withscores: Whether to get the scores as well.
            score_cast_func: What to make of each score, a float; nothing unless
                ``withscores``.

        Returns:
            A list of members by descending score; with ``withscores`` of (member, score).

        Raises:
            DataError: One of ``start`` and ``num`` is given alone.

        Source: ZREVRANGEBYSCORE. Since 2.2; ``zrange`` does the same since 6.2.
        """
        words: Words = (b"ZREVRANGEBYSCORE", name, max, min, *_limit("start", start, num))
        return self._members(_ZREVRANGEBYSCORE, words, withscores, score_cast_func)

    def _members(
        self, spec: Spec, words: Words, withscores: bool, cast: Callable[[float], Any]
    ) -> Awaitable[list[S]] | Awaitable[list[tuple[S, Any]]]:
        if not withscores:
            return self._execute(Command(spec, words))
        words += (b"WITHSCORES",)
        return self._execute(Command(spec, words, scores_as(cast)))


def _range(desc: bool, byscore: bool, bylex: bool, offset: int | None, num: int | None) -> Words:
    at_most_one(byscore=byscore, bylex=bylex)
    limit = _limit("offset", offset, num)
    if limit and not (byscore or bylex):
        raise DataError(
            "offset and num must go with byscore or bylex, got neither: a range of ranks is"
            " limited by its bounds"
        )
    return (*flag_words(BYSCORE=byscore, BYLEX=bylex, REV=desc), *limit)


def _limit(name: str, start: int | None, num: int | None) -> Words:
    if start is None and num is None:
        return ()
    if start is None or num is None:
        missing = name if start is None else "num"
        raise DataError(f"{name} and num must be given together, got no {missing}")
    return (b"LIMIT", whole(name, start, "members", 0), whole("num", num, "members"))
