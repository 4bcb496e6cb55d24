# ruff: noqa: A002  (parameters bear redis-py's names, "min" and "max" among them)
"""The commands that take members off a sorted set by their scores."""

from __future__ import annotations

from collections.abc import Awaitable

from redtrio.commands._arguments import (
    Keys,
    Words,
    block_time,
    count_word,
    counted_keys,
    flatten,
    whole,
)
from redtrio.commands._base import Command, CommandGroup, S, Spec
from redtrio.commands._replies import as_scores
from redtrio.commands._scores import as_key_and_scores, as_popped
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = ["SortedSetPopCommands"]

_BZMPOP = Spec(name="BZMPOP", blocking=True, block_at=1)
_BZPOPMAX = Spec(name="BZPOPMAX", keys=(1, -2, 1), blocking=True, block_at=-1)
_BZPOPMIN = Spec(name="BZPOPMIN", keys=(1, -2, 1), blocking=True, block_at=-1)
_ZMPOP = Spec(name="ZMPOP")
_ZPOPMAX = Spec(name="ZPOPMAX", keys=(1, 1, 1))
_ZPOPMIN = Spec(name="ZPOPMIN", keys=(1, 1, 1))


class SortedSetPopCommands(CommandGroup[S]):
    """The commands that take members off a sorted set by their scores.

    All raise ``WrongTypeError`` where a key holds something else. A key that is missing is
    an empty sorted set.

    Blocking commands take ``timeout``, the seconds that the server waits for a member: a
    number >= 0, where 0 means for ever, or None for as long as the cancel scope around the
    call allows.

    Cancellation: what a pop took off that had been sent when its caller was cancelled is
    lost.

    Cancelling a blocking command ends its wait on the server as well, so that it takes
    nothing that comes later, and returns what it had taken already. A server that is silent
    is waited for 0.3 s and two round trips for that. Under a deadline 0.2 s of silence are
    enough, counted from before the deadline, so that only one that fell silent just then is
    waited for after it; if the deadline is nearer than that, nothing is sent until the server
    has given a sign of life. A reply that is coming in is waited for 5 s.
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
