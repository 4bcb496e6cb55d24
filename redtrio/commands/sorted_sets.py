# ruff: noqa: A002  (parameters bear redis-py's names, "min" and "max" among them)
"""The commands on sorted sets, apart from ranges and combinations, which are mixed in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal, TypeVar, overload

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
from redtrio.commands._base import Command, CommandGroup, S, Spec
from redtrio.commands._collection_arguments import block_time, count_word, counted_keys
from redtrio.commands._replies import as_scores
from redtrio.commands._scan import ScanIterator
from redtrio.commands._scores import as_key_and_scores, as_popped, as_rank_and_score, scores_as
from redtrio.commands.sorted_set_algebra import SortedSetAlgebraCommands
from redtrio.commands.sorted_set_ranges import SortedSetRangeCommands
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = ["SortedSetCommands"]

_M = TypeVar("_M", bound=Argument)
_V = TypeVar("_V")

_BZMPOP = Spec(name="BZMPOP", blocking=True, block_at=1)
_BZPOPMAX = Spec(name="BZPOPMAX", keys=(1, -2, 1), blocking=True, block_at=-1)
_BZPOPMIN = Spec(name="BZPOPMIN", keys=(1, -2, 1), blocking=True, block_at=-1)
_ZADD = Spec(name="ZADD", keys=(1, 1, 1))
_ZCARD = Spec(name="ZCARD", keys=(1, 1, 1), readonly=True)
_ZCOUNT = Spec(name="ZCOUNT", keys=(1, 1, 1), readonly=True)
_ZINCRBY = Spec(name="ZINCRBY", keys=(1, 1, 1))
_ZLEXCOUNT = Spec(name="ZLEXCOUNT", keys=(1, 1, 1), readonly=True)
_ZMPOP = Spec(name="ZMPOP")
_ZMSCORE = Spec(name="ZMSCORE", keys=(1, 1, 1), readonly=True)
_ZPOPMAX = Spec(name="ZPOPMAX", keys=(1, 1, 1))
_ZPOPMIN = Spec(name="ZPOPMIN", keys=(1, 1, 1))
_ZRANDMEMBER = Spec(name="ZRANDMEMBER", keys=(1, 1, 1), readonly=True)
_ZRANK = Spec(name="ZRANK", keys=(1, 1, 1), readonly=True)
_ZREM = Spec(name="ZREM", keys=(1, 1, 1))
_ZREVRANK = Spec(name="ZREVRANK", keys=(1, 1, 1), readonly=True)
_ZSCAN = Spec(name="ZSCAN", keys=(1, 1, 1), readonly=True)
_ZSCORE = Spec(name="ZSCORE", keys=(1, 1, 1), readonly=True)


class SortedSetCommands(SortedSetRangeCommands[S], SortedSetAlgebraCommands[S], CommandGroup[S]):
    """The commands on sorted sets: members, each once, in the order of their scores.

    All raise ``WrongTypeError`` where a key holds something else. A key that is missing is
    an empty sorted set. Scores are floats, inf and -inf among them; members with equal
    scores are in the order of their bytes.

    Blocking commands take ``timeout``, the seconds that the server waits for a member: a
    number >= 0, where 0 means for ever, or None for as long as the cancel scope around the
    call allows.

    Cancellation: a write that had been sent when its caller was cancelled may have been
    carried out; what a cancelled pop took off is then lost. Cancelling a blocking command
    ends its wait on the server as well, so that it takes nothing that comes later.
    """

    __slots__ = ()

    def bzmpop(
        self,
        timeout: float | None,
        numkeys: int,
        keys: Keys,
        min: bool = False,
        max: bool = False,
        count: int | None = 1,
    ) -> Awaitable[tuple[S, list[tuple[S, float]]] | None]:
        """Pop members from the first sorted set that has some, waiting if none has.

        Args:
            timeout: Seconds to wait, >= 0; 0: for ever; None: until the caller's deadline.
            numkeys: How many keys there are.
            keys: Keys of the sorted sets, tried in this order.
            min: Whether to pop the members with the lowest scores.
            max: Whether to pop those with the highest; exactly one of the two.
            count: The most members to pop, >= 1.

        Returns:
            The key and a list of (member, score) in the order of their popping, or None if
            none came in time.

        Raises:
            DataError: There is no key, ``numkeys`` does not count them, not exactly one of
                ``min`` and ``max`` is given, or another argument is none of those.

        Source: BZMPOP. Since 7.0.
        """
        pop: Words = _pop_of_many("numkeys", numkeys, keys, min, max, count)
        words = (b"BZMPOP", block_time(timeout), *pop)
        return self._execute(Command(_BZMPOP, words, as_key_and_scores))

    def bzpopmax(
        self, keys: Keys, timeout: float | None = None
    ) -> Awaitable[tuple[S, S, float] | None]:
        """Pop the member with the highest score of the first sorted set that has one.

        Args:
            keys: Key of the sorted set, or keys of several, tried in this order.
            timeout: Seconds to wait, >= 0; 0: for ever; None: until the caller's deadline.

        Returns:
            The key, the member and its score, or None if none came in time.

        Raises:
            DataError: There is no key, or ``timeout`` is negative.

        Source: BZPOPMAX. Since 5.0; fractions of a second since 6.0.
        """
        words = (b"BZPOPMAX", *flatten(keys), block_time(timeout))
        return self._execute(Command(_BZPOPMAX, words, as_popped))

    def bzpopmin(
        self, keys: Keys, timeout: float | None = None
    ) -> Awaitable[tuple[S, S, float] | None]:
        """Pop the member with the lowest score of the first sorted set that has one.

        Args:
            keys: Key of the sorted set, or keys of several, tried in this order.
            timeout: Seconds to wait, >= 0; 0: for ever; None: until the caller's deadline.

        Returns:
            The key, the member and its score, or None if none came in time.

        Raises:
            DataError: There is no key, or ``timeout`` is negative.

        Source: BZPOPMIN. Since 5.0; fractions of a second since 6.0.
        """
        words = (b"BZPOPMIN", *flatten(keys), block_time(timeout))
        return self._execute(Command(_BZPOPMIN, words, as_popped))

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
    ) -> Awaitable[int] | Awaitable[float | None]:
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

    def zmpop(
        self,
        num_keys: int,
        keys: Keys,
        min: bool = False,
        max: bool = False,
        count: int | None = 1,
    ) -> Awaitable[tuple[S, list[tuple[S, float]]] | None]:
        """Pop members from the first sorted set that has some.

        Args:
            num_keys: How many keys there are.
            keys: Keys of the sorted sets, tried in this order.
            min: Whether to pop the members with the lowest scores.
            max: Whether to pop those with the highest; exactly one of the two.
            count: The most members to pop, >= 1.

        Returns:
            The key and a list of (member, score) in the order of their popping, or None if
            all are empty.

        Raises:
            DataError: There is no key, ``num_keys`` does not count them, not exactly one of
                ``min`` and ``max`` is given, or ``count`` is below 1.

        Source: ZMPOP. Since 7.0.
        """
        pop: Words = _pop_of_many("num_keys", num_keys, keys, min, max, count)
        return self._execute(Command(_ZMPOP, (b"ZMPOP", *pop), as_key_and_scores))

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

    def zpopmax(self, name: Argument, count: int | None = None) -> Awaitable[list[tuple[S, float]]]:
        """Pop the members with the highest scores.

        Args:
            name: Key of the sorted set.
            count: The most members to pop, >= 0. None: one.

        Returns:
            A list of (member, score) by descending score, empty if there are none.

        Raises:
            DataError: ``count`` is negative.

        Source: ZPOPMAX. Since 5.0.
        """
        return self._execute(Command(_ZPOPMAX, (b"ZPOPMAX", name, *count_word(count)), as_scores))

    def zpopmin(self, name: Argument, count: int | None = None) -> Awaitable[list[tuple[S, float]]]:
        """Pop the members with the lowest scores.

        Args:
            name: Key of the sorted set.
            count: The most members to pop, >= 0. None: one.

        Returns:
            A list of (member, score) by ascending score, empty if there are none.

        Raises:
            DataError: ``count`` is negative.

        Source: ZPOPMIN. Since 5.0.
        """
        return self._execute(Command(_ZPOPMIN, (b"ZPOPMIN", name, *count_word(count)), as_scores))

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
    def zrandmember(
        self, key: Argument, count: int | None = None, withscores: bool = False
    ) -> Awaitable[S | None] | Awaitable[list[S]] | Awaitable[list[tuple[S, float]]]:
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
        self, name: Argument, value: Argument, withscore: Literal[False] = False
    ) -> Awaitable[int | None]: ...
    @overload
    def zrank(
        self, name: Argument, value: Argument, withscore: Literal[True]
    ) -> Awaitable[tuple[int, float] | None]: ...
    def zrank(
        self, name: Argument, value: Argument, withscore: bool = False
    ) -> Awaitable[int | None] | Awaitable[tuple[int, float] | None]:
        """Get the rank of a member, counted from 0 at the lowest score.

        Args:
            name: Key of the sorted set.
            value: The member.
            withscore: Whether to get its score as well.

        Returns:
            Its rank, with ``withscore`` (rank, score); None if it is no member.

        Source: ZRANK. Since 2.0; ``withscore`` since 7.2.
        """
        return self._rank(_ZRANK, (b"ZRANK", name, value), withscore)

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
        self, name: Argument, value: Argument, withscore: Literal[False] = False
    ) -> Awaitable[int | None]: ...
    @overload
    def zrevrank(
        self, name: Argument, value: Argument, withscore: Literal[True]
    ) -> Awaitable[tuple[int, float] | None]: ...
    def zrevrank(
        self, name: Argument, value: Argument, withscore: bool = False
    ) -> Awaitable[int | None] | Awaitable[tuple[int, float] | None]:
        """Get the rank of a member, counted from 0 at the highest score.

        Args:
            name: Key of the sorted set.
            value: The member.
            withscore: Whether to get its score as well.

        Returns:
            Its rank, with ``withscore`` (rank, score); None if it is no member.

        Source: ZREVRANK. Since 2.0; ``withscore`` since 7.2.
        """
        return self._rank(_ZREVRANK, (b"ZREVRANK", name, value), withscore)

    @overload
    def zscan(
        self,
        name: Argument,
        cursor: int = 0,
        match: Argument | None = None,
        count: int | None = None,
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
    ) -> Awaitable[tuple[int, list[tuple[S, _V]]]]: ...
    def zscan(
        self,
        name: Argument,
        cursor: int = 0,
        match: Argument | None = None,
        count: int | None = None,
        *,
        score_cast_func: Callable[[float], Any] = float,
    ) -> Awaitable[tuple[int, list[tuple[S, Any]]]]:
        """Get some of a sorted set's members, and where to go on; ``zscan_iter`` gets all.

        Args:
            name: Key of the sorted set.
            cursor: 0 to begin, then what the last call returned.
            match: Pattern that members must match, as in KEYS. None: all do.
            count: About how many members to look at, >= 1. None: the server's 10.
            score_cast_func: What to make of each score, a float.

        Returns:
            The cursor to go on with, 0 at the end, and a list of (member, score), possibly
            empty before the end and in no order. A member may come twice.

        Raises:
            DataError: ``count`` is below 1.

        Source: ZSCAN. Since 2.8.
        """
        read_scores = scores_as(score_cast_func)

        def read(reply: Any) -> tuple[int, list[tuple[Any, Any]]]:
            return int(reply[0]), read_scores(reply[1])

        words = (b"ZSCAN", name, cursor, *scan_words(match, count))
        return self._execute(Command(_ZSCAN, words, read))

    @overload
    def zscan_iter(
        self, name: Argument, match: Argument | None = None, count: int | None = None
    ) -> ScanIterator[tuple[S, float]]: ...
    @overload
    def zscan_iter(
        self,
        name: Argument,
        match: Argument | None = None,
        count: int | None = None,
        *,
        score_cast_func: Callable[[float], _V],
    ) -> ScanIterator[tuple[S, _V]]: ...
    def zscan_iter(
        self,
        name: Argument,
        match: Argument | None = None,
        count: int | None = None,
        *,
        score_cast_func: Callable[[float], Any] = float,
    ) -> ScanIterator[tuple[S, Any]]:
        """Go through a sorted set: ``async for member, score in r.zscan_iter(name)``.

        Args:
            name: Key of the sorted set.
            match: As in ``zscan``.
            count: As in ``zscan``: about how many to look at in one round trip.
            score_cast_func: As in ``zscan``.

        Returns:
            An async iterator of (member, score), in no order; a member may come twice.

        Raises:
            DataError: ``count`` is below 1.

        Source: ZSCAN. Since 2.8.
        """
        scan_words(match, count)  # refused here, not at the first step

        def page(cursor: int) -> Awaitable[tuple[int, list[tuple[S, Any]]]]:
            return self.zscan(name, cursor, match, count, score_cast_func=score_cast_func)

        return ScanIterator(page)

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
        self, spec: Spec, words: Words, withscore: bool
    ) -> Awaitable[int | None] | Awaitable[tuple[int, float] | None]:
        if not withscore:
            return self._execute(Command(spec, words))
        return self._execute(Command(spec, (*words, b"WITHSCORE"), as_rank_and_score))


def _scores(mapping: Mapping[_M, Argument]) -> Words:
    if not isinstance(mapping, Mapping):
        raise DataError(f"mapping must be a mapping, got {type(mapping).__name__}")
    if not mapping:
        raise DataError("mapping must hold at least one member, got none")
    return tuple(word for member, score in mapping.items() for word in (score, member))


def _pop_of_many(
    name: str, numkeys: int, keys: Keys, lowest: bool, highest: bool, count: int | None
) -> Words:
    if bool(lowest) == bool(highest):
        raise DataError(f"exactly one of min and max must be given, got {lowest} and {highest}")
    return (
        *counted_keys(name, numkeys, keys),
        b"MIN" if lowest else b"MAX",
        *(() if count is None else (b"COUNT", whole("count", count, "members", 1))),
    )
