"""The commands on lists.

Elements are counted from 0 at the left end (the head), or from -1 at the right end (the tail).
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Literal, TypeAlias, overload

from redtrio.commands._arguments import (
    Keys,
    Words,
    at_least_one,
    block_time,
    choice,
    count_word,
    counted_keys,
    flatten,
    whole,
)
from redtrio.commands._base import Command, CommandGroup, S, Spec
from redtrio.commands._replies import is_ok
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = ["ListCommands", "Side"]

Side: TypeAlias = Literal["LEFT", "RIGHT", "left", "right"]
"""An end of a list."""

_BLMOVE = Spec(name="BLMOVE", keys=(1, 2, 1), blocking=True, block_at=-1)
_BLMPOP = Spec(name="BLMPOP", blocking=True, block_at=1)
_BLPOP = Spec(name="BLPOP", keys=(1, -2, 1), blocking=True, block_at=-1)
_BRPOP = Spec(name="BRPOP", keys=(1, -2, 1), blocking=True, block_at=-1)
_BRPOPLPUSH = Spec(name="BRPOPLPUSH", keys=(1, 2, 1), blocking=True, block_at=-1)
_LINDEX = Spec(name="LINDEX", keys=(1, 1, 1), readonly=True)
_LINSERT = Spec(name="LINSERT", keys=(1, 1, 1))
_LLEN = Spec(name="LLEN", keys=(1, 1, 1), readonly=True)
_LMOVE = Spec(name="LMOVE", keys=(1, 2, 1))
_LMPOP = Spec(name="LMPOP")
_LPOP = Spec(name="LPOP", keys=(1, 1, 1))
_LPOS = Spec(name="LPOS", keys=(1, 1, 1), readonly=True)
_LPUSH = Spec(name="LPUSH", keys=(1, 1, 1))
_LPUSHX = Spec(name="LPUSHX", keys=(1, 1, 1))
_LRANGE = Spec(name="LRANGE", keys=(1, 1, 1), readonly=True)
_LREM = Spec(name="LREM", keys=(1, 1, 1))
_LSET = Spec(name="LSET", keys=(1, 1, 1))
_LTRIM = Spec(name="LTRIM", keys=(1, 1, 1))
_RPOP = Spec(name="RPOP", keys=(1, 1, 1))
_RPOPLPUSH = Spec(name="RPOPLPUSH", keys=(1, 2, 1))
_RPUSH = Spec(name="RPUSH", keys=(1, 1, 1))
_RPUSHX = Spec(name="RPUSHX", keys=(1, 1, 1))


class ListCommands(CommandGroup[S]):
    """The commands on lists.

    All raise ``WrongTypeError`` where a key holds something other than a list.

    Blocking commands take ``timeout``, the seconds that the server waits for an element: a
    number >= 0, where 0 means for ever, or None for as long as the cancel scope around the
    call allows.

    Cancellation: a write that had been sent when its caller was cancelled may have been
    carried out; what a cancelled pop took off is then lost.

    Cancelling a blocking command ends its wait on the server as well, so that it takes
    nothing that comes later, and returns what it had taken already. A server that is silent
    is waited for 0.3 s and two round trips for that. Under a deadline 0.2 s of silence are
    enough, counted from before the deadline, so that only one that fell silent just then is
    waited for after it; if the deadline is nearer than that, nothing is sent until the server
    has given a sign of life. A reply that is coming in is waited for 5 s.
    """

    __slots__ = ()

    def blmove(
        self,
        first_list: Argument,
        second_list: Argument,
        timeout: float | None = None,
        src: Side = "LEFT",
        dest: Side = "RIGHT",
    ) -> Awaitable[S | None]:
        """Move an element from one list to another, waiting for one if there is none.

        Args:
            first_list: Key of the list to take from.
            second_list: Key of the list to put into; may be the same one.
            timeout: Seconds to wait, >= 0; 0: for ever; None: until the caller's deadline.
            src: The end to take from.
            dest: The end to put at.

        Returns:
            The element, or None if none came in time.

        Raises:
            DataError: ``timeout``, ``src`` or ``dest`` is none of those.

        Source: BLMOVE. Since 6.2.
        """
        ends: Words = (_end("src", src), _end("dest", dest))
        words = (b"BLMOVE", first_list, second_list, *ends, block_time(timeout))
        return self._execute(Command(_BLMOVE, words))

    def blmpop(
        self,
        timeout: float | None,
        numkeys: int,
        *args: Argument,
        direction: Side,
        count: int | None = 1,
    ) -> Awaitable[tuple[S, list[S]] | None]:
        """Pop elements from the first list that has some, waiting if none has.

        Args:
            timeout: Seconds to wait, >= 0; 0: for ever; None: until the caller's deadline.
            numkeys: How many keys follow.
            *args: Keys of the lists, tried in this order.
            direction: The end to pop from.
            count: The most elements to pop, >= 1.

        Returns:
            The list's key and its elements in the order of their popping, or None if none
            came in time.

        Raises:
            DataError: There is no key, ``numkeys`` does not count them, or another
                argument is none of those.

        Source: BLMPOP. Since 7.0.
        """
        pop: Words = _pop_of_many("numkeys", numkeys, args, direction, count)
        return self._execute(Command(_BLMPOP, (b"BLMPOP", block_time(timeout), *pop), _tuple))

    def blpop(self, keys: Keys, timeout: float | None = None) -> Awaitable[tuple[S, S] | None]:
        """Pop the first element of the first list that has one, waiting if none has.

        Args:
            keys: Key of the list, or keys of several, tried in this order.
            timeout: Seconds to wait, >= 0; 0: for ever; None: until the caller's deadline.

        Returns:
            The list's key and the element, or None if none came in time.

        Raises:
            DataError: There is no key, or ``timeout`` is negative.

        Source: BLPOP. Since 2.0; fractions of a second since 6.0.
        """
        words = (b"BLPOP", *flatten(keys), block_time(timeout))
        return self._execute(Command(_BLPOP, words, _tuple))

    def brpop(self, keys: Keys, timeout: float | None = None) -> Awaitable[tuple[S, S] | None]:
        """Pop the last element of the first list that has one, waiting if none has.

        Args:
            keys: Key of the list, or keys of several, tried in this order.
            timeout: Seconds to wait, >= 0; 0: for ever; None: until the caller's deadline.

        Returns:
            The list's key and the element, or None if none came in time.

        Raises:
            DataError: There is no key, or ``timeout`` is negative.

        Source: BRPOP. Since 2.0; fractions of a second since 6.0.
        """
        words = (b"BRPOP", *flatten(keys), block_time(timeout))
        return self._execute(Command(_BRPOP, words, _tuple))

    def brpoplpush(
        self, src: Argument, dst: Argument, timeout: float | None = None
    ) -> Awaitable[S | None]:
        """Move the last element of a list to the head of another, waiting for one.

        Args:
            src: Key of the list to take from.
            dst: Key of the list to put into; may be the same one.
            timeout: Seconds to wait, >= 0; 0: for ever; None: until the caller's deadline.

        Returns:
            The element, or None if none came in time.

        Raises:
            DataError: ``timeout`` is negative.

        Source: BRPOPLPUSH. Since 2.2; ``blmove`` does the same since 6.2.
        """
        words = (b"BRPOPLPUSH", src, dst, block_time(timeout))
        return self._execute(Command(_BRPOPLPUSH, words))

    def lindex(self, name: Argument, index: int) -> Awaitable[S | None]:
        """Get an element of a list by its place.

        Args:
            name: Key of the list.
            index: Its place, from 0, or from -1 at the tail.

        Returns:
            The element, or None if there is none, or no list.

        Source: LINDEX. Since 1.0.
        """
        return self._execute(Command(_LINDEX, (b"LINDEX", name, index)))

    def linsert(
        self,
        name: Argument,
        where: Literal["BEFORE", "AFTER", "before", "after"],
        refvalue: Argument,
        value: Argument,
    ) -> Awaitable[int]:
        """Insert an element before or after another.

        Args:
            name: Key of the list.
            where: On which side of ``refvalue``.
            refvalue: The element to look for, from the head.
            value: The element to insert.

        Returns:
            How long the list is now; -1 if ``refvalue`` is not in it, 0 if there is no list.

        Raises:
            DataError: ``where`` is none of those.

        Source: LINSERT. Since 2.2.
        """
        side = choice("where", where, ("BEFORE", "AFTER"))
        return self._execute(Command(_LINSERT, (b"LINSERT", name, side, refvalue, value)))

    def llen(self, name: Argument) -> Awaitable[int]:
        """Count the elements of a list.

        Args:
            name: Key of the list.

        Returns:
            How many there are; 0 if there is no list.

        Source: LLEN. Since 1.0.
        """
        return self._execute(Command(_LLEN, (b"LLEN", name)))

    def lmove(
        self,
        first_list: Argument,
        second_list: Argument,
        src: Side = "LEFT",
        dest: Side = "RIGHT",
    ) -> Awaitable[S | None]:
        """Move an element from one list to another.

        Args:
            first_list: Key of the list to take from.
            second_list: Key of the list to put into; may be the same one.
            src: The end to take from.
            dest: The end to put at.

        Returns:
            The element, or None if there is nothing to take.

        Raises:
            DataError: ``src`` or ``dest`` is none of those.

        Source: LMOVE. Since 6.2.
        """
        ends: Words = (_end("src", src), _end("dest", dest))
        return self._execute(Command(_LMOVE, (b"LMOVE", first_list, second_list, *ends)))

    def lmpop(
        self, num_keys: int, *args: Argument, direction: Side, count: int | None = 1
    ) -> Awaitable[tuple[S, list[S]] | None]:
        """Pop elements from the first list that has some.

        Args:
            num_keys: How many keys follow.
            *args: Keys of the lists, tried in this order.
            direction: The end to pop from.
            count: The most elements to pop, >= 1.

        Returns:
            The list's key and its elements in the order of their popping, or None if all
            are empty.

        Raises:
            DataError: There is no key, ``num_keys`` does not count them, or another
                argument is none of those.

        Source: LMPOP. Since 7.0.
        """
        pop: Words = _pop_of_many("num_keys", num_keys, args, direction, count)
        return self._execute(Command(_LMPOP, (b"LMPOP", *pop), _tuple))

    @overload
    def lpop(self, name: Argument, count: None = None) -> Awaitable[S | None]: ...
    @overload
    def lpop(self, name: Argument, count: int) -> Awaitable[list[S] | None]: ...
    def lpop(
        self, name: Argument, count: int | None = None
    ) -> Awaitable[S | None] | Awaitable[list[S] | None]:
        """Pop elements from the head of a list.

        Args:
            name: Key of the list.
            count: The most elements to pop, >= 0. None: one, returned by itself.

        Returns:
            The element, or with ``count`` a list of elements, the head first; None if there
            is no list.

        Raises:
            DataError: ``count`` is negative.

        Source: LPOP. Since 1.0; ``count`` since 6.2.
        """
        return self._execute(Command(_LPOP, (b"LPOP", name, *count_word(count))))

    @overload
    def lpos(
        self,
        name: Argument,
        value: Argument,
        rank: int | None = None,
        count: None = None,
        maxlen: int | None = None,
    ) -> Awaitable[int | None]: ...
    @overload
    def lpos(
        self,
        name: Argument,
        value: Argument,
        rank: int | None = None,
        *,
        count: int,
        maxlen: int | None = None,
    ) -> Awaitable[list[int]]: ...
    @overload
    def lpos(
        self,
        name: Argument,
        value: Argument,
        rank: int | None,
        count: int,
        maxlen: int | None = None,
    ) -> Awaitable[list[int]]: ...
    def lpos(
        self,
        name: Argument,
        value: Argument,
        rank: int | None = None,
        count: int | None = None,
        maxlen: int | None = None,
    ) -> Awaitable[int | None] | Awaitable[list[int]]:
        """Find the place of an element in a list.

        Args:
            name: Key of the list.
            value: The element to look for.
            rank: Which of equal elements to begin with: 1 the first (the default), 2 the
                second, ...; -1 the last, and the search goes towards the head. Not 0.
            count: The most places to find, 0: all. None: one, returned by itself.
            maxlen: The most elements to look at, 0 (the default): all.

        Returns:
            Its place, counted from the head, or None if it is not there. With ``count`` a
            list of places in the order of the search, empty if it is not there.

        Raises:
            DataError: ``rank`` is 0, or ``count`` or ``maxlen`` is negative.

        Source: LPOS. Since 6.0.6.
        """
        words: list[Argument] = [b"LPOS", name, value]
        if rank is not None:
            if rank == 0:
                raise DataError("rank must be > 0, or < 0 to search from the tail, got 0")
            words += (b"RANK", rank)
        if count is not None:
            words += (b"COUNT", whole("count", count, "places", 0))
        if maxlen is not None:
            words += (b"MAXLEN", whole("maxlen", maxlen, "elements", 0))
        return self._execute(Command(_LPOS, tuple(words)))

    def lpush(self, name: Argument, *values: Argument) -> Awaitable[int]:
        """Put elements at the head of a list, which is made if there is none.

        Args:
            name: Key of the list.
            *values: The elements, one after the other, so that the last one is the head.

        Returns:
            How long the list is now.

        Raises:
            DataError: There are no values.

        Source: LPUSH. Since 1.0.
        """
        return self._execute(Command(_LPUSH, (b"LPUSH", name, *at_least_one("values", values))))

    def lpushx(self, name: Argument, *values: Argument) -> Awaitable[int]:
        """Put elements at the head of a list, if there is one.

        Args:
            name: Key of the list.
            *values: The elements, one after the other, so that the last one is the head.

        Returns:
            How long the list is now; 0 if there is none.

        Raises:
            DataError: There are no values.

        Source: LPUSHX. Since 2.2.
        """
        return self._execute(Command(_LPUSHX, (b"LPUSHX", name, *at_least_one("values", values))))

    def lrange(self, name: Argument, start: int, end: int) -> Awaitable[list[S]]:
        """Get the elements of a list from one place to another.

        Args:
            name: Key of the list.
            start: Place of the first one, from 0, or from -1 at the tail.
            end: Place of the last one, included; -1: to the tail.

        Returns:
            A list of the elements, empty if there are none, or no list.

        Source: LRANGE. Since 1.0.
        """
        return self._execute(Command(_LRANGE, (b"LRANGE", name, start, end)))

    def lrem(self, name: Argument, count: int, value: Argument) -> Awaitable[int]:
        """Remove elements that are equal to a value.

        Args:
            name: Key of the list.
            count: How many of them: > 0 so many from the head, < 0 so many from the tail,
                0 all.
            value: The value.

        Returns:
            How many were removed.

        Source: LREM. Since 1.0.
        """
        return self._execute(Command(_LREM, (b"LREM", name, count, value)))

    def lset(self, name: Argument, index: int, value: Argument) -> Awaitable[bool]:
        """Replace an element of a list.

        Args:
            name: Key of the list.
            index: Its place, from 0, or from -1 at the tail.
            value: The new element.

        Returns:
            True.

        Raises:
            ResponseError: There is no such place, or no list.

        Source: LSET. Since 1.0.
        """
        return self._execute(Command(_LSET, (b"LSET", name, index, value), is_ok))

    def ltrim(self, name: Argument, start: int, end: int) -> Awaitable[bool]:
        """Keep the elements of a list from one place to another, and remove all others.

        Args:
            name: Key of the list.
            start: Place of the first one kept, from 0, or from -1 at the tail.
            end: Place of the last one kept.

        Returns:
            True, also if there is no list.

        Source: LTRIM. Since 1.0.
        """
        return self._execute(Command(_LTRIM, (b"LTRIM", name, start, end), is_ok))

    @overload
    def rpop(self, name: Argument, count: None = None) -> Awaitable[S | None]: ...
    @overload
    def rpop(self, name: Argument, count: int) -> Awaitable[list[S] | None]: ...
    def rpop(
        self, name: Argument, count: int | None = None
    ) -> Awaitable[S | None] | Awaitable[list[S] | None]:
        """Pop elements from the tail of a list.

        Args:
            name: Key of the list.
            count: The most elements to pop, >= 0. None: one, returned by itself.

        Returns:
            The element, or with ``count`` a list of elements, the tail first; None if there
            is no list.

        Raises:
            DataError: ``count`` is negative.

        Source: RPOP. Since 1.0; ``count`` since 6.2.
        """
        return self._execute(Command(_RPOP, (b"RPOP", name, *count_word(count))))

    def rpoplpush(self, src: Argument, dst: Argument) -> Awaitable[S | None]:
        """Move the last element of a list to the head of another.

        Args:
            src: Key of the list to take from.
            dst: Key of the list to put into; may be the same one.

        Returns:
            The element, or None if there is nothing to take.

        Source: RPOPLPUSH. Since 1.2; ``lmove`` does the same since 6.2.
        """
        return self._execute(Command(_RPOPLPUSH, (b"RPOPLPUSH", src, dst)))

    def rpush(self, name: Argument, *values: Argument) -> Awaitable[int]:
        """Put elements at the tail of a list, which is made if there is none.

        Args:
            name: Key of the list.
            *values: The elements, one after the other, so that the last one is the tail.

        Returns:
            How long the list is now.

        Raises:
            DataError: There are no values.

        Source: RPUSH. Since 1.0.
        """
        return self._execute(Command(_RPUSH, (b"RPUSH", name, *at_least_one("values", values))))

    def rpushx(self, name: Argument, *values: Argument) -> Awaitable[int]:
        """Put elements at the tail of a list, if there is one.

        Args:
            name: Key of the list.
            *values: The elements, one after the other, so that the last one is the tail.

        Returns:
            How long the list is now; 0 if there is none.

        Raises:
            DataError: There are no values.

        Source: RPUSHX. Since 2.2.
        """
        return self._execute(Command(_RPUSHX, (b"RPUSHX", name, *at_least_one("values", values))))


def _end(name: str, side: str) -> str:
    return choice(name, side, ("LEFT", "RIGHT"))


def _pop_of_many(name: str, numkeys: int, keys: Words, direction: str, count: int | None) -> Words:
    return (
        *counted_keys(name, numkeys, at_least_one("args", keys)),
        _end("direction", direction),
        *(() if count is None else (b"COUNT", whole("count", count, "elements", 1))),
    )


def _tuple(reply: Any) -> tuple[Any, Any] | None:
    return None if reply is None else (reply[0], reply[1])
