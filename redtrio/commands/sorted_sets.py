# ruff: noqa: A002  (parameters bear redis-py's names, "min" and "max" among them)
"""The commands on sorted sets, apart from ranges, combinations and pops, which are mixed in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from redtrio.commands._arguments import (
    Keys,
    Words,
    at_least_one,
    condition,
    flag_words,
    flatten,
    scan_words,
    whole,
)
from redtrio.commands._base import Command, S, Spec
from redtrio.commands._replies import as_scores
from redtrio.commands._scan import ScanIterator
from redtrio.commands._scores import page_as, rank_and_score_as, scores_as
from redtrio.commands.sorted_set_algebra import SortedSetAlgebraCommands
from redtrio.commands.sorted_set_pops import SortedSetPopCommands
from redtrio.commands.sorted_set_ranges import SortedSetRangeCommands
from redtrio.exceptions import DataError
from redtrio.types import Argument

if TYPE_CHECKING:
    from redtrio.commands._scores import Score

__all__ = ["SortedSetCommands"]

_M = TypeVar("_M", bound=Argument)
_V = TypeVar("_V")

_ZADD = Spec(name="ZADD", keys=(1, 1, 1))
_ZCARD = Spec(name="ZCARD", keys=(1, 1, 1), readonly=True)
_ZCOUNT = Spec(name="ZCOUNT", keys=(1, 1, 1), readonly=True)
_ZINCRBY = Spec(name="ZINCRBY", keys=(1, 1, 1))
_ZLEXCOUNT = Spec(name="ZLEXCOUNT", keys=(1, 1, 1), readonly=True)
_ZMSCORE = Spec(name="ZMSCORE", keys=(1, 1, 1), readonly=True)
_ZRANDMEMBER = Spec(name="ZRANDMEMBER", keys=(1, 1, 1), readonly=True)
_ZRANK = Spec(name="ZRANK", keys=(1, 1, 1), readonly=True)
_ZREM = Spec(name="ZREM", keys=(1, 1, 1))
_ZREVRANK = Spec(name="ZREVRANK", keys=(1, 1, 1), readonly=True)
_ZSCAN = Spec(name="ZSCAN", keys=(1, 1, 1), readonly=True)
_ZSCORE = Spec(name="ZSCORE", keys=(1, 1, 1), readonly=True)


class SortedSetCommands(
    SortedSetRangeCommands[S], SortedSetAlgebraCommands[S], SortedSetPopCommands[S]
):
    """The commands on sorted sets: members, each once, in the order of their scores.

    All raise ``WrongTypeError`` where a key holds something else. A key that is missing is
    an empty sorted set. Scores are floats, inf and -inf among them; members with equal
    scores are in the order of their bytes.

    Cancellation: a write that had been sent when its caller was cancelled may have been
    carried out.
    """

    __slots__ = ()

    @overload
    def zadd(
        self,
        name: Argument,
        mapping: Mapping[_M, Argument],
        nx: bool = False,
        xx: bool = False,
        ch: bool = False,
        incr: Literal[False] = False,
        gt: bool = False,
        lt: bool = False,
    ) -> Awaitable[int]: ...
    @overload
    def zadd(
        self,
        name: Argument,
        mapping: Mapping[_M, Argument],
        nx: bool = False,
        xx: bool = False,
        ch: bool = False,
        *,
        incr: Literal[True],
        gt: bool = False,
        lt: bool = False,
    ) -> Awaitable[float | None]: ...
    @overload
    def zadd(
        self,
        name: Argument,
        mapping: Mapping[_M, Argument],
        nx: bool = False,
        xx: bool = False,
        ch: bool = False,
        *,
        incr: bool,
        gt: bool = False,
        lt: bool = False,
    ) -> Awaitable[int | float | None]: ...
    def zadd(
        self,
        name: Argument,
        mapping: Mapping[_M, Argument],
        nx: bool = False,
        xx: bool = False,
        ch: bool = False,
        incr: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> Awaitable[int | float | None]:
        """Add members to a sorted set, or change their scores.

        Args:
            name: Key of the sorted set, which is made if there is none.
            mapping: Member to score, a number, "inf" or "-inf".
            nx: Only add, change no score.
            xx: Only change scores, add none.
            ch: Count members whose score changed as well, not only new ones.
            incr: Add to the score of the one member of ``mapping``, as ``zincrby``.
            gt: Change scores only to higher ones; new members are added.
            lt: Change scores only to lower ones; new members are added.

        Returns:
            How many members are new, with ``ch`` how many are new or changed. With ``incr``
            the member's score, or None if ``nx``, ``xx``, ``gt`` or ``lt`` forbade it.

        Raises:
            DataError: ``mapping`` is empty, or has several members with ``incr``, or options
                exclude each other.
            ResponseError: A score is no number.

        Source: ZADD. Since 1.2; ``nx``, ``xx``, ``ch`` and ``incr`` since 3.0.2, ``gt`` and
        ``lt`` since 6.2.
        """
        options: Words = condition(nx=nx, xx=xx, gt=gt, lt=lt) + flag_words(CH=ch, INCR=incr)
        words: Words = (b"ZADD", name, *options, *_scores(mapping))
        if not incr:
            return self._execute(Command(_ZADD, words))
        if len(mapping) != 1:
            raise DataError(f"mapping must hold one member with incr, got {len(mapping)}")
        return self._execute(Command(_ZADD, words))

    def zcard(self, name: Argument) -> Awaitable[int]:
        """Count the members of a sorted set.

        Args:
            name: Key of the sorted set.

        Returns:
            How many there are.

        Source: ZCARD. Since 1.2.
        """
        return self._execute(Command(_ZCARD, (b"ZCARD", name)))

    def zcount(self, name: Argument, min: Argument, max: Argument) -> Awaitable[int]:
        """Count the members of a sorted set with scores between two.

        Args:
            name: Key of the sorted set.
            min: Lower bound: a number, "(1.5" for more than that, or "-inf".
            max: Upper bound: a number, "(1.5" for less than that, or "+inf".

        Returns:
            How many there are.

        Source: ZCOUNT. Since 2.0.
        """
        return self._execute(Command(_ZCOUNT, (b"ZCOUNT", name, min, max)))

    def zincrby(self, name: Argument, amount: float, value: Argument) -> Awaitable[float]:
        """Add to the score of a member, which is added with that score if it is new.

        Args:
            name: Key of the sorted set, which is made if there is none.
            amount: What to add, possibly negative.
            value: The member.

        Returns:
            The score after that.

        Source: ZINCRBY. Since 1.2.
        """
        return self._execute(Command(_ZINCRBY, (b"ZINCRBY", name, amount, value)))

    def zlexcount(self, name: Argument, min: Argument, max: Argument) -> Awaitable[int]:
        """Count the members of a sorted set, all with the same score, that lie between two.

        Args:
            name: Key of the sorted set.
            min: Lower bound: b"[a", b"(a" for what comes after it, or b"-".
            max: Upper bound: b"[z", b"(z" for what comes before it, or b"+".

        Returns:
            How many there are.

        Source: ZLEXCOUNT. Since 2.8.9.
        """
        return self._execute(Command(_ZLEXCOUNT, (b"ZLEXCOUNT", name, min, max)))

    def zmscore(self, key: Argument, members: Keys) -> Awaitable[list[float | None]]:
        """Get the scores of several members.

        Args:
            key: Key of the sorted set.
            members: The members.

        Returns:
            A list of scores in the order of ``members``, None for each that is no member.

        Raises:
            DataError: There are no members.

        Source: ZMSCORE. Since 6.2.
        """
        words = (b"ZMSCORE", key, *flatten(members, name="members"))
        return self._execute(Command(_ZMSCORE, words))

    @overload
    def zrandmember(
        self, key: Argument, count: None = None, withscores: Literal[False] = False
    ) -> Awaitable[S | None]: ...
    @overload
    def zrandmember(
        self, key: Argument, count: int, withscores: Literal[False] = False
    ) -> Awaitable[list[S]]: ...
    @overload
    def zrandmember(
        self, key: Argument, count: int, withscores: Literal[True]
    ) -> Awaitable[list[tuple[S, float]]]: ...
    @overload
    def zrandmember(
        self, key: Argument, count: int, withscores: bool
    ) -> Awaitable[list[S] | list[tuple[S, float]]]: ...
    def zrandmember(
        self, key: Argument, count: int | None = None, withscores: bool = False
    ) -> Awaitable[S | list[S] | list[tuple[S, float]] | None]:
        """Get random members of a sorted set, which keeps them.

        Args:
            key: Key of the sorted set.
            count: >= 0: the most members to get, each at most once; < 0: get exactly so
                many, the same one possibly several times. None: one, returned by itself.
            withscores: Whether to get the scores as well; only with ``count``.

        Returns:
            The member, or None if there is none. With ``count`` a list of members, with
            ``withscores`` of (member, score), empty if there are none.

        Raises:
            DataError: ``withscores`` is given without ``count``.

        Source: ZRANDMEMBER. Since 6.2.
        """
        if count is None:
            if withscores:
                raise DataError("withscores must go with count, got count=None")
            return self._execute(Command(_ZRANDMEMBER, (b"ZRANDMEMBER", key)))
        words: Words = (b"ZRANDMEMBER", key, whole("count", count, "members"))
        if not withscores:
            return self._execute(Command(_ZRANDMEMBER, words))
        return self._execute(Command(_ZRANDMEMBER, (*words, b"WITHSCORES"), as_scores))

    @overload
    def zrank(
        self,
        name: Argument,
        value: Argument,
        withscore: Literal[False] = False,
        score_cast_func: Callable[[float], object] = float,
    ) -> Awaitable[int | None]: ...
    @overload
    def zrank(
        self, name: Argument, value: Argument, withscore: Literal[True]
    ) -> Awaitable[tuple[int, float] | None]: ...
    @overload
    def zrank(
        self,
        name: Argument,
        value: Argument,
        withscore: Literal[True],
        score_cast_func: Callable[[float], _V],
    ) -> Awaitable[tuple[int, _V] | None]: ...
    @overload
    def zrank(
        self,
        name: Argument,
        value: Argument,
        withscore: bool,
        score_cast_func: Callable[[float], Score] = float,  # type: ignore[assignment]
    ) -> Awaitable[int | tuple[int, Score] | None]: ...
    def zrank(
        self,
        name: Argument,
        value: Argument,
        withscore: bool = False,
        score_cast_func: Callable[[float], Any] = float,
    ) -> Awaitable[int | tuple[int, Any] | None]:
        """Get the rank of a member, counted from 0 at the lowest score.

        Args:
            name: Key of the sorted set.
            value: The member.
            withscore: Whether to get its score as well.
            score_cast_func: What to make of the score, a float; nothing unless
                ``withscore``.

        Returns:
            Its rank, with ``withscore`` (rank, score); None if it is no member.

        Source: ZRANK. Since 2.0; ``withscore`` since 7.2.
        """
        return self._rank(_ZRANK, (b"ZRANK", name, value), withscore, score_cast_func)

    def zrem(self, name: Argument, *values: Argument) -> Awaitable[int]:
        """Remove members from a sorted set.

        Args:
            name: Key of the sorted set.
            *values: The members.

        Returns:
            How many of them had been members.

        Raises:
            DataError: There are no values.

        Source: ZREM. Since 1.2.
        """
        return self._execute(Command(_ZREM, (b"ZREM", name, *at_least_one("values", values))))

    @overload
    def zrevrank(
        self,
        name: Argument,
        value: Argument,
        withscore: Literal[False] = False,
        score_cast_func: Callable[[float], object] = float,
    ) -> Awaitable[int | None]: ...
    @overload
    def zrevrank(
        self, name: Argument, value: Argument, withscore: Literal[True]
    ) -> Awaitable[tuple[int, float] | None]: ...
    @overload
    def zrevrank(
        self,
        name: Argument,
        value: Argument,
        withscore: Literal[True],
        score_cast_func: Callable[[float], _V],
    ) -> Awaitable[tuple[int, _V] | None]: ...
    @overload
    def zrevrank(
        self,
        name: Argument,
        value: Argument,
        withscore: bool,
        score_cast_func: Callable[[float], Score] = float,  # type: ignore[assignment]
    ) -> Awaitable[int | tuple[int, Score] | None]: ...
    def zrevrank(
        self,
        name: Argument,
        value: Argument,
        withscore: bool = False,
        score_cast_func: Callable[[float], Any] = float,
    ) -> Awaitable[int | tuple[int, Any] | None]:
        """Get the rank of a member, counted from 0 at the highest score.

        Args:
            name: Key of the sorted set.
            value: The member.
            withscore: Whether to get its score as well.
            score_cast_func: What to make of the score, a float; nothing unless
                ``withscore``.

        Returns:
            Its rank, with ``withscore`` (rank, score); None if it is no member.

        Source: ZREVRANK. Since 2.0; ``withscore`` since 7.2.
        """
        return self._rank(_ZREVRANK, (b"ZREVRANK", name, value), withscore, score_cast_func)

    @overload
    def zscan(
        self,
        name: Argument,
        cursor: int = 0,
        match: Argument | None = None,
        count: int | None = None,
        *,
        no_scores: Literal[False] = False,
    ) -> Awaitable[tuple[int, list[tuple[S, float]]]]: ...
    @overload
    def zscan(
        self,
        name: Argument,
        cursor: int = 0,
        match: Argument | None = None,
        count: int | None = None,
        *,
        score_cast_func: Callable[[float], _V],
        no_scores: Literal[False] = False,
    ) -> Awaitable[tuple[int, list[tuple[S, _V]]]]: ...
    @overload
    def zscan(
        self,
        name: Argument,
        cursor: int = 0,
        match: Argument | None = None,
        count: int | None = None,
        *,
        no_scores: Literal[True],
    ) -> Awaitable[tuple[int, list[S]]]: ...
    @overload
    def zscan(
        self,
        name: Argument,
        cursor: int,
        match: Argument | None,
        count: int | None,
        score_cast_func: Callable[[float], _V],
        *,
        no_scores: Literal[False] = False,
    ) -> Awaitable[tuple[int, list[tuple[S, _V]]]]: ...
    @overload
    def zscan(
        self,
        name: Argument,
        cursor: int = 0,
        match: Argument | None = None,
        count: int | None = None,
        *,
        no_scores: bool,
    ) -> Awaitable[tuple[int, list[S] | list[tuple[S, float]]]]: ...
    def zscan(
        self,
        name: Argument,
        cursor: int = 0,
        match: Argument | None = None,
        count: int | None = None,
        score_cast_func: Callable[[float], Any] = float,
        *,
        no_scores: bool = False,
    ) -> Awaitable[tuple[int, list[Any]]]:
        """Get some of a sorted set's members, and where to go on; ``zscan_iter`` gets all.

        Args:
            name: Key of the sorted set.
            cursor: 0 to begin, then what the last call returned.
            match: Pattern that members must match, as in KEYS. None: all do.
            count: About how many members to look at, >= 1. None: the server's 10.
            score_cast_func: What to make of each score, a float.
            no_scores: Get the members only.

        Returns:
            The cursor to go on with, 0 at the end, and a list of (member, score), or of
            members, possibly empty before the end and in no order. A member may come twice.

        Raises:
            DataError: ``count`` is below 1.

        Source: ZSCAN. Since 2.8; ``no_scores`` since Valkey 8.0, not in Redis.
        """
        words: Words = (b"ZSCAN", name, cursor, *scan_words(match, count))
        words += flag_words(NOSCORES=no_scores)
        read = page_as(list if no_scores else scores_as(score_cast_func))
        return self._execute(Command(_ZSCAN, words, read))

    @overload
    def zscan_iter(
        self,
        name: Argument,
        match: Argument | None = None,
        count: int | None = None,
        *,
        no_scores: Literal[False] = False,
    ) -> ScanIterator[tuple[S, float]]: ...
    @overload
    def zscan_iter(
        self,
        name: Argument,
        match: Argument | None = None,
        count: int | None = None,
        *,
        score_cast_func: Callable[[float], _V],
        no_scores: Literal[False] = False,
    ) -> ScanIterator[tuple[S, _V]]: ...
    @overload
    def zscan_iter(
        self,
        name: Argument,
        match: Argument | None = None,
        count: int | None = None,
        *,
        no_scores: Literal[True],
    ) -> ScanIterator[S]: ...
    @overload
    def zscan_iter(
        self,
        name: Argument,
        match: Argument | None,
        count: int | None,
        score_cast_func: Callable[[float], _V],
        *,
        no_scores: Literal[False] = False,
    ) -> ScanIterator[tuple[S, _V]]: ...
    @overload
    def zscan_iter(
        self,
        name: Argument,
        match: Argument | None = None,
        count: int | None = None,
        *,
        no_scores: bool,
    ) -> ScanIterator[S] | ScanIterator[tuple[S, float]]: ...
    def zscan_iter(
        self,
        name: Argument,
        match: Argument | None = None,
        count: int | None = None,
        score_cast_func: Callable[[float], Any] = float,
        *,
        no_scores: bool = False,
    ) -> ScanIterator[Any]:
        """Go through a sorted set: ``async for member, score in r.zscan_iter(name)``.

        Args:
            name: Key of the sorted set.
            match: As in ``zscan``.
            count: As in ``zscan``: about how many to look at in one round trip.
            score_cast_func: As in ``zscan``.
            no_scores: As in ``zscan``.

        Returns:
            An async iterator of (member, score), or of members, in no order; a member may
            come twice.

        Raises:
            DataError: ``count`` is below 1.

        Source: ZSCAN. Since 2.8; ``no_scores`` since Valkey 8.0, not in Redis.
        """
        words: Words = (*scan_words(match, count), *flag_words(NOSCORES=no_scores))
        read = page_as(list if no_scores else scores_as(score_cast_func))
        return ScanIterator(
            lambda cursor: self._execute(Command(_ZSCAN, (b"ZSCAN", name, cursor, *words), read))
        )

    def zscore(self, name: Argument, value: Argument) -> Awaitable[float | None]:
        """Get the score of a member.

        Args:
            name: Key of the sorted set.
            value: The member.

        Returns:
            Its score, or None if it is no member.

        Source: ZSCORE. Since 1.2.
        """
        return self._execute(Command(_ZSCORE, (b"ZSCORE", name, value)))

    def _rank(
        self, spec: Spec, words: Words, withscore: bool, cast: Callable[[float], Any]
    ) -> Awaitable[int | None] | Awaitable[tuple[int, Any] | None]:
        if not withscore:
            return self._execute(Command(spec, words))
        return self._execute(Command(spec, (*words, b"WITHSCORE"), rank_and_score_as(cast)))


def _scores(mapping: Mapping[_M, Argument]) -> Words:
    if not isinstance(mapping, Mapping):
        raise DataError(f"mapping must be a mapping, got {type(mapping).__name__}")
    if not mapping:
        raise DataError("mapping must hold at least one member, got none")
    return tuple(word for member, score in mapping.items() for word in (score, member))
